//! The main pane: what is selected, its tabs, and the page below them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::requests::failure_word;
use super::timeline;
use crate::tui::layout::Areas;
use crate::tui::model::{Model, Search};
use crate::tui::page::Look;
use crate::tui::selection::{Focus, Tab, View};
use crate::tui::text::{sanitize, width};
use crate::tui::theme::Role;
use crate::tui::walk::Item;

/// Columns between the names of tabs.
const GAP: usize = 3;

/// Draws the pane.
pub(super) fn draw(model: &Model, areas: &Areas, frame: &mut Frame<'_>) {
    let theme = model.theme;
    let title = title(model);
    let room = usize::from(areas.main.width).saturating_sub(width(&title) + 4);
    let facts = facts(model, room);
    let is_focused = model.focus == Focus::Main || model.tab.is_full();
    let mut block = super::pane(Span::styled(title, theme.style(Role::Strong)), is_focused, theme)
        .title(Line::from(facts).right_aligned());
    if model.tab == Tab::Diagram {
        block =
            block.title_bottom(Span::styled(" Enter shows the selected exchange ", theme.style(Role::Dim)));
    }
    if let Some(place) = place(model) {
        block = block.title_bottom(Line::from(place).right_aligned());
    }
    frame.render_widget(block, areas.main);
    if model.tab == Tab::Diagram {
        let area = Rect { x: areas.page.x, width: areas.page.width, ..areas.tabs };
        let heads = super::diagram::heads(usize::from(area.width));
        frame.render_widget(Line::styled(heads, theme.style(Role::Strong)), area);
    } else if model.tab.is_full() {
        frame.render_widget(Line::from(about(model)), areas.tabs);
    } else {
        let mut spans = vec![Span::raw(" ")];
        for tab in Tab::ALL {
            let role = if tab == model.tab { Role::Selected } else { Role::Dim };
            spans.push(Span::styled(format!(" {} ", name(model, tab)), theme.style(role)));
            spans.push(Span::raw(" ".repeat(GAP - 2)));
        }
        frame.render_widget(Line::from(spans), areas.tabs);
    }
    let needle = model.search.as_ref().map(|search| search.needle.as_str());
    let selected = model.row().filter(|_| is_focused);
    let links = model.links && model.overlay.is_none();
    let found = model.search.as_ref().and_then(Search::here);
    let look = Look { first: model.scroll, selected, needle, found, theme, links };
    model.pages.page.draw(&look, areas.page, frame.buffer_mut());
    let still = Look { first: 0, selected: None, needle: None, found: None, ..look };
    model.pages.learned.draw(&still, areas.learned, frame.buffer_mut());
    if let (Some(beside), Some(area)) = (&model.pages.beside, areas.beside) {
        for y in area.top()..area.bottom() {
            frame.buffer_mut().set_string(area.x - 2, y, "│", theme.style(Role::Dim));
        }
        beside.draw(&look, area, frame.buffer_mut());
    }
}

fn title(model: &Model) -> String {
    let step = model.selection.step;
    match model.tab {
        Tab::Summary => " Summary ".to_owned(),
        Tab::Diagram => " Sequence diagram ".to_owned(),
        Tab::Timeline => " Timeline ".to_owned(),
        Tab::Probes => " Probes ".to_owned(),
        Tab::Clients => " Real clients ".to_owned(),
        Tab::Log => " Log ".to_owned(),
        Tab::Findings => " All findings ".to_owned(),
        _ => format!(" {} {} ", step.number(), step.title()),
    }
}

/// What stays above the page of a tab of the whole run.
fn about(model: &Model) -> Vec<Span<'static>> {
    let dim = |text| vec![Span::styled(text, model.theme.style(Role::Dim))];
    match model.tab {
        Tab::Timeline => {
            let says = ["until the head of the response, connecting and TLS included ", "its body"];
            let legend = timeline::PICTURES.into_iter().zip(says).flat_map(|((picture, role), says)| {
                let picture = Span::styled(format!("  {picture} "), model.theme.style(role));
                [picture, Span::styled(says, model.theme.style(Role::Dim))]
            });
            legend.collect()
        }
        Tab::Summary if model.pages.page.items() > 0 => {
            dim("  Enter shows the exchange of the selected finding")
        }
        Tab::Probes if model.pages.page.items() > 0 => dim("  Enter shows the selected exchange"),
        _ => dim("  Esc goes back"),
    }
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
        _ => "About".to_owned(),
    }
}

/// The selected item in a few words, as many as fit: that secrets are shown goes last, how long it took first.
fn facts(model: &Model, room: usize) -> String {
    if model.tab.is_full() {
        return String::new();
    }
    // Each with what it is worth.
    let mut facts: Vec<(u8, String)> = Vec::new();
    if model.walk.redactor.is_revealed {
        facts.push((5, "SECRETS SHOWN".to_owned()));
    }
    if model.tab == Tab::Exchange && model.view != View::Pretty {
        facts.push((2, if model.view == View::Raw { "as sent" } else { "bytes" }.to_owned()));
    }
    let is_of_item = matches!(model.tab, Tab::Exchange | Tab::Decoded);
    match model.item().filter(|_| is_of_item) {
        Some(Item::Exchange(exchange)) => {
            let outcome = match &exchange.outcome {
                Ok(response) => response.status.to_string(),
                Err(failure) => failure_word(failure.kind).to_owned(),
            };
            facts.push((1, sanitize(&exchange.request.method).into_owned()));
            facts.push((3, outcome));
            facts.push((0, super::duration(exchange.timing.total)));
        }
        Some(Item::Sending(request)) => facts.push((1, sanitize(&request.method).into_owned())),
        _ => {}
    }
    let count = model.walk.count(model.selection.step);
    if count > 1 && is_of_item {
        facts.push((4, format!("{} of {count}", model.selection.item + 1)));
    }
    loop {
        let words: Vec<_> = facts.iter().map(|(_, fact)| fact.as_str()).collect();
        let text = format!(" {} ", words.join(" · "));
        if width(&text) <= room && !facts.is_empty() {
            return text;
        }
        let least = facts.iter().map(|(worth, _)| *worth).min();
        let Some(least) = least else { return String::new() };
        facts.retain(|(worth, _)| *worth > least);
    }
}

/// Which part of the page is seen, if not all of it.
fn place(model: &Model) -> Option<String> {
    let found = model.search.as_ref().filter(|search| !search.needle.is_empty());
    let found = found.map_or(String::new(), |search| match search.rows.len() {
        0 => " not found ·".to_owned(),
        count => {
            format!(" {} of {count} found ·", search.at + 1)
        }
    });
    let (rows, height) = (model.pages.rows(), model.page_height());
    if rows <= height {
        return (!found.is_empty()).then(|| found.trim_end_matches('·').to_owned());
    }
    let last = (model.scroll + height).min(rows);
    let more = if last < rows { "↓ " } else { "" };
    Some(format!("{found} {more}{}–{last} of {rows} ", model.scroll + 1))
}
