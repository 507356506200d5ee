//! Proofs a client adds to a request at the moment of sending, since they carry the time: client assertions and DPoP.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::member::set_member;
use super::{Request, Secret, bare};

/// How long a client assertion is valid, in seconds.
const ASSERTION_LIFETIME: i64 = 60;

/// The `client_assertion_type` of a JWT ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A private key that signs with ES256 or RS256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    algorithm: Algorithm,
    pem: Secret,
}

/// Why a key cannot sign.
#[derive(Debug, thiserror::Error)]
#[error("it is no PKCS#8 PEM of a P-256 or RSA private key ({0})")]
pub struct KeyError(#[from] jsonwebtoken::errors::Error);

impl SigningKey {
    /// Reads a PKCS#8 PEM: a P-256 key signs with ES256, an RSA key with RS256.
    pub fn from_pem(pem: Secret) -> Result<Self, KeyError> {
        let elliptic = Self { algorithm: Algorithm::ES256, pem };
        let Err(_) = elliptic.sign(&Header::new(elliptic.algorithm), &json!({})) else {
            return Ok(elliptic);
        };
        let rsa = Self { algorithm: Algorithm::RS256, ..elliptic };
        rsa.sign(&Header::new(rsa.algorithm), &json!({}))?;
        Ok(rsa)
    }

    /// The name of its algorithm ([RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)).
    pub const fn algorithm(&self) -> &'static str {
        match self.algorithm {
            Algorithm::RS256 => "RS256",
            _ => "ES256",
        }
    }

    fn key(&self) -> Result<EncodingKey, KeyError> {
        let pem = self.pem.expose().as_bytes();
        Ok(match self.algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_pem(pem)?,
            _ => EncodingKey::from_ec_pem(pem)?,
        })
    }

    /// The public half.
    pub fn public(&self) -> Result<Jwk, KeyError> {
        Ok(Jwk::from_encoding_key(&self.key()?, self.algorithm)?)
    }

    fn sign(&self, header: &Header, claims: &Value) -> Result<String, KeyError> {
        Ok(encode(header, claims, &self.key()?)?)
    }
}

/// What is added to a request when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// `client_assertion` at the end of the form in the body
    /// ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
    ClientAssertion {
        /// The key the authorization server knows.
        key: SigningKey,
        /// `iss` and `sub`.
        client_id: String,
        /// `aud`: the issuer of the authorization server.
        audience: String,
    },
    /// The `DPoP` header field ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
    Dpop {
        /// The key the token is bound to.
        key: SigningKey,
        /// The nonce the server asked for.
        nonce: Option<String>,
        /// The access token the request carries, if it carries one.
        access_token: Option<Secret>,
    },
}

impl Request {
    /// The request as it is sent: with its proofs, made at `now` (seconds since 1970) and identified by `id`, which must
    /// be another one each time.
    pub fn proved(mut self, now: i64, id: &str) -> Result<Self, KeyError> {
        for proof in std::mem::take(&mut self.proofs) {
            match proof {
                Proof::ClientAssertion { key, client_id, audience } => {
                    let claims = json!({
                        "iss": client_id, "sub": client_id, "aud": audience,
                        "jti": id, "iat": now, "exp": now + ASSERTION_LIFETIME,
                    });
                    let assertion = key.sign(&Header::new(key.algorithm), &claims)?;
                    self.append_form(&[
                        ("client_assertion_type", ASSERTION_TYPE),
                        ("client_assertion", &assertion),
                    ]);
                }
                Proof::Dpop { key, nonce, access_token } => {
                    let mut header = Header::new(key.algorithm);
                    header.typ = Some("dpop+jwt".to_owned());
                    header.jwk = Some(key.public()?);
                    // Without query and fragment (RFC 9449 §4.2).
                    let target = bare(&self.url);
                    let mut claims = json!({ "jti": id, "htm": self.method, "htu": target, "iat": now });
                    if let Some(nonce) = nonce {
                        set_member(&mut claims, "/nonce", nonce);
                    }
                    if let Some(token) = access_token {
                        let hash = Sha256::digest(token.expose().as_bytes());
                        set_member(&mut claims, "/ath", BASE64_URL_SAFE_NO_PAD.encode(hash));
                    }
                    let proof = key.sign(&header, &claims)?;
                    self.headers.push("dpop", proof);
                }
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};

    use super::*;
    use crate::exchange::Purpose;
    use crate::specification::{Party, Step};

    const NOW: i64 = 1_800_000_000;

    fn pem(pair: &rcgen::KeyPair) -> Secret {
        Secret::new(pair.serialize_pem())
    }

    fn elliptic() -> SigningKey {
        SigningKey::from_pem(pem(&rcgen::KeyPair::generate().unwrap())).unwrap()
    }

    fn rsa() -> SigningKey {
        let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
        SigningKey::from_pem(pem(&pair.unwrap())).unwrap()
    }

    fn proved(proof: Proof) -> Request {
        let url = "https://as.example/token?x=1";
        let mut request = Request::new(Step::Token, Purpose::Token, Party::AuthorizationServer, "POST", url);
        request.body = b"grant_type=client_credentials".to_vec();
        request.proofs.push(proof);
        request.proved(NOW, "id-1").unwrap()
    }

    fn claims(token: &str, key: &SigningKey) -> Value {
        let mut validation = Validation::new(key.algorithm);
        validation.validate_aud = false;
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let public = DecodingKey::from_jwk(&key.public().unwrap()).unwrap();
        decode::<Value>(token, &public, &validation).unwrap().claims
    }

    #[test]
    fn a_client_assertion_is_signed_by_the_clients_key() {
        for (key, name) in [(elliptic(), "ES256"), (rsa(), "RS256")] {
            assert_eq!(key.algorithm(), name);
            let request = proved(Proof::ClientAssertion {
                key: key.clone(),
                client_id: "c1".to_owned(),
                audience: "https://as.example".to_owned(),
            });
            let form: Vec<(String, String)> =
                url::form_urlencoded::parse(&request.body).into_owned().collect();
            assert_eq!(form[0], ("grant_type".to_owned(), "client_credentials".to_owned()));
            assert_eq!(form[1], ("client_assertion_type".to_owned(), ASSERTION_TYPE.to_owned()));
            assert_eq!(
                claims(&form[2].1, &key),
                json!({ "iss": "c1", "sub": "c1", "aud": "https://as.example", "jti": "id-1", "iat": NOW, "exp": NOW + 60 })
            );
        }
    }

    #[test]
    fn a_dpop_proof_is_bound_to_request_nonce_and_token() {
        let key = elliptic();
        let request = proved(Proof::Dpop {
            key: key.clone(),
            nonce: Some("n1".to_owned()),
            // The example of RFC 9449 §7.1.
            access_token: Some(Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU")),
        });
        let proof = request.headers.get("dpop").unwrap().into_owned();
        let header = decode_header(&proof).unwrap();
        assert_eq!(header.typ.as_deref(), Some("dpop+jwt"));
        let published = serde_json::to_value(header.jwk.unwrap()).unwrap();
        assert!(published.get("d").is_none(), "the private half is published");
        assert_eq!(
            claims(&proof, &key),
            json!({
                "jti": "id-1", "htm": "POST", "htu": "https://as.example/token", "iat": NOW, "nonce": "n1",
                "ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
            })
        );
        let plain = proved(Proof::Dpop { key: key.clone(), nonce: None, access_token: None });
        let claims = claims(&plain.headers.get("dpop").unwrap(), &key);
        assert!(claims.get("nonce").is_none() && claims.get("ath").is_none());
    }

    #[test]
    fn what_is_no_private_key_is_told() {
        let error = SigningKey::from_pem(Secret::new("-----BEGIN NONSENSE-----")).unwrap_err();
        assert!(error.to_string().contains("PKCS#8 PEM"), "{error}");
    }
}
