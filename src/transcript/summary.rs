//! Totals, a party apart: a gateway team must not fail for its identity provider.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    BaselineEntry, ClientEntry, Ending, RunOutcome, Undecided, VerdictEntry, VerdictKind, run_outcome,
    undecided,
};
use crate::check::Judged;
use crate::scenario::Policy;
use crate::specification::{Level, Party};

/// Totals of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// In a word.
    pub outcome: RunOutcome,
    /// The exit code that goes with it.
    pub exit_code: u8,
    /// The MUSTs that apply and were not decided, by why and by what would decide them. Those of parties that do not
    /// count and those that the baseline expects are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<Undecided>,
    /// The gateway's.
    pub gateway: Counts,
    /// The authorization server's.
    pub authorization_server: Counts,
    /// The MCP server's.
    pub mcp_server: Counts,
    /// The client's: findings that a cause lays to what it was given or registered.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub client: Counts,
    /// The network's: findings that a cause lays to what stands between.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub network: Counts,
}

/// How many checks of a party came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Kept.
    pub pass: usize,
    /// MUSTs broken.
    pub violations: usize,
    /// SHOULDs broken.
    pub warnings: usize,
    /// The rest broken.
    pub notes: usize,
    /// Could not be looked at.
    pub untestable: usize,
    /// Decided nothing.
    pub inconclusive: usize,
    /// Did not concern the run.
    pub not_applicable: usize,
    /// Of those broken, how many the baseline expects.
    #[serde(default)]
    pub expected: usize,
    /// Of those untestable, how many rest on a probe that the run was not asked to send.
    #[serde(default)]
    pub not_sent: usize,
}

impl Summary {
    /// Counts verdicts.
    pub(super) fn new(
        verdicts: &[VerdictEntry],
        ending: &Ending,
        policy: &Policy,
        baseline: &[BaselineEntry],
        clients: &[ClientEntry],
    ) -> Self {
        let undecided = undecided::of_entries(verdicts, ending, policy);
        let outcome = run_outcome::of_entries(verdicts, &undecided, ending, policy, baseline);
        let (outcome, exit_code) = run_outcome::with_clients(outcome, policy.fail_on, clients);
        let of = |party| {
            let mut counts = Counts::default();
            for entry in verdicts.iter().filter(|entry| entry.party == party) {
                counts.add(entry.verdict, entry.level);
                counts.expected += usize::from(entry.is_expected());
                counts.not_sent += usize::from(entry.not_sent.is_some());
            }
            counts
        };
        Self {
            outcome,
            exit_code,
            undecided,
            gateway: of(Party::Gateway),
            authorization_server: of(Party::AuthorizationServer),
            mcp_server: of(Party::McpServer),
            client: of(Party::Client),
            network: of(Party::Network),
        }
    }

    /// How many MUSTs were not decided, in words: `3 MUSTs were not decided`; none if all were.
    pub fn undecided_musts(&self) -> Option<String> {
        Undecided::counted(&self.undecided)
    }

    /// The outcome in words, with how many MUSTs were not decided where that is the outcome.
    pub fn sentence(&self) -> String {
        match (self.outcome, self.undecided_musts()) {
            (outcome @ RunOutcome::NoViolationFound, Some(undecided)) => {
                format!("{}, {undecided}", outcome.sentence())
            }
            (outcome, _) => outcome.sentence().to_owned(),
        }
    }

    /// Totals by party, in the order of reports, of those that have any.
    pub fn parties(&self) -> impl Iterator<Item = (Party, Counts)> {
        self.all().into_iter().filter(|(_, counts)| !counts.is_empty())
    }

    const fn all(&self) -> [(Party, Counts); 5] {
        [
            (Party::Gateway, self.gateway),
            (Party::AuthorizationServer, self.authorization_server),
            (Party::McpServer, self.mcp_server),
            (Party::Client, self.client),
            (Party::Network, self.network),
        ]
    }

    /// All parties together.
    pub fn total(&self) -> Counts {
        self.all().into_iter().fold(Counts::default(), |a, (_, b)| Counts {
            pass: a.pass + b.pass,
            violations: a.violations + b.violations,
            warnings: a.warnings + b.warnings,
            notes: a.notes + b.notes,
            untestable: a.untestable + b.untestable,
            inconclusive: a.inconclusive + b.inconclusive,
            not_applicable: a.not_applicable + b.not_applicable,
            expected: a.expected + b.expected,
            not_sent: a.not_sent + b.not_sent,
        })
    }
}

impl Counts {
    /// Counts verdicts.
    pub fn of<'a>(judged: impl Iterator<Item = &'a Judged>) -> Self {
        let mut counts = Self::default();
        for judged in judged {
            counts.add(VerdictKind::from(&judged.verdict), judged.level);
            counts.not_sent += usize::from(judged.verdict.probe_not_sent().is_some());
        }
        counts
    }

    const fn add(&mut self, verdict: VerdictKind, level: Level) {
        let count = match (verdict, level) {
            (VerdictKind::Pass, _) => &mut self.pass,
            (VerdictKind::Fail, Level::Must) => &mut self.violations,
            (VerdictKind::Fail, Level::Should) => &mut self.warnings,
            (VerdictKind::Fail, Level::May) => &mut self.notes,
            (VerdictKind::Untestable, _) => &mut self.untestable,
            (VerdictKind::Inconclusive, _) => &mut self.inconclusive,
            (VerdictKind::NotApplicable, _) => &mut self.not_applicable,
        };
        *count += 1;
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that came to a pass or a finding.
    pub const fn judged(&self) -> usize {
        self.pass + self.violations + self.warnings + self.notes
    }

    /// Checks that concerned the run and came to neither, but for those whose probe the run was not asked to send.
    pub const fn open(&self) -> usize {
        self.untestable.saturating_sub(self.not_sent) + self.inconclusive
    }

    /// Findings in words: `1 violation · 2 warnings`; `1 violation (expected)`; `no findings`.
    pub fn findings(&self) -> String {
        let words = [(self.violations, "violation"), (self.warnings, "warning"), (self.notes, "note")];
        let said: Vec<_> = words
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
            .collect();
        let of_them = match (self.expected, self.violations + self.warnings + self.notes) {
            (_, 0) => return "no findings".to_owned(),
            (0, _) => String::new(),
            (1, 1) => " (expected)".to_owned(),
            (expected, all) if expected == all => " (all expected)".to_owned(),
            (expected, _) => format!(" ({expected} of them expected)"),
        };
        said.join(" · ") + of_them.as_str()
    }
}
