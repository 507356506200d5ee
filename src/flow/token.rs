//! Step 6: the code for tokens, and the keys the token is signed with.

use std::cell::RefCell;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, HttpRequest, PkceCodeVerifier, RedirectUrl, TokenUrl,
};

use super::registration::{AuthMethod, Registered, refused};
use super::session::AwaitSession;
use super::{Because, Settings, State};
use crate::document::token::TokenResponse;
use crate::edition::{Party, Step};
use crate::exchange::{Exchange, Purpose, Request, Secret};

/// Awaits the token response.
#[derive(Clone, Debug)]
pub(super) struct AwaitToken {
    registered: Registered,
    code: Secret,
    verifier: Secret,
}

impl AwaitToken {
    pub(super) const fn new(registered: Registered, code: Secret, verifier: Secret) -> Self {
        Self { registered, code, verifier }
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let endpoint = &self.registered.server.token_endpoint;
        let mut request =
            Settings::request(Step::Token, Purpose::Token, Party::AuthorizationServer, "POST", endpoint);
        if let Some(grant) = self.grant(settings) {
            for (name, value) in grant.headers() {
                request.headers.push(name.as_str(), value.as_bytes());
            }
            request.body = grant.into_body();
        }
        request
    }

    /// The grant request as `oauth2` builds it, caught before it is sent. `None` cannot happen for endpoints that
    /// the server-metadata step let pass.
    fn grant(&self, settings: &Settings) -> Option<HttpRequest> {
        let registered = &self.registered;
        let mut client = BasicClient::new(ClientId::new(registered.client_id.clone()))
            .set_token_uri(TokenUrl::new(registered.server.token_endpoint.clone()).ok()?)
            .set_redirect_uri(RedirectUrl::new(settings.redirect_uri.clone()).ok()?)
            .set_auth_type(match registered.method {
                AuthMethod::Basic => AuthType::BasicAuth,
                AuthMethod::Post | AuthMethod::None => AuthType::RequestBody,
            });
        if let Some(secret) =
            registered.client_secret.as_ref().filter(|_| registered.method != AuthMethod::None)
        {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        let mut grant = client
            .exchange_code(AuthorizationCode::new(self.code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(self.verifier.expose().to_owned()));
        if let Some(resource) = registered.server.resource.indicator(settings) {
            grant = grant.add_extra_param("resource", resource);
        }
        let caught = RefCell::new(None);
        let catch = |request: HttpRequest| {
            caught.replace(Some(request));
            Err(Caught)
        };
        // The error is ours: it says that the request was caught.
        let _ = grant.request(&catch);
        caught.into_inner()
    }

    pub(super) fn answered(self, exchange: &Exchange) -> State {
        let response = match TokenResponse::read(exchange) {
            Ok(response) => response,
            Err(why) => return State::stuck(Step::Token, Because::NoToken(refused(exchange, &why))),
        };
        let Some(token) = response.access_token() else {
            let why = response.error().unwrap_or_else(|| "the answer has no access_token".to_owned());
            return State::stuck(Step::Token, Because::NoToken(why));
        };
        let keys =
            self.registered.server.metadata.as_ref().and_then(|metadata| metadata.endpoint("jwks_uri"));
        let keys = keys.map(str::to_owned);
        let session = AwaitSession::new(token);
        match keys {
            Some(url) => State::Keys(Box::new(AwaitKeys { url, session })),
            None => State::Session(Box::new(session)),
        }
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
