//! What is asked once before it is done: what would lose something that was not exported, and what sends the probes.

use std::collections::BTreeSet;

use crate::document::identifier::Identifier;
use crate::exchange::Purpose;
use crate::probe::PROBES;
use crate::scenario::{Place, ProbeMode};
use crate::specification::Step;
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::overlay::{Overlay, Question};
use crate::tui::walk::WalkView;

/// What is asked about a wish; nothing if its user was just asked about it.
pub(super) fn question(model: &Model, action: &Message) -> Option<Question> {
    let walk = &model.walk;
    if matches!(&model.overlay, Some(Overlay::Asking { action: asked, .. }) if asked == action) {
        return None;
    }
    if *action == Message::Probe && walk.can_probe() {
        return Some(Question::Sends(probes(walk)));
    }
    let is_sandbox = matches!(model.given.draft.place, Some(Place::Sandbox { .. }));
    if walk.is_unsaved() { lost(walk, is_sandbox, action).map(Question::Loses) } else { None }
}

/// How many probes go to which hosts.
fn probes(walk: &WalkView) -> String {
    let wanted = PROBES.iter().filter(|probe| probe.effect.is_within(ProbeMode::Safe));
    let requests = wanted.filter_map(|probe| probe.request(&walk.scenario, walk.history()).ok());
    let urls: Vec<_> = requests.map(|request| request.url).collect();
    let host = |url: &String| {
        let origin = Identifier::parse(url)?.origin.split_once("://")?.1.to_owned();
        Some(origin)
    };
    let hosts: BTreeSet<_> = urls.iter().filter_map(host).collect();
    let hosts: Vec<_> = hosts.into_iter().collect();
    let requests = match urls.len() {
        1 => "One request goes".to_owned(),
        count => format!("About {count} requests go"),
    };
    format!(
        "{requests} to {}: without a token, with wrong ones, from another site. Each is harmless, but together they look like an attack to whoever watches.",
        hosts.join(" and ")
    )
}

/// What the wish would lose.
fn lost(walk: &WalkView, is_sandbox: bool, action: &Message) -> Option<String> {
    match action {
        // Of a sandbox run without findings nothing is worth keeping.
        Message::Leave | Message::Restart if is_sandbox && walk.findings.is_empty() => None,
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
        Message::Back if walk.login().is_some() => None,
        Message::Back => is_costly(walk, before(walk.at())),
        Message::Retry => is_costly(walk, walk.retried()),
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
