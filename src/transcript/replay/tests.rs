//! A stored run is judged and ends as it did, however its words read.

use serde_json::Value;

use super::*;
use crate::document::{JsonType, NotAnObject, Unusable};
use crate::exchange::{
    Exchange, FailureKind, LoginFailure, Purpose, Request, Response, Timing, TransportFailure,
    Unauthenticated,
};
use crate::flow::{Attempt, Outcome, Refusal, RefusalKind, RequiredEndpoint, StuckReason};
use crate::scenario::Scenario;
use crate::specification::{Party, ProtocolVersion, Step};
use crate::transcript::Ending;

/// A run that was asked without a token and got no challenge.
fn record(ending: Ending) -> Record {
    let challenge = Purpose::Challenge(Unauthenticated::Opening);
    let request = Request::new(Step::Challenge, challenge, Party::Gateway, "POST", "https://gw.example/mcp");
    let response = Response {
        status: 403,
        reason: String::new(),
        version: "HTTP/1.1".to_owned(),
        headers: crate::exchange::Headers::new().with("content-type", "text/plain"),
        body: b"no".to_vec().into(),
        cut: None,
    };
    let mut history = History::default();
    history.push(Arc::new(Exchange {
        id: ExchangeId(1),
        request,
        outcome: Ok(response),
        timing: Timing::default(),
    }));
    Record {
        scenario: Scenario::new("https://gw.example/mcp", ProtocolVersion::DEFAULT),
        past_refusals: true,
        started: jiff::Timestamp::UNIX_EPOCH,
        duration: std::time::Duration::ZERO,
        salt: [0; 32],
        history,
        ending,
        refusals: RefusalKind::ALL.map(|kind| (refusal(kind), kind != RefusalKind::IssMissing)).to_vec(),
        sent: Vec::new(),
        durations: Vec::new(),
        left_behind: Vec::new(),
    }
}

fn refusal(kind: RefusalKind) -> Refusal {
    Refusal { kind, expected: "https://a, found b".to_owned(), found: "c: expected d, found e".to_owned() }
}

/// Every way in which a walk can stop.
fn endings() -> Vec<Ending> {
    let attempt = |why| Attempt { url: "https://as.example/x".to_owned(), why };
    let failure = || TransportFailure { kind: FailureKind::Timeout, detail: "after 30 s".to_owned() };
    let unusable = [
        Unusable::NoResponse(failure()),
        Unusable::Status(404),
        Unusable::Redirect(302, "https://x".to_owned()),
        Unusable::Html,
        Unusable::Cut,
        Unusable::NotAnObject(NotAnObject::Syntax("at line 1".to_owned())),
        Unusable::NotAnObject(NotAnObject::Other(JsonType::Array)),
        Unusable::NotRpc,
    ];
    let text = || "in words".to_owned();
    let reasons = [
        StuckReason::TargetSilent(attempt(Unusable::NoResponse(failure()))),
        StuckReason::NothingProtected,
        StuckReason::NoServerMetadata(unusable.map(attempt).to_vec()),
        StuckReason::BadIssuer(text()),
        StuckReason::NoEndpoint(RequiredEndpoint::Token, None),
        StuckReason::NoEndpoint(RequiredEndpoint::Authorization, Some(text())),
        StuckReason::NoRegistrationEndpoint,
        StuckReason::NoMetadataDocuments,
        StuckReason::ClientOfAnotherServer(text()),
        StuckReason::NotRegistered(text()),
        StuckReason::NotRedirected(LoginFailure { detail: text(), remedy: text() }),
        StuckReason::AuthorizationError(text()),
        StuckReason::NoCode,
        StuckReason::NoAssertion(text()),
        StuckReason::NoToken(text()),
        StuckReason::TokenRefused(401, None),
        StuckReason::TokenRefused(403, Some(text())),
        StuckReason::NoSession(text()),
    ];
    let stuck = reasons
        .into_iter()
        .map(|because| Ending::Finished(Outcome::Stuck { awaiting: Step::Registration, because }));
    let others = [
        Ending::Refused(refusal(RefusalKind::IssMissing)),
        Ending::Interrupted(Step::Registration),
        Ending::Finished(Outcome::Reached(Step::Challenge)),
    ];
    stuck.chain(others).collect()
}

/// Puts other words in the place of all that is prose.
fn reword(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("message" | "because" | "remedy" | "cause", Value::String(text)) => {
                        *text = format!("Reworded: {}", text.len());
                    }
                    // What the words are made of.
                    ("stop", _) => {}
                    (_, member) => reword(member),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(reword),
        _ => {}
    }
}

#[test]
fn rewording_a_stored_run_changes_nothing_of_what_it_says() {
    for ending in endings() {
        let record = record(ending);
        let stored = Transcript::new(&record, &Policy::default());
        let mut json = serde_json::to_value(&stored).unwrap();
        reword(&mut json);
        assert_ne!(json, serde_json::to_value(&stored).unwrap());
        let replay = Replay::new(serde_json::from_value(json).unwrap()).unwrap();
        assert_eq!(replay.record().ending, record.ending);
        assert_eq!(replay.record().refusals, record.refusals);
        let again = replay.judged_again();
        assert_eq!(again.replayed.as_ref().map(|replayed| replayed.changed.len()), Some(0));
        assert_eq!(again.verdicts, stored.verdicts);
        assert_eq!(again.diagnoses, stored.diagnoses);
        assert!(!stored.findings().is_empty(), "the run has something to be told");
    }
}

#[test]
fn a_run_that_names_its_end_in_words_only_is_told_in_them() {
    let reason = StuckReason::NoToken("invalid_target".to_owned());
    let ending = Ending::Finished(Outcome::Stuck { awaiting: Step::Registration, because: reason });
    let mut stored = Transcript::new(&record(ending), &Policy::default());
    for step in &mut stored.steps {
        step.stop = None;
    }
    let replay = Replay::new(stored).unwrap();
    let Ending::Finished(Outcome::Stuck { because, .. }) = &replay.record().ending else {
        panic!("{:?}", replay.record().ending)
    };
    assert_eq!(because.to_string(), "the token endpoint gave no access token: invalid_target");
}

#[test]
fn a_probe_that_was_not_asked_for_is_stored_as_such() {
    let stored = Transcript::new(&record(Ending::Interrupted(Step::Challenge)), &Policy::default());
    let entry = stored
        .verdicts
        .iter()
        .find(|entry| entry.check == "rs-auth-every-method")
        .expect("a check with a probe");
    assert_eq!(entry.verdict, VerdictKind::Untestable);
    assert!(entry.not_sent.is_some(), "{entry:?}");
    let total = stored.summary.total();
    assert!(total.not_sent > 0 && total.not_sent <= total.untestable);
    let other = stored.verdicts.iter().filter(|entry| entry.verdict != VerdictKind::Untestable);
    assert!(other.into_iter().all(|entry| entry.not_sent.is_none()));
}
