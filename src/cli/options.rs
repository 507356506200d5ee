//! Options that shape a walk, for the screen and for `check`, and the scenario they make.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Failure, value};
use crate::document::identifier::Identifier;
use crate::edition::{Edition, Step};
use crate::exchange::Secret;
use crate::run::HttpTransport;
use crate::sandbox::{self, Fault, Plan, Sandbox};
use crate::scenario::{Client, Consent, Driver, Limits, Program, Registration, Scenario, Script, Target};
use crate::transcript::FailOn;

/// Options that shape a walk.
#[derive(Debug, Args)]
pub(super) struct Walk {
    /// URL of the MCP endpoint
    pub(super) target: Option<String>,
    /// Walk the embedded sandbox instead of a target
    #[arg(long, conflicts_with = "target")]
    pub(super) sandbox: bool,
    /// A fault of the sandbox; repeatable, implies --sandbox. `gatewalk sandbox --list` names them
    #[arg(long, value_name = "FAULT", value_parser = fault, conflicts_with = "target")]
    pub(super) fault: Vec<Fault>,
    /// MCP revision to speak and judge by
    #[arg(long, value_name = "DATE", value_parser = edition, default_value = Edition::DEFAULT.date())]
    pub(super) edition: Edition,
    /// Where the client identifier comes from; auto is preregistered with --client-id, metadata-document with
    /// --client-metadata-url, else dynamic
    #[arg(long, value_enum, default_value_t = RegistrationKind::Auto)]
    registration: RegistrationKind,
    /// Identifier of a client you registered by hand
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Environment variable that holds its secret
    #[arg(long, value_name = "NAME", requires = "client_id")]
    client_secret_env: Option<String>,
    /// URL of a client-ID metadata document, which is the client identifier; `gatewalk client-metadata` prints
    /// what to publish there. The sandbox has one of its own
    #[arg(long, value_name = "URL", value_parser = value::client_id_url)]
    client_metadata_url: Option<String>,
    /// Scope to request instead of the published one
    #[arg(long)]
    scope: Option<String>,
    /// `resource` to send instead of the published one; empty sends none
    #[arg(long, value_name = "URI")]
    resource: Option<String>,
    /// Further parameter of the authorization request; repeatable
    #[arg(long, value_name = "K=V", value_parser = value::pair)]
    param: Vec<(String, String)>,
    /// Header field for the MCP endpoint, as 'Name: value' or 'Name: env:VARIABLE'; repeatable
    #[arg(long, value_name = "FIELD", value_parser = value::header)]
    header: Vec<(String, String)>,
    /// How consent is obtained: browser opens yours, paste waits for the redirected URL, redirect expects to be
    /// redirected at once, form fills HTML pages, command runs a program [default: browser in a terminal, else redirect]
    #[arg(long, value_enum, value_name = "DRIVER")]
    consent: Option<DriverKind>,
    /// Fills the input of that name in login pages, or presses the button; `env:NAME` reads the environment; repeatable
    #[arg(long, value_name = "FIELD=VALUE", value_parser = value::pair)]
    fill: Vec<(String, String)>,
    /// Program that goes through the login: it gets the authorization URL as its last argument and in
    /// GATEWALK_AUTHORIZATION_URL, and prints the URL of the callback; no shell is involved. Implies --consent command
    #[arg(long, value_name = "PROGRAM", value_parser = value::program)]
    login_command: Option<Program>,
    /// Host of the redirect URI
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    redirect_host: String,
    /// Port of the redirect URI; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    redirect_port: u16,
    /// How long an exchange may take
    #[arg(long, value_name = "TIME", value_parser = value::duration, default_value = "30s")]
    timeout: Duration,
    /// How long the login may take
    #[arg(long, value_name = "TIME", value_parser = value::duration, default_value = "10m")]
    login_timeout: Duration,
    /// Bytes of a body to read
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20, value_parser = value::body_limit)]
    body_limit: usize,
    /// Last step to walk
    #[arg(long, value_name = "STEP", value_parser = step, default_value = Step::Session.id())]
    until: Step,
    /// Go on where a conforming client must stop
    #[arg(long)]
    pub(super) past_refusals: bool,
    /// From which level on a failed check fails the run: must, should, or never to ask only whether the walk gets through
    #[arg(long, value_name = "LEVEL", default_value = "must")]
    pub(super) fail_on: FailOn,
    /// No colours; the variable NO_COLOR does the same
    #[arg(long)]
    pub(super) no_color: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RegistrationKind {
    Auto,
    Dynamic,
    MetadataDocument,
    Preregistered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DriverKind {
    Browser,
    Paste,
    Redirect,
    Form,
    Command,
}

/// A walk ready to start, with the sandbox it needs to stay alive.
pub(super) struct Prepared {
    pub(super) scenario: Scenario,
    pub(super) transport: HttpTransport,
    /// Stops when dropped.
    pub(super) sandbox: Option<Sandbox>,
}

impl Walk {
    /// Makes a scenario of the options; starts the sandbox if it is the target.
    pub(super) async fn prepare(self, interactive: bool) -> Result<Prepared, Failure> {
        let sandbox = if self.sandbox || !self.fault.is_empty() {
            let plan = Plan { edition: self.edition, faults: self.fault.clone() };
            Some(Sandbox::start(plan).await.map_err(Failure::io("cannot start the sandbox"))?)
        } else {
            None
        };
        let url = match (&self.target, &sandbox) {
            (Some(target), _) => target.clone(),
            (None, Some(sandbox)) => sandbox.target().to_owned(),
            (None, None) => {
                return Err(Failure::Usage(
                    "there is no target: give the URL of an MCP endpoint, or --sandbox".into(),
                ));
            }
        };
        check_url(&url)?;
        let registration = self.registration(sandbox.as_ref())?;
        let driver = self.driver(interactive, sandbox.is_some())?;
        let headers = self
            .header
            .iter()
            .map(|(name, value)| Ok((name.clone(), value::secret(value).map_err(Failure::Usage)?)))
            .collect::<Result<_, Failure>>()?;
        let limits = Limits { timeout: self.timeout, body: self.body_limit };
        let transport = HttpTransport::new(&url, limits);
        let scenario = Scenario {
            target: Target { url, headers },
            edition: self.edition,
            client: Client {
                registration,
                scope: self.scope,
                resource: self.resource,
                parameters: self.param,
            },
            consent: Consent {
                driver,
                timeout: self.login_timeout,
                redirect_host: self.redirect_host,
                redirect_port: self.redirect_port,
            },
            limits,
            until: self.until,
        };
        Ok(Prepared { scenario, transport, sandbox })
    }

    fn registration(&self, sandbox: Option<&Sandbox>) -> Result<Registration, Failure> {
        let kind = match self.registration {
            RegistrationKind::Auto if self.client_id.is_some() => RegistrationKind::Preregistered,
            RegistrationKind::Auto if self.client_metadata_url.is_some() => {
                RegistrationKind::MetadataDocument
            }
            RegistrationKind::Auto => RegistrationKind::Dynamic,
            chosen => chosen,
        };
        let needs = |option| Failure::Usage(format!("--registration {option}"));
        match kind {
            RegistrationKind::Dynamic if self.client_id.is_some() => {
                Err(needs("dynamic registers a client of its own: leave --client-id out"))
            }
            RegistrationKind::Auto | RegistrationKind::Dynamic => Ok(Registration::Dynamic),
            RegistrationKind::Preregistered => {
                let client_id = self.client_id.clone();
                let client_id = client_id.ok_or_else(|| needs("preregistered needs --client-id"))?;
                let secret = self.client_secret_env.as_deref().map(value::from_environment).transpose();
                let client_secret = secret.map_err(Failure::Usage)?;
                Ok(Registration::Preregistered { client_id, client_secret })
            }
            RegistrationKind::MetadataDocument => {
                let own = || sandbox.map(Sandbox::client_metadata_url);
                let url = self.client_metadata_url.clone().or_else(own);
                let url = url.ok_or_else(|| needs("metadata-document needs --client-metadata-url"))?;
                Ok(Registration::MetadataDocument { url })
            }
        }
    }

    fn driver(&self, interactive: bool, sandbox: bool) -> Result<Driver, Failure> {
        let fills = sandbox || !self.fill.is_empty();
        let kind = self.consent.unwrap_or(match (fills, interactive) {
            _ if self.login_command.is_some() => DriverKind::Command,
            (true, _) => DriverKind::Form,
            (false, true) => DriverKind::Browser,
            (false, false) => DriverKind::Redirect,
        });
        if !self.fill.is_empty() && kind != DriverKind::Form {
            return Err(Failure::Usage("--fill fills forms: it goes with --consent form".into()));
        }
        if self.login_command.is_some() && kind != DriverKind::Command {
            return Err(Failure::Usage("--login-command goes with --consent command".into()));
        }
        Ok(match kind {
            DriverKind::Browser => Driver::Browser,
            DriverKind::Paste => Driver::Paste,
            DriverKind::Redirect => Driver::Redirect,
            DriverKind::Command => {
                let program = self.login_command.clone();
                let needs = || Failure::Usage("--consent command needs --login-command".into());
                Driver::Command(program.ok_or_else(needs)?)
            }
            DriverKind::Form => {
                let given = self.fill.iter().map(|(name, value)| {
                    value::secret(value).map(|value| (name.clone(), value)).map_err(Failure::Usage)
                });
                let mut fill = given.collect::<Result<Vec<_>, _>>()?;
                if sandbox && fill.is_empty() {
                    let login = [
                        ("username", sandbox::USERNAME),
                        ("password", sandbox::PASSWORD),
                        ("decision", "allow"),
                    ];
                    fill.extend(login.map(|(name, value)| (name.to_owned(), Secret::new(value))));
                }
                Driver::Form(Script::everywhere(fill))
            }
        })
    }
}

/// The target as given has to be a URL the walk can start from.
fn check_url(url: &str) -> Result<(), Failure> {
    let problem = match Identifier::parse(url) {
        None => match url::Url::parse(url) {
            Err(error) if url.contains("://") => {
                return Err(Failure::Usage(format!("the target {url:?} is no URL: {error}")));
            }
            _ => "is not an absolute http(s) URL; try https://host/mcp",
        },
        Some(target) if target.origin.contains(['@', '\\']) => {
            return Err(Failure::Usage(
                "the target holds a user name or a backslash before its host; give credentials with --header, as 'Authorization: env:NAME'"
                    .into(),
            ));
        }
        Some(_) if url.contains('#') => "has a fragment, which no MCP endpoint has",
        Some(_) if url.chars().any(|c| c.is_whitespace() || c.is_control()) => "holds white space",
        Some(_) => return Ok(()),
    };
    Err(Failure::Usage(format!("the target {url:?} {problem}")))
}

fn edition(text: &str) -> Result<Edition, String> {
    Edition::from_date(text).ok_or_else(|| {
        let known: Vec<_> = Edition::ALL.into_iter().map(Edition::date).collect();
        format!("there are {}", known.join(", "))
    })
}

fn step(text: &str) -> Result<Step, String> {
    Step::ALL.into_iter().find(|step| step.id() == text).ok_or_else(|| {
        let known: Vec<_> = Step::ALL.into_iter().map(Step::id).collect();
        format!("there are {}", known.join(", "))
    })
}

/// Reads the name of a fault; suggests one that resembles it.
pub(super) fn fault(text: &str) -> Result<Fault, String> {
    Fault::from_id(text).ok_or_else(|| {
        let words: Vec<&str> = text.split('-').filter(|word| word.len() > 3).collect();
        let alike: Vec<_> = Fault::ALL
            .iter()
            .map(|fault| fault.id())
            .filter(|id| words.iter().any(|word| id.contains(word)))
            .collect();
        match alike[..] {
            [] => "no such fault; `gatewalk sandbox --list` names them".to_owned(),
            _ => format!("no such fault; did you mean {}?", alike.join(", ")),
        }
    })
}
