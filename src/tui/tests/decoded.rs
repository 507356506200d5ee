//! The Decoded pane beyond its snapshots: claims, proof key, what is copied.

use super::peers::{NOW, bad_token, good};
use super::*;

#[test]
fn authorization_and_proof_key() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Token, good);
    screen.press("5\tG");
    let text = screen.text();
    assert!(text.contains("✓ code_challenge") && text.contains("matches"), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
}

#[test]
fn every_claim_of_a_wrong_token_is_marked() {
    let mut screen = Screen::new(120, 60);
    screen.model.now = NOW;
    screen.walk_with(Step::Token, bad_token);
    screen.press("6\t");
    let text = screen.text();
    for wrong in ["✗ iss", "✗ aud", "✗ exp", "✗ scope", "✗ signature"] {
        assert!(text.contains(wrong), "{wrong} in {text}");
    }
    assert!(text.contains("expired 2 h 15 min ago"), "{text}");
}

#[test]
fn a_selected_value_is_copied() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::ResourceMetadata, good);
    screen.press("\tff");
    assert_eq!(screen.press("y"), [Effect::Copy("https://gateway.example/mcp".to_owned())]);
    assert_eq!(screen.press("jy"), [Effect::Copy("https://tenant.example/".to_owned())]);
}
