//! The open session: requests that leave something out, name what does not exist, or contradict themselves.

use serde_json::{Value, json};

use super::context::{Built, ProbeContext, Skipped, body, result};
use crate::exchange::{ProbeId, ReadUntil, Request, set_member};
use crate::specification::{Opening, ProtocolVersion};

/// A version of no protocol version.
const NO_VERSION: &str = "1900-01-01";
/// Another one, which not even a server that agreed to the first has heard of.
const NO_OTHER_VERSION: &str = "1900-02-02";
const LIST: &str = "tools/list";

pub(super) fn list(context: &ProbeContext<'_>) -> Built {
    context.message(LIST)
}

pub(super) fn list_without_token(context: &ProbeContext<'_>) -> Built {
    let mut request = context.message(LIST)?;
    request.headers.remove("authorization");
    Ok(request)
}

pub(super) fn session_missing(context: &ProbeContext<'_>) -> Built {
    context.session_id()?;
    let mut request = context.message(LIST)?;
    request.headers.remove("mcp-session-id");
    Ok(request)
}

pub(super) fn version_header_unknown(context: &ProbeContext<'_>) -> Built {
    context.opened_by(Opening::Initialize)?;
    let mut request = context.message(LIST)?;
    request.headers.set("mcp-protocol-version", NO_OTHER_VERSION);
    Ok(request)
}

/// The stream a legacy client listens to. With the modern opening it is what such a server no longer has.
pub(super) fn stream(context: &ProbeContext<'_>) -> Built {
    let mut request = context.message(LIST)?;
    "GET".clone_into(&mut request.method);
    request.body.clear();
    for name in ["content-type", "mcp-method"] {
        request.headers.remove(name);
    }
    request.headers.set("accept", "text/event-stream");
    request.read_until = ReadUntil::Head;
    Ok(request)
}

pub(super) fn initialize_unknown_version(context: &ProbeContext<'_>) -> Built {
    let mut request = context.opened_by(Opening::Initialize).and_then(|_| context.opening_request())?;
    let mut body = body(&request)?;
    set_member(&mut body, "/params/protocolVersion", NO_VERSION);
    request.body = body.to_string().into_bytes();
    Ok(request)
}

/// A request in the session that [`initialize_unknown_version`] opened, so that the walk's own stays as it is.
fn in_second_session(context: &ProbeContext<'_>) -> Built {
    let opened = context.probed(ProbeId::InitializeUnknownVersion)?;
    let opened_it =
        result(opened).ok_or_else(|| Skipped::untestable("the server opened no second session"))?;
    let id = ProbeContext::session_id_of(opened)?;
    let mut request = context.message(LIST)?;
    request.headers.set("mcp-session-id", &id);
    if let Some(version) = opened_it.string("protocolVersion") {
        request.headers.set("mcp-protocol-version", version);
    }
    Ok(request)
}

pub(super) fn end(context: &ProbeContext<'_>) -> Built {
    let mut request = in_second_session(context)?;
    "DELETE".clone_into(&mut request.method);
    request.body.clear();
    request.headers.remove("content-type");
    Ok(request)
}

pub(super) fn ended(context: &ProbeContext<'_>) -> Built {
    let ended = context.probed(ProbeId::SessionEnd)?;
    if ended.response().is_some_and(crate::exchange::Response::is_success) {
        return in_second_session(context);
    }
    Err(Skipped::not_applicable("the server does not let clients end sessions"))
}

/// A modern request with something else in its body or header.
fn modern(context: &ProbeContext<'_>, change: impl FnOnce(&mut Request, &mut Value)) -> Built {
    let mut request = context.opened_by(Opening::Discover).and_then(|_| context.opening_request())?;
    let mut body = body(&request)?;
    change(&mut request, &mut body);
    request.body = body.to_string().into_bytes();
    Ok(request)
}

pub(super) fn version_unsupported(context: &ProbeContext<'_>) -> Built {
    modern(context, |request, body| {
        request.headers.set("mcp-protocol-version", NO_VERSION);
        set_member(body, "/params/_meta/io.modelcontextprotocol~1protocolVersion", NO_VERSION);
    })
}

pub(super) fn meta_missing(context: &ProbeContext<'_>) -> Built {
    modern(context, |_, body| {
        if let Some(meta) = body.pointer_mut("/params/_meta").and_then(Value::as_object_mut) {
            meta.shift_remove("io.modelcontextprotocol/clientCapabilities");
        }
    })
}

/// The header asks for what everybody may do, the body calls a tool – one that does not exist.
pub(super) fn header_mismatch(context: &ProbeContext<'_>) -> Built {
    modern(context, |request, body| {
        const TOOL: &str = "gatewalk-no-such-tool";
        request.headers.set("mcp-method", "server/discover");
        // The name agrees: the method is the only contradiction.
        request.headers.set("mcp-name", TOOL);
        set_member(body, "/method", "tools/call");
        set_member(body, "/params/name", TOOL);
        set_member(body, "/params/arguments", json!({}));
    })
}

pub(super) fn header_missing(context: &ProbeContext<'_>) -> Built {
    modern(context, |request, _| request.headers.remove("mcp-method"))
}

pub(super) fn method_unknown(context: &ProbeContext<'_>) -> Built {
    context.opened_by(Opening::Discover)?;
    context.message("gatewalk/no-such-method")
}

pub(super) fn session_id_uninvited(context: &ProbeContext<'_>) -> Built {
    modern(context, |request, _| request.headers.set("mcp-session-id", "gatewalk-no-such-session"))
}

pub(super) fn initialize_legacy(context: &ProbeContext<'_>) -> Built {
    modern(context, |request, body| {
        for name in ["mcp-method", "mcp-protocol-version"] {
            request.headers.remove(name);
        }
        set_member(body, "/method", "initialize");
        let params = json!({
            "protocolVersion": ProtocolVersion::DEFAULT.date(),
            "capabilities": {},
            "clientInfo": { "name": crate::flow::NAME, "version": crate::flow::VERSION },
        });
        set_member(body, "/params", params);
    })
}
