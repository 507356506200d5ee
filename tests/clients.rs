//! Every shape of servers that tells clients apart, walked: its faults show it, and the honest sandbox shows none.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

#[path = "support/side_by_side.rs"]
mod side_by_side;
mod support;

use std::collections::BTreeSet;

use gatewalk::check::Evidence;
use gatewalk::client::{Fate, Missing, SHAPES, chosen, predict};
use gatewalk::sandbox::{Fault, Plan, Sandbox, Variation};
use gatewalk::scenario::{ClientSelection, Policy, ProbeMode};
use gatewalk::specification::ProtocolVersion;
use gatewalk::transcript::replay::Replay;
use gatewalk::transcript::{Record, Transcript};
use side_by_side::side_by_side;
use support::scenario;

/// What any sandbox shows: it asks for a token, and is on this machine.
const ALWAYS: [&str; 2] = ["no-oauth-client", "target-private"];

async fn walk(protocol_version: ProtocolVersion, faults: Vec<Fault>) -> Record {
    walk_plan(Plan { faults, ..Plan::honest(protocol_version) }).await
}

/// The same of a sandbox with faults and variations, in the protocol version in which the first shows.
async fn walk_together(ids: &[&str]) -> Record {
    let faults: Vec<_> = ids.iter().filter_map(|id| Fault::from_id(id)).collect();
    let variations: Vec<_> = ids.iter().filter_map(|id| Variation::from_id(id)).collect();
    assert_eq!(faults.len() + variations.len(), ids.len(), "{ids:?}");
    let of_fault = faults.first().map(|fault| fault.protocol_version());
    let of_variation = || variations.first().map(|variation| variation.protocol_version());
    let protocol_version = of_fault.or_else(of_variation).unwrap();
    walk_plan(Plan { faults, variations, ..Plan::honest(protocol_version) }).await
}

async fn walk_plan(plan: Plan) -> Record {
    let protocol_version = plan.protocol_version;
    let sandbox = Sandbox::start(plan).await.unwrap();
    let mut scenario = scenario(protocol_version, sandbox.target());
    scenario.probes.extent = ProbeMode::Full;
    support::walk(scenario, true).await.unwrap()
}

/// The shapes that are seen in a run.
fn seen(record: &Record) -> BTreeSet<&'static str> {
    let evidence = Evidence::new(&record.scenario, &record.history);
    SHAPES
        .iter()
        .filter(|shape| matches!((shape.seen)(&evidence), Ok(Some(_))))
        .map(|shape| shape.id)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_honest_sandbox_shows_no_shape_and_lets_every_client_in() {
    for protocol_version in ProtocolVersion::ALL {
        let record = walk(protocol_version, Vec::new()).await;
        assert_eq!(seen(&record), BTreeSet::from(ALWAYS), "{protocol_version}");
        let evidence = Evidence::new(&record.scenario, &record.history);
        let (predictions, open) = predict(&evidence, &chosen(["all"]).unwrap());
        for prediction in predictions {
            let met = prediction.encounters.iter().filter(|met| !ALWAYS.contains(&met.shape.id)).count();
            assert_eq!((met, prediction.walk_ended), (0, None), "{}", prediction.client.id);
        }
        // A protocol version without resource metadata says nothing of it.
        let missing = open.iter().filter(|question| question.missing != Missing::Version);
        assert_eq!(
            missing.map(|question| question.shape.id).collect::<Vec<_>>(),
            [""; 0],
            "{protocol_version}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_that_is_named_shows_its_shape() {
    let shown = SHAPES.iter().flat_map(|shape| shape.shown_by.iter().map(move |together| (shape, *together)));
    let walks = shown.map(|(shape, together)| async move {
        let seen = seen(&walk_together(together).await);
        (!seen.contains(shape.id)).then(|| format!("{together:?} does not show {}: {seen:?}", shape.id))
    });
    let mut wrong: Vec<_> = side_by_side(walks).await.into_iter().flatten().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn policy(shown: &[&str], required: &[&str]) -> Policy {
    let words = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Policy {
        clients: ClientSelection { shown: words(shown), required: words(required) },
        ..Policy::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_to_connect_and_stops_fails_the_run_and_the_change_lets_it_pass() {
    let record = walk(ProtocolVersion::DEFAULT, vec![Fault::ResourceTrailingSlash]).await;
    let transcript = Transcript::new(&record, &policy(&["vscode", "py"], &["vscode"]));
    assert_eq!(transcript.summary.exit_code, 1);
    let [py, vscode] = transcript.clients.as_slice() else { panic!("{:?}", transcript.clients) };
    assert_eq!((py.verdict, py.required), (Fate::Unknown, false));
    assert_eq!((vscode.verdict, vscode.required), (Fate::Stops, true));
    assert_eq!(vscode.shape.as_deref(), Some("prm-resource-slash"));
    assert!(vscode.exchange.is_some_and(|id| transcript.exchange(id).is_some()));
    let [change] = transcript.client_changes.as_slice() else { panic!("{:?}", transcript.client_changes) };
    assert_eq!(change.diagnosis.as_deref(), Some("resource-mismatch"));
    assert_eq!(change.clients, ["vscode"]);
    // Without the fault it passes.
    let mended = walk(ProtocolVersion::DEFAULT, Vec::new()).await;
    let mended = Transcript::new(&mended, &policy(&["vscode", "py"], &["vscode"]));
    assert_eq!(mended.summary.exit_code, 0);
    assert_eq!(mended.client_changes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_run_tells_the_same_and_of_what_it_lacks_that_it_is_unknown() {
    let record = walk(ProtocolVersion::DEFAULT, vec![Fault::IssuerSlashMissing]).await;
    let transcript = Transcript::new(&record, &policy(&["all"], &[]));
    let again = Replay::new(transcript.clone()).unwrap().judged_again();
    assert_eq!(again.clients, transcript.clients);
    assert_eq!(again.client_changes, transcript.client_changes);
    let mut cut = transcript;
    cut.exchanges.retain(|exchange| exchange.step == gatewalk::specification::Step::Challenge);
    (cut.authorizations, cut.callbacks) = (Vec::new(), Vec::new());
    let cut = Replay::new(cut).unwrap().judged_again();
    let ts2 = cut.clients.iter().find(|entry| entry.client == "ts2").unwrap();
    assert_eq!(ts2.verdict, Fate::Unknown);
}
