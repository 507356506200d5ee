//! How long everything took: a bar an exchange, one after the other, and the sum of each step.

use std::time::Duration;

use super::tried::{outcome, what};
use crate::edition::Step;
use crate::exchange::{Exchange, Timing};
use crate::tui::model::Model;
use crate::tui::page::{Lines, PageLine};
use crate::tui::text::{neutral, shorten_middle, width};
use crate::tui::theme::Role;
use crate::tui::walk::Item;

/// The parts of an exchange, in order, with what draws them.
fn phases(timing: &Timing) -> [(&'static str, Role, Duration); 2] {
    let waiting = timing.first_byte.unwrap_or(timing.total);
    [("░", Role::Warning, waiting), ("█", Role::Good, timing.total.saturating_sub(waiting))]
}

/// The lines of the tab.
pub(super) fn lines(model: &Model, columns: usize) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let all: Vec<(Step, usize, Item)> =
        model.walk.places().filter_map(|(step, at)| Some((step, at, model.walk.item(step, at)?))).collect();
    let total: Duration = all.iter().filter_map(|(_, _, item)| exchange(item)).map(|e| e.timing.total).sum();
    if total.is_zero() {
        lines.say(Role::Dim, "Nothing was sent yet: there is no time to show.");
        return lines.into_vec();
    }
    lines.push(
        PageLine::new(Role::Warning, "░")
            .put(Role::Dim, " until the head of the answer   ")
            .put(Role::Good, "█")
            .put(Role::Dim, " its body   ")
            .put(Role::Strong, &format!("{} in {} exchanges", super::duration(total), all.len())),
    );
    let names = (columns / 3).clamp(16, 40);
    let bar = Bar { total, columns: columns.saturating_sub(names + 12) };
    let mut began = Duration::ZERO;
    let mut last = None;
    for (row, (step, _, item)) in all.iter().enumerate() {
        if last != Some(*step) {
            last = Some(*step);
            let of_step =
                all.iter().filter(|(of, _, _)| of == step).filter_map(|(_, _, item)| exchange(item));
            let took: Duration = of_step.map(|exchange| exchange.timing.total).sum();
            let line = PageLine::new(Role::Strong, &format!("{} {}", step.number(), step.title()));
            let took = if took.is_zero() { String::new() } else { format!("  {}", super::duration(took)) };
            lines.push(line.put(Role::Dim, &took));
        }
        let (status, role) = outcome(model, item);
        let room = names.saturating_sub(width(&status) + 2);
        let what = shorten_middle(&neutral(&what(model, item)), room);
        let gap = " ".repeat(room.saturating_sub(width(&what)));
        let mut line = PageLine::new(role, &format!(" {status} ")).put(Role::Text, &format!("{what}{gap}"));
        if let Some(exchange) = exchange(item) {
            line = line.put(Role::Dim, &format!("{:>8} ", super::duration(exchange.timing.total)));
            line = bar.put(line, began, exchange);
            began += exchange.timing.total;
        }
        lines.item(Some(row));
        lines.push(line);
        lines.item(None);
    }
    lines.into_vec()
}

fn exchange(item: &Item) -> Option<&Exchange> {
    if let Item::Exchange(exchange) = item { Some(exchange) } else { None }
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
        let mut line = line.put(Role::Text, &" ".repeat(start));
        let (mut at, mut drawn) = (began, start);
        for (picture, role, took) in phases(&exchange.timing) {
            at += took;
            let end = self.column(at);
            line = line.put(role, &picture.repeat(end.saturating_sub(drawn)));
            drawn = drawn.max(end);
        }
        if drawn == start { line.put(Role::Warning, "░") } else { line }
    }
}
