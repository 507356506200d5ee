//! `gatewalk replay`: a stored transcript, judged again; on the screen, or as a report.

use std::path::{Path, PathBuf};

use super::output::{ReportOption, pending, wanted, write};
use super::{Failure, environment, input, is_interactive, screen, value};
use crate::client;
use crate::scenario::{ClientSelection, OptionParser};
use crate::transcript::replay::Replay;
use crate::transcript::{SCHEMA, Transcript};

/// What to judge and what to report.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A transcript, as --report json=PATH wrote it; - is standard input
    transcript: PathBuf,
    /// Write a report instead of showing the screen, to a file or `-` for standard output; repeatable
    /// [default: text=- if this is no terminal]
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<ReportOption>,
    /// Real clients to predict, instead of those the run was reported for; as for `check`
    #[arg(long, value_name = "CLIENTS", value_delimiter = ',', value_parser = clients(), hide_possible_values = true)]
    clients: Vec<String>,
    /// Clients that have to connect; as for `check`
    #[arg(long, value_name = "CLIENTS", value_delimiter = ',', value_parser = clients(), hide_possible_values = true)]
    require_clients: Vec<String>,
    /// No colours; the variable NO_COLOR does the same
    #[arg(long)]
    no_color: bool,
}

/// Words for clients, with those there are.
fn clients() -> OptionParser<String> {
    OptionParser::new(value::clients).with_words(client::words())
}

/// Judges again; shows the run on the screen, or reports and returns the exit code.
pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    if args.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    let wrong = |why| Failure::Usage(format!("{}: {why}", args.transcript.display()));
    let mut stored = read(&args.transcript)?;
    if !args.clients.is_empty() || !args.require_clients.is_empty() {
        stored.options.ask_for(&ClientSelection { shown: args.clients, required: args.require_clients });
    }
    let replay = Replay::new(stored).map_err(wrong)?;
    if args.report.is_empty()
        && is_interactive()
        && !environment::is_dumb_terminal()
        && args.transcript != Path::new("-")
    {
        return screen::replay(&args.transcript, replay, !args.no_color).await;
    }
    let reports = wanted(args.report)?;
    let pending = reports.iter().map(|option| pending(option, "replay", &["replay"]));
    let pending = pending.collect::<Result<Vec<_>, _>>()?;
    let transcript = replay.judged_again();
    for report in pending {
        write(report, &transcript)?;
    }
    Ok(transcript.summary.exit_code)
}

/// What tells whether a file is a transcript that can be read.
#[derive(serde::Deserialize)]
struct Head {
    schema: Option<u64>,
}

/// Reads a transcript.
pub(super) fn read(path: &Path) -> Result<Transcript, Failure> {
    let wrong = |why: String| Failure::Usage(format!("{} {why}", path.display()));
    let text = if path == Path::new("-") {
        input::standard(input::Purpose::Transcript)
    } else {
        input::text(path, input::Purpose::Transcript)
    };
    let text = text.map_err(|error| wrong(format!("cannot be read: {error}")))?;
    match serde_json::from_str::<Head>(&text) {
        Ok(Head { schema: Some(schema) }) if schema == u64::from(SCHEMA) => {}
        Ok(Head { schema: Some(schema) }) => {
            return Err(wrong(format!("has schema {schema}; this version of gatewalk reads {SCHEMA}")));
        }
        Err(error) if error.is_syntax() || error.is_eof() => {
            return Err(wrong(format!("is not JSON: {error}")));
        }
        _ => return Err(wrong("is no transcript: write one with --report json=PATH".to_owned())),
    }
    serde_json::from_str(&text).map_err(|error| wrong(format!("is no valid transcript: {error}")))
}
