//! The MCP messages the walk sends, in the words of each edition.

use serde_json::{Value, json};

use super::{NAME, Settings, VERSION};
use crate::edition::{Edition, Opening, Party, Step};
use crate::exchange::{Purpose, ReadUntil, Request};

/// The tool that no server has: calling it shows whether calls are protected, and harms nothing.
pub(super) const NO_SUCH_TOOL: &str = "gatewalk-no-such-tool";

/// A JSON-RPC message, with the header fields its edition demands.
pub(super) struct Message {
    /// Edition whose rules it follows.
    pub(super) edition: Edition,
    /// JSON-RPC method.
    pub(super) method: &'static str,
    /// `params`.
    pub(super) params: Value,
    /// A notification has no id.
    pub(super) notification: bool,
    /// `Mcp-Name`, for modern methods that name something.
    pub(super) name: Option<&'static str>,
    /// `Mcp-Session-Id`, once a legacy server issued one.
    pub(super) session: Option<String>,
    /// `MCP-Protocol-Version` as negotiated, for legacy messages after the opening.
    pub(super) negotiated: Option<String>,
}

impl Message {
    /// The message that opens a connection in this edition.
    pub(super) fn opening(edition: Edition) -> Self {
        match edition.opening() {
            Opening::Initialize => {
                let params = json!({
                    "protocolVersion": edition.date(),
                    "capabilities": {},
                    "clientInfo": { "name": NAME, "version": VERSION },
                });
                Self::of(edition, "initialize", params)
            }
            Opening::Discover => Self::of(edition, "server/discover", json!({})),
        }
    }

    /// Any other message.
    pub(super) const fn of(edition: Edition, method: &'static str, params: Value) -> Self {
        Self { edition, method, params, notification: false, name: None, session: None, negotiated: None }
    }

    /// The request that carries the message.
    pub(super) fn request(
        mut self,
        settings: &Settings,
        step: Step,
        purpose: Purpose,
        token: Option<&str>,
    ) -> Request {
        let modern = self.edition.opening() == Opening::Discover;
        let target = &settings.scenario.target;
        let mut request = Settings::request(step, purpose, Party::Gateway, "POST", &target.url)
            .header("accept", "application/json, text/event-stream");
        if let Some(token) = token {
            request = request.header("authorization", &format!("Bearer {token}"));
        }
        if modern {
            request =
                request.header("mcp-protocol-version", self.edition.date()).header("mcp-method", self.method);
            if let Some(name) = self.name {
                request = request.header("mcp-name", name);
            }
            self.params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": self.edition.date(),
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": NAME, "version": VERSION },
            });
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
            message["id"] = json!(1);
        }
        message["method"] = json!(self.method);
        if self.params.as_object().is_some_and(|params| !params.is_empty()) {
            message["params"] = self.params;
        }
        request.read_until = ReadUntil::Answer;
        request.body("application/json", message.to_string())
    }
}
