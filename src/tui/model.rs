//! The state of the screen: plain data, changed by [`update`](super::update) only.

use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Size;

use super::glyphs::Glyphs;
use super::host::Clipboard;
use super::layout::{self, Areas, Shape};
use super::overlay::Overlay;
use super::pages::{PageCache, Pages};
use super::selection::{Filter, Focus, Selection, Tab, View};
use super::theme::Theme;
use super::walk::{Item, StepStatus, WalkView};
use crate::scenario::PartialScenario;
use crate::specification::Step;

/// What is searched for, and in which rows it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    /// The text.
    pub(super) needle: String,
    /// The rows, in order.
    pub(super) rows: Vec<usize>,
    /// The one that is looked at, by its place among them.
    pub(super) at: usize,
    /// The first visible row when the search began.
    pub(super) from: usize,
    /// Where else in the run the text is, if it is not on the page.
    pub(super) elsewhere: Option<(Step, usize)>,
}

impl Search {
    /// Takes the rows of another page; the one looked at is the first from that row on.
    pub(super) fn locate(&mut self, rows: Vec<usize>, first: usize) {
        self.at = rows.iter().position(|row| *row >= first).unwrap_or(0);
        self.rows = rows;
        self.elsewhere = None;
    }

    /// The row that is looked at.
    pub(super) fn here(&self) -> Option<usize> {
        self.rows.get(self.at).copied()
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Logged {
    /// When, in seconds since 1970.
    pub(super) at: i64,
    /// Who did it: we, or a peer.
    pub(super) by: &'static str,
    /// What.
    pub(super) what: String,
}

/// What the screen was started with, besides the walk.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// What the present walk was made of.
    pub(super) draft: PartialScenario,
    /// Targets of earlier walks.
    pub(super) recent: Vec<String>,
    /// The formats of an export, and what each is for.
    pub(super) formats: Vec<(&'static str, &'static str)>,
    /// A word to the user for the whole walk.
    pub(super) hint: Option<String>,
    /// Who keeps what is copied.
    pub(super) clipboard: Clipboard,
}

/// The state of the screen.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// The walk so far.
    pub(super) walk: WalkView,
    /// What is selected.
    pub(super) selection: Selection,
    /// What the main pane shows.
    pub(super) tab: Tab,
    /// How bodies are shown.
    pub(super) view: View,
    /// Which findings are listed.
    pub(super) filter: Filter,
    /// What is searched for.
    pub(super) search: Option<Search>,
    /// What was done.
    pub(super) log: Vec<Logged>,
    /// Which pane has the focus.
    pub(super) focus: Focus,
    /// What lies over the panes.
    pub(super) overlay: Option<Overlay>,
    /// What the last key led to, if that has to be said.
    pub(super) status: Option<String>,
    /// What the screen was started with.
    pub(super) given: Given,
    /// Whether the terminal takes links (OSC 8).
    pub(super) links: bool,
    /// The wall clock at the last message, in seconds since 1970.
    pub(super) now: i64,
    /// Since when the present request or login goes on.
    pub(super) elapsed: Duration,
    /// The terminal.
    pub(super) size: Size,
    /// How things look.
    pub(super) theme: Theme,
    /// Which characters the terminal shows.
    pub(super) glyphs: Glyphs,
    /// What the main pane shows.
    pub(super) pages: Arc<Pages>,
    /// Its first visible row.
    pub(super) scroll: usize,
    /// Counts what changes the pages.
    pub(super) revision: u64,
    /// Pages that were laid out before, and what they were made from.
    pub(super) cache: PageCache,
}

impl Model {
    /// The screen before anything happened, with no page laid out yet.
    pub(super) fn new(walk: WalkView, theme: Theme, given: Given, size: Size) -> Self {
        Self {
            walk,
            selection: Selection { step: Step::Challenge, item: 0, row: 0, follows: true },
            tab: Tab::Exchange,
            view: View::Pretty,
            filter: Filter::default(),
            search: None,
            log: Vec::new(),
            focus: Focus::Steps,
            overlay: None,
            status: None,
            given,
            links: false,
            now: 0,
            elapsed: Duration::ZERO,
            size,
            theme,
            glyphs: Glyphs::Unicode,
            pages: Arc::default(),
            scroll: 0,
            revision: 0,
            cache: PageCache::default(),
        }
    }

    /// The items of the selected step.
    pub(super) fn items(&self) -> Vec<Item> {
        self.walk.items(self.selection.step)
    }

    /// The selected item.
    pub(super) fn item(&self) -> Option<Item> {
        self.walk.item(self.selection.step, self.selection.item)
    }

    /// Selects an item of a step.
    pub(super) const fn select(&mut self, step: Step, item: usize) {
        self.selection.step = step;
        self.selection.item = item;
    }

    /// Selects what matters: in the step the walk stopped in, or else the last one with something to look at. While
    /// something is under way that is what is newest.
    pub(super) fn follow(&mut self) {
        let newest = Step::ALL.into_iter().rev().find(|step| self.walk.count(*step) > 0);
        let stopped = Some(self.walk.at()).filter(|at| self.walk.standing(*at) == StepStatus::Stopped);
        let step = stopped.or(newest).unwrap_or(Step::Challenge);
        let item = if self.walk.is_busy() && step == self.walk.at() {
            self.walk.last(step)
        } else {
            self.walk.principal(step)
        };
        self.select(step, item);
    }

    /// Whether the walk is being ended.
    pub(super) const fn is_leaving(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Leaving | Overlay::Restarting))
    }

    /// How the screen is divided.
    pub(super) fn shape(&self) -> Shape {
        if self.tab.is_full() {
            Shape::Full
        } else if self.tab == Tab::Exchange
            && layout::is_widest(self.size)
            && matches!(self.item(), Some(Item::Exchange(_)))
        {
            Shape::Split
        } else {
            Shape::Panes
        }
    }

    /// Where everything is.
    pub(super) fn areas(&self) -> Areas {
        layout::areas(self.size, self.shape())
    }

    /// Rows of the page that are seen at once.
    pub(super) fn page_height(&self) -> usize {
        usize::from(self.areas().page.height)
    }

    /// The last row that can be the first visible one.
    pub(super) fn last_scroll(&self) -> usize {
        self.pages.rows().saturating_sub(self.page_height())
    }

    /// The findings that are listed, each with its place among all.
    pub(super) fn listed(&self) -> impl Iterator<Item = (usize, &crate::check::Judged)> {
        let Filter { level, party } = self.filter;
        self.walk.findings.iter().enumerate().filter(move |(_, judged)| {
            level.is_none_or(|level| judged.level == level) && party.is_none_or(|party| judged.party == party)
        })
    }

    /// The row to select on a tab that is shown anew: on those of the whole run the selected item.
    pub(super) fn first_row(&self) -> usize {
        match self.tab {
            Tab::Diagram | Tab::Timeline => {
                let here = (self.selection.step, self.selection.item);
                self.walk.places().position(|place| place == here).unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The selected row of the page, on tabs that have rows.
    pub(super) const fn row(&self) -> Option<usize> {
        match self.tab {
            Tab::Findings | Tab::Decoded | Tab::Summary | Tab::Diagram | Tab::Timeline | Tab::Probes => {
                Some(self.selection.row)
            }
            Tab::Exchange | Tab::Why | Tab::Clients | Tab::Log => None,
        }
    }

    /// Scrolls so that the selected row is seen.
    pub(super) fn show_row(&mut self) {
        if matches!(self.tab, Tab::Findings | Tab::Summary) && self.selection.row == 0 {
            // What stands above the first finding is to be seen as well.
            self.scroll = 0;
        } else if let Some(rows) = self.row().and_then(|row| self.pages.rows_of(row)) {
            self.show(&rows);
        }
    }

    /// Scrolls so that rows are seen, the first one in any case.
    pub(super) fn show(&mut self, rows: &std::ops::Range<usize>) {
        let height = self.page_height();
        if rows.end > self.scroll + height {
            self.scroll = rows.end - height;
        }
        self.scroll = self.scroll.min(rows.start);
    }
}
