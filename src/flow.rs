//! The machine: seven steps from the first request to the MCP session, without IO, clock or randomness of its own.
//!
//! ```text
//! let mut flow = Flow::new(settings, entropy);
//! loop {
//!     let input = match flow.poll() {
//!         Output::Send(request)      => Input::Exchanged(transport.send(request)),
//!         Output::Authorize(request) => consent.obtain(request),          // Redirected or NotRedirected
//!         Output::Refuse(refusal)    => if go_on { Input::Overruled } else { break },
//!         Output::Done(outcome)      => break,
//!     };
//!     flow.feed(input);
//! }
//! ```
//!
//! [`Flow::poll`] tells what is awaited and changes nothing; [`Flow::feed`] moves on. A deviation of a peer is data,
//! never an `Err`: the machine goes on while anything further can be sent, and ends [`Outcome::Stuck`] when nothing can.
//! Where a conforming client must stop it says [`Output::Refuse`], and goes on when overruled.
//!
//! A state is named for what it awaits and holds only what exists by then. The transitions (a test walks the machine
//! and compares):
//!
//! | state | input | next |
//! |---|---|---|
//! | AwaitChallenge | Exchanged | AwaitChallenge, AwaitResourceMetadata, AwaitServerMetadata, Done |
//! | AwaitResourceMetadata | Exchanged | AwaitResourceMetadata, AwaitServerMetadata, Refused, Done |
//! | AwaitServerMetadata | Exchanged | AwaitServerMetadata, AwaitOtherServer, AwaitRegistration, AwaitCallback, AwaitAssertion, AwaitToken, Refused, Done |
//! | AwaitOtherServer | Exchanged | AwaitOtherServer, AwaitRegistration, AwaitCallback, AwaitAssertion, AwaitToken, Refused, Done |
//! | AwaitRegistration | Exchanged | AwaitCallback, Done |
//! | AwaitCallback | Redirected | AwaitToken, Refused, Done |
//! | AwaitCallback | NotRedirected | Done |
//! | AwaitAssertion | Exchanged | AwaitToken, Done |
//! | AwaitToken | Exchanged | AwaitToken, AwaitKeys, AwaitSession, Done |
//! | AwaitKeys | Exchanged | AwaitSession, Done |
//! | AwaitSession | Exchanged | AwaitSession, AwaitResourceMetadata, AwaitServerMetadata, AwaitCallback, AwaitAssertion, AwaitToken, AwaitRefresh, Done |
//! | AwaitRefresh | Exchanged | AwaitRefresh, Done |
//! | Refused | Overruled | AwaitServerMetadata, AwaitRegistration, AwaitCallback, AwaitAssertion, AwaitToken, Refused, Done |
//!
//! A token that is refused in an open session begins another round, up to three: with more scope, or with the
//! authorization server the resource names by then.
//!
//! To add a step: its file here with the state it awaits, its variant in `State`, its line in the table above.

mod authorization;
mod challenge;
mod client_authentication;
mod client_metadata;
mod cross_round;
mod discovered;
mod dpop;
mod entropy;
mod grant;
mod identity_provider;
mod opening;
mod other_servers;
mod outcome;
mod redirect;
mod refresh;
mod registered;
mod registration;
mod resource_metadata;
mod scope;
mod server_metadata;
mod session;
mod token;
mod token_request;
mod token_set;

use std::sync::Arc;

pub use client_metadata::client_metadata_document;
pub use entropy::Entropy;
pub use opening::NO_SUCH_TOOL;
pub use outcome::{Attempt, Outcome, Refusal, RefusalKind, RequiredEndpoint, StuckReason};
pub use server_metadata::{DEFAULT_ENDPOINTS, choose_issuer};
pub use token_set::TokenSet;

use crate::document::challenge::Challenge;
use crate::exchange::{AuthorizationRequest, Callback, Exchange, LoginFailure, Purpose, Request, SigningKey};
use crate::scenario::{KnownClient, Registration, Scenario};
use crate::specification::{Party, Step};

use authorization::AwaitCallback;
use challenge::AwaitChallenge;
use cross_round::CrossRoundState;
use discovered::Resource;
use identity_provider::AwaitAssertion;
use other_servers::AwaitOtherServer;
use refresh::AwaitRefresh;
use registration::AwaitRegistration;
use resource_metadata::AwaitResourceMetadata;
use server_metadata::AwaitServerMetadata;
use session::AwaitSession;
use token::{AwaitKeys, AwaitToken};

/// What gatewalk calls itself in `client_name` and `clientInfo`, and in `User-Agent` unless told otherwise.
pub const NAME: &str = "gatewalk";
/// Its version, for the same places.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a flow is made for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The run as asked for.
    pub scenario: Scenario,
    /// The redirect URI our listener listens on, exactly as registered and sent.
    pub redirect_uri: String,
    /// The key of this run: tokens are bound to it, and a server that wants one is told it at registration.
    pub key: SigningKey,
}

impl Settings {
    /// What to call ourselves in `User-Agent`.
    pub fn user_agent(&self) -> String {
        let given = self.scenario.network.user_agent.clone();
        given.unwrap_or_else(|| format!("{NAME}/{VERSION}"))
    }

    /// A GET of a JSON document.
    fn get_json(step: Step, purpose: Purpose, party: Party, url: impl Into<String>) -> Request {
        Request::new(step, purpose, party, "GET", url).header("accept", "application/json")
    }

    /// A request for metadata, with the target's header fields if they are to go along.
    fn get_metadata(&self, step: Step, purpose: Purpose, party: Party, url: &str) -> Request {
        let request = Self::get_json(step, purpose, party, url);
        if !self.scenario.network.headers_on_discovery {
            return request;
        }
        let fields = self.scenario.target.headers.iter();
        fields.fold(request, |request, (name, value)| request.header(name, value.expose()))
    }
}

/// What the machine wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this and feed [`Input::Exchanged`], with the response or with why there is none.
    Send(Request),
    /// Have the user consent and feed [`Input::Redirected`], or [`Input::NotRedirected`].
    Authorize(AuthorizationRequest),
    /// A conforming client stops here; feed [`Input::Overruled`] to go on all the same.
    Refuse(Refusal),
    /// Nothing more.
    Done(Outcome),
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Input {
    /// An exchange is over.
    Exchanged(Arc<Exchange>),
    /// The browser came back.
    Redirected(Arc<Callback>),
    /// The login did not come to a callback, for that reason.
    NotRedirected(LoginFailure),
    /// The refusal is to be ignored.
    Overruled,
}

/// The states, in flow order.
#[derive(Clone, Debug)]
enum State {
    Challenge(AwaitChallenge),
    ResourceMetadata(AwaitResourceMetadata),
    ServerMetadata(Box<AwaitServerMetadata>),
    OtherServer(Box<AwaitOtherServer>),
    Registration(Box<AwaitRegistration>),
    Callback(Box<AwaitCallback>),
    Assertion(Box<AwaitAssertion>),
    Token(Box<AwaitToken>),
    Keys(Box<AwaitKeys>),
    Session(Box<AwaitSession>),
    Refresh(Box<AwaitRefresh>),
    Refused(Box<Refused>),
    Done(Outcome),
}

/// A refusal, and the state that follows when it is overruled.
#[derive(Clone, Debug)]
struct Refused {
    refusal: Refusal,
    then: State,
}

impl State {
    /// Puts refusals before a state, the first of them in front.
    fn guarded_by(self, refusals: impl DoubleEndedIterator<Item = Refusal>) -> Self {
        refusals.rev().fold(self, |then, refusal| Self::Refused(Box::new(Refused { refusal, then })))
    }

    const fn stuck(awaiting: Step, because: StuckReason) -> Self {
        Self::Done(Outcome::Stuck { awaiting, because })
    }

    /// Looks for who issues tokens for the resource, where the protocol version says so. The target has responded with 401.
    fn discovering(challenge: Option<Challenge>, context: &mut Context<'_>) -> Self {
        if context.settings.scenario.protocol_version.resource_metadata_order().is_empty() {
            AwaitServerMetadata::first(Resource { challenge, metadata: None }, context)
        } else {
            AwaitResourceMetadata::first(challenge, true, context)
        }
    }

    fn step(&self) -> Step {
        match self {
            Self::Challenge(_) => Step::Challenge,
            Self::ResourceMetadata(_) => Step::ResourceMetadata,
            Self::ServerMetadata(_) | Self::OtherServer(_) => Step::ServerMetadata,
            Self::Registration(_) => Step::Registration,
            Self::Callback(_) | Self::Assertion(_) => Step::Authorization,
            Self::Token(_) | Self::Keys(_) => Step::Token,
            // Part of the last step, which is what it waits for.
            Self::Session(_) | Self::Refresh(_) => Step::Session,
            Self::Refused(refused) => refused.refusal.step(),
            Self::Done(Outcome::Stuck { awaiting, .. }) => *awaiting,
            Self::Done(Outcome::Reached(step)) => *step,
        }
    }

    /// The same, but the end where the scenario wants the walk to end.
    fn until(self, last: Step) -> Self {
        match self {
            Self::Refused(_) => self,
            beyond if beyond.step() > last => Self::Done(Outcome::Reached(last)),
            within => within,
        }
    }
}

/// What a state needs besides itself to move on.
struct Context<'a> {
    settings: &'a Settings,
    entropy: &'a mut Entropy,
    cross_round: &'a mut CrossRoundState,
}

/// The machine. A clone is a snapshot: going back is restoring one.
#[derive(Clone, Debug)]
pub struct Flow {
    settings: Arc<Settings>,
    entropy: Entropy,
    cross_round: CrossRoundState,
    state: State,
}

impl Flow {
    /// A flow at its start.
    pub fn new(settings: Arc<Settings>, entropy: Entropy) -> Self {
        let cross_round = CrossRoundState::new(&settings);
        Self { settings, entropy, cross_round, state: State::Challenge(AwaitChallenge::first()) }
    }

    /// What the flow was made for.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// The same place in the flow with fresh random values: a repeated authorization request must not reuse `state`
    /// and verifier.
    #[must_use]
    pub fn renewed(&self, mut entropy: Entropy) -> Self {
        let mut cross_round = self.cross_round.clone();
        let state = match &self.state {
            State::Callback(state) => {
                let context = &mut Context {
                    settings: &self.settings,
                    entropy: &mut entropy,
                    cross_round: &mut cross_round,
                };
                State::Callback(Box::new(state.renewed(context)))
            }
            other => other.clone(),
        };
        Self { settings: Arc::clone(&self.settings), entropy, cross_round, state }
    }

    /// The step that is awaited; at the end, the last one that was.
    pub fn step(&self) -> Step {
        self.state.step()
    }

    /// The clients that servers registered, for later runs.
    pub fn known_clients(&self) -> Vec<KnownClient> {
        let document = match &self.settings.scenario.client.registration {
            Registration::Dynamic => None,
            Registration::MetadataDocument { url, .. } => Some(url),
            Registration::Preregistered { .. } => return Vec::new(),
        };
        let registered = self.cross_round.clients().filter(|(_, client)| Some(&client.client_id) != document);
        let redirect_uri = &self.settings.redirect_uri;
        registered.filter_map(|(issuer, client)| client.known(issuer, redirect_uri)).collect()
    }

    /// What was granted last, if anything was.
    pub fn granted(&self) -> Option<&Arc<TokenSet>> {
        self.cross_round.granted.as_ref()
    }

    /// Whether nothing more is awaited.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    /// Whether the browser is to come back next.
    pub const fn awaits_callback(&self) -> bool {
        matches!(self.state, State::Callback(_))
    }

    /// What is awaited. Changes nothing.
    pub fn poll(&self) -> Output {
        let settings = &self.settings;
        let request = match &self.state {
            State::Challenge(state) => state.request(settings),
            State::ResourceMetadata(state) => state.request(settings),
            State::ServerMetadata(state) => state.request(settings),
            State::OtherServer(state) => state.request(),
            State::Registration(state) => state.request(settings),
            State::Callback(state) => {
                let round = self.cross_round.round.clone();
                return Output::Authorize(AuthorizationRequest { round, ..state.request.clone() });
            }
            State::Assertion(state) => state.request(settings),
            State::Token(state) => state.request(settings),
            State::Keys(state) => state.request(),
            State::Session(state) => state.request(settings),
            State::Refresh(state) => state.request(settings),
            State::Refused(refused) => return Output::Refuse(refused.refusal.clone()),
            State::Done(outcome) => return Output::Done(outcome.clone()),
        };
        Output::Send(request.in_round(&self.cross_round.round))
    }

    /// Moves on. An input that is not awaited changes nothing.
    pub fn feed(&mut self, input: Input) {
        let state = std::mem::replace(&mut self.state, State::Done(Outcome::Reached(Step::Challenge)));
        let context = &mut Context {
            settings: &self.settings,
            entropy: &mut self.entropy,
            cross_round: &mut self.cross_round,
        };
        let next = match (state, input) {
            (State::Challenge(state), Input::Exchanged(exchange)) => state.exchanged(&exchange, context),
            (State::ResourceMetadata(state), Input::Exchanged(exchange)) => {
                state.exchanged(&exchange, context)
            }
            (State::ServerMetadata(state), Input::Exchanged(exchange)) => state.exchanged(&exchange, context),
            (State::OtherServer(state), Input::Exchanged(exchange)) => state.exchanged(&exchange),
            (State::Registration(state), Input::Exchanged(exchange)) => state.exchanged(&exchange, context),
            (State::Callback(state), Input::Redirected(callback)) => state.redirected(&callback, context),
            (State::Callback(_), Input::NotRedirected(why)) => {
                State::stuck(Step::Authorization, StuckReason::NotRedirected(why))
            }
            (State::Assertion(state), Input::Exchanged(exchange)) => state.exchanged(&exchange, context),
            (State::Token(state), Input::Exchanged(exchange)) => state.exchanged(&exchange, context),
            (State::Keys(state), Input::Exchanged(_)) => State::Session(Box::new(state.session)),
            (State::Session(state), Input::Exchanged(exchange)) => state.exchanged(&exchange, context),
            (State::Refresh(state), Input::Exchanged(exchange)) => state.exchanged(&exchange, context),
            (State::Refused(refused), Input::Overruled) => refused.then,
            (state, _) => state,
        };
        self.state = next.until(self.settings.scenario.until);
    }

    /// The name of the state, as in the table of transitions.
    #[cfg(test)]
    const fn state_name(&self) -> &'static str {
        match self.state {
            State::Challenge(_) => "AwaitChallenge",
            State::ResourceMetadata(_) => "AwaitResourceMetadata",
            State::ServerMetadata(_) => "AwaitServerMetadata",
            State::OtherServer(_) => "AwaitOtherServer",
            State::Registration(_) => "AwaitRegistration",
            State::Callback(_) => "AwaitCallback",
            State::Assertion(_) => "AwaitAssertion",
            State::Token(_) => "AwaitToken",
            State::Keys(_) => "AwaitKeys",
            State::Session(_) => "AwaitSession",
            State::Refresh(_) => "AwaitRefresh",
            State::Refused(_) => "Refused",
            State::Done(_) => "Done",
        }
    }
}

#[cfg(test)]
mod tests;
