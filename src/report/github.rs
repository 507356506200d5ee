//! Annotations for GitHub Actions: workflow commands, a line a finding.
//!
//! Of each kind a step shows ten; more would only be noise. What peers said is escaped, so that it cannot be a command.

use std::io::{self, Write};

use super::evidence::{evidence, location};
use crate::specification::Level;
use crate::transcript::{Location, PeerText, StepState, Transcript, Undecided};

/// Annotations of a kind that GitHub shows.
const SHOWN: usize = 10;

/// Writes them, worst first.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let target = transcript.scenario.as_ref();
    for entry in transcript.steps.iter().filter(|entry| entry.state == StepState::Stopped) {
        let because = entry.because.clone().unwrap_or_else(|| PeerText::from("stopped"));
        let said = format!("{because}\n{}", entry.remedy.clone().unwrap_or_default());
        let title = format!("gatewalk stopped in {}", entry.step);
        command("error", &title, target, said.trim_end(), to)?;
    }
    for diagnosis in transcript.diagnoses.iter().take(SHOWN) {
        let said = format!("{}\n{}", diagnosis.cause, diagnosis.remedy);
        let title = format!("diagnosis {} ({})", diagnosis.id, diagnosis.blamed());
        command("notice", &title, target, &said, to)?;
    }
    if let Some(title) = transcript.summary.undecided_musts() {
        let said: Vec<_> = transcript.summary.undecided.iter().map(Undecided::sentence).collect();
        command("notice", &title, target, &said.join("\n"), to)?;
    }
    let entries = transcript.baseline.iter().flat_map(|baseline| &baseline.entries);
    for entry in entries.filter(|entry| entry.is_stale()).take(SHOWN) {
        let title = format!("baseline entry {} ({})", entry.check, entry.standing);
        let because = entry.because.clone().unwrap_or_default();
        let said = format!("{because}\nIt was expected for: {}", entry.reason);
        command("error", &title, entry.location.as_ref().or(target), said.trim_start(), to)?;
    }
    let findings = transcript.findings();
    for (level, kind) in [(Level::Must, "error"), (Level::Should, "warning"), (Level::May, "notice")] {
        let of_level: Vec<_> =
            findings.iter().filter(|entry| entry.level == level && entry.excused.is_none()).collect();
        for entry in of_level.iter().take(SHOWN - 1) {
            let title = format!("{} {} ({})", entry.level.finding(), entry.check, entry.party);
            command(kind, &title, location(transcript, entry), &evidence(transcript, entry), to)?;
        }
        if let Some(more) = of_level.len().checked_sub(SHOWN - 1).filter(|more| *more > 0) {
            let said = format!("{more} more {}s are in the other reports of this run", level.finding());
            command(kind, "gatewalk", target, &said, to)?;
        }
    }
    Ok(())
}

fn command(kind: &str, title: &str, at: Option<&Location>, said: &str, to: &mut dyn Write) -> io::Result<()> {
    let at = at.map(|at| format!(",file={},line={}", property(&format!("{}", at.path)), at.line));
    let title = property(title);
    writeln!(to, "::{kind} title={title}{}::{}", at.unwrap_or_default(), data(said))
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
