//! The response of the token endpoint as HTTP.

use serde_json::{Map, Value};

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::document::read_body;
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

/// Error codes of RFC 6749 §5.2, RFC 8707 §2, RFC 9449 §5 and §8, RFC 9396 §5, and RFC 8628 §3.5.
const ERRORS: [&str; 14] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "use_dpop_nonce",
    "invalid_dpop_proof",
    "invalid_authorization_details",
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
];

pub(in crate::check) static JSON_200: Check = Check {
    id: "token-200-json",
    title: "The token comes with status 200 in a JSON object",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "5.1"), oauth21!("3.2.3")],
    doc: Doc {
        checks: "A token request that is not refused gets status 200, content-type application/json and an object with access_token.",
        matters: "Clients parse JSON here and nothing else. GitHub and its likes send a form unless the request says Accept: application/json, which gatewalk does.",
        fix: "Respond with 200 with application/json. Check that no gateway in between changes status or body.",
    },
    judge: json_200,
};

fn json_200(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.token_response()?;
    if !response.is_success() {
        return Err(Verdict::untestable("the token request was refused"));
    }
    let fail = |found: &str| {
        let elsewhere = read_body(response).ok().and_then(|body| buried(&body.members, ""));
        let there = elsewhere.map(|at| format!("; it is at {at}")).unwrap_or_default();
        let message = format!("{} responds with {found}{there}", exchange.request.url);
        let finding = Finding::in_exchange(exchange, At::Body, message);
        Err(finding.compare("a JSON object with access_token", found).fail())
    };
    match evidence.token() {
        Err(_) if response.is_html() => fail("a web page"),
        Err(_) => fail("no JSON object"),
        Ok((_, token)) if token.error().is_some() => {
            Err(Verdict::untestable("the token request was refused"))
        }
        Ok((_, token)) if token.form_encoded => fail("a form instead of JSON"),
        Ok((_, token)) if token.access_token().is_none() => fail("an object without access_token"),
        Ok(_) => response::json_response(exchange, response, 200),
    }
}

/// Where an `access_token` is that is not at the top, by JSON pointer.
fn buried(members: &Map<String, Value>, at: &str) -> Option<String> {
    members.iter().find_map(|(name, value)| {
        let at = format!("{at}{}", display::pointer(name));
        let inner = value.as_object()?;
        if inner.get("access_token").is_some_and(Value::is_string) {
            return Some(format!("{at}/access_token"));
        }
        buried(inner, &at)
    })
}

pub(in crate::check) static NO_STORE: Check = Check {
    id: "token-no-store",
    title: "The response with the token forbids caches to store it",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "5.1"), oauth21!("3.2.3")],
    doc: Doc {
        checks: "cache-control of the response contains no-store. Pragma is not asked for any more.",
        matters: "A cache that keeps the response gives one user's token to the next.",
        fix: "Send Cache-Control: no-store from the token endpoint, and check that the gateway or CDN does not replace it.",
    },
    judge: |evidence| {
        let (exchange, token) = evidence.token()?;
        if token.access_token().is_none() {
            return Err(Verdict::untestable("no access token was issued"));
        }
        exchange.response().map_or(Ok(()), |response| response::not_stored(exchange, response))
    },
};

pub(in crate::check) static ERROR_FORMAT: Check = Check {
    id: "token-error-format",
    title: "A refused token request gets 400 and a known JSON error",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6749, "5.2"), oauth21!("3.2.4")],
    doc: Doc {
        checks: "A refusal has status 400 (401 for invalid_client, 429 at will) and a JSON object with an error from the lists of RFC 6749, RFC 8707, RFC 9396 and RFC 9449.",
        matters: "A client decides by status and code whether to try again, to log in again or to give up. An error with status 200 looks like success.",
        fix: "Respond to token errors with 400 and {\"error\": \"…\"}; let a gateway in between pass them unchanged.",
    },
    judge: error_format,
};

fn error_format(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.token_response()?;
    let token = evidence.token().ok().map(|(_, token)| token);
    let body = read_body(response).ok().or_else(|| token.as_ref().map(|token| token.json.clone()));
    let error = body.as_ref().and_then(|body| body.string("error")).map(display::shorten);
    if response.is_success() && error.is_none() {
        return Err(Verdict::not_applicable("the token request was not refused"));
    }
    response::from_the_server(response)?;
    let fail = |at: At, message: String, found: String| {
        Err(Finding::in_exchange(exchange, at, message).compare("400 with a listed JSON error", found).fail())
    };
    let status = response.status;
    match error {
        None => {
            let what = if response.is_html() { "a web page" } else { "no JSON error" };
            fail(At::Body, format!("The token request fails with {status} and {what}"), what.to_owned())
        }
        Some(error) if !ERRORS.contains(&error.as_str()) => {
            fail(At::Member(display::pointer("error")), format!("The error {error:?} is in no list"), error)
        }
        Some(error) if status == 400 || status == 401 && error == "invalid_client" => Ok(()),
        Some(error) => {
            fail(At::Status, format!("The error {error} comes with status {status}"), status.to_string())
        }
    }
}
