//! Exit codes, stable: what a run means to the job that started it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BaselineEntry, ClientEntry, Ending, VerdictEntry, VerdictKind};
use crate::check::Judged;
use crate::client::Fate;
use crate::flow::Outcome;
use crate::scenario::Policy;

/// What a run means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// 0: what was judged conforms, and the walk went where it was asked to go.
    Conforms,
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
    /// What several runs mean together: what asks for action first.
    pub fn of_all(runs: impl IntoIterator<Item = Self>) -> Option<Self> {
        runs.into_iter().min_by_key(|exit| match exit {
            Self::Interrupted => 0,
            Self::Violates => 1,
            Self::NotJudged => 2,
            Self::StaleBaseline => 3,
            Self::NothingSelected => 4,
            Self::Conforms => 5,
        })
    }

    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Violates => 1,
            Self::NotJudged => 3,
            Self::NothingSelected => 4,
            Self::StaleBaseline => 5,
            Self::Interrupted => 130,
        }
    }

    /// The words for it in reports.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Violates => "not conformant",
            Self::NotJudged => "could not be judged to the end",
            Self::NothingSelected => "nothing that was selected could be judged",
            Self::StaleBaseline => "conforms, but the baseline is stale",
            Self::Interrupted => "was interrupted",
        }
    }
}

/// What these verdicts and this ending mean.
pub(super) fn of_entries(
    verdicts: &[VerdictEntry],
    ending: &Ending,
    policy: &Policy,
    baseline: &[BaselineEntry],
) -> RunOutcome {
    let passed = verdicts.iter().any(|entry| entry.verdict == VerdictKind::Pass);
    let reached = passed && matches!(ending, Ending::Finished(Outcome::Reached(_)));
    let decided = |entry: &VerdictEntry| {
        policy.selects(entry.party) && matches!(entry.verdict, VerdictKind::Pass | VerdictKind::Fail)
    };
    match ending {
        Ending::Interrupted(_) => RunOutcome::Interrupted,
        _ if verdicts.iter().any(|entry| entry.counts) => RunOutcome::Violates,
        _ if !reached => RunOutcome::NotJudged,
        _ if baseline.iter().any(BaselineEntry::is_stale) => RunOutcome::StaleBaseline,
        _ if !verdicts.iter().any(decided) => RunOutcome::NothingSelected,
        _ => RunOutcome::Conforms,
    }
}

/// The same where clients have to connect: one that stops fails the run, and of one that nothing is known of the run could
/// not be judged.
pub(super) fn with_clients(exit: RunOutcome, clients: &[ClientEntry]) -> RunOutcome {
    let required = || clients.iter().filter(|entry| entry.required);
    let of_clients = if required().any(|entry| entry.verdict == Fate::Stops) {
        RunOutcome::Violates
    } else if required().any(|entry| entry.verdict == Fate::Unknown) {
        RunOutcome::NotJudged
    } else {
        return exit;
    };
    RunOutcome::of_all([exit, of_clients]).unwrap_or(exit)
}

/// Whether a verdict fails the run: a finding of a level and a party that count, and none that is expected.
pub(super) fn counts(judged: &Judged, policy: &Policy, baseline: &[BaselineEntry]) -> bool {
    let excused = || baseline.iter().any(|entry| entry.check == judged.check.id && !entry.is_stale());
    judged.finding().is_some() && policy.counts(judged.level, judged.party) && !excused()
}
