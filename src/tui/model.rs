//! The state of the screen: plain data, changed by [`update`](super::update) only.

use std::path::PathBuf;
use std::time::Duration;

use ratatui::layout::Size;
use ratatui_textarea::TextArea;

use super::layout;
use super::page::Page;
use super::pane;
use super::theme::Theme;
use super::walk::{Item, Walk};
use crate::edition::Step;
use crate::flow::Refusal;

/// What the main pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    /// Request and answer.
    Exchange,
    /// What they mean.
    Decoded,
    /// All findings, worst first.
    Findings,
    /// What the step is for.
    Why,
}

impl Tab {
    /// All tabs, from left to right.
    pub(super) const ALL: [Self; 4] = [Self::Exchange, Self::Decoded, Self::Findings, Self::Why];
}

/// Which pane the arrow keys move in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// The steps.
    Steps,
    /// The exchanges of the step.
    Tried,
    /// The main pane.
    Main,
}

/// What lies over the panes.
#[derive(Debug)]
pub(super) enum Overlay {
    /// The keys, from that row on.
    Help(usize),
    /// The field for the redirected URL.
    Paste(Box<TextArea<'static>>),
    /// A conforming client stops here: go on?
    Refusal(Refusal),
    /// What became of the export.
    Export(Result<PathBuf, String>),
    /// The walk is being ended.
    Leaving,
}

/// What is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// The step.
    pub(super) step: Step,
    /// The item in it.
    pub(super) item: usize,
    /// The finding on its tab.
    pub(super) finding: usize,
    /// The row on the tabs that have rows.
    pub(super) row: usize,
    /// Whether the newest is selected as it comes.
    pub(super) follows: bool,
}

/// What the page was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PageKey {
    revision: u64,
    tab: Tab,
    step: Step,
    item: usize,
    columns: u16,
    /// The clock, where the page depends on it.
    now: i64,
}

/// The state of the screen.
#[derive(Debug)]
pub(super) struct Model {
    /// The walk so far.
    pub(super) walk: Walk,
    /// What is selected.
    pub(super) selection: Selection,
    /// What the main pane shows.
    pub(super) tab: Tab,
    /// Which pane has the focus.
    pub(super) focus: Focus,
    /// What lies over the panes.
    pub(super) overlay: Option<Overlay>,
    /// What the last key led to, if that has to be said.
    pub(super) status: Option<String>,
    /// A word to the user for the whole session.
    pub(super) hint: Option<String>,
    /// The wall clock at the last message, in seconds since 1970.
    pub(super) now: i64,
    /// Since when the present request or login goes on.
    pub(super) elapsed: Duration,
    /// The terminal.
    pub(super) size: Size,
    /// How things look.
    pub(super) theme: Theme,
    /// What the main pane shows, wrapped.
    pub(super) page: Page,
    /// Its first visible row.
    pub(super) scroll: usize,
    /// Counts the events of the walk.
    pub(super) revision: u64,
    built: Option<PageKey>,
}

impl Model {
    /// The screen before anything happened.
    pub(super) fn new(walk: Walk, theme: Theme, hint: Option<String>, size: Size) -> Self {
        let mut model = Self {
            walk,
            selection: Selection { step: Step::Challenge, item: 0, finding: 0, row: 0, follows: true },
            tab: Tab::Exchange,
            focus: Focus::Steps,
            overlay: None,
            status: None,
            hint,
            now: 0,
            elapsed: Duration::ZERO,
            size,
            theme,
            page: Page::default(),
            scroll: 0,
            revision: 0,
            built: None,
        };
        model.refresh();
        model
    }

    /// The items of the selected step.
    pub(super) fn items(&self) -> Vec<Item> {
        self.walk.items(self.selection.step)
    }

    /// The selected item.
    pub(super) fn item(&self) -> Option<Item> {
        self.items().into_iter().nth(self.selection.item)
    }

    /// Selects an item of a step.
    pub(super) const fn select(&mut self, step: Step, item: usize) {
        self.selection.step = step;
        self.selection.item = item;
    }

    /// Selects what is newest: the last step with something to look at.
    pub(super) fn follow(&mut self) {
        let newest = Step::ALL.into_iter().rev().find(|step| !self.walk.items(*step).is_empty());
        let step = newest.unwrap_or(Step::Challenge);
        self.select(step, self.walk.items(step).len().saturating_sub(1));
    }

    /// Whether the walk is being ended.
    pub(super) const fn is_leaving(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Leaving))
    }

    /// Rows of the page that are seen at once.
    pub(super) fn page_height(&self) -> usize {
        usize::from(layout::areas(self.size).page.height)
    }

    /// Brings the page up to date with what it shows, and keeps selection and scroll position within it.
    pub(super) fn refresh(&mut self) {
        if self.selection.follows {
            self.follow();
        }
        self.selection.item = self.selection.item.min(self.items().len().saturating_sub(1));
        self.selection.finding = self.selection.finding.min(self.walk.findings.len().saturating_sub(1));
        let key = PageKey {
            revision: self.revision,
            tab: self.tab,
            step: self.selection.step,
            item: self.selection.item,
            columns: layout::areas(self.size).page.width,
            now: if self.tab == Tab::Decoded && self.selection.step == Step::Token { self.now } else { 0 },
        };
        if self.built != Some(key) {
            let elsewhere =
                self.built.is_none_or(|old| (old.tab, old.step, old.item) != (key.tab, key.step, key.item));
            if elsewhere {
                self.scroll = 0;
                self.selection.row = 0;
            }
            self.built = Some(key);
            self.page = Page::new(pane::page_lines(self), usize::from(key.columns));
            if elsewhere && self.tab == Tab::Findings {
                self.show_row();
            }
        }
        self.scroll = self.scroll.min(self.page.rows().saturating_sub(self.page_height()));
    }

    /// The selected row of the page, on tabs that have rows.
    pub(super) const fn row(&self) -> Option<usize> {
        match self.tab {
            Tab::Findings => Some(self.selection.finding),
            Tab::Decoded => Some(self.selection.row),
            Tab::Exchange | Tab::Why => None,
        }
    }

    /// Selects a row of the page.
    pub(super) const fn select_row(&mut self, row: usize) {
        match self.tab {
            Tab::Findings => self.selection.finding = row,
            Tab::Decoded => self.selection.row = row,
            Tab::Exchange | Tab::Why => {}
        }
    }

    /// Scrolls so that the selected row is seen.
    pub(super) fn show_row(&mut self) {
        let Some(rows) = self.row().and_then(|row| self.page.rows_of(row)) else { return };
        let height = self.page_height();
        if rows.end > self.scroll + height {
            self.scroll = rows.end - height;
        }
        self.scroll = self.scroll.min(rows.start);
    }
}
