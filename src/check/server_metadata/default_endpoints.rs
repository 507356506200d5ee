//! Where 2025-03-26 puts the endpoints of a server without metadata.

use crate::check::{Check, Doc, Evidence, Judgement, Levels, Verdict, response};
use crate::exchange::Purpose;
use crate::specification::cite::mcp;
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static DEFAULTS: Check = Check {
    id: "as-default-endpoints",
    title: "Without metadata the endpoints are /authorize, /token and /register",
    step: Step::ServerMetadata,
    party: Party::Gateway,
    levels: Levels::all(Level::Must).until(ProtocolVersion::V2025_06_18),
    cites: &[mcp!(
        ["2025-03-26"],
        "basic/authorization",
        "Fallbacks for Servers without Metadata Discovery",
        "fallbacks-for-servers-without-metadata-discovery"
    )],
    doc: Doc {
        checks: "If the origin of the target has no server metadata, none of the default endpoints the walk uses responds with 404, 405 or 501.",
        matters: "A client of this protocol version has nothing else to go by: it registers at /register and sends the browser to /authorize.",
        fix: "Publish /.well-known/oauth-authorization-server on the origin of the MCP URL, or route the three default paths to the authorization server. Where that is another server by design, judge by 2025-06-18 or later: this protocol version knows no such thing.",
    },
    judge: defaults,
};

fn defaults(evidence: &Evidence<'_>) -> Judgement {
    if evidence.server_metadata().is_ok() {
        return Err(Verdict::not_applicable("the server publishes metadata"));
    }
    let used = |purpose| matches!(purpose, Purpose::Registration | Purpose::Login | Purpose::Token);
    let mut responses = evidence.sent(used).filter_map(|e| Some((e, e.response()?))).peekable();
    if responses.peek().is_none() {
        return Err(Verdict::untestable("the walk did not reach an endpoint"));
    }
    let Some((exchange, response)) =
        responses.find(|(_, response)| matches!(response.status, 404 | 405 | 501))
    else {
        return Ok(());
    };
    let url = &exchange.request.url;
    let message = format!(
        "There is neither metadata nor an endpoint at {url}, which responds with {}",
        response.status
    );
    Err(response::unexpected_status(exchange, response, "an endpoint", message))
}
