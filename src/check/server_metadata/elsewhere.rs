//! The server metadata at other places than the walk's.

use std::collections::BTreeSet;

use crate::check::{
    At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, publication, response,
};
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{ProbeId, Purpose};
use crate::specification::ServerMetadataLocation;
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static AGREE: Check = Check {
    id: "as-documents-agree",
    title: "The RFC 8414 document and the OpenID document say the same",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(9068, "4"), rfc!(8414, "5")],
    doc: Doc {
        checks: "If there are both, they have the same issuer, endpoints, key set, grant types, response types and authentication methods, and either both name a registration endpoint or none.",
        matters: "A gateway reads one of them, the client the other: tokens are then refused for a key or an issuer that one of the two does not know.",
        fix: "Generate both from one source. If the gateway serves one of them itself, compare it with the original.",
    },
    judge: agree,
};

fn agree(evidence: &Evidence<'_>) -> Judgement {
    let (_, used) = evidence.server_metadata()?;
    let probed = [ProbeId::ServerMetadataOAuth, ProbeId::ServerMetadataOpenId].map(|id| evidence.probe(id));
    let other = probed.iter().flatten().find_map(|(e, _)| Some((*e, ServerMetadata::read(e).ok()?)));
    let Some((exchange, other)) = other else {
        let mut unsent = probed.into_iter().filter_map(Result::err);
        let untestable = unsent.find(|verdict| matches!(verdict, Verdict::Untestable(_)));
        return Err(untestable.unwrap_or_else(|| Verdict::not_applicable("there is one document only")));
    };
    let Some(member) = SHARED.into_iter().find(|member| differ(&used, &other, member)) else { return Ok(()) };
    let (here, there) = (used.json.members.get(member), other.json.members.get(member));
    let difference = match (here, there) {
        (Some(_), Some(_)) => format!("has another {member} than"),
        (_, None) => format!("has no {member}, unlike"),
        (None, Some(_)) => format!("has a {member}, unlike"),
    };
    let message = format!("{} {difference} the document the walk read", exchange.request.url);
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(member)), message);
    Err(finding.compare(display::shown(here), display::shown(there)).fail())
}

/// What both documents tell clients. Where only OpenID asks for a member, the other need not have it.
const SHARED: [&str; 11] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "grant_types_supported",
    "response_types_supported",
    "token_endpoint_auth_methods_supported",
    "client_id_metadata_document_supported",
];

/// Whether two documents contradict each other in a member: lists are sets, and only what says how to become a client
/// must not be left out of one.
fn differ(used: &ServerMetadata, other: &ServerMetadata, member: &str) -> bool {
    let set = |metadata: &ServerMetadata| {
        let list = metadata.json.strings(member)?;
        Some(list.into_iter().map(str::to_owned).collect::<BTreeSet<_>>())
    };
    match (used.json.members.get(member), other.json.members.get(member)) {
        (Some(here), Some(there)) => here != there && (set(used).is_none() || set(used) != set(other)),
        (None, None) => false,
        _ => member == "registration_endpoint",
    }
}

pub(in crate::check) static INSERTION: Check = Check {
    id: "as-well-known-insertion",
    title: "The well-known part stands between host and path of the issuer",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "3.1")],
    doc: Doc {
        checks: "An issuer with a path has its oauth-authorization-server document at /.well-known/oauth-authorization-server followed by that path, not behind the path. Where an OpenID document satisfies the protocol version, one more document behind the path harms nobody.",
        matters: "Clients look where RFC 8414 says. Gateways that route by prefix serve the other place, which no client of MCP asks for.",
        fix: "Add a route for /.well-known/oauth-authorization-server/PATH on the host of the issuer.",
    },
    judge: insertion,
};

fn insertion(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.probe(ProbeId::ServerMetadataAppended)?;
    let inserted = |purpose| {
        matches!(
            purpose,
            Purpose::ServerMetadata(ServerMetadataLocation::OAuthInserted)
                | Purpose::Probe(ProbeId::ServerMetadataOAuth)
        )
    };
    let order = evidence.protocol_version().server_metadata_order();
    let mut openid = evidence.sent(|purpose| {
        matches!(purpose, Purpose::ServerMetadata(location) if location != ServerMetadataLocation::OAuthInserted && order.contains(&location))
    });
    if openid.any(|exchange| ServerMetadata::read(exchange).is_ok()) {
        return Err(Verdict::not_applicable(
            "the OpenID document is where clients look, which is enough for this protocol version",
        ));
    }
    let right = evidence.sent(inserted).any(|exchange| ServerMetadata::read(exchange).is_ok());
    if right || ServerMetadata::read(exchange).is_err() {
        return Ok(());
    }
    let message = format!("The document is at {}, where no client looks", exchange.request.url);
    Err(response::unexpected_status(exchange, response, "the well-known part before the path", message))
}

pub(in crate::check) static ABSENT: Check = Check {
    id: "as-absent-404",
    title: "A well-known place of the server without a document responds with an error",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::May),
    cites: &[rfc!(8414, "3.2"), rfc!(9110, "15.5.5")],
    doc: Doc {
        checks: "No well-known place that was asked for server metadata responds with 2xx and a JSON object that is none: with neither an issuer nor an endpoint. gatewalk takes it for no document and looks on.",
        matters: "Many clients take the first 200 for the document, find no endpoint in it, and do not look at the next place.",
        fix: "Respond with 404 where there is no document; look for a handler of the framework that says \"not found\" with status 200.",
    },
    judge: absent,
};

fn absent(evidence: &Evidence<'_>) -> Judgement {
    let mut tried = evidence.server_metadata_tried().map(|(exchange, _)| exchange).peekable();
    if tried.peek().is_none() {
        return Err(Verdict::untestable("the walk did not reach the server metadata"));
    }
    let beyond = [ProbeId::ServerMetadataOAuth, ProbeId::ServerMetadataOpenId];
    let probed = beyond.into_iter().filter_map(|id| Some(evidence.probe(id).ok()?.0));
    publication::no_other_object(tried.chain(probed), ServerMetadata::read)
}
