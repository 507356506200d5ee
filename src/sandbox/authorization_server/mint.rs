//! Makes tokens: JWT access tokens (RFC 9068), ID tokens, and the unreadable kinds some faults ask for.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::AuthorizationServer;
use super::grants::Live;
use super::keys::Keys;
use crate::exchange::set_member;
use crate::sandbox::bearer::Trust;
use crate::sandbox::{Fault, Variation, clock, entropy};

/// Seconds a token lives.
const LIFETIME: u64 = 3600;
const MONTH: u64 = 30 * 24 * 3600;

/// What access tokens are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFormat {
    /// JWTs with a key of RSA.
    Rsa,
    /// JWTs with a key on an elliptic curve.
    Elliptic,
    /// JWTs with a secret.
    Shared,
    /// Words that only the authorization server understands.
    Opaque,
    /// JWTs that only their audience can read.
    Encrypted,
}

impl TokenFormat {
    /// Whether the authorization server has to be asked what a token is worth. The gateway of the sandbox asks for
    /// encrypted ones too, instead of reading them.
    pub(crate) const fn are_opaque(self) -> bool {
        matches!(self, Self::Opaque | Self::Encrypted)
    }
}

impl AuthorizationServer {
    /// What access tokens are.
    pub(crate) fn tokens(&self) -> TokenFormat {
        if self.varies(Variation::TokenOpaque) {
            TokenFormat::Opaque
        } else if self.varies(Variation::TokenEncrypted) {
            TokenFormat::Encrypted
        } else if self.varies(Variation::TokenShared) {
            TokenFormat::Shared
        } else if self.varies(Variation::TokenElliptic) {
            TokenFormat::Elliptic
        } else {
            TokenFormat::Rsa
        }
    }

    /// What tokens have to be for the gateway.
    pub(crate) fn trust(&self) -> Trust<'_> {
        let (algorithm, keys, secret) = match self.tokens() {
            TokenFormat::Shared => (Algorithm::HS256, self.keys.published(), Some(self.keys.shared_secret())),
            TokenFormat::Elliptic => (Algorithm::ES256, self.keys.elliptic_published(), None),
            _ => (Algorithm::RS256, self.keys.published(), None),
        };
        Trust { algorithm, keys, secret, issuer: &self.site.issuer, audience: &self.site.target }
    }

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
        if self.tokens().are_opaque() {
            let token = match self.tokens() {
                TokenFormat::Encrypted => encrypted(),
                _ => format!("{}.-_~+/==", entropy::token()),
            };
            self.grants.record_access_token(live, &token, scope);
            return Ok(token);
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
        } else if self.varies(Variation::AudienceList) {
            json!([audience])
        } else {
            json!(audience)
        };
        self.grants.record_access_token(live, &jti, scope);
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
        if self.varies(Variation::TokenLong) {
            let groups: Vec<_> = (0..300).map(|at| format!("urn:sandbox:group:{at}")).collect();
            set_member(&mut claims, "/groups", groups);
        }
        let format = self.tokens();
        let plain = self.has(Fault::TokenTypJwt) || format == TokenFormat::Shared;
        self.sign(if plain { "JWT" } else { "at+jwt" }, &claims, format)
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
        self.sign("JWT", &claims, TokenFormat::Rsa)
    }

    fn sign(
        &self,
        typ: &str,
        claims: &Value,
        format: TokenFormat,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        if format == TokenFormat::Shared {
            let key = EncodingKey::from_secret(self.keys.shared_secret().as_bytes());
            return encode(&Header::new(Algorithm::HS256), claims, &key);
        }
        if self.has(Fault::SigningAlgorithmHs256) {
            let header = Header { typ: Some(typ.to_owned()), ..Header::new(Algorithm::HS256) };
            return encode(&header, claims, &EncodingKey::from_secret(entropy::token().as_bytes()));
        }
        let (algorithm, key) = match format {
            TokenFormat::Elliptic => (Algorithm::ES256, self.keys.elliptic()),
            _ => (Algorithm::RS256, self.keys.signing()),
        };
        let mut header = Header::new(algorithm);
        header.typ = Some(typ.to_owned());
        header.kid = Some(Keys::ID.to_owned());
        encode(&header, claims, key)
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
