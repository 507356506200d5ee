//! What holds for every response of the target, whatever was asked.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::document::challenge::{bearers, challenges};
use crate::exchange::{Exchange, Purpose, Response};
use crate::specification::cite::{SECURITY_WARNING, mcp, rfc};
use crate::specification::{Level, Party, Step};

/// The responses of that status to requests for the target.
fn responses<'a>(
    evidence: &Evidence<'a>,
    status: u16,
) -> impl Iterator<Item = (&'a Exchange, &'a Response)> + use<'a> {
    evidence
        .history
        .with_purpose(|purpose| !matches!(purpose, Purpose::Challenge(_)))
        .filter(|exchange| exchange.request.party == Party::Gateway)
        .filter_map(move |exchange| Some((exchange, exchange.response().filter(|r| r.status == status)?)))
}

pub(in crate::check) static CHALLENGE: Check = Check {
    id: "rs-401-any-challenge",
    title: "Every 401 carries a challenge, not only the first",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9110, "15.5.2"), rfc!(6750, "3")],
    doc: Doc {
        checks: "Each response of the target with 401 beyond the first one has a WWW-Authenticate header, and where the MCP endpoint itself refuses, one with Bearer.",
        matters: "A client whose token has expired learns from the challenge that it has to get a new one. A bare 401 in the middle of a session looks like the end.",
        fix: "Find out who sends the bare 401: often it is not the gateway's policy but the server behind it, or another plugin. Let one place refuse, always with the challenge.",
    },
    judge: challenge,
};

fn challenge(evidence: &Evidence<'_>) -> Judgement {
    let (_, first) = evidence.unauthenticated()?;
    if first.status == 401 && bearers(first).is_empty() {
        return Err(Verdict::untestable("the first 401 lacks the challenge already"));
    }
    let mut refused = responses(evidence, 401).peekable();
    if refused.peek().is_none() {
        return Err(Verdict::not_applicable("there was no other 401"));
    }
    let field = At::Header("www-authenticate");
    let bare = refused.find(|(_, response)| response.headers.get("www-authenticate").is_none());
    if let Some((exchange, _)) = bare {
        let message = format!("A 401 to {} carries no challenge", exchange.request.method);
        let finding = Finding::in_exchange(exchange, field, message);
        return Err(finding.compare("WWW-Authenticate", "no challenge").fail());
    }
    let Some((exchange, response, _)) = evidence.challenges().find(|(.., bearer)| bearer.is_none()) else {
        return Ok(());
    };
    let schemes: Vec<_> = challenges(response).into_iter().map(|challenge| challenge.scheme).collect();
    let schemes = display::shorten(&schemes.join(", "));
    let message = format!("A 401 to {} offers {schemes} and no Bearer challenge", exchange.request.method);
    Err(Finding::in_exchange(exchange, field, message).compare("Bearer", schemes).fail())
}

pub(in crate::check) static ALLOW: Check = Check {
    id: "rs-405-allow",
    title: "A response with 405 says which methods there are",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Should)
        .lowered(Level::Must, "RFC 9110 §15.5.6 says must; a client gets on without"),
    cites: &[rfc!(9110, "15.5.6")],
    doc: Doc {
        checks: "Each response of the target with 405 has an Allow header.",
        matters: "A client that looks for an event stream with GET learns from Allow that there is none, and not that it is at the wrong place.",
        fix: "Let the gateway pass the server's 405 on as it is, or set Allow to the methods of the route.",
    },
    judge: |evidence| {
        let mut refused = responses(evidence, 405).peekable();
        if refused.peek().is_none() {
            return Err(Verdict::not_applicable("there was no 405"));
        }
        let bare = refused.find(|(_, response)| response.headers.get("allow").is_none());
        let Some((exchange, _)) = bare else { return Ok(()) };
        let message = format!("The 405 to {} does not say which methods there are", exchange.request.method);
        let finding = Finding::in_exchange(exchange, At::Header("allow"), message);
        Err(finding.compare("Allow", "no such field").fail())
    },
};

pub(in crate::check) static IMPLEMENTED: Check = Check {
    id: "mcp-auth-implemented",
    title: "The endpoint requires authorization",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Should),
    cites: &[
        SECURITY_WARNING,
        mcp!(["2026-07-28"], "basic/transports/streamable-http", "Security & Endpoint", "security--endpoint"),
    ],
    doc: Doc {
        checks: "The server either refuses requests without a token or publishes resource metadata. Authorization is optional in MCP; servers should have it all the same.",
        matters: "Whoever knows the URL can call the tools. Everything else gatewalk checks does not apply to such a server.",
        fix: "Put the authorization policy on the MCP route, unless the tools are meant for everybody.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.unauthenticated()?;
        if matches!(response.status, 401 | 403) || evidence.resource_metadata().is_ok() {
            return Ok(());
        }
        if !response.is_success() {
            return Err(Verdict::untestable(format!(
                "the target responds with {} and publishes nothing: whether it knows its users does not show",
                response.status
            )));
        }
        let message = "The server serves requests without a token, and publishes nothing about authorization";
        Err(response::unexpected_status(exchange, response, "401", message))
    },
};
