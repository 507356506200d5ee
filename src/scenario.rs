//! What a run is asked to do: target, client, how to log in, limits, what is expected.
//!
//! ```text
//! file ────► PartialScenario ─┐
//!                             ├─ merge ──► PartialScenario ──► Scenario (what to walk) + Policy (what fails the run)
//! options ─► PartialScenario ─┘
//! ```

mod client;
mod expectation;
pub mod file;
mod keys;
mod known_ids;
mod location;
mod login;
mod network;
mod option_parser;
mod partial;
mod policy;
mod problem;
mod scenario_error;
mod secret_source;
mod setting;
mod table;
pub mod value;
mod variables;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use client::{Client, Credential, Dpop, Grant, IdentityProvider, KnownClient, Registration};
pub use expectation::{Expectation, Expected};
pub use known_ids::KnownIds;
pub use location::Location;
pub use login::{
    CALLBACK_PATH, Consent, Driver, DriverKind, Given, Page, Pattern, Program, Script, WebDriver,
};
pub use network::{CaCertificates, Certificate, Network, Proxies, Resolution};
pub use option_parser::OptionParser;
pub use partial::{
    Defaults, GrantKind, PartialClient, PartialConsent, PartialGrant, PartialLimits, PartialNetwork,
    PartialProbes, PartialProvider, PartialScenario, Place, RegistrationKind,
};
pub use policy::{ClientSelection, FailOn, Policy};
pub use problem::{Problem, Problems, closest};
pub use scenario_error::ScenarioError;
pub use secret_source::{ReadSecret, SecretSource, length, shown};
pub use variables::Env;

use crate::document::identifier::Identifier;
use crate::exchange::{ProbeId, Secret};
use crate::specification::{ProtocolVersion, Step};

/// A run as asked for.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What a file calls the run.
    pub title: Option<String>,
    /// Where the target is written, if in a file.
    pub location: Option<Location>,
    /// The MCP endpoint under test.
    pub target: Target,
    /// The rules to judge by and to speak.
    pub protocol_version: ProtocolVersion,
    /// The client gatewalk plays.
    pub client: Client,
    /// How consent is obtained.
    pub consent: Consent,
    /// Bounds on every exchange.
    pub limits: Limits,
    /// How requests reach their servers.
    pub network: Network,
    /// The last step to walk.
    pub until: Step,
    /// What to do with the session once it is open.
    pub then: Vec<SessionAction>,
    /// What to send beyond the happy path.
    pub probes: Probes,
}

impl Scenario {
    /// A walk of that target, with all else as it is where nobody says anything and nobody is there: a client is
    /// registered, the server is to approve at once, nothing goes beyond the happy path.
    pub fn new(target: impl Into<String>, protocol_version: ProtocolVersion) -> Self {
        Self {
            title: None,
            location: None,
            target: Target { url: target.into(), headers: Vec::new() },
            protocol_version,
            client: Client::new(Registration::Dynamic),
            consent: Consent::default(),
            limits: Limits::default(),
            network: Network::default(),
            until: Step::Session,
            then: Vec::new(),
            probes: Probes::default(),
        }
    }
}

/// What to send beyond the happy path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// Which kinds.
    pub extent: ProbeMode,
    /// These too, whatever their kind.
    pub allow: Vec<ProbeId>,
}

/// Which kinds of probes are sent, the fewest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeMode {
    /// None.
    #[default]
    Off,
    /// Those that only read, and those that are refused and leave nothing behind.
    Safe,
    /// All there are.
    Full,
}

impl ProbeMode {
    /// The words for them in files and options.
    pub const WORDS: [(&'static str, Self); 3] =
        [(Self::Off.id(), Self::Off), (Self::Safe.id(), Self::Safe), (Self::Full.id(), Self::Full)];

    /// The word for it in files and options.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Safe => "safe",
            Self::Full => "full",
        }
    }
}

/// What to do in the open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionAction {
    /// `tools/list`.
    ListTools,
    /// `tools/call` of that tool, without arguments.
    CallTool(String),
}

impl SessionAction {
    /// `tools/call` of that tool.
    pub fn call(tool: &str) -> Self {
        Self::CallTool(tool.to_owned())
    }
}

impl Scenario {
    /// The first tool that the user wants called.
    pub fn tool_to_call(&self) -> Option<&str> {
        self.then.iter().find_map(|action| match action {
            SessionAction::CallTool(name) => Some(name.as_str()),
            SessionAction::ListTools => None,
        })
    }
}

/// The MCP endpoint under test, with the headers it needs.
#[derive(Clone, Debug)]
pub struct Target {
    /// The URL exactly as the user gave it: identifiers are never re-serialised.
    pub url: String,
    /// Extra header fields for requests to this URL (API keys of a gateway).
    pub headers: Vec<(String, Secret)>,
}

impl Target {
    /// The URL with scheme, host and port as every client sends them.
    pub fn canonical_url(&self) -> String {
        Identifier::parse(&self.url).map_or_else(|| self.url.clone(), |url| url.canonical())
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
