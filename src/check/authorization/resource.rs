//! Whether the server can live with the `resource` every MCP client sends.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, resource_metadata};
use crate::document::read_body;
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// What products say about a resource they do not know: Auth0, Entra ID.
const WORDS: [&str; 4] = ["Service not found", "AADSTS901002", "AADSTS9010010", "AADSTS500011"];

pub(in crate::check) static ACCEPTED: Check = Check {
    id: "as-accepts-resource",
    title: "The authorization server does not fail on the resource parameter",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[
        rfc!(6749, "3.1"),
        rfc!(8707, "2"),
        mcp!(
            ["2025-06-18", "2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Resource Parameter Implementation",
            "resource-parameter-implementation"
        ),
    ],
    doc: Doc {
        checks: "Neither the callback, nor an error page of the login, nor the token endpoint complains about the resource that was sent.",
        matters: "MCP clients must always send resource. A server that does not know the parameter must ignore it; one that does must know the MCP server.",
        fix: "Register the resource at the authorization server under exactly the identifier the gateway publishes; in Auth0 create an API with that identifier, slash included.",
    },
    judge: |evidence| {
        let judgement = accepted(evidence);
        if matches!(judgement, Err(Verdict::Fail(_))) && evidence.scenario.client.resource.is_some() {
            let because = "the server refuses the resource that was given by hand: it may be right";
            return Err(Verdict::inconclusive(because));
        }
        let sent = evidence.authorization().map_or(0, |request| request.all("resource").len());
        if matches!(judgement, Err(Verdict::Fail(_))) && sent > 1 {
            let because = "the published authorization endpoint brings a resource of its own: it may be that one which is refused";
            return Err(Verdict::inconclusive(because));
        }
        let published = [&resource_metadata::resource::MATCHES, &resource_metadata::resource::EXACT];
        let differs = |check: &&Check| matches!((check.judge)(evidence), Err(Verdict::Fail(_)));
        if matches!(judgement, Err(Verdict::Fail(_))) && published.iter().any(differs) {
            let because =
                "the server refuses the published resource, which is not the target: it may be right";
            return Err(Verdict::inconclusive(because));
        }
        judgement
    },
};

fn accepted(evidence: &Evidence<'_>) -> Judgement {
    let Some(resource) = evidence.authorization()?.get("resource") else {
        return Err(Verdict::not_applicable("the request had no resource"));
    };
    // A page or an error that only repeats the request says nothing of the resource: the words do.
    let about = |text: &str| WORDS.iter().any(|word| text.contains(word));
    let complaint = |error: &str, description: &str| {
        error == "invalid_target"
            || matches!(error, "invalid_request" | "access_denied") && about(description)
    };
    let message = format!("The authorization server refuses the resource {resource}");
    if let Ok(callback) = evidence.callback()
        && let Some(error) = callback.get("error")
        && complaint(error, callback.get("error_description").unwrap_or_default())
    {
        return Err(Finding::at(At::Parameter("error"), message).compare(resource, error).fail());
    }
    let page = evidence.login().find(|(_, page)| page.status >= 400 && about(&page.text()));
    if let Some((exchange, page)) = page {
        let finding = Finding::in_exchange(exchange, At::Body, message);
        return Err(finding.compare(resource, format!("an error page with {}", page.status)).fail());
    }
    if let Ok((exchange, response)) = evidence.token_response()
        && let Ok(json) = read_body(response)
        && let Some(error) = json.string("error")
        && complaint(error, json.string("error_description").unwrap_or_default())
    {
        let finding = Finding::in_exchange(exchange, At::Body, message);
        return Err(finding.compare(resource, error).fail());
    }
    evidence.callback().map(|_| ())
}
