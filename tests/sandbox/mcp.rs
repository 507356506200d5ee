//! The MCP server behind the gateway, in its legacy and its modern voice.

use gatewalk::specification::ProtocolVersion;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Response, TestWalk, initialize, modern, modern_headers};

fn request(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
}

#[tokio::test]
async fn a_legacy_session_from_opening_to_end() {
    let walk = TestWalk::start(ProtocolVersion::V2025_11_25, &[]).await;
    let token = walk.access_token().await;
    let opened = walk.initialize(Some(&token)).await;
    let session = opened.header("mcp-session-id").to_owned();
    let send = async |headers: Vec<(&'static str, String)>, message: Value| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        walk.mcp(Some(&token), &headers, &message).await
    };
    let here =
        || vec![("mcp-session-id", session.clone()), ("mcp-protocol-version", "2025-06-18".to_owned())];

    let accepted = send(here(), json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    assert_eq!((accepted.status.as_u16(), accepted.body.as_str()), (202, ""));
    let tools = send(here(), request("tools/list", &json!({}))).await;
    assert_eq!(tools.json()["result"]["tools"][0]["name"], "echo");
    let call = json!({ "name": "echo", "arguments": { "text": "hi" } });
    let echoed = send(here(), request("tools/call", &call)).await;
    assert_eq!(echoed.json()["result"]["content"][0]["text"], "hi");
    let unknown = send(here(), request("tools/call", &json!({ "name": "none" }))).await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["error"]["code"]), (200, &json!(-32602)));
    let none = send(here(), request("x/none", &json!({}))).await;
    assert_eq!(none.json()["error"]["code"], -32601);
    assert_eq!(send(here(), request("ping", &json!({}))).await.json()["result"], json!({}));
    assert_eq!(send(here(), json!([request("ping", &json!({}))])).await.status, 400);

    assert_eq!(send(vec![], request("ping", &json!({}))).await.status, 400);
    let other = vec![("mcp-session-id", "other".to_owned())];
    assert_eq!(send(other, request("ping", &json!({}))).await.status, 404);
    let old = vec![("mcp-session-id", session.clone()), ("mcp-protocol-version", "1900-01-01".to_owned())];
    assert_eq!(send(old, request("ping", &json!({}))).await.status, 400);

    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("mcp-session-id", session.as_str())];
    assert_eq!(walk.send(Method::DELETE, walk.sandbox.target(), &headers, "").await.status, 200);
    assert_eq!(send(here(), request("ping", &json!({}))).await.status, 404);
}

#[tokio::test]
async fn an_unknown_version_is_answered_with_a_known_one_and_the_oldest_takes_batches() {
    let walk = TestWalk::start(ProtocolVersion::V2025_03_26, &[]).await;
    let token = walk.access_token().await;
    for (wanted, given) in [("1900-01-01", "2025-11-25"), ("2025-03-26", "2025-03-26")] {
        let mut opening = initialize();
        opening["params"]["protocolVersion"] = json!(wanted);
        let opened = walk.mcp(Some(&token), &[], &opening).await;
        assert_eq!(opened.json()["result"]["protocolVersion"], given);
        if given == "2025-03-26" {
            let batch = json!([request("ping", &json!({})), request("tools/list", &json!({}))]);
            let session = opened.header("mcp-session-id");
            let responses = walk.mcp(Some(&token), &[("mcp-session-id", session)], &batch).await.json();
            assert_eq!(responses.as_array().map(Vec::len), Some(2));
        }
    }
}

#[tokio::test]
async fn modern_requests_say_who_asks() {
    let walk = TestWalk::start(ProtocolVersion::V2026_07_28, &[]).await;
    let token = walk.access_token().await;
    let code = |response: &Response| (response.status.as_u16(), response.json()["error"]["code"].as_i64());

    let result = walk.modern(&token, "server/discover").await.json()["result"].clone();
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["cacheScope"], "private");
    assert!(result["ttlMs"].is_u64());
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "gatewalk-sandbox");
    let tools = walk.modern(&token, "tools/list").await.json()["result"].clone();
    assert_eq!((&tools["tools"][0]["name"], &tools["resultType"]), (&json!("echo"), &json!("complete")));
    assert_eq!(code(&walk.modern(&token, "x/none").await), (404, Some(-32601)));
    assert_eq!(code(&walk.modern(&token, "ping").await), (404, Some(-32601)));

    let list = modern("tools/list");
    let mismatch = walk.mcp(Some(&token), &modern_headers("server/discover"), &list).await;
    assert_eq!(code(&mismatch), (400, Some(-32020)));
    let headless = walk.mcp(Some(&token), &[], &list).await;
    assert_eq!(code(&headless), (400, Some(-32020)));

    for member in ["protocolVersion", "clientCapabilities"] {
        let mut message = list.clone();
        let meta = message["params"]["_meta"].as_object_mut().unwrap();
        meta.remove(&format!("io.modelcontextprotocol/{member}"));
        let refused = walk.mcp(Some(&token), &modern_headers("tools/list"), &message).await;
        assert_eq!(code(&refused), (400, Some(-32602)), "{member}");
    }

    let mut message = list.clone();
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("1900-01-01");
    let headers = [("mcp-protocol-version", "1900-01-01"), ("mcp-method", "tools/list")];
    let refused = walk.mcp(Some(&token), &headers, &message).await;
    assert_eq!(code(&refused), (400, Some(-32022)));
    assert_eq!(refused.json()["error"]["data"]["requested"], "1900-01-01");
    assert_eq!(refused.json()["error"]["data"]["supported"][0], "2026-07-28");

    let mut call = modern("tools/call");
    call["params"]["name"] = json!("echo");
    call["params"]["arguments"] = json!({ "text": "hi" });
    let mut headers = modern_headers("tools/call").to_vec();
    assert_eq!(code(&walk.mcp(Some(&token), &headers, &call).await), (400, Some(-32020)));
    headers.push(("mcp-name", "echo"));
    let echoed = walk.mcp(Some(&token), &headers, &call).await.json();
    assert_eq!(echoed["result"]["content"][0]["text"], "hi");
}
