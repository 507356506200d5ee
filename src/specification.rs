//! The specs as data: protocol versions and what they demand, steps, levels, parties, citations.
//!
//! To add a protocol version: its variant, its place in [`ProtocolVersion::ALL`], and a look at each method of
//! [`ProtocolVersion`], since a `_` or a `matches!` decides for it unasked; its column in `Levels` of `check.rs`, what the
//! sandbox speaks (`sandbox/mcp/`), its date in the README.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A dated revision of the Model Context Protocol.
///
/// Everything in which the revisions differ is a method here that returns data; no other room branches on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ProtocolVersion {
    /// 2025-03-26: the MCP server's origin is the authorization server.
    #[serde(rename = "2025-03-26")]
    V2025_03_26,
    /// 2025-06-18: pure resource server, RFC 9728 by challenge, RFC 8414 only.
    #[serde(rename = "2025-06-18")]
    V2025_06_18,
    /// 2025-11-25: well-known discovery, OpenID documents, scope challenge.
    #[serde(rename = "2025-11-25")]
    V2025_11_25,
    /// 2026-07-28: stateless, `server/discover`, RFC 9207 demanded.
    #[serde(rename = "2026-07-28")]
    V2026_07_28,
}

/// Where a protected-resource metadata document is looked for, in this order
/// ([RFC 9728 §3.1](https://www.rfc-editor.org/rfc/rfc9728#section-3.1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceMetadataLocation {
    /// The `resource_metadata` parameter of the challenge.
    Challenge,
    /// `/.well-known/oauth-protected-resource` + the path of the target.
    PathInserted,
    /// `/.well-known/oauth-protected-resource` on the origin.
    Root,
}

/// Where an authorization-server metadata document is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServerMetadataLocation {
    /// `/.well-known/oauth-authorization-server` + issuer path ([RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1)).
    OAuthInserted,
    /// `/.well-known/openid-configuration` + issuer path.
    OpenIdInserted,
    /// issuer path + `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4).
    OpenIdAppended,
}

/// How an protocol version opens an MCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// `initialize`, then `notifications/initialized`.
    Initialize,
    /// One stateless `server/discover`.
    Discover,
}

impl ProtocolVersion {
    /// All protocol versions, oldest first.
    pub const ALL: [Self; 4] = [Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];
    /// The protocol version used when nobody chooses: the newest that opens with `initialize`, which is what gateways run today.
    pub const DEFAULT: Self = Self::V2025_11_25;

    /// The date that names the protocol version, as sent in `MCP-Protocol-Version`.
    pub const fn date(self) -> &'static str {
        match self {
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The protocol version of that date, if there is one.
    pub fn from_date(date: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol_version| protocol_version.date() == date)
    }

    /// How a connection opens in this protocol version.
    pub const fn opening(self) -> Opening {
        match self {
            Self::V2026_07_28 => Opening::Discover,
            _ => Opening::Initialize,
        }
    }

    /// The locations of protected-resource metadata in client order; empty where the protocol version has no such document.
    pub const fn resource_metadata_order(self) -> &'static [ResourceMetadataLocation] {
        use ResourceMetadataLocation::{Challenge, PathInserted, Root};
        match self {
            Self::V2025_03_26 => &[],
            _ => &[Challenge, PathInserted, Root],
        }
    }

    /// The locations of authorization-server metadata in client order.
    pub const fn server_metadata_order(self) -> &'static [ServerMetadataLocation] {
        use ServerMetadataLocation::{OAuthInserted, OpenIdAppended, OpenIdInserted};
        match self {
            Self::V2025_03_26 | Self::V2025_06_18 => &[OAuthInserted],
            _ => &[OAuthInserted, OpenIdInserted, OpenIdAppended],
        }
    }

    /// Locations this protocol version does not name but gatewalk tries after the others, so that the walk can go on and
    /// say what is there. A document found only here does not satisfy the protocol version.
    pub const fn server_metadata_fallbacks(self) -> &'static [ServerMetadataLocation] {
        use ServerMetadataLocation::{OpenIdAppended, OpenIdInserted};
        match self {
            Self::V2025_06_18 => &[OpenIdInserted, OpenIdAppended],
            _ => &[],
        }
    }

    /// Whether the client sends `resource` in authorization and token requests
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub const fn sends_resource(self) -> bool {
        !matches!(self, Self::V2025_03_26)
    }

    /// Whether a client adds `offline_access` when the authorization server lists it.
    pub const fn adds_offline_access(self) -> bool {
        matches!(self, Self::V2026_07_28)
    }

    /// Whether a client stops when the authorization server does not advertise PKCE with S256.
    pub const fn refuses_without_pkce(self) -> bool {
        matches!(self, Self::V2025_11_25 | Self::V2026_07_28)
    }

    /// Whether a client compares `iss` of the callback and demands it when advertised
    /// ([RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)).
    pub const fn demands_iss(self) -> bool {
        matches!(self, Self::V2026_07_28)
    }

    /// Whether an issuer that differs only by a trailing slash makes a client stop; before, it is a warning.
    pub const fn issuer_slash_matters(self) -> bool {
        matches!(self, Self::V2026_07_28)
    }

    /// Whether the authorization endpoints are `/authorize`, `/token` and `/register` where no metadata is published.
    pub const fn has_default_endpoints(self) -> bool {
        matches!(self, Self::V2025_03_26)
    }

    /// Whether `MCP-Protocol-Version` goes with every MCP request after the opening.
    pub const fn sends_version_header(self) -> bool {
        !matches!(self, Self::V2025_03_26)
    }

    /// The protocol version a client falls back to when a server does not speak this one, for the opening only.
    pub const fn fallback(self) -> Option<Self> {
        match self {
            Self::V2026_07_28 => Some(Self::V2025_11_25),
            _ => None,
        }
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.date())
    }
}

/// A leg of the flow.
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

/// A place in a published specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Citation {
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
