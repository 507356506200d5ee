//! What lies over the panes, one at a time.

use std::path::PathBuf;

use ratatui_textarea::TextArea;

use super::editor::Editor;
use super::form::Form;
use super::message::Message;
use crate::flow::Refusal;

/// What lies over the panes.
#[derive(Clone, Debug)]
pub(super) enum Overlay {
    /// The keys, from that row on.
    Help(usize),
    /// The field for the redirected URL.
    Paste(Box<TextArea<'static>>),
    /// The field for what to search for.
    Search(Box<TextArea<'static>>),
    /// A request as text, to be changed and sent.
    Edit(Box<Editor>),
    /// Where to walk, and as whom.
    Form(Box<Form>),
    /// A conforming client stops here: go on?
    Refusal(Refusal),
    /// That would lose something: do it all the same?
    Asking {
        /// What was wished for.
        action: Message,
        /// What it would lose.
        lost: String,
    },
    /// This text, in place of all else, as the terminal prints it.
    Alone(String),
    /// In which format to export; the last choice is all of them.
    Formats {
        /// The chosen one.
        at: usize,
    },
    /// What became of the export.
    Export(Result<Vec<PathBuf>, String>),
    /// The walk is being ended, for another one.
    Restarting,
    /// The walk is being ended.
    Leaving,
}
