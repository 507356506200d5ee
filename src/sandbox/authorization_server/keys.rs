//! The keys tokens are signed with, and the sets they are published in.

use std::sync::OnceLock;
use std::{fmt, io};

use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey};

use crate::sandbox::entropy;

/// A signing key and its public half.
pub(crate) struct Keys {
    signing: EncodingKey,
    published: JwkSet,
    elliptic: EncodingKey,
    elliptic_published: JwkSet,
    /// What gateway and authorization server share where tokens are signed with a secret.
    shared_secret: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &Self::ID).finish_non_exhaustive()
    }
}

impl Keys {
    /// The key id.
    pub(crate) const ID: &str = "sandbox-1";

    /// Fresh keys. It takes a tenth of a second of arithmetic, so call it where that does not stop others.
    fn generate() -> io::Result<Self> {
        let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
        let pem = pair.map_err(io::Error::other)?.serialize_pem();
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(io::Error::other)?;
        let published = published(&signing, Algorithm::RS256, KeyAlgorithm::RS256)?;
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(io::Error::other)?;
        let elliptic = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).map_err(io::Error::other)?;
        let elliptic_published = self::published(&elliptic, Algorithm::ES256, KeyAlgorithm::ES256)?;
        Ok(Self { signing, published, elliptic, elliptic_published, shared_secret: entropy::token() })
    }

    /// The keys of this process: all its sandboxes sign with the same ones, so that only the first one waits for them.
    pub(crate) fn shared() -> io::Result<&'static Self> {
        static SHARED: OnceLock<Keys> = OnceLock::new();
        if let Some(keys) = SHARED.get() {
            return Ok(keys);
        }
        let fresh = Self::generate()?;
        Ok(SHARED.get_or_init(|| fresh))
    }

    /// The private key.
    pub(crate) const fn signing(&self) -> &EncodingKey {
        &self.signing
    }

    /// The public keys.
    pub(crate) const fn published(&self) -> &JwkSet {
        &self.published
    }

    /// The private key on an elliptic curve.
    pub(crate) const fn elliptic(&self) -> &EncodingKey {
        &self.elliptic
    }

    /// The public half of the same.
    pub(crate) const fn elliptic_published(&self) -> &JwkSet {
        &self.elliptic_published
    }

    /// The secret gateway and authorization server share.
    pub(crate) fn shared_secret(&self) -> &str {
        &self.shared_secret
    }
}

/// The set with the public half of a key.
fn published(key: &EncodingKey, algorithm: Algorithm, named: KeyAlgorithm) -> io::Result<JwkSet> {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).map_err(io::Error::other)?;
    jwk.common.key_id = Some(Keys::ID.to_owned());
    jwk.common.key_algorithm = Some(named);
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(JwkSet { keys: vec![jwk] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_set_has_no_private_member() {
        let keys = Keys::generate().unwrap();
        let json = serde_json::to_value(keys.published()).unwrap();
        let members: Vec<_> = json["keys"][0].as_object().unwrap().keys().cloned().collect();
        assert!(
            ["kty", "n", "e", "kid", "alg", "use"].iter().all(|m| members.iter().any(|n| n == m)),
            "{members:?}"
        );
        assert!(
            !["d", "p", "q", "dp", "dq", "qi"].iter().any(|m| members.iter().any(|n| n == m)),
            "{members:?}"
        );
    }
}
