//! Authorization-server metadata ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2), OpenID Connect Discovery 1.0 §3).

use super::{DocumentKind, Object, Unusable, read};
use crate::exchange::Exchange;

/// What an authorization server says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerMetadata {
    /// As published.
    pub json: Object,
}

impl ServerMetadata {
    /// Reads the document an exchange answered with. An object with neither an issuer nor an endpoint is none: routers say
    /// "not found" with status 200 and JSON, too.
    pub fn read(exchange: &Exchange) -> Result<Self, Unusable> {
        let json = read(exchange)?;
        if json.members.keys().any(|name| name == "issuer" || name.ends_with("_endpoint")) {
            Ok(Self { json })
        } else {
            Err(Unusable::OtherObject(DocumentKind::ServerMetadata))
        }
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> Option<&str> {
        self.json.string("issuer")
    }

    /// An endpoint by its member name.
    pub fn endpoint(&self, name: &str) -> Option<&str> {
        self.json.string(name).filter(|url| !url.is_empty())
    }

    /// Whether the published grant types leave the authorization endpoint a use: left out, they mean `authorization_code`
    /// and `implicit` ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
    pub fn supports_login(&self) -> bool {
        let Some(grants) = self.json.strings("grant_types_supported") else { return true };
        grants.is_empty() || grants.iter().any(|grant| matches!(*grant, "authorization_code" | "implicit"))
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
