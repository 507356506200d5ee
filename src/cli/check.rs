//! `gatewalk check`: the walk unattended.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueHint;
use tokio::sync::mpsc;

use super::journal::Journal;
use super::options::{JUDGING, Prepared, REPORTS, WalkArgs};
use super::output::{PATIENCE, Pending, ReportOption, pending, wanted, write};
use super::pastes::Pastes;
use super::progress::{self, Progress};
use super::{Failure, client_store, environment, is_interactive, source};
use crate::report::Format;
use crate::run::{self, Command, Recorder, RunEvent, RunOptions, Signal, Signals, StepMode, clock};
use crate::scenario::{Expectation, FailOn, PartialScenario};
use crate::transcript::{Judgements, RunOutcome, Secrets, Transcript, most_urgent};

/// A scenario file to begin with.
pub(super) const SCENARIO: &str = "\
A scenario file, such as staging.toml:
  schema = 1
  target = \"https://my-gateway.zuplo.dev/mcp\"
  [consent]
  driver = \"form\"
  fill = { username = \"ci@example.com\", password = \"${CI_PASSWORD}\" }
  [[expect]]                        # a failure to accept for a while; also in a file for --expect
  check = \"token-no-store\"
  reason = \"vendor ticket 4711\"
  expires = 2027-01-31
An unknown key gets the keys there are.";

/// The exit code of a run that its user ended.
const INTERRUPTED: u8 = RunOutcome::Interrupted.code(FailOn::Must);
/// How long a run that is ended may take to put away what it started.
const ENDING: Duration = Duration::from_secs(2);
/// How long the last of the transcript so far may take to be written.
const KEEPING: Duration = Duration::from_secs(10);

/// What to walk and what to report.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// URLs of MCP endpoints and scenario files; options say what is to be different in all of them
    target: Vec<String>,
    #[command(flatten)]
    walk: WalkArgs,
    /// A file of `[[expect]]` tables: verdicts that are expected, each with its reason and the day it ends; repeatable
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = JUDGING)]
    expect: Vec<String>,
    /// Write a report to a file, or to `-` for standard output; repeatable [default: text=-]
    #[arg(long, value_name = "FORMAT=PATH", hide_possible_values = true, long_help = report_help(), help_heading = REPORTS)]
    report: Vec<ReportOption>,
    /// Keep secrets in the reports, to look for a fault at home: tokens, passwords, cookies, all of them
    #[arg(long, help_heading = REPORTS)]
    reveal: bool,
    /// No progress on standard error
    #[arg(long, short, help_heading = REPORTS)]
    quiet: bool,
}

/// The help of `--report`.
fn report_help() -> String {
    let formats: Vec<_> =
        Format::ALL.iter().map(|format| format!("{:<9} {}", format.id(), format.purpose())).collect();
    format!(
        "Write a report to a file, or to `-` for standard output; repeatable [default: text=-]\n\n\
         The formats:\n{}\n\n\
         With several targets the path of a file holds {{scenario}}, which stands for the scenario's name. While it walks, \
         the transcript so far stands beside a json report in PATH.partial.",
        formats.join("\n")
    )
}

/// Walks, reports, and returns the exit code.
pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    let Args { target, walk, expect, report, reveal, quiet } = args;
    if walk.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    let report = wanted(report)?;
    // Files that cannot be read and paths that cannot be written fail before anything is sent.
    let runs = runs(&target, &walk, &expect)?;
    let names: Vec<_> = runs.iter().map(|(name, _)| name.as_str()).collect();
    let pending = names
        .iter()
        .map(|name| report.iter().map(|option| pending(option, name, &names)).collect())
        .collect::<Result<Vec<Vec<_>>, Failure>>()?;
    if reveal {
        progress::warn(
            "--reveal: the reports of this run hold its secrets. Whoever gets them can act as you. Do not pass them on.",
        );
    }
    let mut exits = Vec::new();
    let signals = Signals::new().map_err(Failure::io("cannot listen for Ctrl-C"))?;
    let mut heard = Heard { signals, pastes: Pastes::default(), quiet };
    for ((_, draft), pending) in runs.into_iter().zip(pending) {
        let exit = check(draft, pending, reveal, &mut heard).await?;
        exits.push(exit);
        if exit == INTERRUPTED {
            break;
        }
    }
    Ok(most_urgent(exits).unwrap_or(0))
}

/// What is to be walked, each with a name for its reports.
fn runs(
    targets: &[String],
    walk: &WalkArgs,
    expect: &[String],
) -> Result<Vec<(String, PartialScenario)>, Failure> {
    let mut baseline: Option<Vec<Expectation>> = None;
    for path in expect {
        baseline.get_or_insert_default().extend(source::baseline(path)?);
    }
    let with_baseline = |draft: PartialScenario| {
        draft.merge(PartialScenario { expect: baseline.clone(), ..PartialScenario::default() })
    };
    if targets.is_empty() {
        let draft = walk.draft(None)?;
        if draft.place.is_none() {
            let wanted = "give the URL of an MCP endpoint, a scenario file, or --sandbox";
            return Err(Failure::Usage(format!("nothing to check: {wanted}")));
        }
        return Ok(vec![("sandbox".to_owned(), with_baseline(draft))]);
    }
    targets
        .iter()
        .map(|target| Ok((source::name(target), with_baseline(walk.draft(Some(target))?))))
        .collect()
}

/// Whom all runs of a process listen to, and whether they talk.
struct Heard {
    signals: Signals,
    pastes: Pastes,
    quiet: bool,
}

/// One walk and its reports.
async fn check(
    draft: PartialScenario,
    pending: Vec<Pending>,
    reveal: bool,
    heard: &mut Heard,
) -> Result<u8, Failure> {
    let title = draft.title.clone();
    let prepared = Prepared::new(draft, is_interactive()).await?;
    let policy = prepared.policy.clone();
    let secrets = if reveal { Secrets::Revealed } else { Secrets::Redacted };
    let mut journal = Journal::new(&pending, secrets, policy.clone());
    let walked = walk_to_end(prepared, title, heard, &mut journal).await;
    let left = journal.end(KEEPING).await;
    let Walked { recorder, interrupted, kept } = walked?;
    let record = recorder.record();
    let transcript = Transcript::of(&record, &policy, Judgements::of(&record), secrets);
    let exit_code = transcript.summary.exit_code;
    let Written::All(written) = write_all(pending, transcript, &mut heard.signals).await? else {
        return Ok(INTERRUPTED);
    };
    written?;
    left.remove();
    // The reports do not wait for what is kept beside them.
    kept?;
    // Also when the walk was complete by then.
    let interrupted = interrupted || heard.signals.try_next().is_some();
    Ok(if interrupted { INTERRUPTED } else { exit_code })
}

/// What became of the reports.
enum Written {
    All(Result<(), Failure>),
    /// The user did not wait for those who are to read them.
    Interrupted,
}

/// Writes the reports. Whoever is to read one may take his time, and the user may end that.
async fn write_all(
    pending: Vec<Pending>,
    transcript: Transcript,
    signals: &mut Signals,
) -> Result<Written, Failure> {
    let names: Vec<_> = pending.iter().map(Pending::name).collect();
    let mut writing = tokio::task::spawn_blocking(move || {
        // One that cannot be written does not take the others with it.
        let written: Vec<_> = pending.into_iter().map(|report| write(report, &transcript)).collect();
        written.into_iter().collect::<Result<(), Failure>>()
    });
    let broke_down =
        |error| Failure::Io { what: "cannot write the reports".to_owned(), cause: io::Error::other(error) };
    if let Ok(written) = tokio::time::timeout(PATIENCE, &mut writing).await {
        return Ok(Written::All(written.map_err(broke_down)?));
    }
    progress::warn(&format!("the reports take their time: {}; Ctrl-C ends that", names.join(", ")));
    tokio::select! {
        written = &mut writing => Ok(Written::All(written.map_err(broke_down)?)),
        _ = signals.next() => Ok(Written::Interrupted),
    }
}

/// What came of a walk.
struct Walked {
    recorder: Recorder,
    interrupted: bool,
    /// Whether the clients are known to later runs that were to be.
    kept: Result<(), Failure>,
}

/// Drives the walk until it is over, refused or interrupted.
async fn walk_to_end(
    prepared: Prepared,
    title: Option<String>,
    Heard { signals, pastes, quiet }: &mut Heard,
    journal: &mut Journal,
) -> Result<Walked, Failure> {
    let Prepared { scenario, past_refusals, transport, sandbox, .. } = prepared;
    let mut recorder = Recorder::new(scenario.clone(), past_refusals);
    let mut progress = Progress::new(*quiet, &scenario.consent.driver);
    if let Some(title) = title {
        progress.title(&title);
    }
    let by_hand = scenario.consent.driver.needs_person();
    let (commands, commanded) = mpsc::unbounded_channel();
    let (events, mut happening) = mpsc::unbounded_channel();
    // What is written and told takes time; when something happened is noted at once.
    let (stamped, mut heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(event) = happening.recv().await {
            if stamped.send((clock::now(), event)).is_err() {
                break;
            }
        }
    });
    let manner = RunOptions { pace: StepMode::End, past_refusals, has_display: environment::has_display() };
    let mut walk = tokio::spawn(run::drive(scenario, manner, Arc::new(transport), commanded, events));
    let mut interrupted = false;
    let mut kept = Ok(());
    let mut takes_pastes = false;
    let mut happened: Vec<(std::time::Instant, RunEvent)> = Vec::new();
    loop {
        tokio::select! {
            signal = signals.next() => {
                if interrupted && signal == Signal::Asked {
                    let end = async {
                        walk.abort();
                        drop((&mut walk).await);
                        while let Some((at, event)) = heard.recv().await {
                            recorder.apply_at(at, &event);
                        }
                    };
                    // What does not end by then is left.
                    drop(tokio::time::timeout(ENDING, end).await);
                    drop(sandbox);
                    return Ok(Walked { recorder, interrupted: true, kept });
                }
                if !interrupted {
                    progress.interrupted();
                    stop(&commands);
                }
                interrupted = true;
            }
            heard = heard.recv_many(&mut happened, 64), if happened.is_empty() => {
                if heard == 0 {
                    break;
                }
                for (at, event) in &happened {
                    recorder.apply_at(*at, event);
                }
                journal.note(happened.iter().map(|(_, event)| event), &recorder);
            }
            // What people are told of has been kept.
            () = journal.kept(), if !happened.is_empty() => {
                for (_, event) in happened.drain(..) {
                    progress.tell(&event, &recorder);
                    match event {
                        RunEvent::Ended { known_clients, .. } => kept = client_store::keep(&known_clients),
                        // Both end an unattended walk; it still removes what it registered.
                        RunEvent::Finished(_) | RunEvent::Refused(_) if ends(&event, past_refusals) => stop(&commands),
                        RunEvent::Asked(_) => takes_pastes = by_hand,
                        RunEvent::CalledBack(_) => takes_pastes = false,
                        _ => {}
                    }
                }
            }
            pasted = pastes.next(), if takes_pastes => {
                takes_pastes = pasted.is_some();
                if let Some(url) = pasted {
                    // A walk that has ended hears nothing.
                    drop(commands.send(Command::Paste(url)));
                } else if !*quiet {
                    progress::nothing_to_paste();
                }
            }
        }
    }
    walk.await.map_err(|error| Failure::Io {
        what: "the walk broke down".into(),
        cause: io::Error::other(error),
    })??;
    drop(sandbox);
    Ok(Walked { recorder, interrupted, kept })
}

fn ends(event: &RunEvent, past_refusals: bool) -> bool {
    matches!(event, RunEvent::Finished(_)) || !past_refusals
}

/// Asks the walk to end. One that has ended already hears nothing.
fn stop(commands: &mpsc::UnboundedSender<Command>) {
    let _ = commands.send(Command::Stop);
}
