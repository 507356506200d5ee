//! SARIF 2.1.0 for code scanning: a rule a check, a result a finding.
//!
//! GitHub wants a location in the repository for every result: the line of the scenario file that names the target or
//! expects the failure. Fingerprints hold neither line, port nor time, so that a finding stays the same from run to run.
//! Format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::io::{self, Write};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::evidence::{evidence, host, location, percent_encoded};
use crate::check::{self, Check};
use crate::specification::Level;
use crate::transcript::sanitize::sanitize;
use crate::transcript::{Cite, Location, Transcript, Undecided, VerdictEntry};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Where a run without a scenario file is located.
const NO_FILE: &str = "gatewalk.toml";

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    let mut findings = transcript.findings();
    findings.sort_by(|a, b| a.check.cmp(&b.check));
    let host = host(&transcript.target);
    let path = path(&transcript.target);
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "gatewalk",
                "version": transcript.gatewalk.version.to_string(),
                "informationUri": "https://modelcontextprotocol.io/specification",
                "rules": findings.iter().map(|entry| rule(entry)).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("gatewalk/{}/{}{}/", transcript.protocol_version, sanitize(&host), sanitize(path.trim_end_matches('/')))},
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": matches!(transcript.summary.exit_code, 0 | 1),
                "exitCode": transcript.summary.exit_code,
                "startTimeUtc": transcript.started.to_string(),
                "toolExecutionNotifications": transcript.summary.undecided.iter().map(notification).collect::<Vec<_>>(),
            }],
            "properties": {"outcome": transcript.summary.outcome, "sentence": transcript.summary.sentence()},
            "results": findings
                .iter()
                .enumerate()
                .map(|(index, entry)| result(transcript, &host, index, entry))
                .collect::<Vec<_>>(),
        }],
    });
    serde_json::to_writer_pretty(&mut *to, &log)?;
    writeln!(to)
}

/// MUSTs that were not decided: no results, which would be alerts.
fn notification(undecided: &Undecided) -> Value {
    let text = format!("MUSTs that were not decided: {}", undecided.sentence());
    json!({"level": "note", "descriptor": {"id": "undecided"}, "message": {"text": text}})
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::May => "note",
    }
}

fn rule(entry: &VerdictEntry) -> Value {
    let check = check::find(&entry.check);
    let id = entry.check.to_string();
    let title = check.map_or(id.as_str(), |check| check.title);
    json!({
        "id": id,
        "shortDescription": {"text": title},
        "fullDescription": {"text": check.map_or(title, |check| check.doc.checks)},
        "help": {"text": check.map_or_else(|| title.to_owned(), |check| help(check, entry, false)),
                 "markdown": check.map_or_else(|| title.to_owned(), |check| help(check, entry, true))},
        "helpUri": entry.cites.first().map(|cite| cite.url.to_string()),
        "defaultConfiguration": {"level": level(entry.level)},
        "properties": {"tags": ["oauth", "mcp", entry.party.title(), entry.step.id()], "problem.severity":
            match entry.level { Level::Must => "error", Level::Should => "warning", Level::May => "recommendation" }},
    })
}

/// What a rule tells its reader, with the sentences it rests on in the protocol version judged.
fn help(check: &Check, entry: &VerdictEntry, markdown: bool) -> String {
    let heading = if markdown { "### " } else { "" };
    let parts = [
        ("What it checks", check.doc.checks),
        ("Why it matters", check.doc.matters),
        ("How to fix it", check.doc.fix),
    ];
    let parts = parts.map(|(title, text)| format!("{heading}{title}\n\n{text}\n"));
    let shown = |cite: &Cite| {
        let (place, url) = (cite.to_string(), sanitize(&cite.url));
        let place = sanitize(&place);
        if markdown { format!("- [{place}]({url})") } else { format!("{place}: {url}") }
    };
    let cites: Vec<_> = entry.cites.iter().map(shown).collect();
    format!("{}\n{heading}Rules\n\n{}\n", parts.join("\n"), cites.join("\n"))
}

/// A location as SARIF has it: a relative path is below the root of the repository.
fn physical(location: Option<&Location>) -> Value {
    let (path, line) = location.map_or((NO_FILE, 1), |location| (location.path.as_str(), location.line));
    let segment = |segment: &str| match segment {
        "." | ".." => segment.to_owned(),
        other => percent_encoded(other),
    };
    let uri = path.split('/').map(segment).collect::<Vec<_>>().join("/");
    let artifact = if uri.starts_with('/') {
        json!({"uri": format!("file://{uri}")})
    } else {
        json!({"uri": uri, "uriBaseId": "%SRCROOT%"})
    };
    json!({"artifactLocation": artifact, "region": {"startLine": line.max(1)}})
}

/// The path of a URL.
fn path(url: &str) -> String {
    url::Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default()
}

fn result(transcript: &Transcript, host: &str, index: usize, entry: &VerdictEntry) -> Value {
    let path = path(&transcript.target);
    let identity = [
        host,
        &path,
        transcript.protocol_version.date(),
        &entry.check,
        entry.at.as_deref().unwrap_or_default(),
    ];
    let fingerprint = Sha256::digest(identity.join("\n"));
    let fingerprint =
        fingerprint.iter().take(16).fold(String::new(), |hex, byte| hex + format!("{byte:02x}").as_str());
    let suppressions: Vec<_> = entry
        .excused
        .iter()
        .map(|reason| json!({"kind": "external", "status": "accepted", "justification": reason.to_string()}))
        .collect();
    json!({
        "ruleId": entry.check.to_string(),
        "ruleIndex": index,
        "suppressions": suppressions,
        "level": level(entry.level),
        "kind": "fail",
        "message": {"text": evidence(transcript, entry)},
        "locations": [{"physicalLocation": physical(location(transcript, entry))}],
        "partialFingerprints": {"gatewalk/v1": fingerprint},
        "properties": {
            "target": transcript.target.to_string(),
            "party": entry.party,
            "step": entry.step,
            "exchange": entry.exchange,
            "at": entry.at.as_ref().map(ToString::to_string),
        },
    })
}
