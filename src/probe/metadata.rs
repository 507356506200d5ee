//! Metadata at the places the walk did not look at, and as a script would read it; the registration behind its token.

use super::context::{Built, ProbeContext, Skipped, get_json, request};
use super::open::{SCRIPT, with_another_host};
use crate::document::client::ClientInformation;
use crate::document::identifier::Identifier;
use crate::document::resource_metadata::ResourceMetadata;
use crate::exchange::{Exchange, Purpose, Request};
use crate::specification::{Party, ResourceMetadataLocation, ServerMetadataLocation};

/// A path that no resource has.
const ELSEWHERE: &str = "/gatewalk-no-such-resource";

/// The exchange whose document the walk used.
fn resource_metadata<'a>(context: &ProbeContext<'a>) -> Result<&'a Exchange, Skipped> {
    if context.scenario.protocol_version.resource_metadata_order().is_empty() {
        return Err(Skipped::not_applicable("the protocol version knows no resource metadata"));
    }
    context
        .in_last_round(|purpose| matches!(purpose, Purpose::ResourceMetadata(_)))
        .find(|exchange| ResourceMetadata::read(exchange).is_ok())
        .ok_or_else(|| Skipped::untestable("no resource metadata was found"))
}

/// The document at a location where the walk did not read it.
fn resource_metadata_at(context: &ProbeContext<'_>, location: ResourceMetadataLocation) -> Built {
    let used = resource_metadata(context)?;
    let url = context.target()?.resource_metadata(location);
    let url = url.filter(|url| *url != used.request.url);
    let url = url.ok_or_else(|| Skipped::not_applicable("the walk read the document there already"))?;
    Ok(get_json(Party::Gateway, url))
}

pub(super) fn at_path(context: &ProbeContext<'_>) -> Built {
    resource_metadata_at(context, ResourceMetadataLocation::PathInserted)
}

pub(super) fn at_root(context: &ProbeContext<'_>) -> Built {
    resource_metadata_at(context, ResourceMetadataLocation::Root)
}

pub(super) fn elsewhere(context: &ProbeContext<'_>) -> Built {
    resource_metadata(context)?;
    let url = format!("{}{ELSEWHERE}", context.target()?.origin);
    let url =
        Identifier::parse(&url).and_then(|id| id.resource_metadata(ResourceMetadataLocation::PathInserted));
    Ok(get_json(
        Party::Gateway,
        url.ok_or_else(|| Skipped::untestable("the target has no well-known place"))?,
    ))
}

pub(super) fn resource_from_script(context: &ProbeContext<'_>) -> Built {
    let used = resource_metadata(context)?;
    Ok(get_json(Party::Gateway, &used.request.url).header("origin", SCRIPT))
}

/// The document the walk used, asked for with another host in the headers of proxies. The query keeps what comes of it out
/// of the caches that others read from.
pub(super) fn forwarded_host(context: &ProbeContext<'_>) -> Built {
    Ok(under_another_host(Party::Gateway, &resource_metadata(context)?.request.url))
}

pub(super) fn server_forwarded_host(context: &ProbeContext<'_>) -> Built {
    let (used, _) = context.server_metadata()?;
    Ok(under_another_host(Party::AuthorizationServer, &used.request.url))
}

fn under_another_host(party: Party, used: &str) -> Request {
    let join = if used.contains('?') { '&' } else { '?' };
    with_another_host(get_json(party, format!("{used}{join}gatewalk=forwarded-host")))
}

/// The issuer the walk asked for, as its metadata names it.
fn server_metadata_at(context: &ProbeContext<'_>, locations: &[ServerMetadataLocation]) -> Built {
    let (used, metadata) = context.server_metadata()?;
    let issuer = metadata.issuer().and_then(Identifier::parse);
    let issuer = issuer.ok_or_else(|| Skipped::untestable("the metadata names no issuer"))?;
    let same_host = Identifier::parse(&used.request.url).is_some_and(|url| url.origin == issuer.origin);
    if !same_host {
        return Err(Skipped::untestable("the metadata names an issuer on another host"));
    }
    let read: Vec<_> = context
        .in_last_round(|purpose| matches!(purpose, Purpose::ServerMetadata(_)))
        .map(|exchange| exchange.request.url.as_str())
        .collect();
    let mut urls = locations.iter().filter_map(|&location| issuer.server_metadata(location));
    let url = urls.find(|url| !read.contains(&url.as_str()));
    let url = url.ok_or_else(|| Skipped::not_applicable("the walk looked there already"))?;
    Ok(get_json(Party::AuthorizationServer, url))
}

pub(super) fn server_oauth(context: &ProbeContext<'_>) -> Built {
    server_metadata_at(context, &[ServerMetadataLocation::OAuthInserted])
}

pub(super) fn server_openid(context: &ProbeContext<'_>) -> Built {
    let places = [ServerMetadataLocation::OpenIdAppended, ServerMetadataLocation::OpenIdInserted];
    server_metadata_at(context, &places)
}

/// Where RFC 8414 does not put the document, but gateways that route by prefix do.
pub(super) fn server_appended(context: &ProbeContext<'_>) -> Built {
    let (_, metadata) = context.server_metadata()?;
    let issuer = metadata.issuer().and_then(Identifier::parse);
    let issuer = issuer.ok_or_else(|| Skipped::untestable("the metadata names no issuer"))?;
    let path = issuer.path.trim_end_matches('/');
    if path.is_empty() {
        return Err(Skipped::not_applicable("the issuer has no path: there is one place only"));
    }
    let url = format!("{}{path}/.well-known/oauth-authorization-server", issuer.origin);
    Ok(get_json(Party::AuthorizationServer, url))
}

pub(super) fn server_from_script(context: &ProbeContext<'_>) -> Built {
    let (used, _) = context.server_metadata()?;
    Ok(get_json(Party::AuthorizationServer, &used.request.url).header("origin", SCRIPT))
}

/// The management URL of the client the walk registered, at the server that registered it.
fn management_url(context: &ProbeContext<'_>) -> Result<String, Skipped> {
    let registered = context.in_last_round(|purpose| purpose == Purpose::Registration).next_back();
    let registered = registered.ok_or_else(|| Skipped::not_applicable("no client was registered"))?;
    let unmanaged = || Skipped::not_applicable("the server offers no client management");
    let information = ClientInformation::read(registered).map_err(|_| unmanaged())?;
    let (url, _) = information.management().ok_or_else(unmanaged)?;
    let origin = |url: &str| Identifier::parse(url).map(|id| id.origin.to_owned());
    if origin(url) != origin(&registered.request.url) {
        return Err(Skipped::untestable("the management URL leads to another host"));
    }
    Ok(url.to_owned())
}

pub(super) fn management_without_token(context: &ProbeContext<'_>) -> Built {
    Ok(get_json(Party::AuthorizationServer, management_url(context)?))
}

pub(super) fn management_wrong_token(context: &ProbeContext<'_>) -> Built {
    let request = request(Party::AuthorizationServer, "GET", management_url(context)?);
    Ok(request.header("accept", "application/json").header("authorization", "Bearer gatewalk-not-a-token"))
}
