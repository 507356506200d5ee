//! What probes are made of: the walk's own requests and what they found.

use serde_json::Value;

use crate::document::Object;
use crate::document::identifier::Identifier;
use crate::document::mcp::{self, RpcResponse};
use crate::document::server_metadata::ServerMetadata;
use crate::document::token::TokenResponse;
use crate::exchange::{
    AuthorizationRequest, Exchange, History, ProbeId, Purpose, Request, Unauthenticated, set_member,
};
use crate::scenario::Scenario;
use crate::specification::{Opening, Party, Step};

/// Why a probe was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// There is nothing of the kind to probe.
    NotApplicable(String),
    /// The walk did not find what the request is made of.
    Untestable(String),
}

impl Skipped {
    pub(super) fn not_applicable(because: impl Into<String>) -> Self {
        Self::NotApplicable(because.into())
    }

    pub(super) fn untestable(because: impl Into<String>) -> Self {
        Self::Untestable(because.into())
    }
}

/// A request, or why there is none.
pub(super) type Built = Result<Request, Skipped>;

/// What the walk found.
#[derive(Clone, Copy, Debug)]
pub struct ProbeContext<'a> {
    /// The run as asked for.
    pub scenario: &'a Scenario,
    /// All that was said and heard.
    pub history: &'a History,
}

impl<'a> ProbeContext<'a> {
    /// The exchanges of a purpose that count in the last round: the one whose token is good now.
    pub(super) fn in_last_round(
        &self,
        accept: impl Fn(Purpose) -> bool,
    ) -> impl DoubleEndedIterator<Item = &'a Exchange> {
        self.history.in_round(self.history.last_round(), accept)
    }

    /// The target as the user gave it, taken apart.
    pub(super) fn target(&self) -> Result<Identifier<'a>, Skipped> {
        let target = Identifier::parse(&self.scenario.target.url);
        target.ok_or_else(|| Skipped::untestable("the target is no URL"))
    }

    /// The walk's opening request without a token: after a fallback the one of the older protocol version.
    pub(super) fn open_request(&self) -> Built {
        let opening = |purpose| purpose == Purpose::Challenge(Unauthenticated::Opening);
        let exchange = self.history.with_purpose(opening).next_back();
        exchange
            .map(|exchange| exchange.request.clone())
            .ok_or_else(|| Skipped::untestable("the walk sent no request without a token"))
    }

    /// The exchange that opened the session with the token.
    pub(super) fn opening(&self) -> Result<&'a Exchange, Skipped> {
        let opening = |purpose| matches!(purpose, Purpose::Initialize | Purpose::Discover);
        let opened = self.history.with_purpose(opening).rfind(|exchange| result(exchange).is_some());
        opened.ok_or_else(|| Skipped::untestable("the token did not open a session"))
    }

    /// The request that opened the session, with the token that is good now.
    pub(super) fn opening_request(&self) -> Built {
        Ok(self.with_current_token(self.opening()?.request.clone()))
    }

    /// The request that opened the session, with another `Authorization`.
    pub(super) fn opening_with(&self, credentials: &str) -> Built {
        self.token()?;
        let mut request = self.opening()?.request.clone();
        request.headers.set("authorization", credentials);
        Ok(request)
    }

    /// A request with the token that is good now, if it is sent as a plain bearer token.
    fn with_current_token(&self, mut request: Request) -> Request {
        if let Ok(token) = self.token() {
            request.headers.set("authorization", &format!("Bearer {token}"));
        }
        request
    }

    /// How the session was opened: after a fallback not as the protocol version would.
    pub(super) fn era(&self) -> Result<Opening, Skipped> {
        let discovered = self.opening()?.request.purpose == Purpose::Discover;
        Ok(if discovered { Opening::Discover } else { Opening::Initialize })
    }

    /// Fails unless the session was opened that way.
    pub(super) fn opened_by(&self, opening: Opening) -> Result<&'a Exchange, Skipped> {
        let exchange = self.opening()?;
        if self.era()? == opening {
            return Ok(exchange);
        }
        Err(Skipped::not_applicable("the session was opened in another way"))
    }

    /// The bearer token that is good now: the one of the refresh, which may have ended the one that opened the session.
    pub(super) fn token(&self) -> Result<String, Skipped> {
        let first = self.first_token()?;
        let refreshes = self.in_last_round(|purpose| purpose == Purpose::Refresh);
        let mut tokens = refreshes.filter_map(|exchange| TokenResponse::read(exchange).ok()?.access_token());
        Ok(tokens.next_back().map_or(first, |token| token.expose().to_owned()))
    }

    /// The bearer token that opened the session.
    fn first_token(&self) -> Result<String, Skipped> {
        let credentials = self.opening()?.request.headers.get("authorization");
        let credentials = credentials.unwrap_or_default().into_owned();
        match credentials.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.to_owned()),
            _ => Err(Skipped::not_applicable("the token is not sent as a plain bearer token")),
        }
    }

    /// The session id of a legacy server, if it issued one.
    pub(super) fn session_id(&self) -> Result<String, Skipped> {
        Self::session_id_of(self.opened_by(Opening::Initialize)?)
    }

    /// The session id in a response to `initialize`.
    pub(super) fn session_id_of(opening: &Exchange) -> Result<String, Skipped> {
        let id = opening.response().and_then(|response| response.headers.get("mcp-session-id"));
        id.map(std::borrow::Cow::into_owned)
            .ok_or_else(|| Skipped::not_applicable("the server issues no session id"))
    }

    /// A request of the open session with another method: the last one the walk sent, or the opening itself.
    pub(super) fn message(&self, method: &str) -> Built {
        let initialized = self.history.with_purpose(|purpose| purpose == Purpose::Initialized).next_back();
        let opening = self.opening()?;
        let mut request = match (self.era()?, initialized) {
            (Opening::Initialize, Some(exchange)) => exchange.request.clone(),
            _ => opening.request.clone(),
        };
        let mut body = body(&opening.request)?;
        set_member(&mut body, "/method", method);
        match (self.era()?, body.as_object_mut()) {
            (Opening::Discover, _) => request.headers.set("mcp-method", method),
            (Opening::Initialize, Some(members)) => drop(members.shift_remove("params")),
            (Opening::Initialize, None) => {}
        }
        request.body = body.to_string().into_bytes();
        request.read_until = opening.request.read_until;
        Ok(self.with_current_token(request))
    }

    /// The authorization request.
    pub(super) fn authorization(&self) -> Result<&'a AuthorizationRequest, Skipped> {
        let last = self.history.authorizations().next_back();
        last.ok_or_else(|| Skipped::untestable("the walk made no authorization request"))
    }

    /// The server metadata the walk used, and where it was.
    pub(super) fn server_metadata(&self) -> Result<(&'a Exchange, ServerMetadata), Skipped> {
        self.in_last_round(|purpose| matches!(purpose, Purpose::ServerMetadata(_)))
            .find_map(|exchange| Some((exchange, ServerMetadata::read(exchange).ok()?)))
            .ok_or_else(|| Skipped::untestable("no authorization-server metadata was found"))
    }

    /// The response to a probe.
    pub(super) fn probed(&self, id: ProbeId) -> Result<&'a Exchange, Skipped> {
        self.history.probe(id).ok_or_else(|| Skipped::untestable(format!("the probe {id} was not sent")))
    }

    /// Whether the target is on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.target().is_ok_and(|target| target.is_loopback())
    }
}

/// The JSON body of a request of ours.
pub(super) fn body(request: &Request) -> Result<Value, Skipped> {
    serde_json::from_slice(&request.body).map_err(|_| Skipped::untestable("the request has no JSON body"))
}

/// The JSON-RPC result of an exchange.
pub(super) fn result(exchange: &Exchange) -> Option<Object> {
    match mcp::response(exchange) {
        Ok(RpcResponse::Result(result)) => Some(result),
        _ => None,
    }
}

/// A request. Step and purpose are those of the probe.
pub(super) fn request(party: Party, method: &str, url: impl Into<String>) -> Request {
    let unset = Purpose::Probe(ProbeId::ChallengeAgain);
    Request::new(Step::Challenge, unset, party, method, url)
}

/// A GET of a JSON document.
pub(super) fn get_json(party: Party, url: impl Into<String>) -> Request {
    request(party, "GET", url).header("accept", "application/json")
}
