//! Transcripts read again: judged, compared, described.

use serde_json::Value;

use crate::{run, text};

#[test]
fn a_stored_transcript_is_judged_again_and_says_what_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.json");
    let report = format!("json={}", path.display());
    assert_eq!(run(&["check", "--sandbox", "--quiet", "--report", &report]).status.code(), Some(0));
    let stored = path.to_str().unwrap();
    let same = run(&["replay", stored]);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stderr));
    assert!(text(&same.stdout).contains("no verdict changed"), "{}", text(&same.stdout));
    // Another document, another verdict.
    let json = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, json.replacen("no-store", "public", 2)).unwrap();
    let changed = run(&["replay", stored, "--report", "text=-"]);
    assert_eq!(changed.status.code(), Some(1), "{}", text(&changed.stdout));
    assert!(text(&changed.stdout).contains("pass → fail"), "{}", text(&changed.stdout));
    std::fs::write(&path, "{}").unwrap();
    let none = run(&["replay", stored]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("--report json=PATH"), "{}", text(&none.stderr));
}

#[test]
fn two_runs_are_compared_without_what_is_new_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, options: &[&str]| {
        let path = directory.path().join(name);
        let report = format!("json={}", path.display());
        run(&[&["check", "--sandbox", "--quiet", "--report", &report], options].concat());
        path.to_str().unwrap().to_owned()
    };
    let (first, second) = (write("1.json", &[]), write("2.json", &[]));
    let broken = write("3.json", &["--fault", "token-cacheable"]);
    let stopped = write("4.json", &["--until", "server-metadata"]);
    let same = run(&["diff", &first, &second]);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
    assert_eq!(text(&same.stdout), "nothing changed\n");
    let changed = run(&["diff", &first, &broken]);
    let said = text(&changed.stdout);
    assert_eq!(changed.status.code(), Some(1));
    assert!(said.starts_with("The run\n\n  outcome  conforms → not conformant\n"), "{said}");
    for part in
        ["token-no-store  pass → fail  ", " · authorization server\n", "header cache-control", "no-store → "]
    {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let shorter = text(&run(&["diff", &first, &stopped]).stdout);
    assert!(
        shorter.starts_with("The run\n\n  outcome  conforms → no violation found, ")
            && shorter.contains("\n  /options/until  \"session\" → \"server-metadata\"\n"),
        "{shorter}"
    );
    for part in [
        "\nChecks that stopped running\n\n",
        "  Token  pass → untestable  ",
        "\nRequests that are not sent any more\n",
    ] {
        assert!(shorter.contains(part), "{part} is missing in {shorter}");
    }
    let json: Value =
        serde_json::from_slice(&run(&["diff", &first, &broken, "--format", "json"]).stdout).unwrap();
    let mut changed: Vec<_> = json["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| verdict["check"].as_str().unwrap())
        .collect();
    changed.sort_unstable();
    assert_eq!(changed, ["refresh-no-store", "token-no-store"]);
    let markdown = text(&run(&["diff", &first, &broken, "--format", "markdown"]).stdout);
    assert!(markdown.contains("- `token-no-store`  pass → fail  "), "{markdown}");
    assert_eq!(run(&["diff", &first, "/no/such/file"]).status.code(), Some(2));
}

#[test]
fn the_schema_of_transcripts_is_published() {
    let output = run(&["schema", "transcript"]);
    assert_eq!(output.status.code(), Some(0));
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["$schema"].as_str().unwrap().contains("2020-12"), "{schema:#}");
    let required = schema["required"].as_array().unwrap();
    for member in ["schema", "target", "summary", "steps", "exchanges", "callbacks", "verdicts", "diagnoses"]
    {
        assert!(required.contains(&member.into()), "{member}");
    }
}

#[test]
fn what_was_judged_with_probes_is_judged_the_same_when_replayed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.json");
    let (path, report) = (path.to_str().unwrap(), format!("json={}", path.display()));
    let checked = run(&["check", "--sandbox", "--probes", "full", "--quiet", "--report", &report]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    let replayed = run(&["replay", path]);
    let shown = text(&replayed.stdout);
    assert_eq!(replayed.status.code(), Some(0), "{shown}");
    assert!(shown.contains("no verdict changed"), "{shown}");
}
