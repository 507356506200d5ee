//! Authorization-server metadata ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2), OpenID Connect Discovery 1.0 §3).

use super::{Object, Unusable, read};
use crate::exchange::Exchange;

/// What an authorization server says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerMetadata {
    /// As published.
    pub json: Object,
}

impl ServerMetadata {
    /// Reads the document an exchange answered with.
    pub fn read(exchange: &Exchange) -> Result<Self, Unusable> {
        read(exchange).map(|json| Self { json })
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> Option<&str> {
        self.json.string("issuer")
    }

    /// An endpoint by its member name.
    pub fn endpoint(&self, name: &str) -> Option<&str> {
        self.json.string(name).filter(|url| !url.is_empty())
    }

    /// The PKCE methods it advertises.
    pub fn code_challenge_methods(&self) -> Option<Vec<&str>> {
        self.json.strings("code_challenge_methods_supported")
    }

    /// Whether it says that it sends `iss` in authorization responses (RFC 9207 §3).
    pub fn advertises_iss(&self) -> bool {
        self.json.flag("authorization_response_iss_parameter_supported") == Some(true)
    }

    /// The scopes it knows.
    pub fn scopes_supported(&self) -> Option<Vec<&str>> {
        self.json.strings("scopes_supported")
    }
}
