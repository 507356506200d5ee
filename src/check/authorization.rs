//! Checks of step 5: what comes back from the authorization endpoint.

pub(super) mod browser;
pub(super) mod endpoint;
pub(super) mod issuer;
pub(super) mod redirect;
pub(super) mod request;
pub(super) mod resource;
pub(super) mod response;
pub(super) mod target;
