//! Every check is able to fail, and only where something is wrong: each fault of the sandbox fails exactly the checks it
//! declares, and the honest sandbox fails none.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

#[path = "support/matrix.rs"]
mod matrix;
#[path = "kill_matrix/replayed.rs"]
mod replayed;
#[path = "support/side_by_side.rs"]
mod side_by_side;
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use gatewalk::check::{CATALOGUE, Verdict};
use gatewalk::exchange::Secret;
use gatewalk::flow::Outcome;
use gatewalk::sandbox::{CHECKS_WITHOUT_FAULT, Fault, Plan};
use gatewalk::scenario::{Client, Grant, Policy, ProbeMode, SessionAction};
use gatewalk::specification::{ProtocolVersion, Step};
use gatewalk::transcript::{Ending, Record, RunOutcome, Transcript};
use matrix::{Known, judged, walk};
use side_by_side::side_by_side;
use tokio::task::JoinSet;

/// A walk with these faults, as far as that much asks for.
async fn walked(
    protocol_version: ProtocolVersion,
    faults: &[Fault],
    known: Known,
    past_refusals: bool,
    extent: ProbeMode,
) -> (Record, Vec<String>) {
    let plan = Plan::with_faults(protocol_version, faults.to_vec());
    walk(plan, known, past_refusals, |scenario| {
        scenario.probes.extent = extent;
        scenario.then.extend(faults.iter().filter_map(|fault| fault.called_tool()).map(SessionAction::call));
        if faults.iter().any(|fault| {
            matches!(fault, Fault::Slow | Fault::ResponseBuffered | Fault::SessionEventStreamOpen)
        }) {
            scenario.limits.timeout = Duration::from_millis(1500);
        }
    })
    .await
}

/// The checks that fail, with what they say.
fn failing(record: &Record) -> Vec<(&'static str, String)> {
    judged(record)
        .into_iter()
        .filter_map(|judged| judged.finding().map(|finding| (judged.check.id, finding.message.clone())))
        .collect()
}

fn registrations(protocol_version: ProtocolVersion) -> Vec<Known> {
    let mut known = vec![Known::DYNAMIC, Known::public(), Known::confidential()];
    if protocol_version.has_metadata_documents() {
        known.push(Known::ByDocument);
    }
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn the_honest_sandbox_fails_nothing_in_any_protocol_version_with_any_client() {
    let mut walks = JoinSet::new();
    for protocol_version in ProtocolVersion::ALL {
        for registration in registrations(protocol_version) {
            walks.spawn(async move {
                let (record, clients) =
                    walked(protocol_version, &[], registration.clone(), false, ProbeMode::Full).await;
                (protocol_version, registration, record, clients)
            });
        }
    }
    while let Some(walked) = walks.join_next().await {
        let (protocol_version, registration, record, clients) = walked.unwrap();
        let run = format!("{protocol_version}, {registration:?}");
        assert_eq!(record.ending, Ending::Finished(Outcome::Reached(Step::Session)), "{run}");
        assert_eq!(failing(&record), [], "{run}");
        let summary = Transcript::new(&record, &Policy::default()).summary;
        let wanted = if registration == Known::DYNAMIC { RunOutcome::Conforms } else { summary.outcome };
        assert_eq!((summary.outcome, summary.exit_code), (wanted, 0), "{run}: {:?}", summary.undecided);
        assert_eq!(clients, Vec::<String>::new(), "{run}");
        assert_eq!(record.left_behind, [], "{run}");
        if registration != Known::DYNAMIC {
            continue;
        }
        let undecided = judged(&record)
            .into_iter()
            .filter(|judged| matches!(judged.verdict, Verdict::Untestable(_) | Verdict::Inconclusive(_)))
            .map(|judged| format!("{}: {:?}", judged.check.id, judged.verdict));
        assert_eq!(undecided.collect::<Vec<_>>(), Vec::<String>::new(), "{run}");
    }
}

/// Walks with a fault and all probes, and tells what is not as declared.
async fn mismatch(fault: Fault) -> Vec<String> {
    let (record, clients) =
        walked(fault.protocol_version(), &[fault], Known::DYNAMIC, true, ProbeMode::Full).await;
    let mut wrong = Vec::new();
    // What was registered is removed, or listed; unless nobody was told its identifier.
    let left: Vec<_> = record.left_behind.iter().map(|left| left.client_id.clone()).collect();
    if left != clients && fault != Fault::RegistrationClientIdMissing {
        wrong.push(format!("{fault} lists {left:?} as left behind, but {clients:?} are"));
    }
    let found = failing(&record);
    let failed: BTreeSet<_> = found.iter().map(|(id, _)| *id).collect();
    let declared: BTreeSet<_> = fault.fails().iter().copied().collect();
    if failed != declared {
        wrong.push(format!("{fault} declares {declared:?}, ends {:?}, fails {found:#?}", record.ending));
    }
    wrong.extend(replayed::differences(fault.id(), &record));
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_fails_exactly_the_checks_it_declares() {
    let mut wrong = side_by_side(Fault::ALL.iter().map(|fault| mismatch(*fault))).await.concat();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_of_the_client_is_known_where_a_run_is_judged_again() {
    type Amend = Box<dyn FnOnce(&mut Client) + Send>;
    let secret = || Secret::new("eyJhbGciOiJub25lIn0.e30.0123456789abcdef");
    let asked: [(&str, Known, Amend); 4] = [
        ("kept", Known::DYNAMIC, Box::new(|client| client.keep = true)),
        ("code", Known::confidential(), Box::new(|client| client.grant = Grant::AuthorizationCode)),
        ("credentials", Known::confidential(), Box::new(|client| client.grant = Grant::ClientCredentials)),
        (
            "assertion",
            Known::confidential(),
            Box::new(move |client| client.grant = Grant::JwtBearer { assertion: secret() }),
        ),
    ];
    for (name, known, amend) in asked {
        let plan = Plan::with_faults(ProtocolVersion::DEFAULT, Vec::new());
        let (record, _) = walk(plan, known, true, |scenario| amend(&mut scenario.client)).await;
        assert_eq!(replayed::differences(name, &record), Vec::<String>::new());
    }
}

#[test]
fn every_check_has_a_fault_that_fails_it_or_a_reason_to_have_none() {
    let failed: BTreeSet<_> = Fault::ALL.iter().flat_map(|fault| fault.fails()).copied().collect();
    let excused: BTreeSet<_> = CHECKS_WITHOUT_FAULT.iter().map(|(id, _)| *id).collect();
    let all: BTreeSet<_> = CATALOGUE.iter().map(|check| check.id).collect();
    assert_eq!(failed.intersection(&excused).collect::<Vec<_>>(), Vec::<&&str>::new(), "excused, but failed");
    assert_eq!(failed.union(&excused).copied().collect::<BTreeSet<_>>(), all);
}
