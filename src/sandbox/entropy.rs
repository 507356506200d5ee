//! The sandbox's one random source: identifiers, codes and tokens nobody can guess.

use oauth2::CsrfToken;

/// 32 random bytes, base64url.
pub(crate) fn token() -> String {
    random(32)
}

/// A short identifier with a readable prefix.
pub(crate) fn id(prefix: &str) -> String {
    format!("{prefix}_{}", random(12))
}

#[expect(clippy::disallowed_methods, reason = "this is the sandbox's place for randomness")]
fn random(bytes: u32) -> String {
    CsrfToken::new_random_len(bytes).into_secret()
}
