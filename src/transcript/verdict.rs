//! What of verdicts, refusals and diagnoses goes into the transcript.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PeerText;
use super::redact::Redactor;
use crate::check::{Judged, NormativeSource, Verdict};
use crate::diagnosis::{Blame, Diagnosis};
use crate::exchange::ExchangeId;
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
    /// The verdict.
    pub verdict: VerdictKind,
    /// What is wrong; for other verdicts, what the check demands.
    pub message: PeerText,
    /// Why it was not decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<PeerText>,
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
        let Citation { document, section, url } = *citation;
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

/// The diagnosis of why a walk stopped in a step: of a finding there, else of one in the step before, whose outcome that
/// step needs, else the first that explains no finding, but that the walk got no further.
pub fn of_stop<'d>(
    diagnoses: &'d [DiagnosisEntry],
    judged: &[Judged],
    stopped: Step,
) -> Option<&'d DiagnosisEntry> {
    let of_step = |wanted: Step| {
        let there = judged.iter().filter(|judged| judged.check.step == wanted);
        let mut causes = there.filter_map(|judged| judged.cause);
        causes.find_map(|cause| diagnoses.iter().find(|diagnosis| diagnosis.id == cause))
    };
    of_step(stopped)
        .or_else(|| stopped.previous().and_then(of_step))
        .or_else(|| diagnoses.iter().find(|diagnosis| diagnosis.explains.is_empty()))
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
    /// What is wrong.
    pub message: PeerText,
    /// Whether the run went on.
    pub overruled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn a_stop_is_explained_by_its_step_or_the_one_before() {
        let diagnosis = |id: &'static str, explains: &[&'static str]| DiagnosisEntry {
            id: id.into(),
            party: Party::Gateway,
            or: None,
            cause: PeerText::default(),
            remedy: PeerText::default(),
            explains: explains.iter().map(|id| PeerText::from(*id)).collect(),
            product: None,
            url: None,
            caveat: None,
        };
        let both = [diagnosis("slash", &["as-issuer-slash"]), diagnosis("login", &[])];
        let judged = [("as-issuer-slash", Some("slash")), ("dcr-open", None)].map(|(id, cause)| {
            let check = check::find(id).unwrap();
            Judged {
                check,
                level: Level::Should,
                verdict: Verdict::Pass,
                probes: std::collections::BTreeSet::new(),
                party: check.party,
                cause,
            }
        });
        let of = |stopped| of_stop(&both, &judged, stopped).map(|entry| entry.id.as_str());
        assert_eq!(of(Step::ServerMetadata), Some("slash"));
        assert_eq!(of(Step::Registration), Some("slash"), "it needs the metadata");
        // A warning about the metadata is no reason why a login fails.
        assert_eq!(of(Step::Authorization), Some("login"));
        assert_eq!(of_stop(&both[..1], &judged, Step::Authorization), None);
    }
}
