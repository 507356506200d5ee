//! JUnit XML for CI systems: a test a check and a test a step.
//!
//! A step in which the walk stopped is an `error`, what fails the run a `failure`, what was expected to fail or not judged
//! is `skipped` with the reason. Below that, findings are in the output of a passed test. GitLab drops tests
//! that share class and name: ids are unique, and the class names target and protocol version.
//!
//! ```xml
//! <testcase classname="gatewalk as.example 2025-11-25" name="token-no-store" time="0">
//!   <failure type="violation" message="… responds with credentials that caches may store">…</failure>
//! </testcase>
//! ```

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::evidence::{evidence, host};
use crate::transcript::sanitize::sanitize;
use crate::transcript::{StepState, Transcript, Undecided, VerdictKind};

/// What became of a test.
enum Outcome {
    Passed { note: Option<String> },
    Skipped { because: String },
    Failed { kind: &'static str, message: String, detail: String },
    Broken { message: String, detail: String },
}

struct Test {
    name: String,
    seconds: f64,
    outcome: Outcome,
}

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let tests: Vec<_> = steps(transcript).chain(checks(transcript)).collect();
    let count =
        |wanted: fn(&Outcome) -> bool| tests.iter().filter(|test| wanted(&test.outcome)).count().to_string();
    let failures = count(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let errors = count(|outcome| matches!(outcome, Outcome::Broken { .. }));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped { .. }));
    let total = tests.len().to_string();
    let time = seconds(transcript.duration_ms);
    let class = format!("gatewalk {} {}", sanitize(&host(&transcript.target)), transcript.protocol_version);
    let target = transcript.target.to_string();
    let started = transcript.started.to_string();
    let mut xml = Writer::new_with_indent(&mut *to, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let totals = [
        ("tests", total.as_str()),
        ("failures", &failures),
        ("errors", &errors),
        ("skipped", &skipped),
        ("time", &time),
    ];
    xml.create_element("testsuites")
        .with_attribute(("name", "gatewalk"))
        .with_attributes(totals)
        .write_inner_content(|xml| {
            let suite = xml.create_element("testsuite").with_attribute(("name", class.as_str()));
            suite.with_attributes(totals).with_attribute(("timestamp", &*started)).write_inner_content(
                |xml| {
                    xml.create_element("properties").write_inner_content(|xml| {
                        let outcome = transcript.summary.sentence();
                        let undecided = transcript.summary.undecided.iter().map(Undecided::sentence);
                        let undecided = undecided.map(|sentence| ("undecided", sentence));
                        let own = [("target", target.clone()), ("outcome", outcome)];
                        for (name, value) in own.into_iter().chain(undecided) {
                            xml.create_element("property")
                                .with_attributes([("name", name), ("value", value.as_str())])
                                .write_empty()?;
                        }
                        Ok(())
                    })?;
                    tests.iter().try_for_each(|test| case(xml, &class, test))
                },
            )?;
            Ok(())
        })?;
    writeln!(to)
}

fn case<W: Write>(xml: &mut Writer<W>, class: &str, test: &Test) -> io::Result<()> {
    let time = format!("{:.3}", test.seconds);
    let element = xml.create_element("testcase").with_attributes([
        ("classname", class),
        ("name", &test.name),
        ("time", &time),
    ]);
    match &test.outcome {
        Outcome::Passed { note: None } => element.write_empty()?,
        Outcome::Passed { note: Some(note) } => element.write_inner_content(|xml| {
            xml.create_element("system-out").write_text_content(BytesText::new(note))?;
            Ok(())
        })?,
        Outcome::Skipped { because } => element.write_inner_content(|xml| {
            xml.create_element("skipped").with_attribute(("message", because.as_str())).write_empty()?;
            Ok(())
        })?,
        Outcome::Failed { kind, message, detail } => element.write_inner_content(|xml| {
            let failure = xml.create_element("failure");
            let failure = failure.with_attributes([("type", *kind), ("message", message.as_str())]);
            failure.write_text_content(BytesText::new(detail))?;
            Ok(())
        })?,
        Outcome::Broken { message, detail } => element.write_inner_content(|xml| {
            let error = xml.create_element("error");
            let error = error.with_attributes([("type", "stopped"), ("message", message.as_str())]);
            error.write_text_content(BytesText::new(detail))?;
            Ok(())
        })?,
    };
    Ok(())
}

fn steps(transcript: &Transcript) -> impl Iterator<Item = Test> {
    transcript.steps.iter().map(|entry| {
        let outcome = match entry.state {
            StepState::Done => Outcome::Passed { note: None },
            StepState::Skipped => Outcome::Skipped { because: "the run has no such step".to_owned() },
            StepState::NotReached => Outcome::Skipped { because: "not reached".to_owned() },
            StepState::Stopped => Outcome::Broken {
                message: entry.because.as_ref().map_or_else(|| "stopped".to_owned(), ToString::to_string),
                detail: entry.remedy.clone().unwrap_or_default().to_string(),
            },
        };
        let name = format!("step {} {}", entry.step.number(), entry.step);
        Test { name, seconds: milliseconds(entry.duration_ms), outcome }
    })
}

fn checks(transcript: &Transcript) -> impl Iterator<Item = Test> {
    transcript.verdicts.iter().map(move |entry| {
        let outcome = match entry.verdict {
            VerdictKind::Pass => Outcome::Passed { note: None },
            VerdictKind::Fail if entry.counts => Outcome::Failed {
                kind: entry.level.finding(),
                message: entry.message.to_string(),
                detail: evidence(transcript, entry),
            },
            VerdictKind::Fail if entry.excused.is_some() => Outcome::Skipped {
                because: format!("expected failure: {}", entry.excused.clone().unwrap_or_default()),
            },
            VerdictKind::Fail => Outcome::Passed {
                note: Some(format!("{}\n{}", entry.level.finding(), evidence(transcript, entry))),
            },
            VerdictKind::NotApplicable | VerdictKind::Untestable | VerdictKind::Inconclusive => {
                let because = entry.because.clone().unwrap_or_default();
                Outcome::Skipped { because: format!("{}: {because}", entry.verdict) }
            }
        };
        Test { name: entry.check.to_string(), seconds: 0.0, outcome }
    })
}

#[expect(clippy::cast_precision_loss, reason = "a run of 2^52 milliseconds is no run")]
fn milliseconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn seconds(of_milliseconds: u64) -> String {
    format!("{:.3}", milliseconds(of_milliseconds))
}
