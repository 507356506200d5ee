//! Runs with an authorization server of the user's choice, and runs with more than one round of authorization.

use std::sync::Arc;

use serde_json::json;

use super::good::{RESOURCE, Run, SERVER, STATE};
use super::mutated;
use crate::check::{Evidence, Judged, Verdict, judge};
use crate::document::identifier::Identifier;
use crate::exchange::{AuthorizationRequest, ExchangeId, History, Issuer, IssuerSource, Round};
use crate::specification::ProtocolVersion::{self, V2025_03_26 as V1, V2025_11_25 as V3, V2026_07_28 as V4};
use crate::specification::Step;

/// The authorization server of the good run, and another one.
const FIRST: &str = "https://as.example/";
const SECOND: &str = "https://as2.example";

/// A good run at that authorization server, all of whose documents, tokens and callbacks name it.
fn at(issuer: &str, protocol_version: ProtocolVersion) -> Run {
    mutated(protocol_version, |run| {
        if !protocol_version.resource_metadata_order().is_empty() {
            run.set(RESOURCE, "/authorization_servers", json!([issuer]));
        }
        run.set(SERVER, "/issuer", json!(issuer));
        if issuer == SECOND {
            run.token(|_, claims| claims["iss"] = json!(SECOND));
        }
        let iss: String = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
        run.callback_query(&format!("code=c&state={STATE}&iss={iss}"));
    })
}

/// One run after the other, each a round of authorization at its own server.
fn rounds(runs: &[(&Run, Option<&str>)]) -> History {
    let mut history = History::default();
    for (number, (run, issuer)) in (1..).zip(runs) {
        let issuer = issuer.map(|identifier| Issuer {
            identifier: identifier.to_owned(),
            source: IssuerSource::ResourceMetadata,
        });
        let round = |step| Round { number, issuer: issuer.clone().filter(|_| step >= Step::ServerMetadata) };
        let walked =
            run.exchanges.iter().filter(|exchange| number == 1 || exchange.request.step > Step::Challenge);
        for exchange in walked {
            let mut exchange = exchange.clone();
            exchange.id = ExchangeId(u32::try_from(history.exchanges().len()).unwrap() + 1);
            exchange.request.round = round(exchange.request.step);
            history.push(Arc::new(exchange));
        }
        if let Some(request) = run.authorization.clone() {
            let request = AuthorizationRequest { round: round(Step::Authorization), ..request };
            history.push_authorization(request);
        }
        if let Some(callback) = run.callback.clone() {
            history.push_callback(Arc::new(callback.in_round(&round(Step::Authorization))));
        }
    }
    history
}

fn failing(judged: &[Judged]) -> Vec<&'static str> {
    judged.iter().filter(|judged| judged.finding().is_some()).map(|judged| judged.check.id).collect()
}

#[test]
fn the_issuer_of_the_users_choice_is_the_one_the_metadata_is_compared_with() {
    for protocol_version in [V3, V4] {
        let chosen = mutated(protocol_version, |run| {
            run.set(RESOURCE, "/authorization_servers", json!([SECOND, FIRST]));
            run.scenario.client.issuer = Some(FIRST.to_owned());
        });
        assert_eq!(chosen.failing(), Vec::<&str>::new(), "{protocol_version}");
        assert_eq!(chosen.verdict("as-issuer-matches"), Verdict::Pass);
        let other = mutated(protocol_version, |run| {
            run.set(RESOURCE, "/authorization_servers", json!([FIRST, SECOND]));
            run.scenario.client.issuer = Some(SECOND.to_owned());
        });
        assert!(other.failing().contains(&"as-issuer-matches"), "{protocol_version}");
        assert!(other.message("as-issuer-matches").contains("asked for"));
    }
}

#[test]
fn the_slash_is_compared_with_the_list_also_where_the_user_chose() {
    let chosen = |listed: &'static str, chosen: &'static str| {
        mutated(V3, |run| {
            run.set(RESOURCE, "/authorization_servers", json!([SECOND, listed]));
            run.scenario.client.issuer = Some(chosen.to_owned());
        })
    };
    let bare = "https://as.example";
    assert!(chosen(bare, bare).failing().contains(&"as-issuer-slash"));
    assert!(chosen(bare, FIRST).failing().contains(&"as-issuer-slash"), "the list is wrong");
    let typed = chosen(FIRST, bare);
    assert_eq!(typed.verdict("as-issuer-slash"), Verdict::Pass, "the list is right, whatever the user typed");
    let unlisted = mutated(V3, |run| {
        run.set(RESOURCE, "/authorization_servers", json!([SECOND]));
        run.scenario.client.issuer = Some(FIRST.to_owned());
    });
    assert!(matches!(unlisted.verdict("as-issuer-slash"), Verdict::NotApplicable(_)));
}

#[test]
fn the_issuer_of_the_users_choice_is_judged_where_nothing_names_one() {
    let without = |protocol_version| {
        mutated(protocol_version, |run| {
            run.scenario.client.issuer = Some(SECOND.to_owned());
            run.set(SERVER, "/issuer", json!(SECOND));
            if protocol_version == V3 {
                run.status(RESOURCE, 404);
            }
        })
    };
    assert_eq!(without(V3).verdict("as-issuer-matches"), Verdict::Pass);
    assert_eq!(without(V1).verdict("as-issuer-matches"), Verdict::Pass);
    let mut missing = without(V3);
    missing.until(Step::ServerMetadata);
    missing.status(SERVER, 404);
    assert!(
        missing.failing().contains(&"as-metadata-present"),
        "the user named the server: it is not guessed"
    );
}

#[test]
fn each_round_is_compared_with_its_own_authorization_server() {
    for protocol_version in [V3, V4] {
        let (first, second) = (at(FIRST, protocol_version), at(SECOND, protocol_version));
        let history = rounds(&[(&first, Some(FIRST)), (&second, Some(SECOND))]);
        let judged = judge(&Evidence::new(&first.scenario, &history));
        assert_eq!(failing(&judged), Vec::<&str>::new(), "{protocol_version}");
        for id in ["as-issuer-matches", "jwt-iss", "jwt-signature"] {
            let of_check = judged.iter().find(|judged| judged.check.id == id).unwrap();
            assert_eq!((of_check.verdict.clone(), of_check.round), (Verdict::Pass, 2), "{id}");
        }
    }
}

#[test]
fn what_is_wrong_in_any_round_is_found() {
    let (first, second) = (at(FIRST, V4), at(SECOND, V4));
    let foreign = |issuer| {
        let mut run = at(issuer, V4);
        run.token(|_, claims| claims["iss"] = json!("https://as3.example"));
        run
    };
    for (runs, wrong) in [([&foreign(FIRST), &second], 1), ([&first, &foreign(SECOND)], 2)] {
        let history = rounds(&[(runs[0], Some(FIRST)), (runs[1], Some(SECOND))]);
        let evidence = Evidence::new(&first.scenario, &history);
        let judged = judge(&evidence);
        assert_eq!(failing(&judged), ["jwt-iss"], "round {wrong}");
        let finding = judged.iter().find(|judged| judged.check.id == "jwt-iss").unwrap();
        let expected = [FIRST, SECOND][wrong - 1];
        assert_eq!(usize::from(finding.round), wrong);
        assert_eq!(finding.finding().unwrap().expected.as_deref(), Some(expected));
    }
    // A callback that names the server of the round before.
    let mut mixed_up = at(SECOND, V4);
    let iss: String = url::form_urlencoded::byte_serialize(FIRST.as_bytes()).collect();
    mixed_up.callback_query(&format!("code=c&state={STATE}&iss={iss}"));
    let history = rounds(&[(&first, Some(FIRST)), (&mixed_up, Some(SECOND))]);
    assert_eq!(failing(&judge(&Evidence::new(&first.scenario, &history))), ["authz-iss-identical"]);
}

#[test]
fn a_round_that_gets_stuck_takes_no_verdict_from_the_one_before() {
    let first = at(FIRST, V4);
    let before = first.judged();
    for step in [Step::ResourceMetadata, Step::ServerMetadata, Step::Registration] {
        let mut second = at(SECOND, V4);
        second.until(step);
        let issuer = (step > Step::ResourceMetadata).then_some(SECOND);
        let history = rounds(&[(&first, Some(FIRST)), (&second, issuer)]);
        let judged = judge(&Evidence::new(&first.scenario, &history));
        for (was, is) in before.iter().zip(&judged) {
            let (id, found) = (was.check.id, &is.verdict);
            assert!(is.finding().is_none(), "{id} after {step}: {found:?}");
            assert!(
                was.verdict != Verdict::Pass || is.verdict == Verdict::Pass,
                "{id} after {step}: {found:?}"
            );
        }
    }
}

#[test]
fn more_scope_at_the_same_server_is_judged_by_the_documents_that_were_read() {
    let first = at(FIRST, V4);
    let mut second = at(FIRST, V4);
    second.exchanges.retain(|exchange| exchange.request.step >= Step::Authorization);
    let history = rounds(&[(&first, Some(FIRST)), (&second, Some(FIRST))]);
    let evidence = Evidence::new(&first.scenario, &history);
    let (exchange, metadata) = evidence.server_metadata().unwrap();
    assert_eq!((exchange.request.round.number, metadata.issuer()), (1, Some(FIRST)));
    assert!(evidence.registration().is_ok());
    let (exchange, _) = evidence.token().unwrap();
    assert_eq!(exchange.request.round.number, 2);
    assert_eq!(failing(&judge(&evidence)), Vec::<&str>::new());
    assert_eq!(evidence.each_round().count(), 2);
}

#[test]
fn the_origin_of_the_target_is_what_is_left() {
    let run = mutated(V1, |_| {});
    let history = run.history();
    let chosen = Evidence::new(&run.scenario, &history).chosen();
    let origin = Identifier::parse(&run.scenario.target.url).unwrap().origin.to_owned();
    assert_eq!(chosen, Issuer { identifier: origin, source: IssuerSource::TargetOrigin });
}
