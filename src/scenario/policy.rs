//! What fails a run: from which level on, whose checks, and what is expected to fail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Expectation;
use crate::specification::{Level, Party};

/// What fails a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// From which level on a failed check counts.
    pub fail_on: FailOn,
    /// Whose checks count; empty for everybody's.
    pub parties: Vec<Party>,
    /// The baseline: what is known to fail, and why; nothing without one.
    pub expect: Option<Vec<Expectation>>,
    /// Through whose eyes the run is looked at.
    pub clients: ClientSelection,
}

/// Real clients, by the words for them or for groups of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSelection {
    /// Those that are shown.
    pub shown: Vec<String>,
    /// Those that fail the run if they stop; they are shown too.
    pub required: Vec<String>,
}

impl ClientSelection {
    /// All of whom more is known than reports.
    pub fn all() -> Self {
        Self { shown: vec!["all".to_owned()], required: Vec::new() }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.shown.is_empty() && self.required.is_empty()
    }
}

impl Policy {
    /// Whether a failed check of that level and party fails the run.
    pub fn counts(&self, level: Level, party: Party) -> bool {
        self.fail_on.counts(level) && self.selects(party)
    }

    /// Whether checks of that party count at all.
    pub fn selects(&self, party: Party) -> bool {
        self.parties.is_empty() || self.parties.contains(&party)
    }
}

impl From<FailOn> for Policy {
    fn from(fail_on: FailOn) -> Self {
        Self { fail_on, ..Self::default() }
    }
}

/// From which level on a failed check fails the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Violations.
    #[default]
    Must,
    /// Violations and warnings.
    Should,
    /// Violations, and MUSTs that apply and were not decided.
    Undecided,
    /// Nothing: only whether the walk gets to its end counts.
    Never,
}

impl FailOn {
    /// The words for them in files and options.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("must", Self::Must),
        ("should", Self::Should),
        ("undecided", Self::Undecided),
        ("never", Self::Never),
    ];

    /// Whether a failed check of that level fails the run.
    pub const fn counts(self, level: Level) -> bool {
        match self {
            Self::Must | Self::Undecided => matches!(level, Level::Must),
            Self::Should => matches!(level, Level::Must | Level::Should),
            Self::Never => false,
        }
    }
}
