//! What an OpenID document has to hold, whoever reads it.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::exchange::{ProbeId, Purpose};
use crate::specification::cite::oidc;
use crate::specification::{Level, Party, ProtocolVersion, ServerMetadataLocation, Step};

pub(in crate::check) static FIELDS: Check = Check {
    id: "as-oidc-fields",
    title: "An OpenID document has the members that OpenID requires",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::Must),
    cites: &[oidc!("discovery", "3", "ProviderMetadata")],
    doc: Doc {
        checks: "A document found at openid-configuration has jwks_uri, subject_types_supported, and id_token_signing_alg_values_supported with RS256.",
        matters: "OpenID libraries validate the document as a whole and refuse it for a member that MCP would not need.",
        fix: "Complete the document, or publish at oauth-authorization-server only, where OAuth's own rules hold.",
    },
    judge: fields,
};

fn fields(evidence: &Evidence<'_>) -> Judgement {
    let openid = |purpose| {
        matches!(
            purpose,
            Purpose::ServerMetadata(
                ServerMetadataLocation::OpenIdInserted | ServerMetadataLocation::OpenIdAppended
            ) | Purpose::Probe(ProbeId::ServerMetadataOpenId)
        )
    };
    let found = evidence
        .server_metadata_tried()
        .filter_map(|(exchange, read)| Some((exchange, read.ok()?)))
        .chain(evidence.probed_server_metadata())
        .find(|(exchange, _)| openid(exchange.request.purpose));
    let Some((exchange, metadata)) = found else {
        return Err(Verdict::not_applicable("no OpenID document was read"));
    };
    let missing = if metadata.json.string("jwks_uri").is_none() {
        "jwks_uri"
    } else if metadata.json.strings("subject_types_supported").is_none_or(|types| types.is_empty()) {
        "subject_types_supported"
    } else if !metadata
        .json
        .strings("id_token_signing_alg_values_supported")
        .is_some_and(|algorithms| algorithms.contains(&"RS256"))
    {
        "id_token_signing_alg_values_supported"
    } else {
        return Ok(());
    };
    let message = format!("The OpenID document {} has no valid {missing}", exchange.request.url);
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(missing)), message);
    let expected =
        if missing.starts_with("id_token") { "a list with RS256".to_owned() } else { format!("a {missing}") };
    Err(finding.compare(expected, display::shown(metadata.json.members.get(missing))).fail())
}
