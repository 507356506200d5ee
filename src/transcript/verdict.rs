//! What of verdicts, refusals and diagnoses goes into the transcript.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{Judged, NormativeSource, ProbeNotSent, Verdict};
use crate::diagnosis::{Blame, Diagnosis};
use crate::exchange::ExchangeId;
use crate::flow::{Refusal, RefusalKind};
use crate::scenario::Expected;
use crate::specification::{Citation, Level, Party, Step};

/// A verdict in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictEntry {
    /// Id of the check.
    pub check: String,
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
    pub message: String,
    /// Why it was not decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The probe it rests on, if the run was not asked to send that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<ProbeNotSent>,
    /// What the rule asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// Where in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The sentences it rests on.
    pub cites: Vec<Cite>,
    /// The id of the diagnosis that explains it, whose remedy goes before the one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How to fix it, for a failed check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether it fails the run, by level, party and baseline.
    #[serde(default)]
    pub counts: bool,
    /// Why the verdict was expected, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excused: Option<String>,
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
    pub document: String,
    /// Section, as the document numbers or titles it.
    pub section: String,
    /// Where to read it.
    pub url: String,
}

impl From<&Citation> for Cite {
    fn from(citation: &Citation) -> Self {
        let Citation { publisher: _, document, section, url } = *citation;
        Self { document: document.to_owned(), section: section.to_owned(), url: url.to_owned() }
    }
}

impl std::fmt::Display for Cite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::specification::cite(f, &self.document, &self.section)
    }
}

/// A cause that explains findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosisEntry {
    /// Its id.
    pub id: String,
    /// Who has to act.
    pub party: Party,
    /// Who it may be as well: what a client sees does not decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or: Option<Party>,
    /// What is the matter.
    pub cause: String,
    /// What to change, in the words of the product.
    pub remedy: String,
    /// Ids of the checks whose failure it explains.
    pub explains: Vec<String>,
    /// The product it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What a remedy for a product rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
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

impl From<Diagnosis> for DiagnosisEntry {
    fn from(diagnosis: Diagnosis) -> Self {
        let Diagnosis { kind, cause, advice, explains } = diagnosis;
        Self {
            id: kind.id.to_owned(),
            party: kind.blame.first(),
            or: kind.blame.other(),
            cause,
            remedy: advice.remedy.to_owned(),
            explains: explains.into_iter().map(str::to_owned).collect(),
            product: advice.product.map(|product| product.name.to_owned()),
            url: advice.url.map(str::to_owned),
            caveat: advice.basis.caveat().map(str::to_owned),
        }
    }
}

/// What judging a stored transcript again changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replayed {
    /// The version of gatewalk that made it.
    pub from: String,
    /// Verdicts that changed.
    pub changed: Vec<VerdictChange>,
    /// Checks whose verdict was taken over, because they need a secret that is no longer there.
    pub kept: Vec<String>,
}

/// A verdict that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictChange {
    /// Id of the check.
    pub check: String,
    /// What it was; `None` for a check that did not exist.
    pub was: Option<VerdictKind>,
    /// What it is; `None` for a check that no longer exists.
    pub is: Option<VerdictKind>,
}

/// A refusal in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefusalEntry {
    /// The check that fails there.
    pub check: String,
    /// The step.
    pub step: Step,
    /// What is wrong, with what was expected and found.
    pub message: String,
    /// What the specification asks for.
    #[serde(default)]
    pub expected: String,
    /// What the peer sent.
    #[serde(default)]
    pub found: String,
    /// Whether the run went on.
    pub overruled: bool,
}

impl RefusalEntry {
    /// The refusal as it goes into a transcript.
    pub(super) fn new(refusal: &Refusal, overruled: bool) -> Self {
        let Refusal { kind, expected, found } = refusal;
        Self {
            check: kind.check().to_owned(),
            step: kind.step(),
            message: refusal.to_string(),
            expected: expected.clone(),
            found: found.clone(),
            overruled,
        }
    }

    /// The refusal of which the transcript tells; none if no client stops where that check fails.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let kind = RefusalKind::ALL.into_iter().find(|kind| kind.check() == self.check)?;
        Some(Refusal { kind, expected: self.expected.clone(), found: self.found.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn a_stop_is_explained_by_its_step_or_the_one_before() {
        let diagnosis = |id: &str, explains: &[&str]| DiagnosisEntry {
            id: id.to_owned(),
            party: Party::Gateway,
            or: None,
            cause: String::new(),
            remedy: String::new(),
            explains: explains.iter().map(|id| (*id).to_owned()).collect(),
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
