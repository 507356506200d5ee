//! A scenario in the making: what a file says, what options say over it, and what is taken where nobody says anything.

mod client;
mod consent;
mod grant;
mod limits;
mod network;
mod probes;

pub use client::{PartialClient, RegistrationKind};
pub use consent::PartialConsent;
pub use grant::{GrantKind, PartialGrant, PartialProvider};
pub use limits::PartialLimits;
pub use network::PartialNetwork;
pub use probes::PartialProbes;

use super::option_parser::OptionParser;
use super::problem::unknown;
use super::setting::{Setting, custom, flag, options, parsed, within, word};
use super::table::{Placed, Table};
use super::{
    Certificate, ClientSelection, DriverKind, Expectation, FailOn, Location, Network, Policy, ProbeMode,
    ReadSecret, Scenario, ScenarioError, SecretSource, SessionAction, Target, expectation, value,
};
use crate::exchange::Secret;
use crate::specification::{Party, ProtocolVersion, Step};

options! {
    /// What a file or a command line says; `None` and empty where it says nothing.
    pub struct PartialScenario {
        /// A name for people.
        #[arg(skip)]
        title: Option<String> => title;
        /// Where the file says where the walk starts.
        #[arg(skip)]
        location: Option<Location> => location;
        /// Where the walk starts.
        #[arg(skip)]
        place: Option<Place> => place, merged placed;
        /// MCP revision to speak and judge by [default: 2025-11-25]
        #[arg(long, value_name = "DATE", help_heading = "Target")]
        protocol_version: Option<ProtocolVersion> =
            parsed(value::protocol_version).with_words(ProtocolVersion::ALL.map(ProtocolVersion::date)),
            "protocol_version";
        /// Header field for the MCP endpoint, as 'Name: value' or 'Name: env:VARIABLE'; repeatable
        #[arg(long = "header", value_name = "FIELD", help_heading = "Target")]
        headers: Vec<(String, SecretSource)> =
            custom(OptionParser::new(value::header).secret(), headers), "headers",
            merged |base, over| named(base, over, str::eq_ignore_ascii_case);
        /// The client.
        #[command(flatten)]
        client: PartialClient => |file| within(file, "client", PartialClient::read);
        /// What to do once the session is open, list or call=NAME; repeatable, in order
        ///
        /// list calls tools/list, call=NAME calls that tool without arguments.
        #[arg(long, value_name = "ACTION", help_heading = "Client")]
        then: Vec<SessionAction> = parsed(value::then).repeated(), "then";
        /// The login.
        #[command(flatten)]
        consent: PartialConsent => |file| within(file, "consent", PartialConsent::read);
        /// How requests reach their servers.
        #[command(flatten)]
        network: PartialNetwork => |file| within(file, "network", PartialNetwork::read);
        /// Bounds on every exchange.
        #[command(flatten)]
        limits: PartialLimits => |file| within(file, "limits", PartialLimits::read);
        /// Last step to walk [default: session]
        #[arg(long, value_name = "STEP", help_heading = "Judging")]
        until: Option<Step> = parsed(value::step).with_words(Step::ALL.map(Step::id)), "until";
        /// What to send beyond the happy path.
        #[command(flatten)]
        probes: PartialProbes => |file| within(file, "probes", PartialProbes::read);
        /// Go on where a conforming client must stop
        #[arg(long, help_heading = "Judging")]
        past_refusals: bool = flag(), "past_refusals";
        /// From which level on a failed check fails the run [default: must]
        ///
        /// undecided fails it also where a MUST that applies was not decided (exit 3). never asks only whether the walk gets
        /// through.
        #[arg(long, value_name = "LEVEL", help_heading = "Judging")]
        fail_on: Option<FailOn> = word(&FailOn::WORDS), "fail_on";
        /// Whose failed checks fail the run; repeatable [default: everybody's]
        #[arg(long = "party", value_name = "PARTY", help_heading = "Judging")]
        parties: Vec<Party> =
            parsed(value::party).with_words(value::PARTIES.map(Party::id)).repeated(), "party";
        /// Real clients to predict: all, sdk, apps, or ids from `gatewalk explain --clients`, with commas between them
        ///
        /// Nothing more is sent for it: what comes of each is told from what the walk and its probes saw.
        #[arg(long, value_name = "CLIENTS", value_delimiter = ',', help_heading = "Judging")]
        clients: Vec<String> = clients(), "clients";
        /// Clients that have to connect: one that stops makes exit 1, one of which it is not known exit 3
        #[arg(long, value_name = "CLIENTS", value_delimiter = ',', help_heading = "Judging")]
        require_clients: Vec<String> = clients(), "require_clients";
        /// The baseline. That of a scenario and that of `--expect` add up.
        #[arg(skip)]
        expect: Option<Vec<Expectation>> => expect, merged both;
    }
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
        /// Ids of its variations.
        variations: Vec<String>,
        /// The certificate it shows; without one it speaks plain HTTP.
        tls: Option<Certificate>,
    },
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
    /// Where the target is a server of somebody: nothing is known of it, and what goes beyond the happy path is harmless.
    pub const fn of_server(driver: DriverKind, network: Network) -> Self {
        Self {
            target: None,
            client_metadata_url: None,
            driver,
            fill: Vec::new(),
            network,
            probes: ProbeMode::Safe,
        }
    }
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

    /// What fails the run.
    pub fn policy(&self) -> Policy {
        Policy {
            fail_on: self.fail_on.unwrap_or_default(),
            parties: self.parties.clone(),
            expect: self.expect.clone(),
            clients: ClientSelection { shown: self.clients.clone(), required: self.require_clients.clone() },
        }
    }

    /// The protocol version, of which the sandbox has to know before there is a scenario.
    pub fn protocol_version(&self) -> ProtocolVersion {
        self.protocol_version.unwrap_or(ProtocolVersion::DEFAULT)
    }

    /// The scenario it makes.
    pub fn scenario(self, defaults: Defaults, read: ReadSecret<'_>) -> Result<Scenario, ScenarioError> {
        let protocol_version = self.protocol_version();
        let url = match self.place {
            Some(Place::Url(url)) => Some(url),
            Some(Place::Sandbox { .. }) | None => defaults.target,
        };
        let headers = secrets("--header", self.headers, read)?;
        Ok(Scenario {
            title: self.title,
            location: self.location,
            target: Target { url: url.ok_or(ScenarioError::Target)?, headers },
            protocol_version,
            client: self.client.client(defaults.client_metadata_url, read)?,
            consent: self.consent.consent(defaults.driver, defaults.fill, read)?,
            limits: self.limits.limits(),
            network: self.network.network(defaults.network),
            until: self.until.unwrap_or(Step::Session),
            then: self.then,
            probes: self.probes.probes(defaults.probes),
        })
    }
}

/// The secret an option gave, from where it is kept.
fn secret(
    option: &'static str,
    source: Option<&SecretSource>,
    read: ReadSecret<'_>,
) -> Result<Option<Secret>, ScenarioError> {
    source.map(read).transpose().map_err(|why| ScenarioError::Secret { option, why })
}

/// The same of secrets with names.
fn secrets(
    option: &'static str,
    sources: Vec<(String, SecretSource)>,
    read: ReadSecret<'_>,
) -> Result<Vec<(String, Secret)>, ScenarioError> {
    let read = |(name, source): (String, SecretSource)| {
        read(&source).map(|secret| (name, secret)).map_err(|why| ScenarioError::Secret { option, why })
    };
    sources.into_iter().map(read).collect()
}

/// The place that is said last; what is said of a sandbox on top of another is added to it. Nothing said is the honest one.
fn placed(base: Option<Place>, over: Option<Place>) -> Option<Place> {
    match (base, over) {
        (
            Some(Place::Sandbox { preset, mut faults, mut variations, tls }),
            Some(Place::Sandbox { preset: other, faults: more, variations: further, tls: certificate }),
        ) if other.is_some() || !more.is_empty() || !further.is_empty() || certificate.is_some() => {
            faults.extend(more);
            variations.extend(further);
            Some(Place::Sandbox { preset: other.or(preset), faults, variations, tls: certificate.or(tls) })
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

fn both<T>(base: Option<Vec<T>>, over: Option<Vec<T>>) -> Option<Vec<T>> {
    match (base, over) {
        (Some(own), Some(more)) => Some(own.into_iter().chain(more).collect()),
        (own, more) => own.or(more),
    }
}

fn title(file: &Table<'_>) -> Option<String> {
    file.text("title").map(|title| title.value)
}

fn location(file: &Table<'_>) -> Option<Location> {
    file.location_of("target").or_else(|| file.location_of("sandbox"))
}

/// One of the two has to be there.
fn place(file: &Table<'_>) -> Option<Place> {
    let sandbox = file.table("sandbox");
    let has_target = file.has("target");
    let target = file.parsed("target", &OptionParser::new(value::target));
    match (sandbox, has_target) {
        (Some(sandbox), true) => {
            sandbox.report(sandbox.span(), "a scenario has a target or a sandbox, not both");
            None
        }
        (Some(sandbox), false) => {
            let ids = sandbox.known_ids();
            let faults = sandbox.all_parsed("faults", |id| known(id, ids.faults));
            let variations = sandbox.all_parsed("variations", |id| known(id, ids.variations));
            let preset = sandbox
                .text("preset")
                .and_then(|id| sandbox.parse("preset", id, |id| known(id, ids.presets)));
            let tls = sandbox.parsed("tls", &OptionParser::of_words(&Certificate::WORDS));
            sandbox.end();
            Some(Place::Sandbox { preset, faults, variations, tls })
        }
        (None, true) => target.map(Place::Url),
        (None, false) => {
            file.report(0..0, "there is no target: write target = \"https://…/mcp\", or [sandbox]");
            None
        }
    }
}

/// One of the words there are.
fn known(id: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&id) { Ok(id.to_owned()) } else { Err(unknown(id, words.iter().copied())) }
}

/// Words for clients. Which there are is known further right, to whoever reads a file or options.
fn clients() -> Setting<String, Vec<String>> {
    custom(OptionParser::new(|word| Ok(word.to_owned())), |file, key, _| {
        let known = file.known_ids().clients;
        file.all_parsed(key, known)
    })
}

type Headers = Vec<(String, SecretSource)>;

fn headers(file: &Table<'_>, key: &'static str, _: &OptionParser<(String, SecretSource)>) -> Headers {
    let mut fields = Vec::new();
    for (name, field) in file.secrets(key) {
        let (Placed { value: name, span: at_name }, Placed { value: field, span }) = (name, field);
        match (value::header_name(&name), value::header_value(&name, &field)) {
            (Err(why), _) => file.report(at_name, why),
            (_, Err(why)) => file.report(span, why),
            (Ok(()), Ok(())) => fields.push((name, SecretSource::Value(Secret::new(field)))),
        }
    }
    fields
}

fn expect(file: &Table<'_>) -> Option<Vec<Expectation>> {
    Some(expectation::read(file)).filter(|_| file.has("expect"))
}
