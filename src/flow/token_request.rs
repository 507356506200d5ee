//! Requests to the token endpoint: what is presented there, and what comes back.

use std::sync::Arc;

use super::dpop;
use super::registered::Registered;
use super::token_set::{AccessGrant, TokenSet};
use super::{Context, Settings};
use crate::document::explanation::refused;
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

impl GrantRequest {
    /// The parameters of the request: [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3),
    /// [§4.4.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2) and [§6](https://www.rfc-editor.org/rfc/rfc6749#section-6),
    /// [RFC 7636 §4.5](https://www.rfc-editor.org/rfc/rfc7636#section-4.5).
    fn parameters<'a>(&'a self, settings: &'a Settings) -> Vec<(&'static str, &'a str)> {
        match self {
            Self::Code { code, verifier } => vec![
                ("grant_type", "authorization_code"),
                ("code", code.expose()),
                ("code_verifier", verifier.expose()),
                ("redirect_uri", &settings.redirect_uri),
            ],
            Self::Credentials => vec![("grant_type", "client_credentials")],
            Self::Assertion(assertion) => {
                vec![("grant_type", JWT_BEARER), ("assertion", assertion.expose())]
            }
            Self::RefreshToken(token) => {
                vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())]
            }
        }
    }
}

/// A request to the token endpoint.
#[derive(Clone, Debug)]
pub(super) struct TokenRequest {
    registered: Registered,
    presented: GrantRequest,
    scope: Option<String>,
    /// Proves possession of our key, with that nonce.
    dpop: Option<dpop::DpopAttempt>,
}

/// What came of a token request.
pub(super) enum TokenReply {
    /// It is to be sent again, with the nonce the server wants or with `client_id` in the body.
    Again(TokenRequest),
    /// Why there is no token.
    Refused(String),
    /// A token, and whom it was granted to.
    TokenSet { registered: Registered, access: AccessGrant },
}

impl TokenRequest {
    pub(super) fn new(
        registered: Registered,
        presented: GrantRequest,
        scope: Option<String>,
        context: &Context<'_>,
    ) -> Self {
        let wanted = dpop::is_wanted(&registered.server, context.settings);
        let dpop = wanted.then(|| dpop::DpopAttempt::new(context.cross_round.nonces.server.clone()));
        Self { registered, presented, scope, dpop }
    }

    pub(super) fn request(&self, purpose: Purpose, settings: &Settings) -> Request {
        let Registered { server, client } = &self.registered;
        let endpoint = &server.token_endpoint;
        let request = Request::new(Step::Token, purpose, Party::AuthorizationServer, "POST", endpoint);
        let resource = server.resource.indicator(settings);
        let mut form = self.presented.parameters(settings);
        form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        form.extend(resource.as_deref().map(|resource| ("resource", resource)));
        let mut request = client.post(request, &form);
        request.proofs.extend(client.proof(server));
        if let Some(attempt) = &self.dpop {
            request.proofs.push(attempt.proof(settings, None));
        }
        request
    }

    pub(super) fn exchanged(mut self, exchange: &Exchange, context: &mut Context<'_>) -> TokenReply {
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
