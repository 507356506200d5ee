//! What the client presents besides the code of a login, and what it proves.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::peers::{ISSUER, Peers, RESOURCE, Reply, SERVER, TARGET, TOKEN, TestWalk, field, key};
use crate::exchange::{Proof, Request, Secret};
use crate::flow::{Outcome, StuckReason};
use crate::scenario::{Credential, Dpop, Grant, IdentityProvider, Registration};
use crate::specification::ProtocolVersion::{V2025_03_26, V2025_11_25, V2026_07_28};
use crate::specification::{ProtocolVersion, Step};

const IDP: &str = "https://idp.example/token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn preregistered(credential: Credential) -> Peers {
    let mut peers = Peers::good(V2025_11_25);
    peers.scenario.client.registration =
        Registration::Preregistered { client_id: "c0".to_owned(), credential };
    peers
}

fn confidential() -> Peers {
    preregistered(Credential::Secret(Secret::new("s3 cret")))
}

fn reached(walk: &TestWalk) -> bool {
    walk.end == Some(Outcome::Reached(Step::Session))
}

#[test]
fn a_key_is_proved_with_an_assertion_for_the_issuer_as_published() {
    let mut peers = preregistered(Credential::Key(key()));
    let slash = format!("{ISSUER}/");
    peers.member(SERVER, "issuer", json!(slash));
    let walk = peers.walk();
    let request = walk.to(TOKEN);
    let audience = slash;
    assert_eq!(request.proofs, [Proof::ClientAssertion { key: key(), client_id: "c0".into(), audience }]);
    assert_eq!(field(request, "client_id").as_deref(), Some("c0"));
    assert!(field(request, "client_secret").is_none() && request.headers.get("authorization").is_none());
}

#[test]
fn a_server_that_wants_a_key_is_told_it_at_registration() {
    let mut peers = Peers::good(V2025_11_25);
    peers.member(SERVER, "token_endpoint_auth_methods_supported", json!(["private_key_jwt"]));
    let response = json!({ "client_id": "c1", "token_endpoint_auth_method": "private_key_jwt" });
    peers.reply("https://as.example/register", Reply::new(201, response));
    let walk = peers.walk();
    let registration = walk.registration();
    assert_eq!(registration["token_endpoint_auth_signing_alg"], "ES256");
    assert_eq!(registration["jwks"]["keys"][0]["crv"], "P-256");
    assert!(registration["jwks"]["keys"][0].get("d").is_none(), "the private half is told");
    assert!(matches!(walk.to(TOKEN).proofs[..], [Proof::ClientAssertion { .. }]));
}

#[test]
fn credentials_are_presented_without_a_login() {
    for grant in [Grant::ClientCredentials, Grant::Auto] {
        let mut peers = confidential();
        peers.scenario.client.grant = grant.clone();
        peers.document(
            RESOURCE,
            json!({ "resource": TARGET, "authorization_servers": [ISSUER], "scopes_supported": ["a", "b"] }),
        );
        peers.member(SERVER, "grant_types_supported", json!(["client_credentials"]));
        // What only the code needs may be missing.
        peers.member(SERVER, "authorization_endpoint", Value::Null);
        peers.member(SERVER, "code_challenge_methods_supported", Value::Null);
        let walk = peers.walk();
        assert!(walk.authorizations.is_empty() && walk.refusals.is_empty(), "{grant:?}");
        assert_eq!(walk.grant("grant_type").as_deref(), Some("client_credentials"));
        assert_eq!(walk.grant("scope").as_deref(), Some("a b"));
        assert_eq!(walk.grant("resource").as_deref(), Some(TARGET));
        assert!(reached(&walk), "{:?}", walk.end);
    }
}

#[test]
fn t54_credentials_go_where_the_server_takes_them() {
    for (methods, in_body) in [(json!(["client_secret_basic"]), false), (json!(["client_secret_post"]), true)]
    {
        let mut peers = confidential();
        peers.scenario.client.grant = Grant::ClientCredentials;
        peers.member(SERVER, "token_endpoint_auth_methods_supported", methods);
        let walk = peers.walk();
        assert_eq!(walk.grant("client_secret").is_some(), in_body);
        assert_eq!(walk.to(TOKEN).headers.get("authorization").is_some(), !in_body);
        assert!(reached(&walk), "{:?}", walk.end);
    }
}

#[test]
fn the_code_is_presented_unless_the_server_offers_only_credentials() {
    for grants in
        [Value::Null, json!(["authorization_code"]), json!(["client_credentials", "authorization_code"])]
    {
        let mut peers = confidential();
        peers.member(SERVER, "grant_types_supported", grants.clone());
        assert_eq!(peers.walk().grant("grant_type").as_deref(), Some("authorization_code"), "{grants}");
    }
    let mut public = preregistered(Credential::None);
    public.member(SERVER, "grant_types_supported", json!(["client_credentials"]));
    assert_eq!(public.walk().grant("grant_type").as_deref(), Some("authorization_code"));
}

#[test]
fn an_assertion_is_presented_once_and_nothing_in_its_place() {
    let mut peers = preregistered(Credential::None);
    peers.scenario.client.grant = Grant::JwtBearer { assertion: Secret::new("a.b.c") };
    let walk = peers.walk();
    assert_eq!(walk.grant("grant_type").as_deref(), Some(JWT_BEARER));
    assert_eq!(walk.grant("assertion").as_deref(), Some("a.b.c"));
    assert_eq!(walk.grant("client_id").as_deref(), Some("c0"));
    assert!(reached(&walk));

    peers.reply(TOKEN, Reply::new(400, json!({ "error": "invalid_grant" })));
    let walk = peers.walk();
    assert_eq!(walk.all_to(TOKEN).len(), 1);
    let why = StuckReason::NoToken("400, invalid_grant".to_owned());
    assert_eq!(walk.end, Some(Outcome::Stuck { awaiting: Step::Token, because: why }));
}

fn enterprise() -> Peers {
    let mut peers = confidential();
    peers.scenario.client.grant = Grant::EnterpriseManaged(IdentityProvider {
        token_endpoint: IDP.to_owned(),
        client_id: "i0".to_owned(),
        client_secret: None,
        id_token: Secret::new("i.d.t"),
    });
    peers.document(IDP, json!({ "access_token": "j.a.g", "token_type": "N_A" }));
    peers
}

#[test]
fn an_id_token_becomes_an_assertion_and_that_a_token() {
    let walk = enterprise().walk();
    let exchange = walk.to(IDP);
    for (name, value) in [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"),
        ("subject_token", "i.d.t"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("audience", ISSUER),
        ("resource", TARGET),
        ("client_id", "i0"),
    ] {
        assert_eq!(field(exchange, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(walk.grant("assertion").as_deref(), Some("j.a.g"));
    // RFC 6749 §2.3.1: form-encoded before base64.
    let basic = format!("Basic {}", BASE64_STANDARD.encode("c0:s3+cret"));
    assert_eq!(walk.to(TOKEN).headers.get("authorization").as_deref(), Some(&*basic));
    assert!(walk.authorizations.is_empty() && reached(&walk));
}

#[test]
fn without_an_assertion_there_is_no_token_request() {
    for reply in [Reply::new(400, json!({ "error": "invalid_grant" })), Reply::new(200, json!({}))] {
        let mut peers = enterprise();
        peers.reply(IDP, reply);
        let walk = peers.walk();
        assert!(walk.all_to(TOKEN).is_empty());
        assert!(
            matches!(
                &walk.end,
                Some(Outcome::Stuck { awaiting: Step::Authorization, because: StuckReason::NoAssertion(_) })
            ),
            "{:?}",
            walk.end
        );
    }
}

/// As servers built on the MCP Python SDK do it, which look for the client in the body.
#[test]
fn basic_credentials_that_are_refused_are_sent_again_with_the_client_in_the_body_once() {
    let missing = |status, body: Value| Reply::new(status, body);
    let refusals = [
        missing(401, json!({ "error": "invalid_client", "error_description": "Missing client_id" })),
        missing(401, json!({ "error": "unauthorized_client", "error_description": "Missing client_id" })),
        missing(403, json!({ "error": "unauthorized_client" })),
        missing(400, json!({ "error": "invalid_request", "error_description": "client_id is required" })),
        missing(422, json!({ "detail": [{ "msg": "Field required: client_id" }] })),
    ];
    for refusal in &refusals {
        let mut peers = confidential();
        peers.reply(TOKEN, refusal.clone());
        peers.later(TOKEN, Reply::new(200, json!({ "access_token": "t0ken", "token_type": "Bearer" })));
        let walk = peers.walk();
        assert!(reached(&walk), "{refusal:?}: {:?}", walk.end);
        let requests = walk.all_to(TOKEN);
        let named = requests.iter().map(|request| field(request, "client_id"));
        assert_eq!(named.collect::<Vec<_>>(), [None, Some("c0".to_owned())], "{refusal:?}");
        assert_eq!(requests[0].headers, requests[1].headers);
    }

    let [missing, ..] = refusals;
    let mut peers = confidential();
    let mut refusing = confidential();
    refusing.reply(TOKEN, missing);
    assert_eq!(refusing.walk().all_to(TOKEN).len(), 2);
    peers.reply(TOKEN, Reply::new(400, json!({ "error": "invalid_grant" })));
    assert_eq!(peers.walk().all_to(TOKEN).len(), 1, "another error says nothing of the client");
}

/// Nonce and token of the proof a request carries.
fn dpop(request: &Request) -> Option<(Option<&str>, Option<&str>)> {
    request.proofs.iter().find_map(|proof| match proof {
        Proof::Dpop { nonce, access_token, .. } => {
            Some((nonce.as_deref(), access_token.as_ref().map(Secret::expose)))
        }
        Proof::ClientAssertion { .. } => None,
    })
}

fn bound(protocol_version: ProtocolVersion) -> Peers {
    let mut peers = Peers::good(protocol_version);
    peers.scenario.client.dpop = Dpop::Always;
    peers.document(TOKEN, json!({ "access_token": "t0ken", "token_type": "DPoP" }));
    peers
}

#[test]
fn a_bound_token_travels_with_a_proof_of_its_key() {
    for protocol_version in [V2025_03_26, V2025_11_25, V2026_07_28] {
        let walk = bound(protocol_version).walk();
        assert_eq!(dpop(walk.to(TOKEN)), Some((None, None)), "{protocol_version}");
        let session: Vec<_> = walk.requests.iter().filter(|r| r.step == Step::Session).collect();
        assert!(!session.is_empty());
        for request in session {
            assert_eq!(
                request.headers.get("authorization").as_deref(),
                Some("DPoP t0ken"),
                "{protocol_version}"
            );
            assert_eq!(dpop(request), Some((None, Some("t0ken"))), "{protocol_version}");
        }
    }
}

#[test]
fn a_server_that_does_not_bind_gets_its_token_as_a_bearer() {
    let mut peers = bound(V2025_11_25);
    peers.document(TOKEN, json!({ "access_token": "t0ken", "token_type": "Bearer" }));
    let walk = peers.walk();
    let opening = walk.requests.iter().find(|r| r.step == Step::Session).unwrap();
    assert_eq!(opening.headers.get("authorization").as_deref(), Some("Bearer t0ken"));
    assert_eq!(dpop(opening), None);
}

#[test]
fn tokens_are_bound_where_the_resource_asks_for_it() {
    let asked = |change: fn(&mut Peers)| {
        let mut peers = Peers::good(V2025_11_25);
        change(&mut peers);
        dpop(peers.walk().to(TOKEN)).is_some()
    };
    assert!(!asked(|_| {}));
    assert!(asked(|peers| peers.member(RESOURCE, "dpop_bound_access_tokens_required", json!(true))));
    let dpop = |peers: &mut Peers| {
        let challenge = format!("DPoP resource_metadata=\"{RESOURCE}\"");
        peers.opening(Reply::new(401, Value::Null).header("www-authenticate", &challenge));
    };
    assert!(asked(dpop));
    assert!(!asked(|peers| {
        peers.member(RESOURCE, "dpop_bound_access_tokens_required", json!(true));
        peers.scenario.client.dpop = Dpop::Never;
    }));
}

#[test]
fn a_nonce_is_used_when_asked_for_and_the_request_repeated_once() {
    let mut peers = bound(V2025_11_25);
    let wanted = json!({ "error": "use_dpop_nonce" });
    let token = Reply::new(200, json!({ "access_token": "t0ken", "token_type": "DPoP" }));
    peers.reply(TOKEN, Reply::new(400, wanted.clone()).header("dpop-nonce", "n1"));
    peers.later(TOKEN, token.header("dpop-nonce", "n2"));
    let challenge = Reply::new(401, Value::Null)
        .header("www-authenticate", "DPoP error=\"use_dpop_nonce\"")
        .header("dpop-nonce", "r1");
    peers.reply("initialize+", challenge);
    let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {} });
    peers.later("initialize+", Reply::result(result));
    let walk = peers.walk();
    let proofs: Vec<_> = walk.all_to(TOKEN).into_iter().map(dpop).collect();
    assert_eq!(proofs, [Some((None, None)), Some((Some("n1"), None))]);
    let session = walk.requests.iter().filter(|request| request.step == Step::Session);
    let nonces: Vec<_> = session.map(|request| dpop(request).unwrap().0).collect();
    assert_eq!(nonces, [None, Some("r1"), Some("r1")], "the authorization server's is not the resource's");
    assert!(reached(&walk));

    // Asked for again and again, it is given once.
    let mut peers = bound(V2025_11_25);
    peers.reply(TOKEN, Reply::new(400, wanted).header("dpop-nonce", "n1"));
    let walk = peers.walk();
    assert_eq!(walk.all_to(TOKEN).len(), 2);
    assert!(matches!(walk.end, Some(Outcome::Stuck { awaiting: Step::Token, .. })));
}
