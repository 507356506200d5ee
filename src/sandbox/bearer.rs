//! What the gateway thinks of an `Authorization` header: real verification against the published keys.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// Why a request is not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorResponse {
    /// There is no bearer token.
    NoCredentials,
    /// The scheme is there, the token is not.
    Malformed,
    /// The token is no good, and why.
    Invalid(&'static str),
    /// The token is good, but not for this.
    InsufficientScope,
}

/// The claims the gateway reads.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    /// Identifies the token to the revocation list.
    pub(crate) jti: String,
    #[serde(default)]
    scope: String,
}

impl Claims {
    /// Whether the token has that scope.
    pub(crate) fn has(&self, wanted: &str) -> bool {
        self.scope.split(' ').any(|scope| scope == wanted)
    }
}

/// What tokens have to be.
#[derive(Debug)]
pub(crate) struct Trust<'a> {
    /// What they are signed with.
    pub(crate) algorithm: Algorithm,
    /// The keys of the issuer.
    pub(crate) keys: &'a JwkSet,
    /// The secret shared with the issuer, where that is what they are signed with.
    pub(crate) secret: Option<&'a str>,
    /// Who issued them.
    pub(crate) issuer: &'a str,
    /// For whom.
    pub(crate) audience: &'a str,
}

/// What is not verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leniency {
    /// Signatures of known keys.
    pub(crate) signature: bool,
    /// Tokens that say they have no signature.
    pub(crate) unsigned: bool,
    /// Tokens under a key name that is not known.
    pub(crate) unknown_key: bool,
}

/// The claims of a token that is not verified.
fn believed(token: &str) -> Option<Claims> {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// Whether the header of a token says, in any case, that there is no signature.
fn is_unsigned(token: &str) -> bool {
    let header = token.split('.').next().and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let header = header.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).unwrap_or_default();
    let algorithm = header.get("alg").and_then(Value::as_str);
    algorithm.is_some_and(|algorithm| algorithm.eq_ignore_ascii_case("none"))
}

/// Verifies a JWT access token as [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4) tells a resource server to.
pub(crate) fn verify(token: &str, trust: &Trust<'_>, lax: Leniency) -> Result<Claims, ErrorResponse> {
    let unreadable = ErrorResponse::Invalid("The access token is not a JWT signed as agreed");
    if lax.unsigned && is_unsigned(token) {
        return believed(token).ok_or(unreadable);
    }
    let header = decode_header(token).map_err(|_| unreadable)?;
    if header.alg != trust.algorithm {
        return Err(unreadable);
    }
    let mut rules = Validation::new(trust.algorithm);
    rules.set_issuer(&[trust.issuer]);
    rules.set_audience(&[trust.audience]);
    rules.set_required_spec_claims(&["exp", "iss", "aud"]);
    let read = |key: &DecodingKey| decode::<Claims>(token, key, &rules).map_err(|error| refusal(&error));
    if let Some(secret) = trust.secret {
        return Ok(read(&DecodingKey::from_secret(secret.as_bytes()))?.claims);
    }
    if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt")) {
        return Err(ErrorResponse::Invalid("The token's typ is not at+jwt"));
    }
    let key = header.kid.as_deref().and_then(|kid| trust.keys.find(kid));
    if (lax.signature && key.is_some()) || (lax.unknown_key && key.is_none()) {
        return believed(token).ok_or(unreadable);
    }
    let key = key.ok_or(ErrorResponse::Invalid("The signing key is unknown"))?;
    let key =
        DecodingKey::from_jwk(key).map_err(|_| ErrorResponse::Invalid("The signing key is unusable"))?;
    Ok(read(&key)?.claims)
}

fn refusal(error: &jsonwebtoken::errors::Error) -> ErrorResponse {
    use jsonwebtoken::errors::ErrorKind;
    ErrorResponse::Invalid(match error.kind() {
        ErrorKind::ExpiredSignature => "The access token has expired",
        ErrorKind::InvalidAudience => "The access token is for another audience",
        ErrorKind::InvalidIssuer => "The access token is from another issuer",
        ErrorKind::InvalidSignature => "The signature of the access token is wrong",
        _ => "The access token cannot be verified",
    })
}
