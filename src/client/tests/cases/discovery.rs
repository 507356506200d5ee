//! The challenge and the metadata.

use serde_json::{Value, json};

use super::Case;
use crate::check::tests::good::{CHALLENGE, METADATA_URL, RESOURCE, Run, SERVER, TARGET};
use crate::exchange::{Exchange, FailureKind, ProbeId, Purpose, TransportFailure};
use crate::specification::{ResourceMetadataLocation, ServerMetadataLocation};

fn challenge(run: &mut Run, value: &str) {
    run.header(CHALLENGE, "www-authenticate", Some(value));
}

/// Makes the document one that was found there without being named.
fn found_at(run: &mut Run, location: ResourceMetadataLocation, url: &str) {
    challenge(run, "Bearer realm=\"gw\"");
    let request = &mut run.exchange(RESOURCE).request;
    request.purpose = Purpose::ResourceMetadata(location);
    url.clone_into(&mut request.url);
}

/// Asks for metadata somewhere in vain, before it is found.
fn before(run: &mut Run, purpose: Purpose, url: &str, status: u16, media: &str, body: &str) {
    let step = run.exchange(purpose).request.step;
    let at = run.exchanges.iter().position(|exchange| exchange.request.step == step).unwrap();
    run.add(step, purpose, url, status, media, body);
    let vain = run.exchanges.pop().unwrap();
    run.exchanges.insert(at, vain);
}

const PATH: Purpose = Purpose::ResourceMetadata(ResourceMetadataLocation::PathInserted);
const OPENID: Purpose = Purpose::ServerMetadata(ServerMetadataLocation::OpenIdInserted);
const ROOT: &str = "https://gw.example/.well-known/oauth-protected-resource";
const AS_OAUTH: &str = "https://as.example/.well-known/oauth-authorization-server";

pub(super) const CASES: &[Case] = &[
    (
        "target-private",
        |run| run.scenario.target.url = "http://127.0.0.1/mcp".to_owned(),
        &["claude-ai"],
        &["ts1"],
    ),
    ("opening-failing", |run| run.status(CHALLENGE, 502), &["ts1", "vscode"], &[]),
    ("opening-4xx", |run| run.status(CHALLENGE, 404), &["ts1", "vscode"], &[]),
    (
        "opening-redirect",
        |run| {
            run.status(CHALLENGE, 302);
            run.header(CHALLENGE, "location", Some("https://gw.example/login"));
        },
        &["ts1", "vscode", "py"],
        &[],
    ),
    ("challenge-403", |run| run.status(CHALLENGE, 403), &["ts1", "rmcp", "zed"], &["vscode", "claude-code"]),
    ("no-oauth-client", |_| {}, &["roo", "java"], &["ts1"]),
    (
        "challenge-absent",
        |run| {
            run.header(CHALLENGE, "www-authenticate", None);
            run.exchange(RESOURCE).request.purpose = PATH;
        },
        &["rmcp"],
        &["ts1", "vscode", "codex"],
    ),
    (
        "challenge-other-scheme",
        |run| {
            challenge(run, "Basic realm=\"x\"");
            run.exchange(RESOURCE).request.purpose = PATH;
        },
        &["csharp"],
        &["ts1", "go"],
    ),
    (
        "challenge-scheme-lowercase",
        |run| {
            challenge(run, &format!("bearer resource_metadata=\"{METADATA_URL}\""));
        },
        &[],
        &["vscode", "ts1"],
    ),
    (
        "challenge-second-scheme",
        |run| {
            challenge(run, &format!("Basic realm=\"x\", Bearer resource_metadata=\"{METADATA_URL}\""));
        },
        &[],
        &["ts1", "vscode"],
    ),
    (
        "challenge-bare",
        |run| {
            challenge(run, "Bearer");
            run.exchange(RESOURCE).request.purpose = PATH;
        },
        &[],
        &["ts1", "csharp"],
    ),
    (
        "challenge-syntax",
        |run| {
            challenge(run, &format!("Bearer resource_metadata={METADATA_URL}"));
        },
        &["go"],
        &["ts1", "csharp"],
    ),
    ("get-5xx", |run| run.status(Purpose::Probe(ProbeId::GetWithoutToken), 503), &["rmcp"], &["ts1"]),
    (
        "prm-other-origin",
        |run| {
            challenge(run, "Bearer resource_metadata=\"https://cdn.example/prm\"");
            run.exchange(RESOURCE).request.url = "https://cdn.example/prm".to_owned();
        },
        &["gemini", "ai-sdk"],
        &["ts1", "vscode"],
    ),
    (
        "prm-header-broken",
        |run| {
            before(run, RESOURCE, "https://gw.example/prm", 404, "", "");
            run.exchanges
                .iter_mut()
                .filter(|it| it.request.purpose == RESOURCE)
                .nth(1)
                .unwrap()
                .request
                .purpose = PATH;
        },
        &["ts1", "ts2", "csharp"],
        &["py", "vscode", "go"],
    ),
    (
        "prm-header-broken",
        |run| {
            before(run, RESOURCE, "https://inside.example/prm", 404, "", "");
            let mut asked = run.exchanges.iter_mut().filter(|it| it.request.purpose == RESOURCE);
            let failure = TransportFailure { kind: FailureKind::Dns, detail: "no such host".to_owned() };
            asked.next().unwrap().outcome = Err(failure);
            asked.next().unwrap().request.purpose = PATH;
        },
        &["py", "ts1"],
        &["vscode", "zed"],
    ),
    (
        "prm-5xx",
        |run| {
            before(run, PATH, METADATA_URL, 503, "", "");
            found_at(run, ResourceMetadataLocation::Root, ROOT);
            let first: &mut Exchange =
                run.exchanges.iter_mut().find(|it| it.request.url == METADATA_URL).unwrap();
            first.request.purpose = PATH;
        },
        &["ts1", "rmcp"],
        &["py", "zed"],
    ),
    ("prm-absent", |run| run.status(RESOURCE, 404), &["zed"], &[]),
    ("prm-content-type", |run| run.header(RESOURCE, "content-type", Some("text/plain")), &["go"], &["ts1"]),
    (
        "prm-resource-missing",
        |run| run.set(RESOURCE, "/resource", Value::Null),
        &["ts1", "csharp", "go"],
        &["zed"],
    ),
    (
        "prm-resource-origin-by-header",
        |run| {
            run.set(RESOURCE, "/resource", json!("https://gw.example"));
        },
        &["vscode", "go", "gemini"],
        &["ts1", "py", "csharp", "zed"],
    ),
    (
        "prm-at-root-full-resource",
        |run| {
            found_at(run, ResourceMetadataLocation::Root, ROOT);
        },
        &["csharp", "vscode", "go"],
        &["ts1", "py", "rmcp"],
    ),
    (
        "prm-at-root-origin-resource",
        |run| {
            found_at(run, ResourceMetadataLocation::Root, ROOT);
            run.set(RESOURCE, "/resource", json!("https://gw.example"));
        },
        &["gemini"],
        &["ts1", "csharp", "vscode", "go"],
    ),
    (
        "prm-resource-prefix",
        |run| {
            run.scenario.target.url = "https://gw.example/api/mcp".to_owned();
            run.exchange(CHALLENGE).request.url = "https://gw.example/api/mcp".to_owned();
            run.set(RESOURCE, "/resource", json!("https://gw.example/api"));
        },
        &["csharp", "gemini", "vscode", "go"],
        &["ts1", "py", "zed"],
    ),
    (
        "prm-resource-slash",
        |run| {
            run.set(RESOURCE, "/resource", json!(format!("{TARGET}/")));
        },
        &["ts1", "rmcp", "vscode", "go", "gemini"],
        &["py", "csharp", "zed"],
    ),
    (
        "prm-resource-other-path",
        |run| {
            run.set(RESOURCE, "/resource", json!("https://gw.example/other"));
        },
        &["ts1", "py", "vscode"],
        &["zed"],
    ),
    (
        "prm-resource-other-origin",
        |run| {
            run.set(RESOURCE, "/resource", json!("https://other.example/mcp"));
        },
        &["ts1", "py", "csharp", "gemini"],
        &["zed", "n8n"],
    ),
    ("prm-no-servers", |run| run.set(RESOURCE, "/authorization_servers", json!([])), &["zed", "go"], &[]),
    (
        "prm-first-server-dead",
        |run| {
            run.set(
                RESOURCE,
                "/authorization_servers",
                json!(["https://as.example/", "https://two.example/"]),
            );
            run.status(SERVER, 404);
        },
        &["ts1", "zed", "vscode"],
        &["chatgpt"],
    ),
    (
        "metadata-redirect",
        |run| {
            before(run, SERVER, "https://as.example/.well-known/x", 302, "", "");
            let moved = run.exchanges.iter_mut().find(|it| it.request.purpose == SERVER).unwrap();
            moved
                .outcome
                .as_mut()
                .unwrap()
                .headers
                .push("location", AS_OAUTH.replace("as.example", "b.example"));
        },
        &["rmcp"],
        &["go", "vscode"],
    ),
    (
        "as-private-address",
        |run| {
            run.exchange(SERVER).request.url = AS_OAUTH.replace("as.example", "10.0.0.1");
        },
        &["rmcp", "gemini", "claude-ai"],
        &["ts1"],
    ),
    (
        "as-5xx",
        |run| {
            before(run, OPENID, AS_OAUTH, 503, "", "");
        },
        &["ts1", "rmcp", "go", "py"],
        &["vscode", "zed"],
    ),
    (
        "as-html-200",
        |run| {
            before(run, OPENID, AS_OAUTH, 200, "text/html", "<html>");
        },
        &["ts1", "ts2", "go"],
        &["py", "vscode"],
    ),
    ("as-metadata-absent", |run| run.status(SERVER, 404), &["csharp", "zed", "vscode"], &[]),
    ("as-content-type", |run| run.header(SERVER, "content-type", Some("text/plain")), &["go"], &["ts1"]),
    ("as-issuer-missing", |run| run.set(SERVER, "/issuer", Value::Null), &["ts1", "rmcp"], &["zed", "codex"]),
    (
        "as-issuer-slash-added",
        |run| {
            run.set(RESOURCE, "/authorization_servers", json!(["https://as.example"]));
        },
        &["ts2", "py", "csharp"],
        &["ts1", "vscode", "go", "rmcp", "zed"],
    ),
    (
        "as-issuer-slash-lost",
        |run| {
            run.set(SERVER, "/issuer", json!("https://as.example"));
        },
        &["py", "csharp", "fastmcp"],
        &["ts1", "ts2", "go", "rmcp", "mcp-remote"],
    ),
    (
        "as-issuer-other",
        |run| {
            run.set(SERVER, "/issuer", json!("https://other.example/"));
        },
        &["ts2", "py", "go", "rmcp", "zed"],
        &["ts1", "n8n"],
    ),
    (
        "as-response-types-missing",
        |run| {
            run.set(SERVER, "/response_types_supported", Value::Null);
        },
        &["ts1", "ts2", "ai-sdk"],
        &["py", "go", "vscode"],
    ),
    (
        "as-oidc-incomplete",
        |run| {
            run.exchange(SERVER).request.purpose = OPENID;
            run.set(SERVER, "/jwks_uri", Value::Null);
        },
        &["ts1", "ts2"],
        &["py", "go"],
    ),
    (
        "as-pkce-unlisted",
        |run| {
            run.set(SERVER, "/code_challenge_methods_supported", Value::Null);
        },
        &["csharp", "go", "zed", "ai-sdk"],
        &["ts1", "py", "vscode", "rmcp"],
    ),
    (
        "as-pkce-plain",
        |run| {
            run.set(SERVER, "/code_challenge_methods_supported", json!(["plain"]));
        },
        &["ts1", "rmcp", "csharp"],
        &["py", "vscode", "go"],
    ),
    (
        "as-endpoint-other-origin",
        |run| {
            run.set(SERVER, "/authorization_endpoint", json!("https://login.example/authorize"));
            run.set(SERVER, "/authorization_response_iss_parameter_supported", Value::Null);
        },
        &["codex"],
        &["ts1", "vscode"],
    ),
    (
        "as-http-token-endpoint",
        |run| {
            run.set(SERVER, "/token_endpoint", json!("http://as.example/token"));
        },
        &["ts2", "go", "zed"],
        &["ts1", "vscode"],
    ),
];
