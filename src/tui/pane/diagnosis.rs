//! Why things are wrong: the cause, whom it is to be blamed on, and what to change. On top of everything it explains.

use crate::transcript::{DiagnosisEntry, listed};
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::selection::Tab;
use crate::tui::theme::Role;

/// All causes found so far; where findings of one party are listed, those that are to be blamed on it.
pub(super) fn lines(model: &Model, lines: &mut Lines) {
    let party = model.filter.party.filter(|_| model.tab == Tab::Findings);
    let concerns = |diagnosis: &&DiagnosisEntry| {
        party.is_none_or(|party| diagnosis.party == party || diagnosis.or == Some(party))
    };
    for diagnosis in model.walk.diagnoses.iter().filter(concerns) {
        one(diagnosis, lines);
        lines.push(PageLine::rule(""));
    }
}

/// How many causes there are besides the one of the stop, which is told in full.
pub(super) fn others(model: &Model, lines: &mut Lines) {
    let shown = usize::from(model.walk.stopped_by().is_some());
    let said = match model.walk.diagnoses.len().saturating_sub(shown) {
        0 => return,
        1 => "one more cause is told in Findings".to_owned(),
        count => format!("{count} more causes are told in Findings"),
    };
    lines.push(PageLine::new(Role::Accent, "  F").put(Role::Dim, Fragments::Ours(&format!(" {said}"))));
}

/// A cause in full.
pub(super) fn one(diagnosis: &DiagnosisEntry, lines: &mut Lines) {
    blamed(diagnosis, lines);
    lines.push(PageLine::new(Role::Text, "  ").put(Role::Text, &diagnosis.cause).hang(2));
    change(diagnosis, lines);
}

/// A cause without its sentence, where that was just said.
pub(super) fn remedy(diagnosis: &DiagnosisEntry, lines: &mut Lines) {
    blamed(diagnosis, lines);
    change(diagnosis, lines);
}

/// Whom it is laid to. All but the cause is gatewalk's own text, in which no peer has a say.
fn blamed(diagnosis: &DiagnosisEntry, lines: &mut Lines) {
    let product = diagnosis.product.as_deref().map(|product| format!(" · {product}")).unwrap_or_default();
    let head = PageLine::new(Role::Violation, "▲ ").put(Role::Strong, Fragments::Ours(&diagnosis.blamed()));
    let id = format!("{product}  {}", diagnosis.id);
    lines.push(head.put(Role::Dim, Fragments::Ours(&id)).hang(2));
}

/// What to change, and where that is written.
fn change(diagnosis: &DiagnosisEntry, lines: &mut Lines) {
    let DiagnosisEntry { remedy, explains, url, caveat, .. } = diagnosis;
    let mut row = |name: &'static str, role: Role, text_role: Role, text: &str| {
        lines.push(PageLine::new(role, name).put(text_role, Fragments::Ours(text)).hang(11));
    };
    row("  fix      ", Role::Accent, Role::Strong, remedy);
    if let Some(caveat) = caveat {
        row("  source   ", Role::Dim, Role::Dim, caveat);
    }
    if let Some(url) = url {
        row("  see      ", Role::Dim, Role::Link, url);
    }
    if !explains.is_empty() {
        row("  explains ", Role::Dim, Role::Dim, &listed(explains));
    }
}
