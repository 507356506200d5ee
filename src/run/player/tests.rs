//! A record is played: its events are told in order, step by step, forth and back.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, FailureKind, ProbeId, Timing, TransportFailure, Unauthenticated,
};
use crate::flow::RefusalKind;
use crate::scenario::Scenario;
use crate::specification::{Party, ProtocolVersion};

const CHALLENGE: Purpose = Purpose::Challenge(Unauthenticated::Opening);
const PROBE: Purpose = Purpose::Probe(ProbeId::List);

fn exchange(id: u32, step: Step, purpose: Purpose) -> Exchange {
    let request = Request::new(step, purpose, Party::Gateway, "GET", format!("https://gw.example/{id}"));
    let outcome = Err(TransportFailure { kind: FailureKind::Broken, detail: String::new() });
    Exchange { id: ExchangeId(id), request, outcome, timing: Timing::default() }
}

fn asked(name: &str) -> AuthorizationRequest {
    let url = format!("https://as.example/{name}");
    AuthorizationRequest::new(url, "http://127.0.0.1:1/callback")
}

/// Steps 1, 5 by a form, 6 and 7; 5 to 7 again for more scope; a probe, a revocation.
fn record(ending: Ending) -> Record {
    let mut history = History::default();
    for (id, step, purpose) in [
        (1, Step::Challenge, CHALLENGE),
        (2, Step::Authorization, Purpose::Login),
        (4, Step::Token, Purpose::Token),
        (5, Step::Session, Purpose::Initialize),
        (7, Step::Token, Purpose::Token),
        (8, Step::Session, Purpose::Initialize),
        (9, Step::Challenge, PROBE),
        (10, Step::Token, Purpose::Revocation),
    ] {
        history.push(Arc::new(exchange(id, step, purpose)));
    }
    for (id, name) in [(3, "first"), (6, "second")] {
        history.push_authorization(asked(name));
        history.push_callback(Arc::new(Callback::new(
            ExchangeId(id),
            format!("http://127.0.0.1:1/callback?{id}"),
        )));
    }
    Record {
        scenario: Scenario::new("https://gw.example/mcp", ProtocolVersion::DEFAULT),
        past_refusals: false,
        started: Timestamp::UNIX_EPOCH,
        duration: Duration::ZERO,
        salt: [0; 32],
        history,
        ending,
        refusals: Vec::new(),
        sent: Vec::new(),
        durations: Vec::new(),
        left_behind: Vec::new(),
    }
}

const WHOLE: Ending = Ending::Finished(Outcome::Reached(Step::Session));

/// Events in few words.
fn words(events: &[RunEvent]) -> String {
    let word = |event: &RunEvent| match event {
        RunEvent::Entered(step) => format!("in:{}", step.number()),
        RunEvent::Exchanged(exchange) => exchange.id.0.to_string(),
        RunEvent::Asked(request) => request.url.rsplit('/').next().unwrap().to_owned(),
        RunEvent::CalledBack(callback) => format!("back:{}", callback.id.0),
        RunEvent::Waiting(step) => format!("at:{}", step.number()),
        RunEvent::Prepared(Prepared::Request(request)) => {
            request.url.rsplit('/').next().unwrap().to_owned() + "?"
        }
        RunEvent::Prepared(Prepared::Authorization(request)) => {
            request.url.rsplit('/').next().unwrap().to_owned() + "?"
        }
        RunEvent::Restored(step, history) => {
            format!("again:{}({})", step.number(), history.exchanges().len())
        }
        RunEvent::Refused(_) => "refused".to_owned(),
        RunEvent::Overruled(_) => "overruled".to_owned(),
        RunEvent::Finished(Outcome::Reached(_)) => "end".to_owned(),
        RunEvent::Finished(Outcome::Stuck { awaiting, because }) => {
            format!("{because}:{}", awaiting.number())
        }
        other => panic!("{other:?}"),
    };
    events.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn player(ending: Ending) -> Player {
    Player::new(&record(ending))
}

#[test]
fn a_run_is_played_step_by_step_in_the_order_of_its_exchanges() {
    let mut player = player(WHOLE);
    assert_eq!(words(&player.begin()), "at:1 1?");
    for events in [
        "in:1 1 at:5 first?",
        "in:5 first 2 back:3 at:6 4?",
        "in:6 4 at:7 5?",
        "in:7 5 at:5 second?",
        "in:5 second back:6 at:6 7?",
        "in:6 7 at:7 8?",
        "in:7 8 9 10 end",
        "end",
    ] {
        assert_eq!(words(&player.respond(&Command::Continue)), events);
    }
}

#[test]
fn it_is_played_to_its_end_and_back() {
    let mut player = player(WHOLE);
    let all = words(&player.respond(&Command::RunToEnd));
    assert!(all.starts_with("in:1 1 in:5 first 2") && all.ends_with("in:7 8 9 10 end"), "{all}");
    for events in ["again:7(5) at:7 8?", "again:6(4) at:6 7?", "again:5(4) at:5 second?"] {
        assert_eq!(words(&player.respond(&Command::Back)), events);
    }
    for _ in 0..3 {
        player.respond(&Command::Back);
    }
    assert_eq!(words(&player.respond(&Command::Back)), "again:1(0) at:1 1?");
    assert_eq!(
        words(&player.respond(&Command::Back)),
        "again:1(0) at:1 1?",
        "there is nothing before the first step"
    );
}

#[test]
fn it_is_taken_to_a_step() {
    let mut player = player(WHOLE);
    let token = Command::RunTo(Step::Token);
    assert_eq!(words(&player.respond(&token)), "in:1 1 in:5 first 2 back:3 at:6 4?");
    assert_eq!(words(&player.respond(&token)), "again:6(2) at:6 4?", "it is there");
    player.respond(&Command::Continue);
    assert!(words(&player.respond(&token)).ends_with("in:5 second back:6 at:6 7?"), "the next one");
    assert_eq!(words(&player.respond(&Command::RunTo(Step::Challenge))), "again:1(0) at:1 1?");
    let left_out = words(&player.respond(&Command::RunTo(Step::Registration)));
    assert_eq!(left_out, "in:1 1 at:5 first?", "a step that was left out is where the one after it begins");
}

#[test]
fn nothing_is_sent() {
    let mut player = player(WHOLE);
    for command in [
        Command::Retry,
        Command::Overrule,
        Command::Paste("http://x".to_owned()),
        Command::OpenBrowser,
        Command::Pause,
        Command::Probe,
        Command::Stop,
    ] {
        assert_eq!(player.respond(&command), []);
    }
}

#[test]
fn refusals_are_told_where_they_were() {
    let refusal = |kind| Refusal { kind, expected: "a".to_owned(), found: "b".to_owned() };
    let last = refusal(RefusalKind::IssMissing);
    let mut record = record(Ending::Refused(last.clone()));
    record.refusals = vec![(refusal(RefusalKind::StateMismatch), true), (last, false)];
    let all = words(&Player::new(&record).respond(&Command::RunToEnd));
    assert!(all.contains("first 2 back:3 refused overruled in:6"), "{all}");
    assert!(all.ends_with("8 9 10 refused"), "{all}");
}

#[test]
fn an_interrupted_run_says_so() {
    let mut interrupted = record(Ending::Interrupted(Step::Authorization));
    let mut history = History::default();
    history.push(Arc::new(exchange(1, Step::Challenge, CHALLENGE)));
    history.push_authorization(asked("first"));
    interrupted.history = history;
    let mut player = Player::new(&interrupted);
    let all = words(&player.respond(&Command::RunToEnd));
    assert_eq!(all, "in:1 1 in:5 first the run was interrupted here:5");
    interrupted.history = History::default();
    assert_eq!(
        words(&Player::new(&interrupted).begin()),
        "the run was interrupted here:5",
        "before anything was sent"
    );
}

#[tokio::test]
async fn a_replay_ends_when_it_is_stopped_and_leaves_nothing_behind() {
    let (commands, ordered) = mpsc::unbounded_channel();
    let (sender, mut events) = mpsc::unbounded_channel();
    commands.send(Command::Continue).unwrap();
    commands.send(Command::Stop).unwrap();
    play(player(WHOLE), ordered, sender).await;
    let mut heard = Vec::new();
    while let Some(event) = events.recv().await {
        heard.push(event);
    }
    assert_eq!(heard.pop(), Some(RunEvent::Ended { left_behind: Vec::new(), known_clients: Vec::new() }));
    assert_eq!(words(&heard), "in:1 1 at:5 first?");
}
