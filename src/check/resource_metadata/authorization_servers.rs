//! The list of authorization servers.

use serde_json::Value;

use crate::check::published_url::UnfitUrl;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url};
use crate::document::identifier::Identifier;
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

const MEMBER: &str = "authorization_servers";

pub(in crate::check) static LISTED: Check = Check {
    id: "prm-authorization-servers",
    title: "The document lists at least one authorization server",
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
        rfc!(9728, "2"),
    ],
    doc: Doc {
        checks: "authorization_servers is an array of strings with at least one element.",
        matters: "A client takes the issuer from here. With an empty list, a bare string or objects it has none.",
        fix: "Publish authorization_servers as an array of issuer strings in the gateway's resource metadata, even if there is only one: [\"https://tenant.auth0.com/\"].",
    },
    judge: listed,
};

fn listed(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.resource_metadata()?;
    let value = metadata.json.members.get(MEMBER);
    let message = match value {
        None => "The document has no authorization_servers",
        Some(Value::Array(servers)) if servers.is_empty() => "The list of authorization servers is empty",
        Some(Value::Array(servers)) if servers.iter().all(Value::is_string) => return Ok(()),
        Some(Value::Array(_)) => "authorization_servers holds other things than strings",
        Some(_) => "authorization_servers is not an array",
    };
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
    Err(finding.compare("an array of issuers", display::shown(value)).fail())
}

pub(in crate::check) static ISSUER_FORMAT: Check = Check {
    id: "prm-issuer-format",
    title: "Every listed authorization server is an issuer: https, no query, no fragment",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "2"), rfc!(8414, "2")],
    doc: Doc {
        checks: "Each element of authorization_servers is an absolute https URL without query and fragment, and not the URL of a metadata document. Loopback and http to it are excused where the target is on loopback itself.",
        matters: "Clients build the metadata URL from the issuer. From a metadata URL they build a location that does not exist.",
        fix: "List the issuer – what the authorization server's metadata says in issuer – not the address of its /.well-known document.",
    },
    judge: issuer_format,
};

fn issuer_format(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.resource_metadata()?;
    let servers = metadata.json.members.get(MEMBER).and_then(Value::as_array);
    let issuers =
        servers.into_iter().flatten().enumerate().filter_map(|(at, value)| Some((at, value.as_str()?)));
    let mut any = false;
    for (index, issuer) in issuers {
        any = true;
        let wrong = match Identifier::parse(issuer) {
            None => "is not an absolute http(s) URL",
            Some(url) if url.path.contains("/.well-known/") => {
                "is the URL of a metadata document, not an issuer"
            }
            Some(url) if !url.query.is_empty() => "has a query",
            Some(_) if issuer.contains('#') => "has a fragment",
            Some(_) => match published_url::unfit_of_another_party(issuer, evidence.target()) {
                Some(UnfitUrl::Cleartext) => "is plain http",
                Some(unfit) => unfit.defect(),
                None => continue,
            },
        };
        let at = At::Member(format!("/{MEMBER}/{index}"));
        let message = format!("The authorization server {issuer:?} {wrong}");
        return Err(Finding::in_exchange(exchange, at, message).compare("an https issuer", issuer).fail());
    }
    if any { Ok(()) } else { Err(Verdict::untestable("no authorization server is listed")) }
}

pub(in crate::check) static PUBLISHED: Check = Check {
    id: "prm-authorization-servers-published",
    title: "Every listed authorization server publishes metadata of its own",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(9728, "2"), rfc!(8414, "3.3")],
    doc: Doc {
        checks: "Each authorization server that is listed besides the one the walk uses has metadata at one of its well-known locations, and the issuer in it is the one that is listed.",
        matters: "Which of the servers a client uses is its own choice: one that picks another than the first gets nowhere, and the fault looks like the client's.",
        fix: "Take servers that are no longer used out of authorization_servers at the gateway, and write each as its own metadata does.",
    },
    judge: published,
};

fn published(evidence: &Evidence<'_>) -> Judgement {
    let (document, metadata) = evidence.resource_metadata()?;
    let read: Vec<_> = evidence.other_server_metadata().collect();
    if read.is_empty() {
        return Err(Verdict::not_applicable(
            "no other authorization server is listed than the one that is used",
        ));
    }
    let servers = metadata.authorization_servers();
    for (index, issuer) in servers.iter().enumerate() {
        let Some(identifier) = Identifier::parse(issuer) else { continue };
        let order = evidence.protocol_version().server_metadata_order();
        let urls: Vec<_> = order.iter().filter_map(|&at| identifier.server_metadata(at)).collect();
        let mut asked = read.iter().filter(|(exchange, _)| urls.contains(&exchange.request.url)).peekable();
        let Some((exchange, _)) = asked.peek() else { continue };
        let at = At::Member(format!("/{MEMBER}/{index}"));
        match asked.find_map(|(_, metadata)| metadata.as_ref().ok()) {
            Some(metadata) if metadata.issuer() == Some(issuer) => {}
            Some(metadata) => {
                let message = format!(
                    "The metadata of the listed authorization server {issuer:?} names another issuer"
                );
                let finding = Finding::in_exchange(document, at, message);
                return Err(finding.compare(*issuer, metadata.issuer().unwrap_or("no issuer")).fail());
            }
            None => {
                let message = format!("The listed authorization server {issuer:?} publishes no metadata");
                let finding = Finding::in_exchange(document, at, message);
                return Err(finding
                    .compare("metadata at a well-known location", &exchange.request.url)
                    .fail());
            }
        }
    }
    Ok(())
}
