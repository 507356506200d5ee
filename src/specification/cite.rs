//! Citations, written short: the address of a section follows from its number. Each macro makes a list, since a sentence
//! of MCP stands in several protocol versions, each with an address of its own.

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

/// A heading of MCP: the dates of the protocol versions that have it, page below `specification/<date>/`, heading, anchor.
macro_rules! mcp {
    ([$($date:literal),+], $page:literal, $heading:literal, $anchor:literal) => {
        &[$(crate::specification::Citation {
            publisher: crate::specification::Publisher::Mcp,
            document: concat!("MCP ", $date),
            section: $heading,
            url: concat!("https://modelcontextprotocol.io/specification/", $date, "/", $page, "#", $anchor),
        }),+]
    };
}

/// A heading of the security guides that go with MCP: dates, page below `docs/<date>/tutorials/security/`, heading, anchor.
macro_rules! mcp_guide {
    ([$($date:literal),+], $page:literal, $heading:literal, $anchor:literal) => {
        &[$(crate::specification::Citation {
            publisher: crate::specification::Publisher::Mcp,
            document: concat!("MCP ", $date),
            section: $heading,
            url: concat!("https://modelcontextprotocol.io/docs/", $date, "/tutorials/security/", $page, "#", $anchor),
        }),+]
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
