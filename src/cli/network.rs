//! What the machine brings along for the network: certificate files and proxies.

use std::path::Path;

use super::{Failure, input};
use crate::exchange::Secret;
use crate::scenario::{CaCertificates, Network, PartialNetwork, Proxies};

/// What the draft names and the environment says. The sandbox's own authority is trusted too.
pub(super) fn here(draft: &PartialNetwork, authority: Option<&str>) -> Result<Network, Failure> {
    let read = |path: &String| {
        let pem = input::bytes(Path::new(path), input::Purpose::Certificates)
            .map_err(|cause| Failure::Usage(format!("cannot read the certificates {path}: {cause}")))?;
        Ok(CaCertificates { source: path.clone(), pem })
    };
    let mut ca_certificates = draft.ca_certificates.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    let source = || "the sandbox".to_owned();
    ca_certificates.extend(authority.map(|pem| CaCertificates { source: source(), pem: pem.into() }));
    Ok(Network { ca_certificates, proxies: proxies(&variable), ..Default::default() })
}

/// The proxies curl would take: lower case goes before upper, the scheme's own before the one for all. Where a web server
/// runs us, `HTTP_PROXY` is a header of its client.
fn proxies(variable: &dyn Fn(&str) -> Option<String>) -> Proxies {
    let of = |names: &[&str]| {
        names.iter().find_map(|name| variable(name).filter(|value| !value.trim().is_empty()))
    };
    let by_request = variable("REQUEST_METHOD").is_some();
    let http: &[&str] = if by_request { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
    let all = || of(&["all_proxy", "ALL_PROXY"]);
    Proxies {
        http: of(http).or_else(all).map(Secret::new),
        https: of(&["https_proxy", "HTTPS_PROXY"]).or_else(all).map(Secret::new),
        except: of(&["no_proxy", "NO_PROXY"]).unwrap_or_default(),
    }
}

#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(environment: &[(&str, &str)]) -> (Option<String>, Option<String>, String) {
        let read = proxies(&|name| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        let text = |secret: Option<Secret>| secret.map(|secret| secret.expose().to_owned());
        (text(read.http), text(read.https), read.except)
    }

    #[test]
    fn proxies_are_those_curl_would_take() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found(&[]), (None, None, String::new()));
        assert_eq!(
            found(&[("ALL_PROXY", "a:1"), ("HTTPS_PROXY", "s:1"), ("https_proxy", ""), ("no_proxy", "x,y")]),
            (some("a:1"), some("s:1"), "x,y".to_owned())
        );
        assert_eq!(found(&[("http_proxy", "l:1"), ("HTTP_PROXY", "u:1")]).0, some("l:1"));
        assert_eq!(
            found(&[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "u:1")]).0,
            None,
            "a header of a client"
        );
    }
}
