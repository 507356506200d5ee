//! For every check a way to fail it, and what else fails with it.

use serde_json::{Value::Null, json};

use super::good::{CHALLENGE, CODE, METADATA_URL, RESOURCE, Run, SECRET, SERVER, STATE, TARGET};
use crate::exchange::Purpose::{
    CleanUp, Discover, Initialize, Initialized, Keys, ListTools, Login, OtherServerMetadata, Refresh,
    Registration, ResourceMetadata, Revocation, ServerMetadata, Token,
};
use crate::specification::ProtocolVersion::{self, V2025_06_18 as V2, V2025_11_25 as V3, V2026_07_28 as V4};
use crate::specification::{Party, ResourceMetadataLocation, ServerMetadataLocation, Step};

/// A change to a good run that fails a check.
pub(super) struct Mutation {
    /// The check meant.
    pub(super) check: &'static str,
    /// The protocol version of the run.
    pub(super) protocol_version: ProtocolVersion,
    /// What else fails with it.
    pub(super) also: &'static [&'static str],
    /// Changes the run.
    pub(super) mutate: fn(&mut Run),
}

#[rustfmt::skip]
pub(super) const MUTATIONS: &[Mutation] = &[
    // challenge
    Mutation { check: "rs-https", protocol_version: V3, also: &["prm-resource-matches"], mutate: |r| r.scenario.target.url = "http://gw.example/mcp".to_owned() },
    Mutation { check: "rs-unauth-401", protocol_version: V3, also: &[], mutate: |r| r.status(CHALLENGE, 403) },
    Mutation { check: "rs-unauth-401", protocol_version: V3, also: &[], mutate: |r| { r.status(CHALLENGE, 302); r.header(CHALLENGE, "location", Some("/login")); } },
    Mutation { check: "rs-unauth-401", protocol_version: V3, also: &[], mutate: |r| r.respond(CHALLENGE, 200, "application/json", r#"{"id":1,"error":{"code":1}}"#) },
    Mutation { check: "rs-401-www-authenticate", protocol_version: V3, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", None) },
    Mutation { check: "rs-401-www-authenticate", protocol_version: V3, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Basic realm=\"x\"")) },
    Mutation { check: "rs-challenge-syntax", protocol_version: V3, also: &["rs-401-scope"], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer")) },
    Mutation { check: "rs-challenge-syntax", protocol_version: V3, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer realm=\"a\", realm=\"b\", scope=\"c\"")) },
    Mutation { check: "rs-no-error-without-creds", protocol_version: V3, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer error=\"invalid_token\", scope=\"c\"")) },
    Mutation { check: "rs-one-bearer-challenge", protocol_version: V3, also: &[], mutate: |r| r.response(CHALLENGE).headers.push("www-authenticate", "Bearer") },
    Mutation { check: "rs-one-bearer-challenge", protocol_version: V3, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer scope=\"c\", Bearer realm=\"x\"")) },
    Mutation { check: "rs-401-resource-metadata", protocol_version: V2, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer realm=\"a\"")) },
    Mutation { check: "rs-401-resource-metadata", protocol_version: V3, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer resource_metadata=\"/x\", scope=\"c\"")) },
    Mutation { check: "rs-401-scope", protocol_version: V3, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer realm=\"a\"")) },
    Mutation { check: "rs-scope-no-offline-access", protocol_version: V4, also: &[], mutate: |r| r.header(CHALLENGE, "www-authenticate", Some("Bearer scope=\"a offline_access\"")) },
    Mutation { check: "rs-scope-no-offline-access", protocol_version: V4, also: &[], mutate: |r| r.set(RESOURCE, "/scopes_supported", json!(["offline_access"])) },
    Mutation { check: "mcp-auth-implemented", protocol_version: V3, also: &[], mutate: |r| { r.respond(CHALLENGE, 200, "application/json", OPEN); r.respond(RESOURCE, 404, "text/plain", ""); r.until(Step::ResourceMetadata); } },
    Mutation { check: "rs-401-any-challenge", protocol_version: V3, also: &[], mutate: |r| r.add(Step::Challenge, CleanUp, TARGET, 401, "text/plain", "") },
    Mutation { check: "rs-405-allow", protocol_version: V3, also: &[], mutate: |r| r.add(Step::Challenge, CleanUp, TARGET, 405, "text/plain", "") },
    // resource metadata
    Mutation { check: "prm-present", protocol_version: V3, also: &[], mutate: |r| { r.respond(RESOURCE, 404, "text/html", "<html>"); r.until(Step::ResourceMetadata); } },
    Mutation { check: "prm-discoverable", protocol_version: V3, also: &[], mutate: |r| { r.exchange(RESOURCE).request.purpose = ResourceMetadata(ResourceMetadataLocation::Root); dead_challenge(r); } },
    Mutation { check: "prm-path-insertion", protocol_version: V3, also: &[], mutate: |r| r.exchange(RESOURCE).request.purpose = ResourceMetadata(ResourceMetadataLocation::Root) },
    Mutation { check: "prm-200-json", protocol_version: V3, also: &[], mutate: |r| r.header(RESOURCE, "content-type", Some("text/plain")) },
    Mutation { check: "prm-200-json", protocol_version: V3, also: &[], mutate: |r| r.status(RESOURCE, 203) },
    Mutation { check: "prm-resource-valid", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/resource", Null) },
    Mutation { check: "prm-resource-valid", protocol_version: V3, also: &["prm-resource-matches"], mutate: |r| r.set(RESOURCE, "/resource", json!("http://gw.example/mcp")) },
    Mutation { check: "prm-resource-matches", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/resource", json!("https://gw.example/other")) },
    Mutation { check: "prm-resource-exact", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/resource", json!("https://gw.example/mcp/")) },
    Mutation { check: "prm-authorization-servers", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/authorization_servers", json!(["https://as.example/", 5])) },
    Mutation { check: "prm-authorization-servers", protocol_version: V3, also: &["as-issuer-matches"], mutate: |r| r.set(RESOURCE, "/authorization_servers", json!([])) },
    Mutation { check: "prm-issuer-format", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/authorization_servers", json!(["https://as.example/", "https://b.example?x"])) },
    Mutation { check: "prm-authorization-servers-published", protocol_version: V3, also: &[], mutate: |r| others(r, 404, "") },
    Mutation { check: "prm-authorization-servers-published", protocol_version: V3, also: &[], mutate: |r| others(r, 200, r#"{"issuer":"https://c.example"}"#) },
    Mutation { check: "prm-no-empty-values", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/scopes_supported", json!([])) },
    Mutation { check: "prm-no-empty-values", protocol_version: V3, also: &[], mutate: |r| r.repeat(RESOURCE, "\"policy_uri\":null") },
    Mutation { check: "prm-no-duplicate-members", protocol_version: V3, also: &[], mutate: |r| r.repeat(RESOURCE, "\"resource\":\"x\"") },
    Mutation { check: "prm-bearer-methods", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/bearer_methods_supported", json!(["header", "query"])) },
    Mutation { check: "prm-recommended-fields", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/resource_name", Null) },
    Mutation { check: "prm-resource-no-query", protocol_version: V3, also: &["prm-resource-matches"], mutate: |r| r.set(RESOURCE, "/resource", json!("https://gw.example/mcp?x")) },
    Mutation { check: "prm-scopes-minimal", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/scopes_supported", json!(["mcp:*"])) },
    Mutation { check: "prm-scopes-minimal", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/scopes_supported", json!(["Admin"])) },
    Mutation { check: "prm-plain-bearer", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/tls_client_certificate_bound_access_tokens", json!(true)) },
    Mutation { check: "prm-jwks-https", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/jwks_uri", json!("http://gw.example/keys")) },
    Mutation { check: "prm-alg-none", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/resource_signing_alg_values_supported", json!(["RS256", "none"])) },
    Mutation { check: "prm-signed-metadata", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/signed_metadata", json!("not.a.jwt")) },
    Mutation { check: "prm-signed-metadata", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/signed_metadata", json!("eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.AA")) },
    Mutation { check: "prm-signed-metadata-once", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/signed_metadata", json!("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4Iiwic2lnbmVkX21ldGFkYXRhIjoieSJ9.AA")) },
    Mutation { check: "prm-absent-404", protocol_version: V3, also: &[], mutate: |r| r.add(Step::ResourceMetadata, ResourceMetadata(ResourceMetadataLocation::Root), "https://gw.example/.well-known/oauth-protected-resource", 200, "application/json", r#"{"error":"not found"}"#) },
    // server metadata
    Mutation { check: "as-absent-404", protocol_version: V3, also: &[], mutate: |r| r.add(Step::ServerMetadata, ServerMetadata(ServerMetadataLocation::OpenIdInserted), "https://as.example/.well-known/openid-configuration", 200, "application/json", r#"{"error":"not found"}"#) },
    Mutation { check: "as-endpoint-no-parameters", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/authorization_endpoint", json!("https://as.example/authorize?tenant=1&resource=x")) },
    Mutation { check: "as-metadata-present", protocol_version: V3, also: &[], mutate: |r| { r.respond(SERVER, 404, "text/plain", ""); r.until(Step::ServerMetadata); } },
    Mutation { check: "as-metadata-200-json", protocol_version: V3, also: &[], mutate: |r| r.header(SERVER, "content-type", None) },
    Mutation { check: "as-issuer-matches", protocol_version: V3, also: &["authz-iss-identical", "jwt-iss"], mutate: |r| r.set(SERVER, "/issuer", json!("https://evil.example")) },
    Mutation { check: "as-issuer-slash", protocol_version: V3, also: &[], mutate: |r| r.set(RESOURCE, "/authorization_servers", json!(["https://as.example"])) },
    Mutation { check: "as-issuer-form", protocol_version: V3, also: &["as-issuer-matches", "authz-iss-identical", "jwt-iss"], mutate: |r| r.set(SERVER, "/issuer", json!("https://as.example/{tenantid}")) },
    Mutation { check: "as-endpoints-present", protocol_version: V3, also: &[], mutate: |r| { r.set(SERVER, "/token_endpoint", Null); r.until(Step::ServerMetadata); } },
    Mutation { check: "as-https-endpoints", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/revocation_endpoint", json!("http://as.example/revoke")) },
    Mutation { check: "as-response-types", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/response_types_supported", Null) },
    Mutation { check: "as-grant-types", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/grant_types_supported", json!(["authorization_code", "password"])) },
    Mutation { check: "as-pkce-advertised", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/code_challenge_methods_supported", json!(["plain"])) },
    Mutation { check: "as-token-auth-methods", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/token_endpoint_auth_methods_supported", json!(["client_secret_post"])) },
    Mutation { check: "as-dcr-available", protocol_version: V2, also: &[], mutate: |r| r.set(SERVER, "/registration_endpoint", Null) },
    Mutation { check: "as-cimd-supported", protocol_version: V4, also: &[], mutate: |r| r.set(SERVER, "/client_id_metadata_document_supported", json!(false)) },
    Mutation { check: "as-no-empty-arrays", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/scopes_supported", json!([])) },
    Mutation { check: "as-no-duplicate-members", protocol_version: V3, also: &[], mutate: |r| r.repeat(SERVER, "\"issuer\":\"x\"") },
    Mutation { check: "as-default-endpoints", protocol_version: ProtocolVersion::V2025_03_26, also: &["as-metadata-present"], mutate: |r| { r.respond(SERVER, 404, "text/plain", ""); r.respond(Registration, 404, "text/plain", ""); r.until(Step::Registration); } },
    Mutation { check: "as-auth-alg-values", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/token_endpoint_auth_methods_supported", json!(["none", "private_key_jwt"])) },
    Mutation { check: "as-auth-alg-none", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/revocation_endpoint_auth_signing_alg_values_supported", json!(["none"])) },
    Mutation { check: "as-dpop-alg-values", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/dpop_signing_alg_values_supported", json!(["ES256", "none"])) },
    Mutation { check: "as-dpop-alg-values", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/dpop_signing_alg_values_supported", json!(["HS256"])) },
    Mutation { check: "as-no-implicit", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/response_types_supported", json!(["code", "token"])) },
    Mutation { check: "as-no-implicit", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/grant_types_supported", json!(["authorization_code", "implicit"])) },
    Mutation { check: "as-scopes-cover-prm", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/scopes_supported", json!(["openid"])) },
    Mutation { check: "prm-as-cross-check", protocol_version: V3, also: &[], mutate: |r| r.set(SERVER, "/protected_resources", json!(["https://x.example"])) },
    Mutation { check: "as-oidc-fields", protocol_version: V3, also: &[], mutate: |r| { r.exchange(SERVER).request.purpose = ServerMetadata(ServerMetadataLocation::OpenIdInserted); r.set(SERVER, "/subject_types_supported", Null); } },
    // registration
    Mutation { check: "dcr-open", protocol_version: V3, also: &[], mutate: |r| { r.respond(Registration, 403, "application/json", "{}"); r.until(Step::Registration); } },
    Mutation { check: "dcr-error-format", protocol_version: V3, also: &[], mutate: |r| { r.respond(Registration, 500, "text/html", "<html>"); r.until(Step::Registration); } },
    Mutation { check: "as-application-type-ok", protocol_version: V4, also: &[], mutate: |r| { r.respond(Registration, 400, "application/json", r#"{"error":"invalid_client_metadata","error_description":"application_type unknown"}"#); r.until(Step::Registration); } },
    Mutation { check: "dcr-redirect-uris", protocol_version: V3, also: &[], mutate: |r| { r.respond(Registration, 400, "application/json", r#"{"error":"invalid_redirect_uri"}"#); r.until(Step::Registration); } },
    Mutation { check: "dcr-201-json", protocol_version: V3, also: &[], mutate: |r| r.status(Registration, 200) },
    Mutation { check: "dcr-no-store", protocol_version: V3, also: &[], mutate: |r| r.header(Registration, "cache-control", Some("no-cache")) },
    Mutation { check: "dcr-client-id", protocol_version: V3, also: &[], mutate: |r| { r.set(Registration, "/client_id", json!(7)); r.until(Step::Registration); } },
    Mutation { check: "dcr-secret-expires-at", protocol_version: V3, also: &[], mutate: |r| { r.set(Registration, "/client_secret", json!(SECRET)); r.set(Registration, "/token_endpoint_auth_method", json!("client_secret_basic")); } },
    Mutation { check: "dcr-echo-metadata", protocol_version: V3, also: &[], mutate: |r| r.set(Registration, "/redirect_uris", Null) },
    Mutation { check: "dcr-metadata-kept", protocol_version: V3, also: &[], mutate: |r| r.set(Registration, "/redirect_uris", json!(["https://x.example"])) },
    Mutation { check: "dcr-metadata-kept", protocol_version: V3, also: &[], mutate: |r| { ask_for_scope(r, "mcp:read mcp:write"); r.set(Registration, "/scope", json!("openid mcp:read")); } },
    Mutation { check: "dcr-public-honoured", protocol_version: V3, also: &[], mutate: |r| { r.set(Registration, "/client_secret", json!(SECRET)); r.set(Registration, "/client_secret_expires_at", json!(0)); } },
    Mutation { check: "dcr-management", protocol_version: V3, also: &[], mutate: |r| r.set(Registration, "/registration_client_uri", Null) },
    Mutation { check: "dcr-consistency", protocol_version: V3, also: &[], mutate: |r| r.set(Registration, "/grant_types", json!(["refresh_token"])) },
    Mutation { check: "dcr-client-id-form", protocol_version: V3, also: &[], mutate: |r| r.set(Registration, "/client_id", json!("https://c.example/1")) },
    // authorization
    Mutation { check: "authz-get", protocol_version: V3, also: &[], mutate: |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.respond(Login, 405, "text/plain", ""); r.header(Login, "allow", Some("POST")); r.callback = None; r.until(Step::Authorization); } },
    Mutation { check: "authz-error-response", protocol_version: V3, also: &[], mutate: |r| { r.callback_query(&format!("error=oops&state={STATE}")); r.until(Step::Authorization); } },
    Mutation { check: "authz-error-response", protocol_version: V3, also: &[], mutate: |r| { r.respond(Login, 500, "text/html", "oops"); r.callback = None; r.until(Step::Authorization); } },
    Mutation { check: "authz-state-echo", protocol_version: V3, also: &[], mutate: |r| r.callback_query(&format!("code={CODE}&state={STATE}%20")) },
    Mutation { check: "authz-state-echo", protocol_version: V3, also: &[], mutate: |r| r.callback_query(&format!("code={CODE}")) },
    Mutation { check: "authz-no-duplicate-response-params", protocol_version: V3, also: &[], mutate: |r| r.callback_query(&format!("code={CODE}&code={CODE}&state={STATE}")) },
    Mutation { check: "authz-challenge-not-leaked", protocol_version: V3, also: &[], mutate: |r| r.callback_query(&format!("code={CODE}&state={STATE}&x=the-challenge")) },
    Mutation { check: "as-iss-param", protocol_version: V4, also: &[], mutate: |r| { r.callback_query(&format!("code={CODE}&state={STATE}")); r.set(SERVER, "/authorization_response_iss_parameter_supported", Null); } },
    Mutation { check: "as-iss-advertised", protocol_version: V4, also: &[], mutate: |r| r.callback_query(&format!("code={CODE}&state={STATE}")) },
    Mutation { check: "as-iss-advertised", protocol_version: V4, also: &[], mutate: |r| r.set(SERVER, "/authorization_response_iss_parameter_supported", Null) },
    Mutation { check: "authz-iss-identical", protocol_version: V4, also: &[], mutate: |r| r.callback_query(&format!("code={CODE}&state={STATE}&iss=https://as.example")) },
    Mutation { check: "authz-error-response", protocol_version: V3, also: &["authz-state-echo"], mutate: |r| { r.callback_query(""); r.until(Step::Authorization); } },
    Mutation { check: "authz-frame-protection", protocol_version: V3, also: &[], mutate: |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.header(Login, "content-security-policy", Some("default-src 'self'; frame-ancestors *")); } },
    Mutation { check: "authz-frame-protection", protocol_version: V3, also: &[], mutate: |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.header(Login, "content-security-policy", Some("frame-ancestors https:")); } },
    Mutation { check: "authz-frame-protection", protocol_version: V3, also: &[], mutate: |r| { r.exchanges.retain(|e| e.request.method != "POST"); r.header(Login, "content-security-policy", None); } },
    Mutation { check: "authz-no-307", protocol_version: V3, also: &[], mutate: |r| r.status(Login, 307) },
    Mutation { check: "as-accepts-resource", protocol_version: V3, also: &[], mutate: |r| { r.callback_query(&format!("error=access_denied&error_description=Service+not+found:+{TARGET}&state={STATE}")); r.until(Step::Authorization); } },
    Mutation { check: "as-accepts-resource", protocol_version: V3, also: &[], mutate: |r| { r.respond(Token, 400, "application/json", r#"{"error":"invalid_target"}"#); no_token(r); } },
    // token
    Mutation { check: "token-200-json", protocol_version: V3, also: &[], mutate: |r| r.respond(Token, 200, "application/x-www-form-urlencoded", "access_token=opaque&token_type=bearer&scope=a&expires_in=9") },
    Mutation { check: "token-200-json", protocol_version: V3, also: &[], mutate: |r| r.status(Token, 201) },
    Mutation { check: "token-200-json", protocol_version: V3, also: &[], mutate: |r| { r.set(Token, "/access_token", Null); no_token(r); } },
    Mutation { check: "token-no-store", protocol_version: V3, also: &[], mutate: |r| r.header(Token, "cache-control", None) },
    Mutation { check: "token-error-format", protocol_version: V3, also: &[], mutate: |r| { r.respond(Token, 200, "application/json", r#"{"error":"invalid_grant"}"#); no_token(r); } },
    Mutation { check: "token-error-format", protocol_version: V3, also: &[], mutate: |r| { r.respond(Token, 400, "application/json", r#"{"error":"oops"}"#); no_token(r); } },
    Mutation { check: "token-error-format", protocol_version: V3, also: &[], mutate: |r| { r.respond(Token, 500, "text/html", "<html>"); no_token(r); } },
    Mutation { check: "token-basic-alone", protocol_version: V3, also: &[], mutate: basic_alone_is_refused },
    Mutation { check: "token-type-bearer", protocol_version: V3, also: &[], mutate: |r| r.set(Token, "/token_type", Null) },
    Mutation { check: "token-expires-in", protocol_version: V3, also: &[], mutate: |r| r.set(Token, "/expires_in", json!("3600")) },
    Mutation { check: "as-short-lived-tokens", protocol_version: V3, also: &[], mutate: |r| r.set(Token, "/expires_in", json!(2_592_000)) },
    Mutation { check: "token-scope", protocol_version: V3, also: &[], mutate: |r| { r.remove(Refresh); r.token(|_, claims| claims["scope"] = json!("mcp:read")); r.set(Token, "/scope", Null); } },
    Mutation { check: "jwt-typ", protocol_version: V3, also: &[], mutate: |r| r.token(|header, _| header["typ"] = json!("JWT")) },
    Mutation { check: "jwt-claims", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| drop(claims.as_object_mut().unwrap().remove("jti"))) },
    Mutation { check: "jwt-iss", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| claims["iss"] = json!("https://idp.example")) },
    Mutation { check: "token-aud-restricted", protocol_version: V3, also: &[], mutate: |r| { r.remove(Refresh); r.token(|_, claims| claims["aud"] = json!(["https://as.example/userinfo"])); } },
    Mutation { check: "as-jwks", protocol_version: V3, also: &[], mutate: |r| r.respond(Keys, 404, "text/plain", "") },
    Mutation { check: "as-jwks", protocol_version: V3, also: &[], mutate: |r| r.respond(Keys, 200, "application/json", r#"{"keys":[{"kty":"EC","kid":"k1","d":"private-value"}]}"#) },
    Mutation { check: "as-jwks-use", protocol_version: V3, also: &["jwt-alg"], mutate: |r| r.respond(Keys, 200, "application/json", r#"{"keys":[{"kty":"EC"},{"use":"enc"}]}"#) },
    Mutation { check: "jwt-alg", protocol_version: V3, also: &[], mutate: |r| r.token(|header, _| header["alg"] = json!("HS256")) },
    Mutation { check: "jwt-alg", protocol_version: V3, also: &[], mutate: |r| r.token(|header, _| header["alg"] = json!("none")) },
    Mutation { check: "jwt-alg", protocol_version: V3, also: &[], mutate: |r| r.token(|header, _| header["kid"] = json!("k2")) },
    Mutation { check: "jwt-signature", protocol_version: V3, also: &[], mutate: super::tamper },
    Mutation { check: "token-aud-single", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| claims["aud"] = json!([TARGET, "https://as.example/billing-api"])) },
    Mutation { check: "token-aud-single", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| claims["aud"] = json!([TARGET, "https://as.example.evil/"])) },
    Mutation { check: "token-scope", protocol_version: V3, also: &[], mutate: |r| { r.remove(Refresh); r.token(|_, claims| claims["scope"] = json!("mcp:read")); } },
    Mutation { check: "token-aud-single", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| claims["aud"] = json!([TARGET, "https://x.example"])) },
    Mutation { check: "jwt-scope-claim", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| drop(claims.as_object_mut().unwrap().remove("scope"))) },
    Mutation { check: "jwt-clock", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| claims["iat"] = json!(1_000_400)) },
    Mutation { check: "jwt-clock", protocol_version: V3, also: &[], mutate: |r| r.token(|_, claims| claims["exp"] = json!(999_000)) },
    // refresh and clean-up
    Mutation { check: "refresh-accepted", protocol_version: V3, also: &[], mutate: |r| r.respond(Refresh, 400, "application/json", r#"{"error":"invalid_target"}"#) },
    Mutation { check: "refresh-accepted", protocol_version: V3, also: &[], mutate: |r| r.respond(Refresh, 200, "application/json", r#"{"error":"unauthorized_client"}"#) },
    Mutation { check: "refresh-200-json", protocol_version: V3, also: &[], mutate: |r| r.status(Refresh, 201) },
    Mutation { check: "refresh-200-json", protocol_version: V3, also: &[], mutate: |r| r.set(Refresh, "/token_type", Null) },
    Mutation { check: "refresh-no-store", protocol_version: V3, also: &[], mutate: |r| r.header(Refresh, "cache-control", Some("no-cache")) },
    Mutation { check: "refresh-token-rotated", protocol_version: V3, also: &[], mutate: |r| r.set(Refresh, "/refresh_token", json!("refresh-token-value")) },
    Mutation { check: "refresh-scope", protocol_version: V3, also: &[], mutate: |r| r.set(Refresh, "/scope", json!("mcp:read mcp:write admin")) },
    Mutation { check: "refresh-audience", protocol_version: V3, also: &[], mutate: |r| { r.token(|_, claims| claims["aud"] = json!([TARGET, "https://gw.example/b"])); let wide = r.response(Token).text().replace("refresh-token-value", "next"); r.response(Refresh).body = wide.into(); r.token(|_, claims| claims["aud"] = json!(TARGET)); } },
    Mutation { check: "revocation-200", protocol_version: V3, also: &[], mutate: |r| r.status(Revocation, 204) },
    Mutation { check: "revocation-200", protocol_version: V3, also: &[], mutate: |r| r.respond(Revocation, 400, "application/json", r#"{"error":"invalid_client"}"#) },
    Mutation { check: "dcr-deleted-204", protocol_version: V3, also: &[], mutate: |r| r.status(CleanUp, 200) },
    // session
    Mutation { check: "rs-valid-token-accepted", protocol_version: V3, also: &["rs-401-any-challenge"], mutate: |r| { r.respond(Initialize, 401, "text/plain", ""); r.remove(Initialized); } },
    Mutation { check: "rs-valid-token-accepted", protocol_version: V3, also: &["rs-401-any-challenge"], mutate: |r| { r.respond(Initialized, 401, "text/plain", ""); } },
    Mutation { check: "rs-insufficient-scope-403", protocol_version: V3, also: &["rs-valid-token-accepted"], mutate: |r| too_little(r, 401, "Bearer error=\"insufficient_scope\", scope=\"a\"") },
    Mutation { check: "rs-403-challenge", protocol_version: V3, also: &["rs-valid-token-accepted"], mutate: |r| too_little(r, 403, "Bearer error=\"insufficient_scope\", scope=\"a\"") },
    Mutation { check: "mcp-initialize", protocol_version: V3, also: &[], mutate: |r| r.set(Initialize, "/result/serverInfo", Null) },
    Mutation { check: "mcp-initialize", protocol_version: V3, also: &[], mutate: |r| { r.respond(Initialize, 502, "text/html", "<html>"); r.remove(Initialized); } },
    Mutation { check: "mcp-version-negotiation", protocol_version: V3, also: &[], mutate: |r| r.set(Initialize, "/result/protocolVersion", json!("2025-11-26")) },
    Mutation { check: "mcp-initialized-202", protocol_version: V3, also: &[], mutate: |r| r.status(Initialized, 200) },
    Mutation { check: "mcp-initialized-202", protocol_version: V3, also: &[], mutate: |r| r.respond(Initialized, 202, "application/json", "{}") },
    Mutation { check: "mcp-session-id-format", protocol_version: V3, also: &[], mutate: |r| r.header(Initialize, "mcp-session-id", Some("a b")) },
    Mutation { check: "mcp-response-content-type", protocol_version: V3, also: &[], mutate: |r| r.header(Initialize, "content-type", Some("text/plain")) },
    Mutation { check: "mcp-discover", protocol_version: V4, also: &[], mutate: |r| r.set(Discover, "/result/supportedVersions", Null) },
    Mutation { check: "mcp-discover", protocol_version: V4, also: &[], mutate: |r| { r.respond(Discover, 404, "text/plain", ""); r.session(V3); } },
    Mutation { check: "mcp-result-type", protocol_version: V4, also: &[], mutate: |r| r.set(Discover, "/result/resultType", Null) },
    Mutation { check: "mcp-result-type", protocol_version: V4, also: &[], mutate: |r| listed(r, r#"{"tools":[],"ttlMs":0,"cacheScope":"private"}"#) },
    Mutation { check: "mcp-cache-hints", protocol_version: V4, also: &[], mutate: |r| listed(r, r#"{"tools":[],"resultType":"complete"}"#) },
    Mutation { check: "mcp-cache-hints", protocol_version: V4, also: &[], mutate: |r| r.set(Discover, "/result/ttlMs", json!(-1)) },
    Mutation { check: "mcp-cache-hints", protocol_version: V4, also: &[], mutate: |r| r.set(Discover, "/result/cacheScope", Null) },
    Mutation { check: "mcp-x-accel-buffering", protocol_version: V4, also: &[], mutate: |r| r.header(Discover, "x-accel-buffering", Some("yes")) },
    // t31: one document, two protocol versions
    Mutation { check: "as-metadata-present", protocol_version: V2, also: &[], mutate: |r| r.exchange(SERVER).request.purpose = ServerMetadata(ServerMetadataLocation::OpenIdInserted) },
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
