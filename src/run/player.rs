//! Plays a recorded run: the events of a walk again, in response to the same commands, with nothing sent.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Command, Prepared, RunEvent};
use crate::exchange::{ExchangeId, History, Purpose, Request};
use crate::flow::{Outcome, Refusal, StuckReason};
use crate::specification::Step;
use crate::transcript::{Ending, Record};

/// What happened in a step, from its start until the run went to another one. A run may come to a step more than once.
#[derive(Clone, Debug)]
struct ReplayStep {
    step: Step,
    events: Vec<RunEvent>,
}

/// A recorded run and how far it is played: always to the start of a leg, or to the end.
#[derive(Clone, Debug)]
pub struct Player {
    legs: Vec<ReplayStep>,
    played: usize,
    end: RunEvent,
}

impl Player {
    /// A player at the start of a run.
    pub fn new(record: &Record) -> Self {
        let mut legs: Vec<ReplayStep> = Vec::new();
        for (step, event) in events(&record.history) {
            match legs.last_mut() {
                Some(leg) if leg.step == step => leg.events.push(event),
                _ => legs.push(ReplayStep { step, events: vec![event] }),
            }
        }
        let mut passed =
            record.refusals.iter().filter(|(_, overruled)| *overruled).map(|(refusal, _)| refusal);
        let mut next = passed.next();
        for leg in &mut legs {
            while let Some(refusal) = next.filter(|refusal| refusal.step() == leg.step) {
                leg.events.push(RunEvent::Refused(refusal.clone()));
                leg.events.push(RunEvent::Overruled(refusal.clone()));
                next = passed.next();
            }
        }
        Self { legs, played: 0, end: end(&record.ending) }
    }

    /// What there is to be told before the first command.
    pub fn begin(&self) -> Vec<RunEvent> {
        self.pause()
    }

    /// What a command leads to. Those that would have to send something lead to nothing.
    pub fn respond(&mut self, command: &Command) -> Vec<RunEvent> {
        match command {
            Command::Continue => self.play(self.played + 1),
            Command::RunToEnd => self.play(self.legs.len()),
            Command::RunTo(step) => match self.find(*step) {
                at if at > self.played => self.play(at),
                at => self.rewind(at),
            },
            Command::Back => self.rewind(self.played.saturating_sub(1)),
            Command::Retry
            | Command::Resend(_)
            | Command::Overrule
            | Command::Paste(_)
            | Command::OpenBrowser
            | Command::ReadLoginPage
            | Command::Pause
            | Command::Probe
            | Command::Stop => Vec::new(),
        }
    }

    /// The leg that begins that step, the next one if there are several; that of the first step after it if it was
    /// left out.
    fn find(&self, step: Step) -> usize {
        let mut legs = self.legs.iter().enumerate();
        let ahead = legs.clone().skip(self.played).find(|(_, leg)| leg.step == step);
        let found = ahead.or_else(|| legs.clone().find(|(_, leg)| leg.step == step));
        found.or_else(|| legs.find(|(_, leg)| leg.step > step)).map_or(self.legs.len(), |(at, _)| at)
    }

    /// Plays up to a leg.
    fn play(&mut self, to: usize) -> Vec<RunEvent> {
        let mut events = Vec::new();
        let to = to.min(self.legs.len());
        for leg in self.legs.get(self.played..to).unwrap_or_default() {
            events.push(RunEvent::Entered(leg.step));
            events.extend(leg.events.iter().cloned());
        }
        self.played = to;
        events.extend(self.pause());
        events
    }

    /// Goes back to the start of a leg.
    fn rewind(&mut self, to: usize) -> Vec<RunEvent> {
        let Some(step) = self.legs.get(to).map(|leg| leg.step) else { return Vec::new() };
        self.played = to;
        let mut history = History::default();
        for event in self.legs.iter().take(to).flat_map(|leg| &leg.events) {
            match event {
                RunEvent::Asked(request) => history.push_authorization(request.clone()),
                RunEvent::CalledBack(callback) => history.push_callback(Arc::clone(callback)),
                RunEvent::Exchanged(exchange) => history.push(Arc::clone(exchange)),
                _ => {}
            }
        }
        let mut events = vec![RunEvent::Restored(step, history)];
        events.extend(self.pause());
        events
    }

    /// What is told between two legs: what comes next, or how the run ended.
    fn pause(&self) -> Vec<RunEvent> {
        let Some(leg) = self.legs.get(self.played) else { return vec![self.end.clone()] };
        let prepared = match leg.events.first() {
            Some(RunEvent::Exchanged(exchange)) => {
                Some(Prepared::Request(Arc::new(exchange.request.clone())))
            }
            Some(RunEvent::Asked(request)) => Some(Prepared::Authorization(request.clone())),
            _ => None,
        };
        std::iter::once(RunEvent::Waiting(leg.step)).chain(prepared.map(RunEvent::Prepared)).collect()
    }
}

/// Plays until it is stopped or its commands end.
pub async fn play(
    mut player: Player,
    mut commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<RunEvent>,
) {
    while let Some(command) = commands.recv().await {
        if command == Command::Stop {
            break;
        }
        for event in player.respond(&command) {
            // A face that no longer listens has also dropped its commands.
            let _ = events.send(event);
        }
    }
    let _ = events.send(RunEvent::Ended { left_behind: Vec::new(), known_clients: Vec::new() });
}

/// What happened, in order, each with the step it is played in.
fn events(history: &History) -> Vec<(Step, RunEvent)> {
    let exchanges = history.exchanges().map(|exchange| {
        let Request { step, purpose, .. } = exchange.request;
        (exchange.id, (!is_out_of_band(purpose)).then_some(step), RunEvent::Exchanged(Arc::clone(exchange)))
    });
    let callbacks = history
        .callbacks()
        .map(|callback| (callback.id, Some(Step::Authorization), RunEvent::CalledBack(Arc::clone(callback))));
    let mut numbered: Vec<(ExchangeId, Option<Step>, RunEvent)> = exchanges.chain(callbacks).collect();
    numbered.sort_by_key(|(id, ..)| *id);
    // An authorization request has no number: it is the first of what belongs to a login.
    let mut asked = history.authorizations().cloned().map(RunEvent::Asked);
    let mut is_asked = false;
    let mut at = Step::Challenge;
    let mut events = Vec::new();
    for (_, step, event) in numbered {
        at = step.unwrap_or(at);
        let consents = step == Some(Step::Authorization);
        if consents && !is_asked {
            events.extend(asked.next().map(|asked| (at, asked)));
        }
        is_asked = consents && !matches!(event, RunEvent::CalledBack(_));
        events.push((at, event));
    }
    events.extend(asked.map(|asked| (Step::Authorization, asked)));
    events
}

/// Whether a request is made beside the walk: it belongs to a step that was walked before.
const fn is_out_of_band(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Probe(_) | Purpose::Refresh | Purpose::Revocation | Purpose::CleanUp)
}

/// How a run ended, as the event of a walk.
fn end(ending: &Ending) -> RunEvent {
    let refused = |refusal: &Refusal| RunEvent::Refused(refusal.clone());
    match ending {
        Ending::Finished(outcome) => RunEvent::Finished(outcome.clone()),
        Ending::Refused(refusal) => refused(refusal),
        Ending::Interrupted(step) => {
            RunEvent::Finished(Outcome::Stuck { awaiting: *step, because: StuckReason::Interrupted })
        }
    }
}

#[cfg(test)]
mod tests;
