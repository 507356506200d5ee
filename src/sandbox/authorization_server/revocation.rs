//! Token revocation (RFC 7009).

use http::StatusCode;
use serde_json::Value;

use super::AuthorizationServer;
use super::token::ErrorResponse;
use crate::sandbox::Fault;
use crate::sandbox::wire::{Reply, Request};

impl AuthorizationServer {
    /// 200 for a token nobody knows, too ([RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
    pub(super) fn revoke(&self, request: &Request) -> Reply {
        let form = request.form();
        let client = match self.authenticate(request, &form) {
            Ok(client) => client,
            Err(refusal) => return self.refuse_client(&refusal),
        };
        let Some(token) = form.get("token") else {
            return self.refuse_client(&ErrorResponse::new("invalid_request", "token is missing"));
        };
        self.grants.revoke_refresh_token(token, &client.id);
        self.grants.revoke_access_token(token, &client.id);
        // The id alone revokes nothing that was not issued to this client, so the signature need not be looked at.
        if let Ok(claims) = jsonwebtoken::dangerous::insecure_decode_claims::<Value>(token)
            && let Some(jti) = claims.get("jti").and_then(Value::as_str)
        {
            self.grants.revoke_access_token(jti, &client.id);
        }
        let odd = self.has(Fault::RevocationStatus204);
        Reply::empty(if odd { StatusCode::NO_CONTENT } else { StatusCode::OK }).no_store()
    }
}
