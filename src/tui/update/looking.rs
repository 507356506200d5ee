//! Looking around: selecting, scrolling, tabs, the mouse. The walk does not move.

use ratatui::layout::Position;

use crate::check::Judged;
use crate::specification::Step;
use crate::tui::direction::Direction;
use crate::tui::model::Model;
use crate::tui::overlay::Overlay;
use crate::tui::selection::{Focus, Tab};
use crate::tui::{layout, pane};

/// Shows a tab; on that of the findings the arrow keys choose one.
pub(super) fn show_tab(model: &mut Model, tab: Tab) {
    model.tab = tab;
    model.focus = if tab == Tab::Findings || model.focus == Focus::Main { Focus::Main } else { model.focus };
    if tab == Tab::Exchange && model.focus == Focus::Main {
        model.focus = Focus::Steps;
    }
}

/// Selects by hand: the walk is no longer followed.
pub(super) fn select(model: &mut Model, step: Step, item: usize) {
    let item = if item == usize::MAX { model.walk.principal(step) } else { item };
    model.select(step, item.min(model.walk.count(step).saturating_sub(1)));
    model.selection.follows = false;
    if model.tab == Tab::Findings || model.tab.is_full() {
        show_tab(model, Tab::Exchange);
    }
}

/// Moves in the pane that has the focus.
pub(super) fn go(model: &mut Model, way: Direction) {
    if let Some(overlay) = &mut model.overlay {
        if let Overlay::Form(form) = overlay {
            form.go(way);
        } else if let Overlay::Formats { at } = overlay {
            let all = model.given.formats.len() + 1;
            *at = if way == Direction::Back { *at + all - 1 } else { *at + 1 } % all;
        } else {
            scroll(model, way, 1);
        }
        return;
    }
    let focus = if model.tab.is_full() { Focus::Main } else { model.focus };
    match focus {
        Focus::Steps => {
            let at = way.step(model.selection.step.number() - 1, Step::ALL.len());
            if let Some(step) = Step::ALL.get(at) {
                select(model, *step, usize::MAX);
            }
        }
        Focus::Requests => go_to_item(model, way),
        Focus::Main => match model.row() {
            Some(at) => {
                let next = way.step(at, model.pages.page.items());
                model.selection.row = next;
                if at == next {
                    scroll(model, way, 1);
                } else {
                    model.show_row();
                }
            }
            None => scroll(model, way, 1),
        },
    }
}

/// Selects the exchange before or after, in the same step.
pub(super) fn go_to_item(model: &mut Model, way: Direction) {
    let item = way.step(model.selection.item, model.walk.count(model.selection.step));
    select(model, model.selection.step, item);
}

/// Scrolls the page, or the help if that lies over it.
pub(super) fn scroll(model: &mut Model, way: Direction, rows: usize) {
    let moved = |at: usize, last: usize| match way {
        Direction::Back => at.saturating_sub(rows),
        Direction::Forth => at.saturating_add(rows).min(last),
    };
    let last = pane::help_rows(model).saturating_sub(pane::help_height(model));
    if let Some(Overlay::Help(first)) = &mut model.overlay {
        *first = moved(*first, last);
    } else {
        model.scroll = moved(model.scroll, model.last_scroll());
    }
}

/// Scrolls the page, or the help if that lies over it, by what is seen at once.
pub(super) fn page(model: &mut Model, way: Direction) {
    let height = match model.overlay {
        Some(Overlay::Help(_)) => pane::help_height(model),
        _ => model.page_height(),
    };
    scroll(model, way, height.saturating_sub(1));
}

/// Selects the exchange before or after, of whatever step.
pub(super) fn next_item(model: &mut Model, way: Direction) {
    let all: Vec<_> = model.walk.places().collect();
    let here = (model.selection.step, model.selection.item);
    let found = match way {
        Direction::Back => all.iter().rev().find(|place| **place < here),
        Direction::Forth => all.iter().find(|place| **place > here),
    };
    match found {
        Some(&(step, item)) => select(model, step, item),
        None if way == Direction::Back => model.status = Some("this is the first exchange".to_owned()),
        None => model.status = Some("this is the last exchange so far".to_owned()),
    }
}

/// Goes to where the selected finding was seen, or to the selected exchange.
pub(super) fn jump(model: &mut Model) {
    if model.tab.is_full() {
        let place = match model.tab {
            Tab::Probes => pane::probe_place(&model.walk, model.selection.row),
            Tab::Summary => {
                let judged = pane::summary_finding(&model.walk, model.selection.row);
                judged.map(|judged| place_of(model, judged))
            }
            _ => model.walk.places().nth(model.selection.row),
        };
        if let Some((step, item)) = place {
            select(model, step, item);
        }
        return;
    }
    let Some((index, judged)) = model.listed().nth(model.selection.row) else { return };
    let (step, item) = place_of(model, judged);
    show_tab(model, Tab::Exchange);
    select(model, step, item);
    model.refresh();
    if let Some(rows) = model.pages.rows_of(index) {
        model.show(&rows);
    }
}

/// Where a finding was seen; else the step it is about.
fn place_of(model: &Model, judged: &Judged) -> (Step, usize) {
    let seen = judged.finding().and_then(|finding| finding.exchange);
    seen.and_then(|id| model.walk.place_of(id)).unwrap_or((judged.check.step, usize::MAX))
}

/// Does what a click there means.
pub(super) fn click(model: &mut Model, at: Position) {
    if model.overlay.is_some() {
        return;
    }
    let areas = model.areas();
    let row = |top: u16| usize::from(at.y.saturating_sub(top + 1));
    if areas.steps.contains(at) {
        model.focus = Focus::Steps;
        if let Some(step) = Step::ALL.get(row(areas.steps.y)).filter(|_| at.y > areas.steps.y) {
            select(model, *step, usize::MAX);
        }
    } else if areas.tried.contains(at) {
        model.focus = Focus::Requests;
        let height = usize::from(areas.tried.height.saturating_sub(2));
        let item = row(areas.tried.y) + layout::first_row(model.selection.item, height);
        if item < model.walk.count(model.selection.step) && at.y > areas.tried.y {
            select(model, model.selection.step, item);
        }
    } else if areas.tabs.contains(at) && !model.tab.is_full() {
        if let Some(tab) = pane::tab_at(model, at.x.saturating_sub(areas.tabs.x)) {
            show_tab(model, tab);
        }
    } else if areas.main.contains(at) {
        model.focus = Focus::Main;
        let row = model.scroll + usize::from(at.y.saturating_sub(areas.page.y));
        let item = model.pages.page.item_at(row);
        if let Some(item) = item.filter(|_| model.row().is_some()) {
            // A second click on an arrow leads to it.
            if model.tab.is_full() && model.selection.row == item {
                jump(model);
            } else {
                model.selection.row = item;
            }
        }
    }
}
