//! Files that are there whole or not at all: written beside their place, then moved to it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy as _, HomeDirError};
use tempfile::NamedTempFile;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner.
    Owner,
    /// Whoever may read a new file here.
    Usual,
}

/// A temporary file beside a path.
pub(super) fn beside(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.map_or_else(|| PathBuf::from("."), PathBuf::from);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gatewalk-");
    #[cfg(unix)]
    if readers == Readers::Usual {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}

/// Writes a file whole.
pub(super) fn write_whole(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
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
    write_whole(file, bytes, Readers::Owner)
}
