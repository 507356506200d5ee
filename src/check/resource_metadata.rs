//! Checks of step 2: what the resource publishes.
