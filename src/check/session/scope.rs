//! A good token with too little scope, and how the gateway says so.

use crate::check::cite::{mcp, rfc};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, look};
use crate::document::challenge;
use crate::specification::{Level, Party, ProtocolVersion, Step};

const FIELD: At = At::Header("www-authenticate");

pub(in crate::check) static STATUS: Check = Check {
    id: "rs-insufficient-scope-403",
    title: "A token with too little scope is refused with 403",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!(
            ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Error Handling",
            "error-handling"
        ),
        rfc!(6750, "3.1"),
    ],
    doc: Doc {
        checks: "A response whose challenge says insufficient_scope has status 403.",
        matters: "To 401 a client reacts by getting the same token again, to 403 by asking for more scope. With the wrong status it goes round in circles.",
        fix: "Let the policy that compares scopes response 403, and leave 401 to the one that validates the token.",
    },
    judge: |evidence| {
        let mut refused = evidence.session().filter(|(_, response)| {
            challenge::bearer(response).is_some_and(|c| c.get("error") == Some("insufficient_scope"))
        });
        let Some((exchange, response)) = refused.next() else {
            return Err(Verdict::not_applicable("no response said insufficient_scope"));
        };
        if response.status == 403 {
            return Ok(());
        }
        let message = format!("The challenge says insufficient_scope with status {}", response.status);
        Err(look::unexpected_status(exchange, response, "403", message))
    },
};

pub(in crate::check) static CHALLENGE: Check = Check {
    id: "rs-403-challenge",
    title: "A 403 says which scope is missing",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::Should),
    cites: &[
        mcp!(
            ["2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Runtime Insufficient Scope Errors",
            "runtime-insufficient-scope-errors"
        ),
        rfc!(6750, "3.1"),
    ],
    doc: Doc {
        checks: "A response with 403 to a request with the token has a Bearer challenge with error=\"insufficient_scope\", scope and resource_metadata.",
        matters: "The client asks the user for the missing scope and tries again. Without the challenge it can only give up.",
        fix: "Add WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"…\", resource_metadata=\"…\" to the gateway's 403.",
    },
    judge: scope_challenge,
};

fn scope_challenge(evidence: &Evidence<'_>) -> Judgement {
    let Some((exchange, response)) = evidence.session().find(|(_, response)| response.status == 403) else {
        return Err(Verdict::not_applicable("no request with the token got 403"));
    };
    if let Some(marker) = look::bot_defence(response) {
        return Err(Verdict::inconclusive(format!("the 403 looks like a bot defence ({marker})")));
    }
    let challenge = challenge::bearer(response);
    let missing = match &challenge {
        None => "Bearer challenge",
        Some(challenge) if challenge.get("error") != Some("insufficient_scope") => {
            "error=\"insufficient_scope\""
        }
        Some(challenge) if challenge.get("scope").is_none() => "scope",
        Some(challenge) if challenge.get("resource_metadata").is_none() => "resource_metadata",
        Some(_) => return Ok(()),
    };
    let finding = Finding::in_exchange(exchange, FIELD, format!("The 403 has no {missing}"));
    Err(finding.compare("error, scope and resource_metadata", format!("no {missing}")).fail())
}
