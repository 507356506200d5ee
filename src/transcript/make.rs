//! Makes a transcript of a record: judges, redacts, counts.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::clients::ClientTable;
use super::redact::Redactor;
use super::{
    AuthorizationEntry, Baseline, BaselineEntry, CallbackEntry, Cite, DiagnosisEntry, Ending, FailureEntry,
    LeftBehindEntry, Location, Options, PeerText, Record, RefusalEntry, RequestEntry, ResponseEntry,
    RoundEntry, SCHEMA, StepEntry, StepState, Stop, Summary, TimingEntry, Tool, Transcript, VerdictEntry,
    VerdictKind, cause_of_stop_first,
};
use super::{ExchangeEntry, baseline, run_outcome};
use crate::check::{self, Evidence, Judged};
use crate::diagnosis::{Diagnosis, explain};
use crate::document::identifier::Identifier;
use crate::exchange::{Cut, Exchange, Issuer, Purpose, Request};
use crate::flow::{Outcome, StuckReason};
use crate::scenario::{Credential, Policy, Registration, Scenario};
use crate::specification::Step;

/// Whether a transcript keeps the secrets of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// It does not.
    Redacted,
    /// It does: it is for the eyes of its owner only.
    Revealed,
}

/// What the checks say of a run, and the causes of what is wrong.
#[derive(Clone, Debug, Default)]
pub struct Judgements {
    judged: Vec<Judged>,
    diagnoses: Vec<Diagnosis>,
}

impl Judgements {
    /// Judges a run as far as it has come.
    pub fn of(record: &Record) -> Self {
        let evidence = Evidence::new(&record.scenario, &record.history);
        let mut judged = check::judge(&evidence);
        let diagnoses = explain(&evidence, &mut judged);
        Self { judged, diagnoses }
    }
}

impl Transcript {
    /// Judges and redacts a run.
    pub fn new(record: &Record, policy: &Policy) -> Self {
        Self::of(record, policy, Judgements::of(record), Secrets::Redacted)
    }

    /// Makes a transcript of a run with what was said of it: just now, or when it had not come as far.
    pub fn of(record: &Record, policy: &Policy, judgements: Judgements, secrets: Secrets) -> Self {
        let redactor = match secrets {
            Secrets::Redacted => Redactor::of_run(record),
            Secrets::Revealed => Redactor::of_run(record).reveal(),
        };
        let redactor = &redactor;
        let scenario = &record.scenario;
        let evidence = Evidence::new(scenario, &record.history);
        let Judgements { judged, diagnoses } = judgements;
        let mut diagnoses: Vec<_> =
            diagnoses.into_iter().map(|diagnosis| DiagnosisEntry::new(diagnosis, redactor)).collect();
        let is_diagnosed = cause_of_stop_first(&mut diagnoses, &judged, &record.ending);
        let stopped_by = diagnoses.first().filter(|_| is_diagnosed);
        let entries = policy.expect.iter().flatten();
        let concerned =
            entries.filter(|entry| entry.concerns(&scenario.target.url, scenario.protocol_version));
        let today = record.started.to_zoned(TimeZone::UTC).date();
        let held = baseline::evaluate(concerned, &judged, scenario.protocol_version, today, redactor);
        let verdicts: Vec<_> =
            judged.iter().map(|judged| verdict_entry(judged, policy, &held, redactor)).collect();
        let clients = ClientTable::of(&evidence, &policy.clients, &diagnoses, redactor);
        let summary = Summary::new(&verdicts, &record.ending, policy, &held, &clients.entries);
        Self {
            gatewalk: Tool { version: env!("CARGO_PKG_VERSION").into() },
            schema: SCHEMA,
            title: scenario.title.as_ref().map(|title| redactor.text(title)),
            target: redactor.text(&redactor.url(&scenario.target.url)),
            scenario: scenario.location.as_ref().map(|location| Location::new(location, redactor)),
            protocol_version: scenario.protocol_version,
            registration: scenario.client.registration.id().into(),
            started: redactor.text(&record.started.to_string()),
            duration_ms: millis(record.duration),
            options: options(record, policy, redactor),
            summary,
            steps: Step::ALL.into_iter().map(|step| step_entry(record, step, stopped_by, redactor)).collect(),
            exchanges: record.history.exchanges().map(|exchange| timed(record, exchange, redactor)).collect(),
            rounds: evidence.each_round().filter_map(|evidence| round(&evidence, redactor)).collect(),
            authorizations: record
                .history
                .authorizations()
                .map(|request| AuthorizationEntry {
                    step: Step::Authorization,
                    url: redactor.text(&redactor.url(&request.url)),
                    redirect_uri: redactor.text(&request.redirect_uri),
                    round: request.round.number,
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
                    fragment: callback
                        .fragment()
                        .map_or_else(Vec::new, |fragment| redactor.parameters(&fragment)),
                    round: callback.round.number,
                })
                .collect(),
            baseline: policy.expect.as_ref().map(|_| {
                let fail_the_run = verdicts.iter().filter(|entry| entry.counts);
                let missing = fail_the_run.map(|entry| redactor.text(&baseline::entry(&entry.check, today)));
                Baseline { entries: held, missing: missing.collect() }
            }),
            verdicts,
            diagnoses,
            clients: clients.entries,
            client_changes: clients.changes,
            client_questions: clients.questions,
            refusals: record
                .refusals
                .iter()
                .map(|(refusal, overruled)| RefusalEntry::new(refusal, *overruled, redactor))
                .collect(),
            left_behind: record
                .left_behind
                .iter()
                .map(|left| LeftBehindEntry {
                    issuer: redactor.text(&left.issuer),
                    client_id: redactor.text(&left.client_id),
                    because: left.because.as_ref().map(|because| redactor.text(because)),
                })
                .collect(),
            tokens: redactor.tokens(),
            edited: record.history.is_edited(),
            revealed: redactor.is_revealing(),
            replayed: None,
        }
    }
}

/// A round, once its authorization server was chosen.
fn round(evidence: &Evidence<'_>, redactor: &Redactor) -> Option<RoundEntry> {
    let Issuer { identifier, source } = evidence.history.issuer(evidence.round())?.clone();
    let listed = evidence.listed_issuer().is_some();
    Some(RoundEntry { round: evidence.round(), issuer: redactor.text(&identifier), source, listed })
}

/// Whether a URL is not of this machine, which is never reached through a proxy.
fn is_elsewhere(url: &str) -> bool {
    Identifier::parse(url).is_some_and(|url| !url.is_loopback())
}

fn options(record: &Record, policy: &Policy, redactor: &Redactor) -> Options {
    let Scenario { target, client, consent, limits, until, probes, network, .. } = &record.scenario;
    let text = |text: &Option<String>| text.as_ref().map(|text| redactor.text(text));
    Options {
        consent: consent.driver.id().into(),
        past_refusals: record.past_refusals,
        until: *until,
        timeout_ms: millis(limits.timeout),
        body_limit: limits.body,
        proxied: network.has_proxies()
            && record.history.exchanges().any(|exchange| is_elsewhere(&exchange.request.url)),
        probes: probes.extent,
        allow: probes.allow.clone(),
        fail_on: policy.fail_on,
        parties: policy.parties.clone(),
        client_id: match &client.registration {
            Registration::Dynamic => None,
            Registration::Preregistered { client_id, .. } => Some(redactor.text(client_id)),
            Registration::MetadataDocument { url, .. } => Some(redactor.text(url)),
        },
        confidential: matches!(
            &client.registration,
            Registration::Preregistered { credential, .. } if *credential != Credential::None
        ),
        grant: client.grant.id().into(),
        keep_client: client.keep,
        issuer: text(&client.issuer),
        headers: target.headers.iter().map(|(name, _)| redactor.text(name)).collect(),
        parameters: redactor.parameters(&client.parameters),
        scope: text(&client.scope),
        resource: text(&client.resource),
        clients: policy.clients.shown.iter().map(|word| redactor.text(word)).collect(),
        require_clients: policy.clients.required.iter().map(|word| redactor.text(word)).collect(),
    }
}

/// What to do at a refusal that no cause explains.
const PAST_REFUSALS: &str = "--past-refusals goes on although a conforming client stops here.";

fn step_entry(
    record: &Record,
    step: Step,
    stopped_by: Option<&DiagnosisEntry>,
    redactor: &Redactor,
) -> StepEntry {
    let (last, because) = match &record.ending {
        Ending::Finished(Outcome::Reached(last)) => (*last, None),
        Ending::Finished(Outcome::Stuck { awaiting, because }) => {
            // It may quote the controls of a login page.
            (
                *awaiting,
                Some((redactor.text(&because.to_string()), redactor.text(StuckReason::remedy(because)))),
            )
        }
        Ending::Refused(refusal) => {
            (refusal.step(), Some((redactor.text(&refusal.to_string()), PeerText::from(PAST_REFUSALS))))
        }
        Ending::Interrupted(step) => {
            (*step, Some((PeerText::from("interrupted"), PeerText::from("Run it again."))))
        }
    };
    let exchanges: Vec<_> = record.history.of_step(step).map(|exchange| exchange.id).collect();
    let asked = step == Step::Authorization && record.history.authorizations().len() > 0;
    let state = match step.cmp(&last) {
        // Where an endpoint was only guessed, a later step was tried before the walk stopped in this one.
        std::cmp::Ordering::Greater if exchanges.is_empty() => StepState::NotReached,
        std::cmp::Ordering::Equal if because.is_some() => StepState::Stopped,
        _ if exchanges.is_empty() && !asked => StepState::Skipped,
        _ => StepState::Done,
    };
    let (because, remedy) = because.filter(|_| state == StepState::Stopped).unzip();
    let stopped_by = stopped_by.filter(|_| state == StepState::Stopped);
    let duration = record.durations.iter().filter(|(of, _)| *of == step).map(|(_, duration)| *duration).sum();
    StepEntry {
        step,
        state,
        because,
        remedy: stopped_by.map(|cause| cause.remedy.clone()).or(remedy),
        stop: stop(&record.ending, redactor).filter(|_| state == StepState::Stopped),
        cause: stopped_by.map(|cause| cause.id.clone()),
        exchanges,
        duration_ms: millis(duration),
    }
}

/// Why the walk stopped, as far as it did not go to its end.
fn stop(ending: &Ending, redactor: &Redactor) -> Option<Stop> {
    match ending {
        Ending::Finished(Outcome::Reached(_)) => None,
        Ending::Finished(Outcome::Stuck { awaiting: _, because }) => {
            Some(Stop::Stuck(because.clone().map_texts(&|text| redactor.text(&text))))
        }
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
    ExchangeEntry {
        id: exchange.id,
        step: request.step,
        purpose: request.purpose,
        probe: match request.purpose {
            Purpose::Probe(probe) => Some(probe),
            _ => None,
        },
        round: request.round.number,
        party: request.party,
        edited: request.edited,
        request: request_entry(request, redactor),
        response: exchange.response().map(|response| {
            let (body, body_encoding) = redactor.response_body(request, response);
            ResponseEntry {
                status: response.status,
                reason: redactor.text(&response.reason),
                version: redactor.text(&response.version),
                headers: redactor.headers(&response.headers),
                body: redactor.text(&body),
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
            .map(|failure| FailureEntry { kind: failure.kind, detail: redactor.text(&failure.detail) }),
        timing_ms: TimingEntry {
            started: None,
            first_byte: exchange.timing.first_byte.map(fractional_millis),
            total: fractional_millis(exchange.timing.total),
        },
    }
}

/// A request as it may leave memory: redacted.
pub fn request_entry(request: &Request, redactor: &Redactor) -> RequestEntry {
    let (body, body_encoding) = redactor.request_body(request);
    RequestEntry {
        method: redactor.text(&request.method),
        url: redactor.text(&redactor.request_url(request)),
        headers: redactor.request_headers(&request.headers),
        body: redactor.text(&body),
        body_encoding,
    }
}

/// A verdict as it goes into the transcript.
pub(super) fn verdict_entry(
    judged: &Judged,
    policy: &Policy,
    baseline: &[BaselineEntry],
    redactor: &Redactor,
) -> VerdictEntry {
    let text = |text: &String| redactor.text(text);
    let Judged { check, protocol_version, level, verdict, round: _, probes: _, party, cause } = judged;
    let finding = judged.finding();
    let met = baseline.iter().find(|entry| entry.check == check.id && !entry.is_stale());
    VerdictEntry {
        check: check.id.into(),
        step: check.step,
        party: *party,
        source: check.source(*protocol_version),
        level: *level,
        lowered: check.levels.why_lowered(*protocol_version).map(PeerText::from),
        verdict: VerdictKind::from(verdict),
        message: finding.map_or_else(|| check.title.into(), |finding| redactor.text(&finding.message)),
        because: verdict.because().as_ref().map(text),
        not_sent: verdict.probe_not_sent(),
        decided_by: verdict.would_be_decided_by(),
        expected: finding.and_then(|finding| finding.expected.as_ref()).map(text),
        found: finding.and_then(|finding| finding.found.as_ref()).map(text),
        exchange: finding.and_then(|finding| finding.exchange),
        at: finding.and_then(|finding| finding.at.as_ref()).map(|at| redactor.text(&at.to_string())),
        cites: check.cites_in(*protocol_version).map(Cite::from).collect(),
        cause: cause.map(PeerText::from),
        remedy: finding.map(|_| check.doc.fix.into()),
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
