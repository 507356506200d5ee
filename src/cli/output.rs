//! Where reports go: standard output, files that are there whole or not at all, devices and pipes.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use clap::builder::{ValueParser, ValueParserFactory};

use super::atomic_file::{self, Readers};
use super::{Failure, progress};
use crate::report::{self, Format};
use crate::scenario::OptionParser;
use crate::transcript::Transcript;
use crate::transcript::sanitize::escape_lines;

/// How long somebody who is to read may take before it is said that he is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// `FORMAT=PATH`.
#[derive(Clone, Debug)]
pub(super) struct ReportOption {
    pub(super) format: Format,
    /// `None` is standard output.
    pub(super) path: Option<PathBuf>,
}

impl FromStr for ReportOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("expected FORMAT=PATH")?;
        if path.is_empty() {
            return Err("the path is empty; - is standard output".to_owned());
        }
        Ok(Self { format: format.parse()?, path: (path != "-").then(|| PathBuf::from(path)) })
    }
}

impl ValueParserFactory for ReportOption {
    type Parser = ValueParser;

    fn value_parser() -> ValueParser {
        ValueParser::new(
            OptionParser::new(Self::from_str)
                .with_words(Format::ALL.iter().map(|format| format!("{}=", format.id()))),
        )
    }
}

/// A report with a place to go.
pub(super) struct Pending {
    format: Format,
    place: Place,
}

impl Pending {
    /// The file of the report, if it is a transcript in a file.
    pub(super) fn transcript(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) if self.format == Format::Json => Some(path),
            _ => None,
        }
    }

    /// Where it goes, for people.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Stdout => "standard output".to_owned(),
            Place::File(path) | Place::Stream(_, path) => escape_lines(&path.to_string_lossy()),
        }
    }
}

/// The place of a transcript that is not yet whole.
pub(super) fn partial(path: &Path) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(".partial");
    name.into()
}

/// Where a report goes.
enum Place {
    Stdout,
    /// A regular file, or none yet: written beside it and moved there when whole.
    File(PathBuf),
    /// A device or a pipe: written as it is.
    Stream(File, PathBuf),
}

/// The place of a run's report, opened: what cannot be written fails before anything is sent. `all` are the names of all runs.
pub(super) fn pending(option: &ReportOption, name: &str, all: &[&str]) -> Result<Pending, Failure> {
    const NAME: &str = "{scenario}";
    let path = option.path.as_ref().map(|path| {
        let written = path.to_string_lossy();
        if all.len() > 1 && (!written.contains(NAME) || all.iter().filter(|other| **other == name).count() > 1) {
            let why = "the runs would overwrite each other's; hold them apart with {scenario}, and by their file names";
            return Err(Failure::Usage(format!("cannot write the report to {written}: {why}")));
        }
        Ok(if written.contains(NAME) { PathBuf::from(written.replace(NAME, name)) } else { path.clone() })
    });
    let place = path.transpose()?.map_or(Ok(Place::Stdout), |path| {
        let usage =
            |cause: String| Failure::Usage(format!("cannot write the report to {}: {cause}", path.display()));
        // A link is followed, so that it stays one.
        let target = followed(&path);
        match std::fs::metadata(&target) {
            Ok(found) if found.is_dir() => Err(usage("it is a directory".to_owned())),
            Ok(found) if !found.is_file() => {
                let stream = open_stream(&target).map_err(|cause| usage(cause.to_string()))?;
                Ok(Place::Stream(stream, target))
            }
            Err(cause) if cause.kind() == io::ErrorKind::InvalidFilename => {
                Err(usage("the system takes no file name like that; a shorter one will do".to_owned()))
            }
            _ => {
                atomic_file::sweep(&target);
                // It is gone again at once: a killed process leaves nothing of it.
                let beside = atomic_file::beside(&target, Readers::Owner);
                drop(beside.map_err(|cause| usage(unwritable(&target, &cause)))?);
                Ok(Place::File(target))
            }
        }
    });
    Ok(Pending { format: option.format, place: place? })
}

/// Opens a device or a pipe, and says what is waited for if it takes its time: somebody has to read a pipe.
fn open_stream(path: &Path) -> io::Result<File> {
    let (opened, waits) = std::sync::mpsc::channel();
    let place = path.to_owned();
    // Nothing but a reader, or the end of the process, ends the wait.
    std::thread::spawn(move || opened.send(File::options().write(true).open(place)));
    let mut opened = waits.recv_timeout(PATIENCE);
    if matches!(opened, Err(RecvTimeoutError::Timeout)) {
        progress::warn(&format!("waiting for somebody to read {}", escape_lines(&path.to_string_lossy())));
        opened = waits.recv().map_err(|_| RecvTimeoutError::Disconnected);
    }
    opened.map_err(io::Error::other)?
}

/// The path a link leads to in the end, also when nothing is there yet.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        let Ok(to) = std::fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| to.clone(), |folder| folder.join(&to));
    }
    std::fs::canonicalize(&path).unwrap_or(path)
}

/// Why nothing can be written beside a path. The cause itself names a temporary file.
fn unwritable(path: &Path, cause: &io::Error) -> String {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    match (cause.kind(), directory) {
        (io::ErrorKind::NotFound, Some(directory)) => {
            format!("the directory {} does not exist", directory.display())
        }
        (kind, _) => kind.to_string(),
    }
}

/// Writes a report to its place.
pub(super) fn write(report: Pending, transcript: &Transcript) -> Result<(), Failure> {
    let rendered = || rendered(transcript, report.format).map_err(Failure::io("cannot make the report"));
    let what = |path: &Path| format!("cannot write the report to {}", path.display());
    match report.place {
        Place::File(path) => write_file(transcript, report.format, &path).map_err(Failure::io(what(&path))),
        Place::Stream(mut stream, path) => {
            let plain = plain(&rendered()?);
            unless_left(stream.write_all(&plain)).map_err(Failure::io(what(&path)))
        }
        Place::Stdout => {
            let rendered = rendered()?;
            let mut out = anstream::stdout().lock();
            let written = out.write_all(&rendered).and_then(|()| out.flush());
            unless_left(written).map_err(Failure::io("cannot print the report"))
        }
    }
}

/// Writes a report to a file, whole.
pub(super) fn write_file(transcript: &Transcript, format: Format, path: &Path) -> io::Result<()> {
    write_file_like(transcript, format, path, path)
}

/// The same, for whoever may read another file, which may not be there yet.
pub(super) fn write_file_like(
    transcript: &Transcript,
    format: Format,
    path: &Path,
    like: &Path,
) -> io::Result<()> {
    // One that holds secrets is for its owner only.
    let readers = if transcript.revealed { Readers::Owner } else { Readers::Of(like) };
    atomic_file::write_whole(path, &plain(&rendered(transcript, format)?), readers)
}

fn rendered(transcript: &Transcript, format: Format) -> io::Result<Vec<u8>> {
    let mut rendered = Vec::new();
    report::render(transcript, format, &mut rendered)?;
    Ok(rendered)
}

/// Without the colours for a terminal.
fn plain(rendered: &[u8]) -> Vec<u8> {
    anstream::adapter::strip_bytes(rendered).into_vec()
}

/// The one path of a file that may not be there yet.
fn whole(path: &Path) -> PathBuf {
    let path = &followed(path);
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    let directory = directory.unwrap_or_else(|| Path::new(".")).canonicalize();
    let beside = || Some(directory.ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(beside).unwrap_or_else(|| path.to_owned())
}

/// A reader that has left has seen enough.
fn unless_left(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The reports asked for, or text on standard output; at most one goes there, and to each file.
pub(super) fn wanted(mut reports: Vec<ReportOption>) -> Result<Vec<ReportOption>, Failure> {
    if reports.is_empty() {
        reports.push(ReportOption { format: Format::Text, path: None });
    }
    if reports.iter().filter(|option| option.path.is_none()).count() > 1 {
        return Err(Failure::Usage("only one report can go to standard output".into()));
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for (format, path) in reports.iter().filter_map(|option| Some((option.format, option.path.as_deref()?))) {
        let journal = (format == Format::Json).then(|| partial(path));
        for path in [Some(path), journal.as_deref()].into_iter().flatten() {
            let file = whole(path);
            if files.contains(&file) {
                let path = path.display();
                return Err(Failure::Usage(format!(
                    "two reports would go to {path}: give each a path of its own"
                )));
            }
            files.push(file);
        }
    }
    Ok(reports)
}
