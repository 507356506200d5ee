//! What was sent beyond the happy path, by what came of it: a finding, nothing that decides, what was due; and what was
//! not sent, with the reason.

use super::requests::outcome;
use super::symbol;
use crate::check::{Untestable, Verdict};
use crate::exchange::ProbeId;
use crate::flow::Outcome;
use crate::probe::{self, Effect, PROBES, Skipped};
use crate::scenario::ProbeMode;
use crate::specification::{Level, Step};
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::theme::Role;
use crate::tui::walk::{Item, Phase, WalkView};

/// Columns of a probe's name.
const NAME: usize = 30;
/// Columns before it.
const LEFT: usize = 11;

/// What came of a probe, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    /// It is on its way.
    Nothing,
    /// A rule is broken.
    Finding,
    /// It was answered, and the response decides nothing.
    Undecided,
    /// A rule is kept.
    Due,
    /// No rule is about it: others are compared with it, or the rule does not apply.
    Beside,
}

impl Came {
    const fn title(self) -> &'static str {
        match self {
            Self::Nothing => "On its way",
            Self::Finding => "Failed",
            Self::Undecided => "Could not be judged",
            Self::Due => "Passed",
            Self::Beside => "Not judged by itself",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Finding => "served where it has to be refused, or answered otherwise than a rule says",
            Self::Undecided => "neither served nor refused for the reason in question",
            Self::Due => "refused where it has to be, or answered as a rule says",
            Self::Beside => "others are compared with it, or the rule does not apply here",
        }
    }

    const fn mark(self, worst: Option<Level>) -> &'static str {
        match (self, worst) {
            (Self::Finding, Some(level)) => symbol(level),
            (Self::Undecided, _) => "?",
            (Self::Due, _) => "✓",
            _ => "·",
        }
    }
}

/// A probe that was sent.
struct Row {
    came: Came,
    place: (Step, usize),
    item: Item,
    id: ProbeId,
    worst: Option<Level>,
    /// The check that says so, and what it says.
    because: Option<(&'static str, String)>,
}

impl Row {
    fn new(walk: &WalkView, place: (Step, usize), item: Item) -> Option<Self> {
        let id = item.probe()?;
        let worst = walk.findings_at(&item).max_by_key(|judged| judged.level);
        let by = || walk.probed.iter().filter(|judged| judged.probes.contains(&id));
        let open = by().find_map(|judged| match &judged.verdict {
            Verdict::Inconclusive(reason) | Verdict::Untestable(Untestable::Missing(reason)) => {
                Some((judged.check.id, reason.because.clone()))
            }
            _ => None,
        });
        let found = worst.and_then(|judged| Some((judged.check.id, judged.finding()?.message.clone())));
        let is_due = by().any(|judged| judged.verdict == Verdict::Pass);
        let (came, because) = match (found, open) {
            _ if matches!(item, Item::Sending(_)) => (Came::Nothing, None),
            (Some(found), _) => (Came::Finding, Some(found)),
            (None, Some(open)) => (Came::Undecided, Some(open)),
            (None, None) if is_due => (Came::Due, None),
            (None, None) => (Came::Beside, None),
        };
        let worst = worst.map(|judged| judged.level);
        Some(Self { came, place, item, id, worst, because })
    }

    fn push(&self, model: &Model, lines: &mut Lines) {
        let role = match (self.came, self.worst) {
            (Came::Finding, Some(level)) => Role::from(level),
            (Came::Undecided, _) => Role::Note,
            (Came::Due, _) => Role::Good,
            _ => Role::Dim,
        };
        let (status, status_role) = outcome(model, &self.item);
        let (mark, name) = (self.came.mark(self.worst), self.id.id());
        lines.push(
            PageLine::new(role, " ")
                .put(role, mark)
                .put(status_role, Fragments::Ours(&format!(" {status:<7} ")))
                .put(Role::Text, Fragments::Ours(&format!("{name:<NAME$} ")))
                .remark(Role::Dim, probe::find(self.id).sends)
                .hang(LEFT),
        );
        if let Some((check, because)) = &self.because {
            let because = PageLine::new(role, "           ← ").put(role, because);
            lines.push(because.remark(Role::Dim, "  ").put(Role::Dim, *check).hang(LEFT + 2));
        }
    }
}

/// The probes that were sent, in the order of the page.
fn rows(walk: &WalkView) -> Vec<Row> {
    let mut rows: Vec<_> = walk.probes().filter_map(|(place, item)| Row::new(walk, place, item)).collect();
    rows.sort_by_key(|row| (row.came, row.place));
    rows
}

/// The place of a row in the walk.
pub(in crate::tui) fn place(walk: &WalkView, row: usize) -> Option<(Step, usize)> {
    rows(walk).get(row).map(|row| row.place)
}

/// The lines of the tab.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let rows = rows(&model.walk);
    if rows.is_empty() {
        how_to(model, &mut lines);
    }
    let mut at = 0;
    for group in rows.chunk_by(|a, b| a.came == b.came) {
        let Some(came) = group.first().map(|row| row.came) else { continue };
        heading(came.title(), group.len(), came.about(), &mut lines);
        for row in group {
            lines.item(Some(at));
            row.push(model, &mut lines);
            lines.item(None);
            at += 1;
        }
        lines.gap();
    }
    if !rows.is_empty() {
        unsent(&model.walk, &mut lines);
    }
    lines.into_vec()
}

fn heading(title: &'static str, count: usize, about: &'static str, lines: &mut Lines) {
    let line = PageLine::new(Role::Strong, title).put(Role::Strong, Fragments::Ours(&format!(" {count}")));
    lines.push(line.remark(Role::Dim, "  ").put(Role::Dim, about).hang(2));
}

/// What was not sent, and why.
fn unsent(walk: &WalkView, lines: &mut Lines) {
    if !matches!(walk.phase, Phase::Finished(Outcome::Reached(_))) {
        return;
    }
    let history = walk.history();
    let missing: Vec<_> = PROBES.iter().filter(|probe| history.probe(probe.id).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    heading("Not sent", missing.len(), "", lines);
    for probe in missing {
        let because = match probe.request(&walk.scenario, history) {
            Err(Skipped::NotApplicable(because) | Skipped::Untestable(because)) => because,
            Ok(_) if probe.is_wanted(&walk.scenario.probes) => "the run ended before".to_owned(),
            Ok(_) => format!("it {}, or --allow {}", does(probe.effect), probe.id),
        };
        let name = probe.id.id();
        let line = PageLine::new(Role::Dim, " –         ")
            .put(Role::Dim, Fragments::Ours(&format!("{name:<NAME$} ")));
        lines.push(line.remark(Role::Dim, &because).hang(LEFT));
    }
}

/// What a probe of that effect does, after "it", and what sends it.
const fn does(effect: Effect) -> &'static str {
    match effect {
        Effect::Reads | Effect::Harmless => "is harmless: --probes safe sends it",
        Effect::LeavesState => "leaves something at the server: --probes full sends it",
        Effect::UsesUp => "uses up codes or tokens: --probes full sends it",
        Effect::Alarms => "may harm or alarm: --probes full sends it",
    }
}

/// No probe was sent: what they are, and how they are.
fn how_to(model: &Model, lines: &mut Lines) {
    lines.say(Role::Strong, "No probe was sent yet.");
    lines.gap();
    lines.say(
        Role::Text,
        "The walk asks as a client asks that knows what to do. Probes ask otherwise: without a token, with a wrong one, from another site, for another resource. Who answers those like the others protects nothing.",
    );
    lines.gap();
    let is_complete = matches!(model.walk.phase, Phase::Finished(Outcome::Reached(_)));
    let first = if is_complete { " sends" } else { ", once the walk is complete, sends" };
    let counted = |extent: ProbeMode| PROBES.iter().filter(|probe| probe.effect.is_within(extent)).count();
    let (safe, full) = (counted(ProbeMode::Safe), counted(ProbeMode::Full));
    let harmless = format!(" those that are harmless, {safe} of {full} at most.");
    lines.push(
        PageLine::new(Role::Accent, "A").put(Role::Text, first).put(Role::Text, Fragments::Ours(&harmless)),
    );
    if !is_complete {
        lines.push(PageLine::new(Role::Accent, "a").put(Role::Text, " walks to the end."));
    }
    lines.gap();
    lines.say(
        Role::Dim,
        "Others use up codes and tokens, leave clients behind or alarm somebody: --probes full sends them too, --allow NAME a single one; in a scenario file probes.run and probes.allow. gatewalk explain --probes lists all.",
    );
}
