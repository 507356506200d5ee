//! How long everything took: a bar an exchange, one after the other, and the sum of each step. What people took is told
//! apart from what servers took.
//!
//! The transport tells two phases: until the head of the response is there, which is name lookup, connecting, TLS, sending
//! and waiting together, and its body.

use std::time::Duration;

use super::requests::{outcome, what};
use crate::exchange::{Exchange, Timing};
use crate::specification::Step;
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::text::{sanitize, shorten_middle, width};
use crate::tui::theme::Role;
use crate::tui::walk::Item;

/// What draws the time until the head of a response, and what the time of its body.
pub(super) const PICTURES: [(&str, Role); 2] = [("░", Role::Warning), ("█", Role::Good)];

/// How long the phases of an exchange took, in the order of their pictures.
fn phases(timing: &Timing) -> [Duration; 2] {
    let waiting = timing.first_byte.unwrap_or(timing.total);
    [waiting, timing.total.saturating_sub(waiting)]
}

/// The sum of a few exchanges.
#[derive(Clone, Copy, Default)]
struct Sum {
    exchanges: usize,
    phases: [Duration; 2],
    /// What the browser took to come back, in seconds.
    person: i64,
}

impl Sum {
    fn of<'a>(model: &Model, items: impl Iterator<Item = &'a Item>) -> Self {
        items.fold(Self::default(), |mut sum, item| {
            match item {
                Item::Exchange(exchange) => {
                    sum.exchanges += 1;
                    for (sum, phase) in sum.phases.iter_mut().zip(phases(&exchange.timing)) {
                        *sum += phase;
                    }
                }
                Item::Callback(callback) => sum.person += model.walk.waited(callback.id).unwrap_or(0),
                Item::Authorization(_) | Item::Sending(_) => {}
            }
            sum
        })
    }

    fn servers(&self) -> Duration {
        self.phases.iter().sum()
    }

    /// `168 ms in 2 exchanges: 76 ms ░, 92 ms █ · 12 s for the login`.
    fn put(&self, mut line: PageLine) -> PageLine {
        if self.exchanges > 0 {
            let exchanges =
                if self.exchanges == 1 { "1 exchange" } else { &format!("{} exchanges", self.exchanges) };
            let total = format!("{} in {exchanges}: ", super::duration(self.servers()));
            line = line.put(Role::Dim, Fragments::Ours(&total));
            for (index, (took, (picture, role))) in self.phases.iter().zip(PICTURES).enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                line = line.put(role, comma).put(role, picture);
                line = line.put(Role::Dim, Fragments::Ours(&format!(" {}", super::duration(*took))));
            }
        }
        if self.person > 0 {
            let dot = if self.exchanges > 0 { " · " } else { "" };
            line = line
                .put(Role::Dim, dot)
                .put(Role::Dim, Fragments::Ours(&format!("{} s for the login", self.person)));
        }
        line
    }
}

/// The lines of the tab.
pub(super) fn lines(model: &Model, columns: usize) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let all: Vec<(Step, Item)> =
        model.walk.places().filter_map(|(step, at)| Some((step, model.walk.item(step, at)?))).collect();
    let sum = Sum::of(model, all.iter().map(|(_, item)| item));
    if all.is_empty() {
        lines.say(Role::Dim, "Nothing sent yet: no timings to show.");
        return lines.into_vec();
    }
    lines.push(sum.put(PageLine::new(Role::Strong, "all  ")).hang(5));
    let names = (columns / 3).clamp(16, 40);
    let bar = Bar { total: sum.servers(), columns: columns.saturating_sub(names + 12) };
    let mut began = Duration::ZERO;
    let mut row = 0;
    for items in all.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((step, _)) = items.first() else { continue };
        let title = format!("{} {}  ", step.number(), step.title());
        let line = PageLine::new(Role::Strong, Fragments::Ours(&title));
        lines.push(Sum::of(model, items.iter().map(|(_, item)| item)).put(line).hang(5));
        for (_, item) in items {
            let (status, role) = outcome(model, item);
            let room = names.saturating_sub(width(&status) + 2);
            let what = shorten_middle(&sanitize(&what(model, item)), room);
            let gap = " ".repeat(room.saturating_sub(width(&what)));
            let mut line =
                PageLine::new(role, &format!(" {status} ")).put(Role::Text, &format!("{what}{gap}"));
            match item {
                Item::Exchange(exchange) => {
                    let took = super::duration(exchange.timing.total);
                    line = line.put(Role::Dim, Fragments::Ours(&format!("{took:>8} ")));
                    line = bar.put(line, began, exchange);
                    began += exchange.timing.total;
                }
                Item::Callback(callback) => {
                    if let Some(seconds) = model.walk.waited(callback.id) {
                        let said = format!("{seconds:>6} s until the browser came back");
                        line = line.put(Role::Dim, Fragments::Ours(&said));
                    }
                }
                Item::Authorization(_) | Item::Sending(_) => {}
            }
            lines.item(Some(row));
            lines.push(line);
            lines.item(None);
            row += 1;
        }
    }
    lines.into_vec()
}

/// The scale of the bars.
struct Bar {
    total: Duration,
    columns: usize,
}

impl Bar {
    fn column(&self, at: Duration) -> usize {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "columns of a screen"
        )]
        let column = (at.as_secs_f64() / self.total.as_secs_f64() * self.columns as f64) as usize;
        column.min(self.columns)
    }

    /// The line with the bar of an exchange that began then; at least one column of it.
    fn put(&self, line: PageLine, began: Duration, exchange: &Exchange) -> PageLine {
        let start = self.column(began).min(self.columns.saturating_sub(1));
        let mut line = line.put(Role::Text, Fragments::Ours(&" ".repeat(start)));
        let (mut at, mut drawn) = (began, start);
        for (took, (picture, role)) in phases(&exchange.timing).into_iter().zip(PICTURES) {
            at += took;
            let end = self.column(at);
            line = line.put(role, Fragments::Ours(&picture.repeat(end.saturating_sub(drawn))));
            drawn = drawn.max(end);
        }
        if drawn == start { line.put(Role::Warning, "░") } else { line }
    }
}
