//! Registration, authorization, token and session.

use serde_json::{Value, json};

use super::Case;
use crate::check::tests::good::{CHALLENGE, RESOURCE, SERVER, STATE};
use crate::exchange::Purpose;

pub(super) const CASES: &[Case] = &[
    (
        "dcr-absent",
        |run| {
            run.set(SERVER, "/registration_endpoint", Value::Null);
            run.set(SERVER, "/client_id_metadata_document_supported", Value::Null);
        },
        &["ts1", "rmcp", "gemini"],
        &["vscode"],
    ),
    (
        "cimd-only",
        |run| {
            run.set(SERVER, "/registration_endpoint", Value::Null);
        },
        &["gemini", "cline", "mcp-remote"],
        &["vscode", "zed", "codex", "claude-ai"],
    ),
    (
        "dcr-method-none-only",
        |run| {
            run.set(SERVER, "/token_endpoint_auth_methods_supported", json!(["none"]));
        },
        &["csharp"],
        &["ts1", "vscode"],
    ),
    (
        "dcr-loopback-refused",
        |run| {
            run.set(SERVER, "/client_id_metadata_document_supported", Value::Null);
            run.respond(
                Purpose::Registration,
                400,
                "application/json",
                "{\"error\":\"invalid_redirect_uri\"}",
            );
        },
        &["codex", "zed", "gemini"],
        &["claude-ai", "vscode"],
    ),
    (
        "dcr-application-type-refused",
        |run| {
            let error = json!({"error": "invalid_client_metadata", "error_description": "application_type is not known"});
            run.set(SERVER, "/client_id_metadata_document_supported", Value::Null);
            run.respond(Purpose::Registration, 400, "application/json", &error.to_string());
        },
        &["ts2", "py", "rmcp"],
        &["ts1", "gemini", "vscode"],
    ),
    (
        "dcr-refused",
        |run| {
            run.set(SERVER, "/client_id_metadata_document_supported", Value::Null);
            run.respond(Purpose::Registration, 403, "text/plain", "no");
        },
        &["ts1", "gemini"],
        &["vscode"],
    ),
    (
        "dcr-answer-redirects-dropped",
        |run| {
            run.set(Purpose::Registration, "/redirect_uris", Value::Null);
        },
        &["ts1", "rmcp", "mcp-remote"],
        &["py", "go", "vscode"],
    ),
    (
        "dcr-answer-null",
        |run| {
            let body = run.response(Purpose::Registration).text().replacen('{', "{\"logo_uri\":null,", 1);
            run.response(Purpose::Registration).body = body.into();
        },
        &["ts1", "ts2", "ai-sdk"],
        &["py", "csharp", "vscode", "rmcp"],
    ),
    (
        "dcr-answer-secret-unnamed",
        |run| {
            run.set(Purpose::Registration, "/client_secret", json!("s"));
            run.set(Purpose::Registration, "/token_endpoint_auth_method", Value::Null);
        },
        &[],
        &["py", "ts1"],
    ),
    (
        "authorize-script-refused",
        |run| {
            run.exchanges
                .iter_mut()
                .find(|it| it.request.purpose == Purpose::Login)
                .unwrap()
                .outcome
                .as_mut()
                .unwrap()
                .status = 403;
        },
        &["fastmcp"],
        &["py", "ts1", "vscode"],
    ),
    (
        "resource-refused",
        |run| {
            run.callback_query(&format!("error=invalid_target&state={STATE}"));
        },
        &["ts1", "py", "vscode"],
        &["mcp-remote", "librechat"],
    ),
    (
        "resource-pathless",
        |run| {
            run.scenario.target.url = "https://gw.example".to_owned();
            run.exchange(CHALLENGE).request.url = "https://gw.example".to_owned();
            run.set(RESOURCE, "/resource", json!("https://gw.example"));
        },
        &[],
        &["mcp-remote", "ts1"],
    ),
    (
        "state-dropped",
        |run| run.callback_query("code=c&iss=https%3A%2F%2Fas.example%2F"),
        &["py", "go"],
        &["ts1"],
    ),
    (
        "iss-advertised-not-sent",
        |run| {
            run.callback_query(&format!("code=c&state={STATE}"));
        },
        &["ts2", "py", "go", "gemini"],
        &["ts1", "vscode", "zed"],
    ),
    (
        "iss-sent-not-advertised",
        |run| {
            run.set(SERVER, "/authorization_response_iss_parameter_supported", Value::Null);
        },
        &["go"],
        &["ts2", "py", "gemini"],
    ),
    (
        "iss-unknown",
        |run| {
            run.set(SERVER, "/authorization_response_iss_parameter_supported", Value::Null);
            run.callback_query(&format!("code=c&state={STATE}"));
        },
        &["gemini"],
        &["ts2", "py", "go"],
    ),
    (
        "iss-of-another",
        |run| {
            run.callback_query(&format!("code=c&state={STATE}&iss=https%3A%2F%2Fidp.example"));
        },
        &["ts2", "py", "go", "claude-code"],
        &["ts1", "vscode", "zed"],
    ),
    (
        "token-error-200",
        |run| {
            run.respond(Purpose::Token, 200, "application/json", "{\"error\":\"invalid_grant\"}");
        },
        &["ts1", "vscode"],
        &[],
    ),
    (
        "token-form",
        |run| {
            run.respond(
                Purpose::Token,
                200,
                "application/x-www-form-urlencoded",
                "access_token=a&token_type=bearer",
            );
        },
        &["ts1", "py", "rmcp"],
        &["gemini", "go"],
    ),
    (
        "token-content-type",
        |run| {
            run.header(Purpose::Token, "content-type", Some("text/plain"));
        },
        &["rmcp", "codex", "go"],
        &["ts1", "py", "vscode"],
    ),
    (
        "token-type-missing",
        |run| run.set(Purpose::Token, "/token_type", Value::Null),
        &["ts1", "rmcp"],
        &["py", "go"],
    ),
    (
        "token-expires-in-string",
        |run| {
            run.set(Purpose::Token, "/expires_in", json!("3600"));
        },
        &["rmcp", "zed", "ai-sdk"],
        &["ts1", "py", "go"],
    ),
    ("refresh-201", |run| run.status(Purpose::Refresh, 201), &[], &["py", "ts1"]),
    ("token-refused-again", |run| run.status(Purpose::Initialize, 401), &["ts1", "vscode"], &[]),
    (
        "session-late",
        |run| {
            run.header(Purpose::Initialize, "mcp-session-id", None);
            run.header(Purpose::Initialized, "mcp-session-id", Some("late"));
        },
        &[],
        &["ts2", "ts1"],
    ),
];
