//! Texts as readers see them, with the way back to where each byte was written.

/// A decoded text. `at[i]` is where its byte `i` begins in the text it was decoded from; the last is that text's end.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    at: Vec<usize>,
}

/// What may stand for a character: how many bytes it takes, and the bytes it means.
type Unit = (usize, Vec<u8>);

impl Decoded {
    /// Where a part of the decoded text was written.
    pub(super) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        (self.at[start], self.at[end])
    }

    /// Decodes, if anything in the text is encoded.
    fn of(text: &str, trigger: &[char], unit: impl Fn(&str) -> Option<Unit>) -> Option<Self> {
        if !text.contains(trigger) {
            return None;
        }
        let (mut bytes, mut at) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        let mut position = 0;
        let mut changed = false;
        while let Some(c) = text[position..].chars().next() {
            let encoded = if trigger.contains(&c) { unit(&text[position..]) } else { None };
            changed |= encoded.is_some();
            let (taken, meant) = encoded.unwrap_or_else(|| {
                let mut utf8 = [0; 4];
                (c.len_utf8(), c.encode_utf8(&mut utf8).as_bytes().to_vec())
            });
            at.extend(std::iter::repeat_n(position, meant.len()));
            bytes.extend(meant);
            position += taken;
        }
        at.push(text.len());
        changed.then(|| Self::readable(&bytes, &at))
    }

    /// The bytes as text. Those that are no UTF-8 belong to no secret, which is text: a replacement stands for them.
    fn readable(bytes: &[u8], origins: &[usize]) -> Self {
        let (mut text, mut at) = (String::with_capacity(bytes.len()), Vec::with_capacity(bytes.len() + 1));
        let mut position = 0;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            at.extend(&origins[position..position + chunk.valid().len()]);
            position += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                at.extend([origins[position]; char::REPLACEMENT_CHARACTER.len_utf8()]);
                position += chunk.invalid().len();
            }
        }
        at.push(origins[position]);
        Self { text, at }
    }

    /// Percent-encoding ([RFC 3986 §2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)).
    pub(super) fn percent(text: &str) -> Option<Self> {
        Self::of(text, &['%'], percent)
    }

    /// Percent-encoding with `+` for a space, as forms are sent.
    pub(super) fn form(text: &str) -> Option<Self> {
        Self::of(text, &['%', '+'], |text| match text.strip_prefix('+') {
            Some(_) => Some((1, vec![b' '])),
            None => percent(text),
        })
    }

    /// Escapes of JSON and JavaScript strings.
    pub(super) fn json(text: &str) -> Option<Self> {
        Self::of(text, &['\\'], |text| {
            let short = |c: u8| Some((2, vec![c]));
            match text.as_bytes().get(1)? {
                b'u' => {
                    let unit = |text: &str| u16::from_str_radix(text.get(2..6)?, 16).ok();
                    let first = unit(text)?;
                    let pair = text.get(6..).filter(|rest| rest.starts_with("\\u")).and_then(unit);
                    let (taken, c) = match char::from_u32(first.into()) {
                        Some(c) => (6, c),
                        None => (12, char::decode_utf16([first, pair?]).next()?.ok()?),
                    };
                    Some((taken, c.to_string().into_bytes()))
                }
                b'x' => u8::from_str_radix(text.get(2..4)?, 16).ok().map(|byte| (4, vec![byte])),
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
        Self::of(text, &['&'], |text| {
            let end = text.bytes().take(12).position(|byte| byte == b';')?;
            let name = &text[1..end];
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
            Some((end + 1, c.to_string().into_bytes()))
        })
    }
}

fn percent(text: &str) -> Option<Unit> {
    let digits = text.get(1..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok().map(|byte| (3, vec![byte]))
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
            (Decoded::html("&amp;&#x2f;&#65;"), "&/A", "&#x2f;&#65;"),
        ];
        let written = ["a%2Fb%c3%a4", "a+%2F", r"x\/\u0041\ud83d\ude00", "&amp;&#x2f;&#65;"];
        for ((decoded, text, part), written) in cases.into_iter().zip(written) {
            let decoded = decoded.unwrap();
            assert_eq!(decoded.text, text);
            let (start, end) = decoded.origin(1, 3);
            assert_eq!(&written[start..end], part);
        }
    }

    #[test]
    fn bytes_that_are_no_text_hide_nothing_beside_them() {
        let written = "a%ff%C3b%2Fc";
        let decoded = Decoded::percent(written).unwrap();
        let start = decoded.text.find("b/c").unwrap();
        let (start, end) = decoded.origin(start, start + 3);
        assert_eq!(&written[start..end], "b%2Fc");
    }

    #[test]
    fn what_is_not_encoded_is_not_decoded() {
        for text in ["", "plain", "50% off", "&nbsp", "%zz", "a & b", "\\"] {
            let none = [Decoded::percent(text), Decoded::json(text), Decoded::html(text)];
            assert!(none.iter().all(Option::is_none), "{text}");
        }
    }
}
