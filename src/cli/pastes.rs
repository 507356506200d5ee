//! What is pasted on standard input: one reader for all runs of a process, so that none takes the lines of another.

use std::io::{self, BufRead};

use tokio::sync::mpsc;

/// Lines that wait to be taken.
const MOST_WAITING: usize = 16;

/// The lines, read from when the first is asked for.
#[derive(Default)]
pub(super) struct Pastes(Option<mpsc::Receiver<String>>);

impl Pastes {
    /// The next line that says something; `None` at the end of the input.
    pub(super) async fn next(&mut self) -> Option<String> {
        self.0.get_or_insert_with(|| read(|| io::stdin().lock())).recv().await
    }
}

/// Reads lines in a thread, which nothing can end while it waits for one.
fn read<R: BufRead>(source: impl FnOnce() -> R + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    tokio::task::spawn_blocking(move || {
        for line in source().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_one_login_did_not_take_is_there_for_the_next() {
        let mut pastes = Pastes(Some(read(|| &b"first\n\n \nsecond\n"[..])));
        assert_eq!(pastes.next().await.as_deref(), Some("first"));
        let again = &mut pastes;
        assert_eq!(again.next().await.as_deref(), Some("second"));
        assert_eq!((again.next().await, again.next().await), (None, None));
    }
}
