//! What changed between two runs: verdicts, documents member by member, header fields, timings beyond noise.
//!
//! Exchanges are paired by what they are for. Values that differ from run to run by nature are no difference: marks of
//! secrets, ids, nonces, times, key material (its `kid` tells of another key), and ports of loopback addresses.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::replay::changes;
use super::{ExchangeEntry, Transcript, VerdictChange, Word};

/// Timings closer than this are noise: milliseconds, and the factor between them.
const NOISE: (f64, f64) = (250.0, 3.0);
/// Members and header fields whose value is new in each run.
const VOLATILE: [&str; 28] = [
    "age",
    "auth_time",
    "cf-ray",
    "client_id",
    "client_id_issued_at",
    "content-length",
    "date",
    "e",
    "etag",
    "exp",
    "expires",
    "iat",
    "id",
    "jti",
    "last-modified",
    "n",
    "nbf",
    "nonce",
    "registration_client_uri",
    "set-cookie",
    "state",
    "traceparent",
    "x",
    "x-amzn-trace-id",
    "x-request-id",
    "x5c",
    "x5t",
    "y",
];

/// Header fields that hold a URL.
const LOCATIONS: [&str; 3] = ["content-location", "location", "referer"];

/// What changed from one run to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// Verdicts that changed. `is` is missing for a check that stopped running, `was` for a new one.
    pub verdicts: Vec<VerdictChange>,
    /// Everything else.
    pub changes: Vec<Change>,
}

/// A value that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The exchange it is in, by what that is for; nothing for the run itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub exchange: String,
    /// Where: a JSON pointer, a header field, a word.
    pub at: String,
    /// What it was; nothing if it is new.
    pub was: Option<String>,
    /// What it is; nothing if it is gone.
    pub is: Option<String>,
}

impl Diff {
    /// What changed from `before` to `after`.
    pub fn new(before: &Transcript, after: &Transcript) -> Self {
        let mut diff = Self { verdicts: changes(&before.verdicts, &after.verdicts), changes: Vec::new() };
        diff.compare("", "edition", Some(before.edition.date()), Some(after.edition.date()));
        diff.compare("", "registration", Some(&before.registration), Some(&after.registration));
        let outcome = |transcript: &Transcript| transcript.summary.outcome.sentence();
        diff.compare("", "outcome", Some(outcome(before)), Some(outcome(after)));
        let clients = (Clients::of(before), Clients::of(after));
        let (was, is) = (keyed(before), keyed(after));
        for (key, exchange) in &was {
            match is.get(key) {
                Some(other) => diff.exchange(key, exchange, other, &clients),
                None => diff.compare(key, "exchange", Some(&exchange.line()), None),
            }
        }
        for (key, exchange) in is.iter().filter(|(key, _)| !was.contains_key(*key)) {
            diff.compare(key, "exchange", None, Some(&exchange.line()));
        }
        diff
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.changes.is_empty()
    }

    /// Checks that were decided before and are not any more.
    pub fn stopped(&self) -> impl Iterator<Item = &VerdictChange> {
        let decided = |word: Option<Word>| matches!(word, Some(Word::Pass | Word::Fail));
        self.verdicts.iter().filter(move |change| decided(change.was) && !decided(change.is))
    }

    fn compare(&mut self, exchange: &str, at: &str, was: Option<&str>, is: Option<&str>) {
        if was.map(steady) != is.map(steady) {
            let owned = |text: &str| text.to_owned();
            let (was, is) = (was.map(owned), is.map(owned));
            self.changes.push(Change { exchange: exchange.to_owned(), at: at.to_owned(), was, is });
        }
    }

    fn exchange(&mut self, key: &str, was: &ExchangeEntry, is: &ExchangeEntry, clients: &(Clients, Clients)) {
        let (before, after) = (clients.0.out_of(&was.request.url), clients.1.out_of(&is.request.url));
        self.compare(key, "url", Some(bare(&before)), Some(bare(&after)));
        let status = |exchange: &ExchangeEntry| match (&exchange.response, &exchange.failure) {
            (Some(response), _) => response.status.to_string(),
            (None, Some(failure)) => failure.kind.sentence().to_owned(),
            (None, None) => "nothing".to_owned(),
        };
        self.compare(key, "status", Some(&status(was)), Some(&status(is)));
        let (Some(before), Some(after)) = (&was.response, &is.response) else { return };
        let (first, second) = (fields(&before.headers), fields(&after.headers));
        for name in first.keys().chain(second.keys().filter(|name| !first.contains_key(*name))) {
            let (was, is) = (first.get(name), second.get(name));
            self.compare(key, &format!("header {name}"), was.map(String::as_str), is.map(String::as_str));
        }
        match (serde_json::from_str(&before.body), serde_json::from_str(&after.body)) {
            (Ok(was), Ok(is)) => self.members(key, "", Some(&was), Some(&is)),
            // Pages hold what is new each time; only documents are compared.
            (Ok(_), Err(_)) => self.compare(key, "body", Some("JSON"), Some("no JSON")),
            (Err(_), Ok::<Value, _>(_)) => self.compare(key, "body", Some("no JSON"), Some("JSON")),
            (Err(_), Err(_)) => {}
        }
        let (fast, slow) =
            (was.timing_ms.total.min(is.timing_ms.total), was.timing_ms.total.max(is.timing_ms.total));
        if slow - fast > NOISE.0 && slow > fast * NOISE.1 {
            let time = |exchange: &ExchangeEntry| Some(format!("{:.0} ms", exchange.timing_ms.total));
            let change =
                Change { exchange: key.to_owned(), at: "time".to_owned(), was: time(was), is: time(is) };
            self.changes.push(change);
        }
    }

    /// Compares two values member by member; arrays of plain values as sets, since their order means nothing.
    fn members(&mut self, key: &str, at: &str, was: Option<&Value>, is: Option<&Value>) {
        match (was, is) {
            (Some(Value::Object(first)), Some(Value::Object(second))) => {
                for name in first.keys().chain(second.keys().filter(|name| !first.contains_key(*name))) {
                    if !VOLATILE.contains(&name.as_str()) {
                        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                        self.members(key, &at, first.get(name), second.get(name));
                    }
                }
            }
            (Some(Value::Array(first)), Some(Value::Array(second))) => {
                let sorted = |values: &[Value]| {
                    let mut texts: Vec<_> = values.iter().map(|value| steady(&value.to_string())).collect();
                    texts.sort();
                    texts
                };
                let nested = first.iter().chain(second).any(|value| value.is_object() || value.is_array());
                if nested && first.len() == second.len() {
                    for (index, (was, is)) in first.iter().zip(second).enumerate() {
                        self.members(key, &format!("{at}/{index}"), Some(was), Some(is));
                    }
                } else if sorted(first) != sorted(second) {
                    self.compare(
                        key,
                        at,
                        Some(&Value::from(first.clone()).to_string()),
                        Some(&Value::from(second.clone()).to_string()),
                    );
                }
            }
            (was, is) => {
                let text = |value: &Value| value.to_string();
                self.compare(key, at, was.map(text).as_deref(), is.map(text).as_deref());
            }
        }
    }
}

/// Identifiers of the clients that a run registered: they are new each time, and stand in management URLs.
struct Clients(Vec<String>);

impl Clients {
    fn of(transcript: &Transcript) -> Self {
        let answers = transcript.exchanges.iter().filter_map(|exchange| exchange.response.as_ref());
        let documents = answers.filter_map(|answer| serde_json::from_str::<Value>(&answer.body).ok());
        let id = |document: Value| document.get("client_id")?.as_str().map(str::to_owned);
        Self(documents.filter_map(id).filter(|id| !id.is_empty()).collect())
    }

    fn out_of(&self, url: &str) -> String {
        self.0.iter().fold(url.to_owned(), |url, id| url.replace(id, "{client_id}"))
    }
}

/// Exchanges by step and purpose, repeats counted.
fn keyed(transcript: &Transcript) -> BTreeMap<String, &ExchangeEntry> {
    let mut keyed = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for exchange in &transcript.exchanges {
        let purpose = serde_json::to_value(exchange.purpose).unwrap_or_default();
        let purpose = match &purpose {
            Value::String(word) => word.clone(),
            Value::Object(words) => words.iter().fold(String::new(), |all, (word, of)| {
                format!("{all}{word} {}", of.as_str().unwrap_or_default())
            }),
            _ => String::new(),
        };
        let key = format!("{} {} {purpose}", exchange.step.number(), exchange.step);
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        keyed.insert(if *count > 1 { format!("{key} ({count})") } else { key }, exchange);
    }
    keyed
}

/// Header fields by lower-case name, repeats joined, volatile ones left out.
fn fields(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if !VOLATILE.contains(&name.as_str()) {
            let field = fields.entry(name.clone()).or_default();
            if !field.is_empty() {
                field.push_str(", ");
            }
            field.push_str(if LOCATIONS.contains(&name.as_str()) { bare(value) } else { value });
        }
    }
    fields
}

/// A URL without query and fragment, which hold what is new each time.
fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// A text without what differs from run to run: digests and sizes of marks, ports of loopback addresses.
fn steady(text: &str) -> String {
    let mut steady = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('«') {
        steady.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('»').map(|end| start + end) else { break };
        let kind = rest[start + '«'.len_utf8()..end].split(' ').next().unwrap_or_default();
        steady.push('«');
        steady.push_str(kind);
        steady.push('»');
        rest = &rest[end + '»'.len_utf8()..];
    }
    steady.push_str(rest);
    for host in ["127.0.0.1:", "localhost:", "[::1]:"] {
        let mut parts = steady.split(host);
        let first = parts.next().unwrap_or_default().to_owned();
        steady = parts.fold(first, |text, part| {
            format!("{text}{host}{}", part.trim_start_matches(|c: char| c.is_ascii_digit()))
        });
    }
    steady
}
