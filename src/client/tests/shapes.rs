//! Every shape is seen in a run that was spoilt for it, and in no good one; and what comes of clients there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cases::{Spoil, cases};
use crate::check::Evidence;
use crate::check::tests::good::{CHALLENGE, RESOURCE, Run, SERVER, TARGET};
use crate::client::{Fate, Missing, SHAPES, chosen, find, predict, shape};
use crate::exchange::{FailureKind, ProbeId, Purpose, TransportFailure};
use crate::specification::{ProtocolVersion, Step};

fn good() -> Run {
    let mut run = Run::good(ProtocolVersion::V2025_11_25);
    run.add(Step::Challenge, Purpose::Probe(ProbeId::GetWithoutToken), TARGET, 401, "", "");
    run
}

/// Shapes that rest on probes whose good answer a spoilt run does not have: faults of the sandbox show them.
const SHOWN_BY_THE_SANDBOX: [&str; 3] = ["redirect-port-exact", "scope-list-too-wide", "scope-required"];

fn spoilt(spoil: Spoil) -> Run {
    let mut run = good();
    spoil(&mut run);
    run
}

/// The shapes that are seen in a run.
fn seen(run: &Run) -> BTreeSet<&'static str> {
    let history = run.history();
    let evidence = Evidence::new(&run.scenario, &history);
    let seen = SHAPES.iter().filter(|shape| matches!((shape.seen)(&evidence), Ok(Some(_))));
    seen.map(|shape| shape.id).collect()
}

#[test]
fn a_good_run_shows_no_shape_in_any_protocol_version() {
    for protocol_version in ProtocolVersion::ALL {
        let seen = seen(&Run::good(protocol_version));
        assert_eq!(seen, BTreeSet::from(["no-oauth-client"]), "{protocol_version}");
    }
}

#[test]
fn every_shape_is_seen_where_a_run_is_spoilt_for_it() {
    let of_cases: BTreeSet<_> = cases().map(|(id, ..)| *id).chain(SHOWN_BY_THE_SANDBOX).collect();
    assert_eq!(of_cases, SHAPES.iter().map(|shape| shape.id).collect());
    for (id, spoil, ..) in cases() {
        assert!(seen(&spoilt(*spoil)).contains(id), "{id}");
    }
}

#[test]
fn each_client_makes_of_a_shape_what_its_traits_say() {
    for (id, spoil, stop, pass) in cases() {
        let run = spoilt(*spoil);
        let history = run.history();
        let evidence = Evidence::new(&run.scenario, &history);
        let shape = shape::find(id).unwrap();
        let fate = |client: &str| {
            let client = find(client).unwrap_or_else(|| panic!("{client}"));
            (shape.meets)(&client.traits, &evidence).fate().0
        };
        for client in *stop {
            assert_eq!(fate(client), Fate::Stops, "{client} at {id}");
        }
        for client in *pass {
            assert!(fate(client) < Fate::Unknown, "{client} at {id}: {:?}", fate(client));
        }
    }
}

#[test]
fn a_good_run_lets_every_client_in_that_has_oauth() {
    let run = good();
    let history = run.history();
    let clients = chosen(["all", "claude-code", "copilot-cli", "jetbrains"]).unwrap();
    let (predictions, open) = predict(&Evidence::new(&run.scenario, &history), &clients);
    let stopped: Vec<_> =
        predictions.iter().filter(|it| it.fate() != Fate::Connects).map(|it| it.client.id).collect();
    assert_eq!(stopped, ["java", "kotlin", "roo"]);
    let asked: Vec<_> = open.iter().map(|question| (question.shape.id, question.missing)).collect();
    assert_eq!(asked, [("redirect-port-exact", Missing::Probe(ProbeId::AuthorizeRedirectPort))]);
}

#[test]
fn the_first_stop_decides_and_nothing_is_known_behind_the_end_of_the_walk() {
    let run = spoilt(|run| {
        run.set(RESOURCE, "/resource", json!(format!("{TARGET}/")));
        run.set(SERVER, "/code_challenge_methods_supported", Value::Null);
        run.until(Step::ServerMetadata);
    });
    let history = run.history();
    let clients = chosen(["ts1", "go", "csharp", "py"]).unwrap();
    let (predictions, _) = predict(&Evidence::new(&run.scenario, &history), &clients);
    let told: Vec<_> = predictions
        .iter()
        .map(|it| (it.client.id, it.fate(), it.decisive().map(|met| met.shape.id)))
        .collect();
    assert_eq!(
        told,
        [
            ("ts1", Fate::Stops, Some("prm-resource-slash")),
            ("py", Fate::Unknown, None),
            ("csharp", Fate::Stops, Some("as-pkce-unlisted")),
            ("go", Fate::Stops, Some("prm-resource-slash")),
        ]
    );
    assert!(predictions.iter().all(|it| it.walk_ended == Some(Step::ServerMetadata)));
}

#[test]
fn what_is_not_seen_says_what_to_run() {
    let mut run = Run::good(ProtocolVersion::V2025_11_25);
    run.exchange(CHALLENGE).outcome =
        Err(TransportFailure { kind: FailureKind::Connect, detail: "refused".to_owned() });
    run.until(Step::Challenge);
    let history = run.history();
    let evidence = Evidence::new(&run.scenario, &history);
    let seen = |id| (shape::find(id).unwrap().seen)(&evidence);
    assert_eq!(seen("token-form"), Err(Missing::Step(Step::Token)));
    assert_eq!(seen("get-5xx"), Err(Missing::Probe(ProbeId::GetWithoutToken)));
    assert_eq!(Missing::Step(Step::Token).to_string(), "walk on to token");
    assert_eq!(
        Missing::Probe(ProbeId::GetWithoutToken).to_string(),
        "--probes safe, or --allow get-without-token"
    );
}
