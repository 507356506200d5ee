//! A transcript of every fault: valid by its schema, the same when read back.

use std::time::Duration;

use gatewalk::sandbox::{Fault, Plan, Sandbox};
use gatewalk::scenario::Policy;
use gatewalk::transcript::replay::Replay;
use gatewalk::transcript::{Record, Transcript};

use crate::side_by_side::side_by_side;
use crate::support::{scenario, walk};

async fn record(fault: Option<Fault>) -> Record {
    let protocol_version =
        fault.map_or(gatewalk::specification::ProtocolVersion::DEFAULT, Fault::protocol_version);
    let faults = fault.into_iter().collect();
    let sandbox = Sandbox::start(Plan::with_faults(protocol_version, faults)).await.unwrap();
    let mut scenario = scenario(protocol_version, sandbox.target());
    // What never answers is waited for; what streams without end is cut.
    if matches!(fault, Some(Fault::Slow | Fault::SessionEventStreamOpen | Fault::BodyEndless)) {
        scenario.limits.timeout = Duration::from_millis(1500);
    }
    walk(scenario, true).await.unwrap()
}

/// A record of the honest sandbox and of every fault.
async fn records() -> Vec<(Option<Fault>, Record)> {
    let faults = std::iter::once(None).chain(Fault::ALL.iter().copied().map(Some));
    side_by_side(faults.map(|fault| async move { (fault, record(fault).await) })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transcript_is_valid_reads_back_and_is_judged_the_same_again() {
    let schema = Transcript::json_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (fault, record) in records().await {
        let transcript = Transcript::new(&record, &Policy::default());
        let json = serde_json::to_value(&transcript).unwrap();
        let wrong: Vec<_> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{fault:?}: {wrong:?}");
        let back: Transcript = serde_json::from_value(json).unwrap();
        assert_eq!(back, transcript, "{fault:?}");
        let again = Replay::new(back).unwrap().judged_again();
        let replayed = again.replayed.unwrap();
        assert_eq!(replayed.changed, [], "{fault:?}");
        assert_eq!(again.summary, transcript.summary, "{fault:?}");
        assert_eq!(again.verdicts, transcript.verdicts, "{fault:?}");
        assert_eq!(again.diagnoses, transcript.diagnoses, "{fault:?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_transcript() {
    let validator = jsonschema::validator_for(&Transcript::json_schema()).unwrap();
    for wrong in [serde_json::json!({}), serde_json::json!({"schema": 1, "steps": "none"})] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}
