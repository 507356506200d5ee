//! The exchange pane before anything was sent in a step.

use super::why;
use crate::run::Prepared;
use crate::specification::Step;
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::theme::Role;
use crate::tui::walk::{Phase, StepStatus};

/// Nothing was sent in this step.
pub(super) fn nothing(model: &Model, lines: &mut Lines) {
    let step = model.selection.step;
    match (model.walk.standing(step), &model.walk.phase) {
        (StepStatus::Here, Phase::Starting | Phase::Waiting(Step::Challenge))
            if model.walk.stored.is_none() =>
        {
            welcome(model, lines);
        }
        (StepStatus::Here, _) => {
            let does = if model.walk.stored.is_some() { " plays this step." } else { " walks this step." };
            lines.push(PageLine::new(Role::Accent, "Enter").put(Role::Text, does));
            prepared(model, lines);
            lines.gap();
            why::purpose(step, lines);
        }
        (StepStatus::Skipped, _) => {
            lines.say(Role::Text, "Nothing had to be sent in this step.");
            lines.gap();
            why::purpose(step, lines);
        }
        (StepStatus::Stopped, _) => why::purpose(step, lines),
        (StepStatus::Ahead, _) => {
            lines.say(Role::Dim, "This step has not run yet.");
            lines.gap();
            why::purpose(step, lines);
        }
        _ => lines.say(Role::Dim, "Under way…"),
    }
}

fn welcome(model: &Model, lines: &mut Lines) {
    let target = model.walk.redactor.url(&model.walk.scenario.target.url);
    lines.say(Role::Strong, "Nothing sent yet");
    lines.gap();
    lines.push(PageLine::new(Role::Text, "gatewalk walks to ").put(Role::Link, &target));
    lines.say(
        Role::Text,
        "as an MCP client does, in seven steps: each request, each response, what the specification says about it, and who has to change what.",
    );
    lines.gap();
    for (key, does) in
        [("Enter  ", "walks the first step"), ("a  ", "walks to the end"), ("?  ", "shows all keys")]
    {
        lines.push(PageLine::new(Role::Accent, key).put(Role::Text, does));
    }
    if let Some(hint) = &model.given.hint {
        lines.gap();
        lines.say(Role::Dim, hint);
    }
    lines.gap();
    why::purpose(Step::Challenge, lines);
}

/// What the step begins with.
fn prepared(model: &Model, lines: &mut Lines) {
    let (method, url) = match &model.walk.prepared {
        Some(Prepared::Request(request)) => (request.method.as_str(), &request.url),
        Some(Prepared::Authorization(request)) => ("asking for consent at", &request.url),
        None => return,
    };
    let url = model.walk.redactor.url(url);
    lines.push(
        PageLine::new(Role::Text, "It begins with ")
            .put(Role::Strong, Fragments::Theirs(method))
            .put(Role::Text, " ")
            .put(Role::Link, &url)
            .hang(2),
    );
    if model.walk.stored.is_none() {
        lines.push(PageLine::new(Role::Accent, "e").put(Role::Text, " changes that before it is sent."));
    }
}
