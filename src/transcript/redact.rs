//! Replaces secrets by marks that keep equality visible within a run: `«access_token 3f2a 659 B»`.
//!
//! By type and field first: header fields, query parameters, form fields and JSON members whose names the specs give to
//! secrets. What a run knows to be secret is then also masked wherever a peer quotes it (`known`). A response
//! that hands out secrets is withheld if it cannot be read.

mod encoding;
mod json;
mod learn;
mod names;
mod secret_index;

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::{BodyEncoding, Record, TokenEntry};
use crate::exchange::{Headers, Purpose, Request, Response, text};
use crate::scenario::Scenario;

use names::{is_personal, is_secret, is_secret_header, is_secret_parameter};
use secret_index::SecretIndex;

/// Makes marks for one run.
#[derive(Clone, Debug)]
pub struct Redactor {
    salt: [u8; 32],
    /// Lower-case names of the header fields the user gave for the target.
    target_headers: Vec<String>,
    known: SecretIndex,
    /// Texts that are no secrets, whoever says so: the target, the client identifier.
    public: Vec<String>,
    /// Whether fields are left as they are, whatever their names; what is known is marked all the same.
    reveal: bool,
}

impl Redactor {
    /// Marks with that salt, which know what the user gave.
    pub fn new(salt: [u8; 32], scenario: &Scenario) -> Self {
        let target_headers =
            scenario.target.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let mut redactor =
            Self { salt, target_headers, known: SecretIndex::default(), public: Vec::new(), reveal: false };
        redactor.learn_scenario(scenario);
        redactor.known.prepare();
        redactor
    }

    /// Marks that know every secret of a run.
    pub fn of_run(record: &Record) -> Self {
        let mut redactor = Self::new(record.salt, &record.scenario);
        redactor.learn_history(&record.history);
        redactor.known.prepare();
        redactor
    }

    /// Marks that know these secrets and their marks, and nothing else.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut known = SecretIndex::default();
        for (secret, mark) in pairs {
            known.learn(secret, || mark.to_owned());
        }
        known.prepare();
        Self { salt: [0; 32], target_headers: Vec::new(), known, public: Vec::new(), reveal: true }
    }

    /// Marks nothing from now on.
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

    /// The mark of a secret: kind, four hexadecimal digits of a salted digest, length in bytes.
    pub fn mark(&self, kind: &str, secret: &str) -> String {
        if self.reveal {
            return self.known.mark(secret).unwrap_or(secret).to_owned();
        }
        self.known.mark(secret).map_or_else(|| self.new_mark(kind, secret), str::to_owned)
    }

    fn new_mark(&self, kind: &str, secret: &str) -> String {
        let digest = Sha256::new().chain_update(self.salt).chain_update(secret).finalize();
        let [first, second, ..] = <[u8; 32]>::from(digest);
        format!("«{kind} {first:02x}{second:02x} {} B»", secret.len())
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
        let look = |(value, mark): (&str, &str)| {
            let parts: Vec<_> = value.split('.').collect();
            let part = |index: usize| {
                let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(parts.get(index)?).ok()?;
                String::from_utf8(bytes).ok().filter(|text| text.trim_start().starts_with('{'))
            };
            let header = if matches!(parts.len(), 3 | 5) { part(0) } else { None };
            let claims = if parts.len() == 3 && header.is_some() { part(1) } else { None };
            let entry = TokenEntry {
                mark: mark.to_owned(),
                header: header.map(|header| self.masked(&header).unwrap_or(header)),
                claims: claims.map(|claims| self.claims(&claims)),
                not_visible_ascii: !value.bytes().all(|byte| byte.is_ascii_graphic()),
            };
            (entry.header.is_some() || entry.not_visible_ascii).then_some(entry)
        };
        self.known.values().filter_map(look).collect()
    }

    /// The claims of a token without what they tell about a person.
    fn claims(&self, claims: &str) -> String {
        let replace = |name: &str, value: &str| {
            (is_personal(name) && !value.is_empty()).then(|| self.mark(name, value))
        };
        let claims = json::rewrite(claims, &replace).unwrap_or_else(|| self.mark("claims", claims));
        self.masked(&claims).unwrap_or(claims)
    }

    /// A parameter's value, marked if its name is that of a secret.
    fn field<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if is_secret_parameter(name) && !value.is_empty() {
            Cow::Owned(self.mark(name, value))
        } else {
            Cow::Borrowed(value)
        }
    }

    /// Decoded parameters.
    pub fn parameters(&self, parameters: &[(String, String)]) -> Vec<(String, String)> {
        parameters.iter().map(|(name, value)| (name.clone(), self.field(name, value).into_owned())).collect()
    }

    /// The URL of a request: those of its fields that were filled in are marked too.
    pub fn request_url(&self, request: &Request) -> String {
        if self.reveal {
            return request.url.clone();
        }
        let mut url = self.url(&request.url);
        let fields = request.url.split_once('?').map_or("", |(_, query)| query);
        for pair in fields.split('&').filter(|_| request.method == "GET") {
            let parsed = url::form_urlencoded::parse(pair.as_bytes()).next();
            let filled = parsed.filter(|(name, _)| request.secret_fields.iter().any(|field| field == name));
            if let Some((name, value)) = filled {
                url = url.replace(pair, &format!("{name}={}", self.mark(&name, &value)));
            }
        }
        url
    }

    /// A URL: secrets in userinfo, query and fragment are marked, all else stays as written.
    pub fn url(&self, url: &str) -> String {
        if self.reveal {
            return url.to_owned();
        }
        let (head, tail) = url.find(['?', '#']).map_or((url, ""), |at| url.split_at(at));
        let mut marked =
            match head.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?))) {
                Some((scheme, (user, rest))) if !user.contains('/') => {
                    format!("{scheme}://{}@{rest}", self.mark("userinfo", user))
                }
                _ => head.to_owned(),
            };
        let mut separated = tail.chars();
        while let Some(separator) = separated.next() {
            let body = separated.as_str();
            let (pair, after) = body.split_at(body.find(['&', '#']).unwrap_or(body.len()));
            marked.push(separator);
            marked.push_str(&self.pair(pair));
            separated = after.chars();
        }
        marked
    }

    /// A query or form, encoded.
    fn pairs(&self, pairs: &str) -> String {
        pairs.split('&').map(|pair| self.pair(pair)).collect::<Vec<_>>().join("&")
    }

    /// One `name=value` of it.
    fn pair<'a>(&self, pair: &'a str) -> Cow<'a, str> {
        let Some((name, value)) = url::form_urlencoded::parse(pair.as_bytes()).next() else {
            return pair.into();
        };
        if is_secret_parameter(&name) && !value.is_empty() {
            Cow::Owned(format!("{name}={}", self.mark(&name, &value)))
        } else {
            Cow::Borrowed(pair)
        }
    }

    /// Header fields.
    pub fn headers(&self, headers: &Headers) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| (name.to_owned(), self.header(name, &value))).collect()
    }

    fn header(&self, name: &str, value: &str) -> String {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "authorization" | "proxy-authorization" => match credentials(value) {
                (scheme, "") => scheme.to_owned(),
                ("", credentials) => self.mark("credentials", credentials),
                (scheme, credentials) => format!("{scheme} {}", self.mark("credentials", credentials)),
            },
            "set-cookie" => {
                let (pair, attributes) =
                    value.split_once(';').map_or((value, ""), |(pair, rest)| (pair, rest));
                let (cookie, secret) = pair.split_once('=').unwrap_or(("", pair));
                let separator = if attributes.is_empty() { "" } else { ";" };
                format!("{cookie}={}{separator}{attributes}", self.mark("cookie", secret))
            }
            "location" | "referer" | "content-location" | "refresh" | "link" => self.url(value),
            lower if self.is_secret_header(lower) => self.mark(lower, value),
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
            let pairs = body.split('&').map(|pair| {
                let parsed = url::form_urlencoded::parse(pair.as_bytes()).next();
                match parsed {
                    Some((name, value)) if request.secret_fields.iter().any(|field| *field == name) => {
                        format!("{name}={}", self.mark(&name, &value))
                    }
                    _ => self.pair(pair).into_owned(),
                }
            });
            return (pairs.collect::<Vec<_>>().join("&"), BodyEncoding::Text);
        }
        (self.json(body).unwrap_or_else(|| body.to_owned()), BodyEncoding::Text)
    }

    /// The body of a response.
    pub fn response_body(&self, request: &Request, response: &Response) -> (String, BodyEncoding) {
        let sees_secrets = request.purpose.hands_out_secrets();
        let Ok(body) = std::str::from_utf8(&response.body) else {
            let withheld = !self.reveal && sees_secrets && response.is_success();
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
        if self.reveal {
            return (body.to_owned(), BodyEncoding::Text);
        }
        if let Some(marked) = self.json(body) {
            return (marked, BodyEncoding::Text);
        }
        if response.media_type() == "text/event-stream" && !sees_secrets {
            return (self.event_stream(body), BodyEncoding::Text);
        }
        // What was typed and is too short to be found in the page; what was issued and cannot be read.
        let typed = request.purpose == Purpose::Login && self.has_unknown_fields(request);
        if body.is_empty() || !(typed || sees_secrets && response.is_success()) {
            return (body.to_owned(), BodyEncoding::Text);
        }
        if body.contains('=') && !body.contains(['{', '<', '\n']) {
            return (self.pairs(body), BodyEncoding::Text);
        }
        (withhold(response), BodyEncoding::Text)
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
        let mut marked = String::with_capacity(body.len());
        for block in body.split_inclusive("\n\n") {
            let data = event_data(block);
            let together = self.json(&data).filter(|together| *together != data);
            let mut together = together.as_deref().map(|together| together.split('\n'));
            for line in block.split_inclusive('\n') {
                match &mut together {
                    Some(lines) if line.starts_with("data:") => {
                        // What was replaced may have taken lines with it.
                        let Some(line) = lines.next() else { continue };
                        marked.push_str("data:");
                        marked.push_str(line);
                        marked.push('\n');
                    }
                    _ => marked.push_str(line),
                }
            }
        }
        marked
    }

    /// JSON with marked members, as sent otherwise. `None` if it is not JSON.
    fn json(&self, body: &str) -> Option<String> {
        json::rewrite(body, &|name, value| {
            if is_secret(name) && !matches!(value, "" | "null" | "true" | "false") {
                return Some(self.mark(name, value));
            }
            // The whole query of a management URL: servers put the token there (RFC 7592 §5).
            if name == "registration_client_uri"
                && let Some((url, query)) = value.split_once('?')
            {
                return Some(format!("{url}?{}", self.mark("query", query)));
            }
            if value.starts_with(['{', '[']) {
                return None;
            }
            let marked = if value.contains("://") && value.contains(['?', '#', '@']) {
                self.url(value)
            } else if value.contains('=') && !value.contains([' ', '<']) {
                self.pairs(value)
            } else {
                return None;
            };
            (marked != value).then_some(marked)
        })
    }
}

fn withhold(response: &Response) -> String {
    format!("«withheld {} B: a response to a request with secrets that is not JSON»", response.body.len())
}

/// The data of an event, its lines put together
/// ([HTML, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)).
fn event_data(event: &str) -> String {
    let lines: Vec<_> = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
    lines.join("\n")
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
