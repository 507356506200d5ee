//! Questions that several judges ask of URLs, documents and answers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::{At, Finding, Judgement, Verdict};
use crate::document::Object;
use crate::document::identifier::Identifier;
use crate::exchange::{Exchange, Response};

/// Whether a URL is plain http to another machine: what no https rule lets pass.
pub(super) fn is_exposed(url: &str) -> bool {
    Identifier::parse(url).is_some_and(|url| !url.is_https() && !url.is_loopback())
}

/// Whether a URL is plain http to this machine, for which https rules are relaxed.
pub(super) fn is_local(url: &str) -> bool {
    Identifier::parse(url).is_some_and(|url| !url.is_https() && url.is_loopback())
}

/// Whether a URL leads to a host that only exists inside a network: a name without a dot, a private suffix or address.
pub(crate) fn is_internal(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => {
            let suffixes = [".internal", ".local", ".lan", ".localdomain", ".svc"];
            name != "localhost" && (!name.contains('.') || suffixes.iter().any(|end| name.ends_with(end)))
        }
        Some(url::Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
        Some(url::Host::Ipv6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
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
    if response.status == 429 {
        return Some("status 429");
    }
    if !matches!(response.status, 403 | 405 | 503) {
        return None;
    }
    let fields = ["cf-mitigated", "x-amzn-waf-action", "x-datadome", "x-sucuri-id", "x-iinfo"];
    if let Some(field) = fields.into_iter().find(|&name| response.headers.get(name).is_some()) {
        return Some(field);
    }
    if !response.is_html() {
        return None;
    }
    let page = response.text().to_ascii_lowercase();
    let redactor = [
        "captcha",
        "challenge-platform",
        "just a moment",
        "attention required",
        "_incapsula_",
        "errors.edgesuite.net",
        "ddos protection",
    ];
    redactor.into_iter().find(|mark| page.contains(mark))
}
