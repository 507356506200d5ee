//! A small transcript that is the same each time.

use gatewalk::transcript::Transcript;
use serde_json::{Value, json};

fn counts(pass: u32, violations: u32, warnings: u32) -> Value {
    json!({"pass": pass, "violations": violations, "warnings": warnings, "notes": 0, "untestable": 0,
           "inconclusive": 0, "not_applicable": 0})
}

fn step(step: &str, state: &str, exchanges: &[u32]) -> Value {
    json!({"step": step, "state": state, "exchanges": exchanges, "duration_ms": 12})
}

/// Two exchanges and a callback, two findings, a cause, a step that stopped.
pub(crate) fn json() -> Value {
    let mut token = step("token", "stopped", &[3]);
    token["because"] = json!("the token endpoint gave no access token: invalid_target");
    token["remedy"] = json!("Read the error with the authorization server's log.");
    json!({
        "gatewalk": {"version": "0.1.0"}, "schema": 1, "target": "https://gw.example/mcp",
        "scenario": {"path": "scenarios/my gateway.toml", "line": 3}, "protocol_version": "2025-11-25",
        "registration": "dynamic", "started": "2026-11-23T10:00:00Z", "duration_ms": 84,
        "options": {"consent": "form", "past_refusals": false, "until": "session", "timeout_ms": 30000,
                    "body_limit": 1_048_576, "fail_on": "must", "grant": "auto"},
        "summary": {"outcome": "violates", "exit_code": 1, "gateway": counts(3, 1, 0),
                    "authorization_server": counts(5, 0, 1), "mcp_server": counts(0, 0, 0)},
        "steps": [step("challenge", "done", &[1]), step("resource-metadata", "skipped", &[]),
                  step("server-metadata", "done", &[]), step("registration", "done", &[]),
                  step("authorization", "done", &[]), token, step("session", "not-reached", &[])],
        "exchanges": [
            {"id": 1, "step": "challenge", "purpose": {"challenge": "opening"}, "party": "gateway",
             "request": {"method": "POST", "url": "https://gw.example/mcp",
                         "headers": [["content-type", "application/json"], ["x-api-key", "«x-api-key 1a2b 12 B»"]],
                         "body": "{\"jsonrpc\":\"2.0\"}"},
             "response": {"status": 401, "reason": "Unauthorized", "version": "HTTP/1.1",
                          "headers": [["www-authenticate", "Bearer"], ["www-authenticate", "Basic realm=\"x\""]],
                          "body": "{\"error\":\"x\"}", "body_bytes": 13, "truncated": false},
             "timing_ms": {"started": 1.5, "first_byte": 10.25, "total": 12.5}},
            {"id": 3, "step": "token", "purpose": "token", "party": "authorization-server",
             "request": {"method": "POST", "url": "https://as.example/token",
                         "headers": [["content-type", "application/x-www-form-urlencoded"]],
                         "body": "grant_type=authorization_code&code=«code 3f2a 20 B»"},
             "failure": {"kind": "timeout", "detail": "after 30 s"},
             "timing_ms": {"started": 40.0, "total": 30000.0}},
        ],
        "authorizations": [{"step": "authorization", "url": "https://as.example/authorize?state=s",
                            "redirect_uri": "http://127.0.0.1:1/callback"}],
        "callbacks": [{"id": 2, "step": "authorization", "query": [["code", "«code 3f2a 20 B»"], ["state", "s"]]}],
        "verdicts": [
            {"check": "rs-401-resource-metadata", "step": "challenge", "party": "gateway", "level": "MUST",
             "verdict": "fail", "message": "The challenge has no resource_metadata", "expected": "resource_metadata",
             "found": "Bearer", "exchange": 1, "at": "header www-authenticate",
             "cites": [{"document": "RFC 9728", "section": "5.1", "url": "https://www.rfc-editor.org/rfc/rfc9728#section-5.1"}],
             "cause": "metadata-switch-off", "remedy": "Publish it.", "counts": true},
            {"check": "rs-401-scope", "step": "challenge", "party": "gateway", "level": "SHOULD",
             "verdict": "untestable", "message": "The challenge names the scope", "because": "there is no challenge",
             "cites": [], "counts": false},
            {"check": "token-no-store", "step": "token", "party": "authorization-server", "level": "SHOULD",
             "verdict": "fail", "message": "The response may be stored", "cites": [], "counts": false},
            {"check": "rs-unauth-401", "step": "challenge", "party": "gateway", "level": "MUST", "verdict": "pass",
             "message": "A request without a token gets 401", "cites": [], "counts": false},
        ],
        "diagnoses": [{"id": "metadata-switch-off", "party": "gateway", "cause": "Publishing metadata is not switched on",
                       "remedy": "Set oAuthResourceMetadataEnabled to true", "explains": ["rs-401-resource-metadata"],
                       "product": "Zuplo", "url": "https://zuplo.com/docs"}],
        "refusals": [], "left_behind": [{"issuer": "https://as.example", "client_id": "c1"}],
    })
}

pub(crate) fn transcript() -> Transcript {
    serde_json::from_value(json()).unwrap()
}
