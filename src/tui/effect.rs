//! What the screen asks for in return for a message.

use super::job::Job;
use crate::run::Command;

/// What the screen asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Ask the walk for it.
    Send(Command),
    /// Put it into the clipboard of the terminal.
    Copy(String),
    /// Write the transcript in these formats.
    Export(Vec<&'static str>),
    /// Do it without holding up the screen.
    Work(Job),
    /// Stop, until the shell brings us to the front again.
    Suspend,
    /// Have the text that is edited changed in the user's own editor.
    EditOutside,
    /// End the walk and start the one the form describes.
    Start,
    /// End the walk and start it from the beginning.
    Restart,
    /// The walk has ended: start the next one.
    Relaunch,
    /// Leave now.
    Quit,
}
