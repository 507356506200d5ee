//! Real clients by steps: who gets in, where the others stop, what to change, and what was not looked at.

use crate::client::Fate;
use crate::transcript::{ClientChange, ClientEntry, ClientQuestion, ClientTable, StepFate, listed};
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::theme::Role;

/// Columns of a client's name.
const NAME: usize = 26;
/// Columns of the steps.
const STEPS: usize = 16;

/// The lines of the tab. All of it is gatewalk's own text: clients, shapes and remedies.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let ClientTable { entries, changes, questions } = &model.walk.clients;
    if model.walk.history().is_empty() {
        lines.say(
            Role::Text,
            "Nothing was sent yet. ⏎ walks the first step; what comes of clients shows up here.",
        );
        return lines.into_vec();
    }
    let heads = format!("{:NAME$}1 2 3 4 5 6 7", "");
    lines.push(PageLine::new(Role::Dim, Fragments::Ours(&heads)));
    for entry in entries {
        client(entry, &mut lines);
    }
    for (number, change) in changes.iter().enumerate() {
        if number == 0 {
            lines.gap();
            lines.say(Role::Strong, "So that nothing stops any of them");
        }
        one_change(change, &mut lines);
    }
    for (number, question) in questions.iter().enumerate() {
        if number == 0 {
            lines.gap();
            lines.say(Role::Strong, "Not looked at, and of weight for some of them");
        }
        one_question(question, &mut lines);
    }
    lines.into_vec()
}

const fn symbol(fate: StepFate) -> (Role, &'static str) {
    match fate {
        StepFate::Met(Fate::Connects) => (Role::Good, "✓ "),
        StepFate::Met(Fate::Degraded) => (Role::Warning, "~ "),
        StepFate::Met(Fate::Asks) => (Role::Warning, "⏎ "),
        StepFate::Met(Fate::Unknown) => (Role::Dim, "? "),
        StepFate::Met(Fate::Stops) => (Role::Violation, "✗ "),
        StepFate::NotReached => (Role::Dim, "· "),
    }
}

fn client(entry: &ClientEntry, lines: &mut Lines) {
    let name = format!("{} {}", entry.client, entry.version);
    let name: String = name.trim_end().chars().take(NAME - 1).collect();
    let mut line = PageLine::new(Role::Text, Fragments::Ours(&format!("{name:NAME$}")));
    for (_, fate) in entry.steps() {
        let (role, picture) = symbol(fate);
        line = line.put(role, picture);
    }
    let (role, _) = symbol(StepFate::Met(entry.verdict));
    let because = entry.because.as_ref().map(|because| format!(": {because}")).unwrap_or_default();
    let shape = entry.evidence().map(|evidence| format!("  {evidence}")).unwrap_or_default();
    line = line
        .put(role, Fragments::Ours(&format!("  {}", entry.verdict.title())))
        .put(Role::Text, Fragments::Ours(&because))
        .put(Role::Dim, Fragments::Ours(&shape));
    lines.push(line.hang(NAME + STEPS));
}

fn one_change(change: &ClientChange, lines: &mut Lines) {
    let party = format!("  {}: ", change.party);
    lines.push(
        PageLine::new(Role::Accent, Fragments::Ours(&party))
            .put(Role::Text, Fragments::Ours(&change.change))
            .hang(4),
    );
    let passes = format!("    lets pass {} · {}", listed(&change.clients), listed(&change.shapes));
    lines.push(PageLine::new(Role::Dim, Fragments::Ours(&passes)).hang(4));
}

fn one_question(question: &ClientQuestion, lines: &mut Lines) {
    let ClientQuestion { shapes, run, clients } = question;
    lines.push(PageLine::new(Role::Text, Fragments::Ours(&format!("  {}", listed(shapes)))).hang(4));
    let said = format!("    for {} · run {run}", listed(clients));
    lines.push(PageLine::new(Role::Dim, Fragments::Ours(&said)).hang(4));
}
