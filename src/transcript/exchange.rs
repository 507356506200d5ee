//! What of an exchange, an authorization request or a callback goes into the transcript.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PeerText;
use crate::exchange::{Cut, ExchangeId, FailureKind, IssuerSource, ProbeId, Purpose, Round};
use crate::specification::{Party, Step};

/// An exchange in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeEntry {
    /// Its number.
    pub id: ExchangeId,
    /// Its step.
    pub step: Step,
    /// What it was for.
    pub purpose: Purpose,
    /// The probe it is, if it goes beyond the happy path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeId>,
    /// The authorization it is part of, from 1.
    #[serde(default = "first_round", skip_serializing_if = "is_first_round")]
    pub round: u8,
    /// Whom the request went to.
    pub party: Party,
    /// Whether the user changed the request: no client sends it so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// What we said.
    pub request: RequestEntry,
    /// What we heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseEntry>,
    /// Why we heard nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureEntry>,
    /// Durations.
    pub timing_ms: TimingEntry,
}

impl ExchangeEntry {
    /// It in a line, harmless: `#3 GET URL → 200`, `#3 GET URL (edited) → 200`.
    pub fn line(&self) -> String {
        let ended = self.ended();
        let edited = if self.edited { " (edited)" } else { "" };
        let RequestEntry { method, url, .. } = &self.request;
        format!("{} {method} {url}{edited} → {ended}", self.id)
    }

    /// How it ended, in few words: the status, or why there is no response.
    pub fn ended(&self) -> String {
        match (&self.response, &self.failure) {
            (Some(response), _) => response.status.to_string(),
            (None, Some(failure)) => failure.kind.sentence().to_owned(),
            (None, None) => "nothing".to_owned(),
        }
    }
}

/// A request in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequestEntry {
    /// Method.
    pub method: PeerText,
    /// URL.
    pub url: PeerText,
    /// Header fields in order.
    pub headers: Vec<(PeerText, PeerText)>,
    /// Body.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub body: PeerText,
    /// How `body` is written.
    #[serde(default, skip_serializing_if = "BodyEncoding::is_text")]
    pub body_encoding: BodyEncoding,
}

/// A response in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResponseEntry {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: PeerText,
    /// HTTP version.
    pub version: PeerText,
    /// Header fields as far as the transport keeps their order.
    pub headers: Vec<(PeerText, PeerText)>,
    /// Body, redacted.
    pub body: PeerText,
    /// How `body` is written.
    #[serde(default, skip_serializing_if = "BodyEncoding::is_text")]
    pub body_encoding: BodyEncoding,
    /// Bytes of the body that were read.
    pub body_bytes: usize,
    /// Whether there was more.
    pub truncated: bool,
    /// Why it was not read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// How a body is written in the transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyEncoding {
    /// As it is: it is UTF-8.
    #[default]
    Text,
    /// Base64 (RFC 4648 §4): it is not UTF-8.
    Base64,
}

impl BodyEncoding {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    const fn is_text(&self) -> bool {
        matches!(self, Self::Text)
    }
}

/// A failure in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailureEntry {
    /// What kind.
    pub kind: FailureKind,
    /// What the transport said.
    pub detail: PeerText,
}

/// Durations of an exchange in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimingEntry {
    /// When it was sent, after the start of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<f64>,
    /// Until the head of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<f64>,
    /// Until its end.
    pub total: f64,
}

/// An authorization request in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorizationEntry {
    /// The step: authorization.
    pub step: Step,
    /// The URL.
    pub url: PeerText,
    /// Where the browser was to come back to.
    pub redirect_uri: PeerText,
    /// The authorization it begins, from 1.
    #[serde(default = "first_round", skip_serializing_if = "is_first_round")]
    pub round: u8,
    /// Whether the user changed the request: no client sends it so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
}

/// A callback in the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallbackEntry {
    /// Its number.
    pub id: ExchangeId,
    /// The step: authorization.
    pub step: Step,
    /// Its parameters, decoded and redacted.
    pub query: Vec<(PeerText, PeerText)>,
    /// Its parameters in the fragment, decoded and redacted, where the response was put there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fragment: Vec<(PeerText, PeerText)>,
    /// The authorization it ends, from 1.
    #[serde(default = "first_round", skip_serializing_if = "is_first_round")]
    pub round: u8,
}

/// A round in the transcript: one authorization within the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoundEntry {
    /// Its number, from 1.
    pub round: u8,
    /// The authorization server that was chosen for it, as it was asked for.
    pub issuer: PeerText,
    /// Who named it.
    pub source: IssuerSource,
    /// Whether the resource's metadata lists it.
    pub listed: bool,
}

impl RoundEntry {
    /// Whether the user's word alone made the run use that authorization server.
    pub fn is_unlisted_choice(&self) -> bool {
        self.source == IssuerSource::User && !self.listed
    }
}

const fn first_round() -> u8 {
    Round::FIRST.number
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_first_round(round: &u8) -> bool {
    *round == first_round()
}

/// What a placeholder stands for, without the secret itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TokenEntry {
    /// The placeholder.
    pub placeholder: PeerText,
    /// JOSE header as sent, if it is a JWT or JWE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<PeerText>,
    /// Claims as sent, if it is a signed JWT; those about a person are redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<PeerText>,
    /// Whether it holds other characters than visible ASCII.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_visible_ascii: bool,
    /// Whether it was a number of JSON, which the placeholder in its place is not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub number: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
