//! The secrets a run has sent and received, found again wherever somebody quotes them.
//!
//! Fields are redacted by their names. A peer may also quote a secret in an error text, a header field or a page, whole
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
/// What stands where a text was cut.
const CUT: char = '…';
/// Bytes of a secret that are masked in front of a cut.
const MIN_CUT_LENGTH: usize = 4;
/// The same at the end of a text.
const MIN_END_LENGTH: usize = 10;
/// How many encodings may be wrapped in each other.
const MAX_ENCODING_LAYERS: usize = 3;

/// Secrets with the placeholders that replace them.
#[derive(Clone, Debug, Default)]
pub(super) struct SecretIndex {
    /// In the order they were learnt.
    values: Vec<Known>,
    /// Places in `values` by what was learnt there.
    places: HashMap<String, usize>,
    /// What is looked for: the values and their encoded forms.
    patterns: Vec<Pattern>,
    /// Patterns by their first bytes.
    needles: HashMap<String, Vec<usize>>,
    search: Search,
}

#[derive(Clone, Debug)]
struct Known {
    secret: String,
    placeholder: String,
    /// Whether it turned out to be no secret.
    public: bool,
}

/// The state of the search.
#[derive(Clone, Debug, Default)]
enum Search {
    /// There is nothing to be looked for.
    #[default]
    Nothing,
    /// Something was learnt since it was made.
    Stale,
    Ready {
        automaton: AhoCorasick,
        /// The patterns in the order of their texts, to find those that begin with a text.
        sorted: Vec<usize>,
    },
    /// It could not be made.
    Failed,
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
    /// Whether what was taken off is space or markup, which does not belong to the secret it follows.
    joined: bool,
}

/// A part of a text to be replaced by the placeholder of a value.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    value: usize,
}

impl SecretIndex {
    /// The placeholder of a value that is known.
    pub(super) fn placeholder(&self, value: &str) -> Option<&str> {
        let known = self.values.get(*self.places.get(value)?)?;
        Some(known.placeholder.as_str())
    }

    /// All values with their placeholders.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|known| (known.secret.as_str(), known.placeholder.as_str()))
    }

    /// Takes note that a value is no secret after all.
    pub(super) fn publish(&mut self, value: &str) {
        if let Some(known) = self.places.get(value).and_then(|place| self.values.get_mut(*place)) {
            known.public = true;
        }
    }

    /// Takes note of a secret. Short ones are redacted in their own field only.
    pub(super) fn learn(&mut self, value: &str, placeholder: impl FnOnce() -> String) {
        if value.len() < MIN_SECRET_LENGTH || self.places.contains_key(value) {
            return;
        }
        let index = self.values.len();
        self.places.insert(value.to_owned(), index);
        self.values.push(Known { secret: value.to_owned(), placeholder: placeholder(), public: false });
        self.add(value.to_owned(), index, false);
        let joined: String = value.split_whitespace().collect();
        if joined.len() != value.len() && joined.len() >= MIN_SECRET_LENGTH {
            self.add(joined, index, false);
        }
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
        self.search = Search::Stale;
    }

    fn add(&mut self, text: String, value: usize, encoded: bool) {
        let prefix = (0..=text.len().min(PREFIX_LENGTH)).rev().find_map(|end| text.get(..end));
        self.needles.entry(prefix.unwrap_or_default().to_owned()).or_default().push(self.patterns.len());
        self.patterns.push(Pattern { text, value, encoded });
    }

    /// Makes the search ready; before, every text is withheld.
    pub(super) fn prepare(&mut self) {
        if !matches!(self.search, Search::Stale) {
            return;
        }
        let needles = self.needles.keys();
        self.search = match AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(needles) {
            Ok(automaton) => {
                let mut sorted: Vec<_> = (0..self.patterns.len()).collect();
                sorted.sort_by_key(|index| self.patterns.get(*index).map(|pattern| pattern.text.as_str()));
                Search::Ready { automaton, sorted }
            }
            Err(_) => Search::Failed,
        };
    }

    /// The text with every known secret replaced by its placeholder; `None` if there is none in it. A text that cannot be searched
    /// is withheld.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        match self.search {
            Search::Nothing => return None,
            Search::Ready { .. } => {}
            Search::Stale | Search::Failed => {
                return Some(format!("«withheld {} B: it cannot be searched for secrets»", text.len()));
            }
        }
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
                masked.push_str(self.values.get(span.value).map_or("", |value| &value.placeholder));
            }
            from = from.max(span.end);
        }
        masked.push_str(text.get(from..).unwrap_or_default());
        Some(masked)
    }

    /// Where the known secrets are, however they are written.
    fn spans(&self, text: &str) -> Vec<Span> {
        let mut spans = self.plain(text, true);
        let mut readings: Vec<Reading> = Vec::new();
        // Words may be joined by taking out what stands between their parts; of such a reading one encoding is taken off.
        for decoded in [Decoded::unspaced(text), Decoded::without_markup(text)].into_iter().flatten() {
            readings.push(Reading { decoded, of: None, depth: MAX_ENCODING_LAYERS - 1, joined: true });
        }
        // `None` is the text itself. A reading comes after those with fewer layers.
        let mut from = None;
        loop {
            let of = from.and_then(|index: usize| readings.get(index));
            let depth = of.map_or(0, |reading| reading.depth);
            let joined = of.is_some_and(|reading| reading.joined);
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
                    readings.push(Reading { decoded, of: from, depth: depth + 1, joined });
                }
            }
            let next = from.map_or(0, |index| index + 1);
            let Some(reading) = readings.get(next) else { return spans };
            from = Some(next);
            for span in self.plain(&reading.decoded.text, !reading.joined) {
                let (mut span, mut inner) = (span, Some(reading));
                while let Some(Reading { decoded, of, .. }) = inner {
                    (span.start, span.end) = decoded.origin(span.start, span.end);
                    inner = of.and_then(|index| readings.get(index));
                }
                if reading.joined {
                    let whole = text.get(span.start..span.end);
                    span.end = whole.map_or(span.end, |whole| span.start + whole.trim_end().len());
                }
                spans.push(span);
            }
        }
    }

    /// Where they are in a text as it is; `beside` tells whether what stands beside each other belongs together.
    fn plain(&self, text: &str, beside: bool) -> Vec<Span> {
        let Search::Ready { automaton, sorted } = &self.search else { return Vec::new() };
        let mut spans = Vec::new();
        let mut from = 0;
        while let Some(found) = automaton.find(aho_corasick::Input::new(text).range(from..)) {
            let candidates =
                text.get(found.range()).and_then(|needle| self.needles.get(needle)).into_iter().flatten();
            let rest = text.get(found.start()..).unwrap_or_default();
            let fits = |&index: &usize| {
                let pattern = self.patterns.get(index)?;
                let public = self.values.get(pattern.value).is_some_and(|value| value.public);
                (!public).then(|| (common(rest, &pattern.text), index, pattern))
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
            if encoded && beside {
                // The characters beside it hold the bits that depend on what is around.
                let sextet = |c: &u8| c.is_ascii_alphanumeric() || b"+/-_".contains(c);
                let (before, after) = (text.as_bytes().get(..start), text.as_bytes().get(end..));
                start -= before.into_iter().flatten().rev().take(2).take_while(|c| sextet(c)).count();
                end += after.into_iter().flatten().take(2).take_while(|c| sextet(c)).count();
            }
            spans.push(Span { start, end, value });
            from = end;
        }
        let cuts = text.match_indices(CUT).map(|(at, _)| (at, MIN_CUT_LENGTH));
        // A body that was not read to its end has no sign of that.
        let cuts = cuts.chain([(text.len(), MIN_END_LENGTH)]);
        spans.extend(cuts.filter_map(|(at, least)| self.cut_off(text, at, least, sorted)));
        spans
    }

    /// The beginning of a secret in front of a place where a text was cut.
    fn cut_off(&self, text: &str, at: usize, least: usize, sorted: &[usize]) -> Option<Span> {
        let before = text.get(..at)?;
        let starts = before.char_indices().rev().map(|(start, _)| start);
        let beginning_here = |start: usize| {
            let part = before.get(start..)?;
            let first = sorted.partition_point(|index| {
                self.patterns.get(*index).is_some_and(|pattern| pattern.text.as_str() < part)
            });
            let begin_so = sorted.iter().skip(first).filter_map(|index| self.patterns.get(*index));
            let mut begin_so = begin_so.take_while(|pattern| pattern.text.starts_with(part));
            let value = begin_so
                .find(|pattern| self.values.get(pattern.value).is_none_or(|value| !value.public))?
                .value;
            Some(Span { start, end: at, value })
        };
        // The longest beginning; a short one says little, and may be a word.
        let starts = starts.take_while(|start| at - start <= PREFIX_LENGTH);
        let found: Vec<_> = starts.filter(|start| at - start >= least).filter_map(beginning_here).collect();
        found.last().copied()
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
    fn what_a_cut_leaves_of_a_secret_is_found() {
        let known = known(&["s3cret-passphrase", "an other sentence"]);
        for (text, masked) in [
            ("the page says s3cret-passphras…", "the page says «0»…"),
            ("s3cr… and s3cret-…", "«0»… and «0»…"),
            ("733363726574…", "«0»…"),
            ("an other sent…", "«1»…"),
        ] {
            assert_eq!(known.masked(text).as_deref(), Some(masked), "{text}");
        }
        assert_eq!(known.masked("a s3c… an…"), None);
    }

    #[test]
    fn space_and_markup_inside_of_a_secret_hide_nothing() {
        let known = known(&["s3cret-value", "two  words of it"]);
        for (text, masked) in [
            ("a s3cret -\n value b", "a «0» b"),
            ("a s3c<b>ret</b>-va<!-- x -->lue b", "a «0» b"),
            ("two words of it", "«1»"),
            ("two words\n of it.", "«1»."),
        ] {
            let found = known.masked(text);
            assert_eq!(found.as_deref().unwrap_or(text), masked, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_searched_is_withheld() {
        let mut known = SecretIndex::default();
        assert_eq!(known.masked("s3cret-value"), None, "there is nothing to look for");
        known.learn("s3cret-value", || "«0»".to_owned());
        assert!(known.masked("s3cret-value").is_some_and(|said| said.starts_with("«withheld 12 B")));
        known.search = Search::Failed;
        assert!(known.masked("anything").is_some_and(|said| said.starts_with("«withheld 8 B")));
    }

    #[test]
    fn what_turns_out_to_be_public_is_not_hidden() {
        let mut known = known(&["accept", "s3cret-value"]);
        assert_eq!(known.masked("accept: a").as_deref(), Some("«0»: a"));
        known.publish("accept");
        assert_eq!(known.masked("accept: s3cret-value").as_deref(), Some("accept: «1»"));
        assert_eq!(known.masked("accep…"), None);
    }

    #[test]
    fn short_values_are_not_looked_for() {
        assert_eq!(known(&["allow"]).masked("Allow: POST, allow"), None);
    }
}
