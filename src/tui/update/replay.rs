//! Where one looks first in a stored run.

use super::looking::{select, show_tab};
use crate::tui::model::Model;
use crate::tui::selection::Tab;

/// A stored run was opened: what is wrong with it comes first, beside the step it is in.
pub(super) fn open(model: &mut Model) {
    let Some(stored) = model.walk.stored.clone() else { return };
    if let Some(worst) = stored.worst() {
        let place = worst.exchange.and_then(|id| model.walk.place_of(id));
        let (step, item) = place.unwrap_or((worst.step, usize::MAX));
        select(model, step, item);
    }
    show_tab(model, Tab::Findings);
    model.status =
        Some(format!("replay of {}: {} · R plays it from the start", stored.name, stored.compared()));
}
