//! The endpoints.

use crate::check::cite::{mcp, oauth21, rfc};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, look};
use crate::document::identifier::Identifier;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static PRESENT: Check = Check {
    id: "as-endpoints-present",
    title: "The metadata names an authorization and a token endpoint",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2"), rfc!(6749, "3.1"), rfc!(6749, "3.2")],
    doc: Doc {
        checks: "authorization_endpoint and token_endpoint are absolute URLs without a fragment.",
        matters: "These two are the flow: without one of them there is no login, without the other no token.",
        fix: "Complete the metadata. If the gateway serves its own copy, compare it with the original.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        for name in ["authorization_endpoint", "token_endpoint"] {
            let value = metadata.json.members.get(name);
            let message = match metadata.endpoint(name) {
                None => format!("The metadata has no {name}"),
                Some(url) if Identifier::parse(url).is_none() => {
                    format!("The {name} {url:?} is not an absolute URL")
                }
                Some(url) if url.contains('#') => format!("The {name} {url} has a fragment"),
                Some(_) => continue,
            };
            let finding = Finding::in_exchange(exchange, At::Member(look::pointer(name)), message);
            return Err(finding.compare("an absolute URL", look::shown(value)).fail());
        }
        Ok(())
    },
};

pub(in crate::check) static HTTPS: Check = Check {
    id: "as-https-endpoints",
    title: "Every endpoint of the authorization server is https",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!("2025-11-25", "basic/authorization", "Communication Security", "communication-security"),
        oauth21!("1.5"),
        rfc!(8414, "2"),
    ],
    doc: Doc {
        checks: "No member that ends in _endpoint, and not jwks_uri, is plain http. Loopback addresses are excused.",
        matters: "Codes, secrets and tokens travel there. http usually means that the server does not know its public address behind a TLS terminator.",
        fix: "Configure the public https URL of the authorization server, or make it trust X-Forwarded-Proto.",
    },
    judge: https,
};

fn https(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.server_metadata()?;
    let mut local = false;
    for (name, value) in &metadata.json.members {
        let Some(url) = value.as_str().filter(|_| name.ends_with("_endpoint") || name == "jwks_uri") else {
            continue;
        };
        if look::is_exposed(url) {
            let message = format!("The {name} {url} is plain http");
            let finding = Finding::in_exchange(exchange, At::Member(look::pointer(name)), message);
            return Err(finding.compare("https", "http").fail());
        }
        local |= look::is_local(url);
    }
    if local {
        return Err(Verdict::not_applicable("the authorization server is on a loopback address"));
    }
    Ok(())
}
