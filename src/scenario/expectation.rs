//! The baseline: verdicts that are expected, each with its reason and the day it ends.

use jiff::civil::Date;

use super::known_ids::KnownIds;
use super::option_parser::OptionParser;
use super::table::{Placed, Table};
use super::{Location, closest, value};
use crate::specification::ProtocolVersion;

/// A verdict that is expected of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Id of the check.
    pub check: String,
    /// The verdict.
    pub verdict: Expected,
    /// Why it is expected: a ticket, a decision.
    pub reason: String,
    /// The last day on which it is.
    pub expires: Date,
    /// Where it is written.
    pub location: Location,
    /// Only in runs against that target.
    pub target: Option<String>,
    /// Only in runs of that protocol version.
    pub protocol_version: Option<ProtocolVersion>,
}

/// The verdicts that can be expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// The check fails.
    #[default]
    Fail,
    /// It cannot be looked at.
    Untestable,
    /// It decides nothing.
    Inconclusive,
}

impl Expected {
    const WORDS: [(&'static str, Self); 3] = [
        (Self::Fail.id(), Self::Fail),
        (Self::Untestable.id(), Self::Untestable),
        (Self::Inconclusive.id(), Self::Inconclusive),
    ];

    /// The word for it in files, which is that of the verdict.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Untestable => "untestable",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl Expectation {
    /// Whether the entry is about a run against that target in that protocol version.
    pub fn concerns(&self, target: &str, protocol_version: ProtocolVersion) -> bool {
        self.target.as_deref().is_none_or(|only| only == target)
            && self.protocol_version.is_none_or(|only| only == protocol_version)
    }
}

/// Why nothing can be expected of that check, and what to write instead.
fn no_check(id: &str, KnownIds { checks, diagnoses, .. }: KnownIds<'_>) -> Option<(String, String)> {
    if checks.contains(&id) {
        return None;
    }
    Some(match diagnoses.iter().find(|(diagnosis, _)| *diagnosis == id) {
        Some((_, explained)) => (
            format!("{id} is a diagnosis, not a check"),
            format!("expect the checks it explains: {}", explained.join(", ")),
        ),
        None => (
            format!("there is no check {id:?}"),
            closest(id, checks.iter().copied()).map_or_else(
                || "`gatewalk explain` lists the checks".to_owned(),
                |alike| format!("did you mean {alike}?"),
            ),
        ),
    })
}

/// Reads the `[[expect]]` tables of a file.
pub(super) fn read(file: &Table<'_>) -> Vec<Expectation> {
    let mut seen: Vec<Expectation> = Vec::new();
    for table in file.tables("expect") {
        let check = table.required("check").filter(|check| {
            let wrong = no_check(&check.value, table.known_ids());
            if let Some((message, help)) = &wrong {
                table.report_with_help(check.span.clone(), message, help);
            }
            wrong.is_none()
        });
        let verdict = table.parsed("verdict", &OptionParser::of_words(&Expected::WORDS));
        let reason = table.required("reason");
        let expires = table.required_date("expires");
        let target = table.text("target").map(|target| target.value);
        let protocol_version = table.parsed("protocol_version", &OptionParser::new(value::protocol_version));
        if let (Some(check), Some(reason), Some(expires)) = (check, reason, expires) {
            let Placed { value: check, span } = check;
            let entry = Expectation {
                check,
                verdict: verdict.unwrap_or_default(),
                reason: reason.value,
                expires,
                location: table.location(),
                target,
                protocol_version,
            };
            if seen.iter().any(|known| {
                known.check == entry.check
                    && known.target == entry.target
                    && known.protocol_version == entry.protocol_version
            }) {
                table.report(span, format!("{} is expected twice", entry.check));
            }
            seen.push(entry);
        }
        table.end();
    }
    seen
}
