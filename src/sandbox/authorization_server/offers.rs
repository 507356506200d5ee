//! What the authorization server publishes besides, and what it leaves out, where variations have it so.

use serde_json::{Value, json};

use super::AuthorizationServer;
use super::metadata::other;
use crate::sandbox::Variation;

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const EXCHANGE_GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

impl AuthorizationServer {
    /// The keys before and after the one in use, and keys of other types.
    pub(super) fn vary_keys(&self, keys: &mut Vec<Value>) {
        let modulus = keys.first().and_then(|key| key.get("n")).and_then(Value::as_str).map(other);
        let key = |kid: &str| json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": modulus, "e": "AQAB" });
        if self.varies(Variation::KeysRotated) && modulus.is_some() {
            keys.insert(0, key("sandbox-0"));
            keys.push(key("sandbox-2"));
        }
        if self.varies(Variation::KeysUnknown) {
            keys.insert(
                0,
                json!({ "kty": "AKP", "kid": "pq", "use": "sig", "alg": "ML-DSA-65", "pub": "AAAA" }),
            );
            keys.push(json!({ "kty": "OKP", "crv": "Ed448", "kid": "ed", "use": "sig", "x": "AAAA" }));
        }
    }

    /// What the server offers besides, and what it lacks.
    pub(super) fn vary_document(&self, document: &mut Value) {
        let Some(members) = document.as_object_mut() else { return };
        let url = |path| json!(self.url(path));
        let grants =
            ["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT, EXCHANGE_GRANT];
        let methods =
            ["none", "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"];
        for (variation, member, value) in [
            (Variation::PushedRequestsOffered, "pushed_authorization_request_endpoint", url("/oauth/par")),
            (Variation::PushedRequestsOffered, "require_pushed_authorization_requests", json!(false)),
            (Variation::RequestObjectsOffered, "request_parameter_supported", json!(true)),
            (Variation::RequestObjectsOffered, "request_uri_parameter_supported", json!(true)),
            (Variation::RequestObjectsOffered, "require_signed_request_object", json!(false)),
            (
                Variation::RequestObjectsOffered,
                "request_object_signing_alg_values_supported",
                json!(["none", "RS256", "ES256"]),
            ),
            (
                Variation::FormPostOffered,
                "response_modes_supported",
                json!(["query", "fragment", "form_post"]),
            ),
            (Variation::GrantsOffered, "grant_types_supported", json!(grants)),
            (Variation::GrantsOffered, "device_authorization_endpoint", url("/oauth/device/code")),
            (Variation::AuthenticationOffered, "token_endpoint_auth_methods_supported", json!(methods)),
            (
                Variation::AuthenticationOffered,
                "token_endpoint_auth_signing_alg_values_supported",
                json!(["RS256", "ES256"]),
            ),
            (
                Variation::CertificatesOffered,
                "mtls_endpoint_aliases",
                json!({ "token_endpoint": "https://mtls.sandbox.example/oauth/token" }),
            ),
            (Variation::CertificatesOffered, "tls_client_certificate_bound_access_tokens", json!(true)),
            (Variation::EndpointsOffered, "introspection_endpoint", url("/oauth/introspect")),
            (Variation::EndpointsOffered, "userinfo_endpoint", url("/userinfo")),
            (Variation::EndpointsOffered, "end_session_endpoint", url("/logout")),
            (Variation::EndpointsOffered, "backchannel_logout_supported", json!(true)),
            (Variation::LanguagesOffered, "service_documentation", url("/docs")),
            (Variation::LanguagesOffered, "op_policy_uri", url("/policy")),
            (Variation::LanguagesOffered, "op_tos_uri#de", url("/agb")),
            (Variation::LanguagesOffered, "ui_locales_supported", json!(["en", "de-CH", "ja"])),
            (Variation::LanguagesOffered, "claims_supported", json!(["sub", "iss"])),
            (Variation::ResourcesListed, "protected_resources", json!([self.site.target])),
            (Variation::RefreshAbsent, "grant_types_supported", json!(["authorization_code"])),
            (Variation::ClientCredentials, "grant_types_supported", json!(["client_credentials"])),
            (
                Variation::ClientCredentials,
                "token_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post"]),
            ),
        ] {
            if self.varies(variation) {
                members.insert(member.to_owned(), value);
            }
        }
        for (variation, absent) in [
            (Variation::ScopesUnlisted, &["scopes_supported"][..]),
            (
                Variation::RevocationAbsent,
                &["revocation_endpoint", "revocation_endpoint_auth_methods_supported"],
            ),
            (Variation::RegistrationAbsent, &["registration_endpoint"]),
            (Variation::IssAbsent, &["authorization_response_iss_parameter_supported"]),
            (
                Variation::ClientCredentials,
                &[
                    "authorization_endpoint",
                    "registration_endpoint",
                    "response_types_supported",
                    "response_modes_supported",
                    "code_challenge_methods_supported",
                    "authorization_response_iss_parameter_supported",
                ],
            ),
        ] {
            for member in absent.iter().filter(|_| self.varies(variation)) {
                members.shift_remove(*member);
            }
        }
    }
}
