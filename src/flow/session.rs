//! Step 7: the MCP session, opened with the token.

use serde_json::{Value, json};

use super::opening::Message;
use super::{Because, Context, Outcome, Settings, State};
use crate::document::challenge;
use crate::document::mcp::{self, Answer, code};
use crate::edition::{Edition, Opening, Step};
use crate::exchange::{Exchange, Purpose, Request, Secret};

/// Awaits the answer that opens the session, and in legacy editions that to `notifications/initialized`.
#[derive(Clone, Debug)]
pub(super) struct AwaitSession {
    token: Secret,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// The edition's own opening, or that of the edition it falls back to.
    Opening { fallback: Option<Edition> },
    /// `notifications/initialized`.
    Initialized { edition: Edition, session: Option<String>, negotiated: Option<String> },
}

impl AwaitSession {
    pub(super) const fn new(token: Secret) -> Self {
        Self { token, stage: Stage::Opening { fallback: None } }
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let (message, purpose) = match &self.stage {
            Stage::Opening { fallback } => {
                let edition = fallback.unwrap_or(settings.scenario.edition);
                let purpose = match edition.opening() {
                    Opening::Initialize => Purpose::Initialize,
                    Opening::Discover => Purpose::Discover,
                };
                (Message::opening(edition), purpose)
            }
            Stage::Initialized { edition, session, negotiated } => {
                let message = Message {
                    notification: true,
                    session: session.clone(),
                    negotiated: negotiated.clone().filter(|_| edition.sends_version_header()),
                    ..Message::of(*edition, "notifications/initialized", json!({}))
                };
                (message, Purpose::Initialized)
            }
        };
        message.request(settings, Step::Session, purpose, Some(self.token.expose()))
    }

    pub(super) fn answered(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let fallback = match self.stage {
            Stage::Initialized { .. } => return State::Done(Outcome::Reached(Step::Session)),
            Stage::Opening { fallback } => fallback,
        };
        let edition = fallback.unwrap_or(context.settings.scenario.edition);
        let status = exchange.status();
        if let Some(status @ (401 | 403)) = status {
            let error = exchange.response().and_then(challenge::bearer).and_then(|challenge| {
                let error = challenge.get("error")?;
                Some(
                    challenge
                        .get("error_description")
                        .map_or_else(|| error.to_owned(), |d| format!("{error}: {d}")),
                )
            });
            return State::stuck(Step::Session, Because::TokenRefused(status, error));
        }
        let answer = mcp::answer(exchange);
        if let Some(fallback) = edition.fallback().filter(|_| falls_back(status, answer.as_ref().ok())) {
            return State::Session(Box::new(Self {
                stage: Stage::Opening { fallback: Some(fallback) },
                ..self
            }));
        }
        match answer {
            Ok(Answer::Result(_)) if edition.opening() == Opening::Discover => {
                State::Done(Outcome::Reached(Step::Session))
            }
            Ok(Answer::Result(result)) => {
                let session = exchange.response().and_then(|response| response.headers.get("mcp-session-id"));
                let stage = Stage::Initialized {
                    edition,
                    session: session.map(std::borrow::Cow::into_owned),
                    negotiated: result.string("protocolVersion").map(str::to_owned),
                };
                State::Session(Box::new(Self { stage, ..self }))
            }
            Ok(Answer::Error { code, message, .. }) => {
                State::stuck(Step::Session, Because::NoSession(format!("JSON-RPC error {code}: {message}")))
            }
            Err(why) => {
                State::stuck(Step::Session, Because::NoSession(format!("{} {why}", exchange.request.url)))
            }
        }
    }
}

/// Whether an answer to a modern opening means a legacy server: a 4xx without a modern error, or a version list
/// with a legacy edition (MCP 2026-07-28 "Backward Compatibility").
fn falls_back(status: Option<u16>, answer: Option<&Answer>) -> bool {
    match answer {
        Some(Answer::Error { code: code::UNSUPPORTED_VERSION, data, .. }) => {
            let supported = data.get("supported").and_then(Value::as_array);
            supported.is_some_and(|dates| {
                let known = dates.iter().filter_map(Value::as_str).filter_map(Edition::from_date);
                known.clone().all(|edition| edition.opening() == Opening::Initialize) && known.count() > 0
            })
        }
        Some(answer) => !answer.is_modern_error() && matches!(status, Some(400 | 404 | 405)),
        None => matches!(status, Some(400 | 404 | 405)),
    }
}
