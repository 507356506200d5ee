//! What the authorization server publishes about itself: RFC 8414, OpenID Connect Discovery, its key set.

use http::StatusCode;
use serde_json::{Value, json};

use super::mint::TokenFormat;
use super::{AuthorizationServer, SECOND_PATH, TENANT_PATH};
use crate::exchange::set_member;
use crate::sandbox::wire::{Reply, Request, not_found, twice};
use crate::sandbox::{Fault, Variation, pages};

impl AuthorizationServer {
    /// [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3). The issuer has no path, so nothing is inserted.
    pub(super) fn oauth_metadata(&self, request: &Request) -> Reply {
        if self.has(Fault::ServerMetadataSoftNotFound) {
            return Reply::json(StatusCode::OK, &json!({ "error": "not found" }));
        }
        let openid_only = self.has(Fault::OpenIdOnly)
            || self.has(Fault::OpenIdIncomplete)
            || self.varies(Variation::OpenIdDocumentOnly);
        if openid_only {
            return not_found();
        }
        self.publish(request, &self.document("/.well-known/jwks.json"))
    }

    /// OpenID Connect Discovery 1.0 §4.
    pub(super) fn openid_metadata(&self, request: &Request) -> Reply {
        if self.varies(Variation::OAuthDocumentOnly) {
            return not_found();
        }
        let disagree = self.has(Fault::DocumentsDisagree);
        let keys = if disagree { "/.well-known/openid-keys.json" } else { "/.well-known/jwks.json" };
        self.publish(request, &self.document(keys))
    }

    /// The documents of issuers with a path: RFC 8414 inserts the well-known part, OpenID appends it.
    pub(super) fn placed(&self, request: &Request) -> Option<Reply> {
        const OAUTH: &str = "/.well-known/oauth-authorization-server";
        const OPENID: &str = "/.well-known/openid-configuration";
        let path = request.path.as_str();
        let is_at = |issuer: &str| {
            path.strip_prefix(OAUTH) == Some(issuer) || path.strip_suffix(OPENID) == Some(issuer)
        };
        if self.varies(Variation::AuthorizationServers) && is_at(SECOND_PATH) {
            let mut document = self.document("/.well-known/jwks.json");
            set_member(&mut document, "/issuer", self.url(SECOND_PATH));
            return Some(Reply::json(StatusCode::OK, &document));
        }
        if !self.varies(Variation::IssuerPath) {
            return None;
        }
        if path.strip_prefix(OAUTH) == Some(TENANT_PATH) {
            Some(self.oauth_metadata(request))
        } else if path.strip_suffix(OPENID) == Some(TENANT_PATH) {
            Some(self.openid_metadata(request))
        } else {
            is_at("").then(not_found)
        }
    }

    fn publish(&self, request: &Request, document: &Value) -> Reply {
        if self.has(Fault::ServerMetadataMissing) || self.has(Fault::DefaultEndpointsMissing) {
            return not_found();
        }
        if self.has(Fault::ServerMetadataFailing) {
            let error = json!({ "message": "registration_endpoint missing" });
            return Reply::json(StatusCode::INTERNAL_SERVER_ERROR, &error);
        }
        if self.has(Fault::ServerMetadataHtml) {
            return Reply::html(StatusCode::OK, pages::app());
        }
        if self.has(Fault::ServerMetadataTextPlain) {
            return Reply::new(StatusCode::OK, "text/plain", document.to_string());
        }
        if self.has(Fault::ServerMetadataDuplicateMember) {
            return Reply::new(StatusCode::OK, "application/json", twice(document, "issuer"));
        }
        if self.has(Fault::ServerMetadataForwardedHost)
            && let Some(host) = request.header("x-forwarded-host")
        {
            let own = self.site.authorization_server.as_str();
            let text = document.to_string().replace(own, &format!("https://{host}"));
            return Reply::new(StatusCode::OK, "application/json", text);
        }
        Reply::json(StatusCode::OK, document)
    }

    fn document(&self, keys: &str) -> Value {
        let issuer = if self.has(Fault::IssuerMismatch) {
            "https://other.example/"
        } else if self.has(Fault::IssuerTemplate) {
            "https://login.other.example/{tenantid}/"
        } else {
            &self.site.issuer
        };
        let methods = if self.has(Fault::PkcePlainOnly) { "plain" } else { "S256" };
        let authentication = ["none", "client_secret_basic", "client_secret_post"];
        let confidential_only =
            self.has(Fault::PublicClientsNotAdvertised) || self.has(Fault::BasicNeedsClientId);
        let at_token_endpoint: Vec<_> =
            authentication.into_iter().filter(|method| !confidential_only || *method != "none").collect();
        let grants: &[_] = if self.has(Fault::GrantTypesPassword) {
            &["authorization_code", "refresh_token", "password"]
        } else {
            &["authorization_code", "refresh_token"]
        };
        let revocation = if self.has(Fault::EndpointPlainHttp) {
            "http://other.example/oauth/revoke".to_owned()
        } else {
            self.url("/oauth/revoke")
        };
        let listed = if self.has(Fault::ServerMetadataEmptyArray) {
            0
        } else if self.has(Fault::ScopesUnlisted) {
            2
        } else {
            usize::MAX
        };
        let scopes: Vec<_> = self.scopes().into_iter().take(listed).collect();
        let authorize = if self.has(Fault::EndpointWithNonce) {
            "/authorize?nonce=1"
        } else if self.has(Fault::EndpointWithResource) {
            "/authorize?resource=https%3A%2F%2Fother.example%2F"
        } else {
            "/authorize"
        };
        let token = if self.has(Fault::EndpointInternalHost) {
            "http://login.internal:8080/oauth/token".to_owned()
        } else {
            self.url("/oauth/token")
        };
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": self.url(authorize),
            "token_endpoint": token,
            "registration_endpoint": self.url("/oidc/register"),
            "revocation_endpoint": revocation,
            "jwks_uri": self.url(keys),
            "scopes_supported": scopes,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": grants,
            "token_endpoint_auth_methods_supported": at_token_endpoint,
            "revocation_endpoint_auth_methods_supported": authentication,
            "code_challenge_methods_supported": [methods],
            "authorization_response_iss_parameter_supported": true,
            "client_id_metadata_document_supported": true,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        self.vary_document(&mut document);
        if let Some(members) = document.as_object_mut() {
            if let Some(preset) = self.site.plan.preset {
                members.extend(
                    preset.members(|path| self.url(path)).map(|(name, value)| (name.to_owned(), value)),
                );
            }
            let signing = "token_endpoint_auth_signing_alg_values_supported";
            let methods = "token_endpoint_auth_methods_supported";
            for (fault, member, value) in [
                (Fault::AuthAlgorithmsMissing, methods, json!(["none", "private_key_jwt"])),
                (Fault::AuthAlgorithmNone, signing, json!(["RS256", "none"])),
                (Fault::DpopAlgorithmNone, "dpop_signing_alg_values_supported", json!(["ES256", "none"])),
                (Fault::ImplicitOffered, "response_types_supported", json!(["code", "id_token token"])),
                (Fault::ProtectedResourcesOther, "protected_resources", json!(["https://other.example/mcp"])),
            ] {
                if self.has(fault) {
                    members.insert(member.to_owned(), value);
                }
            }
            for (fault, member) in [
                (Fault::IssuerMissing, "issuer"),
                (Fault::PkceNotAdvertised, "code_challenge_methods_supported"),
                (Fault::ResponseTypesMissing, "response_types_supported"),
                (Fault::TokenEndpointMissing, "token_endpoint"),
                (Fault::IssNotAdvertised, "authorization_response_iss_parameter_supported"),
                (Fault::IssUnknown, "authorization_response_iss_parameter_supported"),
                (Fault::CimdNotAdvertised, "client_id_metadata_document_supported"),
                (Fault::RegistrationDisabled, "registration_endpoint"),
                (Fault::OpenIdIncomplete, "subject_types_supported"),
            ] {
                if self.has(fault) {
                    members.shift_remove(member);
                }
            }
        }
        document
    }

    /// [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).
    pub(super) fn key_set(&self, _: &Request) -> Reply {
        if self.has(Fault::JwksMissing) {
            return not_found();
        }
        let elliptic = self.tokens() == TokenFormat::Elliptic;
        let mut set = json!(if elliptic { self.keys.elliptic_published() } else { self.keys.published() });
        if let Some(keys) = set.pointer_mut("/keys").and_then(Value::as_array_mut) {
            self.vary_keys(keys);
        }
        if self.has(Fault::JwksPrivate)
            && let Some(key) = set.pointer_mut("/keys/0")
        {
            set_member(key, "/d", "dGhyb3ctYXdheS1ub3QtdGhlLXJlYWwta2V5");
        }
        if self.has(Fault::JwksStale)
            && let Some(modulus) = set.pointer_mut("/keys/0/n")
        {
            *modulus = json!(modulus.as_str().map(other));
        }
        if self.has(Fault::JwksUseMissing)
            && let Some(keys) = set.pointer_mut("/keys").and_then(Value::as_array_mut)
        {
            let encryption =
                json!({ "kty": "RSA", "kid": "sandbox-enc", "use": "enc", "n": "AQAB", "e": "AQAB" });
            keys.iter_mut().filter_map(Value::as_object_mut).for_each(|key| drop(key.shift_remove("use")));
            keys.push(encryption);
        }
        Reply::json(StatusCode::OK, &set)
    }
}

/// Another modulus of the same length: one character in the middle is changed.
pub(super) fn other(modulus: &str) -> String {
    let middle = modulus.chars().count() / 2;
    let other = |character| if character == 'A' { 'B' } else { 'A' };
    modulus
        .chars()
        .enumerate()
        .map(|(at, character)| if at == middle { other(character) } else { character })
        .collect()
}
