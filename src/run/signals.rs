//! The signals that ask a process to end, listened to so that what a run obtained is given back first.

use std::io;

use tokio::sync::mpsc;

/// How the process is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// By somebody, who may ask again because it takes too long.
    Asked,
    /// Its terminal is gone, or a limit of the system is met. That may come together with others.
    Told,
}

/// The signals that came, in order.
pub struct Signals(mpsc::UnboundedReceiver<Signal>);

impl Signals {
    /// Listens from now on, so that none is missed.
    pub fn new() -> io::Result<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        listen(&sender)?;
        Ok(Self(receiver))
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        match self.0.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }

    /// The next one, if it has come already.
    pub fn try_next(&mut self) -> Option<Signal> {
        self.0.try_recv().ok()
    }
}

#[cfg(unix)]
fn listen(sender: &mpsc::UnboundedSender<Signal>) -> io::Result<()> {
    use rustix::process::Signal as Number;
    use tokio::signal::unix::{SignalKind, signal};

    const ALL: [(Number, Signal); 9] = [
        (Number::INT, Signal::Asked),
        (Number::TERM, Signal::Asked),
        (Number::QUIT, Signal::Asked),
        (Number::HUP, Signal::Told),
        (Number::ALARM, Signal::Told),
        (Number::USR1, Signal::Told),
        (Number::USR2, Signal::Told),
        (Number::XCPU, Signal::Told),
        (Number::XFSZ, Signal::Told),
    ];
    for (number, meaning) in ALL {
        // `nohup` has a hang-up ignored, and it stays so.
        if meaning == Signal::Told && is_ignored(number.as_raw()) {
            continue;
        }
        let mut signals = signal(SignalKind::from_raw(number.as_raw()))?;
        let sender = sender.clone();
        tokio::spawn(async move { while signals.recv().await.is_some() && sender.send(meaning).is_ok() {} });
    }
    Ok(())
}

/// Whether whoever started this process had a signal ignored. Known on Linux only.
#[cfg(unix)]
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    number > 0 && mask.checked_shr(number.unsigned_abs() - 1).unwrap_or(0) & 1 == 1
}

#[cfg(not(unix))]
fn listen(sender: &mpsc::UnboundedSender<Signal>) -> io::Result<()> {
    let sender = sender.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::Asked).is_ok() {}
    });
    Ok(())
}
