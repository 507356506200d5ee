//! The catalogue: one check a rule, one sentence of one spec, one party responsible.
//!
//! To add a check: a `pub(super) static` in the theme file of its step, its line in [`CATALOGUE`], a case that spoils a
//! good run for it (`check/tests/cases.rs`), a sandbox fault that fails it (`sandbox/fault.rs`, proved by
//! `tests/kill_matrix.rs`). Help, SARIF rules and the table of checks derive from the slice; the README has the table
//! printed, and a test says what it should be.

mod authorization;
mod authorization_response;
mod browser;
mod catalogue;
mod challenge;
mod cite;
pub mod claims;
pub mod evidence;
mod look;
mod not_covered;
mod refusal;
mod registration;
mod resource_metadata;
mod server_metadata;
mod session;
mod token;

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use catalogue::CATALOGUE;
pub use evidence::Evidence;
pub(crate) use look::{UnfitUrl, scopes, unfit};
pub use not_covered::{NOT_COVERED, NotCovered};
pub(crate) use session::access::refusal as token_refusal;
pub(crate) use token::jwt::granted;

use crate::exchange::{Exchange, ExchangeId, ProbeId};
use crate::specification::{Citation, Level, Party, ProtocolVersion, Step};

/// One rule.
#[derive(Debug)]
pub struct Check {
    /// Noun of the defect or the thing judged, kebab-case; stable.
    pub id: &'static str,
    /// What is demanded, in one sentence.
    pub title: &'static str,
    /// Where in the flow it is judged.
    pub step: Step,
    /// Who has to act when it fails.
    pub party: Party,
    /// How binding it is, protocol version by protocol version.
    pub levels: Levels,
    /// The sentences it rests on, the most direct first.
    pub cites: &'static [&'static [Citation]],
    /// What to tell the reader.
    pub doc: Doc,
    /// Looks at the evidence; `Ok` is a pass.
    pub judge: fn(&Evidence<'_>) -> Judgement,
}

/// Who says a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NormativeSource {
    /// A sentence of MCP itself.
    #[default]
    Mcp,
    /// An RFC, a BCP or another standard only, which reaches MCP through OAuth 2.1.
    Rfc,
}

impl NormativeSource {
    /// The words for it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Mcp => "MCP",
            Self::Rfc => "RFC/BCP only",
        }
    }
}

impl Check {
    /// The sentences it rests on in any protocol version, the most direct first.
    pub fn all_cites(&self) -> impl Iterator<Item = &'static Citation> {
        self.cites.iter().copied().flatten()
    }

    /// The sentences it rests on in that protocol version: of MCP only those of this very one.
    pub fn cites_in(&self, protocol_version: ProtocolVersion) -> impl Iterator<Item = &'static Citation> {
        self.all_cites().filter(move |cite| cite.protocol_version().is_none_or(|own| own == protocol_version))
    }

    /// Who says it in that protocol version: MCP if one of the citations is of MCP.
    pub fn source(&self, protocol_version: ProtocolVersion) -> NormativeSource {
        let of_mcp = |cite: &Citation| cite.protocol_version().is_some();
        if self.cites_in(protocol_version).any(of_mcp) { NormativeSource::Mcp } else { NormativeSource::Rfc }
    }
}

/// What a check tells its reader.
#[derive(Debug)]
pub struct Doc {
    /// What it checks.
    pub checks: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// How to fix it.
    pub fix: &'static str,
}

/// How binding a rule is in each protocol version; `None` where it does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    of: [Option<Level>; 4],
    lowered: Option<&'static str>,
}

impl Levels {
    /// The same level in every protocol version.
    pub const fn all(level: Level) -> Self {
        Self { of: [Some(level); 4], lowered: None }
    }

    /// That level from an protocol version on.
    pub const fn since(protocol_version: ProtocolVersion, level: Level) -> Self {
        Self { of: [None; 4], lowered: None }.then(protocol_version, level)
    }

    /// Below the word of the text on purpose, and why: the sentence begins with what the text says.
    #[must_use]
    pub const fn lowered(mut self, because: &'static str) -> Self {
        self.lowered = Some(because);
        self
    }

    /// Why the level is below the word of the text, if it is.
    pub const fn why_lowered(self) -> Option<&'static str> {
        self.lowered
    }

    /// Another level from an protocol version on.
    #[must_use]
    pub const fn then(self, protocol_version: ProtocolVersion, level: Level) -> Self {
        self.set(protocol_version, Some(level))
    }

    /// No such rule from an protocol version on.
    #[must_use]
    pub const fn until(self, protocol_version: ProtocolVersion) -> Self {
        self.set(protocol_version, None)
    }

    const fn set(mut self, protocol_version: ProtocolVersion, level: Option<Level>) -> Self {
        let mut at = protocol_version as usize;
        while at < self.of.len() {
            self.of[at] = level;
            at += 1;
        }
        self
    }

    /// The level in an protocol version.
    pub const fn of(self, protocol_version: ProtocolVersion) -> Option<Level> {
        self.of[protocol_version as usize]
    }
}

/// What a judge answers: a pass, or another verdict.
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
    /// It could not be looked at, because something before it is missing.
    Untestable(String),
    /// It was looked at, and what was seen decides nothing.
    Inconclusive(String),
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
    const fn weight(&self) -> u8 {
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

    /// Untestable, with the reason.
    pub fn untestable(because: impl Into<String>) -> Self {
        Self::Untestable(because.into())
    }

    /// Inconclusive, with the reason.
    pub fn inconclusive(because: impl Into<String>) -> Self {
        Self::Inconclusive(because.into())
    }
}

/// A check and what became of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The check.
    pub check: &'static Check,
    /// The protocol version of the run.
    pub protocol_version: ProtocolVersion,
    /// Its level in it.
    pub level: Level,
    /// The verdict.
    pub verdict: Verdict,
    /// The round of authorization it is about.
    pub round: u8,
    /// The probes whose responses it rests on, or would have.
    pub probes: BTreeSet<ProbeId>,
    /// Who has to act: the party of the check, unless the cause lies elsewhere.
    pub party: Party,
    /// The id of the cause that explains the finding, if one was found.
    pub cause: Option<&'static str>,
}

impl Judged {
    /// The finding, if the check failed.
    pub fn finding(&self) -> Option<&Finding> {
        match &self.verdict {
            Verdict::Fail(finding) => Some(finding),
            _ => None,
        }
    }
}

/// Judges a run by the checks that exist in its protocol version, in the order of the catalogue. What is wrong in one
/// round of authorization is wrong in the run; what could not be looked at in one may have been in another.
pub fn judge(evidence: &Evidence<'_>) -> Vec<Judged> {
    let protocol_version = evidence.protocol_version();
    CATALOGUE
        .iter()
        .filter_map(|&check| {
            let level = check.levels.of(protocol_version)?;
            let mut asked = BTreeSet::new();
            let verdicts = evidence.each_round().map(|evidence| {
                let (judgement, probes) = evidence.asked_by(check.judge);
                asked.extend(probes);
                (evidence.round(), judgement.err().unwrap_or(Verdict::Pass))
            });
            let (round, verdict) = verdicts.max_by_key(|(_, verdict)| verdict.weight())?;
            let level = match &verdict {
                Verdict::Fail(finding) => finding.level.map_or(level, |milder| milder.min(level)),
                _ => level,
            };
            Some(Judged {
                check,
                protocol_version,
                level,
                verdict,
                round,
                probes: asked,
                party: check.party,
                cause: None,
            })
        })
        .collect()
}

/// The check of that id.
pub fn find(id: &str) -> Option<&'static Check> {
    CATALOGUE.iter().copied().find(|check| check.id == id)
}

#[cfg(test)]
mod tests;
