//! The token endpoint: client authentication, codes, refresh tokens.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::AuthorizationServer;
use super::client::{Authentication, Client, SecretMethod, same_secret};
use super::grants::{Grant, InvalidGrant, Live};
use crate::sandbox::wire::{Parameters, Reply, Request};
use crate::sandbox::{Fault, SCOPE, Variation, clock, hostile, pages};

/// Why no token is issued ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
#[derive(Debug)]
pub(super) struct ErrorResponse {
    error: &'static str,
    description: String,
    /// Whether the client tried HTTP Basic, which is answered in kind.
    basic: bool,
}

impl ErrorResponse {
    pub(super) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into(), basic: false }
    }
}

impl From<InvalidGrant> for ErrorResponse {
    fn from(why: InvalidGrant) -> Self {
        Self::new("invalid_grant", why)
    }
}

impl AuthorizationServer {
    pub(super) fn token(&self, request: &Request) -> Reply {
        if self.has(Fault::TokenError200) {
            let refusal =
                ErrorResponse::new("bad_verification_code", "The code passed is incorrect or expired.");
            return self.refuse(StatusCode::OK, &refusal);
        }
        if let Some(reply) = self.fails_at_token_endpoint() {
            return reply;
        }
        let form = request.form();
        let outcome = self.authenticate(request, &form).and_then(|client| self.exchange(&client, &form));
        match outcome {
            Ok(response) => self.issue(response, form.get("grant_type") == Some("refresh_token")),
            Err(refusal) => self.refuse_client(&refusal),
        }
    }

    /// What comes of every token request, where that is the fault.
    fn fails_at_token_endpoint(&self) -> Option<Reply> {
        Some(if self.has(Fault::TokenEndpointNotFound) {
            Reply::html(StatusCode::NOT_FOUND, pages::error("404", "There is no such page."))
        } else if self.has(Fault::TokenEndpointFailing) {
            Reply::html(StatusCode::INTERNAL_SERVER_ERROR, pages::error("500", "Something went wrong."))
        } else if self.has(Fault::TokenFormNotRead) {
            let detail = json!([{ "loc": ["body"], "msg": "Input should be a valid dictionary" }]);
            Reply::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "detail": detail }))
        } else if self.has(Fault::RateLimited) {
            let reply =
                Reply::json(StatusCode::TOO_MANY_REQUESTS, &json!({ "message": "Too many requests" }));
            reply.with_text(RETRY_AFTER, "30")
        } else {
            return None;
        })
    }

    /// 400, or 401 in reply to HTTP Basic.
    pub(super) fn refuse_client(&self, refusal: &ErrorResponse) -> Reply {
        if refusal.basic && !self.has(Fault::ClientRefusedWith400) {
            let reply = self.refuse(StatusCode::UNAUTHORIZED, refusal);
            return reply.with_text(WWW_AUTHENTICATE, "Basic realm=\"sandbox\"");
        }
        self.refuse(StatusCode::BAD_REQUEST, refusal)
    }

    fn refuse(&self, status: StatusCode, refusal: &ErrorResponse) -> Reply {
        let escapes = self.has(Fault::EscapeSequences);
        let description = if escapes { hostile::ESCAPES } else { refusal.description.as_str() };
        Reply::json(status, &json!({ "error": refusal.error, "error_description": description })).no_store()
    }

    /// Who is calling, proved the way it was registered.
    pub(super) fn authenticate(&self, request: &Request, form: &Parameters) -> Result<Client, ErrorResponse> {
        if let Some(name) = form.repeated() {
            return Err(ErrorResponse::new("invalid_request", format!("{name} is given twice")));
        }
        let basic = request.basic();
        let invalid = |description: &str| ErrorResponse {
            basic: request.credentials("basic").is_some(),
            ..ErrorResponse::new("invalid_client", description)
        };
        if basic.is_none() && request.credentials("basic").is_some() {
            return Err(invalid("The Basic credentials are unreadable"));
        }
        if self.has(Fault::BasicNeedsClientId) && form.get("client_id").is_none() {
            return Err(invalid("Missing client_id"));
        }
        let (id, presented) = match (&basic, form.get("client_id"), form.get("client_secret")) {
            (Some((user, secret)), id, None) if id.is_none_or(|id| id == user) => {
                (user.as_str(), Some((secret.as_str(), SecretMethod::Basic)))
            }
            (Some(_), _, _) => return Err(invalid("The client authenticates in two ways")),
            (None, Some(id), secret) => (id, secret.map(|secret| (secret, SecretMethod::Post))),
            (None, None, _) => return Err(invalid("client_id is missing")),
        };
        let client = self.client(id).ok_or_else(|| invalid("The client is unknown"))?;
        match (&client.authentication, presented) {
            (Authentication::None, None) => Ok(client),
            (Authentication::None, Some(_)) => Err(invalid("The client is registered without a secret")),
            (Authentication::Secret { .. }, None) => Err(invalid("The client is registered with a secret")),
            (Authentication::Secret { method: Some(expected), .. }, Some((_, method)))
                if method != *expected =>
            {
                Err(invalid(&format!("The client is registered for {}", expected.id())))
            }
            (Authentication::Secret { secret, .. }, Some((given, _))) if same_secret(given, secret) => {
                Ok(client)
            }
            (Authentication::Secret { .. }, Some(_)) => Err(invalid("The client secret is wrong")),
        }
    }

    fn exchange(&self, client: &Client, form: &Parameters) -> Result<Map<String, Value>, ErrorResponse> {
        let required = |name| {
            form.get(name).ok_or_else(|| ErrorResponse::new("invalid_request", format!("{name} is missing")))
        };
        if self.has(Fault::UnknownTokenParameterRefused) && form.get("gatewalk_probe").is_some() {
            return Err(ErrorResponse::new("invalid_request", "gatewalk_probe is not allowed"));
        }
        if self.has(Fault::TokenRequestRefused) {
            return Err(ErrorResponse::new("invalid_request", "Requests of this tenant need a ticket"));
        }
        match required("grant_type")? {
            "authorization_code" if self.has(Fault::CodeLost) => {
                Err(ErrorResponse::new("invalid_grant", "Unknown OAuth request"))
            }
            "authorization_code" => {
                let live = self.grants.redeem(required("code")?, &client.id, clock::now(), |grant| {
                    examine_code(grant, form)?;
                    self.examine_resource(grant, form)
                });
                let live = live.map_err(|refusal| match refusal {
                    refusal if self.has(Fault::UnknownCodeMisnamed) => {
                        ErrorResponse { error: "invalid_request", ..refusal }
                    }
                    refusal => refusal,
                })?;
                let scope = live.grant.scope.clone();
                self.respond_with(client, &live, &scope)
            }
            "refresh_token" => self.refresh(client, form, required("refresh_token")?),
            "client_credentials" if self.varies(Variation::ClientCredentials) => {
                self.client_credentials(client, form)
            }
            other if self.has(Fault::UnknownGrantMisnamed) => {
                Err(ErrorResponse::new("invalid_request", format!("There is no grant type {other}")))
            }
            other => {
                Err(ErrorResponse::new("unsupported_grant_type", format!("There is no grant type {other}")))
            }
        }
    }

    fn refresh(
        &self,
        client: &Client,
        form: &Parameters,
        token: &str,
    ) -> Result<Map<String, Value>, ErrorResponse> {
        let mut live = self.grants.refresh(token, &client.id, |grant| {
            examine_scope(grant, form)?;
            if self.has(Fault::RefreshResourceRefused) && form.get("resource").is_some() {
                return Err(ErrorResponse::new("invalid_target", "resource is not allowed in a refresh"));
            }
            self.examine_resource(grant, form)
        })?;
        let mut scope = form.get("scope").unwrap_or(&live.grant.scope).to_owned();
        if self.has(Fault::RefreshScopeWidened) {
            scope.push_str(" mcp:admin");
        }
        if self.has(Fault::RefreshAudienceChanged) {
            "https://other.example/mcp".clone_into(&mut live.grant.audience);
        }
        let mut response = self.respond_with(client, &live, &scope)?;
        if self.has(Fault::RefreshTokenKept) {
            self.grants.reinstate(token);
            response.insert("refresh_token".into(), json!(token));
        }
        Ok(response)
    }

    /// Who comes with its own credentials acts for itself
    /// ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    fn client_credentials(
        &self,
        client: &Client,
        form: &Parameters,
    ) -> Result<Map<String, Value>, ErrorResponse> {
        if !matches!(client.authentication, Authentication::Secret { .. }) {
            return Err(ErrorResponse::new(
                "unauthorized_client",
                "The client has no credentials of its own",
            ));
        }
        let scope = form.get("scope").unwrap_or(SCOPE);
        if let Some(unknown) = scope.split(' ').find(|scope| !self.scopes().contains(scope)) {
            return Err(ErrorResponse::new("invalid_scope", format!("There is no scope {unknown}")));
        }
        let grant = Grant {
            client_id: client.id.clone(),
            subject: client.id.clone(),
            scope: scope.to_owned(),
            audience: self.site.target.clone(),
            redirect_uri: String::new(),
            code_challenge: String::new(),
            nonce: None,
        };
        self.examine_resource(&grant, form)?;
        let scope = grant.scope.clone();
        self.respond_with(&Client { refreshes: false, ..client.clone() }, &self.grants.found(grant), &scope)
    }

    /// A token is only for what was granted ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)).
    fn examine_resource(&self, grant: &Grant, form: &Parameters) -> Result<(), ErrorResponse> {
        let granted = |resource: &str| self.is_target(resource) && grant.audience == self.site.target;
        match form.all("resource").find(|resource| !granted(resource)) {
            Some(other) => Err(ErrorResponse::new("invalid_target", format!("{other} was not granted"))),
            None => Ok(()),
        }
    }

    /// The members of a good response ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
    fn respond_with(
        &self,
        client: &Client,
        live: &Live,
        scope: &str,
    ) -> Result<Map<String, Value>, ErrorResponse> {
        let unsigned = |_| ErrorResponse::new("server_error", "The token could not be signed");
        let mut response = Map::new();
        response.insert("access_token".into(), json!(self.access_token(live, scope).map_err(unsigned)?));
        if !self.has(Fault::TokenTypeMissing) {
            let small = self.varies(Variation::TokenTypeCase);
            response.insert("token_type".into(), json!(if small { "bearer" } else { "Bearer" }));
        }
        let as_string = self.has(Fault::TokenExpiresInString);
        let lifetime = self.lifetime();
        let lifetime = if as_string { json!(lifetime.to_string()) } else { json!(lifetime) };
        response.insert("expires_in".into(), lifetime);
        let asked = scope == live.grant.scope;
        let silent = self.varies(Variation::TokenScopeAbsent) && asked;
        if !self.has(Fault::TokenScopeNarrowed) && !silent {
            response.insert("scope".into(), json!(scope));
        }
        if client.refreshes && !self.varies(Variation::RefreshAbsent) {
            response.insert("refresh_token".into(), json!(self.grants.issue_refresh_token(live)));
        }
        if scope.split_ascii_whitespace().any(|scope| scope == "openid") {
            response.insert("id_token".into(), json!(self.id_token(live).map_err(unsigned)?));
        }
        Ok(response)
    }

    fn issue(&self, response: Map<String, Value>, refreshed: bool) -> Reply {
        let has = |fault, of_refresh| self.has(fault) || refreshed && self.has(of_refresh);
        let odd = has(Fault::TokenStatus201, Fault::RefreshStatus201);
        let status = if odd { StatusCode::CREATED } else { StatusCode::OK };
        let reply = if self.has(Fault::TokenFormEncoded) {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for (name, value) in &response {
                form.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
            Reply::new(status, "application/x-www-form-urlencoded", form.finish())
        } else {
            Reply::json(status, &Value::Object(response))
        };
        if has(Fault::TokenCacheable, Fault::RefreshCacheable) { reply } else { reply.no_store() }
    }
}

/// The redirect URI and the verifier are those of the authorization request
/// ([RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)).
fn examine_code(grant: &Grant, form: &Parameters) -> Result<(), ErrorResponse> {
    if form.get("redirect_uri") != Some(&grant.redirect_uri) {
        return Err(ErrorResponse::new(
            "invalid_grant",
            "redirect_uri is not the one of the authorization request",
        ));
    }
    let verifier = form.get("code_verifier").unwrap_or_default();
    if (43..=128).contains(&verifier.len()) && challenge_of(verifier) == grant.code_challenge {
        Ok(())
    } else {
        Err(ErrorResponse::new("invalid_grant", "code_verifier does not match the code_challenge"))
    }
}

fn challenge_of(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// A refresh may ask for less, never for more ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
fn examine_scope(grant: &Grant, form: &Parameters) -> Result<(), ErrorResponse> {
    let granted: Vec<_> = grant.scope.split_ascii_whitespace().collect();
    let wanted = form.get("scope").unwrap_or(&grant.scope);
    match wanted.split_ascii_whitespace().find(|scope| !granted.contains(scope)) {
        Some(wider) => Err(ErrorResponse::new("invalid_scope", format!("{wider} was not granted"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::challenge_of;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
