//! The resource identifier: whether it is one, and whose it is.

use crate::check::cite::{mcp, rfc};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, look};
use crate::document::identifier::{Identifier, Relation, relation};
use crate::exchange::Exchange;
use crate::specification::{Level, Party, ProtocolVersion, Step};

fn at() -> At {
    At::Member(look::pointer("resource"))
}

pub(in crate::check) static VALID: Check = Check {
    id: "prm-resource-valid",
    title: "The document names its resource as an https URL without a fragment",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "2"), rfc!(9728, "1.2")],
    doc: Doc {
        checks: "The member resource is a string with an absolute https URL, without a fragment, with a host clients can reach. http is excused on loopback.",
        matters: "Clients send this string to the authorization server and compare it with the URL they use. http or an inner host name there means that the gateway does not know its own public address.",
        fix: "Set resource to the public URL of the MCP route. Behind a TLS terminator, configure the public URL, or make the gateway trust X-Forwarded-Proto and X-Forwarded-Host.",
    },
    judge: valid,
};

fn valid(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.resource_metadata()?;
    let found = look::shown(metadata.json.members.get("resource"));
    let message = match metadata.resource() {
        None if found == "nothing" => "The document names no resource".to_owned(),
        None => format!("The document's resource is no string, but {found}"),
        Some(resource) if Identifier::parse(resource).is_none() => {
            format!("The resource {resource:?} is not an absolute http(s) URL")
        }
        Some(resource) if resource.contains('#') => format!("The resource {resource} has a fragment"),
        Some(resource) if look::is_internal(resource) && !look::is_internal(evidence.target()) => {
            format!("The resource {resource} names a host inside a private network")
        }
        Some(resource) if look::is_exposed(resource) => format!(
            "The resource {resource} is plain http: a gateway behind a TLS terminator that does not know its public scheme"
        ),
        Some(_) => return Ok(()),
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
        checks: "resource is the target URL, code point by code point. A slash at the end or a parent path on the same origin are left to prm-resource-exact.",
        matters: "A client must discard a document about another resource: it could send its user to a foreign authorization server.",
        fix: "Set resource to the URL that clients enter, not to the upstream's. Check host, port, path and case.",
    },
    judge: |evidence| match compared(evidence)? {
        (exchange, resource, Relation::Other) => {
            let message = format!("The document describes {resource}, not the target");
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
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[
        rfc!(9728, "3.3"),
        mcp!("2025-11-25", "basic/authorization", "Canonical Server URI", "canonical-server-uri"),
    ],
    doc: Doc {
        checks: "resource does not merely differ from the target by one slash at the end, and is not merely a parent of its path.",
        matters: "RFC 9728 demands identity; MCP's examples and most SDKs let a parent pass, strict clients do not. URL libraries add the slash to a bare origin by themselves.",
        fix: "Write resource as a plain string exactly like the URL clients use, without a slash at the end. Do not run it through a URL type.",
    },
    judge: |evidence| {
        let (exchange, resource, related) = compared(evidence)?;
        let message = match related {
            Relation::SlashOnly => "The resource differs from the target by the slash at the end",
            Relation::Parent => "The resource is a parent of the target, not the target itself",
            Relation::Identical => return Ok(()),
            Relation::Other => return Err(Verdict::untestable("the document describes another resource")),
        };
        Err(Finding::in_exchange(exchange, at(), message).compare(evidence.target(), resource).fail())
    },
};

/// The published resource and how it relates to the target.
fn compared<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, String, Relation), Verdict> {
    let (exchange, metadata) = evidence.resource_metadata()?;
    let resource =
        metadata.resource().ok_or_else(|| Verdict::untestable("the document names no resource"))?;
    Ok((exchange, resource.to_owned(), relation(resource, evidence.target())))
}
