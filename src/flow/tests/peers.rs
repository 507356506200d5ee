//! Scripted peers: good ones to begin with, spoiled by a test, and the walk past them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, ExchangeId, FailureKind, Headers, Request, Response, Secret,
    SigningKey, Timing, TransportFailure,
};
use crate::flow::{Entropy, Flow, Input, Outcome, Output, Refusal, RefusalKind, Settings};
use crate::scenario::Scenario;
use crate::specification::{ProtocolVersion, Step};

pub(super) const TARGET: &str = "https://gw.example/mcp";
pub(super) const ORIGIN: &str = "https://gw.example";
pub(super) const RESOURCE: &str = "https://gw.example/.well-known/oauth-protected-resource/mcp";
pub(super) const ROOT: &str = "https://gw.example/.well-known/oauth-protected-resource";
pub(super) const ISSUER: &str = "https://as.example";
pub(super) const SERVER: &str = "https://as.example/.well-known/oauth-authorization-server";
pub(super) const OPENID: &str = "https://as.example/.well-known/openid-configuration";
pub(super) const ORIGIN_SERVER: &str = "https://gw.example/.well-known/oauth-authorization-server";
pub(super) const REGISTER: &str = "https://as.example/register";
pub(super) const AUTHORIZE: &str = "https://as.example/authorize";
pub(super) const TOKEN: &str = "https://as.example/token";
pub(super) const KEYS: &str = "https://as.example/keys";
pub(super) const REDIRECT_URI: &str = "http://127.0.0.1:3456/callback";

/// A canned response.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Headers,
    pub(super) json: Value,
}

impl Reply {
    pub(super) fn new(status: u16, json: Value) -> Self {
        Self { status, headers: Headers::new(), json }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    pub(super) fn challenge(parameters: &str) -> Self {
        Self::new(401, Value::Null).header("www-authenticate", &format!("Bearer {parameters}"))
    }

    pub(super) fn result(result: Value) -> Self {
        let mut body = json!({ "jsonrpc": "2.0", "id": 1 });
        body["result"] = result;
        Self::new(200, body)
    }

    pub(super) fn error(status: u16, code: i64, data: Value) -> Self {
        let mut error = json!({ "code": code, "message": "no" });
        error["data"] = data;
        Self::new(status, json!({ "jsonrpc": "2.0", "id": 1, "error": error }))
    }

    fn response(self) -> Response {
        Response {
            status: self.status,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers: self.headers.with("content-type", "application/json"),
            body: self.json.to_string().into(),
            cut: None,
        }
    }
}

/// An exchange that ended so; `None` for no response at all.
pub(super) fn exchanged(request: &Request, reply: Option<Reply>) -> Input {
    let failure = || TransportFailure { kind: FailureKind::Timeout, detail: "waited".to_owned() };
    Input::Exchanged(Arc::new(Exchange {
        id: ExchangeId(1),
        request: request.clone(),
        outcome: reply.map(Reply::response).ok_or_else(failure),
        timing: Timing::default(),
    }))
}

/// A redirect with that query; `{state}` stands for the state of the request.
pub(super) fn redirected(request: &AuthorizationRequest, query: &str) -> Input {
    let state = request.get("state").unwrap_or_default();
    let state: String = url::form_urlencoded::byte_serialize(state.as_bytes()).collect();
    let query = query.replace("{state}", &state);
    let url = format!("{}?{query}", request.redirect_uri);
    Input::Redirected(Arc::new(Callback::new(ExchangeId(1), url)))
}

pub(super) fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer, "authorization_endpoint": AUTHORIZE, "token_endpoint": TOKEN,
        "registration_endpoint": REGISTER, "jwks_uri": KEYS, "code_challenge_methods_supported": ["S256"],
    })
}

pub(super) fn scenario(protocol_version: ProtocolVersion) -> Scenario {
    Scenario::new(TARGET, protocol_version)
}

/// The key of all runs here.
pub(super) fn key() -> SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    let fresh = || {
        let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
        SigningKey::from_pem(Secret::new(pem)).unwrap()
    };
    KEY.get_or_init(fresh).clone()
}

pub(super) fn flow(scenario: Scenario) -> Flow {
    let settings = Settings { scenario, redirect_uri: REDIRECT_URI.to_owned(), key: key() };
    Flow::new(Arc::new(settings), Entropy::new([7; 32]))
}

/// Peers, and what the user asks for.
#[derive(Clone)]
pub(super) struct Peers {
    pub(super) scenario: Scenario,
    /// Query of the callback.
    pub(super) callback: String,
    /// Whether refusals are overruled.
    pub(super) overrule: bool,
    /// By URL; those of the target by JSON-RPC method, with `+` for one that carries a token. Missing ones are 404.
    replies: BTreeMap<String, Option<Reply>>,
    /// What is answered instead the second time, the third time, …
    later: BTreeMap<String, Vec<Reply>>,
}

impl Peers {
    /// Where nobody is wrong.
    pub(super) fn good(protocol_version: ProtocolVersion) -> Self {
        let challenge = format!("resource_metadata=\"{RESOURCE}\"");
        let mut peers = Self {
            scenario: scenario(protocol_version),
            callback: "code=c0de&state={state}".to_owned(),
            overrule: false,
            replies: BTreeMap::new(),
            later: BTreeMap::new(),
        };
        if protocol_version.resource_metadata_order().is_empty() {
            peers.reply("initialize", Reply::challenge("realm=\"mcp\""));
            peers.document(ORIGIN_SERVER, metadata(ORIGIN));
        } else {
            peers.reply("initialize", Reply::challenge(&challenge));
            peers.document(RESOURCE, json!({ "resource": TARGET, "authorization_servers": [ISSUER] }));
            peers.document(SERVER, metadata(ISSUER));
        }
        peers.reply("server/discover", Reply::challenge(&challenge));
        peers.reply(REGISTER, Reply::new(201, json!({ "client_id": "c1" })));
        peers.document(TOKEN, json!({ "access_token": "t0ken", "token_type": "Bearer" }));
        peers.document(KEYS, json!({ "keys": [] }));
        let result =
            json!({ "protocolVersion": protocol_version.date(), "capabilities": {}, "serverInfo": {} });
        peers.reply("initialize+", Reply::result(result).header("mcp-session-id", "s1"));
        peers.reply("server/discover+", Reply::result(json!({ "supportedVersions": ["2026-07-28"] })));
        peers.reply("notifications/initialized+", Reply::new(202, Value::Null));
        peers
    }

    pub(super) fn reply(&mut self, at: &str, reply: Reply) {
        self.replies.insert(at.to_owned(), Some(reply));
    }

    /// What is answered the second time; called again, the third time, and so on.
    pub(super) fn later(&mut self, at: &str, reply: Reply) {
        self.later.entry(at.to_owned()).or_default().push(reply);
    }

    /// The same response to the opening of every protocol version.
    pub(super) fn opening(&mut self, reply: Reply) {
        self.reply("initialize", reply.clone());
        self.reply("server/discover", reply);
    }

    pub(super) fn document(&mut self, at: &str, json: Value) {
        self.reply(at, Reply::new(200, json));
    }

    pub(super) fn nothing_at(&mut self, at: &str) {
        self.replies.remove(at);
    }

    pub(super) fn silence_at(&mut self, at: &str) {
        self.replies.insert(at.to_owned(), None);
    }

    /// One member of a document; `null` takes it away.
    pub(super) fn member(&mut self, at: &str, name: &str, value: Value) {
        let reply = self.replies.get_mut(at).and_then(Option::as_mut).expect("a document to change");
        let members = reply.json.as_object_mut().expect("an object");
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.to_owned(), value);
        }
    }

    /// The URL the server metadata of the protocol version is at.
    pub(super) fn server(&self) -> &'static str {
        if self.scenario.protocol_version.resource_metadata_order().is_empty() {
            ORIGIN_SERVER
        } else {
            SERVER
        }
    }

    fn key(&self, request: &Request) -> String {
        if request.url != self.scenario.target.url {
            return request.url.clone();
        }
        let bearer = if request.headers.get("authorization").is_some() { "+" } else { "" };
        format!("{}{bearer}", rpc_method(request))
    }

    pub(super) fn respond(&self, request: &Request) -> Input {
        self.respond_after(request, &[])
    }

    /// The response to a request that came after others.
    fn respond_after(&self, request: &Request, earlier: &[Request]) -> Input {
        let key = self.key(request);
        let times = earlier.iter().filter(|earlier| self.key(earlier) == key).count();
        let later = self.later.get(&key).and_then(|later| later.get(times.checked_sub(1)?));
        let reply = later.map(|later| Some(later.clone())).or_else(|| self.replies.get(&key).cloned());
        exchanged(request, reply.unwrap_or_else(|| Some(Reply::new(404, Value::Null))))
    }

    pub(super) fn flow(&self) -> Flow {
        flow(self.scenario.clone())
    }

    /// From the start to the end, or to the first refusal.
    pub(super) fn walk(&self) -> TestWalk {
        self.walk_on(self.flow())
    }

    pub(super) fn walk_on(&self, mut flow: Flow) -> TestWalk {
        let mut walk =
            TestWalk { requests: Vec::new(), authorizations: Vec::new(), refusals: Vec::new(), end: None };
        loop {
            let input = match flow.poll() {
                Output::Send(request) => {
                    let input = self.respond_after(&request, &walk.requests);
                    walk.requests.push(request);
                    input
                }
                Output::Authorize(request) => {
                    walk.authorizations.push(request.clone());
                    redirected(&request, &self.callback)
                }
                Output::Refuse(refusal) => {
                    walk.refusals.push(refusal);
                    if !self.overrule {
                        return walk;
                    }
                    Input::Overruled
                }
                Output::Done(outcome) => {
                    walk.end = Some(outcome);
                    return walk;
                }
            };
            flow.feed(input);
            assert!(walk.requests.len() < 30, "a walk without end: {walk:?}");
        }
    }

    /// The flow where it is in that state.
    pub(super) fn flow_at(&self, state: &str) -> Flow {
        let mut flow = self.flow();
        while flow.state_name() != state {
            let input = match flow.poll() {
                Output::Send(request) => self.respond(&request),
                Output::Authorize(request) => redirected(&request, &self.callback),
                other => panic!("{state} is not on the way: {other:?}"),
            };
            flow.feed(input);
        }
        flow
    }
}

/// A field of the form a request carries.
pub(super) fn field(request: &Request, name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(&request.body);
    fields.find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

/// The JSON-RPC method of a request.
pub(super) fn rpc_method(request: &Request) -> String {
    let message: Value = serde_json::from_slice(&request.body).expect("a JSON-RPC message");
    message["method"].as_str().expect("a method").to_owned()
}

/// What was said on a walk.
#[derive(Debug)]
pub(super) struct TestWalk {
    pub(super) requests: Vec<Request>,
    pub(super) authorizations: Vec<AuthorizationRequest>,
    pub(super) refusals: Vec<Refusal>,
    /// `None` when a refusal ended it.
    pub(super) end: Option<Outcome>,
}

impl TestWalk {
    /// Method and URL of every request, the target's by JSON-RPC method.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |request: &Request| match request.url.as_str() {
            TARGET => rpc_method(request),
            url => format!("{} {url}", request.method),
        };
        self.requests.iter().map(line).collect()
    }

    /// The URLs of a step, in order.
    pub(super) fn urls(&self, step: Step) -> Vec<&str> {
        self.requests.iter().filter(|request| request.step == step).map(|request| &*request.url).collect()
    }

    /// The JSON-RPC methods of a step, in order.
    pub(super) fn methods(&self, step: Step) -> Vec<String> {
        self.requests.iter().filter(|request| request.step == step).map(rpc_method).collect()
    }

    pub(super) fn to(&self, url: &str) -> &Request {
        self.requests.iter().find(|request| request.url == url).expect("a request to it")
    }

    pub(super) fn authorization(&self, name: &str) -> Option<String> {
        self.authorizations.first().expect("an authorization request").get(name)
    }

    /// A field of the token request.
    pub(super) fn grant(&self, name: &str) -> Option<String> {
        field(self.to(TOKEN), name)
    }

    /// All requests to a URL.
    pub(super) fn all_to(&self, url: &str) -> Vec<&Request> {
        self.requests.iter().filter(|request| request.url == url).collect()
    }

    /// The scope of each authorization request.
    pub(super) fn scopes(&self) -> Vec<Option<String>> {
        self.authorizations.iter().map(|request| request.get("scope")).collect()
    }

    /// The client metadata that was registered.
    pub(super) fn registration(&self) -> Value {
        serde_json::from_slice(&self.to(REGISTER).body).expect("client metadata")
    }

    pub(super) fn refused(&self) -> Vec<RefusalKind> {
        self.refusals.iter().map(|refusal| refusal.kind).collect()
    }

    pub(super) fn asked_for_token(&self) -> bool {
        self.requests.iter().any(|request| request.step == Step::Token)
    }
}
