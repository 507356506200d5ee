//! Whether the gateway takes the token that was issued for it.

use crate::check::cite::{mcp, oauth21};
use crate::check::{Check, Doc, Evidence, Judgement, Levels, look};
use crate::document::challenge;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static ACCEPTED: Check = Check {
    id: "rs-valid-token-accepted",
    title: "The fresh token is accepted",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!(
            ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Token Handling",
            "token-handling"
        ),
        oauth21!("5.2"),
    ],
    doc: Doc {
        checks: "No MCP request with the token just issued gets 401 or 403.",
        matters: "This is the end of the flow: everything was right so far, and the gateway still says no.",
        fix: "Compare what the gateway expects with what the token carries: issuer (slash at the end), audience, algorithm, key set, scope. Check that the Authorization header reaches the server behind the gateway.",
    },
    judge: accepted,
};

fn accepted(evidence: &Evidence<'_>) -> Judgement {
    evidence.opening()?;
    let Some((exchange, response)) =
        evidence.session().find(|(_, response)| matches!(response.status, 401 | 403))
    else {
        return Ok(());
    };
    let token = evidence.token().ok().and_then(|(_, token)| token.access_token());
    let harmless = |text: &&str| token.as_ref().is_none_or(|token| !text.contains(token.expose()));
    let challenge = challenge::bearer(response);
    let parameter = |name: &str| challenge.as_ref()?.get(name).filter(harmless).map(look::shorten);
    let said = match (parameter("error"), parameter("error_description")) {
        (Some(error), Some(description)) => format!(", saying {error}: {description}"),
        (Some(error), None) => format!(", saying {error}"),
        (None, Some(description)) => format!(", saying {description}"),
        (None, None) => ", without saying why".to_owned(),
    };
    let message = format!("The fresh access token is refused with {}{said}", response.status);
    Err(look::unexpected_status(exchange, response, "200", message))
}
