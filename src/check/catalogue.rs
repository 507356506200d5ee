//! The one list of all checks, in the order of the flow.

use super::{
    Check, authorization as a, challenge as c, registration as d, resource_metadata as r,
    server_metadata as s,
};

/// All checks.
#[rustfmt::skip]
pub static CATALOGUE: &[&Check] = &[
    // challenge
    &c::status::HTTPS,
    &c::status::UNAUTH_401,
    &c::header::WWW_AUTHENTICATE,
    &c::header::SYNTAX,
    &c::header::NO_ERROR,
    &c::parameter::RESOURCE_METADATA,
    &c::parameter::SCOPE,
    &c::parameter::NO_OFFLINE_ACCESS,
    // resource metadata
    &r::discovery::PRESENT,
    &r::discovery::DISCOVERABLE,
    &r::discovery::PATH_INSERTION,
    &r::discovery::JSON_200,
    &r::resource::VALID,
    &r::resource::MATCHES,
    &r::resource::EXACT,
    &r::authorization_servers::LISTED,
    &r::authorization_servers::ISSUER_FORMAT,
    &r::form::NO_EMPTY_VALUES,
    &r::form::NO_DUPLICATES,
    &r::members::BEARER_METHODS,
    &r::members::RECOMMENDED,
    // server metadata
    &s::discovery::PRESENT,
    &s::discovery::JSON_200,
    &s::issuer::MATCHES,
    &s::issuer::SLASH,
    &s::issuer::FORM,
    &s::endpoint::PRESENT,
    &s::endpoint::HTTPS,
    &s::capability::RESPONSE_TYPES,
    &s::capability::GRANT_TYPES,
    &s::capability::PKCE,
    &s::capability::TOKEN_AUTH_METHODS,
    &s::registration::DYNAMIC,
    &s::registration::METADATA_DOCUMENTS,
    &s::form::NO_EMPTY_ARRAYS,
    &s::form::NO_DUPLICATES,
    // registration
    &d::access::OPEN,
    &d::access::ERROR_FORMAT,
    &d::access::APPLICATION_TYPE,
    &d::access::REDIRECT_URIS,
    &d::answer::CREATED,
    &d::answer::NO_STORE,
    &d::client::CLIENT_ID,
    &d::client::SECRET_EXPIRES_AT,
    &d::client::ECHO,
    &d::client::PUBLIC,
    &d::client::MANAGEMENT,
    // authorization
    &a::response::ERROR,
    &a::response::STATE,
    &a::response::DUPLICATES,
    &a::response::CHALLENGE_LEAKED,
    &a::issuer::PRESENT,
    &a::issuer::ADVERTISED,
    &a::issuer::IDENTICAL,
    &a::browser::FRAMES,
    &a::browser::NO_307,
    &a::resource::ACCEPTED,
];
