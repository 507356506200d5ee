//! What a walk comes to: exit codes, findings, refusals.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::{gatewalk, refused_port, run, text, transcript};

#[test]
fn a_sandbox_over_tls_is_walked_by_who_trusts_its_authority() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let authority = authority.to_str().unwrap();
    let mut child =
        gatewalk(&["sandbox", "--tls", "--ca-out", authority]).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let target =
        told.find_map(|line| line.strip_prefix("MCP endpoint").map(|url| url.trim().to_owned())).unwrap();
    assert!(target.starts_with("https://127.0.0.1:"), "{target}");
    let login = ["--fill", "username=alice", "--fill", "password=wonderland", "--fill", "decision=allow"];
    let trusting = run(&[&["check", &target, "--ca-cert", authority][..], &login].concat());
    let stranger = run(&[&["check", &target][..], &login].concat());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(trusting.status.code(), Some(0), "{}", text(&trusting.stdout));
    assert_eq!(stranger.status.code(), Some(3));
    assert!(text(&stranger.stdout).contains("--ca-cert"), "{}", text(&stranger.stdout));
}

#[test]
fn the_honest_sandbox_conforms_in_every_protocol_version() {
    for protocol_version in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        let output = run(&["check", "--sandbox", "--protocol-version", protocol_version]);
        let (report, progress) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{protocol_version}\n{report}\n{progress}");
        assert!(report.contains("conforms") && report.contains("no findings"), "{report}");
        assert!(!report.contains("Findings"), "{protocol_version}\n{report}");
        assert!(progress.contains("7/7 session"), "{progress}");
        assert!(!report.contains('\u{1b}'), "no styles into a pipe");
    }
}

#[test]
fn what_was_not_decided_is_no_conformance() {
    let run = |more: &[&str]| {
        let output = run(&[&["check", "--sandbox", "--quiet", "--report", "json=-"], more].concat());
        let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
        let summary = &transcript["summary"];
        assert_eq!(summary["exit_code"], output.status.code().unwrap());
        (
            output.status.code().unwrap(),
            summary["outcome"].as_str().unwrap().to_owned(),
            summary["undecided"].clone(),
        )
    };
    let (code, outcome, undecided) = run(&["--probes", "full", "--fail-on", "undecided"]);
    assert_eq!((code, &*outcome, undecided), (0, "conforms", Value::Null));
    let (code, outcome, undecided) = run(&["--probes", "safe"]);
    assert_eq!((code, &*outcome), (0, "no-violation-found"));
    assert_eq!(undecided[0]["decided_by"]["probes"], "full");
    assert_eq!(undecided[0]["checks"], serde_json::json!(["rs-query-token-ignored"]));
    let (code, outcome, undecided) = run(&["--probes", "off", "--fail-on", "undecided"]);
    assert_eq!((code, &*outcome), (3, "no-violation-found"));
    let (first, second) = (&undecided[0]["decided_by"]["probes"], &undecided[1]["decided_by"]["probes"]);
    assert_eq!((first.as_str(), second.as_str()), (Some("safe"), Some("full")));
    let (code, outcome, undecided) = run(&["--until", "server-metadata"]);
    assert_eq!(
        (code, &*outcome, undecided[0]["decided_by"].as_str()),
        (0, "no-violation-found", Some("whole-walk"))
    );
    let (code, outcome, _) = run(&["--fault", "token-cacheable", "--fail-on", "never"]);
    assert_eq!((code, &*outcome), (0, "violates"), "what fails no job is violated all the same");
}

#[test]
fn an_open_must_that_is_expected_or_nobodys_business_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("expect.toml");
    let entry = "schema = 1\n[[expect]]\ncheck = \"rs-query-token-ignored\"\nverdict = \"untestable\"\nreason = \"never\"\nexpires = 9999-01-01\n";
    std::fs::write(&file, entry).unwrap();
    let strict = ["check", "--sandbox", "--quiet", "--probes", "safe", "--fail-on", "undecided"];
    let code = |more: &[&str]| run(&[&strict[..], more].concat()).status.code();
    assert_eq!(code(&[]), Some(3));
    assert_eq!(code(&["--expect", file.to_str().unwrap()]), Some(0));
    assert_eq!(code(&["--party", "authorization-server"]), Some(0));
}

#[test]
fn a_server_is_probed_harmlessly_unless_told_otherwise() {
    let mut child = gatewalk(&["sandbox"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let target =
        told.find_map(|line| line.strip_prefix("MCP endpoint").map(|url| url.trim().to_owned())).unwrap();
    let login = ["--fill", "username=alice", "--fill", "password=wonderland", "--fill", "decision=allow"];
    let checked =
        |more: &[&str]| run(&[&["check", &target, "--report", "json=-"], &login[..], more].concat());
    let (asked, left_out) = (checked(&[]), checked(&["--probes", "off"]));
    child.kill().unwrap();
    child.wait().unwrap();
    let transcript: Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!(transcript["options"]["probes"], "safe");
    let sent = transcript["exchanges"].as_array().unwrap().iter();
    let sent = sent.filter(|exchange| exchange["probe"].is_string()).count();
    let said = text(&asked.stderr);
    assert!(said.contains("(--probes off leaves them out)"), "{said}");
    assert!(sent > 50 && said.contains(&format!("probed: {sent} requests")), "{sent} {said}");
    let said = text(&left_out.stderr);
    assert!(!said.contains("prob"), "{said}");
}

#[test]
fn a_finding_is_named_with_evidence_rule_and_fix() {
    let output = run(&["check", "--sandbox", "--fault", "token-cacheable", "--quiet"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    for part in ["✗ violation  token-no-store  authorization server", "seen", "rule", "RFC 6749 §5.1", "fix"]
    {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
    assert_eq!(text(&output.stderr), "", "--quiet");
}

#[test]
fn an_unreachable_target_exits_with_3_and_leaves_a_transcript() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.json");
    let url = format!("http://127.0.0.1:{}/mcp", refused_port());
    let output = run(&["check", &url, "--report", &format!("json={}", path.display()), "--report", "text=-"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{report}");
    assert!(
        report.contains(&url)
            && report.contains("refuses connections")
            && report.contains("Check host and port")
    );
    let transcript = transcript(&path);
    assert_eq!(transcript["summary"]["outcome"], "not-judged");
    assert_eq!(transcript["steps"][0]["state"], "stopped");
    assert_eq!(transcript["exchanges"][0]["failure"]["kind"], "connect");
}

#[test]
fn a_refusal_stops_the_walk_unless_overruled() {
    let stopped = run(&["check", "--sandbox", "--fault", "issuer-mismatch", "--report", "json=-"]);
    assert_eq!(stopped.status.code(), Some(1));
    let stopped: Value = serde_json::from_slice(&stopped.stdout).unwrap();
    assert_eq!(stopped["steps"][2]["state"], "stopped");
    assert_eq!(stopped["steps"][3]["state"], "not-reached");
    assert_eq!(stopped["refusals"][0]["overruled"], false);
    let went_on =
        run(&["check", "--sandbox", "--fault", "issuer-mismatch", "--past-refusals", "--report", "json=-"]);
    assert_eq!(went_on.status.code(), Some(1));
    let went_on: Value = serde_json::from_slice(&went_on.stdout).unwrap();
    assert_eq!(went_on["steps"][6]["state"], "done");
    assert_eq!(went_on["refusals"][0]["overruled"], true);
}

#[test]
fn until_ends_the_walk_where_asked() {
    let output = run(&["check", "--sandbox", "--until", "server-metadata", "--report", "json=-"]);
    assert_eq!(output.status.code(), Some(0));
    let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(transcript["steps"][2]["state"], "done");
    assert_eq!(transcript["steps"][3]["state"], "not-reached");
}

#[test]
fn progress_says_why_a_walk_stops() {
    for (args, says) in [
        (&["--consent", "redirect"][..], "stopped: could not log in: the page"),
        (&["--fault", "issuer-mismatch"], "stopped: "),
    ] {
        let output = run(&[&["check", "--sandbox", "--report", "json=-"], args].concat());
        let said = text(&output.stderr);
        assert!(said.lines().last().unwrap().starts_with(says), "{said}");
    }
}

#[test]
fn faults_are_added_to_a_scenario_and_its_title_heads_the_reports() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let lines = "schema = 1\ntitle = \"Mine, at home\"\n[sandbox]\npreset = \"zuplo-auth0\"\nfaults = [\"issuer-slash-missing\"]\n";
    std::fs::write(&file, lines).unwrap();
    let file = file.to_str().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let named = |format: &str| format!("{format}={}", at(format));
    let output = run(&[
        "check",
        file,
        "--fault",
        "default-audience-missing",
        "--quiet",
        "--report",
        "text=-",
        "--report",
        &named("json"),
        "--report",
        &named("html"),
        "--report",
        &named("markdown"),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let found = transcript(&folder.path().join("json"));
    assert_eq!(found["title"], "Mine, at home");
    let causes: Vec<_> = found["diagnoses"].as_array().unwrap().iter().map(|cause| &cause["id"]).collect();
    assert_eq!(causes, ["resource-ignored", "issuer-slash"], "that of the stop comes first");
    for cause in found["diagnoses"].as_array().unwrap() {
        assert!(matches!(cause["product"].as_str(), Some("Auth0" | "Zuplo")), "{cause}");
    }
    assert!(text(&output.stdout).starts_with("Mine, at home\n"), "{}", text(&output.stdout));
    for report in ["html", "markdown"] {
        assert!(std::fs::read_to_string(at(report)).unwrap().contains("Mine, at home"), "{report}");
    }
    let preset = run(&["check", "--preset", "kong-auth0", "--fault", "preflight-refused", "--quiet"]);
    assert!(text(&preset.stdout).contains("cors plugin"), "{}", text(&preset.stdout));
    assert_eq!(run(&["check", "https://x.example/mcp", "--preset", "kong-auth0"]).status.code(), Some(2));
}
