//! Protected-resource metadata ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)).

use super::{DocumentKind, Object, Unusable, read};
use crate::exchange::Exchange;

/// What a protected resource says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceMetadata {
    /// As published.
    pub json: Object,
}

impl ResourceMetadata {
    /// Reads the document an exchange answered with. An object without any member that only this document has is none:
    /// routers say "not found" with status 200 and JSON, too.
    pub fn read(exchange: &Exchange) -> Result<Self, Unusable> {
        let json = read(exchange)?;
        let telling = ["resource", "authorization_servers"];
        if telling.iter().any(|&name| json.members.contains_key(name)) {
            Ok(Self { json })
        } else {
            Err(Unusable::OtherObject(DocumentKind::ResourceMetadata))
        }
    }

    /// The resource identifier.
    pub fn resource(&self) -> Option<&str> {
        self.json.string("resource")
    }

    /// The issuers of its authorization servers; empty if the member is missing or not an array.
    pub fn authorization_servers(&self) -> Vec<&str> {
        self.json.strings("authorization_servers").unwrap_or_default()
    }

    /// The scopes it knows.
    pub fn scopes_supported(&self) -> Option<Vec<&str>> {
        self.json.strings("scopes_supported")
    }
}
