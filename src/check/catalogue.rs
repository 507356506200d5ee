//! The one list of all checks, in the order of the flow.

use super::{Check, challenge as c, server_metadata as s};

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
    // server metadata
    &s::issuer::ISSUER_MATCHES,
];
