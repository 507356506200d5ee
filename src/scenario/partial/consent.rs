//! What files and options say of the login.

use std::time::Duration;

use super::{named, secrets};
use crate::exchange::Secret;
use crate::scenario::option_parser::OptionParser;
use crate::scenario::setting::{custom, flag, number, options, parsed, text, word};
use crate::scenario::table::Table;
use crate::scenario::{
    Consent, Driver, DriverKind, Page, Pattern, Program, ReadSecret, ScenarioError, Script, SecretSource,
    WebDriver, value,
};

options! {
    /// What is said of the login.
    #[command(next_help_heading = "Login")]
    pub struct PartialConsent {
        /// How consent is obtained [default: browser in a terminal, else redirect]
        ///
        /// browser opens yours, paste waits for the redirected URL, redirect expects to be redirected at once, form fills HTML
        /// pages, webdriver fills them in a Chromium that runs their scripts, command runs a program.
        #[arg(long = "consent", value_name = "DRIVER")]
        driver: Option<DriverKind> = word(DriverKind::WORDS), "driver";
        /// Fill the input of that name in login pages, or press the button; VALUE may be env:NAME; repeatable
        ///
        /// `--fill decision=allow` presses the button with that name and value. env:NAME reads the environment. Implies
        /// --consent form.
        #[arg(long, value_name = "FIELD=VALUE")]
        fill: Vec<(String, SecretSource)> =
            custom(OptionParser::new(value::fill).secret(), |table, key, _| -> Vec<_> {
                let fill = fill(table, key).into_iter();
                fill.map(|(name, secret)| (name, SecretSource::Value(secret))).collect()
            }), "fill",
            merged |base, over| named(base, over, |one, other| one == other);
        /// The same on particular pages.
        #[arg(skip)]
        pages: Vec<Page> => pages;
        /// WebDriver server to use, such as http://127.0.0.1:9515; implies --consent webdriver
        ///
        /// Without it chromedriver is started.
        #[arg(long, value_name = "URL")]
        webdriver: Option<String> = parsed(value::server).unquoted(), "webdriver";
        /// Run Chromium without its sandbox, as many containers need; implies --consent webdriver
        ///
        /// As root it is always so.
        #[arg(long)]
        browser_no_sandbox: bool = flag(), "browser_no_sandbox";
        /// Program that goes through the login and prints the URL of the callback; implies --consent command
        ///
        /// It gets the authorization URL as its last argument and in GATEWALK_AUTHORIZATION_URL; no shell is involved.
        #[arg(long = "login-command", value_name = "PROGRAM")]
        command: Option<Program> = parsed(value::program).unquoted(), "command";
        /// How long the login may take, such as 90s or 10m [default: 10m]
        #[arg(id = "login-timeout", long, value_name = "TIME", allow_negative_numbers = true)]
        timeout: Option<Duration> = parsed(value::duration), "timeout";
        /// Host of the redirect URI [default: 127.0.0.1]
        #[arg(long, value_name = "HOST")]
        redirect_host: Option<String> = text(), "redirect_host";
        /// Port of the redirect URI; 0 takes a free one [default: 0]
        #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
        redirect_port: Option<u16> = number("a port", |port| u16::try_from(port).ok()), "redirect_port";
        /// Path of the redirect URI [default: /callback]
        #[arg(long, value_name = "PATH")]
        redirect_path: Option<String> = parsed(value::redirect_path), "redirect_path";
    }
    before merge: PartialConsent::yielding
}

impl PartialConsent {
    /// What is said over it decides on the driver.
    fn yielding(self, over: &Self) -> Self {
        Self { driver: over.implied_driver().or_else(|| self.implied_driver()), ..self }
    }

    /// The driver that is named, or that what is said is for.
    pub(super) fn implied_driver(&self) -> Option<DriverKind> {
        let fills = !self.fill.is_empty() || !self.pages.is_empty();
        let command = self.command.as_ref().map(|_| DriverKind::Command);
        let webdriver = self.drives_browser().then_some(DriverKind::WebDriver);
        self.driver.or(command).or(webdriver).or(fills.then_some(DriverKind::Form))
    }

    /// Whether it is said how to drive a browser.
    pub(super) const fn drives_browser(&self) -> bool {
        self.webdriver.is_some() || self.browser_no_sandbox
    }

    pub(super) fn consent(
        self,
        by_default: DriverKind,
        known_fill: Vec<(String, Secret)>,
        read: ReadSecret<'_>,
    ) -> Result<Consent, ScenarioError> {
        let usual = Consent::default();
        let chosen = self.implied_driver().unwrap_or(by_default);
        let script = if self.fill.is_empty() && self.pages.is_empty() {
            Script::everywhere(known_fill)
        } else {
            Script { fill: secrets("--fill", self.fill, read)?, pages: self.pages }
        };
        let driver = match chosen {
            DriverKind::Browser => Driver::Browser,
            DriverKind::Paste => Driver::Paste,
            DriverKind::Redirect => Driver::Redirect,
            DriverKind::Form => Driver::Form(script),
            DriverKind::WebDriver => Driver::WebDriver(WebDriver {
                script,
                server: self.webdriver,
                no_sandbox: self.browser_no_sandbox,
            }),
            DriverKind::Command => Driver::Command(self.command.ok_or(ScenarioError::Program)?),
        };
        Ok(Consent {
            driver,
            timeout: self.timeout.unwrap_or(usual.timeout),
            redirect_host: self.redirect_host.unwrap_or(usual.redirect_host),
            redirect_port: self.redirect_port.unwrap_or(usual.redirect_port),
            redirect_path: self.redirect_path.unwrap_or(usual.redirect_path),
        })
    }
}

/// Fields and buttons of forms.
fn fill(table: &Table<'_>, key: &'static str) -> Vec<(String, Secret)> {
    let fill = table.secrets(key).into_iter();
    fill.map(|(name, text)| (name.value, Secret::new(text.value))).collect()
}

/// What to do on particular pages.
fn pages(consent: &Table<'_>) -> Vec<Page> {
    let mut pages = Vec::new();
    for table in consent.tables("page") {
        let (url, fill) = (table.required("url"), fill(&table, "fill"));
        let press = table.text("press").map(|press| press.value);
        pages.extend(url.map(|url| Page { url: Pattern::new(url.value), fill, press }));
        table.end();
    }
    pages
}
