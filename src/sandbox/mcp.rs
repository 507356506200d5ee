//! The MCP server behind the gateway: one endpoint that speaks the legacy and the modern protocol versions.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::store::Store;
use super::wire::{Reply, Request, method_not_allowed, not_found};
use super::{Fault, Site, Variation, pages};
use crate::exchange::set_member;
use crate::specification::{Opening, ProtocolVersion};

mod legacy;
mod modern;
mod tools;

const VERSION_HEADER: &str = "mcp-protocol-version";
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const INSTRUCTIONS: &str = "The gatewalk sandbox: a server with one tool, echo.";

/// The server. Legacy sessions are all it remembers.
#[derive(Debug)]
pub(crate) struct McpServer {
    site: Arc<Site>,
    /// Negotiated protocol version by session id.
    sessions: Store<ProtocolVersion>,
}

/// A JSON-RPC error ([JSON-RPC 2.0 §5.1](https://www.jsonrpc.org/specification#error_object)).
#[derive(Debug)]
struct RpcError {
    code: i32,
    message: String,
    data: Option<Value>,
}

impl RpcError {
    const PARSE: i32 = -32700;
    const INVALID_REQUEST: i32 = -32600;
    const METHOD_NOT_FOUND: i32 = -32601;
    const INVALID_PARAMS: i32 = -32602;
    /// Header fields and body disagree (2026-07-28).
    const HEADER_MISMATCH: i32 = -32020;
    /// The protocol version is not spoken here (2026-07-28).
    const UNSUPPORTED_VERSION: i32 = -32022;

    fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    fn method_not_found(method: &str) -> Self {
        Self::new(Self::METHOD_NOT_FOUND, format!("Method not found: {method}"))
    }
}

/// One JSON-RPC message of a client.
#[derive(Debug)]
struct Message {
    /// Absent in a notification.
    id: Option<Value>,
    method: String,
    params: Map<String, Value>,
}

impl Message {
    /// Nothing if it is no request and no notification; a response of the client is one of these.
    fn read(value: &Value) -> Option<Self> {
        let method = value.get("method")?.as_str()?.to_owned();
        let params = value.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
        Some(Self { id: value.get("id").filter(|id| !id.is_null()).cloned(), method, params })
    }

    fn meta(&self, name: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(name)
    }
}

impl McpServer {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self { site, sessions: Store::default() }
    }

    fn has(&self, fault: Fault) -> bool {
        self.site.has(fault)
    }

    fn varies(&self, variation: Variation) -> bool {
        self.site.varies(variation)
    }

    /// Whether clients cannot end sessions.
    fn keeps_sessions(&self) -> bool {
        self.varies(Variation::SessionEndRefused) || self.varies(Variation::SessionIdAbsent)
    }

    /// What the server tells models about itself.
    fn instructions(&self) -> String {
        if self.varies(Variation::InstructionsLong) {
            "Ünïcödé, кириллица, 漢字, العربية, 👩‍💻 and \"quotes\".\n".repeat(200)
        } else {
            INSTRUCTIONS.to_owned()
        }
    }

    /// What the server says it can do.
    fn capabilities(&self) -> Value {
        if self.varies(Variation::CapabilitiesNone) {
            return json!({});
        }
        let mut capabilities = json!({ "tools": {} });
        if self.varies(Variation::CapabilitiesMany) {
            for (name, value) in [
                ("/tools", json!({ "listChanged": true })),
                ("/resources", json!({ "subscribe": true, "listChanged": true })),
                ("/prompts", json!({ "listChanged": false })),
                ("/logging", json!({})),
                ("/completions", json!({})),
                ("/experimental", json!({ "sandbox": { "depth": 3 } })),
                ("/x-unknown", json!([1])),
            ] {
                set_member(&mut capabilities, name, value);
            }
        }
        capabilities
    }

    /// What comes of a method that both generations have.
    fn dispatch(&self, message: &Message) -> Result<Value, RpcError> {
        match message.method.as_str() {
            "tools/list" | "tools/call" if self.varies(Variation::CapabilitiesNone) => {
                Err(RpcError::method_not_found(&message.method))
            }
            "tools/list" if self.varies(Variation::ListInPages) => Ok(tools::page(&message.params)),
            "tools/list" => Ok(tools::list()),
            "tools/call" => tools::call(&message.params),
            other => Err(RpcError::method_not_found(other)),
        }
    }

    /// Responds to a request the gateway has let through.
    pub(crate) fn respond(&self, request: &Request) -> Reply {
        match request.method {
            Method::POST => self.post(request),
            Method::DELETE if self.keeps_sessions() => method_not_allowed("POST"),
            Method::DELETE => self.end_session(request),
            Method::GET if self.varies(Variation::Listening) => {
                Reply::new(StatusCode::OK, "text/event-stream", ": listening\n\nid: 1\ndata:\n\n")
            }
            Method::GET if self.has(Fault::GetHtml) => Reply::html(StatusCode::OK, pages::app()),
            Method::GET if self.has(Fault::ModernOnlyVague) => not_found(),
            _ if self.has(Fault::AllowMissing) => Reply::empty(StatusCode::METHOD_NOT_ALLOWED),
            _ if self.keeps_sessions() => method_not_allowed("POST"),
            _ => method_not_allowed("POST, DELETE"),
        }
    }

    fn post(&self, request: &Request) -> Reply {
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            let error = RpcError::new(RpcError::PARSE, "The body is not JSON");
            return self.rpc(StatusCode::BAD_REQUEST, None, Err(error));
        };
        match Message::read(&body) {
            Some(message) if is_modern(request, &message) => self.modern(request, &message),
            _ => self.legacy(request, &body),
        }
    }

    /// A JSON-RPC response.
    fn rpc(&self, status: StatusCode, id: Option<&Value>, outcome: Result<Value, RpcError>) -> Reply {
        let response = response(id, outcome);
        if self.has(Fault::SessionTextPlain) {
            return Reply::new(status, "text/plain", response.to_string());
        }
        Reply::json(status, &response)
    }

    fn server_info() -> Value {
        json!({ "name": "gatewalk-sandbox", "version": env!("CARGO_PKG_VERSION") })
    }
}

fn response(id: Option<&Value>, outcome: Result<Value, RpcError>) -> Value {
    let id = id.unwrap_or(&Value::Null);
    match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => {
            let mut object = json!({ "code": error.code, "message": error.message });
            if let Some(data) = error.data {
                set_member(&mut object, "/data", data);
            }
            json!({ "jsonrpc": "2.0", "id": id, "error": object })
        }
    }
}

/// The legacy protocol version of that date.
fn legacy_protocol_version(date: &str) -> Option<ProtocolVersion> {
    ProtocolVersion::from_date(date)
        .filter(|protocol_version| protocol_version.opening() == Opening::Initialize)
}

/// Whether the protocol version of that date opens with `server/discover`.
fn is_modern_date(date: &str) -> bool {
    ProtocolVersion::from_date(date)
        .is_some_and(|protocol_version| protocol_version.opening() == Opening::Discover)
}

/// Whether a message speaks the modern protocol versions: it says so in the header, or in `_meta`, where legacy clients say nothing.
fn is_modern(request: &Request, message: &Message) -> bool {
    request.header(VERSION_HEADER).is_some_and(is_modern_date)
        || message
            .meta(META_VERSION)
            .is_some_and(|version| version.as_str().and_then(legacy_protocol_version).is_none())
}
