//! The resource metadata at other places than the walk's.

use crate::check::{
    At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, publication, response,
};
use crate::document::resource_metadata::ResourceMetadata;
use crate::exchange::ProbeId;
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static AGREE: Check = Check {
    id: "prm-sources-agree",
    title: "The same document is at every place where there is one",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::May),
    cites: &[rfc!(9728, "3"), rfc!(9728, "5.2")],
    doc: Doc {
        checks: "Where the well-known path of the target and the root of its origin have a document too, resource and authorization_servers are those the walk read. A root that describes the whole origin may name the origin.",
        matters: "Clients look in different orders. Two documents send them to different authorization servers, and only some get in.",
        fix: "Serve one document from one place, and let the other places respond with 404.",
    },
    judge: agree,
};

fn agree(evidence: &Evidence<'_>) -> Judgement {
    let (_, used) = evidence.resource_metadata()?;
    let mut compared = false;
    let mut unsent = None;
    for id in [ProbeId::ResourceMetadataAtPath, ProbeId::ResourceMetadataAtRoot] {
        let (exchange, _) = match evidence.probe(id) {
            Ok(found) => found,
            Err(verdict) => {
                if unsent.is_none() || matches!(verdict, Verdict::Untestable(_)) {
                    unsent = Some(verdict);
                }
                continue;
            }
        };
        let Ok(other) = ResourceMetadata::read(exchange) else { continue };
        compared = true;
        let wide = id == ProbeId::ResourceMetadataAtRoot && other.resource() != used.resource();
        if wide && other.resource().is_some_and(|r| used.resource().is_some_and(|u| u.starts_with(r))) {
            continue;
        }
        for member in ["resource", "authorization_servers"] {
            let (expected, found) = (used.json.members.get(member), other.json.members.get(member));
            if expected != found {
                let message = format!(
                    "{} names another {member} than the document the walk read",
                    exchange.request.url
                );
                let finding = Finding::in_exchange(exchange, At::Member(display::pointer(member)), message);
                return Err(finding.compare(display::shown(expected), display::shown(found)).fail());
            }
        }
    }
    match (compared, unsent) {
        (true, _) => Ok(()),
        (false, Some(verdict @ Verdict::Untestable(_))) => Err(verdict),
        (false, _) => Err(Verdict::not_applicable("there is one document only")),
    }
}

pub(in crate::check) static PER_PATH: Check = Check {
    id: "prm-per-path",
    title: "A path that does not exist has no resource metadata",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::May),
    cites: &[rfc!(9728, "3"), rfc!(9728, "7.3")],
    doc: Doc {
        checks: "The well-known location of a path that no server has is not answered with a document.",
        matters: "A wildcard route vouches for every path of the host, also for those that somebody else controls.",
        fix: "Publish the document for the paths of your MCP routes only, and respond with 404 to others.",
    },
    judge: per_path,
};

fn per_path(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.probe(ProbeId::ResourceMetadataElsewhere)?;
    let document = ResourceMetadata::read(exchange).ok();
    let Some(resource) = document.as_ref().and_then(ResourceMetadata::resource) else {
        return response::processed(response);
    };
    let message = format!("A path that does not exist has metadata, which names the resource {resource}");
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer("resource")), message);
    Err(finding.compare("404", response.status.to_string()).fail())
}

pub(in crate::check) static ABSENT: Check = Check {
    id: "prm-absent-404",
    title: "A well-known place of the resource without a document responds with an error",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::May),
    cites: &[rfc!(9728, "3.2"), rfc!(9110, "15.5.5")],
    doc: Doc {
        checks: "No well-known place that was asked for resource metadata responds with 2xx and a JSON object that is none: with neither resource nor authorization_servers. gatewalk takes it for no document and looks on.",
        matters: "Many clients take the first 200 for the document, find nothing in it, and do not look at the next place.",
        fix: "Respond with 404 where there is no document; look for a handler of the framework that says \"not found\" with status 200.",
    },
    judge: absent,
};

fn absent(evidence: &Evidence<'_>) -> Judgement {
    let mut tried = evidence.resource_metadata_tried().map(|(exchange, _)| exchange).peekable();
    if tried.peek().is_none() {
        return Err(Verdict::untestable("the walk did not reach the resource metadata"));
    }
    let beyond = [ProbeId::ResourceMetadataAtPath, ProbeId::ResourceMetadataAtRoot];
    let probed = beyond.into_iter().filter_map(|id| Some(evidence.probe(id).ok()?.0));
    publication::no_other_object(tried.chain(probed), ResourceMetadata::read)
}
