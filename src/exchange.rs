//! What we said and what we heard, raw: requests, responses, failures, callbacks, and the history of them all.
//!
//! ```text
//! Request ──► transport ──► Exchange { request, outcome: Ok(Response) | Err(TransportFailure) } ──► History
//! ```

mod body;
pub mod bounds;
mod callback;
mod failure;
mod headers;
mod history;
mod member;
mod probe;
mod proof;
mod request;
mod response;
mod round;
mod secret;

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use body::Body;
pub use callback::{AuthorizationRequest, Callback};
pub use failure::{FailureKind, LoginFailure, TransportFailure};
pub use headers::{Headers, text};
pub use history::History;
pub use member::set_member;
pub use probe::ProbeId;
pub use proof::{KeyError, Proof, SigningKey};
pub use request::{Purpose, ReadUntil, Request, Unauthenticated};
pub use response::{Cut, Response};
pub use round::{Issuer, IssuerSource, Round};
pub use secret::Secret;

/// A URL without query and fragment, which hold what is new each time, and what nobody else is to see.
pub fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Durations of an exchange, from sending on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Until the head of the response was there: connection, TLS and waiting together.
    pub first_byte: Option<Duration>,
    /// Until the exchange was over.
    pub total: Duration,
}

/// Number of an exchange or callback within a run, from 1 in order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ExchangeId(pub u32);

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One request and its response, raw, with timings; or the request and why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its number.
    pub id: ExchangeId,
    /// What we said.
    pub request: Request,
    /// What we heard.
    pub outcome: Result<Response, TransportFailure>,
    /// How long it took.
    pub timing: Timing,
}

impl Exchange {
    /// The response, if there is one.
    pub fn response(&self) -> Option<&Response> {
        self.outcome.as_ref().ok()
    }

    /// How it ended, in few words: the status, or why there is no response.
    pub fn ended(&self) -> String {
        match &self.outcome {
            Ok(response) => response.status.to_string(),
            Err(failure) => failure.kind.sentence().to_owned(),
        }
    }

    /// The status, if there is a response.
    pub fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status)
    }
}
