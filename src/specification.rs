//! The specs as data: protocol versions and what they demand, steps, levels, parties, citations.
//!
//! To add a protocol version: its variant, its place in [`ProtocolVersion::ALL`], and a look at each method of
//! [`ProtocolVersion`], since a `_` or a `matches!` decides for it unasked; its column in `Levels` of `check.rs`, what the
//! sandbox speaks (`sandbox/mcp/`), its date in the README and in `cli/help/walk.md`.

pub(crate) mod cite;
mod protocol_version;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use protocol_version::{Opening, ProtocolVersion, ResourceMetadataLocation, ServerMetadataLocation};

/// A part of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The opening request without a token, and the challenge it meets.
    Challenge,
    /// Protected-resource metadata (RFC 9728).
    ResourceMetadata,
    /// Authorization-server metadata (RFC 8414, OpenID Connect Discovery).
    ServerMetadata,
    /// Client registration (RFC 7591).
    Registration,
    /// The authorization request, the login, the callback.
    Authorization,
    /// The token request.
    Token,
    /// The MCP session, opened with the token.
    Session,
}

impl Step {
    /// All steps in flow order.
    pub const ALL: [Self; 7] = [
        Self::Challenge,
        Self::ResourceMetadata,
        Self::ServerMetadata,
        Self::Registration,
        Self::Authorization,
        Self::Token,
        Self::Session,
    ];

    /// The word for it in files and options.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::ResourceMetadata => "resource-metadata",
            Self::ServerMetadata => "server-metadata",
            Self::Registration => "registration",
            Self::Authorization => "authorization",
            Self::Token => "token",
            Self::Session => "session",
        }
    }

    /// The words for it on the screen.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Challenge => "Challenge",
            Self::ResourceMetadata => "Resource metadata",
            Self::ServerMetadata => "Server metadata",
            Self::Registration => "Registration",
            Self::Authorization => "Authorization",
            Self::Token => "Token",
            Self::Session => "Session",
        }
    }

    /// Its place in the flow, from 1.
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// The step after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self.number()).copied()
    }

    /// The step before it.
    pub fn previous(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|step| *step < self)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How binding a rule is ([RFC 2119](https://www.rfc-editor.org/rfc/rfc2119)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// MAY, or no norm: a failure is a *note*.
    May,
    /// SHOULD: a failure is a *warning*.
    Should,
    /// MUST: a failure is a *violation*.
    Must,
}

impl Level {
    /// All levels, the least binding first.
    pub const ALL: [Self; 3] = [Self::May, Self::Should, Self::Must];

    /// The RFC 2119 word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        }
    }

    /// What a failed check of this level is called.
    pub const fn finding(self) -> &'static str {
        match self {
            Self::May => "note",
            Self::Should => "warning",
            Self::Must => "violation",
        }
    }
}

/// Who is responsible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The resource server as the client sees it.
    Gateway,
    /// The authorization server.
    AuthorizationServer,
    /// The MCP server behind the gateway.
    McpServer,
    /// The client: gatewalk itself, its options or its user.
    Client,
    /// What lies between: names, routes, TLS.
    Network,
}

impl Party {
    /// The word for it in files and options.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::AuthorizationServer => "authorization-server",
            Self::McpServer => "mcp-server",
            Self::Client => "client",
            Self::Network => "network",
        }
    }

    /// All parties.
    pub const ALL: [Self; 5] =
        [Self::Gateway, Self::AuthorizationServer, Self::McpServer, Self::Client, Self::Network];

    /// The words for it on screen and in reports.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::AuthorizationServer => "authorization server",
            Self::McpServer => "MCP server",
            Self::Client => "client",
            Self::Network => "network",
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// Who publishes a specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Publisher {
    /// The Model Context Protocol: a dated revision.
    Mcp,
    /// The IETF: an RFC or an Internet-Draft.
    Ietf,
    /// The OpenID Foundation.
    OpenId,
    /// The WHATWG.
    Whatwg,
}

/// A place in a published specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Citation {
    /// Who publishes the document.
    pub publisher: Publisher,
    /// Short name of the document, as in `RFC 9728`.
    pub document: &'static str,
    /// Section, as the document numbers or titles it.
    pub section: &'static str,
    /// Where to read it.
    pub url: &'static str,
}

impl Citation {
    /// The protocol version that it is a sentence of; none for other documents.
    pub fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.document.strip_prefix("MCP ").and_then(ProtocolVersion::from_date)
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        cite(f, self.document, self.section)
    }
}

/// Document and section in the way of the trade: `RFC 9728 §3.1`, `MCP 2025-11-25 "Authorization"`.
pub fn cite(f: &mut fmt::Formatter<'_>, document: &str, section: &str) -> fmt::Result {
    if section.starts_with(|c: char| c.is_ascii_digit()) {
        write!(f, "{document} §{section}")
    } else {
        write!(f, "{document} \"{section}\"")
    }
}
