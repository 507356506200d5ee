//! What gatewalk says about itself, registered (RFC 7591) or published for authorization servers to fetch.

use serde_json::{Value, json};

use super::NAME;

/// Identifies gatewalk to authorization servers across versions ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).
const SOFTWARE_ID: &str = "5b1f6d0c-6c9e-4a53-9d5c-6761746577a1";

/// The client metadata that registration and document have in common.
pub(super) fn client_metadata(name: &str, redirect_uris: &[String], auth_method: &str) -> Value {
    json!({
        "client_name": name,
        "application_type": "native",
        "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": auth_method,
        "software_id": SOFTWARE_ID,
    })
}

/// The document to publish at a URL that is to be gatewalk's client identifier
/// ([draft-ietf-oauth-client-id-metadata-document-00 §4.1](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-4.1)).
/// It names no version, since it outlives many.
pub fn client_metadata_document(url: &str, redirect_uris: &[String]) -> Value {
    let mut document = json!({ "client_id": url });
    if let (Some(members), Value::Object(metadata)) =
        (document.as_object_mut(), client_metadata(NAME, redirect_uris, "none"))
    {
        members.extend(metadata);
    }
    document
}
