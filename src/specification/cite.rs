//! Citations, written short: the address of a section follows from its number. Each macro makes a list, since a sentence
//! of MCP stands in several protocol versions, each with an address of its own. Those that many checks rest on have names.

use super::Citation;

/// A section of an RFC.
macro_rules! rfc {
    ($number:literal, $section:literal) => {
        &[crate::specification::Citation {
            publisher: crate::specification::Publisher::Ietf,
            document: concat!("RFC ", $number),
            section: $section,
            url: concat!("https://www.rfc-editor.org/rfc/rfc", $number, "#section-", $section),
        }]
    };
}

/// A section of the OAuth 2.1 draft that MCP pins.
macro_rules! oauth21 {
    ($section:literal) => {
        &[crate::specification::Citation {
            publisher: crate::specification::Publisher::Ietf,
            document: "OAuth 2.1",
            section: $section,
            url: concat!("https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-", $section),
        }]
    };
}

/// A heading of MCP: the dates of the protocol versions that have it, page below `specification/<date>/`, heading, anchor;
/// and where it stands in others.
macro_rules! mcp {
    ($([$($date:literal),+], $page:literal, $heading:literal, $anchor:literal);+) => {
        &[$($(crate::specification::Citation {
            publisher: crate::specification::Publisher::Mcp,
            document: concat!("MCP ", $date),
            section: $heading,
            url: concat!("https://modelcontextprotocol.io/specification/", $date, "/", $page, "#", $anchor),
        }),+),+]
    };
}

/// A heading of the security guides that go with MCP: dates, page below `docs/<date>/tutorials/security/`, heading, anchor.
macro_rules! mcp_guide {
    ($([$($date:literal),+], $page:literal, $heading:literal, $anchor:literal);+) => {
        &[$($(crate::specification::Citation {
            publisher: crate::specification::Publisher::Mcp,
            document: concat!("MCP ", $date),
            section: $heading,
            url: concat!("https://modelcontextprotocol.io/docs/", $date, "/tutorials/security/", $page, "#", $anchor),
        }),+),+]
    };
}

/// A section of an OpenID Connect specification: name in the address, section, anchor.
macro_rules! oidc {
    ($name:literal, $section:literal, $anchor:literal) => {
        &[crate::specification::Citation {
            publisher: crate::specification::Publisher::OpenId,
            document: concat!("OpenID Connect ", $name),
            section: $section,
            url: concat!("https://openid.net/specs/openid-connect-", $name, "-1_0.html#", $anchor),
        }]
    };
}

/// A section of the draft about client-ID metadata documents, in the revision that says it.
macro_rules! cimd {
    ($revision:literal, $section:literal) => {
        &[crate::specification::Citation {
            publisher: crate::specification::Publisher::Ietf,
            document: concat!("CIMD draft ", $revision),
            section: $section,
            url: concat!(
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-",
                $revision,
                "#section-",
                $section
            ),
        }]
    };
}

/// A part of the Fetch standard, by anchor.
macro_rules! fetch {
    ($anchor:literal) => {
        &[crate::specification::Citation {
            publisher: crate::specification::Publisher::Whatwg,
            document: "Fetch",
            section: $anchor,
            url: concat!("https://fetch.spec.whatwg.org/#", $anchor),
        }]
    };
}

pub(crate) const AUTHORIZATION_RESPONSE_VALIDATION: &[Citation] = mcp!(
    ["2026-07-28"],
    "basic/authorization",
    "Authorization Response Validation",
    "authorization-response-validation"
);
pub(crate) const AUTHORIZATION_SERVER_LOCATION: &[Citation] = mcp!(
    ["2025-06-18"],
    "basic/authorization",
    "Authorization Server Location",
    "authorization-server-location"
);
pub(crate) const ERROR_HANDLING: &[Citation] = mcp!(
    ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"],
    "basic/authorization",
    "Error Handling",
    "error-handling"
);
pub(crate) const METADATA_DISCOVERY_REQUIREMENTS: &[Citation] = mcp!(
    ["2025-11-25"],
    "basic/authorization",
    "Protected Resource Metadata Discovery Requirements",
    "protected-resource-metadata-discovery-requirements";
    ["2026-07-28"],
    "basic/authorization/authorization-server-discovery",
    "Protected Resource Metadata Discovery Requirements",
    "protected-resource-metadata-discovery-requirements"
);
pub(crate) const PRIVILEGE_RESTRICTION: &[Citation] = mcp!(
    ["2025-06-18", "2025-11-25"],
    "basic/authorization",
    "Access Token Privilege Restriction",
    "access-token-privilege-restriction";
    ["2026-07-28"],
    "basic/authorization/security-considerations",
    "Access Token Privilege Restriction",
    "access-token-privilege-restriction"
);
pub(crate) const SECURITY_WARNING: &[Citation] = mcp!(
    ["2025-03-26", "2025-06-18", "2025-11-25"],
    "basic/transports",
    "Security Warning",
    "security-warning"
);
pub(crate) const SERVER_METADATA_DISCOVERY: &[Citation] = mcp!(
    ["2026-07-28"],
    "basic/authorization/authorization-server-discovery",
    "Authorization Server Metadata Discovery",
    "authorization-server-metadata-discovery"
);
pub(crate) const SERVER_VALIDATION: &[Citation] =
    mcp!(["2026-07-28"], "basic/transports/streamable-http", "Server Validation", "server-validation");
pub(crate) const SESSION_HIJACKING: &[Citation] = mcp_guide!(
    ["2025-03-26", "2025-06-18", "2025-11-25"],
    "security_best_practices",
    "Session Hijacking",
    "session-hijacking";
    ["2026-07-28"],
    "security_best_practices",
    "State Handle Hijacking",
    "state-handle-hijacking"
);
pub(crate) const SESSION_MANAGEMENT: &[Citation] = mcp!(
    ["2025-03-26", "2025-06-18", "2025-11-25"],
    "basic/transports",
    "Session Management",
    "session-management"
);
pub(crate) const TOKEN_HANDLING: &[Citation] = mcp!(
    ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"],
    "basic/authorization",
    "Token Handling",
    "token-handling"
);

pub(crate) use {cimd, fetch, mcp, mcp_guide, oauth21, oidc, rfc};

/// The headings of the pages of MCP, as published: document, heading, address.
#[cfg(test)]
pub(crate) fn headings() -> std::collections::BTreeSet<(String, &'static str, String)> {
    include_str!("../../tests/data/mcp-headings.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [date, page, anchor, heading] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let url = match page.strip_prefix("docs:") {
                Some(page) => format!("https://modelcontextprotocol.io/docs/{date}/{page}#{anchor}"),
                None => format!("https://modelcontextprotocol.io/specification/{date}/{page}#{anchor}"),
            };
            (format!("MCP {date}"), heading, url)
        })
        .collect()
}
