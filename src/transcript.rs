//! The record of a run: history and verdicts, redacted, versioned. Every report is a pure function of it.
//!
//! Redaction happens here, once, when the transcript is made from a [`Record`]; nothing after it sees a secret.
//!
//! ```text
//! Record ──make──► Transcript ──► report, diff
//!                      └──replay──► Transcript (judged by today's catalogue)
//! ```

mod baseline;
mod clients;
pub mod curl;
pub mod diff;
mod exchange;
mod make;
mod peer_text;
pub mod redact;
pub mod replay;
mod run_outcome;
pub mod sanitize;
mod stop;
mod summary;
mod undecided;
mod verdict;

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use baseline::{Baseline, BaselineEntry, ExpectationStatus};
pub use clients::{ClientChange, ClientEntry, ClientQuestion, ClientTable, EncounterEntry, StepFate};
pub use exchange::{
    AuthorizationEntry, BodyEncoding, CallbackEntry, ExchangeEntry, FailureEntry, RequestEntry,
    ResponseEntry, RoundEntry, TimingEntry, TokenEntry,
};
pub use make::{Judgements, Secrets, exchange_entry, request_entry};
pub use peer_text::{PeerText, listed};
pub use run_outcome::{RunOutcome, most_urgent};
pub use stop::cause_of_stop_first;
pub use summary::{Counts, Summary};
pub use undecided::Undecided;
pub use verdict::{
    Cite, DiagnosisEntry, RefusalEntry, Replayed, VerdictChange, VerdictEntry, VerdictKind, step_of_finding,
};

use crate::exchange::{ExchangeId, History, ProbeId};
use crate::flow::{Outcome, Refusal, RefusalKind, StuckReason};
use crate::scenario::{self, ClientSelection, FailOn, ProbeMode, Scenario};
use crate::specification::{Party, ProtocolVersion, Step};

/// Version of the format. Members are only ever added to it.
pub const SCHEMA: u32 = 1;

/// What a run leaves, raw: the input of a transcript.
#[derive(Clone, Debug)]
pub struct Record {
    /// The run as asked for.
    pub scenario: Scenario,
    /// Whether refusals were to be passed.
    pub past_refusals: bool,
    /// When it started.
    pub started: Timestamp,
    /// How long it took, waiting for people included.
    pub duration: Duration,
    /// Random per run: placeholders of redacted values compare within a run only.
    pub salt: [u8; 32],
    /// All that was said and heard.
    pub history: History,
    /// How it ended.
    pub ending: Ending,
    /// Where a conforming client stops, and whether the run went on.
    pub refusals: Vec<(Refusal, bool)>,
    /// When each exchange was sent, after the start.
    pub sent: Vec<(ExchangeId, Duration)>,
    /// How long each step took that was entered.
    pub durations: Vec<(Step, Duration)>,
    /// Clients that could not be removed.
    pub left_behind: Vec<LeftBehind>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Finished(Outcome),
    /// At a refusal.
    Refused(Refusal),
    /// By its user, in that step.
    Interrupted(Step),
}

/// A client that could not be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    /// The issuer of the server that knows it, as its metadata says; else the origin of the registration endpoint.
    pub issuer: String,
    /// Its identifier there.
    pub client_id: String,
    /// Why it is still there, if that is known.
    pub because: Option<String>,
}

/// A client that could not be removed, in the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftBehindEntry {
    /// The server that knows it.
    pub issuer: PeerText,
    /// Its identifier there.
    pub client_id: PeerText,
    /// Why it is still there, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<PeerText>,
}

impl LeftBehindEntry {
    /// Why it is still there, and what to do.
    pub fn reason(&self) -> PeerText {
        self.because.clone().unwrap_or_else(|| "it could not be removed; delete it there".into())
    }
}

/// A line of a file of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The path as the user gave it, usually from the root of the repository.
    pub path: PeerText,
    /// The line, counted from 1.
    pub line: usize,
}

impl Location {
    fn new(location: &scenario::Location, redactor: &redact::Redactor) -> Self {
        Self { path: redactor.text(&location.path), line: location.line }
    }
}

/// The transcript, schema 1. Members are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// The tool.
    pub gatewalk: Tool,
    /// Version of this format.
    pub schema: u32,
    /// What the scenario file calls the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<PeerText>,
    /// The MCP endpoint.
    pub target: PeerText,
    /// Where the scenario file names the target, if there is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Location>,
    /// The protocol version judged by.
    pub protocol_version: ProtocolVersion,
    /// Where the client identifier came from.
    pub registration: PeerText,
    /// When the run started, RFC 3339.
    pub started: PeerText,
    /// How long it took.
    pub duration_ms: u64,
    /// The options that shaped it.
    pub options: Options,
    /// Totals.
    pub summary: Summary,
    /// The seven steps.
    pub steps: Vec<StepEntry>,
    /// Requests and responses.
    pub exchanges: Vec<ExchangeEntry>,
    /// The authorizations within the run, each with its authorization server, once one was chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<RoundEntry>,
    /// What the user was asked to consent to.
    pub authorizations: Vec<AuthorizationEntry>,
    /// Redirects back.
    pub callbacks: Vec<CallbackEntry>,
    /// What became of each check.
    pub verdicts: Vec<VerdictEntry>,
    /// The baseline after the run, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Causes that explain findings, and what to change.
    pub diagnoses: Vec<DiagnosisEntry>,
    /// What comes of the real clients that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientEntry>,
    /// The fewest changes after which nothing is known that stops any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_changes: Vec<ClientChange>,
    /// What could stop some of them, and was not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_questions: Vec<ClientQuestion>,
    /// Where a conforming client stops.
    pub refusals: Vec<RefusalEntry>,
    /// Clients that could not be removed.
    pub left_behind: Vec<LeftBehindEntry>,
    /// What the placeholders stand for, as far as checks look at it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenEntry>,
    /// Whether the user changed a request: then no client behaves as this run did.
    #[serde(default, skip_serializing_if = "is_false")]
    pub edited: bool,
    /// Whether secrets were kept on demand: such a transcript is for the eyes of its owner only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub revealed: bool,
    /// What judging again changed, where this transcript was made from a stored one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed: Option<Replayed>,
}

/// The tool that wrote the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Its version.
    pub version: PeerText,
}

/// Options that shaped the run, none of them secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Options {
    /// Consent driver.
    pub consent: PeerText,
    /// Whether refusals were passed.
    pub past_refusals: bool,
    /// Last step to walk.
    pub until: Step,
    /// Bound of an exchange.
    pub timeout_ms: u64,
    /// Bytes of a body that were read.
    pub body_limit: usize,
    /// Whether there was a proxy, which finds addresses itself: only what this machine finds, too, was kept from being private.
    #[serde(default, skip_serializing_if = "is_false")]
    pub proxied: bool,
    /// What was to be sent beyond the happy path.
    #[serde(default)]
    pub probes: ProbeMode,
    /// Probes that were to be sent whatever their kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<ProbeId>,
    /// From which level on a failed check fails the run.
    #[serde(default)]
    pub fail_on: FailOn,
    /// Whose failed checks count; empty for everybody's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// The client identifier the run brought along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<PeerText>,
    /// Whether that client proves itself with a secret or a key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub confidential: bool,
    /// What the client presents for a token.
    #[serde(default)]
    pub grant: PeerText,
    /// Whether a client that was registered stays.
    #[serde(default, skip_serializing_if = "is_false")]
    pub keep_client: bool,
    /// The authorization server to use, where the resource names several or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<PeerText>,
    /// Names of the header fields given for the target; their values are secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<PeerText>,
    /// Parameters added to the authorization request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<(PeerText, PeerText)>,
    /// Scope asked for instead of the published one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<PeerText>,
    /// `resource` sent instead of the published one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<PeerText>,
    /// Words for the real clients to report on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<PeerText>,
    /// Words for those of them that have to connect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require_clients: Vec<PeerText>,
}

impl Options {
    /// Asks for those clients instead.
    pub fn ask_for(&mut self, ClientSelection { shown, required }: &ClientSelection) {
        let texts = |words: &[String]| words.iter().cloned().map(PeerText::masked).collect();
        (self.clients, self.require_clients) = (texts(shown), texts(required));
    }

    /// The clients that are asked for.
    pub fn clients(&self) -> ClientSelection {
        let words = |texts: &[PeerText]| texts.iter().map(|text| text.as_str().to_owned()).collect();
        ClientSelection { shown: words(&self.clients), required: words(&self.require_clients) }
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Walked.
    Done,
    /// The walk ended in it.
    Stopped,
    /// The protocol version or the registration has no such step.
    Skipped,
    /// The walk ended before it.
    NotReached,
}

/// Why a walk stopped in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Nothing further could be sent.
    Stuck(StuckReason<PeerText>),
    /// A conforming client stops there; `refusals` say what was expected and found.
    Refused(RefusalKind),
    /// The user ended the run.
    Interrupted,
}

/// A step in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepEntry {
    /// The step.
    pub step: Step,
    /// What became of it.
    pub state: StepState,
    /// Why it stopped, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<PeerText>,
    /// Why it stopped: what the words are made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The id of the diagnosis that explains why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<PeerText>,
    /// What to try: what the diagnosis says, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<PeerText>,
    /// Its exchanges.
    pub exchanges: Vec<ExchangeId>,
    /// How long it took.
    pub duration_ms: u64,
}

impl Transcript {
    /// The failed checks, worst first, in flow order within a level.
    pub fn findings(&self) -> Vec<&VerdictEntry> {
        let mut findings: Vec<_> =
            self.verdicts.iter().filter(|entry| entry.verdict == VerdictKind::Fail).collect();
        findings.sort_by_key(|entry| std::cmp::Reverse(entry.level));
        findings
    }

    /// The failed checks of a step: those seen in its exchanges, and those of its checks that were seen nowhere.
    pub fn findings_of(&self, step: Step) -> impl Iterator<Item = &VerdictEntry> {
        let counts_for = |entry: &VerdictEntry| {
            step_of_finding(entry.step, entry.exchange, |id| Some(self.exchange(id)?.step))
        };
        let failed = self.verdicts.iter().filter(|entry| entry.verdict == VerdictKind::Fail);
        failed.filter(move |entry| counts_for(entry) == step)
    }

    /// The diagnosis that a finding or a stop names as its cause.
    pub fn cause(&self, id: Option<&PeerText>) -> Option<&DiagnosisEntry> {
        let id = id?;
        self.diagnoses.iter().find(|diagnosis| diagnosis.id == *id)
    }

    /// The exchange of that number.
    pub fn exchange(&self, id: ExchangeId) -> Option<&ExchangeEntry> {
        self.exchanges.iter().find(|entry| entry.id == id)
    }

    /// How the exchanges of a step ended, in order: `401 –` is a status code, and a request without a response.
    pub fn statuses(&self, step: &StepEntry) -> String {
        let statuses = step.exchanges.iter().filter_map(|id| self.exchange(*id)).map(|exchange| {
            exchange.response.as_ref().map_or_else(|| "–".to_owned(), |response| response.status.to_string())
        });
        statuses.collect::<Vec<_>>().join(" ")
    }

    /// The JSON Schema of transcripts (draft 2020-12).
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
