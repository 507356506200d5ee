//! What a run is asked to do: target, client, how to log in, limits, what is expected.
//!
//! ```text
//! file ──► Draft ──┐
//!                  ├─ overridden_by ──► Draft ──► Scenario (what to walk) + Policy (what fails the run)
//! options ► Draft ─┘
//! ```

mod draft;
mod expectation;
pub mod file;
mod login;
mod policy;
mod problem;
mod table;
pub mod value;
mod variables;

use std::time::Duration;

pub use draft::{
    ClientDraft, ConsentDraft, Defaults, Draft, DriverKind, Incomplete, Place, RegistrationKind,
};
pub use expectation::{Expectation, Expected};
pub use login::{Consent, Driver, Page, Pattern, Program, Script};
pub use policy::{FailOn, Policy};
pub use problem::{Problem, Problems, closest};
pub use variables::Lookup;

use crate::edition::{Edition, Step};
use crate::exchange::Secret;

/// A run as asked for.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The MCP endpoint under test.
    pub target: Target,
    /// The rules to judge by and to speak.
    pub edition: Edition,
    /// The client gatewalk plays.
    pub client: Client,
    /// How consent is obtained.
    pub consent: Consent,
    /// Bounds on every exchange.
    pub limits: Limits,
    /// The last step to walk.
    pub until: Step,
}

/// The MCP endpoint under test, with the headers it needs.
#[derive(Clone, Debug)]
pub struct Target {
    /// The URL exactly as the user gave it: identifiers are never re-serialised.
    pub url: String,
    /// Extra header fields for requests to this URL (API keys of a gateway).
    pub headers: Vec<(String, Secret)>,
}

/// The client gatewalk plays.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the client identifier comes from.
    pub registration: Registration,
    /// Scope to request instead of the one the servers name.
    pub scope: Option<String>,
    /// `resource` to send instead of the published one.
    pub resource: Option<String>,
    /// Further parameters of the authorization request.
    pub parameters: Vec<(String, String)>,
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
        /// `client_secret`, for a confidential client.
        client_secret: Option<Secret>,
    },
    /// A URL that is the client identifier and where the client's metadata is published
    /// ([draft-ietf-oauth-client-id-metadata-document-00](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html)).
    MetadataDocument {
        /// The URL exactly as the user gave it.
        url: String,
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
}

/// Bounds on every exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From sending to the end of the body.
    pub timeout: Duration,
    /// Bytes of a body that are read.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), body: 1 << 20 }
    }
}

#[cfg(test)]
mod tests;
