//! Checks of step 3: what the authorization server publishes.

pub(super) mod issuer;
