//! Writes the transcript from the screen.

use std::path::{Path, PathBuf};

use crate::run::{Recorder, clock};
use crate::scenario::Policy;
use crate::transcript::Transcript;

/// Writes `gatewalk-<host>-<timestamp>.json` into a directory and answers its path. `Err` is for the user to read.
pub(super) fn write(directory: &Path, recorder: &Recorder, policy: &Policy) -> Result<PathBuf, String> {
    let transcript = Transcript::new(&recorder.record(), policy);
    let time = clock::timestamp().strftime("%Y%m%dT%H%M%SZ").to_string();
    let path = directory.join(format!("gatewalk-{}-{time}.json", host(&transcript.target)));
    let json = serde_json::to_string_pretty(&transcript).map_err(|error| error.to_string())?;
    std::fs::write(&path, json + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// The host of a URL as part of a file name.
fn host(url: &str) -> String {
    let authority =
        url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-".contains(c) { c } else { '-' })
        .take(80)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_safe_in_file_names() {
        assert_eq!(host("https://user@my.host:8443/../x"), "my.host-8443");
        assert_eq!(host("http://[::1]/"), "---1-");
        assert_eq!(host("no url"), "no-url");
    }
}
