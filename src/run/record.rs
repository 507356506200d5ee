//! Folds the events of a run into the record a transcript is made from.

use std::time::Instant;

use super::{RunEvent, clock};
use crate::exchange::History;
use crate::scenario::{ProbeMode, Scenario};
use crate::specification::Step;
use crate::transcript::{Ending, Record};

/// A record in the making. Whatever happened so far can be made a transcript at any time.
#[derive(Clone, Debug)]
pub struct Recorder {
    record: Record,
    began: Instant,
    current: Option<(Step, Instant)>,
    /// How much was to be probed from the start.
    extent: ProbeMode,
    /// Whether the walk has cleaned up; before, what it registered is still there.
    ended: bool,
}

impl Recorder {
    /// Starts a record.
    pub fn new(scenario: Scenario, past_refusals: bool) -> Self {
        let extent = scenario.probes.extent;
        let record = Record {
            scenario,
            past_refusals,
            started: clock::timestamp(),
            duration: std::time::Duration::ZERO,
            salt: clock::seed(),
            history: History::default(),
            ending: Ending::Interrupted(Step::Challenge),
            refusals: Vec::new(),
            sent: Vec::new(),
            durations: Vec::new(),
            left_behind: Vec::new(),
        };
        Self { record, began: clock::now(), current: None, extent, ended: false }
    }

    /// The record so far.
    pub fn record(&self) -> Record {
        let mut record = self.record.clone();
        record.duration = self.began.elapsed();
        if !self.ended {
            record.left_behind = super::registered(&record.history, record.scenario.client.keep);
        }
        record
    }

    /// The run as asked for by now.
    pub const fn scenario(&self) -> &Scenario {
        &self.record.scenario
    }

    /// All that was said and heard so far.
    pub const fn history(&self) -> &History {
        &self.record.history
    }

    /// How the run stands: interrupted in the present step, unless it ended.
    pub const fn ending(&self) -> &Ending {
        &self.record.ending
    }

    /// Takes note of an event that happens now.
    pub fn apply(&mut self, event: &RunEvent) {
        self.apply_at(clock::now(), event);
    }

    /// Takes note of an event that happened then.
    pub fn apply_at(&mut self, now: Instant, event: &RunEvent) {
        match event {
            RunEvent::Entered(step) => {
                if !matches!(self.current, Some((current, _)) if current == *step) {
                    self.leave(now);
                    self.current = Some((*step, now));
                }
                self.record.ending = Ending::Interrupted(*step);
            }
            RunEvent::Waiting(_) => self.leave(now),
            RunEvent::Exchanged(exchange) => {
                let sent = now.saturating_duration_since(self.began).saturating_sub(exchange.timing.total);
                self.record.sent.push((exchange.id, sent));
                self.record.history.push(std::sync::Arc::clone(exchange));
            }
            RunEvent::Asked(request) => self.record.history.push_authorization(request.clone()),
            RunEvent::CalledBack(callback) => {
                self.record.history.push_callback(std::sync::Arc::clone(callback));
            }
            RunEvent::Refused(refusal) => {
                self.leave(now);
                self.record.refusals.push((refusal.clone(), false));
                self.record.ending = Ending::Refused(refusal.clone());
            }
            RunEvent::Overruled(refusal) => {
                if let Some(entry) = self.record.refusals.iter_mut().rfind(|(known, _)| known == refusal) {
                    entry.1 = true;
                }
            }
            RunEvent::Probing(extent) => self.record.scenario.probes.extent = *extent,
            RunEvent::Restored(step, history) => {
                self.leave(now);
                self.record.scenario.probes.extent = self.extent;
                self.record.history = history.clone();
                self.record.refusals.retain(|(refusal, _)| refusal.step() < *step);
                self.record.durations.retain(|(of, _)| of < step);
                self.record.ending = Ending::Interrupted(*step);
            }
            RunEvent::Finished(outcome) => {
                self.leave(now);
                self.record.ending = Ending::Finished(outcome.clone());
            }
            RunEvent::Ended { left_behind, .. } => {
                self.leave(now);
                self.ended = true;
                self.record.left_behind.clone_from(left_behind);
            }
            RunEvent::Started { .. } | RunEvent::Prepared(_) | RunEvent::Sending(_) | RunEvent::Note(_) => {}
        }
    }

    fn leave(&mut self, now: Instant) {
        if let Some((step, since)) = self.current.take() {
            self.record.durations.push((step, now.saturating_duration_since(since)));
        }
    }
}
