//! Options that shape a walk, for the screen and for `check`, and what they make of a scenario file or a URL.

use std::time::Duration;

use clap::Args;
use clap::builder::Resettable;

use super::credentials::Credentials;
use super::network::{self, Network};
use super::{Failure, client_store, source, value};
use crate::exchange::{ProbeId, Secret};
use crate::run::{CHROMEDRIVER, HttpTransport};
use crate::sandbox::{self, Fault, Plan, Preset, Sandbox};
use crate::scenario::value as written;
use crate::scenario::{
    Certificate, Defaults, Driver, DriverKind, FailOn, PartialClient, PartialConsent, PartialScenario, Place,
    Policy, ProbeMode, Program, RegistrationKind, Scenario, WebDriver, closest,
};
use crate::specification::{Party, ProtocolVersion, Step};

/// Options that shape a walk.
#[derive(Debug, Args)]
pub(super) struct WalkArgs {
    /// Walk the embedded sandbox instead of a target
    #[arg(long, help_heading = TARGET)]
    pub(super) sandbox: bool,
    /// Give the sandbox a fault; repeatable, implies --sandbox
    ///
    /// `gatewalk sandbox --list` names the faults.
    #[arg(long, value_name = "FAULT", value_parser = value::known(fault, Fault::ALL.iter().map(|fault| fault.id())), hide_possible_values = true, help_heading = TARGET)]
    fault: Vec<Fault>,
    /// Products the sandbox is to look like, so that remedies come in their words; implies --sandbox
    #[arg(long, value_name = "PRODUCTS", value_parser = value::word(&Preset::WORDS), help_heading = TARGET)]
    preset: Option<Preset>,
    /// Serve the sandbox over TLS, with HTTP/2; implies --sandbox
    ///
    /// Other certificates than a valid one show what goes wrong.
    #[arg(long, value_name = "CERTIFICATE", value_parser = value::word(&Certificate::WORDS), num_args = 0..=1, require_equals = true, default_missing_value = "valid", help_heading = TARGET)]
    tls: Option<Certificate>,
    /// MCP revision to speak and judge by [default: 2025-11-25]
    #[arg(long, value_name = "DATE", value_parser = value::known(written::protocol_version, ProtocolVersion::ALL.map(ProtocolVersion::date)), help_heading = TARGET)]
    protocol_version: Option<ProtocolVersion>,
    /// Header field for the MCP endpoint, as 'Name: value' or 'Name: env:VARIABLE'; repeatable
    #[arg(long, value_name = "FIELD", value_parser = value::header, help_heading = TARGET)]
    header: Vec<(String, String)>,
    /// Where the client identifier comes from [default: auto]
    ///
    /// auto is preregistered with --client-id; with --client-metadata-url it is metadata-document where the server reads
    /// such; else dynamic.
    #[arg(long, value_name = "KIND", value_parser = value::word(&RegistrationKind::WORDS), help_heading = CLIENT)]
    registration: Option<RegistrationKind>,
    /// Identifier of a client you registered by hand
    #[arg(long, value_name = "ID", help_heading = CLIENT)]
    client_id: Option<String>,
    /// Environment variable that holds its secret
    #[arg(long, value_name = "NAME", requires = "client_id", help_heading = CLIENT)]
    client_secret_env: Option<String>,
    /// URL of a client-ID metadata document, which is the client identifier
    ///
    /// `gatewalk client-metadata` prints what to publish there. The sandbox has one of its own.
    #[arg(long, value_name = "URL", value_parser = written::client_id_url, help_heading = CLIENT)]
    client_metadata_url: Option<String>,
    /// Leave a client that was registered where it is, and use it again in later runs
    ///
    /// For servers with a quota. It is remembered in gatewalk/clients.json of the state directory, with the port it comes
    /// back to.
    #[arg(long, help_heading = CLIENT)]
    keep_client: bool,
    #[command(flatten, next_help_heading = CLIENT)]
    credentials: Credentials,
    /// Scope to request instead of the published one
    #[arg(long, help_heading = CLIENT)]
    scope: Option<String>,
    /// `resource` to send instead of the published one; empty sends none
    #[arg(long, value_name = "URI", help_heading = CLIENT)]
    resource: Option<String>,
    /// Further parameter of the authorization request; repeatable
    #[arg(long, value_name = "K=V", value_parser = value::pair, help_heading = CLIENT)]
    param: Vec<(String, String)>,
    /// How consent is obtained [default: browser in a terminal, else redirect]
    ///
    /// browser opens yours, paste waits for the redirected URL, redirect expects to be redirected at once, form fills HTML
    /// pages, webdriver fills them in a Chromium that runs their scripts, command runs a program.
    #[arg(long, value_name = "DRIVER", value_parser = value::word(&DriverKind::WORDS), help_heading = LOGIN)]
    consent: Option<DriverKind>,
    /// Fill the input of that name in login pages, or press the button; VALUE may be env:NAME; repeatable
    ///
    /// `--fill decision=allow` presses the button with that name and value. env:NAME reads the environment. Implies
    /// --consent form.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = value::pair, help_heading = LOGIN)]
    fill: Vec<(String, String)>,
    /// WebDriver server to use, such as http://127.0.0.1:9515; implies --consent webdriver
    ///
    /// Without it chromedriver is started.
    #[arg(long, value_name = "URL", value_parser = written::server, help_heading = LOGIN)]
    webdriver: Option<String>,
    /// Run Chromium without its sandbox, as many containers need; implies --consent webdriver
    ///
    /// As root it is always so.
    #[arg(long, help_heading = LOGIN)]
    browser_no_sandbox: bool,
    /// Program that goes through the login and prints the URL of the callback; implies --consent command
    ///
    /// It gets the authorization URL as its last argument and in GATEWALK_AUTHORIZATION_URL; no shell is involved.
    #[arg(long, value_name = "PROGRAM", value_parser = written::program, help_heading = LOGIN)]
    login_command: Option<Program>,
    /// How long the login may take, such as 90s or 10m [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = written::duration, allow_negative_numbers = true, help_heading = LOGIN)]
    login_timeout: Option<Duration>,
    /// Host of the redirect URI [default: 127.0.0.1]
    #[arg(long, value_name = "HOST", help_heading = LOGIN)]
    redirect_host: Option<String>,
    /// Port of the redirect URI; 0 takes a free one [default: 0]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true, help_heading = LOGIN)]
    redirect_port: Option<u16>,
    #[command(flatten, next_help_heading = NETWORK)]
    network: Network,
    /// How long an exchange may take, such as 500ms, 30s or 2m [default: 30s]
    ///
    /// A number alone counts seconds.
    #[arg(long, value_name = "TIME", value_parser = written::duration, allow_negative_numbers = true, help_heading = NETWORK)]
    timeout: Option<Duration>,
    /// Bytes of a body to read [default: 1048576]
    #[arg(long, value_name = "BYTES", value_parser = value::body_limit, allow_negative_numbers = true, help_heading = NETWORK)]
    body_limit: Option<usize>,
    /// Last step to walk [default: session]
    #[arg(long, value_name = "STEP", value_parser = value::known(written::step, Step::ALL.map(Step::id)), help_heading = JUDGING)]
    until: Option<Step>,
    /// What to send beyond the happy path once the walk is through [default: off; full with `check --sandbox`]
    ///
    /// safe reads, and sends what is refused and leaves nothing behind; full sends all there is.
    #[arg(long, value_name = "EXTENT", value_parser = value::word(&ProbeMode::WORDS), help_heading = JUDGING)]
    probes: Option<ProbeMode>,
    /// A probe to send whatever its kind; repeatable
    ///
    /// `gatewalk explain --probes` names the probes.
    #[arg(long, value_name = "PROBE", value_parser = value::known(written::probe, ProbeId::ALL.iter().map(|probe| probe.id())), hide_possible_values = true, help_heading = JUDGING)]
    allow: Vec<ProbeId>,
    /// Go on where a conforming client must stop
    #[arg(long, help_heading = JUDGING)]
    past_refusals: bool,
    /// From which level on a failed check fails the run [default: must]
    ///
    /// never asks only whether the walk gets through.
    #[arg(long, value_name = "LEVEL", value_parser = value::word(&FailOn::WORDS), help_heading = JUDGING)]
    fail_on: Option<FailOn>,
    /// Whose failed checks fail the run; repeatable [default: everybody's]
    #[arg(long, value_name = "PARTY", value_parser = value::known(written::party, written::PARTIES.map(Party::id)), help_heading = JUDGING)]
    party: Vec<Party>,
    /// No colours; the variable NO_COLOR does the same
    #[arg(long, help_heading = Resettable::Reset)]
    pub(super) no_color: bool,
}

/// The headings of the help, in the order of a walk.
const TARGET: &str = "Target";
const CLIENT: &str = "Client";
const LOGIN: &str = "Login";
const NETWORK: &str = "Network";
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
        let options = self.options()?;
        if options.place.is_some() && target.is_some_and(|target| !source::is_file(target)) {
            return Err(Failure::Usage(
                "--sandbox, --preset, --fault and --tls walk the sandbox: leave the URL out".into(),
            ));
        }
        let said = target.map_or_else(|| Ok(PartialScenario::default()), source::read)?;
        Ok(said.merge(options))
    }

    /// What the options say.
    fn options(&self) -> Result<PartialScenario, Failure> {
        let secret = |(name, value): &(String, String)| {
            Ok((name.clone(), value::secret(value).map_err(Failure::Usage)?))
        };
        let secrets =
            |pairs: &[(String, String)]| pairs.iter().map(secret).collect::<Result<Vec<_>, Failure>>();
        let client_secret = self.client_secret_env.as_deref().map(value::from_environment).transpose();
        let faults = self.fault.iter().map(|fault| fault.id().to_owned()).collect();
        let preset = self.preset.map(|preset| preset.id().to_owned());
        let sandbox = self.sandbox || preset.is_some() || !self.fault.is_empty() || self.tls.is_some();
        let draft = PartialScenario {
            title: None,
            location: None,
            place: sandbox.then_some(Place::Sandbox { preset, faults, tls: self.tls }),
            headers: secrets(&self.header)?,
            protocol_version: self.protocol_version,
            client: PartialClient {
                registration: self.registration,
                id: self.client_id.clone(),
                secret: client_secret.map_err(|why| Failure::Usage(format!("--client-secret-env: {why}")))?,
                metadata_url: self.client_metadata_url.clone(),
                grant: self.credentials.grant()?,
                issuer: self.credentials.issuer.clone(),
                keep: self.keep_client.then_some(true),
                scope: self.scope.clone(),
                resource: self.resource.clone(),
                parameters: self.param.clone(),
            },
            consent: PartialConsent {
                driver: self.consent,
                fill: secrets(&self.fill)?,
                pages: Vec::new(),
                webdriver: self.webdriver.clone(),
                browser_no_sandbox: self.browser_no_sandbox.then_some(true),
                command: self.login_command.clone(),
                timeout: self.login_timeout,
                redirect_host: self.redirect_host.clone(),
                redirect_port: self.redirect_port,
            },
            timeout: self.timeout,
            body_limit: self.body_limit,
            network: self.network.draft(),
            until: self.until,
            then: self.credentials.then.clone(),
            probes: self.probes,
            allow: self.allow.clone(),
            past_refusals: self.past_refusals.then_some(true),
            fail_on: self.fail_on,
            parties: self.party.clone(),
            expect: None,
        };
        draft.check().map_err(|contradiction| Failure::Usage(contradiction.to_string()))?;
        Ok(draft)
    }
}

impl Prepared {
    /// Makes a scenario of a draft; starts the sandbox if it is the target.
    pub(super) async fn new(mut draft: PartialScenario, interactive: bool) -> Result<Self, Failure> {
        // A fault shows in the protocol version it was made for, unless another is asked for.
        if let (None, Some(Place::Sandbox { faults, .. })) = (draft.protocol_version, &draft.place) {
            draft.protocol_version =
                faults.first().and_then(|id| Fault::from_id(id)).map(Fault::protocol_version);
        }
        let sandbox = match &draft.place {
            Some(Place::Sandbox { preset, faults, tls }) => {
                let faults = faults.iter().filter_map(|id| Fault::from_id(id)).collect();
                let preset = preset.as_deref().and_then(Preset::from_id);
                let plan = Plan { protocol_version: draft.protocol_version(), faults, preset };
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
        let (policy, past_refusals) = (draft.policy(), draft.past_refusals.unwrap_or(false));
        let mut scenario = draft.scenario(defaults).map_err(|lacks| Failure::Usage(lacks.to_string()))?;
        is_there(&scenario.consent.driver)?;
        client_store::load(&mut scenario)?;
        let transport = HttpTransport::new(&scenario.target.url, scenario.limits, &scenario.network)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self { scenario, policy, past_refusals, transport, sandbox })
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

/// Reads the name of a fault; suggests one that resembles it.
pub(super) fn fault(text: &str) -> Result<Fault, String> {
    Fault::from_id(text).ok_or_else(|| {
        let alike = closest(text, Fault::ALL.iter().map(|fault| fault.id()));
        let hint = alike.map_or_else(
            || "`gatewalk sandbox --list` names them".to_owned(),
            |alike| format!("did you mean {alike}?"),
        );
        format!("no such fault; {hint}")
    })
}
