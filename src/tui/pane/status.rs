//! The line that says what is going on, or what the last key led to.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::flow::Outcome;
use crate::run::Prepared;
use crate::specification::Step;
use crate::tui::keys::Mode;
use crate::tui::model::Model;
use crate::tui::overlay::Overlay;
use crate::tui::text::{sanitize, shorten_end, shorten_middle, width};
use crate::tui::theme::Role;
use crate::tui::walk::Phase;

/// How long a picture of the spinner is shown.
pub(in crate::tui) const FRAME_INTERVAL: Duration = Duration::from_millis(120);

/// The picture of the spinner at that time.
pub(super) fn spinner(elapsed: Duration) -> &'static str {
    const PICTURES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
    let beats = elapsed.as_millis() / FRAME_INTERVAL.as_millis();
    usize::try_from(beats % 10).ok().and_then(|at| PICTURES.get(at)).copied().unwrap_or_default()
}

/// Draws the line.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    if let Some(Overlay::Search(field)) = &model.overlay {
        let [slash, text] = Layout::horizontal([Constraint::Length(2), Constraint::Fill(1)]).areas(area);
        frame.render_widget(Span::styled(" /", model.theme.style(Role::Accent)), slash);
        frame.render_widget(field.as_ref(), text);
        return;
    }
    let room = usize::from(area.width).saturating_sub(4);
    let (symbol, role, said) = match &model.status {
        Some(status) if !model.is_leaving() => ("·", Role::Strong, shown(model, status)),
        _ => standing(model, room),
    };
    let line = Line::from(vec![
        Span::raw(" "),
        Span::styled(symbol, model.theme.style(role)),
        Span::raw(" "),
        Span::raw(shorten_end(&said, room)),
    ]);
    frame.render_widget(line, area);
}

/// What others may have a say in.
fn shown(model: &Model, text: &str) -> String {
    sanitize(&model.walk.redactor.hidden(text)).into_owned()
}

/// How the walk stands, in a line.
fn standing(model: &Model, room: usize) -> (&'static str, Role, String) {
    let spinner = spinner(model.elapsed);
    if model.is_leaving() {
        return (spinner, Role::Accent, format!("ending the walk, {} s", model.elapsed.as_secs()));
    }
    match &model.walk.phase {
        // There Enter goes to the selected row.
        Phase::Starting | Phase::Waiting(_) if Mode::of(model) == Mode::Rows => {
            let step = model.walk.at();
            let said = format!("step {}, {}, is next: Esc, then Enter walks it", step.number(), step.title());
            ("▸", Role::Accent, said)
        }
        Phase::Starting | Phase::Waiting(Step::Challenge) => ("▸", Role::Accent, first(model, room)),
        Phase::Waiting(step) => ("▸", Role::Accent, next(model, *step, room)),
        Phase::Walking { login: Some(_), .. } if model.walk.awaits_person() => {
            let left = model.walk.scenario.consent.timeout.saturating_sub(model.elapsed).as_secs();
            let left = format!("{}:{:02}", left / 60, left % 60);
            let said = format!("waiting for your login ({left})");
            let with = model.walk.notes.last().map(|note| format!("{said} · {}", shown(model, note)));
            (spinner, Role::Accent, with.filter(|with| width(with) <= room).unwrap_or(said))
        }
        Phase::Walking { login: Some(_), .. } => {
            (spinner, Role::Accent, format!("gatewalk logs in by itself, {} s", model.elapsed.as_secs()))
        }
        Phase::Walking { sending: Some(request), .. } => {
            let time = if model.elapsed >= FRAME_INTERVAL {
                format!(" · {:.1} s", model.elapsed.as_secs_f64())
            } else {
                String::new()
            };
            let url = model.walk.redactor.url(&request.url);
            let left = room.saturating_sub(width(&time) + request.method.len() + 1);
            let url = shorten_middle(&sanitize(&url), left);
            (spinner, Role::Accent, format!("{} {url}{time}", shown(model, &request.method)))
        }
        Phase::Walking { step, .. } => (spinner, Role::Accent, format!("{} is under way", step.title())),
        Phase::Refused(refusal) if model.walk.stored.is_some() => {
            ("✗", Role::Violation, format!("the run stopped here: {}", shown(model, &refusal.to_string())))
        }
        Phase::Refused(_) => {
            let said = "a conforming client would stop here: c continue anyway, r retry, b back";
            ("✗", Role::Violation, said.to_owned())
        }
        Phase::Finished(Outcome::Reached(step)) => {
            let end = format!("complete: {} of {} steps", model.walk.steps_done(), Step::ALL.len());
            let end = if *step == Step::Session { end } else { format!("{end}, as asked") };
            let counts = model.walk.counts;
            let (symbol, role) = match (counts.violations, counts.warnings) {
                (0, 0) => ("✓", Role::Good),
                (0, _) => ("!", Role::Warning),
                _ => ("✗", Role::Violation),
            };
            (symbol, role, format!("{end}, {} · S summary · x exports", counts.findings()))
        }
        Phase::Finished(Outcome::Stuck { because, .. }) => {
            ("✗", Role::Violation, format!("stopped: {}", shown(model, &because.to_string())))
        }
    }
}

/// What comes next: the request, if it is known.
fn next(model: &Model, step: Step, room: usize) -> String {
    let step_of = format!("step {}, {}", step.number(), step.title());
    let (method, url) = match &model.walk.prepared {
        Some(Prepared::Request(request)) => (shown(model, &request.method), &request.url),
        Some(Prepared::Authorization(request)) => ("browser to".to_owned(), &request.url),
        None => return format!("Enter next: {step_of}"),
    };
    let url = model.walk.redactor.url(url);
    let url = sanitize(url.split(['?', '#']).next().unwrap_or_default()).into_owned();
    let (start, end) = (format!("Enter next: {method} "), format!(" ({step_of})"));
    let left = room.saturating_sub(width(&start) + width(&end));
    let left_short = room.saturating_sub(width(&start) + width(&format!(" (step {})", step.number())));
    if width(&url) <= left {
        return format!("{start}{url}{end}");
    }
    format!("{start}{} (step {})", shorten_middle(&url, left_short), step.number())
}

/// Where the walk starts; with the hint, which the page shows as well, if there is room for it.
fn first(model: &Model, room: usize) -> String {
    let start = "Enter walks the first step, a walks to the end";
    let hinted = model.given.hint.as_ref().map(|hint| format!("{start} · {}", sanitize(hint)));
    hinted.filter(|hinted| width(hinted) <= room).unwrap_or_else(|| start.to_owned())
}
