//! All findings, worst first, and how one is told.

use super::{diagnosis, replay, symbol};
use crate::check::{DecidedBy, Judged};
use crate::flow::Outcome;
use crate::scenario::ProbeMode;
use crate::specification::{Level, Party, Step};
use crate::transcript::{Undecided, listed};
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::selection::Filter;
use crate::tui::text::path;
use crate::tui::theme::Role;
use crate::tui::walk::{Phase, WalkView};

/// The lines of the tab.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    if let Some(stored) = &model.walk.stored {
        replay::lines(stored, &mut lines);
    }
    diagnosis::lines(model, &mut lines);
    if model.walk.findings.is_empty() {
        none(model, &mut lines);
        undecided(&model.walk, &mut lines);
        passed(&model.walk, &mut lines);
        return lines.into_vec();
    }
    filter(model, &mut lines);
    if model.listed().next().is_none() {
        lines.say(Role::Dim, "None of the findings is like that; m and P choose others.");
    }
    for (index, (_, judged)) in model.listed().enumerate() {
        if index > 0 {
            lines.gap();
        }
        lines.item(Some(index));
        finding(judged, &model.walk, Shown::InList, &mut lines);
        lines.item(None);
    }
    undecided(&model.walk, &mut lines);
    passed(&model.walk, &mut lines);
    lines.into_vec()
}

/// What passed, step by step, a row each.
fn passed(walk: &WalkView, lines: &mut Lines) {
    if walk.passed.is_empty() {
        return;
    }
    lines.gap();
    let head = match walk.passed.len() {
        1 => "One check passed".to_owned(),
        count => format!("{count} checks passed"),
    };
    lines.push(PageLine::new(Role::Strong, Fragments::Ours(&head)));
    for of_step in walk.passed.chunk_by(|a, b| a.step == b.step) {
        let Some(step) = of_step.first().map(|check| check.step) else { continue };
        let head = format!("  {} {}", step.number(), step.title());
        lines.push(PageLine::new(Role::Dim, Fragments::Ours(&head)));
        for check in of_step {
            let line = PageLine::new(Role::Good, "  ✓ ").put(Role::Text, check.title);
            lines.push(line.remark(Role::Dim, "  ").put(Role::Dim, check.id).hang(4));
        }
    }
}

/// The MUSTs that a complete walk left open, by why and by what would decide them.
fn undecided(walk: &WalkView, lines: &mut Lines) {
    let Some(title) = Undecided::counted(&walk.undecided)
        .filter(|_| matches!(walk.phase, Phase::Finished(Outcome::Reached(_))))
    else {
        return;
    };
    lines.gap();
    lines.push(PageLine::new(Role::Warning, "? ").put(Role::Warning, Fragments::Ours(&title)));
    for group in &walk.undecided {
        let count = format!("  {:<4}", group.checks.len());
        let head = PageLine::new(Role::Dim, Fragments::Ours(&count)).put(Role::Text, &group.because);
        lines.push(head.hang(6));
        let key = match group.decided_by {
            Some(DecidedBy::Probes(ProbeMode::Safe)) => "A, or in check ",
            _ => "",
        };
        let means = format!("{key}{}", group.advice());
        let decided = PageLine::new(Role::Dim, "      decided by ");
        lines.push(decided.put(Role::Text, Fragments::Ours(&means)).hang(17));
        lines.push(PageLine::new(Role::Dim, &format!("      {}", listed(&group.checks))).hang(6));
    }
}

/// What is listed, and which keys list something else.
fn filter(model: &Model, lines: &mut Lines) {
    let Filter { level, party } = model.filter;
    let (listed, all) = (model.listed().count(), model.walk.findings.len());
    let of = if listed == all { String::new() } else { format!(" of {all}") };
    let level = level.map_or("any", Level::word);
    let party = party.map_or("any", Party::title);
    let noun = if all == 1 { "finding" } else { "findings" };
    lines.push(
        PageLine::new(Role::Dim, Fragments::Ours(&format!("{listed}{of} {noun}   ")))
            .put(Role::Accent, "m")
            .put(Role::Text, Fragments::Ours(&format!(" level: {level}   ")))
            .put(Role::Accent, "P")
            .put(Role::Text, Fragments::Ours(&format!(" party: {party}"))),
    );
    lines.gap();
}

fn none(model: &Model, lines: &mut Lines) {
    let walk = &model.walk;
    if walk.history().is_empty() {
        lines.say(
            Role::Text,
            "Nothing was judged yet. Enter walks the first step; what is wrong with it shows up here.",
        );
        return;
    }
    let passed = match walk.counts.pass {
        1 => "one check passed".to_owned(),
        count => format!("{count} checks passed"),
    };
    if let Phase::Finished(Outcome::Stuck { awaiting, .. }) = &walk.phase {
        let stopped = format!("The walk stopped at step {}; no rule is broken before it.", awaiting.number());
        lines.push(PageLine::new(Role::Violation, "✗ ").put(Role::Text, Fragments::Ours(&stopped)));
        lines.say(Role::Dim, &format!("  {passed}"));
        return;
    }
    lines.push(
        PageLine::new(Role::Good, "✓ ")
            .put(Role::Text, Fragments::Ours(&format!("No findings so far; {passed}."))),
    );
    if walk.steps_done() < Step::ALL.len() && !matches!(walk.phase, Phase::Finished(_)) {
        lines.say(Role::Dim, "The walk is not at its end: Enter goes on.");
    }
}

/// Where a finding is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// In the list of all, below the diagnoses.
    InList,
    /// Below what it was seen in.
    InPlace,
}

/// A finding in full; in the list with where it was seen, elsewhere with what its diagnosis says.
pub(super) fn finding(judged: &Judged, walk: &WalkView, shown: Shown, lines: &mut Lines) {
    let check = judged.check;
    let Some(finding) = judged.finding() else { return };
    let role = judged.level.into();
    let word = format!("{} {} ", symbol(judged.level), judged.level.finding());
    let mut head = PageLine::new(role, Fragments::Ours(&word)).put(Role::Strong, check.id);
    head = head.put(Role::Dim, Fragments::Ours(&format!("  {} · {}", judged.level.word(), judged.party)));
    lines.push(head.hang(2));
    lines.push(PageLine::new(Role::Text, &format!("  {}", finding.message)).hang(2));
    let facts = [("  expected ", &finding.expected), ("  found    ", &finding.found)];
    for (name, value) in facts {
        if let Some(value) = value {
            lines.push(PageLine::new(Role::Dim, name).put(Role::Text, value).hang(11));
        }
    }
    if shown == Shown::InList {
        seen(judged, walk, lines);
    }
    let cause = walk.diagnoses.iter().find(|diagnosis| Some(diagnosis.id.as_str()) == judged.cause);
    let (name, said) = match cause {
        Some(diagnosis) if shown == Shown::InList => ("  cause    ", format!("{}, above", diagnosis.id)),
        Some(diagnosis) => ("  fix      ", diagnosis.remedy.as_str().to_owned()),
        None => ("  fix      ", check.doc.fix.to_owned()),
    };
    lines.push(PageLine::new(Role::Dim, name).put(Role::Text, Fragments::Ours(&said)).hang(11));
    for citation in check.cites_in(judged.protocol_version) {
        let line =
            PageLine::new(Role::Dim, "  rule     ").put(Role::Text, Fragments::Ours(&format!("{citation} ")));
        lines.push(line.put(Role::Link, citation.url).hang(11));
    }
}

/// Where a finding was seen.
fn seen(judged: &Judged, walk: &WalkView, lines: &mut Lines) {
    let Some(finding) = judged.finding() else { return };
    let step = walk.step_of(judged);
    let exchange = finding.exchange.and_then(|id| walk.history().get(id)).map(|exchange| {
        let url = walk.redactor.url(&exchange.request.url);
        let status = exchange.status().map(|status| format!("{status} ")).unwrap_or_default();
        format!("{status}{}", path(&url).replace("/.well-known/", "…/"))
    });
    let step = format!("{} {}", step.number(), step.title());
    let at = finding.at.as_ref().map(ToString::to_string);
    let place: Vec<_> = [Some(step), exchange, at].into_iter().flatten().collect();
    lines.push(PageLine::new(Role::Dim, "  seen in  ").put(Role::Text, &place.join(" · ")).hang(11));
}
