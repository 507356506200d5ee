//! A client made of plain reqwest: every hop by hand, so that the sandbox is judged by what it sends.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of tests, where a panic is the report"
)]

use base64::Engine as _;
use gatewalk::sandbox::{Fault, PASSWORD, Plan, Sandbox, USERNAME};
use gatewalk::specification::ProtocolVersion;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Digest as _;
use url::form_urlencoded;

pub(crate) const REDIRECT: &str = "http://127.0.0.1:49152/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const STATE: &str = "state-._~";

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn is_html(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }

    /// The query of the redirect.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let location = self.header("location");
        let query = location.split_once('?').unwrap_or_else(|| panic!("no redirect: {self:?}")).1;
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn challenge() -> String {
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(VERIFIER))
}

/// A sandbox and a client before it.
pub(crate) struct TestWalk {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    pub(crate) protocol_version: ProtocolVersion,
    pub(crate) faults: Vec<Fault>,
}

impl TestWalk {
    pub(crate) async fn start(protocol_version: ProtocolVersion, faults: &[Fault]) -> Self {
        let sandbox = Sandbox::start(Plan::with_faults(protocol_version, faults.to_vec())).await.unwrap();
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let http = builder.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { sandbox, http, protocol_version, faults: faults.to_vec() }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut request = self.http.request(method, url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Response { status, headers, body: response.text().await.unwrap() }
    }

    pub(crate) async fn get(&self, url: &str) -> Response {
        self.send(Method::GET, url, &[], "").await
    }

    pub(crate) async fn post_form(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        pairs: &[(&str, &str)],
    ) -> Response {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, url, &all, &form(pairs)).await
    }

    /// A message to the MCP endpoint.
    pub(crate) async fn mcp(
        &self,
        token: Option<&str>,
        headers: &[(&str, &str)],
        message: &Value,
    ) -> Response {
        let authorization = token.map(|token| format!("Bearer {token}"));
        let mut all =
            vec![("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
        all.extend(authorization.as_deref().map(|value| ("authorization", value)));
        all.extend_from_slice(headers);
        self.send(Method::POST, self.sandbox.target(), &all, &message.to_string()).await
    }

    /// The opening request of the legacy protocol versions.
    pub(crate) async fn initialize(&self, token: Option<&str>) -> Response {
        self.mcp(token, &[], &initialize()).await
    }

    /// A request of the modern protocol version.
    pub(crate) async fn modern(&self, token: &str, method: &str) -> Response {
        self.mcp(Some(token), &modern_headers(method), &modern(method)).await
    }

    pub(crate) fn origin(&self) -> &str {
        self.sandbox.target().strip_suffix("/mcp").unwrap()
    }

    pub(crate) async fn resource_metadata(&self) -> Response {
        self.get(&format!("{}/.well-known/oauth-protected-resource/mcp", self.origin())).await
    }

    /// A document below the issuer.
    pub(crate) async fn published(&self, path: &str) -> Response {
        self.get(&format!("{}{path}", self.server())).await
    }

    pub(crate) fn server(&self) -> &str {
        self.sandbox.issuer().trim_end_matches('/')
    }

    pub(crate) async fn server_metadata(&self) -> Response {
        self.published("/.well-known/oauth-authorization-server").await
    }

    pub(crate) async fn register(&self) -> Response {
        let body = json!({
            "client_name": "test client",
            "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": "native",
            "x_unknown": 1,
        });
        self.register_as(&body).await
    }

    pub(crate) async fn register_as(&self, body: &Value) -> Response {
        let url = format!("{}/oidc/register", self.server());
        self.send(Method::POST, &url, &[("content-type", "application/json")], &body.to_string()).await
    }

    pub(crate) async fn authorize(&self, client_id: &str, change: &[(&str, Option<&str>)]) -> Response {
        let (challenge, target) = (challenge(), self.sandbox.target().to_owned());
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", REDIRECT),
            ("scope", "mcp:tools"),
            ("state", STATE),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if self.protocol_version.sends_resource() {
            pairs.push(("resource", &target));
        }
        for (name, value) in change {
            pairs.retain(|(n, _)| n != name);
            pairs.extend(value.map(|value| (*name, value)));
        }
        self.get(&format!("{}/authorize?{}", self.server(), form(&pairs))).await
    }

    /// From the redirect to the login page to the redirect after it.
    pub(crate) async fn send_password(&self, begun: &Response) -> Response {
        let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
        let cookie = [("cookie", cookie.as_str())];
        let login = self.send(Method::GET, begun.header("location"), &cookie, "").await;
        assert_eq!(login.status, 200, "{login:?}");
        let transaction = begun.parameter("transaction").unwrap();
        let pairs = [("transaction", transaction.as_str()), ("username", USERNAME), ("password", PASSWORD)];
        self.post_form(&format!("{}/login", self.server()), &cookie, &pairs).await
    }

    /// From the redirect to the login page to the callback.
    pub(crate) async fn log_in(&self, begun: &Response, decision: &str) -> Response {
        let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
        let cookie = [("cookie", cookie.as_str())];
        let logged_in = self.send_password(begun).await;
        let transaction = begun.parameter("transaction").unwrap();
        assert_eq!(logged_in.status, 303, "{logged_in:?}");
        let consent = self.send(Method::GET, logged_in.header("location"), &cookie, "").await;
        assert!(consent.body.contains("127.0.0.1"), "{consent:?}");
        let pairs = [("transaction", transaction.as_str()), ("decision", decision)];
        self.post_form(&format!("{}/consent", self.server()), &cookie, &pairs).await
    }

    /// The callback of a good authorization request.
    pub(crate) async fn callback(&self, client_id: &str) -> Response {
        self.log_in(&self.authorize(client_id, &[]).await, "allow").await
    }

    pub(crate) async fn token_request(&self, pairs: &[(&str, &str)]) -> Response {
        self.post_form(&format!("{}/oauth/token", self.server()), &[], pairs).await
    }

    pub(crate) async fn redeem(&self, client_id: &str, code: &str) -> Response {
        self.token_request(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", client_id),
        ])
        .await
    }

    /// The token response of the whole flow with the pre-registered client.
    pub(crate) async fn tokens(&self) -> Response {
        let client = gatewalk::sandbox::PUBLIC_CLIENT_ID;
        let code = self.callback(client).await.parameter("code").unwrap();
        self.redeem(client, &code).await
    }

    pub(crate) async fn access_token(&self) -> String {
        self.tokens().await.json()["access_token"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } })
}

pub(crate) fn modern_headers(method: &str) -> [(&str, &str); 2] {
    [("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)]
}

pub(crate) fn modern(method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": "d1", "method": method, "params": { "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} } } })
}
