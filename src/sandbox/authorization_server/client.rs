//! A client as the authorization server knows it: where it may be redirected and how it proves itself.

use std::net::IpAddr;

use serde_json::Value;
use subtle::ConstantTimeEq as _;
use url::{Host, Url};

/// A public client that need not be registered; any loopback redirect URI with the path `/callback`.
pub const PUBLIC_CLIENT_ID: &str = "gatewalk-sandbox-client";
/// A confidential client that need not be registered; same redirect URIs.
pub const CONFIDENTIAL_CLIENT_ID: &str = "gatewalk-sandbox-confidential";
/// The secret of the confidential client.
pub const CONFIDENTIAL_CLIENT_SECRET: &str = "drink-me-and-keep-it-secret";

/// A client.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) redirects: Redirects,
    pub(crate) authentication: Authentication,
    /// Whether its grants come with refresh tokens.
    pub(crate) refreshes: bool,
    /// How it manages its registration; only dynamic ones are managed.
    pub(crate) management: Option<Management>,
}

/// Where a client may be redirected to.
#[derive(Clone, Debug)]
pub(crate) enum Redirects {
    /// To these.
    Registered(Vec<String>),
    /// To `/callback` on any loopback port.
    LoopbackCallback,
}

/// How a client proves itself at the token endpoint.
#[derive(Clone, Debug)]
pub(crate) enum Authentication {
    /// It is public.
    None,
    /// With a secret.
    Secret {
        /// The secret.
        secret: String,
        /// How it is presented; either way if it was never said.
        method: Option<SecretMethod>,
    },
}

/// How a secret is presented ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretMethod {
    Basic,
    Post,
}

impl SecretMethod {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

/// Client configuration ([RFC 7592 §3](https://www.rfc-editor.org/rfc/rfc7592#section-3)).
#[derive(Clone, Debug)]
pub(crate) struct Management {
    pub(crate) token: String,
    /// The registration response, repeated when read.
    pub(crate) information: Value,
}

impl Client {
    /// The client of that id that need not be registered.
    pub(crate) fn preregistered(id: &str) -> Option<Self> {
        let (name, authentication) = match id {
            PUBLIC_CLIENT_ID => ("Sandbox client", Authentication::None),
            CONFIDENTIAL_CLIENT_ID => {
                let secret = CONFIDENTIAL_CLIENT_SECRET.to_owned();
                ("Sandbox client with a secret", Authentication::Secret { secret, method: None })
            }
            _ => return None,
        };
        let redirects = Redirects::LoopbackCallback;
        let (id, name) = (id.to_owned(), name.to_owned());
        Some(Self { id, name, redirects, authentication, refreshes: true, management: None })
    }
}

impl Redirects {
    /// Simple string comparison, except that a loopback IP literal may come with any port
    /// ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
    pub(crate) fn allow(&self, uri: &str) -> bool {
        match self {
            Self::Registered(uris) => uris.iter().any(|known| {
                known == uri || without_port(known).is_some_and(|known| without_port(uri) == Some(known))
            }),
            Self::LoopbackCallback => {
                let callback =
                    |url: &Url| url.path() == "/callback" && url.query().is_none() && is_plain(url);
                // Only as it would be written again: no other case, no dot segments.
                Url::parse(uri)
                    .is_ok_and(|url| is_loopback_redirect(&url) && callback(&url) && url.as_str() == uri)
            }
        }
    }
}

/// A redirect URI to a loopback literal, cut in two where its port was.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let literal =
        ["http://127.0.0.1", "http://[::1]"].into_iter().find(|literal| uri.starts_with(literal))?;
    let (origin, rest) = uri.split_at(literal.len());
    let rest =
        rest.strip_prefix(':').map_or(rest, |port| port.trim_start_matches(|c: char| c.is_ascii_digit()));
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((origin, rest))
}

/// `http` on this machine.
fn is_loopback_redirect(url: &Url) -> bool {
    url.scheme() == "http" && is_loopback_host(url)
}

fn is_plain(url: &Url) -> bool {
    url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
}

/// Whether the host is this machine, by name or by number.
pub(crate) fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// Whether a redirect URI may be registered: https, or http on this machine, and no fragment.
pub(crate) fn may_register(uri: &str) -> bool {
    let https = |url: &Url| url.scheme() == "https" && url.has_host();
    Url::parse(uri).is_ok_and(|url| is_plain(&url) && (https(&url) || is_loopback_redirect(&url)))
}

/// Compares secrets without telling by the time it takes how much of them is right.
pub(crate) fn same_secret(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_literal_may_come_with_any_port() {
        let allowed =
            Redirects::Registered(vec!["http://127.0.0.1:1/cb".into(), "http://localhost:2/cb".into()]);
        assert!(allowed.allow("http://127.0.0.1:9999/cb"));
        assert!(allowed.allow("http://localhost:2/cb"));
        for uri in [
            "http://localhost:9999/cb",
            "http://127.0.0.1:9999/cb/extra",
            "http://127.0.0.1:9999/cb?x=1",
            "http://127.0.0.2:1/cb",
            "https://127.0.0.1:1/cb",
            "http://user@127.0.0.1:1/cb",
            "HTTP://127.0.0.1:1/cb",
            "http://127.0.0.1:1/x/../cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://127.0.0.1.evil.example:1/cb",
        ] {
            assert!(!allowed.allow(uri), "{uri}");
        }
    }

    #[test]
    fn a_name_is_compared_as_a_string() {
        let allowed = Redirects::Registered(vec!["https://app.example/cb".into()]);
        assert!(allowed.allow("https://app.example/cb"));
        assert!(!allowed.allow("https://app.example/cb/") && !allowed.allow("HTTPS://app.example/cb"));
    }

    #[test]
    fn preregistered_clients_take_any_loopback_callback() {
        let client = Client::preregistered(PUBLIC_CLIENT_ID).unwrap();
        assert!(client.redirects.allow("http://localhost:8123/callback"));
        assert!(client.redirects.allow("http://[::1]:8123/callback"));
        assert!(!client.redirects.allow("http://localhost:8123/other"));
        assert!(!client.redirects.allow("http://localhost:8123/callback?x=1"));
        assert!(!client.redirects.allow("https://app.example/callback"));
    }

    #[test]
    fn what_may_be_registered() {
        for uri in
            ["https://app.example/cb", "http://localhost/cb", "http://127.0.0.1:1/cb", "http://[::1]/cb"]
        {
            assert!(may_register(uri), "{uri}");
        }
        for uri in
            ["http://example.com/cb", "javascript:alert(1)", "https://app.example/cb#f", "cursor://cb", "cb"]
        {
            assert!(!may_register(uri), "{uri}");
        }
    }
}
