//! Dynamic client registration (RFC 7591) and its management (RFC 7592).

use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use serde_json::{Map, Value, json};

use super::AuthorizationServer;
use super::client::{Authentication, Client, Management, Redirects, SecretMethod, may_register, same_secret};
use crate::sandbox::wire::{Reply, Request, not_found};
use crate::sandbox::{Fault, Variation, clock, entropy, pages};

const PATH: &str = "/oidc/register";

/// Why a registration is refused ([RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)).
struct ErrorResponse {
    error: &'static str,
    description: &'static str,
}

const fn invalid_metadata(description: &'static str) -> ErrorResponse {
    ErrorResponse { error: "invalid_client_metadata", description }
}

const fn invalid_redirect(description: &'static str) -> ErrorResponse {
    ErrorResponse { error: "invalid_redirect_uri", description }
}

impl AuthorizationServer {
    pub(super) fn register(&self, request: &Request) -> Reply {
        if self.has(Fault::RegistrationDisabled) {
            return not_found();
        }
        if self.has(Fault::RegistrationRouteMissing) {
            return Reply::html(StatusCode::NOT_FOUND, pages::error("404", "There is nothing here."));
        }
        if self.has(Fault::RegistrationForbidden) {
            let body = json!({ "error": "access_denied", "error_description": "Registration needs an initial access token" });
            return Reply::json(StatusCode::FORBIDDEN, &body);
        }
        if self.has(Fault::RegistrationHtml) {
            return Reply::html(
                StatusCode::INTERNAL_SERVER_ERROR,
                pages::error("500", "Something went wrong."),
            );
        }
        match self.accept(&request.body) {
            Ok(reply) => reply,
            Err(ErrorResponse { error, description }) => {
                let body = json!({ "error": error, "error_description": description });
                Reply::json(StatusCode::BAD_REQUEST, &body).no_store()
            }
        }
    }

    fn accept(&self, body: &[u8]) -> Result<Reply, ErrorResponse> {
        let Ok(Value::Object(mut metadata)) = serde_json::from_slice(body) else {
            return Err(invalid_metadata("The body is not a JSON object"));
        };
        if self.has(Fault::ApplicationTypeRefused) && metadata.contains_key("application_type") {
            return Err(invalid_metadata("Unknown property application_type"));
        }
        let redirects = redirect_uris(&metadata)?;
        if self.has(Fault::LoopbackRedirectRefused) {
            return Err(invalid_redirect("A redirect URI is https"));
        }
        let grants = strings(&mut metadata, "grant_types", &["authorization_code"])?;
        let responses = strings(&mut metadata, "response_types", &["code"])?;
        if responses.iter().any(|r| r == "code") && !grants.iter().any(|g| g == "authorization_code") {
            return Err(invalid_metadata("response_types has code, grant_types lacks authorization_code"));
        }
        let method =
            metadata.entry("token_endpoint_auth_method").or_insert_with(|| json!("client_secret_basic"));
        if self.has(Fault::RegistrationSecretWithoutExpiry) || self.has(Fault::RegistrationMethodUnsaid) {
            *method = json!("client_secret_post");
        }
        if self.varies(Variation::RegistrationConfidential) {
            *method = json!("client_secret_basic");
        }
        let method = match method.as_str() {
            Some("none") => None,
            Some("client_secret_basic") => Some(SecretMethod::Basic),
            Some("client_secret_post") => Some(SecretMethod::Post),
            _ => return Err(invalid_metadata("Unsupported token_endpoint_auth_method")),
        };

        let segment = entropy::id("client");
        let id = self.identifier(&segment);
        let token = entropy::token();
        let name =
            metadata.get("client_name").and_then(Value::as_str).unwrap_or("An application without a name");
        let name = name.to_owned();
        // What the server decides replaces what the client may have sent under the same names.
        metadata.insert("client_id".into(), json!(id));
        metadata.insert("client_id_issued_at".into(), json!(clock::now()));
        let managed = !self.varies(Variation::RegistrationUnmanaged);
        if managed {
            let url = self.url(&format!("{PATH}/{segment}"));
            metadata.insert("registration_client_uri".into(), json!(url));
            metadata.insert("registration_access_token".into(), json!(token));
        }
        if self.varies(Variation::RegistrationAmended) {
            metadata.insert("scope".into(), json!(self.scopes().join(" ")));
            metadata.insert("subject_type".into(), json!("public"));
            metadata.insert("id_token_signed_response_alg".into(), json!("RS256"));
            metadata.insert("require_auth_time".into(), json!(false));
            metadata.insert("client_name#de".into(), json!("Prüfling"));
        }
        if self.varies(Variation::RefreshAbsent)
            && let Some(list) = metadata.get_mut("grant_types").and_then(Value::as_array_mut)
        {
            list.retain(|grant| grant != "refresh_token");
        }
        metadata.shift_remove("client_secret");
        metadata.shift_remove("client_secret_expires_at");
        let authentication = match method {
            None => Authentication::None,
            Some(method) => {
                let odd = self.varies(Variation::RegistrationConfidential);
                let secret = entropy::token() + if odd { ":%/+&= ~?" } else { "" };
                metadata.insert("client_secret".into(), json!(secret));
                if !self.has(Fault::RegistrationSecretWithoutExpiry) {
                    metadata.insert("client_secret_expires_at".into(), json!(0));
                }
                Authentication::Secret { secret, method: Some(method) }
            }
        };
        let refreshes =
            grants.iter().any(|grant| grant == "refresh_token") && !self.varies(Variation::RefreshAbsent);
        let information = Value::Object(metadata);
        let management = managed.then(|| Management { token, information: information.clone() });
        let redirects = Redirects::Registered(redirects);
        self.clients.put(id.clone(), Client { id, name, redirects, authentication, refreshes, management });
        Ok(self.registered(information))
    }

    fn registered(&self, mut information: Value) -> Reply {
        if let Some(members) = information.as_object_mut() {
            if self.has(Fault::RegistrationClientIdMissing) {
                members.shift_remove("client_id");
            }
            if self.has(Fault::RegistrationMethodUnsaid) {
                members.shift_remove("token_endpoint_auth_method");
            }
            if self.has(Fault::RegistrationRedirectDropped) {
                members.shift_remove("redirect_uris");
            }
            if self.has(Fault::RegistrationScopeNarrowed) {
                members.insert("scope".into(), json!("openid profile email"));
            }
            if self.has(Fault::RegistrationGrantsDropped) {
                members.insert("grant_types".into(), json!(["refresh_token"]));
            }
            if self.has(Fault::RegistrationManagementUrlMissing) {
                members.shift_remove("registration_client_uri");
            }
            if self.has(Fault::RegistrationPublicIgnored) {
                members.insert("client_secret".into(), json!(entropy::token()));
                members.insert("client_secret_expires_at".into(), json!(0));
            }
        }
        let status =
            if self.has(Fault::RegistrationStatus200) { StatusCode::OK } else { StatusCode::CREATED };
        let reply = Reply::json(status, &information);
        if self.has(Fault::RegistrationCacheable) { reply } else { reply.no_store() }
    }

    /// [RFC 7592 §2.1](https://www.rfc-editor.org/rfc/rfc7592#section-2.1).
    pub(super) fn read_client(&self, request: &Request) -> Reply {
        match self.managed(request) {
            Some((_, management)) => Reply::json(StatusCode::OK, &management.information).no_store(),
            None => refuse_management(),
        }
    }

    /// [RFC 7592 §2.3](https://www.rfc-editor.org/rfc/rfc7592#section-2.3): what was granted to the client goes with it.
    pub(super) fn delete_client(&self, request: &Request) -> Reply {
        match self.managed(request) {
            Some((id, _)) => {
                self.clients.take(&id);
                self.grants.forget_client(&id);
                let odd = self.has(Fault::DeletionStatus200);
                Reply::empty(if odd { StatusCode::OK } else { StatusCode::NO_CONTENT }).no_store()
            }
            None => refuse_management(),
        }
    }

    fn managed(&self, request: &Request) -> Option<(String, Management)> {
        let id = self.identifier(request.path.rsplit('/').next()?);
        let management = self.clients.get(&id)?.management?;
        let readable = self.has(Fault::RegistrationReadable) && request.method == http::Method::GET;
        let token = request.credentials("bearer").unwrap_or_default();
        (readable || same_secret(token, &management.token)).then_some((id, management))
    }

    /// The identifier of the client whose management URL ends with that segment.
    fn identifier(&self, segment: &str) -> String {
        if self.has(Fault::RegistrationClientIdUrl) {
            return format!("https://clients.example/{segment}");
        }
        if self.varies(Variation::ClientIdOdd) {
            return format!("{segment}:a/b?c=d&e=%2F+f");
        }
        segment.to_owned()
    }
}

/// The same for a wrong token and for a client that does not exist: neither is told apart by strangers.
fn refuse_management() -> Reply {
    Reply::json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" }))
        .with_text(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
}

fn redirect_uris(metadata: &Map<String, Value>) -> Result<Vec<String>, ErrorResponse> {
    let list = metadata.get("redirect_uris").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty()).ok_or(invalid_redirect("redirect_uris is missing"))?;
    list.iter()
        .map(|uri| uri.as_str().filter(|uri| may_register(uri)).map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or(invalid_redirect("A redirect URI is https, or http on this machine, without fragment"))
}

/// A list of strings, or its default, which is then part of what was registered.
fn strings(
    metadata: &mut Map<String, Value>,
    name: &str,
    default: &[&str],
) -> Result<Vec<String>, ErrorResponse> {
    let list = metadata.entry(name).or_insert_with(|| json!(default));
    let list: Option<Vec<String>> =
        list.as_array().and_then(|list| list.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    list.ok_or(invalid_metadata("grant_types and response_types are lists of strings"))
}
