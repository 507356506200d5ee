//! The client gatewalk plays: who it is, what it presents, what it asks for.

use crate::exchange::{Secret, SigningKey};

/// The client gatewalk plays.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the client identifier comes from.
    pub registration: Registration,
    /// What it presents for a token.
    pub grant: Grant,
    /// Whether it proves possession of a key with its tokens.
    pub dpop: Dpop,
    /// The authorization server to use, where the resource names several or none.
    pub issuer: Option<String>,
    /// Whether a client that was registered stays when the run ends.
    pub keep: bool,
    /// Clients that earlier runs registered and kept.
    pub known: Vec<KnownClient>,
    /// Scope to request instead of the one the servers name.
    pub scope: Option<String>,
    /// `resource` to send instead of the published one.
    pub resource: Option<String>,
    /// Further parameters of the authorization request.
    pub parameters: Vec<(String, String)>,
}

impl Client {
    /// A client of which nothing but its registration was asked for.
    pub const fn new(registration: Registration) -> Self {
        Self {
            registration,
            grant: Grant::Auto,
            dpop: Dpop::Auto,
            issuer: None,
            keep: false,
            known: Vec::new(),
            scope: None,
            resource: None,
            parameters: Vec::new(),
        }
    }
}

/// A client that was registered dynamically and kept. It is used only where its issuer and its redirect URI are those of
/// the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownClient {
    /// The issuer that knows it.
    pub issuer: String,
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`, if it has one.
    pub client_secret: Option<Secret>,
    /// `token_endpoint_auth_method`, if the server said it.
    pub auth_method: Option<String>,
    /// The redirect URI it was registered with.
    pub redirect_uri: String,
}

/// Where the client identifier comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// RFC 7591 at the registration endpoint.
    Dynamic,
    /// Credentials the user got from the authorization server.
    Preregistered {
        /// `client_id`.
        client_id: String,
        /// How it proves itself.
        credential: Credential,
    },
    /// A URL that is the client identifier and where the client's metadata is published
    /// ([draft-ietf-oauth-client-id-metadata-document-00](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html)).
    MetadataDocument {
        /// The URL exactly as the user gave it.
        url: String,
        /// Whether a server that reads no such documents is asked to register a client instead
        /// (MCP 2025-11-25 "Client Registration Approaches").
        or_dynamic: bool,
    },
}

impl Registration {
    /// The word for it in files and options.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Preregistered { .. } => "preregistered",
            Self::MetadataDocument { .. } => "metadata-document",
        }
    }

    /// Whether the server may be asked to register a client.
    pub const fn may_register(&self) -> bool {
        matches!(self, Self::Dynamic | Self::MetadataDocument { or_dynamic: true, .. })
    }
}

/// How a client registered by hand proves itself at the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Not at all: a public client.
    None,
    /// `client_secret`.
    Secret(Secret),
    /// A key the authorization server knows: `private_key_jwt`
    /// ([OpenID Connect Core 1.0 §9](https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication)).
    Key(SigningKey),
}

/// What a client presents for a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Grant {
    /// The authorization code; the client's own credentials where the server offers those and no code.
    #[default]
    Auto,
    /// The code of a user's login ([RFC 6749 §4.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1)).
    AuthorizationCode,
    /// Its own credentials ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    ClientCredentials,
    /// An assertion made elsewhere, as a workload has one ([RFC 7523 §2.1](https://www.rfc-editor.org/rfc/rfc7523#section-2.1)).
    JwtBearer {
        /// The JWT.
        assertion: Secret,
    },
    /// An assertion the enterprise's identity provider gives for its ID token (ID-JAG).
    EnterpriseManaged(IdentityProvider),
}

impl Grant {
    /// The word for it in files and options.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::AuthorizationCode => "authorization-code",
            Self::ClientCredentials => "client-credentials",
            Self::JwtBearer { .. } => "jwt-bearer",
            Self::EnterpriseManaged(_) => "enterprise-managed",
        }
    }
}

/// The identity provider of an enterprise, and what it knows the client by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Where it exchanges tokens ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)).
    pub token_endpoint: String,
    /// The client's identifier there.
    pub client_id: String,
    /// The client's secret there, for a confidential client.
    pub client_secret: Option<Secret>,
    /// The ID token of the user's sign-on.
    pub id_token: Secret,
}

/// When tokens are bound to a key of the client ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dpop {
    /// Where the resource asks for it: by its challenge or its metadata.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Dpop {
    /// The words for them in files and options.
    pub const WORDS: [(&'static str, Self); 3] =
        [("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];
}
