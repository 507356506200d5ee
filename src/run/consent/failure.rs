//! Why a login did not come to a callback, told so that the user can help: which page, its fields, what was filled in.

use std::borrow::Cow;
use std::fmt;

use super::page::Page;
use super::plan::{Controls, Unplanned, without_values};
use crate::exchange::{Cut, LoginFailure, Response, bare};
use crate::scenario::{Given, Script};

/// Why a login did not come to a callback.
#[derive(Debug, thiserror::Error)]
pub(in crate::run) enum Failure {
    #[error("{url} {failure}")]
    NoResponse { url: String, failure: String },
    #[error("{0} does not redirect back{said}", said = .0.said())]
    NotRedirected(Box<Place>),
    #[error("more than {0} hops without a callback, the last one to {1}")]
    TooManyHops(usize, String),
    #[error("{0} has no form{said}", said = .0.said())]
    NoForm(Box<Place>),
    #[error("{0} has no form without scripts{said}", said = .0.said())]
    NeedsScript(Box<Place>),
    #[error("{0} needs {wanted}; given: {given}{said}", wanted = .0.wanted(), given = .0.given, said = .0.complained())]
    NotFilled(Box<Place>),
    #[error("{place} has no button {button:?}; {there}{said}", there = place.controls.there(), said = place.complained())]
    NoButton { place: Box<Place>, button: String },
    #[error("{place} has no button {name} of the value given; {there}{said}", there = place.controls.there(), said = place.complained())]
    NoValue { place: Box<Place>, name: String },
    #[error("{place} came again after {filled} had been filled in{said}", said = place.said())]
    CameAgain { place: Box<Place>, filled: String },
    #[error("the login leads to {0:?}, which is not an http(s) URL")]
    BadUrl(String),
    #[error("no callback within {0} s")]
    TimedOut(f32),
    #[error("{place} stays although {} was done there{said}", if filled.is_empty() { "what it asks for" } else { filled }, said = place.said())]
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
            Self::NotRedirected(place) => format!("{place}{}", place.said()),
            other => other.to_string(),
        }
    }

    /// That a page is not left.
    pub(super) fn unplanned(why: Unplanned, given: &Given, place: Box<Place>) -> Self {
        match why {
            Unplanned::NoForm => Self::NoForm(place),
            Unplanned::NotFilled => Self::NotFilled(place),
            Unplanned::NoButton => Self::NoButton { place, button: given.press.clone().unwrap_or_default() },
            Unplanned::NoValue(name) => Self::NoValue { place, name },
        }
    }

    /// What to do.
    fn remedy(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NoResponse { .. } => "Check that the login page is up and reachable from here.",
            Self::NotRedirected(place) | Self::NoForm(place) if place.status == Some(429) => {
                "Wait as long as the rate limit asks for (Retry-After), and walk again."
            }
            Self::NotRedirected(place) | Self::NoForm(place)
                if place.status.is_some_and(|status| status >= 400) =>
            {
                "Read what the server says: it refuses the request before any login, and no other driver changes that."
            }
            Self::NotRedirected(_) => {
                "Log in through HTML pages with --consent form, or in your browser with --consent browser."
            }
            Self::TooManyHops(..) => "Look at the redirects in the transcript: the login goes in a circle.",
            Self::NoForm(place) | Self::NeedsScript(place) | Self::NotFilled(place)
                if place.cut == Some(Cut::Cap) =>
            {
                "Read more of the page with --body-limit (in a file: [limits] body)."
            }
            Self::NoForm(_) => {
                "Read what the page says; if it is right in a browser, use --consent webdriver or browser."
            }
            Self::NeedsScript(_) => "Use --consent webdriver, which runs the scripts in a real browser.",
            Self::NotFilled(place) | Self::NoValue { place, .. } => return place.controls.advice().into(),
            Self::NoButton { .. } => "Name the button by its name=value, name, id or text.",
            Self::CameAgain { place, .. } if place.is_scripted => {
                "Check the values: the page seems to refuse them. If they are right, its scripts may be needed: --consent webdriver."
            }
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
        })
    }
}

impl From<Failure> for LoginFailure {
    fn from(failure: Failure) -> Self {
        Self { detail: failure.to_string(), remedy: failure.remedy().into_owned() }
    }
}

/// A page where a login stands, in words. Of what was filled in only names are told.
#[derive(Debug)]
pub(in crate::run) struct Place {
    url: String,
    status: Option<u16>,
    /// Why it was not read to its end, if it was not.
    cut: Option<Cut>,
    /// Whether it has scripts.
    is_scripted: bool,
    title: String,
    text: String,
    controls: Controls,
    given: String,
}

impl Place {
    /// A page at a URL. What repeats a value of the script gets its name instead.
    pub(super) fn new(url: &str, page: &Page, script: Option<&Script>) -> Self {
        let shown = |text: &str| {
            script.map_or_else(|| text.to_owned(), |script| without_values(text, script.values()))
        };
        let given = script.map(|script| match names(&script.on(url)) {
            names if names.is_empty() => "nothing".to_owned(),
            names => names,
        });
        Self {
            url: without_query(url),
            status: None,
            cut: None,
            is_scripted: page.scripted,
            title: shown(&page.title),
            text: shown(&page.text),
            controls: Controls::of(page),
            given: given.unwrap_or_default(),
        }
    }

    /// The same as answered over HTTP.
    pub(super) fn answered(self, response: &Response) -> Self {
        Self { status: Some(response.status), cut: response.cut, ..self }
    }

    /// The same unless the response is a success, whose page says what any login page says.
    fn complained(&self) -> String {
        if self.status.is_some_and(|status| status / 100 == 2) { String::new() } else { self.said() }
    }

    /// What the page says, at the end of a sentence.
    fn said(&self) -> String {
        if self.text.is_empty() { String::new() } else { format!("; it says {:?}", self.text) }
    }

    /// What it wants.
    fn wanted(&self) -> String {
        match self.controls.to_string() {
            controls if controls.is_empty() => "input".to_owned(),
            controls => controls,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut known = Vec::new();
        known.extend(self.status.map(|status| format!("status {status}")));
        known.extend((!self.title.is_empty()).then(|| format!("{:?}", self.title)));
        known.extend(self.cut.map(|cut| match cut {
            Cut::Cap => "longer than what is read of it".to_owned(),
            _ => "not read to its end".to_owned(),
        }));
        write!(f, "the page {}", self.url)?;
        if known.is_empty() { Ok(()) } else { write!(f, " ({})", known.join(", ")) }
    }
}

fn names(given: &Given) -> String {
    let names = given.own.iter().chain(&given.everywhere).map(|(name, _)| name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// A URL for a message: without its query, which is long and may hold secrets.
pub(super) fn without_query(url: &str) -> String {
    bare(url).to_owned()
}
