//! The target with tokens that are none, or not the server's, and with the good one where it does not belong.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::context::{Built, ProbeContext, Skipped};
use super::open::NOBODY;
use crate::exchange::set_member;

/// What the requests after it are compared with: a refresh may end the token that opened the session.
pub(super) fn again(context: &ProbeContext<'_>) -> Built {
    context.token()?;
    context.opening_request()
}

pub(super) fn scheme_lower_case(context: &ProbeContext<'_>) -> Built {
    context.opening_with(&format!("bearer {}", context.token()?))
}

pub(super) fn scheme_basic(context: &ProbeContext<'_>) -> Built {
    // base64 of "gatewalk:not-a-password"
    context.opening_with("Basic Z2F0ZXdhbGs6bm90LWEtcGFzc3dvcmQ=")
}

pub(super) fn unknown(context: &ProbeContext<'_>) -> Built {
    context.opening_with("Bearer gatewalk-not-a-token")
}

pub(super) fn empty(context: &ProbeContext<'_>) -> Built {
    context.opening_with("Bearer")
}

pub(super) fn odd(context: &ProbeContext<'_>) -> Built {
    context.opening_with("Bearer gatewalk \"not a\" token, 7%")
}

pub(super) fn long(context: &ProbeContext<'_>) -> Built {
    context.opening_with(&format!("Bearer {}", "gatewalk".repeat(750)))
}

/// The parts of a signed JWT.
struct Jwt {
    header: Value,
    payload: String,
    signature: String,
}

impl Jwt {
    fn of(context: &ProbeContext<'_>) -> Result<Self, Skipped> {
        let token = context.token()?;
        let other = || Skipped::not_applicable("the access token is no signed JWT, which is legal");
        let parts: Vec<_> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { return Err(other()) };
        let header = serde_json::from_slice(&BASE64URL.decode(header).map_err(|_| other())?);
        let header: Value = header.map_err(|_| other())?;
        if !header.is_object() || signature.is_empty() {
            return Err(other());
        }
        Ok(Self { header, payload: payload.to_owned(), signature: signature.to_owned() })
    }

    fn send(&self, context: &ProbeContext<'_>) -> Built {
        let header = BASE64URL.encode(self.header.to_string());
        context.opening_with(&format!("Bearer {header}.{}.{}", self.payload, self.signature))
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
    let middle = text.chars().count() / 2;
    let other = |character| if character == 'A' { 'B' } else { 'A' };
    text.chars()
        .enumerate()
        .map(|(at, character)| if at == middle { other(character) } else { character })
        .collect()
}

pub(super) fn signature_changed(context: &ProbeContext<'_>) -> Built {
    let token = context.token()?;
    let jwt = Jwt::of(context)?;
    // Everything but the signature stays as the server wrote it.
    let unsigned = token.rsplit_once('.').map_or("", |(head, _)| head);
    context.opening_with(&format!("Bearer {unsigned}.{}", change_middle(&jwt.signature)))
}

pub(super) fn claim_changed(context: &ProbeContext<'_>) -> Built {
    let token = context.token()?;
    let jwt = Jwt::of(context)?;
    let claims =
        BASE64URL.decode(&jwt.payload).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let mut claims =
        claims.filter(Value::is_object).ok_or_else(|| Skipped::not_applicable("the token has no claims"))?;
    set_member(&mut claims, "/gatewalk", "was here");
    let header = token.split_once('.').map_or("", |(header, _)| header);
    context.opening_with(&format!(
        "Bearer {header}.{}.{}",
        BASE64URL.encode(claims.to_string()),
        jwt.signature
    ))
}

fn without_signature(context: &ProbeContext<'_>, algorithm: &str) -> Built {
    let mut jwt = Jwt::of(context)?;
    set_member(&mut jwt.header, "/alg", algorithm);
    jwt.signature.clear();
    jwt.send(context)
}

pub(super) fn unsigned(context: &ProbeContext<'_>) -> Built {
    without_signature(context, "none")
}

pub(super) fn unsigned_mixed_case(context: &ProbeContext<'_>) -> Built {
    without_signature(context, "nOnE")
}

pub(super) fn foreign_key(context: &ProbeContext<'_>) -> Built {
    let mut jwt = Jwt::of(context)?;
    set_member(&mut jwt.header, "/kid", "gatewalk-no-such-key");
    jwt.signature = jwt.foreign_signature();
    jwt.send(context)
}

pub(super) fn foreign_key_known_name(context: &ProbeContext<'_>) -> Built {
    let mut jwt = Jwt::of(context)?;
    jwt.signature = jwt.foreign_signature();
    jwt.send(context)
}

/// The good request from a page of that origin.
fn from_origin(context: &ProbeContext<'_>, origin: &str) -> Built {
    let mut request = context.opening_request()?;
    request.headers.set("origin", origin);
    Ok(request)
}

pub(super) fn origin_foreign(context: &ProbeContext<'_>) -> Built {
    from_origin(context, &format!("https://{NOBODY}"))
}

pub(super) fn origin_null(context: &ProbeContext<'_>) -> Built {
    from_origin(context, "null")
}

pub(super) fn host_foreign(context: &ProbeContext<'_>) -> Built {
    if !context.is_local() {
        return Err(Skipped::not_applicable("the target is not on this machine"));
    }
    let mut request = context.opening_request()?;
    request.headers.set("host", NOBODY);
    Ok(request)
}

pub(super) fn in_query(context: &ProbeContext<'_>) -> Built {
    let token = context.token()?;
    let mut request = context.opening_request()?;
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
    fn a_signature_of_any_characters_is_changed_in_one_of_them() {
        for signature in ["ä", "aä", "äö", "«»€", "a\u{1f511}b", "AAAA", "x"] {
            let changed = change_middle(signature);
            let differing = changed.chars().zip(signature.chars()).filter(|(a, b)| a != b).count();
            assert_eq!((differing, changed.chars().count()), (1, signature.chars().count()), "{signature}");
        }
        assert_eq!(change_middle(""), "");
    }

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
