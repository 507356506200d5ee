//! What the challenge tells the client: where the metadata is, which scope to ask for.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url};
use crate::document::challenge::{self, Challenge};
use crate::document::identifier::Identifier;
use crate::document::scope;
use crate::exchange::Exchange;
use crate::specification::cite::{AUTHORIZATION_SERVER_LOCATION, METADATA_DISCOVERY_REQUIREMENTS, mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

const FIELD: At = At::Header("www-authenticate");

pub(in crate::check) static RESOURCE_METADATA: Check = Check {
    id: "rs-401-resource-metadata",
    title: "The challenge names a resource_metadata URL that clients can reach",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "5.1"), AUTHORIZATION_SERVER_LOCATION, METADATA_DISCOVERY_REQUIREMENTS],
    doc: Doc {
        checks: "resource_metadata in the Bearer challenge is an absolute https URL with a public host. 2025-06-18 demands the parameter; later protocol versions let the well-known location stand for it. Every 401 of the target is looked at. Loopback and http to it are excused where the target is on loopback itself.",
        matters: "Clients fetch this URL first. A relative URL, http, or a host name from inside the gateway's network sends them nowhere.",
        fix: "Publish the metadata URL in the challenge, built from the public host (X-Forwarded-Host and -Proto of the TLS terminator), not from the socket. In Zuplo, give the OAuth policy the resource-metadata option.",
    },
    judge: resource_metadata,
};

fn resource_metadata(evidence: &Evidence<'_>) -> Judgement {
    let (opening, _) = evidence.challenge()?;
    let mut judged = Ok(());
    for (exchange, _, challenge) in evidence.challenges() {
        // A 401 without a challenge is judged elsewhere; one that asks for a nonce is no demand for a token (RFC 9449 §9).
        let Some(challenge) = challenge.filter(|c| c.get("error") != Some("use_dpop_nonce")) else {
            continue;
        };
        match names_metadata(evidence, exchange, &challenge) {
            Err(Verdict::Fail(finding)) => return Err(Verdict::Fail(finding)),
            other if exchange.id == opening.id => judged = other,
            _ => {}
        }
    }
    judged
}

fn names_metadata(evidence: &Evidence<'_>, exchange: &Exchange, challenge: &Challenge) -> Judgement {
    let fail = |message: String, expected: &str, found: &str| {
        Err(Finding::in_exchange(exchange, FIELD, message).compare(expected, found).fail())
    };
    let Some(url) = challenge.get("resource_metadata") else {
        return if evidence.protocol_version().demands_metadata_parameter() {
            let to = match exchange.request.headers.get("authorization") {
                Some(_) => " to a token",
                None => "",
            };
            fail(
                format!("The challenge{to} has no resource_metadata parameter"),
                "resource_metadata",
                "no such parameter",
            )
        } else if evidence.resource_metadata().is_ok() {
            Err(Verdict::not_applicable(
                "the well-known location serves the metadata, which this protocol version allows",
            ))
        } else {
            Err(Verdict::untestable(
                "there is neither the parameter nor a document at the well-known locations",
            ))
        };
    };
    if Identifier::parse(url).is_none() {
        return fail(
            format!("resource_metadata {url:?} is not an absolute URL"),
            "an absolute https URL",
            url,
        );
    }
    match published_url::unfit(url, evidence.target()) {
        Some(unfit) => fail(format!("resource_metadata {url} {}", unfit.defect()), unfit.expected(), url),
        None => Ok(()),
    }
}

pub(in crate::check) static SCOPE: Check = Check {
    id: "rs-401-scope",
    title: "The challenge says which scope to ask for",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::Should),
    cites: &[
        METADATA_DISCOVERY_REQUIREMENTS,
        mcp!(["2026-07-28"], "basic/authorization", "Scope Selection Strategy", "scope-selection-strategy"),
        rfc!(6750, "3"),
    ],
    doc: Doc {
        checks: "The Bearer challenge has a scope parameter that is not empty.",
        matters: "Without it a client asks for all of scopes_supported, or for nothing: too much consent, or a token that is refused later with 403.",
        fix: "Add scope=\"…\" with the scopes of the route to the challenge that the gateway's authorization policy sends.",
    },
    judge: |evidence| {
        let (exchange, challenge) = evidence.challenge()?;
        match challenge.get("scope") {
            Some(scope) if !scope::tokens(scope).is_empty() => Ok(()),
            scope => {
                let finding = Finding::in_exchange(
                    exchange,
                    FIELD,
                    "The challenge does not say which scope to ask for",
                );
                Err(finding.compare("scope=\"…\"", scope.map_or("no scope", |_| "an empty scope")).fail())
            }
        }
    },
};

pub(in crate::check) static NO_OFFLINE_ACCESS: Check = Check {
    id: "rs-scope-no-offline-access",
    title: "The resource does not ask for offline_access",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Should),
    cites: &[mcp!(["2026-07-28"], "basic/authorization", "Refresh Tokens", "refresh-tokens")],
    doc: Doc {
        checks: "Neither the scope of a challenge – of a 401, or of a 403 in the session – nor scopes_supported of the resource metadata contains offline_access.",
        matters: "Whether a refresh token is wanted is between client and authorization server. A resource that lists it makes every client ask for lasting access.",
        fix: "Remove offline_access from the gateway's list of scopes. Let the authorization server list it in its own scopes_supported.",
    },
    judge: no_offline_access,
};

fn no_offline_access(evidence: &Evidence<'_>) -> Judgement {
    let challenge = evidence.challenge();
    let metadata = evidence.resource_metadata();
    let forbidden = evidence
        .session()
        .filter(|(_, response)| response.status == 403)
        .map(|(exchange, response)| (exchange, challenge::bearer(response)));
    let asks = |challenge: &Challenge| {
        challenge.get("scope").is_some_and(|scope| scope::tokens(scope).contains("offline_access"))
    };
    let mut all =
        evidence.challenges().map(|(exchange, _, challenge)| (exchange, challenge)).chain(forbidden);
    if let Some((exchange, _)) = all.find(|(_, challenge)| challenge.as_ref().is_some_and(asks)) {
        let finding = Finding::in_exchange(exchange, FIELD, "The challenge asks for offline_access");
        return Err(finding.compare("scopes of the resource", "offline_access").fail());
    }
    if let Ok((exchange, metadata)) = &metadata
        && metadata.scopes_supported().is_some_and(|scopes| scopes.contains(&"offline_access"))
    {
        let at = At::Member(display::pointer("scopes_supported"));
        let finding = Finding::in_exchange(exchange, at, "The resource metadata lists offline_access");
        return Err(finding.compare("scopes of the resource", "offline_access").fail());
    }
    if challenge.is_err() {
        metadata?;
    }
    Ok(())
}
