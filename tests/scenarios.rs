//! Scenario files and baselines as commands run them: exit codes, reports, what overrides what.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use gatewalk::check::CATALOGUE;
use gatewalk::scenario::{Defaults, DriverKind, KnownIds, Network, SecretSource, file};
use serde_json::Value;
use tempfile::TempDir;

/// A day that is over, and one that is not while this is of use.
const OVER: &str = "2025-01-31";
const AHEAD: &str = "2125-01-31";

/// Runs `gatewalk check` in a directory.
fn check(directory: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewalk"));
    command.arg("check").args(args).current_dir(directory).stdin(Stdio::null());
    command.env("GATEWALK_TEST_FAULT", "token-cacheable").output().unwrap()
}

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn sandbox(faults: &str, rest: &str) -> String {
    format!("schema = 1\n[sandbox]\nfaults = [{faults}]\n{rest}")
}

fn expect(check: &str, expires: &str) -> String {
    format!("[[expect]]\ncheck = \"{check}\"\nreason = \"vendor ticket 4711\"\nexpires = {expires}\n")
}

#[test]
fn each_file_gets_its_result_and_the_worst_is_the_exit_code() {
    let directory = directory(&[
        ("honest.toml", &sandbox("", "")),
        ("faulty.toml", &sandbox("\"${GATEWALK_TEST_FAULT}\"", "")),
        ("stuck.toml", &sandbox("\"server-metadata-missing\"", "[consent]\ndriver = \"redirect\"\n")),
    ]);
    let at = directory.path();
    let report = ["--report", "json={scenario}.json", "--report", "text=-"];
    let output = check(at, &[&["honest.toml", "faulty.toml"][..], &report].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let code = |name: &str| {
        let transcript: Value = serde_json::from_slice(&fs::read(at.join(name)).unwrap()).unwrap();
        transcript["summary"]["exit_code"].clone()
    };
    assert_eq!((code("honest.json"), code("faulty.json")), (0.into(), 1.into()));
    let said = text(&output.stdout);
    assert!(said.contains("exit 0") && said.contains("exit 1"), "{said}");

    let output = check(at, &["honest.toml", "stuck.toml", "--party", "gateway", "-q"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let output = check(at, &["honest.toml", "faulty.toml", "--report", "json=one.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("{scenario}"), "{}", text(&output.stderr));
    assert!(!at.join("one.json").exists());
}

#[test]
fn a_file_that_is_wrong_is_shown_and_nothing_is_walked() {
    let directory =
        directory(&[("honest.toml", &sandbox("", "")), ("wrong.toml", "schema = 1\ntraget = 1\n")]);
    let output = check(directory.path(), &["honest.toml", "wrong.toml"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("wrong.toml:2:1") && said.contains("did you mean target?"), "{said}");
    assert_eq!(text(&output.stdout), "");
    let output = check(directory.path(), &["missing.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot read missing.toml"));
}

#[test]
fn options_override_a_file() {
    let directory = directory(&[("faulty.toml", &sandbox("\"token-cacheable\"", ""))]);
    for (args, code) in [
        (&["faulty.toml"][..], 1),
        (&["faulty.toml", "--sandbox"], 0),
        (&["faulty.toml", "--fail-on", "never"], 0),
        (&["faulty.toml", "--until", "registration"], 0),
        (&["faulty.toml", "--party", "gateway"], 0),
        (&["faulty.toml", "--party", "gateway", "--party", "authorization-server"], 1),
        (&["faulty.toml", "--party", "mcp-server", "--until", "registration"], 4),
    ] {
        let output = check(directory.path(), &[args, &["-q"]].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}", text(&output.stdout));
    }
    let output = check(directory.path(), &["http://127.0.0.1:9/mcp", "--sandbox"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("leave the URL out"));
}

#[test]
fn what_is_expected_to_fail_fails_no_run() {
    let known = format!("{}\n{}", expect("token-no-store", AHEAD), expect("refresh-no-store", AHEAD));
    let directory = directory(&[
        ("known.toml", &sandbox("\"token-cacheable\"", &known)),
        ("faulty.toml", &sandbox("\"token-cacheable\"", "")),
        ("baseline.toml", &format!("schema = 1\n{known}")),
    ]);
    for args in [&["known.toml"][..], &["faulty.toml", "--expect", "baseline.toml"]] {
        let output = check(directory.path(), args);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("vendor ticket 4711"), "{said}");
        assert!(said.contains("2 violations (all expected)"), "{said}");
    }
    let unexpected = check(directory.path(), &["faulty.toml"]);
    assert!(text(&unexpected.stdout).contains("give --expect FILE"), "{}", text(&unexpected.stdout));
    assert!(!text(&unexpected.stdout).contains("expected)"), "{}", text(&unexpected.stdout));
}

#[test]
fn an_entry_of_no_check_is_an_error_of_the_file() {
    let wrong = format!("schema = 1\n{}", expect("token-no-stroe", AHEAD));
    let cause = format!("schema = 1\n{}", expect("prefix-routing", AHEAD));
    let directory = directory(&[("wrong.toml", &wrong), ("cause.toml", &cause)]);
    for (file, says) in [("wrong.toml", "did you mean token-no-store?"), ("cause.toml", "is a diagnosis")] {
        let output = check(directory.path(), &["--sandbox", "--expect", file]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(says) && said.contains(&format!("--> {file}:3:9")), "{said}");
        assert!(!said.contains("1/7"), "nothing is sent: {said}");
    }
}

#[test]
fn an_entry_of_no_use_makes_the_baseline_stale() {
    for (faults, rest, code, says) in [
        (
            "",
            expect("token-no-store", AHEAD),
            5,
            "passes now  x.toml:4\n  the check passes: take the entry out",
        ),
        ("", expect("mcp-discover", AHEAD), 5, "no rule of protocol version 2025-11-25"),
        ("", expect("token-no-store", OVER), 5, "until 2025-01-31"),
        ("\"registration-disabled\"", expect("dcr-open", AHEAD), 3, "correct the entry, or take it out"),
        ("\"token-cacheable\"", expect("token-no-store", OVER), 1, "until 2025-01-31"),
        (
            "\"token-cacheable\"",
            expect("jwt-typ", AHEAD),
            1,
            "[[expect]]\ncheck = \"token-no-store\"\nverdict = \"fail\"",
        ),
        (
            "",
            format!("{}protocol_version = \"2026-07-28\"\n", expect("token-no-store", AHEAD)),
            0,
            "conforms",
        ),
        (
            "",
            format!("{}target = \"https://other.example/mcp\"\n", expect("token-no-store", AHEAD)),
            0,
            "conforms",
        ),
    ] {
        let directory = directory(&[("x.toml", &sandbox(faults, &rest))]);
        let output = check(directory.path(), &["x.toml", "-q"]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{faults} {rest}\n{said}");
        assert!(said.contains(says), "{faults} {rest}\nshould say {says:?}\n{said}");
    }
}

#[test]
fn the_entry_that_is_printed_is_taken_once_it_has_a_reason() {
    let directory = directory(&[("empty.toml", "schema = 1\n")]);
    let args = ["--fault", "registration-cacheable", "-q", "--expect"];
    let output = check(directory.path(), &[&args[..], &["empty.toml"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let entry = said.lines().skip_while(|line| *line != "[[expect]]").take(5).collect::<Vec<_>>().join("\n");
    fs::write(directory.path().join("pasted.toml"), format!("schema = 1\n{entry}")).unwrap();
    let output = check(directory.path(), &[&args[..], &["pasted.toml"]].concat());
    assert_eq!(output.status.code(), Some(2), "nobody said why");
    assert!(text(&output.stderr).contains("reason is empty"), "{}", text(&output.stderr));
    let with_reason = entry.replace("reason = \"\"", "reason = \"ticket\"");
    fs::write(directory.path().join("pasted.toml"), format!("schema = 1\n{with_reason}")).unwrap();
    let output = check(directory.path(), &[&args[..], &["pasted.toml"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

/// The shipped scenarios of real set-ups, by name.
fn shipped() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn checks() -> Vec<&'static str> {
    CATALOGUE.iter().map(|check| check.id).collect()
}

#[test]
fn shipped_scenarios_are_read_once_their_variables_are_set() {
    let shipped = shipped();
    assert!(shipped.len() >= 8);
    for (name, text) in shipped {
        let set = |_: &str| Some("gw.example".to_owned());
        let vocabulary = KnownIds {
            variable: &set,
            faults: &[],
            variations: &[],
            presets: &[],
            checks: &checks(),
            diagnoses: &[],
            clients: &|word| Ok(word.to_owned()),
        };
        let draft = file::scenario(&name, &text, vocabulary).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(draft.title.is_some(), "{name}");
        let defaults = Defaults::of_server(DriverKind::Redirect, Network::default());
        let walked = draft.scenario(defaults, &SecretSource::given).unwrap();
        assert!(walked.target.url.starts_with("https://gw.example/"), "{name}");
    }
}

#[test]
fn shipped_scenarios_say_what_is_to_be_filled_in() {
    for (name, text) in shipped() {
        let asked = std::cell::RefCell::new(Vec::new());
        let unset = |variable: &str| {
            asked.borrow_mut().push(variable.to_owned());
            None
        };
        let vocabulary = KnownIds {
            variable: &unset,
            faults: &[],
            variations: &[],
            presets: &[],
            checks: &checks(),
            diagnoses: &[],
            clients: &|word| Ok(word.to_owned()),
        };
        let problems = file::scenario(&name, &text, vocabulary).unwrap_err().problems;
        let asked = asked.into_inner();
        assert!(
            !asked.is_empty() && problems.iter().all(|problem| problem.message.contains("is not set")),
            "{name}"
        );
        for variable in asked {
            assert!(text.contains(&format!("#   {variable} ")), "{name} does not tell what {variable} is");
        }
    }
}
