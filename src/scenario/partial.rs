//! A scenario in the making: what a file says, what options say over it, and what is taken where nobody says anything.

mod grant;
mod network;

use std::time::Duration;

pub use grant::{GrantKind, PartialGrant};
pub use network::PartialNetwork;

use super::{
    Certificate, Client, Consent, Driver, Expectation, FailOn, Limits, Location, Network, Page, Policy,
    ProbeMode, Probes, Program, Registration, Scenario, Script, SessionAction, Target, WebDriver,
};
use crate::exchange::{ProbeId, Secret};
use crate::specification::{Party, ProtocolVersion, Step};

/// What a file or a command line says; `None` and empty where it says nothing.
#[derive(Clone, Debug, Default)]
pub struct PartialScenario {
    /// A name for people.
    pub title: Option<String>,
    /// Where the file says where the walk starts.
    pub location: Option<Location>,
    /// Where the walk starts.
    pub place: Option<Place>,
    /// Extra header fields for the MCP endpoint.
    pub headers: Vec<(String, Secret)>,
    /// The protocol version.
    pub protocol_version: Option<ProtocolVersion>,
    /// The client.
    pub client: PartialClient,
    /// The login.
    pub consent: PartialConsent,
    /// Bound of an exchange.
    pub timeout: Option<Duration>,
    /// Bytes of a body that are read.
    pub body_limit: Option<usize>,
    /// How requests reach their servers.
    pub network: PartialNetwork,
    /// The last step.
    pub until: Option<Step>,
    /// What to do in the open session.
    pub then: Vec<SessionAction>,
    /// What to send beyond the happy path.
    pub probes: Option<ProbeMode>,
    /// Probes to send whatever their kind.
    pub allow: Vec<ProbeId>,
    /// Whether to go on where a conforming client stops.
    pub past_refusals: Option<bool>,
    /// From which level on a failed check fails the run.
    pub fail_on: Option<FailOn>,
    /// Whose checks count.
    pub parties: Vec<Party>,
    /// The baseline. That of a scenario and that of `--expect` add up.
    pub expect: Option<Vec<Expectation>>,
}

/// Where a walk starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a URL.
    Url(String),
    /// At the embedded gateway.
    Sandbox {
        /// Id of the products it looks like.
        preset: Option<String>,
        /// Ids of its faults.
        faults: Vec<String>,
        /// The certificate it shows; without one it speaks plain HTTP.
        tls: Option<Certificate>,
    },
}

/// What is said of the client.
#[derive(Clone, Debug, Default)]
pub struct PartialClient {
    /// Where the identifier comes from.
    pub registration: Option<RegistrationKind>,
    /// `client_id`.
    pub id: Option<String>,
    /// `client_secret`.
    pub secret: Option<Secret>,
    /// URL of a metadata document.
    pub metadata_url: Option<String>,
    /// What it presents.
    pub grant: PartialGrant,
    /// The authorization server to use.
    pub issuer: Option<String>,
    /// Whether a client that was registered stays.
    pub keep: Option<bool>,
    /// `scope`.
    pub scope: Option<String>,
    /// `resource`; empty sends none.
    pub resource: Option<String>,
    /// Parameters of the authorization request.
    pub parameters: Vec<(String, String)>,
}

/// What is said of the login.
#[derive(Clone, Debug, Default)]
pub struct PartialConsent {
    /// The driver.
    pub driver: Option<DriverKind>,
    /// Inputs and buttons of forms by name.
    pub fill: Vec<(String, Secret)>,
    /// The same on particular pages.
    pub pages: Vec<Page>,
    /// URL of a WebDriver server.
    pub webdriver: Option<String>,
    /// Whether Chromium runs without its sandbox.
    pub browser_no_sandbox: Option<bool>,
    /// The program that goes through the login.
    pub command: Option<Program>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// Host of the redirect URI.
    pub redirect_host: Option<String>,
    /// Port of the redirect URI.
    pub redirect_port: Option<u16>,
}

/// Where the client identifier comes from, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationKind {
    /// Preregistered with an id, a metadata document with its URL, else dynamic.
    Auto,
    /// See [`Registration::Dynamic`].
    Dynamic,
    /// See [`Registration::MetadataDocument`].
    MetadataDocument,
    /// See [`Registration::Preregistered`].
    Preregistered,
}

impl RegistrationKind {
    /// The words for them in files and options.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("auto", Self::Auto),
        ("dynamic", Self::Dynamic),
        ("metadata-document", Self::MetadataDocument),
        ("preregistered", Self::Preregistered),
    ];
}

/// The driver, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverKind {
    /// See [`Driver::Browser`].
    Browser,
    /// See [`Driver::Paste`].
    Paste,
    /// See [`Driver::Redirect`].
    Redirect,
    /// See [`Driver::Form`].
    Form,
    /// See [`Driver::WebDriver`].
    WebDriver,
    /// See [`Driver::Command`].
    Command,
}

impl DriverKind {
    /// The words for them in files and options.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("browser", Self::Browser),
        ("paste", Self::Paste),
        ("redirect", Self::Redirect),
        ("form", Self::Form),
        ("webdriver", Self::WebDriver),
        ("command", Self::Command),
    ];
}

/// What is taken where nobody says anything, because of where the walk runs.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The target, if it is the sandbox.
    pub target: Option<String>,
    /// The metadata document of a client the target knows.
    pub client_metadata_url: Option<String>,
    /// How to log in.
    pub driver: DriverKind,
    /// What to fill into its forms.
    pub fill: Vec<(String, Secret)>,
    /// Certificates that were read, and proxies.
    pub network: Network,
    /// What to send beyond the happy path.
    pub probes: ProbeMode,
}

impl Defaults {
    /// Where the target is a server of somebody: nothing is known of it, and nothing goes beyond the happy path.
    pub const fn of_server(driver: DriverKind, network: Network) -> Self {
        Self {
            target: None,
            client_metadata_url: None,
            driver,
            fill: Vec::new(),
            network,
            probes: ProbeMode::Off,
        }
    }
}

/// What no scenario can be made of. The words name the option and the key of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Nowhere to start.
    #[error("there is no target: give the URL of an MCP endpoint, or --sandbox")]
    Target,
    /// Preregistered, but as whom?
    #[error("--registration preregistered needs --client-id (in a file: id)")]
    ClientId,
    /// A document, but where?
    #[error("--registration metadata-document needs --client-metadata-url (in a file: metadata_url)")]
    ClientMetadataUrl,
    /// Registered already, and to be registered.
    #[error("--registration dynamic registers a client of its own: leave --client-id (in a file: id) out")]
    DynamicWithId,
    /// Two ways to prove itself.
    #[error(
        "a client has a secret or a key: give --client-secret-env or --client-key (in a file: secret or key)"
    )]
    SecretAndKey,
    /// Two assertions.
    #[error(
        "--assertion and --id-token exclude each other (in a file: assertion and [client.identity_provider])"
    )]
    TwoAssertions,
    /// An assertion nobody asks for.
    #[error("--assertion is for --grant jwt-bearer (in a file: assertion, grant = \"jwt-bearer\")")]
    AssertionForAnotherGrant,
    /// An identity provider nobody asks.
    #[error(
        "--id-token is for --grant enterprise-managed (in a file: [client.identity_provider], grant = \"enterprise-managed\")"
    )]
    ProviderForAnotherGrant,
    /// No assertion.
    #[error("--grant jwt-bearer needs --assertion (in a file: assertion)")]
    Assertion,
    /// No identity provider.
    #[error(
        "--grant enterprise-managed needs --id-token, --idp-token-endpoint and --idp-client-id (in a file: [client.identity_provider])"
    )]
    Provider,
    /// Credentials, but which?
    #[error(
        "--grant client-credentials needs --client-id with --client-secret-env or --client-key (in a file: id with secret or key)"
    )]
    Credentials,
    /// An assertion for a client nobody knows.
    #[error("an assertion is presented by a client the server knows: give --client-id (in a file: id)")]
    KnownClient,
    /// Values for forms, but no forms.
    #[error("--fill fills forms: it goes with --consent form or webdriver (in a file: driver = \"form\")")]
    FillWithoutForm,
    /// How to drive a browser, and another driver.
    #[error(
        "--webdriver and --browser-no-sandbox go with --consent webdriver (in a file: driver = \"webdriver\")"
    )]
    BrowserWithoutWebDriver,
    /// A program to run, and another driver.
    #[error("--login-command goes with --consent command (in a file: driver = \"command\")")]
    ProgramWithoutCommand,
    /// A program, but which?
    #[error("--consent command needs --login-command (in a file: command)")]
    Program,
}

impl PartialScenario {
    /// Whether what one source says goes together. Of two sources the one that overrides is right.
    pub fn check(&self) -> Result<(), ScenarioError> {
        if self.client.registration == Some(RegistrationKind::Dynamic) && self.client.id.is_some() {
            return Err(ScenarioError::DynamicWithId);
        }
        let consent = &self.consent;
        let driver = consent.implied_driver();
        let another = |than| driver.is_some_and(|driver| driver != than);
        if another(DriverKind::WebDriver) && consent.drives_browser() {
            return Err(ScenarioError::BrowserWithoutWebDriver);
        }
        if another(DriverKind::Form)
            && another(DriverKind::WebDriver)
            && (!consent.fill.is_empty() || !consent.pages.is_empty())
        {
            return Err(ScenarioError::FillWithoutForm);
        }
        if another(DriverKind::Command) && consent.command.is_some() {
            return Err(ScenarioError::ProgramWithoutCommand);
        }
        Ok(())
    }

    /// The same with everything the other one says in its place.
    #[must_use]
    pub fn merge(self, over: Self) -> Self {
        Self {
            title: over.title.or(self.title),
            location: over.location.or(self.location),
            place: placed(self.place, over.place),
            headers: named(self.headers, over.headers, str::eq_ignore_ascii_case),
            protocol_version: over.protocol_version.or(self.protocol_version),
            client: self.client.merge(over.client),
            consent: self.consent.merge(over.consent),
            timeout: over.timeout.or(self.timeout),
            body_limit: over.body_limit.or(self.body_limit),
            network: self.network.merge(over.network),
            until: over.until.or(self.until),
            then: if over.then.is_empty() { self.then } else { over.then },
            probes: over.probes.or(self.probes),
            allow: if over.allow.is_empty() { self.allow } else { over.allow },
            past_refusals: over.past_refusals.or(self.past_refusals),
            fail_on: over.fail_on.or(self.fail_on),
            parties: if over.parties.is_empty() { self.parties } else { over.parties },
            expect: match (self.expect, over.expect) {
                (Some(own), Some(more)) => Some(own.into_iter().chain(more).collect()),
                (own, more) => own.or(more),
            },
        }
    }

    /// What fails the run.
    pub fn policy(&self) -> Policy {
        Policy {
            fail_on: self.fail_on.unwrap_or_default(),
            parties: self.parties.clone(),
            expect: self.expect.clone(),
        }
    }

    /// The protocol version, of which the sandbox has to know before there is a scenario.
    pub fn protocol_version(&self) -> ProtocolVersion {
        self.protocol_version.unwrap_or(ProtocolVersion::DEFAULT)
    }

    /// The scenario it makes.
    pub fn scenario(self, defaults: Defaults) -> Result<Scenario, ScenarioError> {
        let protocol_version = self.protocol_version();
        let url = match self.place {
            Some(Place::Url(url)) => Some(url),
            Some(Place::Sandbox { .. }) | None => defaults.target,
        };
        let limits = Limits::default();
        Ok(Scenario {
            title: self.title,
            location: self.location,
            target: Target { url: url.ok_or(ScenarioError::Target)?, headers: self.headers },
            protocol_version,
            client: self.client.client(defaults.client_metadata_url)?,
            consent: self.consent.consent(defaults.driver, defaults.fill)?,
            limits: Limits {
                timeout: self.timeout.unwrap_or(limits.timeout),
                body: self.body_limit.unwrap_or(limits.body),
            },
            network: self.network.network(defaults.network),
            until: self.until.unwrap_or(Step::Session),
            then: self.then,
            probes: Probes { extent: self.probes.unwrap_or(defaults.probes), allow: self.allow },
        })
    }
}

impl PartialClient {
    /// Another identity replaces the whole identity; another way to register only that.
    fn merge(self, over: Self) -> Self {
        let another = over.id.is_some() || over.metadata_url.is_some();
        let (id, secret, metadata_url) = if another {
            (over.id, over.secret, over.metadata_url)
        } else {
            (self.id, over.secret.or(self.secret), self.metadata_url)
        };
        Self {
            registration: over.registration.or(self.registration.filter(|_| !another)),
            id,
            secret,
            metadata_url,
            grant: self.grant.merge(over.grant),
            issuer: over.issuer.or(self.issuer),
            keep: over.keep.or(self.keep),
            scope: over.scope.or(self.scope),
            resource: over.resource.or(self.resource),
            parameters: named(self.parameters, over.parameters, |one, other| one == other),
        }
    }

    fn client(self, known_document: Option<String>) -> Result<Client, ScenarioError> {
        let asked = self.registration.unwrap_or(RegistrationKind::Auto);
        let kind = match asked {
            RegistrationKind::Auto if self.id.is_some() => RegistrationKind::Preregistered,
            RegistrationKind::Auto if self.metadata_url.is_some() => RegistrationKind::MetadataDocument,
            chosen => chosen,
        };
        let registration = match kind {
            RegistrationKind::Auto | RegistrationKind::Dynamic => Registration::Dynamic,
            RegistrationKind::Preregistered => Registration::Preregistered {
                client_id: self.id.ok_or(ScenarioError::ClientId)?,
                credential: self.grant.credential(self.secret)?,
            },
            RegistrationKind::MetadataDocument => Registration::MetadataDocument {
                or_dynamic: asked == RegistrationKind::Auto,
                url: self.metadata_url.or(known_document).ok_or(ScenarioError::ClientMetadataUrl)?,
            },
        };
        let credential = match &registration {
            Registration::Preregistered { credential, .. } => Some(credential),
            _ => None,
        };
        Ok(Client {
            dpop: self.grant.dpop.unwrap_or_default(),
            grant: self.grant.grant(credential)?,
            issuer: self.issuer,
            keep: self.keep.unwrap_or(false),
            known: Vec::new(),
            scope: self.scope,
            resource: self.resource,
            parameters: self.parameters,
            registration,
        })
    }
}

impl PartialConsent {
    /// The driver that is named, or that what is said is for.
    fn implied_driver(&self) -> Option<DriverKind> {
        let fills = !self.fill.is_empty() || !self.pages.is_empty();
        let command = self.command.as_ref().map(|_| DriverKind::Command);
        let webdriver = self.drives_browser().then_some(DriverKind::WebDriver);
        self.driver.or(command).or(webdriver).or(fills.then_some(DriverKind::Form))
    }

    /// Whether it is said how to drive a browser.
    const fn drives_browser(&self) -> bool {
        self.webdriver.is_some() || self.browser_no_sandbox.is_some()
    }

    fn merge(self, over: Self) -> Self {
        Self {
            driver: over.implied_driver().or(self.implied_driver()),
            fill: named(self.fill, over.fill, |one, other| one == other),
            pages: if over.pages.is_empty() { self.pages } else { over.pages },
            webdriver: over.webdriver.or(self.webdriver),
            browser_no_sandbox: over.browser_no_sandbox.or(self.browser_no_sandbox),
            command: over.command.or(self.command),
            timeout: over.timeout.or(self.timeout),
            redirect_host: over.redirect_host.or(self.redirect_host),
            redirect_port: over.redirect_port.or(self.redirect_port),
        }
    }

    fn consent(
        self,
        by_default: DriverKind,
        known_fill: Vec<(String, Secret)>,
    ) -> Result<Consent, ScenarioError> {
        let usual = Consent::default();
        let chosen = self.implied_driver().unwrap_or(by_default);
        let script = if self.fill.is_empty() && self.pages.is_empty() {
            Script::everywhere(known_fill)
        } else {
            Script { fill: self.fill, pages: self.pages }
        };
        let driver = match chosen {
            DriverKind::Browser => Driver::Browser,
            DriverKind::Paste => Driver::Paste,
            DriverKind::Redirect => Driver::Redirect,
            DriverKind::Form => Driver::Form(script),
            DriverKind::WebDriver => Driver::WebDriver(WebDriver {
                script,
                server: self.webdriver,
                no_sandbox: self.browser_no_sandbox.unwrap_or(false),
            }),
            DriverKind::Command => Driver::Command(self.command.ok_or(ScenarioError::Program)?),
        };
        Ok(Consent {
            driver,
            timeout: self.timeout.unwrap_or(usual.timeout),
            redirect_host: self.redirect_host.unwrap_or(usual.redirect_host),
            redirect_port: self.redirect_port.unwrap_or(usual.redirect_port),
        })
    }
}

/// The place that is said last; what is said of a sandbox on top of another is added to it. Nothing said is the honest one.
fn placed(base: Option<Place>, over: Option<Place>) -> Option<Place> {
    match (base, over) {
        (
            Some(Place::Sandbox { preset, mut faults, tls }),
            Some(Place::Sandbox { preset: other, faults: more, tls: certificate }),
        ) if other.is_some() || !more.is_empty() || certificate.is_some() => {
            faults.extend(more);
            Some(Place::Sandbox { preset: other.or(preset), faults, tls: certificate.or(tls) })
        }
        (base, over) => over.or(base),
    }
}

/// Those of the base that are not named again, then the others.
fn named<V>(
    base: Vec<(String, V)>,
    over: Vec<(String, V)>,
    same: impl Fn(&str, &str) -> bool,
) -> Vec<(String, V)> {
    let kept = base.into_iter().filter(|(name, _)| !over.iter().any(|(other, _)| same(name, other)));
    let mut all: Vec<_> = kept.collect();
    all.extend(over);
    all
}
