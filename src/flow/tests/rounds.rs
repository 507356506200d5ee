//! What happens after the first token: more scope, another authorization server, new tokens, and giving them back.

use serde_json::{Value, json};

use super::peers::{
    ISSUER, Peers, REGISTER, RESOURCE, Reply, SERVER, TARGET, TOKEN, TestWalk, field, metadata, redirected,
};
use crate::exchange::{IssuerSource, Purpose, Request, Secret};
use crate::flow::{Flow, Input, Outcome, Output, StuckReason};
use crate::scenario::{Credential, Grant, Registration, SessionAction};
use crate::specification::ProtocolVersion::{V2025_11_25, V2026_07_28};
use crate::specification::{ProtocolVersion, Step};

const OTHER: &str = "https://as2.example";

/// Where the session lists the tools and calls one.
fn calling(protocol_version: ProtocolVersion) -> Peers {
    let mut peers = Peers::good(protocol_version);
    peers.scenario.then = vec![SessionAction::ListTools, SessionAction::CallTool("echo".to_owned())];
    peers.reply("tools/list+", Reply::result(json!({ "tools": [] })));
    peers.reply("tools/call+", Reply::result(json!({ "content": [] })));
    peers.opening(Reply::challenge(&format!("resource_metadata=\"{RESOURCE}\", scope=\"read\"")));
    peers
}

fn more(scope: &str) -> Reply {
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    Reply::new(403, Value::Null).header("www-authenticate", &challenge)
}

fn stuck_refused(walk: &TestWalk, status: u16) -> bool {
    matches!(
        &walk.end,
        Some(Outcome::Stuck { awaiting: Step::Session, because: StuckReason::TokenRefused(found, _) }) if *found == status
    )
}

#[test]
fn the_session_does_what_it_is_asked_in_order() {
    for (protocol_version, opening) in
        [(V2025_11_25, &["initialize", "notifications/initialized"][..]), (V2026_07_28, &["server/discover"])]
    {
        let walk = calling(protocol_version).walk();
        assert_eq!(walk.methods(Step::Session), [opening, &["tools/list", "tools/call"]].concat());
        let call = walk.requests.last().unwrap();
        let message: Value = serde_json::from_slice(&call.body).unwrap();
        assert_eq!(message["params"]["name"], "echo");
        let name = call.headers.get("mcp-name").map(std::borrow::Cow::into_owned);
        assert_eq!(name.as_deref(), (protocol_version == V2026_07_28).then_some("echo"));
    }
}

#[test]
fn more_scope_is_asked_for_on_top_of_what_was_and_the_call_repeated() {
    let mut peers = calling(V2025_11_25);
    peers.reply("tools/call+", more("write"));
    peers.later("tools/call+", Reply::result(json!({ "content": [] })));
    peers.later(TOKEN, Reply::new(200, json!({ "access_token": "t2" })));
    let walk = peers.walk();
    assert_eq!(walk.scopes(), [Some("read".to_owned()), Some("read write".to_owned())]);
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));
    let calls = walk.requests.iter().filter(|request| request.purpose == Purpose::CallTool);
    let tokens: Vec<_> = calls.map(|call| call.headers.get("authorization").unwrap().into_owned()).collect();
    assert_eq!(tokens, ["Bearer t0ken", "Bearer t2"]);
    assert_eq!(walk.all_to(REGISTER).len(), 1, "the client stays the same");
    let opened = walk.methods(Step::Session).iter().filter(|method| *method == "initialize").count();
    assert_eq!(opened, 1, "the session goes on");
}

#[test]
fn the_scope_of_the_user_is_kept_and_what_is_asked_for_added() {
    let mut peers = calling(V2025_11_25);
    peers.scenario.client.scope = Some("mine".to_owned());
    peers.reply("tools/call+", more("write"));
    assert_eq!(peers.walk().scopes()[1].as_deref(), Some("mine write"));
}

#[test]
fn each_round_has_its_own_state_and_verifier() {
    let mut peers = calling(V2025_11_25);
    peers.reply("tools/call+", more("write"));
    let walk = peers.walk();
    let [first, second] = &walk.authorizations[..] else { panic!("two rounds: {walk:?}") };
    assert_ne!(first.get("state"), second.get("state"));
    assert_ne!(first.get("code_challenge"), second.get("code_challenge"));
    let verifiers: Vec<_> = walk.all_to(TOKEN).into_iter().map(|r| field(r, "code_verifier")).collect();
    assert_ne!(verifiers[0], verifiers[1]);
}

#[test]
fn rounds_end() {
    // The same scope again is no reason to ask again.
    let mut peers = calling(V2025_11_25);
    peers.reply("tools/list+", more("read"));
    let walk = peers.walk();
    assert_eq!(walk.authorizations.len(), 1);
    assert!(stuck_refused(&walk, 403));
    // Always more: three rounds.
    let mut peers = calling(V2025_11_25);
    peers.reply("tools/list+", more("a"));
    for scope in ["b", "c", "d", "e"] {
        peers.later("tools/list+", more(scope));
    }
    let walk = peers.walk();
    assert_eq!(walk.authorizations.len(), 3);
    assert!(stuck_refused(&walk, 403));
    // A 403 that names no scope, or says something else.
    for challenge in ["Bearer error=\"insufficient_scope\"", "Bearer error=\"access_denied\", scope=\"x\""] {
        let mut peers = calling(V2025_11_25);
        peers.reply("tools/list+", Reply::new(403, Value::Null).header("www-authenticate", challenge));
        assert_eq!(peers.walk().authorizations.len(), 1, "{challenge}");
    }
    // A fresh token that is refused at once.
    let mut peers = calling(V2025_11_25);
    peers.reply("initialize+", Reply::challenge("error=\"invalid_token\""));
    let walk = peers.walk();
    assert_eq!(walk.authorizations.len(), 1);
    assert!(stuck_refused(&walk, 401));
    // An assertion is not presented again.
    let mut peers = calling(V2025_11_25);
    let credential = Credential::None;
    peers.scenario.client.registration = Registration::Preregistered { client_id: "c0".into(), credential };
    peers.scenario.client.grant = Grant::JwtBearer { assertion: Secret::new("a.b.c") };
    peers.reply("tools/list+", more("x"));
    let walk = peers.walk();
    assert_eq!(walk.all_to(TOKEN).len(), 1);
    assert!(stuck_refused(&walk, 403));
}

/// The round of each request and authorization request, in order of sending within their kind.
fn rounds(walk: &TestWalk, step: Step) -> Vec<(u8, Option<&str>)> {
    let requests = walk.requests.iter().filter(|request| request.step == step).map(|request| &request.round);
    let asked =
        walk.authorizations.iter().filter(|_| step == Step::Authorization).map(|request| &request.round);
    requests
        .chain(asked)
        .map(|round| (round.number, round.issuer.as_ref().map(|issuer| issuer.identifier.as_str())))
        .collect()
}

/// Where the resource names another authorization server once the token has been used.
fn migrating() -> Peers {
    migrating_at(V2026_07_28)
}

fn migrating_at(protocol_version: ProtocolVersion) -> Peers {
    let mut peers = calling(protocol_version);
    peers.reply("tools/list+", Reply::challenge(&format!("resource_metadata=\"{RESOURCE}\"")));
    peers.later("tools/list+", Reply::result(json!({ "tools": [] })));
    let moved = json!({ "resource": TARGET, "authorization_servers": [OTHER] });
    peers.later(RESOURCE, Reply::new(200, moved));
    let mut document = metadata(OTHER);
    document["registration_endpoint"] = json!(format!("{OTHER}/register"));
    document["token_endpoint"] = json!(format!("{OTHER}/token"));
    peers.document(&format!("{OTHER}/.well-known/oauth-authorization-server"), document);
    peers.reply(&format!("{OTHER}/register"), Reply::new(201, json!({ "client_id": "c2" })));
    peers.document(&format!("{OTHER}/token"), json!({ "access_token": "t2" }));
    peers
}

#[test]
fn credentials_of_one_server_are_not_shown_to_another() {
    let walk = migrating().walk();
    let clients: Vec<_> = walk.authorizations.iter().map(|request| request.get("client_id")).collect();
    assert_eq!(clients, [Some("c1".to_owned()), Some("c2".to_owned())]);
    let request = walk.to(&format!("{OTHER}/token"));
    assert_eq!(field(request, "client_id").as_deref(), Some("c2"));
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));

    let mut peers = migrating();
    peers.scenario.client.registration = Registration::Preregistered {
        client_id: "c0".to_owned(),
        credential: Credential::Secret(Secret::new("s")),
    };
    let because = StuckReason::ClientOfAnotherServer(OTHER.to_owned());
    let walk = peers.walk();
    assert_eq!(walk.end, Some(Outcome::Stuck { awaiting: Step::Registration, because }));
    assert_eq!(walk.authorizations.len(), 1);
}

#[test]
fn each_request_says_of_which_round_it_is_and_at_which_server() {
    let walk = migrating().walk();
    let (first, second) = ((1, Some(ISSUER)), (2, Some(OTHER)));
    assert_eq!(rounds(&walk, Step::Challenge), [(1, None)]);
    assert_eq!(rounds(&walk, Step::ResourceMetadata), [(1, None), (2, None)]);
    assert_eq!(rounds(&walk, Step::ServerMetadata), [first, second]);
    assert_eq!(rounds(&walk, Step::Registration), [first, second]);
    assert_eq!(rounds(&walk, Step::Authorization), [first, second]);
    assert_eq!(rounds(&walk, Step::Token), [first, first, second, second]);
    assert_eq!(rounds(&walk, Step::Session), [first, first, second, second]);
    // More scope is asked for at the same server.
    let mut peers = calling(V2025_11_25);
    peers.reply("tools/call+", more("write"));
    let walk = peers.walk();
    assert_eq!(rounds(&walk, Step::Authorization), [(1, Some(ISSUER)), (2, Some(ISSUER))]);
    assert_eq!(rounds(&walk, Step::ServerMetadata), [(1, Some(ISSUER))]);
}

#[test]
fn a_token_that_expired_is_replaced_with_the_same_client() {
    let mut peers = calling(V2025_11_25);
    peers.reply("tools/call+", Reply::challenge("error=\"invalid_token\""));
    peers.later("tools/call+", Reply::result(json!({ "content": [] })));
    let walk = peers.walk();
    assert_eq!((walk.authorizations.len(), walk.all_to(REGISTER).len()), (2, 1));
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));
}

#[test]
fn the_server_the_user_chose_is_asked_also_where_nothing_names_one() {
    let well_known = format!("{OTHER}/.well-known/oauth-authorization-server");
    for protocol_version in ProtocolVersion::ALL {
        let mut peers = migrating_at(protocol_version);
        peers.scenario.client.issuer = Some(OTHER.to_owned());
        peers.scenario.then.clear();
        peers.opening(Reply::challenge(""));
        peers.nothing_at(RESOURCE);
        let walk = peers.walk();
        assert_eq!(walk.urls(Step::ServerMetadata), [&*well_known], "{protocol_version}");
        assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)), "{protocol_version}");
        let issuer = walk.authorizations[0].round.issuer.clone().unwrap();
        assert_eq!((&*issuer.identifier, issuer.source), (OTHER, IssuerSource::User));
    }
}

#[test]
fn the_server_the_user_chose_is_asked() {
    let mut peers = migrating();
    let both = json!({ "resource": TARGET, "authorization_servers": [ISSUER, OTHER] });
    peers.document(RESOURCE, both);
    peers.scenario.client.issuer = Some(OTHER.to_owned());
    peers.scenario.then.clear();
    let walk = peers.walk();
    assert_eq!(walk.authorization("client_id").as_deref(), Some("c2"));
    let well_known = |issuer| format!("{issuer}/.well-known/oauth-authorization-server");
    assert_eq!(walk.urls(Step::ServerMetadata), [well_known(OTHER), well_known(ISSUER)], "both are read");

    peers.nothing_at(&well_known(ISSUER));
    peers.nothing_at("https://as.example/.well-known/openid-configuration");
    let walk = peers.walk();
    assert_eq!(walk.urls(Step::ServerMetadata).len(), 3, "the other has two locations: {walk:?}");
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)), "what the other lacks is not missed");
}

fn refreshing() -> Peers {
    let mut peers = Peers::good(V2025_11_25);
    peers.member(TOKEN, "refresh_token", json!("r1"));
    peers.member(SERVER, "revocation_endpoint", json!("https://as.example/revoke"));
    peers
}

/// The flow at the end of a walk.
fn ended(peers: &Peers) -> Flow {
    let mut flow = peers.flow_at("AwaitSession");
    loop {
        let input = match flow.poll() {
            Output::Send(request) => peers.respond(&request),
            Output::Authorize(request) => redirected(&request, &peers.callback),
            Output::Refuse(_) => Input::Overruled,
            Output::Done(_) => return flow,
        };
        flow.feed(input);
    }
}

#[test]
fn the_refresh_token_is_presented_once_the_session_was_walked() {
    let mut peers = refreshing();
    let refreshed = json!({ "access_token": "t2", "refresh_token": "r2" });
    peers.later(TOKEN, Reply::new(200, refreshed));
    let walk = peers.walk();
    let refresh = walk.requests.last().unwrap();
    assert_eq!(refresh.purpose, Purpose::Refresh);
    assert_eq!(field(refresh, "grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(field(refresh, "refresh_token").as_deref(), Some("r1"));
    assert_eq!(field(refresh, "resource").as_deref(), Some(TARGET));
    assert_eq!(field(refresh, "client_id").as_deref(), Some("c1"));
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));

    peers.later(TOKEN, Reply::new(400, json!({ "error": "invalid_grant" })));
    assert_eq!(peers.walk().end, Some(Outcome::Reached(Step::Session)), "that was the walk, whatever comes");

    peers.scenario.until = Step::Token;
    assert_eq!(peers.walk().all_to(TOKEN).len(), 1, "not before");
}

#[test]
fn what_was_granted_is_given_back_refresh_token_first() {
    let flow = ended(&refreshing());
    let requests: Vec<Request> = flow.granted().unwrap().revocations();
    let tokens: Vec<_> = requests.iter().map(|request| field(request, "token").unwrap()).collect();
    assert_eq!(tokens, ["r1", "t0ken"]);
    let hints: Vec<_> = requests.iter().map(|request| field(request, "token_type_hint").unwrap()).collect();
    assert_eq!(hints, ["refresh_token", "access_token"]);
    assert!(requests.iter().all(|request| field(request, "client_id").as_deref() == Some("c1")));

    let without = ended(&Peers::good(V2025_11_25));
    assert!(without.granted().unwrap().revocations().is_empty(), "the server has no such endpoint");
}
