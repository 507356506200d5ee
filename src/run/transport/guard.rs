//! Keeps a public target from sending us to private addresses: what a peer publishes is not trusted.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::document::identifier::is_public;

/// A published URL leads to a private address while the target is public.
#[derive(Debug, thiserror::Error)]
#[error("{host} resolves to the private address {address}")]
pub(super) struct Blocked {
    /// The host of the URL.
    pub(super) host: String,
    /// What it resolves to.
    pub(super) address: IpAddr,
}

/// Which addresses may be connected to.
#[derive(Clone, Debug)]
pub(super) struct SsrfGuard {
    /// Host of the target, which the user named: it may be anywhere.
    target: String,
    /// Hosts of proxies, which the user named too.
    proxies: Vec<String>,
    /// Whether private addresses are allowed for all hosts, because the target itself has one.
    private_allowed: Arc<AtomicBool>,
}

impl SsrfGuard {
    /// A guard for that target host.
    pub(super) fn new(target: &str) -> Self {
        let literal = target.trim_matches(['[', ']']).parse().is_ok_and(|ip| !is_public(ip));
        let named = target == "localhost" || target.ends_with(".localhost");
        Self {
            target: target.to_owned(),
            proxies: Vec::new(),
            private_allowed: Arc::new(AtomicBool::new(literal || named)),
        }
    }

    /// The same with proxies that may be anywhere.
    pub(super) fn with_proxies(mut self, proxies: Vec<String>) -> Self {
        self.proxies = proxies;
        self
    }

    /// Notes where the user says a host is. What the target's is, decides for the others.
    pub(super) fn static_addresses(&self, host: &str, addresses: &[IpAddr]) {
        if host == self.target && addresses.iter().any(|address| !is_public(*address)) {
            self.private_allowed.store(true, Ordering::Relaxed);
        }
    }

    /// Checks an address of a host.
    pub(super) fn allow(&self, host: &str, address: IpAddr) -> Result<(), Blocked> {
        // A target that resolves to a private address is private, and so may be what it publishes.
        if host == self.target && !is_public(address) {
            self.private_allowed.store(true, Ordering::Relaxed);
        }
        let named = host == self.target || self.proxies.iter().any(|proxy| proxy == host);
        if self.private_allowed.load(Ordering::Relaxed) || named || is_public(address) {
            Ok(())
        } else {
            Err(Blocked { host: host.to_owned(), address })
        }
    }
}

impl Resolve for SsrfGuard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let mut allowed = Vec::new();
            let mut blocked = None;
            for address in tokio::net::lookup_host((host.as_str(), 0)).await? {
                match guard.allow(&host, address.ip()) {
                    Ok(()) => allowed.push(address),
                    Err(why) => blocked = Some(why),
                }
            }
            match blocked {
                Some(why) if allowed.is_empty() => Err(why.into()),
                _ => {
                    Ok(Box::new(allowed.into_iter()) as Box<dyn Iterator<Item = SocketAddr> + Send> as Addrs)
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t50_a_public_target_does_not_lead_to_private_addresses() {
        let guard = SsrfGuard::new("gw.example.com");
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "192.168.0.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "0.0.0.0",
        ] {
            assert!(guard.allow("as.example.com", private.parse().unwrap()).is_err(), "{private}");
        }
        assert!(guard.allow("as.example.com", "93.184.216.34".parse().unwrap()).is_ok());
        let named = SsrfGuard::new("gw.internal");
        let private = || "10.1.2.3".parse().unwrap();
        assert!(
            named.allow("as.internal", private()).is_err(),
            "not before the target is known to be private"
        );
        assert!(named.allow("gw.internal", private()).is_ok());
        assert!(
            named.allow("as.internal", private()).is_ok(),
            "a private target may publish private addresses"
        );
        assert!(
            SsrfGuard::new("gw.example.com").allow("gw.example.com", "10.1.2.3".parse().unwrap()).is_ok(),
            "the user named it"
        );
        assert!(SsrfGuard::new("127.0.0.1").allow("as.internal", "10.1.2.3".parse().unwrap()).is_ok());
        assert!(SsrfGuard::new("[::1]").allow("as.internal", "10.1.2.3".parse().unwrap()).is_ok());
        assert!(SsrfGuard::new("localhost").allow("as.internal", "10.1.2.3".parse().unwrap()).is_ok());
    }
}
