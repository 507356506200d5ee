//! The opening of the modern protocol versions.

use serde_json::Value;

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::document::Object;
use crate::document::mcp::{self, RpcResponse};
use crate::exchange::{Exchange, ProbeId, Purpose};
use crate::specification::cite::mcp;
use crate::specification::{Level, Party, ProtocolVersion, Step};

fn member(name: &str) -> At {
    At::Member(format!("/result/{name}"))
}

/// The result of `server/discover`.
fn discovered<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, Object), Verdict> {
    if evidence.fell_back() {
        return Err(Verdict::not_applicable("the server was opened in an earlier protocol version"));
    }
    evidence.opening_result()
}

pub(in crate::check) static DISCOVERED: Check = Check {
    id: "mcp-discover",
    title: "server/discover gets versions and capabilities",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[mcp!(["2026-07-28"], "server/discover", "Response", "response")],
    doc: Doc {
        checks: "server/discover with the token gets a result that has supportedVersions, a list of strings, and capabilities.",
        matters: "It is how a client of this protocol version learns what the server speaks. Without it the client falls back to initialize, or gives up.",
        fix: "Update the MCP server's SDK to one that knows 2026-07-28. If it does, check that the gateway lets the method and the headers Mcp-Method and MCP-Protocol-Version pass.",
    },
    judge: answered,
};

fn answered(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) =
        evidence.last(|purpose| purpose == Purpose::Discover, "the walk did not reach server/discover")?;
    if matches!(response.status, 401 | 403) {
        return Err(Verdict::untestable("the token was refused"));
    }
    response::from_the_server(response)?;
    let fail = |at: At, message: String, found: String| {
        Err(Finding::in_exchange(exchange, at, message).compare("a result of server/discover", found).fail())
    };
    let result = match mcp::response(exchange) {
        Ok(RpcResponse::Result(result)) => result,
        Ok(RpcResponse::Error { code, message, .. }) => {
            let found = format!("JSON-RPC error {code}");
            let message = display::shorten(&message);
            return fail(At::Body, format!("server/discover gets {found}: {message}"), found);
        }
        Err(why) => {
            let message = format!("server/discover is not answered: {} {why}", exchange.request.url);
            return fail(At::Body, message, why.to_string());
        }
    };
    let versions = result.members.get("supportedVersions").and_then(Value::as_array);
    let listed = versions.is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string));
    let missing = if !listed {
        "supportedVersions"
    } else if !result.members.get("capabilities").is_some_and(Value::is_object) {
        "capabilities"
    } else {
        return Ok(());
    };
    fail(member(missing), format!("The result of server/discover has no {missing}"), format!("no {missing}"))
}

/// All results of the session: of the opening, of what was done in it, and of the list that is probed.
fn results<'a>(evidence: &Evidence<'a>) -> Result<Vec<(&'a Exchange, Object)>, Verdict> {
    let mut all = vec![discovered(evidence)?];
    let listed = evidence.probe(ProbeId::List).ok().map(|(exchange, _)| exchange);
    let done = evidence.session().map(|(exchange, _)| exchange);
    let done =
        done.filter(|exchange| matches!(exchange.request.purpose, Purpose::ListTools | Purpose::CallTool));
    all.extend(done.chain(listed).filter_map(|exchange| match mcp::response(exchange) {
        Ok(RpcResponse::Result(result)) => Some((exchange, result)),
        _ => None,
    }));
    Ok(all)
}

/// What a result is of, by the request.
fn method(exchange: &Exchange) -> &'static str {
    match exchange.request.purpose {
        Purpose::Discover => "server/discover",
        Purpose::CallTool => "tools/call",
        _ => "tools/list",
    }
}

pub(in crate::check) static RESULT_TYPE: Check = Check {
    id: "mcp-result-type",
    title: "Every result says of which type it is",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[mcp!(["2026-07-28"], "basic", "Result Responses", "result-responses")],
    doc: Doc {
        checks: "Every result, of server/discover, tools/list and tools/call, has resultType, a string.",
        matters: "A client decides by it whether the result is complete or asks for more input.",
        fix: "Update the MCP server's SDK. If it sends resultType, look for a gateway that rewrites bodies by an old schema.",
    },
    judge: |evidence| {
        const MEMBER: &str = "resultType";
        let results = results(evidence)?;
        let without = results.iter().find(|(_, result)| result.string(MEMBER).is_none());
        let Some((exchange, result)) = without else { return Ok(()) };
        let message = format!("The result of {} has no resultType", method(exchange));
        let finding = Finding::in_exchange(exchange, member(MEMBER), message);
        Err(finding.compare("complete", display::shown(result.members.get(MEMBER))).fail())
    },
};

pub(in crate::check) static CACHE_HINTS: Check = Check {
    id: "mcp-cache-hints",
    title: "The results of server/discover and tools/list say how long and for whom they may be cached",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[mcp!(["2026-07-28"], "server/utilities/caching", "Cacheable Results", "cacheable-results")],
    doc: Doc {
        checks: "The results of server/discover and tools/list have ttlMs, a whole number of at least 0, and cacheScope, public or private.",
        matters: "Clients and gateways cache by these two. Without them nobody knows whether one user's response may be shown to another.",
        fix: "Update the MCP server's SDK, or set both in the server: private unless the response is the same for everybody.",
    },
    judge: |evidence| {
        let results = results(evidence)?;
        let cacheable = results.iter().filter(|(exchange, _)| exchange.request.purpose != Purpose::CallTool);
        for (exchange, result) in cacheable {
            let valid_age = result.members.get("ttlMs").and_then(Value::as_u64).is_some();
            let valid_scope = matches!(result.string("cacheScope"), Some("public" | "private"));
            let (name, expected) = match (valid_age, valid_scope) {
                (false, _) => ("ttlMs", "a whole number of at least 0"),
                (true, false) => ("cacheScope", "public or private"),
                (true, true) => continue,
            };
            let message = format!("The result of {} has no valid {name}", method(exchange));
            let finding = Finding::in_exchange(exchange, member(name), message);
            return Err(finding.compare(expected, display::shown(result.members.get(name))).fail());
        }
        Ok(())
    },
};
