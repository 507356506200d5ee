//! Questions that several judges ask of URLs, documents and responses.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::{At, DecidedBy, Evidence, Finding, Judgement, Verdict};
use crate::document::address::is_public;
use crate::document::explanation::explanation;
use crate::document::identifier::Identifier;
use crate::document::{Object, Unusable, defence};
use crate::exchange::{Exchange, Response};

/// Why the clients of a target cannot use a URL that is published to them, or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnfitUrl {
    /// It leads to the machine of whoever reads it, although the target is on another one.
    Loopback,
    /// It leads to a host that only exists inside a network, although the target is outside.
    Private,
    /// It is plain http, and not to this machine ([OAuth 2.1 §1.5](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-1.5)).
    Cleartext,
}

impl UnfitUrl {
    /// What is wrong, with the URL as the subject.
    pub(super) const fn defect(self) -> &'static str {
        match self {
            Self::Loopback => {
                "is on loopback, which is the client's own machine: a gateway that does not know its public host"
            }
            Self::Private => "points into a private network, out of reach for clients",
            Self::Cleartext => {
                "is plain http: a gateway behind a TLS terminator that does not know its public scheme"
            }
        }
    }

    /// What should be there instead.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Loopback | Self::Private => "the public host",
            Self::Cleartext => "https",
        }
    }
}

/// Why the clients of this target cannot use a URL of the target's own. Loopback and http to it are excused only where
/// the target is on loopback itself: there all is on one machine.
pub(crate) fn unfit(url: &str, target: &str) -> Option<UnfitUrl> {
    if is_internal(url) && !is_internal(target) {
        return Some(UnfitUrl::Private);
    }
    unfit_of_another_party(url, target)
}

/// Why the clients of this target cannot use a URL of another party, which may be in another network on purpose.
pub(crate) fn unfit_of_another_party(url: &str, target: &str) -> Option<UnfitUrl> {
    let parsed = Identifier::parse(url)?;
    if parsed.is_loopback() {
        (!is_on_loopback(target)).then_some(UnfitUrl::Loopback)
    } else if parsed.is_https() {
        None
    } else {
        Some(UnfitUrl::Cleartext)
    }
}

/// Whether a URL leads to this machine.
pub(super) fn is_on_loopback(url: &str) -> bool {
    Identifier::parse(url).is_some_and(|url| url.is_loopback())
}

/// Whether a URL leads to a host that only exists inside a network: a name without a dot, a private suffix or address.
pub(super) fn is_internal(url: &str) -> bool {
    if is_on_loopback(url) {
        return false;
    }
    let Ok(url) = url::Url::parse(url) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let suffixes = [".internal", ".local", ".lan", ".localdomain", ".svc", ".home.arpa", ".intranet"];
            !name.contains('.') || suffixes.iter().any(|end| name.ends_with(end))
        }
        Some(url::Host::Ipv4(address)) => !is_public(address.into()),
        Some(url::Host::Ipv6(address)) => !is_public(address.into()),
        None => false,
    }
}

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

/// The JSON pointer of a member of the document itself.
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A member as the report shows it; not for members that hold secrets.
pub(super) fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| shorten(&value.to_string()))
}

/// A text that fits a line.
pub(super) fn shorten(text: &str) -> String {
    const MAX_LENGTH: usize = 200;
    match text.char_indices().nth(MAX_LENGTH).and_then(|(end, _)| text.get(..end)) {
        Some(head) => format!("{head}…"),
        None => text.to_owned(),
    }
}

/// The tokens of a scope: unordered and case-sensitive.
pub(crate) fn scopes(scope: &str) -> BTreeSet<&str> {
    scope.split(' ').filter(|token| !token.is_empty()).collect()
}

/// What betrays a response of a bot or rate defence.
pub(super) fn bot_defence(response: &Response) -> Option<&'static str> {
    if defence::rate_limit(response).is_some() {
        return Some("status 429");
    }
    defence::blocked_by(response).map(|(_, marker)| marker)
}

/// The verdict on a response that a rate limit or a firewall gave in place of the server: it says nothing about the server.
pub(super) fn answered_itself(response: &Response) -> Judgement {
    match bot_defence(response) {
        Some(marker) => {
            let status = response.status;
            Err(Verdict::inconclusive(format!("the {status} looks like a bot or rate defence ({marker})")))
        }
        None => Ok(()),
    }
}

/// The same of a response with 5xx, too: a server that fails has not come to what was asked.
pub(super) fn answered_at_all(response: &Response) -> Judgement {
    answered_itself(response)?;
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
