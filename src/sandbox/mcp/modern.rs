//! The protocol version without handshake and session: 2026-07-28. Every request says who asks, in the header and in `_meta`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{META_VERSION, McpServer, Message, RpcError, VERSION_HEADER, is_modern_date, response};
use crate::sandbox::Fault;
use crate::sandbox::wire::{Reply, Request};
use crate::specification::ProtocolVersion;

const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";
const MAX_AGE_MS: u32 = 60_000;

impl McpServer {
    pub(super) fn modern(&self, request: &Request, message: &Message) -> Reply {
        if message.id.is_none() {
            return self.accepted();
        }
        let id = message.id.as_ref();
        if self.has(Fault::SessionIdRefused) && request.headers.contains_key("mcp-session-id") {
            let error = RpcError::new(RpcError::INVALID_REQUEST, "There is no such session");
            return self.rpc(StatusCode::BAD_REQUEST, id, Err(error));
        }
        if let Err(error) = self.validate(request, message) {
            return self.rpc(StatusCode::BAD_REQUEST, id, Err(error));
        }
        let outcome = match message.method.as_str() {
            "server/discover" if !self.has(Fault::DiscoverUnknown) => Ok(self.discover()),
            _ => self.dispatch(message),
        };
        let status = match &outcome {
            Err(error) if error.code == RpcError::METHOD_NOT_FOUND && !self.has(Fault::UnknownMethod200) => {
                StatusCode::NOT_FOUND
            }
            _ => StatusCode::OK,
        };
        let outcome = outcome.map(|result| self.complete(&message.method, result));
        if self.has(Fault::EventStreamBufferable) && status == StatusCode::OK {
            let event = format!("event: message\ndata: {}\n\n", response(id, outcome));
            return Reply::new(status, "text/event-stream", event);
        }
        self.rpc(status, id, outcome)
    }

    /// The order: `_meta` is whole, headers and body agree, the version is spoken here.
    fn validate(&self, request: &Request, message: &Message) -> Result<(), RpcError> {
        let missing = |name| RpcError::new(RpcError::INVALID_PARAMS, format!("_meta lacks {name}"));
        let version =
            message.meta(META_VERSION).and_then(Value::as_str).ok_or_else(|| missing(META_VERSION))?;
        let capable = message.meta(META_CAPABILITIES).is_some_and(Value::is_object);
        if !capable && !self.has(Fault::MetaUnchecked) {
            return Err(missing(META_CAPABILITIES));
        }

        agree("MCP-Protocol-Version", request.header(VERSION_HEADER), version)?;
        let method = request.header("mcp-method");
        let lax = match method {
            Some(_) => self.has(Fault::HeaderMismatchServed),
            None => self.has(Fault::HeaderOptional),
        };
        if !lax {
            agree("Mcp-Method", method, &message.method)?;
        }
        let named = match message.method.as_str() {
            "tools/call" | "prompts/get" => message.params.get("name"),
            "resources/read" => message.params.get("uri"),
            _ => None,
        };
        if let Some(name) = named.and_then(Value::as_str).filter(|_| !lax) {
            agree("Mcp-Name", request.header("mcp-name").map(decode_name).as_deref(), name)?;
        }
        if !is_modern_date(version) && !self.has(Fault::UnsupportedVersionServed) {
            let supported: Vec<_> =
                ProtocolVersion::ALL.iter().rev().map(|protocol_version| protocol_version.date()).collect();
            let data = Some(json!({ "supported": supported, "requested": version }));
            return Err(RpcError {
                data,
                ..RpcError::new(RpcError::UNSUPPORTED_VERSION, "Unsupported protocol version")
            });
        }
        Ok(())
    }

    fn discover(&self) -> Value {
        let mut result = Map::new();
        if !self.has(Fault::DiscoverIncomplete) {
            let modern_only = self.has(Fault::ModernOnlyVague);
            let newest_first =
                ProtocolVersion::ALL.iter().rev().map(|protocol_version| protocol_version.date());
            let newest_first: Vec<_> =
                newest_first.filter(|date| !modern_only || is_modern_date(date)).collect();
            result.insert("supportedVersions".into(), json!(newest_first));
        }
        result.insert("capabilities".into(), self.capabilities());
        result.insert("instructions".into(), json!(self.instructions()));
        if !self.has(Fault::ServerInfoMissing) {
            result.insert("_meta".into(), json!({ META_SERVER: Self::server_info() }));
        }
        Value::Object(result)
    }

    /// Adds what every result carries, and the cache hints of those that may be kept.
    fn complete(&self, method: &str, mut result: Value) -> Value {
        if let Some(members) = result.as_object_mut() {
            if !self.has(Fault::ResultTypeMissing) {
                members.insert("resultType".into(), json!("complete"));
            }
            if !self.has(Fault::CacheHintsMissing) && method != "tools/call" {
                members.insert("ttlMs".into(), json!(MAX_AGE_MS));
                let public = method == "tools/list" && self.has(Fault::ListPublic);
                members.insert("cacheScope".into(), json!(if public { "public" } else { "private" }));
            }
        }
        result
    }
}

fn agree(name: &str, header: Option<&str>, body: &str) -> Result<(), RpcError> {
    if header == Some(body) {
        return Ok(());
    }
    let found = header.unwrap_or("nothing");
    Err(RpcError::new(RpcError::HEADER_MISMATCH, format!("{name} is {found}, the body says {body}")))
}

/// Undoes `=?base64?…?=`, in which names that are not ASCII travel.
fn decode_name(value: &str) -> String {
    let inner = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let decoded = inner.and_then(|text| BASE64_STANDARD.decode(text).ok());
    decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::decode_name;

    #[test]
    fn names_that_are_not_ascii_travel_in_base64() {
        assert_eq!(decode_name("echo"), "echo");
        assert_eq!(decode_name("=?base64?w6ljaG8=?="), "écho");
        assert_eq!(decode_name("=?base64?%%?="), "=?base64?%%?=");
    }
}
