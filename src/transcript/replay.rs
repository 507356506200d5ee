//! Judges a stored transcript again, by today's catalogue, offline.
//!
//! The history is rebuilt with synthetic secrets for what is redacted: about as long, equal where the placeholders are equal, and JWTs with
//! the header and claims that were kept. What only the secret itself could tell is taken over
//! ([`KEPT`]).

mod rebuild;
mod synthetic;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clients::ClientTable;
use super::make::verdict_entry;
use super::redact::Redactor;
use super::{
    Baseline, DiagnosisEntry, PeerText, Record, Replayed, StepState, Summary, Tool, Transcript,
    VerdictChange, VerdictEntry, VerdictKind, cause_of_stop_first,
};
use crate::check::{self, Evidence, Finding, Judged, ProbeNotSent, Verdict};
use crate::diagnosis::explain;
use crate::exchange::{ExchangeId, History};
use crate::scenario::Policy;

use synthetic::SyntheticSecrets;

/// Checks that look at the secret itself: no signature can be verified on a synthetic one, and none counts up.
pub const KEPT: [&str; 2] = ["jwt-signature", "mcp-session-id-random"];

/// Why a transcript that can be read cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// A body cannot be decoded.
    #[error("the body of exchange {0} is not the base64 it is said to be")]
    Body(ExchangeId),
    /// It does not say when the run started.
    #[error("started {0:?} is no RFC 3339 time")]
    Started(String),
    /// Its placeholders are more than a run could have.
    #[error("its placeholders stand for more than {} MB", .0 >> 20)]
    TooLarge(usize),
}

/// A stored run, in memory again but for its secrets.
#[derive(Debug)]
pub struct Replay {
    stored: Transcript,
    record: Record,
    redactor: Arc<Redactor>,
}

impl Replay {
    /// Rebuilds a run.
    pub fn new(stored: Transcript) -> Result<Self, ReplayError> {
        let synthetic = SyntheticSecrets::new(&stored)?;
        let record = rebuild::record(&stored, &synthetic)?;
        let redactor = if stored.revealed { Redactor::of_run(&record) } else { synthetic.redactor() };
        Ok(Self { stored, record, redactor: Arc::new(redactor) })
    }

    /// The transcript as it was stored.
    pub const fn stored(&self) -> &Transcript {
        &self.stored
    }

    /// What was recorded, with synthetic secrets.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Puts the placeholders of the transcript in the place of the synthetic secrets; if its secrets were kept, it hides them.
    pub fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    /// Judges the run, or the beginning of it.
    pub fn judge(&self, history: &History) -> Vec<Judged> {
        let mut judged = check::judge(&Evidence::new(&self.record.scenario, history));
        judged.retain_mut(|judged| self.take_over(judged));
        judged
    }

    /// Puts the stored verdict in the place of one that rests on a synthetic one; tells whether there is one.
    fn take_over(&self, judged: &mut Judged) -> bool {
        let decided = matches!(judged.verdict, Verdict::Pass | Verdict::Fail(_));
        if self.stored.revealed || !decided || !KEPT.contains(&judged.check.id) {
            return true;
        }
        let Some(stored) = self.stored.verdicts.iter().find(|entry| entry.check == judged.check.id) else {
            return false;
        };
        let text = |text: &PeerText| text.as_str().to_owned();
        let because = || stored.because.as_ref().map(text).unwrap_or_default();
        judged.verdict = match stored.verdict {
            VerdictKind::Pass => Verdict::Pass,
            VerdictKind::Fail => {
                let here = judged.finding().cloned().unwrap_or_default();
                let VerdictEntry { message, expected, found, .. } = stored;
                let (expected, found) = (expected.as_ref().map(text), found.as_ref().map(text));
                Finding { message: text(message), expected, found, ..here }.fail()
            }
            VerdictKind::NotApplicable => Verdict::NotApplicable(because()),
            VerdictKind::Untestable => stored.not_sent.map_or_else(
                || Verdict::untestable(because()),
                |ProbeNotSent { probe, mode }| Verdict::not_asked_for(probe, mode),
            ),
            VerdictKind::Inconclusive => Verdict::inconclusive(because()),
        };
        if let Some(means) = stored.decided_by {
            judged.verdict = judged.verdict.clone().decided_by(means);
        }
        true
    }

    /// The same run, judged by today's catalogue.
    #[must_use]
    pub fn judged_again(&self) -> Transcript {
        let Self { stored, record, redactor } = self;
        let policy = Policy {
            fail_on: stored.options.fail_on,
            parties: stored.options.parties.clone(),
            expect: None,
            clients: stored.options.clients(),
        };
        let held = stored.baseline.as_ref().map_or_else(Vec::new, |baseline| baseline.entries.clone());
        let mut judged = self.judge(&record.history);
        let evidence = Evidence::new(&record.scenario, &record.history);
        let unmasked = Redactor::none();
        let redactor = if stored.revealed { &unmasked } else { redactor.as_ref() };
        let diagnoses = explain(&evidence, &mut judged).into_iter();
        let mut diagnoses: Vec<_> =
            diagnoses.map(|diagnosis| DiagnosisEntry::new(diagnosis, redactor)).collect();
        let is_diagnosed = cause_of_stop_first(&mut diagnoses, &judged, &record.ending);
        let mut steps = stored.steps.clone();
        if let Some(cause) = diagnoses.first().filter(|_| is_diagnosed) {
            for step in steps.iter_mut().filter(|step| step.state == StepState::Stopped) {
                step.cause = Some(cause.id.clone());
                step.remedy = Some(cause.remedy.clone());
            }
        }
        let verdicts: Vec<_> =
            judged.iter().map(|judged| verdict_entry(judged, &policy, &held, redactor)).collect();
        let kept = |entry: &&VerdictEntry| {
            let decided = matches!(entry.verdict, VerdictKind::Pass | VerdictKind::Fail);
            decided && !stored.revealed && KEPT.contains(&entry.check.as_str())
        };
        let replayed = Replayed {
            from: stored.gatewalk.version.clone(),
            changed: changes(&stored.verdicts, &verdicts),
            kept: verdicts.iter().filter(kept).map(|entry| entry.check.clone()).collect(),
        };
        let clients = ClientTable::of(&evidence, &policy.clients, &diagnoses, redactor);
        Transcript {
            gatewalk: Tool { version: env!("CARGO_PKG_VERSION").into() },
            summary: Summary::new(&verdicts, &record.ending, &policy, &held, &clients.entries),
            baseline: stored
                .baseline
                .as_ref()
                .map(|baseline| Baseline { missing: Vec::new(), ..baseline.clone() }),
            steps,
            verdicts,
            diagnoses,
            clients: clients.entries,
            client_changes: clients.changes,
            client_questions: clients.questions,
            replayed: Some(replayed),
            ..stored.clone()
        }
    }
}

/// The verdicts that are not what they were.
pub(super) fn changes(before: &[VerdictEntry], after: &[VerdictEntry]) -> Vec<VerdictChange> {
    let words = |entries: &[VerdictEntry]| -> BTreeMap<PeerText, VerdictKind> {
        entries.iter().map(|entry| (entry.check.clone(), entry.verdict)).collect()
    };
    let (before, after) = (words(before), words(after));
    let mut checks: Vec<_> = before.keys().chain(after.keys()).collect();
    checks.sort();
    checks.dedup();
    checks
        .into_iter()
        .filter(|check| before.get(*check) != after.get(*check))
        .map(|check| VerdictChange {
            check: check.clone(),
            was: before.get(check).copied(),
            is: after.get(check).copied(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
