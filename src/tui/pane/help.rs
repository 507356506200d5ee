//! The help: every key of the table.

use ratatui::text::{Line, Span};

use crate::tui::keys;
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::update::never;

/// How many lines the help has.
pub(in crate::tui) fn rows(model: &Model) -> usize {
    lines(model).len()
}

/// The lines of the help: what can be done on this screen at all.
pub(super) fn lines(model: &Model) -> Vec<Line<'static>> {
    let theme = model.theme;
    let is_replay = model.walk.stored.is_some();
    let mut lines: Vec<_> = keys::TABLE
        .iter()
        .filter(|binding| !binding.help.is_empty() && never(model, &binding.message).is_none())
        .map(|binding| {
            Line::from(vec![
                Span::styled(format!("{:>9}  ", binding.name), theme.style(Role::Accent)),
                Span::raw(if is_replay && binding.message == Message::Leave { "quit" } else { binding.help }),
            ])
        })
        .collect();
    lines.push(Line::styled(
        "    mouse  click selects, wheel scrolls; Shift+drag marks text",
        theme.style(Role::Dim),
    ));
    lines
}
