//! What is written where, and what must not be in it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{gatewalk, refused_port, run, text, transcript};

#[test]
fn the_transcript_has_its_frame_and_no_secret() {
    let output = run(&["check", "--sandbox", "--report", "json=-"]);
    let json = text(&output.stdout);
    // The page of the sandbox names its password itself; what was typed must not be there.
    assert!(
        !json.contains("password=wonderland") && !json.contains("eyJ"),
        "password or token in the transcript"
    );
    let transcript: Value = serde_json::from_str(&json).unwrap();
    for member in [
        "gatewalk",
        "schema",
        "target",
        "protocol_version",
        "registration",
        "started",
        "duration_ms",
        "options",
        "summary",
        "steps",
        "exchanges",
        "callbacks",
        "verdicts",
        "diagnoses",
        "refusals",
        "left_behind",
    ] {
        assert!(transcript.get(member).is_some(), "{member}");
    }
    assert_eq!(transcript["steps"].as_array().unwrap().len(), 7);
    assert_eq!(transcript["left_behind"], serde_json::json!([]), "the registered client was removed");
    let code = &transcript["callbacks"][0]["query"][0];
    assert!(code[0] == "code" && code[1].as_str().unwrap().starts_with("«code "), "{code}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = gatewalk(&["explain"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(said, "");
}

#[cfg(unix)]
#[test]
fn a_report_goes_to_what_stands_at_its_path() {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    let directory = tempfile::tempdir().unwrap();
    let (file, link, pipe) =
        (directory.path().join("file"), directory.path().join("link"), directory.path().join("pipe"));
    std::fs::write(&file, "old").unwrap();
    symlink(&file, &link).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Opening a pipe for writing waits for its reader.
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap())
    };
    let (to_link, to_pipe) = (format!("json={}", link.display()), format!("text={}", pipe.display()));
    let output = run(&["check", "--sandbox", "--report", &to_link, "--report", &to_pipe]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(reader.join().unwrap().contains("conforms"));
    assert!(std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
    assert_eq!(transcript(&file)["schema"], 1);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_ne!(mode & 0o044, 0, "readable for others as any new file: {mode:o}");
}

/// What is full stays what it is, says so, and takes no other report with it.
#[cfg(target_os = "linux")]
#[test]
fn a_report_that_finds_no_room_is_an_error() {
    use std::os::unix::fs::FileTypeExt as _;
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("run.html");
    let option = format!("html={}", page.display());
    let args = ["check", "--sandbox", "--quiet", "--report", "text=/dev/full", "--report", &option];
    let output = run(&args);
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains("cannot write the report to /dev/full: No space left on device"), "{said}");
    assert!(page.is_file() && std::fs::metadata("/dev/full").unwrap().file_type().is_char_device());
}

#[test]
fn a_key_in_the_query_of_the_target_is_in_no_report() {
    // Nobody listens at the discard port; the target is told of all the same.
    let target = "http://127.0.0.1:9/mcp?api_key=s3cret-key&tenant=blue";
    for format in ["curl", "github", "har", "html", "json", "junit", "markdown", "sarif", "text"] {
        let output = run(&["check", target, "--quiet", "--report", &format!("{format}=-")]);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        let said = text(&output.stdout);
        assert!(!said.contains("s3cret-key"), "{format}: {said}");
    }
}

#[test]
fn what_is_given_in_headers_and_forms_is_in_no_report() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.json");
    let report = format!("json={}", path.display());
    let output = run(&[
        "check",
        "--sandbox",
        "--consent",
        "form",
        "--fill",
        "username=alice",
        "--fill",
        "password=canary-1-in-form",
        "--header",
        "X-Gateway-Key: canary-2-in-header",
        "--report",
        &report,
        "--report",
        "text=-",
    ]);
    let json = std::fs::read_to_string(&path).unwrap();
    let shown = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(shown.contains("came again after") && shown.contains("password"), "{shown}");
    for said in [&json, &shown] {
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn revealed_secrets_are_warned_of_and_marked() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("run.html");
    let page_option = format!("html={}", page.display());
    let args = ["check", "--sandbox", "--quiet", "--reveal", "--report", "json=-", "--report", &page_option];
    let output = run(&args);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(std::fs::metadata(page).unwrap().permissions().mode() & 0o077, 0, "for its owner only");
    assert!(text(&output.stderr).contains("hold its secrets"), "{}", text(&output.stderr));
    let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(transcript["revealed"], true);
    let token = |step| {
        let mut exchanges = transcript["exchanges"].as_array().unwrap().iter();
        exchanges.rfind(|e| e["step"] == step && e["probe"].is_null()).unwrap()["request"]["headers"]
            .to_string()
    };
    assert!(token("session").contains("Bearer eyJ"), "{}", token("session"));
    assert!(!text(&output.stdout).contains('«'), "no marks");
}

#[cfg(unix)]
#[test]
fn the_action_walks_every_target_and_tells_the_worst_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    // A runner's workspace may have a space in its path.
    let folder = directory.path().join("a workspace");
    std::fs::create_dir(&folder).unwrap();
    let at = |name: &str| folder.join(name);
    std::fs::write(at("good one.toml"), "schema = 1\n[sandbox]\n").unwrap();
    std::fs::write(at("bad.toml"), "schema = 1\n[sandbox]\nfaults = [\"token-cacheable\"]\n").unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/gatewalk/walk.sh");
    let walk_with = |gatewalk: &str, targets: &str| {
        std::fs::write(at("output"), "").unwrap();
        let output = Command::new("bash")
            .arg(&script)
            .env("GATEWALK", gatewalk)
            .env("TARGETS", targets)
            .env("OPTIONS", "--quiet\n")
            .env("REPORTS", at("reports"))
            .env("GITHUB_OUTPUT", at("output"))
            .env("GITHUB_STEP_SUMMARY", at("summary"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (std::fs::read_to_string(at("output")).unwrap(), text(&output.stdout) + text(&output.stderr).as_str())
    };
    let walk = |targets: &str| walk_with(env!("CARGO_BIN_EXE_gatewalk"), targets);
    let good = at("good one.toml").display().to_string();
    let (told, said) = walk(&good);
    assert_eq!(told, "sarif=true\nexit-code=0\n", "{said}");
    for name in ["1.json", "1.html", "1.xml", "1.sarif", "1.md"] {
        assert!(at("reports").join(name).exists(), "{name}");
    }
    assert!(std::fs::read_to_string(at("summary")).unwrap().contains("## gatewalk: conforms"));
    let unreachable = format!("http://127.0.0.1:{}/mcp", refused_port());
    let (told, said) = walk(&format!("{unreachable}\r\n{good}\r\n"));
    assert_eq!(told, "sarif=true\nsarif=true\nexit-code=3\n", "{said}");
    assert!(said.contains("::error title=gatewalk stopped in challenge::"), "{said}");
    let bad = at("bad.toml").display().to_string();
    let (told, said) = walk(&format!("{unreachable}\n{bad}\n{good}"));
    assert!(told.ends_with("exit-code=1\n"), "{said}");
    assert!(said.contains("::error title=violation token-no-store"), "{said}");
    let (told, said) = walk(&format!("{bad}\n{}", at("no such.toml").display()));
    assert!(told.ends_with("exit-code=2\n"), "{said}");
    let (told, said) = walk("\n");
    assert_eq!(told, "exit-code=2\n");
    assert!(said.contains("::error title=gatewalk::no target is given"), "{said}");
    let (told, said) = walk_with("no-such-gatewalk", &good);
    assert_eq!(told, "exit-code=2\n");
    assert!(said.contains("::error title=gatewalk::there is no program no-such-gatewalk"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_report_that_nobody_reads_is_told_and_ends_with_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let report = format!("text={}", pipe.display());
    let start = || {
        let mut command = gatewalk(&["check", "--sandbox", "--report", &report]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        (child, said)
    };
    let interrupt = |child: &std::process::Child| {
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    };
    // Nobody opens it: nothing is sent before somebody does.
    let (mut child, mut said) = start();
    assert!(said.any(|line| line.contains("waiting for somebody to read") && line.contains("pipe")));
    interrupt(&child);
    assert_ne!(child.wait().unwrap().code(), Some(0));
    // Somebody opens it and does not read: more than a pipe holds is on its way.
    let report = format!("json={}", pipe.display());
    let mut command = gatewalk(&["check", "--sandbox", "--probes", "full", "--report", &report]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let _reader = std::fs::File::open(&pipe).unwrap();
    assert!(said.any(|line| line.contains("the reports take their time") && line.contains("pipe")));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_file_name_the_system_does_not_take_is_told_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x".repeat(300));
    let output = run(&["check", "http://127.0.0.1:9/mcp", "--report", &format!("json={}", path.display())]);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("a shorter one will do"), "{said}");
}
