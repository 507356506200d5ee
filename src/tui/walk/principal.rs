//! What of a step matters most: the exchange to look at first, and the cause of a stop.

use super::{Item, Phase, StepStatus, WalkView};
use crate::exchange::Purpose;
use crate::flow::Outcome;
use crate::specification::{Level, Step};
use crate::transcript::DiagnosisEntry;

impl WalkView {
    /// The last item of a step that is no probe.
    pub(in crate::tui) fn last(&self, step: Step) -> usize {
        self.each(step).filter(|item| item.probe().is_none()).count().saturating_sub(1)
    }

    /// The item of a step to look at first: the one with the worst finding; else, where the walk stopped, the last one;
    /// else the one the step is for.
    pub(in crate::tui) fn principal(&self, step: Step) -> usize {
        let items: Vec<_> = self
            .each(step)
            .enumerate()
            .filter(|(_, item)| item.probe().is_none() && !self.is_before(item))
            .map(|(at, item)| (at, self.worst_at(&item), item))
            .collect();
        let worst = items.iter().filter_map(|(at, worst, _)| Some(((*worst)?, *at)));
        // Of several with findings of the same level the first one.
        if let Some((_, at)) = worst.max_by_key(|(level, at)| (*level, std::cmp::Reverse(*at))) {
            return at;
        }
        if self.standing(step) == StepStatus::Stopped {
            return self.last(step);
        }
        let rank = |item: &Item| rank(item);
        let best = items.iter().max_by_key(|(at, _, item)| (rank(item), *at));
        best.filter(|(_, _, item)| rank(item) > 0).map_or_else(|| self.last(step), |(at, ..)| *at)
    }

    /// The worst finding in an item, notes aside.
    fn worst_at(&self, item: &Item) -> Option<Level> {
        self.findings_at(item).map(|judged| judged.level).max().filter(|level| *level > Level::May)
    }

    /// The diagnosis of why the walk stopped.
    pub(in crate::tui) fn stopped_by(&self) -> Option<&DiagnosisEntry> {
        let stopped = matches!(self.phase, Phase::Refused(_) | Phase::Finished(Outcome::Stuck { .. }));
        self.diagnoses.first().filter(|_| self.explains_stop && stopped)
    }
}

/// How much a step is for an item; nothing for what is only beside it.
fn rank(item: &Item) -> u8 {
    match item {
        Item::Authorization(_) => 3,
        Item::Callback(_) => 2,
        Item::Sending(_) => 0,
        Item::Exchange(exchange) => match exchange.request.purpose {
            // Of several locations the one that has the document.
            Purpose::ResourceMetadata(_) | Purpose::ServerMetadata(_) => match exchange.status() {
                Some(200) => 3,
                _ => 1,
            },
            Purpose::Challenge(_)
            | Purpose::Registration
            | Purpose::Token
            | Purpose::Initialize
            | Purpose::Discover => 3,
            _ => 0,
        },
    }
}
