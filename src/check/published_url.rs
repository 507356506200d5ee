//! URLs that a party publishes to the clients of a target: whether those can use them.

use crate::document::address::is_public;
use crate::document::identifier::Identifier;

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
