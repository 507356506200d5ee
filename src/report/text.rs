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

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::edition::Level;
use crate::transcript::neutral::neutral;
use crate::transcript::{Baseline, Counts, ExchangeEntry, StepEntry, StepState, Transcript, VerdictEntry};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let target = neutral(&transcript.target);
    let (edition, registration, consent) =
        (transcript.edition, transcript.registration, transcript.options.consent);
    writeln!(to, "{BOLD}{target}{BOLD:#}  {edition} · {registration} · {consent}")?;
    writeln!(to)?;
    for entry in &transcript.steps {
        step(transcript, entry, to)?;
    }
    for refusal in &transcript.refusals {
        let went_on =
            if refusal.overruled { "the walk went on all the same" } else { "the walk stopped there" };
        writeln!(
            to,
            "\n{YELLOW}A conforming client stops in {}{YELLOW:#}: {}",
            refusal.step,
            neutral(&refusal.message)
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
    totals(transcript, to)?;
    for left in &transcript.left_behind {
        let (client_id, issuer) = (neutral(&left.client_id), neutral(&left.issuer));
        writeln!(to, "left behind: client {client_id} at {issuer} could not be removed; delete it there")?;
    }
    Ok(())
}

fn step(transcript: &Transcript, entry: &StepEntry, to: &mut dyn Write) -> io::Result<()> {
    let worst = transcript
        .verdicts
        .iter()
        .filter(|verdict| verdict.step == entry.step && verdict.verdict == "fail")
        .map(|verdict| verdict.level)
        .max();
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
            let statuses: Vec<String> = entry
                .exchanges
                .iter()
                .filter_map(|id| transcript.exchange(*id))
                .map(|exchange| {
                    exchange.response.as_ref().map_or_else(|| "–".to_owned(), |r| r.status.to_string())
                })
                .collect();
            format!("{}  {DIM}{} ms{DIM:#}", statuses.join(" "), entry.duration_ms)
        }
    };
    writeln!(to, "  {style}{symbol}{style:#} {} {:<18} {what}", entry.step.number(), entry.step.title())?;
    if let Some(because) = &entry.because {
        writeln!(to, "      {}", neutral(because))?;
    }
    if let Some(remedy) = entry.remedy {
        writeln!(to, "      {remedy}")?;
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
        "\n{style}{symbol} {}{style:#}  {BOLD}{}{BOLD:#}  {}",
        entry.level.finding(),
        entry.check,
        entry.party
    )?;
    writeln!(to, "  {}", neutral(&entry.message))?;
    for (name, value) in [("expected", &entry.expected), ("found", &entry.found)] {
        if let Some(value) = value {
            writeln!(to, "  {DIM}{name:<9}{DIM:#} {}", neutral(value))?;
        }
    }
    let at = entry.at.as_deref().map(|at| format!(", {at}")).unwrap_or_default();
    match entry.exchange.and_then(|id| transcript.exchange(id)) {
        Some(exchange) => writeln!(to, "  {DIM}seen     {DIM:#} {}{at}", line(exchange))?,
        None if !at.is_empty() => writeln!(to, "  {DIM}seen     {DIM:#} callback{at}")?,
        None => {}
    }
    for cite in entry.cites {
        writeln!(to, "  {DIM}rule     {DIM:#} {cite}  {}", cite.url)?;
    }
    if let Some(remedy) = entry.remedy {
        writeln!(to, "  {DIM}fix      {DIM:#} {remedy}")?;
    }
    if let Some(reason) = &entry.excused {
        writeln!(to, "  {DIM}expected, because{DIM:#} {}", neutral(reason))?;
    }
    Ok(())
}

/// The entries somebody has to act on, and those to add if what failed is to be expected.
fn baseline(baseline: &Baseline, to: &mut dyn Write) -> io::Result<()> {
    for entry in baseline.entries.iter().filter(|entry| entry.is_stale()) {
        let because = entry.because.as_deref().unwrap_or_default();
        let (check, standing) = (neutral(&entry.check), entry.standing);
        writeln!(
            to,
            "\n{YELLOW}baseline{YELLOW:#}  {BOLD}{check}{BOLD:#}  {standing}: {}",
            neutral(because)
        )?;
    }
    if !baseline.missing.is_empty() {
        writeln!(to, "\n{BOLD}To expect what failed, for a reason and until a day{BOLD:#}")?;
    }
    for entry in &baseline.missing {
        write!(to, "\n{entry}")?;
    }
    Ok(())
}

/// An exchange in a line: `#3 GET URL → 200`.
fn line(exchange: &ExchangeEntry) -> String {
    let ended = match (&exchange.response, &exchange.failure) {
        (Some(response), _) => response.status.to_string(),
        (None, Some(failure)) => failure.kind.sentence().to_owned(),
        (None, None) => "nothing".to_owned(),
    };
    format!("{} {} {} → {ended}", exchange.id, exchange.request.method, neutral(&exchange.request.url))
}

fn totals(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let summary = &transcript.summary;
    writeln!(to)?;
    for (party, counts) in [
        ("gateway", summary.gateway),
        ("authorization server", summary.authorization_server),
        ("MCP server", summary.mcp_server),
    ] {
        if counts == Counts::default() {
            continue;
        }
        let judged = counts.pass + counts.violations + counts.warnings + counts.notes;
        let open = counts.untestable + counts.inconclusive;
        write!(to, "{party:<21} {} of {judged} judged checks pass · {}", counts.pass, counts.findings())?;
        if open > 0 {
            write!(to, " · {open} could not be judged")?;
        }
        writeln!(to)?;
    }
    let (style, verdict) = match summary.outcome {
        "conforms" => (GREEN, "conforms"),
        "violates" => (RED, "violates the specifications"),
        "not-judged" => (YELLOW, "could not be judged to the end"),
        "baseline-stale" => (YELLOW, "conforms, but the baseline is stale"),
        "nothing-selected" => (YELLOW, "nothing that was selected could be judged"),
        _ => (YELLOW, "was interrupted"),
    };
    writeln!(to, "{style}{verdict}{style:#}  {DIM}exit {}{DIM:#}", summary.exit_code)
}
