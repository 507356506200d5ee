//! The seven steps: how each stands and how many findings it has.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::status::spinner;
use crate::exchange::Purpose;
use crate::specification::{Level, Step};
use crate::tui::layout::is_wide;
use crate::tui::model::Model;
use crate::tui::selection::Focus;
use crate::tui::theme::Role;
use crate::tui::walk::{Item, StepStatus};

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let block = super::pane(" Steps ", model.focus == Focus::Steps, model.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    for (step, row) in Step::ALL.into_iter().zip(inner.rows()) {
        frame.render_widget(line(model, step), row);
        if step == model.selection.step {
            let role = if model.focus == Focus::Requests { Role::Current } else { Role::Selected };
            frame.buffer_mut().set_style(row, model.theme.style(role));
        }
    }
}

fn line(model: &Model, step: Step) -> Line<'static> {
    let theme = model.theme;
    let standing = model.walk.standing(step);
    let (mark, role) = mark(model, standing);
    let name =
        if matches!(standing, StepStatus::Ahead | StepStatus::Skipped) { Role::Dim } else { Role::Text };
    let findings = match model.walk.findings_of(step).count() {
        0 => String::new(),
        count => count.to_string(),
    };
    let worst = model.walk.findings_of(step).map(|judged| judged.level).max();
    let mut spans = vec![
        Span::styled(mark, theme.style(role)),
        Span::styled(format!(" {} {:<17}", step.number(), step.title()), theme.style(name)),
        Span::styled(format!("{findings:>3}"), theme.style(worst.map_or(Role::Dim, Role::from))),
    ];
    if is_wide(model.size) {
        spans.push(Span::styled(format!("{:>12}", time(model, step)), theme.style(Role::Dim)));
    }
    Line::from(spans)
}

/// The symbol of a standing.
fn mark(model: &Model, standing: StepStatus) -> (&'static str, Role) {
    match standing {
        StepStatus::Done(None | Some(Level::May)) => ("✓", Role::Good),
        StepStatus::Done(Some(Level::Should)) => ("!", Role::Warning),
        StepStatus::Done(Some(Level::Must)) | StepStatus::Stopped => ("✗", Role::Violation),
        StepStatus::Here => ("▸", Role::Accent),
        StepStatus::Busy => (spinner(model.elapsed), Role::Accent),
        StepStatus::Skipped => ("–", Role::Dim),
        StepStatus::Ahead => ("·", Role::Dim),
    }
}

/// How long the exchanges took by which a step was walked: neither probes nor what later steps do there.
fn time(model: &Model, step: Step) -> String {
    let of_walk = |item: &Item| match item {
        Item::Exchange(exchange) => match exchange.request.purpose {
            Purpose::Probe(_) | Purpose::Refresh | Purpose::Revocation | Purpose::CleanUp => None,
            _ => Some(exchange.timing.total),
        },
        _ => None,
    };
    let durations: Vec<_> = model.walk.items(step).iter().filter_map(of_walk).collect();
    if durations.is_empty() { String::new() } else { super::duration(durations.iter().sum()) }
}
