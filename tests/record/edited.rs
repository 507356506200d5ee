//! A request that was changed by hand is said to be so, in the transcript and on the first lines of what people read.

use std::sync::Arc;

use gatewalk::edition::{Edition, Step};
use gatewalk::exchange::Trail;
use gatewalk::report::Format;
use gatewalk::sandbox::{Plan, Sandbox};
use gatewalk::scenario::Policy;
use gatewalk::transcript::Transcript;
use gatewalk::transcript::replay::Replay;

use crate::reports::rendered;
use crate::support::{scenario, walk};

#[tokio::test]
async fn a_run_with_a_changed_request_says_so() {
    let sandbox =
        Sandbox::start(Plan { edition: Edition::DEFAULT, preset: None, faults: Vec::new() }).await.unwrap();
    let mut scenario = scenario(Edition::DEFAULT, sandbox.target());
    scenario.until = Step::ServerMetadata;
    let mut record = walk(scenario, false).await.unwrap();
    let plain = Transcript::new(&record, &Policy::default());
    let mut trail = Trail::default();
    for exchange in record.trail.exchanges() {
        let mut exchange = (**exchange).clone();
        exchange.request.edited = exchange.id.0 == 2;
        trail.push(Arc::new(exchange));
    }
    record.trail = trail;
    let changed = Transcript::new(&record, &Policy::default());
    assert_eq!((plain.edited, changed.edited), (false, true));
    assert!(Replay::new(changed.clone()).unwrap().judged_again().edited);
    for format in [Format::Text, Format::Html, Format::Markdown] {
        let note = "Requests of this run were changed by hand: exchange 2.";
        assert!(rendered(&changed, format).contains(note), "{}", format.id());
        assert!(!rendered(&plain, format).contains("changed by hand"), "{}", format.id());
    }
    assert_eq!(rendered(&changed, Format::Html).matches("(edited) → 200</code>").count(), 1);
}
