//! Renderings of a transcript, one file a format: pure functions that write to what they are given.
//!
//! To add a format: its file here, its variant in [`Format`], its lines in [`Format::ALL`], `id`, `extension` and
//! [`render`]; what it is for in `cli/screen.rs`, its word in the help of `--report` in `cli/check.rs`. `tests/record/`
//! has a snapshot of each.

mod curl;
mod evidence;
mod github;
mod har;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::io::{self, Write};
use std::str::FromStr;

use crate::transcript::Transcript;

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A shell script that repeats the requests.
    Curl,
    /// Annotations for GitHub Actions.
    Github,
    /// The exchanges, for a browser's developer tools.
    Har,
    /// One page that holds everything, for people.
    Html,
    /// The transcript itself.
    Json,
    /// Tests, for CI systems.
    Junit,
    /// For the summary of a job, or an issue.
    Markdown,
    /// Findings, for code scanning.
    Sarif,
    /// For people, in a terminal.
    Text,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 9] = [
        Self::Curl,
        Self::Github,
        Self::Har,
        Self::Html,
        Self::Json,
        Self::Junit,
        Self::Markdown,
        Self::Sarif,
        Self::Text,
    ];

    /// The word for it in options.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Github => "github",
            Self::Har => "har",
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Text => "text",
        }
    }
}

impl Format {
    /// What the names of its files end in.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Curl => "sh",
            Self::Github => "annotations",
            Self::Har => "har",
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "xml",
            Self::Markdown => "md",
            Self::Sarif => "sarif",
            Self::Text => "txt",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.id() == word).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.into_iter().map(Self::id).collect();
            format!("{word:?} is no report format; there are {}", known.join(", "))
        })
    }
}

/// Writes a report. Text carries ANSI styles; a writer that is no terminal strips them.
pub fn render(transcript: &Transcript, format: Format, to: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Curl => curl::render(transcript, to),
        Format::Github => github::render(transcript, to),
        Format::Har => har::render(transcript, to),
        Format::Html => html::render(transcript, to),
        Format::Json => json::render(transcript, to),
        Format::Junit => junit::render(transcript, to),
        Format::Markdown => markdown::render(transcript, to),
        Format::Sarif => sarif::render(transcript, to),
        Format::Text => text::render(transcript, to),
    }
}
