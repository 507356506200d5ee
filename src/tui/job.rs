//! Work that may take longer than a frame: done beside the screen, which never waits for it.
//!
//! What is small is done at once; what is heavy becomes a job, by the same measure everywhere.

use super::judge_job::{JudgeJob, JudgeResult};
use super::pages::Rendered;
use super::render_job::RenderJob;
use crate::exchange::{Exchange, History};

/// Bytes of a body, or of a history, from which on work on it is done beside the screen.
const HEAVY: usize = 1 << 17;
/// What an exchange of a history counts besides its bodies.
const EXCHANGE: usize = 1 << 10;

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

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobResult {
    /// What a history says.
    Judged(Box<JudgeResult>),
    /// A page.
    Rendered(Rendered),
}

/// Whether an exchange takes long to be shown, or its secrets to be found.
pub(super) fn is_heavy(exchange: &Exchange) -> bool {
    weight(exchange) > HEAVY
}

/// Whether a history takes long to be judged.
pub(super) fn is_heavy_history(history: &History) -> bool {
    history.exchanges().map(|exchange| EXCHANGE + weight(exchange)).sum::<usize>() > HEAVY
}

fn weight(exchange: &Exchange) -> usize {
    let heard = exchange.response().map_or(0, |response| response.body.len());
    exchange.request.body.len() + heard
}
