//! What scripts in a browser may read and send ([Fetch §3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)).

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use http::{Method, StatusCode};

use super::wire::{Reply, Request};

/// Whether a browser asks what a script may send.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == Method::OPTIONS
        && request.headers.contains_key(ORIGIN)
        && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The response to what a browser asks.
pub(crate) fn preflight(fields: &'static str) -> Reply {
    Reply::empty(StatusCode::NO_CONTENT)
        .with(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE"))
        .with(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(fields))
}

/// Lets the script that asked read the response.
pub(crate) fn readable(request: &Request, reply: Reply) -> Reply {
    let Some(origin) = request.header(ORIGIN) else { return reply };
    reply.with_text(ACCESS_CONTROL_ALLOW_ORIGIN, origin).with(VARY, HeaderValue::from_static("Origin"))
}

/// Lets it read the challenge and the session id too.
pub(crate) fn exposed(reply: Reply) -> Reply {
    reply.with(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("WWW-Authenticate, Mcp-Session-Id"))
}
