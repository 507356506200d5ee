//! What the screen asks of the command line, which alone reads files and environment and knows the reports.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::run::Transport;
use crate::scenario::{KnownClient, PartialScenario, Policy, Scenario};
use crate::transcript::Transcript;

/// The command line, as the screen sees it. Every `Err` is a sentence for the user to read.
pub trait Host: Send + Sync {
    /// Makes a walk of a draft; starts the sandbox if it is the target.
    fn prepare(&self, draft: PartialScenario) -> BoxFuture<'_, Result<Launch, String>>;

    /// Targets of earlier walks, the last one first.
    fn recent(&self) -> Vec<String>;

    /// The formats a transcript can be written in and what each is for, in the order people need them.
    fn formats(&self) -> Vec<(&'static str, &'static str)>;

    /// Writes a transcript in a format, and returns where to.
    fn export(&self, transcript: &Transcript, format: &str) -> Result<PathBuf, String>;

    /// Who keeps the clipboard.
    fn clipboard(&self) -> Clipboard;

    /// Puts a text into tmux's buffer.
    fn give_to_tmux(&self, text: &str) -> Result<(), String>;

    /// Keeps clients for later runs.
    fn keep(&self, clients: &[KnownClient]) -> Result<(), String>;

    /// Has a text changed in the user's own editor. Blocks until it is closed; the terminal is the editor's.
    fn edit(&self, text: &str) -> Result<String, String>;
}

/// Who keeps the clipboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clipboard {
    /// The terminal, if it listens to OSC 52.
    #[default]
    Terminal,
    /// tmux, which lies between us and the terminal.
    Tmux,
}

/// A walk ready to start.
pub struct Launch {
    /// The run as asked for.
    pub scenario: Scenario,
    /// What of a transcript counts as failed.
    pub policy: Policy,
    /// Go on past refusals without asking.
    pub past_refusals: bool,
    /// Whether a browser that is opened here is seen by somebody.
    pub has_display: bool,
    /// What sends.
    pub transport: Arc<dyn Transport>,
    /// A word to the user, as for the sandbox.
    pub hint: Option<String>,
    /// What has to live as long as the walk, as the sandbox.
    pub held: Option<Box<dyn Any + Send>>,
}
