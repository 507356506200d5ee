//! What several judges ask of a published document and of the places it was asked for.

use serde_json::Value;

use super::display::shorten;
use super::{At, DecidedBy, Finding, Judgement, Verdict};
use crate::document::identifier::Identifier;
use crate::document::{Object, Unusable};
use crate::exchange::Exchange;

/// What keeps a place from telling that there is no document: it asks to come back later, or nobody can be reached at
/// the host of the target itself.
pub(super) fn undecided(exchange: &Exchange, why: &Unusable, target: &str) -> Option<Verdict> {
    let url = &exchange.request.url;
    match why {
        Unusable::Status(429) => {
            let verdict = Verdict::inconclusive(format!("{url} responds with 429: ask again later"));
            Some(verdict.decided_by(DecidedBy::LaterRun))
        }
        Unusable::NoResponse(failure) if failure.kind.is_network() => {
            let host = |url: &str| Identifier::parse(url).map(|url| url.canonical_origin());
            (host(url) == host(target)).then(|| Verdict::untestable(format!("{url} {failure}")))
        }
        _ => None,
    }
}

/// Fails at the first response with a JSON object that is not the document it was asked for.
pub(super) fn no_other_object<'a, D>(
    asked: impl Iterator<Item = &'a Exchange>,
    read: fn(&Exchange) -> Result<D, Unusable>,
) -> Judgement {
    let mut absent = false;
    let other = |exchange: &&Exchange| {
        absent |= exchange.status().is_some_and(|status| matches!(status, 400..=428 | 430..=499));
        matches!(read(exchange), Err(Unusable::OtherObject(_)))
    };
    let Some(exchange) = { asked }.find(other) else {
        if absent {
            return Ok(());
        }
        return Err(Verdict::not_applicable("no place that was asked is without a document"));
    };
    let status = exchange.status().unwrap_or_default();
    let message =
        format!("{} has no document, and responds with {status} and another object", exchange.request.url);
    let found = exchange.response().map(|response| shorten(&response.text())).unwrap_or_default();
    Err(Finding::in_exchange(exchange, At::Status, message)
        .compare("404", format!("{status} {found}"))
        .fail())
}

/// Fails where a document was only found by following a redirect: a successful response has status 200
/// ([RFC 9728 §3.2](https://www.rfc-editor.org/rfc/rfc9728#section-3.2), [RFC 8414 §3.2](https://www.rfc-editor.org/rfc/rfc8414#section-3.2)).
pub(super) fn no_redirect_to<'a>(
    document: &Exchange,
    mut tried: impl Iterator<Item = &'a Exchange>,
) -> Judgement {
    let to = |exchange: &Exchange| {
        let location = exchange.response()?.redirect()?.into_owned();
        Some(url::Url::parse(&exchange.request.url).ok()?.join(&location).ok()?.to_string())
    };
    let found_at = document.request.url.as_str();
    let Some(exchange) = tried.find(|exchange| to(exchange).as_deref() == Some(found_at)) else {
        return Ok(());
    };
    let status = exchange.status().unwrap_or_default();
    let message = format!(
        "{} redirects ({status}) to {found_at}, where the document is: clients that follow no redirect get none",
        exchange.request.url
    );
    Err(Finding::in_exchange(exchange, At::Status, message).compare("200", status.to_string()).fail())
}

/// Whether no member of a document is repeated.
pub(super) fn unique(exchange: &Exchange, document: &Object) -> Judgement {
    let Some(first) = document.duplicates.first() else { return Ok(()) };
    let message = format!("The document repeats {}", document.duplicates.join(", "));
    let finding = Finding::in_exchange(exchange, At::Member(first.clone()), message);
    Err(finding.compare("each member once", "repeated members").fail())
}

/// The members that are an empty array.
pub(super) fn empty_arrays(document: &Object) -> impl Iterator<Item = &str> {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    document.members.iter().filter(move |(_, value)| empty(value)).map(|(name, _)| name.as_str())
}
