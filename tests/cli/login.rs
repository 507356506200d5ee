//! How a login is obtained, and what is said when it is not.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use gatewalk::sandbox::{Plan, Sandbox};
use gatewalk::specification::ProtocolVersion;

use crate::{gatewalk, refused_port, run, text, waiting};

#[test]
fn redirect_uris_have_the_host_asked_for() {
    for (asked, host) in [("localhost", "localhost"), ("[::1]", "[::1]"), ("::1", "[::1]")] {
        if TcpListener::bind("[::1]:0").is_err() {
            continue;
        }
        let output = run(&["check", "--sandbox", "--quiet", "--redirect-host", asked, "--report", "json=-"]);
        assert_eq!(output.status.code(), Some(0), "{asked}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(&format!("\"http://{host}:")), "{asked}");
    }
}

/// An unattended login at the sandbox that fails: what the report says. Exit code 3 is expected.
fn failed_login(args: &[&str]) -> String {
    let output = run(&[&["check", "--sandbox", "--quiet"], args].concat());
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{report}");
    // Lines are broken for reading.
    report.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_failed_login_says_on_which_page_with_what() {
    let report = failed_login(&["--fill", "username=alice", "--fill", "password=looking-glass"]);
    for part in [
        "could not log in: the page http://127.0.0.1:",
        "/login (status 400, \"Log in to the sandbox\") came again after username, password had been filled in",
        "; it says \"",
        "Wrong user name or password",
        "Check the values",
    ] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
    assert!(!report.contains("looking-glass"), "{report}");
    let report = failed_login(&["--consent", "redirect"]);
    assert!(report.contains("does not redirect back") && report.contains("--consent form"), "{report}");
    let report = failed_login(&["--fill", "email=alice"]);
    assert!(report.contains("needs its fields username, password; given: email Add --fill"), "{report}");
    assert!(report.contains("Add --fill username=VALUE --fill password=VALUE"), "{report}");
    let login = ["--fill", "username=alice", "--fill", "password=wonderland"];
    let report = failed_login(&login);
    assert!(report.contains("Add --fill decision=allow or --fill decision=deny."), "{report}");
}

#[cfg(unix)]
#[test]
fn a_login_program_that_gives_up_says_how() {
    let report = failed_login(&["--login-command", "sh -c 'echo no >&2; exit 4'"]);
    let says = "could not log in: the program sh printed no callback URL (exit status: 4)";
    assert!(report.contains(says), "{report}");
    let report = failed_login(&["--login-command", "sh -c 'sleep 600'", "--login-timeout", "100ms"]);
    assert!(report.contains("no callback within 0.1 s"), "{report}");
}

#[test]
fn a_pasted_callback_with_a_wrong_state_is_refused() {
    let (mut child, _said, redirect_uri) = waiting(&["check", "--sandbox", "--consent", "paste"]);
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "https://elsewhere.example/callback?code=x").unwrap();
    // Again, as it is what the login ended with.
    for _ in 0..2 {
        writeln!(stdin, "{redirect_uri}?code=c0de&state=wrong").unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(report.contains("authz-state-echo") && report.contains("does not carry the state"), "{report}");
    assert!(!report.contains("c0de"), "{report}");
}

#[cfg(unix)]
#[test]
fn the_listener_is_heard_whatever_the_driver_does() {
    for driver in [["--consent", "paste"], ["--login-command", "sh -c 'sleep 600'"]] {
        let port = refused_port().to_string();
        let args = ["check", "--sandbox", "--redirect-port", &port, "--login-timeout", "1s"];
        let args = [&args[..], &driver].concat();
        let mut child = gatewalk(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(said.any(|line| line.starts_with("4/7")), "{driver:?}");
        // The listener is there from the start; it hands on what comes once the login has begun.
        let response = loop {
            let mut browser = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
            browser.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            write!(browser, "GET /callback?code=c0de&state=wrong HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                .unwrap();
            let mut response = String::new();
            browser.read_to_string(&mut response).unwrap();
            if !response.contains("No login is under way") {
                break response;
            }
        };
        assert!(response.starts_with("HTTP/1.1 400") && response.contains("state"), "{driver:?}: {response}");
        let said = std::thread::spawn(move || said.count());
        let output = child.wait_with_output().unwrap();
        said.join().unwrap();
        assert!(text(&output.stdout).contains("authz-state-echo"), "{driver:?}: {}", text(&output.stdout));
    }
}

#[cfg(unix)]
#[test]
fn a_job_without_standard_input_is_told_what_it_waits_for() {
    let mut child = gatewalk(&["check", "--sandbox", "--consent", "paste"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let waits = said.any(|line| line.contains("Standard input is closed"));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let ended: Vec<_> = said.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(waits && ended.iter().any(|line| line.starts_with("interrupted:")), "{ended:?}");
}

#[test]
fn each_of_several_targets_gets_what_is_pasted_for_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plan = || Plan::honest(ProtocolVersion::DEFAULT);
    let sandboxes = [0, 1].map(|_| runtime.block_on(Sandbox::start(plan())).unwrap());
    let mut args = vec!["check", "--consent", "paste", "--login-timeout", "20s"];
    args.extend(sandboxes.iter().map(Sandbox::target));
    let mut child =
        gatewalk(&args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut refused = 0;
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        if let Some(rest) = line.strip_prefix("Waiting for the redirect to ") {
            let redirect_uri = rest.split(". ").next().unwrap();
            for _ in 0..2 {
                writeln!(stdin, "{redirect_uri}?code=c0de&state=wrong").unwrap();
            }
        }
        refused += u32::from(line.starts_with("stopped: the callback does not carry the state"));
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(refused, 2, "both were pasted");
}

#[cfg(unix)]
#[test]
fn every_signal_that_can_be_caught_ends_a_login_in_good_order() {
    for signal in ["INT", "TERM", "HUP", "QUIT", "ALRM", "USR1", "USR2", "XCPU", "XFSZ"] {
        let (mut child, mut said, _) = waiting(&["check", "--sandbox", "--consent", "paste"]);
        let id = child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}: {rest}");
        assert!(rest.contains("interrupted:"), "{signal}: {rest}");
    }
}
