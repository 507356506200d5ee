//! The MUSTs that apply to a run and were not decided, by why and by what would decide them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::redact::Redactor;
use super::{Ending, PeerText, VerdictEntry, VerdictKind, listed};
use crate::check::{DecidedBy, Judged, ProbeNotSent};
use crate::flow::Outcome;
use crate::scenario::Policy;
use crate::specification::{Level, Step};

/// MUSTs that were not decided, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Undecided {
    /// Why.
    pub because: PeerText,
    /// What would decide them, if anything is known to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
    /// Their ids.
    pub checks: Vec<PeerText>,
}

impl Undecided {
    /// What would decide them, in words.
    pub fn advice(&self) -> &'static str {
        self.decided_by.map_or("nothing that gatewalk can send: the server leaves it open", DecidedBy::advice)
    }

    /// All of it in a sentence: `authz-pkce-required: the server asks for a login first (decided by …)`.
    pub fn sentence(&self) -> String {
        format!("{}: {} (decided by {})", listed(&self.checks), self.because, self.advice())
    }

    /// How many MUSTs are in these groups.
    pub fn count(groups: &[Self]) -> usize {
        groups.iter().map(|group| group.checks.len()).sum()
    }

    /// The same in words: `3 MUSTs were not decided`; none if all were.
    pub fn counted(groups: &[Self]) -> Option<String> {
        match Self::count(groups) {
            0 => None,
            1 => Some("1 MUST was not decided".to_owned()),
            count => Some(format!("{count} MUSTs were not decided")),
        }
    }

    /// The MUSTs that are open so far.
    pub fn of_judged(judged: &[Judged], ending: &Ending) -> Vec<Self> {
        let unmasked = Redactor::none();
        let must = judged.iter().filter(|judged| judged.level == Level::Must);
        group(must.filter_map(|judged| {
            let because = unmasked.text(&judged.verdict.because()?);
            let verdict = &judged.verdict;
            let (means, not_sent) = (verdict.would_be_decided_by(), verdict.probe_not_sent());
            let reason = reason(verdict.into(), because, means, not_sent, ending)?;
            Some((judged.check.id.into(), reason))
        }))
    }
}

/// The MUSTs of these verdicts that apply and were not decided.
pub(super) fn of_entries(verdicts: &[VerdictEntry], ending: &Ending, policy: &Policy) -> Vec<Undecided> {
    let counts = |entry: &&VerdictEntry| {
        entry.level == Level::Must && policy.selects(entry.party) && entry.excused.is_none()
    };
    group(verdicts.iter().filter(counts).filter_map(|entry| {
        let because = entry.because.clone().unwrap_or_default();
        let reason = reason(entry.verdict, because, entry.decided_by, entry.not_sent, ending)?;
        Some((entry.check.clone(), reason))
    }))
}

/// Why a check was not decided, and what would decide it.
type Reason = (PeerText, Option<DecidedBy>);

/// Those with the same reason together, first those that an option decides.
fn group(open: impl Iterator<Item = (PeerText, Reason)>) -> Vec<Undecided> {
    let mut groups: Vec<Undecided> = Vec::new();
    for (check, (because, decided_by)) in open {
        match groups.iter_mut().find(|group| group.because == because && group.decided_by == decided_by) {
            Some(group) => group.checks.push(check),
            None => groups.push(Undecided { because, decided_by, checks: vec![check] }),
        }
    }
    groups.sort_by_key(|group| (group.decided_by.is_none(), group.decided_by));
    groups
}

/// Why a check was not decided, if it was not. What a walk that ended early lacks, it lacks because it ended.
fn reason(
    verdict: VerdictKind,
    because: PeerText,
    decided_by: Option<DecidedBy>,
    not_sent: Option<ProbeNotSent>,
    ending: &Ending,
) -> Option<Reason> {
    match (verdict, decided_by) {
        (VerdictKind::Pass | VerdictKind::Fail | VerdictKind::NotApplicable, _) => None,
        (VerdictKind::Untestable, _) if not_sent.is_some() => {
            Some(("the run was not asked for their probes".into(), decided_by))
        }
        (VerdictKind::Inconclusive, _) | (VerdictKind::Untestable, Some(_)) => Some((because, decided_by)),
        (VerdictKind::Untestable, None) => Some(match ending {
            Ending::Finished(Outcome::Reached(Step::Session)) => (because, None),
            Ending::Finished(Outcome::Reached(_)) => {
                ("the run was asked to end before the session".into(), Some(DecidedBy::WholeWalk))
            }
            Ending::Finished(Outcome::Stuck { .. }) | Ending::Refused(_) => {
                ("the walk stopped before it had seen enough".into(), Some(DecidedBy::RestOfWalk))
            }
            Ending::Interrupted(_) => ("the walk was interrupted".into(), Some(DecidedBy::RestOfWalk)),
        }),
    }
}
