//! What was done, in order: what the user asked for, what gatewalk sent, what came back.

use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::theme::Role;

/// The lines of the tab.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    if model.log.is_empty() {
        lines.say(Role::Dim, "Nothing was done yet.");
    }
    for logged in &model.log {
        let day = logged.at.rem_euclid(86_400);
        let time = format!("{:02}:{:02}:{:02}Z ", day / 3_600, day % 3_600 / 60, day % 60);
        let role = if logged.by == "you" { Role::Accent } else { Role::Name };
        lines.push(
            PageLine::new(Role::Dim, &time)
                .put(role, Fragments::Ours(&format!("{:<9} ", logged.by)))
                .put(
                    Role::Text,
                    if logged.by == "you" { Fragments::Ours(&logged.what) } else { (&logged.what).into() },
                )
                .hang(20),
        );
    }
    lines.into_vec()
}
