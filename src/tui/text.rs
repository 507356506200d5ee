//! Text from peers, measured: what is shown passes [`sanitize`].

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub(super) use crate::transcript::sanitize::sanitize;

/// Columns a sanitized text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Columns a sanitized character takes.
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
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::transcript::sanitize::is_invisible;

    proptest! {
        #[test]
        fn nothing_that_drives_a_terminal_comes_through(text in any::<String>()) {
            let safe = sanitize(&text);
            prop_assert!(!safe.chars().any(char::is_control), "{safe:?}");
            prop_assert!(!safe.chars().any(is_invisible), "{safe:?}");
            prop_assert_eq!(sanitize(&safe), safe.clone());
        }

        #[test]
        fn what_is_shortened_fits(text in any::<String>(), columns in 1_usize..40) {
            let safe = sanitize(&text);
            prop_assert!(width(&shorten_end(&safe, columns)) <= columns);
            prop_assert!(width(&shorten_middle(&safe, columns)) <= columns);
        }
    }

    #[test]
    fn controls_become_visible() {
        assert_eq!(sanitize("\x1b[2J\u{9b}31m\u{202e}abc\u{200b}\tx\x7f"), "␛[2J�31m�abc�    x␡");
        assert_eq!(sanitize(&format!("a{}", "\u{301}".repeat(6))), "a\u{301}\u{301}\u{301}\u{301}��");
        assert_eq!(sanitize("plain"), "plain");
    }

    #[test]
    fn urls_are_shortened_where_they_say_least() {
        assert_eq!(path("https://h/.well-known/x?y"), "/.well-known/x?y");
        assert_eq!(shorten_middle("/oauth-protected-resource/mcp", 20), "/oauth-pro…ource/mcp");
    }
}
