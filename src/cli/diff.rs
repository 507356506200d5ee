//! `gatewalk diff`: what changed between two runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;

use super::{Failure, replay};
use crate::specification::Step;
use crate::transcript::VerdictKind;
use crate::transcript::diff::{Change, Diff, Message, VerdictDiff};
use crate::transcript::sanitize::{escape_json, escape_workflow_commands};

/// Characters of a value.
const LONGEST: usize = 300;

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

/// Compares; responds with 0 if nothing changed, else 1.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let diff = Diff::new(&replay::read(&args.before)?, &replay::read(&args.after)?);
    let said = match args.format {
        Format::Json => format!("{}\n", escape_json(&serde_json::json!(diff).to_string())),
        Format::Text => Page::new(false).said(&diff),
        Format::Markdown => Page::new(true).said(&diff),
    };
    let mut out = anstream::stdout().lock();
    let written = out.write_all(said.as_bytes()).and_then(|()| out.flush());
    written.map_err(Failure::io("cannot print the differences"))?;
    Ok(u8::from(!diff.is_empty()))
}

/// What is said, for a terminal or in Markdown. Writing to a string does not fail.
struct Page {
    markdown: bool,
    text: String,
}

impl Page {
    const fn new(markdown: bool) -> Self {
        Self { markdown, text: String::new() }
    }

    fn said(mut self, diff: &Diff) -> String {
        if diff.is_empty() {
            return "nothing changed\n".to_owned();
        }
        let of_run: Vec<_> = diff.changes.iter().filter(|change| change.message.is_none()).collect();
        self.title("The run", of_run.len());
        for change in of_run {
            self.change(change);
        }
        let (failing, rest): (Vec<_>, Vec<_>) = diff.verdicts.iter().partition(|verdict| verdict.fails_now());
        self.title("Checks that fail now", failing.len());
        for verdict in failing {
            self.failing(verdict);
        }
        let (stopped, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|verdict| verdict.stopped());
        self.by_step("Checks that stopped running", &stopped);
        self.by_step("Other verdicts", &rest);
        self.messages(diff);
        self.text
    }

    fn title(&mut self, title: &str, count: usize) {
        if count > 0 {
            let gap = if self.text.is_empty() { "" } else { "\n" };
            let mark = if self.markdown { "### " } else { "" };
            let _ = writeln!(self.text, "{gap}{mark}{title}\n");
        }
    }

    const fn item(&self) -> &'static str {
        if self.markdown { "- " } else { "  " }
    }

    /// A text of somebody else: one line, harmless. In a code span nothing is markup; a backtick would end it.
    fn quoted(&self, text: &str) -> String {
        let safe = escape_workflow_commands(text);
        let mut short: String = safe.chars().take(LONGEST).collect();
        if short.len() < safe.len() {
            short.push('…');
        }
        if self.markdown { format!("`{}`", short.replace('`', "'")) } else { short }
    }

    fn change(&mut self, change: &Change) {
        let value = |value: &Option<String>| {
            value.as_deref().map_or_else(|| "nothing".to_owned(), |text| self.quoted(text))
        };
        let (was, is) = (value(&change.was), value(&change.is));
        let at = self.quoted(if change.at.is_empty() { "/" } else { &change.at });
        let _ = writeln!(self.text, "{}{at}  {was} → {is}", self.item());
        if !change.also.is_empty() {
            let also: Vec<_> = change.also.iter().map(|message| self.quoted(&message.request)).collect();
            let _ = writeln!(self.text, "  {}also in {}", self.item(), also.join(", "));
        }
    }

    fn failing(&mut self, verdict: &VerdictDiff) {
        let VerdictDiff { change, party, level, message, .. } = verdict;
        let (check, was) = (self.quoted(&change.check), word(change.was));
        let (finding, message) = (level.finding(), self.quoted(message));
        let _ = writeln!(self.text, "{}{check}  {was} → fail  {finding} · {party}", self.item());
        let _ = writeln!(self.text, "  {}{message}", self.item());
    }

    /// Verdicts that changed in the same way, a line a step.
    fn by_step(&mut self, title: &str, verdicts: &[&VerdictDiff]) {
        self.title(title, verdicts.len());
        let mut grouped: BTreeMap<(Step, Option<VerdictKind>, Option<VerdictKind>), Vec<String>> =
            BTreeMap::new();
        for verdict in verdicts {
            let key = (verdict.step, verdict.change.was, verdict.change.is);
            grouped.entry(key).or_default().push(self.quoted(&verdict.change.check));
        }
        for ((step, was, is), checks) in grouped {
            let (was, is) = (word(was), word(is));
            let _ =
                writeln!(self.text, "{}{}  {was} → {is}  {}", self.item(), step.title(), checks.join(", "));
        }
    }

    /// What was said and heard: what changed in messages of both runs, then those of one run alone.
    fn messages(&mut self, diff: &Diff) {
        let (alone, both): (Vec<_>, Vec<_>) = diff
            .changes
            .iter()
            .filter_map(|change| change.message.as_ref().map(|message| (message, change)))
            .partition(|(_, change)| change.at.is_empty() && (change.was.is_none() || change.is.is_none()));
        let mut last = None;
        for (message, change) in both {
            if last != Some(message) {
                last = Some(message);
                let title =
                    format!("{} {}: {}", message.step.number(), message.step.title(), message.request);
                self.title(&escape_workflow_commands(&title), 1);
            }
            self.change(change);
        }
        let (gone, new): (Vec<_>, Vec<_>) = alone.into_iter().partition(|(_, change)| change.is.is_none());
        self.alone("Requests that are not sent any more", &gone);
        self.alone("Requests that are new", &new);
    }

    fn alone(&mut self, title: &str, messages: &[(&Message, &Change)]) {
        self.title(title, messages.len());
        let mut grouped: BTreeMap<Step, Vec<String>> = BTreeMap::new();
        for (message, _) in messages {
            grouped.entry(message.step).or_default().push(self.quoted(&message.request));
        }
        for (step, requests) in grouped {
            let _ = writeln!(self.text, "{}{}  {}", self.item(), step.title(), requests.join(", "));
        }
    }
}

fn word(word: Option<VerdictKind>) -> &'static str {
    word.map_or("no such check", VerdictKind::title)
}
