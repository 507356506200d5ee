//! What stands below the screen that is gone: how the walk stood, whom it blames, and what is left behind.

use super::text::sanitize;
use super::walk::{Phase, WalkView};
use crate::flow::Outcome;
use crate::specification::Step;
use crate::transcript::{DiagnosisEntry, LeftBehind};

/// How a walk stood; nothing if it never began.
pub(super) fn walked(walk: &WalkView) -> Vec<String> {
    if walk.history().is_empty() {
        return Vec::new();
    }
    let mut lines = vec![verdict(walk)];
    if let Some((first, others)) = walk.diagnoses.split_first() {
        let DiagnosisEntry { cause, remedy, .. } = first;
        let others = match others.len() {
            0 => String::new(),
            1 => " (and one more cause)".to_owned(),
            count => format!(" (and {count} more causes)"),
        };
        lines.push(format!("{}: {}{others}", first.blamed(), shown(walk, cause)));
        lines.push(format!("fix: {}", sanitize(remedy)));
    }
    lines
}

fn verdict(walk: &WalkView) -> String {
    let url = walk.redactor.url(&walk.scenario.target.url);
    let url = sanitize(&url);
    let (done, all) = (walk.steps_done(), Step::ALL.len());
    let stopped = match &walk.phase {
        Phase::Refused(refusal) => {
            format!(", a client stops in {}: {}", refusal.step().title(), shown(walk, &refusal.to_string()))
        }
        Phase::Finished(Outcome::Stuck { awaiting, because }) => {
            format!(", stopped in {}: {}", awaiting.title(), shown(walk, &because.to_string()))
        }
        _ => String::new(),
    };
    format!("{url}: {done} of {all} steps, {}{stopped}", walk.counts.findings())
}

/// Which clients could not be removed.
pub(super) fn left_behind(clients: &[LeftBehind]) -> impl Iterator<Item = String> {
    clients.iter().map(|LeftBehind { issuer, client_id, .. }| {
        let (issuer, client_id) = (sanitize(issuer), sanitize(client_id));
        format!("left behind: the client {client_id} stays registered at {issuer}")
    })
}

/// What others have a say in.
fn shown(walk: &WalkView, text: &str) -> String {
    sanitize(&walk.redactor.masked(text).unwrap_or_else(|| text.to_owned())).into_owned()
}
