//! Token response ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).

use serde_json::Value;

use super::{Object, Unusable, read, read_body};
use crate::exchange::{Exchange, Response, Secret};

/// What a token endpoint answered.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenResponse {
    /// As published; a form-encoded body is read as an object of strings.
    pub json: Object,
    /// Whether the body was form-encoded instead of JSON (GitHub responds so without `Accept: application/json`).
    pub form_encoded: bool,
}

impl TokenResponse {
    /// Reads the document an exchange answered with.
    pub fn read(exchange: &Exchange) -> Result<Self, Unusable> {
        let unusable = match read(exchange) {
            Ok(json) => return Ok(Self { json, form_encoded: false }),
            Err(unusable) => unusable,
        };
        let Some(response) = exchange.response().filter(|response| response.is_success()) else {
            return Err(unusable);
        };
        let members: serde_json::Map<_, _> = url::form_urlencoded::parse(&response.body)
            .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
            .collect();
        if members.contains_key("access_token") || members.contains_key("error") {
            Ok(Self { json: members.into(), form_encoded: true })
        } else {
            Err(unusable)
        }
    }

    /// The access token.
    pub fn access_token(&self) -> Option<Secret> {
        self.json.string("access_token").filter(|token| !token.is_empty()).map(Secret::new)
    }

    /// The refresh token.
    pub fn refresh_token(&self) -> Option<Secret> {
        self.json.string("refresh_token").map(Secret::new)
    }

    /// Whether the access token is bound to a key of the client ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).
    pub fn is_dpop(&self) -> bool {
        self.json.string("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("DPoP"))
    }

    /// `error` and `error_description`, of an error response with a success status.
    pub fn error(&self) -> Option<String> {
        describe_error(&self.json)
    }
}

/// The error code of a response, whatever its status.
pub fn error_code(response: &Response) -> Option<String> {
    read_body(response).ok()?.string("error").map(str::to_owned)
}

/// `error` and `error_description` of an OAuth error object ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
pub fn describe_error(json: &Object) -> Option<String> {
    Some(described(json.string("error")?, json.string("error_description")))
}

/// An error code with what the server says of it, wherever the two stand.
pub fn described(error: &str, description: Option<&str>) -> String {
    description.map_or_else(|| error.to_owned(), |description| format!("{error}: {description}"))
}
