//! The honest sandbox, from the challenge to the clean-up.

use gatewalk::sandbox::{CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET, PUBLIC_CLIENT_ID};
use gatewalk::specification::ProtocolVersion;
use reqwest::Method;
use serde_json::json;

use crate::client::{REDIRECT, STATE, TestWalk, VERIFIER};

#[tokio::test]
async fn the_whole_flow_in_every_protocol_version() {
    for protocol_version in ProtocolVersion::ALL {
        let walk = TestWalk::start(protocol_version, &[]).await;
        let publishes = protocol_version != ProtocolVersion::V2025_03_26;
        let target = walk.sandbox.target().to_owned();

        let refused = walk.initialize(None).await;
        assert_eq!(refused.status, 401);
        let challenge = refused.header("www-authenticate");
        let expected = format!(
            "Bearer resource_metadata=\"{}/.well-known/oauth-protected-resource/mcp\", scope=\"mcp:tools\"",
            walk.origin()
        );
        assert_eq!(challenge, if publishes { expected.as_str() } else { "Bearer realm=\"sandbox\"" });

        let metadata = walk.resource_metadata().await;
        assert_eq!(metadata.status, if publishes { 200 } else { 404 });
        if publishes {
            assert_eq!(metadata.json()["resource"], json!(target));
            assert_eq!(metadata.json()["authorization_servers"], json!([walk.sandbox.issuer()]));
        }
        assert_eq!(walk.sandbox.issuer().ends_with('/'), publishes);

        let server = walk.server_metadata().await.json();
        assert_eq!(server["issuer"], json!(walk.sandbox.issuer()));
        assert_eq!(server, walk.published("/.well-known/openid-configuration").await.json());

        let registered = walk.register().await;
        assert_eq!((registered.status.as_u16(), registered.header("cache-control")), (201, "no-store"));
        let registered = registered.json();
        assert_eq!(registered["x_unknown"], 1);
        assert!(registered.get("client_secret").is_none());
        let client = registered["client_id"].as_str().unwrap();
        assert_eq!(walk.sandbox.clients(), [client]);

        let callback = walk.callback(client).await;
        assert_eq!(callback.status, 302);
        assert!(callback.header("location").starts_with(REDIRECT));
        assert_eq!(callback.parameter("state").as_deref(), Some(STATE));
        assert_eq!(callback.parameter("iss").as_deref(), Some(walk.sandbox.issuer()));

        let code = callback.parameter("code").unwrap();
        let response = walk.redeem(client, &code).await;
        assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, "no-store"));
        let tokens = response.json();
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
        let access = tokens["access_token"].as_str().unwrap();

        let opened = walk.initialize(Some(access)).await;
        assert_eq!(opened.status, 200, "{opened:?}");
        assert_eq!(opened.json()["result"]["protocolVersion"], "2025-06-18");
        let discovered = walk.modern(access, "server/discover").await;
        assert_eq!(discovered.json()["result"]["supportedVersions"][0], "2026-07-28", "{discovered:?}");

        // refresh: the token rotates, and a spent one that comes again ends the family
        let refresh = async |token: &str| {
            let pairs = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client)];
            walk.token_request(&pairs).await
        };
        let first = tokens["refresh_token"].as_str().unwrap().to_owned();
        let second = refresh(&first).await.json()["refresh_token"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        assert_eq!(refresh(&first).await.json()["error"], "invalid_grant");
        assert_eq!(refresh(&second).await.json()["error"], "invalid_grant");
        assert_eq!(walk.initialize(Some(access)).await.status, 401);

        let uri = registered["registration_client_uri"].as_str().unwrap();
        let bearer = format!("Bearer {}", registered["registration_access_token"].as_str().unwrap());
        let managed = [("authorization", bearer.as_str())];
        assert_eq!(walk.send(Method::GET, uri, &[], "").await.status, 401);
        assert_eq!(walk.send(Method::GET, uri, &managed, "").await.json(), registered);
        let deleted = walk.send(Method::DELETE, uri, &managed, "").await;
        assert_eq!((deleted.status.as_u16(), deleted.body.as_str()), (204, ""));
        assert_eq!(walk.send(Method::GET, uri, &managed, "").await.status, 401);
        assert!(walk.sandbox.clients().is_empty());
        assert_eq!(walk.authorize(client, &[]).await.status, 400);
    }
}

#[tokio::test]
async fn revocation_ends_access_and_refresh_tokens() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    let revoke = format!("{}/oauth/revoke", walk.server());
    let tokens = walk.tokens().await.json();
    let (access, refresh) =
        (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    assert_eq!(walk.initialize(Some(access)).await.status, 200);
    let pairs = [("token", access), ("client_id", PUBLIC_CLIENT_ID)];
    assert_eq!(walk.post_form(&revoke, &[], &pairs).await.status, 200);
    assert_eq!(walk.initialize(Some(access)).await.status, 401);
    let pairs = [("token", refresh), ("client_id", PUBLIC_CLIENT_ID)];
    assert_eq!(walk.post_form(&revoke, &[], &pairs).await.status, 200);
    let pairs =
        [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", PUBLIC_CLIENT_ID)];
    assert_eq!(walk.token_request(&pairs).await.json()["error"], "invalid_grant");
    let unknown = [("token", "unknown"), ("client_id", PUBLIC_CLIENT_ID)];
    assert_eq!(walk.post_form(&revoke, &[], &unknown).await.status, 200);
}

#[tokio::test]
async fn the_gateway_lets_nothing_else_through() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    let access = walk.access_token().await;
    let target = walk.sandbox.target();

    for method in [Method::GET, Method::DELETE, Method::PUT, Method::OPTIONS] {
        assert_eq!(walk.send(method.clone(), target, &[], "").await.status, 401, "{method}");
    }
    let authorized = format!("bEARER {access}");
    let get = walk.send(Method::GET, target, &[("authorization", &authorized)], "").await;
    assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST, DELETE"));
    assert_eq!(walk.get(&format!("{target}?access_token={access}")).await.status, 401);

    let evil =
        walk.mcp(Some(&access), &[("origin", "https://evil.example")], &crate::client::initialize()).await;
    assert_eq!(evil.status, 403);
    let local =
        walk.mcp(Some(&access), &[("origin", "http://localhost:1")], &crate::client::initialize()).await;
    assert_eq!(local.status, 200);

    let rebound = walk.mcp(Some(&access), &[("host", "evil.example")], &crate::client::initialize()).await;
    assert_eq!(rebound.status, 403);

    // one changed character in the middle of the signature
    let (head, signature) = access.rsplit_once('.').unwrap();
    let (before, after) = signature.split_at(40);
    let other = if after.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{head}.{before}{other}{}", after.get(1..).unwrap());
    for (token, says) in [(tampered.as_str(), "signature"), ("opaque", "not a JWT")] {
        let refused = walk.initialize(Some(token)).await;
        assert_eq!(refused.status, 401);
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\"") && challenge.contains(says), "{challenge}");
    }

    // an ID token, a token without the scope, a token for another audience
    for (change, status, says) in [
        ([("scope", Some("openid"))], 403, "insufficient_scope"),
        ([("resource", None)], 401, "another audience"),
    ] {
        let begun = walk.authorize(PUBLIC_CLIENT_ID, &change).await;
        let code = walk.log_in(&begun, "allow").await.parameter("code").unwrap();
        let tokens = walk.redeem(PUBLIC_CLIENT_ID, &code).await.json();
        let refused = walk.initialize(tokens["access_token"].as_str()).await;
        assert_eq!(refused.status, status);
        assert!(refused.header("www-authenticate").contains(says), "{refused:?}");
        if let Some(id_token) = tokens["id_token"].as_str() {
            assert_eq!(walk.initialize(Some(id_token)).await.status, 401);
        }
    }
}

#[tokio::test]
async fn authorization_errors_travel_where_they_may() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    for change in [
        ("client_id", Some("nobody")),
        ("redirect_uri", Some("https://evil.example/callback")),
        ("redirect_uri", Some("http://127.0.0.1:49152/callback/extra")),
        ("redirect_uri", None),
    ] {
        let page = walk.authorize(PUBLIC_CLIENT_ID, &[change]).await;
        assert!(page.status == 400 && page.is_html() && page.header("location").is_empty(), "{page:?}");
    }
    for (change, error) in [
        (("response_type", None), "invalid_request"),
        (("response_type", Some("token")), "unsupported_response_type"),
        (("code_challenge", None), "invalid_request"),
        (("code_challenge_method", None), "invalid_request"),
        (("code_challenge_method", Some("plain")), "invalid_request"),
        (("scope", Some("mcp:tools admin")), "invalid_scope"),
        (("resource", Some("https://other.example/mcp")), "invalid_target"),
    ] {
        let back = walk.authorize(PUBLIC_CLIENT_ID, &[change]).await;
        assert_eq!(
            (back.status.as_u16(), back.parameter("error").as_deref()),
            (302, Some(error)),
            "{change:?}"
        );
        assert_eq!(back.parameter("state").as_deref(), Some(STATE));
        assert_eq!(back.parameter("iss").as_deref(), Some(walk.sandbox.issuer()));
    }
    // MCP wants scheme and host compared without case; a loopback literal may come with any port
    let upper = walk.sandbox.target().replace("http://", "HTTP://");
    let begun = walk.authorize(PUBLIC_CLIENT_ID, &[("resource", Some(&upper))]).await;
    assert!(begun.header("location").contains("/login"));
    let denied = walk.log_in(&begun, "deny").await;
    assert_eq!(denied.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(denied.parameter("iss").as_deref(), Some(walk.sandbox.issuer()));
}

#[tokio::test]
async fn the_login_is_bound_to_its_browser_and_its_password() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    let begun = walk.authorize(PUBLIC_CLIENT_ID, &[]).await;
    let cookie = begun.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    let (page, transaction) = (begun.header("location"), begun.parameter("transaction").unwrap());
    assert_eq!(walk.get(page).await.status, 400);
    let foreign = [("cookie", "sandbox_browser=other")];
    assert_eq!(walk.send(Method::GET, page, &foreign, "").await.status, 400);

    let cookie = [("cookie", cookie.split(';').next().unwrap())];
    let login = walk.send(Method::GET, page, &cookie, "").await;
    assert_eq!(login.header("content-security-policy"), "frame-ancestors 'none'");
    assert_eq!(login.header("cache-control"), "no-store");
    let url = format!("{}/login", walk.server());
    let wrong = [("transaction", transaction.as_str()), ("username", "alice"), ("password", "x")];
    let again = walk.post_form(&url, &cookie, &wrong).await;
    assert!(again.body.contains("Wrong user name or password"), "{again:?}");
    // consent cannot be given before the login
    let early = [("transaction", transaction.as_str()), ("decision", "allow")];
    let early = walk.post_form(&format!("{}/consent", walk.server()), &cookie, &early).await;
    assert!(early.header("location").contains("/login"), "{early:?}");
}

#[tokio::test]
async fn the_token_endpoint_refuses_in_the_words_of_rfc_6749() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    let code = walk.callback(PUBLIC_CLIENT_ID).await.parameter("code").unwrap();
    let good = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", PUBLIC_CLIENT_ID),
    ];
    for (name, value, error) in [
        ("grant_type", "password", "unsupported_grant_type"),
        ("code", "unknown", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:1/callback", "invalid_grant"),
        ("code_verifier", "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong", "invalid_grant"),
        ("code_verifier", "", "invalid_grant"),
        ("client_id", "nobody", "invalid_client"),
        ("resource", "https://other.example/mcp", "invalid_target"),
    ] {
        let mut pairs: Vec<_> = good.into_iter().filter(|(n, _)| *n != name).collect();
        pairs.push((name, value));
        let refused = walk.token_request(&pairs).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]),
            (400, &json!(error)),
            "{name}={value}"
        );
    }
    let mut twice = good.to_vec();
    twice.push(("code", "again"));
    assert_eq!(walk.token_request(&twice).await.json()["error"], "invalid_request");

    // none of that spent the code; using it twice does
    assert_eq!(walk.token_request(&good).await.status, 200);
    assert_eq!(walk.token_request(&good).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_confidential_client_proves_itself() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    let url = format!("{}/oauth/token", walk.server());
    let basic = |secret: &str| {
        use base64::Engine as _;
        let pair = format!("{CONFIDENTIAL_CLIENT_ID}:{secret}");
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair))
    };
    let code = walk.callback(CONFIDENTIAL_CLIENT_ID).await.parameter("code").unwrap();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let refused = walk.post_form(&url, &[("authorization", &basic("wrong"))], &pairs).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (401, &json!("invalid_client")));
    assert!(refused.header("www-authenticate").starts_with("Basic"));
    let good = walk.post_form(&url, &[("authorization", &basic(CONFIDENTIAL_CLIENT_SECRET))], &pairs).await;
    assert_eq!(good.status, 200, "{good:?}");
}

#[tokio::test]
async fn registration_knows_what_it_wants() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    for (uri, error) in [
        (json!(["http://example.com/cb"]), "invalid_redirect_uri"),
        (json!(["javascript:alert(1)"]), "invalid_redirect_uri"),
        (json!([]), "invalid_redirect_uri"),
    ] {
        let refused = walk.register_as(&json!({ "redirect_uris": uri })).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!(error)));
    }
    assert_eq!(walk.register_as(&json!("text")).await.json()["error"], "invalid_client_metadata");
    let secret = walk.register_as(&json!({ "redirect_uris": [REDIRECT] })).await.json();
    assert_eq!(secret["token_endpoint_auth_method"], "client_secret_basic");
    assert!(secret["client_secret"].is_string() && secret["client_secret_expires_at"].is_number());
}

#[tokio::test]
async fn dropping_the_sandbox_closes_its_ports() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    let (http, target) = (walk.http.clone(), walk.sandbox.target().to_owned());
    assert_eq!(http.get(&target).send().await.unwrap().status(), 401);
    drop(walk);
    // aborted tasks end when they are next polled
    while http.get(&target).send().await.is_ok() {
        tokio::task::yield_now().await;
    }
}
