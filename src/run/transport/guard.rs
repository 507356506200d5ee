//! Keeps what a peer publishes from sending us where the peer itself is not: a public target to private addresses, a private
//! one to this machine.
//!
//! The target's own host may be anywhere, as the user named it. For every other host counts where the target is as the user
//! gave it; a name is where the most public of all the addresses is that it ever resolved to, so that a name that is both
//! public and private, or changes from one to the other, opens nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::document::address::AddressSpace;

/// A published URL leads to an address that the target must not send us to.
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
    /// The most public address space of the target so far; [`UNKNOWN`] before it was resolved.
    space: Arc<AtomicU8>,
}

/// More than any address space.
const UNKNOWN: u8 = u8::MAX;

impl SsrfGuard {
    /// A guard for that target host.
    pub(super) fn new(target: &str) -> Self {
        let guard = Self { target: target.to_owned(), space: Arc::new(AtomicU8::new(UNKNOWN)) };
        let literal = target.trim_matches(['[', ']']).parse().ok().map(AddressSpace::of);
        let is_local = target == "localhost" || target.ends_with(".localhost");
        if let Some(space) = literal.or(is_local.then_some(AddressSpace::Local)) {
            guard.note(space);
        }
        guard
    }

    /// Notes where the user says a host is. What the target's is, decides for the others.
    pub(super) fn static_addresses(&self, host: &str, addresses: &[IpAddr]) {
        if host == self.target {
            for address in addresses {
                self.note(AddressSpace::of(*address));
            }
        }
    }

    fn note(&self, space: AddressSpace) {
        self.space.fetch_min(space as u8, Ordering::Relaxed);
    }

    /// Checks an address of a host.
    fn check(&self, host: &str, address: IpAddr) -> Result<(), Blocked> {
        let most = match self.space.load(Ordering::Relaxed) {
            UNKNOWN => AddressSpace::Public as u8,
            known => known,
        };
        if host == self.target || AddressSpace::of(address) as u8 <= most {
            return Ok(());
        }
        Err(Blocked { host: host.to_owned(), address })
    }

    /// Checks all addresses of a host: whoever connects may take any of them.
    pub(super) fn allow(&self, host: &str, addresses: &[IpAddr]) -> Result<(), Blocked> {
        self.static_addresses(host, addresses);
        addresses.iter().try_for_each(|address| self.check(host, *address))
    }

    /// The addresses of a host that may be connected to; an error if none of several is left.
    fn allowed(&self, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Blocked> {
        self.static_addresses(host, &found.iter().map(SocketAddr::ip).collect::<Vec<_>>());
        let (mut allowed, mut blocked) = (Vec::new(), None);
        for address in found {
            match self.check(host, address.ip()) {
                Ok(()) => allowed.push(address),
                Err(why) => blocked = Some(why),
            }
        }
        match blocked {
            Some(why) if allowed.is_empty() => Err(why),
            _ => Ok(allowed),
        }
    }
}

impl Resolve for SsrfGuard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            Ok(Box::new(guard.allowed(&host, found)?.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(guard: &SsrfGuard, host: &str, addresses: &[&str]) -> bool {
        let addresses: Vec<_> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        guard.allow(host, &addresses).is_ok()
    }

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
            assert!(!allows(&guard, "as.example.com", &[private]), "{private}");
            assert!(!allows(&guard, "as.example.com", &["93.184.216.34", private]), "one of several");
            let both = ["93.184.216.34", private].map(|ip| SocketAddr::new(ip.parse().unwrap(), 0));
            assert_eq!(guard.allowed("as.example.com", both.to_vec()).unwrap(), both[..1]);
        }
        assert!(allows(&guard, "as.example.com", &["93.184.216.34"]));
    }

    #[test]
    fn what_the_user_named_may_be_anywhere() {
        assert!(allows(&SsrfGuard::new("gw.example.com"), "gw.example.com", &["10.1.2.3"]));
        for local in ["127.0.0.1", "[::1]", "localhost", "gw.localhost"] {
            let guard = SsrfGuard::new(local);
            assert!(
                allows(&guard, "as.internal", &["10.1.2.3"]) && allows(&guard, "as.local", &["127.0.0.1"])
            );
        }
    }

    #[test]
    fn a_private_target_publishes_private_addresses_and_none_of_this_machine() {
        let guard = SsrfGuard::new("gw.internal");
        assert!(!allows(&guard, "as.internal", &["10.1.2.3"]), "not before it is known to be private");
        assert!(allows(&guard, "gw.internal", &["10.1.2.3"]));
        assert!(allows(&guard, "as.internal", &["10.1.2.3"]) && allows(&guard, "as.example", &["8.8.8.8"]));
        for local in ["127.0.0.1", "169.254.169.254", "::1", "fe80::1"] {
            assert!(!allows(&guard, "as.internal", &[local]), "{local}");
        }
    }

    #[test]
    fn a_target_that_is_public_and_private_opens_nothing_but_itself() {
        let both = SsrfGuard::new("gw.example");
        assert!(allows(&both, "gw.example", &["10.1.2.3", "8.8.8.8"]));
        assert!(!allows(&both, "as.example", &["10.1.2.3"]));
        let rebinds = SsrfGuard::new("gw.example");
        assert!(
            allows(&rebinds, "gw.example", &["8.8.8.8"]) && allows(&rebinds, "gw.example", &["10.1.2.3"])
        );
        assert!(!allows(&rebinds, "as.example", &["10.1.2.3"]));
        let rebinds = SsrfGuard::new("gw.example");
        assert!(
            allows(&rebinds, "gw.example", &["10.1.2.3"]) && allows(&rebinds, "gw.example", &["8.8.8.8"])
        );
        assert!(!allows(&rebinds, "as.example", &["10.1.2.3"]));
    }
}
