//! Whether the document is found where clients look for it.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, publication, response};
use crate::document::Unusable;
use crate::document::identifier::{Identifier, is_behind_the_path};
use crate::document::resource_metadata::ResourceMetadata;
use crate::exchange::{Exchange, ProbeId, Purpose};
use crate::specification::cite::{AUTHORIZATION_SERVER_LOCATION, METADATA_DISCOVERY_REQUIREMENTS, mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, ResourceMetadataLocation, Step};

pub(in crate::check) static PRESENT: Check = Check {
    id: "prm-present",
    title: "The resource publishes protected-resource metadata",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[
        mcp!(
            ["2025-06-18", "2025-11-25"],
            "basic/authorization",
            "Authorization Server Location",
            "authorization-server-location"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/authorization-server-discovery",
            "Authorization Server Location",
            "authorization-server-location"
        ),
        rfc!(9728, "3"),
    ],
    doc: Doc {
        checks: "The URL of the challenge, the well-known location with the path of the target, and the one on the origin are asked in this order. One of them responds with a JSON object.",
        matters: "The document is the only link from the MCP server to its authorization server. Without it a client cannot even begin.",
        fix: "Serve /.well-known/oauth-protected-resource plus the path of the MCP route without authentication. Exclude it from the authorization policy, from login redirects and from the catch-all page of a web app.",
    },
    judge: present,
};

fn present(evidence: &Evidence<'_>) -> Judgement {
    let mut tried = Vec::new();
    let mut telling = None;
    let mut undecided = None;
    for (exchange, document) in evidence.resource_metadata_tried() {
        let Err(why) = document else { return found(evidence, exchange) };
        undecided = undecided.or_else(|| publication::undecided(exchange, &why, evidence.target()));
        tried.push(format!("{} {why}", exchange.request.url));
        // A location that responds tells more than one where there is nothing.
        if telling.is_none_or(|(_, absent)| absent && why != Unusable::Status(404)) {
            telling = Some((exchange, why == Unusable::Status(404)));
        }
    }
    let Some((telling, _)) = telling else {
        return Err(Verdict::untestable("the walk did not reach the resource metadata"));
    };
    if evidence.unauthenticated().is_ok_and(|(_, response)| response.is_success()) {
        return Err(Verdict::not_applicable("the server serves everybody: authorization is optional"));
    }
    if let Some(undecided) = undecided {
        return Err(undecided);
    }
    let message = format!("No location responds with resource metadata: {}", tried.join("; "));
    Err(Finding::in_exchange(telling, At::Body, message)
        .compare("200 with a JSON object", "no document")
        .fail())
}

/// A document counts where a client finds it: not behind a challenge that names it by its path alone.
fn found(evidence: &Evidence<'_>, exchange: &Exchange) -> Judgement {
    if exchange.request.purpose != Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge) {
        return Ok(());
    }
    let Ok((_, challenge)) = evidence.challenge() else { return Ok(()) };
    let target = Identifier::parse(evidence.target());
    let mut places = [ResourceMetadataLocation::PathInserted, ResourceMetadataLocation::Root]
        .into_iter()
        .filter_map(|location| target?.resource_metadata(location));
    if places.any(|place| place == exchange.request.url) {
        return Ok(());
    }
    match challenge.get("resource_metadata") {
        Some(named) if Identifier::parse(named).is_none() => {
            let message = format!(
                "The document is at {} only, which the challenge gives as {named:?}: a client has no absolute URL to ask, and the well-known places have none",
                exchange.request.url
            );
            let finding = Finding::in_exchange(exchange, At::Body, message);
            Err(finding.compare("a document at a well-known place, or its absolute URL", named).fail())
        }
        _ => Ok(()),
    }
}

pub(in crate::check) static DISCOVERABLE: Check = Check {
    id: "prm-discoverable",
    title: "The place where clients look first yields the document",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[AUTHORIZATION_SERVER_LOCATION, METADATA_DISCOVERY_REQUIREMENTS, rfc!(9728, "5.1")],
    doc: Doc {
        checks: "If the challenge names a resource_metadata URL, that URL responds with the document, even if another location would.",
        matters: "Clients must use the URL of the challenge when there is one. Many do not try the well-known location after it failed.",
        fix: "Correct the URL the gateway writes into the challenge: compare its path with the route that serves the document.",
    },
    judge: |evidence| {
        let (used, _) = evidence.resource_metadata()?;
        let named = evidence.resource_metadata_tried().find(|(exchange, _)| {
            exchange.request.purpose == Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge)
        });
        let Some((exchange, Err(why))) = named else { return Ok(()) };
        let message = format!(
            "The URL of the challenge, {}, {why}; the document is at {}",
            exchange.request.url, used.request.url
        );
        let finding = Finding::in_exchange(exchange, At::Body, message);
        Err(finding.compare("200 with a JSON object", why.to_string()).fail())
    },
};

pub(in crate::check) static PATH_INSERTION: Check = Check {
    id: "prm-path-insertion",
    title: "A resource with a path has its document at the well-known location with that path",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must)
        .then(ProtocolVersion::V2025_11_25, Level::May)
        .lowered(Level::Must, "RFC 9728 §3.1 says must; since 2025-11-25 MCP lets the origin's document or the challenge's URL do"),
    cites: &[
        rfc!(9728, "3.1"),
        METADATA_DISCOVERY_REQUIREMENTS,
    ],
    doc: Doc {
        checks: "The document of a target with a path is found at /.well-known/oauth-protected-resource plus that path, not only on the origin. Where the challenge names another URL, nothing says where else it is – unless that URL puts the well-known suffix behind the path instead of before it.",
        matters: "MCP lets the origin's document stand for all paths since 2025-11-25; RFC 9728 does not. A second MCP server on the same host has no place for its own.",
        fix: "Add a route /.well-known/oauth-protected-resource/<path of the MCP route> in the gateway. The slash goes after the suffix, not before: /mcp/.well-known/… is not looked at.",
    },
    judge: |evidence| {
        let (exchange, _) = evidence.resource_metadata()?;
        let inserted = Identifier::parse(evidence.target())
            .and_then(|target| target.resource_metadata(ResourceMetadataLocation::PathInserted));
        let Some(inserted) = inserted else {
            return Err(Verdict::not_applicable("the target has no path"));
        };
        let there = evidence.probe(ProbeId::ResourceMetadataAtPath);
        if there.is_ok_and(|(exchange, _)| ResourceMetadata::read(exchange).is_ok()) {
            return Ok(());
        }
        match exchange.request.purpose {
            Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge)
                if is_behind_the_path(&exchange.request.url) =>
            {
                let finding = Finding::in_exchange(
                    exchange,
                    At::Body,
                    "The document is published with the well-known part behind a path; clients that go by the well-known path do not look there",
                );
                Err(finding.compare(inserted, exchange.request.url.clone()).fail())
            }
            Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge)
                if exchange.request.url != inserted =>
            {
                Err(Verdict::not_applicable("the challenge names another URL of the document"))
            }
            Purpose::ResourceMetadata(ResourceMetadataLocation::Root) => {
                let finding = Finding::in_exchange(
                    exchange,
                    At::Body,
                    "Only the origin serves the document, not the path of the target",
                );
                Err(finding.compare(inserted, exchange.request.url.clone()).fail())
            }
            _ => Ok(()),
        }
    },
};

pub(in crate::check) static JSON_200: Check = Check {
    id: "prm-200-json",
    title: "The document is sent with status 200 as application/json",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "3.2")],
    doc: Doc {
        checks: "The document that was found came with status 200 and content-type application/json, without a redirect on the way.",
        matters: "Strict clients look at the media type before they parse, and treat text/plain or text/html as \"not found\".",
        fix: "Respond at that very URL with 200, without a redirect, and set the content-type of the metadata route to application/json. A static file without an extension is often served as text/plain or application/octet-stream.",
    },
    judge: |evidence| {
        let (exchange, _) = evidence.resource_metadata()?;
        publication::no_redirect_to(
            exchange,
            evidence.resource_metadata_tried().map(|(exchange, _)| exchange),
        )?;
        exchange.response().map_or(Ok(()), |response| response::json_response(exchange, response, 200))
    },
};
