//! A page that is laid out beside the screen.

use std::sync::Arc;

use super::model::Model;
use super::pages::{PageKey, Rendered};
use super::pane;

/// A page to be laid out.
#[derive(Clone, Debug)]
pub(super) struct RenderJob {
    /// What it shows.
    pub(super) key: PageKey,
    /// The state of the screen it is made from.
    pub(super) model: Box<Model>,
    /// Pages nobody looks at any more: giving back their memory takes long, too.
    pub(super) retired: Vec<Rendered>,
}

impl RenderJob {
    /// Lays it out.
    pub(super) fn run(self) -> Rendered {
        drop(self.retired);
        Rendered { key: self.key, pages: Arc::new(pane::pages(&self.model)) }
    }
}

impl PartialEq for RenderJob {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for RenderJob {}
