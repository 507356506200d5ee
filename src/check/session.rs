//! Checks of step 7: whether the token opens the MCP session.

pub(super) mod access;
pub(super) mod bearer;
pub(super) mod discover;
pub(super) mod initialize;
pub(super) mod legacy;
pub(super) mod modern;
pub(super) mod origin;
pub(super) mod scope;
pub(super) mod transport;
