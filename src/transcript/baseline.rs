//! The baseline held against a run: which expected verdicts came, and which entries are of no use any more.

use std::fmt;

use jiff::Span;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::redact::Redactor;
use super::{Location, PeerText, VerdictKind};
use crate::check::{self, Judged, Verdict};
use crate::scenario::Expectation;
use crate::specification::ProtocolVersion;

/// The baseline after a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// How the entries that concern the run stand.
    pub entries: Vec<BaselineEntry>,
    /// For each check that fails the run the entry that would expect it, as it is written in a file.
    pub missing: Vec<PeerText>,
}

/// An entry of the baseline and how it stands after the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineEntry {
    /// Id of the check.
    pub check: PeerText,
    /// The verdict that is expected.
    pub verdict: VerdictKind,
    /// Why.
    pub reason: PeerText,
    /// The last day on which it is.
    #[schemars(with = "String", extend("format" = "date"))]
    pub expires: Date,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// How it stands.
    pub standing: ExpectationStatus,
    /// Why it stands so, in a sentence; nothing for an entry that is in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<PeerText>,
}

/// How an entry of the baseline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectationStatus {
    /// The verdict came as expected.
    Met,
    /// The check passes now: the entry can go.
    Passing,
    /// The check came out in another way, or was not judged.
    Unused,
    /// Its day is over: it excuses nothing any more.
    Expired,
}

impl BaselineEntry {
    /// Whether somebody has to act on the entry.
    pub fn is_stale(&self) -> bool {
        self.standing != ExpectationStatus::Met
    }
}

impl fmt::Display for ExpectationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::Passing => "passes now",
            Self::Unused => "unused",
            Self::Expired => "expired",
        })
    }
}

/// Holds the entries that concern a run against its verdicts, as of that day.
pub(super) fn evaluate<'e>(
    entries: impl Iterator<Item = &'e Expectation>,
    judged: &[Judged],
    protocol_version: ProtocolVersion,
    today: Date,
    redactor: &Redactor,
) -> Vec<BaselineEntry> {
    let entry = |expected: &Expectation| {
        let (standing, because) = standing(expected, judged, protocol_version, today);
        BaselineEntry {
            check: check::find(&expected.check)
                .map_or_else(|| redactor.text(&expected.check), |check| check.id.into()),
            verdict: VerdictKind::from(expected.verdict),
            reason: redactor.text(&expected.reason),
            expires: expected.expires,
            location: Some(Location::new(&expected.location, redactor)),
            standing,
            because: because.map(|because| redactor.text(&because)),
        }
    };
    entries.map(entry).collect()
}

/// The entry that expects a failure for a month, as it is written in a file; its reason is left to people.
pub(super) fn entry(check: &str, today: Date) -> String {
    let expires = today.saturating_add(Span::new().days(30));
    format!(
        "[[expect]]\ncheck = \"{check}\"\nverdict = \"fail\"\nreason = \"\" # why it is accepted, or a ticket\nexpires = {expires}\n"
    )
}

fn standing(
    expected: &Expectation,
    judged: &[Judged],
    protocol_version: ProtocolVersion,
    today: Date,
) -> (ExpectationStatus, Option<String>) {
    let id = expected.check.as_str();
    if expected.expires < today {
        return (
            ExpectationStatus::Expired,
            Some(format!(
                "it was expected until {}: mend what fails, or give it a later day",
                expected.expires
            )),
        );
    }
    match judged.iter().find(|judged| judged.check.id == id).map(|judged| &judged.verdict) {
        None => (
            ExpectationStatus::Unused,
            Some(format!(
                "no rule of protocol version {protocol_version}: name in the entry the protocol version it is for, or take it out"
            )),
        ),
        Some(verdict) if verdict.id() == expected.verdict.id() => (ExpectationStatus::Met, None),
        Some(Verdict::Pass) => {
            (ExpectationStatus::Passing, Some("the check passes: take the entry out".to_owned()))
        }
        Some(other) => {
            let (came, awaited) = (other.id(), expected.verdict.id());
            (
                ExpectationStatus::Unused,
                Some(format!("the verdict is {came}, not {awaited}: correct the entry, or take it out")),
            )
        }
    }
}
