//! What several judges ask of a response: its status, its media type, whether the server itself gave it.

use std::borrow::Cow;

use super::{At, Evidence, Finding, Judgement, Verdict};
use crate::document::defence;
use crate::document::explanation::explanation;
use crate::exchange::{Exchange, Response};

/// The failure of a response whose status is not the one the rule asks for.
pub(super) fn unexpected_status(
    exchange: &Exchange,
    response: &Response,
    expected: impl Into<String>,
    message: impl Into<String>,
) -> Verdict {
    let finding = Finding::in_exchange(exchange, At::Status, message);
    finding.compare(expected, response.status.to_string()).fail()
}

/// Whether a response has that status and is `application/json`.
pub(super) fn json_response(exchange: &Exchange, response: &Response, status: u16) -> Judgement {
    if response.status != status {
        let message =
            format!("{} responds with {} instead of {status}", exchange.request.url, response.status);
        return Err(unexpected_status(exchange, response, status.to_string(), message));
    }
    let media_type = response.media_type();
    if media_type == "application/json" {
        return Ok(());
    }
    let found = if media_type.is_empty() { "no content-type".to_owned() } else { media_type };
    let message = format!("{} sends its document as {found}", exchange.request.url);
    let finding = Finding::in_exchange(exchange, At::Header("content-type"), message);
    Err(finding.compare("application/json", found).fail())
}

/// Whether a response forbids caches to store it.
pub(super) fn not_stored(exchange: &Exchange, response: &Response) -> Judgement {
    let fields: Vec<_> = response.headers.all("cache-control").map(Cow::into_owned).collect();
    let found = fields.join(", ");
    if found.split(',').any(|directive| directive.trim().eq_ignore_ascii_case("no-store")) {
        return Ok(());
    }
    let found = if found.is_empty() { "no cache-control".to_owned() } else { found };
    let message = format!("{} responds with credentials that caches may store", exchange.request.url);
    let finding = Finding::in_exchange(exchange, At::Header("cache-control"), message);
    Err(finding.compare("no-store", found).fail())
}

/// What betrays a response of a bot or rate defence.
pub(super) fn bot_defence(response: &Response) -> Option<&'static str> {
    if defence::rate_limit(response).is_some() {
        return Some("status 429");
    }
    defence::blocked_by(response).map(|(_, marker)| marker)
}

/// The verdict on a response that a rate limit or a firewall gave in place of the server: it says nothing about the server.
pub(super) fn from_the_server(response: &Response) -> Judgement {
    match bot_defence(response) {
        Some(marker) => {
            let status = response.status;
            Err(Verdict::inconclusive(format!("the {status} looks like a bot or rate defence ({marker})")))
        }
        None => Ok(()),
    }
}

/// The same of a response with 5xx, too: a server that fails has not come to what was asked.
pub(super) fn processed(response: &Response) -> Judgement {
    from_the_server(response)?;
    if response.status / 100 == 5 {
        return Err(Verdict::inconclusive(format!("the server fails with {}", response.status)));
    }
    Ok(())
}

/// What a refusal says, at the end of a sentence; nothing that repeats a token.
pub(super) fn saying(evidence: &Evidence<'_>, response: &Response) -> String {
    let token = evidence.token().ok().and_then(|(_, token)| token.access_token());
    let harmless = |text: &String| token.as_ref().is_none_or(|token| !text.contains(token.expose()));
    match explanation(response).filter(harmless) {
        Some(words) => format!(", saying {words}"),
        None => ", without saying why".to_owned(),
    }
}
