//! What files and options say of the bounds on every exchange.

use std::time::Duration;

use crate::scenario::setting::{number, options, parsed};
use crate::scenario::{Limits, value};

/// The smallest bound of a body, in bytes: with less, healthy documents would look broken.
const LEAST_BODY: usize = 1024;

options! {
    /// What is said of the bounds on every exchange.
    #[command(next_help_heading = "Network")]
    pub struct PartialLimits {
        /// How long an exchange may take, such as 500ms, 30s or 2m [default: 30s]
        ///
        /// A number alone counts seconds.
        #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
        timeout: Option<Duration> = parsed(value::duration), "timeout";
        /// Bytes of a body to read [default: 1048576]
        #[arg(long = "body-limit", value_name = "BYTES", allow_negative_numbers = true)]
        body: Option<usize> = number("a number of bytes, at least 1024", |bytes| {
            u32::try_from(bytes).ok()?.try_into().ok().filter(|bytes: &usize| *bytes >= LEAST_BODY)
        }), "body";
    }
}

impl PartialLimits {
    /// The bounds it makes.
    pub(super) fn limits(self) -> Limits {
        let usual = Limits::default();
        Limits { timeout: self.timeout.unwrap_or(usual.timeout), body: self.body.unwrap_or(usual.body) }
    }
}
