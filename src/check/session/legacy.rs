//! The session of the legacy protocol versions: its id, its versions, its stream, its end.

use serde_json::Value;

use crate::check::refusal::{otherwise, status};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::document::mcp::{self, RpcResponse};
use crate::exchange::{ProbeId, Purpose};
use crate::specification::cite::{SESSION_MANAGEMENT, mcp, mcp_guide};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static MISSING: Check = Check {
    id: "mcp-session-missing-400",
    title: "A request without the session id is refused with 400",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Should).until(ProtocolVersion::V2026_07_28),
    cites: &[SESSION_MANAGEMENT],
    doc: Doc {
        checks: "If the server issued a session id, tools/list without it gets 400.",
        matters: "A server that answers all the same does so in nobody's session, or in somebody else's.",
        fix: "Respond with 400 when Mcp-Session-Id is missing after initialize; check that the gateway does not add one of its own.",
    },
    judge: |evidence| status(evidence, ProbeId::SessionMissing, &[400], "A request without the session id"),
};

pub(in crate::check) static ENDED: Check = Check {
    id: "mcp-session-ended-404",
    title: "A session that was ended is not found any more",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must).until(ProtocolVersion::V2026_07_28),
    cites: &[SESSION_MANAGEMENT],
    doc: Doc {
        checks: "A second session is opened and ended with DELETE. If the server accepts that, tools/list in it gets 404.",
        matters: "By 404 a client knows that it has to open a new session; by anything else it goes on trying or gives up.",
        fix: "Respond with 404 for session ids that are not known. Behind several instances, share the sessions or pin them.",
    },
    judge: ended,
};

fn ended(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::SessionEnded)?;
    if response.status == 404 {
        return Ok(());
    }
    if matches!(response.status, 401 | 403 | 429) {
        return Err(otherwise(response, "404"));
    }
    let message = format!("A session that was ended gets {}", response.status);
    Err(response::unexpected_status(exchange, response, "404", message))
}

pub(in crate::check) static VERSION_HEADER: Check = Check {
    id: "mcp-bad-version-400",
    title: "A protocol version that does not exist is refused with 400",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must).until(ProtocolVersion::V2026_07_28),
    cites: &[mcp!(
        ["2025-06-18", "2025-11-25"],
        "basic/transports",
        "Protocol Version Header",
        "protocol-version-header"
    )],
    doc: Doc {
        checks: "tools/list with MCP-Protocol-Version: 1900-01-01 gets 400.",
        matters: "A server that ignores the version answers in one the client does not speak.",
        fix: "Update the server's SDK, and let the gateway pass the header on.",
    },
    judge: |evidence| {
        status(evidence, ProbeId::VersionHeaderUnknown, &[400], "A protocol version that does not exist")
    },
};

pub(in crate::check) static STREAM: Check = Check {
    id: "mcp-get-sse-or-405",
    title: "GET opens an event stream or gets 405",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must).until(ProtocolVersion::V2026_07_28),
    cites: &[mcp!(
        ["2025-03-26", "2025-06-18", "2025-11-25"],
        "basic/transports",
        "Listening for Messages from the Server",
        "listening-for-messages-from-the-server"
    )],
    doc: Doc {
        checks: "GET with the token and Accept: text/event-stream gets text/event-stream, or with 405.",
        matters: "Clients ask for the stream after they have opened a session. A web page or a 404 makes them believe that they are at the wrong place.",
        fix: "Let GET through to the MCP server, or respond with 405 at the gateway.",
    },
    judge: stream,
};

fn stream(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::SessionStream)?;
    let media_type = response.media_type();
    if response.status == 405 || (response.is_success() && media_type == "text/event-stream") {
        return Ok(());
    }
    if matches!(response.status, 400..=403 | 429) {
        return Err(otherwise(response, "an event stream or 405"));
    }
    let found = format!("{} {}", response.status, display::shorten(&media_type));
    let finding = Finding::in_exchange(exchange, At::Status, format!("GET gets {found}"));
    Err(finding.compare("an event stream or 405", found).fail())
}

pub(in crate::check) static NEGOTIATED: Check = Check {
    id: "mcp-version-unknown",
    title: "To a version that does not exist the server responds with one that does",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must).until(ProtocolVersion::V2026_07_28),
    cites: &[mcp!(
        ["2025-03-26", "2025-06-18", "2025-11-25"],
        "basic/lifecycle",
        "Version Negotiation",
        "version-negotiation"
    )],
    doc: Doc {
        checks: "initialize with the protocol version 1900-01-01 gets another version, or with an error.",
        matters: "A server that agrees to everything leaves it to luck whether the two understand each other.",
        fix: "Respond with the newest version the server supports when it does not support the requested one.",
    },
    judge: negotiated,
};

fn negotiated(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::InitializeUnknownVersion)?;
    let asked = serde_json::from_slice::<Value>(&exchange.request.body).unwrap_or_default();
    let asked =
        asked.pointer("/params/protocolVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    match mcp::response(exchange) {
        Ok(RpcResponse::Result(result)) if result.string("protocolVersion") == Some(asked.as_str()) => {
            let at = At::Member("/result/protocolVersion".to_owned());
            let message = format!("The server agrees to the protocol version {asked}, which does not exist");
            Err(Finding::in_exchange(exchange, at, message).compare("a version that exists", asked).fail())
        }
        Ok(RpcResponse::Result(result)) if result.string("protocolVersion").is_some() => Ok(()),
        Ok(RpcResponse::Error { .. }) => Ok(()),
        _ => Err(otherwise(response, "a result with another version")),
    }
}

pub(in crate::check) static RANDOM: Check = Check {
    id: "mcp-session-id-random",
    title: "Session ids cannot be told from one another",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Should).until(ProtocolVersion::V2026_07_28).lowered(
        Level::Must,
        "MCP's security guide says must; the specification of the transport, which is what binds, says should",
    ),
    cites: &[
        SESSION_MANAGEMENT,
        mcp_guide!(
            ["2025-03-26", "2025-06-18", "2025-11-25"],
            "security_best_practices",
            "Session Hijacking",
            "session-hijacking"
        ),
    ],
    doc: Doc {
        checks: "The ids of two sessions differ by more than a few characters at the end that count up.",
        matters: "Who can count can guess the sessions of others, and where the server takes the id for an identity, enter them.",
        fix: "Use a random UUID, or another value from a cryptographic source.",
    },
    judge: random,
};

fn random(evidence: &Evidence<'_>) -> Judgement {
    let initialize = |purpose| purpose == Purpose::Initialize;
    let (_, first) = evidence.last(initialize, "the session was not opened with initialize")?;
    let (exchange, second) = evidence.controlled(ProbeId::InitializeUnknownVersion)?;
    let id = |response: &crate::exchange::Response| {
        let id = response.headers.get("mcp-session-id").map(std::borrow::Cow::into_owned);
        id.ok_or_else(|| Verdict::not_applicable("the server issues no session ids"))
    };
    if !counts_up(&id(first)?, &id(second)?) {
        return Ok(());
    }
    let field = At::Header("mcp-session-id");
    let finding = Finding::in_exchange(exchange, field, "The ids of two sessions are the same, or count up");
    Err(finding.compare("random ids", "ids that can be guessed").fail())
}

/// Whether two ids are equal, or differ in a small number at the end only.
fn counts_up(first: &str, second: &str) -> bool {
    let same = first.bytes().zip(second.bytes()).take_while(|(a, b)| a == b).count();
    let (Some(a), Some(b)) = (first.get(same..), second.get(same..)) else { return false };
    let number = |text: &str| if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 16).ok() };
    let short = |text: &str| text.len() <= 4;
    short(a) && short(b) && number(a).zip(number(b)).is_some_and(|(a, b)| a.abs_diff(b) < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::counts_up;

    #[test]
    fn counters_are_told_from_random_ids() {
        for (a, b) in [("7", "8"), ("s-0009", "s-0010"), ("same", "same"), ("x-9f", "x-a0")] {
            assert!(counts_up(a, b), "{a} {b}");
        }
        let random = ("4f9c2a51-8d3e-4f0a-9b7c-1f2e3d4c5b6a", "c0ffee11-2b3c-4d5e-8f90-a1b2c3d4e5f6");
        assert!(!counts_up(random.0, random.1));
        assert!(!counts_up("019aa0b2-1111-7abc-8def-aaaaaaaaaaaa", "019aa0b2-1115-7fff-9aaa-bbbbbbbbbbbb"));
    }
}
