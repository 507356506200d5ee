//! What comes of real clients at the server of a run, and what to change so that each of them connects.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::redact::Redactor;
use super::{DiagnosisEntry, PeerText};
use crate::check::Evidence;
use crate::client::{self, Encounter, Fate, Grade, OpenQuestion, Prediction};
use crate::exchange::ExchangeId;
use crate::scenario::ClientSelection;
use crate::specification::{Party, Step};

/// What comes of a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientEntry {
    /// Its id.
    pub client: PeerText,
    /// Its name.
    pub name: PeerText,
    /// The version that was read; empty where none is known.
    pub version: PeerText,
    /// The day of that version, or on which it was read.
    pub date: PeerText,
    /// Where what is known of it comes from.
    pub grade: Grade,
    /// What comes of it.
    pub verdict: Fate,
    /// The step that decides, unless it connects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The shape of the server that decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<PeerText>,
    /// Where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// What the client does there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<PeerText>,
    /// All it meets, in flow order; what comes after a stop it would meet next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meets: Vec<EncounterEntry>,
    /// Where the walk ended before the session: nothing is known of what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walk_ended: Option<Step>,
    /// Whether the run fails if it stops.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub required: bool,
}

/// A shape that a client meets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EncounterEntry {
    /// Its id.
    pub shape: PeerText,
    /// The step it is met in.
    pub step: Step,
    /// What comes of it.
    pub verdict: Fate,
    /// What the client does.
    pub because: PeerText,
    /// Where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// What was seen, with the peers' own values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<PeerText>,
}

/// What to change so that clients get past a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientChange {
    /// The shapes that go with it.
    pub shapes: Vec<PeerText>,
    /// Who can make the change.
    pub party: Party,
    /// The change, in the words of the product where a diagnosis has them.
    pub change: PeerText,
    /// The diagnosis whose words they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<PeerText>,
    /// The clients that it lets pass.
    pub clients: Vec<PeerText>,
}

/// Shapes that could not be looked for, for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientQuestion {
    /// The shapes.
    pub shapes: Vec<PeerText>,
    /// What to run to know.
    pub run: PeerText,
    /// The clients that one of them would stop or hinder.
    pub clients: Vec<PeerText>,
}

/// How a client gets through a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepFate {
    /// It comes to that.
    Met(Fate),
    /// It has stopped before.
    NotReached,
}

impl ClientEntry {
    /// How it gets through each of the seven steps.
    pub fn steps(&self) -> impl Iterator<Item = (Step, StepFate)> {
        let stop = self.meets.iter().find(|met| met.verdict == Fate::Stops).map(|met| met.step);
        Step::ALL.into_iter().map(move |step| {
            if stop.is_some_and(|stop| step > stop) {
                return (step, StepFate::NotReached);
            }
            let met = self.meets.iter().filter(|met| met.step == step).map(|met| met.verdict).max();
            let met = met.unwrap_or(Fate::Connects);
            let beyond = self.walk_ended.is_some_and(|ended| step >= ended);
            (step, StepFate::Met(if beyond { met.max(Fate::Unknown) } else { met }))
        })
    }

    /// What comes of it, in a sentence.
    pub fn sentence(&self) -> String {
        let verdict = self.verdict.title();
        let step = self.step.map(|step| format!(" at step {}", step.number())).unwrap_or_default();
        let because = self.because.as_ref().map(|because| format!(": {because}")).unwrap_or_default();
        format!("{verdict}{step}{because}")
    }

    /// The shape that decides, and where it was seen: `prm-resource-slash, #2`.
    pub fn evidence(&self) -> Option<String> {
        let shape = self.shape.as_ref()?;
        Some(self.exchange.map_or_else(|| shape.to_string(), |exchange| format!("{shape}, {exchange}")))
    }
}

/// What comes of the clients of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientTable {
    /// Client by client.
    pub entries: Vec<ClientEntry>,
    /// What to change.
    pub changes: Vec<ClientChange>,
    /// What was not looked at.
    pub questions: Vec<ClientQuestion>,
}

impl ClientTable {
    /// What comes of the selected clients. A word that names none is left out: what was stored by a later gatewalk may
    /// know more of them.
    pub fn of(
        evidence: &Evidence<'_>,
        selection: &ClientSelection,
        diagnoses: &[DiagnosisEntry],
        redactor: &Redactor,
    ) -> Self {
        let of = |words: &[String]| -> BTreeSet<&'static str> {
            let known = words.iter().filter_map(|word| client::chosen([word.as_str()]).ok());
            known.flatten().map(|client| client.id).collect()
        };
        let (shown, required) = (of(&selection.shown), of(&selection.required));
        let clients: Vec<_> = client::CLIENTS
            .iter()
            .copied()
            .filter(|client| shown.contains(client.id) || required.contains(client.id))
            .collect();
        if clients.is_empty() {
            return Self::default();
        }
        let (predictions, open) = client::predict(evidence, &clients);
        let entries = predictions
            .iter()
            .map(|prediction| entry(prediction, required.contains(prediction.client.id), redactor))
            .collect();
        Self { entries, changes: changes(&predictions, diagnoses), questions: questions(&open) }
    }
}

fn encounter(met: &Encounter, redactor: &Redactor) -> EncounterEntry {
    let (verdict, because) = met.reaction.fate();
    EncounterEntry {
        shape: met.shape.id.into(),
        step: met.shape.step,
        verdict,
        because: because.into(),
        exchange: met.sighting.exchange,
        detail: met.sighting.detail.as_ref().map(|detail| redactor.text(detail)),
    }
}

fn entry(prediction: &Prediction, required: bool, redactor: &Redactor) -> ClientEntry {
    let Prediction { client, encounters, walk_ended } = prediction;
    let verdict = prediction.fate();
    let decisive = prediction.decisive().filter(|met| met.reaction.fate().0 == verdict);
    let met = decisive.map(|met| encounter(met, redactor));
    let unknown = walk_ended.filter(|_| met.is_none());
    ClientEntry {
        client: client.id.into(),
        name: client.name.into(),
        version: client.version.into(),
        date: client.date.into(),
        grade: client.grade,
        verdict,
        step: met.as_ref().map(|met| met.step).or(unknown),
        shape: met.as_ref().map(|met| met.shape.clone()),
        exchange: met.as_ref().and_then(|met| met.exchange),
        because: met
            .map(|met| met.because)
            .or_else(|| unknown.map(|_| "the walk ended here, and nothing is known of what follows".into())),
        meets: encounters.iter().map(|met| encounter(met, redactor)).collect(),
        walk_ended: *walk_ended,
        required,
    }
}

/// What to change so that nothing stops any of the clients: each shape that stops one has to go, and shapes with one cause
/// go together.
fn changes(predictions: &[Prediction], diagnoses: &[DiagnosisEntry]) -> Vec<ClientChange> {
    let mut changes: Vec<ClientChange> = Vec::new();
    for prediction in predictions {
        let stops = prediction.encounters.iter().filter(|met| met.reaction.fate().0 == Fate::Stops);
        for Encounter { shape, .. } in stops {
            let explains =
                |entry: &&DiagnosisEntry| entry.explains.iter().any(|id| shape.checks.contains(&id.as_str()));
            let (party, change, cause) = diagnoses.iter().find(explains).map_or_else(
                || (shape.party, PeerText::from(shape.change), None),
                |entry| (entry.party, entry.remedy.clone(), Some(entry.id.clone())),
            );
            let same = |known: &&mut ClientChange| known.change == change && known.diagnosis == cause;
            if let Some(known) = changes.iter_mut().find(same) {
                add(&mut known.shapes, [shape.id]);
                add(&mut known.clients, [prediction.client.id]);
            } else {
                let (shapes, clients) = (vec![shape.id.into()], vec![prediction.client.id.into()]);
                changes.push(ClientChange { shapes, party, change, diagnosis: cause, clients });
            }
        }
    }
    let first_shape = |change: &ClientChange| {
        let of = |id: &PeerText| client::SHAPES.iter().position(|shape| *id == shape.id);
        change.shapes.iter().filter_map(of).min()
    };
    changes.sort_by_key(first_shape);
    changes
}

/// What was not looked at, by what would have to be run.
fn questions(open: &[OpenQuestion]) -> Vec<ClientQuestion> {
    let mut questions: Vec<ClientQuestion> = Vec::new();
    for OpenQuestion { shape, missing, clients } in open {
        let run = PeerText::masked(missing.to_string());
        let clients = clients.iter().map(|client| client.id);
        if let Some(known) = questions.iter_mut().find(|known| known.run == run) {
            known.shapes.push(shape.id.into());
            add(&mut known.clients, clients);
        } else {
            let clients = clients.map(PeerText::from).collect();
            questions.push(ClientQuestion { shapes: vec![shape.id.into()], run, clients });
        }
    }
    questions
}

/// Adds ids that are not there yet.
fn add(list: &mut Vec<PeerText>, ids: impl IntoIterator<Item = &'static str>) {
    for id in ids {
        if !list.iter().any(|known| *known == id) {
            list.push(id.into());
        }
    }
}
