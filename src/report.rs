//! Renderings of a transcript, one file a format: pure functions that write to what they are given.
//!
//! To add a format: its file here, its variant in [`Format`], its lines in [`Format::ALL`], `id` and [`render`].

mod json;
mod text;

use std::io::{self, Write};
use std::str::FromStr;

use crate::transcript::Transcript;

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The transcript itself.
    Json,
    /// For people, in a terminal.
    Text,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::Json, Self::Text];

    /// The word for it in options.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
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
        Format::Json => json::render(transcript, to),
        Format::Text => text::render(transcript, to),
    }
}
