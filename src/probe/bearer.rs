//! The target with tokens that are none, or not the server's, and with the good one where it does not belong.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::ground::{Built, Ground, Unsent};
use super::open::NOBODY;

/// What the requests after it are compared with: a refresh may end the token that opened the session.
pub(super) fn again(ground: &Ground<'_>) -> Built {
    ground.token()?;
    ground.opening_request()
}

pub(super) fn scheme_lower_case(ground: &Ground<'_>) -> Built {
    ground.opening_with(&format!("bearer {}", ground.token()?))
}

pub(super) fn scheme_basic(ground: &Ground<'_>) -> Built {
    // base64 of "gatewalk:not-a-password"
    ground.opening_with("Basic Z2F0ZXdhbGs6bm90LWEtcGFzc3dvcmQ=")
}

pub(super) fn unknown(ground: &Ground<'_>) -> Built {
    ground.opening_with("Bearer gatewalk-not-a-token")
}

pub(super) fn empty(ground: &Ground<'_>) -> Built {
    ground.opening_with("Bearer")
}

pub(super) fn odd(ground: &Ground<'_>) -> Built {
    ground.opening_with("Bearer gatewalk \"not a\" token, 7%")
}

pub(super) fn long(ground: &Ground<'_>) -> Built {
    ground.opening_with(&format!("Bearer {}", "gatewalk".repeat(750)))
}

/// The parts of a signed JWT.
struct Jwt {
    header: Value,
    payload: String,
    signature: String,
}

impl Jwt {
    fn of(ground: &Ground<'_>) -> Result<Self, Unsent> {
        let token = ground.token()?;
        let other = || Unsent::not_applicable("the access token is no signed JWT, which is legal");
        let parts: Vec<_> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { return Err(other()) };
        let header = serde_json::from_slice(&BASE64URL.decode(header).map_err(|_| other())?);
        let header: Value = header.map_err(|_| other())?;
        if !header.is_object() || signature.is_empty() {
            return Err(other());
        }
        Ok(Self { header, payload: payload.to_owned(), signature: signature.to_owned() })
    }

    fn send(&self, ground: &Ground<'_>) -> Built {
        let header = BASE64URL.encode(self.header.to_string());
        ground.opening_with(&format!("Bearer {header}.{}.{}", self.payload, self.signature))
    }

    /// As many bytes as the signature has, made with no key of the server. The first one is small, so that they are a
    /// number below any modulus of that length.
    fn foreign_signature(&self) -> String {
        let length = self.signature.len() * 3 / 4;
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let block = Sha256::digest(format!("{}{}", self.payload, bytes.len()));
            bytes.extend_from_slice(&block);
        }
        bytes.truncate(length);
        if let Some(first) = bytes.first_mut() {
            *first &= 0x3f;
        }
        BASE64URL.encode(bytes)
    }
}

/// Changes a character in the middle: the last one has bits that mean nothing.
pub(super) fn change_middle(text: &str) -> String {
    let at = text.len() / 2;
    let (head, tail) = text.split_at(at);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    format!("{head}{other}{}", tail.get(1..).unwrap_or_default())
}

pub(super) fn signature_changed(ground: &Ground<'_>) -> Built {
    let token = ground.token()?;
    let jwt = Jwt::of(ground)?;
    // Everything but the signature stays as the server wrote it.
    let unsigned = token.rsplit_once('.').map_or("", |(head, _)| head);
    ground.opening_with(&format!("Bearer {unsigned}.{}", change_middle(&jwt.signature)))
}

pub(super) fn claim_changed(ground: &Ground<'_>) -> Built {
    let token = ground.token()?;
    let jwt = Jwt::of(ground)?;
    let claims =
        BASE64URL.decode(&jwt.payload).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let mut claims =
        claims.filter(Value::is_object).ok_or_else(|| Unsent::not_applicable("the token has no claims"))?;
    claims["gatewalk"] = json!("was here");
    let header = token.split_once('.').map_or("", |(header, _)| header);
    ground.opening_with(&format!(
        "Bearer {header}.{}.{}",
        BASE64URL.encode(claims.to_string()),
        jwt.signature
    ))
}

fn without_signature(ground: &Ground<'_>, algorithm: &str) -> Built {
    let mut jwt = Jwt::of(ground)?;
    jwt.header["alg"] = json!(algorithm);
    jwt.signature.clear();
    jwt.send(ground)
}

pub(super) fn unsigned(ground: &Ground<'_>) -> Built {
    without_signature(ground, "none")
}

pub(super) fn unsigned_mixed_case(ground: &Ground<'_>) -> Built {
    without_signature(ground, "nOnE")
}

pub(super) fn foreign_key(ground: &Ground<'_>) -> Built {
    let mut jwt = Jwt::of(ground)?;
    jwt.header["kid"] = json!("gatewalk-no-such-key");
    jwt.signature = jwt.foreign_signature();
    jwt.send(ground)
}

pub(super) fn foreign_key_known_name(ground: &Ground<'_>) -> Built {
    let mut jwt = Jwt::of(ground)?;
    jwt.signature = jwt.foreign_signature();
    jwt.send(ground)
}

/// The good request from a page of that origin.
fn from_origin(ground: &Ground<'_>, origin: &str) -> Built {
    let mut request = ground.opening_request()?;
    request.headers.set("origin", origin);
    Ok(request)
}

pub(super) fn origin_foreign(ground: &Ground<'_>) -> Built {
    from_origin(ground, &format!("https://{NOBODY}"))
}

pub(super) fn origin_null(ground: &Ground<'_>) -> Built {
    from_origin(ground, "null")
}

pub(super) fn host_foreign(ground: &Ground<'_>) -> Built {
    if !ground.is_local() {
        return Err(Unsent::not_applicable("the target is not on this machine"));
    }
    let mut request = ground.opening_request()?;
    request.headers.set("host", NOBODY);
    Ok(request)
}

pub(super) fn in_query(ground: &Ground<'_>) -> Built {
    let token = ground.token()?;
    let mut request = ground.opening_request()?;
    request.headers.remove("authorization");
    let separator = if request.url.contains('?') { '&' } else { '?' };
    let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    request.url = format!("{}{separator}access_token={encoded}", request.url);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t40_a_changed_signature_decodes_to_other_bytes() {
        for length in [64, 256] {
            let signature = BASE64URL.encode(vec![0u8; length]);
            let changed = change_middle(&signature);
            assert_ne!(BASE64URL.decode(&changed).unwrap(), BASE64URL.decode(&signature).unwrap());
            assert_eq!(changed.len(), signature.len());
            assert_eq!(changed.chars().last(), signature.chars().last());
        }
    }
}
