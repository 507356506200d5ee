//! A peer that does everything right, and one whose token is wrong in every claim.

use super::*;

/// When the good token is looked at: half an hour before it expires.
pub(super) const NOW: i64 = 1_799_998_200;
/// An access token for the gateway, signed with the key of [`KEYS`].
const GOOD_TOKEN: &str = concat!(
    r#"{"access_token":""#,
    "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL3RlbmFudC5leGFtcGxlLyIsImF1ZCI6Imh0dHBzOi8vZ2F0ZXdheS5leGFtcGxlL21jcCIsInN1YiI6InVzZXJ8MSIsImNsaWVudF9pZCI6ImMxIiwiaWF0IjoxNzk5OTkwMDAwLCJleHAiOjE4MDAwMDAwMDAsImp0aSI6InQxIiwic2NvcGUiOiJtY3A6dG9vbHMifQ.eafYVYZjPuZ2sed-gEsnUHf19rYKo0TR4HGy1_MGgsu8NyL9qmOr9eZEY9BSrtuzSL1yS_DZL8i0yrGEYxbaSQ",
    r#"","token_type":"Bearer","expires_in":10000,"scope":"mcp:tools","refresh_token":"SECRETREFRESH"}"#
);
/// Another issuer, another audience, expired, without the scope, and with a signature that was tampered with.
const BAD_TOKEN: &str = concat!(
    r#"{"access_token":""#,
    "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUvIiwiYXVkIjoiaHR0cHM6Ly9lbHNld2hlcmUuZXhhbXBsZS9hcGkiLCJzdWIiOiJ1c2VyfDEiLCJpYXQiOjE3OTk5OTAwMDAsImV4cCI6MTc5OTk5MDA2MCwic2NvcGUiOiJvcGVuaWQifQ.jIrCRtmPT787RRUnpKPAf5cMv3eNYWPyWENP6EsLAdibeO7JDVZ0ISzwMxTqqIuQEaeUhajQavPhiyv4FqUM9A",
    r#"","token_type":"Bearer","expires_in":60}"#
);
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"k1","x":"gv8tSaaARBV4s4q_gwlpI0Mbf1so-z1opmB4cmhKSXQ","y":"GnBNnxAxib8eoTBbesh7kd53BKl31IiNUUA7TQZw_Ak"}]}"#;

const NO_STORE: &[(&str, &str)] = &[("content-type", "application/json"), ("cache-control", "no-store")];

/// What the good peer answers.
pub(super) fn good(step: Step) -> Vec<StepResponse> {
    let mut responses = responses(step);
    match step {
        Step::Challenge => {
            responses[0].2 = &[(
                "www-authenticate",
                "Bearer resource_metadata=\"https://gateway.example/.well-known/oauth-protected-resource/mcp\", scope=\"mcp:tools\"",
            )];
        }
        Step::ResourceMetadata => {
            responses[0].3 = r#"{"resource":"https://gateway.example/mcp","authorization_servers":["https://tenant.example/"],"scopes_supported":["mcp:tools"],"bearer_methods_supported":["header"],"resource_name":"Demo"}"#;
        }
        Step::ServerMetadata => {
            responses.remove(0);
            responses[0].3 = r#"{"issuer":"https://tenant.example/","authorization_endpoint":"https://tenant.example/authorize","token_endpoint":"https://tenant.example/oauth/token","registration_endpoint":"https://tenant.example/oidc/register","jwks_uri":"https://tenant.example/keys","response_types_supported":["code"],"grant_types_supported":["authorization_code","refresh_token"],"token_endpoint_auth_methods_supported":["none"],"code_challenge_methods_supported":["S256"],"scopes_supported":["mcp:tools"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],"mfa_challenge_endpoint":"https://tenant.example/mfa","client_id_metadata_document_supported":true}"#;
        }
        Step::Registration => {
            responses[0].2 = NO_STORE;
            responses[0].3 = r#"{"client_id":"c1","client_id_issued_at":1799990000,"client_name":"gatewalk (test)","redirect_uris":["http://127.0.0.1:40123/callback"],"token_endpoint_auth_method":"none","grant_types":["authorization_code"]}"#;
        }
        Step::Token => {
            responses[0].2 = NO_STORE;
            responses[0].3 = GOOD_TOKEN;
            responses.push(keys());
        }
        Step::Session => {
            responses[0].0.headers.set("authorization", &format!("Bearer {}", issued(GOOD_TOKEN)));
            responses[0].3 = "event: message\nid: 1\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-11-25\",\"serverInfo\":{\"name\":\"demo\",\"title\":\"Demo server\",\"version\":\"1.2.3\"},\"capabilities\":{\"tools\":{\"listChanged\":true},\"logging\":{}},\"instructions\":\"Ask politely.\"}}\n\n";
        }
        Step::Authorization => {}
    }
    responses
}

/// What the peer with the wrong token responses.
pub(super) fn bad_token(step: Step) -> Vec<StepResponse> {
    let mut responses = good(step);
    if step == Step::Token {
        responses[0].3 = BAD_TOKEN;
    }
    responses
}

/// The access token of a token response.
fn issued(response: &str) -> String {
    let response: serde_json::Value = serde_json::from_str(response).unwrap();
    response["access_token"].as_str().unwrap().to_owned()
}

fn keys() -> StepResponse {
    (
        request(Step::Token, Purpose::Keys, Party::AuthorizationServer, "GET", "https://tenant.example/keys"),
        200,
        JSON,
        KEYS,
    )
}
