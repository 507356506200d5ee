//! The negative walks: requests beyond the happy path, sent to see a party refuse.
//!
//! A probe is one request, made of what the walk found: mostly a request of the walk with one thing changed. It states
//! its [`Effect`] on the server and its [`Control`]: what must have been accepted in the same run before a refusal
//! means anything. Nothing is sent here; `run` asks [`Sequence`] for the next request once the walk has reached its end.
//!
//! To add a probe: its name in `exchange/probe.rs`, its line in [`PROBES`], its builder in the file of its theme.

mod authorize;
mod bearer;
mod context;
mod metadata;
mod open;
mod session;
mod table;
mod token;

use crate::exchange::{History, ProbeId, Purpose, Request};
use crate::scenario::{ProbeMode, Probes, Scenario};
use crate::specification::Step;

pub use context::{ProbeContext, Skipped};
pub use table::{PROBES, find};

/// What a probe does to the servers, from harmless to worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Reads what is published, as any client may.
    Reads,
    /// Is refused by a conforming server and leaves nothing behind. It may look odd in a log.
    Harmless,
    /// Leaves something at the authorization server: a client, a grant.
    LeavesState,
    /// Uses up codes and tokens of the run.
    UsesUp,
    /// May harm or alarm a server in production, or show a secret to those who read its logs.
    Alarms,
}

impl Effect {
    /// The words for it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Harmless => "harmless",
            Self::LeavesState => "leaves state",
            Self::UsesUp => "uses up codes or tokens",
            Self::Alarms => "may harm or alarm",
        }
    }

    /// The least mode that sends it.
    pub const fn sent_by(self) -> ProbeMode {
        match self {
            Self::Reads | Self::Harmless => ProbeMode::Safe,
            Self::LeavesState | Self::UsesUp | Self::Alarms => ProbeMode::Full,
        }
    }

    /// Whether it is sent when that much is asked for.
    pub fn is_within(self, mode: ProbeMode) -> bool {
        self.sent_by() <= mode
    }
}

/// What must have been accepted in the same run, so that a refusal means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Nothing: what is asked for is open to everybody.
    Nothing,
    /// The opening request with the token, while the one without was refused with 401.
    Opening,
    /// The list of tools with the token.
    List,
    /// The same authorization request unchanged, which led to a login.
    Authorization,
    /// The token request of the walk, which yielded a token.
    Token,
    /// The registration of the walk.
    Registration,
}

/// One request beyond the happy path.
#[derive(Debug)]
pub struct Probe {
    /// Its name.
    pub id: ProbeId,
    /// The step it belongs to.
    pub step: Step,
    /// What it does to the server.
    pub effect: Effect,
    /// What must have been accepted before.
    pub control: Control,
    /// What is sent, in one sentence.
    pub sends: &'static str,
    build: fn(&ProbeContext<'_>) -> Result<Request, Skipped>,
}

impl Probe {
    /// The request, if the walk found what it is made of.
    pub fn request(&self, scenario: &Scenario, history: &History) -> Result<Request, Skipped> {
        let mut request = (self.build)(&ProbeContext { scenario, history })?;
        request.purpose = Purpose::Probe(self.id);
        request.step = self.step;
        request.round = history.round(history.last_round());
        Ok(request)
    }

    /// Whether it is sent at all in a run that asks for that.
    pub fn is_wanted(&self, probes: &Probes) -> bool {
        self.effect.is_within(probes.extent) || probes.allow.contains(&self.id)
    }
}

/// The probes of a run, in order: one may be made of the response to another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequence(usize);

impl Sequence {
    /// The next request, if there is one.
    pub fn next(&mut self, scenario: &Scenario, history: &History) -> Option<Request> {
        while let Some(probe) = PROBES.get(self.0) {
            self.0 += 1;
            if probe.is_wanted(&scenario.probes)
                && let Ok(request) = probe.request(scenario, history)
            {
                return Some(request);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_every_probe_at_its_place() {
        assert_eq!(PROBES.len(), ProbeId::ALL.len());
        for (probe, id) in PROBES.iter().zip(ProbeId::ALL) {
            assert_eq!(probe.id, *id);
            assert_eq!(ProbeId::from_id(id.id()), Some(*id));
            assert!(probe.sends.ends_with('.') && probe.sends.len() > 20, "{id}");
        }
    }

    #[test]
    fn safe_probes_leave_nothing_and_alarm_nobody() {
        let safe = Probes { extent: ProbeMode::Safe, allow: Vec::new() };
        for probe in PROBES {
            assert_eq!(probe.is_wanted(&safe), probe.effect <= Effect::Harmless, "{}", probe.id);
            assert!(!probe.is_wanted(&Probes::default()), "{}", probe.id);
            let allowed = Probes { extent: ProbeMode::Off, allow: vec![probe.id] };
            assert!(probe.is_wanted(&allowed), "{}", probe.id);
        }
        assert!(PROBES.iter().any(|probe| probe.effect == Effect::Alarms));
    }

    #[test]
    fn t42_what_shows_the_token_comes_last() {
        assert_eq!(PROBES.last().map(|probe| probe.effect), Some(Effect::Alarms));
        let first_negative = PROBES.iter().position(|probe| probe.control == Control::Opening);
        assert!(first_negative.is_some_and(|at| at > 0));
    }
}
