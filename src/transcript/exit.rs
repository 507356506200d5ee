//! Exit codes, stable: what a run means to the job that started it.

use std::str::FromStr;

use super::Ending;
use crate::check::{Judged, Verdict};
use crate::edition::Level;
use crate::flow::Outcome;

/// From which level on a failed check fails the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Violations.
    #[default]
    Must,
    /// Violations and warnings.
    Should,
    /// Nothing: only whether the walk gets to its end counts.
    Never,
}

impl FailOn {
    const fn counts(self, level: Level) -> bool {
        match self {
            Self::Must => matches!(level, Level::Must),
            Self::Should => matches!(level, Level::Must | Level::Should),
            Self::Never => false,
        }
    }
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "must" => Ok(Self::Must),
            "should" => Ok(Self::Should),
            "never" => Ok(Self::Never),
            other => Err(format!("there are must, should and never, not {other:?}")),
        }
    }
}

/// What a run means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: what was judged conforms, and the walk went where it was asked to go.
    Conforms,
    /// 1: a rule is broken.
    Violates,
    /// 3: the walk could not be judged, or not to its end.
    NotJudged,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// What these verdicts and this ending mean.
    pub fn of(judged: &[Judged], ending: &Ending, fail_on: FailOn) -> Self {
        let violates = judged.iter().any(|judged| judged.finding().is_some() && fail_on.counts(judged.level));
        let passed = judged.iter().any(|judged| judged.verdict == Verdict::Pass);
        match ending {
            Ending::Interrupted(_) => Self::Interrupted,
            _ if violates => Self::Violates,
            Ending::Finished(Outcome::Reached(_)) if passed => Self::Conforms,
            _ => Self::NotJudged,
        }
    }

    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Violates => 1,
            Self::NotJudged => 3,
            Self::Interrupted => 130,
        }
    }

    /// The word for it in the transcript.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Violates => "violates",
            Self::NotJudged => "not-judged",
            Self::Interrupted => "stopped",
        }
    }
}
