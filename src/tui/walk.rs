//! What the screen knows of the walk: folded from its events, judged again when the history changes.

mod item;
mod judging;
mod principal;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::heavy;
use super::known::Known;
use super::redaction::Redaction;
use super::stored::Stored;
use crate::check::{Check, Judged};
use crate::exchange::{AuthorizationRequest, Exchange, ExchangeId, History, Purpose, Request};
use crate::flow::{Outcome, Refusal};
use crate::run::{LoginPage, Prepared, Recorder, RunEvent, registered};
use crate::scenario::Scenario;
use crate::specification::{Level, Party, Step};
use crate::transcript::redact::Redactor;
use crate::transcript::{ClientTable, Counts, DiagnosisEntry, LeftBehind, Undecided, step_of_finding};

pub(super) use item::Item;

/// Where the walk is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was heard of it yet.
    Starting,
    /// It waits at the start of a step.
    Waiting(Step),
    /// It is in a step.
    Walking {
        /// The step.
        step: Step,
        /// The request that is on its way.
        sending: Option<Arc<Request>>,
        /// The login that is under way.
        login: Option<AuthorizationRequest>,
    },
    /// A conforming client stops here.
    Refused(Refusal),
    /// It is over.
    Finished(Outcome),
}

/// How a step stands, to be told by a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepStatus {
    /// Walked; the worst finding in it.
    Done(Option<Level>),
    /// Next.
    Here,
    /// Being walked.
    Busy,
    /// The walk stopped in it.
    Stopped,
    /// Walked past, as there was nothing to do.
    Skipped,
    /// Not reached.
    Ahead,
}

/// The walk so far.
#[derive(Clone, Debug)]
pub(super) struct WalkView {
    /// The run as asked for.
    pub(super) scenario: Scenario,
    /// Where it is.
    pub(super) phase: Phase,
    /// What the next step begins with.
    pub(super) prepared: Option<Prepared>,
    /// Where the browser comes back to.
    pub(super) redirect_uri: Option<String>,
    /// What was said during the login.
    pub(super) notes: Vec<String>,
    /// Whether the user logs in although the driver could.
    by_hand: bool,
    /// When the present login began, in seconds since 1970.
    asked_at: i64,
    /// How long the browser took to come back, in seconds.
    waits: BTreeMap<ExchangeId, i64>,
    /// Causes of what is wrong, in flow order.
    pub(super) diagnoses: Vec<DiagnosisEntry>,
    /// Whether the first of them is why the walk stopped.
    explains_stop: bool,
    /// What comes of real clients.
    pub(super) clients: ClientTable,
    /// Failed checks, worst first, in flow order within a level.
    pub(super) findings: Vec<Judged>,
    /// Checks that passed, in flow order.
    pub(super) passed: Vec<&'static Check>,
    /// What the checks say of the probes.
    pub(super) probed: Vec<Judged>,
    /// Totals.
    pub(super) counts: Counts,
    /// Totals by party, of those that have any.
    pub(super) parties: Vec<(Party, Counts)>,
    /// What is known of the parties.
    pub(super) known: Known,
    /// The MUSTs that are open so far.
    pub(super) undecided: Vec<Undecided>,
    /// What is shown of secrets.
    pub(super) redactor: Redaction,
    /// The first exchange with a large body whose secrets are not known, and the change with which the last of them came.
    unlearnt: Option<(u64, ExchangeId)>,
    /// The record in the making.
    pub(super) recorder: Recorder,
    /// What it is a replay of, if it is one.
    pub(super) stored: Option<Arc<Stored>>,
    /// Counts the changes of the history that were to be judged.
    changes: u64,
    /// The last of them that was.
    judged: u64,
    /// What is being judged beside the screen.
    judging: Option<u64>,
    /// What a step had before a request of it was changed and sent again, in order.
    before: Vec<(Step, Item)>,
    /// The change up to which the walk was exported.
    exported: u64,
}

impl WalkView {
    /// A walk that did not start.
    pub(super) fn new(scenario: Scenario, recorder: Recorder) -> Self {
        let redactor = Redaction::new(Redactor::new(recorder.record().salt, &scenario));
        Self::hidden_by(redactor, scenario, recorder)
    }

    /// A stored run of which nothing was played yet.
    pub(super) fn of(stored: Arc<Stored>) -> Self {
        let record = stored.replay.record();
        let recorder = Recorder::new(record.scenario.clone(), record.past_refusals);
        let walk = Self::hidden_by(Redaction::of(Arc::clone(&stored)), record.scenario.clone(), recorder);
        Self { stored: Some(stored), ..walk }
    }

    fn hidden_by(redactor: Redaction, scenario: Scenario, recorder: Recorder) -> Self {
        Self {
            scenario,
            phase: Phase::Starting,
            prepared: None,
            redirect_uri: None,
            notes: Vec::new(),
            by_hand: false,
            asked_at: 0,
            waits: BTreeMap::new(),
            diagnoses: Vec::new(),
            explains_stop: false,
            clients: ClientTable::default(),
            findings: Vec::new(),
            passed: Vec::new(),
            probed: Vec::new(),
            counts: Counts::default(),
            parties: Vec::new(),
            known: Known::default(),
            undecided: Vec::new(),
            redactor,
            unlearnt: None,
            recorder,
            stored: None,
            changes: 0,
            judged: 0,
            judging: None,
            before: Vec::new(),
            exported: 0,
        }
    }

    /// All that was said and heard.
    pub(super) const fn history(&self) -> &History {
        self.recorder.history()
    }

    /// Takes note of an event, at that time in seconds since 1970.
    pub(super) fn apply(&mut self, event: &RunEvent, now: i64) {
        self.recorder.apply(event);
        if self.is_to_be_judged(event) {
            self.judge();
        }
        match event {
            RunEvent::Started { redirect_uri } => self.redirect_uri = Some(redirect_uri.clone()),
            RunEvent::Entered(step) => {
                self.phase = Phase::Walking { step: *step, sending: None, login: None };
            }
            RunEvent::Sending(request) => self.set_sending(Some(Arc::clone(request))),
            RunEvent::Exchanged(exchange) => {
                self.set_sending(None);
                self.learn(exchange);
            }
            RunEvent::Asked(request) => {
                self.notes.clear();
                self.asked_at = now;
                if let Phase::Walking { login, .. } = &mut self.phase {
                    *login = Some(request.clone());
                }
            }
            RunEvent::Note(note) => self.notes.push(note.clone()),
            RunEvent::CalledBack(callback) => {
                self.waits.insert(callback.id, now - self.asked_at);
                if self.stored.is_none() {
                    self.redactor.learn_callback_secrets(callback);
                }
                if let Phase::Walking { login, .. } = &mut self.phase {
                    *login = None;
                }
            }
            RunEvent::Refused(refusal) => self.phase = Phase::Refused(refusal.clone()),
            RunEvent::Overruled(refusal) => {
                self.phase = Phase::Walking { step: refusal.step(), sending: None, login: None };
            }
            RunEvent::Waiting(step) => {
                self.prepared = None;
                self.phase = Phase::Waiting(*step);
            }
            RunEvent::Prepared(prepared) => self.prepared = Some(prepared.clone()),
            RunEvent::Probing(_) => self.scenario.probes.clone_from(&self.recorder.scenario().probes),
            RunEvent::Restored(step, _) => {
                self.scenario.probes.clone_from(&self.recorder.scenario().probes);
                self.by_hand = false;
                self.before.retain(|(of, _)| of <= step);
            }
            RunEvent::Finished(outcome) => self.phase = Phase::Finished(outcome.clone()),
            RunEvent::Ended { .. } => {}
        }
    }

    /// Whether the history is to be judged after an event: when it has changed, and when the walk has ended, which is what a
    /// cause explains. A replay tells of many changes at once, and is judged where it stops.
    const fn is_to_be_judged(&self, event: &RunEvent) -> bool {
        match event {
            RunEvent::Exchanged(_)
            | RunEvent::Asked(_)
            | RunEvent::CalledBack(_)
            | RunEvent::Restored(..) => self.stored.is_none(),
            RunEvent::Waiting(_) => self.stored.is_some(),
            RunEvent::Refused(_) | RunEvent::Finished(_) => true,
            _ => false,
        }
    }

    /// The clients this walk has registered; a replay registers none.
    pub(super) fn registered(&self) -> Vec<LeftBehind> {
        if self.stored.is_some() { Vec::new() } else { registered(self.history(), self.scenario.client.keep) }
    }

    fn set_sending(&mut self, request: Option<Arc<Request>>) {
        if let Phase::Walking { sending, .. } = &mut self.phase {
            *sending = request;
        }
    }

    /// Keeps what a step has, which is about to be walked again with a changed request.
    pub(super) fn keep_before(&mut self, step: Step) {
        let had = self.each(step).filter(|item| item.probe().is_none() && !self.is_before(item));
        let had: Vec<_> = had.map(|item| (step, item)).collect();
        self.before.extend(had);
    }

    /// Whether it is of before a request was changed and sent again.
    pub(super) fn is_before(&self, item: &Item) -> bool {
        self.before.iter().any(|(_, before)| before == item)
    }

    /// Whether anything of the walk was changed by its user.
    pub(super) fn is_edited(&self) -> bool {
        self.history().is_edited()
    }

    /// The walk as it is now was exported.
    pub(super) const fn note_exported(&mut self) {
        self.exported = self.changes;
    }

    /// Whether something was walked that was not exported; a replay is of a file that stays.
    pub(super) fn is_unsaved(&self) -> bool {
        self.stored.is_none() && !self.history().is_empty() && self.exported != self.changes
    }

    /// The page at which a login by gatewalk itself ended.
    pub(super) fn login_page(&self) -> Option<LoginPage> {
        if !matches!(self.phase, Phase::Finished(Outcome::Stuck { awaiting: Step::Authorization, .. })) {
            return None;
        }
        let exchanges = self.history().of_step(Step::Authorization);
        let mut pages = exchanges.filter(|exchange| exchange.request.purpose == Purpose::Login);
        let response = pages.next_back()?.response()?;
        response.is_html().then(|| LoginPage::read(&response.text()))
    }

    /// Whether a person logged in, who would have to do it again.
    pub(super) fn has_login_of_person(&self) -> bool {
        let by_hand = self.by_hand || self.scenario.consent.driver.needs_person();
        by_hand && self.history().callbacks().len() > 0
    }

    /// The login that is under way.
    pub(super) const fn login(&self) -> Option<&AuthorizationRequest> {
        match &self.phase {
            Phase::Walking { login, .. } => login.as_ref(),
            _ => None,
        }
    }

    /// Whether somebody has to come back with a URL.
    pub(super) const fn awaits_person(&self) -> bool {
        let by_hand = self.by_hand || self.scenario.consent.driver.needs_person();
        self.login().is_some() && by_hand
    }

    /// Whether the probes can be sent: after a complete walk, once.
    pub(super) fn can_probe(&self) -> bool {
        matches!(self.phase, Phase::Finished(Outcome::Reached(_))) && self.probes().next().is_none()
    }

    /// The secrets of an exchange are known before it is seen; those of a large body only when it was judged. Those of a
    /// stored run are known from the start.
    fn learn(&mut self, exchange: &Exchange) {
        if self.stored.is_some() {
            return;
        }
        if heavy::is_heavy(exchange) {
            self.unlearnt.get_or_insert((self.changes, exchange.id)).0 = self.changes;
        } else {
            self.redactor.learn_exchange_secrets(exchange);
        }
    }

    /// Whether there may be secrets in an exchange or callback that nobody has found yet: in its own large body, or quoted
    /// from one before it.
    pub(super) fn is_unlearnt(&self, item: &Item) -> bool {
        self.unlearnt.zip(item.id()).is_some_and(|((_, first), id)| first <= id)
    }

    /// How long the browser took to come back, in seconds.
    pub(super) fn waited(&self, callback: ExchangeId) -> Option<i64> {
        self.waits.get(&callback).copied().filter(|seconds| *seconds > 0)
    }

    /// Whether there is, or comes next, a URL to open in the browser.
    pub(super) const fn can_open(&self) -> bool {
        self.login().is_some() || matches!(self.phase, Phase::Waiting(Step::Authorization))
    }

    /// The user logs in this time, whatever the driver would do.
    pub(super) const fn leave_to_person(&mut self) {
        self.by_hand = true;
    }

    /// Whether time is worth showing.
    pub(super) const fn is_busy(&self) -> bool {
        matches!(self.phase, Phase::Walking { .. })
    }

    /// The step the walk is at.
    pub(super) const fn at(&self) -> Step {
        match &self.phase {
            Phase::Starting => Step::Challenge,
            Phase::Waiting(step)
            | Phase::Walking { step, .. }
            | Phase::Finished(Outcome::Reached(step) | Outcome::Stuck { awaiting: step, .. }) => *step,
            Phase::Refused(refusal) => refusal.step(),
        }
    }

    /// How a step stands.
    pub(super) fn standing(&self, step: Step) -> StepStatus {
        match step.cmp(&self.at()) {
            std::cmp::Ordering::Greater => StepStatus::Ahead,
            std::cmp::Ordering::Less => self.done(step),
            std::cmp::Ordering::Equal => match &self.phase {
                Phase::Starting | Phase::Waiting(_) => StepStatus::Here,
                Phase::Walking { .. } => StepStatus::Busy,
                Phase::Refused(_) | Phase::Finished(Outcome::Stuck { .. }) => StepStatus::Stopped,
                Phase::Finished(Outcome::Reached(_)) => self.done(step),
            },
        }
    }

    fn done(&self, step: Step) -> StepStatus {
        if self.each(step).next().is_none() {
            return StepStatus::Skipped;
        }
        StepStatus::Done(self.findings_of(step).map(|judged| judged.level).max())
    }

    /// How many steps are behind the walk.
    pub(super) fn steps_done(&self) -> usize {
        let is_done = |step: &Step| matches!(self.standing(*step), StepStatus::Done(_) | StepStatus::Skipped);
        Step::ALL.iter().filter(|step| is_done(step)).count()
    }

    /// The findings of a step: those seen in its exchanges, and those of its checks that were seen nowhere.
    pub(super) fn findings_of(&self, step: Step) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(move |judged| self.step_of(judged) == step)
    }

    /// The step that is walked again when it is asked for.
    pub(super) fn retried(&self) -> Step {
        match self.phase {
            Phase::Waiting(step) => step.previous().unwrap_or(step),
            _ => self.at(),
        }
    }

    /// The step a finding was seen in.
    pub(super) fn step_of(&self, judged: &Judged) -> Step {
        let seen = judged.finding().and_then(|finding| finding.exchange);
        step_of_finding(judged.check.step, seen, |id| Some(self.history().get(id)?.request.step))
    }

    /// The findings seen in an exchange or callback.
    pub(super) fn findings_at(&self, item: &Item) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(move |judged| self.is_at(judged, item))
    }

    /// Whether a finding was seen there. One of the authorization step without a place belongs to the callback.
    pub(super) fn is_at(&self, judged: &Judged, item: &Item) -> bool {
        if self.is_before(item) {
            return false;
        }
        match (judged.finding().and_then(|finding| finding.exchange), item) {
            (Some(seen), item) => item.id() == Some(seen),
            (None, Item::Callback(_)) => judged.check.step == Step::Authorization,
            (None, Item::Authorization(_)) => {
                judged.check.step == Step::Authorization && self.history().callbacks().len() == 0
            }
            (None, _) => false,
        }
    }

    /// The places of all that can be looked at: step and place in it, in order.
    pub(super) fn places(&self) -> impl Iterator<Item = (Step, usize)> {
        Step::ALL.into_iter().flat_map(|step| (0..self.count(step)).map(move |item| (step, item)))
    }

    /// Where an exchange or a callback is.
    pub(super) fn place_of(&self, id: ExchangeId) -> Option<(Step, usize)> {
        self.places().find(|(step, at)| self.item(*step, *at).as_ref().and_then(Item::id) == Some(id))
    }

    /// What was sent beyond the happy path, each with its place, step by step.
    pub(super) fn probes(&self) -> impl Iterator<Item = ((Step, usize), Item)> {
        Step::ALL.into_iter().flat_map(move |step| {
            let items = self.each(step).enumerate().map(move |(at, item)| ((step, at), item));
            items.filter(|(_, item)| item.probe().is_some())
        })
    }

    /// What can be looked at in a step, in order.
    pub(super) fn items(&self, step: Step) -> Vec<Item> {
        self.each(step).collect()
    }

    /// How much can be looked at in a step.
    pub(super) fn count(&self, step: Step) -> usize {
        self.each(step).count()
    }

    /// What can be looked at in a step at a place.
    pub(super) fn item(&self, step: Step, at: usize) -> Option<Item> {
        self.each(step).nth(at)
    }

    fn each(&self, step: Step) -> impl Iterator<Item = Item> {
        let history = self.history();
        let consents = step == Step::Authorization;
        let sending = match &self.phase {
            Phase::Walking { sending: Some(request), .. } if request.step == step => Some(request),
            _ => None,
        };
        let asked = history.authorizations().filter(move |_| consents).cloned().map(Item::Authorization);
        let of_probe = |exchange: &&Arc<Exchange>| matches!(exchange.request.purpose, Purpose::Probe(_));
        let probes =
            history.exchanges().filter(of_probe).filter(move |probe| probe.request.step == step).cloned();
        let callbacks = history.callbacks().filter(move |_| consents).cloned().map(Item::Callback);
        let before = self.before.iter().filter(move |(of, _)| *of == step).map(|(_, item)| item.clone());
        before
            .chain(asked)
            .chain(history.of_step(step).cloned().map(Item::Exchange))
            .chain(callbacks)
            .chain(probes.map(Item::Exchange))
            .chain(sending.cloned().map(Item::Sending))
    }
}
