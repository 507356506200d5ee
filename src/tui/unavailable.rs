//! Which wishes make no sense right now, and why.

mod replay;

use crate::flow::Outcome;
use crate::specification::Step;
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::selection::{Focus, Tab};
use crate::tui::walk::{Item, Phase};

pub(super) use replay::never;

/// Why a wish makes no sense right now. The key bar leaves such keys out.
pub(super) fn unavailable(model: &Model, action: &Message) -> Option<&'static str> {
    let walk = &model.walk;
    if walk.stored.is_some() {
        let why = replay::unavailable(model, action);
        // A replay can be taken to any step.
        if why.is_some() || *action == Message::RunTo {
            return why;
        }
    }
    match (action, &walk.phase) {
        (Message::Continue, Phase::Walking { .. }) if walk.awaits_person() => {
            Some("the login is yours to finish: in the browser, or v pastes the redirected URL")
        }
        (Message::Continue, Phase::Walking { .. }) => Some("the step is under way; b goes back, q quits"),
        (Message::Continue | Message::RunToEnd, Phase::Finished(Outcome::Reached(_))) => {
            Some("the walk is complete: b goes back, x exports the transcript, q quits")
        }
        (Message::Continue | Message::RunToEnd, Phase::Finished(Outcome::Stuck { .. })) => {
            Some("the walk cannot go on from here: r tries the step again, b goes back")
        }
        (Message::RunToEnd, Phase::Walking { .. }) if walk.login().is_some() => {
            Some("the login has to be finished first")
        }
        (Message::Continue | Message::RunToEnd, Phase::Refused(_)) => {
            Some("a conforming client would stop here: c continues anyway, r retries, b goes back")
        }
        (Message::RunTo, Phase::Waiting(_) | Phase::Starting) if model.selection.step <= walk.at() => {
            Some("select a step that lies ahead, with ↓ or its number; then u walks up to it")
        }
        (Message::RunTo, Phase::Refused(_) | Phase::Finished(_)) => {
            Some("the walk is not going on from here: b goes back, R starts again")
        }
        (Message::RunTo | Message::Edit, Phase::Walking { .. }) => Some("the step is under way; p pauses it"),
        (Message::Overrule, phase) if !matches!(phase, Phase::Refused(_)) => {
            Some("there is nothing to override here")
        }
        (Message::Back, Phase::Starting | Phase::Waiting(Step::Challenge)) => Some("this is the first step"),
        (Message::Retry, Phase::Starting | Phase::Waiting(Step::Challenge)) => {
            Some("nothing was walked yet; Enter walks the first step")
        }
        (Message::Pause, phase) if !matches!(phase, Phase::Walking { .. }) => Some("nothing is under way"),
        (Message::Close, _)
            if model.overlay.is_none()
                && model.search.is_none()
                && (model.tab, model.focus) == (Tab::Exchange, Focus::Steps) =>
        {
            Some("there is nothing to close; q quits")
        }
        (Message::OpenBrowser, _) if !walk.can_open() => {
            Some("there is nothing to open: no login is under way")
        }
        (Message::ReadLoginPage, _) if !walk.awaits_person() => {
            Some("there is no page to read: no login waits for you")
        }
        (Message::AskPaste, _) if walk.login().is_none() => {
            Some("there is nothing to paste: no login is under way")
        }
        (Message::AskPaste, _) if !walk.awaits_person() => Some("gatewalk finishes this login by itself"),
        (Message::Jump, _) if model.tab == Tab::Findings && model.listed().next().is_none() => {
            Some("there are no findings to go to")
        }
        (Message::Jump, _) if model.tab.is_full() && walk.history().is_empty() => {
            Some("nothing sent yet; Esc goes back")
        }
        (Message::Found(_), _) if model.search.is_none() => {
            Some("nothing is searched for; / asks for a text")
        }
        (Message::FilterLevel | Message::FilterParty, _) if walk.findings.is_empty() => {
            Some("there are no findings to choose from")
        }
        (Message::CopyCurl | Message::AloneCurl, _)
            if !matches!(model.item(), Some(Item::Exchange(_) | Item::Sending(_))) =>
        {
            Some("there is no request here; y copies the URL")
        }
        (Message::Exchange(_), _) if walk.history().is_empty() => {
            Some("nothing sent yet; Enter runs the first step")
        }
        (Message::Unknown(_), _) => Some("that key does nothing here; ? shows the keys"),
        _ => None,
    }
}
