//! Tells from a `reqwest` error why there is no response.

use std::error::Error;

use rustls::CertificateError;

use crate::exchange::{FailureKind, TransportFailure};

use super::guard::Blocked;

/// Classifies an error by its causes.
pub(super) fn classify(error: &reqwest::Error) -> TransportFailure {
    let causes: Vec<&(dyn Error + 'static)> =
        std::iter::successors(error.source(), |&cause| cause.source()).collect();
    let kind = if causes.iter().any(|cause| cause.is::<Blocked>()) {
        FailureKind::Blocked
    } else if let Some(kind) = causes.iter().find_map(|cause| tls(*cause)) {
        kind
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else if error.is_dns() {
        FailureKind::Dns
    } else if error.is_connect() {
        FailureKind::Connect
    } else if causes.iter().any(|cause| is_parse(*cause)) {
        FailureKind::NotHttp
    } else {
        FailureKind::Broken
    };
    TransportFailure { kind, detail: detail(error, &causes) }
}

/// What is wrong with TLS. `rustls` comes wrapped in `io::Error`s, whose `source` skips what they wrap.
fn tls(cause: &(dyn Error + 'static)) -> Option<FailureKind> {
    if let Some(inner) = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        return tls(inner);
    }
    let rustls::Error::InvalidCertificate(defect) = cause.downcast_ref::<rustls::Error>()? else {
        return Some(FailureKind::Tls);
    };
    Some(match defect {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => FailureKind::CertificateExpired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            FailureKind::CertificateName
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => FailureKind::CertificateUntrusted,
        // A certificate that vouches for itself, as tools for development make them.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            FailureKind::CertificateUntrusted
        }
        _ => FailureKind::Tls,
    })
}

fn is_parse(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
}

/// The innermost causes say most; the outer ones repeat the URL.
fn detail(error: &reqwest::Error, causes: &[&(dyn Error + 'static)]) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in causes {
        let text = cause.to_string();
        if !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
    }
    if said.is_empty() { error.to_string() } else { said.join(": ") }
}
