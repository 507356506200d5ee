//! Whole commands: exit codes, streams, reports, interruption.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use gatewalk::edition::Edition;
use gatewalk::sandbox::{Plan, Sandbox};
use serde_json::Value;

fn gatewalk(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewalk"));
    command.args(args).env_remove("NO_COLOR").env("GATEWALK_TEST_EMPTY", "").stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    gatewalk(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn transcript(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

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

/// A port of this machine on which nobody listens.
fn refused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn the_honest_sandbox_conforms_in_every_edition() {
    for edition in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        let output = run(&["check", "--sandbox", "--edition", edition]);
        let (report, progress) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{edition}\n{report}\n{progress}");
        assert!(report.contains("conforms") && report.contains("no findings"), "{report}");
        assert!(!report.contains("Findings"), "{edition}\n{report}");
        assert!(progress.contains("7/7 session"), "{progress}");
        assert!(!report.contains('\u{1b}'), "no styles into a pipe");
    }
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
fn usage_errors_exit_with_2_and_say_what_to_do() {
    for (args, says) in [
        (&["check"][..], "--sandbox"),
        (&[], "gatewalk check"),
        (&["check", "example.com/mcp"], "absolute http(s) URL"),
        (&["check", "example.com/mcp"], "did you mean https://example.com/mcp?"),
        (&["check", "nosuch"], "\"nosuch\" is neither a file nor an absolute http(s) URL"),
        (&["check", "."], "is a directory"),
        (&["check", "README.md"], "scenario files are TOML"),
        (&["chekc", "https://example.com/mcp"], "did you mean check?"),
        (&["check", "--sandbox", "--junit", "x"], "did you mean --report junit=PATH?"),
        (&["check", "--sandbox", "--timeout", "-1"], "\"-1\" is no duration"),
        (&["check", "--sandbox", "--allow", "nosuch"], "`gatewalk explain --probes` names them\n"),
        (&["check", "--sandbox", "--allow", "token-in-qury"], "did you mean token-in-query?"),
        (
            &["check", "--sandbox", "--login-command", "/no/such/program"],
            "there is no program /no/such/program",
        ),
        (&["check", "ftp://example.com/mcp"], "absolute http(s) URL"),
        (&["check", "https://example.com/mcp#x"], "fragment"),
        (&["check", "--sandbox", "--fault", "issuer-mismtch"], "did you mean"),
        (&["check", "--sandbox", "--edition", "2024-11-05"], "2025-11-25"),
        (&["check", "--sandbox", "--until", "login"], "authorization"),
        (&["check", "--sandbox", "--timeout", "soon"], "no duration"),
        (&["check", "--sandbox", "--tls=rotten"], "other-name"),
        (&["check", "--sandbox", "--resolve", "example.com"], "HOST:PORT:ADDRESS"),
        (&["check", "--sandbox", "--ca-cert", "/no/such.pem"], "cannot read the certificates /no/such.pem"),
        (&["check", "--sandbox", "--ca-cert", "Cargo.toml"], "Cargo.toml holds no certificates"),
        (&["check", "--sandbox", "--consent", "command"], "--login-command"),
        (&["check", "--sandbox", "--webdriver", "localhost:9515"], "absolute http(s) URL"),
        (&["check", "--sandbox", "--consent", "paste", "--fill", "a=b"], "--consent form or webdriver"),
        (&["check", "--sandbox", "--consent", "form", "--login-command", "x"], "--consent command"),
        (&["check", "--sandbox", "--login-command", "x 'y"], "quote"),
        (&["check", "--sandbox", "--report", "pdf=x"], "there are curl, github, har, html, json"),
        (
            &["check", "--sandbox", "--report", "json=/no/such/directory/x.json"],
            "cannot write the report to /no/such/directory/x.json: the directory /no/such/directory does not exist\n",
        ),
        (
            &["check", "--sandbox", "--report", "json=x", "--report", "html=./x"],
            "two reports would go to ./x",
        ),
        (&["check", "--sandbox", "--report", "json=-", "--report", "text=-"], "standard output"),
        (
            &["check", "--sandbox", "--report", "html=x.partial", "--report", "json=x"],
            "two reports would go to x.partial",
        ),
        (&["check", "--sandbox", "--registration", "preregistered"], "--client-id"),
        (
            &["check", "http://127.0.0.1:9/mcp", "--registration", "metadata-document"],
            "--client-metadata-url",
        ),
        (&["check", "--sandbox", "--client-metadata-url", "https://app.example"], "no path"),
        (&["check", "--sandbox", "--client-metadata-url", "http://app.example/c"], "not https"),
        (&["check", "--sandbox", "--client-metadata-url", "https://app.example/c#f"], "fragment"),
        (&["check", "--sandbox", "--client-metadata-url", "https://me@app.example/c"], "user name"),
        (&["check", "--sandbox", "--client-metadata-url", "https://app.example/a/../c"], "dot segment"),
        (&["check", "--sandbox", "--client-metadata-url", "client.json"], "absolute http(s) URL"),
        (&["client-metadata"], "--url"),
        (&["client-metadata", "--url", "https://app.example/"], "no path"),
        (&["client-metadata", "--url", "https://app.example/c", "--redirect-port", "0"], "0"),
        (&["check", "--sandbox", "--fill", "a=env:GATEWALK_TEST_UNSET"], "GATEWALK_TEST_UNSET is not set"),
        (&["check", "--sandbox", "--fill", "a=env:GATEWALK_TEST_EMPTY"], "GATEWALK_TEST_EMPTY is empty"),
        (&["check", "--sandbox", "--consent", "paste", "--fill", "a=b"], "--consent form"),
        (&["check", "--sandbox", "--redirect-host", "0.0.0.0"], "loopback"),
        (&["check", "http://user:pw@127.0.0.1/mcp"], "--header"),
        (&["check", "http://127.0.0.1:9\\@x/"], "backslash"),
        (&["check", "http://127.0.0.1:99999/mcp"], "invalid port"),
        (&["check", "--sandbox", "--registration", "dynamic", "--client-id", "x"], "--client-id"),
        (&["check", "--sandbox", "--header", "Content-Length: 1"], "set by the walk"),
        (&["check", "--sandbox", "--body-limit", "0"], "1024"),
        (&["explain", "issuer-matches"], "did you mean as-issuer-matches, "),
        (&["explain", "issuer-slsh"], "did you mean issuer-slash, "),
    ] {
        let output = run(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}\n{said}");
        assert!(said.starts_with("error: "), "{args:?}\n{said}");
        assert!(said.contains(says), "{args:?} should mention {says:?}:\n{said}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
    }
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
        "edition",
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
fn until_ends_the_walk_where_asked() {
    let output = run(&["check", "--sandbox", "--until", "server-metadata", "--report", "json=-"]);
    assert_eq!(output.status.code(), Some(0));
    let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(transcript["steps"][2]["state"], "done");
    assert_eq!(transcript["steps"][3]["state"], "not-reached");
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
    assert!(said.starts_with("The run\n\n  outcome  conforms → violates the specifications\n"), "{said}");
    for part in
        ["token-no-store  pass → fail  ", " · authorization server\n", "header cache-control", "no-store → "]
    {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let shorter = text(&run(&["diff", &first, &stopped]).stdout);
    assert!(
        shorter.starts_with("The run\n\n  /options/until  \"session\" → \"server-metadata\"\n"),
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

/// Starts a walk that waits for a pasted URL; answers the redirect URI.
#[expect(clippy::zombie_processes, reason = "the caller waits; only a failing test does not")]
fn waiting(args: &[&str]) -> (Child, BufReader<std::process::ChildStderr>, String) {
    let mut child =
        gatewalk(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the walk ended without asking");
        if let Some(rest) = line.strip_prefix("Waiting for the redirect to ") {
            let redirect_uri = rest.split(". ").next().unwrap().to_owned();
            return (child, said, redirect_uri);
        }
    }
}

#[test]
fn a_pasted_callback_with_a_wrong_state_is_refused() {
    let (mut child, _said, redirect_uri) = waiting(&["check", "--sandbox", "--consent", "paste"]);
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "https://elsewhere.example/callback?code=x").unwrap();
    writeln!(stdin, "{redirect_uri}?code=c0de&state=wrong").unwrap();
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
        let args = [&["check", "--sandbox", "--redirect-port", &port][..], &driver].concat();
        let mut child = gatewalk(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(said.any(|line| line.starts_with("4/7")), "{driver:?}");
        // The listener is there from the start; it answers once the login has begun.
        let mut browser = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        browser.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(browser, "GET /callback?code=c0de&state=wrong HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        let mut answer = String::new();
        browser.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{driver:?}: {answer}");
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
fn a_client_that_stays_is_told_with_the_reason() {
    let output = run(&["check", "-q", "--fault", "registration-management-url-missing", "--probes", "off"]);
    let report = text(&output.stdout);
    assert!(
        report.contains(": the server offers no way to remove it (RFC 7592); delete it there"),
        "{report}"
    );
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
fn help_is_short_or_whole_and_completions_know_the_words() {
    let (short, long) = (text(&run(&["check", "-h"]).stdout), text(&run(&["check", "--help"]).stdout));
    assert!(short.lines().count() * 2 < long.lines().count(), "{short}");
    for heading in ["Target:", "Client:", "Login:", "Network:", "Judging:", "Reports:"] {
        assert!(short.lines().any(|line| line == heading), "{heading}\n{short}");
    }
    assert!(long.contains("server-metadata") && long.contains("schema = 1") && long.contains("Exit codes:"));
    assert!(!long.contains("audience-not-checked"), "faults are not listed in the help");
    let script = text(&run(&["completions", "bash"]).stdout);
    for word in
        ["issuer-mismatch", "token-in-query", "rs-unauth-401", "prefix-routing", "server-metadata", "junit="]
    {
        assert!(script.contains(word), "{word}");
    }
}

#[test]
fn the_scenario_in_the_help_is_one() {
    let help = text(&run(&["check", "--help"]).stdout);
    let lines =
        help.lines().skip_while(|line| *line != "  schema = 1").take_while(|line| line.starts_with("  "));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let target = format!("http://127.0.0.1:{}/mcp", refused_port());
    let scenario = lines.map(str::trim).collect::<Vec<_>>().join("\n");
    std::fs::write(&path, scenario.replace("https://my-gateway.zuplo.dev/mcp", &target)).unwrap();
    let output = gatewalk(&["check", path.to_str().unwrap()]).env("CI_PASSWORD", "x").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn ctrl_c_exits_with_130_writes_the_transcript_and_removes_the_client() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.json");
    let report = format!("json={}", path.display());
    let (child, _said, _) = waiting(&["check", "--sandbox", "--consent", "paste", "--report", &report]);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let transcript = transcript(&path);
    assert_eq!(transcript["summary"]["outcome"], "stopped");
    assert_eq!(transcript["steps"][3]["state"], "done");
    assert_eq!(transcript["steps"][4]["state"], "stopped");
    assert_eq!(transcript["left_behind"], serde_json::json!([]));
}

#[test]
fn the_sandbox_conforms_with_a_client_known_by_its_metadata_document() {
    for edition in ["2025-11-25", "2026-07-28"] {
        let args = ["check", "--sandbox", "--registration", "metadata-document", "--edition", edition];
        let output = run(&[&args[..], &["--report", "json=-"]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{edition}\n{said}");
        let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(transcript["registration"], "metadata-document");
        assert_eq!(transcript["steps"][3]["state"], "skipped");
        assert_eq!(transcript["steps"][6]["state"], "done");
        let failed = transcript["verdicts"].as_array().unwrap().iter().filter(|v| v["verdict"] == "fail");
        assert_eq!(failed.count(), 0, "{edition}");
    }
}

#[test]
fn a_given_client_comes_before_a_document_and_a_document_before_registering() {
    let document = ["--client-metadata-url", "https://app.example/client.json"];
    let client = ["--client-id", "gatewalk-sandbox-client"];
    for (options, expected) in [
        ([&document[..], &client[..]].concat(), "preregistered"),
        (document.to_vec(), "metadata-document"),
        (Vec::new(), "dynamic"),
        ([&document[..], &["--registration", "dynamic"]].concat(), "dynamic"),
    ] {
        let walk = ["check", "--sandbox", "--until", "server-metadata", "--report", "json=-"];
        let output = run(&[&walk[..], &options[..]].concat());
        let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(transcript["registration"], expected, "{options:?}");
    }
}

#[test]
fn a_server_that_does_not_read_documents_ends_the_walk_with_what_to_do() {
    let output = run(&["check", "--registration", "metadata-document", "--fault", "cimd-not-advertised"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{report}");
    assert!(report.contains("client_id_metadata_document_supported"), "{report}");
    assert!(report.contains("--registration dynamic"), "{report}");
}

#[test]
fn the_metadata_document_is_printed_for_publishing() {
    let url = "https://app.example/gatewalk.json";
    let document = |ports: &[&str]| -> Value {
        let output = run(&[&["client-metadata", "--url", url], ports].concat());
        assert_eq!(output.status.code(), Some(0));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let any = document(&[]);
    assert_eq!((&any["client_id"], &any["client_name"]), (&Value::from(url), &Value::from("gatewalk")));
    assert_eq!(any["redirect_uris"][0], "http://127.0.0.1/callback");
    assert_eq!(any["token_endpoint_auth_method"], "none");
    assert_eq!(any["application_type"], "native");
    assert_eq!(any["response_types"], serde_json::json!(["code"]));
    assert!(any["software_id"].is_string() && any["grant_types"].is_array(), "{any}");
    let fixed = document(&["--redirect-port", "8123", "--redirect-port", "8124"]);
    let expected = ["127.0.0.1:8123", "localhost:8123", "127.0.0.1:8124", "localhost:8124"]
        .map(|authority| format!("http://{authority}/callback"));
    assert_eq!(fixed["redirect_uris"], serde_json::json!(expected));
}

#[test]
fn the_catalogue_explains_itself() {
    let list = text(&run(&["explain"]).stdout);
    assert!(list.contains("rs-unauth-401") && list.contains("Session"), "{list}");
    let one = text(&run(&["explain", "as-issuer-matches"]).stdout);
    for part in
        ["What it checks", "Why it matters", "How to fix it", "RFC 8414 §3.3", "--fault issuer-mismatch"]
    {
        assert!(one.contains(part), "{part} is missing in\n{one}");
    }
}

#[test]
fn help_has_examples_and_exit_codes_and_shells_have_completions() {
    let help = text(&run(&["--help"]).stdout);
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&run(&["completions", shell]).stdout).contains("gatewalk"), "{shell}");
    }
}

#[test]
fn a_client_that_is_kept_is_used_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plan = Plan { edition: Edition::DEFAULT, faults: Vec::new(), preset: None };
    let sandbox = runtime.block_on(Sandbox::start(plan)).unwrap();
    let state = tempfile::tempdir().unwrap();
    let walk = |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatewalk"));
        command.args(["check", sandbox.target(), "--report", "json=-"]).args(options);
        for fill in ["username=alice", "password=wonderland", "decision=allow"] {
            command.args(["--fill", fill]);
        }
        let output = command.env("XDG_STATE_HOME", state.path()).env("HOME", state.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let registered = walk(&["--keep-client"]);
    assert_eq!(registered["steps"][3]["state"], "done");
    let clients = sandbox.clients();
    assert_eq!(clients.len(), 1);
    assert_eq!(registered["left_behind"][0]["client_id"], clients[0].as_str(), "the transcript tells");
    assert_eq!(registered["left_behind"][0]["because"], "it is kept for later runs");
    let again = walk(&["--keep-client"]);
    assert_eq!(again["steps"][3]["state"], "skipped");
    assert_eq!(again["steps"][6]["state"], "done");
    assert_eq!(sandbox.clients(), clients);
    // Without the option the client is one of this run only.
    let other = walk(&[]);
    assert_eq!(other["steps"][3]["state"], "done");
    assert_eq!(sandbox.clients(), clients);
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
    assert_eq!(causes, ["issuer-slash", "resource-ignored"]);
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
