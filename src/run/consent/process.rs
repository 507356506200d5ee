//! Programs gatewalk starts: in a process group of their own, ended with all their children.

use std::io;
use std::process::Stdio;

use tokio::process::{Child, Command};

/// A running program. Dropping it kills it and its children.
pub(super) struct Process {
    pub(super) child: Child,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Process {
    /// Starts a program: no input, output and errors to be read.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
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
