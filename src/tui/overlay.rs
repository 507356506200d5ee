//! What lies over the panes, one at a time.

use ratatui_textarea::TextArea;

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
    /// A conforming client stops here: go on?
    Refusal(Refusal),
    /// What became of the export.
    Export(Result<std::path::PathBuf, String>),
    /// The walk is being ended.
    Leaving,
}
