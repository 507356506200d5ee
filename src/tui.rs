//! The terminal UI: walks the flow step by step and shows every request, every response and what is wrong with them.
//!
//! ```text
//! terminal, walk, time ──► Message ──► update(&mut Model) ──► Effect ──► walk, clipboard, file
//!                                          │
//!                                          ▼ draw(&Model)
//! ```
//!
//! `update` is the only place that changes the model; drawing only reads it. Nothing is drawn unless something
//! happened, and time only happens while a request or a login is under way.
//!
//! To add a key: its line in `keys.rs`, its message in `message.rs`, its effect in `update.rs`. To add a pane: its file in
//! `pane/`, its variant of `Tab` in `selection.rs`, its line in `pane.rs`.

mod direction;
mod editor;
mod effect;
mod exit_summary;
mod form;
mod glyphs;
mod headless;
mod heavy;
mod host;
mod job;
mod job_result;
mod json;
mod judge_job;
mod keys;
mod known;
mod layout;
mod message;
mod model;
mod overlay;
mod page;
mod pages;
mod pane;
mod redaction;
mod render;
mod render_job;
mod selection;
mod session;
mod stored;
mod terminal;
mod text;
mod theme;
mod unavailable;
mod update;
mod walk;

use std::io::{self, Write as _};
use std::sync::Arc;

pub use glyphs::Glyphs;
pub use headless::Headless;
pub use host::{Clipboard, Host, Launch};
pub use stored::Stored;

use crate::run::StartError;
use crate::scenario::PartialScenario;

use session::Session;
use terminal::Screen;

/// What the screen is started with.
pub struct Setup {
    /// What it shows.
    pub source: Source,
    /// What the walk was made of, or one to the same target would be.
    pub draft: PartialScenario,
    /// What makes others, and more.
    pub host: Arc<dyn Host>,
    /// Whether colours may be used.
    pub colour: bool,
    /// The characters the terminal shows.
    pub glyphs: Glyphs,
}

/// What a screen shows.
pub enum Source {
    /// A walk that is made as its user goes along.
    Walk(Box<Launch>),
    /// A stored run.
    Stored(Arc<Stored>),
}

/// Why the screen could not be shown to the end.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// The walk cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The terminal cannot be read or drawn on.
    #[error("the terminal cannot be used: {0}")]
    Io(#[from] io::Error),
    /// Clients that were to be kept are still registered, but not remembered.
    #[error("the client stays registered, but cannot be used again: {0}")]
    NotKept(String),
    /// The walk broke down. That is a fault of gatewalk; the panic was printed.
    #[error("gatewalk broke down; please report what is printed above")]
    RunPanicked,
}

/// Shows the screen until its user leaves.
pub async fn run(setup: Setup) -> Result<(), TuiError> {
    let mut screen = Screen::take()?;
    let exit_summary = Session::start(setup, &mut screen)?.run(&mut screen).await;
    drop(screen);
    let mut stderr = io::stderr().lock();
    for line in exit_summary? {
        // A terminal that is gone cannot be told.
        let _ = writeln!(stderr, "{line}");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
