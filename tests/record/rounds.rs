//! The authorization server of a run is told, stored and read back.

use gatewalk::exchange::{IssuerSource, Purpose};
use gatewalk::report::Format;
use gatewalk::sandbox::{Fault, Plan, Sandbox};
use gatewalk::scenario::Policy;
use gatewalk::specification::{ProtocolVersion, Step};
use gatewalk::transcript::Transcript;
use gatewalk::transcript::diff::Diff;
use gatewalk::transcript::replay::Replay;

use crate::reports::rendered;
use crate::support::{scenario, walk};

/// A walk to the server metadata of the sandbox, told to use its authorization server or not.
async fn walked(faults: Vec<Fault>, is_chosen: bool) -> (Transcript, String) {
    let plan = Plan::with_faults(ProtocolVersion::DEFAULT, faults);
    let sandbox = Sandbox::start(plan).await.unwrap();
    let mut scenario = scenario(ProtocolVersion::DEFAULT, sandbox.target());
    scenario.client.issuer = is_chosen.then(|| sandbox.issuer().to_owned());
    scenario.until = Step::ServerMetadata;
    let record = walk(scenario, false).await.unwrap();
    (Transcript::new(&record, &Policy::default()), sandbox.issuer().to_owned())
}

#[tokio::test]
async fn the_server_the_user_chose_is_used_where_nothing_names_one_and_the_report_says_so() {
    let (transcript, issuer) = walked(vec![Fault::ResourceMetadataMissing], true).await;
    let [round] = &transcript.rounds[..] else { panic!("one round: {:?}", transcript.rounds) };
    assert_eq!((round.round, round.issuer.as_str(), round.listed), (1, issuer.as_str(), false));
    assert_eq!(round.source, IssuerSource::User);
    let found =
        transcript.exchanges.iter().filter(|entry| matches!(entry.purpose, Purpose::ServerMetadata(_)));
    let statuses: Vec<_> = found.filter_map(|entry| Some(entry.response.as_ref()?.status)).collect();
    assert_eq!(statuses.last(), Some(&200), "its metadata is found");
    for format in [Format::Text, Format::Html, Format::Markdown] {
        let note = format!(
            "Authorization 1 is at {issuer} because the user chose it: the resource does not name it."
        );
        assert!(rendered(&transcript, format).contains(&note), "{}", format.id());
    }
    for (faults, is_chosen) in [(Vec::new(), true), (Vec::new(), false)] {
        let (transcript, issuer) = walked(faults, is_chosen).await;
        assert_eq!(
            (transcript.rounds[0].issuer.as_str(), transcript.rounds[0].listed),
            (issuer.as_str(), true)
        );
        assert!(!rendered(&transcript, Format::Text).contains("Authorization 1 is at"));
    }
}

#[tokio::test]
async fn a_stored_run_knows_its_rounds_again() {
    let (transcript, issuer) = walked(vec![Fault::ResourceMetadataMissing], true).await;
    let text = serde_json::to_string(&transcript).unwrap();
    let replay = Replay::new(serde_json::from_str(&text).unwrap()).unwrap();
    let again = replay.record().history.issuer(1).unwrap();
    assert_eq!((&again.identifier, again.source), (&issuer, IssuerSource::User));
    let before =
        replay.record().history.exchanges().find(|exchange| exchange.request.step == Step::Challenge);
    assert_eq!(before.unwrap().request.round.issuer, None, "the server is chosen later");
    let judged = replay.judged_again();
    assert_eq!(judged.replayed.unwrap().changed, []);
    assert_eq!((judged.rounds, judged.verdicts), (transcript.rounds, transcript.verdicts));
}

#[test]
fn a_run_stored_before_there_were_rounds_is_one() {
    let mut sample = serde_json::to_value(crate::sample::transcript()).unwrap();
    sample.as_object_mut().unwrap().remove("rounds");
    let replay = Replay::new(serde_json::from_value(sample).unwrap()).unwrap();
    let history = &replay.record().history;
    assert_eq!((history.last_round(), history.issuer(1)), (1, None));
}

#[tokio::test]
async fn another_authorization_server_is_a_difference() {
    let (before, issuer) = walked(Vec::new(), false).await;
    assert!(Diff::new(&before, &before).is_empty());
    let mut edited = serde_json::to_value(&before).unwrap();
    let rounds = edited["rounds"].as_array_mut().unwrap();
    let mut second = rounds[0].clone();
    rounds[0]["issuer"] = "https://other.example".into();
    second["round"] = 2.into();
    rounds.push(second);
    let after = serde_json::from_value(edited).unwrap();
    let changes = Diff::new(&before, &after).changes;
    let told: Vec<_> =
        changes.iter().map(|change| (change.at.as_str(), change.was.clone(), change.is.clone())).collect();
    let at = |issuer: &str| Some(format!("at {issuer}, found in the metadata"));
    assert_eq!(
        told,
        [
            ("authorization 1", at(&issuer), at("https://other.example")),
            ("authorization 2", None, at(&issuer))
        ]
    );
}
