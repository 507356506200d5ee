//! What moves the screen. Plain data.

use std::path::PathBuf;
use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Size};

use super::direction::Direction;
use super::job_result::JobResult;
use super::selection::Tab as Shown;
use crate::run::RunEvent;

/// Something happened, or somebody wants something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Something happened in the walk.
    Run(RunEvent),
    /// Time goes by while something is under way.
    Tick(Duration),
    /// The terminal has another size.
    Resized(Size),
    /// A mouse button was pressed there.
    Clicked(Position),
    /// The wheel was turned there.
    Wheeled(Position, Direction),
    /// Text was pasted into the terminal.
    Pasted(String),
    /// A key for a text field.
    Typed(KeyEvent),
    /// A key that means nothing here.
    Unknown(KeyEvent),
    /// The transcript was written, or not.
    Exported(Result<Vec<PathBuf>, String>),
    /// Something was done beside the screen.
    Done(JobResult),
    /// All of a stored run was played.
    Opened,
    /// The user's own editor was closed: the text, or why there is none.
    Edited(Result<String, String>),
    /// A text is where it was to be copied to.
    Copied,
    /// A text was not copied, and why.
    NotCopied(String),
    /// The walk that was asked for cannot be started.
    NotStarted(String),

    /// Walk a step.
    Continue,
    /// Walk to the end.
    RunToEnd,
    /// Walk to the start of the selected step.
    RunTo,
    /// Back to the step before.
    Back,
    /// Drop what is under way, and wait.
    Pause,
    /// Send the probes, or show those that were sent.
    Probe,
    /// Walk the step again.
    Retry,
    /// Go on although a conforming client stops here.
    Overrule,
    /// Change the selected request and send it again.
    Edit,
    /// Undo the last change of the text.
    Undo,
    /// Give the terminal back to the shell, until it brings us to the front again.
    Suspend,
    /// Change it in the user's own editor.
    EditOutside,
    /// Walk from the beginning.
    Restart,
    /// Ask where to walk.
    AskTarget,
    /// Open the authorization URL.
    OpenBrowser,
    /// Read the login page here too.
    ReadLoginPage,
    /// Ask for the redirected URL.
    AskPaste,
    /// Take what was typed.
    Submit,
    /// Ask in which format to write the transcript.
    Export,
    /// Copy the shown URL, or the selected value.
    Copy,
    /// Copy the shown request as a curl command.
    CopyCurl,
    /// Show what would be copied, alone on the screen.
    Alone,
    /// Show the shown request as a curl command, alone on the screen.
    AloneCurl,
    /// Show a tab.
    Show(Shown),
    /// Show a tab of the whole run, or go back from it.
    Full(Shown),
    /// Show bodies in the next way.
    View,
    /// Show secrets, or hide them again.
    Secrets,
    /// Ask for what to search for.
    AskSearch,
    /// Go to where it is found next.
    Found(Direction),
    /// List the findings of the next level only.
    FilterLevel,
    /// List the findings of the next party only.
    FilterParty,
    /// Show another tab.
    Tab(Direction),
    /// Move the focus to the next pane.
    Focus,
    /// Select the next item, or scroll a row.
    Move(Direction),
    /// Scroll a page.
    Page(Direction),
    /// Scroll to the start or the end.
    Edge(Direction),
    /// Select the exchange before or after.
    Exchange(Direction),
    /// Select the step of that number.
    Step(usize),
    /// Go to where the selected finding was seen.
    Jump,
    /// Show the keys.
    Help,
    /// Close what lies over the panes, or go back to where one usually is.
    Close,
    /// End, unless something would be lost that nobody was asked about.
    Leave,
    /// End.
    Quit,
}
