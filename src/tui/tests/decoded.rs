//! The Decoded pane, in an empty, a good and a failing state of each step.

use super::peers::{NOW, bad_token, good};
use super::*;

/// Shows a step of a walk on the Decoded tab.
fn decoded(name: &str, last: Step, answers: impl Fn(Step) -> Vec<Answer>, keys: &str) {
    for (width, height) in [(80, 24), (120, 36)] {
        let mut screen = Screen::new(width, height);
        screen.model.now = NOW;
        screen.walk_with(last, &answers);
        screen.press(&format!("{}\t{keys}", last.number()));
        screen.assert(&format!("decoded_{name}_{width}x{height}"));
    }
}

#[test]
fn nothing_to_decode() {
    let mut screen = Screen::new(80, 24);
    screen.press("\t");
    screen.assert("decoded_empty_80x24");
}

#[test]
fn challenge() {
    decoded("challenge_good", Step::Challenge, good, "");
    decoded(
        "challenge_bad",
        Step::Challenge,
        |step| {
            let mut answers = answers(step);
            answers[0].2 = &[("www-authenticate", "Basic realm=\"a\", Bearer realm=x y='z")];
            answers
        },
        "",
    );
}

#[test]
fn resource_metadata() {
    decoded("resource_metadata_good", Step::ResourceMetadata, good, "");
    decoded(
        "resource_metadata_bad",
        Step::ResourceMetadata,
        |step| {
            let mut answers = good(step);
            if step == Step::ResourceMetadata {
                answers[0].3 = r#"{"resource":"https://elsewhere.example/mcp"}"#;
            }
            answers
        },
        "",
    );
}

#[test]
fn server_metadata() {
    decoded("server_metadata_good", Step::ServerMetadata, good, "");
    decoded("server_metadata_bad", Step::ServerMetadata, answers, "");
}

#[test]
fn registration() {
    decoded("registration_good", Step::Registration, good, "");
}

#[test]
fn authorization_and_proof_key() {
    decoded("authorization_good", Step::Authorization, good, "ff[G");
    decoded("callback_good", Step::Authorization, good, "");
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Token, good);
    screen.press("5\tG");
    let text = screen.text();
    assert!(text.contains("✓ code_challenge") && text.contains("the same"), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
}

#[test]
fn token() {
    decoded("token_good", Step::Token, good, "[");
    decoded("token_bad", Step::Token, bad_token, "[");
    decoded("keys_good", Step::Token, good, "");
}

#[test]
fn every_claim_of_a_wrong_token_is_marked() {
    let mut screen = Screen::new(120, 60);
    screen.model.now = NOW;
    screen.walk_with(Step::Token, bad_token);
    screen.press("6[\t");
    let text = screen.text();
    for wrong in ["✗ iss", "✗ aud", "✗ exp", "✗ scope", "✗ signature"] {
        assert!(text.contains(wrong), "{wrong} in {text}");
    }
    assert!(text.contains("expired 2 h 15 min ago"), "{text}");
}

#[test]
fn session() {
    decoded("session_good", Step::Session, good, "");
}

#[test]
fn a_selected_value_is_copied() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::ResourceMetadata, good);
    screen.press("\tff");
    assert_eq!(screen.press("y"), [Effect::Copy("https://gateway.example/mcp".to_owned())]);
    assert_eq!(screen.press("jy"), [Effect::Copy("https://tenant.example/".to_owned())]);
}
