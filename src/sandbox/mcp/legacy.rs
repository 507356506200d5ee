//! The protocol versions that open with `initialize` and keep a session: 2025-03-26, 2025-06-18, 2025-11-25.

use futures_util::{StreamExt as _, stream};
use http::StatusCode;
use http::header::HeaderName;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{McpServer, Message, RpcError, VERSION_HEADER, legacy_protocol_version, response};
use crate::sandbox::wire::{Reply, Request};
use crate::sandbox::{Fault, Variation, entropy};
use crate::specification::ProtocolVersion;

const SESSION_HEADER: &str = "mcp-session-id";
/// The newest protocol version that opens with `initialize`, offered when the client's is unknown.
const NEWEST: ProtocolVersion = ProtocolVersion::DEFAULT;
/// A version of no protocol version.
const UNKNOWN_VERSION: &str = "1900-01-01";

impl McpServer {
    /// Responds to a body: one message, or in 2025-03-26 a batch of them.
    pub(super) fn legacy(&self, request: &Request, body: &Value) -> Reply {
        let message = Message::read(body);
        if self.has(Fault::ModernOnlyVague) {
            let error = RpcError::new(RpcError::INVALID_REQUEST, "This is not understood");
            return self.rpc(StatusCode::BAD_REQUEST, None, Err(error));
        }
        if let Some(Message { method, id: Some(id), params }) = &message
            && method == "initialize"
        {
            let wanted = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
            return self.initialize(id, wanted);
        }
        let protocol_version = match self.session(request) {
            Ok(protocol_version) => protocol_version,
            Err(refusal) => return self.no_session(refusal),
        };
        // A server that negotiates an unknown version speaks it too.
        let known = |date: &str| {
            legacy_protocol_version(date).is_some()
                || self.has(Fault::VersionEchoedUnknown) && date == UNKNOWN_VERSION
        };
        if !self.has(Fault::VersionHeaderIgnored)
            && request.header(VERSION_HEADER).is_some_and(|date| !known(date))
        {
            let error = RpcError::new(RpcError::INVALID_REQUEST, "Unsupported MCP-Protocol-Version");
            return self.rpc(StatusCode::BAD_REQUEST, None, Err(error));
        }
        match (message, body) {
            (Some(Message { id: None, .. }), _) if self.has(Fault::InitializedRefused) => {
                Reply::empty(StatusCode::BAD_REQUEST)
            }
            (Some(Message { id: None, .. }), _) => self.accepted(),
            (Some(message), _) => {
                self.rpc(StatusCode::OK, message.id.as_ref(), self.legacy_dispatch(&message))
            }
            (None, Value::Object(_)) if body.get("result").or(body.get("error")).is_some() => self.accepted(),
            (None, Value::Array(batch)) if protocol_version.has_batches() && !batch.is_empty() => {
                self.batch(batch)
            }
            _ => {
                let error = RpcError::new(RpcError::INVALID_REQUEST, "The body is not one JSON-RPC message");
                self.rpc(StatusCode::BAD_REQUEST, None, Err(error))
            }
        }
    }

    fn initialize(&self, id: &Value, wanted: &str) -> Reply {
        let protocol_version = if self.varies(Variation::OlderVersion) {
            ProtocolVersion::V2025_03_26
        } else {
            legacy_protocol_version(wanted).unwrap_or(NEWEST)
        };
        let version = if self.has(Fault::VersionEchoedUnknown) {
            UNKNOWN_VERSION
        } else if self.has(Fault::VersionParroted) {
            wanted
        } else {
            protocol_version.date()
        };
        let mut result = json!({
            "protocolVersion": version,
            "capabilities": self.capabilities(),
            "serverInfo": Self::server_info(),
            "instructions": self.instructions(),
        });
        if self.has(Fault::ServerInfoMissing)
            && let Some(members) = result.as_object_mut()
        {
            members.shift_remove("serverInfo");
        }
        let session = entropy::token();
        let session = if self.has(Fault::SessionIdNotAscii) { format!("session {session}") } else { session };
        let session = if self.has(Fault::SessionIdCounted) {
            format!("session-{:04}", self.sessions.keys().len())
        } else {
            session
        };
        let session = if self.varies(Variation::SessionIdOdd) {
            format!("{session}!\"#$%&'()*+,-./:;<=>?@[\\]^_`{{|}}~")
        } else {
            session
        };
        self.sessions.put(session.as_str(), protocol_version);

        let reply = if self.has(Fault::SessionEventStreamOpen) {
            let event = format!("event: message\ndata: {}\n\n", response(Some(id), Ok(result)));
            Reply::stream("text/event-stream", stream::iter([Bytes::from(event)]).chain(stream::pending()))
        } else {
            self.rpc(StatusCode::OK, Some(id), Ok(result))
        };
        if self.varies(Variation::SessionIdAbsent) {
            return reply;
        }
        reply.with_text(HeaderName::from_static(SESSION_HEADER), session)
    }

    /// The protocol version of the session the request belongs to: 400 without an id, 404 when it has ended.
    fn session(&self, request: &Request) -> Result<ProtocolVersion, (StatusCode, &'static str)> {
        if self.has(Fault::SessionOptional) && !request.headers.contains_key(SESSION_HEADER) {
            return Ok(NEWEST);
        }
        if self.varies(Variation::SessionIdAbsent) {
            return Ok(self.site.plan.protocol_version);
        }
        let id =
            request.header(SESSION_HEADER).ok_or((StatusCode::BAD_REQUEST, "Mcp-Session-Id is missing"))?;
        self.sessions.get(id).ok_or((StatusCode::NOT_FOUND, "The session does not exist"))
    }

    fn no_session(&self, (status, message): (StatusCode, &'static str)) -> Reply {
        self.rpc(status, None, Err(RpcError::new(RpcError::INVALID_REQUEST, message)))
    }

    /// Ends a session (`DELETE`).
    pub(super) fn end_session(&self, request: &Request) -> Reply {
        match self.session(request) {
            Ok(_) => {
                if !self.has(Fault::EndedSessionLives) {
                    request.header(SESSION_HEADER).and_then(|id| self.sessions.take(id));
                }
                Reply::empty(StatusCode::OK)
            }
            Err(refusal) => self.no_session(refusal),
        }
    }

    /// The response to what needs none.
    pub(super) fn accepted(&self) -> Reply {
        if self.has(Fault::Initialized200) {
            return Reply::json(StatusCode::OK, &json!({}));
        }
        Reply::empty(StatusCode::ACCEPTED)
    }

    fn legacy_dispatch(&self, message: &Message) -> Result<Value, RpcError> {
        if message.method == "ping" { Ok(json!({})) } else { self.dispatch(message) }
    }

    fn batch(&self, batch: &[Value]) -> Reply {
        let messages = batch.iter().filter_map(Message::read).filter(|message| message.id.is_some());
        let responses: Vec<_> =
            messages.map(|message| response(message.id.as_ref(), self.legacy_dispatch(&message))).collect();
        if responses.is_empty() {
            self.accepted()
        } else {
            Reply::json(StatusCode::OK, &Value::Array(responses))
        }
    }
}
