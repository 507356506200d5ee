//! Checks of step 1: how the resource asks for a token.

pub(super) mod every;
pub(super) mod header;
pub(super) mod open;
pub(super) mod parameter;
pub(super) mod status;
