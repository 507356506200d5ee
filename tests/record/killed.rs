//! What a killed process leaves: the transcript so far.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use gatewalk::specification::Step;
use gatewalk::transcript::{RunOutcome, StepState, Transcript};

/// Walks until a line of progress starts so, then ends the process without a chance to say anything.
fn killed_at(line: &str, args: &[&str]) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gatewalk"))
        .arg("check")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let reached = said.any(|said| said.starts_with(line));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(reached && status.code().is_none(), "{line}: {status}");
}

/// Names of the files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_killed_walk_leaves_what_there_was() {
    let folder = tempfile::tempdir().unwrap();
    let report = format!("json={}", folder.path().join("run.json").display());
    let page = format!("html={}", folder.path().join("run.html").display());
    let args = ["--sandbox", "--consent", "paste", "--report", &report, "--report", &page];
    killed_at("Waiting for the redirect to ", &args);
    assert_eq!(files(folder.path()), ["run.json.partial"], "nothing half written, nothing else");
    let left = folder.path().join("run.json.partial");
    let text = std::fs::read_to_string(&left).unwrap();
    let transcript: Transcript = serde_json::from_str(&text).unwrap();
    assert_eq!(transcript.summary.outcome, RunOutcome::Interrupted);
    let stopped = transcript.steps.iter().find(|entry| entry.state == StepState::Stopped).unwrap();
    assert_eq!(stopped.step, Step::Authorization);
    assert_eq!(transcript.authorizations.len(), 1);
    assert_eq!(transcript.left_behind.len(), 1, "the client it had registered is still there");
    for step in [Step::Challenge, Step::ResourceMetadata, Step::ServerMetadata, Step::Registration] {
        assert!(transcript.exchanges.iter().any(|entry| entry.step == step), "{step}");
    }
    assert!(text.contains("«registration_access_token ") || text.contains("«client_secret "), "redacted");
    let replayed = Command::new(env!("CARGO_BIN_EXE_gatewalk")).arg("replay").arg(&left).output().unwrap();
    assert_eq!(replayed.status.code(), Some(130), "{}", String::from_utf8_lossy(&replayed.stderr));
    assert!(String::from_utf8_lossy(&replayed.stdout).contains("interrupted"));
}

#[test]
fn a_walk_killed_while_a_peer_is_silent_leaves_what_was_heard_before() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}/mcp", listener.local_addr().unwrap());
    // The first request is answered; every other one is accepted and never answered.
    let gateway = std::thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        let mut request = BufReader::new(first.try_clone().unwrap()).lines().map_while(Result::ok);
        assert!(request.any(|line| line.is_empty()));
        write!(first, "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        drop(first);
        let silent = listener.accept();
        (silent, listener)
    });
    let folder = tempfile::tempdir().unwrap();
    let report = format!("json={}", folder.path().join("run.json").display());
    killed_at("1/7 challenge", &[&target, "--report", &report]);
    drop(gateway.join().unwrap());
    let text = std::fs::read_to_string(folder.path().join("run.json.partial")).unwrap();
    let transcript: Transcript = serde_json::from_str(&text).unwrap();
    let [exchange] = &transcript.exchanges[..] else { panic!("{text}") };
    assert_eq!(exchange.response.as_ref().map(|response| response.status), Some(401));
    let stopped = transcript.steps.iter().find(|entry| entry.state == StepState::Stopped).unwrap();
    assert_eq!(stopped.step, Step::ResourceMetadata);
}

#[test]
fn a_walk_that_ends_leaves_its_reports_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    std::fs::write(folder.path().join("run.json.partial"), "of a killed run").unwrap();
    let walked = Command::new(env!("CARGO_BIN_EXE_gatewalk"))
        .args(["check", "--sandbox", "--quiet", "--report", &format!("json={}", path.display())])
        .output()
        .unwrap();
    assert_eq!(walked.status.code(), Some(0), "{}", String::from_utf8_lossy(&walked.stderr));
    assert_eq!(files(folder.path()), ["run.json"]);
}
