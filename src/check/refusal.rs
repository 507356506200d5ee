//! How refusals are judged: only the expected one passes, being served fails, anything else decides nothing.

use super::authorization_response::{AuthorizationResponse, authorization_response, parameter};
use super::{At, DecidedBy, Evidence, Finding, Judgement, Verdict, display, response};
use crate::document::challenge;
use crate::document::token::{TokenResponse, error_code};
use crate::exchange::{Exchange, ProbeId, Response};

/// The worst of several judgements: a failure before what is open.
pub(super) fn all(judgements: impl IntoIterator<Item = Judgement>) -> Judgement {
    let mut open = Ok(());
    for judgement in judgements {
        match judgement {
            Err(Verdict::Fail(finding)) => return Err(Verdict::Fail(finding)),
            Err(other) if open.is_ok() => open = Err(other),
            _ => {}
        }
    }
    open
}

/// A refusal that a bot or rate defence may have uttered.
pub(super) fn defence(response: &Response) -> Option<Verdict> {
    response::from_the_server(response).err()
}

/// The verdict on a response with another status than the expected ones.
pub(super) fn otherwise(response: &Response, expected: &str) -> Verdict {
    defence(response).unwrap_or_else(|| {
        let answered = if response.is_success() { "answered" } else { "refused" };
        Verdict::inconclusive(format!("it is {answered} with {} where {expected} is due", response.status))
    })
}

/// The verdict on a server that asks for a login before it looks at the request.
pub(super) fn behind_login() -> Verdict {
    Verdict::inconclusive("the server asks for a login first: what it does then is open")
        .decided_by(DecidedBy::UnattendedLogin)
}

/// A request with credentials that are no good: 401 because of them passes, being served fails.
pub(super) fn unauthorized(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    if response.is_success() {
        return Err(response::unexpected_status(
            exchange,
            response,
            "401",
            format!("The target serves {what}"),
        ));
    }
    if response.status != 401 {
        return Err(otherwise(response, "401"));
    }
    match challenge::bearer(response).as_ref().and_then(|challenge| challenge.get("error")) {
        None | Some("invalid_token" | "invalid_request") => Ok(()),
        Some(other) => Err(Verdict::inconclusive(format!(
            "it is refused for another reason: {}",
            display::shorten(other)
        ))),
    }
}

/// A request that must get one of these statuses: being served or failing inside the server fails.
pub(super) fn status(evidence: &Evidence<'_>, id: ProbeId, expected: &[u16], what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    if expected.contains(&response.status) {
        return Ok(());
    }
    let words: Vec<_> = expected.iter().map(ToString::to_string).collect();
    let words = words.join(" or ");
    if !response.is_success() && response.status / 100 != 5 {
        return Err(otherwise(response, &words));
    }
    let message = format!("{what} gets {}", response.status);
    Err(response::unexpected_status(exchange, response, words, message))
}

/// An authorization request that must end with an error at the redirect URI, or on an error page: a code fails.
pub(super) fn not_granted(evidence: &Evidence<'_>, id: ProbeId, errors: &[&str], what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    let authorization_response = authorization_response(exchange, response);
    if authorization_response.issued() {
        let message = format!("The server grants {what}");
        let finding = Finding::in_exchange(exchange, At::Header("location"), message);
        return Err(finding.compare(errors.join(" or "), "a grant").fail());
    }
    match &authorization_response {
        AuthorizationResponse::Login => Err(behind_login()),
        AuthorizationResponse::Page(400..=403) => Ok(()),
        AuthorizationResponse::Page(_) => Err(otherwise(response, errors.first().unwrap_or(&"an error"))),
        AuthorizationResponse::Back(_) => match authorization_response.get("error") {
            Some(error) if errors.contains(&error) => Ok(()),
            other => Err(Verdict::inconclusive(format!(
                "it is refused for another reason: {}",
                display::shorten(other.unwrap_or("no error"))
            ))),
        },
    }
}

/// An authorization request that must not send the browser to its redirect URI.
pub(super) fn not_redirected(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    match authorization_response(exchange, response) {
        AuthorizationResponse::Back(_) => {
            let to = parameter(&exchange.request.url, "redirect_uri").unwrap_or_default();
            let message = format!("The server redirects to {to}, {what}");
            let finding = Finding::in_exchange(exchange, At::Header("location"), message);
            Err(finding.compare("an error page", format!("{} to {to}", response.status)).fail())
        }
        AuthorizationResponse::Page(400..=404) => Ok(()),
        AuthorizationResponse::Page(_) => Err(otherwise(response, "an error page with 400")),
        AuthorizationResponse::Login => Err(behind_login()),
    }
}

/// An authorization request that must be taken up like the unchanged one. A login that begins means nothing at a server
/// that looks at the request only afterwards: it has to refuse `bad`, which is wrong in the same place, at once.
pub(super) fn accepted(evidence: &Evidence<'_>, id: ProbeId, bad: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    let authorization_response = authorization_response(exchange, response);
    if authorization_response == AuthorizationResponse::Login {
        let (exchange, response) = evidence.controlled(bad)?;
        if let Some(verdict) = defence(response) {
            return Err(verdict);
        }
        if !self::authorization_response(exchange, response).is_refused() {
            return Err(behind_login());
        }
    }
    if authorization_response.is_accepted() {
        return Ok(());
    }
    if let Some(verdict) = defence(response) {
        return Err(verdict);
    }
    if response.is_success() {
        return Err(otherwise(response, "a login"));
    }
    let found =
        authorization_response.get("error").map_or_else(|| response.status.to_string(), display::shorten);
    let finding = Finding::in_exchange(exchange, At::Status, format!("The server refuses {what}: {found}"));
    Err(finding.compare("a login, as without it", found).fail())
}

/// The error code of a token response; fails if a token was issued.
pub(super) fn token_error<'a>(
    evidence: &Evidence<'a>,
    id: ProbeId,
    what: &str,
) -> Result<(&'a Exchange, &'a Response, Option<String>), Verdict> {
    let (exchange, response) = evidence.controlled(id)?;
    if let Some(verdict) = defence(response) {
        return Err(verdict);
    }
    if TokenResponse::read(exchange).is_ok_and(|response| response.access_token().is_some()) {
        let finding = Finding::in_exchange(exchange, At::Body, format!("A token is issued for {what}"));
        return Err(finding.compare("an error", "a token").fail());
    }
    Ok((exchange, response, error_code(response)))
}
