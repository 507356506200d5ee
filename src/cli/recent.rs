//! Targets of earlier walks, in the platform's state directory: URLs only, without anything that could be a secret.

use std::io;
use std::path::{Path, PathBuf};

use super::{atomic_file, input};
use crate::document::identifier::Identifier;
use crate::exchange::bare;

/// How many are kept.
const MAX_ENTRIES: usize = 12;

/// The targets, the last one first. What cannot be read is as if there were none.
pub(super) fn targets() -> Vec<String> {
    file().map(|file| read(&file)).unwrap_or_default()
}

/// Puts a target first. It is a convenience: where it cannot be written, nothing is remembered.
pub(super) fn remember(url: &str) {
    if let Some(file) = file() {
        let _ = add(&file, url);
    }
}

fn file() -> Option<PathBuf> {
    atomic_file::state("recent").ok()
}

fn read(file: &Path) -> Vec<String> {
    let text = input::text(file, input::Purpose::Settings).unwrap_or_default();
    let lines = text.lines().filter(|line| Identifier::parse(line).is_some());
    lines.take(MAX_ENTRIES).map(str::to_owned).collect()
}

fn add(file: &Path, url: &str) -> io::Result<()> {
    let Some(url) = plain(url) else { return Ok(()) };
    let mut targets = read(file);
    targets.retain(|known| known != url);
    targets.insert(0, url.to_owned());
    targets.truncate(MAX_ENTRIES);
    atomic_file::keep(file, (targets.join("\n") + "\n").as_bytes())
}

/// The URL without its query, where keys are given; nothing for one with a user name in it.
fn plain(url: &str) -> Option<&str> {
    let parsed = Identifier::parse(url)?;
    (!parsed.origin.contains('@')).then(|| bare(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_first_and_nothing_secret_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("gatewalk").join("recent");
        for url in ["https://a/mcp?key=SECRET", "https://b/mcp", "https://user:SECRET@c/mcp", "https://a/mcp"]
        {
            add(&file, url).unwrap();
        }
        assert_eq!(read(&file), ["https://a/mcp", "https://b/mcp"]);
        for number in 0..20 {
            add(&file, &format!("https://h/{number}")).unwrap();
        }
        assert_eq!(read(&file).len(), MAX_ENTRIES);
        assert_eq!(read(&file)[0], "https://h/19");
        std::fs::write(&file, "no url\n\u{1b}[2J\n").unwrap();
        assert_eq!(read(&file), [] as [&str; 0]);
    }
}
