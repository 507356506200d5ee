//! Probes that are cut short: by a server that asks for patience, and by the user.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use gatewalk::exchange::{Exchange, ExchangeId, FailureKind, ProbeId, Purpose, Request};
use gatewalk::flow::Outcome;
use gatewalk::run::{HttpTransport, Recorder, RunEvent, Transport};
use gatewalk::sandbox::Sandbox;
use gatewalk::scenario::ProbeMode;
use gatewalk::specification::Step;
use gatewalk::transcript::{Ending, Record};
use tokio::sync::mpsc;

use super::support::scenario;
use super::{EDITION, assert_tells_no_secret, judged, sandbox, transport, until_over};

/// What becomes of a probe on its way.
#[derive(Clone, Copy)]
enum Fate {
    /// It gets 429.
    TooMany,
    /// It is never answered.
    Lost,
}

/// Lets everything pass but one probe.
struct Meddles {
    inner: HttpTransport,
    with: ProbeId,
    fate: Fate,
}

impl Transport for Meddles {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let meant = request.purpose == Purpose::Probe(self.with);
        let (sending, fate) = (self.inner.send(id, request), self.fate);
        Box::pin(async move {
            match fate {
                Fate::Lost if meant => std::future::pending().await,
                Fate::TooMany if meant => {
                    let mut exchange = sending.await;
                    exchange.outcome.as_mut().unwrap().status = 429;
                    exchange
                }
                _ => sending.await,
            }
        })
    }
}

/// A probe in the middle: there are some before it and some after it.
const MIDDLE: ProbeId = ProbeId::TokenUnknown;

/// Walks with all probes, over a transport that meddles with one where a fate is given, until an event.
async fn probed(
    sandbox: &Sandbox,
    fate: Option<Fate>,
    last: impl FnMut(&RunEvent, &Recorder) -> bool,
) -> Record {
    let mut scenario = scenario(EDITION, sandbox.target());
    scenario.probes.extent = ProbeMode::Full;
    let inner = transport(&scenario);
    let transport: Arc<dyn Transport> = match fate {
        Some(fate) => Arc::new(Meddles { inner, with: MIDDLE, fate }),
        None => Arc::new(inner),
    };
    let walk = until_over(transport, mpsc::unbounded_channel(), scenario, last);
    tokio::time::timeout(Duration::from_secs(30), walk).await.expect("the walk hangs")
}

/// The probes that were sent, in order.
fn probes(record: &Record) -> Vec<ProbeId> {
    let sent = record.history.exchanges().filter_map(|exchange| match exchange.request.purpose {
        Purpose::Probe(id) => Some(id),
        _ => None,
    });
    sent.collect()
}

fn is_middle(request: &Request) -> bool {
    request.purpose == Purpose::Probe(MIDDLE)
}

/// What the run obtained is given back, although it ended early: the tokens of the login and those of the refresh.
#[track_caller]
fn assert_given_back(record: &Record, sandbox: &Sandbox) {
    let revoked = record.history.with_purpose(|purpose| purpose == Purpose::Revocation).count();
    assert_eq!((revoked, sandbox.clients(), record.left_behind.len()), (4, Vec::new(), 0));
    assert_tells_no_secret(record);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_gets_no_more_probes() {
    let sandbox = sandbox(&[]).await;
    let finished = |event: &RunEvent, _: &Recorder| matches!(event, RunEvent::Finished(_));
    let whole = probes(&probed(&sandbox, None, finished).await);
    assert!(whole.contains(&MIDDLE) && whole.last() != Some(&MIDDLE));

    let record = probed(&sandbox, Some(Fate::TooMany), finished).await;
    assert_eq!(probes(&record).last(), Some(&MIDDLE));
    assert_eq!(record.ending, Ending::Finished(Outcome::Reached(Step::Session)));
    let limited = judged(&record, "rs-invalid-token-401");
    assert!(limited.starts_with("inconclusive"), "{limited}");
    let unsent = judged(&record, "rs-jwt-alg-none");
    assert!(unsent.starts_with("untestable"), "{unsent}");
    assert_given_back(&record, &sandbox);
}

#[tokio::test]
async fn a_walk_stopped_while_a_probe_is_on_its_way_ends_there() {
    let sandbox = sandbox(&[]).await;
    let record = probed(
        &sandbox,
        Some(Fate::Lost),
        |event, _| matches!(event, RunEvent::Sending(request) if is_middle(request)),
    )
    .await;
    assert_eq!(probes(&record).last(), Some(&MIDDLE));
    let cut = record.history.probe(MIDDLE).unwrap();
    assert_eq!(cut.outcome.as_ref().unwrap_err().kind, FailureKind::Cancelled);
    assert!(judged(&record, "rs-invalid-token-401").starts_with("untestable"));
    assert_given_back(&record, &sandbox);
}

#[tokio::test]
async fn a_walk_stopped_between_two_probes_sends_one_more_at_most() {
    let sandbox = sandbox(&[]).await;
    let record = probed(
        &sandbox,
        None,
        |event, _| matches!(event, RunEvent::Exchanged(exchange) if is_middle(&exchange.request)),
    )
    .await;
    let sent = probes(&record);
    let middle = sent.iter().position(|id| *id == MIDDLE).unwrap();
    assert!(sent.len() - middle <= 2, "{:?}", &sent[middle..]);
    assert!(judged(&record, "rs-query-token-ignored").starts_with("untestable"));
    assert_given_back(&record, &sandbox);
}
