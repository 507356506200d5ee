//! What came of work that was done beside the screen.

use super::judge_job::JudgeResult;
use super::pages::Rendered;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobResult {
    /// What a history says.
    Judged(Box<JudgeResult>),
    /// A page.
    Rendered(Rendered),
}
