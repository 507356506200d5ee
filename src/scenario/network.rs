//! How requests reach their servers: certificates, addresses, proxies.

use std::net::IpAddr;

use crate::exchange::Secret;

/// How requests reach their servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Certificates trusted besides those of this machine.
    pub ca_certificates: Vec<CaCertificates>,
    /// Addresses to use instead of what a name resolves to.
    pub resolve: Vec<Resolution>,
    /// Proxies. What is on this machine is never reached through one.
    pub proxies: Proxies,
    /// Whether the target's header fields go with requests for metadata, too.
    pub headers_on_discovery: bool,
    /// What to send as `User-Agent` instead of gatewalk's own name.
    pub user_agent: Option<String>,
}

impl Network {
    /// Whether requests that leave this machine may go through a proxy.
    pub const fn has_proxies(&self) -> bool {
        self.proxies.http.is_some() || self.proxies.https.is_some()
    }
}

/// Certificates of authorities, as a file holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaCertificates {
    /// Where they come from, for messages.
    pub source: String,
    /// PEM ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)).
    pub pem: Vec<u8>,
}

/// Addresses of a host at a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The host as in URLs, lower-case.
    pub host: String,
    /// The port it is meant for.
    pub port: u16,
    /// Where to connect to instead.
    pub addresses: Vec<IpAddr>,
}

/// Proxies by the scheme of what is requested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For http URLs. Secret, as it may hold a password.
    pub http: Option<Secret>,
    /// For https URLs.
    pub https: Option<Secret>,
    /// Hosts, domains and networks to reach without them, with commas between.
    pub except: String,
}

/// What certificate the sandbox shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// One of its own authority, for loopback.
    Valid,
    /// One that has expired.
    Expired,
    /// One for another host.
    OtherName,
    /// One of an authority that is told nobody.
    Untrusted,
}

impl Certificate {
    /// The words for them in options.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("valid", Self::Valid),
        ("expired", Self::Expired),
        ("other-name", Self::OtherName),
        ("untrusted", Self::Untrusted),
    ];
}

impl Resolution {
    /// Reads `HOST:PORT:ADDRESS[,ADDRESS…]`, as curl does.
    pub fn read(text: &str) -> Result<Self, String> {
        let expected = || format!("{text:?} is not HOST:PORT:ADDRESS, such as gateway.example:443:127.0.0.1");
        // A host that is an IPv6 address has brackets, colons of its own, and no name to resolve.
        let (host, rest) = text.split_once(':').ok_or_else(expected)?;
        let (port, addresses) = rest.split_once(':').ok_or_else(expected)?;
        if host.is_empty() || host.contains(['[', ']', '/', '*']) {
            return Err(format!("{host:?} is not the name of a host"));
        }
        let port = port.parse().ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| format!("{text:?} has no port between 1 and 65535"))?;
        let address = |address: &str| {
            let bare = address.trim().trim_start_matches('[').trim_end_matches(']');
            bare.parse().map_err(|_| format!("{address:?} is not an IP address"))
        };
        let addresses = addresses.split(',').map(address).collect::<Result<_, _>>()?;
        Ok(Self { host: host.to_ascii_lowercase(), port, addresses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_are_written_as_for_curl() {
        let read = Resolution::read("GW.example:443:127.0.0.1,[::1]").unwrap();
        assert_eq!((read.host.as_str(), read.port), ("gw.example", 443));
        assert_eq!(read.addresses, ["127.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
        assert_eq!(Resolution::read("h:1:::1").unwrap().addresses, ["::1".parse::<IpAddr>().unwrap()]);
        for bad in [
            "",
            "h",
            "h:443",
            ":443:127.0.0.1",
            "h:0:127.0.0.1",
            "h:x:127.0.0.1",
            "h:443:",
            "h:443:gw",
            "*:443:127.0.0.1",
        ] {
            assert!(Resolution::read(bad).is_err(), "{bad}");
        }
    }
}
