//! Makes tokens: JWT access tokens (RFC 9068), ID tokens, and the unreadable kinds some faults ask for.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::AuthorizationServer;
use super::grants::Live;
use super::keys::Keys;
use crate::exchange::set_member;
use crate::sandbox::{Fault, clock, entropy};

/// Seconds a token lives.
const LIFETIME: u64 = 3600;
const MONTH: u64 = 30 * 24 * 3600;

impl AuthorizationServer {
    /// Seconds an access token lives.
    pub(super) fn lifetime(&self) -> u64 {
        if self.has(Fault::TokenLongLived) { MONTH } else { LIFETIME }
    }

    /// An access token for the grant with a scope no wider than it.
    pub(super) fn access_token(
        &self,
        live: &Live,
        scope: &str,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        if self.has(Fault::DefaultAudienceMissing) {
            return Ok(entropy::token());
        }
        if self.has(Fault::TokenEncrypted) {
            return Ok(encrypted());
        }
        let grant = &live.grant;
        let issuer =
            if self.has(Fault::TokenIssuerMismatch) { "https://other.example/" } else { &self.site.issuer };
        let audience =
            if self.has(Fault::AudienceMismatch) { "https://other.example/mcp" } else { &grant.audience };
        let scope = if self.has(Fault::TokenScopeNarrowed) { "openid" } else { scope };
        let fast = if self.has(Fault::TokenFromFuture) { LIFETIME } else { 0 };
        let (now, jti) = (clock::now() + fast, entropy::id("jti"));
        let audience = if self.has(Fault::TokenAudienceExtra) {
            json!([audience, "https://other.example/mcp"])
        } else {
            json!(audience)
        };
        self.grants.record_access_token(live, &jti);
        let mut claims = json!({
            "iss": issuer,
            "sub": grant.subject,
            "aud": audience,
            "client_id": grant.client_id,
            "iat": now,
            "exp": now + self.lifetime(),
            "jti": jti,
            "scope": scope,
        });
        if let Some(members) = claims.as_object_mut() {
            for (fault, claim) in [(Fault::TokenIatMissing, "iat"), (Fault::TokenScopeClaimMissing, "scope")]
            {
                if self.has(fault) {
                    members.shift_remove(claim);
                }
            }
        }
        self.sign(if self.has(Fault::TokenTypJwt) { "JWT" } else { "at+jwt" }, &claims)
    }

    /// Tells the client who logged in (OpenID Connect Core 1.0 §2).
    pub(super) fn id_token(&self, live: &Live) -> Result<String, jsonwebtoken::errors::Error> {
        let (grant, now) = (&live.grant, clock::now());
        let mut claims = json!({
            "iss": self.site.issuer,
            "sub": grant.subject,
            "aud": grant.client_id,
            "iat": now,
            "exp": now + LIFETIME,
        });
        if let Some(nonce) = &grant.nonce {
            set_member(&mut claims, "/nonce", nonce.as_str());
        }
        self.sign("JWT", &claims)
    }

    fn sign(&self, typ: &str, claims: &Value) -> Result<String, jsonwebtoken::errors::Error> {
        if self.has(Fault::SigningAlgorithmHs256) {
            let header = Header { typ: Some(typ.to_owned()), ..Header::new(Algorithm::HS256) };
            return encode(&header, claims, &EncodingKey::from_secret(entropy::token().as_bytes()));
        }
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(Keys::ID.to_owned());
        encode(&header, claims, self.keys.signing())
    }
}

/// Five parts, as an encrypted JWT has ([RFC 7516 §3.1](https://www.rfc-editor.org/rfc/rfc7516#section-3.1)).
fn encrypted() -> String {
    let header = json!({ "alg": "dir", "enc": "A256GCM", "typ": "at+jwt" }).to_string();
    let ciphertext: String = (0..8).map(|_| entropy::token()).collect();
    let part = |length| entropy::token().chars().take(length).collect::<String>();
    let (iv, tag) = (part(16), part(22));
    format!("{}..{iv}.{ciphertext}.{tag}", BASE64_URL_SAFE_NO_PAD.encode(header))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_encrypted_token_has_five_parts() {
        assert_eq!(super::encrypted().split('.').count(), 5);
    }
}
