//! How consent is obtained: the driver, and what it does on the pages of a login.

use std::time::Duration;

use crate::exchange::Secret;

/// How consent is obtained.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The driver.
    pub driver: Driver,
    /// How long a login may take.
    pub timeout: Duration,
    /// Host of the redirect URI; an IP literal unless the server only knows `localhost`.
    pub redirect_host: String,
    /// Port of the redirect URI; 0 takes a free one.
    pub redirect_port: u16,
    /// Path of the redirect URI.
    pub redirect_path: String,
}

/// The path of the redirect URI where nobody says another.
pub const CALLBACK_PATH: &str = "/callback";

impl Default for Consent {
    /// What holds where nobody says anything and nobody is there to log in.
    fn default() -> Self {
        Self {
            driver: Driver::Redirect,
            // Time for second factors and password managers.
            timeout: Duration::from_secs(600),
            redirect_host: "127.0.0.1".to_owned(),
            redirect_port: 0,
            redirect_path: CALLBACK_PATH.to_owned(),
        }
    }
}

/// Who goes through the login.
#[derive(Clone, Debug)]
pub enum Driver {
    /// Opens the browser; the URL is printed too and a redirected URL may be pasted.
    Browser,
    /// Prints the URL and waits for the redirected URL to be pasted.
    Paste,
    /// Requests the URL and expects to be redirected at once.
    Redirect,
    /// Fills and submits HTML forms as a browser without scripts would.
    Form(Script),
    /// Fills pages in a real browser, scripts and all.
    WebDriver(WebDriver),
    /// Leaves it to a program that prints the URL of the callback.
    Command(Program),
}

/// Declares the drivers: from each row its variant in [`DriverKind`], a pattern of [`Driver`], its word in files and
/// options, whether a person has to come back with the response, and what it does.
macro_rules! drivers {
    ($($Kind:ident($driver:pat) $word:literal $needs_person:literal, $does:literal;)*) => {
        /// A driver, as asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum DriverKind {
            $(#[doc = $does] $Kind,)*
        }

        impl DriverKind {
            /// The words for them in files and options.
            pub const WORDS: &[(&'static str, Self)] = &[$(($word, Self::$Kind)),*];

            /// The word for it.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$Kind => $word),* }
            }

            /// What it does, said to whoever walks.
            pub const fn does(self) -> &'static str {
                match self { $(Self::$Kind => $does),* }
            }

            const fn needs_person(self) -> bool {
                match self { $(Self::$Kind => $needs_person),* }
            }
        }

        impl Driver {
            /// Which it is.
            pub const fn kind(&self) -> DriverKind {
                match self { $($driver => DriverKind::$Kind),* }
            }
        }
    };
}

drivers! {
    Browser(Self::Browser) "browser" true, "opens your browser, and waits until it comes back";
    Paste(Self::Paste) "paste" true, "you open the URL wherever you like, and paste the one it redirects to";
    Redirect(Self::Redirect) "redirect" false, "for servers that redirect back at once, without a login page";
    Form(Self::Form(_)) "form" false, "gatewalk fills HTML pages itself, with what it is given to fill in";
    WebDriver(Self::WebDriver(_)) "webdriver" false, "the same in a Chromium, for pages that need scripts";
    Command(Self::Command(_)) "command" false, "the program of --login-command goes through the login";
}

impl Driver {
    /// The word for it in files and options.
    pub const fn id(&self) -> &'static str {
        self.kind().id()
    }

    /// Whether a person has to come back with the response.
    pub const fn needs_person(&self) -> bool {
        self.kind().needs_person()
    }

    /// What it fills in, if it fills pages.
    pub const fn script(&self) -> Option<&Script> {
        match self {
            Self::Form(script) | Self::WebDriver(WebDriver { script, .. }) => Some(script),
            _ => None,
        }
    }
}

/// What to fill in and press on the pages of a login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// On every page: fields by name, and buttons by name and value. Values are secrets: one of them is a password.
    pub fill: Vec<(String, Secret)>,
    /// On particular pages; the first whose pattern matches goes before `fill`.
    pub pages: Vec<Page>,
}

/// What to do on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The pages meant.
    pub url: Pattern,
    /// Fields by name, and buttons by name and value.
    pub fill: Vec<(String, Secret)>,
    /// The button to press: its `name=value`, name, id or text. Without it a browser's choice: the first.
    pub press: Option<String>,
}

/// What is given for one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// For this page, by who wrote its pattern. What its user does not see gets these alone: any page of a login can have a
    /// hidden field of the name of a password.
    pub own: Vec<(String, Secret)>,
    /// For every page.
    pub everywhere: Vec<(String, Secret)>,
    /// The button to press.
    pub press: Option<String>,
}

impl Script {
    /// A script for every page.
    pub const fn everywhere(fill: Vec<(String, Secret)>) -> Self {
        Self { fill, pages: Vec::new() }
    }

    /// What a page gets: its own fill before the one for every page, and the button to press.
    pub fn on(&self, url: &str) -> Given {
        let page = self.pages.iter().find(|page| page.url.matches(url));
        let (own, press) = page.map(|page| (page.fill.clone(), page.press.clone())).unwrap_or_default();
        let is_own = |name: &String| own.iter().any(|(known, _)| known == name);
        let everywhere = self.fill.iter().filter(|(name, _)| !is_own(name)).cloned().collect();
        Given { own, everywhere, press }
    }

    /// All values it fills in, with the names of their fields.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Secret)> {
        let fill = self.fill.iter().chain(self.pages.iter().flat_map(|page| &page.fill));
        fill.map(|(name, value)| (name.as_str(), value))
    }
}

/// A pattern for URLs: `*` stands for any characters. A pattern without a query fits whatever the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern as written.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pattern fits the URL.
    pub fn matches(&self, url: &str) -> bool {
        let url = url.split('#').next().unwrap_or(url);
        fits(&self.0, url) || fits(&self.0, url.split('?').next().unwrap_or(url))
    }
}

/// Whether the pieces between the asterisks come one after the other, the outer ones at the ends.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return text.ends_with(piece);
        }
        match text.split_once(piece) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    true
}

/// A real browser, spoken to through the [WebDriver protocol](https://www.w3.org/TR/webdriver2/).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebDriver {
    /// What to do on the pages.
    pub script: Script,
    /// URL of a running WebDriver server; without one `chromedriver` is started.
    pub server: Option<String>,
    /// Whether Chromium runs without its sandbox, which it cannot have as root.
    pub no_sandbox: bool,
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name, looked for on `PATH`, or its path.
    pub name: String,
    /// Arguments before the authorization URL.
    pub arguments: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_asterisks() {
        for (pattern, url) in [
            ("*", "https://as.example/login"),
            ("*/u/login*", "https://as.example/u/login/identifier?state=1"),
            ("*/login", "https://as.example/login?state=1#top"),
            ("https://as.example/login?step=2", "https://as.example/login?step=2"),
            ("https://*.example/*/login", "https://as.example/a/b/login"),
        ] {
            assert!(Pattern::new(pattern).matches(url), "{pattern} {url}");
        }
        for (pattern, url) in [
            ("", "https://as.example/"),
            ("*/login", "https://as.example/login/2"),
            ("https://as.example/login?step=2", "https://as.example/login?step=1"),
            ("*aa*a", "aa"),
            ("https://as.example/*", "https://as.example.evil/"),
        ] {
            assert!(!Pattern::new(pattern).matches(url), "{pattern} {url}");
        }
    }

    #[test]
    fn a_page_gets_its_own_values_before_those_for_all() {
        let pair = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
        let script = Script {
            fill: vec![pair("user", "a"), pair("code", "1")],
            pages: vec![Page {
                url: Pattern::new("*/second"),
                fill: vec![pair("user", "b")],
                press: Some("Next".to_owned()),
            }],
        };
        assert_eq!(script.on("https://h/first").everywhere, script.fill);
        let second = script.on("https://h/second");
        assert_eq!((second.own, second.everywhere), (vec![pair("user", "b")], vec![pair("code", "1")]));
        assert_eq!(second.press.as_deref(), Some("Next"));
    }
}
