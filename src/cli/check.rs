//! `gatewalk check`: the walk unattended.

use std::io::{self, BufRead as _};
use std::sync::Arc;

use clap::ValueHint;
use tokio::sync::mpsc;

use super::journal::Journal;
use super::options::{JUDGING, Prepared, REPORTS, WalkArgs};
use super::output::{Pending, ReportOption, pending, wanted, write};
use super::progress::{self, Progress};
use super::{Failure, client_store, environment, is_interactive, source};
use crate::run::{self, Command, Recorder, RunEvent, RunOptions, StepMode, clock};
use crate::scenario::{Expectation, PartialScenario};
use crate::transcript::{RunOutcome, Transcript};

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
    ///
    /// The formats are curl, github, har, html, json, junit, markdown, sarif and text. With several targets the path of a
    /// file holds {scenario}, which stands for the scenario's name. While it walks, the transcript so far stands beside a
    /// json report in PATH.partial.
    #[arg(long, value_name = "FORMAT=PATH", hide_possible_values = true, help_heading = REPORTS)]
    report: Vec<ReportOption>,
    /// Keep secrets in the reports, to look for a fault at home: tokens, passwords, cookies, all of them
    #[arg(long, help_heading = REPORTS)]
    reveal: bool,
    /// No progress on standard error
    #[arg(long, short, help_heading = REPORTS)]
    quiet: bool,
}

/// Walks, reports, and answers the exit code.
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
    for ((_, draft), pending) in runs.into_iter().zip(pending) {
        let exit = check(draft, pending, reveal, quiet).await?;
        exits.push(exit);
        if exit == RunOutcome::Interrupted {
            break;
        }
    }
    Ok(RunOutcome::of_all(exits).map_or(0, RunOutcome::code))
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

/// One walk and its reports.
async fn check(
    draft: PartialScenario,
    pending: Vec<Pending>,
    reveal: bool,
    quiet: bool,
) -> Result<RunOutcome, Failure> {
    let title = draft.title.clone();
    let prepared = Prepared::new(draft, is_interactive()).await?;
    let policy = prepared.policy.clone();
    let make = if reveal { Transcript::revealed } else { Transcript::new };
    let mut journal = Journal::new(&pending, make, policy.clone());
    let walked = walk_to_end(prepared, title, quiet, &mut journal).await;
    let left = journal.end().await;
    let recorder = walked?;
    let transcript = make(&recorder.record(), &policy);
    // One that cannot be written does not take the others with it.
    let written: Vec<Result<(), Failure>> =
        pending.into_iter().map(|report| write(report, &transcript)).collect();
    written.into_iter().collect::<Result<(), Failure>>()?;
    left.remove();
    Ok(transcript.summary.outcome)
}

/// Drives the walk until it is over, refused or interrupted.
async fn walk_to_end(
    prepared: Prepared,
    title: Option<String>,
    quiet: bool,
    journal: &mut Journal,
) -> Result<Recorder, Failure> {
    let Prepared { scenario, past_refusals, transport, sandbox, .. } = prepared;
    let mut recorder = Recorder::new(scenario.clone(), past_refusals);
    let mut progress = Progress::new(quiet, &scenario.consent.driver);
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
    let walk = tokio::spawn(run::drive(scenario, manner, Arc::new(transport), commanded, events));
    let mut interrupted = interruptions().map_err(Failure::io("cannot listen for Ctrl-C"))?;
    let mut interrupts = 0;
    let mut happened = Vec::new();
    loop {
        tokio::select! {
            heard = heard.recv_many(&mut happened, 64) => {
                if heard == 0 {
                    break;
                }
                for (at, event) in &happened {
                    recorder.apply_at(*at, event);
                }
                // What people are told of has been kept.
                journal.note(happened.iter().map(|(_, event)| event), &recorder).await;
                for (_, event) in happened.drain(..) {
                    progress.tell(&event, &recorder);
                    match event {
                        RunEvent::Ended { known_clients, .. } => client_store::keep(&known_clients)?,
                        // Both end an unattended walk; it still removes what it registered.
                        RunEvent::Finished(_) | RunEvent::Refused(_) if ends(&event, past_refusals) => stop(&commands),
                        RunEvent::Asked(_) if by_hand => read_pastes(commands.clone(), quiet),
                        _ => {}
                    }
                }
            }
            Some(()) = interrupted.recv() => {
                interrupts += 1;
                if interrupts > 1 {
                    break;
                }
                progress.interrupted();
                stop(&commands);
            }
        }
    }
    if interrupts < 2 {
        walk.await.map_err(|error| Failure::Io {
            what: "the walk broke down".into(),
            cause: io::Error::other(error),
        })??;
    }
    drop(sandbox);
    Ok(recorder)
}

fn ends(event: &RunEvent, past_refusals: bool) -> bool {
    matches!(event, RunEvent::Finished(_)) || !past_refusals
}

/// Asks the walk to end. One that has ended already hears nothing.
fn stop(commands: &mpsc::UnboundedSender<Command>) {
    let _ = commands.send(Command::Stop);
}

/// Ctrl-C, and the signal a job runner ends its jobs with: listened to from now on, so that none is missed.
fn interruptions() -> io::Result<mpsc::UnboundedReceiver<()>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = signals.0.recv() => {}
                    _ = signals.1.recv() => {}
                }
                if sender.send(()).is_err() {
                    return;
                }
            }
        });
    }
    #[cfg(not(unix))]
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).is_ok() {} });
    Ok(receiver)
}

/// Sends the lines of standard input as pasted URLs.
fn read_pastes(commands: mpsc::UnboundedSender<Command>, quiet: bool) {
    tokio::task::spawn_blocking(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if !line.trim().is_empty() && commands.send(Command::Paste(line)).is_err() {
                return;
            }
        }
        if !quiet && !commands.is_closed() {
            progress::nothing_to_paste();
        }
    });
}
