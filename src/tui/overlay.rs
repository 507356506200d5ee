//! What lies over the panes, one at a time.

use std::path::PathBuf;

use ratatui_textarea::TextArea;

use super::editor::Editor;
use super::form::Form;
use super::message::Message;

/// What is asked before something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// It loses this.
    Loses(String),
    /// It sends this, to these hosts.
    Sends(String),
}

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
    /// That is not to be done by a slip of the hand: do it?
    Asking {
        /// What was wished for.
        action: Message,
        /// What is asked.
        question: Question,
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
