//! What of verdicts, refusals and diagnoses goes into the transcript.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PeerText;
use super::redact::Redactor;
use crate::check::{DecidedBy, NormativeSource, ProbeNotSent, Verdict};
use crate::diagnosis::{Blame, Diagnosis};
use crate::exchange::ExchangeId;
use crate::flow::{Refusal, RefusalKind};
use crate::scenario::Expected;
use crate::specification::{Citation, Level, Party, Step};

/// A verdict in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictEntry {
    /// Id of the check.
    pub check: PeerText,
    /// Its step.
    pub step: Step,
    /// Who has to act: for a finding with a cause, whom that blames.
    pub party: Party,
    /// Who says it: MCP itself, or an RFC or BCP only.
    #[serde(default)]
    pub source: NormativeSource,
    /// How binding it is in this protocol version.
    pub level: Level,
    /// Why the level is below the word of the text, where it is on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowered: Option<PeerText>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// What is wrong; for other verdicts, what the check demands.
    pub message: PeerText,
    /// Why it was not decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<PeerText>,
    /// The probe it rests on, if the run was not asked to send that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<ProbeNotSent>,
    /// What would decide it, if it is not decided and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
    /// What the rule asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<PeerText>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<PeerText>,
    /// Where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// Where in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<PeerText>,
    /// The sentences it rests on.
    pub cites: Vec<Cite>,
    /// The id of the diagnosis that explains it, whose remedy goes before the one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<PeerText>,
    /// How to fix it, for a failed check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<PeerText>,
    /// Whether it fails the run, by level, party and baseline.
    #[serde(default)]
    pub counts: bool,
    /// Why the verdict was expected, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excused: Option<PeerText>,
}

impl VerdictEntry {
    /// Whether it is a failure that the baseline expects.
    pub fn is_expected(&self) -> bool {
        self.verdict == VerdictKind::Fail && self.excused.is_some()
    }
}

/// A verdict in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// The rule is kept.
    Pass,
    /// It is broken.
    Fail,
    /// It does not concern the run.
    NotApplicable,
    /// It could not be looked at.
    Untestable,
    /// What was seen decides nothing.
    Inconclusive,
}

impl VerdictKind {
    /// The word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not applicable",
            Self::Untestable => "untestable",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl std::fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}

impl From<&Verdict> for VerdictKind {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail(_) => Self::Fail,
            Verdict::NotApplicable(_) => Self::NotApplicable,
            Verdict::Untestable(_) => Self::Untestable,
            Verdict::Inconclusive(_) => Self::Inconclusive,
        }
    }
}

impl From<Expected> for VerdictKind {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::Fail => Self::Fail,
            Expected::Untestable => Self::Untestable,
            Expected::Inconclusive => Self::Inconclusive,
        }
    }
}

/// A place in a published specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cite {
    /// Short name of the document.
    pub document: PeerText,
    /// Section, as the document numbers or titles it.
    pub section: PeerText,
    /// Where to read it.
    pub url: PeerText,
}

impl From<&Citation> for Cite {
    fn from(citation: &Citation) -> Self {
        let Citation { publisher: _, document, section, url } = *citation;
        Self { document: document.into(), section: section.into(), url: url.into() }
    }
}

impl std::fmt::Display for Cite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (document, section) = (format!("{}", self.document), format!("{}", self.section));
        crate::specification::cite(f, &document, &section)
    }
}

/// A cause that explains findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosisEntry {
    /// Its id.
    pub id: PeerText,
    /// Who has to act.
    pub party: Party,
    /// Who it may be as well: what a client sees does not decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or: Option<Party>,
    /// What is the matter.
    pub cause: PeerText,
    /// What to change, in the words of the product.
    pub remedy: PeerText,
    /// Ids of the checks whose failure it explains.
    pub explains: Vec<PeerText>,
    /// The product it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<PeerText>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<PeerText>,
    /// What a remedy for a product rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<PeerText>,
}

impl DiagnosisEntry {
    /// Whom it blames, in words.
    pub fn blamed(&self) -> String {
        self.or.map_or(Blame::One(self.party), |or| Blame::Either(self.party, or)).to_string()
    }

    /// The command that tells more of it; none for an id that is none.
    pub fn command(&self) -> Option<String> {
        let is_id = self.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        is_id.then(|| format!("gatewalk explain {}", self.id))
    }
}

/// The step a finding counts for: that of the exchange it was seen in, else that of its check.
pub fn step_of_finding(
    check: Step,
    seen: Option<ExchangeId>,
    step_of: impl FnOnce(ExchangeId) -> Option<Step>,
) -> Step {
    seen.and_then(step_of).unwrap_or(check)
}

impl DiagnosisEntry {
    /// A diagnosis as it may leave memory.
    pub fn new(diagnosis: Diagnosis, redactor: &Redactor) -> Self {
        let Diagnosis { kind, cause, advice, explains } = diagnosis;
        Self {
            id: kind.id.into(),
            party: kind.blame.first(),
            or: kind.blame.other(),
            cause: redactor.text(&cause),
            remedy: advice.remedy.into(),
            explains: explains.into_iter().map(PeerText::from).collect(),
            product: advice.product.map(|product| product.name.into()),
            url: advice.url.map(PeerText::from),
            caveat: advice.basis.caveat().map(PeerText::from),
        }
    }
}

/// What judging a stored transcript again changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replayed {
    /// The version of gatewalk that made it.
    pub from: PeerText,
    /// Verdicts that changed.
    pub changed: Vec<VerdictChange>,
    /// Checks whose verdict was taken over, because they need a secret that is no longer there.
    pub kept: Vec<PeerText>,
}

/// A verdict that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictChange {
    /// Id of the check.
    pub check: PeerText,
    /// What it was; `None` for a check that did not exist.
    pub was: Option<VerdictKind>,
    /// What it is; `None` for a check that no longer exists.
    pub is: Option<VerdictKind>,
}

/// A refusal in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefusalEntry {
    /// The check that fails there.
    pub check: PeerText,
    /// The step.
    pub step: Step,
    /// What is wrong, with what was expected and found.
    pub message: PeerText,
    /// What the specification asks for.
    #[serde(default)]
    pub expected: PeerText,
    /// What the peer sent.
    #[serde(default)]
    pub found: PeerText,
    /// Whether the run went on.
    pub overruled: bool,
}

impl RefusalEntry {
    /// The refusal as it goes into a transcript.
    pub(super) fn new(refusal: &Refusal, overruled: bool, redactor: &Redactor) -> Self {
        let Refusal { kind, expected, found } = refusal;
        Self {
            check: kind.check().into(),
            step: kind.step(),
            message: redactor.text(&refusal.to_string()),
            expected: redactor.text(expected),
            found: redactor.text(found),
            overruled,
        }
    }

    /// The refusal of which the transcript tells; none if no client stops where that check fails.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let kind = RefusalKind::ALL.into_iter().find(|kind| kind.check() == self.check.as_str())?;
        Some(Refusal {
            kind,
            expected: self.expected.as_str().to_owned(),
            found: self.found.as_str().to_owned(),
        })
    }
}
