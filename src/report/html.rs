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

use super::evidence::{edited, seen};
use crate::exchange::ProbeId;
use crate::specification::Level;
use crate::transcript::sanitize::sanitize;
use crate::transcript::{
    BodyEncoding, Counts, DiagnosisEntry, ExchangeEntry, StepEntry, StepState, Transcript, VerdictEntry,
    VerdictKind,
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
    title: Option<String>,
    target: String,
    /// That requests were changed by hand.
    edited: Option<String>,
    diagnoses: Vec<DiagnosisEntry>,
    totals: Vec<(&'static str, Counts)>,
    steps: Vec<StepView>,
    findings: Vec<Finding>,
    diagram: Diagram,
    verdicts: Vec<Verdict>,
    version: String,
    /// Registration, driver and start of the run.
    about: [String; 3],
    left_behind: Vec<(String, String, String)>,
}

const STYLE: &str = include_str!("html/style.css");

struct StepView {
    id: &'static str,
    number: usize,
    title: &'static str,
    state: &'static str,
    symbol: &'static str,
    because: Option<String>,
    remedy: Option<String>,
    milliseconds: u64,
    exchanges: Vec<Exchange>,
    authorizations: Vec<String>,
    callbacks: Vec<Callback>,
    findings: usize,
}

struct Callback {
    id: u32,
    query: Vec<(String, String)>,
}

struct Exchange {
    id: u32,
    line: String,
    bad: bool,
    party: &'static str,
    milliseconds: String,
    probe: Option<&'static str>,
    request_line: String,
    request_headers: Vec<(String, String)>,
    request_body: Body,
    status_line: String,
    response_headers: Vec<(String, String)>,
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
    id: String,
    level: &'static str,
    class: &'static str,
    party: &'static str,
    message: String,
    expected: Option<String>,
    found: Option<String>,
    exchange: Option<u32>,
    seen: Option<String>,
    cites: Vec<(String, String)>,
    cause: Option<String>,
    remedy: Option<String>,
    excused: Option<String>,
}

struct Verdict {
    id: String,
    step: &'static str,
    party: &'static str,
    level: &'static str,
    word: &'static str,
    class: &'static str,
    message: String,
    because: String,
}

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<_> =
        transcript.findings().into_iter().map(|entry| finding(transcript, entry)).collect();
    let totals = transcript.summary.parties();
    let page = Page {
        style: STYLE,
        style_hash: BASE64_STANDARD.encode(Sha256::digest(STYLE)),
        title: transcript.title.as_deref().map(shown),
        target: shown(&transcript.target),
        edited: edited(transcript),
        diagnoses: transcript.diagnoses.iter().map(diagnosis).collect(),
        totals: totals.map(|(party, counts)| (party.title(), counts)).collect(),
        steps: transcript.steps.iter().map(|entry| step(transcript, entry, &findings)).collect(),
        diagram: Diagram::new(transcript),
        verdicts: transcript.verdicts.iter().map(verdict).collect(),
        version: shown(&transcript.gatewalk.version),
        about: [&transcript.registration, &transcript.options.consent, &transcript.started]
            .map(|text| shown(text)),
        left_behind: transcript
            .left_behind
            .iter()
            .map(|left| (shown(&left.client_id), shown(&left.issuer), shown(left.reason())))
            .collect(),
        findings,
        transcript,
    };
    let page = page.render().map_err(io::Error::other)?;
    to.write_all(page.as_bytes())
}

/// A text of somebody else; the template escapes it.
fn shown(text: &str) -> String {
    sanitize(text).into_owned()
}

fn optional(text: Option<&String>) -> Option<String> {
    text.map(|text| shown(text))
}

fn fields(fields: &[(String, String)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| (shown(name), shown(value))).collect()
}

/// A link that leads to the web, or to nowhere.
fn link(url: &str) -> String {
    if url.starts_with("https://") || url.starts_with("http://") { shown(url) } else { "#".to_owned() }
}

fn diagnosis(entry: &DiagnosisEntry) -> DiagnosisEntry {
    DiagnosisEntry {
        id: shown(&entry.id),
        party: entry.party,
        or: entry.or,
        cause: shown(&entry.cause),
        remedy: shown(&entry.remedy),
        explains: entry.explains.iter().map(|check| shown(check)).collect(),
        product: optional(entry.product.as_ref()),
        url: entry.url.as_deref().map(link),
        caveat: optional(entry.caveat.as_ref()),
    }
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
        id: shown(&entry.check),
        level: entry.level.finding(),
        class: class(entry.level),
        party: entry.party.title(),
        message: shown(&entry.message),
        expected: optional(entry.expected.as_ref()),
        found: optional(entry.found.as_ref()),
        exchange: entry.exchange.map(|id| id.0),
        seen: seen(transcript, entry).map(|seen| shown(&seen)),
        cites: entry.cites.iter().map(|cite| (shown(&cite.to_string()), link(&cite.url))).collect(),
        cause: optional(entry.cause.as_ref()),
        remedy: optional(entry.remedy.as_ref()),
        excused: optional(entry.excused.as_ref()),
    }
}

fn verdict(entry: &VerdictEntry) -> Verdict {
    Verdict {
        id: shown(&entry.check),
        step: entry.step.title(),
        party: entry.party.title(),
        level: entry.level.word(),
        word: entry.verdict.title(),
        class: match entry.verdict {
            VerdictKind::Pass => "good",
            VerdictKind::Fail => class(entry.level),
            VerdictKind::NotApplicable | VerdictKind::Untestable | VerdictKind::Inconclusive => "dim",
        },
        message: shown(&entry.message),
        because: shown(entry.because.as_deref().unwrap_or_default()),
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
        because: optional(entry.because.as_ref()),
        remedy: optional(entry.remedy.as_ref()),
        milliseconds: entry.duration_ms,
        exchanges: exchanges.map(|exchange| self::exchange(exchange, own(exchange.id.0))).collect(),
        authorizations: transcript
            .authorizations
            .iter()
            .filter(|request| request.step == entry.step)
            .map(|request| shown(&request.url))
            .collect(),
        callbacks: transcript
            .callbacks
            .iter()
            .filter(|callback| callback.step == entry.step)
            .map(|callback| Callback { id: callback.id.0, query: fields(&callback.query) })
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
        request_line: format!("{} {}", shown(&request.method), shown(&request.url)),
        request_headers: fields(&request.headers),
        request_body: body(&request.body, request.body_encoding),
        status_line: response.map_or_else(String::new, |response| {
            format!("{} {} {}", shown(&response.version), response.status, shown(&response.reason))
        }),
        response_headers: response.map_or_else(Vec::new, |response| fields(&response.headers)),
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
            .map(|failure| format!("{} ({})", failure.kind.sentence(), shown(&failure.detail))),
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
    Body { text: short.lines().map(shown).collect::<Vec<_>>().join("\n"), remark: more.or(base64) }
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
