//! Who gets in: real MCP clients as data, and the shapes of servers that tell them apart.
//!
//! ```text
//! Evidence ──► each Shape: seen, not seen, or what to run ──► × Traits of a client ──► Prediction, and what to change
//! ```
//!
//! A [`Shape`] is a predicate over the evidence, and knows which trait of a client decides what comes of it. A client is
//! its [`Traits`]: no code asks for its name. What is unknown of either stays unknown.
//!
//! To add a client: its `static` in `client/sdk.rs`, `client/app.rs`,
//! `client/app/built_on.rs` or `client/app/closed.rs`, on the traits of the SDK it is built on, and its
//! line in [`CLIENTS`]. To add a shape: its `pub(super) static` in the file of its step in `client/shape/`, its line in
//! [`SHAPES`], and the fault of the sandbox that shows it (`tests/clients.rs` walks each); a behaviour that nothing asked
//! for yet is a line in `client/traits.rs`.

mod app;
mod choice;
mod prediction;
mod sdk;
pub mod shape;
pub mod traits;

pub use choice::{GROUPS, Group, UnknownClient, chosen, words};
pub use prediction::{Encounter, Fate, OpenQuestion, Prediction, predict};
pub use shape::{Missing, Reaction, SHAPES, Shape, Sight, Sighting};
pub use traits::Traits;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A real MCP client.
#[derive(Debug)]
pub struct Client {
    /// The word for it in options and files; stable.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it is a library or a program.
    pub kind: ClientKind,
    /// The version its traits are of; empty where none is named.
    pub version: &'static str,
    /// When that was, `2026-11-27`, or when it was read.
    pub date: &'static str,
    /// Where its traits come from.
    pub grade: Grade,
    /// The repository or the page that shows them.
    pub source: &'static str,
    /// The client it is built on, whose traits it has unless it has its own.
    pub built_on: Option<&'static str>,
    /// What tells it from others.
    pub traits: Traits,
}

/// What a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// A library for those who write clients.
    Sdk,
    /// A program people use.
    App,
}

/// Where the traits of a client come from, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// The client itself, driven through a login against the sandbox (`tests/clients/`), and its source.
    Driven,
    /// Its source at that version.
    Source,
    /// A stored version of its source, not surely the newest.
    Stored,
    /// The pages of its vendor.
    Documentation,
    /// What its users report: their versions vary, and some contradict each other.
    Reports,
}

impl Grade {
    /// All grades.
    pub const ALL: [Self; 5] = [Self::Driven, Self::Source, Self::Stored, Self::Documentation, Self::Reports];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Driven => "driven",
            Self::Source => "source",
            Self::Stored => "stored source",
            Self::Documentation => "documentation",
            Self::Reports => "reports",
        }
    }
}

/// All clients, the SDKs first.
pub static CLIENTS: &[&Client] = &[
    &sdk::TYPESCRIPT_1,
    &sdk::TYPESCRIPT_2,
    &sdk::PYTHON,
    &sdk::RUST,
    &sdk::CSHARP,
    &sdk::GO,
    &sdk::JAVA,
    &sdk::KOTLIN,
    &sdk::FASTMCP,
    &sdk::AI_SDK,
    &app::VSCODE,
    &app::built_on::MCP_REMOTE,
    &app::built_on::INSPECTOR,
    &app::built_on::CODEX,
    &app::GEMINI,
    &app::ZED,
    &app::built_on::CLINE,
    &app::built_on::CONTINUE,
    &app::built_on::ROO,
    &app::built_on::GOOSE,
    &app::built_on::OPENCODE,
    &app::built_on::LIBRECHAT,
    &app::N8N,
    &app::LITELLM,
    &app::closed::CLAUDE_AI,
    &app::closed::CLAUDE_CODE,
    &app::closed::CHATGPT,
    &app::closed::CURSOR,
    &app::closed::COPILOT_CLI,
    &app::closed::COPILOT_STUDIO,
    &app::closed::JETBRAINS,
];

/// The client of that id.
pub fn find(id: &str) -> Option<&'static Client> {
    CLIENTS.iter().copied().find(|client| client.id == id)
}

#[cfg(test)]
mod tests;
