//! What a history says: what the checks find in it, and the secrets that are to be hidden wherever they are quoted.

use std::sync::Arc;

use super::known::Known;
use super::stored::Stored;
use crate::check::{self, Check, Evidence, Judged, Verdict};
use crate::diagnosis::explain;
use crate::scenario::ClientSelection;
use crate::specification::Party;
use crate::transcript::redact::Redactor;
use crate::transcript::{ClientTable, Counts, DiagnosisEntry, Record, Undecided, cause_of_stop_first};

/// A record to be judged.
#[derive(Clone, Debug)]
pub(super) struct JudgeJob {
    /// Tells it from those before and after.
    pub(super) number: u64,
    /// The run so far.
    pub(super) record: Record,
    /// What it is a replay of, if it is one.
    pub(super) stored: Option<Arc<Stored>>,
}

impl JudgeJob {
    /// Judges it.
    pub(super) fn run(self) -> JudgeResult {
        let Self { number, record, stored } = self;
        let evidence = Evidence::new(&record.scenario, &record.history);
        let (mut judged, redactor) = match &stored {
            Some(stored) => (stored.replay.judge(&record.history), stored.replay.redactor()),
            None => (check::judge(&evidence), Arc::new(Redactor::of_run(&record))),
        };
        // Secrets in it are hidden when it is drawn.
        let unmasked = Redactor::none();
        let diagnoses = explain(&evidence, &mut judged).into_iter();
        let mut diagnoses: Vec<_> =
            diagnoses.map(|diagnosis| DiagnosisEntry::new(diagnosis, &unmasked)).collect();
        let asked = stored.as_ref().map(|stored| stored.replay.stored().options.clients());
        let asked = asked.filter(|asked| !asked.is_empty()).unwrap_or_else(ClientSelection::all);
        let clients = ClientTable::of(&evidence, &asked, &diagnoses, &unmasked);
        let explains_stop = cause_of_stop_first(&mut diagnoses, &judged, &record.ending);
        let counts = Counts::of(judged.iter());
        let of_party = |party| (party, Counts::of(judged.iter().filter(|judged| judged.party == party)));
        let parties = Party::ALL.into_iter().map(of_party).filter(|(_, counts)| !counts.is_empty()).collect();
        let known = Known::of(&evidence, &judged);
        let passed = judged.iter().filter(|judged| judged.verdict == Verdict::Pass);
        let passed = passed.map(|judged| judged.check).collect();
        let undecided = Undecided::of_judged(&judged, &record.ending);
        let probed = judged.iter().filter(|judged| !judged.probes.is_empty()).cloned().collect();
        let mut findings: Vec<_> = judged.into_iter().filter(|judged| judged.finding().is_some()).collect();
        findings.sort_by_key(|judged| std::cmp::Reverse(judged.level));
        let seen = (record.history.exchanges().len(), record.history.callbacks().len());
        JudgeResult {
            number,
            seen,
            diagnoses,
            explains_stop,
            findings,
            passed,
            probed,
            counts,
            clients,
            parties,
            known,
            undecided,
            redactor,
        }
    }
}

impl PartialEq for JudgeJob {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for JudgeJob {}

/// What a history says.
#[derive(Clone, Debug)]
pub(super) struct JudgeResult {
    /// That of the judging it comes from.
    pub(super) number: u64,
    /// How many exchanges and callbacks it is about.
    pub(super) seen: (usize, usize),
    /// Causes of what is wrong, in flow order behind that of the stop.
    pub(super) diagnoses: Vec<DiagnosisEntry>,
    /// Whether the first of them is why the walk stopped.
    pub(super) explains_stop: bool,
    /// Failed checks, worst first, in flow order within a level.
    pub(super) findings: Vec<Judged>,
    /// Checks that passed, in flow order.
    pub(super) passed: Vec<&'static Check>,
    /// What is said of the probes, whatever the verdict.
    pub(super) probed: Vec<Judged>,
    /// Totals.
    pub(super) counts: Counts,
    /// What comes of real clients.
    pub(super) clients: ClientTable,
    /// Totals by party, of those that have any.
    pub(super) parties: Vec<(Party, Counts)>,
    /// What is known of the parties.
    pub(super) known: Known,
    /// The MUSTs that are open so far.
    pub(super) undecided: Vec<Undecided>,
    /// Hides the secrets of the run.
    pub(super) redactor: Arc<Redactor>,
}

impl PartialEq for JudgeResult {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for JudgeResult {}
