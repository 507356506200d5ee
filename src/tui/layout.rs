//! Where everything is: a pure function from the size of the terminal to areas.
//!
//! ```text
//! ┌ header ─────────────────────────────────────────┐
//! ├ steps ───────┬ main ────────────────────────────┤
//! │              │ tabs                             │
//! │              │ page                             │
//! ├ tried ───────┤                                  │
//! │              │                                  │
//! ├ known ───────┤ learned                          │
//! │              │                                  │
//! ├ status ──────┴──────────────────────────────────┤
//! └ keys ───────────────────────────────────────────┘
//! ```
//!
//! A tab of the whole run takes the place of all panes; an exchange has request and response side by side where the
//! terminal is wide enough.

use ratatui::layout::{Constraint, Layout, Margin, Rect, Size};

use crate::specification::Step;

/// The smallest terminal in which the panes are of use.
pub(super) const SMALLEST: Size = Size { width: 60, height: 16 };
/// From this width on there is room for more than the least.
const WIDE: u16 = 120;
/// From this width on request and response fit side by side.
const WIDEST: u16 = 160;

/// Rows of what is known, where it has a row a fact; below that height of the terminal there is no room for it.
pub(super) const KNOWN_ROWS: u16 = 8;
/// The same where a value has a row of its own.
const KNOWN_ROWS_TALL: u16 = 16;
/// The least rows of the exchanges of a step.
const TRIED_ROWS: u16 = 4;
/// Rows of what the selected exchange tells.
const LEARNED_ROWS: u16 = 2;

/// How the space between header and status is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Steps and tried at the left, the main pane at the right.
    Panes,
    /// The same, with the page of the main pane halved.
    Split,
    /// The main pane takes all.
    Full,
}

/// The areas of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    /// Target, protocol version, progress, counts.
    pub(super) header: Rect,
    /// The seven steps, with its border.
    pub(super) steps: Rect,
    /// The exchanges of the selected step, with its border.
    pub(super) tried: Rect,
    /// What is known so far, with its border; empty where there is no room for it.
    pub(super) known: Rect,
    /// The main pane, with its border.
    pub(super) main: Rect,
    /// The names of the tabs, inside the main pane.
    pub(super) tabs: Rect,
    /// What the tab shows.
    pub(super) page: Rect,
    /// Its right half, if it is halved.
    pub(super) beside: Option<Rect>,
    /// What the selected exchange tells, inside the main pane; empty with a tab of the whole run.
    pub(super) learned: Rect,
    /// What is going on.
    pub(super) status: Rect,
    /// The keys that make sense now.
    pub(super) keys: Rect,
}

/// Whether a terminal of that size is too small.
pub(super) const fn is_too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// Whether there is room for timings in the left column.
pub(super) const fn is_wide(size: Size) -> bool {
    size.width >= WIDE
}

/// Whether each row counts.
const fn is_short(size: Size) -> bool {
    size.height < 20
}

/// Whether request and response fit side by side.
pub(super) const fn is_widest(size: Size) -> bool {
    size.width >= WIDEST
}

/// The areas for a terminal of that size.
pub(super) fn areas(size: Size, shape: Shape) -> Areas {
    let [header, body, status, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(Rect::new(0, 0, size.width, size.height));
    let left = match shape {
        Shape::Full => 0,
        _ if is_wide(size) => 38,
        _ => 26,
    };
    let [left, main] = Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(body);
    let rows = u16::try_from(Step::ALL.len() + 2).unwrap_or(u16::MAX);
    let known = match left.height.saturating_sub(rows + TRIED_ROWS) {
        KNOWN_ROWS_TALL.. => KNOWN_ROWS_TALL,
        KNOWN_ROWS.. => KNOWN_ROWS,
        _ => 0,
    };
    let [steps, tried, known] =
        Layout::vertical([Constraint::Length(rows), Constraint::Fill(1), Constraint::Length(known)])
            .areas(left);
    let inner = main.inner(Margin::new(1, 1));
    let learned = if shape == Shape::Full || is_short(size) { 0 } else { LEARNED_ROWS };
    let [tabs, page, learned] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(learned)])
            .areas(inner);
    let (page, learned) = (page.inner(Margin::new(1, 0)), learned.inner(Margin::new(1, 0)));
    let (page, beside) = if shape == Shape::Split {
        let [said, _, heard] =
            Layout::horizontal([Constraint::Percentage(45), Constraint::Length(3), Constraint::Fill(1)])
                .areas(page);
        (said, Some(heard))
    } else {
        (page, None)
    };
    Areas { header, steps, tried, known, main, tabs, page, beside, learned, status, keys }
}

/// A box in the middle of the screen.
pub(super) fn middle(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect::new(screen.x + (screen.width - width) / 2, screen.y + (screen.height - height) / 2, width, height)
}

/// The first row to show so that the selected one is seen.
pub(super) const fn first_row(selected: usize, height: usize) -> usize {
    (selected + 1).saturating_sub(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_fill_the_screen_and_do_not_overlap() {
        for (width, height) in [(60, 16), (80, 24), (120, 36), (200, 60)] {
            for shape in [Shape::Panes, Shape::Split, Shape::Full] {
                let areas = areas(Size::new(width, height), shape);
                let left = [areas.steps, areas.tried, areas.known];
                let all = [areas.header, areas.main, areas.status, areas.keys].into_iter().chain(left);
                let covered = all.map(Rect::area).sum::<u32>();
                assert_eq!(covered, u32::from(width) * u32::from(height));
                let least = if shape == Shape::Split { 10 } else { 28 };
                assert!(areas.page.height >= 8 && areas.page.width >= least, "{areas:?}");
            }
        }
    }
}
