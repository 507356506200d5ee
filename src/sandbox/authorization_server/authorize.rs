//! The authorization endpoint: what may be asked, and how the response travels back.

use http::HeaderValue;
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, HeaderName, SET_COOKIE};
use url::{Url, form_urlencoded};

use super::AuthorizationServer;
use super::client::{Client, Redirects};
use super::grants::Grant;
use crate::sandbox::wire::{Parameters, Reply, Request, method_not_allowed};
use crate::sandbox::{Fault, SCOPE, USERNAME, Variation, clock, entropy, pages};

/// Ties the pages of a transaction to the browser it began in.
pub(super) const COOKIE: &str = "sandbox_browser";

/// An authorization request that may be asked.
#[derive(Clone, Debug)]
pub(super) struct AuthorizationRequest {
    pub(super) client_id: String,
    pub(super) client_name: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    audience: String,
    code_challenge: String,
    state: Option<String>,
    nonce: Option<String>,
}

/// An authorization request on its way through login and consent.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    /// The cookie of the browser it began in.
    pub(super) browser: String,
    pub(super) request: AuthorizationRequest,
    pub(super) stage: Stage,
}

/// What a transaction waits for.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    AwaitLogin,
    AwaitConsent {
        /// Who logged in.
        subject: String,
    },
}

/// Why a request is refused at the redirect URI ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
struct ErrorResponse {
    error: &'static str,
    description: String,
}

fn refusal(error: &'static str, description: impl Into<String>) -> ErrorResponse {
    ErrorResponse { error, description: description.into() }
}

/// What the redirect URI is told.
pub(super) enum AuthorizeOutcome<'a> {
    Code(&'a str),
    /// A token in the front channel, as the implicit grant had it.
    Token,
    Error {
        error: &'a str,
        description: &'a str,
    },
}

impl AuthorizationServer {
    /// Nobody is redirected before client and redirect URI are known to belong together
    /// ([RFC 6749 §3.1.2.4](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2.4)).
    pub(super) fn authorize(&self, request: &Request) -> Reply {
        if self.has(Fault::AuthorizeGetRefused) {
            return method_not_allowed("POST");
        }
        let parameters = request.query();
        let client = parameters.get("client_id").and_then(|id| self.client(id));
        if client.is_none()
            && self.has(Fault::UnknownClientRedirected)
            && let Some(uri) = parameters.get("redirect_uri")
        {
            let response = AuthorizeOutcome::Error {
                error: "unauthorized_client",
                description: "There is no such client",
            };
            return self.call_back(uri, parameters.get("state"), "", &response);
        }
        let Some(client) = client.filter(|_| parameters.all("client_id").count() == 1) else {
            return self.page(
                StatusCode::BAD_REQUEST,
                pages::error("Unknown client", "This client_id is not registered."),
            );
        };
        let redirect_uri = parameters.get("redirect_uri").filter(|uri| self.may_redirect(&client, uri));
        let Some(redirect_uri) = redirect_uri.filter(|_| parameters.all("redirect_uri").count() == 1) else {
            let explanation = "This redirect_uri is not registered for the client.";
            return self.page(StatusCode::BAD_REQUEST, pages::error("Wrong redirect URI", explanation));
        };
        if self.has(Fault::RegisteredRedirectRefused) {
            let explanation = "This redirect_uri is not registered for the client.";
            return self.page(StatusCode::BAD_REQUEST, pages::error("Wrong redirect URI", explanation));
        }
        if self.has(Fault::ScopeRequired) && parameters.get("scope").is_none() {
            return self
                .page(StatusCode::INTERNAL_SERVER_ERROR, pages::error("500", "Something went wrong."));
        }
        if let Some(granted) = self.remembered(&parameters) {
            return self.call_back(redirect_uri, parameters.get("state"), "", &granted);
        }
        match self.validate(&parameters) {
            Err(ErrorResponse { error, description }) => {
                let response = AuthorizeOutcome::Error { error, description: &description };
                self.call_back(redirect_uri, parameters.get("state"), "", &response)
            }
            Ok((scope, audience, code_challenge)) => {
                let asked = AuthorizationRequest {
                    client_id: client.id,
                    client_name: client.name,
                    redirect_uri: redirect_uri.to_owned(),
                    scope,
                    audience,
                    code_challenge,
                    state: parameters.get("state").map(str::to_owned),
                    nonce: parameters.get("nonce").map(str::to_owned),
                };
                if self.varies(Variation::LoginRemembered) {
                    return self.grant(asked, format!("sandbox|{USERNAME}"));
                }
                self.begin(request.cookie(COOKIE), asked)
            }
        }
    }

    fn may_redirect(&self, client: &Client, uri: &str) -> bool {
        if self.has(Fault::RedirectUriUnchecked) {
            return true;
        }
        let allowed = client.redirects.allow(uri);
        match &client.redirects {
            Redirects::Registered(known) if self.has(Fault::RedirectUriPrefix) => {
                allowed || known.iter().any(|known| uri.starts_with(known))
            }
            Redirects::Registered(known) if self.has(Fault::RedirectPortFixed) => {
                known.iter().any(|known| known == uri)
            }
            _ => allowed,
        }
    }

    /// What a request that must be refused gets at once, where that is the fault.
    fn remembered(&self, parameters: &Parameters) -> Option<AuthorizeOutcome<'static>> {
        let is = |name: &str, value: &str| parameters.get(name) == Some(value);
        let taken = [
            (Fault::PkceOptional, parameters.get("code_challenge").is_none() && is("response_type", "code")),
            (Fault::PkceMethodIgnored, is("code_challenge_method", "S999")),
            (Fault::ImplicitGranted, is("response_type", "token")),
            (Fault::RepeatedParameterTaken, parameters.repeated() == Some("state")),
            (
                Fault::ResourceMalformedTaken,
                parameters.get("resource").is_some_and(|r| Url::parse(r).is_err()),
            ),
        ];
        let (fault, _) = taken.into_iter().find(|(fault, applies)| *applies && self.has(*fault))?;
        Some(if fault == Fault::ImplicitGranted {
            AuthorizeOutcome::Token
        } else {
            AuthorizeOutcome::Code("remembered")
        })
    }

    /// Scope, audience and code challenge.
    fn validate(&self, parameters: &Parameters) -> Result<(String, String, String), ErrorResponse> {
        if self.has(Fault::UnknownParameterRefused) && parameters.get("gatewalk_probe").is_some() {
            return Err(refusal("invalid_request", "gatewalk_probe is not allowed"));
        }
        if let Some(name) = parameters.repeated() {
            return Err(refusal("invalid_request", format!("{name} is given twice")));
        }
        match parameters.get("response_type") {
            Some("code") => {}
            Some(_) => {
                return Err(refusal("unsupported_response_type", "Only response_type=code is supported"));
            }
            None => return Err(refusal("invalid_request", "response_type is missing")),
        }
        let challenge = parameters.get("code_challenge");
        let challenge = challenge.filter(|challenge| is_digest(challenge));
        let challenge =
            challenge.ok_or_else(|| refusal("invalid_request", "code_challenge is missing or malformed"))?;
        if parameters.get("code_challenge_method") != Some("S256") {
            return Err(refusal("invalid_request", "code_challenge_method must be S256"));
        }
        if self.has(Fault::ThirdPartyAccessDenied) {
            let said =
                format!("Client is not authorized to access resource server \"{}\".", self.site.target);
            return Err(refusal("access_denied", said));
        }
        let scope = parameters.get("scope").unwrap_or(SCOPE);
        if let Some(unknown) = scope
            .split_ascii_whitespace()
            .find(|scope| self.has(Fault::ScopeUnknown) || !self.scopes().contains(scope))
        {
            return Err(refusal("invalid_scope", format!("There is no scope {unknown}")));
        }
        Ok((scope.to_owned(), self.audience(parameters)?, challenge.to_owned()))
    }

    /// Who the token will be for ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    fn audience(&self, parameters: &Parameters) -> Result<String, ErrorResponse> {
        if self.has(Fault::ServiceNotFound) {
            let service = parameters.get("resource").unwrap_or(&self.site.target);
            return Err(refusal("access_denied", format!("Service not found: {service}")));
        }
        if let Some(other) = parameters.all("resource").find(|resource| !self.is_target(resource)) {
            return Err(refusal("invalid_target", format!("There is no resource {other}")));
        }
        // An protocol version without resource indicators has one resource: the server's own origin.
        if parameters.get("resource").is_some() || !self.site.plan.protocol_version.sends_resource() {
            return Ok(self.site.target.clone());
        }
        Ok(format!("{}userinfo", self.site.issuer))
    }

    /// Scheme and host are compared without case, as MCP asks for; everything else as it is.
    pub(super) fn is_target(&self, resource: &str) -> bool {
        if self.has(Fault::ResourceCaseSensitive) && resource != self.site.target {
            return false;
        }
        let resource = resource
            .strip_suffix("?tenant=1")
            .filter(|_| self.has(Fault::ResourceWithQuery))
            .unwrap_or(resource);
        Url::parse(resource).is_ok_and(|url| Url::parse(&self.site.target) == Ok(url))
    }

    fn begin(&self, cookie: Option<&str>, request: AuthorizationRequest) -> Reply {
        let browser = cookie.map_or_else(entropy::token, str::to_owned);
        let id = entropy::token();
        let transaction = Transaction { browser: browser.clone(), request, stage: Stage::AwaitLogin };
        self.transactions.put(id.as_str(), transaction);
        let reply = Reply::redirect(StatusCode::FOUND, &self.page_url("/login", &id));
        let reply = if self.varies(Variation::LoginCookies) {
            let lasting = "Max-Age=600; Expires=Wed, 21 Oct 2048 07:28:00 GMT; Priority=High";
            reply
                .and(SET_COOKIE.as_str(), "__Host-seen=1; Path=/; Secure; SameSite=None; Partitioned")
                .and(SET_COOKIE.as_str(), format!("{COOKIE}=\"{browser}\"; Path=/; HttpOnly; {lasting}"))
        } else {
            reply.with_text(SET_COOKIE, format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"))
        };
        reply.no_store()
    }

    /// Where a page of the transaction is.
    pub(super) fn page_url(&self, path: &str, transaction: &str) -> String {
        let here = format!("{path}?{}={transaction}", pages::TRANSACTION);
        if self.varies(Variation::RelativeRedirects) { here } else { self.url(&here) }
    }

    /// A page nobody may frame or store ([RFC 9700 §4.16](https://www.rfc-editor.org/rfc/rfc9700#section-4.16)).
    pub(super) fn page(&self, status: StatusCode, html: String) -> Reply {
        let reply = Reply::html(status, html).no_store();
        if self.has(Fault::LoginFrameable) {
            return reply;
        }
        reply
            .with(CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'"))
            .with(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY"))
    }

    /// Sends the user back with a fresh code.
    pub(super) fn grant(&self, request: AuthorizationRequest, subject: String) -> Reply {
        let AuthorizationRequest {
            client_id,
            redirect_uri,
            scope,
            audience,
            code_challenge,
            state,
            nonce,
            ..
        } = request;
        let grant = Grant {
            client_id,
            subject,
            scope,
            audience,
            redirect_uri: redirect_uri.clone(),
            code_challenge: code_challenge.clone(),
            nonce,
        };
        if self.has(Fault::AuthorizationErrorUnlisted) {
            let response = AuthorizeOutcome::Error { error: "login_failed", description: "The login failed" };
            return self.call_back(&redirect_uri, state.as_deref(), &code_challenge, &response);
        }
        let mut code = entropy::token();
        if self.varies(Variation::CodeLong) {
            code = format!("{code}{}", "/+=&%20 ~\"".repeat(40));
        }
        self.grants.issue_code(&code, grant, clock::now());
        self.call_back(&redirect_uri, state.as_deref(), &code_challenge, &AuthorizeOutcome::Code(&code))
    }

    /// Sends the user back with the news that the response is no.
    pub(super) fn deny(&self, request: &AuthorizationRequest) -> Reply {
        let response = AuthorizeOutcome::Error { error: "access_denied", description: "The user said no" };
        self.call_back(&request.redirect_uri, request.state.as_deref(), &request.code_challenge, &response)
    }

    /// The redirect: the response, `state` as it came, `iss`
    /// ([RFC 9207 §2](https://www.rfc-editor.org/rfc/rfc9207#section-2)). A query of the redirect URI is kept.
    fn call_back(
        &self,
        redirect_uri: &str,
        state: Option<&str>,
        challenge: &str,
        response: &AuthorizeOutcome<'_>,
    ) -> Reply {
        let mut query = form_urlencoded::Serializer::new(String::new());
        match response {
            AuthorizeOutcome::Code(code) => {
                query.append_pair("code", code);
                if self.has(Fault::CallbackDuplicateParameter) {
                    query.append_pair("code", code);
                }
            }
            AuthorizeOutcome::Token => {
                query.append_pair("access_token", "remembered").append_pair("token_type", "Bearer");
            }
            AuthorizeOutcome::Error { error, description } => {
                query.append_pair("error", error).append_pair("error_description", description);
            }
        }
        let is_error = matches!(response, AuthorizeOutcome::Error { .. });
        let dropped = self.has(Fault::StateDropped) || (is_error && self.has(Fault::ErrorStateDropped));
        if let Some(state) = state.filter(|_| !dropped) {
            let suffix = if self.has(Fault::StateChanged) { "-changed" } else { "" };
            let state =
                if self.has(Fault::StateDecodedTwice) { state.replace('+', " ") } else { state.to_owned() };
            query.append_pair("state", &format!("{state}{suffix}"));
        }
        let silent = self.has(Fault::IssMissing)
            || self.has(Fault::IssUnknown)
            || self.varies(Variation::IssAbsent)
            || (is_error && self.has(Fault::ErrorIssMissing));
        if !silent {
            let wrong = self.has(Fault::IssWrong);
            query.append_pair("iss", if wrong { "https://other.example/" } else { &self.site.issuer });
        }
        if self.has(Fault::CallbackCodeChallenge) {
            query.append_pair("code_challenge", challenge);
        }
        if self.varies(Variation::CallbackExtended) {
            query.append_pair("session_state", "7a.b").append_pair("scope", SCOPE).append_pair("x", "ä ö");
        }
        let code = matches!(response, AuthorizeOutcome::Code(_));
        if code && self.has(Fault::CallbackEmpty) {
            return Reply::redirect(StatusCode::FOUND, redirect_uri).no_store();
        }
        let separator = match response {
            AuthorizeOutcome::Token => '#',
            AuthorizeOutcome::Code(_) if self.has(Fault::CallbackInFragment) => '#',
            _ if redirect_uri.contains('?') => '&',
            _ => '?',
        };
        let mut query = query.finish();
        if self.varies(Variation::CallbackEncoded) {
            query = encoded(&query);
        }
        let other = self.varies(Variation::CallbackSeeOther);
        let status = if other { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
        Reply::redirect(status, &format!("{redirect_uri}{separator}{query}")).no_store()
    }
}

/// The same parameters with every sign but letters and digits of their values encoded, in small digits.
fn encoded(query: &str) -> String {
    let value = |value: &str| -> String {
        let bytes = value.bytes();
        bytes
            .map(|byte| match byte {
                plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
                other => format!("%{other:02x}"),
            })
            .collect()
    };
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.map(|(name, given)| format!("{name}={}", value(&given))).collect::<Vec<_>>().join("&")
}

/// Whether it looks like a SHA-256 digest in base64url ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
fn is_digest(challenge: &str) -> bool {
    challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::is_digest;

    #[test]
    fn a_challenge_is_43_characters_of_base64url() {
        assert!(is_digest("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!is_digest("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"));
        assert!(!is_digest("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw=cM"));
    }
}
