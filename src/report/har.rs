//! HAR 1.2, for the network pane of a browser's developer tools; made of the redacted transcript, so it repeats no secret.
//!
//! A request without a response has status 0 and `_error`. Steps are pages. What HAR has no word for begins with `_`.
//! Format: <http://www.softwareishard.com/blog/har-12-spec/>

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::evidence::percent_encoded;
use crate::exchange::set_member;
use crate::transcript::sanitize::escape_json;
use crate::transcript::{BodyEncoding, ExchangeEntry, PeerText, Transcript, VerdictKind};

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let at = |offset: f64| moment(&transcript.started, offset);
    let first = |step| {
        let entry = transcript.exchanges.iter().find(|exchange| exchange.step == step);
        entry.and_then(|exchange| exchange.timing_ms.started).unwrap_or(0.0)
    };
    let pages: Vec<_> = transcript
        .steps
        .iter()
        .filter(|entry| !entry.exchanges.is_empty())
        .map(|entry| {
            json!({
                "startedDateTime": at(first(entry.step)),
                "id": entry.step,
                "title": format!("{} {}", entry.step.number(), entry.step.title()),
                "pageTimings": {"onContentLoad": -1, "onLoad": -1},
            })
        })
        .collect();
    let entries: Vec<_> = transcript.exchanges.iter().map(|exchange| entry(transcript, exchange)).collect();
    let log = json!({"log": {
        "version": "1.2",
        "creator": {"name": "gatewalk", "version": transcript.gatewalk.version},
        "pages": pages,
        "entries": entries,
        "comment": format!("{} · {} · {}", transcript.target, transcript.protocol_version, transcript.summary.sentence()),
    }});
    writeln!(to, "{}", escape_json(&serde_json::to_string_pretty(&log)?))
}

/// A moment of the run, RFC 3339.
fn moment(started: &str, offset_ms: f64) -> String {
    let offset = SignedDuration::try_from_secs_f64(offset_ms / 1000.0).unwrap_or(SignedDuration::ZERO);
    started
        .parse::<Timestamp>()
        .ok()
        .and_then(|start| start.checked_add(offset).ok())
        .map_or_else(|| started.to_owned(), |moment| moment.to_string())
}

fn entry(transcript: &Transcript, exchange: &ExchangeEntry) -> Value {
    let timing = exchange.timing_ms;
    let wait = timing.first_byte.unwrap_or(timing.total);
    let failed: Vec<_> = transcript
        .verdicts
        .iter()
        .filter(|entry| entry.verdict == VerdictKind::Fail && entry.exchange == Some(exchange.id))
        .map(|entry| entry.check.as_str())
        .collect();
    let mut entry = json!({
        "pageref": exchange.step,
        "startedDateTime": moment(&transcript.started, timing.started.unwrap_or(0.0)),
        "time": timing.total,
        "request": request(exchange),
        "response": response(exchange),
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": wait,
                    "receive": (timing.total - wait).max(0.0)},
        "_id": exchange.id,
        "_party": exchange.party,
        "_findings": failed,
    });
    if let Some(failure) = &exchange.failure {
        set_member(&mut entry, "/_error", format!("{} ({})", failure.kind.sentence(), failure.detail));
    }
    entry
}

fn request(exchange: &ExchangeEntry) -> Value {
    let request = &exchange.request;
    let media_type = header(&request.headers, "content-type");
    let mut entry = json!({
        "method": request.method,
        "url": uri(&request.url),
        "httpVersion": exchange.response.as_ref().map_or("unknown", |response| response.version.as_str()),
        "cookies": [],
        "headers": headers(&request.headers),
        "queryString": pairs(request.url.split_once('?').map_or("", |(_, query)| query)),
        "headersSize": -1,
        "bodySize": request.body.len(),
    });
    if !request.body.is_empty() {
        // `params` and `text` exclude each other.
        let data = if media_type.starts_with("application/x-www-form-urlencoded") {
            json!({"mimeType": media_type, "params": pairs(&request.body)})
        } else {
            json!({"mimeType": media_type, "text": request.body})
        };
        set_member(&mut entry, "/postData", data);
    }
    entry
}

fn response(exchange: &ExchangeEntry) -> Value {
    let Some(response) = &exchange.response else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": "unknown", "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        });
    };
    let mut content = json!({
        "size": response.body_bytes,
        "mimeType": header(&response.headers, "content-type"),
        "text": response.body,
    });
    if response.body_encoding == BodyEncoding::Base64 {
        set_member(&mut content, "/encoding", "base64");
    }
    json!({
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": response.version,
        "cookies": [],
        "headers": headers(&response.headers),
        "content": content,
        "redirectURL": uri(header(&response.headers, "location")),
        "headersSize": -1,
        "bodySize": response.body_bytes,
        "_truncated": response.truncated,
    })
}

/// A URL of ASCII only, as readers want it: placeholders of secrets are encoded.
fn uri(url: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    url.chars().fold(String::with_capacity(url.len()), |mut uri, c| {
        if plain(c) {
            uri.push(c);
        } else {
            uri.push_str(&percent_encoded(c.encode_utf8(&mut [0; 4])));
        }
        uri
    })
}

fn header<'a>(headers: &'a [(PeerText, PeerText)], wanted: &str) -> &'a str {
    headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map_or("", |(_, value)| value.as_str())
}

fn headers(headers: &[(PeerText, PeerText)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn pairs(encoded: &str) -> Vec<Value> {
    let encoded = encoded.split('#').next().unwrap_or_default();
    url::form_urlencoded::parse(encoded.as_bytes())
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}
