//! Questions that several shapes ask of a run.

use super::Reaction;
use crate::check::Evidence;
use crate::document::address::is_public;
use crate::document::challenge::Challenge;
use crate::document::identifier::Identifier;
use crate::document::resource_metadata::ResourceMetadata;
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{Exchange, ProbeId, Purpose, Response, Unauthenticated};
use crate::specification::{ResourceMetadataLocation, Step};

use super::Missing;

/// What the opening request without a token got first.
pub(super) fn opening<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, Option<&'a Response>), Missing> {
    let opening = |purpose| purpose == Purpose::Challenge(Unauthenticated::Opening);
    let exchange = evidence.history.with_purpose(opening).next().ok_or(Missing::Step(Step::Challenge))?;
    Ok((exchange, exchange.response()))
}

/// The same, if it is a 401.
pub(super) fn unauthorized<'a>(
    evidence: &Evidence<'a>,
) -> Result<Option<(&'a Exchange, &'a Response)>, Missing> {
    let (exchange, response) = opening(evidence)?;
    Ok(response.filter(|response| response.status == 401).map(|response| (exchange, response)))
}

/// The resource metadata that the walk used, and whether it was found at the root without being named.
pub(super) struct UsedResource<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) metadata: ResourceMetadata,
    pub(super) location: ResourceMetadataLocation,
}

impl UsedResource<'_> {
    pub(super) fn is_named(&self) -> bool {
        self.location == ResourceMetadataLocation::Challenge
    }

    pub(super) fn is_guessed_root(&self) -> bool {
        self.location == ResourceMetadataLocation::Root
    }
}

/// The resource metadata that the walk used; `None` where it looked for it in vain.
pub(super) fn resource<'a>(evidence: &Evidence<'a>) -> Result<Option<UsedResource<'a>>, Missing> {
    if evidence.protocol_version().resource_metadata_order().is_empty() {
        return Err(Missing::Version);
    }
    let mut tried = 0;
    for (exchange, read) in evidence.resource_metadata_tried() {
        tried += 1;
        let Purpose::ResourceMetadata(location) = exchange.request.purpose else { continue };
        if let Ok(metadata) = read {
            return Ok(Some(UsedResource { exchange, metadata, location }));
        }
    }
    if tried == 0 { Err(Missing::Step(Step::ResourceMetadata)) } else { Ok(None) }
}

/// The server metadata that the walk used; `None` where it looked for it in vain.
pub(super) fn server<'a>(evidence: &Evidence<'a>) -> Result<Option<(&'a Exchange, ServerMetadata)>, Missing> {
    if evidence.server_metadata_tried().next().is_none() {
        return Err(Missing::Step(Step::ServerMetadata));
    }
    Ok(evidence.server_metadata().ok())
}

/// Whether a well-known location of the target has resource metadata, where it was looked at.
pub(super) fn has_well_known(evidence: &Evidence<'_>) -> Option<bool> {
    let target = Identifier::parse(evidence.target())?;
    let locations: Vec<_> = [ResourceMetadataLocation::PathInserted, ResourceMetadataLocation::Root]
        .into_iter()
        .filter_map(|location| target.resource_metadata(location))
        .collect();
    let probes = [ProbeId::ResourceMetadataAtPath, ProbeId::ResourceMetadataAtRoot];
    let is_look = |purpose| match purpose {
        Purpose::ResourceMetadata(_) => true,
        Purpose::Probe(id) => probes.contains(&id),
        _ => false,
    };
    let looked: Vec<_> = evidence
        .history
        .with_purpose(is_look)
        .filter(|exchange| locations.contains(&exchange.request.url))
        .collect();
    if looked.iter().any(|exchange| ResourceMetadata::read(exchange).is_ok()) {
        return Some(true);
    }
    (looked.len() >= locations.len()).then_some(false)
}

/// What comes of taking the MCP server's origin for the authorization server.
pub(super) fn legacy(evidence: &Evidence<'_>) -> Reaction {
    let origin = |url: &str| Identifier::parse(url).map(|url| url.canonical_origin());
    let issuer = evidence.issuer();
    if origin(&issuer).is_some() && origin(&issuer) == origin(evidence.target()) {
        return Reaction::WithLess(
            "drops the document and takes the MCP server's origin for the authorization server, which it is",
        );
    }
    Reaction::Stops(
        "drops the document and takes the MCP server's origin for the authorization server; what its user sees is a 404 there",
    )
}

/// What comes of not reading the challenge.
pub(super) fn without_challenge(evidence: &Evidence<'_>, challenge: Option<&Challenge>) -> Reaction {
    match has_well_known(evidence) {
        Some(true) if challenge.is_some_and(|challenge| challenge.get("scope").is_some()) => {
            Reaction::WithLess(
                "ignores the challenge: its scope is lost, the well-known location has the rest",
            )
        }
        Some(true) => Reaction::Connects,
        Some(false) => legacy(evidence),
        None => Reaction::Unknown(
            "ignores the challenge, and whether a well-known location has metadata was not looked at",
        ),
    }
}

/// Whether a URL leads to this machine or to a literal private address.
pub(super) fn is_private(url: &str) -> bool {
    let literal = url::Url::parse(url).ok().and_then(|url| match url.host()? {
        url::Host::Ipv4(address) => Some(!is_public(address.into())),
        url::Host::Ipv6(address) => Some(!is_public(address.into())),
        url::Host::Domain(_) => None,
    });
    literal.unwrap_or_else(|| Identifier::parse(url).is_some_and(|url| url.is_loopback()))
}
