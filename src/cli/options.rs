//! Options that shape a walk, for the screen and for `check`, and what they make of a scenario file or a URL.

use clap::Args;
use clap::builder::Resettable;

use super::{Failure, client_store, network, source, value};
use crate::exchange::Secret;
use crate::run::{CHROMEDRIVER, HttpTransport};
use crate::sandbox::{self, Fault, Need, Plan, Preset, Sandbox, Variation};
use crate::scenario::{
    Certificate, Defaults, Driver, DriverKind, OptionParser, PartialScenario, Place, Policy, ProbeMode,
    Scenario, SecretSource, SessionAction, WebDriver, closest,
};

/// Options that shape a walk: those of the sandbox, and those that scenario files have keys for.
#[derive(Debug, Args)]
pub(super) struct WalkArgs {
    /// Walk the embedded sandbox instead of a target
    #[arg(long, help_heading = TARGET)]
    pub(super) sandbox: bool,
    /// Give the sandbox a fault; repeatable, implies --sandbox
    ///
    /// `gatewalk sandbox --list` names the faults.
    #[arg(long, value_name = "FAULT", value_parser = faults(), hide_possible_values = true, help_heading = TARGET)]
    fault: Vec<Fault>,
    /// Make the sandbox unusual in a way that is legal; repeatable, implies --sandbox
    ///
    /// `gatewalk sandbox --list` names the variations too.
    #[arg(long, value_name = "VARIATION", value_parser = variations(), hide_possible_values = true, help_heading = TARGET)]
    variation: Vec<Variation>,
    /// Products the sandbox is to look like, so that remedies come in their words; implies --sandbox
    #[arg(long, value_name = "PRODUCTS", value_parser = OptionParser::of_words(&Preset::WORDS), help_heading = TARGET)]
    preset: Option<Preset>,
    /// Serve the sandbox over TLS, with HTTP/2; implies --sandbox
    ///
    /// Other certificates than a valid one show what goes wrong.
    #[arg(long, value_name = "CERTIFICATE", value_parser = OptionParser::of_words(&Certificate::WORDS), num_args = 0..=1, require_equals = true, default_missing_value = "valid", help_heading = TARGET)]
    tls: Option<Certificate>,
    #[command(flatten)]
    scenario: PartialScenario,
    /// No colours; the variable NO_COLOR does the same
    #[arg(long, help_heading = Resettable::Reset)]
    pub(super) no_color: bool,
}

const TARGET: &str = "Target";
pub(super) const JUDGING: &str = "Judging";
pub(super) const REPORTS: &str = "Reports";

/// A walk ready to start, with the sandbox it needs to stay alive.
pub(super) struct Prepared {
    pub(super) scenario: Scenario,
    pub(super) policy: Policy,
    pub(super) past_refusals: bool,
    pub(super) transport: HttpTransport,
    /// Stops when dropped.
    pub(super) sandbox: Option<Sandbox>,
}

impl WalkArgs {
    /// What is to be walked: the target with these options over it. A target is a scenario file or a URL; without one the
    /// options have to name the sandbox.
    pub(super) fn draft(&self, target: Option<&str>) -> Result<PartialScenario, Failure> {
        let mut options = self.scenario.clone();
        let is_made = self.preset.is_some() || !self.fault.is_empty() || !self.variation.is_empty();
        if self.sandbox || is_made || self.tls.is_some() {
            let faults = self.fault.iter().map(|fault| fault.id().to_owned()).collect();
            let variations = self.variation.iter().map(|variation| variation.id().to_owned()).collect();
            let preset = self.preset.map(|preset| preset.id().to_owned());
            options.place = Some(Place::Sandbox { preset, faults, variations, tls: self.tls });
        }
        options.check().map_err(|contradiction| Failure::Usage(contradiction.to_string()))?;
        for word in options.clients.iter().chain(&options.require_clients) {
            value::clients(word).map_err(Failure::Usage)?;
        }
        if options.place.is_some() && target.is_some_and(|target| !source::is_file(target)) {
            return Err(Failure::Usage(
                "--sandbox, --preset, --fault, --variation and --tls walk the sandbox: leave the URL out"
                    .into(),
            ));
        }
        let said = target.map_or_else(|| Ok(PartialScenario::default()), source::read)?;
        Ok(said.merge(options))
    }
}

impl Prepared {
    /// Makes a scenario of a draft; starts the sandbox if it is the target.
    pub(super) async fn new(mut draft: PartialScenario, interactive: bool) -> Result<Self, Failure> {
        // Faults and variations show in the protocol versions they were made for, unless another is asked for.
        if let (None, Some(Place::Sandbox { faults, variations, .. })) =
            (draft.protocol_version, &draft.place)
        {
            let of_fault = faults.first().and_then(|id| Fault::from_id(id)).map(Fault::protocol_version);
            let variation = variations.first().and_then(|id| Variation::from_id(id));
            draft.protocol_version = of_fault.or(variation.map(Variation::protocol_version));
        }
        bring_along(&mut draft);
        let sandbox = match &draft.place {
            Some(Place::Sandbox { preset, faults, variations, tls }) => {
                let faults = faults.iter().filter_map(|id| Fault::from_id(id)).collect();
                let preset = preset.as_deref().and_then(Preset::from_id);
                let variations = variations.iter().filter_map(|id| Variation::from_id(id)).collect();
                let plan = Plan { protocol_version: draft.protocol_version(), faults, variations, preset };
                let started = match tls {
                    Some(certificate) => Sandbox::start_tls(plan, *certificate).await,
                    None => Sandbox::start(plan).await,
                };
                Some(started.map_err(Failure::io("cannot start the sandbox"))?)
            }
            _ => None,
        };
        let login = [("username", sandbox::USERNAME), ("password", sandbox::PASSWORD), ("decision", "allow")];
        let network = network::here(&draft.network, sandbox.as_ref().and_then(Sandbox::authority))?;
        let defaults = if let Some(sandbox) = &sandbox {
            Defaults {
                target: Some(sandbox.target().to_owned()),
                client_metadata_url: Some(sandbox.client_metadata_url()),
                driver: DriverKind::Form,
                fill: login.map(|(name, value)| (name.to_owned(), Secret::new(value))).to_vec(),
                network,
                // The sandbox has nothing to lose.
                probes: ProbeMode::Full,
            }
        } else {
            let driver = if interactive { DriverKind::Browser } else { DriverKind::Redirect };
            Defaults::of_server(driver, network)
        };
        let (policy, past_refusals) = (draft.policy(), draft.past_refusals);
        let mut scenario = draft
            .scenario(defaults, &value::read_secret)
            .map_err(|lacks| Failure::Usage(lacks.to_string()))?;
        is_there(&scenario.consent.driver)?;
        client_store::load(&mut scenario)?;
        let transport = HttpTransport::new(&scenario.target.url, scenario.limits, &scenario.network)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self { scenario, policy, past_refusals, transport, sandbox })
    }
}

/// Brings along what the variations of a sandbox need to be seen through, where the user says nothing else.
fn bring_along(draft: &mut PartialScenario) {
    let Some(Place::Sandbox { variations, .. }) = &draft.place else { return };
    let variations = variations.iter().filter_map(|id| Variation::from_id(id));
    let chosen = draft.client.id.is_some() || draft.client.registration.is_some();
    let client = &mut draft.client;
    for need in variations.flat_map(Variation::needs) {
        match need {
            Need::PublicClient if !chosen => client.id = Some(sandbox::PUBLIC_CLIENT_ID.to_owned()),
            Need::ConfidentialClient if !chosen => {
                client.id = Some(sandbox::CONFIDENTIAL_CLIENT_ID.to_owned());
                let secret = Secret::new(sandbox::CONFIDENTIAL_CLIENT_SECRET);
                client.secret = Some(SecretSource::Value(secret));
            }
            Need::Call(tool) if draft.then.is_empty() => draft.then.push(SessionAction::call(tool)),
            Need::PublicClient | Need::ConfidentialClient | Need::Call(_) => {}
        }
    }
}

/// Whether the program a driver starts is there: known before anything is registered.
fn is_there(driver: &Driver) -> Result<(), Failure> {
    let (program, remedy) = match driver {
        Driver::Command(program) => (program.name.as_str(), "check --login-command (in a file: command)"),
        Driver::WebDriver(WebDriver { server: None, .. }) => (
            CHROMEDRIVER,
            "install it with Chromium (Debian: chromium-driver), or name a server that runs with --webdriver",
        ),
        _ => return Ok(()),
    };
    let place = if program.contains(std::path::is_separator) { "at that path" } else { "on the PATH" };
    let missing =
        |_| Failure::Usage(format!("there is no program {program} {place} that can be run: {remedy}"));
    which::which(program).map(drop).map_err(missing)
}

/// Reads the names of faults.
pub(super) fn faults() -> OptionParser<Fault> {
    OptionParser::new(fault).with_words(Fault::ALL.iter().map(|fault| fault.id()))
}

/// Reads the name of a fault; suggests one that resembles it.
fn fault(text: &str) -> Result<Fault, String> {
    Fault::from_id(text).ok_or_else(|| unknown("fault", text, Fault::ALL.iter().map(|fault| fault.id())))
}

/// Reads the names of variations.
pub(super) fn variations() -> OptionParser<Variation> {
    OptionParser::new(variation).with_words(Variation::ALL.iter().map(|variation| variation.id()))
}

/// Reads the name of a variation; suggests one that resembles it.
fn variation(text: &str) -> Result<Variation, String> {
    let ids = Variation::ALL.iter().map(|variation| variation.id());
    Variation::from_id(text).ok_or_else(|| unknown("variation", text, ids))
}

fn unknown(kind: &str, text: &str, ids: impl Iterator<Item = &'static str>) -> String {
    let hint = closest(text, ids).map_or_else(
        || "`gatewalk sandbox --list` names them".to_owned(),
        |alike| format!("did you mean {alike}?"),
    );
    format!("no such {kind}; {hint}")
}
