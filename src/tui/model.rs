//! The state of the screen: plain data, changed by [`update`](super::update) only.

use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Size;

use super::host::Clipboard;
use super::job::{self, Job};
use super::layout::{self, Areas, Shape};
use super::overlay::Overlay;
use super::page::Page;
use super::pane;
use super::render_job::{RenderJob, Rendered};
use super::theme::Theme;
use super::walk::{Item, StepStatus, WalkView};
use crate::exchange::ExchangeId;
use crate::scenario::PartialScenario;
use crate::specification::{Level, Party, Step};

/// What the main pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    /// Request and response.
    Exchange,
    /// What they mean.
    Decoded,
    /// All findings, worst first.
    Findings,
    /// What the step is for.
    Why,
    /// Who said what to whom, over the whole run.
    Diagram,
    /// How long everything took.
    Timeline,
    /// What was sent beyond the happy path.
    Probes,
    /// What was done, in order.
    Log,
}

impl Tab {
    /// The tabs of the main pane, from left to right.
    pub(super) const ALL: [Self; 4] = [Self::Exchange, Self::Decoded, Self::Findings, Self::Why];

    /// Whether it is about the whole run and takes the whole screen.
    pub(super) const fn is_full(self) -> bool {
        matches!(self, Self::Diagram | Self::Timeline | Self::Probes | Self::Log)
    }
}

/// How a body is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Laid out by its kind.
    Pretty,
    /// As it was sent.
    Raw,
    /// Byte by byte.
    Hex,
}

/// Which pane the arrow keys move in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// The steps.
    Steps,
    /// The exchanges of the step.
    Requests,
    /// The main pane.
    Main,
}

/// What is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// The step.
    pub(super) step: Step,
    /// The item in it.
    pub(super) item: usize,
    /// The row on the tabs that have rows.
    pub(super) row: usize,
    /// Whether the newest is selected as it comes.
    pub(super) follows: bool,
}

/// Which findings are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Only those of this level.
    pub(super) level: Option<Level>,
    /// Only those this party has to act on.
    pub(super) party: Option<Party>,
}

/// Pages that are kept when something else is shown.
const KEPT: usize = 4;

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
    fn locate(&mut self, rows: Vec<usize>, first: usize) {
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

/// What the page was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageKey {
    revision: u64,
    tab: Tab,
    view: View,
    step: Step,
    item: usize,
    id: Option<ExchangeId>,
    filter: Filter,
    columns: u16,
    shape: Shape,
    /// The clock, where the page depends on it.
    now: i64,
}

/// What the main pane shows, wrapped: one page, or two side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// The page, or its left half.
    pub(super) page: Page,
    /// The right half.
    pub(super) beside: Option<Page>,
}

impl Pages {
    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.page.rows().max(self.beside.as_ref().map_or(0, Page::rows))
    }

    /// The rows of an item.
    pub(super) fn rows_of(&self, item: usize) -> Option<std::ops::Range<usize>> {
        self.page.rows_of(item).or_else(|| self.beside.as_ref()?.rows_of(item))
    }

    /// The rows in which a text starts.
    pub(super) fn rows_with(&self, needle: &str) -> Vec<usize> {
        let mut rows = self.page.rows_with(needle);
        if let Some(beside) = &self.beside {
            rows.extend(beside.rows_with(needle));
            rows.sort_unstable();
            rows.dedup();
        }
        rows
    }
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
    /// What the main pane shows.
    pub(super) pages: Arc<Pages>,
    /// Its first visible row.
    pub(super) scroll: usize,
    /// Counts what changes the pages.
    pub(super) revision: u64,
    built: Option<PageKey>,
    /// Heavy pages and those of the whole run, the last one first.
    rendered: Vec<Rendered>,
    /// What is being laid out beside the screen.
    laying_out: Option<PageKey>,
}

impl Model {
    /// The screen before anything happened.
    pub(super) fn new(walk: WalkView, theme: Theme, given: Given, size: Size) -> Self {
        let mut model = Self {
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
            pages: Arc::default(),
            scroll: 0,
            revision: 0,
            built: None,
            rendered: Vec::new(),
            laying_out: None,
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
        self.walk.item(self.selection.step, self.selection.item)
    }

    /// Selects an item of a step.
    pub(super) const fn select(&mut self, step: Step, item: usize) {
        self.selection.step = step;
        self.selection.item = item;
    }

    /// Selects what is newest: the step the walk stopped in, or the last one with something to look at.
    pub(super) fn follow(&mut self) {
        let newest = Step::ALL.into_iter().rev().find(|step| self.walk.count(*step) > 0);
        let stopped = Some(self.walk.at()).filter(|at| self.walk.standing(*at) == StepStatus::Stopped);
        let step = stopped.or(newest).unwrap_or(Step::Challenge);
        self.select(step, self.walk.last(step));
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

    /// Brings the pages up to date with what they show, and keeps selection and scroll position within them.
    pub(super) fn refresh(&mut self) {
        if self.selection.follows {
            self.follow();
        }
        self.selection.item = self.selection.item.min(self.walk.count(self.selection.step).saturating_sub(1));
        let areas = self.areas();
        let key = PageKey {
            revision: self.revision,
            tab: self.tab,
            view: self.view,
            step: if self.tab.is_full() { Step::Challenge } else { self.selection.step },
            item: if self.tab.is_full() { 0 } else { self.selection.item },
            id: self.item().filter(|_| !self.tab.is_full()).and_then(|item| item.id()),
            filter: self.filter,
            columns: areas.page.width,
            shape: self.shape(),
            now: if self.tab == Tab::Decoded && self.selection.step == Step::Token { self.now } else { 0 },
        };
        if self.built != Some(key) {
            let old = self.built.replace(key);
            let place = |key: PageKey| (key.tab, key.step, key.item, key.filter);
            let seen = |key: PageKey| (place(key), key.id);
            if let Some(laid) = self.rendered.iter().find(|laid| laid.key == key) {
                self.pages = Arc::clone(&laid.pages);
            } else if !self.is_heavy() && !self.is_unlearnt() {
                self.pages = Arc::new(pane::pages(self));
                if self.tab.is_full() {
                    self.keep(Rendered { key, pages: Arc::clone(&self.pages) });
                }
            } else if old.map(seen) != Some(seen(key)) {
                // Until it is laid out; a page of the same thing stays in the meantime.
                self.pages = Arc::new(pane::loading_placeholder(usize::from(key.columns)));
            }
            if old.map(place) != Some(place(key))
                && !(old.is_some_and(|old| old.tab == key.tab) && self.tab.is_full())
            {
                self.scroll = 0;
                self.selection.row = self.first_row();
            }
            self.selection.row = self.selection.row.min(self.pages.page.items().saturating_sub(1));
            if self.row().is_some() {
                self.show_row();
            }
            if let Some(search) = &mut self.search {
                search.locate(self.pages.rows_with(&search.needle), self.scroll);
            }
        }
        self.scroll = self.scroll.min(self.last_scroll());
    }

    /// Whether the page takes too long to be laid out between a key and its frame.
    fn is_heavy(&self) -> bool {
        let Some(Item::Exchange(exchange)) = self.item() else { return false };
        matches!(self.tab, Tab::Exchange | Tab::Decoded) && job::is_heavy(&exchange)
    }

    /// Whether what is selected may hold secrets that are yet to be found.
    fn is_unlearnt(&self) -> bool {
        matches!(self.tab, Tab::Exchange | Tab::Decoded)
            && self.item().is_some_and(|item| self.walk.is_unlearnt(&item))
    }

    /// What has to be done beside the screen, each told once.
    pub(super) fn jobs(&mut self) -> impl Iterator<Item = Job> + use<> {
        let render = self.render_job().map(Job::Render);
        let judge = self.walk.judge_job().map(|job| Job::Judge(Box::new(job)));
        render.into_iter().chain(judge)
    }

    /// The page that has to be laid out beside the screen, told once.
    fn render_job(&mut self) -> Option<RenderJob> {
        let key = self.built?;
        let is_there = self.laying_out == Some(key) || self.rendered.iter().any(|laid| laid.key == key);
        if is_there || !self.is_heavy() || self.is_unlearnt() {
            return None;
        }
        self.laying_out = Some(key);
        let retired = self.rendered.split_off(self.rendered.len().min(KEPT - 1));
        let bare = Self {
            pages: Arc::default(),
            rendered: Vec::new(),
            log: Vec::new(),
            overlay: None,
            ..self.clone()
        };
        Some(RenderJob { key, model: Box::new(bare), retired })
    }

    /// Takes a page that was laid out; shows it, if it is still what is to be seen.
    pub(super) fn take_page(&mut self, laid: Rendered) {
        if self.built == Some(laid.key) {
            self.pages = Arc::clone(&laid.pages);
            if let Some(search) = &mut self.search {
                search.locate(self.pages.rows_with(&search.needle), self.scroll);
            }
        }
        if self.laying_out == Some(laid.key) {
            self.laying_out = None;
        }
        self.keep(laid);
    }

    /// Keeps a page for when it is seen again.
    fn keep(&mut self, laid: Rendered) {
        self.rendered.retain(|old| old.key.tab != laid.key.tab || !laid.key.tab.is_full());
        self.rendered.insert(0, laid);
    }

    /// The row to select on a tab that is shown anew: on those of the whole run the selected item.
    fn first_row(&self) -> usize {
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
            Tab::Findings | Tab::Decoded | Tab::Diagram | Tab::Timeline | Tab::Probes => {
                Some(self.selection.row)
            }
            Tab::Exchange | Tab::Why | Tab::Log => None,
        }
    }

    /// Scrolls so that the selected row is seen.
    pub(super) fn show_row(&mut self) {
        if self.tab == Tab::Findings && self.selection.row == 0 {
            // The causes above the first finding are to be seen as well.
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
