//! The sandbox's one clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as JWT claims count them.
#[expect(
    clippy::disallowed_methods,
    reason = "a server dates its own tokens; this is the sandbox's only clock"
)]
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
