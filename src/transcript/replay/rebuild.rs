//! The record a stored run was made from, as far as it can be told.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use super::ReplayError;
use super::synthetic::SyntheticSecrets;
use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, ExchangeId, FailureKind, Headers, History, Issuer, Request,
    Response, Round, Secret, Timing, TransportFailure,
};
use crate::flow::{Outcome, Refusal, StuckReason};
use crate::scenario::{
    Client, Credential, Grant, IdentityProvider, Limits, Location, Probes, Registration, Scenario, Target,
};
use crate::specification::Step;
use crate::transcript::{
    BodyEncoding, Ending, ExchangeEntry, LeftBehind, PeerText, Record, RunOutcome, StepState, Stop,
    Transcript,
};

/// What is known of a secret that was given for the run: that there was one.
const ABSENT: &str = "«not stored»";

/// The record of a stored run, with synthetic secrets in their places.
pub(super) fn record(stored: &Transcript, synthetic: &SyntheticSecrets) -> Result<Record, ReplayError> {
    let started: Timestamp =
        stored.started.parse().map_err(|_| ReplayError::Started(stored.started.to_string()))?;
    let refusals: Vec<_> =
        stored.refusals.iter().filter_map(|entry| Some((entry.refusal()?, entry.overruled))).collect();
    let sent = stored.exchanges.iter().filter_map(|entry| Some((entry.id, span(entry.timing_ms.started?))));
    let durations = stored.steps.iter().map(|entry| (entry.step, Duration::from_millis(entry.duration_ms)));
    Ok(Record {
        scenario: scenario(stored, synthetic),
        past_refusals: stored.options.past_refusals,
        started,
        duration: Duration::from_millis(stored.duration_ms),
        salt: [0; 32],
        history: history(stored, synthetic)?,
        ending: ending(stored, &refusals),
        refusals,
        sent: sent.collect(),
        durations: durations.collect(),
        left_behind: stored
            .left_behind
            .iter()
            .map(|left| LeftBehind {
                issuer: owned(&left.issuer),
                client_id: owned(&left.client_id),
                because: left.because.as_ref().map(owned),
            })
            .collect(),
    })
}

fn span(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

fn owned(text: &PeerText) -> String {
    text.as_str().to_owned()
}

fn headers(entries: &[(PeerText, PeerText)], synthetic: &SyntheticSecrets) -> Headers {
    entries.iter().map(|(name, value)| (owned(name), synthetic.fill(value))).collect()
}

fn body(
    id: ExchangeId,
    text: &str,
    encoding: BodyEncoding,
    synthetic: &SyntheticSecrets,
) -> Result<Vec<u8>, ReplayError> {
    match encoding {
        BodyEncoding::Text => Ok(synthetic.fill(text).into_bytes()),
        BodyEncoding::Base64 => BASE64_STANDARD.decode(text).map_err(|_| ReplayError::Body(id)),
    }
}

/// The rounds of a stored run.
struct Rounds(Vec<Round>);

impl Rounds {
    fn of(transcript: &Transcript, synthetic: &SyntheticSecrets) -> Self {
        let rounds = transcript.rounds.iter().map(|entry| Round {
            number: entry.round,
            issuer: Some(Issuer { identifier: synthetic.fill(&entry.issuer), source: entry.source }),
        });
        Self(rounds.collect())
    }

    /// The round of a request of that step: the authorization server is chosen before its metadata is asked for.
    fn at(&self, number: u8, step: Step) -> Round {
        let known = self.0.iter().find(|round| round.number == number && step >= Step::ServerMetadata);
        known.cloned().unwrap_or(Round { number, issuer: None })
    }
}

fn exchange(
    entry: &ExchangeEntry,
    rounds: &Rounds,
    synthetic: &SyntheticSecrets,
) -> Result<Exchange, ReplayError> {
    let ExchangeEntry {
        id,
        step,
        purpose,
        probe: _,
        round,
        party,
        edited,
        request,
        response,
        failure,
        timing_ms,
    } = entry;
    let mut asked = Request::new(*step, *purpose, *party, &request.method, synthetic.fill(&request.url));
    asked.headers = headers(&request.headers, synthetic);
    asked.body = body(*id, &request.body, request.body_encoding, synthetic)?;
    asked.edited = *edited;
    asked.round = rounds.at(*round, *step);
    let outcome = match (response, failure) {
        (Some(response), _) => Ok(Response {
            status: response.status,
            reason: owned(&response.reason),
            version: owned(&response.version),
            headers: headers(&response.headers, synthetic),
            body: body(*id, &response.body, response.body_encoding, synthetic)?.into(),
            cut: response.cut,
        }),
        (None, Some(failure)) => Err(TransportFailure { kind: failure.kind, detail: owned(&failure.detail) }),
        (None, None) => Err(TransportFailure {
            kind: FailureKind::Broken,
            detail: "the transcript holds neither a response nor a failure".to_owned(),
        }),
    };
    let timing = Timing { first_byte: timing_ms.first_byte.map(span), total: span(timing_ms.total) };
    Ok(Exchange { id: *id, request: asked, outcome, timing })
}

fn history(transcript: &Transcript, synthetic: &SyntheticSecrets) -> Result<History, ReplayError> {
    let mut history = History::default();
    let rounds = Rounds::of(transcript, synthetic);
    for entry in &transcript.exchanges {
        history.push(Arc::new(exchange(entry, &rounds, synthetic)?));
    }
    for entry in &transcript.authorizations {
        history.push_authorization(AuthorizationRequest {
            round: rounds.at(entry.round, entry.step),
            edited: entry.edited,
            ..AuthorizationRequest::new(synthetic.fill(&entry.url), owned(&entry.redirect_uri))
        });
    }
    for entry in &transcript.callbacks {
        let encoded = |parameters: &[(PeerText, PeerText)]| {
            let filled = parameters.iter().map(|(name, value)| (owned(name), synthetic.fill(value)));
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish()
        };
        let to = transcript.authorizations.last().map_or("", |request| request.redirect_uri.as_str());
        let (query, fragment) = (encoded(&entry.query), encoded(&entry.fragment));
        let callback = Callback::new(entry.id, format!("{to}?{query}#{fragment}"));
        history.push_callback(Arc::new(callback.in_round(&rounds.at(entry.round, entry.step))));
    }
    Ok(history)
}

fn scenario(transcript: &Transcript, synthetic: &SyntheticSecrets) -> Scenario {
    let options = &transcript.options;
    let client_id = options.client_id.as_ref().map(owned).unwrap_or_default();
    let registration = match transcript.registration.as_str() {
        "preregistered" if options.confidential => {
            Registration::Preregistered { client_id, credential: Credential::Secret(Secret::new(ABSENT)) }
        }
        "preregistered" => Registration::Preregistered { client_id, credential: Credential::None },
        "metadata-document" => Registration::MetadataDocument { url: client_id, or_dynamic: false },
        _ => Registration::Dynamic,
    };
    let client = Client {
        grant: grant(options.grant.as_str()),
        keep: options.keep_client,
        issuer: options.issuer.as_ref().map(owned),
        scope: options.scope.as_ref().map(owned),
        resource: options.resource.as_ref().map(owned),
        parameters: options.parameters.iter().map(|(name, value)| (owned(name), owned(value))).collect(),
        ..Client::new(registration)
    };
    let target = synthetic.fill(&transcript.target);
    Scenario {
        title: transcript.title.as_ref().map(owned),
        location: transcript
            .scenario
            .as_ref()
            .map(|location| Location { path: owned(&location.path), line: location.line }),
        probes: Probes { extent: options.probes, allow: options.allow.clone() },
        target: Target {
            url: target.clone(),
            headers: options.headers.iter().map(|name| (owned(name), Secret::new(ABSENT))).collect(),
        },
        client,
        limits: Limits { timeout: Duration::from_millis(options.timeout_ms), body: options.body_limit },
        until: options.until,
        ..Scenario::new(target.as_str(), transcript.protocol_version)
    }
}

/// What the client presented, without its secrets.
fn grant(id: &str) -> Grant {
    let absent = || Secret::new(ABSENT);
    let provider = || IdentityProvider {
        token_endpoint: ABSENT.to_owned(),
        client_id: ABSENT.to_owned(),
        client_secret: None,
        id_token: absent(),
    };
    let grants = [
        Grant::AuthorizationCode,
        Grant::ClientCredentials,
        Grant::JwtBearer { assertion: absent() },
        Grant::EnterpriseManaged(provider()),
    ];
    grants.into_iter().find(|grant| grant.id() == id).unwrap_or_default()
}

/// How the run ended.
fn ending(transcript: &Transcript, refusals: &[(Refusal, bool)]) -> Ending {
    let stopped = transcript.steps.iter().find(|entry| entry.state == StepState::Stopped);
    let last = transcript.steps.iter().rev().find(|entry| entry.state == StepState::Done);
    let last = last.map_or(Step::Challenge, |entry| entry.step);
    let Some(stopped) = stopped else {
        return match transcript.summary.outcome {
            RunOutcome::Interrupted => Ending::Interrupted(last),
            _ => Ending::Finished(Outcome::Reached(last)),
        };
    };
    if transcript.summary.outcome == RunOutcome::Interrupted {
        return Ending::Interrupted(stopped.step);
    }
    let stuck = |because| Ending::Finished(Outcome::Stuck { awaiting: stopped.step, because });
    let unspecified = || StuckReason::Unspecified {
        why: stopped.because.as_ref().map(owned).unwrap_or_default(),
        remedy: stopped.remedy.as_ref().map(owned).unwrap_or_default(),
    };
    match &stopped.stop {
        Some(Stop::Interrupted) => Ending::Interrupted(stopped.step),
        Some(Stop::Stuck(because)) => stuck(because.clone().map_texts(&|text| owned(&text))),
        Some(Stop::Refused(kind)) => {
            let refused = refusals.iter().find(|(refusal, overruled)| !overruled && refusal.kind == *kind);
            refused.map_or_else(|| stuck(unspecified()), |(refusal, _)| Ending::Refused(refusal.clone()))
        }
        None => stuck(unspecified()),
    }
}
