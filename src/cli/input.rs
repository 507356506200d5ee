//! Files that a user names, read within bounds: regular ones only, as a device or a pipe may have no end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::exchange::bounds;

/// What a file is for, which says how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A stored run.
    Transcript,
    /// Certificates to trust.
    Certificates,
    /// All else: scenarios, baselines, keys, tokens, what is kept from run to run.
    Settings,
}

impl Purpose {
    const fn most(self) -> usize {
        match self {
            Self::Transcript => bounds::TRANSCRIPT,
            Self::Certificates => bounds::CERTIFICATES,
            Self::Settings => bounds::SETTINGS,
        }
    }
}

/// Reads a file.
pub(super) fn bytes(path: &Path, purpose: Purpose) -> io::Result<Vec<u8>> {
    // Before it is opened: a pipe nobody writes to would be waited for.
    refuse_irregular(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    refuse_irregular(&file.metadata()?)?;
    within(file, purpose)
}

/// Reads a file of text.
pub(super) fn text(path: &Path, purpose: Purpose) -> io::Result<String> {
    utf8(bytes(path, purpose)?)
}

/// Reads standard input.
pub(super) fn standard(purpose: Purpose) -> io::Result<String> {
    utf8(within(io::stdin(), purpose)?)
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, format!("it is not UTF-8: see byte {}", at + 1))
    })
}

fn refuse_irregular(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let (kind, why) = if metadata.is_dir() {
        (io::ErrorKind::IsADirectory, "it is a directory")
    } else {
        (io::ErrorKind::InvalidInput, "it is a device, a pipe or a socket; give a regular file")
    };
    Err(io::Error::new(kind, why))
}

fn within(source: impl Read, purpose: Purpose) -> io::Result<Vec<u8>> {
    let most = purpose.most();
    let mut bytes = Vec::new();
    source.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        let why = format!("it is larger than the {} MiB that are read", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(path: &Path) -> String {
        bytes(path, Purpose::Settings).unwrap_err().to_string()
    }

    #[test]
    fn only_regular_files_of_a_sane_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        assert!(why(folder.path()).contains("directory"));
        let file = folder.path().join("file");
        std::fs::write(&file, vec![b'a'; bounds::SETTINGS]).unwrap();
        assert_eq!(bytes(&file, Purpose::Settings).unwrap().len(), bounds::SETTINGS);
        std::fs::write(&file, vec![b'a'; bounds::SETTINGS + 1]).unwrap();
        assert!(why(&file).contains("larger than the 1 MiB"), "{}", why(&file));
        std::fs::write(&file, b"ab\xff").unwrap();
        assert!(text(&file, Purpose::Settings).unwrap_err().to_string().contains("byte 3"));
        #[cfg(unix)]
        {
            let pipe = folder.path().join("pipe");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
            for irregular in [pipe, folder.path().join("socket"), "/dev/zero".into()] {
                assert!(why(&irregular).contains("a device, a pipe or a socket"), "{}", why(&irregular));
            }
        }
    }
}
