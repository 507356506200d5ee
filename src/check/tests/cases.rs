//! For every check a way to fail it, and what else fails with it.

use serde_json::{Value::Null, json};

use super::good::{CHALLENGE, CODE, METADATA_URL, RESOURCE, Run, SECRET, SERVER, STATE, TARGET};
use crate::exchange::Purpose::{
    CleanUp, Discover, Initialize, Initialized, Keys, ListTools, Login, OtherServerMetadata, Refresh,
    Registration, ResourceMetadata, Revocation, ServerMetadata, Token,
};
use crate::specification::ProtocolVersion::{self, V2025_06_18 as V2, V2025_11_25 as V3, V2026_07_28 as V4};
use crate::specification::{Party, ResourceMetadataLocation, ServerMetadataLocation, Step};

/// The check meant, the protocol version, what else fails, and how the good run is spoilt.
pub(super) type Case = (&'static str, ProtocolVersion, &'static [&'static str], fn(&mut Run));

#[rustfmt::skip]
pub(super) const MUTATIONS: &[Case] = &[
    // challenge
    ("rs-https", V3, &["prm-resource-matches"], |r| r.scenario.target.url = "http://gw.example/mcp".to_owned()),
    ("rs-unauth-401", V3, &[], |r| r.status(CHALLENGE, 403)),
    ("rs-unauth-401", V3, &[], |r| { r.status(CHALLENGE, 302); r.header(CHALLENGE, "location", Some("/login")); }),
    ("rs-unauth-401", V3, &[], |r| r.respond(CHALLENGE, 200, "application/json", r#"{"id":1,"error":{"code":1}}"#)),
    ("rs-401-www-authenticate", V3, &[], |r| r.header(CHALLENGE, "www-authenticate", None)),
    ("rs-401-www-authenticate", V3, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Basic realm=\"x\""))),
    ("rs-challenge-syntax", V3, &["rs-401-scope"], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer"))),
    ("rs-challenge-syntax", V3, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer realm=\"a\", realm=\"b\", scope=\"c\""))),
    ("rs-no-error-without-creds", V3, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer error=\"invalid_token\", scope=\"c\""))),
    ("rs-one-bearer-challenge", V3, &[], |r| r.response(CHALLENGE).headers.push("www-authenticate", "Bearer")),
    ("rs-one-bearer-challenge", V3, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer scope=\"c\", Bearer realm=\"x\""))),
    ("rs-401-resource-metadata", V2, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer realm=\"a\""))),
    ("rs-401-resource-metadata", V3, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer resource_metadata=\"/x\", scope=\"c\""))),
    ("rs-401-scope", V3, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer realm=\"a\""))),
    ("rs-scope-no-offline-access", V4, &[], |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer scope=\"a offline_access\""))),
    ("rs-scope-no-offline-access", V4, &[], |r| r.set(RESOURCE, "/scopes_supported", json!(["offline_access"]))),
    ("mcp-auth-implemented", V3, &[], |r| { r.respond(CHALLENGE, 200, "application/json", OPEN); r.respond(RESOURCE, 404, "text/plain", ""); r.until(Step::ResourceMetadata); }),
    ("rs-401-any-challenge", V3, &[], |r| r.add(Step::Challenge, CleanUp, TARGET, 401, "text/plain", "")),
    ("rs-405-allow", V3, &[], |r| r.add(Step::Challenge, CleanUp, TARGET, 405, "text/plain", "")),
    // resource metadata
    ("prm-present", V3, &[], |r| { r.respond(RESOURCE, 404, "text/html", "<html>"); r.until(Step::ResourceMetadata); }),
    ("prm-discoverable", V3, &[], |r| { r.exchange(RESOURCE).request.purpose = ResourceMetadata(ResourceMetadataLocation::Root); dead_challenge(r); }),
    ("prm-path-insertion", V3, &[], |r| r.exchange(RESOURCE).request.purpose = ResourceMetadata(ResourceMetadataLocation::Root)),
    ("prm-200-json", V3, &[], |r| r.header(RESOURCE, "content-type", Some("text/plain"))),
    ("prm-200-json", V3, &[], |r| r.status(RESOURCE, 203)),
    ("prm-resource-valid", V3, &[], |r| r.set(RESOURCE, "/resource", Null)),
    ("prm-resource-valid", V3, &["prm-resource-matches"], |r| r.set(RESOURCE, "/resource", json!("http://gw.example/mcp"))),
    ("prm-resource-matches", V3, &[], |r| r.set(RESOURCE, "/resource", json!("https://gw.example/other"))),
    ("prm-resource-exact", V3, &[], |r| r.set(RESOURCE, "/resource", json!("https://gw.example/mcp/"))),
    ("prm-authorization-servers", V3, &[], |r| r.set(RESOURCE, "/authorization_servers", json!(["https://as.example/", 5]))),
    ("prm-authorization-servers", V3, &["as-issuer-matches"], |r| r.set(RESOURCE, "/authorization_servers", json!([]))),
    ("prm-issuer-format", V3, &[], |r| r.set(RESOURCE, "/authorization_servers", json!(["https://as.example/", "https://b.example?x"]))),
    ("prm-authorization-servers-published", V3, &[], |r| others(r, 404, "")),
    ("prm-authorization-servers-published", V3, &[], |r| others(r, 200, r#"{"issuer":"https://c.example"}"#)),
    ("prm-no-empty-values", V3, &[], |r| r.set(RESOURCE, "/scopes_supported", json!([]))),
    ("prm-no-empty-values", V3, &[], |r| r.repeat(RESOURCE, "\"policy_uri\":null")),
    ("prm-no-duplicate-members", V3, &[], |r| r.repeat(RESOURCE, "\"resource\":\"x\"")),
    ("prm-bearer-methods", V3, &[], |r| r.set(RESOURCE, "/bearer_methods_supported", json!(["header", "query"]))),
    ("prm-recommended-fields", V3, &[], |r| r.set(RESOURCE, "/resource_name", Null)),
    ("prm-resource-no-query", V3, &["prm-resource-matches"], |r| r.set(RESOURCE, "/resource", json!("https://gw.example/mcp?x"))),
    ("prm-scopes-minimal", V3, &[], |r| r.set(RESOURCE, "/scopes_supported", json!(["mcp:*"]))),
    ("prm-scopes-minimal", V3, &[], |r| r.set(RESOURCE, "/scopes_supported", json!(["Admin"]))),
    ("prm-plain-bearer", V3, &[], |r| r.set(RESOURCE, "/tls_client_certificate_bound_access_tokens", json!(true))),
    ("prm-jwks-https", V3, &[], |r| r.set(RESOURCE, "/jwks_uri", json!("http://gw.example/keys"))),
    ("prm-alg-none", V3, &[], |r| r.set(RESOURCE, "/resource_signing_alg_values_supported", json!(["RS256", "none"]))),
    ("prm-signed-metadata", V3, &[], |r| r.set(RESOURCE, "/signed_metadata", json!("not.a.jwt"))),
    ("prm-signed-metadata", V3, &[], |r| r.set(RESOURCE, "/signed_metadata", json!("eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.AA"))),
    ("prm-signed-metadata-once", V3, &[], |r| r.set(RESOURCE, "/signed_metadata", json!("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4Iiwic2lnbmVkX21ldGFkYXRhIjoieSJ9.AA"))),
    ("prm-absent-404", V3, &[], |r| r.add(Step::ResourceMetadata, ResourceMetadata(ResourceMetadataLocation::Root), "https://gw.example/.well-known/oauth-protected-resource", 200, "application/json", r#"{"error":"not found"}"#)),
    // server metadata
    ("as-absent-404", V3, &[], |r| r.add(Step::ServerMetadata, ServerMetadata(ServerMetadataLocation::OpenIdInserted), "https://as.example/.well-known/openid-configuration", 200, "application/json", r#"{"error":"not found"}"#)),
    ("as-endpoint-no-parameters", V3, &[], |r| r.set(SERVER, "/authorization_endpoint", json!("https://as.example/authorize?tenant=1&resource=x"))),
    ("as-metadata-present", V3, &[], |r| { r.respond(SERVER, 404, "text/plain", ""); r.until(Step::ServerMetadata); }),
    ("as-metadata-200-json", V3, &[], |r| r.header(SERVER, "content-type", None)),
    ("as-issuer-matches", V3, &["authz-iss-identical", "jwt-iss"], |r| r.set(SERVER, "/issuer", json!("https://evil.example"))),
    ("as-issuer-slash", V3, &[], |r| r.set(RESOURCE, "/authorization_servers", json!(["https://as.example"]))),
    ("as-issuer-form", V3, &["as-issuer-matches", "authz-iss-identical", "jwt-iss"], |r| r.set(SERVER, "/issuer", json!("https://as.example/{tenantid}"))),
    ("as-endpoints-present", V3, &[], |r| { r.set(SERVER, "/token_endpoint", Null); r.until(Step::ServerMetadata); }),
    ("as-https-endpoints", V3, &[], |r| r.set(SERVER, "/revocation_endpoint", json!("http://as.example/revoke"))),
    ("as-response-types", V3, &[], |r| r.set(SERVER, "/response_types_supported", Null)),
    ("as-grant-types", V3, &[], |r| r.set(SERVER, "/grant_types_supported", json!(["authorization_code", "password"]))),
    ("as-pkce-advertised", V3, &[], |r| r.set(SERVER, "/code_challenge_methods_supported", json!(["plain"]))),
    ("as-token-auth-methods", V3, &[], |r| r.set(SERVER, "/token_endpoint_auth_methods_supported", json!(["client_secret_post"]))),
    ("as-dcr-available", V2, &[], |r| r.set(SERVER, "/registration_endpoint", Null)),
    ("as-cimd-supported", V4, &[], |r| r.set(SERVER, "/client_id_metadata_document_supported", json!(false))),
    ("as-no-empty-arrays", V3, &[], |r| r.set(SERVER, "/scopes_supported", json!([]))),
    ("as-no-duplicate-members", V3, &[], |r| r.repeat(SERVER, "\"issuer\":\"x\"")),
    ("as-default-endpoints", ProtocolVersion::V2025_03_26, &["as-metadata-present"], |r| { r.respond(SERVER, 404, "text/plain", ""); r.respond(Registration, 404, "text/plain", ""); r.until(Step::Registration); }),
    ("as-auth-alg-values", V3, &[], |r| r.set(SERVER, "/token_endpoint_auth_methods_supported", json!(["none", "private_key_jwt"]))),
    ("as-auth-alg-none", V3, &[], |r| r.set(SERVER, "/revocation_endpoint_auth_signing_alg_values_supported", json!(["none"]))),
    ("as-dpop-alg-values", V3, &[], |r| r.set(SERVER, "/dpop_signing_alg_values_supported", json!(["ES256", "none"]))),
    ("as-dpop-alg-values", V3, &[], |r| r.set(SERVER, "/dpop_signing_alg_values_supported", json!(["HS256"]))),
    ("as-no-implicit", V3, &[], |r| r.set(SERVER, "/response_types_supported", json!(["code", "token"]))),
    ("as-no-implicit", V3, &[], |r| r.set(SERVER, "/grant_types_supported", json!(["authorization_code", "implicit"]))),
    ("as-scopes-cover-prm", V3, &[], |r| r.set(SERVER, "/scopes_supported", json!(["openid"]))),
    ("prm-as-cross-check", V3, &[], |r| r.set(SERVER, "/protected_resources", json!(["https://x.example"]))),
    ("as-oidc-fields", V3, &[], |r| { r.exchange(SERVER).request.purpose = ServerMetadata(ServerMetadataLocation::OpenIdInserted); r.set(SERVER, "/subject_types_supported", Null); }),
    // registration
    ("dcr-open", V3, &[], |r| { r.respond(Registration, 403, "application/json", "{}"); r.until(Step::Registration); }),
    ("dcr-error-format", V3, &[], |r| { r.respond(Registration, 500, "text/html", "<html>"); r.until(Step::Registration); }),
    ("as-application-type-ok", V4, &[], |r| { r.respond(Registration, 400, "application/json", r#"{"error":"invalid_client_metadata","error_description":"application_type unknown"}"#); r.until(Step::Registration); }),
    ("dcr-redirect-uris", V3, &[], |r| { r.respond(Registration, 400, "application/json", r#"{"error":"invalid_redirect_uri"}"#); r.until(Step::Registration); }),
    ("dcr-201-json", V3, &[], |r| r.status(Registration, 200)),
    ("dcr-no-store", V3, &[], |r| r.header(Registration, "cache-control", Some("no-cache"))),
    ("dcr-client-id", V3, &[], |r| { r.set(Registration, "/client_id", json!(7)); r.until(Step::Registration); }),
    ("dcr-secret-expires-at", V3, &[], |r| { r.set(Registration, "/client_secret", json!(SECRET)); r.set(Registration, "/token_endpoint_auth_method", json!("client_secret_basic")); }),
    ("dcr-echo-metadata", V3, &[], |r| r.set(Registration, "/redirect_uris", Null)),
    ("dcr-metadata-kept", V3, &[], |r| r.set(Registration, "/redirect_uris", json!(["https://x.example"]))),
    ("dcr-metadata-kept", V3, &[], |r| { ask_for_scope(r, "mcp:read mcp:write"); r.set(Registration, "/scope", json!("openid mcp:read")); }),
    ("dcr-public-honoured", V3, &[], |r| { r.set(Registration, "/client_secret", json!(SECRET)); r.set(Registration, "/client_secret_expires_at", json!(0)); }),
    ("dcr-management", V3, &[], |r| r.set(Registration, "/registration_client_uri", Null)),
    ("dcr-consistency", V3, &[], |r| r.set(Registration, "/grant_types", json!(["refresh_token"]))),
    ("dcr-client-id-form", V3, &[], |r| r.set(Registration, "/client_id", json!("https://c.example/1"))),
    // authorization
    ("authz-get", V3, &[], |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.respond(Login, 405, "text/plain", ""); r.header(Login, "allow", Some("POST")); r.callback = None; r.until(Step::Authorization); }),
    ("authz-error-response", V3, &[], |r| { r.callback_query(&format!("error=oops&state={STATE}")); r.until(Step::Authorization); }),
    ("authz-error-response", V3, &[], |r| { r.respond(Login, 500, "text/html", "oops"); r.callback = None; r.until(Step::Authorization); }),
    ("authz-state-echo", V3, &[], |r| r.callback_query(&format!("code={CODE}&state={STATE}%20"))),
    ("authz-state-echo", V3, &[], |r| r.callback_query(&format!("code={CODE}"))),
    ("authz-no-duplicate-response-params", V3, &[], |r| r.callback_query(&format!("code={CODE}&code={CODE}&state={STATE}"))),
    ("authz-challenge-not-leaked", V3, &[], |r| r.callback_query(&format!("code={CODE}&state={STATE}&x=the-challenge"))),
    ("as-iss-param", V4, &[], |r| { r.callback_query(&format!("code={CODE}&state={STATE}")); r.set(SERVER, "/authorization_response_iss_parameter_supported", Null); }),
    ("as-iss-advertised", V4, &[], |r| r.callback_query(&format!("code={CODE}&state={STATE}"))),
    ("as-iss-advertised", V4, &[], |r| r.set(SERVER, "/authorization_response_iss_parameter_supported", Null)),
    ("authz-iss-identical", V4, &[], |r| r.callback_query(&format!("code={CODE}&state={STATE}&iss=https://as.example"))),
    ("authz-error-response", V3, &["authz-state-echo"], |r| { r.callback_query(""); r.until(Step::Authorization); }),
    ("authz-frame-protection", V3, &[], |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.header(Login, "content-security-policy", Some("default-src 'self'; frame-ancestors *")); }),
    ("authz-frame-protection", V3, &[], |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.header(Login, "content-security-policy", Some("frame-ancestors https:")); }),
    ("authz-frame-protection", V3, &[], |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.header(Login, "content-security-policy", None); }),
    ("authz-no-307", V3, &[], |r| r.status(Login, 307)),
    ("as-accepts-resource", V3, &[], |r| { r.callback_query(&format!("error=access_denied&error_description=Service+not+found:+{TARGET}&state={STATE}")); r.until(Step::Authorization); }),
    ("as-accepts-resource", V3, &[], |r| { r.respond(Token, 400, "application/json", r#"{"error":"invalid_target"}"#); no_token(r); }),
    // token
    ("token-200-json", V3, &[], |r| r.respond(Token, 200, "application/x-www-form-urlencoded", "access_token=opaque&token_type=bearer&scope=a&expires_in=9")),
    ("token-200-json", V3, &[], |r| r.status(Token, 201)),
    ("token-200-json", V3, &[], |r| { r.set(Token, "/access_token", Null); no_token(r); }),
    ("token-no-store", V3, &[], |r| r.header(Token, "cache-control", None)),
    ("token-error-format", V3, &[], |r| { r.respond(Token, 200, "application/json", r#"{"error":"invalid_grant"}"#); no_token(r); }),
    ("token-error-format", V3, &[], |r| { r.respond(Token, 400, "application/json", r#"{"error":"oops"}"#); no_token(r); }),
    ("token-error-format", V3, &[], |r| { r.respond(Token, 500, "text/html", "<html>"); no_token(r); }),
    ("token-basic-alone", V3, &[], basic_alone_is_refused),
    ("token-type-bearer", V3, &[], |r| r.set(Token, "/token_type", Null)),
    ("token-expires-in", V3, &[], |r| r.set(Token, "/expires_in", json!("3600"))),
    ("as-short-lived-tokens", V3, &[], |r| r.set(Token, "/expires_in", json!(2_592_000))),
    ("token-scope", V3, &[], |r| { r.remove(Refresh); r.token(|_, claims| claims["scope"] = json!("mcp:read")); r.set(Token, "/scope", Null); }),
    ("jwt-typ", V3, &[], |r| r.token(|header, _| header["typ"] = json!("JWT"))),
    ("jwt-claims", V3, &[], |r| r.token(|_, claims| drop(claims.as_object_mut().unwrap().remove("jti")))),
    ("jwt-iss", V3, &[], |r| r.token(|_, claims| claims["iss"] = json!("https://idp.example"))),
    ("token-aud-restricted", V3, &[], |r| { r.remove(Refresh); r.token(|_, claims| claims["aud"] = json!(["https://as.example/userinfo"])); }),
    ("as-jwks", V3, &[], |r| r.respond(Keys, 404, "text/plain", "")),
    ("as-jwks", V3, &[], |r| r.respond(Keys, 200, "application/json", r#"{"keys":[{"kty":"EC","kid":"k1","d":"private-value"}]}"#)),
    ("as-jwks-use", V3, &["jwt-alg"], |r| r.respond(Keys, 200, "application/json", r#"{"keys":[{"kty":"EC"},{"use":"enc"}]}"#)),
    ("jwt-alg", V3, &[], |r| r.token(|header, _| header["alg"] = json!("HS256"))),
    ("jwt-alg", V3, &[], |r| r.token(|header, _| header["alg"] = json!("none"))),
    ("jwt-alg", V3, &[], |r| r.token(|header, _| header["kid"] = json!("k2"))),
    ("jwt-signature", V3, &[], super::tamper),
    ("token-aud-single", V3, &[], |r| r.token(|_, claims| claims["aud"] = json!([TARGET, "https://as.example/billing-api"]))),
    ("token-aud-single", V3, &[], |r| r.token(|_, claims| claims["aud"] = json!([TARGET, "https://as.example.evil/"]))),
    ("token-scope", V3, &[], |r| { r.remove(Refresh); r.token(|_, claims| claims["scope"] = json!("mcp:read")); }),
    ("token-aud-single", V3, &[], |r| r.token(|_, claims| claims["aud"] = json!([TARGET, "https://x.example"]))),
    ("jwt-scope-claim", V3, &[], |r| r.token(|_, claims| drop(claims.as_object_mut().unwrap().remove("scope")))),
    ("jwt-clock", V3, &[], |r| r.token(|_, claims| claims["iat"] = json!(1_000_400))),
    ("jwt-clock", V3, &[], |r| r.token(|_, claims| claims["exp"] = json!(999_000))),
    // refresh and clean-up
    ("refresh-accepted", V3, &[], |r| r.respond(Refresh, 400, "application/json", r#"{"error":"invalid_target"}"#)),
    ("refresh-accepted", V3, &[], |r| r.respond(Refresh, 200, "application/json", r#"{"error":"unauthorized_client"}"#)),
    ("refresh-200-json", V3, &[], |r| r.status(Refresh, 201)),
    ("refresh-200-json", V3, &[], |r| r.set(Refresh, "/token_type", Null)),
    ("refresh-no-store", V3, &[], |r| r.header(Refresh, "cache-control", Some("no-cache"))),
    ("refresh-token-rotated", V3, &[], |r| r.set(Refresh, "/refresh_token", json!("refresh-token-value"))),
    ("refresh-scope", V3, &[], |r| r.set(Refresh, "/scope", json!("mcp:read mcp:write admin"))),
    ("refresh-audience", V3, &[], |r| { r.token(|_, claims| claims["aud"] = json!([TARGET, "https://gw.example/b"])); let wide = r.response(Token).text().replace("refresh-token-value", "next"); r.response(Refresh).body = wide.into(); r.token(|_, claims| claims["aud"] = json!(TARGET)); }),
    ("revocation-200", V3, &[], |r| r.status(Revocation, 204)),
    ("revocation-200", V3, &[], |r| r.respond(Revocation, 400, "application/json", r#"{"error":"invalid_client"}"#)),
    ("dcr-deleted-204", V3, &[], |r| r.status(CleanUp, 200)),
    // session
    ("rs-valid-token-accepted", V3, &["rs-401-any-challenge"], |r| { r.respond(Initialize, 401, "text/plain", ""); r.remove(Initialized); }),
    ("rs-valid-token-accepted", V3, &["rs-401-any-challenge"], |r| { r.respond(Initialized, 401, "text/plain", ""); }),
    ("rs-insufficient-scope-403", V3, &["rs-valid-token-accepted"], |r| too_little(r, 401, "Bearer error=\"insufficient_scope\", scope=\"a\"")),
    ("rs-403-challenge", V3, &["rs-valid-token-accepted"], |r| too_little(r, 403, "Bearer error=\"insufficient_scope\", scope=\"a\"")),
    ("mcp-initialize", V3, &[], |r| r.set(Initialize, "/result/serverInfo", Null)),
    ("mcp-initialize", V3, &[], |r| { r.respond(Initialize, 502, "text/html", "<html>"); r.remove(Initialized); }),
    ("mcp-version-negotiation", V3, &[], |r| r.set(Initialize, "/result/protocolVersion", json!("2025-11-26"))),
    ("mcp-initialized-202", V3, &[], |r| r.status(Initialized, 200)),
    ("mcp-initialized-202", V3, &[], |r| r.respond(Initialized, 202, "application/json", "{}")),
    ("mcp-session-id-format", V3, &[], |r| r.header(Initialize, "mcp-session-id", Some("a b"))),
    ("mcp-response-content-type", V3, &[], |r| r.header(Initialize, "content-type", Some("text/plain"))),
    ("mcp-discover", V4, &[], |r| r.set(Discover, "/result/supportedVersions", Null)),
    ("mcp-discover", V4, &[], |r| { r.respond(Discover, 404, "text/plain", ""); r.session(V3); }),
    ("mcp-result-type", V4, &[], |r| r.set(Discover, "/result/resultType", Null)),
    ("mcp-result-type", V4, &[], |r| listed(r, r#"{"tools":[],"ttlMs":0,"cacheScope":"private"}"#)),
    ("mcp-cache-hints", V4, &[], |r| listed(r, r#"{"tools":[],"resultType":"complete"}"#)),
    ("mcp-cache-hints", V4, &[], |r| r.set(Discover, "/result/ttlMs", json!(-1))),
    ("mcp-cache-hints", V4, &[], |r| r.set(Discover, "/result/cacheScope", Null)),
    ("mcp-x-accel-buffering", V4, &[], |r| r.header(Discover, "x-accel-buffering", Some("yes"))),
    // t31: one document, two protocol versions
    ("as-metadata-present", V2, &[], |r| r.exchange(SERVER).request.purpose = ServerMetadata(ServerMetadataLocation::OpenIdInserted)),
];

/// The result of `tools/list`, as the scenario wants it.
fn listed(run: &mut Run, result: &str) {
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{result}}}");
    run.add(Step::Session, ListTools, TARGET, 200, "application/json", &body);
}

/// What an unprotected server answers.
const OPEN: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;

/// The token has too little scope.
fn too_little(run: &mut Run, status: u16, challenge: &str) {
    run.respond(Initialize, status, "text/plain", "");
    run.header(Initialize, "www-authenticate", Some(challenge));
    run.remove(Initialized);
}

/// The registration asked for that scope.
fn ask_for_scope(run: &mut Run, scope: &str) {
    let request = &mut run.exchange(Registration).request;
    let mut wanted: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    wanted["scope"] = json!(scope);
    request.body = wanted.to_string().into_bytes();
}

/// The URL of the challenge is dead; the document comes from elsewhere.
fn dead_challenge(run: &mut Run) {
    let found = run.exchanges.iter().position(|exchange| exchange.request.url == METADATA_URL).unwrap();
    let mut dead = run.exchanges[found].clone();
    dead.request.purpose = RESOURCE;
    dead.outcome.as_mut().unwrap().status = 404;
    run.exchanges[found].request.purpose = ResourceMetadata(ResourceMetadataLocation::PathInserted);
    run.exchanges.insert(found, dead);
}

/// Nothing comes after a refused token request.
fn no_token(run: &mut Run) {
    run.until(Step::Token);
    for purpose in [Keys, Refresh, Revocation] {
        run.remove(purpose);
    }
}

/// As servers built on the MCP Python SDK response Basic credentials, and what they respond with `client_id` in the body.
fn basic_alone_is_refused(run: &mut Run) {
    let granted = run.exchange(Token);
    granted.request.headers.push("authorization", "Basic YzE6eA==");
    granted.request.body = b"grant_type=authorization_code&code=c&client_id=c1".to_vec();
    let mut refused = granted.clone();
    refused.request.party = Party::AuthorizationServer;
    refused.request.body = b"grant_type=authorization_code&code=c".to_vec();
    let response = refused.outcome.as_mut().unwrap();
    response.status = 401;
    response.body = r#"{"error":"invalid_client","error_description":"Missing client_id"}"#.into();
    let place = run.exchanges.iter().position(|exchange| exchange.request.purpose == Token).unwrap();
    run.exchanges.insert(place, refused);
}

/// A second authorization server is listed, and that is what its metadata URL answers.
fn others(run: &mut Run, status: u16, body: &str) {
    run.set(RESOURCE, "/authorization_servers", json!(["https://as.example/", "https://b.example"]));
    let url = "https://b.example/.well-known/oauth-authorization-server";
    let purpose = OtherServerMetadata(ServerMetadataLocation::OAuthInserted);
    run.add(Step::ServerMetadata, purpose, url, status, "application/json", body);
}
