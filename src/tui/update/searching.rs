//! Searching in the main pane: what is typed is found at once, `n` and `N` go on, and to other exchanges of the run.

use ratatui_textarea::TextArea;

use super::looking::{select, show_tab};
use crate::exchange::{Exchange, Headers, text};
use crate::specification::Step;
use crate::transcript::PeerText;
use crate::tui::direction::Direction;
use crate::tui::model::{Model, Search};
use crate::tui::overlay::Overlay;
use crate::tui::selection::Tab;
use crate::tui::walk::Item;

/// Asks for what to search for.
pub(super) fn ask_search(model: &mut Model) {
    let mut field = TextArea::default();
    field.set_cursor_line_style(ratatui::style::Style::new());
    model.overlay = Some(Overlay::Search(Box::new(field)));
    model.search = Some(Search { from: model.scroll, ..Search::default() });
}

/// Takes what is typed and shows the first place from where the search began; without one the page stays there.
pub(super) fn search(model: &mut Model) {
    let Some(Overlay::Search(field)) = &model.overlay else { return };
    let needle = field.lines().concat();
    let rows = model.pages.rows_with(&needle);
    let from = model.search.as_ref().map_or(model.scroll, |search| search.from);
    let at = rows.iter().position(|row| *row >= from).unwrap_or(0);
    model.search = Some(Search { needle, rows, at, from, elsewhere: None });
    model.scroll = from;
    show(model);
}

/// Ends typing. A text that is not on the page may be in another exchange.
pub(super) fn settle(model: &mut Model) {
    model.overlay = None;
    if model.search.as_ref().is_none_or(|search| search.needle.is_empty()) {
        model.search = None;
        return;
    }
    let Some(search) = model.search.as_ref().filter(|search| search.rows.is_empty()) else { return };
    let needle = search.needle.to_lowercase();
    let here = (model.selection.step, model.selection.item);
    let mut places: Vec<_> =
        model.walk.places().filter(|place| *place != here || model.tab != Tab::Exchange).collect();
    // From here on, then from the start.
    let start = places.iter().position(|place| *place > here).unwrap_or(0);
    places.rotate_left(start);
    let has = |(step, at): &(Step, usize)| matches!(model.walk.item(*step, *at), Some(Item::Exchange(exchange)) if holds(model, &exchange, &needle));
    let found = places.into_iter().find(has);
    let what = match found {
        Some((step, _)) => format!("found in {} {}; n goes there", step.number(), step.title()),
        None => "found nowhere in the run".to_owned(),
    };
    if let Some(search) = &mut model.search {
        model.status = Some(format!("{:?} is not on this page; {what}", search.needle));
        search.elsewhere = found;
    }
}

/// Whether an exchange holds a text, as far as the screen shows it.
fn holds(model: &Model, exchange: &Exchange, needle: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(needle);
    let heads = |headers: &Headers| headers.iter().any(|(name, value)| has(name) || has(&value));
    let request = &exchange.request;
    let sent = has(&request.url) || heads(&request.headers) || has(&text(&request.body));
    let heard = exchange.response().is_some_and(|response| heads(&response.headers) || has(&response.text()));
    if !(sent || heard) {
        return false;
    }
    // What is in a secret only is not shown.
    let entry = model.walk.redactor.exchange(exchange);
    let fields =
        |headers: &[(PeerText, PeerText)]| headers.iter().any(|(name, value)| has(name) || has(value));
    let shown = has(&entry.request.url) || fields(&entry.request.headers) || has(&entry.request.body);
    shown || entry.response.is_some_and(|response| fields(&response.headers) || has(&response.body))
}

/// Goes to the next place, or the one before; after the last comes the first. Where there is none on the page, to the
/// exchange that has one.
pub(super) fn found(model: &mut Model, way: Direction) {
    let Some(search) = &mut model.search else { return };
    let all = search.rows.len();
    if all > 0 {
        search.at = if way == Direction::Back { search.at + all - 1 } else { search.at + 1 } % all;
        show(model);
    } else if let Some((step, item)) = search.elsewhere {
        show_tab(model, Tab::Exchange);
        select(model, step, item);
        model.refresh();
        show(model);
    } else {
        model.status = Some(format!("{:?} is not on this page", search.needle));
    }
}

/// Shows the row that is looked at, as the first one unless it is seen already.
fn show(model: &mut Model) {
    let Some(row) = model.search.as_ref().and_then(Search::here) else { return };
    if !(model.scroll..model.scroll + model.page_height()).contains(&row) {
        model.scroll = row.min(model.last_scroll());
    }
}
