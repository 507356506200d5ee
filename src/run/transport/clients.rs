//! The HTTP clients behind the transport: one without TLS and one with, made when they are first needed.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect, retry};

use super::guard::SsrfGuard;
use crate::scenario::{Network, Proxies};

/// What is never reached through a proxy.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// Why requests cannot be sent as asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The file is no use.
    #[error("{file} holds no certificates to trust: {why}")]
    Certificates {
        /// Where they come from.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// The proxy is no use.
    #[error("the proxy for {scheme} URLs cannot be used: {why}; give it as http://host:port")]
    Proxy {
        /// Of what is requested.
        scheme: &'static str,
        /// What is wrong. Never the URL, which may hold a password.
        why: String,
    },
}

/// What all clients have in common.
#[derive(Debug)]
pub(super) struct ClientConfig {
    certificates: Vec<Certificate>,
    proxies: Vec<Proxy>,
    /// What is reached through which of them.
    routes: Matcher,
    timeout: Duration,
}

impl ClientConfig {
    pub(super) fn new(network: &Network, timeout: Duration) -> Result<Self, NetworkError> {
        let mut certificates = Vec::new();
        for file in &network.ca_certificates {
            let unusable = |why: String| NetworkError::Certificates { file: file.source.clone(), why };
            certificates.extend(read(&file.pem).map_err(unusable)?);
        }
        let Proxies { http, https, except } = &network.proxies;
        let mut routes = Matcher::builder().no(format!("{LOOPBACK},{except}"));
        let mut proxies = Vec::new();
        for (scheme, url) in [("http", http), ("https", https)] {
            let Some(url) = url else { continue };
            let unusable = |why: &str| NetworkError::Proxy { scheme, why: why.to_owned() };
            // Without a scheme, as curl has it: http.
            let url = url.expose();
            let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
            let parsed = url::Url::parse(&url).map_err(|error| unusable(&error.to_string()))?;
            if !matches!(parsed.scheme(), "http" | "https") {
                return Err(unusable("only http and https proxies are spoken to"));
            }
            let proxy = if scheme == "http" {
                routes = routes.http(url);
                Proxy::http(parsed)
            } else {
                routes = routes.https(url);
                Proxy::https(parsed)
            };
            proxies.push(proxy.map_err(|_| unusable("it is no URL of a proxy"))?);
        }
        Ok(Self { certificates, proxies, routes: routes.build(), timeout })
    }

    /// Whether a URL is reached through a proxy.
    pub(super) fn is_proxied(&self, url: &reqwest::Url) -> bool {
        url.as_str().parse().is_ok_and(|uri| self.routes.intercept(&uri).is_some())
    }
}

/// Digests of the public keys of the authorities, in base64, as a browser takes them
/// ([RFC 7469 §2.4](https://www.rfc-editor.org/rfc/rfc7469#section-2.4)).
pub(in crate::run) fn key_digests(network: &Network) -> Vec<String> {
    use base64::Engine as _;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    use sha2::Digest as _;
    let mut trusted = rustls::RootCertStore::empty();
    for file in &network.ca_certificates {
        // What is no certificate was refused when the transport was made.
        trusted.add_parsable_certificates(CertificateDer::pem_slice_iter(&file.pem).filter_map(Result::ok));
    }
    let digest = |anchor: &rustls::pki_types::TrustAnchor<'_>| {
        let key = der_sequence(&anchor.subject_public_key_info);
        base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(key))
    };
    trusted.roots.iter().map(digest).collect()
}

/// A DER SEQUENCE of that content.
fn der_sequence(content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take(length.len() - 1).take_while(|byte| **byte == 0).count();
    let (_, length) = length.split_at(zeros);
    let mut der = vec![0x30];
    match (length, u8::try_from(length.len())) {
        ([short @ 0..0x80], _) => der.push(*short),
        (long, Ok(count)) => {
            der.push(0x80 | count);
            der.extend_from_slice(long);
        }
        _ => {}
    }
    der.extend_from_slice(content);
    der
}

/// The certificates of a PEM file, each fit to be trusted.
fn read(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    if found.is_empty() {
        return Err("there is no -----BEGIN CERTIFICATE----- in it".to_owned());
    }
    let mut trusted = rustls::RootCertStore::empty();
    let mut certificates = Vec::new();
    for der in found {
        certificates.push(Certificate::from_der(&der).map_err(|error| error.to_string())?);
        trusted.add(der).map_err(|error| error.to_string())?;
    }
    Ok(certificates)
}

/// A client without TLS and one with.
pub(super) struct Clients {
    outfit: Arc<ClientConfig>,
    addresses: Addresses,
    plain: OnceLock<Result<Client, String>>,
    /// Reading the platform's certificates takes a while: they are read when the first https URL comes.
    tls: OnceLock<Result<Client, String>>,
}

/// Where the addresses of a host come from.
#[derive(Clone)]
enum Addresses {
    Looked(SsrfGuard),
    /// That of a proxy, which the user named, and which finds those of hosts itself.
    OfProxy,
    StaticResolver(Vec<IpAddr>),
}

impl Clients {
    /// Clients that look hosts up, under a guard.
    pub(super) const fn guarded(outfit: Arc<ClientConfig>, guard: SsrfGuard) -> Self {
        Self::new(outfit, Addresses::Looked(guard))
    }

    /// Clients that leave all requests to the proxies.
    pub(super) const fn proxied(outfit: Arc<ClientConfig>) -> Self {
        Self::new(outfit, Addresses::OfProxy)
    }

    /// Clients for a host whose addresses are told. A proxy would look for others.
    pub(super) const fn static_addresses(outfit: Arc<ClientConfig>, addresses: Vec<IpAddr>) -> Self {
        Self::new(outfit, Addresses::StaticResolver(addresses))
    }

    const fn new(outfit: Arc<ClientConfig>, addresses: Addresses) -> Self {
        Self { outfit, addresses, plain: OnceLock::new(), tls: OnceLock::new() }
    }

    /// The client, or why there is none.
    pub(super) fn get(&self, tls: bool) -> Result<&Client, String> {
        let client = if tls {
            self.tls.get_or_init(|| {
                let own = || self.outfit.certificates.iter().cloned();
                let platform = self.builder().tls_certs_merge(own()).build();
                // Without certificates of its own a machine still has those compiled in.
                let compiled = || self.builder().tls_certs_only(compiled_in_roots().chain(own())).build();
                platform.or_else(|_| compiled()).map_err(|error| error.to_string())
            })
        } else {
            self.plain.get_or_init(|| self.builder().tls_certs_only([]).build().map_err(|e| e.to_string()))
        };
        client.as_ref().map_err(Clone::clone)
    }

    fn builder(&self) -> ClientBuilder {
        let builder = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .pool_max_idle_per_host(0)
            .connect_timeout(self.outfit.timeout);
        match &self.addresses {
            Addresses::Looked(guard) => builder.dns_resolver(guard.clone()),
            Addresses::OfProxy => self.outfit.proxies.iter().cloned().fold(builder, ClientBuilder::proxy),
            Addresses::StaticResolver(addresses) => builder.dns_resolver(StaticResolver(addresses.clone())),
        }
    }
}

/// Resolves every name to the same addresses.
struct StaticResolver(Vec<IpAddr>);

impl Resolve for StaticResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses = self.0.clone().into_iter().map(|address| SocketAddr::new(address, 0));
        Box::pin(async move { Ok(Box::new(addresses) as Addrs) })
    }
}

/// The Mozilla roots of `webpki-root-certs`.
fn compiled_in_roots() -> impl Iterator<Item = Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| Certificate::from_der(der).ok())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PublicKeyData as _, RsaKeySize};
    use sha2::Digest as _;

    use super::*;
    use crate::scenario::CaCertificates;

    #[test]
    fn digests_are_those_of_the_whole_key_information() {
        let rsa = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        for key in [KeyPair::generate().unwrap(), rsa] {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let pem = params.self_signed(&key).unwrap().pem().into_bytes();
            let ca_certificates = vec![CaCertificates { source: "test".to_owned(), pem }];
            let expected =
                base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(key.subject_public_key_info()));
            assert_eq!(key_digests(&Network { ca_certificates, ..Network::default() }), [expected]);
        }
    }
}
