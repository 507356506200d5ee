//! Exit codes, stable: what a run means to the job that started it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BaselineEntry, ClientEntry, Ending, Undecided, VerdictEntry, VerdictKind};
use crate::check::Judged;
use crate::client::Fate;
use crate::flow::Outcome;
use crate::scenario::{FailOn, Policy};
use crate::specification::Level;

/// What a run means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// 0: every MUST that applies was decided and is kept, and the walk went where it was asked to go.
    Conforms,
    /// 0, or 3 with `--fail-on undecided`: no rule that counts is broken, and not every MUST was decided.
    NoViolationFound,
    /// 1: a rule is broken.
    Violates,
    /// 3: the walk could not be judged, or not to its end.
    NotJudged,
    /// 4: none of the checks that were selected was decided.
    NothingSelected,
    /// 5: the baseline has entries that somebody has to act on.
    #[serde(rename = "baseline-stale")]
    StaleBaseline,
    /// 130: interrupted.
    #[serde(rename = "stopped")]
    Interrupted,
}

impl RunOutcome {
    /// The exit code, with that policy.
    pub const fn code(self, fail_on: FailOn) -> u8 {
        match (self, fail_on) {
            (Self::NoViolationFound, FailOn::Undecided) | (Self::NotJudged, _) => 3,
            (Self::Violates, FailOn::Never) | (Self::Conforms | Self::NoViolationFound, _) => 0,
            (Self::Violates, _) => 1,
            (Self::NothingSelected, _) => 4,
            (Self::StaleBaseline, _) => 5,
            (Self::Interrupted, _) => 130,
        }
    }

    /// The words for it in reports.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::NoViolationFound => "no violation found",
            Self::Violates => "not conformant",
            Self::NotJudged => "could not be judged to the end",
            Self::NothingSelected => "nothing that was selected could be judged",
            Self::StaleBaseline => "no violation found, but the baseline is stale",
            Self::Interrupted => "was interrupted",
        }
    }
}

/// The most urgent of several exit codes.
pub fn most_urgent(codes: impl IntoIterator<Item = u8>) -> Option<u8> {
    const URGENCY: [u8; 6] = [130, 1, 3, 5, 4, 0];
    codes.into_iter().min_by_key(|code| URGENCY.iter().position(|urgent| urgent == code))
}

/// What these verdicts and this ending mean.
pub(super) fn of_entries(
    verdicts: &[VerdictEntry],
    undecided: &[Undecided],
    ending: &Ending,
    policy: &Policy,
    baseline: &[BaselineEntry],
) -> RunOutcome {
    let passed = verdicts.iter().any(|entry| entry.verdict == VerdictKind::Pass);
    let reached = passed && matches!(ending, Ending::Finished(Outcome::Reached(_)));
    let selected = || verdicts.iter().filter(|entry| policy.selects(entry.party));
    let is_decided = |entry: &VerdictEntry| matches!(entry.verdict, VerdictKind::Pass | VerdictKind::Fail);
    let is_broken = |entry: &VerdictEntry| {
        entry.verdict == VerdictKind::Fail && entry.level == Level::Must && entry.excused.is_none()
    };
    match ending {
        Ending::Interrupted(_) => RunOutcome::Interrupted,
        _ if verdicts.iter().any(|entry| entry.counts) => RunOutcome::Violates,
        _ if !reached => RunOutcome::NotJudged,
        _ if selected().any(is_broken) => RunOutcome::Violates,
        _ if baseline.iter().any(BaselineEntry::is_stale) => RunOutcome::StaleBaseline,
        _ if !selected().any(is_decided) => RunOutcome::NothingSelected,
        _ if !undecided.is_empty() => RunOutcome::NoViolationFound,
        _ => RunOutcome::Conforms,
    }
}

/// The same where clients have to connect, with the exit code: one that stops fails the run, and of one that nothing is
/// known of the run could not be judged.
pub(super) fn with_clients(
    outcome: RunOutcome,
    fail_on: FailOn,
    clients: &[ClientEntry],
) -> (RunOutcome, u8) {
    let own = outcome.code(fail_on);
    let required = || clients.iter().filter(|entry| entry.required);
    let of_clients = if required().any(|entry| entry.verdict == Fate::Stops) {
        RunOutcome::Violates
    } else if required().any(|entry| entry.verdict == Fate::Unknown) {
        RunOutcome::NotJudged
    } else {
        return (outcome, own);
    };
    let code = most_urgent([own, of_clients.code(FailOn::Must)]).unwrap_or(own);
    (if code == own { outcome } else { of_clients }, code)
}

/// Whether a verdict fails the run: a finding of a level and a party that count, and none that is expected.
pub(super) fn counts(judged: &Judged, policy: &Policy, baseline: &[BaselineEntry]) -> bool {
    let excused = || baseline.iter().any(|entry| entry.check == judged.check.id && !entry.is_stale());
    judged.finding().is_some() && policy.counts(judged.level, judged.party) && !excused()
}
