//! The client: brought along, registered, kept, removed.

use std::process::Command;

use gatewalk::sandbox::{Plan, Sandbox};
use gatewalk::specification::ProtocolVersion;
use serde_json::Value;

use crate::{run, text, transcript, waiting};

#[test]
fn a_client_that_stays_is_told_with_the_reason() {
    let output = run(&["check", "-q", "--fault", "registration-management-url-missing", "--probes", "off"]);
    let report = text(&output.stdout);
    assert!(
        report.contains(": the server offers no way to remove it (RFC 7592); delete it there"),
        "{report}"
    );
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
    for protocol_version in ["2025-11-25", "2026-07-28"] {
        let args = [
            "check",
            "--sandbox",
            "--registration",
            "metadata-document",
            "--protocol-version",
            protocol_version,
        ];
        let output = run(&[&args[..], &["--report", "json=-"]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{protocol_version}\n{said}");
        let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(transcript["registration"], "metadata-document");
        assert_eq!(transcript["steps"][3]["state"], "skipped");
        assert_eq!(transcript["steps"][6]["state"], "done");
        let failed = transcript["verdicts"].as_array().unwrap().iter().filter(|v| v["verdict"] == "fail");
        assert_eq!(failed.count(), 0, "{protocol_version}");
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
    let path = document(&["--redirect-path", "/oauth/done"]);
    assert_eq!(path["redirect_uris"][0], "http://127.0.0.1/oauth/done");
}

#[test]
fn every_request_names_its_client_and_the_callback_has_its_path() {
    let run = |options: &[&str]| -> Value {
        let output = run(&[&["check", "--sandbox", "--probes=safe", "--report", "json=-"], options].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let own = format!("gatewalk/{}", env!("CARGO_PKG_VERSION"));
    for (options, name, path) in [
        (&[][..], own.as_str(), "/callback"),
        (
            &["--user-agent", "Mozilla/5.0 (X11)", "--redirect-path", "/oauth/done"],
            "Mozilla/5.0 (X11)",
            "/oauth/done",
        ),
    ] {
        let transcript = run(options);
        let exchanges = transcript["exchanges"].as_array().unwrap();
        for step in ["challenge", "registration", "authorization", "token", "session"] {
            assert!(exchanges.iter().any(|exchange| exchange["step"] == step), "{step}");
        }
        for exchange in exchanges {
            let fields = exchange["request"]["headers"].as_array().unwrap().iter();
            let names: Vec<_> =
                fields.filter(|field| field[0] == "user-agent").map(|field| &field[1]).collect();
            assert_eq!(names, [name], "{exchange:#}");
        }
        let redirect_uri = transcript["authorizations"][0]["redirect_uri"].as_str().unwrap();
        assert!(redirect_uri.ends_with(path), "{redirect_uri}");
    }
}

#[test]
fn a_client_that_is_kept_is_used_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plan = Plan::honest(ProtocolVersion::DEFAULT);
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
