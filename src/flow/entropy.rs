//! Random values from one seed that is handed in: the machine has no source of its own.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A stream of unguessable values.
#[derive(Clone)]
pub struct Entropy {
    seed: [u8; 32],
    drawn: u64,
}

impl Entropy {
    /// A stream from 256 random bits.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next value: 43 characters of base64url, which is both a `code_verifier`
    /// ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)) and more than enough for `state`.
    pub fn draw(&mut self) -> String {
        self.drawn += 1;
        let digest = Sha256::new().chain_update(self.seed).chain_update(self.drawn.to_be_bytes()).finalize();
        BASE64_URL_SAFE_NO_PAD.encode(digest)
    }

    /// A value for `state` ([RFC 6749 §A.5](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.5)): with characters that have to
    /// be encoded in a query, as the state of many clients has. A server that decodes it twice, or not at all, shows.
    pub fn draw_state(&mut self) -> String {
        format!("{}+=", self.draw())
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entropy").field("drawn", &self.drawn).finish_non_exhaustive()
    }
}
