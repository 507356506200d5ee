//! The MCP messages the walk sends, in the words of each protocol version.

use serde_json::{Value, json};

use super::token_set::AccessGrant;
use super::{NAME, Settings, VERSION};
use crate::exchange::{Proof, Purpose, ReadUntil, Request, set_member};
use crate::specification::{Opening, Party, ProtocolVersion, Step};

/// The tool that no server has: calling it shows whether calls are protected, and harms nothing.
pub const NO_SUCH_TOOL: &str = "gatewalk-no-such-tool";

/// A JSON-RPC message, with the header fields its protocol version demands.
pub(super) struct Message {
    /// Protocol version whose rules it follows.
    pub(super) protocol_version: ProtocolVersion,
    /// JSON-RPC method.
    pub(super) method: &'static str,
    /// `params`.
    pub(super) params: Value,
    /// A notification has no id.
    pub(super) notification: bool,
    /// `Mcp-Name`, for modern methods that name something.
    pub(super) name: Option<String>,
    /// `Mcp-Session-Id`, once a legacy server issued one.
    pub(super) session: Option<String>,
    /// `MCP-Protocol-Version` as negotiated, for legacy messages after the opening.
    pub(super) negotiated: Option<String>,
}

/// What lets a message in.
pub(super) struct Credentials<'a> {
    /// The token.
    pub(super) access: &'a AccessGrant,
    /// Possession of the key it is bound to.
    pub(super) proof: Option<Proof>,
}

impl Message {
    /// The message that opens a connection in this protocol version.
    pub(super) fn opening(protocol_version: ProtocolVersion) -> Self {
        match protocol_version.opening() {
            Opening::Initialize => {
                let params = json!({
                    "protocolVersion": protocol_version.date(),
                    "capabilities": {},
                    "clientInfo": { "name": NAME, "version": VERSION },
                });
                Self::of(protocol_version, "initialize", params)
            }
            Opening::Discover => Self::of(protocol_version, "server/discover", json!({})),
        }
    }

    /// Any other message.
    pub(super) const fn of(protocol_version: ProtocolVersion, method: &'static str, params: Value) -> Self {
        Self {
            protocol_version,
            method,
            params,
            notification: false,
            name: None,
            session: None,
            negotiated: None,
        }
    }

    /// The request that carries the message.
    pub(super) fn request(
        mut self,
        settings: &Settings,
        step: Step,
        purpose: Purpose,
        carried: Option<Credentials<'_>>,
    ) -> Request {
        let modern = self.protocol_version.opening() == Opening::Discover;
        let target = &settings.scenario.target;
        let mut request = Request::new(step, purpose, Party::Gateway, "POST", &target.url)
            .header("accept", "application/json, text/event-stream");
        if let Some(Credentials { access, proof }) = carried {
            let scheme = if access.bound { "DPoP" } else { "Bearer" };
            request = request.header("authorization", &format!("{scheme} {}", access.token.expose()));
            request.proofs.extend(proof);
        }
        if modern {
            request = request
                .header("mcp-protocol-version", self.protocol_version.date())
                .header("mcp-method", self.method);
            if let Some(name) = &self.name {
                request = request.header("mcp-name", name);
            }
            let meta = json!({
                "io.modelcontextprotocol/protocolVersion": self.protocol_version.date(),
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": NAME, "version": VERSION },
            });
            set_member(&mut self.params, "/_meta", meta);
        }
        if let Some(version) = &self.negotiated {
            request = request.header("mcp-protocol-version", version);
        }
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        for (name, value) in &target.headers {
            request = request.header(name, value.expose());
        }
        let mut message = json!({ "jsonrpc": "2.0" });
        if !self.notification {
            set_member(&mut message, "/id", 1);
        }
        set_member(&mut message, "/method", self.method);
        if self.params.as_object().is_some_and(|params| !params.is_empty()) {
            set_member(&mut message, "/params", self.params);
        }
        request.read_until = ReadUntil::Response;
        request.body("application/json", message.to_string())
    }
}
