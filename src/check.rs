//! The catalogue: one check a rule, one sentence of one spec, one party responsible.
//!
//! To add a check: a `pub(super) static` in the theme file of its step, its line in [`CATALOGUE`], a case that spoils a
//! good run for it (`check/tests/cases.rs`), a sandbox fault that fails it (`sandbox/fault.rs`, proved by
//! `tests/kill_matrix.rs`). Help, SARIF rules and the table of
//! `gatewalk help checks` derive from the slice.

mod authorization;
mod authorization_response;
mod browser;
mod catalogue;
mod challenge;
pub mod claims;
mod display;
pub mod evidence;
mod levels;
mod not_covered;
mod publication;
mod published_url;
mod refusal;
mod registration;
mod resource_metadata;
mod response;
mod server_metadata;
mod session;
mod token;
mod undecided;
mod verdict;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use catalogue::CATALOGUE;
pub use evidence::Evidence;
pub use levels::Levels;
pub use not_covered::{NOT_COVERED, NotCovered};
pub(crate) use published_url::{UnfitUrl, unfit};
pub(crate) use session::access::refusal as token_refusal;
pub(crate) use token::jwt::granted;
pub use undecided::{DecidedBy, ProbeNotSent, Reason, Untestable};
pub use verdict::{At, Finding, Judgement, Verdict};

use crate::exchange::ProbeId;
use crate::specification::{Citation, Level, Party, ProtocolVersion, Publisher, Step};

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
        let of_mcp = |cite: &Citation| cite.publisher == Publisher::Mcp;
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
pub(crate) mod tests;
