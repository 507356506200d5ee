//! Text from peers, made harmless for terminals and readers: what is shown passes [`sanitize`].

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Combining marks that may follow each other; more are a prank.
const COMBINING: usize = 4;

/// The same text without anything that could drive a terminal or hide something: controls become pictures of
/// themselves, bidirectional overrides and invisible characters become `�`, tabs become spaces.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut combining = 0;
    for c in text.chars() {
        combining = if c.width() == Some(0) { combining + 1 } else { 0 };
        match c {
            '\t' => safe.push_str("    "),
            '\0'..='\x1f' => safe.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('�')),
            '\x7f' => safe.push('␡'),
            c if c.is_control() || is_invisible(c) || combining > COMBINING => safe.push('�'),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// The same for output that a job's runner reads line by line: nothing in it is a command.
///
/// GitHub takes for one a line that begins with `::` after white space, and `##[name]` anywhere in it
/// ([ActionCommand.cs](https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs)); Azure Pipelines
/// `##vso[`, and TeamCity `##teamcity[`.
pub fn escape_workflow_commands(text: &str) -> Cow<'_, str> {
    let text = sanitize(text);
    let starts = text.trim_start().starts_with("::");
    if !starts && (!text.contains("##") || !text.contains('[')) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 8);
    if starts {
        safe.push('·');
    }
    for c in text.chars() {
        if c == '#' && safe.ends_with('#') {
            safe.push('·');
        }
        safe.push(c);
    }
    Cow::Owned(safe)
}

/// A text of several lines, each of them harmless.
pub fn escape_lines(text: &str) -> String {
    text.lines().map(escape_workflow_commands).collect::<Vec<_>>().join("\n")
}

/// JSON in which what drives terminals and runners is written as an escape: it means the same, and is harmless.
pub fn escape_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        let command = c == '#' && safe.ends_with('#');
        if command || c != '\n' && (c.is_control() || is_invisible(c)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Characters that are not seen or that reorder what is seen, and noncharacters, which XML cannot hold.
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{fdd0}'..='\u{fdef}'
    ) || c as u32 & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_runner_finds_a_command() {
        for (text, safe) in [
            ("::error::x", "·::error::x"),
            (" \t::add-mask::x", "·     ::add-mask::x"),
            ("\u{3000}::x::", "·\u{3000}::x::"),
            ("a ##[group]b", "a #·#[group]b"),
            ("###[error]", "#·#·#[error]"),
            ("##vso[task.setvariable]x", "#·#vso[task.setvariable]x"),
            ("##VSO[x]", "#·#VSO[x]"),
            ("##teamcity[x]", "#·#teamcity[x]"),
            ("a::b ## c", "a::b ## c"),
        ] {
            assert_eq!(escape_workflow_commands(text), safe);
        }
        assert_eq!(escape_lines("a\r\n::b\n"), "a\n·::b");
    }

    #[test]
    fn json_stays_the_same_and_becomes_harmless() {
        let hostile = "\u{9b}31m\u{7f}\u{202e}\u{ffff}\u{e0041}##[error]##vso[x]";
        let json = serde_json::to_string_pretty(&[hostile, "ä"]).unwrap();
        let safe = escape_json(&json);
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [hostile, "ä"]);
        assert!(!safe.contains(|c: char| c != '\n' && (c.is_control() || is_invisible(c))), "{safe:?}");
        assert!(!safe.contains("##") && safe.contains('ä'), "{safe}");
    }

    #[test]
    fn noncharacters_are_replaced() {
        assert_eq!(sanitize("\u{fffe}\u{ffff}\u{fdd0}\u{1fffe}x"), "����x");
    }
}
