//! The command line: the only reader of arguments and environment; one file a command.

mod arguments;
mod atomic_file;
mod check;
mod client_metadata;
mod client_store;
mod completions;
mod diff;
mod environment;
mod explain;
mod help;
mod input;
mod journal;
mod network;
mod options;
mod output;
mod pastes;
mod progress;
mod recent;
mod replay;
mod sandbox;
mod schema;
mod screen;
mod source;
mod value;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::run::StartError;
use crate::scenario::{Problem, Problems};
use crate::transcript::sanitize::{escape_lines, is_invisible, sanitize};
use crate::tui::TuiError;

const EXIT_CODES: &str = "\
Exit codes:
  0    conforms; or no violation found, where a MUST that applies was not decided
  1    a MUST is violated (with --fail-on should: a SHOULD)
  2    usage error, or a scenario file that cannot be read
  3    could not judge: unreachable, login not completed, prerequisite missing, stopped at a refusal
       (with --fail-on undecided: also where a MUST that applies was not decided)
  4    nothing selected: no check of the chosen --party was decided
  5    the baseline is stale: an expected verdict expired, or did not come
  130  interrupted
Of several 2 comes before 1, 1 before 3, 3 before 5, 5 before 4.";

const REPLAY_EXAMPLES: &str = "\
Examples:
  gatewalk replay run.json                       walk through it on the screen
  gatewalk replay run.json.partial               what is left of a run that was killed
  gatewalk replay run.json --report text=-       judge it again without the screen
  gatewalk replay run.json --report html=run.html

On the screen nothing is sent, and leaving it ends with 0 whatever the verdicts are.";

const SHORT_HELP: &str = "--help tells more: every value, an example, the exit codes.";

const EXAMPLES: &str = "\
Examples:
  gatewalk                                        walk the embedded sandbox
  gatewalk https://my-gateway.zuplo.dev/mcp       walk a real target
  gatewalk check staging.toml production.toml     walk what scenario files say, one after the other
  gatewalk check https://my-gateway.zuplo.dev/mcp --consent form --fill username=me --fill password=env:PW
  gatewalk check --sandbox --fault issuer-mismatch --report json=run.json
  gatewalk replay run.json                        walk through a stored run, offline
  gatewalk explain rs-unauth-401";

/// Walks an MCP server's OAuth flow through its gateway, one step at a time, and says who is wrong at each.
#[derive(Debug, Parser)]
#[command(name = "gatewalk", version, after_help = SHORT_HELP, after_long_help = format!("{EXAMPLES}\n\n{}\n\n{EXIT_CODES}", help::list()), args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    screen: screen::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Walk unattended: progress on stderr, report on stdout, verdict in the exit code
    #[command(after_help = SHORT_HELP, after_long_help = format!("{}\n\n{EXIT_CODES}", check::SCENARIO))]
    Check(Box<check::Args>),
    /// Look at a stored run step by step, or report on it: judged again, offline, by the catalogue of this version
    #[command(after_help = format!("{REPLAY_EXAMPLES}\n\n{EXIT_CODES}"))]
    Replay(replay::Args),
    /// Compare two runs: documents, header fields, verdicts, timings; 0 if nothing changed, else 1
    Diff(diff::Args),
    /// Show the catalogue of checks, or one rule with its citation and remedy
    Explain(explain::Args),
    /// Serve the embedded gateway and authorization server, for people who write clients
    Sandbox(sandbox::Args),
    /// Print the metadata document to publish at a URL that is to be the client identifier
    ClientMetadata(client_metadata::Args),
    /// Print the JSON Schema of a file format
    Schema(schema::Args),
    /// Print a completion script
    Completions(completions::Args),
    /// Tell of a topic or a command
    Help(help::Args),
}

/// Why a command ends without having done its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    /// A file of the user's that cannot be used, shown line by line.
    #[error("{0}")]
    File(#[from] Box<Problems>),
    #[error(transparent)]
    Callback(#[from] StartError),
    #[error(transparent)]
    Screen(#[from] TuiError),
    #[error("{what}: {cause}")]
    Io { what: String, cause: io::Error },
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::File(Box::new(problems))
    }
}

impl Failure {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| Self::Io { what, cause }
    }

    const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::File(_) | Self::Callback(_) => 2,
            Self::Screen(_) | Self::Io { .. } => 3,
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match arguments::parse() {
        Ok(cli) => cli,
        Err(failure) => return fail(&failure),
    };
    if let Err(failure) = environment::suffices() {
        return fail(&failure);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => return fail(&Failure::Io { what: "cannot start".to_owned(), cause }),
    };
    let ended = runtime.block_on(async {
        match cli.command {
            Some(Command::Check(args)) => check::run(*args).await,
            Some(Command::Replay(args)) => replay::run(args).await,
            Some(Command::Diff(args)) => diff::run(&args),
            Some(Command::Explain(args)) => explain::run(&args),
            Some(Command::Sandbox(args)) => sandbox::run(args).await,
            Some(Command::ClientMetadata(args)) => client_metadata::run(&args),
            Some(Command::Schema(args)) => schema::run(&args),
            Some(Command::Completions(args)) => completions::run(&args),
            Some(Command::Help(args)) => help::run(&args),
            None => Box::pin(screen::run(cli.screen)).await,
        }
    });
    // A thread that waits for standard input must not keep the program alive.
    runtime.shutdown_background();
    ended.map_or_else(|failure| fail(&failure), ExitCode::from)
}

/// Problems of a file of which nothing drives a terminal or a runner. What is replaced is as long as before, so that the carets
/// stay where they are.
fn harmless(problems: &Problems) -> Problems {
    let same_length = |text: &str| {
        text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
            match c.len_utf8() {
                _ if matches!(c, '\n' | '\r' | '\t') || !(c.is_control() || is_invisible(c)) => safe.push(c),
                1 => safe.push('?'),
                3 => safe.push('�'),
                length => safe.extend(std::iter::repeat_n('·', length / 2)),
            }
            safe
        })
    };
    let line = |text: &String| sanitize(text).into_owned();
    let problem = |problem: &Problem| Problem {
        span: problem.span.clone(),
        message: line(&problem.message),
        label: line(&problem.label),
        help: problem.help.as_ref().map(line),
    };
    Problems {
        path: line(&problems.path),
        source: same_length(&problems.source),
        problems: problems.problems.iter().map(problem).collect(),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    const LOUD: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
    if let Failure::Io { cause, .. } = failure
        && cause.kind() == io::ErrorKind::BrokenPipe
    {
        // The reader has seen enough.
        return ExitCode::SUCCESS;
    }
    // Problems of a file begin so themselves.
    let prefix =
        if matches!(failure, Failure::File(_)) { String::new() } else { format!("{LOUD}error:{LOUD:#} ") };
    let said = match failure {
        Failure::File(problems) => harmless(problems).to_string(),
        other => escape_lines(&other.to_string()),
    };
    let _ = writeln!(anstream::stderr(), "{prefix}{said}");
    ExitCode::from(failure.code())
}

/// Whether the screen can be shown: a terminal on both sides.
fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}
