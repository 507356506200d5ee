//! Replaces secrets by placeholders that keep equality visible within a run: `«access_token 3f2a 659 B»`.
//!
//! By type and field first: header fields, query parameters, form fields and JSON members whose names the specs give to
//! secrets. What a run knows to be secret is then also masked wherever a peer quotes it (`known`). A response
//! that hands out secrets is withheld if it cannot be read.

mod encoding;
mod handed_out;
mod json;
mod learn;
mod names;
mod secret_index;

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::{BodyEncoding, PeerText, Record, TokenEntry};
use crate::document::event_stream;
use crate::exchange::{Headers, Purpose, Request, Response, text};
use crate::scenario::Scenario;

pub use handed_out::is_opaque;
use json::{Leaf, Rules};
use names::{is_personal, is_secret, is_secret_header, is_secret_parameter};
use secret_index::SecretIndex;

/// Bytes of a string in a member that nobody knows, from which on it may be a secret.
const LEAST_UNKNOWN: usize = 6;
/// Characters of the kind of a placeholder.
const LONGEST_KIND: usize = 40;

/// Makes placeholders for one run.
#[derive(Clone, Debug)]
pub struct Redactor {
    salt: [u8; 32],
    /// Lower-case names of the header fields the user gave for the target.
    target_headers: Vec<String>,
    known: SecretIndex,
    /// Texts that are no secrets, whoever says so: the target, the client identifier.
    public: Vec<String>,
    /// Secrets that were sent as JSON numbers, with their placeholders.
    numbers: BTreeMap<String, String>,
    /// What is filled into forms, by name, that no peer has seen yet: a page may still offer it as a choice.
    offered: Vec<(String, String)>,
    /// Whether fields are left as they are, whatever their names; what is known is redacted all the same.
    reveal: bool,
}

impl Redactor {
    /// A redactor with that salt, which knows what the user gave.
    pub fn new(salt: [u8; 32], scenario: &Scenario) -> Self {
        let target_headers =
            scenario.target.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let mut redactor = Self { salt, target_headers, reveal: false, ..Self::none() };
        redactor.learn_scenario(scenario);
        redactor.known.prepare();
        redactor
    }

    /// A redactor that knows every secret of a run.
    pub fn of_run(record: &Record) -> Self {
        let mut redactor = Self::new(record.salt, &record.scenario);
        redactor.learn_history(&record.history);
        redactor.known.prepare();
        redactor
    }

    /// A redactor that knows these secrets with their placeholders, and nothing else.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut known = SecretIndex::default();
        for (secret, placeholder) in pairs {
            known.learn(secret, || placeholder.to_owned());
        }
        known.prepare();
        Self {
            salt: [0; 32],
            target_headers: Vec::new(),
            known,
            public: Vec::new(),
            numbers: BTreeMap::new(),
            offered: Vec::new(),
            reveal: true,
        }
    }

    /// A redactor that leaves every text as it is.
    pub fn none() -> Self {
        Self::of_pairs(std::iter::empty())
    }

    /// The same redactor, leaving every text as it is.
    #[must_use]
    pub fn reveal(mut self) -> Self {
        self.reveal = true;
        self.known = SecretIndex::default();
        self
    }

    /// Whether secrets are kept.
    pub(super) const fn is_revealing(&self) -> bool {
        self.reveal
    }

    /// Whether another one knows secrets that this one does not.
    pub fn lacks(&self, other: &Self) -> bool {
        other.known.values().any(|(secret, _)| self.known.placeholder(secret).is_none())
    }

    /// Takes note of the secrets another one knows.
    pub fn learn_of(&mut self, other: &Self) {
        for (secret, placeholder) in other.known.values() {
            self.known.learn(secret, || placeholder.to_owned());
        }
        self.known.prepare();
    }

    /// The placeholder of a secret: kind, four hexadecimal digits of a salted digest, length in bytes.
    pub fn placeholder(&self, kind: &str, secret: &str) -> String {
        if self.reveal {
            return self.known.placeholder(secret).unwrap_or(secret).to_owned();
        }
        self.known.placeholder(secret).map_or_else(|| self.new_placeholder(kind, secret), str::to_owned)
    }

    fn new_placeholder(&self, kind: &str, secret: &str) -> String {
        let digest = Sha256::new().chain_update(self.salt).chain_update(secret).finalize();
        // The kind is a name that a peer may have chosen.
        let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let kind: String = kind.chars().map(plain).take(LONGEST_KIND).collect();
        let [first, second, ..] = <[u8; 32]>::from(digest);
        format!("«{kind} {first:02x}{second:02x} {} B»", secret.len())
    }

    /// A text for a transcript: every known secret in it is replaced.
    pub fn text(&self, text: &str) -> PeerText {
        PeerText::masked(self.masked(text).unwrap_or_else(|| text.to_owned()))
    }

    /// A text of somebody else with every known secret replaced; `None` if there is none in it.
    pub fn masked(&self, text: &str) -> Option<String> {
        self.known.masked(text)
    }

    /// What the known secrets look like inside, for checks on the stored transcript.
    pub(super) fn tokens(&self) -> Vec<TokenEntry> {
        if self.reveal {
            return Vec::new();
        }
        let described = |(value, placeholder): (&str, &str)| {
            let parts: Vec<_> = value.split('.').collect();
            let part = |index: usize| {
                let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(parts.get(index)?).ok()?;
                String::from_utf8(bytes).ok().filter(|text| text.trim_start().starts_with('{'))
            };
            let header = if matches!(parts.len(), 3 | 5) { part(0) } else { None };
            let claims = if parts.len() == 3 && header.is_some() { part(1) } else { None };
            let entry = TokenEntry {
                placeholder: PeerText::masked(placeholder.to_owned()),
                header: header.map(|header| self.text(&header)),
                claims: claims.map(|claims| self.claims(&claims)),
                not_visible_ascii: !value.bytes().all(|byte| byte.is_ascii_graphic()),
                number: false,
            };
            (entry.header.is_some() || entry.not_visible_ascii).then_some(entry)
        };
        let numbers = self.numbers.values().map(|placeholder| TokenEntry {
            placeholder: PeerText::masked(placeholder.clone()),
            header: None,
            claims: None,
            not_visible_ascii: false,
            number: true,
        });
        self.known.values().filter_map(described).chain(numbers).collect()
    }

    /// The claims of a token without what they tell about a person.
    fn claims(&self, claims: &str) -> PeerText {
        let replace = |leaf: Leaf<'_>| {
            let Leaf { name, value, .. } = leaf;
            (is_personal(name) && !value.is_empty()).then(|| self.placeholder(name, value))
        };
        let claims = json::rewrite(claims, Rules { covers: is_personal, replace: &replace })
            .unwrap_or_else(|| self.placeholder("claims", claims));
        self.text(&claims)
    }

    /// A parameter's value, redacted if its name is that of a secret.
    fn field<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if is_secret_parameter(name) && !value.is_empty() {
            Cow::Owned(self.placeholder(name, value))
        } else {
            Cow::Borrowed(value)
        }
    }

    /// Decoded parameters.
    pub fn parameters(&self, parameters: &[(String, String)]) -> Vec<(PeerText, PeerText)> {
        let redacted =
            |(name, value): &(String, String)| (self.text(name), self.text(&self.field(name, value)));
        parameters.iter().map(redacted).collect()
    }

    /// The URL of a request: those of its fields that were filled in are redacted too.
    pub fn request_url(&self, request: &Request) -> String {
        let filled = if request.method == "GET" { request.secret_fields.as_slice() } else { &[] };
        self.url_with(&request.url, filled)
    }

    /// A URL: secrets in userinfo, query and fragment are redacted, all else stays as written.
    pub fn url(&self, url: &str) -> String {
        self.url_with(url, &[])
    }

    /// The same, where the parameters of those names are secrets, too.
    fn url_with(&self, url: &str, filled: &[String]) -> String {
        if self.reveal {
            return url.to_owned();
        }
        let (head, tail) = url.find(['?', '#']).map_or((url, ""), |at| url.split_at(at));
        let mut redacted = match userinfo(head) {
            Some((before, user, after)) => format!("{before}{}{after}", self.placeholder("userinfo", user)),
            None => head.to_owned(),
        };
        let mut separated = tail.chars();
        while let Some(separator) = separated.next() {
            let body = separated.as_str();
            let (pair, after) = body.split_at(body.find(['&', '#']).unwrap_or(body.len()));
            redacted.push(separator);
            redacted.push_str(&self.pair(pair, filled));
            separated = after.chars();
        }
        redacted
    }

    /// A query or form, encoded.
    fn pairs(&self, pairs: &str, filled: &[String]) -> String {
        pairs.split('&').map(|pair| self.pair(pair, filled)).collect::<Vec<_>>().join("&")
    }

    /// One `name=value` of it.
    fn pair<'a>(&self, pair: &'a str, filled: &[String]) -> Cow<'a, str> {
        let Some((name, value)) = url::form_urlencoded::parse(pair.as_bytes()).next() else {
            return pair.into();
        };
        let is_secret = is_secret_parameter(&name) || filled.iter().any(|field| *field == name);
        if is_secret && !value.is_empty() {
            Cow::Owned(format!("{name}={}", self.placeholder(&name, &value)))
        } else {
            Cow::Borrowed(pair)
        }
    }

    /// Header fields of a request, whose names are ours.
    pub(super) fn request_headers(&self, headers: &Headers) -> Vec<(PeerText, PeerText)> {
        let name = |name: &str| PeerText::masked(name.to_owned());
        headers.iter().map(|(field, value)| (name(field), self.text(&self.header(field, &value)))).collect()
    }

    /// Header fields.
    pub fn headers(&self, headers: &Headers) -> Vec<(PeerText, PeerText)> {
        headers.iter().map(|(name, value)| (self.text(name), self.text(&self.header(name, &value)))).collect()
    }

    fn header(&self, name: &str, value: &str) -> String {
        if self.reveal {
            return value.to_owned();
        }
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "authorization" | "proxy-authorization" => match credentials(value) {
                (scheme, "") => scheme.to_owned(),
                ("", credentials) => self.placeholder("credentials", credentials),
                (scheme, credentials) => format!("{scheme} {}", self.placeholder("credentials", credentials)),
            },
            "set-cookie" => {
                let (pair, attributes) =
                    value.split_once(';').map_or((value, ""), |(pair, rest)| (pair, rest));
                let (cookie, secret) = pair.split_once('=').unwrap_or(("", pair));
                let separator = if attributes.is_empty() { "" } else { ";" };
                format!("{cookie}={}{separator}{attributes}", self.placeholder("cookie", secret))
            }
            "location" | "referer" | "content-location" | "refresh" | "link" => self.url(value),
            lower if self.is_secret_header(lower) => self.placeholder(lower, value),
            _ => value.to_owned(),
        }
    }

    fn is_secret_header(&self, lower: &str) -> bool {
        is_secret_header(lower) || self.target_headers.iter().any(|name| name == lower)
    }

    /// The body of a request.
    pub fn request_body(&self, request: &Request) -> (String, BodyEncoding) {
        let Ok(body) = std::str::from_utf8(&request.body) else { return self.binary(&request.body) };
        if self.reveal {
            return (body.to_owned(), BodyEncoding::Text);
        }
        if is_form(&request.headers) {
            return (self.pairs(body, &request.secret_fields), BodyEncoding::Text);
        }
        (self.json(body).unwrap_or_else(|| body.to_owned()), BodyEncoding::Text)
    }

    /// The body of a response. One to a request that may hand out secrets is withheld unless it was understood.
    pub fn response_body(&self, request: &Request, response: &Response) -> (String, BodyEncoding) {
        let hands_out = request.purpose.hands_out_secrets();
        let Ok(body) = std::str::from_utf8(&response.body) else {
            let withheld = !self.reveal && hands_out;
            return if withheld {
                (withhold(response), BodyEncoding::Text)
            } else if !self.reveal && is_compressed(&response.headers) {
                let said =
                    format!("«withheld {} B: what is compressed cannot be looked into»", response.body.len());
                (said, BodyEncoding::Text)
            } else {
                self.binary(&response.body)
            };
        };
        if self.reveal || body.is_empty() {
            return (body.to_owned(), BodyEncoding::Text);
        }
        let redacted = if hands_out {
            self.handed_out(response, body)
        } else if let Some(redacted) = self.json(body) {
            redacted
        } else if response.media_type() == "text/event-stream" {
            self.event_stream(body)
        } else if request.purpose == Purpose::Login && self.has_unknown_fields(request) {
            // What was typed is too short to be found in the page.
            self.form_or_nothing(response, body)
        } else {
            body.to_owned()
        };
        (redacted, BodyEncoding::Text)
    }

    /// A response that may hold secrets under names nobody knows.
    fn handed_out(&self, response: &Response, body: &str) -> String {
        // Of an error the words that look like secrets are masked.
        let unknown = if response.is_success() { handed_out::is_unknown } else { |_: &str| false };
        if let Some(redacted) = self.json_with(body, unknown) {
            return redacted;
        }
        if response.is_success() || handed_out::may_hold_secrets(body) {
            return self.form_or_nothing(response, body);
        }
        body.to_owned()
    }

    fn form_or_nothing(&self, response: &Response, body: &str) -> String {
        if body.contains('=') && !body.contains(['{', '<', '\n', ' ']) {
            return self.pairs(body, &handed_out::unknown_parameters(body));
        }
        withhold(response)
    }

    /// Bytes that are no text. Withheld if there is a known secret among them, as it could not be cut out.
    fn binary(&self, body: &[u8]) -> (String, BodyEncoding) {
        // UTF-16 is ASCII with a zero beside each byte.
        let withheld = !self.reveal && self.masked(&text(body).replace('\0', "")).is_some();
        if withheld {
            let said = format!("«withheld {} B: a secret in a body that is not UTF-8»", body.len());
            return (said, BodyEncoding::Text);
        }
        (BASE64_STANDARD.encode(body), BodyEncoding::Base64)
    }

    /// Each event's data as JSON, the rest as it is. An event may have its data on several lines.
    fn event_stream(&self, body: &str) -> String {
        let mut redacted = String::with_capacity(body.len());
        for event in event_stream::events(body) {
            let data = event.data().unwrap_or_default();
            let together = self.json(&data).filter(|together| *together != data);
            let mut together = together.as_deref().map(|together| together.split('\n'));
            for line in &event.lines {
                match &mut together {
                    Some(lines) if line.name == "data" => {
                        // What was replaced may have taken lines with it.
                        let Some(data) = lines.next() else { continue };
                        let value = line.sent.len() - line.end().len() - line.value.len();
                        redacted.push_str(line.sent.get(..value).unwrap_or_default());
                        redacted.push_str(data);
                        redacted.push_str(line.end());
                    }
                    _ => redacted.push_str(line.sent),
                }
            }
        }
        redacted
    }

    /// JSON with redacted members, as sent otherwise. `None` if it is not JSON.
    fn json(&self, body: &str) -> Option<String> {
        self.json_with(body, |_| false)
    }

    /// The same, where strings in members of the names that are `unknown` may be secrets, too.
    fn json_with(&self, body: &str, unknown: fn(&str) -> bool) -> Option<String> {
        let replace = |leaf: Leaf<'_>| {
            let Leaf { name, value, is_number } = leaf;
            if is_secret(name) && !matches!(value, "" | "null" | "true" | "false") {
                return Some(self.placeholder(name, value));
            }
            // The whole query of a management URL: servers put the token there (RFC 7592 §5).
            if name == "registration_client_uri"
                && let Some((url, query)) = value.split_once('?')
            {
                return Some(format!("{url}?{}", self.placeholder("query", query)));
            }
            if value.starts_with(['{', '[']) {
                return None;
            }
            let redacted = if value.contains("//") && value.contains(['?', '#', '@']) {
                self.url(value)
            } else if unknown(name) && !is_number && may_be_secret(value) {
                self.placeholder(name, value)
            } else if value.contains('=') && !value.contains([' ', '<']) {
                self.pairs(value, &[])
            } else {
                return None;
            };
            (redacted != value).then_some(redacted)
        };
        json::rewrite(body, Rules { covers: is_secret, replace: &replace })
    }
}

/// What stands for a body that may hold secrets: its size, and that it is a page if it is one.
fn withhold(response: &Response) -> String {
    let page = if response.is_html() { "<!doctype html>" } else { "" };
    let bytes = response.body.len();
    format!("{page}«withheld {bytes} B: a response to a request with secrets that is not JSON»")
}

/// A URL's head, cut around its userinfo ([RFC 3986 §3.2.1](https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1)).
fn userinfo(head: &str) -> Option<(&str, &str, &str)> {
    let start = head.find("//")? + 2;
    let (before, rest) = head.split_at(start);
    let authority = rest.split('/').next()?;
    let at = authority.rfind('@')?;
    let (user, after) = rest.split_at(at);
    Some((before, user, after))
}

/// Whether a string of nobody knows what may be a secret: it is neither short, nor a URL, nor the name of a constant.
fn may_be_secret(value: &str) -> bool {
    let is_constant = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    value.len() >= LEAST_UNKNOWN && !is_constant && !value.contains("://")
}

fn is_compressed(headers: &Headers) -> bool {
    let coding = headers.get("content-encoding").unwrap_or_default();
    !matches!(coding.trim().to_ascii_lowercase().as_str(), "" | "identity")
}

fn is_form(headers: &Headers) -> bool {
    let media_type = headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    media_type.starts_with("application/x-www-form-urlencoded")
}

/// Scheme and credentials of an `Authorization` field. A scheme alone, as probes send it, holds nothing secret; any other
/// single word is a key without a scheme.
fn credentials(value: &str) -> (&str, &str) {
    const SCHEMES: [&str; 4] = ["bearer", "basic", "dpop", "digest"];
    match value.trim_end().split_once(' ') {
        Some(both) => both,
        None if SCHEMES.iter().any(|scheme| value.trim_end().eq_ignore_ascii_case(scheme)) => (value, ""),
        None => ("", value),
    }
}

#[cfg(test)]
mod tests;
