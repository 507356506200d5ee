//! Where reports go: standard output, files that are there whole or not at all, devices and pipes.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{ValueParser, ValueParserFactory};

use super::Failure;
use super::atomic_file::{self, Readers};
use crate::report::{self, Format};
use crate::scenario::OptionParser;
use crate::transcript::Transcript;

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
    /// Where the transcript so far is kept, if the report is a transcript in a file.
    pub(super) fn journal(&self) -> Option<PathBuf> {
        match &self.place {
            Place::File(path) if self.format == Format::Json => Some(partial(path)),
            _ => None,
        }
    }
}

/// The place of a transcript that is not yet whole.
fn partial(path: &Path) -> PathBuf {
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
        let target = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        match std::fs::metadata(&target) {
            Ok(found) if found.is_dir() => Err(usage("it is a directory".to_owned())),
            Ok(found) if !found.is_file() => {
                let stream =
                    File::options().write(true).open(&target).map_err(|cause| usage(cause.to_string()))?;
                Ok(Place::Stream(stream, target))
            }
            _ => {
                // It is gone again at once: a killed process leaves nothing of it.
                let beside = atomic_file::beside(&target, Readers::Usual);
                drop(beside.map_err(|cause| usage(unwritable(&target, &cause)))?);
                Ok(Place::File(target))
            }
        }
    });
    Ok(Pending { format: option.format, place: place? })
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
    // One that holds secrets is for its owner only.
    let readers = if transcript.revealed { Readers::Owner } else { Readers::Usual };
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
