//! Whether a request without a token is refused as it must be.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict};
use crate::edition::{Citation, Level, Party, Step};

pub(in crate::check) static UNAUTH_401: Check = Check {
    id: "rs-unauth-401",
    title: "A request without a token is answered with 401",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        Citation {
            document: "MCP 2025-11-25",
            section: "Error Handling",
            url: "https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#error-handling",
        },
        Citation {
            document: "RFC 6750",
            section: "3",
            url: "https://www.rfc-editor.org/rfc/rfc6750#section-3",
        },
    ],
    doc: Doc {
        checks: "The opening request, and if that is served also tools/list and a call of a tool that does not exist, are sent without a token. One of them has to be answered with 401.",
        matters: "The 401 is what makes a client start the OAuth flow. Any other status – a redirect to a login page, 403, 404, a 200 – leaves it without a way in, or leaves the server open.",
        fix: "Put the authorization policy on the MCP route, for every method, and let it answer 401 itself instead of redirecting to a login page.",
    },
    judge: unauth_401,
};

fn unauth_401(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.unauthenticated()?;
    if response.status == 401 {
        return Ok(());
    }
    if response.is_success() && evidence.resource_metadata().is_err() {
        return Err(Verdict::not_applicable(
            "the server serves everybody and publishes no resource metadata",
        ));
    }
    let message = if response.is_success() {
        "The server publishes resource metadata, yet serves every request without a token".to_owned()
    } else {
        format!("A request without a token is answered with {}", response.status)
    };
    Err(Finding::in_exchange(exchange, At::Status, message)
        .compare("401", response.status.to_string())
        .fail())
}
