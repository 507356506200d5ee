//! What was sent beyond the happy path: by step, what came of it, and whether a check found something in it.

use super::symbol;
use super::tried::outcome;
use crate::probe;
use crate::tui::model::Model;
use crate::tui::page::{Lines, PageLine};
use crate::tui::theme::Role;

/// Columns of a probe's name.
const NAME: usize = 34;

/// The lines of the tab.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let mut last = None;
    for (row, ((step, _), item)) in model.walk.probes().enumerate() {
        let Some(id) = item.probe() else { continue };
        if last != Some(step) {
            last = Some(step);
            lines.push(PageLine::new(Role::Strong, &format!("{} {}", step.number(), step.title())));
        }
        let worst = model.walk.findings_at(&item).map(|judged| judged.level).max();
        let (mark, role) = worst.map_or(("·", Role::Dim), |level| (symbol(level), Role::from(level)));
        let (status, status_role) = outcome(model, &item);
        lines.item(Some(row));
        lines.push(
            PageLine::new(role, &format!(" {mark} "))
                .put(status_role, &format!("{status:<9} "))
                .put(Role::Text, &format!("{:<NAME$} ", id.id()))
                .put(Role::Dim, probe::find(id).sends)
                .hang(14),
        );
        lines.item(None);
    }
    if last.is_none() {
        lines.say(Role::Dim, "No probe was sent yet.");
    }
    lines.into_vec()
}
