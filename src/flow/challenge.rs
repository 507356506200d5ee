//! Step 1: the opening request without a token, and the challenge it meets.

use serde_json::json;

use super::opening::{Message, NO_SUCH_TOOL};
use super::resource_metadata::{AwaitResourceMetadata, Resource};
use super::server_metadata::AwaitServerMetadata;
use super::{Attempt, Context, Settings, State, StuckReason};
use crate::document::mcp::{self, RpcResponse};
use crate::document::{Unusable, challenge};
use crate::exchange::{Exchange, Purpose, Request, Unauthenticated};
use crate::specification::Step;

/// Awaits a 401. A server may protect only some methods (requirements: lazy authentication), so an open one is asked
/// for more before it counts as open.
#[derive(Clone, Debug)]
pub(super) struct AwaitChallenge {
    asking: Unauthenticated,
    session: Option<String>,
}

impl AwaitChallenge {
    pub(super) const fn first() -> Self {
        Self { asking: Unauthenticated::Opening, session: None }
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let protocol_version = settings.scenario.protocol_version;
        let mut message = match self.asking {
            Unauthenticated::Opening => Message::opening(protocol_version),
            Unauthenticated::ListTools => Message::of(protocol_version, "tools/list", json!({})),
            Unauthenticated::CallTool => {
                let params = json!({ "name": NO_SUCH_TOOL, "arguments": {} });
                Message {
                    name: Some(NO_SUCH_TOOL.to_owned()),
                    ..Message::of(protocol_version, "tools/call", params)
                }
            }
        };
        message.session.clone_from(&self.session);
        message.request(settings, Step::Challenge, Purpose::Challenge(self.asking), None)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let response = match &exchange.outcome {
            Ok(response) => response,
            Err(failure) => {
                let why = Unusable::NoResponse(failure.clone());
                let tried = Attempt { url: exchange.request.url.clone(), why };
                return State::stuck(Step::Challenge, StuckReason::TargetSilent(tried));
            }
        };
        let served = response.is_success() && matches!(mcp::response(exchange), Ok(RpcResponse::Result(_)));
        let next = match self.asking {
            Unauthenticated::Opening => Some(Unauthenticated::ListTools),
            Unauthenticated::ListTools => Some(Unauthenticated::CallTool),
            Unauthenticated::CallTool => None,
        };
        if let Some(asking) = next.filter(|_| served) {
            let session =
                response.headers.get("mcp-session-id").map(std::borrow::Cow::into_owned).or(self.session);
            return State::Challenge(Self { asking, session });
        }
        let challenge = challenge::bearer(response);
        if context.settings.scenario.protocol_version.resource_metadata_order().is_empty() {
            if served {
                return State::stuck(Step::Challenge, StuckReason::NothingProtected);
            }
            return AwaitServerMetadata::first(Resource { challenge, metadata: None }, context);
        }
        AwaitResourceMetadata::first(challenge, response.status == 401, context)
    }
}
