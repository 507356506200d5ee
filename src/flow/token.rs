//! Step 6: what was granted for tokens, and the keys the token is signed with.

use std::cell::RefCell;
use std::sync::Arc;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, HttpRequest, PkceCodeVerifier, RedirectUrl,
    RefreshToken, Scope, TokenUrl,
};

use super::client_authentication::Authentication;
use super::dpop;
use super::registration::{Registered, refused};
use super::session::AwaitSession;
use super::token_set::TokenSet;
use super::{Context, Outcome, Settings, State, StuckReason};
use crate::document::token::TokenResponse;
use crate::exchange::{Exchange, Purpose, Request, Secret};
use crate::specification::{Party, Step};

/// The grant of [RFC 7523 §2.1](https://www.rfc-editor.org/rfc/rfc7523#section-2.1).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What is presented at the token endpoint.
#[derive(Clone, Debug)]
pub(super) enum GrantRequest {
    /// The code of the callback, and the verifier of its challenge.
    Code { code: Secret, verifier: Secret },
    /// The client's credentials.
    Credentials,
    /// An assertion.
    Assertion(Secret),
    /// A refresh token.
    RefreshToken(Secret),
}

/// What opens the resource.
#[derive(Clone, Debug)]
pub(super) struct AccessGrant {
    pub(super) token: Secret,
    /// Whether it is bound to our key: `DPoP` instead of `Bearer`.
    pub(super) bound: bool,
}

/// A request to the token endpoint.
#[derive(Clone, Debug)]
struct TokenRequest {
    registered: Registered,
    presented: GrantRequest,
    scope: Option<String>,
    /// Proves possession of our key, with that nonce.
    dpop: Option<dpop::DpopAttempt>,
}

/// Awaits the token response.
#[derive(Clone, Debug)]
pub(super) struct AwaitToken(TokenRequest);

impl AwaitToken {
    /// Presents a code, whose scope was requested with it.
    pub(super) fn with_code(
        registered: Registered,
        code: Secret,
        verifier: Secret,
        context: &Context<'_>,
    ) -> State {
        Self::presenting(registered, GrantRequest::Code { code, verifier }, None, context)
    }

    /// Presents anything else, with the scope to request.
    pub(super) fn first(registered: Registered, presented: GrantRequest, context: &mut Context<'_>) -> State {
        let scope = context.scope(&registered.server);
        context.cross_round.note_requested(&registered.server, scope.as_deref());
        Self::presenting(registered, presented, scope, context)
    }

    fn presenting(
        registered: Registered,
        presented: GrantRequest,
        scope: Option<String>,
        context: &Context<'_>,
    ) -> State {
        State::Token(Box::new(Self(TokenRequest::new(registered, presented, scope, context))))
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        self.0.request(Purpose::Token, settings)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let (registered, access) = match self.0.exchanged(exchange, context) {
            TokenReply::Again(request) => return State::Token(Box::new(Self(request))),
            TokenReply::Refused(why) => return State::stuck(Step::Token, StuckReason::NoToken(why)),
            TokenReply::TokenSet { registered, access } => (registered, access),
        };
        let metadata = registered.server.metadata.as_ref();
        let keys = metadata.and_then(|metadata| metadata.endpoint("jwks_uri")).map(str::to_owned);
        let session = AwaitSession::new(registered, access, context);
        match keys {
            Some(url) => State::Keys(Box::new(AwaitKeys { url, session })),
            None => State::Session(Box::new(session)),
        }
    }
}

/// Awaits what the refresh token is good for, once the session has been walked. Whatever comes, that was the walk.
#[derive(Clone, Debug)]
pub(super) struct AwaitRefresh(TokenRequest);

impl AwaitRefresh {
    /// Presents the refresh token, if there is one.
    pub(super) fn first(context: &Context<'_>) -> Option<State> {
        let granted = context.cross_round.granted.as_ref()?;
        let token = granted.refresh_token.clone()?;
        let request =
            TokenRequest::new(granted.registered.clone(), GrantRequest::RefreshToken(token), None, context);
        Some(State::Refresh(Box::new(Self(request))))
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        self.0.request(Purpose::Refresh, settings)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        match self.0.exchanged(exchange, context) {
            TokenReply::Again(request) => State::Refresh(Box::new(Self(request))),
            TokenReply::Refused(_) | TokenReply::TokenSet { .. } => {
                State::Done(Outcome::Reached(Step::Session))
            }
        }
    }
}

/// What came of a token request.
enum TokenReply {
    /// It is to be sent again, with the nonce the server wants or with `client_id` in the body.
    Again(TokenRequest),
    /// Why there is no token.
    Refused(String),
    /// A token, and whom it was granted to.
    TokenSet { registered: Registered, access: AccessGrant },
}

impl TokenRequest {
    fn new(
        registered: Registered,
        presented: GrantRequest,
        scope: Option<String>,
        context: &Context<'_>,
    ) -> Self {
        let wanted = dpop::is_wanted(&registered.server, context.settings);
        let dpop = wanted.then(|| dpop::DpopAttempt::new(context.cross_round.nonces.server.clone()));
        Self { registered, presented, scope, dpop }
    }

    fn request(&self, purpose: Purpose, settings: &Settings) -> Request {
        let Registered { server, client } = &self.registered;
        let endpoint = &server.token_endpoint;
        let mut request =
            Settings::request(Step::Token, purpose, Party::AuthorizationServer, "POST", endpoint);
        if let GrantRequest::Assertion(assertion) = &self.presented {
            let mut form = vec![("grant_type", JWT_BEARER), ("assertion", assertion.expose())];
            form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
            request = client.post(request, &form);
        } else if let Some(grant) = self.grant(settings) {
            for (name, value) in grant.headers() {
                request.headers.push(name.as_str(), value.as_bytes());
            }
            request.body = grant.into_body();
            if matches!(client.authentication, Authentication::BasicNamed(_)) {
                request.append_form(&[("client_id", &client.client_id)]);
            }
        }
        if let Some(resource) = server.resource.indicator(settings) {
            request.append_form(&[("resource", &resource)]);
        }
        request.proofs.extend(client.proof(server));
        if let Some(attempt) = &self.dpop {
            request.proofs.push(attempt.proof(settings, None));
        }
        request
    }

    /// The grant request as `oauth2` builds it, caught before it is sent. `None` cannot happen for endpoints that
    /// the server-metadata step let pass.
    fn grant(&self, settings: &Settings) -> Option<HttpRequest> {
        let Registered { server, client } = &self.registered;
        let mut builder = BasicClient::new(ClientId::new(client.client_id.clone()))
            .set_token_uri(TokenUrl::new(server.token_endpoint.clone()).ok()?)
            .set_redirect_uri(RedirectUrl::new(settings.redirect_uri.clone()).ok()?)
            .set_auth_type(match client.authentication {
                Authentication::Basic(_) | Authentication::BasicNamed(_) => AuthType::BasicAuth,
                _ => AuthType::RequestBody,
            });
        if let Authentication::Basic(secret)
        | Authentication::BasicNamed(secret)
        | Authentication::Post(secret) = &client.authentication
        {
            builder = builder.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        let scopes = self.scope.iter().flat_map(|scope| scope.split(' ')).map(|s| Scope::new(s.to_owned()));
        let caught = RefCell::new(None);
        let catch = |request: HttpRequest| {
            caught.replace(Some(request));
            Err(Caught)
        };
        // Each answers our own error, which says that the request was caught.
        match &self.presented {
            GrantRequest::Code { code, verifier } => {
                let grant = builder.exchange_code(AuthorizationCode::new(code.expose().to_owned()));
                let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
                let _ = grant.set_pkce_verifier(verifier).request(&catch);
            }
            GrantRequest::Credentials => {
                let _ = builder.exchange_client_credentials().add_scopes(scopes).request(&catch);
            }
            GrantRequest::RefreshToken(token) => {
                let token = RefreshToken::new(token.expose().to_owned());
                let _ = builder.exchange_refresh_token(&token).request(&catch);
            }
            GrantRequest::Assertion(_) => return None,
        }
        caught.into_inner()
    }

    fn exchanged(mut self, exchange: &Exchange, context: &mut Context<'_>) -> TokenReply {
        if let Some(nonce) = exchange.response().and_then(dpop::nonce) {
            context.cross_round.nonces.server = Some(nonce.clone());
            if self.dpop.as_mut().is_some_and(|attempt| attempt.take(exchange, nonce)) {
                return TokenReply::Again(self);
            }
        }
        if let Some(client) = self.registered.client.named(exchange) {
            self.registered.client = client;
            return TokenReply::Again(self);
        }
        let response = match TokenResponse::read(exchange) {
            Ok(response) => response,
            Err(why) => return TokenReply::Refused(refused(exchange, &why)),
        };
        let Some(token) = response.access_token() else {
            let why = response.error().unwrap_or_else(|| "the response has no access_token".to_owned());
            return TokenReply::Refused(why);
        };
        // A server that does not rotate may leave the refresh token out (RFC 6749 §6).
        let presented = match &self.presented {
            GrantRequest::RefreshToken(token) => Some(token.clone()),
            _ => None,
        };
        context.cross_round.granted = Some(Arc::new(TokenSet {
            registered: self.registered.clone(),
            round: context.cross_round.round.clone(),
            access_token: token.clone(),
            refresh_token: response.refresh_token().or(presented),
        }));
        let bound = self.dpop.is_some() && response.is_dpop();
        TokenReply::TokenSet { registered: self.registered, access: AccessGrant { token, bound } }
    }
}

/// Ends a request that was only to be built.
#[derive(Debug, thiserror::Error)]
#[error("caught before sending")]
struct Caught;

/// Awaits the key set, which no client needs but the judgement of the token does. Whatever comes, the walk goes on.
#[derive(Clone, Debug)]
pub(super) struct AwaitKeys {
    url: String,
    pub(super) session: AwaitSession,
}

impl AwaitKeys {
    pub(super) fn request(&self) -> Request {
        Settings::get_json(Step::Token, Purpose::Keys, Party::AuthorizationServer, &self.url)
    }
}
