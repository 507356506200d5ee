//! Checks of step 6: what the token endpoint issues.
