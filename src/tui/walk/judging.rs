//! Judging the walk so far: at once, or beside the screen where that takes long.

use super::WalkView;
use crate::tui::heavy;
use crate::tui::judge_job::{JudgeJob, JudgeResult};

impl WalkView {
    /// Judges the history, unless that takes long: then [`WalkView::judge_job`] tells of it.
    pub(super) fn judge(&mut self) {
        self.changes += 1;
        if !heavy::is_heavy_history(self.history()) {
            let said = self.judging_of_now().run();
            self.take_judged(said);
        }
    }

    /// The history that has to be judged beside the screen, told once; one at a time.
    pub(in crate::tui) fn judge_job(&mut self) -> Option<JudgeJob> {
        if self.judged == self.changes || self.judging.is_some() {
            return None;
        }
        self.judging = Some(self.changes);
        Some(self.judging_of_now())
    }

    fn judging_of_now(&self) -> JudgeJob {
        let stored = self.stored.clone();
        JudgeJob { number: self.changes, record: self.recorder.record(), stored }
    }

    /// Takes what was judged, unless a later history already was.
    pub(in crate::tui) fn take_judged(&mut self, said: JudgeResult) {
        self.judging.take_if(|judging| *judging == said.number);
        if said.number > self.judged {
            self.judged = said.number;
            self.diagnoses = said.diagnoses;
            self.explains_stop = said.explains_stop;
            self.clients = said.clients;
            self.findings = said.findings;
            self.passed = said.passed;
            self.probed = said.probed;
            self.counts = said.counts;
            self.parties = said.parties;
            self.known = said.known;
            self.undecided = said.undecided;
            self.redactor.learn(said.redactor);
            let (exchanges, callbacks) =
                if self.stored.is_some() { (usize::MAX, usize::MAX) } else { said.seen };
            let history = self.recorder.history();
            let later = history.exchanges().skip(exchanges).filter(|exchange| !heavy::is_heavy(exchange));
            later.for_each(|exchange| self.redactor.learn_exchange_secrets(exchange));
            history
                .callbacks()
                .skip(callbacks)
                .for_each(|callback| self.redactor.learn_callback_secrets(callback));
            self.unlearnt.take_if(|(change, _)| *change <= said.number);
        }
    }
}
