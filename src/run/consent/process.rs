//! Programs gatewalk starts: in a process group of their own, ended with all their children.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::exchange::{bounds, text};

/// A running program. Dropping it kills it and its children.
pub(super) struct Process {
    pub(super) child: Child,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Process {
    /// Starts a program. It has no input.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn()?;
        #[cfg(unix)]
        let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        Ok(Self {
            child,
            #[cfg(unix)]
            group,
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The group is there as long as one of its processes is, also when the program itself has ended.
        #[cfg(unix)]
        if let Some(group) = self.group {
            // It may be gone already, which is what we want.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// Reads lines until one is what is wanted.
pub(super) async fn lines<T>(
    source: Option<impl AsyncRead + Unpin>,
    mut wanted: impl FnMut(&str) -> Option<T>,
) -> Option<T> {
    let mut source = BufReader::new(source?);
    loop {
        let mut line = Vec::new();
        let read = (&mut source).take(bounds::PROGRAM_LINE).read_until(b'\n', &mut line).await.unwrap_or(0);
        if read == 0 {
            return None;
        }
        let line = text(&line);
        if let Some(found) = Some(line.trim()).filter(|line| !line.is_empty()).and_then(&mut wanted) {
            return Some(found);
        }
    }
}
