//! Step 6: what was granted for tokens, and the keys the token is signed with.

use std::cell::RefCell;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, HttpRequest, PkceCodeVerifier, RedirectUrl, Scope,
    TokenUrl,
};

use super::client_authentication::Authentication;
use super::possession;
use super::registration::{Registered, refused};
use super::session::AwaitSession;
use super::{Because, Context, Settings, State};
use crate::document::token::TokenResponse;
use crate::edition::{Party, Step};
use crate::exchange::{Exchange, Purpose, Request, Secret};

/// The grant of [RFC 7523 §2.1](https://www.rfc-editor.org/rfc/rfc7523#section-2.1).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What is presented at the token endpoint.
#[derive(Clone, Debug)]
pub(super) enum Presented {
    /// The code of the callback, and the verifier of its challenge.
    Code { code: Secret, verifier: Secret },
    /// The client's credentials.
    Credentials,
    /// An assertion.
    Assertion(Secret),
}

/// What opens the resource.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) token: Secret,
    /// Whether it is bound to our key: `DPoP` instead of `Bearer`.
    pub(super) bound: bool,
}

/// Awaits the token response.
#[derive(Clone, Debug)]
pub(super) struct AwaitToken {
    registered: Registered,
    presented: Presented,
    scope: Option<String>,
    /// Proves possession of our key, with that nonce.
    possession: Option<possession::Attempt>,
}

impl AwaitToken {
    /// Presents a code, whose scope was requested with it.
    pub(super) fn with_code(
        registered: Registered,
        code: Secret,
        verifier: Secret,
        context: &Context<'_>,
    ) -> State {
        Self::presenting(registered, Presented::Code { code, verifier }, None, context)
    }

    /// Presents anything else, with the scope to request.
    pub(super) fn first(registered: Registered, presented: Presented, context: &mut Context<'_>) -> State {
        let scope = context.scope(&registered.server);
        Self::presenting(registered, presented, scope, context)
    }

    fn presenting(
        registered: Registered,
        presented: Presented,
        scope: Option<String>,
        context: &Context<'_>,
    ) -> State {
        let wanted = possession::is_wanted(&registered.server, context.settings);
        let possession = wanted.then(|| possession::Attempt::new(context.memory.nonces.server.clone()));
        State::Token(Box::new(Self { registered, presented, scope, possession }))
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let Registered { server, client } = &self.registered;
        let mut request = Settings::request(
            Step::Token,
            Purpose::Token,
            Party::AuthorizationServer,
            "POST",
            &server.token_endpoint,
        );
        if let Presented::Assertion(assertion) = &self.presented {
            let resource = server.resource.indicator(settings);
            let mut form = vec![("grant_type", JWT_BEARER), ("assertion", assertion.expose())];
            form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
            form.extend(resource.as_deref().map(|resource| ("resource", resource)));
            request = client.post(request, &form);
        } else if let Some(grant) = self.grant(settings) {
            for (name, value) in grant.headers() {
                request.headers.push(name.as_str(), value.as_bytes());
            }
            request.body = grant.into_body();
        }
        request.proofs.extend(client.proof(server));
        if let Some(attempt) = &self.possession {
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
                Authentication::Basic(_) => AuthType::BasicAuth,
                _ => AuthType::RequestBody,
            });
        if let Authentication::Basic(secret) | Authentication::Post(secret) = &client.authentication {
            builder = builder.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        let resource = server.resource.indicator(settings);
        let scopes = self.scope.iter().flat_map(|scope| scope.split(' ')).map(|s| Scope::new(s.to_owned()));
        let caught = RefCell::new(None);
        let catch = |request: HttpRequest| {
            caught.replace(Some(request));
            Err(Caught)
        };
        // Each answers our own error, which says that the request was caught.
        match &self.presented {
            Presented::Code { code, verifier } => {
                let mut grant = builder
                    .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
                    .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()));
                if let Some(resource) = resource {
                    grant = grant.add_extra_param("resource", resource);
                }
                let _ = grant.request(&catch);
            }
            Presented::Credentials => {
                let mut grant = builder.exchange_client_credentials().add_scopes(scopes);
                if let Some(resource) = resource {
                    grant = grant.add_extra_param("resource", resource);
                }
                let _ = grant.request(&catch);
            }
            Presented::Assertion(_) => return None,
        }
        caught.into_inner()
    }

    pub(super) fn answered(mut self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        if let Some(nonce) = exchange.response().and_then(possession::nonce) {
            context.memory.nonces.server = Some(nonce.clone());
            let repeated = self.possession.as_mut().is_some_and(|attempt| attempt.take(exchange, nonce));
            if repeated {
                return State::Token(Box::new(self));
            }
        }
        let response = match TokenResponse::read(exchange) {
            Ok(response) => response,
            Err(why) => return State::stuck(Step::Token, Because::NoToken(refused(exchange, &why))),
        };
        let Some(token) = response.access_token() else {
            let why = response.error().unwrap_or_else(|| "the answer has no access_token".to_owned());
            return State::stuck(Step::Token, Because::NoToken(why));
        };
        let bound = self.possession.is_some() && response.is_dpop();
        let metadata = self.registered.server.metadata.as_ref();
        let keys = metadata.and_then(|metadata| metadata.endpoint("jwks_uri")).map(str::to_owned);
        let session = AwaitSession::new(self.registered, Access { token, bound }, context);
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
