//! Makes a transcript of a record: judges, redacts, counts.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::mask::Mask as _;
use super::redact::Redactor;
use super::{
    AuthorizationEntry, Baseline, BaselineEntry, CallbackEntry, Cite, DiagnosisEntry, Ending, FailureEntry,
    Options, Record, RefusalEntry, RequestEntry, ResponseEntry, SCHEMA, StepEntry, StepState, Stop, Summary,
    TimingEntry, Tool, Transcript, VerdictEntry, VerdictKind, of_stop,
};
use super::{ExchangeEntry, baseline, run_outcome};
use crate::check::{self, Evidence, Judged, Verdict};
use crate::diagnosis::explain;
use crate::exchange::{Cut, Exchange, Purpose, Request};
use crate::flow::{Outcome, StuckReason};
use crate::scenario::{Credential, Policy, Registration, Scenario};
use crate::specification::Step;

impl Transcript {
    /// Judges and redacts a run.
    pub fn new(record: &Record, policy: &Policy) -> Self {
        Self::with_marks(record, policy, &Redactor::of_run(record))
    }

    /// Judges a run and keeps its secrets: for the eyes of its owner only.
    pub fn revealed(record: &Record, policy: &Policy) -> Self {
        Self::with_marks(record, policy, &Redactor::of_run(record).reveal())
    }

    fn with_marks(record: &Record, policy: &Policy, redactor: &Redactor) -> Self {
        let scenario = &record.scenario;
        let evidence = Evidence::new(scenario, &record.history);
        let mut judged = check::judge(&evidence);
        let diagnoses: Vec<_> =
            explain(&evidence, &mut judged).into_iter().map(DiagnosisEntry::from).collect();
        let entries = policy.expect.iter().flatten();
        let concerned =
            entries.filter(|entry| entry.concerns(&scenario.target.url, scenario.protocol_version));
        let today = record.started.to_zoned(TimeZone::UTC).date();
        let held = baseline::evaluate(concerned, &judged, scenario.protocol_version, today);
        let verdicts: Vec<_> = judged.iter().map(|judged| verdict_entry(judged, policy, &held)).collect();
        let exit = run_outcome::of_entries(&verdicts, &record.ending, policy, &held);
        let mut transcript = Self {
            gatewalk: Tool { version: env!("CARGO_PKG_VERSION").to_owned() },
            schema: SCHEMA,
            title: scenario.title.clone(),
            target: redactor.url(&scenario.target.url),
            scenario: scenario.location.clone(),
            protocol_version: scenario.protocol_version,
            registration: scenario.client.registration.id().to_owned(),
            started: record.started.to_string(),
            duration_ms: millis(record.duration),
            options: options(record, policy, redactor),
            summary: Summary::of_entries(&verdicts, exit),
            steps: Step::ALL.into_iter().map(|step| step_entry(record, step, &diagnoses, &judged)).collect(),
            exchanges: record.history.exchanges().map(|exchange| timed(record, exchange, redactor)).collect(),
            authorizations: record
                .history
                .authorizations()
                .map(|request| AuthorizationEntry {
                    step: Step::Authorization,
                    url: redactor.url(&request.url),
                    redirect_uri: request.redirect_uri.clone(),
                    edited: request.edited,
                })
                .collect(),
            callbacks: record
                .history
                .callbacks()
                .map(|callback| CallbackEntry {
                    id: callback.id,
                    step: Step::Authorization,
                    query: redactor.parameters(&callback.query),
                })
                .collect(),
            baseline: policy.expect.as_ref().map(|_| {
                let fail_the_run = verdicts.iter().filter(|entry| entry.counts);
                let missing = fail_the_run.map(|entry| baseline::entry(&entry.check, today)).collect();
                Baseline { entries: held, missing }
            }),
            verdicts,
            diagnoses,
            refusals: record
                .refusals
                .iter()
                .map(|(refusal, overruled)| RefusalEntry::new(refusal, *overruled))
                .collect(),
            left_behind: record.left_behind.clone(),
            tokens: redactor.tokens(),
            edited: record.history.is_edited(),
            revealed: redactor.is_revealing(),
            replayed: None,
        };
        // What a peer quotes of a secret elsewhere than in its field.
        transcript.mask(redactor);
        transcript
    }
}

fn options(record: &Record, policy: &Policy, redactor: &Redactor) -> Options {
    let Scenario { target, client, consent, limits, until, probes, .. } = &record.scenario;
    Options {
        consent: consent.driver.id().to_owned(),
        past_refusals: record.past_refusals,
        until: *until,
        timeout_ms: millis(limits.timeout),
        body_limit: limits.body,
        probes: probes.extent,
        allow: probes.allow.clone(),
        fail_on: policy.fail_on,
        parties: policy.parties.clone(),
        client_id: match &client.registration {
            Registration::Dynamic => None,
            Registration::Preregistered { client_id, .. } => Some(client_id.clone()),
            Registration::MetadataDocument { url, .. } => Some(url.clone()),
        },
        confidential: matches!(
            &client.registration,
            Registration::Preregistered { credential, .. } if *credential != Credential::None
        ),
        grant: client.grant.id().to_owned(),
        issuer: client.issuer.clone(),
        headers: target.headers.iter().map(|(name, _)| name.clone()).collect(),
        parameters: redactor.parameters(&client.parameters),
        scope: client.scope.clone(),
        resource: client.resource.clone(),
    }
}

fn step_entry(record: &Record, step: Step, diagnoses: &[DiagnosisEntry], judged: &[Judged]) -> StepEntry {
    let mut stopped_by = None;
    let (last, because) = match &record.ending {
        Ending::Finished(Outcome::Reached(last)) => (*last, None),
        Ending::Finished(Outcome::Stuck { awaiting, because }) => {
            stopped_by = of_stop(diagnoses, judged, *awaiting).filter(|_| step == *awaiting);
            let remedy =
                stopped_by.map_or_else(|| StuckReason::remedy(because), |cause| cause.remedy.as_str());
            (*awaiting, Some((because.to_string(), remedy)))
        }
        Ending::Refused(refusal) => (
            refusal.step(),
            Some((refusal.to_string(), "--past-refusals goes on although a conforming client stops here.")),
        ),
        Ending::Interrupted(step) => (*step, Some(("interrupted".to_owned(), "Run it again."))),
    };
    let exchanges: Vec<_> = record.history.of_step(step).map(|exchange| exchange.id).collect();
    let asked = step == Step::Authorization && record.history.authorizations().len() > 0;
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
        remedy: because.as_ref().map(|(_, remedy)| (*remedy).to_owned()),
        because: because.map(|(because, _)| because),
        stop: stop(&record.ending).filter(|_| state == StepState::Stopped),
        cause: stopped_by.map(|cause| cause.id.clone()),
        exchanges,
        duration_ms: millis(duration),
    }
}

/// Why the walk stopped, as far as it did not go to its end.
fn stop(ending: &Ending) -> Option<Stop> {
    match ending {
        Ending::Finished(Outcome::Reached(_)) => None,
        Ending::Finished(Outcome::Stuck { awaiting: _, because }) => Some(Stop::Stuck(because.clone())),
        Ending::Refused(refusal) => Some(Stop::Refused(refusal.kind)),
        Ending::Interrupted(_) => Some(Stop::Interrupted),
    }
}

fn timed(record: &Record, exchange: &Exchange, redactor: &Redactor) -> ExchangeEntry {
    let mut entry = exchange_entry(exchange, redactor);
    let sent = record.sent.iter().find(|(id, _)| *id == exchange.id);
    entry.timing_ms.started = sent.map(|(_, after)| fractional_millis(*after));
    entry
}

/// An exchange as it may leave memory: redacted.
pub fn exchange_entry(exchange: &Exchange, redactor: &Redactor) -> ExchangeEntry {
    let request = &exchange.request;
    let mut entry = ExchangeEntry {
        id: exchange.id,
        step: request.step,
        purpose: request.purpose,
        probe: match request.purpose {
            Purpose::Probe(probe) => Some(probe),
            _ => None,
        },
        party: request.party,
        edited: request.edited,
        request: request_entry(request, redactor),
        response: exchange.response().map(|response| {
            let (body, body_encoding) = redactor.response_body(request, response);
            ResponseEntry {
                status: response.status,
                reason: response.reason.clone(),
                version: response.version.clone(),
                headers: redactor.headers(&response.headers),
                body,
                body_encoding,
                body_bytes: response.body.len(),
                truncated: response.cut.is_some_and(|cut| cut != Cut::Responded),
                cut: response.cut,
            }
        }),
        failure: exchange
            .outcome
            .as_ref()
            .err()
            .map(|failure| FailureEntry { kind: failure.kind, detail: failure.detail.clone() }),
        timing_ms: TimingEntry {
            started: None,
            first_byte: exchange.timing.first_byte.map(fractional_millis),
            total: fractional_millis(exchange.timing.total),
        },
    };
    entry.mask(redactor);
    entry
}

/// A request as it may leave memory: redacted.
pub fn request_entry(request: &Request, redactor: &Redactor) -> RequestEntry {
    let (body, body_encoding) = redactor.request_body(request);
    RequestEntry {
        method: request.method.clone(),
        url: redactor.request_url(request),
        headers: redactor.headers(&request.headers),
        body,
        body_encoding,
    }
}

/// A verdict as it goes into the transcript.
pub(super) fn verdict_entry(judged: &Judged, policy: &Policy, baseline: &[BaselineEntry]) -> VerdictEntry {
    let Judged { check, level, verdict, probes: _, party, cause } = judged;
    let finding = judged.finding();
    let met = baseline.iter().find(|entry| entry.check == check.id && !entry.is_stale());
    VerdictEntry {
        check: check.id.to_owned(),
        step: check.step,
        party: *party,
        source: check.source(),
        level: *level,
        verdict: VerdictKind::from(verdict),
        message: finding.map_or_else(|| check.title.to_owned(), |finding| finding.message.clone()),
        because: match verdict {
            Verdict::NotApplicable(because) | Verdict::Inconclusive(because) => Some(because.clone()),
            Verdict::Untestable(because) => Some(because.to_string()),
            Verdict::Pass | Verdict::Fail(_) => None,
        },
        not_sent: verdict.probe_not_sent(),
        expected: finding.and_then(|finding| finding.expected.clone()),
        found: finding.and_then(|finding| finding.found.clone()),
        exchange: finding.and_then(|finding| finding.exchange),
        at: finding.and_then(|finding| finding.at.as_ref()).map(ToString::to_string),
        cites: check.cites.iter().map(Cite::from).collect(),
        cause: cause.map(str::to_owned),
        remedy: finding.map(|_| check.doc.fix.to_owned()),
        counts: run_outcome::counts(judged, policy, baseline),
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
