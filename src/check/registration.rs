//! Checks of step 4: how a client becomes known.
