//! How the run stands: who was reached, what passed and failed by party, the causes, and what to do next.

use super::{diagnosis, symbol};
use crate::check::Judged;
use crate::flow::Outcome;
use crate::specification::{Level, Step};
use crate::transcript::{Counts, Undecided};
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::theme::Role;
use crate::tui::walk::{Phase, WalkView};

/// The lines of the page.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let walk = &model.walk;
    headline(walk, &mut lines);
    reached(walk, &mut lines);
    if walk.history().is_empty() {
        lines.gap();
        lines.push(PageLine::new(Role::Accent, "a").put(Role::Text, " walks to the end"));
        return lines.into_vec();
    }
    lines.gap();
    parties(walk, &mut lines);
    lines.gap();
    causes(walk, &mut lines);
    unexplained(walk, &mut lines);
    next(model, &mut lines);
    lines.into_vec()
}

/// How it stands, in a line.
fn headline(walk: &WalkView, lines: &mut Lines) {
    let steps = format!("{} of {} steps", walk.steps_done(), Step::ALL.len());
    let (role, mark, said) = match &walk.phase {
        Phase::Finished(Outcome::Reached(Step::Session)) => match walk.counts {
            Counts { violations: 0, warnings: 0, .. } => (Role::Good, "✓ ", connected(walk)),
            Counts { violations: 0, .. } => {
                (Role::Warning, "! ", format!("{}, with warnings", connected(walk)))
            }
            _ => {
                (Role::Violation, "✗ ", "Connected, but not conformant: stricter clients may fail".to_owned())
            }
        },
        Phase::Finished(Outcome::Reached(step)) => {
            (Role::Good, "✓ ", format!("Walked to step {}, as asked", step.number()))
        }
        Phase::Finished(Outcome::Stuck { awaiting, because }) => {
            (Role::Violation, "✗ ", format!("Stopped at step {}: {because}", awaiting.number()))
        }
        Phase::Refused(refusal) => (
            Role::Violation,
            "✗ ",
            format!(
                "A conforming client would stop at step {}: {}",
                refusal.step().number(),
                refusal.kind.what()
            ),
        ),
        Phase::Starting => (Role::Dim, "  ", "Nothing sent yet".to_owned()),
        Phase::Waiting(_) | Phase::Walking { .. } => (Role::Accent, "▸ ", format!("Under way: {steps}")),
    };
    lines.push(
        PageLine::new(role, mark)
            .put(Role::Strong, &said)
            .put(Role::Dim, Fragments::Ours(&format!("  {steps}")))
            .hang(2),
    );
}

/// What is to be said of a walk that got through and broke no MUST: whether all of them were decided.
fn connected(walk: &WalkView) -> String {
    match Undecided::count(&walk.undecided) {
        0 => "Connected and conforming".to_owned(),
        1 => "Connected; no violation found, one MUST not decided".to_owned(),
        open => format!("Connected; no violation found, {open} MUSTs not decided"),
    }
}

/// Who was reached, as what, with which token.
fn reached(walk: &WalkView, lines: &mut Lines) {
    let known = &walk.known;
    let target = walk.redactor.url(&walk.scenario.target.url);
    let value = |fact: &Option<crate::tui::known::Fact>| fact.as_ref().map(|fact| fact.value.clone());
    let token = value(&known.audience).map(|audience| match value(&known.expires) {
        Some(lasts) => format!("for {audience}, lasts {lasts}"),
        None => format!("for {audience}"),
    });
    let rows = [
        (
            "server",
            value(&known.server).map(|server| format!("{server}, at {target}")).or(Some(target.clone())),
        ),
        ("issuer", value(&known.issuer)),
        ("client", value(&known.client_id)),
        ("token", token),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            let name = format!("  {name:<9}");
            lines.push(PageLine::new(Role::Dim, Fragments::Ours(&name)).put(Role::Text, &value).hang(11));
        }
    }
}

/// A row a party: what passed, what failed at which level, what is undecided.
fn parties(walk: &WalkView, lines: &mut Lines) {
    let head =
        format!("  {:<22}{:>7}{:>7}{:>8}{:>7}{:>11}", "", "passed", "MUST", "SHOULD", "note", "undecided");
    lines.push(PageLine::new(Role::Dim, Fragments::Ours(&head)));
    for (party, counts) in &walk.parties {
        let title = format!("  {:<22}", party.title());
        let number = |count: usize| if count == 0 { "–".to_owned() } else { count.to_string() };
        let role = |count: usize, role: Role| if count == 0 { Role::Dim } else { role };
        let mut line = PageLine::new(Role::Text, Fragments::Ours(&title))
            .put(Role::Text, Fragments::Ours(&format!("{:>7}", number(counts.pass))));
        for (count, width, level) in [
            (counts.violations, 7, Level::Must),
            (counts.warnings, 8, Level::Should),
            (counts.notes, 7, Level::May),
        ] {
            let text = match count {
                0 => "–".to_owned(),
                count => format!("{} {count}", symbol(level)),
            };
            line = line.put(role(count, level.into()), Fragments::Ours(&format!("{text:>width$}")));
        }
        // Those whose probe was not sent are open, too.
        let open = counts.untestable + counts.inconclusive;
        line = line.put(role(open, Role::Text), Fragments::Ours(&format!("{:>11}", number(open))));
        lines.push(line);
    }
}

/// The causes, that of the stop first.
fn causes(walk: &WalkView, lines: &mut Lines) {
    let first = walk.stopped_by();
    let others = walk.diagnoses.iter().filter(|entry| first.is_none_or(|first| first.id != entry.id));
    for entry in first.into_iter().chain(others) {
        diagnosis::one(entry, lines);
        lines.gap();
    }
}

/// The findings no cause explains, each in a row that leads to its exchange.
fn unexplained(walk: &WalkView, lines: &mut Lines) {
    for (row, judged) in listed(walk).enumerate() {
        let Some(finding) = judged.finding() else { continue };
        lines.item(Some(row));
        let mark = format!("{} ", symbol(judged.level));
        let line = PageLine::new(judged.level.into(), Fragments::Ours(&mark))
            .put(Role::Strong, judged.check.id)
            .put(Role::Dim, Fragments::Ours(&format!("  {}  ", judged.party)))
            .put(Role::Text, &finding.message);
        lines.push(line.hang(2));
        if judged.level > Level::May {
            let fix = PageLine::new(Role::Accent, "  fix      ");
            lines.push(fix.put(Role::Text, Fragments::Ours(judged.check.doc.fix)).hang(11));
        }
        lines.item(None);
    }
    if listed(walk).next().is_some() {
        lines.gap();
    }
}

fn listed(walk: &WalkView) -> impl Iterator<Item = &Judged> {
    walk.findings.iter().filter(|judged| judged.cause.is_none())
}

/// The place among all findings of the one in a row.
pub(in crate::tui) fn finding_at(walk: &WalkView, row: usize) -> Option<&Judged> {
    listed(walk).nth(row)
}

/// What to do next.
fn next(model: &Model, lines: &mut Lines) {
    let walk = &model.walk;
    let mut keys = Vec::new();
    if !walk.findings.is_empty() {
        keys.push(("F", "findings in full, what is not decided, what passed".to_owned()));
    } else if !walk.passed.is_empty() {
        keys.push(("F", "what passed, and what is not decided".to_owned()));
    }
    if walk.can_probe() {
        keys.push(("A", "probes: does it refuse what it has to?".to_owned()));
    }
    if !walk.history().is_empty() {
        keys.push(("x", "export transcript or report".to_owned()));
    }
    match &walk.phase {
        Phase::Refused(_) if walk.stored.is_none() => keys.push(("c", "continue anyway".to_owned())),
        Phase::Finished(_) if walk.stored.is_none() => keys.push(("R", "run again, after a fix".to_owned())),
        _ => {}
    }
    keys.push(("t", "another target".to_owned()));
    for (key, does) in keys {
        lines.push(PageLine::new(Role::Accent, key).put(Role::Text, Fragments::Ours(&format!("  {does}"))));
    }
}
