//! In place of a login: the enterprise's identity provider turns the user's ID token into an assertion for the
//! authorization server ([draft-ietf-oauth-identity-assertion-authz-grant](https://datatracker.ietf.org/doc/draft-ietf-oauth-identity-assertion-authz-grant/)).

use super::client_authentication::{Authentication, Client};
use super::registered::Registered;
use super::token::AwaitToken;
use super::token_request::GrantRequest;
use super::{Context, Settings, State, StuckReason};
use crate::document::explanation::refused;
use crate::document::token::TokenResponse;
use crate::exchange::{Exchange, Purpose, Request};
use crate::scenario::IdentityProvider;
use crate::specification::{Party, Step};

/// The grant of [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1).
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The type of the ID token.
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
/// The type of the assertion.
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

/// Awaits the assertion.
#[derive(Clone, Debug)]
pub(super) struct AwaitAssertion {
    registered: Registered,
    provider: IdentityProvider,
}

impl AwaitAssertion {
    pub(super) const fn new(registered: Registered, provider: IdentityProvider) -> Self {
        Self { registered, provider }
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let server = &self.registered.server;
        let issuer = server.metadata.as_ref().and_then(|metadata| metadata.issuer());
        let resource = server.resource.indicator(settings);
        let scope = server.scope(settings);
        let mut form = vec![
            ("grant_type", TOKEN_EXCHANGE),
            ("requested_token_type", ID_JAG),
            ("subject_token", self.provider.id_token.expose()),
            ("subject_token_type", ID_TOKEN),
            ("audience", issuer.unwrap_or(&server.issuer)),
        ];
        form.extend(resource.as_deref().map(|resource| ("resource", resource)));
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        let authentication = match &self.provider.client_secret {
            Some(secret) => Authentication::Basic(secret.clone()),
            None => Authentication::None,
        };
        let client = Client::with(self.provider.client_id.clone(), authentication);
        let request = Request::new(
            Step::Authorization,
            Purpose::TokenExchange,
            Party::AuthorizationServer,
            "POST",
            &self.provider.token_endpoint,
        );
        client.post(request, &form)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let response = match TokenResponse::read(exchange) {
            Ok(response) => response,
            Err(why) => {
                return State::stuck(Step::Authorization, StuckReason::NoAssertion(refused(exchange, &why)));
            }
        };
        // RFC 8693 §2.2.1: whatever was issued is in `access_token`.
        let Some(assertion) = response.access_token() else {
            let why = response.error().unwrap_or_else(|| "the response has no access_token".to_owned());
            return State::stuck(Step::Authorization, StuckReason::NoAssertion(why));
        };
        AwaitToken::first(self.registered, GrantRequest::Assertion(assertion), context)
    }
}
