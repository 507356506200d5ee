//! One page that holds everything, for people who have nothing else: outcome, causes, steps, findings, each exchange.
//!
//! The page loads nothing and runs nothing: a policy in its head allows its own style sheet only. It works from a file,
//! in light and dark, on paper, and without scripts; each step, exchange and check has an address of its own.

mod diagram;

use std::io::{self, Write};

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::evidence::{edited, remarks, seen};
use crate::client::Fate;
use crate::exchange::ProbeId;
use crate::specification::Level;
use crate::transcript::sanitize::sanitize;
use crate::transcript::{
    BodyEncoding, ClientEntry, Counts, ExchangeEntry, PeerText, RunOutcome, StepEntry, StepState, Transcript,
    VerdictEntry, VerdictKind,
};
use diagram::Diagram;

/// Characters of a body that are shown; the transcript holds all of it.
const SHOWN: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    style: &'static str,
    /// The digest of the style sheet, for the policy.
    style_hash: String,
    transcript: &'a Transcript,
    /// How the outcome looks.
    outcome_class: &'static str,
    /// That requests were changed by hand.
    edited: Option<String>,
    /// The authorization servers the run was at.
    servers: Vec<String>,
    totals: Vec<(&'static str, Counts)>,
    steps: Vec<StepView>,
    findings: Vec<Finding>,
    diagram: Diagram,
    verdicts: Vec<Verdict>,
}

const STYLE: &str = include_str!("html/style.css");

struct StepView {
    id: &'static str,
    number: usize,
    title: &'static str,
    state: &'static str,
    symbol: &'static str,
    because: Option<PeerText>,
    remedy: Option<PeerText>,
    milliseconds: u64,
    exchanges: Vec<Exchange>,
    authorizations: Vec<PeerText>,
    callbacks: Vec<Callback>,
    findings: usize,
}

struct Callback {
    id: u32,
    query: Vec<(PeerText, PeerText)>,
}

struct Exchange {
    id: u32,
    line: String,
    bad: bool,
    party: &'static str,
    milliseconds: String,
    probe: Option<&'static str>,
    request_line: String,
    request_headers: Vec<(PeerText, PeerText)>,
    request_body: Body,
    status_line: String,
    response_headers: Vec<(PeerText, PeerText)>,
    response_body: Body,
    failure: Option<String>,
    findings: Vec<Finding>,
}

struct Body {
    text: String,
    remark: Option<String>,
}

#[derive(Clone)]
struct Finding {
    id: PeerText,
    level: &'static str,
    class: &'static str,
    party: &'static str,
    message: PeerText,
    expected: Option<PeerText>,
    found: Option<PeerText>,
    exchange: Option<u32>,
    seen: Option<String>,
    cites: Vec<(String, PeerText)>,
    cause: Option<PeerText>,
    remedy: Option<PeerText>,
    excused: Option<PeerText>,
}

struct Verdict {
    id: PeerText,
    step: &'static str,
    party: &'static str,
    level: &'static str,
    word: &'static str,
    class: &'static str,
    message: PeerText,
    because: PeerText,
}

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<_> =
        transcript.findings().into_iter().map(|entry| finding(transcript, entry)).collect();
    let totals = transcript.summary.parties();
    let page = Page {
        style: STYLE,
        style_hash: BASE64_STANDARD.encode(Sha256::digest(STYLE)),
        outcome_class: match transcript.summary.outcome {
            RunOutcome::Conforms => "good",
            RunOutcome::Violates => "bad",
            _ => "warn",
        },
        edited: edited(transcript),
        servers: remarks(transcript),
        totals: totals.map(|(party, counts)| (party.title(), counts)).collect(),
        steps: transcript.steps.iter().map(|entry| step(transcript, entry, &findings)).collect(),
        diagram: Diagram::new(transcript),
        verdicts: transcript.verdicts.iter().map(verdict).collect(),
        findings,
        transcript,
    };
    let page = page.render().map_err(io::Error::other)?;
    to.write_all(page.as_bytes())
}

/// The class of what comes of a client.
const fn class_of(client: &ClientEntry) -> &'static str {
    match client.verdict {
        Fate::Connects => "good",
        Fate::Degraded | Fate::Asks => "warn",
        Fate::Unknown => "dim",
        Fate::Stops => "bad",
    }
}

/// A link that leads to the web, or to nowhere.
fn link(url: &PeerText) -> PeerText {
    if url.starts_with("https://") || url.starts_with("http://") { url.clone() } else { "#".into() }
}

const fn class(level: Level) -> &'static str {
    match level {
        Level::Must => "bad",
        Level::Should => "warn",
        Level::May => "note",
    }
}

fn finding(transcript: &Transcript, entry: &VerdictEntry) -> Finding {
    Finding {
        id: entry.check.clone(),
        level: entry.level.finding(),
        class: class(entry.level),
        party: entry.party.title(),
        message: entry.message.clone(),
        expected: entry.expected.clone(),
        found: entry.found.clone(),
        exchange: entry.exchange.map(|id| id.0),
        seen: seen(transcript, entry),
        cites: entry.cites.iter().map(|cite| (cite.to_string(), link(&cite.url))).collect(),
        cause: entry.cause.clone(),
        remedy: entry.remedy.clone(),
        excused: entry.excused.clone(),
    }
}

fn verdict(entry: &VerdictEntry) -> Verdict {
    Verdict {
        id: entry.check.clone(),
        step: entry.step.title(),
        party: entry.party.title(),
        level: entry.level.word(),
        word: entry.verdict.title(),
        class: match entry.verdict {
            VerdictKind::Pass => "good",
            VerdictKind::Fail => class(entry.level),
            VerdictKind::NotApplicable | VerdictKind::Untestable | VerdictKind::Inconclusive => "dim",
        },
        message: entry.message.clone(),
        because: entry.because.clone().unwrap_or_default(),
    }
}

fn step(transcript: &Transcript, entry: &StepEntry, findings: &[Finding]) -> StepView {
    let failed: Vec<_> = transcript.findings_of(entry.step).map(|verdict| verdict.level).collect();
    let worst = failed.iter().copied().max();
    let (state, symbol) = match (entry.state, worst) {
        (StepState::Stopped, _) => ("bad", "✗"),
        (StepState::Skipped, _) => ("dim", "–"),
        (StepState::NotReached, _) => ("dim", "·"),
        (StepState::Done, None) => ("good", "✓"),
        (StepState::Done, Some(level)) => (class(level), if level == Level::Must { "✗" } else { "!" }),
    };
    let own = |id: u32| findings.iter().filter(move |finding| finding.exchange == Some(id));
    let exchanges = transcript.exchanges.iter().filter(|exchange| exchange.step == entry.step);
    StepView {
        id: entry.step.id(),
        number: entry.step.number(),
        title: entry.step.title(),
        state,
        symbol,
        because: entry.because.clone(),
        remedy: entry.remedy.clone(),
        milliseconds: entry.duration_ms,
        exchanges: exchanges.map(|exchange| self::exchange(exchange, own(exchange.id.0))).collect(),
        authorizations: transcript
            .authorizations
            .iter()
            .filter(|request| request.step == entry.step)
            .map(|request| request.url.clone())
            .collect(),
        callbacks: transcript
            .callbacks
            .iter()
            .filter(|callback| callback.step == entry.step)
            .map(|callback| Callback { id: callback.id.0, query: callback.query.clone() })
            .collect(),
        findings: failed.len(),
    }
}

fn exchange<'a>(exchange: &ExchangeEntry, findings: impl Iterator<Item = &'a Finding>) -> Exchange {
    let findings: Vec<_> = findings.cloned().collect();
    let (request, response) = (&exchange.request, exchange.response.as_ref());
    Exchange {
        id: exchange.id.0,
        line: exchange.line(),
        bad: findings.iter().any(|finding| finding.class == "bad") || exchange.failure.is_some(),
        party: exchange.party.title(),
        milliseconds: format!("{:.0}", exchange.timing_ms.total),
        probe: exchange.probe.map(ProbeId::id),
        request_line: format!("{} {}", request.method, request.url),
        request_headers: request.headers.clone(),
        request_body: body(&request.body, request.body_encoding),
        status_line: response.map_or_else(String::new, |response| {
            format!("{} {} {}", response.version, response.status, response.reason)
        }),
        response_headers: response.map_or_else(Vec::new, |response| response.headers.clone()),
        response_body: response.map_or_else(
            || body("", BodyEncoding::Text),
            |response| {
                let mut body = body(&response.body, response.body_encoding);
                if response.truncated {
                    body.remark = Some(format!("cut after {} B", response.body_bytes));
                }
                body
            },
        ),
        failure: exchange
            .failure
            .as_ref()
            .map(|failure| format!("{} ({})", failure.kind.sentence(), failure.detail)),
        findings,
    }
}

/// A body for reading: JSON laid out if that shows all of it, lines kept.
fn body(text: &str, encoding: BodyEncoding) -> Body {
    let laid_out = serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .filter(|value| value.is_object() && value.to_string().len() >= compact(text))
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = laid_out.as_deref().unwrap_or(text);
    let (short, more) = match text.char_indices().nth(SHOWN).and_then(|(end, _)| text.split_at_checked(end)) {
        Some((head, rest)) => (head, Some(format!("{} B more are in the JSON report", rest.len()))),
        None => (text, None),
    };
    let base64 = (encoding == BodyEncoding::Base64).then(|| "not UTF-8: in base64".to_owned());
    Body { text: short.lines().map(sanitize).collect::<Vec<_>>().join("\n"), remark: more.or(base64) }
}

/// The length of a JSON text without white space outside of strings. A shorter value has lost repeated members.
fn compact(text: &str) -> usize {
    let (mut quoted, mut escaped, mut length) = (false, false, 0);
    for byte in text.bytes() {
        let space = !quoted && byte.is_ascii_whitespace();
        length += usize::from(!space);
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    length
}
