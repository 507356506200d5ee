//! Why a login did not come to a callback, told so that the user can help: which page, its fields, what was filled in.

use std::fmt;

use super::page::Page;
use super::plan::{controls, without_values};
use crate::exchange::{LoginFailure, Secret};
use crate::scenario::Script;

/// Why a login did not come to a callback.
#[derive(Debug, thiserror::Error)]
pub(in crate::run) enum Failure {
    #[error("{url} {failure}")]
    NoAnswer { url: String, failure: String },
    #[error("{0} does not redirect back")]
    NotRedirected(Box<Place>),
    #[error("more than {0} hops without a callback, the last one to {1}")]
    TooManyHops(usize, String),
    #[error("{0} has no form")]
    NoForm(Box<Place>),
    #[error("{0} has no form without scripts")]
    NeedsScript(Box<Place>),
    #[error("{0} needs input")]
    NotFilled(Box<Place>),
    #[error("{place} has no button {button:?}")]
    NoButton { place: Box<Place>, button: String },
    #[error("{place} came again after {filled} had been filled in")]
    CameAgain { place: Box<Place>, filled: String },
    #[error("the login leads to {0:?}, which is not an http(s) URL")]
    BadUrl(String),
    #[error("no callback within {0} s")]
    TimedOut(f32),
    #[error("{0}")]
    Listener(String),
    #[error("{place} stays although {} was done there", if filled.is_empty() { "what it asks for" } else { filled })]
    Stayed { place: Box<Place>, filled: String },
    #[error("chromedriver cannot be used: {0}")]
    NoChromedriver(String),
    #[error("the WebDriver server {url} gives no browser: {cause}")]
    NoSession { url: String, cause: String },
    #[error("the browser shows an error instead of {url}: {says}")]
    ErrorPage { url: String, says: String },
    #[error("the browser fails: {0}")]
    Browser(String),
    #[error("the program {program} cannot be started: {cause}")]
    NotStarted { program: String, cause: String },
    #[error("the program {program} printed no callback URL ({how}{last})")]
    NothingPrinted { program: String, how: String, last: String },
}

impl Failure {
    /// What was met where nobody expected to get to the callback.
    pub(in crate::run) fn met(&self) -> String {
        match self {
            Self::NotRedirected(place) => place.to_string(),
            other => other.to_string(),
        }
    }

    /// What to do.
    const fn remedy(&self) -> &'static str {
        match self {
            Self::NoAnswer { .. } => "Check that the login page is up and reachable from here.",
            Self::NotRedirected(_) => {
                "Log in through HTML pages with --consent form, or in your browser with --consent browser."
            }
            Self::TooManyHops(..) => "Look at the redirects in the transcript: the login goes in a circle.",
            Self::NoForm(_) => {
                "Read what the page says; if it is right in a browser, use --consent webdriver or browser."
            }
            Self::NeedsScript(_) => "Use --consent webdriver, which runs the scripts in a real browser.",
            Self::NotFilled(_) => {
                "Fill its fields and choose its button with --fill NAME=VALUE (env:NAME reads the environment)."
            }
            Self::NoButton { .. } => "Name the button by its name=value, name, id or text.",
            Self::CameAgain { .. } => "Check the values: the page seems to refuse them.",
            Self::BadUrl(_) => "Check the links and forms of the login page.",
            Self::TimedOut(..) => {
                "Did the login page show an error? --consent redirect has gatewalk read it; on the screen, r and then L does. Else complete the login in time (--login-timeout), or choose another driver with --consent."
            }
            Self::NotStarted { .. } => "Check the path of the program, and that it is executable.",
            Self::NothingPrinted { .. } => {
                "It has to print the URL it was redirected to, from http:// to the end of the query, on a line of its own."
            }
            Self::Stayed { .. } => {
                "Check the values, and that the button pressed is the one to log in; else try --consent browser."
            }
            Self::NoChromedriver(_) => {
                "Install chromedriver and Chromium (Debian: chromium-driver), or name a server that runs with --webdriver."
            }
            Self::NoSession { .. } => {
                "Check that Chromium of chromedriver's version is there; in a container it may need --browser-no-sandbox."
            }
            Self::ErrorPage { .. } => {
                "Check that the browser reaches the page and trusts its certificate; --ca-cert works if the server sends that authority along."
            }
            Self::Browser(_) => "Try again; if it happens again, try --consent browser.",
            Self::Listener(_) => "Choose another port with --redirect-port.",
        }
    }
}

impl From<Failure> for LoginFailure {
    fn from(failure: Failure) -> Self {
        Self { detail: failure.to_string(), remedy: failure.remedy() }
    }
}

/// A page where a login stands, in words. Of what was filled in only names are told.
#[derive(Debug)]
pub(in crate::run) struct Place {
    url: String,
    status: Option<u16>,
    title: String,
    text: String,
    fields: String,
    given: String,
}

impl Place {
    /// A page at a URL. What repeats a value of the script gets its name instead.
    pub(super) fn new(url: &str, status: Option<u16>, page: &Page, script: Option<&Script>) -> Self {
        let shown = |text: &str| {
            script.map_or_else(|| text.to_owned(), |script| without_values(text, script.values()))
        };
        let given = script.map(|script| match names(&script.on(url).fill) {
            names if names.is_empty() => "nothing".to_owned(),
            names => names,
        });
        Self {
            url: without_query(url),
            status,
            title: shown(&page.title),
            text: shown(&page.text),
            fields: controls(page),
            given: given.unwrap_or_default(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, status, title, text, fields, given } = self;
        let mut known = Vec::new();
        known.extend(status.map(|status| format!("status {status}")));
        for (what, value) in [("title", title), ("it says", text)] {
            if !value.is_empty() {
                known.push(format!("{what} {value:?}"));
            }
        }
        for (what, value) in [("fields", fields), ("to fill in", given)] {
            if !value.is_empty() {
                known.push(format!("{what}: {value}"));
            }
        }
        write!(f, "the page {url} ({})", known.join("; "))
    }
}

fn names(fill: &[(String, Secret)]) -> String {
    fill.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// A URL for a message: without its query, which is long and may hold secrets.
pub(super) fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
