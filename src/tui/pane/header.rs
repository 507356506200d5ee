//! The first line: target, protocol version, progress, counts.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::flow::Outcome;
use crate::specification::Step;
use crate::tui::model::Model;
use crate::tui::text::{sanitize, shorten_middle, width};
use crate::tui::theme::Role;
use crate::tui::walk::Phase;

/// Columns the URL gets before anything is left out for it.
const URL: usize = 30;
/// Columns the name of a file gets in any case.
const FILE: usize = 14;

/// Draws the line.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let walk = &model.walk;
    let theme = model.theme;
    let scenario = &walk.scenario;
    let (counts, worst) = counts(model);
    let findings = format!("   {counts} ");
    let edited = if walk.is_edited() { "   edited" } else { "" };
    let progress = format!("{edited}   {}/{}", walk.steps_done(), Step::ALL.len());
    let url = walk.redactor.url(&scenario.target.url);
    let url = sanitize(&url);
    let room = usize::from(area.width).saturating_sub(width(&findings) + width(&progress));
    let wanted = width(&url).min(URL);
    let short = format!("   {}", scenario.protocol_version);
    let short_width = width(&short);
    let settings = [format!("{short} · {}", scenario.client.registration.id()), short, String::new()];
    let names = names(model);
    let fits = |name: &&String| width(name) + short_width + wanted <= room;
    let name = names.iter().find(fits).or(names.last()).cloned().unwrap_or_default();
    let room = room.saturating_sub(width(&name));
    let settings = settings.into_iter().find(|text| width(text) + wanted <= room).unwrap_or_default();
    let room = room.saturating_sub(width(&settings));
    let url = shorten_middle(&url, room);
    let gap = " ".repeat(room.saturating_sub(width(&url)));
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

/// How many findings there are; that a walk stopped without any is no good news.
fn counts(model: &Model) -> (String, Role) {
    let walk = &model.walk;
    match (&walk.phase, walk.findings.first()) {
        (_, Some(worst)) => (walk.counts.findings(), Role::from(worst.level)),
        (Phase::Finished(Outcome::Stuck { awaiting, .. }), None) => {
            (format!("stopped at {}", awaiting.number()), Role::Violation)
        }
        _ if walk.history().is_empty() => (walk.counts.findings(), Role::Dim),
        _ => (walk.counts.findings(), Role::Good),
    }
}

/// What it is, the longest way to say it first.
fn names(model: &Model) -> Vec<String> {
    let Some(stored) = &model.walk.stored else { return vec![" gatewalk  ".to_owned()] };
    let (name, when) = (sanitize(&stored.name), stored.when());
    let by = &stored.replay.stored().gatewalk.version;
    vec![
        format!(" gatewalk replay  {name} · {when} · {}   ", sanitize(by)),
        format!(" gatewalk replay  {name} · {when}   "),
        format!(" replay  {name} · {when}   "),
        format!(" replay  {name}   "),
        format!(" replay  {}   ", shorten_middle(&name, FILE)),
    ]
}
