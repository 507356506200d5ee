//! Renderings of a transcript, one file a format: pure functions that write to what they are given.
//!
//! To add a format: its file here with its `mod` line, and its row in `formats!`. `tests/record/` has a snapshot of each,
//! `cli/help/reports.md` a line.

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

/// Declares the formats: from each row its variant, its word in options, what the names of its files end in, the function
/// that writes it, and what it is for.
macro_rules! formats {
    ($($Format:ident $word:literal $extension:literal $render:path, $purpose:literal;)*) => {
        /// A report format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Format {
            $(#[doc = $purpose] $Format,)*
        }

        impl Format {
            /// All formats, in the order people need them.
            pub const ALL: &[Self] = &[$(Self::$Format),*];

            /// The word for it in options.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$Format => $word),* }
            }

            /// What the names of its files end in.
            pub const fn extension(self) -> &'static str {
                match self { $(Self::$Format => $extension),* }
            }

            /// What it is for.
            pub const fn purpose(self) -> &'static str {
                match self { $(Self::$Format => $purpose),* }
            }
        }

        /// Writes a report. Text carries ANSI styles; a writer that is no terminal strips them.
        pub fn render(transcript: &Transcript, format: Format, to: &mut dyn Write) -> io::Result<()> {
            match format { $(Format::$Format => $render(transcript, to)),* }
        }
    };
}

formats! {
    Json "json" "json" json::render, "the walk itself, for gatewalk replay and diff";
    Html "html" "html" html::render, "for the vendor: everything, in one page";
    Markdown "markdown" "md" markdown::render, "for an issue or a ticket";
    Curl "curl" "sh" curl::render, "a script that sends the requests again";
    Text "text" "txt" text::render, "the findings, for a terminal";
    Har "har" "har" har::render, "the exchanges, for a browser's developer tools";
    Junit "junit" "xml" junit::render, "the verdicts as tests, for CI";
    Sarif "sarif" "sarif" sarif::render, "the findings, for code scanning";
    Github "github" "annotations" github::render, "annotations, for GitHub Actions";
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|format| format.id() == word).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|format| format.id()).collect();
            format!("{word:?} is no report format; there are {}", known.join(", "))
        })
    }
}
