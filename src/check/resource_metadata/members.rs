//! Optional members.

use crate::check::{At, Check, Doc, Finding, Levels, display};
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static BEARER_METHODS: Check = Check {
    id: "prm-bearer-methods",
    title: "The listed ways to send the token are those MCP uses: the header, not the query",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(9728, "2"), oauth21!("5.1")],
    doc: Doc {
        checks: "bearer_methods_supported, if published, contains header and does not contain query.",
        matters: "MCP clients send the token in the Authorization header only; a token in a URL ends up in logs.",
        fix: "Publish [\"header\"], or leave the member out.",
    },
    judge: |evidence| {
        const MEMBER: &str = "bearer_methods_supported";
        let (exchange, metadata) = evidence.resource_metadata()?;
        let Some(value) = metadata.json.members.get(MEMBER) else { return Ok(()) };
        let methods = metadata.json.strings(MEMBER).unwrap_or_default();
        let message = if methods.contains(&"query") {
            "The resource offers to take tokens from the query of the URL"
        } else if methods.contains(&"header") {
            return Ok(());
        } else {
            "The resource does not list the Authorization header, the only way MCP clients send a token"
        };
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("[\"header\"]", display::shown(Some(value))).fail())
    },
};

pub(in crate::check) static RECOMMENDED: Check = Check {
    id: "prm-recommended-fields",
    title: "The document lists its scopes and names itself",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(9728, "2")],
    doc: Doc {
        checks: "scopes_supported and resource_name are there.",
        matters: "Clients ask for scopes_supported when the challenge has no scope, and show resource_name to the user.",
        fix: "Add scopes_supported with the least scopes the MCP route needs, and resource_name with a name a user knows.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.resource_metadata()?;
        let wanted = ["scopes_supported", "resource_name"];
        let missing: Vec<_> =
            wanted.into_iter().filter(|&name| !metadata.json.members.contains_key(name)).collect();
        let Some(first) = missing.first() else { return Ok(()) };
        let message = format!("The document has no {}", missing.join(" and no "));
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(first)), message);
        Err(finding.compare(wanted.join(", "), format!("no {}", missing.join(", "))).fail())
    },
};
