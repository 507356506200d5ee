//! Work that may take longer than a frame: done beside the screen, which never waits for it.
//!
//! What is small is done at once; what is heavy becomes a job, by the same measure everywhere.

use super::job_result::JobResult;
use super::judge_job::JudgeJob;
use super::render_job::RenderJob;

/// Something to be done beside the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Judge a history.
    Judge(Box<JudgeJob>),
    /// Lay out a page.
    Render(RenderJob),
}

impl Job {
    /// Does it.
    pub(super) fn run(self) -> JobResult {
        match self {
            Self::Judge(job) => JobResult::Judged(Box::new(job.run())),
            Self::Render(job) => JobResult::Rendered(job.run()),
        }
    }
}
