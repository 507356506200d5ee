//! What is known so far, by which a client goes on. It fills up as the walk goes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::known::{Fact, FactStatus, Known};
use crate::tui::layout::KNOWN_ROWS;
use crate::tui::model::Model;
use crate::tui::text::{sanitize, shorten_middle, width};
use crate::tui::theme::Role;

/// Columns of a name.
const NAME: usize = 10;

/// Facts that share a row where there is little room, and the name of that row.
type Row<'k> = (&'static str, Vec<&'k Fact>);

/// Draws the pane, if there is room for it.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    if area.is_empty() {
        return;
    }
    let block = super::pane(" Known so far ", false, model.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let is_tall = area.height > KNOWN_ROWS;
    let lines = rows(&model.walk.known).into_iter().flat_map(|(name, facts)| {
        if is_tall { tall(model, name, &facts, columns) } else { vec![short(model, name, &facts, columns)] }
    });
    for (line, row) in lines.zip(inner.rows()) {
        frame.render_widget(line, row);
    }
}

fn rows(known: &Known) -> [Row<'_>; 6] {
    let Known { resource, issuer, client_id, scope, pkce, state, audience, expires, server: _ } = known;
    [
        ("resource", resource.iter().collect()),
        ("issuer", issuer.iter().collect()),
        ("client_id", client_id.iter().collect()),
        ("scope", scope.iter().collect()),
        ("PKCE", pkce.iter().chain(state).collect()),
        ("token for", audience.iter().chain(expires).collect()),
    ]
}

/// Name and facts in a row; the first fact makes room for the others.
fn short(model: &Model, name: &'static str, facts: &[&Fact], columns: usize) -> Line<'static> {
    let mut spans = vec![Span::styled(format!("{name:<NAME$}"), model.theme.style(Role::Dim))];
    let mut room = columns.saturating_sub(NAME);
    let others: Vec<_> = facts.iter().skip(1).map(|fact| value(model, fact)).collect();
    let kept: usize = others.iter().map(|other| width(other) + 1).sum();
    for (index, fact) in facts.iter().enumerate() {
        let left = if index == 0 { room.saturating_sub(kept) } else { room };
        let text = shorten_middle(&value(model, fact), left);
        room = room.saturating_sub(width(&text) + 1);
        if index > 0 {
            spans.push(Span::raw(" "));
        }
        spans.push(Span::styled(text, model.theme.style(role(fact.status))));
    }
    Line::from(spans)
}

/// The name, and each fact in a row of its own.
fn tall(model: &Model, name: &'static str, facts: &[&Fact], columns: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut lines = vec![Line::styled(name, theme.style(Role::Dim))];
    if facts.is_empty() {
        lines.push(Line::styled("  –", theme.style(Role::Dim)));
    }
    lines.extend(facts.iter().map(|fact| {
        let text = shorten_middle(&value(model, fact), columns.saturating_sub(2));
        Line::styled(format!("  {text}"), theme.style(role(fact.status)))
    }));
    lines
}

/// The value, with a mark if the checks say something of it.
fn value(model: &Model, fact: &Fact) -> String {
    let text = sanitize(&model.walk.redactor.hidden(&fact.value)).into_owned();
    match fact.status {
        FactStatus::Open => text,
        FactStatus::Good => format!("✓ {text}"),
        FactStatus::Bad => format!("✗ {text}"),
    }
}

const fn role(status: FactStatus) -> Role {
    match status {
        FactStatus::Bad => Role::Violation,
        FactStatus::Open | FactStatus::Good => Role::Text,
    }
}
