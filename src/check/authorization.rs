//! Checks of step 5: what comes back from the authorization endpoint.
