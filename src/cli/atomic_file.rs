//! Files that are there whole or not at all: written beside their place, then moved to it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy as _, HomeDirError};
use tempfile::NamedTempFile;

/// How temporary files begin.
const PREFIX: &str = ".gatewalk-";

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers<'a> {
    /// Its owner.
    Owner,
    /// Whoever may read that file; if it is not there, whoever may read a new file here.
    Of(&'a Path),
}

/// A temporary file beside a path.
pub(super) fn beside(path: &Path, readers: Readers<'_>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    if let Readers::Of(like) = readers {
        use std::os::unix::fs::PermissionsExt as _;
        let known = std::fs::metadata(like).ok().filter(std::fs::Metadata::is_file);
        // What is set is masked by the process; what was set before need not have been.
        let mode = known.as_ref().map_or(0o666, |known| known.permissions().mode() & 0o666);
        builder.permissions(std::fs::Permissions::from_mode(mode));
        let file = claimed(&builder, path)?;
        if known.is_some() {
            file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        }
        return Ok(file);
    }
    claimed(&builder, path)
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A temporary file that no other process takes for that of a dead one.
fn claimed(builder: &tempfile::Builder<'_, '_>, path: &Path) -> io::Result<NamedTempFile> {
    let mut attempts = 0;
    loop {
        let file = builder.tempfile_in(directory(path))?;
        attempts += 1;
        // Where files cannot be locked, nobody takes them away either.
        let is_ours = !matches!(file.as_file().try_lock(), Err(std::fs::TryLockError::WouldBlock));
        if (is_ours && file.path().exists()) || attempts > 9 {
            return Ok(file);
        }
    }
}

/// Removes the temporary files that killed processes left beside a path: a file of one that lives is locked.
#[cfg(unix)]
pub(super) fn sweep(path: &Path) {
    let Ok(entries) = std::fs::read_dir(directory(path)) else { return };
    for entry in entries.flatten() {
        let is_temporary = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary
            && let Ok(file) = std::fs::File::open(entry.path())
            && file.try_lock().is_ok()
        {
            // Somebody else may have been faster.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Elsewhere a file that is in use cannot be told from one that is not.
#[cfg(not(unix))]
pub(super) const fn sweep(_: &Path) {}

/// Writes a file whole.
pub(super) fn write_whole(path: &Path, bytes: &[u8], readers: Readers<'_>) -> io::Result<()> {
    let mut file = beside(path, readers)?;
    file.write_all(bytes)?;
    // Else the name may outlive a loss of power, and the bytes not.
    file.as_file().sync_data()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Where something is kept from run to run: `$XDG_STATE_HOME/gatewalk/NAME`, or what the platform has in its place.
pub(super) fn state(name: &str) -> Result<PathBuf, HomeDirError> {
    let strategy = etcetera::choose_base_strategy()?;
    let base = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok(base.join("gatewalk").join(name))
}

/// Keeps something there, for its owner only.
pub(super) fn keep(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)?;
    }
    sweep(file);
    write_whole(file, bytes, Readers::Owner)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_that_is_written_again_keeps_its_readers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        for kept in [0o600, 0o664, 0o644] {
            std::fs::write(&path, "old").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(kept)).unwrap();
            write_whole(&path, b"new", Readers::Of(&path)).unwrap();
            assert_eq!((std::fs::read(&path).unwrap(), mode(&path)), (b"new".to_vec(), kept));
        }
        write_whole(&path, b"secret", Readers::Owner).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let left = folder.path().join(".gatewalk-killed");
        std::fs::write(&left, "half").unwrap();
        let written = beside(&path, Readers::Owner).unwrap();
        sweep(&path);
        assert!(!left.exists() && written.path().exists());
        written.persist(&path).unwrap();
        sweep(&path);
        assert!(path.exists());
    }
}
