//! The record of a run: trail and verdicts, redacted, versioned. Every report is a pure function of it.
//!
//! Redaction happens here, once, when the transcript is made from a [`Record`]; nothing after it sees a secret.

mod baseline;
pub mod curl;
mod exit;
pub mod neutral;
pub mod redact;
mod summary;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

pub use baseline::{Baseline, BaselineEntry, Standing};
pub use exit::Exit;
pub use summary::{Counts, Summary};

use crate::check::{self, Evidence, Judged, Verdict};
use crate::edition::{Citation, Edition, Level, Party, Step};
use crate::exchange::{Cut, Exchange, ExchangeId, FailureKind, Trail};
use crate::flow::{Because, Outcome, Refusal};
use crate::scenario::{Policy, Scenario};

use redact::Marks;

/// What a run leaves, raw: the input of a transcript.
#[derive(Clone, Debug)]
pub struct Record {
    /// The run as asked for.
    pub scenario: Scenario,
    /// Whether refusals were to be passed.
    pub past_refusals: bool,
    /// When it started.
    pub started: Timestamp,
    /// How long it took, waiting for people included.
    pub duration: Duration,
    /// Random per run: marks of redacted values compare within a run only.
    pub salt: [u8; 32],
    /// All that was said and heard.
    pub trail: Trail,
    /// How it ended.
    pub ending: Ending,
    /// Where a conforming client stops, and whether the run went on.
    pub refusals: Vec<(Refusal, bool)>,
    /// How long each step took that was entered.
    pub durations: Vec<(Step, Duration)>,
    /// Clients that could not be removed.
    pub left_behind: Vec<LeftBehind>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Finished(Outcome),
    /// At a refusal.
    Refused(Refusal),
    /// By its user, in that step.
    Interrupted(Step),
}

/// A client that could not be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftBehind {
    /// The server that knows it.
    pub issuer: String,
    /// Its identifier there.
    pub client_id: String,
}

/// The transcript, schema 1. Members are only ever added.
#[derive(Clone, Debug, Serialize)]
pub struct Transcript {
    /// The tool.
    pub gatewalk: Tool,
    /// Version of this format.
    pub schema: u32,
    /// The MCP endpoint.
    pub target: String,
    /// The edition judged by.
    pub edition: Edition,
    /// Where the client identifier came from.
    pub registration: &'static str,
    /// When the run started, RFC 3339.
    pub started: String,
    /// How long it took.
    pub duration_ms: u64,
    /// The options that shaped it.
    pub options: Options,
    /// Totals.
    pub summary: Summary,
    /// The seven steps.
    pub steps: Vec<StepEntry>,
    /// Requests and answers.
    pub exchanges: Vec<ExchangeEntry>,
    /// What the user was asked to consent to.
    pub authorizations: Vec<AuthorizationEntry>,
    /// Redirects back.
    pub callbacks: Vec<CallbackEntry>,
    /// What became of each check.
    pub verdicts: Vec<VerdictEntry>,
    /// The baseline after the run, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Causes; none are drawn yet.
    pub diagnoses: Vec<serde_json::Value>,
    /// Where a conforming client stops.
    pub refusals: Vec<RefusalEntry>,
    /// Clients that could not be removed.
    pub left_behind: Vec<LeftBehind>,
}

/// The tool that wrote the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// Its version.
    pub version: &'static str,
}

/// Options that shaped the run, none of them secret.
#[derive(Clone, Debug, Serialize)]
pub struct Options {
    /// Consent driver.
    pub consent: &'static str,
    /// Whether refusals were passed.
    pub past_refusals: bool,
    /// Last step to walk.
    pub until: Step,
    /// Bound of an exchange.
    pub timeout_ms: u64,
    /// Bytes of a body that were read.
    pub body_limit: usize,
    /// Scope asked for instead of the published one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// `resource` sent instead of the published one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Walked.
    Done,
    /// The walk ended in it.
    Stopped,
    /// The edition or the registration has no such step.
    Skipped,
    /// The walk ended before it.
    NotReached,
}

/// A step in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct StepEntry {
    /// The step.
    pub step: Step,
    /// What became of it.
    pub state: StepState,
    /// Why it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
    /// Its exchanges.
    pub exchanges: Vec<ExchangeId>,
    /// How long it took.
    pub duration_ms: u64,
}

/// An exchange in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct ExchangeEntry {
    /// Its number.
    pub id: ExchangeId,
    /// Its step.
    pub step: Step,
    /// Whom the request went to.
    pub party: Party,
    /// What we said.
    pub request: RequestEntry,
    /// What we heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseEntry>,
    /// Why we heard nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureEntry>,
    /// Durations.
    pub timing_ms: TimingEntry,
}

/// A request in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct RequestEntry {
    /// Method.
    pub method: String,
    /// URL.
    pub url: String,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// An answer in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct ResponseEntry {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// HTTP version.
    pub version: String,
    /// Header fields as far as the transport keeps their order.
    pub headers: Vec<(String, String)>,
    /// Body, redacted.
    pub body: String,
    /// Bytes of the body that were read.
    pub body_bytes: usize,
    /// Whether there was more.
    pub truncated: bool,
    /// Why it was not read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// A failure in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct FailureEntry {
    /// What kind.
    pub kind: FailureKind,
    /// What the transport said.
    pub detail: String,
}

/// Durations of an exchange in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TimingEntry {
    /// Until the head of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<f64>,
    /// Until its end.
    pub total: f64,
}

/// An authorization request in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct AuthorizationEntry {
    /// The step: authorization.
    pub step: Step,
    /// The URL.
    pub url: String,
}

/// A callback in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct CallbackEntry {
    /// Its number.
    pub id: ExchangeId,
    /// The step: authorization.
    pub step: Step,
    /// Its parameters, decoded and redacted.
    pub query: Vec<(String, String)>,
}

/// A verdict in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictEntry {
    /// Id of the check.
    pub check: &'static str,
    /// Its step.
    pub step: Step,
    /// Who is responsible.
    pub party: Party,
    /// How binding it is in this edition.
    pub level: Level,
    /// The verdict.
    pub verdict: &'static str,
    /// What is wrong; for other verdicts, what the check demands.
    pub message: String,
    /// Why it was not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What the rule asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Where it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// Where in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The sentences it rests on.
    pub cites: &'static [Citation],
    /// How to fix it, for a failed check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
    /// Whether it fails the run, by level, party and baseline.
    pub counts: bool,
    /// Why the verdict was expected, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excused: Option<String>,
}

/// A refusal in the transcript.
#[derive(Clone, Debug, Serialize)]
pub struct RefusalEntry {
    /// The check that fails there.
    pub check: &'static str,
    /// The step.
    pub step: Step,
    /// What is wrong.
    pub message: String,
    /// Whether the run went on.
    pub overruled: bool,
}

impl Transcript {
    /// Judges and redacts a run.
    pub fn new(record: &Record, policy: &Policy) -> Self {
        let scenario = &record.scenario;
        let marks = Marks::new(record.salt, scenario);
        let judged = check::judge(&Evidence { scenario, trail: &record.trail });
        let entries = policy.expect.iter().flatten();
        let concerned = entries.filter(|entry| entry.concerns(&scenario.target.url, scenario.edition));
        let today = record.started.to_zoned(TimeZone::UTC).date();
        let held = baseline::hold(concerned, &judged, today);
        let verdicts: Vec<_> = judged.iter().map(|judged| verdict_entry(judged, policy, &held)).collect();
        let exit = Exit::of(&judged, &record.ending, policy, &held);
        Self {
            gatewalk: Tool { version: env!("CARGO_PKG_VERSION") },
            schema: 1,
            target: marks.url(&scenario.target.url),
            edition: scenario.edition,
            registration: scenario.client.registration.id(),
            started: record.started.to_string(),
            duration_ms: millis(record.duration),
            options: Options {
                consent: scenario.consent.driver.id(),
                past_refusals: record.past_refusals,
                until: scenario.until,
                timeout_ms: millis(scenario.limits.timeout),
                body_limit: scenario.limits.body,
                scope: scenario.client.scope.clone(),
                resource: scenario.client.resource.clone(),
            },
            summary: Summary::new(&judged, exit),
            steps: Step::ALL.into_iter().map(|step| step_entry(record, step)).collect(),
            exchanges: record.trail.exchanges().map(|exchange| exchange_entry(exchange, &marks)).collect(),
            authorizations: record
                .trail
                .authorizations()
                .map(|request| AuthorizationEntry { step: Step::Authorization, url: marks.url(&request.url) })
                .collect(),
            callbacks: record
                .trail
                .callbacks()
                .map(|callback| CallbackEntry {
                    id: callback.id,
                    step: Step::Authorization,
                    query: marks.parameters(&callback.query),
                })
                .collect(),
            baseline: policy.expect.as_ref().map(|_| {
                let fail_the_run = verdicts.iter().filter(|entry| entry.counts);
                let missing = fail_the_run.map(|entry| baseline::entry(entry.check, today)).collect();
                Baseline { entries: held, missing }
            }),
            verdicts,
            diagnoses: Vec::new(),
            refusals: record
                .refusals
                .iter()
                .map(|(refusal, overruled)| RefusalEntry {
                    check: refusal.kind.check(),
                    step: refusal.step(),
                    message: refusal.to_string(),
                    overruled: *overruled,
                })
                .collect(),
            left_behind: record.left_behind.clone(),
        }
    }

    /// The failed checks, worst first, in flow order within a level.
    pub fn findings(&self) -> Vec<&VerdictEntry> {
        let mut findings: Vec<_> = self.verdicts.iter().filter(|entry| entry.verdict == "fail").collect();
        findings.sort_by_key(|entry| std::cmp::Reverse(entry.level));
        findings
    }

    /// The exchange of that number.
    pub fn exchange(&self, id: ExchangeId) -> Option<&ExchangeEntry> {
        self.exchanges.iter().find(|entry| entry.id == id)
    }
}

fn step_entry(record: &Record, step: Step) -> StepEntry {
    let (last, because) = match &record.ending {
        Ending::Finished(Outcome::Reached(last)) => (*last, None),
        Ending::Finished(Outcome::Stuck { awaiting, because }) => {
            (*awaiting, Some((because.to_string(), Because::remedy(because))))
        }
        Ending::Refused(refusal) => (
            refusal.step(),
            Some((refusal.to_string(), "--past-refusals goes on although a conforming client stops here.")),
        ),
        Ending::Interrupted(step) => (*step, Some(("interrupted".to_owned(), "Run it again."))),
    };
    let exchanges: Vec<_> = record.trail.of_step(step).map(|exchange| exchange.id).collect();
    let asked = step == Step::Authorization && record.trail.authorizations().len() > 0;
    let state = match step.cmp(&last) {
        std::cmp::Ordering::Greater => StepState::NotReached,
        std::cmp::Ordering::Equal if because.is_some() => StepState::Stopped,
        _ if exchanges.is_empty() && !asked => StepState::Skipped,
        _ => StepState::Done,
    };
    let because = because.filter(|_| state == StepState::Stopped);
    let duration = record.durations.iter().filter(|(of, _)| *of == step).map(|(_, duration)| *duration).sum();
    StepEntry {
        step,
        state,
        remedy: because.as_ref().map(|(_, remedy)| *remedy),
        because: because.map(|(because, _)| because),
        exchanges,
        duration_ms: millis(duration),
    }
}

/// An exchange as it may leave memory: redacted.
pub fn exchange_entry(exchange: &Exchange, marks: &Marks) -> ExchangeEntry {
    let request = &exchange.request;
    ExchangeEntry {
        id: exchange.id,
        step: request.step,
        party: request.party,
        request: RequestEntry {
            method: request.method.clone(),
            url: marks.request_url(request),
            headers: marks.headers(&request.headers),
            body: marks.request_body(request),
        },
        response: exchange.response().map(|response| ResponseEntry {
            status: response.status,
            reason: response.reason.clone(),
            version: response.version.clone(),
            headers: marks.headers(&response.headers),
            body: marks.response_body(request, response),
            body_bytes: response.body.len(),
            truncated: response.cut.is_some_and(|cut| cut != Cut::Answered),
            cut: response.cut,
        }),
        failure: exchange
            .outcome
            .as_ref()
            .err()
            .map(|failure| FailureEntry { kind: failure.kind, detail: failure.detail.clone() }),
        timing_ms: TimingEntry {
            first_byte: exchange.timing.first_byte.map(fractional_millis),
            total: fractional_millis(exchange.timing.total),
        },
    }
}

fn verdict_entry(judged: &Judged, policy: &Policy, baseline: &[BaselineEntry]) -> VerdictEntry {
    let Judged { check, level, verdict } = judged;
    let finding = judged.finding();
    let met = baseline.iter().find(|entry| entry.check == check.id && !entry.is_stale());
    VerdictEntry {
        check: check.id,
        step: check.step,
        party: check.party,
        level: *level,
        verdict: verdict.id(),
        message: finding.map_or_else(|| check.title.to_owned(), |finding| finding.message.clone()),
        because: match verdict {
            Verdict::NotApplicable(because)
            | Verdict::Untestable(because)
            | Verdict::Inconclusive(because) => Some(because.clone()),
            Verdict::Pass | Verdict::Fail(_) => None,
        },
        expected: finding.and_then(|finding| finding.expected.clone()),
        found: finding.and_then(|finding| finding.found.clone()),
        exchange: finding.and_then(|finding| finding.exchange),
        at: finding.and_then(|finding| finding.at.as_ref()).map(ToString::to_string),
        cites: check.cites,
        remedy: finding.map(|_| check.doc.fix),
        counts: exit::counts(judged, policy, baseline),
        excused: met.map(|entry| entry.reason.clone()),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds with two decimals.
fn fractional_millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
