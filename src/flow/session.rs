//! Step 7: the MCP session, opened with the token, and what is done in it.

use serde_json::{Value, json};

use super::dpop;
use super::opening::{Credentials, Message};
use super::refresh::AwaitRefresh;
use super::registered::Registered;
use super::token_set::AccessGrant;
use super::{Context, Outcome, Settings, State, StuckReason};
use crate::document::challenge::{self, Challenge};
use crate::document::explanation::explanation;
use crate::document::explanation::refused;
use crate::document::mcp::{self, RpcResponse, code};
use crate::exchange::{Exchange, Purpose, Request};
use crate::scenario::{Grant, SessionAction};
use crate::specification::{Opening, ProtocolVersion, Step};

/// Awaits the response to the message of a stage.
#[derive(Clone, Debug)]
pub(super) struct AwaitSession {
    registered: Registered,
    access: AccessGrant,
    attempt: dpop::DpopAttempt,
    stage: Stage,
}

/// What the session is about.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// The protocol version's own opening, or that of the protocol version it falls back to.
    Opening { fallback: Option<ProtocolVersion> },
    /// `notifications/initialized`.
    Initialized(Session),
    /// What the scenario wants done, by its place.
    SessionAction(Session, usize),
}

/// An open session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    protocol_version: ProtocolVersion,
    /// `Mcp-Session-Id`.
    id: Option<String>,
    /// The version a legacy server chose.
    negotiated: Option<String>,
}

impl Session {
    fn message(&self, method: &'static str, params: Value) -> Message {
        Message {
            session: self.id.clone(),
            negotiated: self.negotiated.clone().filter(|_| self.protocol_version.sends_version_header()),
            ..Message::of(self.protocol_version, method, params)
        }
    }
}

impl AwaitSession {
    /// The opening, or what a new token was needed for.
    pub(super) fn new(registered: Registered, access: AccessGrant, context: &mut Context<'_>) -> Self {
        let stage = context.cross_round.resume();
        Self { registered, access, attempt: Self::attempt(context), stage }
    }

    /// A proof with the nonce the resource named last.
    fn attempt(context: &Context<'_>) -> dpop::DpopAttempt {
        dpop::DpopAttempt::new(context.cross_round.nonces.resource.clone())
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let (message, purpose) = match &self.stage {
            Stage::Opening { fallback } => {
                let protocol_version = fallback.unwrap_or(settings.scenario.protocol_version);
                let purpose = match protocol_version.opening() {
                    Opening::Initialize => Purpose::Initialize,
                    Opening::Discover => Purpose::Discover,
                };
                (Message::opening(protocol_version), purpose)
            }
            Stage::Initialized(session) => {
                let message = session.message("notifications/initialized", json!({}));
                (Message { notification: true, ..message }, Purpose::Initialized)
            }
            Stage::SessionAction(session, at) => match settings.scenario.then.get(*at) {
                Some(SessionAction::CallTool(name)) => {
                    let message = session.message("tools/call", json!({ "name": name, "arguments": {} }));
                    (Message { name: Some(name.clone()), ..message }, Purpose::CallTool)
                }
                Some(SessionAction::ListTools) | None => {
                    (session.message("tools/list", json!({})), Purpose::ListTools)
                }
            },
        };
        let carried = Credentials {
            access: &self.access,
            proof: self.access.bound.then(|| self.attempt.proof(settings, Some(&self.access))),
        };
        message.request(settings, Step::Session, purpose, Some(carried))
    }

    pub(super) fn exchanged(mut self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        if let Some(nonce) = exchange.response().and_then(dpop::nonce) {
            context.cross_round.nonces.resource = Some(nonce.clone());
            if self.access.bound && self.attempt.take(exchange, nonce) {
                return State::Session(Box::new(self));
            }
        }
        if let Some(status @ (401 | 403)) = exchange.status() {
            return self.refused(status, exchange, context);
        }
        self.attempt = Self::attempt(context);
        match self.stage.clone() {
            Stage::Opening { fallback } => self.opened(fallback, exchange, context),
            Stage::Initialized(session) => self.then(session, 0, context),
            Stage::SessionAction(session, at) => self.then(session, at + 1, context),
        }
    }

    fn at(self, stage: Stage) -> State {
        State::Session(Box::new(Self { stage, ..self }))
    }

    fn then(self, session: Session, at: usize, context: &Context<'_>) -> State {
        if at < context.settings.scenario.then.len() {
            return self.at(Stage::SessionAction(session, at));
        }
        AwaitRefresh::first(context).unwrap_or(State::Done(Outcome::Reached(Step::Session)))
    }

    fn opened(self, fallback: Option<ProtocolVersion>, exchange: &Exchange, context: &Context<'_>) -> State {
        let protocol_version = fallback.unwrap_or(context.settings.scenario.protocol_version);
        let rpc = mcp::response(exchange);
        if let Some(fallback) =
            protocol_version.fallback().filter(|_| is_legacy(exchange.status(), rpc.as_ref().ok()))
        {
            return self.at(Stage::Opening { fallback: Some(fallback) });
        }
        match rpc {
            Ok(RpcResponse::Result(_)) if protocol_version.opening() == Opening::Discover => {
                self.then(Session { protocol_version, id: None, negotiated: None }, 0, context)
            }
            Ok(RpcResponse::Result(result)) => {
                let id = exchange.response().and_then(|response| response.headers.get("mcp-session-id"));
                self.at(Stage::Initialized(Session {
                    protocol_version,
                    id: id.map(std::borrow::Cow::into_owned),
                    negotiated: result.string("protocolVersion").map(str::to_owned),
                }))
            }
            Ok(RpcResponse::Error { code, message, .. }) => State::stuck(
                Step::Session,
                StuckReason::NoSession(format!("JSON-RPC error {code}: {message}")),
            ),
            Err(why) => State::stuck(Step::Session, StuckReason::NoSession(refused(exchange, &why))),
        }
    }

    /// The token does not do: with more scope it may, or the resource has another authorization server by now.
    fn refused(self, status: u16, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let challenge = exchange.response().and_then(challenge::bearer);
        let repeatable = !matches!(context.settings.scenario.client.grant, Grant::JwtBearer { .. });
        if repeatable && status == 403 && asks_for_more(challenge.as_ref(), context) {
            if context.cross_round.begin_round(&self.stage) {
                let mut registered = self.registered;
                registered.server.resource.challenge = challenge;
                return registered.obtain(context);
            }
        } else if repeatable
            && status == 401
            && !matches!(self.stage, Stage::Opening { .. })
            && context.cross_round.begin_round(&self.stage)
        {
            // The token was good a moment ago: look again who issues tokens now.
            context.cross_round.round.issuer = None;
            return State::discovering(challenge, context);
        }
        let error = exchange.response().and_then(explanation);
        State::stuck(Step::Session, StuckReason::TokenRefused(status, error))
    }
}

/// Whether a 403 names scope that was not asked for yet ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
fn asks_for_more(challenge: Option<&Challenge>, context: &Context<'_>) -> bool {
    challenge
        .filter(|challenge| challenge.get("error") == Some("insufficient_scope"))
        .and_then(|challenge| challenge.get("scope"))
        .is_some_and(|scope| context.cross_round.exceeds_requested(scope))
}

/// Whether a response to a modern opening means a legacy server: a 400, 404 or 405 without a modern error, a JSON-RPC
/// error that is no modern one whatever its status, or a version list with a legacy protocol version (MCP 2026-07-28
/// "Backward Compatibility with Initialization-Based Versions"). 401 and 403 are about the token.
pub(super) fn is_legacy(status: Option<u16>, rpc: Option<&RpcResponse>) -> bool {
    match rpc {
        Some(RpcResponse::Error { code: code::UNSUPPORTED_VERSION, data, .. }) => {
            let supported = data.get("supported").and_then(Value::as_array);
            supported.is_some_and(|dates| {
                let known = dates.iter().filter_map(Value::as_str).filter_map(ProtocolVersion::from_date);
                known.clone().all(|protocol_version| protocol_version.opening() == Opening::Initialize)
                    && known.count() > 0
            })
        }
        Some(rpc @ RpcResponse::Error { .. }) => {
            !rpc.is_modern_error() && matches!(status, Some(200..=299 | 400 | 404 | 405))
        }
        Some(RpcResponse::Result(_)) => false,
        None => matches!(status, Some(400 | 404 | 405)),
    }
}
