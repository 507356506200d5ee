//! The first line: target, edition, progress, counts.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::edition::Step;
use crate::tui::model::Model;
use crate::tui::text::{neutral, shorten_middle, width};
use crate::tui::theme::Role;

/// Columns the URL gets before anything is left out for it.
const URL: usize = 30;

/// Draws the line.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let walk = &model.walk;
    let theme = model.theme;
    let scenario = &walk.scenario;
    let name = " gatewalk  ";
    let findings = format!("   {} ", walk.counts.findings());
    let progress = format!("   {}/{}", walk.steps_done(), Step::ALL.len());
    let url = walk.marks.url(&scenario.target.url);
    let url = neutral(&url);
    let room = usize::from(area.width).saturating_sub(width(name) + width(&findings) + width(&progress));
    let settings = [
        format!("   {} · {}", scenario.edition, scenario.client.registration.id()),
        format!("   {}", scenario.edition),
        String::new(),
    ];
    let wanted = width(&url).min(URL);
    let settings = settings.into_iter().find(|text| width(text) + wanted <= room).unwrap_or_default();
    let room = room.saturating_sub(width(&settings));
    let url = shorten_middle(&url, room);
    let gap = " ".repeat(room.saturating_sub(width(&url)));
    let worst = walk.findings.first().map_or(Role::Good, |judged| Role::from(judged.level));
    let worst = if walk.trail().is_empty() { Role::Dim } else { worst };
    let line = Line::from(vec![
        Span::styled(name, theme.style(Role::Accent)),
        Span::styled(url, theme.style(Role::Strong)),
        Span::raw(gap),
        Span::styled(settings, theme.style(Role::Dim)),
        Span::styled(progress, theme.style(Role::Strong)),
        Span::styled(findings, theme.style(worst)),
    ]);
    frame.render_widget(line, area);
}
