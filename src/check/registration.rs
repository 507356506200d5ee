//! Checks of step 4: how a client becomes known.

pub(super) mod access;
pub(super) mod client;
pub(super) mod consistency;
pub(super) mod management;
pub(super) mod response;
