//! Step 5: the authorization request with PKCE and `state`, and the callback.

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};

use super::registered::Registered;
use super::token::AwaitToken;
use super::{Context, Refusal, RefusalKind, RequiredEndpoint, State, StuckReason};
use crate::document::server_metadata::ServerMetadata;
use crate::document::token::described;
use crate::exchange::{AuthorizationRequest, Callback, Secret};
use crate::specification::Step;

/// Awaits the callback.
#[derive(Clone, Debug)]
pub(super) struct AwaitCallback {
    registered: Registered,
    state: Secret,
    verifier: Secret,
    pub(super) request: AuthorizationRequest,
}

impl AwaitCallback {
    /// Draws `state` and verifier and builds the URL.
    pub(super) fn first(registered: Registered, context: &mut Context<'_>) -> State {
        match Self::draw(registered, context) {
            Ok(state) => State::Callback(Box::new(state)),
            Err(because) => State::stuck(Step::Authorization, because),
        }
    }

    /// The same request with other random values.
    pub(super) fn renewed(&self, context: &mut Context<'_>) -> Self {
        Self::draw(self.registered.clone(), context).unwrap_or_else(|_| self.clone())
    }

    fn draw(registered: Registered, context: &mut Context<'_>) -> Result<Self, StuckReason> {
        let (state, verifier) = (context.entropy.draw_state(), context.entropy.draw());
        let Registered { server, client } = &registered;
        let scope = context.scope(server);
        context.cross_round.note_requested(server, scope.as_deref());
        let settings = context.settings;
        let endpoint = server.authorization_endpoint.clone();
        let bad_endpoint = || StuckReason::NoEndpoint(RequiredEndpoint::Authorization, endpoint.clone());
        let url = endpoint.clone().ok_or_else(bad_endpoint)?;
        let client = BasicClient::new(ClientId::new(client.client_id.clone()))
            .set_auth_uri(AuthUrl::new(url).map_err(|_| bad_endpoint())?)
            .set_redirect_uri(RedirectUrl::new(settings.redirect_uri.clone()).map_err(|_| bad_endpoint())?);
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let mut request =
            client.authorize_url(|| CsrfToken::new(state.clone())).set_pkce_challenge(challenge);
        if let Some(scope) = scope {
            request = request
                .add_scopes(scope.split(' ').filter(|s| !s.is_empty()).map(|s| Scope::new(s.to_owned())));
        }
        if let Some(resource) = server.resource.indicator(settings) {
            request = request.add_extra_param("resource", resource);
        }
        for (name, value) in &settings.scenario.client.parameters {
            request = request.add_extra_param(name.clone(), value.clone());
        }
        let (url, _) = request.url();
        let request = AuthorizationRequest::new(url, settings.redirect_uri.clone());
        Ok(Self { registered, state: Secret::new(state), verifier: Secret::new(verifier), request })
    }

    pub(super) fn redirected(self, callback: &Callback, context: &mut Context<'_>) -> State {
        let refusals = self.refusals(callback, context);
        let error = callback.get("error").map(|error| described(error, callback.get("error_description")));
        let next = match (callback.get("code").filter(|code| !code.is_empty()), error) {
            (_, Some(error)) => State::stuck(Step::Authorization, StuckReason::AuthorizationError(error)),
            (Some(code), None) => {
                AwaitToken::with_code(self.registered, Secret::new(code), self.verifier, context)
            }
            (None, None) => State::stuck(Step::Authorization, StuckReason::NoCode),
        };
        next.guarded_by(refusals.into_iter())
    }

    /// Where a conforming client stops with this callback.
    fn refusals(&self, callback: &Callback, context: &Context<'_>) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        // An error ends the flow whoever sent it, and is what its user has to know first.
        if callback.get("error").is_some() {
            return refusals;
        }
        let state = callback.get("state");
        if state.map(Secret::new).as_ref() != Some(&self.state) {
            refusals.push(Refusal {
                kind: RefusalKind::StateMismatch,
                expected: "the state of the request".to_owned(),
                found: if state.is_some() { "another state" } else { "no state" }.to_owned(),
            });
        }
        if !context.settings.scenario.protocol_version.demands_iss() {
            return refusals;
        }
        let server = &self.registered.server;
        let issuer = server.metadata.as_ref().and_then(ServerMetadata::issuer).unwrap_or(&server.issuer);
        let promised = server.metadata.as_ref().is_some_and(ServerMetadata::advertises_iss);
        let refusal = match callback.get("iss") {
            Some(iss) if iss != issuer => Some((RefusalKind::IssMismatch, iss.to_owned())),
            None if promised => Some((RefusalKind::IssMissing, "no iss".to_owned())),
            _ => None,
        };
        refusals.extend(refusal.map(|(kind, found)| Refusal { kind, expected: issuer.to_owned(), found }));
        refusals
    }
}
