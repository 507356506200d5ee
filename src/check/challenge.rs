//! Checks of step 1: how the resource asks for a token.

pub(super) mod status;
