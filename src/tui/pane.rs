//! What is drawn where. Panes read the model and change nothing.

mod authorization;
mod clients;
mod decoded;
mod diagnosis;
mod diagram;
mod edit;
mod findings;
mod footer;
mod header;
mod help;
mod http;
mod known;
mod learned;
mod log;
mod main;
mod overlay;
mod probes;
mod replay;
mod requests;
mod status;
mod steps;
mod summary;
mod timeline;
mod why;

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph, Wrap};

use super::layout::{self, SMALLEST};
use super::model::Model;
use super::page::{Page, PageLine};
use super::pages::Pages;
use super::selection::Tab;
use super::theme::{Role, Theme};
use crate::specification::Level;

pub(super) use help::{height as help_height, rows as help_rows};
pub(super) use main::tab_at;
pub(super) use probes::place as probe_place;
pub(super) use status::FRAME_INTERVAL;
pub(super) use summary::finding_at as summary_finding;

/// Draws the screen.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    draw_all(model, frame);
    model.glyphs.limit(frame.buffer_mut());
}

fn draw_all(model: &Model, frame: &mut Frame<'_>) {
    let screen = frame.area();
    if layout::is_too_small(screen.as_size()) {
        let action = format!(
            "gatewalk needs {}×{} characters; this terminal has {}×{}. Please enlarge it, or press q to quit.",
            SMALLEST.width, SMALLEST.height, screen.width, screen.height
        );
        frame.render_widget(Paragraph::new(action).wrap(Wrap { trim: true }), screen);
        return;
    }
    let areas = layout::areas(screen.as_size(), model.shape());
    header::draw(model, areas.header, frame);
    if !model.tab.is_full() {
        steps::draw(model, areas.steps, frame);
        requests::draw(model, areas.tried, frame);
        known::draw(model, areas.known, frame);
    }
    main::draw(model, &areas, frame);
    status::draw(model, areas.status, frame);
    footer::draw(model, areas.keys, frame);
    overlay::draw(model, frame);
}

/// What the main pane shows, wrapped.
pub(super) fn pages(model: &Model) -> Pages {
    let areas = model.areas();
    let columns = usize::from(areas.page.width);
    let page = |mut lines: Vec<PageLine>, columns| {
        // Whatever somebody else has written may quote a secret.
        for line in &mut lines {
            line.hide(|text| model.walk.redactor.masked(text));
        }
        Page::new(lines, columns)
    };
    let learned = learned::line(model).filter(|_| !model.tab.is_full() && !areas.learned.is_empty());
    let learned = page(learned.into_iter().collect(), usize::from(areas.learned.width));
    let single = |lines| Pages { page: page(lines, columns), beside: None, learned: learned.clone() };
    match model.tab {
        Tab::Exchange => {
            let (lines, beside) = http::pages(model, areas.beside.is_some());
            let beside = beside.zip(areas.beside);
            let beside = beside.map(|(lines, area)| page(lines, usize::from(area.width)));
            Pages { beside, ..single(lines) }
        }
        Tab::Decoded => single(decoded::lines(model)),
        Tab::Findings => single(findings::lines(model)),
        Tab::Why => single(why::lines(model)),
        Tab::Summary => single(summary::lines(model)),
        Tab::Diagram => single(diagram::lines(model, columns)),
        Tab::Timeline => single(timeline::lines(model, columns)),
        Tab::Probes => single(probes::lines(model)),
        Tab::Clients => single(clients::lines(model)),
        Tab::Log => single(log::lines(model)),
    }
}

/// What the main pane shows while a heavy page is laid out.
pub(super) fn loading_placeholder(columns: usize) -> Pages {
    let lines = vec![PageLine::new(Role::Dim, "laying out a large body…")];
    Pages { page: Page::new(lines, columns), ..Pages::default() }
}

/// A pane's border; the focused one stands out.
fn pane<'a>(title: impl Into<Line<'a>>, focused: bool, theme: Theme) -> Block<'a> {
    let role = if focused { Role::Accent } else { Role::Dim };
    Block::bordered().border_style(theme.style(role)).title(title)
}

/// The symbol of a finding's level.
const fn symbol(level: Level) -> &'static str {
    match level {
        Level::May => "i",
        Level::Should => "!",
        Level::Must => "✗",
    }
}

/// A number of bytes for people.
fn size(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let amount = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", amount / 1e3),
        _ => format!("{:.1} MB", amount / 1e6),
    }
}

/// A long duration for people: whole minutes where it is some.
fn duration_in_words(duration: std::time::Duration) -> String {
    match duration.as_secs() {
        seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// A duration for people.
fn duration(duration: std::time::Duration) -> String {
    match (duration.as_micros() + 500) / 1_000 {
        millis @ 0..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} s", duration.as_secs()),
    }
}
