//! Why there is no response, or no callback.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The URL cannot be requested (scheme, syntax).
    BadUrl,
    /// A published URL leads where gatewalk does not go (private address, other scheme).
    Blocked,
    /// The run was cancelled.
    Cancelled,
    /// The request could not be signed.
    NotSigned,
    /// The host name does not resolve.
    Dns,
    /// Nobody accepts the connection.
    Connect,
    /// The certificate is of an issuer nobody here trusts.
    CertificateUntrusted,
    /// The certificate is for another host.
    CertificateName,
    /// The certificate has expired, or is not valid yet.
    CertificateExpired,
    /// The TLS handshake failed for another reason.
    Tls,
    /// No response in time.
    Timeout,
    /// What came back is not HTTP.
    NotHttp,
    /// The connection broke, or anything else.
    Broken,
}

impl FailureKind {
    /// Whether it says of the way to a server alone, and nothing of what the server publishes.
    pub const fn is_network(self) -> bool {
        matches!(self, Self::Dns | Self::Connect | Self::Timeout | Self::Cancelled)
    }

    /// Whether the request may have reached its peer, who may have done what it asks for.
    pub const fn may_have_been_acted_on(self) -> bool {
        matches!(self, Self::Timeout | Self::Cancelled | Self::NotHttp | Self::Broken)
    }

    /// A sentence without a subject: "… did not respond in time".
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::BadUrl => "is not a URL that can be requested",
            Self::Blocked => {
                "is not fetched, because a public target must not send clients to private addresses"
            }
            Self::Cancelled => "was cancelled",
            Self::NotSigned => "was not asked, because the request could not be signed",
            Self::Dns => "has a host name that does not resolve",
            Self::Connect => "refuses connections",
            Self::CertificateUntrusted => "has a certificate that no authority trusted here has issued",
            Self::CertificateName => "has a certificate for another host name",
            Self::CertificateExpired => "has a certificate that has expired or is not valid yet",
            Self::Tls => "fails the TLS handshake",
            Self::Timeout => "did not respond in time",
            Self::NotHttp => "responds with something that is not valid HTTP",
            Self::Broken => "broke the connection",
        }
    }

    /// What to try.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::BadUrl => "Publish an absolute http or https URL.",
            Self::Blocked => "Publish an address that is reachable for clients, not an internal one.",
            Self::Cancelled => "Run it again.",
            Self::NotSigned => "Give a P-256 or RSA private key with --client-key.",
            Self::Dns => "Check the spelling of the host, or your DNS.",
            Self::Connect => {
                "Check host and port, that the server is running, and that nothing on the way refuses connections to it."
            }
            Self::CertificateUntrusted => {
                "Serve the certificate with its whole chain; trust an authority of your own with --ca-cert."
            }
            Self::CertificateName => "Serve a certificate that names the host of the URL.",
            Self::CertificateExpired => "Renew the certificate; check the clock of this machine.",
            Self::Tls => {
                "Check that the port speaks TLS – a port that answers plain http wants a URL with http:// –, which versions, and the certificate."
            }
            Self::Timeout => "Check that the server is up, or raise --timeout.",
            Self::NotHttp => "Check that the port is that of an HTTP server, and the header fields it sends.",
            Self::Broken => "Check the server's and the gateway's logs for this request.",
        }
    }
}

/// A request that got no response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransportFailure<T = String> {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What the transport said, causes included.
    pub detail: T,
}

impl<T> TransportFailure<T> {
    /// The same with each text in it made another.
    pub fn map_texts<U>(self, map: &impl Fn(T) -> U) -> TransportFailure<U> {
        TransportFailure { kind: self.kind, detail: map(self.detail) }
    }
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.kind.sentence(), self.detail)
    }
}

/// A login that did not come to a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoginFailure<T = String> {
    /// What happened: which page, its fields, what was filled in (names only).
    pub detail: T,
    /// What to try.
    pub remedy: T,
}

impl<T> LoginFailure<T> {
    /// The same with each text in it made another.
    pub fn map_texts<U>(self, map: &impl Fn(T) -> U) -> LoginFailure<U> {
        LoginFailure { detail: map(self.detail), remedy: map(self.remedy) }
    }
}
