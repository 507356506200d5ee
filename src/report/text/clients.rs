//! Clients × steps, what to change so that each connects, and what was not looked at.

use std::io::{self, Write};

use anstyle::Style;

use super::{BOLD, DIM, GREEN, RED, YELLOW};
use crate::client::Fate;
use crate::transcript::{ClientEntry, StepFate, Transcript, listed};

/// Writes them, if any were asked for.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    if transcript.clients.is_empty() {
        return Ok(());
    }
    let name = |entry: &ClientEntry| format!("{} {}", entry.client, entry.version).trim_end().to_owned();
    let width = transcript.clients.iter().map(|entry| name(entry).chars().count()).max().unwrap_or_default();
    let grades = transcript.clients.iter().map(|entry| entry.grade.word().len()).max().unwrap_or_default();
    writeln!(to, "\n{BOLD}Clients{BOLD:#}  {DIM}predicted from this run; {}{DIM:#}", legend())?;
    writeln!(to, "  {:<width$}  {:<grades$}  {DIM}1 2 3 4 5 6 7{DIM:#}", "", "")?;
    for entry in &transcript.clients {
        write!(to, "  {:<width$}  {DIM}{:<grades$}{DIM:#}  ", name(entry), entry.grade.word())?;
        for (_, fate) in entry.steps() {
            let (style, symbol) = symbol(fate);
            write!(to, "{style}{symbol}{style:#} ")?;
        }
        let (style, _) = symbol(StepFate::Met(entry.verdict));
        let sentence = entry.sentence();
        let rest = sentence.strip_prefix(entry.verdict.title()).unwrap_or_default();
        write!(to, " {style}{}{style:#}{rest}", entry.verdict.title())?;
        if let Some(evidence) = entry.evidence() {
            write!(to, "  {DIM}({evidence}){DIM:#}")?;
        }
        writeln!(to, "{}", if entry.required { "  required" } else { "" })?;
    }
    changes(transcript, to)?;
    questions(transcript, to)
}

fn legend() -> String {
    let words = Fate::ALL.map(|fate| format!("{} {}", symbol(StepFate::Met(fate)).1, fate.title()));
    words.join(" · ")
}

const fn symbol(fate: StepFate) -> (Style, &'static str) {
    match fate {
        StepFate::Met(Fate::Connects) => (GREEN, "✓"),
        StepFate::Met(Fate::Degraded) => (YELLOW, "~"),
        StepFate::Met(Fate::Asks) => (YELLOW, "⏎"),
        StepFate::Met(Fate::Unknown) => (YELLOW, "?"),
        StepFate::Met(Fate::Stops) => (RED, "✗"),
        StepFate::NotReached => (DIM, "·"),
    }
}

/// What to change.
fn changes(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    if transcript.client_changes.is_empty() {
        return Ok(());
    }
    writeln!(to, "\n{BOLD}So that nothing stops any of them{BOLD:#}")?;
    for (number, change) in transcript.client_changes.iter().enumerate() {
        writeln!(to, "  {}. {BOLD}{}{BOLD:#}: {}", number + 1, change.party, change.change)?;
        let diagnosis = change.diagnosis.as_ref().map(|id| format!(" · diagnosis {id}")).unwrap_or_default();
        writeln!(
            to,
            "     {DIM}lets pass {} · {}{diagnosis}{DIM:#}",
            listed(&change.clients),
            listed(&change.shapes)
        )?;
    }
    Ok(())
}

/// What was not looked at.
fn questions(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    if transcript.client_questions.is_empty() {
        return Ok(());
    }
    writeln!(to, "\n{BOLD}Not looked at, and of weight for some of them{BOLD:#}")?;
    for question in &transcript.client_questions {
        writeln!(to, "  {}", listed(&question.shapes))?;
        writeln!(to, "     {DIM}for {} · run {}{DIM:#}", listed(&question.clients), question.run)?;
    }
    Ok(())
}
