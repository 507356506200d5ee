//! Whether the metadata belongs to the issuer it was asked for.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels};
use crate::document::identifier::differ_by_slash;
use crate::edition::{Citation, Edition, Level, Party, Step};

pub(in crate::check) static ISSUER_MATCHES: Check = Check {
    id: "as-issuer-matches",
    title: "The metadata's issuer is the one the resource metadata names, code point by code point",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[Citation {
        document: "RFC 8414",
        section: "3.3",
        url: "https://www.rfc-editor.org/rfc/rfc8414#section-3.3",
    }],
    doc: Doc {
        checks: "The issuer member of the authorization server's metadata is compared with the string in authorization_servers (or, without resource metadata, with the origin of the target).",
        matters: "A client must not use metadata whose issuer differs: it could be another tenant's. A missing slash at the end is the most common difference; strict clients stop there.",
        fix: "Copy the issuer exactly as the authorization server publishes it – with its trailing slash, if it has one – into the gateway's list of authorization servers.",
    },
    judge: issuer_matches,
};

fn issuer_matches(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.server_metadata()?;
    let expected = evidence.issuer();
    let found = metadata.issuer().unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    let message = if differ_by_slash(found, &expected) && evidence.edition() >= Edition::V2025_03_26 {
        "The issuer differs by the slash at the end from what the gateway publishes"
    } else {
        "The issuer is not the one the gateway publishes"
    };
    Err(Finding::in_exchange(exchange, At::Member("/issuer".to_owned()), message)
        .compare(expected, found)
        .fail())
}
