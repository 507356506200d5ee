//! Markdown for the step summary of a job or for an issue: outcome, totals, steps, causes, findings.
//!
//! GitHub drops a summary of more than 1024 KiB whole, so findings are left out before that. What peers said stands in
//! code spans, where nothing is markup, a link or a mention.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use super::evidence::{edited, remarks, seen};
use crate::check::DecidedBy;
use crate::transcript::{Counts, StepState, Summary, Transcript, VerdictEntry, listed};

/// Bytes of a report, with room to spare for others in the same summary.
const BUDGET: usize = 512 * 1024;
/// Characters of one value of a peer.
const LONGEST: usize = 300;

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let summary = &transcript.summary;
    let mut page = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(page, "## gatewalk: {}\n", summary.sentence());
    if let Some(title) = &transcript.title {
        let _ = writeln!(page, "{}\n", code(title));
    }
    let _ = writeln!(
        page,
        "{} · {} · {} · exit {}\n",
        code(&transcript.target),
        transcript.protocol_version,
        code(&transcript.registration),
        summary.exit_code
    );
    if transcript.revealed {
        page.push_str("**This report holds secrets (`--reveal`): do not pass it on.**\n\n");
    }
    if let Some(edited) = edited(transcript) {
        let _ = writeln!(page, "**{edited}**\n");
    }
    for server in remarks(transcript) {
        let _ = writeln!(page, "{}\n", code(&server));
    }
    page.push_str(
        "| party | pass | violations | warnings | notes | not judged |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for (party, counts) in summary.parties() {
        let Counts { pass, violations, warnings, notes, .. } = counts;
        let open = counts.open();
        let _ = writeln!(page, "| {party} | {pass} | {violations} | {warnings} | {notes} | {open} |");
    }
    page.push_str("\n| step | | answers | ms |\n|---|---|---|--:|\n");
    for entry in &transcript.steps {
        let failed = transcript.findings_of(entry.step).count();
        let state = match entry.state {
            StepState::Stopped => "✗ stopped".to_owned(),
            StepState::Done if failed > 0 => format!("✗ {failed}"),
            StepState::Done => "✓".to_owned(),
            StepState::Skipped => "– skipped".to_owned(),
            StepState::NotReached => "· not reached".to_owned(),
        };
        let (number, title) = (entry.step.number(), entry.step.title());
        let statuses = transcript.statuses(entry);
        let _ = writeln!(page, "| {number} {title} | {state} | {statuses} | {} |", entry.duration_ms);
    }
    for entry in transcript.steps.iter().filter(|entry| entry.state == StepState::Stopped) {
        let because = entry.because.clone().unwrap_or_default();
        let _ = writeln!(page, "\n**Stopped in {}:** {}", entry.step.title(), code(because));
        if let Some(remedy) = &entry.remedy {
            let _ = writeln!(page, "\n{}", code(remedy));
        }
    }
    for diagnosis in &transcript.diagnoses {
        let _ = writeln!(page, "\n### Diagnosis: {} ({})\n", code(&diagnosis.id), diagnosis.blamed());
        let _ = writeln!(page, "{}\n\nChange: {}", code(&diagnosis.cause), code(&diagnosis.remedy));
    }
    clients(transcript, &mut page);
    findings(transcript, &mut page);
    undecided(summary, &mut page);
    for left in &transcript.left_behind {
        let (client_id, issuer) = (code(&left.client_id), code(&left.issuer));
        let _ = writeln!(page, "\nLeft behind: client {client_id} at {issuer}: {}.", code(left.reason()));
    }
    to.write_all(page.as_bytes())
}

/// What comes of real clients, and what to change.
fn clients(transcript: &Transcript, page: &mut String) {
    if transcript.clients.is_empty() {
        return;
    }
    page.push_str("\n### Clients\n\n| client | known from | what comes of it | seen |\n|---|---|---|---|\n");
    for entry in &transcript.clients {
        let name = format!("{} {}", entry.name, entry.version);
        let seen = entry.evidence().map(code).unwrap_or_default();
        let (name, grade, told) = (code(name.trim_end()), entry.grade.word(), code(entry.sentence()));
        let _ = writeln!(page, "| {name} | {grade} | {told} | {seen} |");
    }
    if !transcript.client_changes.is_empty() {
        page.push_str("\nSo that nothing stops any of them:\n\n");
    }
    for change in &transcript.client_changes {
        let (said, clients) = (code(&change.change), code(listed(&change.clients)));
        let _ = writeln!(page, "1. {}: {said} – lets pass {clients}", change.party);
    }
    if !transcript.client_questions.is_empty() {
        page.push_str("\nNot looked at, and of weight for some of them:\n\n");
    }
    for question in &transcript.client_questions {
        let (shapes, clients) = (code(listed(&question.shapes)), code(listed(&question.clients)));
        let _ = writeln!(page, "- {shapes} – for {clients}; run {}", code(&question.run));
    }
}

fn findings(transcript: &Transcript, page: &mut String) {
    let findings = transcript.findings();
    if findings.is_empty() {
        return;
    }
    page.push_str("\n### Findings\n");
    for (shown, entry) in findings.iter().enumerate() {
        let text = finding(transcript, entry);
        if page.len() + text.len() > BUDGET {
            let _ = writeln!(
                page,
                "\n{} more findings are in the other reports of this run.",
                findings.len() - shown
            );
            return;
        }
        page.push_str(&text);
    }
}

/// The MUSTs that were not decided, by why and by what would decide them.
fn undecided(summary: &Summary, page: &mut String) {
    let Some(title) = summary.undecided_musts() else { return };
    let _ = writeln!(page, "\n### {title}\n\n| checks | because | decided by |\n|---|---|---|");
    for group in &summary.undecided {
        let because = code(&group.because);
        let checks = match group.decided_by {
            Some(DecidedBy::RestOfWalk) => group.checks.len().to_string(),
            _ => group.checks.iter().map(code).collect::<Vec<_>>().join(", "),
        };
        let _ = writeln!(page, "| {checks} | {because} | {} |", group.advice());
    }
}

fn finding(transcript: &Transcript, entry: &VerdictEntry) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "\n#### {} {} ({})\n", entry.level.finding(), code(&entry.check), entry.party);
    let _ = writeln!(text, "{}\n", code(&entry.message));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "- {name}: {value}");
    };
    if let Some(expected) = &entry.expected {
        line("expected", &code(expected));
    }
    if let Some(found) = &entry.found {
        line("found", &code(found));
    }
    if let Some(seen) = seen(transcript, entry) {
        line("seen", &code(&seen));
    }
    for cite in &entry.cites {
        line("rule", &format!("{} {}", code(cite), code(&cite.url)));
    }
    match (&entry.cause, &entry.remedy) {
        (Some(cause), _) => line("diagnosis", &code(cause)),
        (None, Some(remedy)) => line("fix", &code(remedy)),
        (None, None) => {}
    }
    text
}

/// A text of somebody else as a code span, shortened, in one line, harmless in a table too.
fn code(text: impl Display) -> String {
    let text = text.to_string();
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    // A table is cut at pipes before code spans are read; only there a backslash escapes within one.
    let short = short.replace('|', "¦");
    let (mut longest, mut run) = (0, 0);
    for c in short.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 || short.trim() != short || short.is_empty() { " " } else { "" };
    format!("{fence}{pad}{short}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::PeerText;

    #[test]
    fn nothing_leaves_a_code_span() {
        for (text, span) in [
            ("plain", "`plain`"),
            ("a`b``c", "``` a`b``c ```"),
            ("`", "`` ` ``"),
            ("a|b\n# c", "`a¦b␊# c`"),
            ("", "`  `"),
        ] {
            assert_eq!(code(PeerText::from(text)), span);
        }
        assert_eq!(code("x".repeat(400)).chars().count(), 303);
    }
}
