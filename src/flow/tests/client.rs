//! The client itself: registration, authorization request, callback, token request.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::peers::{
    ISSUER, ORIGIN, Peers, REDIRECT_URI, REGISTER, RESOURCE, Reply, SERVER, TARGET, TOKEN, redirected,
};
use crate::exchange::Secret;
use crate::flow::{Entropy, Flow, Outcome, Output, RefusalKind, StuckReason, client_metadata_document};
use crate::scenario::{Credential, Registration};
use crate::specification::ProtocolVersion::{self, V2025_03_26, V2025_06_18, V2025_11_25, V2026_07_28};
use crate::specification::Step;

/// The authorization request that is awaited, and the verifier sent once it is answered.
fn drawn(flow: &Flow) -> (String, String, String) {
    let Output::Authorize(request) = flow.poll() else { panic!("no authorization request") };
    let (state, challenge) = (request.get("state").unwrap(), request.get("code_challenge").unwrap());
    let mut flow = flow.clone();
    flow.feed(redirected(&request, "code=c&state={state}"));
    let Output::Send(request) = flow.poll() else { panic!("no token request") };
    let mut fields = url::form_urlencoded::parse(&request.body);
    let (_, verifier) = fields.find(|(name, _)| name == "code_verifier").unwrap();
    (state, challenge, verifier.into_owned())
}

#[test]
fn the_challenge_is_the_sha256_of_a_verifier_of_lawful_form() {
    let peers = Peers::good(V2025_11_25);
    let (state, challenge, verifier) = drawn(&peers.flow_at("AwaitCallback"));
    assert!((43..=128).contains(&verifier.len()), "{verifier}");
    assert!(verifier.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)), "{verifier}");
    assert_eq!(challenge, BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)));
    assert_eq!(peers.walk().authorization("code_challenge_method").unwrap(), "S256");
    assert_ne!(state, verifier);
}

#[test]
fn state_and_verifier_are_fresh_in_every_flow() {
    let peers = Peers::good(V2025_11_25);
    let (state, _, verifier) = drawn(&peers.flow_at("AwaitCallback"));
    let settings = peers.flow().settings().clone();
    let mut other = Flow::new(settings, Entropy::new([8; 32]));
    while let Output::Send(request) = other.poll() {
        other.feed(peers.respond(&request));
    }
    let (other_state, _, other_verifier) = drawn(&other);
    assert_ne!(state, other_state);
    assert_ne!(verifier, other_verifier);
}

#[test]
fn state_and_verifier_are_fresh_once_renewed_and_nothing_else_changes() {
    let flow = Peers::good(V2025_11_25).flow_at("AwaitCallback");
    let renewed = flow.renewed(Entropy::new([9; 32]));
    let ((state, challenge, verifier), (state2, challenge2, verifier2)) = (drawn(&flow), drawn(&renewed));
    assert!(state != state2 && challenge != challenge2 && verifier != verifier2);
    let (Output::Authorize(one), Output::Authorize(two)) = (flow.poll(), renewed.poll()) else {
        panic!("no authorization request")
    };
    let encoded = |state: &str| url::form_urlencoded::byte_serialize(state.as_bytes()).collect::<String>();
    let (state, state2) = (encoded(&state), encoded(&state2));
    assert!(state.ends_with("%2B%3D"), "a state has characters that have to be encoded");
    assert_eq!(one.url.replace(&state, &state2).replace(&challenge, &challenge2), two.url);
}

#[test]
fn a_callback_for_the_request_before_it_was_renewed_is_refused() {
    let flow = Peers::good(V2025_11_25).flow_at("AwaitCallback");
    let Output::Authorize(old) = flow.poll() else { panic!("no authorization request") };
    let mut renewed = flow.renewed(Entropy::new([9; 32]));
    renewed.feed(redirected(&old, "code=c&state={state}"));
    assert!(matches!(renewed.poll(), Output::Refuse(refusal) if refusal.kind == RefusalKind::StateMismatch));
}

#[test]
fn another_state_makes_a_client_stop_before_the_token_request() {
    for protocol_version in ProtocolVersion::ALL {
        for query in ["code=c&state=x", "code=c", "code=c&state=", "state=x&code=c&state={state}"] {
            let mut peers = Peers::good(protocol_version);
            query.clone_into(&mut peers.callback);
            let walk = peers.walk();
            assert_eq!(walk.refused(), [RefusalKind::StateMismatch], "{protocol_version} {query}");
            assert!(!walk.asked_for_token(), "{protocol_version} {query}");
        }
    }
}

#[test]
fn an_error_or_no_code_ends_the_walk_before_the_token_request() {
    for (query, because) in [
        ("error=access_denied", StuckReason::AuthorizationError("access_denied".to_owned())),
        ("error=e&error_description=d&code=c", StuckReason::AuthorizationError("e: d".to_owned())),
        ("x=y", StuckReason::NoCode),
        ("code=", StuckReason::NoCode),
    ] {
        let mut peers = Peers::good(V2025_11_25);
        peers.callback = format!("{query}&state={{state}}");
        let walk = peers.walk();
        assert_eq!(walk.end, Some(Outcome::Stuck { awaiting: Step::Authorization, because }));
        assert!(!walk.asked_for_token());
    }
}

/// What a client makes of `iss`, by whether the metadata promises it.
fn iss(protocol_version: ProtocolVersion, promised: bool, iss: Option<&str>) -> Vec<RefusalKind> {
    let mut peers = Peers::good(protocol_version);
    if promised {
        peers.member(peers.server(), "authorization_response_iss_parameter_supported", json!(true));
    }
    if let Some(iss) = iss {
        peers.callback.push_str("&iss=");
        peers.callback.extend(url::form_urlencoded::byte_serialize(iss.as_bytes()));
    }
    let walk = peers.walk();
    assert_ne!(walk.asked_for_token(), !walk.refusals.is_empty());
    walk.refused()
}

#[test]
fn iss_that_is_promised_and_present_is_compared() {
    assert_eq!(iss(V2026_07_28, true, Some(ISSUER)), []);
    assert_eq!(iss(V2026_07_28, true, Some("https://evil.example")), [RefusalKind::IssMismatch]);
}

#[test]
fn iss_that_is_promised_and_missing_makes_a_client_stop() {
    assert_eq!(iss(V2026_07_28, true, None), [RefusalKind::IssMissing]);
}

#[test]
fn iss_that_is_not_promised_but_present_is_compared() {
    assert_eq!(iss(V2026_07_28, false, Some(ISSUER)), []);
    assert_eq!(iss(V2026_07_28, false, Some("https://evil.example")), [RefusalKind::IssMismatch]);
}

#[test]
fn iss_that_is_neither_promised_nor_present_is_not_missed() {
    assert_eq!(iss(V2026_07_28, false, None), []);
}

#[test]
fn iss_is_compared_without_normalisation() {
    for other in ["https://as.example/", "https://AS.example", "https://as.example:443", ""] {
        assert_eq!(iss(V2026_07_28, true, Some(other)), [RefusalKind::IssMismatch], "{other}");
    }
}

#[test]
fn iss_is_ignored_before_2026_07_28() {
    for protocol_version in [V2025_03_26, V2025_06_18, V2025_11_25] {
        assert_eq!(iss(protocol_version, true, None), [], "{protocol_version}");
        assert_eq!(iss(protocol_version, true, Some("https://evil.example")), [], "{protocol_version}");
    }
}

#[test]
fn state_and_iss_are_refused_one_after_the_other() {
    let mut peers = Peers::good(V2026_07_28);
    peers.overrule = true;
    "code=c&state=x&iss=https://evil.example".clone_into(&mut peers.callback);
    let walk = peers.walk();
    assert_eq!(walk.refused(), [RefusalKind::StateMismatch, RefusalKind::IssMismatch]);
    assert!(walk.asked_for_token());
}

#[test]
fn the_token_request_repeats_redirect_uri_and_client_id() {
    for protocol_version in ProtocolVersion::ALL {
        let walk = Peers::good(protocol_version).walk();
        assert_eq!(walk.grant("grant_type").unwrap(), "authorization_code");
        assert_eq!(walk.grant("code").unwrap(), "c0de");
        assert_eq!(walk.grant("redirect_uri").unwrap(), REDIRECT_URI);
        assert_eq!(walk.authorization("redirect_uri").unwrap(), REDIRECT_URI);
        assert_eq!(walk.grant("client_id").unwrap(), "c1");
        assert_eq!(walk.authorization("client_id").unwrap(), "c1");
        assert_eq!(walk.authorization("response_type").unwrap(), "code");
        let media_type = walk.to(TOKEN).headers.get("content-type").unwrap();
        assert_eq!(media_type, "application/x-www-form-urlencoded");
    }
}

#[test]
fn registration_is_that_of_a_native_client_that_refreshes() {
    for protocol_version in ProtocolVersion::ALL {
        let client = Peers::good(protocol_version).walk().registration();
        assert_eq!(client["application_type"], "native");
        assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert_eq!(client["response_types"], json!(["code"]));
        assert_eq!(client["redirect_uris"], json!([REDIRECT_URI]));
        assert_eq!(client["token_endpoint_auth_method"], "none");
    }
}

#[test]
fn registration_asks_for_the_best_method_the_server_knows() {
    for (methods, asked) in [
        (json!(["client_secret_post", "client_secret_basic", "none"]), "none"),
        (json!(["client_secret_post", "client_secret_basic"]), "client_secret_basic"),
        (json!(["client_secret_post"]), "client_secret_post"),
        (json!(["private_key_jwt"]), "private_key_jwt"),
        (json!(["tls_client_auth"]), "none"),
    ] {
        let mut peers = Peers::good(V2025_11_25);
        peers.member(SERVER, "token_endpoint_auth_methods_supported", methods);
        assert_eq!(peers.walk().registration()["token_endpoint_auth_method"], asked);
    }
}

/// How the client proves itself: the header, and the secret in the body.
fn proof(peers: &Peers) -> (Option<String>, Option<String>) {
    let walk = peers.walk();
    let header = walk.to(TOKEN).headers.get("authorization").map(std::borrow::Cow::into_owned);
    (header, walk.grant("client_secret"))
}

#[test]
fn the_client_proves_itself_as_registered() {
    let basic = format!("Basic {}", BASE64_STANDARD.encode("c1:s3cret"));
    for (method, expected) in [
        (json!("client_secret_basic"), (Some(basic.clone()), None)),
        (json!("client_secret_post"), (None, Some("s3cret".to_owned()))),
        (json!("none"), (None, None)),
        (Value::Null, (Some(basic), None)),
    ] {
        let mut peers = Peers::good(V2025_11_25);
        let mut client = json!({ "client_id": "c1", "client_secret": "s3cret" });
        if !method.is_null() {
            client["token_endpoint_auth_method"] = method.clone();
        }
        peers.reply(REGISTER, Reply::new(201, client));
        assert_eq!(proof(&peers), expected, "{method}");
    }
}

#[test]
fn a_client_without_a_secret_is_public() {
    assert_eq!(proof(&Peers::good(V2025_11_25)), (None, None));
}

#[test]
fn a_preregistered_client_proves_itself_as_the_server_can() {
    let basic = format!("Basic {}", BASE64_STANDARD.encode("c0:s3cret"));
    let secret = Credential::Secret(Secret::new("s3cret"));
    for (secret, methods, expected) in [
        (Credential::None, json!(["client_secret_basic"]), (None, None)),
        (secret.clone(), Value::Null, (Some(basic.clone()), None)),
        (secret.clone(), json!(["client_secret_basic", "client_secret_post"]), (Some(basic), None)),
        (secret, json!(["client_secret_post"]), (None, Some("s3cret".to_owned()))),
    ] {
        let mut peers = Peers::good(V2025_11_25);
        peers.scenario.client.registration =
            Registration::Preregistered { client_id: "c0".to_owned(), credential: secret };
        peers.member(SERVER, "token_endpoint_auth_methods_supported", methods);
        assert!(peers.walk().urls(Step::Registration).is_empty());
        assert_eq!(proof(&peers), expected);
    }
}

#[test]
fn the_url_of_a_metadata_document_is_the_client_id_byte_by_byte() {
    for protocol_version in [V2025_11_25, V2026_07_28] {
        for url in ["https://App.example:443/client.json?v=1", "http://127.0.0.1:9/c"] {
            let mut peers = Peers::good(protocol_version);
            peers.scenario.client.registration =
                Registration::MetadataDocument { url: url.to_owned(), or_dynamic: false };
            peers.member(SERVER, "client_id_metadata_document_supported", json!(true));
            let methods = json!(["client_secret_basic", "private_key_jwt"]);
            peers.member(SERVER, "token_endpoint_auth_methods_supported", methods);
            let walk = peers.walk();
            assert!(walk.urls(Step::Registration).is_empty(), "{protocol_version}");
            assert_eq!(walk.authorization("client_id").as_deref(), Some(url), "{protocol_version}");
            assert_eq!(walk.grant("client_id").as_deref(), Some(url), "{protocol_version}");
            assert_eq!(proof(&peers), (None, None), "a public client");
            assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)), "{protocol_version}");
        }
    }
}

#[test]
fn a_metadata_document_is_of_no_use_to_a_server_that_does_not_say_it_reads_them() {
    let mut peers = Peers::good(V2026_07_28);
    let url = "https://app.example/client.json".to_owned();
    peers.scenario.client.registration = Registration::MetadataDocument { url, or_dynamic: false };
    for flag in [Value::Null, json!(false), json!("true")] {
        peers.member(SERVER, "client_id_metadata_document_supported", flag.clone());
        let walk = peers.walk();
        let because = StuckReason::NoMetadataDocuments;
        assert!(because.to_string().contains("client_id_metadata_document_supported"));
        assert!(because.remedy().contains("--registration dynamic"));
        assert_eq!(walk.end, Some(Outcome::Stuck { awaiting: Step::Registration, because }), "{flag}");
        assert!(walk.authorizations.is_empty() && walk.urls(Step::Registration).is_empty(), "{flag}");
    }
    // Where only the metadata is of interest, they are.
    peers.scenario.until = Step::ServerMetadata;
    assert_eq!(peers.walk().end, Some(Outcome::Reached(Step::ServerMetadata)));
}

#[test]
fn the_document_to_publish_says_what_is_registered() {
    let url = "https://app.example/client.json";
    let uris = [REDIRECT_URI.to_owned()];
    let document = client_metadata_document(url, &uris);
    assert_eq!(document["client_id"], url);
    assert_eq!(document["token_endpoint_auth_method"], "none");
    let registered = Peers::good(V2025_11_25).walk().registration();
    for member in ["redirect_uris", "application_type", "grant_types", "response_types", "software_id"] {
        assert_eq!(document[member], registered[member], "{member}");
        assert!(!document[member].is_null(), "{member}");
    }
}

#[test]
fn a_registration_without_a_client_id_ends_the_walk() {
    for reply in [
        Reply::new(201, json!({})),
        Reply::new(201, json!({ "client_id": "" })),
        Reply::new(403, Value::Null),
    ] {
        let mut peers = Peers::good(V2025_11_25);
        peers.reply(REGISTER, reply);
        assert!(matches!(peers.walk().end, Some(Outcome::Stuck { awaiting: Step::Registration, .. })));
    }
}

#[test]
fn resource_is_sent_as_published_byte_by_byte() {
    for protocol_version in [V2025_06_18, V2025_11_25, V2026_07_28] {
        for published in [ORIGIN, "https://gw.example/", TARGET, "https://gw.example/mcp/"] {
            let mut peers = Peers::good(protocol_version);
            peers.member(RESOURCE, "resource", json!(published));
            let walk = peers.walk();
            assert_eq!(walk.authorization("resource").as_deref(), Some(published), "{protocol_version}");
            assert_eq!(walk.grant("resource").as_deref(), Some(published), "{protocol_version}");
        }
    }
}

#[test]
fn resource_is_the_target_where_none_is_published_and_the_users_where_given() {
    let mut peers = Peers::good(V2025_11_25);
    peers.member(RESOURCE, "resource", Value::Null);
    assert_eq!(peers.walk().grant("resource").as_deref(), Some(TARGET));
    peers.scenario.client.resource = Some("urn:mine".to_owned());
    assert_eq!(peers.walk().authorization("resource").as_deref(), Some("urn:mine"));
    assert_eq!(peers.walk().grant("resource").as_deref(), Some("urn:mine"));
    peers.scenario.client.resource = Some(String::new());
    assert_eq!(peers.walk().grant("resource"), None);
}

#[test]
fn resource_is_not_sent_in_2025_03_26() {
    let walk = Peers::good(V2025_03_26).walk();
    assert_eq!((walk.authorization("resource"), walk.grant("resource")), (None, None));
}

/// The scope that is asked for, the same at registration and authorization.
fn scope(
    protocol_version: ProtocolVersion,
    challenge: Option<&str>,
    listed: Option<&str>,
    user: Option<&str>,
) -> Option<String> {
    let mut peers = Peers::good(protocol_version);
    peers.scenario.client.scope = user.map(str::to_owned);
    if let Some(scope) = challenge {
        peers.opening(Reply::challenge(&format!("resource_metadata=\"{RESOURCE}\", scope=\"{scope}\"")));
    }
    if let Some(scope) = listed {
        peers.member(RESOURCE, "scopes_supported", json!(scope.split(' ').collect::<Vec<_>>()));
    }
    let walk = peers.walk();
    let scope = walk.authorization("scope");
    assert_eq!(walk.registration().get("scope").and_then(Value::as_str), scope.as_deref());
    scope
}

#[test]
fn scope_is_the_users_else_the_challenges_else_the_metadatas_else_none() {
    for protocol_version in [V2025_06_18, V2025_11_25, V2026_07_28] {
        let ask = |challenge, listed, user| scope(protocol_version, challenge, listed, user);
        assert_eq!(ask(Some("c1 c2"), Some("p1 p2"), Some("u1 u2")).as_deref(), Some("u1 u2"));
        assert_eq!(ask(Some("c1 c2"), Some("p1 p2"), None).as_deref(), Some("c1 c2"));
        assert_eq!(ask(None, Some("p1 p2"), None).as_deref(), Some("p1 p2"));
        assert_eq!(ask(None, None, None), None);
    }
}

/// The scope where the authorization server lists `offline_access`.
fn offline(protocol_version: ProtocolVersion, user: Option<&str>, listed: Option<&str>) -> Option<String> {
    let mut peers = Peers::good(protocol_version);
    peers.scenario.client.scope = user.map(str::to_owned);
    if let (Some(scope), true) = (listed, protocol_version.sends_resource()) {
        peers.member(RESOURCE, "scopes_supported", json!([scope]));
    }
    peers.member(peers.server(), "scopes_supported", json!(["openid", "offline_access"]));
    peers.walk().authorization("scope")
}

#[test]
fn offline_access_is_added_in_2026_07_28_where_listed_unless_the_user_chose() {
    assert_eq!(offline(V2026_07_28, None, Some("p1")).as_deref(), Some("p1 offline_access"));
    assert_eq!(offline(V2026_07_28, None, None).as_deref(), Some("offline_access"));
    assert_eq!(offline(V2026_07_28, None, Some("offline_access")).as_deref(), Some("offline_access"));
    assert_eq!(offline(V2026_07_28, Some("u1"), Some("p1")).as_deref(), Some("u1"));
    assert_eq!(scope(V2026_07_28, None, Some("p1"), None).as_deref(), Some("p1"));
}

#[test]
fn offline_access_is_not_added_before_2026_07_28() {
    assert_eq!(offline(V2025_03_26, None, None), None);
    assert_eq!(offline(V2025_06_18, None, Some("p1")).as_deref(), Some("p1"));
    assert_eq!(offline(V2025_11_25, None, Some("p1")).as_deref(), Some("p1"));
}

#[test]
fn parameters_of_the_user_go_into_the_authorization_request_only() {
    let mut peers = Peers::good(V2025_11_25);
    peers.scenario.client.parameters.push(("audience".to_owned(), "a b".to_owned()));
    let walk = peers.walk();
    assert_eq!(walk.authorization("audience").as_deref(), Some("a b"));
    assert_eq!(walk.grant("audience"), None);
}

#[test]
fn a_query_of_the_authorization_endpoint_is_kept() {
    let mut peers = Peers::good(V2025_11_25);
    peers.member(SERVER, "authorization_endpoint", json!("https://as.example/authorize?tenant=1"));
    let walk = peers.walk();
    assert_eq!(walk.authorization("tenant").as_deref(), Some("1"));
    assert_eq!(walk.authorization("client_id").as_deref(), Some("c1"));
}

#[test]
fn secrets_are_not_printed() {
    let peers = Peers::good(V2025_11_25);
    let (state, _, verifier) = drawn(&peers.flow_at("AwaitCallback"));
    let printed = format!("{:?}", peers.flow_at("AwaitToken"));
    assert!(!printed.contains(&verifier) && !printed.contains(&state) && !printed.contains("c0de"));
    assert!(!format!("{:?}", peers.flow_at("AwaitSession")).contains("t0ken"));
}

#[test]
fn no_access_token_ends_the_walk() {
    for reply in [
        Reply::new(200, json!({})),
        Reply::new(200, json!({ "access_token": "" })),
        Reply::new(400, json!({ "error": "invalid_grant", "error_description": "used" })),
    ] {
        let mut peers = Peers::good(V2025_11_25);
        peers.reply(TOKEN, reply);
        let end = peers.walk().end;
        assert!(matches!(end, Some(Outcome::Stuck { because: StuckReason::NoToken(_), .. })), "{end:?}");
    }
}
