//! Members that say how tokens and documents are protected.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::check::published_url::UnfitUrl;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url};
use crate::document::Object;
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static KEYS_HTTPS: Check = Check {
    id: "prm-jwks-https",
    title: "The key set of the resource is published over https",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "2")],
    doc: Doc {
        checks: "jwks_uri in the resource metadata, if there is one, is https, on a host that clients reach. Loopback is excused where the target is on loopback.",
        matters: "Whoever can change the keys on the way can sign in the name of the resource.",
        fix: "Publish the https URL of the key set, or leave the member out: MCP does not need it.",
    },
    judge: |evidence| {
        const MEMBER: &str = "jwks_uri";
        let (exchange, metadata) = evidence.resource_metadata()?;
        let Some(url) = metadata.json.string(MEMBER) else {
            return Err(Verdict::not_applicable("the document names no key set"));
        };
        let message = match published_url::unfit(url, evidence.target()) {
            Some(UnfitUrl::Cleartext) => format!("The key set {url} of the resource is plain http"),
            Some(unfit) => format!("The key set {url} of the resource {}", unfit.defect()),
            None if published_url::is_on_loopback(url) => {
                return Err(Verdict::not_applicable("the key set is on loopback, like the target"));
            }
            None => return Ok(()),
        };
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("https, on a host that clients reach", url).fail())
    },
};

pub(in crate::check) static ALGORITHM_NONE: Check = Check {
    id: "prm-alg-none",
    title: "The resource does not offer answers signed with the algorithm none",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "2")],
    doc: Doc {
        checks: "resource_signing_alg_values_supported, if published, does not contain none.",
        matters: "none means no signature at all: a client that accepts it accepts forgeries.",
        fix: "Take none out of the list, or leave the member out.",
    },
    judge: |evidence| {
        const MEMBER: &str = "resource_signing_alg_values_supported";
        let (exchange, metadata) = evidence.resource_metadata()?;
        if !metadata.json.members.contains_key(MEMBER) {
            return Err(Verdict::not_applicable("the document lists no signing algorithms"));
        }
        if !metadata.json.strings(MEMBER).unwrap_or_default().contains(&"none") {
            return Ok(());
        }
        let at = At::Member(display::pointer(MEMBER));
        let finding = Finding::in_exchange(exchange, at, "The resource offers the algorithm none");
        Err(finding.compare("no none", "none").fail())
    },
};

pub(in crate::check) static SIGNED: Check = Check {
    id: "prm-signed-metadata",
    title: "Signed metadata is a signed JWT that names who signed it",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "2.2")],
    doc: Doc {
        checks: "signed_metadata, if published, is a JWT with a signature and an iss. The signature is not verified.",
        matters: "Its values take precedence over the plain ones. Without signature or issuer nobody can know whether to believe them.",
        fix: "Sign the JWT and give it an iss, or leave the member out: MCP clients do without.",
    },
    judge: signed,
};

const SIGNED_METADATA: &str = "signed_metadata";

/// A part of a JWT, if it is a JSON object.
fn jwt_part(text: &str) -> Option<Object> {
    Object::parse(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

pub(in crate::check) static SIGNED_ONCE: Check = Check {
    id: "prm-signed-metadata-once",
    title: "Signed metadata does not contain signed metadata",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(9728, "2.2")],
    doc: Doc {
        checks: "The claims of signed_metadata, if it is published as a JWT, have no member signed_metadata.",
        matters: "A reader that takes the signed values for the plain ones finds the next JWT there, and would go on for ever.",
        fix: "Sign the metadata before signed_metadata is added to it.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.resource_metadata()?;
        let Some(jwt) = metadata.json.string(SIGNED_METADATA) else {
            return Err(Verdict::not_applicable("the document has no signed metadata"));
        };
        let claims = jwt.split('.').nth(1).and_then(jwt_part);
        let claims = claims.ok_or_else(|| Verdict::untestable("the signed metadata is not a JWT"))?;
        if !claims.members.contains_key(SIGNED_METADATA) {
            return Ok(());
        }
        let at = At::Member(display::pointer(SIGNED_METADATA));
        let finding =
            Finding::in_exchange(exchange, at, "The signed metadata contains signed metadata again");
        Err(finding.compare("no signed_metadata", "signed_metadata").fail())
    },
};

fn signed(evidence: &Evidence<'_>) -> Judgement {
    const MEMBER: &str = SIGNED_METADATA;
    let (exchange, metadata) = evidence.resource_metadata()?;
    let Some(value) = metadata.json.members.get(MEMBER) else {
        return Err(Verdict::not_applicable("the document has no signed metadata"));
    };
    let parts: Vec<_> = value.as_str().unwrap_or_default().split('.').collect();
    let defect = match parts[..] {
        [header, claims, signature] => match (jwt_part(header), jwt_part(claims)) {
            (Some(header), Some(_)) if signature.is_empty() || header.string("alg") == Some("none") => {
                "is not signed"
            }
            (Some(_), Some(claims)) if claims.string("iss").is_none() => "does not say who signed it",
            (Some(_), Some(_)) => return Ok(()),
            _ => "is not a JWT",
        },
        _ => "is not a JWT",
    };
    let at = At::Member(display::pointer(MEMBER));
    let finding = Finding::in_exchange(exchange, at, format!("The signed metadata {defect}"));
    Err(finding.compare("a signed JWT with iss", defect).fail())
}

pub(in crate::check) static PLAIN_BEARER: Check = Check {
    id: "prm-plain-bearer",
    title: "The resource takes plain bearer tokens",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::May),
    cites: &[
        rfc!(9728, "2"),
        mcp!(
            ["2025-06-18", "2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Token Requirements",
            "token-requirements"
        ),
    ],
    doc: Doc {
        checks: "Neither dpop_bound_access_tokens_required nor tls_client_certificate_bound_access_tokens is true. A note only: binding tokens is legal.",
        matters: "MCP clients send Authorization: Bearer. One that knows neither DPoP nor client certificates gets a token here that it cannot use.",
        fix: "Expect most clients to fail. Require bound tokens only on routes whose clients you know.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.resource_metadata()?;
        let bound = ["dpop_bound_access_tokens_required", "tls_client_certificate_bound_access_tokens"];
        let Some(name) = bound.into_iter().find(|name| metadata.json.flag(name) == Some(true)) else {
            return Ok(());
        };
        let message = "The resource demands tokens that are bound to a key, which few MCP clients have";
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(name)), message);
        Err(finding.compare("false", "true").fail())
    },
};
