//! Text from peers, made harmless and measured: what is shown passes [`neutral`].

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Combining marks that may follow each other; more are a prank.
const COMBINING: usize = 4;

/// The same text without anything that could drive a terminal or hide something: controls become pictures of
/// themselves, bidirectional overrides and invisible characters become `�`, tabs become spaces.
pub(super) fn neutral(text: &str) -> Cow<'_, str> {
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

/// Characters that are not seen or that reorder what is seen.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Columns a neutral text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Columns a neutral character takes.
pub(super) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// As much of the start of a text as fits, with `…` for the rest.
pub(super) fn shorten_end(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut short = take(text.chars(), columns.saturating_sub(1)).0;
    short.push('…');
    short
}

/// Start and end of a text, with `…` between, so that it fits.
pub(super) fn shorten_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let (mut start, used) = take(text.chars(), room.div_ceil(2));
    let (end, _) = take(text.chars().rev(), room - used);
    start.push('…');
    start.extend(end.chars().rev());
    start
}

fn take(characters: impl Iterator<Item = char>, columns: usize) -> (String, usize) {
    let mut used = 0;
    let taken = characters
        .take_while(|&c| {
            used += char_width(c);
            used <= columns
        })
        .collect::<String>();
    let used = width(&taken);
    (taken, used)
}

/// Path and query of a URL; the URL itself if it is none.
pub(super) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or(rest, |at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_that_drives_a_terminal_comes_through(text in any::<String>()) {
            let safe = neutral(&text);
            prop_assert!(!safe.chars().any(char::is_control), "{safe:?}");
            prop_assert!(!safe.chars().any(is_invisible), "{safe:?}");
            prop_assert_eq!(neutral(&safe), safe.clone());
        }

        #[test]
        fn what_is_shortened_fits(text in any::<String>(), columns in 1_usize..40) {
            let safe = neutral(&text);
            prop_assert!(width(&shorten_end(&safe, columns)) <= columns);
            prop_assert!(width(&shorten_middle(&safe, columns)) <= columns);
        }
    }

    #[test]
    fn controls_become_visible() {
        assert_eq!(neutral("\x1b[2J\u{9b}31m\u{202e}abc\u{200b}\tx\x7f"), "␛[2J�31m�abc�    x␡");
        assert_eq!(neutral(&format!("a{}", "\u{301}".repeat(6))), "a\u{301}\u{301}\u{301}\u{301}��");
        assert_eq!(neutral("plain"), "plain");
    }

    #[test]
    fn urls_are_shortened_where_they_say_least() {
        assert_eq!(path("https://h/.well-known/x?y"), "/.well-known/x?y");
        assert_eq!(shorten_middle("/oauth-protected-resource/mcp", 20), "/oauth-pro…ource/mcp");
    }
}
