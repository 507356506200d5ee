//! What cannot be done where a stored run is shown, and why.

use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::walk::Phase;

/// Why a wish makes no sense in a replay at all. The help leaves such keys out.
pub(in crate::tui) fn never(model: &Model, action: &Message) -> Option<&'static str> {
    let stored = model.walk.stored.as_ref()?;
    match action {
        Message::Retry | Message::Edit => Some("a replay sends nothing; t walks to its target"),
        Message::OpenBrowser | Message::AskPaste | Message::ReadLoginPage => {
            Some("nobody logs in to a replay; t walks to its target")
        }
        Message::Pause => Some("a replay waits for nobody: there is nothing to pause"),
        Message::Overrule => Some("a replay shows what was done, and goes no further; t walks to its target"),
        Message::Probe if model.walk.probes().next().is_none() && !was_probed(model) => {
            Some("no probe was sent in this run, and a replay sends nothing")
        }
        Message::Secrets if !stored.is_revealed() => {
            Some("secrets were not stored: where one was, the file has a placeholder")
        }
        Message::Export if stored.is_revealed() => Some(
            "this file holds secrets (--reveal), and exports must not; gatewalk replay FILE --report keeps them",
        ),
        _ => None,
    }
}

/// Whether probes are there, played or not.
fn was_probed(model: &Model) -> bool {
    let stored = model.walk.stored.as_ref();
    stored.is_some_and(|stored| stored.again.exchanges.iter().any(|entry| entry.probe.is_some()))
}

/// Why a wish makes no sense in a replay right now.
pub(super) fn unavailable(model: &Model, action: &Message) -> Option<&'static str> {
    never(model, action).or(match (action, &model.walk.phase) {
        (Message::Continue | Message::RunToEnd, Phase::Finished(_) | Phase::Refused(_)) => {
            Some("the run ended here: b goes a step back, R to the start, x exports, q quits")
        }
        (Message::Probe, phase)
            if model.walk.probes().next().is_none() && !matches!(phase, Phase::Finished(_)) =>
        {
            Some("the probes come at the end of the run; a plays to it")
        }
        _ => None,
    })
}
