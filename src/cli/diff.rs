//! `gatewalk diff`: what changed between two runs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;

use super::{Failure, replay};
use crate::transcript::Word;
use crate::transcript::diff::Diff;
use crate::transcript::neutral::uncommanding;

/// Which runs to compare.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The transcript of the run before
    before: PathBuf,
    /// The transcript of the run after
    after: PathBuf,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
}

/// Compares; answers 0 if nothing changed, else 1.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let diff = Diff::new(&replay::read(&args.before)?, &replay::read(&args.after)?);
    let said = match args.format {
        Format::Json => format!("{}\n", serde_json::json!(diff)),
        Format::Text => said(&diff, |text| uncommanding(text).into_owned(), "  "),
        // In a code span nothing is markup; a backtick would end it.
        Format::Markdown => said(&diff, |text| format!("`{}`", uncommanding(text).replace('`', "'")), "- "),
    };
    let mut out = anstream::stdout().lock();
    let written = out.write_all(said.as_bytes()).and_then(|()| out.flush());
    written.map_err(Failure::io("cannot print the differences"))?;
    Ok(u8::from(!diff.is_empty()))
}

fn said(diff: &Diff, quote: impl Fn(&str) -> String, item: &str) -> String {
    if diff.is_empty() {
        return "nothing changed\n".to_owned();
    }
    let mut said = String::new();
    let word = |word: Option<Word>| word.map_or("no such check", Word::title);
    let stopped: Vec<_> = diff.stopped().map(|change| change.check.clone()).collect();
    // Writing to a string does not fail.
    for (title, wanted) in [("Checks that stopped running", true), ("Verdicts", false)] {
        let changes: Vec<_> =
            diff.verdicts.iter().filter(|change| stopped.contains(&change.check) == wanted).collect();
        if !changes.is_empty() {
            let _ = writeln!(said, "{title}\n");
        }
        for change in &changes {
            let _ =
                writeln!(said, "{item}{}  {} → {}", quote(&change.check), word(change.was), word(change.is));
        }
        if !changes.is_empty() {
            said.push('\n');
        }
    }
    let mut exchange = None;
    for change in &diff.changes {
        if exchange != Some(&change.exchange) {
            exchange = Some(&change.exchange);
            let title = if change.exchange.is_empty() { "The run" } else { &change.exchange };
            let _ = writeln!(said, "{}\n", uncommanding(title));
        }
        let value = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), &quote);
        let at = quote(if change.at.is_empty() { "/" } else { &change.at });
        let _ = writeln!(said, "{item}{at}  {} → {}", value(&change.was), value(&change.is));
    }
    said
}
