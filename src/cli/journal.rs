//! The transcript so far, kept beside its place while a walk goes on: what is left when the process is killed.
//!
//! A task of its own judges and writes, always the newest state and one at a time; the walk does not wait for it. All
//! that was said and heard is written at once; it is judged when a step is over, so that what is said of it is as old as
//! that.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use super::output::{Pending, partial, write_file_like};
use super::progress;
use crate::report::Format;
use crate::run::{Recorder, RunEvent};
use crate::scenario::Policy;
use crate::specification::Step;
use crate::transcript::{Judgements, Record, Secrets, Transcript};

/// A state of the walk to be written.
#[derive(Clone, Default)]
struct State {
    /// How many there were before it.
    number: u64,
    /// What was recorded; nothing before the first.
    record: Option<Record>,
    /// Whether it is to be judged.
    is_judged: bool,
}

/// Files that hold the transcript so far.
pub(super) struct Journal {
    /// The reports it is kept beside.
    reports: Vec<PathBuf>,
    newest: watch::Sender<State>,
    /// The number of the last record that was written.
    written: watch::Receiver<u64>,
    /// The number of the record that people are told of something after.
    awaited: u64,
    writer: JoinHandle<()>,
    step: Option<Step>,
}

impl Journal {
    /// A journal for each transcript that goes to a file.
    pub(super) fn new(reports: &[Pending], secrets: Secrets, policy: Policy) -> Self {
        let reports = reports.iter().filter_map(Pending::transcript).map(Path::to_owned);
        Self::beside(reports.collect(), secrets, policy)
    }

    fn beside(reports: Vec<PathBuf>, secrets: Secrets, policy: Policy) -> Self {
        let (newest, states) = watch::channel(State::default());
        let (done, written) = watch::channel(0);
        let judgements = Judgements::default();
        let files = Files { reports: reports.clone(), secrets, policy, judgements };
        let writer = tokio::spawn(files.write_all(states, done));
        Self { reports, newest, written, awaited: 0, writer, step: None }
    }

    /// Hands on what was recorded, if the events added to it.
    pub(super) fn note<'e>(&mut self, events: impl Iterator<Item = &'e RunEvent>, recorder: &Recorder) {
        if self.reports.is_empty() {
            return;
        }
        let (mut added, mut told) = (false, false);
        for event in events {
            match event {
                RunEvent::Entered(step) => told |= self.step.replace(*step) != Some(*step),
                RunEvent::Asked(_) => told = true,
                RunEvent::Exchanged(_)
                | RunEvent::CalledBack(_)
                | RunEvent::Refused(_)
                | RunEvent::Overruled(_) => added = true,
                _ => {}
            }
        }
        if !added && !told {
            return;
        }
        let number = self.newest.borrow().number + 1;
        let state = State { number, record: Some(recorder.record()), is_judged: told };
        // A writer that broke down takes nothing more.
        let _ = self.newest.send(state);
        if told {
            self.awaited = number;
        }
    }

    /// Where people are told of something next, a step that is over or a login, waits until it is in the files.
    pub(super) async fn kept(&mut self) {
        // A writer that broke down keeps nothing more.
        let _ = self.written.wait_for(|written| *written >= self.awaited).await;
    }

    /// Ends the writing, with the newest state if that is written in time.
    pub(super) async fn end(self, patience: Duration) -> Leftovers {
        let Self { reports, newest, writer, .. } = self;
        drop(newest);
        match tokio::time::timeout(patience, writer).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => progress::warn(&format!("the transcript so far could not be kept: {error}")),
            Err(_) => progress::warn("the transcript so far could not be kept in time"),
        }
        Leftovers(reports.iter().map(|path| partial(path)).collect())
    }
}

/// What writes the files.
struct Files {
    reports: Vec<PathBuf>,
    secrets: Secrets,
    policy: Policy,
    /// What was said of the walk when a step was over last.
    judgements: Judgements,
}

impl Files {
    /// Writes each newest record, until there are no more.
    async fn write_all(mut self, mut states: watch::Receiver<State>, written: watch::Sender<u64>) {
        while states.changed().await.is_ok() {
            let State { number, record, is_judged } = states.borrow_and_update().clone();
            let Some(record) = record else { continue };
            let writing = spawn_blocking(move || {
                if is_judged {
                    self.judgements = Judgements::of(&record);
                }
                self.write(&record);
                self
            });
            let Ok(files) = writing.await else { return };
            self = files;
            written.send_replace(number);
        }
    }

    /// Replaces each file as a whole. Where that is not possible the walk goes on without.
    fn write(&mut self, record: &Record) {
        let transcript = Transcript::of(record, &self.policy, self.judgements.clone(), self.secrets);
        self.reports.retain(|report| {
            let path = partial(report);
            let written = write_file_like(&transcript, Format::Json, &path, report);
            if let Err(why) = &written {
                progress::warn(&format!("cannot keep the transcript so far in {}: {why}", path.display()));
            }
            written.is_ok()
        });
    }
}

/// The files of a walk that is over.
#[must_use]
pub(super) struct Leftovers(Vec<PathBuf>);

impl Leftovers {
    /// Removes them, once the transcript is in its place.
    pub(super) fn remove(self) {
        for path in self.0 {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    progress::warn(&format!("cannot remove {}: {error}", path.display()));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::exchange::{
        Exchange, ExchangeId, Headers, Purpose, Request, Response, Timing, Unauthenticated,
    };
    use crate::scenario::Scenario;
    use crate::specification::{Party, ProtocolVersion};
    use crate::transcript::VerdictKind;

    const TARGET: &str = "https://gateway.example/mcp";

    /// A response to a request without a token.
    fn refused(id: u32) -> RunEvent {
        let purpose = Purpose::Challenge(Unauthenticated::Opening);
        let request = Request::new(Step::Challenge, purpose, Party::Gateway, "POST", TARGET);
        let response = Response {
            status: 401,
            reason: "Unauthorized".to_owned(),
            version: "HTTP/1.1".to_owned(),
            headers: Headers::new(),
            body: "".into(),
            cut: None,
        };
        let timing = Timing::default();
        RunEvent::Exchanged(Arc::new(Exchange { id: ExchangeId(id), request, outcome: Ok(response), timing }))
    }

    /// How many exchanges a file tells of, and what it says of the 401.
    fn kept(path: &Path) -> (usize, VerdictKind) {
        let transcript: Transcript = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let of_401 = transcript.verdicts.iter().find(|entry| entry.check == "rs-unauth-401").unwrap();
        (transcript.exchanges.len(), of_401.verdict)
    }

    #[tokio::test]
    async fn what_is_heard_is_written_at_once_and_judged_when_the_step_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("run.json");
        let path = partial(&report);
        let mut recorder = Recorder::new(Scenario::new(TARGET, ProtocolVersion::DEFAULT), false);
        let mut journal = Journal::beside(vec![report], Secrets::Redacted, Policy::default());
        let mut note = async |journal: &mut Journal, event: RunEvent| {
            recorder.apply(&event);
            journal.note([event].iter(), &recorder);
            journal.kept().await;
        };
        note(&mut journal, RunEvent::Entered(Step::Challenge)).await;
        assert_eq!(kept(&path), (0, VerdictKind::Untestable), "nothing was heard yet");
        note(&mut journal, refused(1)).await;
        note(&mut journal, RunEvent::Entered(Step::ResourceMetadata)).await;
        assert_eq!(kept(&path), (1, VerdictKind::Pass), "the step is over");
        note(&mut journal, refused(2)).await;
        let left = journal.end(Duration::from_secs(10)).await;
        assert_eq!(kept(&path).0, 2, "what came later is there");
        left.remove();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_disk_that_hangs_holds_up_nothing_else() {
        let reports = vec![PathBuf::from("run.json")];
        let (newest, _states) = watch::channel(State::default());
        let (_done, written) = watch::channel(0);
        let writer = tokio::spawn(std::future::pending());
        let mut journal = Journal { reports, newest, written, awaited: 0, writer, step: None };
        journal.kept().await;
        let recorder = Recorder::new(Scenario::new(TARGET, ProtocolVersion::DEFAULT), false);
        journal.note([RunEvent::Entered(Step::Challenge)].iter(), &recorder);
        assert!(futures_util::FutureExt::now_or_never(journal.kept()).is_none());
        drop(journal.end(Duration::ZERO).await);
    }
}
