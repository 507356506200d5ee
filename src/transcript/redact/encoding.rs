//! Texts as readers see them, with the way back to where each byte was written.

use std::ops::Range;

/// Bytes of a tag or comment that is looked for an end.
const LONGEST_TAG: usize = 1024;

/// A decoded text that remembers where its parts were written.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// In order; the last one is the end of both texts.
    parts: Vec<Part>,
}

/// Where a part of a decoded text begins, there and in the text it was decoded from.
#[derive(Clone, Copy, Debug)]
struct Part {
    decoded: usize,
    written: usize,
    /// Whether it stands there as it is; else it is one character, written in another way.
    verbatim: bool,
}

/// What something written in several bytes means.
enum Meaning {
    Nothing,
    Byte(u8),
    Char(char),
}

impl Decoded {
    /// Where a part of the decoded text was written.
    pub(super) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        (self.written(start), self.written(end))
    }

    fn written(&self, decoded: usize) -> usize {
        // The first part begins at 0.
        let after = self.parts.partition_point(|part| part.decoded <= decoded);
        let part = self.parts.get(after.saturating_sub(1));
        part.map_or(
            0,
            |part| if part.verbatim { part.written + decoded - part.decoded } else { part.written },
        )
    }

    /// Decodes, if anything in the text is encoded: `unit` tells how many bytes at the beginning of a text that starts with a
    /// trigger belong together, and what they mean.
    fn of(text: &str, triggers: &[u8], unit: impl Fn(&str) -> Option<(usize, Meaning)>) -> Option<Self> {
        let (mut bytes, mut parts) = (Vec::new(), Vec::new());
        // Up to where the text was taken over, and up to where it was looked at.
        let (mut taken, mut position) = (0, 0);
        let sent = |range: Range<usize>| text.as_bytes().get(range).unwrap_or_default();
        while let Some(next) = sent(position..text.len()).iter().position(|byte| triggers.contains(byte)) {
            position += next;
            let Some((length, meaning)) = text.get(position..).and_then(&unit) else {
                position += 1;
                continue;
            };
            if taken < position {
                parts.push(Part { decoded: bytes.len(), written: taken, verbatim: true });
                bytes.extend_from_slice(sent(taken..position));
            }
            parts.push(Part { decoded: bytes.len(), written: position, verbatim: false });
            match meaning {
                Meaning::Nothing => {}
                Meaning::Byte(byte) => bytes.push(byte),
                Meaning::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            position += length;
            taken = position;
        }
        if parts.is_empty() {
            return None;
        }
        parts.push(Part { decoded: bytes.len(), written: taken, verbatim: true });
        bytes.extend_from_slice(sent(taken..text.len()));
        Some(Self { text: readable(bytes), parts })
    }

    /// Percent-encoding ([RFC 3986 §2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)).
    pub(super) fn percent(text: &str) -> Option<Self> {
        Self::of(text, b"%", percent)
    }

    /// Percent-encoding with `+` for a space, as forms are sent.
    pub(super) fn form(text: &str) -> Option<Self> {
        Self::of(text, b"%+", |text| match text.strip_prefix('+') {
            Some(_) => Some((1, Meaning::Byte(b' '))),
            None => percent(text),
        })
    }

    /// ASCII as UTF-16 has it: a zero beside each byte.
    pub(super) fn wide(text: &str) -> Option<Self> {
        Self::of(text, b"\0", |_| Some((1, Meaning::Nothing)))
    }

    /// Without white space, which pages and mailers put where they like.
    pub(super) fn unspaced(text: &str) -> Option<Self> {
        Self::of(text, b" \t\r\n", |_| Some((1, Meaning::Nothing)))
    }

    /// Without tags and comments, as a page is read.
    pub(super) fn without_markup(text: &str) -> Option<Self> {
        Self::of(text, b"<", |text| {
            let is_tag = text.get(1..2)?.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
            let head = text.as_bytes().get(..text.len().min(LONGEST_TAG))?;
            let close: &[u8] = if text.starts_with("<!--") { b"-->" } else { b">" };
            let end = head.windows(close.len()).position(|window| window == close)? + close.len();
            is_tag.then_some((end, Meaning::Nothing))
        })
    }

    /// Escapes of JSON and JavaScript strings.
    pub(super) fn json(text: &str) -> Option<Self> {
        Self::of(text, b"\\", |text| {
            let short = |c: u8| Some((2, Meaning::Byte(c)));
            match text.as_bytes().get(1)? {
                b'u' => {
                    let unit = |text: &str| u16::from_str_radix(text.get(2..6)?, 16).ok();
                    let first = unit(text)?;
                    let pair = text.get(6..).filter(|rest| rest.starts_with("\\u")).and_then(unit);
                    let (taken, c) = match char::from_u32(first.into()) {
                        Some(c) => (6, c),
                        None => (12, char::decode_utf16([first, pair?]).next()?.ok()?),
                    };
                    Some((taken, Meaning::Char(c)))
                }
                b'x' => {
                    u8::from_str_radix(text.get(2..4)?, 16).ok().map(|byte| (4, Meaning::Char(byte.into())))
                }
                b'n' => short(b'\n'),
                b'r' => short(b'\r'),
                b't' => short(b'\t'),
                b'b' => short(8),
                b'f' => short(12),
                c @ (b'"' | b'\\' | b'/' | b'\'') => short(*c),
                _ => None,
            }
        })
    }

    /// Character references of HTML.
    pub(super) fn html(text: &str) -> Option<Self> {
        Self::of(text, b"&", |text| {
            let end = text.bytes().take(12).position(|byte| byte == b';')?;
            let name = text.get(1..end)?;
            let c = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                "sol" => '/',
                "plus" => '+',
                "equals" => '=',
                "colon" => ':',
                "period" => '.',
                "num" => '#',
                "percnt" => '%',
                "grave" => '`',
                _ => {
                    let number = name.strip_prefix('#')?;
                    let hexadecimal = number.strip_prefix(['x', 'X']);
                    let code = match hexadecimal {
                        Some(digits) => u32::from_str_radix(digits, 16),
                        None => number.parse(),
                    };
                    char::from_u32(code.ok()?)?
                }
            };
            Some((end + 1, Meaning::Char(c)))
        })
    }
}

/// Bytes as text. Those that are no UTF-8 belong to no secret, which is text: a control character stands for each.
fn readable(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::with_capacity(error.as_bytes().len());
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(std::iter::repeat_n('\u{1a}', chunk.invalid().len()));
        }
        text
    })
}

fn percent(text: &str) -> Option<(usize, Meaning)> {
    let digits = text.get(1..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok().map(|byte| (3, Meaning::Byte(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_parts_lead_back_to_where_they_were_written() {
        let cases = [
            (Decoded::percent("a%2Fb%c3%a4"), "a/bä", "%2Fb"),
            (Decoded::form("a+%2F"), "a /", "+%2F"),
            (Decoded::json(r"x\/\u0041\ud83d\ude00"), "x/A😀", r"\/\u0041"),
            (Decoded::wide("a\0b\0c\0"), "abc", "b\0c\0"),
            (Decoded::html("&amp;&#x2f;&#65;"), "&/A", "&#x2f;&#65;"),
        ];
        let written = ["a%2Fb%c3%a4", "a+%2F", r"x\/\u0041\ud83d\ude00", "a\0b\0c\0", "&amp;&#x2f;&#65;"];
        for ((decoded, text, part), written) in cases.into_iter().zip(written) {
            let decoded = decoded.unwrap();
            assert_eq!(decoded.text, text);
            let (start, end) = decoded.origin(1, 3);
            assert_eq!(written.get(start..end), Some(part));
        }
    }

    #[test]
    fn bytes_that_are_no_text_hide_nothing_beside_them() {
        let written = "a%ff%C3b%2Fc";
        let decoded = Decoded::percent(written).unwrap();
        let start = decoded.text.find("b/c").unwrap();
        let (start, end) = decoded.origin(start, start + 3);
        assert_eq!(written.get(start..end), Some("b%2Fc"));
    }

    #[test]
    fn what_is_not_encoded_is_not_decoded() {
        for text in ["", "plain", "50% off", "&nbsp", "%zz", "a & b", "\\"] {
            let none = [Decoded::percent(text), Decoded::json(text), Decoded::html(text)];
            assert!(none.iter().all(Option::is_none), "{text}");
        }
    }
}
