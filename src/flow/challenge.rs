//! Step 1: the opening request without a token, and the challenge it meets.

use serde_json::json;

use super::discovered::Resource;
use super::opening::{Message, NO_SUCH_TOOL};
use super::resource_metadata::AwaitResourceMetadata;
use super::server_metadata::AwaitServerMetadata;
use super::session::is_legacy;
use super::{Attempt, Context, Settings, State, StuckReason};
use crate::document::mcp::{self, RpcResponse};
use crate::document::{Unusable, challenge};
use crate::exchange::{Exchange, Purpose, Request, Unauthenticated};
use crate::specification::{ProtocolVersion, Step};

/// Awaits a 401. A server may protect only some methods (requirements: lazy authentication), so an open one is asked
/// for more before it counts as open.
#[derive(Clone, Debug)]
pub(super) struct AwaitChallenge {
    asking: Unauthenticated,
    session: Option<String>,
    /// The protocol version of the server, once its response to the opening says that it is a legacy one.
    fallback: Option<ProtocolVersion>,
}

impl AwaitChallenge {
    pub(super) const fn first() -> Self {
        Self { asking: Unauthenticated::Opening, session: None, fallback: None }
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let protocol_version = self.fallback.unwrap_or(settings.scenario.protocol_version);
        let mut message = match self.asking {
            Unauthenticated::Opening => Message::opening(protocol_version),
            Unauthenticated::ListTools => Message::of(protocol_version, "tools/list", json!({})),
            Unauthenticated::CallTool => {
                // Only a tool that exists shows whether tools are protected; it is called only where the user names one.
                let name = settings.scenario.tool_to_call().unwrap_or(NO_SUCH_TOOL);
                let params = json!({ "name": name, "arguments": {} });
                Message { name: Some(name.to_owned()), ..Message::of(protocol_version, "tools/call", params) }
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
        let rpc = mcp::response(exchange).ok();
        let opened_modern = self.asking == Unauthenticated::Opening && self.fallback.is_none();
        if opened_modern
            && let Some(fallback) = context.settings.scenario.protocol_version.fallback()
            && is_legacy(exchange.status(), rpc.as_ref())
        {
            return State::Challenge(Self { fallback: Some(fallback), ..self });
        }
        let served = response.is_success() && matches!(rpc, Some(RpcResponse::Result(_)));
        // A server without a list of tools may have tools all the same, and protect them.
        let unlisted = rpc.as_ref().is_some_and(RpcResponse::is_unknown_method);
        let next = match self.asking {
            Unauthenticated::Opening if served => Some(Unauthenticated::ListTools),
            Unauthenticated::ListTools if served || unlisted => Some(Unauthenticated::CallTool),
            _ => None,
        };
        if let Some(asking) = next {
            let session =
                response.headers.get("mcp-session-id").map(std::borrow::Cow::into_owned).or(self.session);
            return State::Challenge(Self { asking, session, ..self });
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
