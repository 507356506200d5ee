//! The target without a token: other methods, other spellings of its path, headers that pretend, scripts in a browser.

use super::context::{Built, ProbeContext, Skipped, request};
use crate::exchange::{ReadUntil, Request};
use crate::specification::Party;

/// Where the MCP Inspector runs: the origin of a browser client that a server may be expected to know.
pub(super) const SCRIPT: &str = "http://localhost:6274";
/// A host of nobody ([RFC 2606 §2](https://www.rfc-editor.org/rfc/rfc2606#section-2)).
pub(super) const NOBODY: &str = "gatewalk.invalid";

pub(super) fn again(context: &ProbeContext<'_>) -> Built {
    context.open_request()
}

/// A request without a body to the target.
fn bare(context: &ProbeContext<'_>, method: &str) -> Request {
    let target = &context.scenario.target;
    let mut request = request(Party::Gateway, method, &target.url);
    for (name, value) in &target.headers {
        request = request.header(name, value.expose());
    }
    request
}

pub(super) fn get(context: &ProbeContext<'_>) -> Built {
    context.open_request()?;
    let mut request = bare(context, "GET").header("accept", "text/event-stream");
    request.read_until = ReadUntil::Head;
    Ok(request)
}

pub(super) fn delete(context: &ProbeContext<'_>) -> Built {
    context.open_request()?;
    Ok(bare(context, "DELETE"))
}

/// The opening request with another spelling of the path.
fn at_path(context: &ProbeContext<'_>, spell: impl Fn(&str) -> Option<String>) -> Built {
    let mut request = context.open_request()?;
    let target = context.target()?;
    let path = spell(target.path).filter(|path| path != target.path);
    let path = path.ok_or_else(|| Skipped::not_applicable("the path of the target has no such spelling"))?;
    request.url = format!("{}{path}{}", target.origin, target.query);
    Ok(request)
}

pub(super) fn path_slash(context: &ProbeContext<'_>) -> Built {
    at_path(context, |path| match path.strip_suffix('/') {
        Some("") => None,
        Some(bare) => Some(bare.to_owned()),
        None if path.is_empty() => None,
        None => Some(format!("{path}/")),
    })
}

pub(super) fn path_case(context: &ProbeContext<'_>) -> Built {
    at_path(context, |path| Some(path.to_ascii_uppercase()))
}

pub(super) fn path_double_slash(context: &ProbeContext<'_>) -> Built {
    at_path(context, |path| (path.len() > 1).then(|| format!("/{path}")))
}

pub(super) fn path_encoded(context: &ProbeContext<'_>) -> Built {
    at_path(context, |path| {
        let (at, letter) = path.char_indices().rfind(|(_, c)| c.is_ascii_alphabetic())?;
        let (before, after) = (path.get(..at)?, path.get(at + 1..)?);
        Some(format!("{before}%{:02X}{after}", u32::from(letter)))
    })
}

pub(super) fn path_parameter(context: &ProbeContext<'_>) -> Built {
    at_path(context, |path| (path.len() > 1).then(|| format!("{};gatewalk=1", path.trim_end_matches('/'))))
}

/// A slash that only some decode: `/%2Fmcp`.
pub(super) fn path_encoded_slash(context: &ProbeContext<'_>) -> Built {
    at_path(context, |path| (path.len() > 1).then(|| format!("/%2F{}", path.trim_start_matches('/'))))
}

/// A step back that only servers with path parameters take for one, and back again: `/mcp/..;/mcp`.
pub(super) fn path_traversal(context: &ProbeContext<'_>) -> Built {
    at_path(context, |path| {
        let bare = path.trim_end_matches('/');
        let last = bare.rsplit('/').next().filter(|last| !last.is_empty())?;
        Some(format!("{bare}/..;/{last}"))
    })
}

pub(super) fn identity_headers(context: &ProbeContext<'_>) -> Built {
    let mut request = context.open_request()?;
    for name in ["x-user", "x-forwarded-user", "x-auth-request-user", "x-authenticated-userid", "remote-user"]
    {
        request = request.header(name, "gatewalk");
    }
    Ok(request.header("x-auth-request-email", "gatewalk@gatewalk.invalid"))
}

pub(super) fn forwarded_host(context: &ProbeContext<'_>) -> Built {
    Ok(with_another_host(context.open_request()?))
}

/// A request with the headers by which proxies name the host that a client asked for.
pub(super) fn with_another_host(request: Request) -> Request {
    request
        .header("x-forwarded-host", NOBODY)
        .header("x-original-host", NOBODY)
        .header("forwarded", &format!("host={NOBODY};proto=http"))
}

/// The fields a browser client of any protocol version sends.
const ASKED: &str = "authorization,content-type,mcp-protocol-version,mcp-session-id,mcp-method,mcp-name";

/// What a browser asks before it lets a script send ([Fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch)).
pub(super) fn preflight(request: Request, fields: &str) -> Request {
    request
        .header("origin", SCRIPT)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", fields)
}

pub(super) fn preflight_target(context: &ProbeContext<'_>) -> Built {
    context.open_request()?;
    Ok(preflight(bare(context, "OPTIONS"), ASKED))
}

pub(super) fn from_script(context: &ProbeContext<'_>) -> Built {
    Ok(context.open_request()?.header("origin", SCRIPT))
}
