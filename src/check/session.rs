//! Checks of step 7: whether the token opens a session.
