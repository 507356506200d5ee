//! A request that was changed by hand is said to be so, in the transcript and on the first lines of what people read.

use std::sync::Arc;

use gatewalk::exchange::History;
use gatewalk::report::Format;
use gatewalk::sandbox::{Plan, Sandbox};
use gatewalk::scenario::Policy;
use gatewalk::specification::{ProtocolVersion, Step};
use gatewalk::transcript::Transcript;
use gatewalk::transcript::replay::Replay;

use crate::reports::rendered;
use crate::support::{scenario, walk};

#[tokio::test]
async fn a_run_with_a_changed_request_says_so() {
    let sandbox = Sandbox::start(Plan::honest(ProtocolVersion::DEFAULT)).await.unwrap();
    let mut scenario = scenario(ProtocolVersion::DEFAULT, sandbox.target());
    scenario.until = Step::ServerMetadata;
    let mut record = walk(scenario, false).await.unwrap();
    let plain = Transcript::new(&record, &Policy::default());
    let mut history = History::default();
    for exchange in record.history.exchanges() {
        let mut exchange = (**exchange).clone();
        exchange.request.edited = exchange.id.0 == 2;
        history.push(Arc::new(exchange));
    }
    record.history = history;
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
