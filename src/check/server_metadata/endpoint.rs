//! The endpoints.

use serde_json::Value;

use crate::check::published_url::UnfitUrl;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url};
use crate::document::identifier::Identifier;
use crate::document::server_metadata::ServerMetadata;
use crate::specification::cite::{mcp, oauth21, rfc};
use crate::specification::{Level, Party, Step};

pub(in crate::check) static PRESENT: Check = Check {
    id: "as-endpoints-present",
    title: "The metadata names an authorization and a token endpoint",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2"), rfc!(6749, "3.1"), rfc!(6749, "3.2")],
    doc: Doc {
        checks: "authorization_endpoint – unless no grant type of the server uses it – and token_endpoint are there, and every endpoint is an absolute URL without a fragment.",
        matters: "These two are the flow: without one of them there is no login, without the other no token.",
        fix: "Complete the metadata. If the gateway serves its own copy, compare it with the original.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        let mut wrong =
            required(&metadata).into_iter().filter_map(|name| Some((name, defect(&metadata, name)?)));
        let Some((name, first)) = wrong.next() else { return Ok(()) };
        let others: Vec<_> = wrong.map(|(_, defect)| defect).collect();
        let message = [vec![first], others].concat().join("; ");
        let message = format!("The {message}");
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(name)), message);
        Err(finding.compare("an absolute URL", display::shown(metadata.json.members.get(name))).fail())
    },
};

/// The endpoints that have to be there, and those that are: `authorization_endpoint` is required unless no supported
/// grant type uses it ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
fn required(metadata: &ServerMetadata) -> Vec<&str> {
    let login = metadata.supports_login().then_some("authorization_endpoint");
    let published =
        metadata.json.members.keys().map(String::as_str).filter(|name| name.ends_with("_endpoint"));
    let mut names: Vec<_> = login.into_iter().chain(["token_endpoint"]).collect();
    let others: Vec<_> = published.filter(|name| !names.contains(name)).collect();
    names.extend(others);
    names
}

/// What is wrong with an endpoint, with its name as the subject.
fn defect(metadata: &ServerMetadata, name: &str) -> Option<String> {
    match metadata.endpoint(name) {
        None if metadata.json.members.get(name).is_none_or(Value::is_null) => {
            Some(format!("metadata has no {name}"))
        }
        None => Some(format!("{name} is no URL")),
        Some(url) if Identifier::parse(url).is_none() => {
            Some(format!("{name} {url:?} is not an absolute URL"))
        }
        Some(url) if url.contains('#') => Some(format!("{name} {url} has a fragment")),
        Some(_) => None,
    }
}

pub(in crate::check) static HTTPS: Check = Check {
    id: "as-https-endpoints",
    title: "Every endpoint of the authorization server is https",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!(["2025-03-26"], "basic/authorization", "Security Considerations", "security-considerations"),
        mcp!(
            ["2025-06-18", "2025-11-25"],
            "basic/authorization",
            "Communication Security",
            "communication-security"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/security-considerations",
            "Communication Security",
            "communication-security"
        ),
        oauth21!("1.5"),
        rfc!(8414, "2"),
    ],
    doc: Doc {
        checks: "No member that ends in _endpoint, and not jwks_uri, is plain http, or on loopback where the target is not: loopback is excused where all is on one machine.",
        matters: "Codes, secrets and tokens travel there. http usually means that the server does not know its public address behind a TLS terminator.",
        fix: "Configure the public https URL of the authorization server, or make it trust X-Forwarded-Proto.",
    },
    judge: https,
};

fn https(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.server_metadata()?;
    let mut local = true;
    for (name, value) in &metadata.json.members {
        let Some(url) = value.as_str().filter(|_| name.ends_with("_endpoint") || name == "jwks_uri") else {
            continue;
        };
        let message = match published_url::unfit_of_another_party(url, evidence.target()) {
            Some(UnfitUrl::Cleartext) => format!("The {name} {url} is plain http"),
            Some(unfit) => format!("The {name} {url} {}", unfit.defect()),
            None => {
                local &= published_url::is_on_loopback(url);
                continue;
            }
        };
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(name)), message);
        return Err(finding.compare("https, on a host that clients reach", url).fail());
    }
    if local {
        return Err(Verdict::not_applicable("the authorization server is on loopback, like the target"));
    }
    Ok(())
}

/// The parameters of an authorization request that clients set themselves.
const REQUEST_PARAMETERS: [&str; 9] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "nonce",
];

pub(in crate::check) static NO_PARAMETERS: Check = Check {
    id: "as-endpoint-no-parameters",
    title: "The authorization endpoint brings no parameter of the request along",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6749, "3.1"), oauth21!("3.1"), rfc!(8707, "2")],
    doc: Doc {
        checks: "The query of authorization_endpoint, if there is one, holds none of the parameters that every client adds: client_id, redirect_uri, scope, state, resource and the like.",
        matters: "A client keeps the query and adds its own. The server then gets the parameter twice, and takes the wrong one, or refuses both: a resource from the metadata wins over the one that was asked for.",
        fix: "Publish the endpoint without these parameters. What the server needs for itself goes under a name of its own.",
    },
    judge: |evidence| {
        const MEMBER: &str = "authorization_endpoint";
        let (exchange, metadata) = evidence.server_metadata()?;
        let url = metadata.endpoint(MEMBER).and_then(|url| url::Url::parse(url).ok());
        let url = url.ok_or_else(|| Verdict::untestable("the metadata names no authorization endpoint"))?;
        let Some((name, value)) =
            url.query_pairs().find(|(name, _)| REQUEST_PARAMETERS.contains(&name.as_ref()))
        else {
            return Ok(());
        };
        let message = format!(
            "The authorization endpoint brings {name} along, which the request has as well: {name} comes twice"
        );
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare(format!("no {name}"), display::shorten(&format!("{name}={value}"))).fail())
    },
};
