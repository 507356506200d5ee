//! Texts that stand for the marks of a stored run, so that it can be looked at by those who look at secrets.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::transcript::redact::Marks;
use crate::transcript::{TokenEntry, Transcript};

/// Bytes a stand-in has at least: a shorter one could not be told from other texts.
const LEAST: usize = 16;

/// Texts that stand for marks.
pub(super) struct StandIns(Vec<(String, String)>);

impl StandIns {
    pub(super) fn new(transcript: &Transcript) -> Self {
        // The whole transcript as text: every mark in it, wherever it stands. Marks need no escape in JSON.
        let text = serde_json::to_string(transcript).unwrap_or_default();
        let mut pairs: Vec<(String, String)> = Vec::new();
        for mark in text.split('«').skip(1).filter_map(|rest| rest.split_once('»')).map(|(mark, _)| mark) {
            let whole = format!("«{mark}»");
            if let Some(stand_in) = stand_in(mark, &transcript.tokens)
                && !pairs.iter().any(|(known, _)| *known == whole)
            {
                pairs.push((whole, stand_in));
            }
        }
        Self(pairs)
    }

    /// The text with a stand-in for each mark.
    pub(super) fn fill(&self, text: &str) -> String {
        if !text.contains('«') {
            return text.to_owned();
        }
        self.0.iter().fold(text.to_owned(), |text, (mark, stand_in)| text.replace(mark, stand_in))
    }

    /// What puts the marks back.
    pub(super) fn marks(&self) -> Marks {
        Marks::of_pairs(self.0.iter().map(|(mark, stand_in)| (stand_in.as_str(), mark.as_str())))
    }
}

/// A text of the length a mark tells, or a little longer, the same for the same digest; with the inside of a JWT if that was kept.
fn stand_in(mark: &str, tokens: &[TokenEntry]) -> Option<String> {
    let parts: Vec<_> = mark.rsplitn(4, ' ').collect();
    let ["B", length, digest, _] = parts[..] else { return None };
    let length: usize = length.parse().ok().filter(|length| *length <= 1 << 20)?;
    if digest.len() != 4 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let whole = format!("«{mark}»");
    let token = tokens.iter().find(|token| token.mark == whole);
    let encode = |text: &String| BASE64_URL_SAFE_NO_PAD.encode(text);
    match token.map(|token| (token.header.as_ref(), token.claims.as_ref(), token.not_visible_ascii)) {
        Some((Some(header), Some(claims), _)) => {
            Some(format!("{}.{}.{digest}", encode(header), encode(claims)))
        }
        Some((Some(header), None, _)) => {
            Some(format!("{}.{digest}.{digest}.{digest}.{digest}", encode(header)))
        }
        Some((None, _, true)) => Some(format!("{digest} {}", "x".repeat(length.max(LEAST) - 5))),
        _ => {
            let bytes = length.max(LEAST);
            let filler = format!("{digest}{length}StandIn").repeat(bytes / 8 + 1);
            Some(filler.chars().take(bytes).collect())
        }
    }
}
