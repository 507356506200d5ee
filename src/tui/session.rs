//! One sitting at the screen: events in, effects out, a walk at a time.

use std::any::Any;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use ratatui::crossterm::event::{Event, EventStream, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::direction::Direction;
use super::editor::Editor;
use super::effect::Effect;
use super::host::{Clipboard, Host, Launch};
use super::keys::{self, Mode};
use super::message::Message;
use super::model::{Given, Model};
use super::overlay::Overlay;
use super::terminal::{self, Screen};
use super::theme::Theme;
use super::walk::WalkView;
use super::{Glyphs, Setup, Source, TuiError, exit_summary, pane, update};
use crate::run::{
    self, Command, Player, Recorder, RunEvent, RunOptions, Signal, Signals, StartError, StepMode, clock,
};
use crate::scenario::{PartialScenario, Policy};
use crate::transcript::{LeftBehind, Transcript};

/// How long a walk may clean up after a signal.
const GRACE: Duration = Duration::from_secs(10);
/// How long a walk that is ended may take to put away what it started.
const ENDING: Duration = Duration::from_secs(2);

/// The walk, or the replay of one, as a task, with what connects it to the screen.
struct Running {
    task: JoinHandle<Result<(), StartError>>,
    events: mpsc::UnboundedReceiver<RunEvent>,
    commands: mpsc::UnboundedSender<Command>,
    policy: Policy,
    /// What has to live as long as the walk.
    _held: Option<Box<dyn Any + Send>>,
}

impl Running {
    fn start(source: Source) -> Self {
        let (commands, received) = mpsc::unbounded_channel();
        let (sender, events) = mpsc::unbounded_channel();
        let (task, policy, held) = match source {
            Source::Walk(launch) => {
                let Launch { scenario, policy, past_refusals, has_display, transport, hint: _, held } =
                    *launch;
                let manner = RunOptions { pace: StepMode::Step, past_refusals, has_display };
                (tokio::spawn(run::drive(scenario, manner, transport, received, sender)), policy, held)
            }
            Source::Stored(stored) => {
                let mut player = Player::new(stored.replay.record());
                // It is at its end when it is seen first: whoever opens a file wants to know what came of the run.
                for event in player.begin().into_iter().chain(player.respond(&Command::RunToEnd)) {
                    // We hold the other end.
                    drop(sender.send(event));
                }
                let play = async {
                    run::play(player, received, sender).await;
                    Ok(())
                };
                (tokio::spawn(play), Policy::default(), None)
            }
        };
        Self { task, events, commands, policy, _held: held }
    }

    /// A walk that has ended hears nothing; its end is on its way to us.
    fn send(&self, command: Command) {
        drop(self.commands.send(command));
    }
}

/// The screen and what it is connected to.
pub(super) struct Session {
    model: Model,
    host: Arc<dyn Host>,
    running: Running,
    /// What comes of work that is done beside the screen.
    done: (mpsc::UnboundedSender<Message>, mpsc::UnboundedReceiver<Message>),
    /// The walk to start when the present one has ended.
    next: Option<(PartialScenario, Launch)>,
    /// When the present request or login began.
    busy_since: Instant,
    /// When time was shown last.
    ticked: Instant,
    /// What is left behind by the present walk.
    left_behind: Vec<LeftBehind>,
    /// What is left behind by the walks before it.
    left_behind_before: Vec<LeftBehind>,
    /// Why clients that were to be kept are not.
    not_kept: Option<String>,
    /// When to leave whatever is still under way.
    deadline: Option<Instant>,
    /// Whether the terminal is gone: nothing comes of it and nothing is drawn.
    is_alone: bool,
}

/// A model for a walk or a replay.
fn model(source: &Source, draft: PartialScenario, host: &dyn Host, theme: Theme, size: Size) -> Model {
    let (walk, hint) = match source {
        Source::Walk(launch) => {
            let recorder = Recorder::new(launch.scenario.clone(), launch.past_refusals);
            (WalkView::new(launch.scenario.clone(), recorder), launch.hint.clone())
        }
        Source::Stored(stored) => (WalkView::of(Arc::clone(stored)), None),
    };
    let clipboard = host.clipboard();
    let given = Given { draft, recent: host.recent(), formats: host.formats(), hint, clipboard };
    Model::new(walk, theme, given, size).laid_out()
}

impl Session {
    /// Draws first, then starts the walk: the first frame is there before the first byte on the network.
    pub(super) fn start(setup: Setup, screen: &mut Screen) -> io::Result<Self> {
        let Setup { source, draft, host, colour, glyphs } = setup;
        let theme = if colour { Theme::Colour } else { Theme::Plain };
        let mut model = model(&source, draft, host.as_ref(), theme, screen.terminal.size()?);
        model.glyphs = glyphs;
        model.links = glyphs == Glyphs::Unicode;
        screen.terminal.draw(|frame| pane::draw(&model, frame))?;
        let done = mpsc::unbounded_channel();
        if model.walk.stored.is_some() {
            // We hold the other end.
            drop(done.0.send(Message::Opened));
        }
        Ok(Self {
            model,
            host,
            running: Running::start(source),
            done,
            next: None,
            busy_since: clock::now(),
            ticked: clock::now(),
            left_behind: Vec::new(),
            left_behind_before: Vec::new(),
            not_kept: None,
            deadline: None,
            is_alone: false,
        })
    }

    /// Shows the screen until its user leaves; returns what is to be said below it.
    pub(super) async fn run(mut self, screen: &mut Screen) -> Result<Vec<String>, TuiError> {
        let result = self.watch(screen).await;
        self.running.task.abort();
        if !self.running.task.is_finished() {
            // What a driver has started ends with the walk; one that hangs is left.
            drop(tokio::time::timeout(ENDING, &mut self.running.task).await);
        }
        result?;
        if let Some(why) = self.not_kept {
            return Err(TuiError::NotKept(why));
        }
        let left_behind = [self.left_behind, self.left_behind_before].concat();
        Ok(exit_summary::walked(&self.model.walk)
            .into_iter()
            .chain(exit_summary::left_behind(&left_behind))
            .collect())
    }

    /// Waits for something to happen, lets it change the model, draws; until the end.
    async fn watch(&mut self, screen: &mut Screen) -> Result<(), TuiError> {
        let mut input = EventStream::new();
        let mut signals = Signals::new()?;
        loop {
            let mut messages = Vec::new();
            let (tick, is_busy) = ((self.ticked + self.beat()).into(), self.is_busy());
            tokio::select! {
                biased;
                Some(event) = self.running.events.recv() => {
                    messages.push(Message::Run(event));
                    while let Ok(event) = self.running.events.try_recv() {
                        messages.push(Message::Run(event));
                    }
                }
                Some(done) = self.done.1.recv() => messages.push(done),
                ended = &mut self.running.task => match ended {
                    Ok(Ok(())) => return Ok(()),
                    Ok(Err(error)) => return Err(error.into()),
                    Err(_) => return Err(TuiError::RunPanicked),
                },
                event = input.next(), if !self.is_alone => {
                    self.is_alone = !matches!(event, Some(Ok(_)));
                    messages.extend(match event {
                        Some(Ok(event)) => self.meaning(&event),
                        Some(Err(_)) | None => self.leave(Signal::Told),
                    });
                }
                signal = signals.next() => messages.extend(self.leave(signal)),
                () = at(self.deadline) => return Ok(()),
                () = tokio::time::sleep_until(tick), if is_busy => {
                    self.ticked = clock::now();
                    messages.push(Message::Tick(self.busy_since.elapsed()));
                }
            }
            if screen.is_lost() {
                return Err(TuiError::RunPanicked);
            }
            if messages.is_empty() {
                continue;
            }
            if self.model.walk.stored.is_none() {
                self.model.now = clock::timestamp().as_second();
            }
            for message in messages {
                for effect in self.take(message) {
                    match effect {
                        Effect::Quit => return Ok(()),
                        Effect::EditOutside => {
                            // The reader of events must not take the keys of the editor.
                            drop(input);
                            let text = self.edit_outside(screen)?;
                            input = EventStream::new();
                            self.take(Message::Edited(text));
                        }
                        Effect::Suspend => {
                            // Whatever is in front now reads the keys.
                            drop(input);
                            screen.suspend()?;
                            input = EventStream::new();
                            let size = screen.terminal.size()?;
                            self.take(Message::Resized(size));
                        }
                        Effect::Start => self.prepare(true).await,
                        Effect::Restart => self.prepare(false).await,
                        other => self.obey(other)?,
                    }
                }
            }
            if !self.is_alone && screen.show(&self.model).is_err() {
                self.is_alone = true;
                let effects = self.leave(Signal::Told).map(|message| self.take(message));
                for effect in effects.into_iter().flatten() {
                    match effect {
                        Effect::Quit => return Ok(()),
                        other => self.obey(other)?,
                    }
                }
            }
        }
    }

    /// Leaves in good order, within bounds; at once when it is asked for again.
    fn leave(&mut self, signal: Signal) -> Option<Message> {
        let was_told = self.deadline.is_some();
        if was_told && signal == Signal::Asked {
            self.deadline = Some(clock::now());
        }
        self.deadline.get_or_insert_with(|| clock::now() + GRACE);
        (!was_told && !self.model.is_leaving()).then_some(Message::Quit)
    }

    /// Whether time has to be shown.
    const fn is_busy(&self) -> bool {
        self.model.walk.is_busy() || self.model.is_leaving()
    }

    /// How often: people are slower than requests.
    const fn beat(&self) -> Duration {
        if self.model.walk.awaits_person() { Duration::from_secs(1) } else { pane::FRAME_INTERVAL }
    }

    /// Updates the model, and returns what is to be done.
    fn take(&mut self, message: Message) -> Vec<Effect> {
        match &message {
            Message::Run(RunEvent::Sending(_) | RunEvent::Asked(_) | RunEvent::Entered(_)) => {
                self.busy_since = clock::now();
                self.ticked = self.busy_since;
            }
            Message::Run(RunEvent::Ended { left_behind, known_clients }) => {
                self.left_behind.clone_from(left_behind);
                self.not_kept = self.host.keep(known_clients).err();
            }
            // Until the walk has cleaned up, all it registered is still there.
            Message::Quit => {
                self.busy_since = clock::now();
                self.left_behind = self.model.walk.registered();
            }
            _ => {}
        }
        update::update(&mut self.model, message)
    }

    fn obey(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Send(command) => self.running.send(command),
            Effect::Copy(text) if self.model.given.clipboard == Clipboard::Tmux => {
                let host = Arc::clone(&self.host);
                self.work(move || {
                    host.give_to_tmux(&text).map_or_else(Message::NotCopied, |()| Message::Copied)
                });
            }
            Effect::Copy(text) => terminal::copy(&text)?,
            Effect::Export(formats) => {
                let walk = &self.model.walk;
                let transcript = match &walk.stored {
                    Some(stored) => stored.again.clone(),
                    None => Transcript::new(&walk.recorder.record(), &self.running.policy),
                };
                let written =
                    formats.into_iter().map(|format| self.host.export(&transcript, format)).collect();
                self.take(Message::Exported(written));
            }
            Effect::Work(job) => self.work(move || Message::Done(job.run())),
            Effect::Relaunch => self.relaunch(),
            Effect::EditOutside | Effect::Suspend | Effect::Start | Effect::Restart | Effect::Quit => {}
        }
        Ok(())
    }

    /// Works without holding up the screen.
    fn work(&self, work: impl FnOnce() -> Message + Send + 'static) {
        let done = self.done.0.clone();
        tokio::task::spawn_blocking(move || drop(done.send(work())));
    }

    /// Makes the walk of what the form says, or the same again; if that can be, ends the present one.
    async fn prepare(&mut self, by_form: bool) {
        let base = &self.model.given.draft;
        let draft = match &self.model.overlay {
            Some(Overlay::Form(form)) if by_form => form.draft(base),
            _ => Ok(base.clone()),
        };
        let prepared = match draft {
            Ok(draft) => self.host.prepare(draft.clone()).await.map(|launch| (draft, launch)),
            Err(why) => Err(why),
        };
        match prepared {
            Ok(next) => {
                self.next = Some(next);
                self.model.overlay = Some(Overlay::Restarting);
                self.busy_since = clock::now();
                self.running.send(Command::Stop);
            }
            Err(why) => {
                self.take(Message::NotStarted(why));
            }
        }
    }

    /// Starts the next walk in place of the one that has ended.
    fn relaunch(&mut self) {
        let Some((draft, launch)) = self.next.take() else { return };
        self.left_behind_before.append(&mut self.left_behind);
        let source = Source::Walk(Box::new(launch));
        let mut model = model(&source, draft, self.host.as_ref(), self.model.theme, self.model.size);
        model.now = self.model.now;
        model.glyphs = self.model.glyphs;
        model.links = self.model.links;
        // What is still worked on belongs to the walk before.
        self.done = mpsc::unbounded_channel();
        self.model = model;
        self.running = Running::start(source);
    }

    /// Gives the terminal to the user's own editor.
    fn edit_outside(&self, screen: &mut Screen) -> io::Result<Result<String, String>> {
        let text = match &self.model.overlay {
            Some(Overlay::Edit(editor)) => Editor::text(editor),
            _ => return Ok(Err("there is nothing to edit".to_owned())),
        };
        screen.lend()?;
        let edited = self.host.edit(&text);
        screen.take_back()?;
        Ok(edited)
    }

    /// What an event of the terminal means; nothing for releases and moves.
    fn meaning(&self, event: &Event) -> Option<Message> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                Some(keys::message(Mode::of(&self.model), *key))
            }
            Event::Paste(text) => Some(Message::Pasted(text.clone())),
            Event::Resize(width, height) => Some(Message::Resized(Size::new(*width, *height))),
            Event::Mouse(mouse) => {
                let at = Position::new(mouse.column, mouse.row);
                match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => Some(Message::Clicked(at)),
                    MouseEventKind::ScrollDown => Some(Message::Wheeled(at, Direction::Forth)),
                    MouseEventKind::ScrollUp => Some(Message::Wheeled(at, Direction::Back)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Waits until then; for ever without a time.
async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
