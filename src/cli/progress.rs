//! Progress of an unattended walk on standard error: a line a step, and what a login needs.

use std::io::Write as _;

use crate::exchange::{Purpose, Request};
use crate::flow::Outcome;
use crate::probe::PROBES;
use crate::run::{Recorder, RunEvent};
use crate::scenario::{Driver, ProbeMode};
use crate::specification::Step;
use crate::transcript::PeerText;
use crate::transcript::redact::Redactor;
use crate::transcript::sanitize::escape_workflow_commands;

/// Tells people what happens.
pub(super) struct Progress {
    quiet: bool,
    by_hand: bool,
    step: Option<Step>,
    statuses: Vec<String>,
    /// How many probes were sent.
    probes: usize,
}

impl Progress {
    pub(super) fn new(quiet: bool, driver: &Driver) -> Self {
        Self { quiet, by_hand: driver.needs_person(), step: None, statuses: Vec::new(), probes: 0 }
    }

    /// Says which of several scenarios begins.
    pub(super) fn title(&self, title: &str) {
        if !self.quiet {
            line(&escape_workflow_commands(title));
        }
    }

    /// Tells what an event means for people. What peers quote of the secrets of the run so far is masked, as in reports.
    pub(super) fn tell(&mut self, event: &RunEvent, recorder: &Recorder) {
        let masked = |text: &str| Redactor::of_run(&recorder.record()).text(text);
        match event {
            RunEvent::Entered(step) if self.step != Some(*step) => {
                self.close();
                self.step = Some(*step);
            }
            RunEvent::Sending(request) if is_probe(request) && self.probes == 0 => {
                self.close();
                if !self.quiet {
                    let wanted = &recorder.record().scenario.probes;
                    let most = PROBES.iter().filter(|probe| probe.is_wanted(wanted)).count();
                    let kind = match wanted.extent {
                        ProbeMode::Full => "beyond the happy path, of all kinds",
                        ProbeMode::Off | ProbeMode::Safe => {
                            "that read, or are refused and leave nothing behind"
                        }
                    };
                    line(&format!("probing: at most {most} requests {kind} (--probes off leaves them out)"));
                }
            }
            RunEvent::Exchanged(exchange) if is_probe(&exchange.request) => self.probes += 1,
            RunEvent::Exchanged(exchange) => self.statuses.push(exchange.ended()),
            RunEvent::CalledBack(_) => self.statuses.push("called back".to_owned()),
            RunEvent::Asked(request) if self.by_hand => {
                // Needed even when quiet: without it nobody can log in.
                line(&format!(
                    "\nOpen this URL to log in:\n\n  {}\n",
                    escape_workflow_commands(&request.url)
                ));
                line(&format!(
                    "Waiting for the redirect to {}. If the browser is on another machine, paste the redirected URL here.",
                    escape_workflow_commands(&request.redirect_uri)
                ));
            }
            RunEvent::Note(note) if !self.quiet => line(&format!("  {}", masked(note))),
            RunEvent::Overruled(refusal) if !self.quiet => {
                line(&format!("  going on past a refusal: {}", masked(&refusal.to_string())));
            }
            RunEvent::Refused(_) | RunEvent::Finished(_) => {
                self.close();
                self.stopped(event, masked);
                if self.probes > 0 && !self.quiet {
                    line(&format!("probed: {} requests", self.probes));
                }
                self.probes = 0;
            }
            _ => {}
        }
    }

    /// Why the walk does not go on, if it does not.
    fn stopped(&self, event: &RunEvent, masked: impl FnOnce(&str) -> PeerText) {
        let because = match event {
            RunEvent::Refused(refusal) => refusal.to_string(),
            RunEvent::Finished(Outcome::Stuck { because, .. }) => because.to_string(),
            _ => return,
        };
        if !self.quiet {
            line(&format!("stopped: {}", masked(&because)));
        }
    }

    /// Tells that the user ends the walk.
    pub(super) fn interrupted(&self) {
        if !self.quiet {
            line("interrupted: giving back what was obtained; once more ends at once");
        }
    }

    /// Ends the line of the present step.
    fn close(&mut self) {
        let statuses = std::mem::take(&mut self.statuses);
        if let Some(step) = self.step.take()
            && !self.quiet
        {
            line(&format!("{}/7 {:<18} {}", step.number(), step.id(), statuses.join(" ")));
        }
    }
}

/// Warns, whether quiet or not.
pub(super) fn warn(text: &str) {
    const LOUD: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
    line(&format!("{LOUD}!! {text}{LOUD:#}"));
}

/// Tells that standard input has ended, which for some is how jobs run.
pub(super) fn nothing_to_paste() {
    line(
        "  Standard input is closed: nothing can be pasted, only the redirect itself goes on (--login-timeout).",
    );
}

const fn is_probe(request: &Request) -> bool {
    matches!(request.purpose, Purpose::Probe(_))
}

/// Prints a line for people. A closed standard error is no reason to stop.
fn line(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
