//! An access token, looked into if it is a JWT ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).
//!
//! A client must not depend on the format (OAuth 2.1 §1.4): this view is for judging, never for the flow.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Object;
use crate::exchange::{Response, Secret};

/// What an access token looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum AccessToken {
    /// A signed JWT: header and claims, not verified.
    Jwt {
        /// JOSE header.
        header: Object,
        /// Claims.
        claims: Object,
    },
    /// Five parts with an `enc` header: only its audience can read it ([RFC 7516](https://www.rfc-editor.org/rfc/rfc7516)).
    Encrypted {
        /// JOSE header.
        header: Object,
    },
    /// Anything else, which is legal.
    Opaque,
}

impl AccessToken {
    /// Looks at the token that a response issues, once however often it is asked for.
    pub fn issued(response: &Response, token: &Secret) -> Self {
        // Which token it is depends on the body alone: it stands in it.
        Self::clone(&response.body.reading(|_| Self::parse(token.expose())))
    }

    /// Looks at a token.
    pub fn parse(token: &str) -> Self {
        let part = |text: &str| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
            Object::parse(&bytes).ok()
        };
        let parts: Vec<_> = token.split('.').collect();
        match parts[..] {
            [header, claims, _] => match (part(header), part(claims)) {
                (Some(header), Some(claims)) => Self::Jwt { header, claims },
                _ => Self::Opaque,
            },
            [header, _, _, _, _] => match part(header) {
                Some(header) if header.members.contains_key("enc") => Self::Encrypted { header },
                _ => Self::Opaque,
            },
            _ => Self::Opaque,
        }
    }
}

/// The audiences of a JWT: a string or an array ([RFC 7519 §4.1.3](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3)).
pub fn audiences(claims: &Object) -> Vec<&str> {
    match claims.members.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t30_opaque_tokens_are_legal_and_five_parts_are_encrypted() {
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        assert_eq!(AccessToken::parse("gho_abc"), AccessToken::Opaque);
        assert_eq!(AccessToken::parse("a.b.c"), AccessToken::Opaque);
        let jwe = format!("{}.a.b.c.d", encode(r#"{"alg":"dir","enc":"A256GCM"}"#));
        assert!(matches!(AccessToken::parse(&jwe), AccessToken::Encrypted { .. }));
        let jwt = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(r#"{"aud":["a","b"]}"#));
        let AccessToken::Jwt { claims, .. } = AccessToken::parse(&jwt) else { panic!("a JWT") };
        assert_eq!(audiences(&claims), ["a", "b"]);
    }
}
