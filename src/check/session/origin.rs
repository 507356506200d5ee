//! From where and under which name the server lets itself be asked.

use crate::check::refusal::{all, defence, otherwise};
use crate::check::{Check, Doc, Evidence, Judgement, Levels, Verdict, response};
use crate::document::identifier::Identifier;
use crate::exchange::ProbeId;
use crate::specification::cite::{SECURITY_WARNING, mcp, rfc};
use crate::specification::{Level, Party, Step};

fn is_local(evidence: &Evidence<'_>) -> bool {
    Identifier::parse(evidence.target()).is_some_and(|target| target.is_loopback())
}

/// Refused with 403 since 2025-11-25, before with any 4xx.
fn origin(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    if let Some(open) = defence(response) {
        return Err(open);
    }
    let exact = evidence.protocol_version().refuses_foreign_origin_with_403();
    if response.status == 403 || (!exact && response.status / 100 == 4) {
        return Ok(());
    }
    if !response.is_success() {
        return Err(otherwise(response, "403"));
    }
    let message = format!("A request from {what} is served");
    Err(response::unexpected_status(exchange, response, "403", message))
}

pub(in crate::check) static LOCAL: Check = Check {
    id: "mcp-origin-rejected",
    title: "A server on this machine refuses requests from pages of other sites",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must),
    cites: &[
        SECURITY_WARNING,
        mcp!(["2026-07-28"], "basic/transports/streamable-http", "Security & Endpoint", "security--endpoint"),
    ],
    doc: Doc {
        checks: "The opening with the good token and the Origin of another site, and with Origin: null, gets 403; before 2025-11-25 any 4xx will do. Judged for targets on loopback.",
        matters: "Every page the user visits can send requests to 127.0.0.1, and by DNS rebinding read the responses.",
        fix: "Compare Origin with a list of your own, and respond with 403. MCP SDKs have a switch for DNS rebinding protection.",
    },
    judge: |evidence| {
        evidence.probe(ProbeId::OriginForeign)?;
        if !is_local(evidence) {
            return Err(Verdict::not_applicable("the target is not on this machine"));
        }
        all([
            origin(evidence, ProbeId::OriginForeign, "another site"),
            origin(evidence, ProbeId::OriginNull, "a page without an origin"),
        ])
    },
};

pub(in crate::check) static REMOTE: Check = Check {
    id: "mcp-origin-checked",
    title: "A server on the net looks at Origin",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Should).lowered(
        Level::Must,
        "MCP says must; a hosted server that demands a token may let browser clients of any site in on purpose",
    ),
    cites: &[
        SECURITY_WARNING, mcp!(["2026-07-28"], "basic/transports/streamable-http", "Security & Endpoint", "security--endpoint"),
    ],
    doc: Doc {
        checks: "The opening with the good token and the Origin of another site gets 403. MCP says must; this is a warning for hosted servers.",
        matters: "Without the check, a page of any site can use whatever the browser has for the server.",
        fix: "Let only the origins of known browser clients pass, or none; requests without Origin are not from browsers.",
    },
    judge: |evidence| {
        if is_local(evidence) {
            return Err(Verdict::not_applicable("the target is on this machine"));
        }
        origin(evidence, ProbeId::OriginForeign, "another site")
    },
};

pub(in crate::check) static HOST: Check = Check {
    id: "mcp-host-rejected",
    title: "A server on this machine answers to its own name only",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::May),
    cites: &[rfc!(9110, "7.4")],
    doc: Doc {
        checks: "The opening with the good token and the Host of a stranger gets 4xx. Judged for targets on loopback.",
        matters: "By DNS rebinding a stranger's name leads to 127.0.0.1: the browser then believes that page and server are one.",
        fix: "Compare Host with localhost, 127.0.0.1 and [::1], and refuse the rest.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.controlled(ProbeId::HostForeign)?;
        if let Some(open) = defence(response) {
            return Err(open);
        }
        if response.status / 100 == 4 {
            return Ok(());
        }
        if !response.is_success() {
            return Err(otherwise(response, "4xx"));
        }
        Err(response::unexpected_status(
            exchange,
            response,
            "4xx",
            "A request under a stranger's host name is served",
        ))
    },
};
