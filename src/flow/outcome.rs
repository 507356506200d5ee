//! How a flow ends, and where a conforming client stops.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Unusable;
use crate::exchange::LoginFailure;
use crate::specification::Step;

/// How a flow ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything up to and with this step was walked.
    Reached(Step),
    /// Nothing further can be sent.
    Stuck {
        /// The step that could not be finished.
        awaiting: Step,
        /// Why.
        because: StuckReason,
    },
}

/// A URL that was tried and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt<T = String> {
    /// The URL.
    pub url: T,
    /// Why it yields no document.
    pub why: Unusable<T>,
}

impl<T> Attempt<T> {
    fn map_texts<U>(self, map: &impl Fn(T) -> U) -> Attempt<U> {
        Attempt { url: map(self.url), why: self.why.map_texts(map) }
    }
}

/// Why nothing further can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StuckReason<T = String> {
    /// The target did not respond at all.
    TargetSilent(Attempt<T>),
    /// The target serves everybody and publishes no resource metadata: there is nothing to authorize.
    NothingProtected,
    /// No location yields authorization-server metadata.
    NoServerMetadata(Vec<Attempt<T>>),
    /// The issuer is not a URL that metadata could be looked up for.
    BadIssuer(T),
    /// The metadata lacks an endpoint without which there is no flow, or names one that is no URL.
    NoEndpoint(RequiredEndpoint, Option<T>),
    /// There is no registration endpoint and no pre-registered client.
    NoRegistrationEndpoint,
    /// The client identifier is the URL of a metadata document, and the server does not say that it reads such.
    NoMetadataDocuments,
    /// The pre-registered client is known to another authorization server than the one that is asked for now.
    ClientOfAnotherServer(T),
    /// Registration gave no client identifier.
    NotRegistered(T),
    /// No callback came.
    NotRedirected(LoginFailure<T>),
    /// The callback carries an error instead of a code.
    AuthorizationError(T),
    /// The callback carries neither code nor error.
    NoCode,
    /// The identity provider gave no assertion.
    NoAssertion(T),
    /// The token endpoint gave no access token.
    NoToken(T),
    /// The resource refuses the fresh token.
    TokenRefused(u16, Option<T>),
    /// The MCP endpoint did not open a session.
    NoSession(T),
    /// The user ended a run that is played again.
    Interrupted,
    /// A stored run ended, and says why in words only: the transcript was written by an earlier gatewalk.
    Unspecified {
        /// Why.
        why: T,
        /// What to try.
        remedy: T,
    },
}

/// An endpoint without which there is no flow, by the name of its member
/// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RequiredEndpoint {
    /// `authorization_endpoint`
    #[serde(rename = "authorization_endpoint")]
    Authorization,
    /// `token_endpoint`
    #[serde(rename = "token_endpoint")]
    Token,
}

impl RequiredEndpoint {
    /// The member of the metadata.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Authorization => "authorization_endpoint",
            Self::Token => "token_endpoint",
        }
    }
}

impl<T> StuckReason<T> {
    /// The same with each text in it made another: masked on the way into a transcript.
    pub fn map_texts<U>(self, map: &impl Fn(T) -> U) -> StuckReason<U> {
        match self {
            Self::TargetSilent(tried) => StuckReason::TargetSilent(tried.map_texts(map)),
            Self::NothingProtected => StuckReason::NothingProtected,
            Self::NoServerMetadata(tried) => StuckReason::NoServerMetadata(
                tried.into_iter().map(|attempt| attempt.map_texts(map)).collect(),
            ),
            Self::BadIssuer(text) => StuckReason::BadIssuer(map(text)),
            Self::NoEndpoint(endpoint, found) => StuckReason::NoEndpoint(endpoint, found.map(map)),
            Self::NoRegistrationEndpoint => StuckReason::NoRegistrationEndpoint,
            Self::NoMetadataDocuments => StuckReason::NoMetadataDocuments,
            Self::ClientOfAnotherServer(text) => StuckReason::ClientOfAnotherServer(map(text)),
            Self::NotRegistered(text) => StuckReason::NotRegistered(map(text)),
            Self::NotRedirected(failure) => StuckReason::NotRedirected(failure.map_texts(map)),
            Self::AuthorizationError(text) => StuckReason::AuthorizationError(map(text)),
            Self::NoCode => StuckReason::NoCode,
            Self::NoAssertion(text) => StuckReason::NoAssertion(map(text)),
            Self::NoToken(text) => StuckReason::NoToken(map(text)),
            Self::TokenRefused(status, error) => StuckReason::TokenRefused(status, error.map(map)),
            Self::NoSession(text) => StuckReason::NoSession(map(text)),
            Self::Interrupted => StuckReason::Interrupted,
            Self::Unspecified { why, remedy } => {
                StuckReason::Unspecified { why: map(why), remedy: map(remedy) }
            }
        }
    }
}

impl fmt::Display for StuckReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TargetSilent(tried) => write!(f, "{} {}", tried.url, tried.why),
            Self::NothingProtected => {
                f.write_str("the server asks for no token and publishes no resource metadata")
            }
            Self::NoServerMetadata(tried) => {
                f.write_str("no authorization-server metadata was found")?;
                for Attempt { url, why } in tried {
                    write!(f, "; {url} {why}")?;
                }
                Ok(())
            }
            Self::BadIssuer(issuer) => write!(f, "the issuer {issuer:?} is not an absolute http(s) URL"),
            Self::NoEndpoint(endpoint, None) => write!(f, "the metadata has no {}", endpoint.member()),
            Self::NoEndpoint(endpoint, Some(url)) => {
                write!(f, "the {} {url:?} is not an absolute http(s) URL", endpoint.member())
            }
            Self::NoRegistrationEndpoint => {
                f.write_str("the authorization server offers no registration endpoint")
            }
            Self::NoMetadataDocuments => f.write_str(
                "the authorization server's metadata does not say client_id_metadata_document_supported: true",
            ),
            Self::ClientOfAnotherServer(issuer) => {
                write!(f, "the resource names another authorization server now, {issuer}, which does not know the client")
            }
            Self::NotRegistered(why) => write!(f, "registration gave no client_id: {why}"),
            Self::NotRedirected(failure) => write!(f, "could not log in: {}", failure.detail),
            Self::AuthorizationError(error) => {
                write!(f, "the authorization server answered with the error {error}")
            }
            Self::NoCode => f.write_str("the callback carries neither a code nor an error"),
            Self::NoAssertion(why) => write!(f, "the identity provider gave no assertion: {why}"),
            Self::NoToken(why) => write!(f, "the token endpoint gave no access token: {why}"),
            Self::TokenRefused(status, Some(error)) => {
                write!(f, "the gateway refuses the fresh access token with {status} ({error})")
            }
            Self::TokenRefused(status, None) => {
                write!(f, "the gateway refuses the fresh access token with {status}")
            }
            Self::NoSession(why) => write!(f, "the MCP session did not open: {why}"),
            Self::Interrupted => f.write_str("the run was interrupted here"),
            Self::Unspecified { why, remedy: _ } => f.write_str(why),
        }
    }
}

impl StuckReason {
    /// What to try.
    pub fn remedy(&self) -> &str {
        match self {
            Self::TargetSilent(Attempt { why: Unusable::NoResponse(failure), .. }) => failure.kind.remedy(),
            Self::TargetSilent(_) => "Check the target URL.",
            Self::NothingProtected => {
                "If this server is to be protected, add the authorization policy to the MCP route; if not, there is nothing to walk."
            }
            Self::NoServerMetadata(_) => {
                "Check the issuer in the resource metadata, and that the authorization server publishes RFC 8414 or OpenID metadata for it."
            }
            Self::BadIssuer(_) => {
                "Write the issuer in authorization_servers exactly as the authorization server publishes it."
            }
            Self::NoEndpoint(..) => "Complete the authorization server's metadata.",
            Self::NoRegistrationEndpoint => {
                "Turn on dynamic client registration, or register a client by hand and pass --client-id."
            }
            Self::NoMetadataDocuments => {
                "Turn on client-ID metadata documents at the authorization server, or walk with --registration dynamic or --client-id."
            }
            Self::ClientOfAnotherServer(_) => {
                "Register a client at that server too and pass its --client-id, or walk with --registration dynamic."
            }
            Self::NotRegistered(_) => {
                "Turn on open dynamic client registration, or pass --client-id of a registered client."
            }
            Self::NotRedirected(failure) => &failure.remedy,
            Self::AuthorizationError(_) => {
                "Read the error with the authorization server's log; check API, audience and scopes."
            }
            Self::NoCode => "Check what the authorization server sends to the redirect URI.",
            Self::NoAssertion(_) => {
                "Check the ID token's audience and lifetime, and that the identity provider lets this client exchange it."
            }
            Self::NoToken(_) => "Read the error with the authorization server's log.",
            Self::TokenRefused(..) => {
                "Compare issuer, audience, algorithm and scope of the token with what the gateway expects."
            }
            Self::NoSession(_) => "Check the route from the gateway to the MCP server.",
            Self::Interrupted => "Run it again.",
            Self::Unspecified { why: _, remedy } => remedy,
        }
    }
}

/// A point where a conforming client must stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why a client stops.
    pub kind: RefusalKind,
    /// What the specification asks for.
    pub expected: String,
    /// What the peer sent.
    pub found: String,
}

/// Why a conforming client stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The metadata is not about the resource we asked for (RFC 9728 §3.3).
    ResourceMismatch,
    /// The metadata is not about the issuer we asked for (RFC 8414 §3.3).
    IssuerMismatch,
    /// The issuer differs by the slash at its end only, in an protocol version that compares code points.
    IssuerSlash,
    /// PKCE with S256 is not advertised.
    PkceNotAdvertised,
    /// The callback does not carry our `state` (RFC 6749 §10.12).
    StateMismatch,
    /// The callback carries another issuer (RFC 9207 §2.4).
    IssMismatch,
    /// The callback lacks the issuer that the metadata promises (RFC 9207 §2.4).
    IssMissing,
}

impl RefusalKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::ResourceMismatch,
        Self::IssuerMismatch,
        Self::IssuerSlash,
        Self::PkceNotAdvertised,
        Self::StateMismatch,
        Self::IssMismatch,
        Self::IssMissing,
    ];

    /// The id of the check that fails when a client stops here.
    pub const fn check(self) -> &'static str {
        match self {
            Self::ResourceMismatch => "prm-resource-matches",
            Self::IssuerMismatch => "as-issuer-matches",
            Self::IssuerSlash => "as-issuer-slash",
            Self::PkceNotAdvertised => "as-pkce-advertised",
            Self::StateMismatch => "authz-state-echo",
            Self::IssMismatch => "authz-iss-identical",
            Self::IssMissing => "as-iss-advertised",
        }
    }

    /// The step in which a client stops.
    pub const fn step(self) -> Step {
        match self {
            Self::ResourceMismatch => Step::ResourceMetadata,
            Self::IssuerMismatch | Self::IssuerSlash | Self::PkceNotAdvertised => Step::ServerMetadata,
            Self::StateMismatch | Self::IssMismatch | Self::IssMissing => Step::Authorization,
        }
    }

    /// What is the matter.
    pub const fn what(self) -> &'static str {
        match self {
            Self::ResourceMismatch => "the resource metadata describes another resource",
            Self::IssuerMismatch => "the server metadata belongs to another issuer",
            Self::IssuerSlash => "the issuer of the server metadata differs by the slash at its end",
            Self::PkceNotAdvertised => "the server metadata does not advertise PKCE with S256",
            Self::StateMismatch => "the callback does not carry the state we sent",
            Self::IssMismatch => "the callback names another issuer",
            Self::IssMissing => "the callback lacks the iss that the metadata promises",
        }
    }
}

impl Refusal {
    /// The step in which a client stops.
    pub const fn step(&self) -> Step {
        self.kind.step()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, expected, found } = self;
        write!(f, "{}: expected {expected}, found {found}", kind.what())
    }
}
