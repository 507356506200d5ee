//! `gatewalk schema`: the JSON Schema of what gatewalk reads and writes.

use std::io::Write as _;

use clap::ValueEnum;

use super::Failure;
use crate::scenario::file;
use crate::transcript::Transcript;

/// Which format to describe.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The format
    #[arg(value_enum)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// What `check` reads: scenario files, for editors that complete TOML
    Scenario,
    /// What `--report json=PATH` writes, and `replay` and `diff` read
    Transcript,
}

/// Prints the schema, draft 2020-12.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let schema = match args.format {
        Format::Scenario => file::json_schema(),
        Format::Transcript => Transcript::json_schema(),
    };
    writeln!(anstream::stdout(), "{schema:#}").map_err(Failure::io("cannot print the schema"))?;
    Ok(0)
}
