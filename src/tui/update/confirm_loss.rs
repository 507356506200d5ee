//! What a wish would lose that was not exported, so that its user is asked once.

use crate::exchange::Purpose;
use crate::specification::Step;
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::overlay::Overlay;
use crate::tui::walk::{Phase, WalkView};

/// What the wish would lose; nothing if its user was just asked about it.
pub(super) fn lost(model: &Model, action: &Message) -> Option<String> {
    let walk = &model.walk;
    if matches!(&model.overlay, Some(Overlay::Asking { action: asked, .. }) if asked == action)
        || !walk.is_unsaved()
    {
        return None;
    }
    match action {
        Message::Leave | Message::Restart => {
            let responses = match walk.history().exchanges().len() {
                1 => "one exchange".to_owned(),
                count => format!("{count} exchanges"),
            };
            let findings = match walk.findings.len() {
                0 => String::new(),
                _ => format!(", {}", walk.counts.findings()),
            };
            Some(format!("The walk was not exported: {responses}{findings}."))
        }
        Message::Back => is_costly(walk, before(walk.at())),
        Message::Retry if matches!(walk.phase, Phase::Waiting(_)) => is_costly(walk, before(walk.at())),
        Message::Retry => is_costly(walk, walk.at()),
        _ => None,
    }
}

/// The question is answered by the wish itself.
pub(super) fn close_question(model: &mut Model, action: &Message) {
    model
        .overlay
        .take_if(|overlay| matches!(overlay, Overlay::Asking { action: asked, .. } if asked == action));
}

/// The step before; the first has none.
fn before(step: Step) -> Step {
    step.previous().unwrap_or(step)
}

/// What is lost at the start of a step and does not come back by walking on: a person's login, and probes.
fn is_costly(walk: &WalkView, to: Step) -> Option<String> {
    let granted = walk
        .history()
        .of_step(Step::Token)
        .any(|exchange| exchange.request.purpose == Purpose::Token && exchange.status() == Some(200));
    // At the token step the code is used up as soon as a token was given for it.
    let login = walk.has_login_of_person() && (to <= Step::Authorization || to == Step::Token && granted);
    let probes = walk.probes().count();
    let login = login.then(|| "your login".to_owned());
    let probes = match probes {
        0 => None,
        1 => Some("the response to one probe".to_owned()),
        count => Some(format!("the responses to {count} probes")),
    };
    let lost: Vec<_> = login.into_iter().chain(probes).collect();
    (!lost.is_empty()).then(|| {
        format!(
            "Step {} starts again, and {} will be gone. The walk was not exported.",
            to.number(),
            lost.join(" and ")
        )
    })
}
