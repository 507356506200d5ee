//! The server metadata at other places than the walk's.

use crate::check::cite::rfc;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, look};
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{ProbeId, Purpose};
use crate::specification::ServerMetadataLocation;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static AGREE: Check = Check {
    id: "as-documents-agree",
    title: "The RFC 8414 document and the OpenID document say the same",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(9068, "4"), rfc!(8414, "5")],
    doc: Doc {
        checks: "If there are both, they have the same issuer, endpoints and key set.",
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
    for member in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let (here, there) = (used.json.members.get(member), other.json.members.get(member));
        if here.is_some() && there.is_some() && here != there {
            let message =
                format!("{} has another {member} than the document the walk read", exchange.request.url);
            let finding = Finding::in_exchange(exchange, At::Member(look::pointer(member)), message);
            return Err(finding.compare(look::shown(here), look::shown(there)).fail());
        }
    }
    Ok(())
}

pub(in crate::check) static INSERTION: Check = Check {
    id: "as-well-known-insertion",
    title: "The well-known part stands between host and path of the issuer",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "3.1")],
    doc: Doc {
        checks: "An issuer with a path has its oauth-authorization-server document at /.well-known/oauth-authorization-server followed by that path, not behind the path.",
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
    let right =
        evidence.history.with_purpose(inserted).any(|exchange| ServerMetadata::read(exchange).is_ok());
    if right || ServerMetadata::read(exchange).is_err() {
        return Ok(());
    }
    let message = format!("The document is at {}, where no client looks", exchange.request.url);
    Err(look::unexpected_status(exchange, response, "the well-known part before the path", message))
}
