//! Lays out the pages a model is to show: at once, or beside the screen where that takes long.

use std::sync::Arc;

use super::heavy;
use super::job::Job;
use super::model::Model;
use super::pages::{PageCache, PageKey, Rendered};
use super::pane;
use super::render_job::RenderJob;
use super::selection::Tab;
use super::walk::Item;
use crate::specification::Step;

impl Model {
    /// The same with its pages laid out.
    #[must_use]
    pub(super) fn laid_out(mut self) -> Self {
        self.refresh();
        self
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
        if self.cache.built != Some(key) {
            let old = self.cache.built.replace(key);
            let seen = |key: PageKey| (key.place(), key.id);
            if let Some(pages) = self.cache.get(key) {
                self.pages = Arc::clone(pages);
            } else if !self.is_heavy() && !self.is_unlearnt() {
                self.pages = Arc::new(pane::pages(self));
                if self.tab.is_full() {
                    self.cache.keep(Rendered { key, pages: Arc::clone(&self.pages) });
                }
            } else if old.map(seen) != Some(seen(key)) {
                // Until it is laid out; a page of the same thing stays in the meantime.
                self.pages = Arc::new(pane::loading_placeholder(usize::from(key.columns)));
            }
            if old.map(PageKey::place) != Some(key.place())
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
        matches!(self.tab, Tab::Exchange | Tab::Decoded) && heavy::is_heavy(&exchange)
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
        let key = self.cache.built?;
        if !self.is_heavy() || self.is_unlearnt() {
            return None;
        }
        let retired = self.cache.begin(key)?;
        let bare = Self {
            pages: Arc::default(),
            cache: PageCache::default(),
            log: Vec::new(),
            overlay: None,
            ..self.clone()
        };
        Some(RenderJob { key, model: Box::new(bare), retired })
    }

    /// Takes a page that was laid out; shows it, if it is still what is to be seen.
    pub(super) fn take_page(&mut self, laid: Rendered) {
        if self.cache.built == Some(laid.key) {
            self.pages = Arc::clone(&laid.pages);
            if let Some(search) = &mut self.search {
                search.locate(self.pages.rows_with(&search.needle), self.scroll);
            }
        }
        self.cache.finish(laid);
    }
}
