//! Clients whose identifier is the URL of their metadata: good documents are believed, bad ones end on a page.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of a test, where a panic is the report"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gatewalk::specification::ProtocolVersion;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::client::{REDIRECT, TestWalk};

/// A host of documents: every path gets the same response, but what a redirect leads to is the good document.
struct Host {
    origin: String,
    asked: Arc<AtomicUsize>,
    _listener: JoinSet<()>,
}

impl Host {
    /// Answers with these status line and header fields and that body; `ORIGIN` stands for the origin.
    async fn start(head: &str, body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (head, body) = (head.replace("ORIGIN", &origin), body.replace("ORIGIN", &origin));
        let good = document(&origin, "/elsewhere.json", |_| ());
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let elsewhere = request[..read].starts_with(b"GET /elsewhere.json ");
                let (head, body) =
                    if elsewhere { ("200 OK", good.as_str()) } else { (head.as_str(), body.as_str()) };
                if head == "never" {
                    std::future::pending::<()>().await;
                }
                let length = body.len();
                let response =
                    format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
                // Whoever has read enough hangs up.
                let _ = stream.write_all(response.as_bytes()).await;
            }
        });
        Self { origin, asked, _listener: tasks }
    }

    fn url(&self) -> String {
        format!("{}/client.json", self.origin)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn document(origin: &str, path: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut document = json!({
        "client_id": format!("{origin}{path}"),
        "client_name": "test client",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    change(&mut document);
    document.to_string()
}

fn good() -> String {
    document("ORIGIN", "/client.json", |_| ())
}

#[tokio::test]
async fn a_client_is_known_by_its_document_and_the_document_is_read_once_a_login() {
    for protocol_version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
        let walk = TestWalk::start(protocol_version, &[]).await;
        let flag = &walk.server_metadata().await.json()["client_id_metadata_document_supported"];
        assert_eq!(flag, true);
        let host = Host::start("200 OK", good()).await;
        for login in 1..=2 {
            let begun = walk.authorize(&host.url(), &[]).await;
            let callback = walk.log_in(&begun, "allow").await;
            let code = callback.parameter("code").unwrap();
            let tokens = walk.redeem(&host.url(), &code).await.json();
            let access = tokens["access_token"].as_str().unwrap();
            assert!(tokens["refresh_token"].is_string());
            assert_eq!(walk.initialize(Some(access)).await.status, 200);
            assert_eq!(host.asked(), login, "once for the authorization request, never for the token");
        }
        assert!(walk.sandbox.clients().is_empty(), "nothing was registered");
    }
}

#[tokio::test]
async fn the_document_of_the_sandbox_itself_is_good() {
    for protocol_version in ProtocolVersion::ALL {
        let walk = TestWalk::start(protocol_version, &[]).await;
        let url = walk.sandbox.client_metadata_url();
        assert_eq!(walk.get(&url).await.json()["client_id"], url);
        let code = walk.callback(&url).await.parameter("code").unwrap();
        assert_eq!(walk.redeem(&url, &code).await.status, 200, "{protocol_version}");
    }
}

#[tokio::test]
async fn a_bad_document_ends_on_a_page_and_not_in_a_redirect() {
    let walk = TestWalk::start(ProtocolVersion::V2026_07_28, &[]).await;
    let bad = |change: fn(&mut Value)| document("ORIGIN", "/client.json", change);
    let padded = |bytes: usize| {
        let mut body = good();
        body.push_str(&" ".repeat(bytes));
        body
    };
    for (head, body, says) in [
        ("200 OK", bad(|d| d["client_id"] = json!("https://app.example/client.json")), "client_id is not"),
        ("200 OK", bad(|d| d["redirect_uris"] = json!(["http://127.0.0.1/other"])), "redirect_uri is not"),
        ("200 OK", bad(|d| d["redirect_uris"] = Value::Null), "lists of strings"),
        ("200 OK", bad(|d| d["token_endpoint_auth_method"] = json!("client_secret_basic")), "shared secret"),
        ("200 OK", bad(|d| d["client_secret"] = json!("s3cret")), "client secret"),
        ("200 OK", "<html>not JSON</html>".to_owned(), "not a JSON object"),
        ("200 OK", padded(5 * 1024), "more than 5120 bytes"),
        ("302 Found\r\nlocation: ORIGIN/elsewhere.json", String::new(), "302"),
        ("404 Not Found", good(), "404"),
        ("201 Created", good(), "201"),
    ] {
        let host = Host::start(head, body.clone()).await;
        let response = walk.authorize(&host.url(), &[]).await;
        assert!(response.status == 400 && response.is_html(), "{head} {body}: {response:?}");
        assert!(response.header("location").is_empty(), "{head} {body}");
        assert!(response.body.contains(says), "{says}: {response:?}");
        assert_eq!(host.asked(), 1, "{head}: redirects are not followed");
        let response = walk.redeem(&host.url(), "c0de").await.json();
        let known = says == "redirect_uri is not";
        assert_eq!(response["error"], if known { "invalid_grant" } else { "invalid_client" }, "{says}");
    }
    let host = Host::start("200 OK", padded(1024)).await;
    assert_eq!(walk.authorize(&host.url(), &[]).await.status, 302, "white space alone does no harm");
}

#[tokio::test]
async fn a_document_that_does_not_come_is_not_waited_for() {
    let walk = TestWalk::start(ProtocolVersion::V2026_07_28, &[]).await;
    let host = Host::start("never", String::new()).await;
    let started = now();
    let response = walk.authorize(&host.url(), &[]).await;
    assert!(response.status == 400 && response.body.contains("within 3 s"), "{response:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn urls_that_are_no_client_identifiers_are_not_asked() {
    let walk = TestWalk::start(ProtocolVersion::V2026_07_28, &[]).await;
    let host = Host::start("200 OK", good()).await;
    let port = host.origin.rsplit_once(':').unwrap().1.to_owned();
    for url in [
        host.origin.clone(),
        format!("{}/", host.origin),
        format!("{}#x", host.url()),
        format!("http://me@127.0.0.1:{port}/client.json"),
        format!("{}/a/../client.json", host.origin),
        "http://app.example/client.json".to_owned(),
        "https://10.0.0.1/client.json".to_owned(),
    ] {
        let response = walk.authorize(&url, &[]).await;
        assert!(response.status == 400 && response.header("location").is_empty(), "{url}: {response:?}");
    }
    let query = format!("client_id={0}&client_id={0}&redirect_uri={REDIRECT}", host.url());
    assert_eq!(walk.get(&format!("{}/authorize?{query}", walk.server())).await.status, 400);
    let posted = format!("{}/authorize?client_id={}", walk.server(), host.url());
    assert_eq!(walk.send(Method::POST, &posted, &[], "").await.status, 405);
    assert_eq!(host.asked(), 0);
}

#[expect(clippy::disallowed_methods, reason = "a test measures how long it waited")]
fn now() -> Instant {
    Instant::now()
}
