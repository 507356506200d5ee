//! The members the specifications give to each document, and how a published one compares: what a client needs, what
//! it can use, what is there besides.

use serde_json::Value;

use super::Object;

/// How much a member is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The specification demands it.
    Required,
    /// The specification recommends it, or an MCP client cannot do without it.
    Recommended,
    /// It may be there.
    Optional,
}

impl Need {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Recommended => "recommended",
            Self::Optional => "optional",
        }
    }
}

/// A member of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// How much it is needed.
    pub need: Need,
    /// What it says, in a few words.
    pub says: &'static str,
}

/// A line of a survey: a member of the table, of the document, or of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surveyed<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the table says of it; `None` for a member no table knows.
    pub member: Option<Member>,
    /// Its value; `None` if the document lacks it.
    pub value: Option<&'a Value>,
}

const fn member(name: &'static str, need: Need, says: &'static str) -> Member {
    Member { name, need, says }
}

use Need::{Optional, Recommended, Required};

/// Protected-resource metadata ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2); MCP demands
/// `authorization_servers`).
pub const RESOURCE_METADATA: &[Member] = &[
    member("resource", Required, "the identifier of the resource"),
    member("authorization_servers", Required, "who issues tokens for it"),
    member("scopes_supported", Recommended, "the scopes it knows"),
    member("bearer_methods_supported", Optional, "how tokens may be sent"),
    member("jwks_uri", Optional, "its own keys"),
    member("resource_name", Recommended, "human-readable name"),
    member("resource_documentation", Optional, "a page for developers"),
    member("resource_policy_uri", Optional, "a page about its use of data"),
    member("resource_tos_uri", Optional, "its terms of service"),
    member("resource_signing_alg_values_supported", Optional, "how it signs answers"),
    member(
        "tls_client_certificate_bound_access_tokens",
        Optional,
        "whether tokens are bound to certificates",
    ),
    member("authorization_details_types_supported", Optional, "the authorization details it knows"),
    member("dpop_signing_alg_values_supported", Optional, "the algorithms of DPoP proofs"),
    member("dpop_bound_access_tokens_required", Optional, "whether tokens must be bound with DPoP"),
    member("signed_metadata", Optional, "the same as a signed JWT"),
];

/// Authorization-server metadata ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
pub const SERVER_METADATA: &[Member] = &[
    member("issuer", Required, "the identifier of the server"),
    member("authorization_endpoint", Required, "where the user is sent"),
    member("token_endpoint", Required, "token endpoint (code exchange)"),
    member("response_types_supported", Required, "what the authorization endpoint answers with"),
    member("code_challenge_methods_supported", Recommended, "PKCE; MCP clients need S256"),
    member("registration_endpoint", Recommended, "dynamic registration (RFC 7591)"),
    member("client_id_metadata_document_supported", Optional, "client identifiers that are URLs"),
    member("jwks_uri", Optional, "the keys tokens are signed with"),
    member("scopes_supported", Recommended, "the scopes it knows"),
    member("grant_types_supported", Optional, "default: authorization_code, implicit"),
    member("token_endpoint_auth_methods_supported", Optional, "default: client_secret_basic"),
    member("response_modes_supported", Optional, "default: query, fragment"),
    member("authorization_response_iss_parameter_supported", Optional, "iss in the callback (RFC 9207)"),
    member("revocation_endpoint", Optional, "where tokens are revoked (RFC 7009)"),
    member("introspection_endpoint", Optional, "where tokens are looked up (RFC 7662)"),
    member("dpop_signing_alg_values_supported", Optional, "the algorithms of DPoP proofs"),
    member("service_documentation", Optional, "a page for developers"),
    member("op_policy_uri", Optional, "a page about its use of data"),
    member("op_tos_uri", Optional, "its terms of service"),
];

/// Client information ([RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)).
pub const CLIENT_INFORMATION: &[Member] = &[
    member("client_id", Required, "the client's identifier"),
    member("client_secret", Optional, "its secret, if it is confidential"),
    member("client_id_issued_at", Optional, "seconds since 1970"),
    member("client_secret_expires_at", Optional, "required with a secret; 0 is never"),
    member("redirect_uris", Recommended, "where the server lets the browser go back to"),
    member("token_endpoint_auth_method", Recommended, "how it authenticates; none is a public client"),
    member("grant_types", Recommended, "the grants it may use"),
    member("response_types", Optional, "the responses it may ask for"),
    member("client_name", Optional, "human-readable name"),
    member("scope", Optional, "the scopes it may ask for"),
    member("registration_client_uri", Optional, "where it is managed (RFC 7592)"),
    member("registration_access_token", Optional, "the token for that"),
];

/// Token response ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
pub const TOKEN_RESPONSE: &[Member] = &[
    member("access_token", Required, "sent to the gateway as Bearer token"),
    member("token_type", Required, "Bearer or DPoP"),
    member("expires_in", Recommended, "seconds from now"),
    member("scope", Optional, "required if it differs from what was asked for"),
    member("refresh_token", Optional, "exchanged for a new access token"),
    member("id_token", Optional, "OpenID Connect: who logged in; not for the gateway"),
];

/// Compares a document with the table of its members: those of the table in its order, then all others.
pub fn survey<'a>(table: &'a [Member], document: &'a Object) -> Vec<Surveyed<'a>> {
    let known = table.iter().map(|member| Surveyed {
        name: member.name,
        member: Some(*member),
        value: document.members.get(member.name),
    });
    let others = document.members.iter().filter(|(name, _)| table.iter().all(|member| member.name != *name));
    let others = others.map(|(name, value)| Surveyed { name, member: None, value: Some(value) });
    known.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survey_has_the_table_first_and_then_the_rest() {
        let document = Object::parse(br#"{"x":1,"resource":"r"}"#).unwrap();
        let survey = survey(RESOURCE_METADATA, &document);
        assert_eq!(survey.len(), RESOURCE_METADATA.len() + 1);
        assert_eq!((survey[0].name, survey[0].value.is_some()), ("resource", true));
        assert_eq!((survey[1].name, survey[1].value), ("authorization_servers", None));
        assert_eq!((survey.last().unwrap().name, survey.last().unwrap().member), ("x", None));
    }
}
