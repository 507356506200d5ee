//! The callback.

use crate::check::authorization_response::{AuthorizationResponse, authorization_response};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::exchange::ProbeId;
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

/// Error codes of RFC 6749 §4.1.2.1, RFC 8707 §2, RFC 9396 §5, OpenID Connect Core 1.0 §3.1.2.6 and OpenID Connect Core
/// Unmet Authentication Requirements 1.0 §2.
const ERRORS: [&str; 19] = [
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
    "invalid_target",
    "interaction_required",
    "login_required",
    "account_selection_required",
    "consent_required",
    "invalid_request_uri",
    "invalid_request_object",
    "request_not_supported",
    "request_uri_not_supported",
    "registration_not_supported",
    "invalid_authorization_details",
    "unmet_authentication_requirements",
];

pub(in crate::check) static ERROR: Check = Check {
    id: "authz-error-response",
    title: "The authorization endpoint redirects back with a code or a known error",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "4.1.2.1"), oauth21!("4.1.2.1")],
    doc: Doc {
        checks: "The callback has a code, or an error from the lists of RFC 6749, RFC 8707 and OpenID Connect. A login that ends on an error page with 5xx fails too; so do, as a warning, bad requests of this client that are reported on a page.",
        matters: "Only a redirect with an error reaches the client. An error page leaves it waiting for a callback that never comes.",
        fix: "Read the page and the log of the authorization server. Usual causes: no login connection enabled for new clients, an unknown audience, a scope nobody defined.",
    },
    judge: error,
};

fn error(evidence: &Evidence<'_>) -> Judgement {
    evidence.authorization()?;
    let Ok(callback) = evidence.callback() else {
        let page = evidence.login().last().filter(|(_, response)| response.status >= 400);
        let Some((exchange, response)) = page else {
            return Err(Verdict::untestable("no callback came"));
        };
        if response.status < 500 {
            return Err(Verdict::inconclusive(format!(
                "the login ends on a page with {}, which is right only for an unknown client or redirect URI",
                response.status
            )));
        }
        let message =
            format!("The login ends on an error page with {} instead of a redirect", response.status);
        return Err(response::unexpected_status(exchange, response, "a redirect with error", message));
    };
    let has_code = callback.get("code").is_some_and(|code| !code.is_empty());
    match callback.get("error") {
        None if has_code => reported(evidence),
        None => {
            let message = if callback.fragment().is_some() {
                "The callback carries its parameters in the fragment, which browsers do not send to the client"
            } else if callback.query.is_empty() {
                "The callback is empty: the server redirects to the redirect URI and appends nothing"
            } else {
                "The callback carries neither a code nor an error"
            };
            let found = if callback.fragment().is_some() { "a fragment" } else { "neither" };
            Err(Finding::at(At::Parameter("code"), message)
                .compare("code or error in the query", found)
                .fail())
        }
        Some(error) if ERRORS.contains(&error) => Ok(()),
        Some(error) => {
            let error = display::shorten(error);
            let message = format!("The callback carries the error {error:?}, which no list knows");
            // Extensions may define codes of their own (OAuth 2.1 §6.5).
            let finding = Finding::at(At::Parameter("error"), message).compare("a listed error code", error);
            Err(finding.at_level(Level::Should).fail())
        }
    }
}

/// Whether what is wrong with a request of a known client with a registered redirect URI is reported there, and not on a
/// page: the text says so without MUST or SHOULD ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
fn reported(evidence: &Evidence<'_>) -> Judgement {
    let bad = [
        (ProbeId::AuthorizeResponseTypeUnknown, "response type"),
        (ProbeId::AuthorizeChallengeMethod, "challenge method"),
        (ProbeId::AuthorizeUnknownScope, "scope"),
    ];
    for (id, what) in bad {
        let Ok((exchange, response)) = evidence.controlled(id) else { continue };
        let on_page =
            matches!(authorization_response(exchange, response), AuthorizationResponse::Page(400..=499));
        if on_page && response::from_the_server(response).is_ok() {
            let message = format!(
                "An unknown {what} is reported on a page with {}, where no client sees it",
                response.status
            );
            let verdict = Finding::in_exchange(exchange, At::Status, message);
            let verdict = verdict.compare("a redirect with error", response.status.to_string());
            return Err(verdict.at_level(Level::Should).fail());
        }
    }
    Ok(())
}

pub(in crate::check) static STATE: Check = Check {
    id: "authz-state-echo",
    title: "The callback carries the state of the request unchanged",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "4.1.2"), oauth21!("4.1.2")],
    doc: Doc {
        checks: "state in the callback, also in one with an error, equals the state that was sent.",
        matters: "state ties the response to the request. A client drops a callback without it, since anybody could have forged it.",
        fix: "Pass state through every hop of the login unchanged. A proxy in front of the authorization server must neither decode it twice nor drop the query.",
    },
    judge: |evidence| {
        let sent = evidence.authorization()?.get("state");
        let Some(sent) = sent else {
            return Err(Verdict::not_applicable("the request had no state"));
        };
        let (message, found) = match evidence.callback()?.get("state") {
            Some(state) if state == sent => return Ok(()),
            Some(state) if sent.replace('+', " ") == state => (
                "The callback carries the state with its + turned into a space: it was decoded twice",
                "a state decoded twice",
            ),
            Some(_) => ("The callback carries another state than the request", "another state"),
            None => ("The callback carries no state", "no state"),
        };
        Err(Finding::at(At::Parameter("state"), message).compare("the state of the request", found).fail())
    },
};

pub(in crate::check) static DUPLICATES: Check = Check {
    id: "authz-no-duplicate-response-params",
    title: "No parameter of the callback is repeated",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "3.1"), oauth21!("3.1")],
    doc: Doc {
        checks: "code, state, iss, error and error_description occur at most once in the callback.",
        matters: "Which of two codes is the real one? Attackers add a second; clients must not have to choose.",
        fix: "Look for a proxy that adds the query of the original request to the redirect.",
    },
    judge: |evidence| {
        let callback = evidence.callback()?;
        let once = ["code", "state", "iss", "error", "error_description"];
        let Some(name) = once.into_iter().find(|name| callback.count(name) > 1) else { return Ok(()) };
        let count = callback.count(name);
        let finding = Finding::at(At::Parameter(name), format!("The callback carries {name} {count} times"));
        Err(finding.compare("once", format!("{count} times")).fail())
    },
};

pub(in crate::check) static CHALLENGE_LEAKED: Check = Check {
    id: "authz-challenge-not-leaked",
    title: "The callback does not give the code challenge away",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7636, "4.4"), oauth21!("4.1.2")],
    doc: Doc {
        checks: "The callback has no code_challenge, code_challenge_method or code_verifier, and no parameter whose value is the challenge.",
        matters: "Whoever sees the callback must not learn what the code is bound to.",
        fix: "Do not copy the parameters of the request into the redirect.",
    },
    judge: |evidence| {
        let callback = evidence.callback()?;
        let challenge = evidence.authorization()?.get("code_challenge").filter(|value| !value.is_empty());
        let names = ["code_challenge", "code_challenge_method", "code_verifier"];
        let leaked = callback.query.iter().any(|(name, value)| {
            names.contains(&name.as_str()) || challenge.as_ref().is_some_and(|challenge| challenge == value)
        });
        if !leaked {
            return Ok(());
        }
        let finding = Finding::at(At::Parameter("code_challenge"), "The callback carries the code challenge");
        Err(finding.compare("no PKCE parameter", "a PKCE parameter").fail())
    },
};
