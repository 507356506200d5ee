//! Client information ([RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)).

use super::{Object, Unusable, read};
use crate::exchange::{Exchange, Secret};

/// What a registration endpoint answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientInformation {
    /// As published.
    pub json: Object,
}

impl ClientInformation {
    /// Reads the document an exchange answered with.
    pub fn read(exchange: &Exchange) -> Result<Self, Unusable> {
        read(exchange).map(|json| Self { json })
    }

    /// The client identifier.
    pub fn client_id(&self) -> Option<&str> {
        self.json.string("client_id").filter(|id| !id.is_empty())
    }

    /// The client secret.
    pub fn client_secret(&self) -> Option<Secret> {
        self.json.string("client_secret").map(Secret::new)
    }

    /// How the client authenticates at the token endpoint.
    pub fn auth_method(&self) -> Option<&str> {
        self.json.string("token_endpoint_auth_method")
    }

    /// Where and with what the client can be deleted ([RFC 7592 §3](https://www.rfc-editor.org/rfc/rfc7592#section-3)).
    pub fn management(&self) -> Option<(&str, Secret)> {
        let uri = self.json.string("registration_client_uri")?;
        let token = self.json.string("registration_access_token")?;
        Some((uri, Secret::new(token)))
    }
}
