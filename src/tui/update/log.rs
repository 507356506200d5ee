//! Writes the log: what the user asked for, what was sent, what came of it.

use crate::exchange::Request;
use crate::flow::Outcome;
use crate::run::{Command, RunEvent};
use crate::tui::model::{Logged, Model};

/// Lines the log keeps.
const LONGEST: usize = 2_000;

fn log(model: &mut Model, by: &'static str, what: String) {
    if model.log.len() >= LONGEST {
        model.log.remove(0);
    }
    model.log.push(Logged { at: model.now, by, what });
    model.revision += 1;
}

/// Logs what the user asks the walk for.
pub(super) fn command(model: &mut Model, command: &Command) {
    let what = match command {
        Command::RunTo(step) => return log(model, "you", format!("walk up to step {}", step.number())),
        Command::Resend(_) => "send a changed request",
        Command::Continue => "walk the next step",
        Command::RunToEnd => "walk to the end",
        Command::Back => "back to the step before",
        Command::Retry => "retry step",
        Command::Overrule => "go on where a conforming client stops",
        Command::Paste(_) => "paste the redirected URL",
        Command::OpenBrowser => "open the browser",
        Command::ReadLoginPage => "read the login page",
        Command::Pause => "pause",
        Command::Probe => "send the probes",
        Command::Stop => "end the walk",
    };
    log(model, "you", what.to_owned());
}

/// Logs what happened in the walk.
pub(super) fn event(model: &mut Model, event: &RunEvent) {
    let redactor = &model.walk.redactor;
    let line = |request: &Request| format!("{} {}", request.method, redactor.url(&request.url));
    let what = match event {
        RunEvent::Started { redirect_uri } => format!("listens on {redirect_uri}"),
        RunEvent::Exchanged(exchange) => {
            let took = exchange.timing.total.as_millis();
            format!("{} → {}, {took} ms", line(&exchange.request), exchange.ended())
        }
        RunEvent::Asked(request) => format!("asks for consent at {}", redactor.url(&request.url)),
        RunEvent::Note(note) => note.clone(),
        RunEvent::CalledBack(callback) => format!("called back at {}", redactor.url(&callback.url)),
        RunEvent::Refused(refusal) => format!("would stop here: {refusal}"),
        RunEvent::Overruled(_) => "goes on all the same".to_owned(),
        RunEvent::Restored(step, _) => format!("is at the start of step {} again", step.number()),
        RunEvent::Finished(Outcome::Reached(step)) => format!("walked to the end of step {}", step.number()),
        RunEvent::Finished(Outcome::Stuck { because, .. }) => format!("cannot go on: {because}"),
        RunEvent::Entered(_)
        | RunEvent::Probing(_)
        | RunEvent::Sending(_)
        | RunEvent::Waiting(_)
        | RunEvent::Prepared(_)
        | RunEvent::Ended { .. } => return,
    };
    log(model, "gatewalk", what);
}
