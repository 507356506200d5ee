//! The stateless protocol version: what a server must refuse, and with which code.

use serde_json::Value;

use crate::check::refusal::otherwise;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::document::mcp::{self, RpcResponse, code};
use crate::exchange::{ProbeId, Purpose};
use crate::specification::cite::{SERVER_VALIDATION, mcp};
use crate::specification::{Level, Opening, Party, ProtocolVersion, Step};

const INVALID_PARAMS: i64 = -32602;

/// Refused with that status and JSON-RPC code. What validates headers in front of the server may refuse a mismatch without a
/// body: of that alone the status is enough ("Server Validation").
fn refused(evidence: &Evidence<'_>, id: ProbeId, status: u16, expected: i64, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    let rpc = mcp::response(exchange);
    let found = match &rpc {
        Ok(RpcResponse::Error { code, .. }) => format!("{} and {code}", response.status),
        _ => response.status.to_string(),
    };
    let expected_words = format!("{status} and {expected}");
    match rpc {
        Ok(RpcResponse::Error { code, .. }) if response.status == status && code == expected => return Ok(()),
        Err(_) if response.status == status && expected == code::HEADER_MISMATCH => return Ok(()),
        _ if matches!(response.status, 401 | 403 | 429) => return Err(otherwise(response, &expected_words)),
        _ => {}
    }
    let finding = Finding::in_exchange(exchange, At::Status, format!("{what} gets {found}"));
    Err(finding.compare(expected_words, found).fail())
}

/// Whether the server speaks legacy protocol versions too: it says so, or it opens a session for a legacy client. There are
/// servers that list only the protocol versions without sessions.
fn speaks_legacy(evidence: &Evidence<'_>) -> Result<bool, Verdict> {
    if let Some(Ok(RpcResponse::Result(_))) =
        evidence.history.probe(ProbeId::InitializeLegacy).map(mcp::response)
    {
        return Ok(true);
    }
    let (_, result) = evidence.opening_result()?;
    let versions = result.strings("supportedVersions").unwrap_or_default();
    if versions.is_empty() {
        return Err(Verdict::untestable("the server does not say which versions it speaks"));
    }
    let legacy =
        |date: &&str| ProtocolVersion::from_date(date).is_some_and(|e| e.opening() == Opening::Initialize);
    Ok(versions.iter().any(legacy))
}

pub(in crate::check) static VERSION: Check = Check {
    id: "mcp-unsupported-version",
    title: "A version that is not supported is refused with 400 and the supported ones",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[
        mcp!(
            ["2026-07-28"],
            "basic/versioning",
            "Protocol Version Negotiation",
            "protocol-version-negotiation"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/transports/streamable-http",
            "Protocol Version Header",
            "protocol-version-header"
        ),
    ],
    doc: Doc {
        checks: "server/discover in the version 1900-01-01, in header and body, gets 400 and -32022, with data.supported and data.requested.",
        matters: "The error tells a client which version to try next. Without it the client falls back to initialize, or gives up.",
        fix: "Update the MCP server's SDK; let the gateway pass the error of the server on.",
    },
    judge: unsupported_version,
};

fn unsupported_version(evidence: &Evidence<'_>) -> Judgement {
    let id = ProbeId::VersionUnsupported;
    refused(evidence, id, 400, code::UNSUPPORTED_VERSION, "A version that does not exist")?;
    let (exchange, _) = evidence.probe(id)?;
    let Ok(RpcResponse::Error { data, .. }) = mcp::response(exchange) else { return Ok(()) };
    let listed = data.get("supported").and_then(Value::as_array);
    let missing = if !listed.is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string)) {
        "supported"
    } else if !data.get("requested").is_some_and(Value::is_string) {
        "requested"
    } else {
        return Ok(());
    };
    let at = At::Member(format!("/error/data/{missing}"));
    let message = format!("The refusal of a version that does not exist has no {missing}");
    Err(Finding::in_exchange(exchange, at, message)
        .compare(missing, display::shown(data.get(missing)))
        .fail())
}

pub(in crate::check) static META: Check = Check {
    id: "mcp-missing-meta",
    title: "A request without the client's capabilities is refused with 400",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[mcp!(["2026-07-28"], "basic", "`_meta`", "meta")],
    doc: Doc {
        checks: "server/discover without io.modelcontextprotocol/clientCapabilities in _meta gets 400 and -32602.",
        matters: "There is no handshake: what the client can do stands in every request. A server that guesses asks for what the client cannot give.",
        fix: "Update the MCP server's SDK.",
    },
    judge: |evidence| {
        refused(evidence, ProbeId::MetaMissing, 400, INVALID_PARAMS, "A request without capabilities")
    },
};

pub(in crate::check) static MISMATCH: Check = Check {
    id: "mcp-header-mismatch",
    title: "A header that contradicts the body is refused with 400",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[SERVER_VALIDATION],
    doc: Doc {
        checks: "A call of a tool that does not exist, with its Mcp-Name, under Mcp-Method: server/discover, gets 400 and -32020.",
        matters: "A gateway decides by the header, the server acts by the body. Where the two may differ, a harmless header carries a forbidden call past the policy.",
        fix: "Update the MCP server's SDK, or let the gateway compare header and body itself.",
    },
    judge: |evidence| {
        refused(
            evidence,
            ProbeId::HeaderMismatch,
            400,
            code::HEADER_MISMATCH,
            "A body that its header contradicts",
        )
    },
};

pub(in crate::check) static HEADER: Check = Check {
    id: "mcp-header-missing",
    title: "A request without Mcp-Method is refused with 400",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[SERVER_VALIDATION],
    doc: Doc {
        checks: "server/discover without the header Mcp-Method gets 400 and -32020.",
        matters: "A gateway that decides by the header has nothing to decide by, and lets the request through.",
        fix: "Update the MCP server's SDK; check that no proxy adds the header.",
    },
    judge: |evidence| {
        refused(evidence, ProbeId::HeaderMissing, 400, code::HEADER_MISMATCH, "A request without Mcp-Method")
    },
};

pub(in crate::check) static METHOD: Check = Check {
    id: "mcp-unknown-method-404",
    title: "A method that does not exist gets 404",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[mcp!(
        ["2026-07-28"],
        "basic/transports/streamable-http",
        "Protocol Version Header",
        "protocol-version-header"
    )],
    doc: Doc {
        checks: "gatewalk/no-such-method gets 404 and -32601.",
        matters: "By the status proxies and clients tell what is missing from what went wrong.",
        fix: "Update the MCP server's SDK; check that the gateway does not turn 404 into 200.",
    },
    judge: |evidence| {
        refused(evidence, ProbeId::MethodUnknown, 404, code::METHOD_NOT_FOUND, "A method that does not exist")
    },
};

pub(in crate::check) static SESSION_ID: Check = Check {
    id: "mcp-ignores-session-id",
    title: "The session id of a legacy client is ignored",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Should),
    cites: &[mcp!(
        ["2026-07-28"],
        "basic/transports/streamable-http",
        "Earlier Streamable HTTP Revisions",
        "earlier-streamable-http-revisions"
    )],
    doc: Doc {
        checks: "server/discover with an Mcp-Session-Id that nobody issued is served, and the id does not come back.",
        matters: "There are no sessions in this protocol version. Proxies and clients that still send the field must not be shut out.",
        fix: "Take the check of session ids out of the gateway, or limit it to legacy versions.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.controlled(ProbeId::SessionIdUninvited)?;
        let served = matches!(mcp::response(exchange), Ok(RpcResponse::Result(_)));
        let echoed = response.headers.get("mcp-session-id").is_some();
        if served && !echoed {
            return Ok(());
        }
        if matches!(response.status, 401 | 403 | 429) || (response.is_success() && !echoed) {
            return Err(otherwise(response, "a response as without it"));
        }
        let found = if response.is_success() { "an echo".to_owned() } else { response.status.to_string() };
        let message = format!("A session id that nobody issued gets {found}");
        let finding = Finding::in_exchange(exchange, At::Status, message);
        Err(finding.compare("the response without it", found).fail())
    },
};

pub(in crate::check) static VERBS: Check = Check {
    id: "mcp-legacy-verbs-405",
    title: "A server without legacy protocol versions responds with GET with 405",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Should),
    cites: &[mcp!(
        ["2026-07-28"],
        "basic/transports/streamable-http",
        "Earlier Streamable HTTP Revisions",
        "earlier-streamable-http-revisions"
    )],
    doc: Doc {
        checks: "If supportedVersions names no legacy protocol version, GET with the token gets 405.",
        matters: "A legacy client learns from 405 that there is no stream here, and not that it is at the wrong place.",
        fix: "Respond with 405 with Allow: POST to other methods than POST.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.controlled(ProbeId::SessionStream)?;
        if speaks_legacy(evidence)? {
            return Err(Verdict::not_applicable("the server speaks legacy protocol versions too"));
        }
        if response.status == 405 {
            return Ok(());
        }
        Err(response::unexpected_status(exchange, response, "405", format!("GET gets {}", response.status)))
    },
};

pub(in crate::check) static HINT: Check = Check {
    id: "mcp-initialize-hint",
    title: "A server without legacy protocol versions tells a legacy client which version it speaks",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Should),
    cites: &[mcp!(
        ["2026-07-28"],
        "basic/versioning",
        "Backward Compatibility with Initialization-Based Versions",
        "backward-compatibility-with-initialization-based-versions"
    )],
    doc: Doc {
        checks: "If supportedVersions names no legacy protocol version and initialize is refused, the response names a version that the server speaks.",
        matters: "The text is all that the user of an old client gets to see.",
        fix: "Name the supported versions in the message of the error.",
    },
    judge: hint,
};

fn hint(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::InitializeLegacy)?;
    if speaks_legacy(evidence)? {
        return Err(Verdict::not_applicable("the server speaks legacy protocol versions too"));
    }
    let (_, discovered) = evidence.opening_result()?;
    let versions = discovered.strings("supportedVersions").unwrap_or_default();
    let text = response.text();
    if versions.iter().any(|version| text.contains(version)) {
        return Ok(());
    }
    let message = "The response to initialize does not say which version the server speaks";
    let finding = Finding::in_exchange(exchange, At::Body, message);
    Err(finding.compare(versions.join(", "), display::shorten(&text)).fail())
}

pub(in crate::check) static LIST_SCOPE: Check = Check {
    id: "mcp-list-cache-scope",
    title: "The list of tools of a protected server is not for every cache",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::May),
    cites: &[mcp!(["2026-07-28"], "server/utilities/caching", "Cacheable Results", "cacheable-results")],
    doc: Doc {
        checks: "tools/list with the token has cacheScope private. A note only: a list that is the same for everybody may be public.",
        matters: "A gateway that caches a public response shows the tools of one user to another.",
        fix: "Set cacheScope private on lists that depend on who asks.",
    },
    judge: list_scope,
};

fn list_scope(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, _) = evidence.probe(ProbeId::List)?;
    evidence
        .last(|purpose| purpose == Purpose::Discover, "the session was not opened with server/discover")?;
    let Ok(RpcResponse::Result(result)) = mcp::response(exchange) else {
        return Err(Verdict::untestable("tools/list is not answered with a result"));
    };
    if result.members.get("cacheScope").and_then(Value::as_str) != Some("public") {
        return Ok(());
    }
    let at = At::Member("/result/cacheScope".to_owned());
    let finding = Finding::in_exchange(exchange, at, "Every cache may keep the list of tools");
    Err(finding.compare("private", "public").fail())
}
