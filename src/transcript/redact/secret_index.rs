//! The secrets a run has sent and received, found again wherever somebody quotes them.
//!
//! Fields are marked by their names. A peer may also quote a secret in an error text, a header field or a page, whole
//! or shortened, plain, URL-encoded, JSON- or HTML-escaped, in UTF-16, hexadecimal, or base64 among other things: that is
//! what this is for.

use std::cmp::Reverse;
use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use super::encoding::Decoded;

/// Bytes a value needs to be looked for: a shorter one would be found in words.
const MIN_SECRET_LENGTH: usize = 6;
/// Bytes of a value by which it is recognised; what follows of it is masked as far as it goes.
const PREFIX_LENGTH: usize = 24;
/// How many encodings may be wrapped in each other.
const MAX_ENCODING_LAYERS: usize = 3;

/// Secrets with the marks that replace them.
#[derive(Clone, Debug, Default)]
pub(super) struct SecretIndex {
    /// Value and mark, in the order they were learnt.
    values: Vec<(String, String)>,
    /// What is looked for: the values and their base64 forms.
    patterns: Vec<Pattern>,
    /// Patterns by their first bytes.
    needles: HashMap<String, Vec<usize>>,
    search: Option<AhoCorasick>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    /// Index of the value.
    value: usize,
    /// Whether neighbours within the alphabet of base64 hold a part of it.
    encoded: bool,
}

/// A text with one more encoding taken off.
struct Reading {
    decoded: Decoded,
    /// Index of the reading it was decoded from; `None` is the text itself.
    of: Option<usize>,
    depth: usize,
}

/// A part of a text to be replaced by the mark of a value.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    value: usize,
}

impl SecretIndex {
    /// The mark of a value that is known.
    pub(super) fn mark(&self, value: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == value).map(|(_, mark)| mark.as_str())
    }

    /// All values with their marks.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(value, mark)| (value.as_str(), mark.as_str()))
    }

    /// Takes note of a secret. Short ones are marked in their own field only.
    pub(super) fn learn(&mut self, value: &str, mark: impl FnOnce() -> String) {
        if value.len() < MIN_SECRET_LENGTH || self.mark(value).is_some() {
            return;
        }
        let index = self.values.len();
        self.values.push((value.to_owned(), mark()));
        self.add(value.to_owned(), index, false);
        for shift in 0..3 {
            // With `shift` unknown bytes before it, and unknown ones after it, these characters are certain.
            let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.bytes()).collect();
            let first = (shift * 8).div_ceil(6);
            let certain = padded.len() * 8 / 6;
            for text in [BASE64_STANDARD_NO_PAD.encode(&padded), BASE64_URL_SAFE_NO_PAD.encode(&padded)] {
                self.add(text.chars().take(certain).skip(first).collect(), index, true);
            }
        }
        for hex in [|byte: &u8| format!("{byte:02x}"), |byte: &u8| format!("{byte:02X}")] {
            self.add(value.as_bytes().iter().map(hex).collect(), index, false);
        }
        self.search = None;
    }

    fn add(&mut self, text: String, value: usize, encoded: bool) {
        let prefix = (0..=text.len().min(PREFIX_LENGTH)).rev().find_map(|end| text.get(..end));
        self.needles.entry(prefix.unwrap_or_default().to_owned()).or_default().push(self.patterns.len());
        self.patterns.push(Pattern { text, value, encoded });
    }

    /// Makes the search ready; before, nothing is found.
    pub(super) fn prepare(&mut self) {
        if self.search.is_some() {
            return;
        }
        let needles = self.needles.keys();
        // An automaton of that size cannot be too big to be built.
        self.search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(needles).ok();
    }

    /// The text with every known secret replaced by its mark; `None` if there is none in it.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        let mut spans = self.spans(text);
        if spans.is_empty() {
            return None;
        }
        spans.sort_by_key(|span| (span.start, Reverse(span.end)));
        let mut masked = String::with_capacity(text.len());
        let mut from = 0;
        for span in spans {
            if span.start >= from {
                masked.push_str(text.get(from..span.start).unwrap_or_default());
                masked.push_str(self.values.get(span.value).map_or("", |(_, mark)| mark));
            }
            from = from.max(span.end);
        }
        masked.push_str(text.get(from..).unwrap_or_default());
        Some(masked)
    }

    /// Where the known secrets are, however they are written.
    fn spans(&self, text: &str) -> Vec<Span> {
        let mut spans = self.plain(text);
        let mut readings: Vec<Reading> = Vec::new();
        // `None` is the text itself. A reading comes after those with fewer layers.
        let mut from = None;
        loop {
            let depth = from.and_then(|index: usize| readings.get(index)).map_or(0, |reading| reading.depth);
            for decode in [Decoded::percent, Decoded::form, Decoded::json, Decoded::html, Decoded::wide] {
                let Some(decoded) = (depth < MAX_ENCODING_LAYERS)
                    .then(|| {
                        let of = from.and_then(|index: usize| readings.get(index));
                        decode(of.map_or(text, |reading| &reading.decoded.text))
                    })
                    .flatten()
                else {
                    continue;
                };
                // Most encodings can be taken off in any order.
                if readings.iter().all(|known| known.decoded.text != decoded.text) {
                    readings.push(Reading { decoded, of: from, depth: depth + 1 });
                }
            }
            let next = from.map_or(0, |index| index + 1);
            let Some(reading) = readings.get(next) else { return spans };
            from = Some(next);
            for span in self.plain(&reading.decoded.text) {
                let (mut span, mut inner) = (span, Some(reading));
                while let Some(Reading { decoded, of, .. }) = inner {
                    (span.start, span.end) = decoded.origin(span.start, span.end);
                    inner = of.and_then(|index| readings.get(index));
                }
                spans.push(span);
            }
        }
    }

    fn plain(&self, text: &str) -> Vec<Span> {
        let Some(search) = &self.search else { return Vec::new() };
        let mut spans = Vec::new();
        let mut from = 0;
        while let Some(found) = search.find(aho_corasick::Input::new(text).range(from..)) {
            let candidates =
                text.get(found.range()).and_then(|needle| self.needles.get(needle)).into_iter().flatten();
            let rest = text.get(found.start()..).unwrap_or_default();
            let fits = |&index: &usize| {
                let pattern = self.patterns.get(index)?;
                Some((common(rest, &pattern.text), index, pattern))
            };
            // Of those that begin alike the one that goes on longest, then the one learnt first.
            let Some((length, _, pattern)) =
                candidates.filter_map(fits).max_by_key(|(length, index, _)| (*length, Reverse(*index)))
            else {
                from = found.end();
                continue;
            };
            let Pattern { value, encoded, .. } = *pattern;
            let (mut start, mut end) = (found.start(), found.start() + length);
            if encoded {
                // The characters beside it hold the bits that depend on what is around.
                let sextet = |c: &u8| c.is_ascii_alphanumeric() || b"+/-_".contains(c);
                let (before, after) = (text.as_bytes().get(..start), text.as_bytes().get(end..));
                start -= before.into_iter().flatten().rev().take(2).take_while(|c| sextet(c)).count();
                end += after.into_iter().flatten().take(2).take_while(|c| sextet(c)).count();
            }
            spans.push(Span { start, end, value });
            from = end;
        }
        spans
    }
}

/// How many bytes two texts have in common at their beginning, at a boundary between characters.
fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[&str]) -> SecretIndex {
        let mut known = SecretIndex::default();
        for (index, value) in values.iter().enumerate() {
            known.learn(value, || format!("«{index}»"));
        }
        known.prepare();
        known
    }

    #[test]
    fn a_secret_is_found_in_every_encoding_and_in_encodings_of_encodings() {
        let known = known(&["s3cret/+ä=\"<&>\"x"]);
        for quoted in [
            "s3cret/+ä=\"<&>\"x",
            "s3cret%2F%2B%c3%A4%3D%22%3C%26%3E%22x",
            "s3cret/%2B%C3%A4=%22%3C%26%3E%22x",
            r#"s3cret\/+\u00e4=\"\u003c\u0026>\"x"#,
            "s3cret&#x2F;+ä=&quot;&lt;&amp;&gt;&#34;x",
            "s\u{0}3\0c\0r\0e\0t\0/\0+\0ä\0=\0\"\0<\0&\0>\0\"\0x\0",
            "7333637265742f2bc3a43d223c263e2278",
            "7333637265742F2BC3A43D223C263E2278",
            "s3cret%2F%2B%26auml%3B",
            "s3cret%252F%252B%25C3%25A4%253D%2522%253C%2526%253E%2522x",
        ] {
            let masked = known.masked(&format!("before {quoted} after"));
            if quoted.ends_with("%3B") {
                assert_eq!(masked, None, "another text");
            } else {
                assert_eq!(masked.as_deref(), Some("before «0» after"), "{quoted}");
            }
        }
    }

    #[test]
    fn base64_is_found_at_each_alignment() {
        let secret = "s3cret-value-of-some-length";
        let known = known(&[secret]);
        for before in ["", "a", "ab", "user:", "user7:"] {
            for after in ["", "z", "zz"] {
                let text = format!("{before}{secret}{after}");
                for encoded in [BASE64_STANDARD_NO_PAD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)] {
                    let masked = known.masked(&format!("Basic {encoded}=")).unwrap();
                    let left = masked.replace("«0»", "").len();
                    assert!(left < 6 + 1 + before.len() * 4 / 3 + after.len() * 4 / 3 + 6, "{masked}");
                }
            }
        }
    }

    #[test]
    fn of_secrets_that_begin_alike_the_right_one_is_named_and_shortened_ones_are_found() {
        let (a, b) = (format!("{}-first", "x".repeat(30)), format!("{}-second", "x".repeat(30)));
        let known = known(&[&a, &b]);
        assert_eq!(known.masked(&format!("{b} {a}")).as_deref(), Some("«1» «0»"));
        assert_eq!(known.masked(&format!("{}…", a.get(..28).unwrap())).as_deref(), Some("«0»…"));
        assert_eq!(known.masked("nothing here"), None);
    }

    #[test]
    fn short_values_are_not_looked_for() {
        assert_eq!(known(&["allow"]).masked("Allow: POST, allow"), None);
    }
}
