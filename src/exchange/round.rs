//! A round: one authorization within a run, and the authorization server it is at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One authorization within a run. A token that is refused in an open session begins another one: with more scope, or
/// at the authorization server the resource names by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its number, from 1.
    pub number: u8,
    /// The authorization server whose metadata is asked for, once the walk has chosen it.
    pub issuer: Option<Issuer>,
}

impl Round {
    /// The round every run begins with, before an authorization server is chosen.
    pub const FIRST: Self = Self { number: 1, issuer: None };
}

/// The issuer identifier of an authorization server ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)) as
/// it was asked for, which is not always as its metadata names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The identifier, character by character as it was given.
    pub identifier: String,
    /// Who gave it.
    pub source: IssuerSource,
}

/// Who names the authorization server of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerSource {
    /// The user, by `--issuer` or `client.issuer`.
    User,
    /// The resource, in `authorization_servers` of its metadata ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)).
    ResourceMetadata,
    /// Nobody: it is the origin of the target (MCP 2025-03-26 "Authorization Base URL").
    TargetOrigin,
}

impl IssuerSource {
    /// Who it is, in a passive sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "chosen by the user",
            Self::ResourceMetadata => "found in the metadata",
            Self::TargetOrigin => "taken from the target's origin",
        }
    }
}

/// With which requests of other rounds a request counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// In every round: the session goes on with a new token.
    Run,
    /// In its own round and those after it, until it is asked for again.
    Resource,
    /// The same, at the same authorization server.
    Server,
    /// In its own round only.
    Round,
}
