//! The one list of all checks, in the order of the flow.

use super::{Check, challenge as c, server_metadata as s};

/// All checks.
pub static CATALOGUE: &[&Check] = &[
    // challenge
    &c::status::UNAUTH_401,
    // server metadata
    &s::issuer::ISSUER_MATCHES,
];
