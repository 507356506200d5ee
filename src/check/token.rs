//! Checks of step 6: what the token endpoint issues.

pub(super) mod client;
pub(super) mod clock;
pub(super) mod jwt;
pub(super) mod keys;
pub(super) mod members;
pub(super) mod refresh;
pub(super) mod refusal;
pub(super) mod response;
pub(super) mod revocation;
