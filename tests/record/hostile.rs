//! What peers send stays data in every format.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use gatewalk::report::Format;
use gatewalk::transcript::Transcript;
use serde_json::Value;

use crate::reports::{elements, rendered};
use crate::sample;

const HOSTILE: &str = "::error::pwned\n::add-mask::x\r##[add-matcher]/x ]]> --> </pre></style></script><script>alert(1)</script><img src=x onerror=alert(1)> \u{1b}]0;title\u{7}\u{1b}[2J \u{202e}gpj.exe \u{0} `code` ``` | [link](javascript:alert(1)) @everyone ${HOME} $(touch pwned) `touch pwned` '; touch pwned; ' \" %0A::error::x {{ 7*7 }} ";

/// Puts it into every text that somebody else may have written.
fn hostile() -> Transcript {
    fn poison(value: &mut Value, name: &str) {
        let own = [
            "check",
            "step",
            "state",
            "party",
            "level",
            "verdict",
            "kind",
            "purpose",
            "protocol_version",
            "outcome",
            "consent",
            "until",
            "fail_on",
            "grant",
            "registration",
            "started",
            "version",
            "body_encoding",
            "challenge",
            "method",
        ];
        match value {
            Value::String(text) if !own.contains(&name) => *text = format!("{HOSTILE}{text}"),
            Value::Array(values) => values.iter_mut().for_each(|value| poison(value, name)),
            Value::Object(members) => members.iter_mut().for_each(|(name, value)| poison(value, name)),
            _ => {}
        }
    }
    let mut json = sample::json();
    poison(&mut json, "");
    serde_json::from_value(json).unwrap()
}

/// Characters that drive terminals or reorder text.
fn drives(c: char) -> bool {
    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
}

#[test]
fn nothing_drives_a_terminal_or_a_runner() {
    let transcript = hostile();
    for format in [Format::Text, Format::Markdown, Format::Github, Format::Junit, Format::Sarif, Format::Html]
    {
        let report = rendered(&transcript, format);
        let report =
            if format == Format::Text { anstream::adapter::strip_str(&report).to_string() } else { report };
        assert!(!report.contains(drives), "{}: {report:?}", format.id());
    }
    for line in rendered(&transcript, Format::Text).lines() {
        let plain = anstream::adapter::strip_str(line).to_string();
        assert!(!plain.trim_start().starts_with("::") && !plain.contains("##["), "{line}");
    }
    let findings = transcript.findings().len();
    let annotations = rendered(&transcript, Format::Github);
    // The stopped step and the cause are said too.
    assert_eq!(annotations.lines().count(), findings + 2, "{annotations}");
    for line in annotations.lines() {
        assert!(
            ["::error title=", "::warning title=", "::notice title="]
                .iter()
                .any(|kind| line.starts_with(kind)),
            "{line}"
        );
    }
}

#[test]
fn a_page_holds_no_script_and_no_markup_of_others() {
    let page = rendered(&hostile(), Format::Html);
    for forbidden in ["<script", "<img", "javascript:alert(1)\"", "onerror=alert(1)>"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn xml_and_json_stay_what_they_are() {
    let transcript = hostile();
    assert!(elements(&rendered(&transcript, Format::Junit)).len() > 10);
    for format in [Format::Json, Format::Har, Format::Sarif] {
        let _: Value = serde_json::from_str(&rendered(&transcript, format)).unwrap();
    }
}

#[test]
fn in_markdown_others_speak_in_code_spans_only() {
    for line in rendered(&hostile(), Format::Markdown).lines() {
        // Take the code spans out, each fenced by as many backticks as it needs.
        let (mut rest, mut outside) = (line, String::new());
        while let Some(start) = rest.find('`') {
            outside.push_str(&rest[..start]);
            let fence = rest[start..].chars().take_while(|c| *c == '`').count();
            let inner = &rest[start + fence..];
            let mut from = 0;
            let end = loop {
                let at = from + inner[from..].find('`').unwrap_or_else(|| panic!("an open span in {line}"));
                let run = inner[at..].chars().take_while(|c| *c == '`').count();
                if run == fence {
                    break at + run;
                }
                from = at + run;
            };
            rest = &inner[end..];
        }
        outside.push_str(rest);
        assert!(!outside.contains("alert") && !outside.contains('@') && !outside.contains('<'), "{outside}");
    }
}

#[test]
fn the_shell_script_runs_nothing_but_curl_with_the_words_of_the_walk() {
    let directory = tempfile::tempdir().unwrap();
    let stub = directory.path().join("curl");
    std::fs::write(&stub, "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$OUT\"\n").unwrap();
    std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = |transcript: &Transcript, variables: &[(&str, &str)]| {
        let out = directory.path().join("out");
        std::fs::write(&out, "").unwrap();
        let script = directory.path().join("walk.sh");
        // NUL can be in no argument of a program.
        std::fs::write(&script, rendered(transcript, Format::Curl).replace('\0', "")).unwrap();
        let path = format!("{}:/usr/bin:/bin", directory.path().display());
        let mut command = Command::new("sh");
        command.arg(&script).env_clear().env("PATH", path).env("OUT", &out).current_dir(directory.path());
        let ended = command.envs(variables.iter().copied()).output().unwrap();
        (std::fs::read_to_string(&out).unwrap(), String::from_utf8_lossy(&ended.stderr).into_owned())
    };
    let (said, errors) = run(&sample::transcript(), &[("X_API_KEY_1A2B", "key"), ("CODE_3F2A", "c0de")]);
    for part in ["https://gw.example/mcp", "x-api-key: key", "grant_type=authorization_code&code=c0de"] {
        assert!(said.contains(part), "{part} in {said} {errors}");
    }
    let (said, errors) = run(&sample::transcript(), &[]);
    assert!(!said.contains("grant_type") && errors.contains("set CODE_3F2A"), "{said} {errors}");
    run(&hostile(), &[("X_API_KEY_1A2B", "key"), ("CODE_3F2A", "c0de")]);
    assert!(!directory.path().join("pwned").exists(), "a command of a peer was run");
}
