//! The sandbox's one random source: identifiers, codes and tokens nobody can guess.

use oauth2::CsrfToken;

/// 32 random bytes, base64url.
pub(crate) fn token() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

/// A short identifier with a readable prefix.
pub(crate) fn id(prefix: &str) -> String {
    format!("{prefix}_{}", CsrfToken::new_random_len(12).secret())
}
