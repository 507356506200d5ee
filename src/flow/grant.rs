//! What the client presents for a token: the grant the scenario names, or the one the server offers.

use super::authorization::AwaitCallback;
use super::identity_provider::AwaitAssertion;
use super::registered::Registered;
use super::token::AwaitToken;
use super::token_request::GrantRequest;
use super::{Context, State};
use crate::document::server_metadata::ServerMetadata;
use crate::scenario::{Client, Credential, Grant, Registration};

impl Client {
    /// Whether the code of a login is what is presented. Unless the user chose, it is; a client with credentials of its
    /// own presents those where the server lists `client_credentials` and no `authorization_code`.
    pub(crate) fn presents_code(&self, metadata: Option<&ServerMetadata>) -> bool {
        match &self.grant {
            Grant::AuthorizationCode => true,
            Grant::ClientCredentials | Grant::JwtBearer { .. } | Grant::EnterpriseManaged(_) => false,
            Grant::Auto => {
                let grants = metadata.and_then(|metadata| metadata.json.strings("grant_types_supported"));
                let offers = |grant| grants.as_ref().is_some_and(|grants| grants.contains(&grant));
                let confidential = matches!(
                    &self.registration,
                    Registration::Preregistered { credential, .. } if *credential != Credential::None
                );
                !(confidential && offers("client_credentials") && !offers("authorization_code"))
            }
        }
    }
}

impl Registered {
    /// Begins to obtain a token.
    pub(super) fn obtain(self, context: &mut Context<'_>) -> State {
        let client = &context.settings.scenario.client;
        if client.presents_code(self.server.metadata.as_ref()) {
            return AwaitCallback::first(self, context);
        }
        let presented = match &client.grant {
            Grant::EnterpriseManaged(provider) => {
                return State::Assertion(Box::new(AwaitAssertion::new(self, provider.clone())));
            }
            Grant::JwtBearer { assertion } => GrantRequest::Assertion(assertion.clone()),
            Grant::Auto | Grant::AuthorizationCode | Grant::ClientCredentials => GrantRequest::Credentials,
        };
        AwaitToken::first(self, presented, context)
    }
}
