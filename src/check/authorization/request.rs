//! What the authorization endpoint makes of parameters that are missing, wrong or unknown.

use crate::check::authorization_response::{AuthorizationResponse, authorization_response};
use crate::check::refusal::{accepted, not_granted};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::exchange::{Exchange, ProbeId};
use crate::specification::cite::{AUTHORIZATION_RESPONSE_VALIDATION, mcp, oauth21, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static PKCE_REQUIRED: Check = Check {
    id: "authz-pkce-required",
    title: "There is no code without PKCE",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[
        oauth21!("7.5.2"),
        oauth21!("4.1.2.1"),
        rfc!(7636, "4.4.1"),
        mcp!(
            ["2025-06-18", "2025-11-25"],
            "basic/authorization",
            "Authorization Code Protection",
            "authorization-code-protection"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/security-considerations",
            "Authorization Code Protection",
            "authorization-code-protection"
        ),
    ],
    doc: Doc {
        checks: "The authorization request without code_challenge ends with invalid_request or an error page. A server that asks for a login first leaves it open.",
        matters: "Without PKCE a stolen code is as good as a token, and a public client has nothing else to protect it.",
        fix: "Require PKCE for public clients; many servers have a setting per client.",
    },
    judge: |evidence| {
        not_granted(evidence, ProbeId::AuthorizeChallengeMissing, &["invalid_request"], "a code without PKCE")
    },
};

pub(in crate::check) static PKCE_METHOD: Check = Check {
    id: "authz-pkce-method-unsupported",
    title: "A challenge method that does not exist is refused",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7636, "4.4.1"), oauth21!("4.1.2.1")],
    doc: Doc {
        checks: "The authorization request with code_challenge_method=S999 ends with invalid_request or an error page.",
        matters: "A server that ignores what it does not understand may compare nothing at all later.",
        fix: "Refuse every method but S256.",
    },
    judge: |evidence| {
        not_granted(
            evidence,
            ProbeId::AuthorizeChallengeMethod,
            &["invalid_request"],
            "a code for a challenge method that does not exist",
        )
    },
};

pub(in crate::check) static NO_IMPLICIT: Check = Check {
    id: "authz-no-implicit",
    title: "No token comes back in the front channel",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[oauth21!("10.1"), rfc!(9700, "2.1.2")],
    doc: Doc {
        checks: "The authorization request with response_type=token ends with unsupported_response_type, unauthorized_client or an error page.",
        matters: "A token in a URL lies in histories and logs. OAuth 2.1 has no implicit grant.",
        fix: "Switch the implicit grant off for the client, or for the server.",
    },
    judge: |evidence| {
        not_granted(
            evidence,
            ProbeId::AuthorizeImplicit,
            &["unsupported_response_type", "unauthorized_client", "invalid_request"],
            "a token in the front channel",
        )
    },
};

pub(in crate::check) static REPEATED: Check = Check {
    id: "authz-duplicate-request-params",
    title: "A parameter given twice is refused",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6749, "3.1"), rfc!(6749, "4.1.2.1")],
    doc: Doc {
        checks: "The authorization request with two states ends with invalid_request or an error page.",
        matters: "Two parsers take two different ones of the two: the gateway checks the first, the server uses the second.",
        fix: "Refuse every repeated parameter except resource.",
    },
    judge: |evidence| {
        not_granted(
            evidence,
            ProbeId::AuthorizeRepeatedParameter,
            &["invalid_request"],
            "a code for a request with two states",
        )
    },
};

pub(in crate::check) static UNKNOWN: Check = Check {
    id: "authz-unknown-params",
    title: "A parameter that nobody knows is ignored",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "3.1"), oauth21!("3.1")],
    doc: Doc {
        checks: "The authorization request with a further parameter is taken up like the one without it.",
        matters: "Clients send what newer specifications ask for, resource first of all. A server that refuses the unknown locks them out.",
        fix: "Ignore unknown parameters; look for a gateway or WAF with a list of allowed ones.",
    },
    judge: |evidence| {
        let bad = ProbeId::AuthorizeResponseTypeUnknown;
        accepted(evidence, ProbeId::AuthorizeUnknownParameter, bad, "a parameter that nobody knows")
    },
};

pub(in crate::check) static SCOPE_OMITTED: Check = Check {
    id: "authz-scope-omitted",
    title: "A request without scope is served, or refused with invalid_scope",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "3.3"), oauth21!("1.4.1")],
    doc: Doc {
        checks: "The authorization request without scope leads to a login or to the error invalid_scope.",
        matters: "A client that finds no scope anywhere sends none, as MCP tells it to.",
        fix: "Define a default scope for the API, or return invalid_scope at the redirect URI.",
    },
    judge: scope_omitted,
};

fn scope_omitted(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::AuthorizeScopeMissing)?;
    if authorization_response(exchange, response).get("error") == Some("invalid_scope") {
        return Ok(());
    }
    let bad = ProbeId::AuthorizeUnknownScope;
    accepted(evidence, ProbeId::AuthorizeScopeMissing, bad, "a request without scope")
}

/// Requests that a server refuses, as a rule at the redirect URI.
const REFUSED: [ProbeId; 6] = [
    ProbeId::AuthorizeUnknownScope,
    ProbeId::AuthorizeResponseTypeUnknown,
    ProbeId::AuthorizeChallengeMissing,
    ProbeId::AuthorizeChallengeMethod,
    ProbeId::AuthorizeImplicit,
    ProbeId::AuthorizeResourceMalformed,
];

/// The errors at the redirect URI that probes have provoked; at least one.
fn provoked<'a>(evidence: &Evidence<'a>) -> Result<Vec<(&'a Exchange, AuthorizationResponse)>, Verdict> {
    // Whether probes are sent at all is the same for all of them.
    evidence.controlled(ProbeId::AuthorizeUnknownScope)?;
    let answered = REFUSED.into_iter().filter_map(|id| evidence.controlled(id).ok());
    let errors: Vec<_> = answered
        .map(|(exchange, response)| (exchange, authorization_response(exchange, response)))
        .filter(|(_, response)| response.get("error").is_some())
        .collect();
    if errors.is_empty() {
        return Err(Verdict::inconclusive("no bad request is refused at the redirect URI at once"));
    }
    Ok(errors)
}

pub(in crate::check) static ERROR_STATE: Check = Check {
    id: "authz-error-state",
    title: "Errors carry the state of the request too",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "4.1.2.1"), oauth21!("4.1.2.1")],
    doc: Doc {
        checks: "Each error that a bad request gets at the redirect URI, for its scope, response type, code challenge or resource, has the state of the request, unchanged.",
        matters: "Without state the client cannot tell to which of its logins the error belongs, and has to drop it as a forgery.",
        fix: "Copy state into every redirect, whatever it says.",
    },
    judge: |evidence| {
        let errors = provoked(evidence)?;
        let sent = evidence.authorization()?.get("state");
        let sent = sent.ok_or_else(|| Verdict::not_applicable("the request had no state"))?;
        let wrong = errors.into_iter().find(|(_, error)| error.get("state") != Some(sent.as_str()));
        let Some((exchange, authorization_response)) = wrong else { return Ok(()) };
        let found = if authorization_response.get("state").is_some() { "another state" } else { "no state" };
        let message = format!("The error at the redirect URI has {found}");
        let finding = Finding::in_exchange(exchange, At::Header("location"), message);
        Err(finding.compare("the state of the request", found).fail())
    },
};

pub(in crate::check) static ERROR_ISSUER: Check = Check {
    id: "authz-iss-errors",
    title: "Errors say which server they come from",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[rfc!(9207, "2"), AUTHORIZATION_RESPONSE_VALIDATION],
    doc: Doc {
        checks: "If the metadata promises iss, each error that a bad request gets at the redirect URI has it, equal to the issuer.",
        matters: "A client of this protocol version refuses answers without the promised iss, also bad news.",
        fix: "Add iss to error redirects as to those with a code.",
    },
    judge: |evidence| {
        let (_, metadata) = evidence.server_metadata()?;
        if !metadata.advertises_iss() {
            return Err(Verdict::not_applicable("the metadata does not promise iss"));
        }
        let errors = provoked(evidence)?;
        let issuer = metadata.issuer().unwrap_or_default();
        let wrong = errors.into_iter().find(|(_, error)| error.get("iss") != Some(issuer));
        let Some((exchange, authorization_response)) = wrong else { return Ok(()) };
        let found = display::shorten(authorization_response.get("iss").unwrap_or("no iss"));
        let finding =
            Finding::in_exchange(exchange, At::Header("location"), "The error does not carry the issuer");
        Err(finding.compare(issuer, found).fail())
    },
};

pub(in crate::check) static NO_CORS: Check = Check {
    id: "authz-no-cors",
    title: "Scripts cannot read the authorization endpoint",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9700, "2.6"), oauth21!("3.1")],
    doc: Doc {
        checks: "The authorization request from http://localhost:6274 is answered without Access-Control-Allow-Origin.",
        matters: "The endpoint is for browsers to go to, not for scripts to read. A script that may could act in the user's session.",
        fix: "Leave the authorization endpoint out of the CORS settings.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.probe(ProbeId::AuthorizeFromScript)?;
        let Some(allowed) = response.headers.get("access-control-allow-origin") else {
            return response::processed(response);
        };
        let field = At::Header("access-control-allow-origin");
        let finding = Finding::in_exchange(
            exchange,
            field,
            "Scripts of other sites may read the authorization endpoint",
        );
        Err(finding.compare("no such field", display::shorten(&allowed)).fail())
    },
};
