//! How a client may become known.

use crate::check::{At, Check, Doc, Finding, Levels, Verdict, display};
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

const CIMD: &str = "client_id_metadata_document_supported";
const ENDPOINT: &str = "registration_endpoint";

pub(in crate::check) static DYNAMIC: Check = Check {
    id: "as-dcr-available",
    title: "The authorization server offers dynamic client registration",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should).then(ProtocolVersion::V2025_11_25, Level::May),
    cites: &[
        mcp!(
            ["2025-03-26", "2025-06-18", "2025-11-25"],
            "basic/authorization",
            "Dynamic Client Registration",
            "dynamic-client-registration"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/client-registration",
            "Dynamic Client Registration",
            "dynamic-client-registration"
        ),
        rfc!(7591, "3"),
    ],
    doc: Doc {
        checks: "The metadata has a registration_endpoint. Since 2025-11-25 client-ID metadata documents can take its place.",
        matters: "An MCP client meets servers it has never heard of. Without a way to register, every user needs a client identifier from an administrator.",
        fix: "Turn on dynamic client registration, in Auth0 under the tenant's advanced settings, or register clients by hand and hand out the client_id.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        if metadata.endpoint(ENDPOINT).is_some() {
            return Ok(());
        }
        if evidence.protocol_version().has_metadata_documents() && metadata.json.flag(CIMD) == Some(true) {
            return Err(Verdict::not_applicable("the server supports client-ID metadata documents instead"));
        }
        let at = At::Member(display::pointer(ENDPOINT));
        let finding = Finding::in_exchange(exchange, at, "The metadata names no registration endpoint");
        Err(finding
            .compare("a registration_endpoint", display::shown(metadata.json.members.get(ENDPOINT)))
            .fail())
    },
};

pub(in crate::check) static METADATA_DOCUMENTS: Check = Check {
    id: "as-cimd-supported",
    title: "The authorization server supports client-ID metadata documents",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::Should),
    cites: &[
        mcp!(
            ["2025-11-25"],
            "basic/authorization",
            "Client ID Metadata Documents",
            "client-id-metadata-documents"
        ),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/client-registration",
            "Client ID Metadata Documents",
            "client-id-metadata-documents"
        ),
    ],
    doc: Doc {
        checks: "The metadata has client_id_metadata_document_supported: true, whatever other ways of registration there are.",
        matters: "The client identifier is then a URL the client controls, and nothing piles up at the server. Dynamic registration is deprecated since 2026-07-28.",
        fix: "Turn the feature on at the authorization server, if its product has it, and publish the flag.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        if metadata.json.flag(CIMD) == Some(true) {
            return Ok(());
        }
        let at = At::Member(display::pointer(CIMD));
        let message = "The metadata does not say that client-ID metadata documents are supported";
        let finding = Finding::in_exchange(exchange, at, message);
        Err(finding.compare("true", display::shown(metadata.json.members.get(CIMD))).fail())
    },
};
