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

fn one(diagnosis: &DiagnosisEntry, lines: &mut Lines) {
    let DiagnosisEntry { id, cause, remedy, explains, product, url, caveat, party: _, or: _ } = diagnosis;
    // All but the cause is gatewalk's own text, in which no peer has a say.
    let product = product.as_deref().map(|product| format!(" · {product}")).unwrap_or_default();
    let head = PageLine::new(Role::Violation, "▲ ").put(Role::Strong, Fragments::Ours(&diagnosis.blamed()));
    lines.push(head.put(Role::Dim, Fragments::Ours(&format!("{product}  {id}"))).hang(2));
    lines.push(PageLine::new(Role::Text, "  ").put(Role::Text, cause).hang(2));
    lines
        .push(PageLine::new(Role::Accent, "  change   ").put(Role::Strong, Fragments::Ours(remedy)).hang(11));
    if let Some(caveat) = caveat {
        lines.push(PageLine::new(Role::Dim, "  source   ").put(Role::Dim, Fragments::Ours(caveat)).hang(11));
    }
    if let Some(url) = url {
        lines.push(PageLine::new(Role::Dim, "  see      ").put(Role::Link, Fragments::Ours(url)).hang(11));
    }
    if !explains.is_empty() {
        let explains = listed(explains);
        lines.push(
            PageLine::new(Role::Dim, "  explains ").put(Role::Dim, Fragments::Ours(&explains)).hang(11),
        );
    }
}
