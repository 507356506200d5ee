//! The transcript so far, kept beside its place while a walk goes on: what is left when the process is killed.
//!
//! A task of its own judges and writes, always the newest state and one at a time; the walk does not wait for it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use super::output::{Pending, write_file};
use super::progress;
use crate::report::Format;
use crate::run::{Recorder, RunEvent};
use crate::scenario::Policy;
use crate::specification::Step;
use crate::transcript::{Record, Transcript};

/// A record and how many there were before it; nothing before the first.
type Numbered = (u64, Option<Record>);

/// Files that hold the transcript so far.
pub(super) struct Journal {
    paths: Vec<PathBuf>,
    newest: watch::Sender<Numbered>,
    /// The number of the last record that was written.
    written: watch::Receiver<u64>,
    /// The number of the record that people are told of something after.
    awaited: u64,
    writer: JoinHandle<()>,
    step: Option<Step>,
}

impl Journal {
    /// A journal for each transcript that goes to a file.
    pub(super) fn new(reports: &[Pending], make: fn(&Record, &Policy) -> Transcript, policy: Policy) -> Self {
        let paths: Vec<_> = reports.iter().filter_map(Pending::journal).collect();
        let (newest, records) = watch::channel((0, None));
        let (done, written) = watch::channel(0);
        let files = Files { paths: paths.clone(), make, policy };
        let writer = tokio::spawn(files.write_all(records, done));
        Self { paths, newest, written, awaited: 0, writer, step: None }
    }

    /// Hands on what was recorded, if the events added to it.
    pub(super) fn note<'e>(&mut self, events: impl Iterator<Item = &'e RunEvent>, recorder: &Recorder) {
        if self.paths.is_empty() {
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
        let number = self.newest.borrow().0 + 1;
        // A writer that broke down takes nothing more.
        let _ = self.newest.send((number, Some(recorder.record())));
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
        let Self { paths, newest, writer, .. } = self;
        drop(newest);
        match tokio::time::timeout(patience, writer).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => progress::warn(&format!("the transcript so far could not be kept: {error}")),
            Err(_) => progress::warn("the transcript so far could not be kept in time"),
        }
        Leftovers(paths)
    }
}

/// What writes the files.
struct Files {
    paths: Vec<PathBuf>,
    make: fn(&Record, &Policy) -> Transcript,
    policy: Policy,
}

impl Files {
    /// Writes each newest record, until there are no more.
    async fn write_all(mut self, mut records: watch::Receiver<Numbered>, written: watch::Sender<u64>) {
        while records.changed().await.is_ok() {
            let (number, record) = records.borrow_and_update().clone();
            let Some(record) = record else { continue };
            let writing = spawn_blocking(move || {
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
        let transcript = (self.make)(record, &self.policy);
        self.paths.retain(|path| match write_file(&transcript, Format::Json, path) {
            Ok(()) => true,
            Err(why) => {
                progress::warn(&format!("cannot keep the transcript so far in {}: {why}", path.display()));
                false
            }
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
    use std::sync::Mutex;

    use super::*;
    use crate::scenario::Scenario;
    use crate::specification::ProtocolVersion;

    /// Held while nothing is written.
    static DISK: Mutex<()> = Mutex::new(());

    fn slowly(record: &Record, policy: &Policy) -> Transcript {
        drop(DISK.lock().unwrap());
        Transcript::new(record, policy)
    }

    #[test]
    fn a_disk_that_hangs_holds_up_nothing_else() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (newest, records) = watch::channel((0, None));
        let (done, written) = watch::channel(0);
        let paths = vec![folder.path().join("run.json.partial")];
        let files = Files { paths: paths.clone(), make: slowly, policy: Policy::default() };
        let writer = runtime.spawn(files.write_all(records, done));
        let mut journal = Journal { paths, newest, written, awaited: 0, writer, step: None };
        runtime.block_on(journal.kept());
        let disk = DISK.lock().unwrap();
        let recorder = Recorder::new(Scenario::new("https://rs.test/mcp", ProtocolVersion::DEFAULT), false);
        journal.note([RunEvent::Entered(Step::Challenge)].iter(), &recorder);
        assert!(futures_util::FutureExt::now_or_never(journal.kept()).is_none());
        let left = runtime.block_on(journal.end(Duration::ZERO));
        drop(disk);
        left.remove();
    }
}
