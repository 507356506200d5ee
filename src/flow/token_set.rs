//! What a token endpoint granted, and how it is given back ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).

use super::registered::Registered;
use crate::document::identifier::Identifier;
use crate::exchange::{Purpose, Request, Round, Secret};
use crate::specification::{Party, Step};

/// What opens the resource.
#[derive(Clone, Debug)]
pub(super) struct AccessGrant {
    pub(super) token: Secret,
    /// Whether it is bound to our key: `DPoP` instead of `Bearer`.
    pub(super) bound: bool,
}

/// Tokens, and the client they were granted to.
#[derive(Clone, Debug)]
pub struct TokenSet {
    pub(super) registered: Registered,
    pub(super) round: Round,
    pub(super) access_token: Secret,
    pub(super) refresh_token: Option<Secret>,
}

impl TokenSet {
    /// The requests that revoke the tokens, the refresh token first: it takes the others with it where the server goes
    /// by the specification. None, if the server has no revocation endpoint.
    pub fn revocations(&self) -> Vec<Request> {
        let Registered { server, client } = &self.registered;
        let metadata = server.metadata.as_ref();
        let endpoint = metadata.and_then(|metadata| metadata.endpoint("revocation_endpoint"));
        let Some(endpoint) = endpoint.filter(|url| Identifier::parse(url).is_some()) else {
            return Vec::new();
        };
        let methods =
            metadata.and_then(|metadata| metadata.json.strings("revocation_endpoint_auth_methods_supported"));
        let client = client.by_methods(methods.as_deref());
        let revoke = |token: &Secret, hint| {
            let request =
                Request::new(Step::Token, Purpose::Revocation, Party::AuthorizationServer, "POST", endpoint);
            let form = [("token", token.expose()), ("token_type_hint", hint)];
            let mut request = client.post(request, &form).in_round(&self.round);
            request.proofs.extend(client.proof(server));
            request
        };
        let refresh = self.refresh_token.iter().map(|token| revoke(token, "refresh_token"));
        refresh.chain([revoke(&self.access_token, "access_token")]).collect()
    }
}
