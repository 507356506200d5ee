//! Arguments, help, completions, the catalogue.

use crate::{gatewalk, refused_port, run, text};

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
        (&["check", "--sandbox", "--protocol-version", "2024-11-05"], "2025-11-25"),
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
        (&["check", "--sandbox", "--report", "pdf=x"], "there are json, html, markdown"),
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
        (&["check", "--sandbox", "--redirect-path", "done?x=1"], "/oauth/callback"),
        (&["check", "--sandbox", "--redirect-port", "99999"], "expected a port"),
        (&["check", "--sandbox", "--user-agent", "a\nb"], "printable ASCII"),
        (&["check", "--sandbox", "--header", "User-Agent: x"], "--user-agent"),
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

#[test]
fn the_catalogue_explains_itself() {
    let list = text(&run(&["explain"]).stdout);
    assert!(list.contains("rs-unauth-401") && list.contains("Session"), "{list}");
    let one = text(&run(&["explain", "as-issuer-matches"]).stdout);
    for part in
        ["What it checks", "Why it matters", "How to fix it", "RFC 8414 §3.3", "--fault issuer-missing"]
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
