//! The happy walk of each protocol version, and what holds at every stop of it.

use serde_json::{Value, json};

use super::peers::{
    ISSUER, KEYS, OPENID, ORIGIN_SERVER, Peers, REGISTER, RESOURCE, ROOT, Reply, SERVER, TARGET, TOKEN,
    exchanged, metadata, redirected, rpc_method,
};
use crate::exchange::{LoginFailure, ReadUntil, Secret};
use crate::flow::{Input, NAME, Outcome, Output, StuckReason, VERSION};
use crate::specification::ProtocolVersion::{self, V2025_03_26, V2025_06_18, V2025_11_25, V2026_07_28};
use crate::specification::Step;

#[test]
fn each_protocol_version_asks_in_its_own_order() {
    let get = |url: &str| format!("GET {url}");
    let (register, token, keys) = (format!("POST {REGISTER}"), format!("POST {TOKEN}"), get(KEYS));
    let by_resource = || vec!["initialize".to_owned(), get(RESOURCE), get(SERVER)];
    let by_origin = vec!["initialize".to_owned(), get(ORIGIN_SERVER)];
    let mut by_discover = by_resource();
    by_discover[0] = "server/discover".to_owned();
    let legacy = ["initialize", "notifications/initialized"].as_slice();
    for (protocol_version, discovery, session) in [
        (V2025_03_26, by_origin, legacy),
        (V2025_06_18, by_resource(), legacy),
        (V2025_11_25, by_resource(), legacy),
        (V2026_07_28, by_discover, &["server/discover"]),
    ] {
        let walk = Peers::good(protocol_version).walk();
        let mut expected = discovery;
        expected.extend([register.clone(), token.clone(), keys.clone()]);
        expected.extend(session.iter().map(|&method| method.to_owned()));
        assert_eq!(walk.lines(), expected, "{protocol_version}");
        assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)), "{protocol_version}");
        assert!(walk.refusals.is_empty(), "{protocol_version}");
    }
}

#[test]
fn a_made_up_protocol_version_is_walked_by_rules_of_its_own() {
    let mut peers = Peers::good(ProtocolVersion::MadeUp);
    peers.document(OPENID, metadata(ISSUER));
    peers.opening(Reply::challenge(&format!("resource_metadata=\"{ROOT}\"")));
    let discovered = json!({ "supportedVersions": [ProtocolVersion::MadeUp.date()] });
    peers.reply("server/discover+", Reply::result(discovered));
    let walk = peers.walk();
    let get = |url: &str| format!("GET {url}");
    let post = |url: &str| format!("POST {url}");
    let discover = "server/discover".to_owned();
    let expected =
        [discover.clone(), get(RESOURCE), get(OPENID), post(REGISTER), post(TOKEN), get(KEYS), discover];
    assert_eq!(walk.lines(), expected);
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));
    assert_eq!(walk.refusals, []);
    let version = ProtocolVersion::MadeUp.date();
    for request in [walk.to(OPENID), walk.requests.last().unwrap()] {
        assert_eq!(request.headers.get("mcp-protocol-version").unwrap(), version, "{}", request.url);
    }
}

fn message(request: &crate::exchange::Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn a_legacy_opening_names_its_protocol_version_in_the_body_only() {
    for protocol_version in [V2025_03_26, V2025_06_18, V2025_11_25] {
        let walk = Peers::good(protocol_version).walk();
        let request = &walk.requests[0];
        assert_eq!(
            message(request),
            json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": protocol_version.date(), "capabilities": {},
                "clientInfo": { "name": NAME, "version": VERSION },
            }})
        );
        let headers: Vec<_> = request.headers.iter().map(|(name, _)| name).collect();
        assert_eq!(headers, ["accept", "content-type"], "{protocol_version}");
        assert_eq!(request.headers.get("accept").unwrap(), "application/json, text/event-stream");
        assert_eq!(request.read_until, ReadUntil::Response);
    }
}

#[test]
fn a_modern_opening_names_its_protocol_version_in_header_and_meta() {
    let walk = Peers::good(V2026_07_28).walk();
    let request = &walk.requests[0];
    assert_eq!(
        message(request),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": { "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": { "name": NAME, "version": VERSION },
        }}})
    );
    assert_eq!(request.headers.get("mcp-protocol-version").unwrap(), "2026-07-28");
    assert_eq!(request.headers.get("mcp-method").unwrap(), "server/discover");
}

#[test]
fn initialized_is_a_notification_with_token_session_and_negotiated_version() {
    for protocol_version in [V2025_03_26, V2025_06_18, V2025_11_25] {
        let mut peers = Peers::good(protocol_version);
        let result = json!({ "protocolVersion": "2025-06-18", "capabilities": {} });
        peers.reply("initialize+", Reply::result(result).header("mcp-session-id", "s1"));
        let walk = peers.walk();
        let request = walk.requests.last().unwrap();
        assert_eq!(message(request), json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        assert_eq!(request.headers.get("authorization").unwrap(), "Bearer t0ken");
        assert_eq!(request.headers.get("mcp-session-id").unwrap(), "s1");
        let version = request.headers.get("mcp-protocol-version");
        assert_eq!(
            version.as_deref(),
            (protocol_version != V2025_03_26).then_some("2025-06-18"),
            "{protocol_version}"
        );
    }
}

#[test]
fn the_token_goes_to_the_target_only_and_only_in_the_session() {
    for protocol_version in ProtocolVersion::ALL {
        for request in Peers::good(protocol_version).walk().requests {
            let sent = request.headers.get("authorization");
            let expected = (request.step == Step::Session).then_some("Bearer t0ken");
            assert_eq!(sent.as_deref(), expected, "{protocol_version} {}", request.url);
            assert!(!request.url.contains("t0ken"));
        }
    }
}

#[test]
fn headers_of_the_user_go_to_the_target_only() {
    let mut peers = Peers::good(V2025_11_25);
    peers.scenario.target.headers.push(("x-api-key".to_owned(), Secret::new("k")));
    for request in peers.walk().requests {
        assert_eq!(request.headers.get("x-api-key").is_some(), request.url == TARGET, "{}", request.url);
    }
}

#[test]
fn until_ends_the_walk_after_that_step() {
    for protocol_version in ProtocolVersion::ALL {
        for until in Step::ALL {
            let mut peers = Peers::good(protocol_version);
            peers.scenario.until = until;
            let walk = peers.walk();
            assert_eq!(walk.end, Some(Outcome::Reached(until)), "{protocol_version} {until}");
            assert!(walk.requests.iter().all(|request| request.step <= until), "{protocol_version} {until}");
            assert_eq!(walk.authorizations.len(), usize::from(until >= Step::Authorization));
        }
    }
}

#[test]
fn until_is_reached_even_if_the_next_step_could_not_begin() {
    let mut peers = Peers::good(V2025_11_25);
    peers.scenario.until = Step::ResourceMetadata;
    peers.member(RESOURCE, "authorization_servers", json!(["no URL"]));
    assert_eq!(peers.walk().end, Some(Outcome::Reached(Step::ResourceMetadata)));

    let mut peers = Peers::good(V2025_11_25);
    peers.scenario.until = Step::ServerMetadata;
    peers.member(SERVER, "registration_endpoint", Value::Null);
    assert_eq!(peers.walk().end, Some(Outcome::Reached(Step::ServerMetadata)));
}

#[test]
fn a_step_within_until_that_fails_is_stuck() {
    let mut peers = Peers::good(V2025_11_25);
    peers.scenario.until = Step::ServerMetadata;
    peers.nothing_at(SERVER);
    assert!(matches!(
        peers.walk().end,
        Some(Outcome::Stuck { awaiting: Step::ServerMetadata, because: StuckReason::NoServerMetadata(_) })
    ));
}

#[test]
fn poll_changes_nothing() {
    let flow = Peers::good(V2025_11_25).flow_at("AwaitCallback");
    let before = format!("{flow:?}");
    let (first, second) = (format!("{:?}", flow.poll()), format!("{:?}", flow.poll()));
    assert_eq!(first, second);
    assert_eq!(format!("{flow:?}"), before);
}

const ALL_STATES: [&str; 9] = [
    "AwaitChallenge",
    "AwaitResourceMetadata",
    "AwaitServerMetadata",
    "AwaitRegistration",
    "AwaitCallback",
    "AwaitToken",
    "AwaitKeys",
    "AwaitSession",
    "Done",
];

#[test]
fn an_input_that_is_not_awaited_changes_nothing() {
    let peers = Peers::good(V2025_11_25);
    let Output::Send(request) = peers.flow().poll() else { panic!("no request") };
    let Output::Authorize(authorization) = peers.flow_at("AwaitCallback").poll() else {
        panic!("no authorization request")
    };
    let mut flows: Vec<_> = ALL_STATES.map(|state| (state, peers.flow_at(state))).into();
    let mut refused = peers.flow_at("AwaitCallback");
    refused.feed(redirected(&authorization, "code=c&state=x"));
    flows.push(("Refused", refused));
    for (state, flow) in flows {
        assert_eq!(flow.state_name(), state);
        let inputs = [
            ("Answered", exchanged(&request, Some(Reply::new(200, json!({}))))),
            ("Redirected", redirected(&authorization, "code=c&state={state}")),
            (
                "NotRedirected",
                Input::NotRedirected(LoginFailure {
                    detail: "closed".to_owned(),
                    remedy: "Open it.".to_owned(),
                }),
            ),
            ("Overruled", Input::Overruled),
        ];
        for (name, input) in inputs {
            let awaited = match flow.poll() {
                Output::Send(_) => name == "Answered",
                Output::Authorize(_) => name.ends_with("Redirected"),
                Output::Refuse(_) => name == "Overruled",
                Output::Done(_) => false,
            };
            let mut fed = flow.clone();
            fed.feed(input);
            assert_eq!(format!("{fed:?}") == format!("{flow:?}"), !awaited, "{state} {name}");
        }
    }
}

#[test]
fn a_clone_is_an_independent_snapshot() {
    let peers = Peers::good(V2025_11_25);
    for state in ALL_STATES {
        let flow = peers.flow_at(state);
        let snapshot = flow.clone();
        let before = format!("{snapshot:?}");
        let there = peers.walk_on(flow);
        assert_eq!(format!("{snapshot:?}"), before, "{state}");
        let back = peers.walk_on(snapshot);
        assert_eq!((back.requests, back.authorizations), (there.requests, there.authorizations), "{state}");
    }
}

#[test]
fn the_step_is_the_one_that_is_awaited() {
    let peers = Peers::good(V2025_11_25);
    let mut flow = peers.flow();
    let mut steps = vec![flow.step()];
    loop {
        match flow.poll() {
            Output::Send(request) => {
                assert_eq!(request.step, flow.step());
                flow.feed(peers.respond(&request));
            }
            Output::Authorize(request) => flow.feed(redirected(&request, &peers.callback)),
            Output::Refuse(refusal) => panic!("{refusal}"),
            Output::Done(_) => break,
        }
        steps.push(flow.step());
    }
    steps.dedup();
    assert_eq!(steps, Step::ALL);
}

#[test]
fn t27_metadata_is_asked_for_as_json_and_only_2025_03_26_says_its_version() {
    for protocol_version in ProtocolVersion::ALL {
        let peers = Peers::good(protocol_version);
        let walk = peers.walk();
        let request = walk.to(peers.server());
        assert_eq!(request.headers.get("accept").unwrap(), "application/json");
        let version = request.headers.get("mcp-protocol-version");
        assert_eq!(version.as_deref(), (protocol_version == V2025_03_26).then_some("2025-03-26"));
    }
}

#[test]
fn keys_are_optional() {
    for silent in [true, false] {
        let mut peers = Peers::good(V2025_11_25);
        if silent {
            peers.silence_at(KEYS);
        } else {
            peers.member(SERVER, "jwks_uri", Value::Null);
        }
        let walk = peers.walk();
        assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));
        assert_eq!(walk.requests.iter().any(|request| request.url == KEYS), silent);
    }
}

#[test]
fn a_silent_target_ends_the_walk() {
    let mut peers = Peers::good(V2025_11_25);
    peers.silence_at("initialize");
    let walk = peers.walk();
    assert_eq!(walk.requests.iter().map(rpc_method).collect::<Vec<_>>(), ["initialize"]);
    assert!(matches!(walk.end, Some(Outcome::Stuck { because: StuckReason::TargetSilent(_), .. })));
}
