//! The help: every key of the table.

use ratatui::text::{Line, Span};

use crate::tui::keys;
use crate::tui::theme::{Role, Theme};

/// How many lines the help has.
pub(in crate::tui) fn rows() -> usize {
    lines(Theme::Plain).len()
}

/// The lines of the help.
pub(super) fn lines(theme: Theme) -> Vec<Line<'static>> {
    let mut lines: Vec<_> = keys::TABLE
        .iter()
        .filter(|binding| !binding.help.is_empty())
        .map(|binding| {
            Line::from(vec![
                Span::styled(format!("{:>9}  ", binding.name), theme.style(Role::Accent)),
                Span::raw(binding.help),
            ])
        })
        .collect();
    lines.push(Line::styled(
        "    mouse  click selects, wheel scrolls; Shift+drag marks text",
        theme.style(Role::Dim),
    ));
    lines
}
