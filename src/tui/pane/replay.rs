//! What a stored run is: which file, when it was recorded and by whom, and what judging it again changed.

use crate::scenario::ProbeMode;
use crate::transcript::{StepState, Transcript, VerdictChange, listed};
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::stored::Stored;
use crate::tui::theme::Role;

/// Columns of a name.
const NAME: usize = 11;

/// The lines, on top of all findings.
pub(super) fn lines(stored: &Stored, lines: &mut Lines) {
    let again = &stored.again;
    let from = &stored.replay.stored().gatewalk.version;
    let kept = again.replayed.as_ref().map_or(&[][..], |replayed| &replayed.kept);
    let fact = |name: &str, text: &str, lines: &mut Lines| {
        let line = PageLine::new(Role::Dim, &format!("  {name:<9}")).put(Role::Text, Fragments::Theirs(text));
        lines.push(line.hang(NAME));
    };
    lines.push(
        PageLine::new(Role::Accent, "▸ ").put(Role::Strong, &format!("Replay of {}", stored.name)).hang(2),
    );
    let started = stored.replay.record().started.strftime("%Y-%m-%d %H:%M:%SZ");
    fact("recorded", &format!("{started}, by gatewalk {from}"), lines);
    fact("walked", &options(again), lines);
    let judged = format!("by gatewalk {}", again.gatewalk.version);
    fact("judged", &format!("again {judged}: {}", stored.compared()), lines);
    if let Some(stopped) = again.steps.iter().find(|entry| entry.state == StepState::Stopped) {
        let why = stopped.because.as_deref().unwrap_or("the file does not say why");
        fact("stopped", &format!("in step {}: {why}", stopped.step.number()), lines);
    }
    for VerdictChange { check, was, is } in stored.changed() {
        let (name, said) = match (was, is) {
            (Some(was), Some(is)) => ("changed", format!("{was} → {is}")),
            (None, Some(is)) => ("new", is.to_string()),
            (Some(was), None) => ("gone", format!("was {was}")),
            (None, None) => continue,
        };
        let line = PageLine::new(Role::Warning, &format!("  {name:<9}")).put(Role::Strong, check);
        lines.push(line.put(Role::Text, &format!(": {said}")).hang(NAME));
    }
    if !kept.is_empty() {
        fact(
            "kept",
            &format!("{}: only the secret itself could tell, and it was not stored", listed(kept)),
            lines,
        );
    }
    if again.edited {
        fact("edited", "requests were changed by hand: no client behaves as this run did", lines);
    }
    if stored.is_revealed() {
        fact("secrets", "are in the file (--reveal): it is for the eyes of its owner only", lines);
    }
    for left in &again.left_behind {
        let said = format!("the client {} stays registered at {}", left.client_id, left.issuer);
        fact("left", &said, lines);
    }
    lines.push(PageLine::rule(""));
}

/// How the run was asked for, in a line.
fn options(transcript: &Transcript) -> String {
    let Transcript { protocol_version, registration, options, .. } = transcript;
    let probes =
        ProbeMode::WORDS.iter().find(|(_, extent)| *extent == options.probes).map_or("off", |(word, _)| word);
    let past = if options.past_refusals { " · past refusals" } else { "" };
    format!("by {protocol_version} · {registration} · consent {} · probes {probes}{past}", options.consent)
}
