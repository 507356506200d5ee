//! What comes of the clients at the server of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Client, Missing, Reaction, SHAPES, Shape, Sighting};
use crate::check::Evidence;
use crate::exchange::Purpose;
use crate::specification::Step;

/// What comes of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It gets to the session, as far as anything is known that would stop it.
    Connects,
    /// It gets there with less than there is.
    Degraded,
    /// It asks a person for something, and gets there with it.
    Asks,
    /// It is not known.
    Unknown,
    /// It stops.
    Stops,
}

impl Fate {
    /// All of them, the best first.
    pub const ALL: [Self; 5] = [Self::Connects, Self::Degraded, Self::Asks, Self::Unknown, Self::Stops];

    /// The words for it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Connects => "connects",
            Self::Degraded => "connects with less",
            Self::Asks => "asks the user",
            Self::Unknown => "unknown",
            Self::Stops => "stops",
        }
    }
}

impl Reaction {
    /// What it means for the way of a client, and why.
    pub const fn fate(&self) -> (Fate, &'static str) {
        match self {
            Self::Connects => (Fate::Connects, ""),
            Self::WithLess(why) => (Fate::Degraded, why),
            Self::Asks(why) => (Fate::Asks, why),
            Self::Stops(why) => (Fate::Stops, why),
            Self::Unknown(why) => (Fate::Unknown, why),
        }
    }
}

/// A shape that a client meets and does not just pass.
#[derive(Clone, Debug)]
pub struct Encounter {
    /// What it meets.
    pub shape: &'static Shape,
    /// Where that was seen.
    pub sighting: Sighting,
    /// What comes of it.
    pub reaction: Reaction,
}

/// What comes of a client at the server of a run.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The client.
    pub client: &'static Client,
    /// What it meets on the way, in flow order; those behind a stop are what it would meet next.
    pub encounters: Vec<Encounter>,
    /// Where the walk ended before the session, so that nothing is known of what follows.
    pub walk_ended: Option<Step>,
}

impl Prediction {
    /// The encounter that decides: the first stop, else the worst.
    pub fn decisive(&self) -> Option<&Encounter> {
        let fate = |encounter: &Encounter| encounter.reaction.fate().0;
        let worst = self.encounters.iter().map(fate).max()?;
        self.encounters.iter().find(|encounter| fate(encounter) == worst)
    }

    /// What comes of it.
    pub fn fate(&self) -> Fate {
        let met = self.decisive().map_or(Fate::Connects, |encounter| encounter.reaction.fate().0);
        if self.walk_ended.is_some() { met.max(Fate::Unknown) } else { met }
    }
}

/// A shape that could not be looked for.
#[derive(Clone, Debug)]
pub struct OpenQuestion {
    /// The shape.
    pub shape: &'static Shape,
    /// What is missing.
    pub missing: Missing,
    /// The clients that it would stop or hinder.
    pub clients: Vec<&'static Client>,
}

/// What comes of those clients, and what would have to be run to know more.
pub fn predict(evidence: &Evidence<'_>, clients: &[&'static Client]) -> (Vec<Prediction>, Vec<OpenQuestion>) {
    // A client discovers and logs in once: the first round is what it meets.
    let evidence = &evidence.of_round(1);
    let mut predictions: Vec<_> = clients
        .iter()
        .map(|&client| Prediction { client, encounters: Vec::new(), walk_ended: walk_ended(evidence) })
        .collect();
    let mut open = Vec::new();
    for &shape in SHAPES {
        match (shape.seen)(evidence) {
            // What the walk did not come to is told of each client.
            Ok(None) | Err(Missing::Step(_)) => {}
            Ok(Some(sighting)) => {
                for prediction in &mut predictions {
                    let reaction = (shape.meets)(&prediction.client.traits, evidence);
                    if reaction != Reaction::Connects {
                        prediction.encounters.push(Encounter { shape, sighting: sighting.clone(), reaction });
                    }
                }
            }
            Err(missing) => {
                let hinders = |client: &&&'static Client| {
                    matches!(
                        (shape.meets)(&client.traits, evidence),
                        Reaction::Stops(_) | Reaction::WithLess(_) | Reaction::Asks(_)
                    )
                };
                let clients: Vec<_> = clients.iter().filter(hinders).copied().collect();
                if !clients.is_empty() {
                    open.push(OpenQuestion { shape, missing, clients });
                }
            }
        }
    }
    (predictions, open)
}

/// The step in which the walk ended before a session was open; none where it is, or where nobody is asked for a token.
fn walk_ended(evidence: &Evidence<'_>) -> Option<Step> {
    let is_served = evidence.unauthenticated().is_ok_and(|(_, response)| response.is_success());
    if is_served || evidence.opening_result().is_ok() {
        return None;
    }
    let walked = |purpose| !matches!(purpose, Purpose::Probe(_) | Purpose::CleanUp | Purpose::Revocation);
    let last = evidence.history.with_purpose(walked).map(|exchange| exchange.request.step).max();
    let authorized = evidence.authorization().is_ok().then_some(Step::Authorization);
    last.max(authorized).or(Some(Step::Challenge))
}
