//! What differs from run to run by nature, and is no difference.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;
use url::Url;

use crate::exchange::bare;
use crate::transcript::Transcript;

/// Timings closer than this are noise: milliseconds, and the factor between them.
const TIMES: (f64, f64) = (250.0, 3.0);

/// Members, parameters and header fields whose value is new in each run.
const VOLATILE: [&str; 30] = [
    "age",
    "auth_time",
    "cf-ray",
    "client_id",
    "client_id_issued_at",
    "code_challenge",
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
    "session_state",
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

/// Whether the value of a member, parameter or header field is new in each run.
pub(super) fn is_volatile(name: &str) -> bool {
    VOLATILE.contains(&name)
}

/// Whether two durations in milliseconds are further apart than chance puts them.
pub(super) fn is_slower(one: f64, other: f64) -> bool {
    let (fast, slow) = (one.min(other), one.max(other));
    slow - fast > TIMES.0 && slow > fast * TIMES.1
}

/// What is of one run alone: its target, and the clients it registered.
pub(super) struct RunLocal {
    origin: Option<String>,
    clients: Option<AhoCorasick>,
}

impl RunLocal {
    pub(super) fn of(transcript: &Transcript) -> Self {
        let responses = transcript.exchanges.iter().filter_map(|exchange| exchange.response.as_ref());
        let documents = responses.filter_map(|response| serde_json::from_str::<Value>(&response.body).ok());
        let id = |document: Value| document.get("client_id")?.as_str().map(str::to_owned);
        let origin = Url::parse(&transcript.target).ok().map(|url| url.origin().ascii_serialization());
        let clients: BTreeSet<_> = documents.filter_map(id).filter(|id| !id.is_empty()).collect();
        Self { origin, clients: finder(&clients) }
    }

    /// A text without what is of that run alone, and without digests and sizes of placeholders and ports of loopback addresses.
    pub(super) fn normalize(&self, text: &str) -> String {
        let mut named = String::with_capacity(text.len());
        match &self.clients {
            Some(clients) => clients.replace_all_with(text, &mut named, |_, _, to| {
                to.push_str("{client_id}");
                true
            }),
            None => named.push_str(text),
        }
        let text = named;
        let text = self.origin.iter().fold(text, |text, origin| without_origin(&text, origin));
        without_ports(&without_digests(&text))
    }
}

/// What finds texts in another. None where they are more than it takes, which no run has.
fn finder(texts: &BTreeSet<String>) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts).ok()
}

/// Header fields or parameters by lower-case name, repeats joined, volatile ones left out.
pub(super) fn fields<T: AsRef<str>>(headers: &[(T, T)]) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let (name, value) = (name.as_ref().to_ascii_lowercase(), value.as_ref());
        if !is_volatile(&name) {
            let field = fields.entry(name.clone()).or_default();
            if !field.is_empty() {
                field.push_str(", ");
            }
            field.push_str(if LOCATIONS.contains(&name.as_str()) { bare(value) } else { value });
        }
    }
    fields
}

/// A text in which an origin is `{target}`. Another one may begin alike.
fn without_origin(text: &str, origin: &str) -> String {
    let mut parts = text.split(origin);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let goes_on = part.starts_with(|c: char| c.is_ascii_alphanumeric() || ".-:".contains(c));
        format!("{text}{}{part}", if goes_on { origin } else { "{target}" })
    })
}

fn without_digests(text: &str) -> String {
    let mut normalize = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, (placeholder, after))) =
        rest.split_once('«').and_then(|(before, after)| Some((before, after.split_once('»')?)))
    {
        normalize.push_str(before);
        let kind = placeholder.split(' ').next().unwrap_or_default();
        normalize.push('«');
        normalize.push_str(kind);
        normalize.push('»');
        rest = after;
    }
    normalize.push_str(rest);
    normalize
}

/// A text without the ports of loopback addresses.
pub(super) fn without_ports(text: &str) -> String {
    ["127.0.0.1:", "localhost:", "[::1]:"].into_iter().fold(text.to_owned(), |text, host| {
        let mut parts = text.split(host);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            format!("{text}{host}{}", part.trim_start_matches(|c: char| c.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_a_run_alone_is_no_difference() {
        let own = RunLocal {
            origin: Some("https://staging.example".to_owned()),
            clients: finder(&BTreeSet::from(["c-123".to_owned()])),
        };
        for (text, normalize) in [
            ("Bearer «access_token 3f2a 659 B»", "Bearer «access_token»"),
            ("open « only", "open « only"),
            ("http://127.0.0.1:4711/a http://[::1]:1/", "http://127.0.0.1:/a http://[::1]:/"),
            ("https://as/register/c-123", "https://as/register/{client_id}"),
            ("https://staging.example/mcp", "{target}/mcp"),
            ("https://production.example/mcp", "https://production.example/mcp"),
            (
                "https://staging.example.net/ https://staging.example:8443",
                "https://staging.example.net/ https://staging.example:8443",
            ),
        ] {
            assert_eq!(own.normalize(text), normalize);
        }
        assert!(!is_slower(10.0, 200.0) && !is_slower(1000.0, 1400.0) && is_slower(2000.0, 20.0));
    }
}
