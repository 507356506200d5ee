//! For people, in a terminal: the steps, each finding with evidence, citation and remedy, the totals.
//!
//! ```text
//! ✗ violation  as-issuer-matches  authorization server
//!   The issuer is not the one the gateway publishes
//!   expected  https://tenant.example/
//!   found     https://other.example/
//!   seen      #3 GET https://tenant.example/.well-known/openid-configuration → 200, /issuer
//!   rule      RFC 8414 §3.3  https://www.rfc-editor.org/rfc/rfc8414#section-3.3
//!   fix       Copy the issuer exactly …
//! ```

mod clients;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::evidence::{edited, remarks, seen};
use crate::check::{DecidedBy, NormativeSource};
use crate::specification::Level;
use crate::transcript::sanitize::escape_workflow_commands;
use crate::transcript::{
    Baseline, BaselineEntry, DiagnosisEntry, Replayed, RunOutcome, StepEntry, StepState, Summary, Transcript,
    VerdictEntry, VerdictKind, listed,
};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let Transcript { target, protocol_version, registration, options, .. } = transcript;
    let consent = &options.consent;
    if let Some(title) = &transcript.title {
        writeln!(to, "{title}")?;
    }
    writeln!(to, "{BOLD}{target}{BOLD:#}  {protocol_version} · {registration} · {consent}")?;
    if transcript.revealed {
        writeln!(to, "{RED}This report holds secrets (--reveal): do not pass it on.{RED:#}")?;
    }
    if let Some(edited) = edited(transcript) {
        writeln!(to, "{YELLOW}{edited}{YELLOW:#}")?;
    }
    for server in remarks(transcript) {
        writeln!(to, "{}", escape_workflow_commands(&server))?;
    }
    for entry in &transcript.diagnoses {
        diagnosis(transcript, entry, to)?;
    }
    writeln!(to)?;
    for entry in &transcript.steps {
        step(transcript, entry, to)?;
    }
    for refusal in &transcript.refusals {
        let went_on = if refusal.overruled {
            "the walk went on all the same"
        } else {
            "the walk stopped there; --past-refusals goes on"
        };
        writeln!(
            to,
            "\n{YELLOW}A conforming client stops in {}{YELLOW:#}: {}",
            refusal.step, refusal.message
        )?;
        writeln!(to, "  {went_on} ({})", refusal.check)?;
    }
    let findings = transcript.findings();
    if !findings.is_empty() {
        writeln!(to, "\n{BOLD}Findings{BOLD:#}")?;
    }
    for entry in findings {
        finding(transcript, entry, to)?;
    }
    if let Some(held) = &transcript.baseline {
        baseline(held, to)?;
    }
    clients::render(transcript, to)?;
    if let Some(replayed) = &transcript.replayed {
        self::replayed(replayed, to)?;
    }
    totals(transcript, to)?;
    hint(transcript, to)?;
    for left in &transcript.left_behind {
        writeln!(to, "left behind: client {} at {}: {}", left.client_id, left.issuer, left.reason())?;
    }
    Ok(())
}

fn step(transcript: &Transcript, entry: &StepEntry, to: &mut dyn Write) -> io::Result<()> {
    let worst = transcript.findings_of(entry.step).map(|verdict| verdict.level).max();
    let (style, symbol) = match (entry.state, worst) {
        (StepState::Stopped, _) | (_, Some(Level::Must)) => (RED, "✗"),
        (_, Some(Level::Should)) => (YELLOW, "!"),
        (StepState::Done, _) => (GREEN, "✓"),
        (StepState::Skipped, _) => (DIM, "–"),
        (StepState::NotReached, _) => (DIM, "·"),
    };
    let what = match entry.state {
        StepState::NotReached => "not reached".to_owned(),
        StepState::Skipped => "skipped".to_owned(),
        StepState::Done | StepState::Stopped => {
            format!("{}  {DIM}{} ms{DIM:#}", transcript.statuses(entry), entry.duration_ms)
        }
    };
    writeln!(to, "  {style}{symbol}{style:#} {} {:<18} {what}", entry.step.number(), entry.step.title())?;
    if let Some(because) = &entry.because {
        writeln!(to, "      {because}")?;
    }
    match (&entry.cause, &entry.remedy) {
        (Some(cause), _) => writeln!(to, "      diagnosis {cause}, above")?,
        (None, Some(remedy)) => writeln!(to, "      {remedy}")?,
        (None, None) => {}
    }
    Ok(())
}

/// Whom to turn to, why, and what to change.
fn diagnosis(transcript: &Transcript, entry: &DiagnosisEntry, to: &mut dyn Write) -> io::Result<()> {
    let DiagnosisEntry { id, cause, remedy, explains, url, caveat, .. } = entry;
    let party = entry.blamed();
    // What only notes come of is no alarm; what nothing comes of stopped the walk.
    let explained =
        |verdict: &&VerdictEntry| verdict.verdict == VerdictKind::Fail && explains.contains(&verdict.check);
    let worst = transcript.verdicts.iter().filter(explained).map(|verdict| verdict.level).max();
    let style = if worst == Some(Level::May) { DIM } else { RED };
    writeln!(to, "\n{BOLD}Diagnosis{BOLD:#}  {style}{id}{style:#}  {BOLD}{party}{BOLD:#}")?;
    writeln!(to, "  {cause}")?;
    writeln!(to, "  {DIM}change   {DIM:#} {remedy}")?;
    for (name, value) in [("see", url), ("basis", caveat)] {
        if let Some(value) = value {
            writeln!(to, "  {DIM}{name:<9}{DIM:#} {value}")?;
        }
    }
    if !explains.is_empty() {
        writeln!(to, "  {DIM}explains {DIM:#} {}", listed(explains))?;
    }
    if let Some(command) = entry.command() {
        writeln!(to, "  {DIM}more     {DIM:#} {command}")?;
    }
    Ok(())
}

fn finding(transcript: &Transcript, entry: &VerdictEntry, to: &mut dyn Write) -> io::Result<()> {
    let (style, symbol) = match entry.level {
        Level::Must => (RED, "✗"),
        Level::Should => (YELLOW, "!"),
        Level::May => (DIM, "·"),
    };
    writeln!(
        to,
        "\n{style}{symbol} {}{style:#}  {BOLD}{}{BOLD:#}  {}{}",
        entry.level.finding(),
        entry.check,
        entry.party,
        if entry.source == NormativeSource::Rfc { "  (RFC/BCP only)" } else { "" }
    )?;
    writeln!(to, "  {}", entry.message)?;
    for (name, value) in [("expected", &entry.expected), ("found", &entry.found)] {
        if let Some(value) = value {
            writeln!(to, "  {DIM}{name:<9}{DIM:#} {value}")?;
        }
    }
    if let Some(seen) = seen(transcript, entry) {
        writeln!(to, "  {DIM}seen     {DIM:#} {seen}")?;
    }
    for cite in &entry.cites {
        writeln!(to, "  {DIM}rule     {DIM:#} {}  {}", cite, cite.url)?;
    }
    match (&entry.cause, &entry.remedy) {
        (Some(cause), _) => writeln!(to, "  {DIM}diagnosis{DIM:#} {cause}, above")?,
        (None, Some(remedy)) => writeln!(to, "  {DIM}fix      {DIM:#} {remedy}")?,
        (None, None) => {}
    }
    if let Some(reason) = &entry.excused {
        writeln!(to, "  {DIM}expected, because{DIM:#} {reason}")?;
    }
    Ok(())
}

/// The entries somebody has to act on, and those to add if what failed is to be expected.
fn baseline(baseline: &Baseline, to: &mut dyn Write) -> io::Result<()> {
    for entry in baseline.entries.iter().filter(|entry| entry.is_stale()) {
        let BaselineEntry { check, standing, because, location, .. } = entry;
        let because = because.clone().unwrap_or_default();
        let place = location.as_ref().map(|place| format!("  {}:{}", place.path, place.line));
        writeln!(
            to,
            "\n{YELLOW}baseline{YELLOW:#}  {BOLD}{check}{BOLD:#}  {standing}{}\n  {}",
            place.unwrap_or_default(),
            because
        )?;
    }
    if !baseline.missing.is_empty() {
        writeln!(to, "\n{BOLD}To expect what failed, for a reason and until a day{BOLD:#}")?;
        writeln!(to, "  Add to the scenario, or to a file for --expect that begins with schema = 1:")?;
    }
    for entry in &baseline.missing {
        writeln!(to)?;
        for line in entry.lines() {
            writeln!(to, "{}", escape_workflow_commands(line))?;
        }
    }
    Ok(())
}

/// Where it is told how a failure is accepted, if one fails a run that nothing is expected of.
fn hint(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let unexpected = transcript.baseline.is_none() && transcript.verdicts.iter().any(|entry| entry.counts);
    if unexpected && transcript.replayed.is_none() {
        writeln!(
            to,
            "{DIM}To accept a failure until a day, give --expect FILE; with one that holds schema = 1 alone, the entries \
             to add are printed.{DIM:#}"
        )?;
    }
    Ok(())
}

/// What judging again changed.
fn replayed(replayed: &Replayed, to: &mut dyn Write) -> io::Result<()> {
    let from = &replayed.from;
    writeln!(to, "\n{BOLD}Judged again{BOLD:#}  the transcript was written by gatewalk {from}")?;
    for change in &replayed.changed {
        let word = |word: Option<VerdictKind>| word.map_or("no such check", VerdictKind::title);
        writeln!(to, "  {}  {} → {}", change.check, word(change.was), word(change.is))?;
    }
    if replayed.changed.is_empty() {
        writeln!(to, "  no verdict changed")?;
    }
    if !replayed.kept.is_empty() {
        writeln!(to, "  taken over, as they need a secret: {}", listed(&replayed.kept))?;
    }
    Ok(())
}

fn totals(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let summary = &transcript.summary;
    writeln!(to)?;
    for (party, counts) in summary.parties() {
        let (pass, judged, open) = (counts.pass, counts.judged(), counts.open());
        write!(to, "{:<21} {pass} of {judged} judged checks pass · {}", party.title(), counts.findings())?;
        if open > 0 {
            write!(to, " · {open} could not be judged")?;
        }
        if counts.not_sent > 0 {
            write!(to, " · {} not asked for (--probes)", counts.not_sent)?;
        }
        writeln!(to)?;
    }
    if summary.outcome != RunOutcome::NotJudged {
        undecided(summary, to)?;
    }
    let style = match summary.outcome {
        RunOutcome::Conforms => GREEN,
        RunOutcome::Violates => RED,
        RunOutcome::NoViolationFound
        | RunOutcome::NotJudged
        | RunOutcome::NothingSelected
        | RunOutcome::StaleBaseline
        | RunOutcome::Interrupted => YELLOW,
    };
    let sentence = summary.sentence();
    writeln!(to, "{style}{sentence}{style:#}  {DIM}exit {}{DIM:#}", summary.exit_code)
}

/// The MUSTs that were not decided, by why and by what would decide them.
fn undecided(summary: &Summary, to: &mut dyn Write) -> io::Result<()> {
    let Some(title) = summary.undecided_musts() else { return Ok(()) };
    writeln!(to, "\n{YELLOW}{title}{YELLOW:#}")?;
    for group in &summary.undecided {
        writeln!(to, "  {DIM}{:>4}{DIM:#}  {}", group.checks.len(), group.because)?;
        writeln!(to, "        {DIM}decided by{DIM:#} {}", group.advice())?;
        // What a walk that stopped did not get to is no news.
        if group.decided_by != Some(DecidedBy::RestOfWalk) {
            writeln!(to, "        {DIM}checks    {DIM:#} {}", listed(&group.checks))?;
        }
    }
    writeln!(to)
}
