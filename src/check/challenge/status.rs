//! Whether a request without a token is refused as it must be.

use serde_json::Value;

use crate::check::{
    Check, DecidedBy, Doc, Evidence, Finding, Judgement, Levels, Verdict, published_url, response,
};
use crate::document::identifier::Identifier;
use crate::document::mcp::{self, RpcResponse};
use crate::exchange::{Exchange, Purpose, Unauthenticated};
use crate::flow::NO_SUCH_TOOL;
use crate::specification::cite::{ERROR_HANDLING, oauth21, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static HTTPS: Check = Check {
    id: "rs-https",
    title: "The MCP endpoint is served over https",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[oauth21!("1.5"), rfc!(6750, "5.3")],
    doc: Doc {
        checks: "The scheme of the target URL is https. A loopback address is excused.",
        matters: "A bearer token works for whoever holds it, and over http everybody on the way holds it.",
        fix: "Publish the route over https only, and give clients that URL. At a gateway behind a TLS terminator, test the public URL, not the inner one.",
    },
    judge: |evidence| {
        let url = evidence.target();
        let https = Identifier::parse(url).is_some_and(|url| url.is_https());
        if !https && published_url::is_on_loopback(url) {
            return Err(Verdict::not_applicable("the target is a loopback address"));
        }
        // Without a response nothing was sent that could be read.
        evidence.unauthenticated()?;
        if !https {
            let message = format!("The target {url} is plain http, so every token sent there can be read");
            return Err(Finding { message, ..Finding::default() }.compare("https", "http").fail());
        }
        Ok(())
    },
};

pub(in crate::check) static UNAUTH_401: Check = Check {
    id: "rs-unauth-401",
    title: "A request without a token gets 401",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[ERROR_HANDLING, rfc!(6750, "3")],
    doc: Doc {
        checks: "The opening request, and if that is served also tools/list and a call of a tool, are sent without a token. One of them has to get 401. The tool is one that does not exist, or that of --then call=NAME: where everything else is served, only a tool that exists shows whether tools are protected.",
        matters: "The 401 is what makes a client start the OAuth flow. Any other status – a redirect to a login page, 403, 404, a 200 – leaves it without a way in, or leaves the server open.",
        fix: "Put the authorization policy on the MCP route, for every method, and let it respond with 401 itself instead of redirecting to a login page.",
    },
    judge: unauth_401,
};

fn unauth_401(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.unauthenticated()?;
    let status = response.status;
    if status == 401 {
        return Ok(());
    }
    if let Some(marker) = response::bot_defence(response) {
        return Err(Verdict::inconclusive(format!(
            "the {status} looks like a bot or rate defence in front of the gateway ({marker}), not like its own response"
        )));
    }
    let rpc = mcp::response(exchange).ok();
    if rpc.as_ref().is_some_and(RpcResponse::is_modern_error) {
        return Err(Verdict::untestable(format!(
            "the target refuses the opening for its form ({status}), in the words of {}: walk it with --protocol-version {0}",
            ProtocolVersion::V2026_07_28
        )));
    }
    let served = |exchange: &Exchange| matches!(mcp::response(exchange), Ok(RpcResponse::Result(_)));
    let asked = evidence.history.with_purpose(|purpose| matches!(purpose, Purpose::Challenge(_)));
    // A server that served one of them refuses the next for what it asks, not for who asks.
    let in_body = matches!(rpc, Some(RpcResponse::Error { .. }));
    let some_served = asked.into_iter().any(served);
    let refused_in_body = in_body && !some_served;
    let published = evidence.resource_metadata().is_ok();
    let of_the_tool = exchange.request.purpose == Purpose::Challenge(Unauthenticated::CallTool)
        && asks_for_no_tool(exchange)
        && (in_body || rpc.as_ref().is_some_and(is_tool_error));
    let answered = response.is_success() || rpc.as_ref().is_some_and(RpcResponse::is_unknown_method);
    if published && answered && some_served && of_the_tool {
        return Err(Verdict::inconclusive(
            "what was asked without a token is public, which is legal, and the call of a tool is refused for the tool: whether the tools are protected shows one that exists (--then call=NAME)",
        )
        .decided_by(DecidedBy::ToolCall));
    }
    let message = if let Some(to) = response.redirect() {
        format!("A request without a token is redirected ({status}) to {to}")
    } else if !response.is_success() {
        format!("A request without a token gets {status}")
    } else if published {
        "The server publishes resource metadata, yet serves every request without a token".to_owned()
    } else if refused_in_body {
        format!("A request without a token is refused inside a JSON-RPC response with status {status}")
    } else {
        return Err(Verdict::not_applicable(
            "the server serves everybody and publishes no resource metadata",
        ));
    };
    Err(response::unexpected_status(exchange, response, "401", message))
}

/// Whether the tool that was called is the one that no server has.
fn asks_for_no_tool(call: &Exchange) -> bool {
    let message: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
    message.pointer("/params/name").and_then(Value::as_str) == Some(NO_SUCH_TOOL)
}

/// Whether the result of a call says that the call failed (MCP "Error Handling" of tools): many SDKs say so of tools
/// that they do not have.
fn is_tool_error(rpc: &RpcResponse) -> bool {
    matches!(rpc, RpcResponse::Result(result) if result.flag("isError") == Some(true))
}
