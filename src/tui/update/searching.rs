//! Searching in the main pane: what is typed is found at once, `n` and `N` go on.

use ratatui_textarea::TextArea;

use crate::tui::message::Way;
use crate::tui::model::{Model, Search};
use crate::tui::overlay::Overlay;

/// Asks for what to search for.
pub(super) fn ask_search(model: &mut Model) {
    let mut field = TextArea::default();
    field.set_cursor_line_style(ratatui::style::Style::new());
    model.overlay = Some(Overlay::Search(Box::new(field)));
}

/// Takes what is typed and shows the first place from the present one on.
pub(super) fn search(model: &mut Model) {
    let Some(Overlay::Search(field)) = &model.overlay else { return };
    let needle = field.lines().concat();
    let rows = model.pages.rows_with(&needle);
    let next = rows.iter().copied().find(|row| *row >= model.scroll).or_else(|| rows.first().copied());
    model.search = Some(Search { needle, rows });
    if let Some(row) = next {
        show(model, row);
    }
}

/// Goes to the next place, or the one before; after the last comes the first.
pub(super) fn found(model: &mut Model, way: Way) {
    let Some(search) = &model.search else { return };
    let (rows, here) = (&search.rows, model.scroll);
    let next = match way {
        Way::Forth => rows.iter().find(|row| **row > here).or_else(|| rows.first()),
        Way::Back => rows.iter().rev().find(|row| **row < here).or_else(|| rows.last()),
    };
    match next.copied() {
        Some(row) => show(model, row),
        None => model.status = Some(format!("{:?} is not on this page", search.needle)),
    }
}

/// Shows a row as the first one; near the end of the page as near to that as can be.
fn show(model: &mut Model, row: usize) {
    model.scroll = row.min(model.last_scroll());
}
