//! The key bar: the keys of the table that make sense now, as many as fit.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::keys::{self, Binding, Mode};
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::unavailable::unavailable;

/// Draws the bar.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    // A key that only explains itself before the end has no place in the bar.
    let early = |message: &Message| {
        *message == Message::Probe && !model.walk.can_probe() && model.walk.probes().next().is_none()
    };
    let shown = |binding: &&Binding| {
        !binding.label.is_empty()
            && unavailable(model, &binding.message).is_none()
            && !early(&binding.message)
    };
    let always =
        |binding: &&Binding| matches!(binding.message, Message::Help | Message::Leave | Message::Quit);
    let (last, first): (Vec<_>, Vec<_>) = keys::of(Mode::of(model)).filter(shown).partition(always);
    let columns = |binding: &Binding| width(binding.name) + 1 + width(binding.label) + 2;
    let mut room =
        usize::from(area.width).saturating_sub(1 + last.iter().copied().map(columns).sum::<usize>());
    let mut spans = vec![Span::raw(" ")];
    for binding in first.into_iter().chain(last.iter().copied()) {
        if !always(&binding) {
            if columns(binding) > room {
                continue;
            }
            room -= columns(binding);
        }
        spans.push(Span::styled(binding.name, model.theme.style(Role::Accent)));
        spans.push(Span::styled(format!(" {}  ", binding.label), model.theme.style(Role::Text)));
    }
    frame.render_widget(Line::from(spans), area);
}
