//! Causes: why findings come, whom they are to be blamed on, and what to change, in the words of the product at hand.
//!
//! ```text
//! Evidence + verdicts ──► Case ──► each Cause in the order of the flow recognises itself, or not ──► Vec<Diagnosis>
//!                                                                                                   │
//!                                             each finding is laid to whom its cause blames ◄───────┘
//! ```
//!
//! To add a cause: a `pub(super) static` in the theme file of `diagnosis/`, its line in `diagnosis/causes.rs`, a fault of
//! the sandbox that shows it (`tests/diagnoses.rs` walks each). Help and reports derive from the slice.

mod browser;
mod causes;
mod challenge;
mod context;
mod login;
mod network;
pub mod product;
mod refusal;
mod registration;
mod resource_metadata;
mod server_metadata;
mod session;
mod token;
mod token_request;

use std::collections::BTreeSet;
use std::fmt;

pub use causes::CAUSES;
pub use context::DiagnosisContext;
pub use product::Product;

use crate::check::{Evidence, Judged};
use crate::specification::Party;

/// A kind of cause.
#[derive(Debug)]
pub struct Cause {
    /// Noun of what is wrong, kebab-case; stable.
    pub id: &'static str,
    /// What is wrong, in one sentence for the list of causes.
    pub title: &'static str,
    /// Who has to act.
    pub blame: Blame,
    /// The checks whose failure it can explain.
    pub explains: &'static [&'static str],
    /// What to change: the first that is for a product at hand. The last is for all.
    pub advice: &'static [Remedy],
    /// Faults of the sandbox that show it.
    pub shown_by: &'static [&'static str],
    /// What is wrong in this run with the peers' own values, if this is the cause.
    pub detect: fn(&DiagnosisContext<'_>) -> Option<String>,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// That party.
    One(Party),
    /// One of the two, the likelier first: what a client sees does not decide.
    Either(Party, Party),
}

impl Blame {
    /// The party to begin with.
    pub const fn first(self) -> Party {
        match self {
            Self::One(party) | Self::Either(party, _) => party,
        }
    }

    /// The other party it may be.
    pub const fn other(self) -> Option<Party> {
        match self {
            Self::One(_) => None,
            Self::Either(_, other) => Some(other),
        }
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(party) => party.fmt(f),
            Self::Either(party, or) => write!(f, "{party} or {or} (can't tell from the client)"),
        }
    }
}

/// What to change.
#[derive(Debug)]
pub struct Remedy {
    /// The product it is for; `None` for any.
    pub product: Option<&'static Product>,
    /// The case it is for; `None` for all.
    pub when: Option<fn(&DiagnosisContext<'_>) -> bool>,
    /// What to do, in the product's own words: a menu path, an option.
    pub remedy: &'static str,
    /// Where to read on.
    pub url: Option<&'static str>,
    /// What it rests on.
    pub basis: Basis,
}

impl Remedy {
    /// Advice for any product.
    const fn general(remedy: &'static str) -> Self {
        Self { product: None, when: None, remedy, url: None, basis: Basis::Specification }
    }

    /// Advice for any product, in one of the cases that have the cause in common.
    const fn when(case: fn(&DiagnosisContext<'_>) -> bool, remedy: &'static str) -> Self {
        Self { product: None, when: Some(case), remedy, url: None, basis: Basis::Specification }
    }

    /// Advice that a product's documentation gives.
    const fn documented(product: &'static Product, remedy: &'static str, url: &'static str) -> Self {
        Self { product: Some(product), when: None, remedy, url: Some(url), basis: Basis::Documentation }
    }

    /// Advice that was tried on the product.
    const fn seen(product: &'static Product, remedy: &'static str, url: &'static str) -> Self {
        Self { product: Some(product), when: None, remedy, url: Some(url), basis: Basis::Product }
    }

    /// Advice drawn from what users of a product published.
    const fn reported(product: &'static Product, remedy: &'static str) -> Self {
        Self { product: Some(product), when: None, remedy, url: None, basis: Basis::Reports }
    }
}

/// What an advice rests on. gatewalk was run against few of the products themselves, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The specifications: it holds for any product.
    Specification,
    /// The product's documentation and the product itself, of the version that [`product`] names.
    Product,
    /// The product's documentation; not seen on the product.
    Documentation,
    /// What users of the product published; not seen on the product.
    Reports,
}

impl Basis {
    /// The word for it in files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Specification => "specification",
            Self::Product => "product",
            Self::Documentation => "documentation",
            Self::Reports => "reports",
        }
    }

    /// What a reader should know about an advice for a product.
    pub const fn caveat(self) -> Option<&'static str> {
        match self {
            Self::Specification | Self::Product => None,
            Self::Documentation => Some("from the product's documentation, not seen on the product itself"),
            Self::Reports => Some("from reports of users, not seen on the product itself"),
        }
    }
}

/// A cause found in a run.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The kind.
    pub kind: &'static Cause,
    /// What is wrong, with the peers' own values.
    pub cause: String,
    /// What to change.
    pub advice: &'static Remedy,
    /// The failed checks it explains; none where the walk got stuck without breaking a rule.
    pub explains: Vec<&'static str>,
}

/// Finds the causes of what went wrong, in the order of the flow. A finding has one cause; what has nothing left to explain
/// is left out.
pub fn diagnose(evidence: &Evidence<'_>, judged: &[Judged]) -> Vec<Diagnosis> {
    let mut explained = BTreeSet::new();
    let mut found: Vec<Diagnosis> = Vec::new();
    let rounds = DiagnosisContext::each_round(evidence, judged);
    for (&kind, round) in CAUSES.iter().flat_map(|kind| rounds.iter().map(move |round| (kind, round))) {
        let Some(cause) = (kind.detect)(round) else { continue };
        let failed: Vec<_> = kind.explains.iter().copied().filter(|id| round.failed(id)).collect();
        let is_stop = failed.is_empty() && round.evidence.round() == evidence.round();
        let explains: Vec<_> = failed.into_iter().filter(|id| !explained.contains(id)).collect();
        if !is_stop && explains.is_empty() {
            continue;
        }
        let Some(advice) = kind.advice.iter().find(|advice| round.concerns(advice)) else { continue };
        explained.extend(explains.iter().copied());
        match found.iter_mut().find(|known| known.kind.id == kind.id) {
            Some(known) => known.explains.extend(explains),
            None => found.push(Diagnosis { kind, cause, advice, explains }),
        }
    }
    found
}

/// Finds the causes, and lays each finding to whom its cause blames.
pub fn explain(evidence: &Evidence<'_>, judged: &mut [Judged]) -> Vec<Diagnosis> {
    let diagnoses = diagnose(evidence, judged);
    attribute(judged, &diagnoses);
    diagnoses
}

/// Lays each finding to whom its cause blames: a gateway that redirects makes the MCP server's checks fail, and the MCP
/// server's team has nothing to change. Where a cause leaves two parties open, the one the check names stays, if it is
/// one of them.
fn attribute(judged: &mut [Judged], diagnoses: &[Diagnosis]) {
    for judged in judged.iter_mut().filter(|judged| judged.finding().is_some()) {
        let explains = |diagnosis: &&Diagnosis| diagnosis.explains.contains(&judged.check.id);
        let Some(kind) = diagnoses.iter().find(explains).map(|diagnosis| diagnosis.kind) else { continue };
        judged.cause = Some(kind.id);
        if kind.blame.other() != Some(judged.check.party) {
            judged.party = kind.blame.first();
        }
    }
}

/// The cause of that id.
pub fn find(id: &str) -> Option<&'static Cause> {
    CAUSES.iter().copied().find(|cause| cause.id == id)
}

#[cfg(test)]
mod tests;
