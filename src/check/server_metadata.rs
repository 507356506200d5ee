//! Checks of step 3: what the authorization server publishes.

pub(super) mod authentication;
pub(super) mod capability;
pub(super) mod default_endpoints;
pub(super) mod discovery;
pub(super) mod elsewhere;
pub(super) mod endpoint;
pub(super) mod form;
pub(super) mod forwarded;
pub(super) mod issuer;
pub(super) mod openid;
pub(super) mod registration;
