//! JSON-RPC answers of an MCP endpoint, from a JSON body or an event stream.

use serde_json::Value;

use super::{Object, Unusable, read_body};
use crate::exchange::{Exchange, Response};

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
    /// A header is missing or differs from the body.
    pub const HEADER_MISMATCH: i64 = -32020;
    /// A client capability is missing.
    pub const CAPABILITY_MISSING: i64 = -32021;
    /// The version is not supported; `data.supported` lists those that are.
    pub const UNSUPPORTED_VERSION: i64 = -32022;
}

impl RpcResponse {
    /// Whether only a server of a modern protocol version answers so.
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
    let object = if response.media_type() == "text/event-stream" {
        events(&response.text())
            .filter_map(|data| Object::parse(data.as_bytes()).ok())
            .find(is_response)
            .ok_or(if response.cut.is_some() { Unusable::Cut } else { Unusable::Status(response.status) })?
    } else {
        match read_body(response) {
            Ok(object) if is_response(&object) => object,
            _ if !response.is_success() => return Err(status(response)),
            Ok(_) => return Err(Unusable::NotRpc),
            Err(unusable) => return Err(unusable),
        }
    };
    Ok(match object.members.get("result") {
        Some(Value::Object(result)) => {
            RpcResponse::Result(Object { members: result.clone(), duplicates: object.duplicates })
        }
        _ => error(&object),
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

/// Where the whole events of a stream so far end: after its last blank line.
pub fn whole_events(stream: &[u8]) -> usize {
    let blanks: [&[u8]; 3] = [b"\n\n", b"\r\n\r\n", b"\r\r"];
    let ends = blanks.into_iter().filter_map(|blank| {
        let at = stream.windows(blank.len()).rposition(|window| window == blank)?;
        Some(at + blank.len())
    });
    ends.max().unwrap_or(0)
}

/// Whether whole events hold a JSON-RPC response.
pub fn holds_response(events_so_far: &[u8]) -> bool {
    let text = crate::exchange::text(events_so_far);
    events(&text).any(|data| Object::parse(data.as_bytes()).is_ok_and(|object| is_response(&object)))
}

/// The data of each event of a stream (HTML Standard, "Interpreting an event stream").
pub fn events(stream: &str) -> impl Iterator<Item = String> + '_ {
    let mut lines = stream.trim_start_matches('\u{feff}').lines().map(|line| line.trim_end_matches('\r'));
    let mut done = false;
    std::iter::from_fn(move || {
        let mut data: Option<String> = None;
        while !done {
            match lines.next() {
                Some("") => {
                    if let Some(data) = data.take() {
                        return Some(data);
                    }
                }
                Some(line) => {
                    if let Some(value) = line.strip_prefix("data:") {
                        let value = value.strip_prefix(' ').unwrap_or(value);
                        match &mut data {
                            Some(data) => {
                                data.push('\n');
                                data.push_str(value);
                            }
                            None => data = Some(value.to_owned()),
                        }
                    }
                }
                None => done = true,
            }
        }
        data
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_join_data_lines_and_skip_comments() {
        let stream =
            ": hello\r\nevent: message\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\nid: 1\n\ndata:x\n\ndata: tail";
        assert_eq!(events(stream).collect::<Vec<_>>(), ["{\"a\":\n1}", "x", "tail"]);
    }

    #[test]
    fn t25_an_open_stream_is_left_once_the_answer_is_whole() {
        let answered = |stream: &[u8]| holds_response(&stream[..whole_events(stream)]);
        assert!(!answered(b"data: {\"id\":1,\"result\":{}}"));
        assert!(!answered(b"data: {\"method\":\"notifications/x\"}\n\n"));
        assert!(answered(b"data: {\"method\":\"x\"}\n\ndata: {\"id\":1,\"result\":{}}\n\ndata: par"));
        assert!(answered(b"data: {\"id\":1,\"result\":{}}\r\n\r\n"));
    }
}
