//! Judges a stored transcript again, by today's catalogue, offline.
//!
//! The trail is rebuilt with stand-ins for what is marked: of the same length, equal where the marks are equal, and JWTs
//! with the header and claims that were kept. What only the secret itself could tell is taken over ([`KEPT`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

use super::make::verdict_entry;
use super::redact::Marks;
use super::{
    Baseline, BodyEncoding, Ending, ExchangeEntry, Exit, Replayed, StepState, Summary, TokenEntry, Tool,
    Transcript, VerdictChange, VerdictEntry, Word, exit, mask,
};
use crate::check::{self, Evidence};
use crate::edition::Step;
use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, Headers, Request, Response, Secret, Timing, Trail,
    TransportFailure,
};
use crate::flow::{Because, Outcome};
use crate::scenario::{
    Client, Consent, Credential, Driver, Limits, Network, Policy, Probes, Registration, Scenario, Target,
};

/// Checks that look at the secret itself: a signature cannot be verified on a stand-in.
pub const KEPT: [&str; 1] = ["jwt-signature"];

impl Transcript {
    /// The same run, judged by today's catalogue.
    #[must_use]
    pub fn judged_again(&self) -> Self {
        let stand_ins = StandIns::new(self);
        let trail = trail(self, &stand_ins);
        let scenario = scenario(self, &stand_ins);
        let policy =
            Policy { fail_on: self.options.fail_on, parties: self.options.parties.clone(), expect: None };
        let held = self.baseline.as_ref().map_or_else(Vec::new, |baseline| baseline.entries.clone());
        let mut judged = check::judge(&Evidence { scenario: &scenario, trail: &trail });
        judged.retain(|judged| !KEPT.contains(&judged.check.id));
        let mut verdicts: Vec<_> =
            judged.iter().map(|judged| verdict_entry(judged, &policy, &held)).collect();
        mask::apply(&mut verdicts, &Marks::of_pairs(stand_ins.back()));
        let kept: Vec<_> =
            self.verdicts.iter().filter(|entry| KEPT.contains(&entry.check.as_str())).collect();
        for entry in &kept {
            let mut after = check::CATALOGUE.iter().skip_while(|check| check.id != entry.check).skip(1);
            let place = after.find_map(|next| verdicts.iter().position(|entry| entry.check == next.id));
            verdicts.insert(place.unwrap_or(verdicts.len()), (*entry).clone());
        }
        let replayed = Replayed {
            from: self.gatewalk.version.clone(),
            changed: changes(&self.verdicts, &verdicts),
            kept: kept.iter().map(|entry| entry.check.clone()).collect(),
        };
        let exit = exit::of_entries(&verdicts, &ending(self), &policy, &held);
        Self {
            gatewalk: Tool { version: env!("CARGO_PKG_VERSION").to_owned() },
            summary: Summary::of_entries(&verdicts, exit),
            baseline: self
                .baseline
                .as_ref()
                .map(|baseline| Baseline { missing: Vec::new(), ..baseline.clone() }),
            verdicts,
            replayed: Some(replayed),
            ..self.clone()
        }
    }
}

/// The verdicts that are not what they were.
pub(super) fn changes(before: &[VerdictEntry], after: &[VerdictEntry]) -> Vec<VerdictChange> {
    let words = |entries: &[VerdictEntry]| -> BTreeMap<String, Word> {
        entries.iter().map(|entry| (entry.check.clone(), entry.verdict)).collect()
    };
    let (before, after) = (words(before), words(after));
    let mut checks: Vec<_> = before.keys().chain(after.keys()).collect();
    checks.sort();
    checks.dedup();
    checks
        .into_iter()
        .filter(|check| before.get(*check) != after.get(*check))
        .map(|check| VerdictChange {
            check: check.clone(),
            was: before.get(check).copied(),
            is: after.get(check).copied(),
        })
        .collect()
}

/// Texts that stand for marks.
struct StandIns(Vec<(String, String)>);

impl StandIns {
    fn new(transcript: &Transcript) -> Self {
        // The whole transcript as text: every mark in it, wherever it stands. Marks need no escape in JSON.
        let text = serde_json::to_string(transcript).unwrap_or_default();
        let mut pairs: Vec<(String, String)> = Vec::new();
        for mark in text.split('«').skip(1).filter_map(|rest| rest.split_once('»')).map(|(mark, _)| mark) {
            let whole = format!("«{mark}»");
            if let Some(stand_in) = stand_in(mark, &transcript.tokens)
                && !pairs.iter().any(|(known, _)| *known == whole)
            {
                pairs.push((whole, stand_in));
            }
        }
        Self(pairs)
    }

    fn fill(&self, text: &str) -> String {
        if !text.contains('«') {
            return text.to_owned();
        }
        self.0.iter().fold(text.to_owned(), |text, (mark, stand_in)| text.replace(mark, stand_in))
    }

    fn back(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(mark, stand_in)| (stand_in.as_str(), mark.as_str()))
    }
}

/// A text of the length a mark tells, the same for the same digest; with the inside of a JWT if that was kept.
fn stand_in(mark: &str, tokens: &[TokenEntry]) -> Option<String> {
    let parts: Vec<_> = mark.rsplitn(4, ' ').collect();
    let ["B", length, digest, _] = parts[..] else { return None };
    let length: usize = length.parse().ok().filter(|length| *length <= 1 << 20)?;
    if digest.len() != 4 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let whole = format!("«{mark}»");
    let token = tokens.iter().find(|token| token.mark == whole);
    let encode = |text: &String| BASE64_URL_SAFE_NO_PAD.encode(text);
    match token.map(|token| (token.header.as_ref(), token.claims.as_ref(), token.not_visible_ascii)) {
        Some((Some(header), Some(claims), _)) => {
            Some(format!("{}.{}.{digest}", encode(header), encode(claims)))
        }
        Some((Some(header), None, _)) => {
            Some(format!("{}.{digest}.{digest}.{digest}.{digest}", encode(header)))
        }
        Some((None, _, true)) => Some(format!("{digest} {}", "x".repeat(length.saturating_sub(5)))),
        _ => {
            let filler = format!("{digest}{length}StandIn").repeat(length / 8 + 1);
            Some(filler.chars().take(length).collect())
        }
    }
}

fn headers(entries: &[(String, String)], stand_ins: &StandIns) -> Headers {
    entries.iter().map(|(name, value)| (name.clone(), stand_ins.fill(value))).collect()
}

fn body(text: &str, encoding: BodyEncoding, stand_ins: &StandIns) -> Vec<u8> {
    match encoding {
        BodyEncoding::Text => stand_ins.fill(text).into_bytes(),
        BodyEncoding::Base64 => BASE64_STANDARD.decode(text).unwrap_or_default(),
    }
}

fn exchange(entry: &ExchangeEntry, stand_ins: &StandIns) -> Exchange {
    let ExchangeEntry { id, step, purpose, probe: _, party, edited, request, response, failure, timing_ms } =
        entry;
    let mut asked = Request::new(*step, *purpose, *party, &request.method, stand_ins.fill(&request.url));
    asked.headers = headers(&request.headers, stand_ins);
    asked.body = body(&request.body, request.body_encoding, stand_ins);
    asked.edited = *edited;
    let outcome = match (response, failure) {
        (Some(response), _) => Ok(Response {
            status: response.status,
            reason: response.reason.clone(),
            version: response.version.clone(),
            headers: headers(&response.headers, stand_ins),
            body: body(&response.body, response.body_encoding, stand_ins),
            cut: response.cut,
        }),
        (None, Some(failure)) => Err(TransportFailure { kind: failure.kind, detail: failure.detail.clone() }),
        (None, None) => Err(TransportFailure {
            kind: crate::exchange::FailureKind::Broken,
            detail: "the transcript holds neither an answer nor a failure".to_owned(),
        }),
    };
    let span = |milliseconds: f64| Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default();
    let timing = Timing { first_byte: timing_ms.first_byte.map(span), total: span(timing_ms.total) };
    Exchange { id: *id, request: asked, outcome, timing }
}

fn trail(transcript: &Transcript, stand_ins: &StandIns) -> Trail {
    let mut trail = Trail::default();
    for entry in &transcript.exchanges {
        trail.push(Arc::new(exchange(entry, stand_ins)));
    }
    for entry in &transcript.authorizations {
        trail.push_authorization(AuthorizationRequest {
            url: stand_ins.fill(&entry.url),
            redirect_uri: entry.redirect_uri.clone(),
            edited: entry.edited,
        });
    }
    for entry in &transcript.callbacks {
        let filled = entry.query.iter().map(|(name, value)| (name.clone(), stand_ins.fill(value)));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
        let to = transcript.authorizations.last().map_or("", |request| request.redirect_uri.as_str());
        trail.push_callback(Arc::new(Callback::new(entry.id, format!("{to}?{query}"))));
    }
    trail
}

fn scenario(transcript: &Transcript, stand_ins: &StandIns) -> Scenario {
    let options = &transcript.options;
    let client_id = options.client_id.clone().unwrap_or_default();
    let registration = match transcript.registration.as_str() {
        "preregistered" if options.confidential => {
            Registration::Preregistered { client_id, credential: Credential::Secret(Secret::new("stand-in")) }
        }
        "preregistered" => Registration::Preregistered { client_id, credential: Credential::None },
        "metadata-document" => Registration::MetadataDocument { url: client_id, or_dynamic: false },
        _ => Registration::Dynamic,
    };
    let client = Client {
        issuer: options.issuer.clone(),
        scope: options.scope.clone(),
        resource: options.resource.clone(),
        parameters: options.parameters.clone(),
        ..Client::new(registration)
    };
    Scenario {
        location: transcript.scenario.clone(),
        probes: Probes { extent: options.probes, allow: options.allow.clone() },
        target: Target {
            url: stand_ins.fill(&transcript.target),
            headers: options.headers.iter().map(|name| (name.clone(), Secret::new("stand-in"))).collect(),
        },
        edition: transcript.edition,
        client,
        consent: Consent {
            driver: Driver::Redirect,
            timeout: Duration::ZERO,
            redirect_host: String::new(),
            redirect_port: 0,
        },
        limits: Limits { timeout: Duration::from_millis(options.timeout_ms), body: options.body_limit },
        until: options.until,
        network: Network::default(),
        then: Vec::new(),
    }
}

/// How the run ended, as far as exit codes ask.
fn ending(transcript: &Transcript) -> Ending {
    let stopped = transcript.steps.iter().find(|entry| entry.state == StepState::Stopped);
    let last = transcript.steps.iter().rev().find(|entry| entry.state == StepState::Done);
    match (transcript.summary.outcome, stopped) {
        (Exit::Interrupted, stopped) => {
            Ending::Interrupted(stopped.map_or(Step::Challenge, |entry| entry.step))
        }
        (_, Some(entry)) => Ending::Finished(Outcome::Stuck {
            awaiting: entry.step,
            because: Because::NoSession(entry.because.clone().unwrap_or_default()),
        }),
        (_, None) => Ending::Finished(Outcome::Reached(last.map_or(Step::Challenge, |entry| entry.step))),
    }
}
