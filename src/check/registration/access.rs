//! Whether a client is let in, and what it is told if not.

use crate::check::refusal::defence;
use crate::check::{At, Check, Doc, Evidence, Finding, Levels, Verdict, display, response};
use crate::document::{Object, read_body};
use crate::exchange::{Exchange, Response};
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, Step};

pub(in crate::check) static OPEN: Check = Check {
    id: "dcr-open",
    title: "Registration needs no initial access token",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[
        rfc!(7591, "3"),
        mcp!(
            ["2025-03-26", "2025-06-18", "2025-11-25"],
            "basic/authorization",
            "Dynamic Client Registration",
            "dynamic-client-registration"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/client-registration",
            "Dynamic Client Registration",
            "dynamic-client-registration"
        ),
    ],
    doc: Doc {
        checks: "The registration endpoint does not respond with 401 or 403 to a registration without credentials.",
        matters: "A protected endpoint is of no use to a client that meets the server for the first time.",
        fix: "Open dynamic registration at the authorization server, rate-limited, or hand out registered client identifiers.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.registration()?;
        if response.is_success() {
            return evidence.client().map(drop);
        }
        if let Some(defence) = defence(response) {
            return Err(defence);
        }
        if !matches!(response.status, 401 | 403) {
            return Err(another_reason(response));
        }
        let message = format!("The registration endpoint turns clients away with {}", response.status);
        Err(response::unexpected_status(exchange, response, "201", message))
    },
};

pub(in crate::check) static ERROR_FORMAT: Check = Check {
    id: "dcr-error-format",
    title: "A refused registration gets 400 and a JSON error",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(7591, "3.2.2")],
    doc: Doc {
        checks: "A refusal other than 401, 403 or 429 has status 400 and a JSON body with error.",
        matters: "The error code tells a client what to change; from a web page or a 500 it learns nothing.",
        fix: "Look up the failure in the log of the authorization server. If a gateway is in between, let the error body pass.",
    },
    judge: |evidence| {
        let (exchange, response) = refused(evidence)?;
        if evidence.server_metadata().is_err() && matches!(response.status, 404 | 405 | 501) {
            return Err(Verdict::untestable(
                "nobody names a registration endpoint: its place was only guessed",
            ));
        }
        if matches!(response.status, 401 | 403 | 429) {
            return Err(Verdict::not_applicable(format!(
                "status {} has a meaning of its own",
                response.status
            )));
        }
        let error = read_body(response).ok().filter(|body| body.string("error").is_some());
        let (at, body) = match error {
            Some(_) if response.status == 400 => return Ok(()),
            Some(_) => (At::Status, "a JSON error"),
            None if response.is_html() => (At::Body, "a web page"),
            None => (At::Body, "no JSON error"),
        };
        let found = format!("{} and {body}", response.status);
        let message = format!("Registration fails with {found}");
        Err(Finding::in_exchange(exchange, at, message).compare("400 and a JSON error", found).fail())
    },
};

pub(in crate::check) static APPLICATION_TYPE: Check = Check {
    id: "as-application-type-ok",
    title: "Registration is not refused because of application_type",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[
        rfc!(7591, "2"),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/client-registration",
            "Application Type and Redirect URI Constraints",
            "application-type-and-redirect-uri-constraints"
        ),
    ],
    doc: Doc {
        checks: "No refusal of the registration names application_type, which gatewalk sends as native.",
        matters: "Clients must send it since 2026-07-28, and a server must ignore client metadata that it does not understand.",
        fix: "Let the authorization server ignore unknown client metadata, or take the parameter out at the gateway.",
    },
    judge: |evidence| {
        let (exchange, response, error) = explained(evidence)?;
        if !error.string("error_description").is_some_and(|text| text.contains("application_type")) {
            return Err(another_reason(response));
        }
        let at = At::Member(display::pointer("error_description"));
        let finding =
            Finding::in_exchange(exchange, at, "Registration is refused because of application_type");
        Err(finding.compare("unknown metadata ignored", display::shown(error.members.get("error"))).fail())
    },
};

pub(in crate::check) static REDIRECT_URIS: Check = Check {
    id: "dcr-redirect-uris",
    title: "A native client can register a loopback redirect URI",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7591, "2"), rfc!(8252, "7.3")],
    doc: Doc {
        checks: "The registration with an http redirect URI on loopback and application_type native is not refused with invalid_redirect_uri, nor with a description that speaks of redirect URIs.",
        matters: "Desktop and command-line clients have no other redirect URI.",
        fix: "Allow http redirect URIs on 127.0.0.1 and [::1] for native clients. If the server only knows localhost, run with that redirect host.",
    },
    judge: |evidence| {
        let (exchange, response, error) = explained(evidence)?;
        let code = error.string("error").unwrap_or_default();
        let described = error.string("error_description").filter(|text| speaks_of_redirects(text));
        let (member, found) = match described {
            _ if code == "invalid_redirect_uri" => ("error", code),
            Some(description) => ("error_description", description),
            None => return Err(another_reason(response)),
        };
        let at = At::Member(display::pointer(member));
        let finding = Finding::in_exchange(exchange, at, "The loopback redirect URI is refused");
        Err(finding.compare("the client registered", display::shorten(found)).fail())
    },
};

/// A refusal that says nothing of what was looked for.
fn another_reason(response: &Response) -> Verdict {
    Verdict::untestable(format!("the registration fails with {} for another reason", response.status))
}

/// Whether a description of an error is about redirect URIs, in the words of products.
fn speaks_of_redirects(description: &str) -> bool {
    let words = description.to_ascii_lowercase().replace(['_', '-'], " ");
    ["redirect uri", "redirect url", "redirecturi", "redirecturl", "callback url", "callback uri"]
        .iter()
        .any(|word| words.contains(word))
}

/// The refusal, if the registration was refused.
fn refused<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, &'a Response), Verdict> {
    let (exchange, response) = evidence.registration()?;
    if response.is_success() {
        return Err(Verdict::not_applicable("the client was registered"));
    }
    Ok((exchange, response))
}

/// The refusal with its error object; a pass where a client was registered.
fn explained<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, &'a Response, Object), Verdict> {
    let (exchange, response) = evidence.registration()?;
    if response.is_success() {
        return Err(evidence.client().err().unwrap_or(Verdict::Pass));
    }
    let error = read_body(response).map_err(|_| Verdict::untestable("the refusal has no JSON body"))?;
    Ok((exchange, response, error))
}
