//! The main pane: what is selected, its tabs, and the page below them.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::tried::failure_word;
use crate::tui::layout::Areas;
use crate::tui::model::{Focus, Model, Tab};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::walk::Item;

/// Columns between the names of tabs.
const GAP: usize = 3;

/// Draws the pane.
pub(super) fn draw(model: &Model, areas: &Areas, frame: &mut Frame<'_>) {
    let theme = model.theme;
    let step = model.selection.step;
    let title = format!(" {} {} ", step.number(), step.title());
    let room = usize::from(areas.main.width).saturating_sub(width(&title) + 4);
    let facts = facts(model);
    let facts = if width(&facts) <= room { facts } else { String::new() };
    let mut block =
        super::pane(Span::styled(title, theme.style(Role::Strong)), model.focus == Focus::Main, theme)
            .title(Line::from(facts).right_aligned());
    if let Some(place) = place(model) {
        block = block.title_bottom(Line::from(place).right_aligned());
    }
    frame.render_widget(block, areas.main);
    let mut spans = vec![Span::raw(" ")];
    for tab in Tab::ALL {
        let role = if tab == model.tab { Role::Selected } else { Role::Dim };
        spans.push(Span::styled(format!(" {} ", name(model, tab)), theme.style(role)));
        spans.push(Span::raw(" ".repeat(GAP - 2)));
    }
    frame.render_widget(Line::from(spans), areas.tabs);
    let selected = model.row().filter(|_| model.focus == Focus::Main);
    model.page.draw(model.scroll, selected, theme, areas.page, frame.buffer_mut());
}

/// The tab whose name is in that column of the tab line.
pub(in crate::tui) fn tab_at(model: &Model, column: u16) -> Option<Tab> {
    let mut left = 1;
    for tab in Tab::ALL {
        let right = left + width(&name(model, tab)) + 2;
        if (left..right).contains(&usize::from(column)) {
            return Some(tab);
        }
        left = right + GAP - 2;
    }
    None
}

fn name(model: &Model, tab: Tab) -> String {
    match tab {
        Tab::Exchange => "Exchange".to_owned(),
        Tab::Decoded => "Decoded".to_owned(),
        Tab::Findings => match model.walk.findings.len() {
            0 => "Findings".to_owned(),
            count => format!("Findings {count}"),
        },
        Tab::Why => "Why".to_owned(),
    }
}

/// The selected item in a few words.
fn facts(model: &Model) -> String {
    let mut facts = match model.item() {
        Some(Item::Exchange(exchange)) => {
            let outcome = match &exchange.outcome {
                Ok(response) => response.status.to_string(),
                Err(failure) => failure_word(failure.kind).to_owned(),
            };
            vec![exchange.request.method.clone(), outcome, super::duration(exchange.timing.total)]
        }
        Some(Item::Sending(request)) => vec![request.method.clone()],
        _ => Vec::new(),
    };
    let count = model.items().len();
    if count > 1 {
        facts.push(format!("{} of {count}", model.selection.item + 1));
    }
    if facts.is_empty() { String::new() } else { format!(" {} ", facts.join(" · ")) }
}

/// Which part of the page is seen, if not all of it.
fn place(model: &Model) -> Option<String> {
    let (rows, height) = (model.page.rows(), model.page_height());
    if rows <= height {
        return None;
    }
    let last = (model.scroll + height).min(rows);
    let more = if last < rows { "↓ " } else { "" };
    Some(format!(" {more}{}–{last} of {rows} ", model.scroll + 1))
}
