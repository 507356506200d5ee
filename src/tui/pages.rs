//! Pages that were laid out, by what they were made from.

use std::sync::Arc;

use super::layout::Shape;
use super::page::Page;
use super::selection::{Filter, Tab, View};
use crate::exchange::ExchangeId;
use crate::specification::Step;

/// Pages that are kept when something else is shown.
const KEPT: usize = 4;

/// What the page was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageKey {
    pub(super) revision: u64,
    pub(super) tab: Tab,
    pub(super) view: View,
    pub(super) step: Step,
    pub(super) item: usize,
    pub(super) id: Option<ExchangeId>,
    pub(super) filter: Filter,
    pub(super) columns: u16,
    pub(super) shape: Shape,
    /// The clock, where the page depends on it.
    pub(super) now: i64,
}

impl PageKey {
    /// What is looked at, whatever becomes of it in the meantime.
    pub(super) const fn place(self) -> (Tab, Step, usize, Filter) {
        (self.tab, self.step, self.item, self.filter)
    }
}

/// What the main pane shows, wrapped: one page, or two side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// The page, or its left half.
    pub(super) page: Page,
    /// The right half.
    pub(super) beside: Option<Page>,
    /// What stays below it: what the selected exchange tells.
    pub(super) learned: Page,
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

/// A page that was laid out beside the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rendered {
    pub(super) key: PageKey,
    pub(super) pages: Arc<Pages>,
}

/// Pages for when they are seen again: heavy ones, and those of the whole run.
#[derive(Clone, Debug, Default)]
pub(super) struct PageCache {
    /// What the page on the screen was made from.
    pub(super) built: Option<PageKey>,
    /// The last one first.
    rendered: Vec<Rendered>,
    /// What is being laid out beside the screen.
    laying_out: Option<PageKey>,
}

impl PageCache {
    /// The page that was made from that.
    pub(super) fn get(&self, key: PageKey) -> Option<&Arc<Pages>> {
        self.rendered.iter().find(|laid| laid.key == key).map(|laid| &laid.pages)
    }

    /// Keeps a page for when it is seen again.
    pub(super) fn keep(&mut self, laid: Rendered) {
        self.rendered.retain(|old| old.key.tab != laid.key.tab || !laid.key.tab.is_full());
        self.rendered.insert(0, laid);
    }

    /// Begins to lay a page out beside the screen, unless it is there or on its way; the pages to be dropped for it.
    pub(super) fn begin(&mut self, key: PageKey) -> Option<Vec<Rendered>> {
        if self.laying_out == Some(key) || self.get(key).is_some() {
            return None;
        }
        self.laying_out = Some(key);
        Some(self.rendered.split_off(self.rendered.len().min(KEPT - 1)))
    }

    /// Takes a page that was laid out beside the screen.
    pub(super) fn finish(&mut self, laid: Rendered) {
        if self.laying_out == Some(laid.key) {
            self.laying_out = None;
        }
        self.keep(laid);
    }
}
