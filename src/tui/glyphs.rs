//! Which characters a terminal shows: all of Unicode, or those of ASCII only.

use ratatui::buffer::Buffer;

/// The characters a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// All of Unicode, as UTF-8.
    #[default]
    Unicode,
    /// ASCII only: what is drawn otherwise is drawn with its nearest likeness.
    Ascii,
}

impl Glyphs {
    /// Has a drawn screen hold those characters only.
    pub(super) fn limit(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            // A link holds its text and more; what is shown of it is a URL.
            if cell.symbol().is_ascii() {
                continue;
            }
            let likeness = cell.symbol().chars().next().map_or(" ", likeness);
            cell.set_symbol(likeness);
        }
    }
}

/// What a character looks like.
const fn likeness(c: char) -> &'static str {
    match c {
        '─' | '–' | '═' | '⠹' | '⠧' | '⠼' => "-",
        '│' | '▌' | '║' | '⠋' | '⠴' => "|",
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => "+",
        '✓' => "*",
        '✗' | '×' => "x",
        '▸' | '→' | '►' | '▶' | '»' => ">",
        '←' | '◄' | '◀' | '«' => "<",
        '▲' | '↑' => "^",
        '↓' | '▼' => "v",
        '·' | '•' => ".",
        '…' => "~",
        '⠙' | '⠦' => "/",
        '⠸' | '⠇' | '⠏' => "\\",
        '█' | '▓' | '▒' | '░' | '▉'..='▏' => "#",
        '“' | '”' => "\"",
        '‘' | '’' => "'",
        _ => "?",
    }
}
