//! The one place where time and randomness enter.

use std::time::Instant;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::exchange::{Secret, SigningKey};

/// The monotonic clock, for durations.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn now() -> Instant {
    Instant::now()
}

/// The wall clock, for the transcript.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn timestamp() -> Timestamp {
    Timestamp::now()
}

/// 256 random bits from the operating system.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn seed() -> [u8; 32] {
    // `oauth2` draws from the operating system's source; it gives text, the digest gives bits.
    let random = oauth2::CsrfToken::new_random_len(48);
    Sha256::digest(random.secret()).into()
}

/// A value that comes once: for `jti`.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn identifier() -> String {
    oauth2::CsrfToken::new_random().into_secret()
}

/// A fresh P-256 key.
pub fn key() -> Result<SigningKey, String> {
    let pair = rcgen::KeyPair::generate().map_err(|error| error.to_string())?;
    SigningKey::from_pem(Secret::new(pair.serialize_pem())).map_err(|error| error.to_string())
}
