//! Where a place without a document leads.

use crate::document::Unusable;
use crate::document::identifier::Identifier;
use crate::exchange::Exchange;

/// A reference resolved against a URL, if that makes an http(s) URL.
pub(super) fn resolve(base: &str, reference: &str) -> Option<String> {
    let url = url::Url::parse(base).ok()?.join(reference).ok()?.to_string();
    Identifier::parse(&url).is_some().then_some(url)
}

/// Where a place without a document redirects to, if that is on the same origin: many clients follow, and what is there
/// shall be judged too.
pub(super) fn redirected(exchange: &Exchange, why: &Unusable, followed: usize) -> Option<String> {
    /// More is a loop.
    const MAX_REDIRECTS: usize = 2;
    let Unusable::Redirect(_, to) = why else { return None };
    let from = &exchange.request.url;
    let url = resolve(from, to)?;
    let origin = |url: &str| Identifier::parse(url).map(|url| url.canonical_origin());
    (followed < MAX_REDIRECTS && origin(&url) == origin(from) && url != *from).then_some(url)
}
