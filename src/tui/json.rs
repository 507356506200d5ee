//! JSON as text: laid out line by line without parsing it, so that nothing of a broken document is lost.

use super::theme::Role;

/// Columns an object in an object is moved by.
const INDENT: usize = 2;
/// Deeper levels are not moved further.
const DEEPEST: usize = 16;
/// Longer lines are not highlighted.
const LONGEST: usize = 8_192;

/// A line of laid-out JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonLine {
    /// Its text.
    pub(super) text: String,
    /// Which of the wanted pointers leads to the member on it.
    pub(super) wanted: Vec<usize>,
}

/// Whether a body is meant to be JSON.
pub(super) fn is_json(body: &str) -> bool {
    body.trim_start().starts_with(['{', '['])
}

/// Lays out a document and tells on which lines the members of these pointers (RFC 6901) are.
pub(super) fn lay_out(json: &str, pointers: &[&str]) -> Vec<JsonLine> {
    let wanted = pointers
        .iter()
        .map(|pointer| pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect())
        .collect();
    let mut layout =
        Layout { lines: Vec::new(), line: String::new(), redactor: Vec::new(), path: Vec::new(), wanted };
    layout.lay_out(json);
    layout.lines
}

/// Where in the document the next value is.
enum Place {
    /// In an object: the name read last.
    Member(String),
    /// In an array: its position.
    Element(usize),
}

struct Layout {
    lines: Vec<JsonLine>,
    line: String,
    redactor: Vec<usize>,
    path: Vec<Place>,
    wanted: Vec<Vec<String>>,
}

impl Layout {
    fn lay_out(&mut self, json: &str) {
        let mut rest = json;
        loop {
            let mut after = rest.chars();
            let Some(c) = after.next() else { break };
            let after = after.as_str();
            let mut taken = c.len_utf8();
            match c {
                '"' => {
                    let (string, after) = rest.split_at(string_end(rest));
                    taken = string.len();
                    self.line.push_str(string);
                    if after.trim_start().starts_with(':') {
                        let name = serde_json::from_str(string).unwrap_or_else(|_| string.to_owned());
                        if let Some(place) = self.path.last_mut() {
                            *place = Place::Member(name);
                        }
                        self.note_place();
                    }
                }
                '{' | '[' => {
                    let close = if c == '{' { '}' } else { ']' };
                    self.line.push(c);
                    if let Some(end) = after.trim_start().strip_prefix(close) {
                        self.line.push(close);
                        taken = rest.len() - end.len();
                    } else {
                        self.path.push(if c == '{' {
                            Place::Member(String::new())
                        } else {
                            Place::Element(0)
                        });
                        self.break_line();
                        self.note_place();
                    }
                }
                '}' | ']' => {
                    self.path.pop();
                    self.break_line();
                    self.line.push(c);
                }
                ',' => {
                    self.line.push(c);
                    self.break_line();
                    if let Some(Place::Element(at)) = self.path.last_mut() {
                        *at += 1;
                        self.note_place();
                    }
                }
                ':' => self.line.push_str(": "),
                c if c.is_whitespace() => {
                    // All of it at once. Between bare words, which are no JSON, a space is kept.
                    let bare = |c: char| c.is_alphanumeric();
                    let after = rest.trim_start();
                    if self.line.ends_with(bare) && after.starts_with(bare) {
                        self.line.push(' ');
                    }
                    taken = rest.len() - after.len();
                }
                c => self.line.push(c),
            }
            (_, rest) = rest.split_at(taken);
        }
        self.break_line();
    }

    fn break_line(&mut self) {
        if !self.line.trim().is_empty() {
            let text = std::mem::take(&mut self.line);
            self.lines.push(JsonLine { text, wanted: std::mem::take(&mut self.redactor) });
        }
        self.line = " ".repeat(INDENT * self.path.len().min(DEEPEST));
    }

    /// Notes whether the place the line is at is a wanted one.
    fn note_place(&mut self) {
        for (index, wanted) in self.wanted.iter().enumerate() {
            let here = wanted.len() == self.path.len()
                && wanted.iter().zip(&self.path).all(|(name, place)| match place {
                    Place::Member(member) => member == name,
                    Place::Element(at) => name.parse() == Ok(*at),
                });
            if here && !self.redactor.contains(&index) {
                self.redactor.push(index);
            }
        }
    }
}

/// The length of the string literal a text starts with, quotes included; to the end if it is not closed.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Splits a line of JSON into runs: the end of each, and what it means.
pub(super) fn highlight(line: &str) -> Vec<(usize, Role)> {
    if line.len() > LONGEST {
        return vec![(line.len(), Role::Text)];
    }
    let mut runs: Vec<(usize, Role)> = Vec::new();
    let mut at = 0;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let (taken, role) = match c {
            '"' => {
                let (string, after) = rest.split_at(string_end(rest));
                let named = after.trim_start().starts_with(':');
                (string.len(), if named { Role::Name } else { Role::String })
            }
            c if c.is_ascii_alphanumeric() || c == '-' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
                (end.unwrap_or(rest.len()), Role::Literal)
            }
            c => (c.len_utf8(), Role::Text),
        };
        at += taken;
        (_, rest) = rest.split_at(taken);
        match runs.last_mut() {
            Some((end, last)) if *last == role => *end = at,
            _ => runs.push((at, role)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        lay_out(json, &[]).into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn white_space_of_any_length_takes_one_look() {
        // Looking at what follows from each of them would take hours.
        let blank = " ".repeat(1 << 21);
        assert_eq!(text(&format!("[1{blank}")), "[\n  1");
        assert_eq!(text(&format!("[true{blank}false{blank}]")), "[\n  true false\n]");
        assert_eq!(text(&format!("{{\"a\"{blank}:{blank}[{blank}]{blank}}}")), "{\n  \"a\": []\n}");
    }

    #[test]
    fn documents_are_laid_out_as_they_were_sent() {
        assert_eq!(
            text(r#"{"a":[1, {"b": "x, {y}"}],"a":{},"c":[]}"#),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {y}\"\n    }\n  ],\n  \"a\": {},\n  \"c\": []\n}"
        );
        assert_eq!(text(r#"{"a": "not clo"#), "{\n  \"a\": \"not clo");
        assert_eq!(text("]]}"), "]\n]\n}");
        assert_eq!(text(&"[".repeat(10_000)).lines().count(), 10_000);
    }

    #[test]
    fn members_are_found_by_pointer() {
        let lines =
            lay_out(r#"{"issuer":"x","a":{"issuer":["p","q"]}}"#, &["/issuer", "/a/issuer/1", "/none"]);
        let marked: Vec<_> =
            lines.iter().filter(|l| !l.wanted.is_empty()).map(|l| (l.text.trim(), l.wanted[0])).collect();
        assert_eq!(marked, [("\"issuer\": \"x\",", 0), ("\"q\"", 1)]);
    }

    #[test]
    fn names_strings_and_literals_differ() {
        let line = r#"  "a": ["b", -1.5e3, true]"#;
        let roles: Vec<_> = highlight(line).into_iter().map(|(_, role)| role).collect();
        let expected = [
            Role::Text,
            Role::Name,
            Role::Text,
            Role::String,
            Role::Text,
            Role::Literal,
            Role::Text,
            Role::Literal,
            Role::Text,
        ];
        assert_eq!(roles, expected);
    }
}
