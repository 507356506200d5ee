//! How the session opens, and which protocol version it falls back to.

use serde_json::{Value, json};

use super::peers::{Peers, Reply, rpc_method};
use crate::flow::{Outcome, StuckReason};
use crate::specification::ProtocolVersion::{self, V2025_03_26, V2025_06_18, V2025_11_25, V2026_07_28};
use crate::specification::Step;

const FELL_BACK: [&str; 3] = ["server/discover", "initialize", "notifications/initialized"];

fn discovering(reply: Reply) -> Peers {
    let mut peers = Peers::good(V2026_07_28);
    peers.reply("server/discover+", reply);
    peers
}

#[test]
fn a_response_without_a_modern_error_falls_back_to_initialize() {
    for reply in [
        Reply::new(400, Value::Null),
        Reply::new(404, Value::Null),
        Reply::new(405, Value::Null),
        Reply::error(400, -32600, Value::Null),
        Reply::error(404, -32601, Value::Null),
        // Servers that know no status but 200.
        Reply::error(200, -32601, Value::Null),
        Reply::error(200, -32000, Value::Null),
        Reply::error(200, -32600, Value::Null),
    ] {
        let walk = discovering(reply.clone()).walk();
        assert_eq!(walk.methods(Step::Session), FELL_BACK, "{reply:?}");
        assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)), "{reply:?}");
    }
}

#[test]
fn a_list_of_legacy_editions_falls_back_to_initialize() {
    let list = json!({ "supported": ["2025-11-25", "2025-06-18"], "requested": "2026-07-28" });
    let walk = discovering(Reply::error(400, -32022, list)).walk();
    assert_eq!(walk.methods(Step::Session), FELL_BACK);
}

#[test]
fn the_fallback_speaks_the_legacy_protocol_version() {
    let walk = discovering(Reply::new(400, Value::Null)).walk();
    let opening =
        walk.requests.iter().rev().find(|request| rpc_method(request) == "initialize").expect("an opening");
    let message: Value = serde_json::from_slice(&opening.body).unwrap();
    assert_eq!(message["params"]["protocolVersion"], "2025-11-25");
    assert!(message["params"].get("_meta").is_none());
    assert!(opening.headers.get("mcp-method").is_none());
    assert!(opening.headers.get("mcp-protocol-version").is_none());
    assert_eq!(opening.headers.get("authorization").unwrap(), "Bearer t0ken");
}

#[test]
fn a_modern_error_or_another_status_does_not_fall_back() {
    for reply in [
        Reply::error(400, -32020, Value::Null),
        Reply::error(400, -32021, Value::Null),
        Reply::error(400, -32022, Value::Null),
        Reply::error(400, -32022, json!({ "supported": [] })),
        Reply::error(400, -32022, json!({ "supported": ["2026-07-28"] })),
        Reply::new(500, Value::Null),
        Reply::new(401, Value::Null),
    ] {
        let walk = discovering(reply.clone()).walk();
        assert_eq!(walk.methods(Step::Session), ["server/discover"], "{reply:?}");
        assert!(matches!(walk.end, Some(Outcome::Stuck { awaiting: Step::Session, .. })), "{reply:?}");
    }
}

#[test]
fn the_fallback_is_tried_once() {
    let mut peers = discovering(Reply::new(400, Value::Null));
    peers.reply("initialize+", Reply::new(400, Value::Null));
    let walk = peers.walk();
    assert_eq!(walk.methods(Step::Session), FELL_BACK[..2]);
    assert!(matches!(walk.end, Some(Outcome::Stuck { because: StuckReason::NoSession(_), .. })));
}

#[test]
fn a_legacy_protocol_version_does_not_fall_back() {
    for protocol_version in [V2025_03_26, V2025_06_18, V2025_11_25] {
        let mut peers = Peers::good(protocol_version);
        peers.reply("initialize+", Reply::new(400, Value::Null));
        assert_eq!(peers.walk().methods(Step::Session), ["initialize"], "{protocol_version}");
    }
}

#[test]
fn a_refused_token_ends_the_walk_with_the_error_of_the_challenge() {
    for protocol_version in ProtocolVersion::ALL {
        for status in [401, 403] {
            let mut peers = Peers::good(protocol_version);
            let challenge = "Bearer error=\"invalid_token\", error_description=\"aud\"";
            let reply = Reply::new(status, Value::Null).header("www-authenticate", challenge);
            peers.reply("initialize+", reply.clone());
            peers.reply("server/discover+", reply);
            let because = StuckReason::TokenRefused(status, Some("invalid_token: aud".to_owned()));
            let end = Outcome::Stuck { awaiting: Step::Session, because };
            assert_eq!(peers.walk().end, Some(end), "{protocol_version}");
        }
    }
}

#[test]
fn whatever_answers_initialized_the_session_is_open() {
    for reply in [Some(Reply::new(500, Value::Null)), None] {
        let mut peers = Peers::good(V2025_11_25);
        match reply {
            Some(reply) => peers.reply("notifications/initialized+", reply),
            None => peers.silence_at("notifications/initialized+"),
        }
        assert_eq!(peers.walk().end, Some(Outcome::Reached(Step::Session)));
    }
}
