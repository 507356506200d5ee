//! Protected-resource metadata.

use super::discovery::{UsedResource, has_well_known, legacy, resource, server, unauthorized};
use super::{Missing, Reaction, Shape, Sight, UNREAD, seen_if};
use crate::check::Evidence;
use crate::client::traits::{
    Answer, MetadataFailing, MetadataRedirect, Mismatch, NamedFailed, OtherOrigin, ResourceRule,
    ServerChoice, Traits, Unreachable, WithoutServers,
};
use crate::document::challenge::bearer;
use crate::document::identifier::Identifier;
use crate::document::resource_metadata::ResourceMetadata;
use crate::exchange::{Exchange, Purpose, Response};
use crate::specification::{Party, ResourceMetadataLocation, Step};

fn origin(url: &str) -> Option<String> {
    Identifier::parse(url).map(|url| url.canonical_origin())
}

/// The URL of the metadata that the challenge names.
fn named(evidence: &Evidence<'_>) -> Result<Option<String>, Missing> {
    let challenge = unauthorized(evidence)?.and_then(|(_, response)| bearer(response));
    Ok(challenge.and_then(|challenge| challenge.get("resource_metadata").map(str::to_owned)))
}

/// The request for the metadata that the challenge names.
fn asked_for_named<'a>(evidence: &Evidence<'a>) -> Option<&'a Exchange> {
    let at = Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge);
    evidence.sent(move |purpose| purpose == at).next()
}

pub(super) static OTHER_ORIGIN: Shape = Shape {
    id: "prm-other-origin",
    title: "The challenge names resource metadata on another origin",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Name the metadata on the origin of the MCP URL in the challenge.",
    checks: &["rs-401-resource-metadata", "prm-discoverable"],
    shown_by: &[&["resource-metadata-internal-host"]],
    seen: |evidence| {
        let (exchange, _) = super::discovery::opening(evidence)?;
        let Some(named) = named(evidence)? else { return Ok(None) };
        seen_if(origin(&named) != origin(evidence.target()), exchange, named)
    },
    meets: |traits, evidence| match traits.resource.other_origin {
        OtherOrigin::Asks => Reaction::Connects,
        OtherOrigin::Stops => Reaction::Stops("refuses metadata that is not on the origin of the MCP URL"),
        OtherOrigin::Ignores if has_well_known(evidence) == Some(false) => {
            Reaction::Stops("asks only on the origin of the MCP URL, where there is none")
        }
        OtherOrigin::Ignores => Reaction::WithLess("asks only on the origin of the MCP URL"),
        OtherOrigin::Unknown => UNREAD,
    },
};

pub(super) static HEADER_BROKEN: Shape = Shape {
    id: "prm-header-broken",
    title: "The challenge names a URL where there is no resource metadata",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Serve the metadata where the challenge says it is, or name the place where it is.",
    checks: &["rs-401-resource-metadata", "prm-discoverable", "prm-present"],
    shown_by: &[
        &["resource-metadata-internal-host"],
        &["resource-metadata-missing"],
        &["resource-metadata-html"],
    ],
    seen: |evidence| {
        resource(evidence)?;
        let Some(exchange) = asked_for_named(evidence) else { return Ok(None) };
        seen_if(ResourceMetadata::read(exchange).is_err(), exchange, exchange.request.url.as_str())
    },
    meets: |traits, evidence| {
        let elsewhere = resource(evidence).is_ok_and(|used| used.is_some());
        let silent = asked_for_named(evidence).is_some_and(|exchange| exchange.response().is_none());
        match traits.resource.named_failed {
            _ if silent && traits.resource.unreachable == Unreachable::Stops => {
                Reaction::Stops("stops where the host of the named document cannot be reached")
            }
            NamedFailed::Legacy => legacy(evidence),
            NamedFailed::Stop => Reaction::Stops("stops where the named document is not there"),
            NamedFailed::OriginOnly if elsewhere => {
                Reaction::WithLess("asks no more than the well-known location of the origin")
            }
            // Where nothing is found, that is another shape.
            NamedFailed::Next | NamedFailed::NotRead | NamedFailed::OriginOnly => Reaction::Connects,
            NamedFailed::Unknown => UNREAD,
        }
    },
};

pub(super) static FAILING: Shape = Shape {
    id: "prm-5xx",
    title: "A location of resource metadata fails with 5xx",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Serve the metadata, or answer 404 where there is none.",
    checks: &["prm-present"],
    shown_by: &[],
    seen: |evidence| {
        resource(evidence)?;
        let failing = |exchange: &Exchange| exchange.status().is_some_and(|status| status >= 500);
        let found = evidence.resource_metadata_tried().map(|(exchange, _)| exchange).find(|it| failing(it));
        let Some(exchange) = found else { return Ok(None) };
        seen_if(true, exchange, exchange.ended())
    },
    meets: |traits, evidence| {
        let is_502 = evidence.resource_metadata_tried().any(|(exchange, _)| exchange.status() == Some(502));
        match traits.resource.failing {
            MetadataFailing::Next => Reaction::Connects,
            MetadataFailing::LegacyUnless502 if is_502 => Reaction::Connects,
            MetadataFailing::Legacy | MetadataFailing::LegacyUnless502 => legacy(evidence),
            MetadataFailing::Stops => Reaction::Stops("stops at 5xx"),
            MetadataFailing::Unknown => UNREAD,
        }
    },
};

pub(super) static ABSENT: Shape = Shape {
    id: "prm-absent",
    title: "There is no resource metadata",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Serve resource metadata at the well-known location of the MCP path.",
    checks: &["prm-present"],
    shown_by: &[
        &["resource-metadata-missing"],
        &["resource-metadata-html"],
        &["resource-metadata-behind-auth"],
    ],
    seen: |evidence| {
        let found = resource(evidence)?.is_some();
        let last = evidence.resource_metadata_tried().last();
        let Some((exchange, _)) = last.filter(|_| !found) else { return Ok(None) };
        seen_if(true, exchange, exchange.ended())
    },
    meets: |traits, evidence| match traits.resource.required {
        Answer::Yes => Reaction::Stops("cannot do without resource metadata"),
        Answer::No if server(evidence).is_ok_and(|found| found.is_some()) => Reaction::Connects,
        Answer::No => Reaction::Stops(
            "takes the MCP server's origin for the authorization server, which publishes no metadata there",
        ),
        Answer::Unknown => UNREAD,
    },
};

pub(super) static CONTENT_TYPE: Shape = Shape {
    id: "prm-content-type",
    title: "The resource metadata is not sent as application/json",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Send the metadata as application/json.",
    checks: &["prm-200-json"],
    shown_by: &[&["resource-metadata-text-plain"]],
    seen: |evidence| {
        let Some(used) = resource(evidence)? else { return Ok(None) };
        let media_type = used.exchange.response().map(Response::media_type).unwrap_or_default();
        seen_if(media_type != "application/json", used.exchange, media_type)
    },
    meets: |traits, evidence| match traits.resource.json_only {
        Answer::Yes => legacy(evidence),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

/// Sees metadata whose resource is such, beside an MCP URL.
fn resource_is(
    evidence: &Evidence<'_>,
    is_such: fn(&UsedResource<'_>, Identifier<'_>, Identifier<'_>) -> bool,
) -> Sight {
    let Some(used) = resource(evidence)? else { return Ok(None) };
    let published = used.metadata.resource().unwrap_or_default();
    let both = Identifier::parse(published).zip(Identifier::parse(evidence.target()));
    let is_there = both.is_some_and(|(published, target)| is_such(&used, published, target));
    seen_if(is_there, used.exchange, published)
}

fn same_origin(one: Identifier<'_>, other: Identifier<'_>) -> bool {
    one.canonical_origin() == other.canonical_origin()
}

fn is_bare(url: Identifier<'_>) -> bool {
    matches!(url.path, "" | "/")
}

/// Whether `above` is a path above that of the other, but the root.
fn is_above(above: Identifier<'_>, target: Identifier<'_>) -> bool {
    let prefix = format!("{}/", above.path.trim_end_matches('/'));
    same_origin(above, target) && !is_bare(above) && target.path.starts_with(&prefix) && target.path != prefix
}

/// What comes of a resource that a client does not take for the MCP URL.
fn meets_resource(traits: &Traits, evidence: &Evidence<'_>) -> Reaction {
    let Ok(Some(used)) = resource(evidence) else { return UNREAD };
    let published = used.metadata.resource().unwrap_or_default();
    match traits.resource.rule.accepts(published, evidence.target(), used.is_guessed_root()) {
        None => UNREAD,
        Some(true) => Reaction::Connects,
        Some(false) => refused_resource(traits, evidence, &used),
    }
}

fn refused_resource(traits: &Traits, evidence: &Evidence<'_>, used: &UsedResource<'_>) -> Reaction {
    match traits.resource.mismatch {
        Mismatch::Accepts => Reaction::Connects,
        Mismatch::Stops => Reaction::Stops("refuses metadata of another resource"),
        Mismatch::StopsIfNamed if used.is_named() => {
            Reaction::Stops("refuses metadata of another resource that a challenge named")
        }
        Mismatch::StopsIfNamed | Mismatch::NextThenLegacy => legacy(evidence),
        Mismatch::Unknown => UNREAD,
    }
}

const NAME_THE_URL: &str = "Let resource be the MCP URL, character by character as clients are given it.";

pub(super) static RESOURCE_MISSING: Shape = Shape {
    id: "prm-resource-missing",
    title: "The resource metadata names no resource",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: NAME_THE_URL,
    checks: &["prm-resource-valid"],
    shown_by: &[&["resource-missing"]],
    seen: |evidence| {
        let Some(used) = resource(evidence)? else { return Ok(None) };
        seen_if(used.metadata.resource().is_none(), used.exchange, "no resource")
    },
    meets: |traits, evidence| {
        let Ok(Some(used)) = resource(evidence) else { return UNREAD };
        match (traits.resource.rule, traits.resource.named_failed) {
            (ResourceRule::Unknown, _) => UNREAD,
            (ResourceRule::NotCompared, _) => Reaction::Connects,
            // Their schemas refuse the document before anything is compared.
            (
                ResourceRule::Prefix | ResourceRule::PrefixSlashIgnored,
                NamedFailed::Legacy | NamedFailed::Next,
            ) if traits.resource.mismatch == Mismatch::Stops => legacy(evidence),
            _ => refused_resource(traits, evidence, &used),
        }
    },
};

pub(super) static RESOURCE_ORIGIN: Shape = Shape {
    id: "prm-resource-origin-by-header",
    title: "The document for the MCP URL names the origin as its resource",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: NAME_THE_URL,
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        resource_is(evidence, |used, published, target| {
            !used.is_guessed_root()
                && same_origin(published, target)
                && is_bare(published)
                && !is_bare(target)
        })
    },
    meets: meets_resource,
};

pub(super) static ROOT_FULL_RESOURCE: Shape = Shape {
    id: "prm-at-root-full-resource",
    title: "Only the origin has a document, which no challenge names, and its resource is the whole MCP URL",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Serve the document at the well-known location of the MCP path, and name it in the challenge.",
    checks: &["prm-path-insertion"],
    shown_by: &[&["resource-metadata-at-root"]],
    seen: |evidence| {
        resource_is(evidence, |used, published, target| {
            used.is_guessed_root()
                && same_origin(published, target)
                && published.path == target.path
                && !is_bare(target)
        })
    },
    meets: meets_resource,
};

pub(super) static ROOT_ORIGIN_RESOURCE: Shape = Shape {
    id: "prm-at-root-origin-resource",
    title: "Only the origin has a document, which no challenge names, and its resource is the origin",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Serve a document of the MCP URL at the well-known location of its path, and name it in the challenge.",
    checks: &["prm-path-insertion"],
    shown_by: &[],
    seen: |evidence| {
        resource_is(evidence, |used, published, target| {
            used.is_guessed_root() && same_origin(published, target) && is_bare(published) && !is_bare(target)
        })
    },
    meets: meets_resource,
};

pub(super) static RESOURCE_PREFIX: Shape = Shape {
    id: "prm-resource-prefix",
    title: "The resource is a path above the MCP URL",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: NAME_THE_URL,
    checks: &[],
    shown_by: &[],
    seen: |evidence| resource_is(evidence, |_, published, target| is_above(published, target)),
    meets: meets_resource,
};

pub(super) static RESOURCE_SLASH: Shape = Shape {
    id: "prm-resource-slash",
    title: "The resource ends with a slash that the MCP URL does not have",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Take the slash from the end of resource, or give clients the URL with it.",
    checks: &["prm-resource-exact"],
    shown_by: &[&["resource-trailing-slash"]],
    seen: |evidence| {
        resource_is(evidence, |_, published, target| {
            same_origin(published, target)
                && !is_bare(target)
                && published.path.strip_suffix('/') == Some(target.path)
        })
    },
    meets: meets_resource,
};

pub(super) static RESOURCE_OTHER_PATH: Shape = Shape {
    id: "prm-resource-other-path",
    title: "The resource is another path of the origin",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: NAME_THE_URL,
    checks: &["prm-resource-matches"],
    shown_by: &[&["resource-with-query"]],
    seen: |evidence| {
        resource_is(evidence, |_, published, target| {
            let own = published.path.trim_end_matches('/');
            same_origin(published, target)
                && !is_bare(published)
                && !is_above(published, target)
                && (own != target.path.trim_end_matches('/') || published.query != target.query)
        })
    },
    meets: meets_resource,
};

pub(super) static RESOURCE_OTHER_ORIGIN: Shape = Shape {
    id: "prm-resource-other-origin",
    title: "The resource is on another origin",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: NAME_THE_URL,
    checks: &["prm-resource-matches"],
    shown_by: &[&["resource-mismatch"]],
    seen: |evidence| resource_is(evidence, |_, published, target| !same_origin(published, target)),
    meets: meets_resource,
};

pub(super) static NO_SERVERS: Shape = Shape {
    id: "prm-no-servers",
    title: "The resource metadata lists no authorization server",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "List the issuer of the authorization server in authorization_servers.",
    checks: &["prm-authorization-servers"],
    shown_by: &[&["authorization-servers-empty"], &["authorization-servers-string"]],
    seen: |evidence| {
        let Some(used) = resource(evidence)? else { return Ok(None) };
        let empty = used.metadata.authorization_servers().is_empty();
        seen_if(empty, used.exchange, "authorization_servers lists nothing")
    },
    meets: |traits, evidence| match traits.resource.without_servers {
        WithoutServers::Legacy => legacy(evidence),
        WithoutServers::Stops => Reaction::Stops("stops where no authorization server is listed"),
        WithoutServers::Unknown => UNREAD,
    },
};

pub(super) static FIRST_SERVER_DEAD: Shape = Shape {
    id: "prm-first-server-dead",
    title: "Of several authorization servers the first publishes nothing",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "List the authorization server that is to be used first, or alone.",
    checks: &["prm-authorization-servers-published"],
    shown_by: &[],
    seen: |evidence| {
        let Some(used) = resource(evidence)? else { return Ok(None) };
        let listed = used.metadata.authorization_servers();
        let [first, _, ..] = listed.as_slice() else { return Ok(None) };
        let asked = evidence.server_metadata_tried().chain(evidence.other_server_metadata());
        let of_first = asked.filter(|(exchange, _)| origin(&exchange.request.url) == origin(first));
        let read: Vec<_> = of_first.map(|(_, read)| read.is_ok()).collect();
        seen_if(!read.is_empty() && !read.contains(&true), used.exchange, *first)
    },
    meets: |traits, _| match traits.server.choice {
        ServerChoice::Each => Reaction::Connects,
        ServerChoice::First => Reaction::Stops("takes the first, and finds no metadata"),
        ServerChoice::OfApplication => {
            Reaction::Stops("takes the first, unless the application chooses another")
        }
        ServerChoice::Unknown => UNREAD,
    },
};

pub(super) static REDIRECT: Shape = Shape {
    id: "metadata-redirect",
    title: "A URL of metadata redirects to another origin",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    change: "Answer with the document itself instead of a redirect.",
    checks: &["prm-200-json", "as-metadata-200-json"],
    shown_by: &[],
    seen: |evidence| {
        let is_metadata =
            |purpose| matches!(purpose, Purpose::ResourceMetadata(_) | Purpose::ServerMetadata(_));
        let mut asked = evidence.sent(is_metadata).peekable();
        if asked.peek().is_none() {
            return Err(Missing::Step(Step::ResourceMetadata));
        }
        let leaves = |exchange: &&Exchange| {
            let to = exchange.response().and_then(Response::redirect);
            let from = url::Url::parse(&exchange.request.url).ok();
            let to = to.and_then(|to| from.as_ref()?.join(&to).ok());
            to.is_some_and(|to| from.is_some_and(|from| from.origin() != to.origin()))
        };
        let Some(exchange) = asked.find(leaves) else { return Ok(None) };
        let to = exchange.response().and_then(Response::redirect).unwrap_or_default();
        seen_if(true, exchange, format!("{} to {to}", exchange.ended()))
    },
    meets: |traits, evidence| match traits.resource.redirect {
        MetadataRedirect::Follows => Reaction::Connects,
        MetadataRedirect::Stops => Reaction::Stops("stops at a redirect to another origin"),
        MetadataRedirect::Missing => legacy(evidence),
        MetadataRedirect::Unknown => UNREAD,
    },
};
