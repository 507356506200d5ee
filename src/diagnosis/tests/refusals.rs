//! Refusals of logins, token requests and tokens are read before anything is concluded from them.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{CHALLENGE, Run, TARGET, metadata};
use crate::exchange::{Callback, ExchangeId, Purpose, Request};
use crate::scenario::Registration;
use crate::specification::{Party, ProtocolVersion, Step};

const AS: &str = "https://as.example";
const TOKEN: &str = "https://as.example/token";
const JSON: (&str, &str) = ("content-type", "application/json");

/// A run up to the callback.
fn redirected(client_id: Option<&str>, query: &str) -> Run {
    let mut run = Run::of(TARGET, &[], AS, &metadata(AS, "https://as.example/authorize"), client_id).asked();
    let url = format!("http://127.0.0.1:8765/callback{query}");
    run.history.push_callback(Arc::new(Callback::new(ExchangeId(9), url)));
    run
}

/// One whose token request is answered so.
fn requested(status: u16, fields: &[(&str, &str)], body: &str) -> Run {
    redirected(Some("c"), "?code=x").answered(Purpose::Token, TOKEN, status, fields, body)
}

/// One whose token of that kind is refused so, where that comes without a token.
fn refused(
    token: &str,
    without: (&[(&str, &str)], &str),
    status: u16,
    fields: &[(&str, &str)],
    body: &str,
) -> Run {
    let token = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 60 }).to_string();
    redirected(Some("c"), "?code=x")
        .answered(CHALLENGE, TARGET, 401, without.0, without.1)
        .answered(Purpose::Token, TOKEN, 200, &[JSON], &token)
        .answered(Purpose::Initialize, TARGET, status, fields, body)
}

/// The causes found, but for those of a challenge that is as short as these.
fn ids(run: &Run) -> Vec<&'static str> {
    let of_challenge = ["resource-metadata-parameter-missing", "challenge-missing"];
    let found = run.diagnosed();
    found.iter().map(|found| found.kind.id).filter(|id| !of_challenge.contains(id)).collect()
}

/// What the cause of that id says.
fn cause(run: &Run, id: &str) -> String {
    let found = run.diagnosed();
    let all: Vec<_> = found.iter().map(|found| found.kind.id).collect();
    let one = found.iter().find(|found| found.kind.id == id);
    one.unwrap_or_else(|| panic!("{id} is not among {all:?}")).cause.clone()
}

/// A JWT with that type in its header, which nobody verifies.
fn jwt(typ: &str) -> String {
    use base64::Engine as _;
    let part = |value: Value| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "iss": AS, "aud": TARGET });
    format!("{}.{}.c2ln", part(json!({ "alg": "RS256", "typ": typ })), part(claims))
}

#[test]
fn the_type_of_a_token_is_the_cause_only_where_the_refusal_speaks_of_it() {
    let challenge = ("www-authenticate", "Bearer scope=\"a\"");
    let without = (&[challenge][..], "");
    let said = |description: &str| {
        let value = format!("Bearer error=\"invalid_token\", error_description=\"{description}\"");
        refused(&jwt("JWT"), without, 401, &[("www-authenticate", &value)], "")
    };
    for about in ["typ must be at+jwt", "wrong typ", "expected AT+JWT"] {
        assert!(ids(&said(about)).contains(&"token-type-refused"), "{about}");
    }
    for other in ["", "issuer is not trusted", "type of grant is wrong"] {
        let run = said(other);
        assert!(!ids(&run).contains(&"token-type-refused"), "{other}");
        assert!(cause(&run, "token-refused").contains("typ JWT"), "it is one of the things to compare");
    }
}

#[test]
fn a_header_is_lost_only_where_the_refusal_is_that_without_a_token() {
    let plain = [("www-authenticate", "Bearer scope=\"a\"")];
    let error = [(
        "www-authenticate",
        "Bearer error=\"invalid_token\", error_description=\"Missing Authorization header\"",
    )];
    let vague = [(
        "www-authenticate",
        "Bearer error=\"invalid_token\", error_description=\"Authentication required\"",
    )];
    let no_header = r#"{"detail":"No Authorization Header"}"#;
    let wrong = r#"{"detail":"Authorization Failed: unexpected \"aud\" claim value"}"#;
    let unknown = r#"{"detail":"User not registered. Please log in via SSO first."}"#;
    for (without, body_without, with, body, dropped) in [
        (&plain[..], "", &plain[..], "", true),
        (&plain, no_header, &plain, no_header, true),
        // Frameworks that name an error without credentials too.
        (&error, "", &error, "", true),
        (&vague, "", &vague, "", false),
        (&plain, no_header, &plain, wrong, false),
        // The server behind the gateway answers, and says something.
        (&plain, "", &[], unknown, false),
        (&plain, "", &[], r#"{"message":"Missing Authorization header"}"#, true),
        (&plain, "", &[], "", true),
    ] {
        let run = refused(&jwt("at+jwt"), (without, body_without), 401, with, body);
        assert_eq!(ids(&run).contains(&"authorization-dropped"), dropped, "{body}: {:?}", ids(&run));
        if !dropped && !body.is_empty() {
            assert!(cause(&run, "token-refused").contains("saying"), "{body}");
        }
    }
}

#[test]
fn insufficient_scope_is_about_scope_whatever_the_token_looks_like() {
    let without = (&[("www-authenticate", "Bearer scope=\"a\"")][..], "");
    let challenge = "Bearer error=\"insufficient_scope\", error_description=\"Required scope: user\"";
    let run = refused("opaque", without, 403, &[("www-authenticate", challenge)], "");
    assert_eq!(ids(&run), ["scope-too-narrow"]);
    // A 403 that does not speak of scope is about something else.
    let bare = refused("opaque", (&[], ""), 403, &[JSON], r#"{"message":"this account may not"}"#);
    assert!(!ids(&bare).contains(&"scope-too-narrow"), "{:?}", ids(&bare));
}

#[test]
fn a_long_token_is_mentioned() {
    let long = "x".repeat(9000);
    let token = format!("{}.{long}", jwt("at+jwt").rsplit_once('.').unwrap().0);
    let run = refused(
        &token,
        (&[("www-authenticate", "Bearer scope=\"a\"")], "no"),
        401,
        &[("www-authenticate", "Bearer error=\"invalid_token\"")],
        "",
    );
    assert!(cause(&run, "token-refused").contains("bytes, and some gateways cut header fields"));
}

#[test]
fn a_token_endpoint_that_gives_no_token_says_why() {
    let html = ("content-type", "text/html");
    for (status, field, body, id, words) in [
        (404, html, "<html>no such page", "token-endpoint-not-found", "gets 404"),
        (405, JSON, "{}", "token-endpoint-not-found", "gets 405"),
        (500, html, "<html>oops", "token-endpoint-failing", "a web page"),
        (
            422,
            JSON,
            r#"{"detail":[{"msg":"Input should be a dictionary"}]}"#,
            "token-form-not-read",
            "Input should be",
        ),
        (415, JSON, "", "token-form-not-read", "without saying why"),
        (401, JSON, r#"{"error":"invalid_client"}"#, "client-authentication-refused", "client_id alone"),
        (
            403,
            JSON,
            r#"{"error":"unauthorized_client"}"#,
            "client-authentication-refused",
            "unauthorized_client",
        ),
        (
            400,
            JSON,
            r#"{"error":"invalid_grant","error_description":"Unknown OAuth request"}"#,
            "code-lost",
            "Unknown OAuth request",
        ),
        (400, JSON, r#"{"detail":"No connected db."}"#, "token-request-refused", "No connected db."),
        (429, JSON, r#"{"message":"slow down"}"#, "rate-limited", "without Retry-After"),
    ] {
        let run = requested(status, &[field], body);
        assert_eq!(ids(&run), [id], "{status} {body}");
        assert!(cause(&run, id).contains(words), "{}", cause(&run, id));
    }
}

#[test]
fn a_secret_without_a_method_is_what_a_refused_client_goes_by() {
    let registered = |method: Option<&str>| {
        let mut client = json!({ "client_id": "c", "client_secret": "s", "client_secret_expires_at": 0 });
        if let Some(method) = method {
            client["token_endpoint_auth_method"] = json!(method);
        }
        let run = redirected(None, "?code=x");
        let run = run.answered(
            Purpose::Registration,
            "https://as.example/register",
            201,
            &[JSON],
            &client.to_string(),
        );
        run.answered(Purpose::Token, TOKEN, 400, &[JSON], r#"{"error":"invalid input"}"#)
    };
    let unsaid = registered(None);
    assert!(cause(&unsaid, "client-authentication-refused").contains("did not say how to use it"));
    assert!(!ids(&registered(Some("client_secret_basic"))).contains(&"client-authentication-refused"));
}

#[test]
fn a_rate_limit_says_how_long_to_wait_wherever_it_answers() {
    for purpose in [CHALLENGE, Purpose::Initialize, Purpose::Login, Purpose::Registration] {
        let run = redirected(None, "?code=x").answered(purpose, TARGET, 429, &[("retry-after", "30")], "");
        assert_eq!(ids(&run).first(), Some(&"rate-limited"), "{purpose:?}");
        assert!(cause(&run, "rate-limited").contains("Retry-After: 30"));
    }
    let passed = redirected(None, "?code=x").answered(Purpose::Token, TOKEN, 429, &[], "").answered(
        Purpose::Token,
        TOKEN,
        200,
        &[JSON],
        r#"{"access_token":"t","token_type":"Bearer"}"#,
    );
    assert!(!ids(&passed).contains(&"rate-limited"), "the walk tried again");
}

#[test]
fn a_firewall_is_named_by_its_product_and_not_taken_for_the_gateway() {
    let edge =
        [("server", "cloudflare"), ("cf-ray", "9c-FRA"), ("content-type", "text/plain; charset=UTF-8")];
    let run = refused(
        &jwt("at+jwt"),
        (&[("www-authenticate", "Bearer scope=\"a\"")], ""),
        403,
        &edge,
        "Your request was blocked.",
    );
    assert_eq!(ids(&run), ["firewall-page"]);
    let cause = cause(&run, "firewall-page");
    assert!(cause.contains("Cloudflare") && cause.contains("Your request was blocked."), "{cause}");
}

#[test]
fn a_refused_redirect_uri_is_laid_to_who_registered_it() {
    let page = |client_id: Option<&str>, text: &str| {
        let published = metadata(AS, "https://as.example/authorize");
        let mut run = Run::of(TARGET, &[], AS, &published, client_id);
        if client_id.is_none() {
            let client = json!({ "client_id": "c", "redirect_uris": ["http://127.0.0.1:8765/callback"] });
            run = run.answered(
                Purpose::Registration,
                "https://as.example/register",
                201,
                &[JSON],
                &client.to_string(),
            );
        }
        let run = run.asked();
        ids(&run.answered(Purpose::Login, "https://as.example/authorize", 400, &[JSON], text))
    };
    for text in ["redirect_uri is not registered", r#"{"message":"Invalid redirect URI"}"#] {
        assert_eq!(page(Some("c"), text).first(), Some(&"redirect-unregistered"), "{text}");
        assert_eq!(page(None, text).first(), Some(&"registered-redirect-refused"), "{text}");
    }
    let unknown = r#"{"message":"Unrecognized client_id"}"#;
    assert_eq!(page(Some("c"), unknown).first(), Some(&"client-unknown"));
}

#[test]
fn a_metadata_document_that_is_not_taken_is_named() {
    let url = "https://client.example/client.json";
    for text in [
        "Unknown client_id",
        "This app could not be verified",
        "Client Not Registered",
        "Invalid client_id parameter value.",
        "Invalid redirect URI",
    ] {
        let mut run = Run::of(TARGET, &[], AS, &metadata(AS, "https://as.example/authorize"), None);
        run.scenario.client.registration =
            Registration::MetadataDocument { url: url.to_owned(), or_dynamic: false };
        run.history.push_authorization(crate::exchange::AuthorizationRequest {
            url: format!("https://as.example/authorize?client_id={url}"),
            redirect_uri: "http://127.0.0.1:8765/callback".to_owned(),
            edited: false,
            round: crate::exchange::Round::FIRST,
        });
        let run = run.answered(
            Purpose::Login,
            "https://as.example/authorize",
            400,
            &[("content-type", "text/html")],
            text,
        );
        assert_eq!(ids(&run).first(), Some(&"client-metadata-refused"), "{text}");
    }
}

#[test]
fn a_scope_that_is_refused_is_laid_to_who_asks_for_it() {
    let ended = |listed: Option<Value>| {
        let mut published = metadata(AS, "https://as.example/authorize");
        if let Some(listed) = listed {
            published["scopes_supported"] = listed;
        }
        let mut run = Run::of(TARGET, &[], AS, &published, Some("c"));
        run.history.push_authorization(crate::exchange::AuthorizationRequest {
            url: "https://as.example/authorize?scope=read+llm_gateway%3Aread".to_owned(),
            redirect_uri: "http://127.0.0.1:8765/callback".to_owned(),
            edited: false,
            round: crate::exchange::Round::FIRST,
        });
        let url = "http://127.0.0.1:8765/callback?error=invalid_scope";
        run.history.push_callback(Arc::new(Callback::new(ExchangeId(9), url)));
        cause(&run, "scope-unknown")
    };
    assert!(ended(Some(json!(["read"]))).ends_with("does not list llm_gateway:read"));
    assert!(ended(None).ends_with("does not say which scopes it knows"));
}

#[test]
fn a_denial_that_was_filled_in_is_no_fault_of_the_server() {
    let denied = |value: &str| {
        let mut run = redirected(Some("c"), "?error=access_denied");
        let fill = vec![("decision".to_owned(), crate::exchange::Secret::new(value))];
        run.scenario.consent.driver =
            crate::scenario::Driver::Form(crate::scenario::Script::everywhere(fill));
        ids(&run)
    };
    assert_eq!(denied("Deny"), ["consent-denied"]);
    assert!(!denied("allow").contains(&"consent-denied"));
}

#[test]
fn a_callback_without_a_response_is_the_one_cause_of_what_it_lacks() {
    for (query, words) in [("", "appends nothing"), ("#code=x&state=y", "code, state in its fragment")] {
        let mut run = redirected(Some("c"), query);
        let sent = run.history.authorizations().next().unwrap().clone();
        run.history.push_authorization(crate::exchange::AuthorizationRequest {
            url: format!("{}&state=y", sent.url),
            ..sent
        });
        assert_eq!(ids(&run), ["callback-parameters-missing"], "{query}");
        assert!(cause(&run, "callback-parameters-missing").contains(words));
    }
}

#[test]
fn a_facade_that_fails_is_the_gateways() {
    let run = |target: &str, issuer: &str| {
        let metadata_url = "https://gw.example/.well-known/oauth-protected-resource/mcp";
        let challenge = format!("Bearer resource_metadata=\"{metadata_url}\"");
        let document = json!({ "resource": target, "authorization_servers": [issuer] }).to_string();
        let prm = Purpose::ResourceMetadata(crate::specification::ResourceMetadataLocation::Challenge);
        let server = Purpose::ServerMetadata(crate::specification::ServerMetadataLocation::OAuthInserted);
        let run = Run::at(target, None)
            .answered(CHALLENGE, target, 401, &[("www-authenticate", &challenge)], "")
            .answered(prm, metadata_url, 200, &[JSON], &document)
            .answered(
                server,
                &format!("{issuer}/x"),
                500,
                &[JSON],
                r#"{"message":"registration_endpoint missing"}"#,
            );
        run.diagnosed().first().map(|found| (found.kind.id, found.cause.clone())).unwrap()
    };
    let (id, cause) = run(TARGET, "https://gw.example");
    assert_eq!(id, "metadata-facade-failing");
    assert!(cause.contains("registration_endpoint missing"), "{cause}");
    assert_eq!(run(TARGET, AS).0, "server-metadata-failing");
}

#[test]
fn keys_that_are_missing_explain_nothing_of_an_opaque_token() {
    let mut published = metadata(AS, "https://as.example/authorize");
    published["jwks_uri"] = json!("https://as.example/keys");
    let mut run = Run::of(TARGET, &[], AS, &published, Some("c")).asked();
    run.history
        .push_callback(Arc::new(Callback::new(ExchangeId(9), "http://127.0.0.1:8765/callback?code=x")));
    let run = run
        .answered(Purpose::Token, TOKEN, 200, &[JSON], r#"{"access_token":"opaque","token_type":"Bearer"}"#)
        .answered(Purpose::Keys, "https://as.example/keys", 404, &[], "");
    assert!(!ids(&run).contains(&"signing-key-unknown"));
    assert_eq!(run.scenario.protocol_version, ProtocolVersion::V2025_11_25);
}

#[test]
fn an_assertion_that_does_not_fit_is_told_by_what_does_not() {
    let issued = |header: Value, claims: Value| {
        let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let assertion = format!("{}.{}.AA", part(header), part(claims));
        let body = json!({ "access_token": assertion, "token_type": "N_A", "expires_in": 60 }).to_string();
        let mut run = redirected(Some("c"), "?code=x");
        let exchange = |purpose, url: &str, form: &str| {
            Request::new(Step::Authorization, purpose, Party::AuthorizationServer, "POST", url)
                .body("application/x-www-form-urlencoded", form)
        };
        let form = format!("audience={AS}&resource={TARGET}");
        run.exchanged(exchange(Purpose::TokenExchange, "https://idp.example/token", &form), 200, &body);
        let refusal =
            json!({ "error": "invalid_grant", "error_description": "Invalid assertion" }).to_string();
        run.exchanged(exchange(Purpose::Token, TOKEN, "client_id=c"), 400, &refusal);
        run
    };
    let good = json!({ "aud": AS, "resource": TARGET, "client_id": "c", "iat": 100, "exp": 200 });
    let header = json!({ "alg": "ES256", "typ": "oauth-id-jag+jwt" });
    assert!(!ids(&issued(header.clone(), good.clone())).contains(&"assertion-unfit"));
    let typ = cause(&issued(json!({ "alg": "ES256", "typ": "JWT" }), good.clone()), "assertion-unfit");
    assert!(typ.contains("https://idp.example/token") && typ.contains("its typ is JWT"), "{typ}");
    for (member, value) in [
        ("aud", json!("https://other.example")),
        ("resource", json!("https://other.example/mcp")),
        ("client_id", json!("d")),
        ("exp", json!(100)),
    ] {
        let mut claims = good.clone();
        claims[member] = value;
        let said = cause(&issued(header.clone(), claims), "assertion-unfit");
        let word = if member == "exp" { "expired".to_owned() } else { format!("its {member} is") };
        assert!(said.contains(&word) && said.matches("its ").count() <= 1, "{said}");
    }
}
