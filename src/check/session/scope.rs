//! A good token with too little scope, and how the gateway says so.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, response};
use crate::document::challenge;
use crate::document::explanation::explanation;
use crate::document::mcp::{self, RpcResponse};
use crate::exchange::{Exchange, Response};
use crate::specification::cite::{ERROR_HANDLING, mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

const FIELD: At = At::Header("www-authenticate");

pub(in crate::check) static STATUS: Check = Check {
    id: "rs-insufficient-scope-403",
    title: "A token with too little scope is refused with 403",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[ERROR_HANDLING, rfc!(6750, "3.1")],
    doc: Doc {
        checks: "A response that says insufficient_scope has status 403: in its challenge, in a JSON-RPC error, or in the result of a tool that failed.",
        matters: "To 401 a client reacts by getting the same token again, to 403 by asking for more scope. With the wrong status it goes round in circles.",
        fix: "Let the policy that compares scopes respond with 403, and leave 401 to the one that validates the token.",
    },
    judge: |evidence| {
        let mut refused = evidence
            .session()
            .filter_map(|(exchange, response)| Some((exchange, response, insufficient(exchange, response)?)));
        let Some((exchange, response, source)) = refused.next() else {
            return Err(Verdict::not_applicable("no response said insufficient_scope"));
        };
        let all = std::iter::once((exchange, response, source)).chain(refused);
        let wrong = all.into_iter().find(|(_, response, _)| response.status != 403);
        let Some((exchange, response, source)) = wrong else { return Ok(()) };
        let message = format!("{source} says insufficient_scope with status {}", response.status);
        Err(response::unexpected_status(exchange, response, "403", message))
    },
};

/// What of a response says that the scope is too narrow: the challenge, or an error or failed result of JSON-RPC that
/// names the code of [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1).
fn insufficient(exchange: &Exchange, response: &Response) -> Option<&'static str> {
    const CODE: &str = "insufficient_scope";
    if challenge::bearer(response).is_some_and(|challenge| challenge.get("error") == Some(CODE)) {
        return Some("The challenge");
    }
    match mcp::response(exchange).ok()? {
        RpcResponse::Error { message, data, .. } => {
            let says = message.contains(CODE) || data.to_string().contains(CODE);
            says.then_some("The JSON-RPC error")
        }
        RpcResponse::Result(result) => {
            let failed = result.flag("isError") == Some(true);
            let says =
                result.members.get("content").is_some_and(|content| content.to_string().contains(CODE));
            (failed && says).then_some("The result")
        }
    }
}

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
        checks: "A response with 403 that speaks of scope, to a request with the token, has a Bearer challenge with error=\"insufficient_scope\", scope and resource_metadata.",
        matters: "The client asks the user for the missing scope and tries again. Without the challenge it can only give up.",
        fix: "Add WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"…\", resource_metadata=\"…\" to the gateway's 403.",
    },
    judge: scope_challenge,
};

fn scope_challenge(evidence: &Evidence<'_>) -> Judgement {
    let Some((exchange, response)) = evidence.session().find(|(_, response)| response.status == 403) else {
        return Err(Verdict::not_applicable("no request with the token got 403"));
    };
    response::from_the_server(response)?;
    let challenge = challenge::bearer(response);
    // A 403 may be about the user or the tool: of such a refusal RFC 6750 knows nothing.
    let words = explanation(response).unwrap_or_default().to_lowercase();
    if !words.contains("scope") {
        let because =
            "the 403 does not speak of scope: it may be about the user, who can ask for nothing more";
        return Err(Verdict::inconclusive(because));
    }
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
