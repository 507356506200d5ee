//! The terminal UI: walks the flow step by step and shows every request, every answer and what is wrong with them.
//!
//! ```text
//! terminal, walk, time ──► Message ──► update(&mut Model) ──► Effect ──► walk, clipboard, file
//!                                          │
//!                                          ▼ draw(&Model)
//! ```
//!
//! `update` is the only place that changes the model; drawing only reads it. Nothing is drawn unless something
//! happened, and time only happens while a request or a login is under way.
//!
//! To add a key: its line in `keys.rs`, its message in `message.rs`, its deed in `update.rs`. To add a pane: its file in
//! `pane/`, its area in `layout.rs`.

mod export;
mod json;
mod keys;
mod layout;
mod message;
mod model;
mod overlay;
mod page;
mod pane;
mod signals;
mod terminal;
mod text;
mod theme;
mod update;
mod veil;
mod walk;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use ratatui::crossterm::event::{Event, EventStream, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::run::{self, Command, Manner, Pace, Recorder, RunEvent, StartError, Transport, clock};
use crate::scenario::{Policy, Scenario};
use crate::transcript::LeftBehind;

use keys::Mode;
use message::{Effect, Message, Way};
use model::Model;
use signals::Signals;
use terminal::Screen;
use theme::Theme;
use walk::Walk;

/// How long a walk may clean up after a signal.
const GRACE: Duration = Duration::from_secs(3);

/// What the screen is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The run as asked for.
    pub scenario: Scenario,
    /// Go on past refusals without asking.
    pub past_refusals: bool,
    /// What makes an exported transcript count as failed.
    pub policy: Policy,
    /// Where transcripts are written to.
    pub export_dir: PathBuf,
    /// Whether colours may be used.
    pub colour: bool,
    /// A word to the user, as for the sandbox.
    pub hint: Option<String>,
}

/// Why the screen could not be shown to the end.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// There is no callback listener.
    #[error(transparent)]
    Callback(#[from] StartError),
    /// The terminal cannot be read or drawn on.
    #[error("the terminal cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The walk broke down. That is a fault of gatewalk; the panic was printed.
    #[error("gatewalk broke down; please report what is printed above")]
    RunPanicked,
}

/// Shows the screen until its user leaves.
pub async fn run(setup: Setup, transport: Arc<dyn Transport>) -> Result<(), TuiError> {
    let mut screen = Screen::take()?;
    let left_behind = Session::new(setup, &screen)?.run(&mut screen, transport).await;
    drop(screen);
    tell(&left_behind?)?;
    Ok(())
}

/// Says which clients could not be removed, below the screen that is gone.
fn tell(left_behind: &[LeftBehind]) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    for LeftBehind { issuer, client_id } in left_behind {
        let (issuer, client_id) = (text::neutral(issuer), text::neutral(client_id));
        writeln!(stderr, "left behind: the client {client_id} stays registered at {issuer}")?;
    }
    Ok(())
}

/// The screen and what it is connected to.
struct Session {
    model: Model,
    setup: Setup,
    commands: mpsc::UnboundedSender<Command>,
    /// When the present request or login began.
    busy_since: Instant,
    /// When time was shown last.
    ticked: Instant,
    left_behind: Vec<LeftBehind>,
    /// When to leave whatever is still under way.
    deadline: Option<Instant>,
}

/// The walk as a task.
type Running = JoinHandle<Result<(), StartError>>;

impl Session {
    fn new(setup: Setup, screen: &Screen) -> io::Result<Self> {
        let recorder = Recorder::new(setup.scenario.clone(), setup.past_refusals);
        let theme = if setup.colour { Theme::Colour } else { Theme::Plain };
        let size = screen.terminal.size()?;
        let model = Model::new(Walk::new(setup.scenario.clone(), recorder), theme, setup.hint.clone(), size);
        let (commands, _) = mpsc::unbounded_channel();
        Ok(Self {
            model,
            setup,
            commands,
            busy_since: clock::now(),
            ticked: clock::now(),
            left_behind: Vec::new(),
            deadline: None,
        })
    }

    /// Draws first, then starts the walk: the first frame is there before the first byte on the network.
    async fn run(
        mut self,
        screen: &mut Screen,
        transport: Arc<dyn Transport>,
    ) -> Result<Vec<LeftBehind>, TuiError> {
        screen.terminal.draw(|frame| pane::draw(&self.model, frame))?;
        let (commands, received) = mpsc::unbounded_channel();
        let (events, heard) = mpsc::unbounded_channel();
        self.commands = commands;
        let manner = Manner { pace: Pace::Step, past_refusals: self.setup.past_refusals };
        let running =
            tokio::spawn(run::drive(self.setup.scenario.clone(), manner, transport, received, events));
        let result = self.watch(screen, running, heard).await;
        result.map(|()| self.left_behind)
    }

    /// Waits for something to happen, lets it change the model, draws; until the end.
    async fn watch(
        &mut self,
        screen: &mut Screen,
        mut running: Running,
        mut heard: mpsc::UnboundedReceiver<RunEvent>,
    ) -> Result<(), TuiError> {
        let mut input = EventStream::new();
        let mut signals = Signals::new()?;
        let result = loop {
            let mut messages = Vec::new();
            tokio::select! {
                biased;
                Some(event) = heard.recv() => {
                    messages.push(Message::Run(event));
                    while let Ok(event) = heard.try_recv() {
                        messages.push(Message::Run(event));
                    }
                }
                ended = &mut running => match ended {
                    Ok(Ok(())) => break Ok(()),
                    Ok(Err(error)) => break Err(error.into()),
                    Err(_) => break Err(TuiError::RunPanicked),
                },
                event = input.next() => match event {
                    Some(event) => messages.extend(self.meaning(&event?)),
                    // The terminal is gone.
                    None => break Ok(()),
                },
                () = signals.next() => {
                    self.deadline = Some(clock::now() + GRACE);
                    messages.push(Message::Quit);
                }
                () = at(self.deadline) => break Ok(()),
                () = tokio::time::sleep_until((self.ticked + self.beat()).into()), if self.is_busy() => {
                    self.ticked = clock::now();
                    messages.push(Message::Tick(self.busy_since.elapsed()));
                }
            }
            if screen.is_lost() {
                break Err(TuiError::RunPanicked);
            }
            if messages.is_empty() {
                continue;
            }
            let mut leave = false;
            self.model.now = clock::timestamp().as_second();
            for message in messages {
                leave |= self.take(message)?;
            }
            if leave {
                break Ok(());
            }
            screen.terminal.draw(|frame| pane::draw(&self.model, frame))?;
        };
        running.abort();
        result
    }

    /// Whether time has to be shown.
    const fn is_busy(&self) -> bool {
        self.model.walk.is_busy() || self.model.is_leaving()
    }

    /// How often: people are slower than requests.
    const fn beat(&self) -> Duration {
        if self.model.walk.awaits_person() { Duration::from_secs(1) } else { pane::BEAT }
    }

    /// Updates the model and does what it asks for; tells whether to leave.
    fn take(&mut self, message: Message) -> io::Result<bool> {
        match &message {
            Message::Run(RunEvent::Sending(_) | RunEvent::Asked(_) | RunEvent::Entered(_)) => {
                self.busy_since = clock::now();
                self.ticked = self.busy_since;
            }
            Message::Run(RunEvent::Ended { left_behind }) => self.left_behind.clone_from(left_behind),
            // Until the walk has cleaned up, all it registered is still there.
            Message::Quit => {
                self.busy_since = clock::now();
                self.left_behind = self.model.walk.registered();
            }
            _ => {}
        }
        let mut leave = false;
        for effect in update::update(&mut self.model, message) {
            match effect {
                // A walk that has ended hears nothing; its end is on its way to us.
                Effect::Send(command) => drop(self.commands.send(command)),
                Effect::Copy(text) => terminal::copy(&text)?,
                Effect::Export => {
                    let Setup { export_dir, policy, .. } = &self.setup;
                    let written = export::write(export_dir, &self.model.walk.recorder, policy);
                    leave |= self.take(Message::Exported(written))?;
                }
                Effect::Quit => leave = true,
            }
        }
        Ok(leave)
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
                    MouseEventKind::ScrollDown => Some(Message::Wheeled(at, Way::Forth)),
                    MouseEventKind::ScrollUp => Some(Message::Wheeled(at, Way::Back)),
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

#[cfg(test)]
mod tests;
