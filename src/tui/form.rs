//! The target form: where to walk, as which client, by which protocol version; and what was walked before.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::TextArea;

use super::direction::Direction;
use crate::run::LoginPage;
use crate::scenario::{DriverKind, PartialScenario, Place, RegistrationKind, SecretSource, value};
use crate::specification::ProtocolVersion;

/// What is typed for the embedded gateway.
const SANDBOX: &str = "sandbox";
/// The choice that leaves it to gatewalk.
const USUAL: &str = "default";

/// A field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// What it is.
    pub(super) what: What,
    /// What is in it.
    pub(super) input: Input,
}

/// The fields, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Target,
    Recent,
    ProtocolVersion,
    Registration,
    Client,
    Server,
    Scope,
    Resource,
    Header,
    Login,
    Fill,
}

impl What {
    /// Its name on the screen.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Recent => "recent",
            Self::ProtocolVersion => "protocol_version",
            Self::Registration => "registration",
            Self::Client => "client",
            Self::Server => "issuer",
            Self::Scope => "scope",
            Self::Resource => "resource",
            Self::Header => "header",
            Self::Login => "login",
            Self::Fill => "fill in",
        }
    }

    /// What holds while it is empty.
    pub(super) const fn otherwise(self) -> &'static str {
        match self {
            Self::Target => "https://…",
            Self::Client => "(none)",
            Self::Server => "first listed",
            Self::Scope | Self::Resource => "as published",
            Self::Header => "none",
            Self::Fill => "nothing",
            Self::Recent | Self::ProtocolVersion | Self::Registration | Self::Login => "",
        }
    }

    /// What may be in it.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::Target => "URL of the MCP endpoint, or the word sandbox",
            Self::Recent => "← → takes one of them as the target",
            Self::ProtocolVersion => "the MCP revision to speak and judge by",
            Self::Registration => "where the client identifier comes from",
            Self::Client => "client_id, or the URL of its metadata document",
            Self::Server => "which authorization server, where several are named",
            Self::Scope => "scopes to ask for instead of the published ones",
            Self::Resource => "instead of the published identifier",
            Self::Header => "for the MCP endpoint: NAME: VALUE, or NAME: env:VARIABLE",
            Self::Login => "how consent is obtained",
            Self::Fill => "into login pages: NAME=VALUE …, or NAME=env:VARIABLE",
        }
    }
}

/// What a way to log in does.
fn login_hint(word: &str) -> &'static str {
    match DriverKind::WORDS.iter().find(|(known, _)| *known == word) {
        None => "your browser; form if there is something to fill in; the sandbox logs in by itself",
        Some((_, kind)) => kind.does(),
    }
}

/// What is in a field.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// Text.
    Text(Box<TextArea<'static>>),
    /// One of several.
    Choice {
        /// All of them.
        options: Vec<String>,
        /// The chosen one.
        chosen: usize,
    },
}

impl Input {
    fn text(text: &str) -> Self {
        let mut field = TextArea::from([text]);
        field.move_cursor(ratatui_textarea::CursorMove::End);
        field.set_cursor_line_style(ratatui::style::Style::new());
        Self::Text(Box::new(field))
    }

    fn choice<'a>(options: impl IntoIterator<Item = &'a str>, chosen: &str) -> Self {
        let options: Vec<_> = options.into_iter().map(str::to_owned).collect();
        let chosen = options.iter().position(|option| option == chosen).unwrap_or(0);
        Self::Choice { options, chosen }
    }

    /// What is in it, as text.
    pub(super) fn value(&self) -> String {
        match self {
            Self::Text(field) => field.lines().concat().trim().to_owned(),
            Self::Choice { options, chosen } => options.get(*chosen).cloned().unwrap_or_default(),
        }
    }
}

/// Takes a key for a line of text; Ctrl-U empties it up to the cursor, as in a shell.
pub(super) fn type_in(text: &mut TextArea<'_>, key: KeyEvent) {
    if key.code == KeyCode::Char('u') && key.modifiers.contains(KeyModifiers::CONTROL) {
        text.delete_line_by_head();
    } else {
        text.input(key);
    }
}

/// What is filled in with its values hidden, a mark for a character; names of variables are no secrets.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        match word.split_once('=') {
            Some((name, value)) if !value.starts_with("env:") => {
                let hidden = value.chars().map(|c| if c.is_whitespace() { c } else { '•' });
                masked.push_str(name);
                masked.push('=');
                masked.extend(hidden);
            }
            _ => masked.push_str(word),
        }
    }
    masked
}

/// The form.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Its fields.
    pub(super) fields: Vec<Field>,
    /// The one that has the keys.
    pub(super) at: usize,
    /// Why the walk could not be started.
    pub(super) problem: Option<String>,
    /// Header fields that are sent already, by name.
    kept: Vec<String>,
    /// What is filled in already, by name.
    filled: Vec<String>,
    /// The controls of the login page that was met last, in words.
    page: Option<String>,
}

impl Form {
    /// A form that says what a draft says.
    pub(super) fn new(draft: &PartialScenario, recent: &[String]) -> Self {
        let client = &draft.client;
        let target = match &draft.place {
            Some(Place::Url(url)) => url.as_str(),
            Some(Place::Sandbox { .. }) | None => SANDBOX,
        };
        let word = |words: &[(&'static str, RegistrationKind)]| {
            let known = client.registration.unwrap_or(RegistrationKind::Auto);
            words.iter().find(|(_, kind)| *kind == known).map_or("auto", |(word, _)| word)
        };
        // A program can be named on the command line only.
        let drivers = DriverKind::WORDS
            .iter()
            .filter(|(_, kind)| *kind != DriverKind::Command || draft.consent.command.is_some());
        let driver = DriverKind::WORDS.iter().find(|(_, kind)| Some(*kind) == draft.consent.driver);
        let identity = client.id.as_deref().or(client.metadata_url.as_deref()).unwrap_or_default();
        let mut fields = vec![(What::Target, Input::text(target))];
        if !recent.is_empty() {
            let options = std::iter::once("–").chain(recent.iter().map(String::as_str));
            fields.push((What::Recent, Input::choice(options, "–")));
        }
        fields.extend([
            (
                What::ProtocolVersion,
                Input::choice(
                    ProtocolVersion::ALL.map(ProtocolVersion::date),
                    draft.protocol_version().date(),
                ),
            ),
            (
                What::Registration,
                Input::choice(RegistrationKind::WORDS.map(|(word, _)| word), word(&RegistrationKind::WORDS)),
            ),
            (What::Client, Input::text(identity)),
            (What::Server, Input::text(client.issuer.as_deref().unwrap_or_default())),
            (What::Scope, Input::text(client.scope.as_deref().unwrap_or_default())),
            (What::Resource, Input::text(client.resource.as_deref().unwrap_or_default())),
            (What::Header, Input::text("")),
            (
                What::Login,
                Input::choice(
                    std::iter::once(USUAL).chain(drivers.map(|(word, _)| *word)),
                    driver.map_or(USUAL, |(word, _)| word),
                ),
            ),
            (What::Fill, Input::text("")),
        ]);
        let fields = fields.into_iter().map(|(what, input)| Field { what, input }).collect();
        let kept = draft.headers.iter().map(|(name, _)| name.clone()).collect();
        let filled = draft.consent.fill.iter().map(|(name, _)| name.clone()).collect();
        Self { fields, at: 0, problem: None, kept, filled, page: None }
    }

    /// With the field for what login pages are filled with at hand, and what the last one asks for.
    #[must_use]
    pub(super) fn about_login(mut self, page: &LoginPage) -> Self {
        let asked = page.fields.iter().filter(|field| !self.filled.contains(field));
        let asked: Vec<_> = asked.map(|field| format!("{field}=")).collect();
        self.set(What::Fill, &asked.join(" "));
        self.at = self.fields.iter().position(|field| field.what == What::Fill).unwrap_or(0);
        self.page = Some(page.controls.clone());
        self
    }

    /// What is to be known about the field that has the keys.
    pub(super) fn about(&self) -> String {
        let Some(field) = self.fields.get(self.at) else { return String::new() };
        let kept = |names: &[String]| {
            if names.is_empty() { String::new() } else { format!("; kept: {}", names.join(", ")) }
        };
        match field.what {
            What::Header => {
                format!("{}; never remembered{}", field.what.hint(), kept(&self.kept))
            }
            What::Fill => {
                let page = self.page.as_ref().map(|page| format!("; the last page: {page}"));
                format!("{}{}{}", field.what.hint(), page.unwrap_or_default(), kept(&self.filled))
            }
            What::Login => login_hint(&field.input.value()).to_owned(),
            what => what.hint().to_owned(),
        }
    }

    /// Goes to the field before or after.
    pub(super) fn go(&mut self, way: Direction) {
        self.at = way.step(self.at, self.fields.len());
    }

    /// Takes a key for the field that has the keys.
    pub(super) fn type_in(&mut self, key: KeyEvent) {
        let Some(field) = self.fields.get_mut(self.at) else { return };
        let what = field.what;
        match &mut field.input {
            Input::Text(text) => type_in(text, key),
            Input::Choice { options, chosen } => {
                *chosen = match key.code {
                    KeyCode::Right | KeyCode::Char(' ') => (*chosen + 1) % options.len().max(1),
                    KeyCode::Left => (*chosen + options.len().saturating_sub(1)) % options.len().max(1),
                    _ => *chosen,
                };
                let (chosen, value) = (*chosen, field.input.value());
                if what == What::Recent && chosen > 0 {
                    self.set(What::Target, &value);
                }
            }
        }
    }

    /// Takes pasted text.
    pub(super) fn paste(&mut self, text: &str) {
        if let Some(Field { input: Input::Text(field), .. }) = self.fields.get_mut(self.at) {
            field.insert_str(text.lines().collect::<String>());
        }
    }

    fn set(&mut self, what: What, value: &str) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.what == what) {
            field.input = Input::text(value);
        }
    }

    fn value(&self, what: What) -> String {
        self.fields
            .iter()
            .find(|field| field.what == what)
            .map(|field| field.input.value())
            .unwrap_or_default()
    }

    /// The draft over which the form was opened, as it says now.
    pub(super) fn draft(&self, base: &PartialScenario) -> Result<PartialScenario, String> {
        let mut draft = base.clone();
        let target = self.value(What::Target);
        if target == SANDBOX {
            if !matches!(draft.place, Some(Place::Sandbox { .. })) {
                draft.place = Some(Place::Sandbox {
                    preset: None,
                    faults: Vec::new(),
                    variations: Vec::new(),
                    tls: None,
                });
            }
        } else {
            draft.place = Some(Place::Url(value::target(&with_scheme(&target))?));
        }
        draft.protocol_version = ProtocolVersion::from_date(&self.value(What::ProtocolVersion));
        let registration = self.value(What::Registration);
        let kinds = RegistrationKind::WORDS.into_iter();
        draft.client.registration =
            kinds.clone().find(|(word, _)| *word == registration).map(|(_, kind)| kind);
        self.identity(&mut draft)?;
        draft.client.issuer = Some(self.value(What::Server)).filter(|issuer| !issuer.is_empty());
        draft.client.scope = Some(self.value(What::Scope)).filter(|scope| !scope.is_empty());
        // Empty sends none; what was given as empty stays so.
        let resource = self.value(What::Resource);
        if !resource.is_empty() || base.client.resource.as_deref().is_some_and(|given| !given.is_empty()) {
            draft.client.resource = Some(resource).filter(|resource| !resource.is_empty());
        }
        let line = self.value(What::Header);
        if !line.is_empty() {
            let (name, value) = value::header(&line)?;
            draft.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            draft.headers.push((name, value));
        }
        let login = self.value(What::Login);
        draft.consent.driver =
            DriverKind::WORDS.iter().find(|(word, _)| *word == login).map(|(_, kind)| *kind);
        let takes = [None, Some(DriverKind::Form), Some(DriverKind::WebDriver)];
        if !takes.contains(&draft.consent.driver) {
            draft.consent.fill.clear();
            draft.consent.pages.clear();
        }
        for (name, value) in fill(&self.value(What::Fill))? {
            draft.consent.fill.retain(|(known, _)| *known != name);
            draft.consent.fill.push((name, value));
        }
        draft.check().map_err(|contradiction| contradiction.to_string())?;
        Ok(draft)
    }

    /// Who the client is: an identifier, the URL of its document, or nobody yet.
    fn identity(&self, draft: &mut PartialScenario) -> Result<(), String> {
        let client = self.value(What::Client);
        let known = draft.client.id.as_deref().or(draft.client.metadata_url.as_deref()).unwrap_or_default();
        if client == known {
            return Ok(());
        }
        let is_document = match draft.client.registration {
            Some(RegistrationKind::MetadataDocument) => true,
            Some(RegistrationKind::Preregistered) => false,
            _ => client.starts_with("https://"),
        };
        draft.client.secret = None;
        (draft.client.id, draft.client.metadata_url) = (None, None);
        if client.is_empty() {
            return Ok(());
        }
        if is_document {
            draft.client.metadata_url = Some(value::client_id_url(&client)?);
        } else {
            draft.client.id = Some(client);
        }
        Ok(())
    }
}

/// Pairs of a line as a shell would read them: a value with spaces stands in quotes.
fn fill(line: &str) -> Result<Vec<(String, SecretSource)>, String> {
    let words = shlex::split(line).ok_or("fill in: a quote is not closed")?;
    words.iter().map(|word| value::fill(word).map_err(|why| format!("fill in: {why}"))).collect()
}

/// A target as typed: a host without a scheme is one that is reached over https.
fn with_scheme(target: &str) -> String {
    let host = target.split('/').next().unwrap_or_default();
    let is_bare = !target.contains("://") && host.contains('.') && !host.starts_with('.');
    if is_bare { format!("https://{target}") } else { target.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Secret;

    #[test]
    fn what_is_filled_in_is_read_as_by_a_shell() {
        let value = |text: &str| SecretSource::Value(Secret::new(text));
        let read = fill("username=me password='a b=c' code=env:CODE").unwrap();
        let expected = [
            ("username".to_owned(), value("me")),
            ("password".to_owned(), value("a b=c")),
            ("code".to_owned(), SecretSource::Variable("CODE".to_owned())),
        ];
        assert_eq!(read, expected);
        assert!(fill("").unwrap().is_empty());
        for (bad, why) in [("s3cret", "NAME=VALUE"), ("a='b", "quote")] {
            let said = fill(bad).unwrap_err();
            assert!(said.contains(why) && !said.contains("s3cret"), "{said}");
        }
    }
}
