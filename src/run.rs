//! The driver: does what the machine wants and feeds it what came of that, and tells what happens.
//!
//! One task owns the walk ([`drive`]). A face sends [`Command`]s and folds [`RunEvent`]s into whatever it shows:
//! console progress, the terminal UI and the transcript are consumers of the same stream. [`play`] answers the same
//! commands by the same events, of a run that was recorded.

mod callback;
mod clean_up;
pub mod clock;
mod consent;
mod edit;
mod login;
mod on_its_way;
mod player;
mod record;
mod signals;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

pub use callback::CallbackError;
pub use clean_up::registered;
pub use consent::{CHROMEDRIVER, LoginPage};
pub use edit::Edit;
pub use player::{Player, play};
pub use record::Recorder;
pub use signals::{Signal, Signals};
pub use transport::{HttpTransport, NetworkError, Transport};

use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, ExchangeId, FailureKind, History, KeyError, Purpose, Request,
    Timing, TransportFailure,
};
use crate::flow::{Entropy, Flow, Input, Outcome, Output, Refusal, Settings};
use crate::probe;
use crate::scenario::{KnownClient, ProbeMode, Scenario};
use crate::specification::Step;
use crate::transcript::LeftBehind;

use callback::CallbackListener;
use clean_up::OwnedResources;
use on_its_way::cancelled;

/// What a face asks of the walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Walk to the end of the step.
    Continue,
    /// Walk to the end.
    RunToEnd,
    /// Walk to the start of that step.
    RunTo(Step),
    /// Go back to the start of the step before.
    Back,
    /// Walk the step again.
    Retry,
    /// Walk the step of that edit again, with what was edited.
    Resend(Box<Edit>),
    /// Go on although a conforming client stops here.
    Overrule,
    /// Here is the URL the browser was redirected to. One without the `state` of the login counts when it was seen before.
    Paste(String),
    /// Open the authorization URL in the browser.
    OpenBrowser,
    /// While a person logs in: read the login page here too, without cookies. What it gets is recorded.
    ReadLoginPage,
    /// Drop the request that is on its way, and wait.
    Pause,
    /// After a complete walk: send the harmless requests beyond the happy path.
    Probe,
    /// End the walk.
    Stop,
}

impl Command {
    /// Whether it takes the walk from what it is doing, be that a request or a login.
    const fn interrupts(&self) -> bool {
        matches!(self, Self::Stop | Self::Back | Self::Retry | Self::Resend(_) | Self::Pause)
    }
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEvent {
    /// The callback listener is ready; nothing was sent yet.
    Started {
        /// Where the browser will come back to.
        redirect_uri: String,
    },
    /// A step begins.
    Entered(Step),
    /// A request is on its way.
    Sending(Arc<Request>),
    /// It was answered, or failed.
    Exchanged(Arc<Exchange>),
    /// The user is to consent.
    Asked(AuthorizationRequest),
    /// Something to tell the user while the login goes on.
    Note(String),
    /// The browser came back.
    CalledBack(Arc<Callback>),
    /// A conforming client stops here.
    Refused(Refusal),
    /// The walk goes on all the same.
    Overruled(Refusal),
    /// From now on that much is sent beyond the happy path.
    Probing(ProbeMode),
    /// The walk waits at the start of the step, for a command.
    Waiting(Step),
    /// What it will do first when it goes on.
    Prepared(Prepared),
    /// The walk is at the start of that step again, with the history as it was then.
    Restored(Step, History),
    /// The walk is over, unless a command takes it back.
    Finished(Outcome),
    /// Nothing more will happen.
    Ended {
        /// Clients that are still registered.
        left_behind: Vec<LeftBehind>,
        /// Those that were to be kept, for later runs.
        known_clients: Vec<KnownClient>,
    },
}

/// What a step begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// This request.
    Request(Arc<Request>),
    /// Asking for consent.
    Authorization(AuthorizationRequest),
}

/// How fast to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepMode {
    /// Wait for a command before each step.
    Step,
    /// Wait before that step, and each after it.
    Until(Step),
    /// Go to the end.
    End,
}

/// How a walk is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// How fast to go at first.
    pub pace: StepMode,
    /// Go on past refusals without asking.
    pub past_refusals: bool,
    /// Whether a browser that is opened here is seen by somebody.
    pub has_display: bool,
}

/// A place to go back to: the start of a step.
struct Snapshot {
    step: Step,
    flow: Flow,
    history: History,
}

/// The walk and what it needs.
struct Runner {
    flow: Flow,
    history: History,
    snapshots: Vec<Snapshot>,
    transport: Arc<dyn Transport>,
    listener: CallbackListener,
    obtained: OwnedResources,
    events: mpsc::UnboundedSender<RunEvent>,
    commands: mpsc::UnboundedReceiver<Command>,
    pace: StepMode,
    /// Whether it waits at the start of a step, for a command.
    is_waiting: bool,
    has_display: bool,
    /// Whether the next login is the user's, in the browser, whatever the driver.
    by_browser: bool,
    /// What takes the place of a request of this step.
    edit: Option<Box<Edit>>,
    next_id: u32,
    /// What is left to send beyond the happy path.
    probes: probe::Sequence,
}

/// Why a walk cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The browser could not come back.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// There is no key to bind tokens to.
    #[error("cannot make a key for this run: {0}")]
    Key(String),
}

/// How long a registration or a token request that is interrupted may still be answered.
const GRACE: Duration = Duration::from_secs(5);

/// What interrupted the walk.
enum Interrupted {
    By(Command),
    ByEnd,
}

/// Runs a walk until it is stopped or its commands end. Binds the callback listener first: a taken port is an error
/// before anything is sent. The callback listener is closed when this returns.
pub async fn drive(
    scenario: Scenario,
    manner: RunOptions,
    transport: Arc<dyn Transport>,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<RunEvent>,
) -> Result<(), StartError> {
    let consent = &scenario.consent;
    let listener =
        CallbackListener::bind(&consent.redirect_host, consent.redirect_port, &consent.redirect_path)?;
    let redirect_uri = listener.redirect_uri().to_owned();
    let key = clock::key().map_err(StartError::Key)?;
    let settings = Arc::new(Settings { scenario, redirect_uri: redirect_uri.clone(), key });
    let flow = Flow::new(settings, Entropy::new(clock::seed()));
    let mut walk = Runner {
        flow,
        history: History::default(),
        snapshots: Vec::new(),
        transport,
        listener,
        obtained: OwnedResources::default(),
        events,
        commands,
        pace: manner.pace,
        is_waiting: false,
        has_display: manner.has_display,
        by_browser: false,
        edit: None,
        next_id: 1,
        probes: probe::Sequence::default(),
    };
    walk.tell(RunEvent::Started { redirect_uri });
    walk.walk(manner).await;
    let left_behind = walk.clean_up().await;
    let keeps = walk.flow.settings().scenario.client.keep;
    let known_clients = if keeps { walk.flow.known_clients() } else { Vec::new() };
    walk.tell(RunEvent::Ended { left_behind, known_clients });
    walk.listener.end().await;
    Ok(())
}

impl Runner {
    /// Tells the face. A face that no longer listens has also dropped its commands, which ends the walk.
    fn tell(&self, event: RunEvent) {
        let _ = self.events.send(event);
    }

    async fn walk(&mut self, manner: RunOptions) {
        self.enter_step();
        loop {
            let command = if self.is_waiting {
                self.commands.recv().await.map_or(Interrupted::ByEnd, Interrupted::By)
            } else {
                match self.perform(manner).await {
                    Ok(input) => {
                        let step = self.flow.step();
                        self.flow.feed(input);
                        self.obtained.note_granted(&self.flow);
                        if self.flow.step() != step && !self.flow.is_done() {
                            self.enter_step();
                        }
                        continue;
                    }
                    Err(interrupted) => interrupted,
                }
            };
            let Interrupted::By(command) = command else { return };
            match command {
                Command::Stop => return,
                Command::Continue | Command::RunToEnd | Command::RunTo(_) if self.is_waiting => {
                    self.pace = match command {
                        Command::RunToEnd => StepMode::End,
                        Command::RunTo(step) => StepMode::Until(step),
                        _ => StepMode::Step,
                    };
                    self.is_waiting = false;
                }
                Command::Resend(edit) => {
                    // Before anything of the step was sent, the snapshot is where the walk is.
                    let is_here = self.is_waiting && self.flow.step() == edit.step();
                    if is_here || self.rewind(edit.step()) {
                        self.edit = Some(edit);
                        self.pace = StepMode::Step;
                        self.is_waiting = false;
                    }
                }
                Command::OpenBrowser if self.is_waiting && self.flow.awaits_callback() => {
                    self.pace = StepMode::Step;
                    self.by_browser = true;
                    self.is_waiting = false;
                }
                Command::Pause if !self.is_waiting => {
                    self.restore();
                    self.wait();
                }
                Command::Back => {
                    // At the start of a step its own snapshot is the last one: go to the one before it.
                    if self.snapshots.len() > 1 {
                        self.snapshots.pop();
                    }
                    self.restore();
                    self.pace = StepMode::Step;
                    self.wait();
                }
                Command::Retry => {
                    if self.is_waiting && self.snapshots.len() > 1 {
                        self.snapshots.pop();
                    }
                    self.restore();
                    self.is_waiting = false;
                }
                _ => {}
            }
        }
    }

    /// Enters a step: takes a snapshot, and waits there if the pace says so.
    fn enter_step(&mut self) {
        let step = self.flow.step();
        self.snapshots.push(Snapshot { step, flow: self.flow.clone(), history: self.history.clone() });
        self.edit = None;
        let waits = match self.pace {
            StepMode::Step => true,
            StepMode::Until(last) => step >= last,
            StepMode::End => false,
        };
        if waits {
            self.pace = StepMode::Step;
            self.wait();
        }
    }

    /// Waits from now on, and says for what.
    fn wait(&mut self) {
        self.is_waiting = true;
        self.tell(RunEvent::Waiting(self.flow.step()));
        match self.flow.poll() {
            Output::Send(request) => {
                self.tell(RunEvent::Prepared(Prepared::Request(Arc::new(request))));
            }
            Output::Authorize(request) => self.tell(RunEvent::Prepared(Prepared::Authorization(request))),
            Output::Refuse(_) | Output::Done(_) => {}
        }
    }

    /// Goes back to the start of a step; tells whether the walk was ever there.
    fn rewind(&mut self, step: Step) -> bool {
        let Some(at) = self.snapshots.iter().rposition(|snapshot| snapshot.step == step) else {
            return false;
        };
        self.snapshots.truncate(at + 1);
        self.restore();
        true
    }

    /// Goes back to the last snapshot.
    fn restore(&mut self) {
        if let Some(snapshot) = self.snapshots.last() {
            self.flow = snapshot.flow.renewed(Entropy::new(clock::seed()));
            self.history = snapshot.history.clone();
            self.edit = None;
            self.probes = probe::Sequence::default();
            self.tell(RunEvent::Restored(snapshot.step, self.history.clone()));
        }
    }

    /// Does what the machine wants, or is interrupted.
    async fn perform(&mut self, manner: RunOptions) -> Result<Input, Interrupted> {
        self.tell(RunEvent::Entered(self.flow.step()));
        match self.flow.poll() {
            Output::Send(request) => {
                let edited = self.edit.take_if(|edit| edit.request(&request).is_some());
                let request = edited.and_then(|edit| edit.request(&request)).unwrap_or(request);
                self.send(request).await
            }
            Output::Authorize(request) => {
                let edited = self.edit.take().and_then(|edit| edit.authorization(&request));
                self.authorize(edited.unwrap_or(request)).await
            }
            Output::Refuse(refusal) => {
                self.tell(RunEvent::Refused(refusal.clone()));
                if !manner.past_refusals {
                    self.await_command(|command| command == Command::Overrule).await?;
                }
                self.tell(RunEvent::Overruled(refusal));
                Ok(Input::Overruled)
            }
            Output::Done(outcome) => Err(self.stay_at_end(outcome).await),
        }
    }

    /// Stays at the end of the walk until a command changes the course: sends what goes beyond the happy path once a walk
    /// is complete, and again whenever it is asked for.
    async fn stay_at_end(&mut self, outcome: Outcome) -> Interrupted {
        let is_complete = matches!(outcome, Outcome::Reached(_));
        let mut scenario = self.flow.settings().scenario.clone();
        loop {
            if is_complete && let Err(interrupted) = self.probe(&scenario).await {
                return interrupted;
            }
            self.tell(RunEvent::Finished(outcome.clone()));
            let is_wanted = |command| is_complete && command == Command::Probe;
            if let Err(interrupted) = self.await_command(is_wanted).await {
                return interrupted;
            }
            self.tell(RunEvent::Entered(self.flow.step()));
            if scenario.probes.extent == ProbeMode::Off {
                scenario.probes.extent = ProbeMode::Safe;
            }
            self.tell(RunEvent::Probing(scenario.probes.extent));
            self.probes = probe::Sequence::default();
        }
    }

    /// Waits for a command that is wanted, or that changes the course.
    async fn await_command(&mut self, wanted: impl Fn(Command) -> bool) -> Result<(), Interrupted> {
        loop {
            match self.commands.recv().await {
                None => return Err(Interrupted::ByEnd),
                Some(command) if wanted(command.clone()) => return Ok(()),
                Some(command @ (Command::Stop | Command::Back | Command::Retry | Command::Resend(_))) => {
                    return Err(Interrupted::By(command));
                }
                Some(_) => {}
            }
        }
    }

    fn take_id(&mut self) -> ExchangeId {
        let id = ExchangeId(self.next_id);
        self.next_id += 1;
        id
    }

    fn keep(&mut self, exchange: Exchange) -> Arc<Exchange> {
        let exchange = Arc::new(exchange);
        self.obtained.note(&exchange, &self.history);
        self.history.push(Arc::clone(&exchange));
        self.tell(RunEvent::Exchanged(Arc::clone(&exchange)));
        exchange
    }

    /// Sends what goes beyond the happy path. A server that asks for patience is left alone.
    async fn probe(&mut self, scenario: &Scenario) -> Result<(), Interrupted> {
        while let Some(request) = self.probes.next(scenario, &self.history) {
            let input = self.send(request).await?;
            if matches!(input, Input::Exchanged(exchange) if exchange.status() == Some(429)) {
                break;
            }
        }
        Ok(())
    }

    /// A request with what every request of ours carries, and what is only known when it is sent.
    fn ready(&self, request: Request) -> Result<Request, KeyError> {
        let request = request.with_user_agent(&self.flow.settings().user_agent());
        request.proved(clock::timestamp().as_second(), &clock::identifier())
    }

    async fn send(&mut self, request: Request) -> Result<Input, Interrupted> {
        let id = self.take_id();
        let request = match self.ready(request.clone()) {
            Ok(request) => Arc::new(request),
            Err(error) => {
                let outcome =
                    Err(TransportFailure { kind: FailureKind::NotSigned, detail: error.to_string() });
                return Ok(Input::Exchanged(self.keep(Exchange {
                    id,
                    request,
                    outcome,
                    timing: Timing::default(),
                })));
            }
        };
        self.tell(RunEvent::Sending(Arc::clone(&request)));
        let transport = Arc::clone(&self.transport);
        let began = clock::now();
        let mut sending = transport.send(id, (*request).clone());
        loop {
            tokio::select! {
                biased;
                exchange = &mut sending => return Ok(Input::Exchanged(self.keep(exchange))),
                command = self.commands.recv() => {
                    let interrupted = match command {
                        None => Interrupted::ByEnd,
                        Some(command) if command.interrupts() => Interrupted::By(command),
                        Some(command) => {
                            if command == Command::RunToEnd {
                                self.pace = StepMode::End;
                            }
                            // The others only make sense at another time.
                            continue;
                        }
                    };
                    // What is registered or granted by now has to be known, to be given back.
                    let gives = matches!(request.purpose, Purpose::Registration | Purpose::Token | Purpose::Refresh);
                    if gives && let Ok(exchange) = tokio::time::timeout(GRACE, &mut sending).await {
                        let exchange = self.keep(exchange);
                        let mut flow = self.flow.clone();
                        flow.feed(Input::Exchanged(exchange));
                        self.obtained.note_granted(&flow);
                    } else {
                        self.keep(cancelled(id, (*request).clone(), began));
                    }
                    return Err(interrupted);
                }
            }
        }
    }
}
