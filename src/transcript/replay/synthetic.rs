//! Texts that stand for the placeholders of a stored run, so that it can be looked at by those who look at secrets.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::ReplayError;
use crate::exchange::bounds::{STORED_SECRETS as SECRETS, STORED_SECRETS_ROOM as ROOM};
use crate::transcript::redact::Redactor;
use crate::transcript::{PeerText, TokenEntry, Transcript};

/// Bytes a synthetic secret has at least: a shorter one could not be told from other texts.
const LEAST: usize = 16;
/// Bytes one has at most, if nothing is known of what is inside: no check asks for more.
const MOST: usize = 256;

/// Texts that stand for placeholders.
pub(super) struct SyntheticSecrets {
    /// By their placeholders.
    synthetic: BTreeMap<String, String>,
    /// The placeholders of numbers.
    numbers: BTreeSet<String>,
}

impl SyntheticSecrets {
    pub(super) fn new(transcript: &Transcript) -> Result<Self, ReplayError> {
        // The whole transcript as text: every placeholder in it, wherever it stands. Placeholders need no escape in JSON.
        let text = serde_json::to_string(transcript).unwrap_or_default();
        let mut pairs: BTreeMap<String, String> = BTreeMap::new();
        let mut room = ROOM;
        let tokens: BTreeMap<_, _> =
            transcript.tokens.iter().rev().map(|token| (token.placeholder.as_str(), token)).collect();
        for placeholder in pieces(&text).filter_map(|piece| piece.strip_prefix('«')?.strip_suffix('»')) {
            let whole = format!("«{placeholder}»");
            if !pairs.contains_key(&whole) && pairs.len() < SECRETS {
                let found = synthetic(placeholder, tokens.get(whole.as_str()).copied());
                pairs.extend(found.map(|synthetic| (whole.clone(), synthetic)));
            }
            let taken = pairs.get(&whole).map_or(0, String::len);
            room = room.checked_sub(taken).ok_or(ReplayError::TooLarge(ROOM))?;
        }
        let numbers = transcript.tokens.iter().filter(|token| token.number);
        let numbers = numbers.map(|token| token.placeholder.as_str().to_owned()).collect();
        Ok(Self { synthetic: pairs, numbers })
    }

    /// The text with a synthetic secret for each placeholder.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut after_number = false;
        for piece in pieces(text) {
            let quote = std::mem::take(&mut after_number) && piece.starts_with('"');
            let piece = if quote { piece.get(1..).unwrap_or_default() } else { piece };
            match self.synthetic.get(piece) {
                // The quotes are those of its placeholder.
                Some(number) if self.numbers.contains(piece) && filled.ends_with('"') => {
                    filled.pop();
                    filled.push_str(number);
                    after_number = true;
                }
                Some(synthetic) => filled.push_str(synthetic),
                None => filled.push_str(piece),
            }
        }
        filled
    }

    /// What puts the placeholders back.
    pub(super) fn redactor(&self) -> Redactor {
        Redactor::of_pairs(
            self.synthetic.iter().map(|(placeholder, synthetic)| (synthetic.as_str(), placeholder.as_str())),
        )
    }
}

/// A text cut before each `«` and after each `»`: a placeholder is a piece of its own.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut inside = rest.chars();
        let first = inside.next()?;
        let inside = inside.as_str();
        let cut = inside.find(['«', '»']).map_or(rest.len(), |at| {
            let (_, after) = inside.split_at(at);
            let closes = first == '«' && after.starts_with('»');
            first.len_utf8() + at + if closes { '»'.len_utf8() } else { 0 }
        });
        let (piece, after) = rest.split_at(cut);
        rest = after;
        Some(piece)
    })
}

/// A text of about the length a placeholder tells, the same for the same digest; with the inside of a JWT if that was kept.
fn synthetic(placeholder: &str, token: Option<&TokenEntry>) -> Option<String> {
    let parts: Vec<_> = placeholder.rsplitn(4, ' ').collect();
    let ["B", length, digest, _] = parts[..] else { return None };
    let length: usize = length.parse().ok()?;
    let bytes = length.clamp(LEAST, MOST);
    if digest.len() != 4 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let encode = |text: &PeerText| BASE64_URL_SAFE_NO_PAD.encode(text.as_str());
    if token.is_some_and(|token| token.number) {
        return number(digest, length);
    }
    match token.map(|token| (token.header.as_ref(), token.claims.as_ref(), token.not_visible_ascii)) {
        Some((Some(header), Some(claims), _)) => {
            Some(format!("{}.{}.{digest}", encode(header), encode(claims)))
        }
        Some((Some(header), None, _)) => {
            Some(format!("{}.{digest}.{digest}.{digest}.{digest}", encode(header)))
        }
        Some((None, _, true)) => Some(format!("{digest} {}", "x".repeat(bytes - 5))),
        _ => {
            let filler = format!("{digest}{length}StandIn").repeat(bytes / 8 + 1);
            Some(filler.chars().take(bytes).collect())
        }
    }
}

/// A number of about that length, long enough to be found again and short enough to be exact in JSON.
fn number(digest: &str, length: usize) -> Option<String> {
    let digest = u16::from_str_radix(digest, 16).ok()?;
    Some(format!("9{digest:05}{}", "7".repeat(length.clamp(8, 15) - 6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_cut_out_of_what_is_around_them() {
        let cut = |text: &'static str| pieces(text).collect::<Vec<_>>();
        assert_eq!(cut("a «b» c"), ["a ", "«b»", " c"]);
        assert_eq!(cut("««b»»«c»"), ["«", "«b»", "»", "«c»"]);
        assert_eq!(cut("«a"), ["«a"]);
        assert_eq!(cut("»«"), ["»", "«"]);
        assert_eq!(cut(""), [""; 0]);
        for text in ["x«y»z", "««»»", "ä»«ö"] {
            assert_eq!(pieces(text).collect::<String>(), text);
        }
    }

    #[test]
    fn a_synthetic_secret_is_told_by_the_digest_and_neither_tiny_nor_huge() {
        let of = |placeholder: &str| synthetic(placeholder, None);
        assert_eq!(of("code 3f2a 43 B").map(|text| text.len()), Some(43));
        assert_eq!(of("code 3f2a 3 B").map(|text| text.len()), Some(LEAST));
        assert_eq!(of("code 3f2a 1048576 B").map(|text| text.len()), Some(MOST));
        assert_eq!(of("code 3f2a 43 B"), of("credentials 3f2a 43 B"), "equal secrets stay equal");
        assert_ne!(of("code 3f2a 43 B"), of("code 3f2b 43 B"));
        for no_mark in
            ["withheld 77 B: a response to a request with secrets that is not JSON", "code 3f2 3 B", "x"]
        {
            assert_eq!(of(no_mark), None);
        }
    }
}
