//! Why a check that concerns a run was not decided, and what would decide it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exchange::ProbeId;
use crate::scenario::ProbeMode;

/// Why nothing was decided, and what would decide it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Why.
    pub because: String,
    /// What would, if anything is known to.
    pub decided_by: Option<DecidedBy>,
}

impl<T: Into<String>> From<T> for Reason {
    fn from(because: T) -> Self {
        Self { because: because.into(), decided_by: None }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.because)
    }
}

/// Why a check could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untestable {
    /// Something before it is missing.
    Missing(Reason),
    /// The run was not asked to send a probe that the check rests on.
    NotAskedFor(ProbeNotSent),
}

impl fmt::Display for Untestable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(reason) => reason.fmt(f),
            Self::NotAskedFor(ProbeNotSent { probe, mode }) => {
                write!(f, "the run was not asked for the probe {probe}, which --probes {} sends", mode.id())
            }
        }
    }
}

/// A probe that was not sent because the run was not asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeNotSent {
    /// The probe.
    pub probe: ProbeId,
    /// The least mode that sends it.
    pub mode: ProbeMode,
}

/// What would decide a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecidedBy {
    /// The probes that this mode sends.
    Probes(ProbeMode),
    /// A login at which no page waits for a person.
    UnattendedLogin,
    /// A login whose pages gatewalk sees.
    SeenLogin,
    /// The call of a tool that exists.
    ToolCall,
    /// The walk to the session, which the run was asked not to make.
    WholeWalk,
    /// The rest of the walk, which stopped.
    RestOfWalk,
    /// Another run, once the server takes requests again.
    LaterRun,
}

impl DecidedBy {
    /// What to do, in words.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Probes(ProbeMode::Off) => "the walk itself",
            Self::Probes(ProbeMode::Safe) => "--probes safe",
            Self::Probes(ProbeMode::Full) => "--probes full",
            Self::UnattendedLogin => {
                "a login without a person: an authorization server that approves at once"
            }
            Self::SeenLogin => "--consent form, where the pages of the login need no scripts",
            Self::ToolCall => "--then call=NAME with a tool that needs authorization",
            Self::WholeWalk => "--until session",
            Self::RestOfWalk => "a walk that gets past where this one stopped",
            Self::LaterRun => "a run at another time",
        }
    }
}
