//! The opening of the legacy protocol versions.

use serde_json::Value;

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::document::Object;
use crate::document::mcp::{self, RpcResponse};
use crate::specification::cite::mcp;
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// The one protocol version before those gatewalk knows.
const FIRST: &str = "2024-11-05";

fn member(name: &str) -> At {
    At::Member(format!("/result/{name}"))
}

pub(in crate::check) static ANSWERED: Check = Check {
    id: "mcp-initialize",
    title: "initialize gets version, capabilities and server",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must).until(ProtocolVersion::V2026_07_28),
    cites: &[mcp!(
        ["2025-03-26", "2025-06-18", "2025-11-25"],
        "basic/lifecycle",
        "Initialization",
        "initialization"
    )],
    doc: Doc {
        checks: "initialize with the token gets a result that has protocolVersion, capabilities, and serverInfo with name and version.",
        matters: "Without the result there is no session. Missing members make typed clients fail to parse it.",
        fix: "With 502, 504 or a web page, check the route from the gateway to the MCP server. With an incomplete result, the server's SDK or a gateway that rewrites bodies.",
    },
    judge: answered,
};

fn answered(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.opening()?;
    if matches!(response.status, 401 | 403) {
        return Err(Verdict::untestable("the token was refused"));
    }
    response::from_the_server(response)?;
    let fail = |at: At, message: String, found: String| {
        Err(Finding::in_exchange(exchange, at, message).compare("a result of initialize", found).fail())
    };
    let result = match mcp::response(exchange) {
        Ok(RpcResponse::Result(result)) => result,
        Ok(error) if error.is_modern_error() => {
            return Err(Verdict::untestable(format!(
                "the server speaks {} only: walk it with --protocol-version {0}",
                ProtocolVersion::V2026_07_28
            )));
        }
        Ok(RpcResponse::Error { code, message, .. }) => {
            let found = format!("JSON-RPC error {code}");
            let message = display::shorten(&message);
            return fail(At::Body, format!("initialize gets {found}: {message}"), found);
        }
        Err(why) => {
            let message = format!("initialize is not answered: {} {why}", exchange.request.url);
            return fail(At::Body, message, why.to_string());
        }
    };
    match missing(&result) {
        None => Ok(()),
        Some(name) => {
            fail(member(name), format!("The result of initialize has no {name}"), format!("no {name}"))
        }
    }
}

/// The first member that is required and not there.
fn missing(result: &Object) -> Option<&'static str> {
    let server = result.members.get("serverInfo");
    let named = |name: &str| server.and_then(|server| server.get(name)).is_some_and(Value::is_string);
    if result.string("protocolVersion").is_none() {
        Some("protocolVersion")
    } else if !result.members.get("capabilities").is_some_and(Value::is_object) {
        Some("capabilities")
    } else if !named("name") || !named("version") {
        Some("serverInfo")
    } else {
        None
    }
}

pub(in crate::check) static VERSION: Check = Check {
    id: "mcp-version-negotiation",
    title: "The server responds with a protocol version that exists",
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
        checks: "protocolVersion in the result is the requested one, or another that was published. One later than those known here decides nothing.",
        matters: "A client disconnects if it does not know the version. Servers that echo whatever they are asked promise what they cannot keep.",
        fix: "Let the server respond with the requested version if it supports it, else with the newest it does.",
    },
    judge: |evidence| {
        let (exchange, result) = evidence.opening_result()?;
        let version = result.string("protocolVersion");
        let version = version.ok_or_else(|| Verdict::untestable("the result names no version"))?;
        if version == FIRST || ProtocolVersion::from_date(version).is_some() {
            return Ok(());
        }
        let version = display::shorten(version);
        if is_date(&version) && version.as_str() > ProtocolVersion::V2026_07_28.date() {
            return Err(Verdict::inconclusive(format!(
                "the server negotiates {version}, which is later than the protocol versions known here"
            )));
        }
        let message = format!("The server negotiates the protocol version {version:?}, which does not exist");
        let finding = Finding::in_exchange(exchange, member("protocolVersion"), message);
        Err(finding.compare(evidence.protocol_version().date(), version).fail())
    },
};

/// Whether a text has the form of a date.
fn is_date(text: &str) -> bool {
    text.len() == "2025-11-25".len()
        && text.char_indices().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() })
}
