//! The `WWW-Authenticate` header of the 401.

use crate::check::cite::{mcp, oauth21, rfc};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict};
use crate::document::challenge::challenges;
use crate::specification::{Level, Party, Step};

const FIELD: At = At::Header("www-authenticate");

pub(in crate::check) static WWW_AUTHENTICATE: Check = Check {
    id: "rs-401-www-authenticate",
    title: "The 401 carries a Bearer challenge",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        rfc!(6750, "3"),
        rfc!(9110, "15.5.2"),
        mcp!(
            "2025-06-18",
            "basic/authorization",
            "Authorization Server Location",
            "authorization-server-location"
        ),
    ],
    doc: Doc {
        checks: "The response with 401 has a WWW-Authenticate header with a Bearer challenge.",
        matters: "The challenge tells the client which scheme to use and where the resource metadata is. Without it many clients show \"unauthorized\" and stop.",
        fix: "Let the gateway's authorization policy add WWW-Authenticate: Bearer … to its 401, and do not let a proxy in front strip or rename it. AWS API Gateway renames it to x-amzn-remapped-www-authenticate: set the header in a gateway response instead.",
    },
    judge: www_authenticate,
};

fn www_authenticate(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.unauthenticated()?;
    if response.status != 401 {
        return Err(not_401(response.status));
    }
    let found = challenges(response);
    if found.iter().any(|challenge| challenge.is("bearer")) {
        return Ok(());
    }
    let renamed = response
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .find(|name| name != "www-authenticate" && name.ends_with("www-authenticate"));
    let (message, found) = match (renamed, found.as_slice()) {
        (Some(name), []) => (format!("The 401 carries its challenge as {name}, which no client reads"), name),
        (None, []) => ("The 401 has no WWW-Authenticate header".to_owned(), "no challenge".to_owned()),
        (_, others) => {
            let schemes: Vec<_> = others.iter().map(|challenge| challenge.scheme.as_str()).collect();
            ("The 401 offers no Bearer challenge".to_owned(), schemes.join(", "))
        }
    };
    Err(Finding::in_exchange(exchange, FIELD, message).compare("Bearer", found).fail())
}

fn not_401(status: u16) -> Verdict {
    Verdict::untestable(format!("the target responds with {status} instead of 401"))
}

pub(in crate::check) static SYNTAX: Check = Check {
    id: "rs-challenge-syntax",
    title: "The Bearer challenge has at least one parameter and keeps the syntax",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6750, "3"), rfc!(9110, "11.6.1"), oauth21!("5.3.1")],
    doc: Doc {
        checks: "After Bearer comes at least one name=value; URLs and lists are in double quotes, parameters are separated by commas, none is given twice.",
        matters: "gatewalk reads sloppy challenges, as some clients do; others drop the whole header or read a cut-off URL.",
        fix: "Build the header like Bearer resource_metadata=\"https://…\", scope=\"…\" – double quotes, commas between, nothing twice. Do not concatenate two policies' challenges without a comma.",
    },
    judge: syntax,
};

fn syntax(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, challenge) = evidence.challenge()?;
    let (message, found) = if challenge.parameters.is_empty() {
        ("The challenge is the word Bearer alone".to_owned(), "no parameter".to_owned())
    } else if challenge.defects.is_empty() {
        return Ok(());
    } else {
        let defects = challenge.defects.join("; ");
        (format!("The challenge breaks the syntax: {defects}"), defects)
    };
    let finding = Finding::in_exchange(exchange, FIELD, message);
    Err(finding.compare("Bearer name=\"value\", …", found).fail())
}

pub(in crate::check) static NO_ERROR: Check = Check {
    id: "rs-no-error-without-creds",
    title: "The challenge to a request without a token names no error",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6750, "3.1"), oauth21!("5.3.2")],
    doc: Doc {
        checks: "The challenge to the request without a token has no error parameter.",
        matters: "error=\"invalid_token\" tells a client that its token is bad. A client that has none yet may discard good state, or report the wrong cause.",
        fix: "Send error and error_description only if a token was presented. Several MCP SDKs send invalid_token always: set the header in the gateway instead.",
    },
    judge: |evidence| {
        let (exchange, challenge) = evidence.challenge()?;
        let Some(error) = challenge.get("error") else { return Ok(()) };
        let message = format!("The challenge says {error} although no token was sent");
        Err(Finding::in_exchange(exchange, FIELD, message).compare("no error", error).fail())
    },
};
