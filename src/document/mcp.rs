//! JSON-RPC responses of an MCP endpoint, from a JSON body or an event stream.

use serde_json::Value;

use super::event_stream::events;
use super::{Object, Unusable, read_body};
use crate::exchange::{Exchange, Response, text};

/// A JSON-RPC response.
#[derive(Clone, Debug, PartialEq)]
pub enum RpcResponse {
    /// `result`.
    Result(Object),
    /// `error`.
    Error {
        /// `error.code`.
        code: i64,
        /// `error.message`.
        message: String,
        /// `error.data`.
        data: Value,
    },
}

/// Error codes of the modern protocol versions (2026-07-28, "Error Codes").
pub mod code {
    /// The method does not exist ([JSON-RPC 2.0 §5.1](https://www.jsonrpc.org/specification#error_object)).
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// A header is missing or differs from the body.
    pub const HEADER_MISMATCH: i64 = -32020;
    /// A client capability is missing.
    pub const CAPABILITY_MISSING: i64 = -32021;
    /// The version is not supported; `data.supported` lists those that are.
    pub const UNSUPPORTED_VERSION: i64 = -32022;
}

impl RpcResponse {
    /// Whether it says that the method does not exist: who is asked for a token is told nothing of methods.
    pub const fn is_unknown_method(&self) -> bool {
        matches!(self, Self::Error { code: code::METHOD_NOT_FOUND, .. })
    }

    /// Whether only a server of a modern protocol version responds so.
    pub const fn is_modern_error(&self) -> bool {
        matches!(
            self,
            Self::Error {
                code: code::HEADER_MISMATCH | code::CAPABILITY_MISSING | code::UNSUPPORTED_VERSION,
                ..
            }
        )
    }
}

/// Reads the response of an exchange, whatever the status.
pub fn response(exchange: &Exchange) -> Result<RpcResponse, Unusable> {
    let response = exchange.outcome.as_ref().map_err(|failure| Unusable::NoResponse(failure.clone()))?;
    if response.media_type() == "text/event-stream" {
        let read = response.body.reading(|bytes| InStream::read(&text(bytes)));
        let cut = if response.cut.is_some() { Unusable::Cut } else { Unusable::Status(response.status) };
        return read.0.clone().ok_or(cut);
    }
    let object = read_body(response);
    if let Ok(object) = &object
        && let Some(read) = &response.body.reading(|_| InObject(rpc_response(object))).0
    {
        return Ok(read.clone());
    }
    match object {
        _ if !response.is_success() => Err(status(response)),
        Ok(_) => Err(Unusable::NotRpc),
        Err(unusable) => Err(unusable),
    }
}

/// A JSON body as a JSON-RPC response, if it is one.
struct InObject(Option<RpcResponse>);

/// The first JSON-RPC response in the events of a stream.
struct InStream(Option<RpcResponse>);

impl InStream {
    fn read(stream: &str) -> Self {
        let mut objects = events(stream).filter_map(|event| Object::parse(event.data()?.as_bytes()).ok());
        Self(objects.find_map(|object| rpc_response(&object)))
    }
}

fn rpc_response(object: &Object) -> Option<RpcResponse> {
    is_response(object).then(|| match object.members.get("result") {
        Some(Value::Object(result)) => {
            RpcResponse::Result(Object::new(result.clone(), object.duplicates.clone()))
        }
        _ => error(object),
    })
}

fn status(response: &Response) -> Unusable {
    match response.redirect() {
        Some(to) => Unusable::Redirect(response.status, to.into_owned()),
        None => Unusable::Status(response.status),
    }
}

fn error(object: &Object) -> RpcResponse {
    let error = object.members.get("error").cloned().unwrap_or_default();
    RpcResponse::Error {
        code: error.get("code").and_then(Value::as_i64).unwrap_or_default(),
        message: error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        data: error.get("data").cloned().unwrap_or_default(),
    }
}

fn is_response(object: &Object) -> bool {
    object.members.get("result").is_some_and(Value::is_object)
        || object.members.get("error").is_some_and(Value::is_object)
}

/// Whether whole events hold a JSON-RPC response.
pub fn holds_response(events_so_far: &[u8]) -> bool {
    let text = text(events_so_far);
    let mut objects = events(&text).filter_map(|event| Object::parse(event.data()?.as_bytes()).ok());
    objects.any(|object| is_response(&object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::event_stream::whole_events;

    #[test]
    fn t25_an_open_stream_is_left_once_the_answer_is_whole() {
        let answered = |stream: &[u8]| holds_response(&stream[..whole_events(stream)]);
        assert!(!answered(b"data: {\"id\":1,\"result\":{}}"));
        assert!(!answered(b"data: {\"method\":\"notifications/x\"}\n\n"));
        assert!(answered(b"data: {\"method\":\"x\"}\n\ndata: {\"id\":1,\"result\":{}}\n\ndata: par"));
        assert!(answered(b"data: {\"id\":1,\"result\":{}}\r\n\r\n"));
    }
}
