//! What became of a check: a pass, a finding with its evidence, or why there is neither.

use std::fmt;

use super::undecided::{DecidedBy, ProbeNotSent, Reason, Untestable};
use crate::exchange::{Exchange, ExchangeId, ProbeId};
use crate::scenario::ProbeMode;
use crate::specification::Level;

/// What a judge returns: a pass, or another verdict.
pub type Judgement = Result<(), Verdict>;

/// What became of a check in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The rule is kept.
    Pass,
    /// It is broken.
    Fail(Box<Finding>),
    /// It does not concern this run.
    NotApplicable(String),
    /// It could not be looked at.
    Untestable(Untestable),
    /// It was looked at, and what was seen decides nothing.
    Inconclusive(Reason),
}

impl Verdict {
    /// The word for it in files.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::NotApplicable(_) => "not-applicable",
            Self::Untestable(_) => "untestable",
            Self::Inconclusive(_) => "inconclusive",
        }
    }

    /// What of several rounds counts for the run: of equal ones the last.
    pub(super) const fn weight(&self) -> u8 {
        match self {
            Self::Fail(_) => 4,
            Self::Inconclusive(_) => 3,
            Self::Pass => 2,
            Self::Untestable(_) => 1,
            Self::NotApplicable(_) => 0,
        }
    }
}

/// A failed check with its evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, in one sentence with the peer's own values.
    pub message: String,
    /// What the rule asks for.
    pub expected: Option<String>,
    /// What was there instead.
    pub found: Option<String>,
    /// Where it was seen.
    pub exchange: Option<ExchangeId>,
    /// Where in that exchange.
    pub at: Option<At>,
    /// How binding the rule is in this case, where its text is milder than for the check as a whole.
    pub level: Option<Level>,
}

/// A place in an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// The status of the response.
    Status,
    /// A header field of the response, lower-case.
    Header(&'static str),
    /// A member of the JSON body of the response, by JSON pointer (RFC 6901).
    Member(String),
    /// The body of the response as a whole.
    Body,
    /// A parameter of the callback.
    Parameter(&'static str),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Member(pointer) => f.write_str(pointer),
            Self::Body => f.write_str("body"),
            Self::Parameter(name) => write!(f, "parameter {name}"),
        }
    }
}

impl Finding {
    /// A finding seen in an exchange.
    pub fn in_exchange(exchange: &Exchange, at: At, message: impl Into<String>) -> Self {
        Self { message: message.into(), exchange: Some(exchange.id), at: Some(at), ..Self::default() }
    }

    /// A finding without an exchange of ours, as in a callback.
    pub fn at(at: At, message: impl Into<String>) -> Self {
        Self { message: message.into(), at: Some(at), ..Self::default() }
    }

    /// With what the rule asks for and what was there instead.
    #[must_use]
    pub fn compare(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.found = Some(found.into());
        self
    }

    /// At a level below that of the check.
    #[must_use]
    pub fn at_level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// The verdict it is.
    pub fn fail(self) -> Verdict {
        Verdict::Fail(Box::new(self))
    }
}

impl Verdict {
    /// Not applicable, with the reason.
    pub fn not_applicable(because: impl Into<String>) -> Self {
        Self::NotApplicable(because.into())
    }

    /// Untestable, because that is missing.
    pub fn untestable(because: impl Into<String>) -> Self {
        Self::Untestable(Untestable::Missing(because.into().into()))
    }

    /// Untestable, because the run was not asked to send that probe.
    pub const fn not_asked_for(probe: ProbeId, mode: ProbeMode) -> Self {
        Self::Untestable(Untestable::NotAskedFor(ProbeNotSent { probe, mode }))
    }

    /// The probe that was not sent because the run was not asked for it, if that is why.
    pub const fn probe_not_sent(&self) -> Option<ProbeNotSent> {
        match self {
            Self::Untestable(Untestable::NotAskedFor(probe)) => Some(*probe),
            _ => None,
        }
    }

    /// With what would decide it, where it is undecided.
    #[must_use]
    pub fn decided_by(mut self, means: DecidedBy) -> Self {
        if let Self::Untestable(Untestable::Missing(reason)) | Self::Inconclusive(reason) = &mut self {
            reason.decided_by = Some(means);
        }
        self
    }

    /// What would decide it, where it is undecided and that is known.
    pub const fn would_be_decided_by(&self) -> Option<DecidedBy> {
        match self {
            Self::Untestable(Untestable::NotAskedFor(ProbeNotSent { mode, .. })) => {
                Some(DecidedBy::Probes(*mode))
            }
            Self::Untestable(Untestable::Missing(reason)) | Self::Inconclusive(reason) => reason.decided_by,
            Self::Pass | Self::Fail(_) | Self::NotApplicable(_) => None,
        }
    }

    /// Why there is neither a pass nor a finding.
    pub fn because(&self) -> Option<String> {
        match self {
            Self::Pass | Self::Fail(_) => None,
            Self::NotApplicable(because) => Some(because.clone()),
            Self::Untestable(why) => Some(why.to_string()),
            Self::Inconclusive(reason) => Some(reason.to_string()),
        }
    }

    /// Inconclusive, with the reason.
    pub fn inconclusive(because: impl Into<String>) -> Self {
        Self::Inconclusive(because.into().into())
    }
}
