//! The transcript so far, kept beside its place while a walk goes on: what is left when the process is killed.

use std::path::PathBuf;

use super::output::{Pending, readers};
use super::{place, progress};
use crate::edition::Step;
use crate::report::{self, Format};
use crate::run::{Recorder, RunEvent};
use crate::scenario::Policy;
use crate::transcript::{Record, Transcript};

/// Files that hold the transcript so far, each replaced as a whole.
pub(super) struct Journal {
    paths: Vec<PathBuf>,
    make: fn(&Record, &Policy) -> Transcript,
    policy: Policy,
    step: Option<Step>,
}

impl Journal {
    /// A journal for each transcript that goes to a file.
    pub(super) fn new(reports: &[Pending], make: fn(&Record, &Policy) -> Transcript, policy: Policy) -> Self {
        let paths = reports.iter().filter_map(Pending::journal).collect();
        Self { paths, make, policy, step: None }
    }

    /// Keeps what was recorded, if the events added to it. Where that is not possible the walk goes on without.
    pub(super) fn note(&mut self, events: &[RunEvent], recorder: &Recorder) {
        let mut added = false;
        for event in events {
            added |= match event {
                RunEvent::Entered(step) => self.step.replace(*step) != Some(*step),
                RunEvent::Exchanged(_)
                | RunEvent::Asked(_)
                | RunEvent::CalledBack(_)
                | RunEvent::Refused(_)
                | RunEvent::Overruled(_) => true,
                _ => false,
            };
        }
        if !added || self.paths.is_empty() {
            return;
        }
        let transcript = (self.make)(&recorder.record(), &self.policy);
        let mut rendered = Vec::new();
        let made = report::render(&transcript, Format::Json, &mut rendered);
        self.paths.retain(|path| {
            let kept = made.as_ref().map_err(ToString::to_string);
            let kept = kept.and_then(|()| {
                place::write_whole(path, &rendered, readers(&transcript)).map_err(|error| error.to_string())
            });
            if let Err(why) = &kept {
                progress::warn(&format!("cannot keep the transcript so far in {}: {why}", path.display()));
            }
            kept.is_ok()
        });
    }

    /// Removes the files, once the transcript is in its place.
    pub(super) fn close(self) {
        for path in self.paths {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    progress::warn(&format!("cannot remove {}: {error}", path.display()));
                }
                _ => {}
            }
        }
    }
}
