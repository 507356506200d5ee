//! Questions that several judges ask of URLs, documents and answers.

use std::collections::BTreeSet;

use crate::document::identifier::Identifier;

/// Whether a URL is plain http to another machine: what no https rule lets pass.
pub(super) fn is_exposed(url: &str) -> bool {
    Identifier::parse(url).is_some_and(|url| !url.is_https() && !url.is_loopback())
}

/// Whether a URL is plain http to this machine, for which https rules are relaxed.
pub(super) fn is_local(url: &str) -> bool {
    Identifier::parse(url).is_some_and(|url| !url.is_https() && url.is_loopback())
}

/// Whether a URL leads to a host that only exists inside a network: a name without a dot, a private suffix or address.
pub(super) fn is_internal(url: &str) -> bool {
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

/// The JSON pointer of a member of the document itself.
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The tokens of a scope: unordered and case-sensitive.
pub(super) fn scopes(scope: &str) -> BTreeSet<&str> {
    scope.split(' ').filter(|token| !token.is_empty()).collect()
}
