//! What standard error tells: no value that may be a secret, and nothing that drives a terminal or a runner.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output};

use crate::{gatewalk, text};

fn output_of(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// A server that responds to everything in the same way, and its MCP endpoint.
fn server(response: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}/mcp", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut read = vec![0; 1 << 16];
            let _ = connection.read(&mut read);
            let _ = connection.write_all(response.as_bytes());
        }
    });
    target
}

#[test]
fn a_wrong_option_is_named_without_its_value() {
    for args in [
        &["--header", "X-Key s3cret-Value-123"][..],
        &["--header", "X Key: s3cret-Value-123"],
        &["--header", "X-Key s3cret-Value-123: x"],
        &["--fill", "s3cret-Value-123"],
        &["--fill=s3cret-Value-123"],
        &["--param", "s3cret-Value-123"],
        &["--client-id", "c", "--client-secret-env", "s3cret-Value-123"],
        &["--client-id", "c", "--client-secret-env", "S3CRETVALUE123"],
        &["--client-id", "c", "--client-key", "s3cret-Value-123"],
        &["--client-id", "c", "--assertion", "s3cret-Value-123"],
        &["--client-id", "c", "--client-secret-env=s3cret-Value-123"],
        &["--client-id", "c", "--id-token", "s3cret-Value-123"],
        &[
            "--client-id=c",
            "--id-token=Cargo.toml",
            "--idp-token-endpoint=https://i.example/token",
            "--idp-client-id=i",
            "--idp-client-secret=s3cret-Value-123",
        ],
        &["--login-command", "'s3cret-Value-123"],
        &["--login-command", ""],
        &["--webdriver", "s3cret-Value-123"],
        &["https://h:port/mcp?key=s3cret-Value-123"],
        &["https://user:s3cret-Value-123@h/mcp"],
        &["h/mcp?key=s3cret-Value-123"],
        &["--header", "X-Key:", "s3cret-Value-123"],
    ] {
        let output = output_of(gatewalk(&[]).arg("check").args(args));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(!said.to_lowercase().contains("s3cret") && !said.is_empty(), "{args:?}: {said}");
    }
}

#[test]
fn what_a_variable_stands_for_is_not_said() {
    let directory = tempfile::tempdir().unwrap();
    for (name, line) in [
        ("a", "protocol_version = \"${K}\""),
        ("b", "until = \"${K}\""),
        ("c", "timeout = \"3${K}\""),
        ("d", "target = \"https://h:${K}/mcp\""),
        ("e", "[headers]\n\"X-Key\" = \"a\\n${K}\""),
    ] {
        let file = directory.path().join(format!("{name}.toml"));
        let target = if line.starts_with("target") { "" } else { "target = \"https://h/mcp\"\n" };
        std::fs::write(&file, format!("schema = 1\n{target}{line}\n")).unwrap();
        let output = output_of(gatewalk(&[]).arg("check").arg(&file).env("K", "s3cret-Value-123"));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(!said.contains("s3cret") && said.contains("${K}"), "{said}");
    }
}

#[test]
fn progress_is_masked_as_the_reports_are() {
    for quoted in [
        "s3cret-Value-123",
        "s3cret%2dValue%2D123",
        "7333637265742d56616c75652d313233",
        "czNjcmV0LVZhbHVlLTEyMw==",
    ] {
        let response = format!(
            "HTTP/1.1 302 Found\r\nlocation: /login?x={quoted}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let target = server(response);
        let output = output_of(gatewalk(&[]).args(["check", &target, "--header", "X-Key: s3cret-Value-123"]));
        let (said, report) = (text(&output.stderr), text(&output.stdout));
        assert!(said.contains("stopped: "), "{said}");
        assert!(!said.contains(quoted) && !report.contains(quoted), "{said}{report}");
    }
}

/// Harmless for a terminal and for the runner of a job.
fn is_harmless(text: &str) -> bool {
    let drives = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
    !text.contains(drives)
        && !text.contains("##")
        && !text.lines().any(|line| line.trim_start().starts_with("::"))
}

#[test]
fn a_file_of_a_stranger_drives_nothing() {
    const BAD: &str = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}##[error]##vso[x]";
    let directory = tempfile::tempdir().unwrap();
    let stored = directory.path().join("run.json");
    let made = output_of(
        gatewalk(&[])
            .args(["check", "--sandbox", "--until", "challenge", "--report"])
            .arg(format!("json={}", stored.display())),
    );
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&stored).unwrap()).unwrap();
    for place in [
        "/protocol_version",
        "/options/until",
        "/options/fail_on",
        "/summary/outcome",
        "/steps/0/step",
        "/exchanges/0/purpose",
        "/verdicts/0/party",
        "/started",
        "/schema",
        "/options/probes",
    ] {
        let mut hostile = stored.clone();
        *hostile.pointer_mut(place).unwrap() = serde_json::json!(format!("\n::error::{BAD}"));
        let file = directory.path().join("hostile.json");
        std::fs::write(&file, hostile.to_string()).unwrap();
        for args in [&["replay"][..], &["diff"]] {
            let mut command = gatewalk(&[]);
            command.args(args).arg(&file);
            if args == ["diff"] {
                command.arg(&file);
            } else {
                command.args(["--report", "text=-"]);
            }
            let output = output_of(&mut command);
            let said = format!("{}{}", text(&output.stderr), text(&output.stdout));
            assert!(is_harmless(&said), "{place}: {said:?}");
            // Of when a run started a comparison says nothing.
            assert!(output.status.code() == Some(2) || (args == ["diff"] && place == "/started"), "{place}");
        }
    }
    let scenario = directory.path().join("hostile.toml");
    std::fs::write(&scenario, "schema = 1\ntarget = \"\u{9b}31m\u{202e}\"\n\"\u{9b}x\" = 1\n").unwrap();
    let output = output_of(gatewalk(&[]).arg("check").arg(&scenario));
    assert!(is_harmless(&text(&output.stderr)), "{:?}", text(&output.stderr));
    let output = output_of(gatewalk(&[]).args(["check", "--sandbox", "--report", &format!("{BAD}=x")]));
    assert!(is_harmless(&text(&output.stderr)), "{:?}", text(&output.stderr));
    let output = output_of(gatewalk(&[]).args([
        "check",
        "--sandbox",
        "--until",
        "challenge",
        "--report",
        &format!("json={}/{BAD}/x", directory.path().display()),
    ]));
    assert!(is_harmless(&text(&output.stderr)), "{:?}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    let directory = folder.path().to_str().unwrap();
    for irregular in ["/dev/zero", pipe, directory] {
        let target = "http://127.0.0.1:9/mcp";
        for args in [
            &["replay", irregular][..],
            &["diff", irregular, irregular],
            &["check", "--sandbox", "--expect", irregular],
            &["check", target, "--ca-cert", irregular],
            &["check", target, "--client-id", "c", "--client-key", irregular],
            &["check", target, "--client-id", "c", "--assertion", irregular],
        ] {
            let output = output_of(&mut gatewalk(args));
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
            assert!(
                said.contains("a device, a pipe or a socket") || said.contains("is a directory"),
                "{said}"
            );
        }
    }
    let output = output_of(&mut gatewalk(&["check", pipe]));
    assert!(text(&output.stderr).contains("a device, a pipe or a socket"), "{}", text(&output.stderr));
}
