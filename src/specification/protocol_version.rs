//! The dated revisions of MCP, and what each demands: one table of rules a revision, without defaults.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A dated revision of the Model Context Protocol.
///
/// Everything in which the revisions differ is a method here that returns data; no other room branches on a date. The
/// answers stand in `VersionRules`, which has no defaults: a new revision has to give each of them.
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
    /// A revision that was never published, with rules that no other has together: tests walk and judge by it.
    #[cfg(test)]
    #[serde(skip)]
    #[schemars(skip)]
    MadeUp,
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

/// How a protocol version opens an MCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// `initialize`, then `notifications/initialized`.
    Initialize,
    /// One stateless `server/discover`.
    Discover,
}

/// What a protocol version demands and does; each member is documented at the method of the same name.
struct VersionRules {
    date: &'static str,
    opening: Opening,
    fallback: Option<ProtocolVersion>,
    sends_version_header: bool,
    sends_version_with_metadata_request: bool,
    has_batches: bool,
    resource_metadata_order: &'static [ResourceMetadataLocation],
    demands_metadata_parameter: bool,
    server_metadata_order: &'static [ServerMetadataLocation],
    server_metadata_fallbacks: &'static [ServerMetadataLocation],
    has_default_endpoints: bool,
    issuer_slash_matters: bool,
    has_metadata_documents: bool,
    sends_resource: bool,
    adds_offline_access: bool,
    refuses_without_pkce: bool,
    demands_iss: bool,
    refuses_foreign_origin_with_403: bool,
}

const RESOURCE_METADATA: &[ResourceMetadataLocation] = &[
    ResourceMetadataLocation::Challenge,
    ResourceMetadataLocation::PathInserted,
    ResourceMetadataLocation::Root,
];
const OPENID: &[ServerMetadataLocation] =
    &[ServerMetadataLocation::OpenIdInserted, ServerMetadataLocation::OpenIdAppended];
const OAUTH: &[ServerMetadataLocation] = &[ServerMetadataLocation::OAuthInserted];
const OAUTH_AND_OPENID: &[ServerMetadataLocation] = &[
    ServerMetadataLocation::OAuthInserted,
    ServerMetadataLocation::OpenIdInserted,
    ServerMetadataLocation::OpenIdAppended,
];

static RULES_2025_03_26: VersionRules = VersionRules {
    date: "2025-03-26",
    opening: Opening::Initialize,
    fallback: None,
    sends_version_header: false,
    sends_version_with_metadata_request: true,
    has_batches: true,
    resource_metadata_order: &[],
    demands_metadata_parameter: false,
    server_metadata_order: OAUTH,
    server_metadata_fallbacks: &[],
    has_default_endpoints: true,
    issuer_slash_matters: false,
    has_metadata_documents: false,
    sends_resource: false,
    adds_offline_access: false,
    refuses_without_pkce: false,
    demands_iss: false,
    refuses_foreign_origin_with_403: false,
};

static RULES_2025_06_18: VersionRules = VersionRules {
    date: "2025-06-18",
    opening: Opening::Initialize,
    fallback: None,
    sends_version_header: true,
    sends_version_with_metadata_request: false,
    has_batches: false,
    resource_metadata_order: RESOURCE_METADATA,
    demands_metadata_parameter: true,
    server_metadata_order: OAUTH,
    server_metadata_fallbacks: OPENID,
    has_default_endpoints: false,
    issuer_slash_matters: false,
    has_metadata_documents: false,
    sends_resource: true,
    adds_offline_access: false,
    refuses_without_pkce: false,
    demands_iss: false,
    refuses_foreign_origin_with_403: false,
};

static RULES_2025_11_25: VersionRules = VersionRules {
    date: "2025-11-25",
    opening: Opening::Initialize,
    fallback: None,
    sends_version_header: true,
    sends_version_with_metadata_request: false,
    has_batches: false,
    resource_metadata_order: RESOURCE_METADATA,
    demands_metadata_parameter: false,
    server_metadata_order: OAUTH_AND_OPENID,
    server_metadata_fallbacks: &[],
    has_default_endpoints: false,
    issuer_slash_matters: false,
    has_metadata_documents: true,
    sends_resource: true,
    adds_offline_access: false,
    refuses_without_pkce: true,
    demands_iss: false,
    refuses_foreign_origin_with_403: true,
};

static RULES_2026_07_28: VersionRules = VersionRules {
    date: "2026-07-28",
    opening: Opening::Discover,
    fallback: Some(ProtocolVersion::V2025_11_25),
    sends_version_header: true,
    sends_version_with_metadata_request: false,
    has_batches: false,
    resource_metadata_order: RESOURCE_METADATA,
    demands_metadata_parameter: false,
    server_metadata_order: OAUTH_AND_OPENID,
    server_metadata_fallbacks: &[],
    has_default_endpoints: false,
    issuer_slash_matters: true,
    has_metadata_documents: true,
    sends_resource: true,
    adds_offline_access: true,
    refuses_without_pkce: true,
    demands_iss: true,
    refuses_foreign_origin_with_403: true,
};

/// Opens as the newest does, asks for resource metadata at the path only, and for OpenID documents only.
#[cfg(test)]
static RULES_MADE_UP: VersionRules = VersionRules {
    date: "2027-02-01",
    opening: Opening::Discover,
    fallback: Some(ProtocolVersion::V2026_07_28),
    sends_version_header: true,
    sends_version_with_metadata_request: true,
    has_batches: false,
    resource_metadata_order: &[ResourceMetadataLocation::PathInserted],
    demands_metadata_parameter: false,
    server_metadata_order: OPENID,
    server_metadata_fallbacks: &[],
    has_default_endpoints: false,
    issuer_slash_matters: true,
    has_metadata_documents: true,
    sends_resource: true,
    adds_offline_access: true,
    refuses_without_pkce: true,
    demands_iss: true,
    refuses_foreign_origin_with_403: true,
};

impl ProtocolVersion {
    /// All protocol versions, oldest first.
    pub const ALL: [Self; 4] = [Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];
    /// The protocol version used when nobody chooses: the newest that opens with `initialize`, which is what gateways run today.
    pub const DEFAULT: Self = Self::V2025_11_25;

    const fn rules(self) -> &'static VersionRules {
        match self {
            Self::V2025_03_26 => &RULES_2025_03_26,
            Self::V2025_06_18 => &RULES_2025_06_18,
            Self::V2025_11_25 => &RULES_2025_11_25,
            Self::V2026_07_28 => &RULES_2026_07_28,
            #[cfg(test)]
            Self::MadeUp => &RULES_MADE_UP,
        }
    }

    /// The date that names the protocol version, as sent in `MCP-Protocol-Version`.
    pub const fn date(self) -> &'static str {
        self.rules().date
    }

    /// The protocol version of that date, if there is one.
    pub fn from_date(date: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol_version| protocol_version.date() == date)
    }

    /// How a connection opens in this protocol version.
    pub const fn opening(self) -> Opening {
        self.rules().opening
    }

    /// The protocol version a client falls back to when a server does not speak this one, for the opening only.
    pub const fn fallback(self) -> Option<Self> {
        self.rules().fallback
    }

    /// Whether `MCP-Protocol-Version` goes with every MCP request after the opening.
    pub const fn sends_version_header(self) -> bool {
        self.rules().sends_version_header
    }

    /// Whether `MCP-Protocol-Version` goes with the request for authorization-server metadata
    /// (MCP 2025-03-26 "Server Metadata Discovery").
    pub const fn sends_version_with_metadata_request(self) -> bool {
        self.rules().sends_version_with_metadata_request
    }

    /// Whether the body of a request may be a JSON-RPC batch (MCP 2025-03-26 "Batching").
    pub const fn has_batches(self) -> bool {
        self.rules().has_batches
    }

    /// The locations of protected-resource metadata in client order; empty where the protocol version has no such document.
    pub const fn resource_metadata_order(self) -> &'static [ResourceMetadataLocation] {
        self.rules().resource_metadata_order
    }

    /// Whether the challenge has to carry `resource_metadata`; elsewhere the well-known location can stand for it
    /// (MCP 2025-06-18 "Authorization Server Location").
    pub const fn demands_metadata_parameter(self) -> bool {
        self.rules().demands_metadata_parameter
    }

    /// The locations of authorization-server metadata in client order.
    pub const fn server_metadata_order(self) -> &'static [ServerMetadataLocation] {
        self.rules().server_metadata_order
    }

    /// Locations this protocol version does not name but gatewalk tries after the others, so that the walk can go on and
    /// say what is there. A document found only here does not satisfy the protocol version.
    pub const fn server_metadata_fallbacks(self) -> &'static [ServerMetadataLocation] {
        self.rules().server_metadata_fallbacks
    }

    /// Whether the authorization endpoints are `/authorize`, `/token` and `/register` where no metadata is published.
    pub const fn has_default_endpoints(self) -> bool {
        self.rules().has_default_endpoints
    }

    /// Whether an issuer that differs only by a trailing slash makes a client stop; before, it is a warning.
    pub const fn issuer_slash_matters(self) -> bool {
        self.rules().issuer_slash_matters
    }

    /// Whether a client identifier may be the URL of a metadata document
    /// (MCP 2025-11-25 "Client ID Metadata Documents").
    pub const fn has_metadata_documents(self) -> bool {
        self.rules().has_metadata_documents
    }

    /// Whether the client sends `resource` in authorization and token requests
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub const fn sends_resource(self) -> bool {
        self.rules().sends_resource
    }

    /// Whether a client adds `offline_access` when the authorization server lists it.
    pub const fn adds_offline_access(self) -> bool {
        self.rules().adds_offline_access
    }

    /// Whether a client stops when the authorization server does not advertise PKCE with S256.
    pub const fn refuses_without_pkce(self) -> bool {
        self.rules().refuses_without_pkce
    }

    /// Whether a client compares `iss` of the callback and demands it when advertised
    /// ([RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)).
    pub const fn demands_iss(self) -> bool {
        self.rules().demands_iss
    }

    /// Whether a request with a foreign `Origin` is refused with 403 exactly; before, with any 4xx
    /// (MCP 2025-11-25 "Security Warning").
    pub const fn refuses_foreign_origin_with_403(self) -> bool {
        self.rules().refuses_foreign_origin_with_403
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_by_their_dates_and_sorted_by_them() {
        assert!(ProtocolVersion::ALL.is_sorted_by(|a, b| a < b && a.date() < b.date()));
        for protocol_version in ProtocolVersion::ALL {
            assert_eq!(ProtocolVersion::from_date(protocol_version.date()), Some(protocol_version));
        }
        assert_eq!(ProtocolVersion::from_date("1900-01-01"), None);
    }

    #[test]
    fn the_default_is_the_newest_that_opens_with_initialize() {
        let initializes = |version: &ProtocolVersion| version.opening() == Opening::Initialize;
        assert_eq!(ProtocolVersion::ALL.into_iter().rfind(initializes), Some(ProtocolVersion::DEFAULT));
    }
}
