//! Checks of step 2: what the resource publishes about itself.

pub(super) mod authorization_servers;
pub(super) mod discovery;
pub(super) mod elsewhere;
pub(super) mod form;
pub(super) mod members;
pub(super) mod resource;
pub(super) mod scopes;
pub(super) mod security;
