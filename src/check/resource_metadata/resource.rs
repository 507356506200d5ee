//! The resource identifier: whether it is one, and whose it is.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url};
use crate::document::identifier::{Identifier, Relation, relation};
use crate::exchange::{Exchange, Purpose};
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, ResourceMetadataLocation, Step};

fn at() -> At {
    At::Member(display::pointer("resource"))
}

pub(in crate::check) static VALID: Check = Check {
    id: "prm-resource-valid",
    title: "The document names its resource as an https URL without a fragment",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "2"), rfc!(9728, "1.2")],
    doc: Doc {
        checks: "The member resource is a string with an absolute https URL, without a fragment, with a host clients can reach. Loopback and http to it are excused where the target is on loopback itself.",
        matters: "Clients send this string to the authorization server and compare it with the URL they use. http or an inner host name there means that the gateway does not know its own public address.",
        fix: "Set resource to the public URL of the MCP route. Behind a TLS terminator, configure the public URL, or make the gateway trust X-Forwarded-Proto and X-Forwarded-Host.",
    },
    judge: valid,
};

fn valid(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.resource_metadata()?;
    let found = display::shown(metadata.json.members.get("resource"));
    let message = match metadata.resource() {
        None if found == "nothing" => "The document names no resource".to_owned(),
        None => format!("The document's resource is no string, but {found}"),
        Some(resource) if Identifier::parse(resource).is_none() => {
            format!("The resource {resource:?} is not an absolute http(s) URL")
        }
        Some(resource) if resource.contains('#') => format!("The resource {resource} has a fragment"),
        Some(resource) => match published_url::unfit(resource, evidence.target()) {
            Some(unfit) => format!("The resource {resource} {}", unfit.defect()),
            None => return Ok(()),
        },
    };
    Err(Finding::in_exchange(exchange, at(), message).compare("an https URL", found).fail())
}

pub(in crate::check) static MATCHES: Check = Check {
    id: "prm-resource-matches",
    title: "The document describes the resource it was asked for",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "3.3"), rfc!(9728, "6")],
    doc: Doc {
        checks: "resource is the target URL, code point by code point, as typed or as every client sends it: scheme and host in small letters and ASCII, without the default port. The case of the host, a slash at the end, or a parent path on the same origin are left to prm-resource-exact.",
        matters: "A client must discard a document about another resource: it could send its user to a foreign authorization server.",
        fix: "Set resource to the URL that clients enter, not to the upstream's. Check host, port, path and case; leave out :443 and :80, and write the host in ASCII (xn--…).",
    },
    judge: |evidence| match compared(evidence)? {
        (exchange, resource, relation) if relation.is_mismatch() => {
            let message = if relation == Relation::SpellingOnly {
                format!(
                    "The document describes {resource}: only the default port or the spelling of the host differs from the target, and clients compare code points"
                )
            } else {
                format!("The document describes {resource}, not the target")
            };
            Err(Finding::in_exchange(exchange, at(), message).compare(evidence.target(), resource).fail())
        }
        _ => Ok(()),
    },
};

pub(in crate::check) static EXACT: Check = Check {
    id: "prm-resource-exact",
    title: "The resource is the target URL to the last slash and path segment",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should).lowered(
        Level::Must,
        "RFC 9728 §3.3 says must; MCP lets a resource stand for all paths below it, and clients accept a parent and a slash",
    ),
    cites: &[
        rfc!(9728, "3.3"),
        mcp!(["2025-06-18", "2025-11-25", "2026-07-28"], "basic/authorization", "Canonical Server URI", "canonical-server-uri"),
    ],
    doc: Doc {
        checks: "resource does not merely differ from the target by one slash at the end or by the case of its host, and is not merely a parent of its path. A slash that only the typed URL has is the user's own, and a document at the well-known place of the very resource it names is exact.",
        matters: "RFC 9728 demands identity; MCP's examples and most SDKs let a parent pass, strict clients do not. URL libraries add the slash to a bare origin by themselves.",
        fix: "Write resource as a plain string exactly like the URL clients use, without a slash at the end. Do not run it through a URL type.",
    },
    judge: |evidence| {
        let (exchange, resource, related) = compared(evidence)?;
        let message = match related {
            Relation::SlashOnly if !resource.ends_with('/') => {
                return Err(Verdict::not_applicable(
                    "only the URL that was typed has a slash at the end, which MCP recommends to leave out",
                ));
            }
            Relation::Parent if is_at_its_place(exchange, &resource) => return Ok(()),
            Relation::CaseOnly => "The resource differs from the target by the case of scheme or host",
            Relation::SlashOnly => "The resource differs from the target by the slash at the end",
            Relation::Parent => "The resource is a parent of the target, not the target itself",
            Relation::Identical => return Ok(()),
            Relation::SpellingOnly | Relation::Other => return Err(Verdict::untestable("the document describes another resource")),
        };
        Err(Finding::in_exchange(exchange, at(), message).compare(evidence.target(), resource).fail())
    },
};

/// Whether a document was asked for where RFC 9728 §3.1 puts that of the resource it names: then §3.3 asks no more.
fn is_at_its_place(exchange: &Exchange, resource: &str) -> bool {
    let Purpose::ResourceMetadata(ResourceMetadataLocation::PathInserted | ResourceMetadataLocation::Root) =
        exchange.request.purpose
    else {
        return false;
    };
    let resource = Identifier::parse(resource);
    let places = [ResourceMetadataLocation::PathInserted, ResourceMetadataLocation::Root];
    let place = places.into_iter().find_map(|location| resource?.resource_metadata(location));
    place.as_deref() == Some(exchange.request.url.as_str())
}

/// The published resource and how it relates to the target.
fn compared<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, String, Relation), Verdict> {
    let (exchange, metadata) = evidence.resource_metadata()?;
    let resource =
        metadata.resource().ok_or_else(|| Verdict::untestable("the document names no resource"))?;
    Ok((exchange, resource.to_owned(), relation(resource, evidence.target())))
}
