//! Citations, written short: the address of a section follows from its number.

/// A section of an RFC.
macro_rules! rfc {
    ($number:literal, $section:literal) => {
        crate::edition::Citation {
            document: concat!("RFC ", $number),
            section: $section,
            url: concat!("https://www.rfc-editor.org/rfc/rfc", $number, "#section-", $section),
        }
    };
}

/// A section of the OAuth 2.1 draft that MCP pins.
macro_rules! oauth21 {
    ($section:literal) => {
        crate::edition::Citation {
            document: "OAuth 2.1",
            section: $section,
            url: concat!("https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-", $section),
        }
    };
}

/// A heading of an MCP edition: date, page below `specification/<date>/`, heading, anchor.
macro_rules! mcp {
    ($date:literal, $page:literal, $heading:literal, $anchor:literal) => {
        crate::edition::Citation {
            document: concat!("MCP ", $date),
            section: $heading,
            url: concat!("https://modelcontextprotocol.io/specification/", $date, "/", $page, "#", $anchor),
        }
    };
}

pub(super) use {mcp, oauth21, rfc};
