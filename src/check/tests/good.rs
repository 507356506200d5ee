//! A good run made by hand, and the tools to spoil it.

use std::mem::discriminant;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use crate::check::{Evidence, Judged, Verdict, judge};
use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, ExchangeId, Headers, History, Purpose, Request, Response,
    Timing, Unauthenticated,
};
use crate::scenario::Scenario;
use crate::specification::{
    Opening, Party, ProtocolVersion, ResourceMetadataLocation, ServerMetadataLocation, Step,
};

pub(crate) const TARGET: &str = "https://gw.example/mcp";
pub(crate) const METADATA_URL: &str = "https://gw.example/.well-known/oauth-protected-resource/mcp";
pub(crate) const CODE: &str = "code-that-is-secret";
pub(crate) const STATE: &str = "state-that-is-secret";
pub(crate) const SECRET: &str = "client-secret-value";
pub(crate) const MANAGEMENT_TOKEN: &str = "management-token-value";
const REDIRECT_URI: &str = "http://127.0.0.1:3456/callback";

// Whatever the location: purposes are compared by their kind.
pub(crate) const CHALLENGE: Purpose = Purpose::Challenge(Unauthenticated::Opening);
pub(crate) const RESOURCE: Purpose = Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge);
pub(crate) const SERVER: Purpose = Purpose::ServerMetadata(ServerMetadataLocation::OAuthInserted);

static KEY: LazyLock<rcgen::KeyPair> = LazyLock::new(|| rcgen::KeyPair::generate().unwrap());

/// A run whose parts can be spoiled.
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) authorization: Option<AuthorizationRequest>,
    pub(crate) callback: Option<Callback>,
    header: Value,
    claims: Value,
}

impl Run {
    /// Where nobody is wrong.
    pub(crate) fn good(protocol_version: ProtocolVersion) -> Self {
        let issuer = if protocol_version == ProtocolVersion::V2025_03_26 {
            "https://gw.example"
        } else {
            "https://as.example/"
        };
        let resource =
            if protocol_version.sends_resource() { "&resource=https%3A%2F%2Fgw.example%2Fmcp" } else { "" };
        let url = format!(
            "https://as.example/authorize?response_type=code&client_id=c1&scope=mcp%3Aread+mcp%3Awrite&state={STATE}&code_challenge=the-challenge{resource}"
        );
        let iss: String = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
        let mut run = Self {
            scenario: scenario(protocol_version),
            exchanges: Vec::new(),
            authorization: Some(AuthorizationRequest::new(url, REDIRECT_URI)),
            callback: None,
            header: json!({ "alg": "ES256", "typ": "at+jwt", "kid": "k1" }),
            claims: json!({
                "iss": issuer, "aud": TARGET, "sub": "u1", "client_id": "c1", "jti": "j1",
                "iat": 1_000_000, "exp": 1_003_600, "scope": "mcp:write mcp:read",
            }),
        };
        run.callback_query(&format!("code={CODE}&state={STATE}&iss={iss}"));
        let challenge = format!("Bearer resource_metadata=\"{METADATA_URL}\", scope=\"mcp:read mcp:write\"");
        run.add(Step::Challenge, CHALLENGE, TARGET, 401, "text/plain", "no");
        run.header(CHALLENGE, "www-authenticate", Some(&challenge));
        if !protocol_version.resource_metadata_order().is_empty() {
            let document = json!({
                "resource": TARGET, "authorization_servers": [issuer], "scopes_supported": ["mcp:read", "mcp:write"],
                "resource_name": "Good", "bearer_methods_supported": ["header"],
            });
            run.add(
                Step::ResourceMetadata,
                RESOURCE,
                METADATA_URL,
                200,
                "application/json",
                &document.to_string(),
            );
        }
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token",
            "registration_endpoint": "https://as.example/register",
            "jwks_uri": "https://as.example/keys",
            "revocation_endpoint": "https://as.example/revoke",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "client_id_metadata_document_supported": true,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let url = "https://as.example/.well-known/oauth-authorization-server";
        run.add(
            Step::ServerMetadata,
            SERVER,
            url,
            200,
            "application/json; charset=utf-8",
            &document.to_string(),
        );
        let wanted = json!({
            "redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native",
        });
        let mut client = wanted.clone();
        client["client_id"] = json!("c1");
        client["registration_client_uri"] = json!("https://as.example/register/c1");
        client["registration_access_token"] = json!(MANAGEMENT_TOKEN);
        let registration = Purpose::Registration;
        let url = "https://as.example/register";
        run.add(Step::Registration, registration, url, 201, "application/json", &client.to_string());
        run.exchange(registration).request.body = wanted.to_string().into_bytes();
        run.header(registration, "cache-control", Some("no-store"));
        let url = format!("https://as.example/login?state={STATE}");
        run.add(Step::Authorization, Purpose::Login, &url, 200, "text/html", "<html>");
        run.header(Purpose::Login, "content-security-policy", Some("frame-ancestors 'none'"));
        run.add(Step::Authorization, Purpose::Login, &url, 303, "text/html", "");
        run.exchange(Purpose::Login).request.method = "POST".to_owned();
        let token = json!({
            "access_token": "", "token_type": "bearer", "expires_in": 3600, "scope": "mcp:read mcp:write",
            "refresh_token": "refresh-token-value",
        });
        run.add(
            Step::Token,
            Purpose::Token,
            "https://as.example/token",
            200,
            "application/json",
            &token.to_string(),
        );
        run.header(Purpose::Token, "cache-control", Some("private, No-Store"));
        // 1_000_000 seconds after the epoch.
        run.header(Purpose::Token, "date", Some("Mon, 12 Jan 1970 13:46:40 GMT"));
        run.token(|_, _| {});
        let point = KEY.public_key_raw();
        let keys = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "kid": "k1", "use": "sig",
            "x": BASE64.encode(&point[1..33]), "y": BASE64.encode(&point[33..65]),
        }] });
        run.add(
            Step::Token,
            Purpose::Keys,
            "https://as.example/keys",
            200,
            "application/json",
            &keys.to_string(),
        );
        run.session(protocol_version);
        run.refreshed_and_given_back();
        run
    }

    /// What comes after the session.
    fn refreshed_and_given_back(&mut self) {
        let json = "application/json";
        let token = self.response(Purpose::Token).text().replace("refresh-token-value", "next-refresh-token");
        self.add(Step::Token, Purpose::Refresh, "https://as.example/token", 200, json, &token);
        self.header(Purpose::Refresh, "cache-control", Some("no-store"));
        self.exchange(Purpose::Refresh).request.body =
            b"grant_type=refresh_token&refresh_token=refresh-token-value&client_id=c1".to_vec();
        for hint in ["refresh_token", "access_token"] {
            self.add(Step::Token, Purpose::Revocation, "https://as.example/revoke", 200, "", "");
            self.exchange(Purpose::Revocation).request.body =
                format!("token=x&token_type_hint={hint}").into_bytes();
        }
        self.add(Step::Registration, Purpose::CleanUp, "https://as.example/register/c1", 204, "", "");
    }

    /// The session in the words of an protocol version.
    pub(crate) fn session(&mut self, protocol_version: ProtocolVersion) {
        match protocol_version.opening() {
            Opening::Initialize => {
                let response = json!({ "jsonrpc": "2.0", "id": 1, "result": {
                    "protocolVersion": protocol_version.date(), "capabilities": {},
                    "serverInfo": { "name": "good", "version": "1" },
                } });
                let initialize = Purpose::Initialize;
                self.add(Step::Session, initialize, TARGET, 200, "application/json", &response.to_string());
                self.header(initialize, "mcp-session-id", Some("0123-abc"));
                self.add(Step::Session, Purpose::Initialized, TARGET, 202, "", "");
            }
            Opening::Discover => {
                let response = json!({ "jsonrpc": "2.0", "id": 1, "result": {
                    "resultType": "complete", "supportedVersions": [protocol_version.date()], "capabilities": {},
                    "ttlMs": 0, "cacheScope": "private",
                } });
                let response = format!("event: message\ndata: {response}\n\n");
                self.add(Step::Session, Purpose::Discover, TARGET, 200, "text/event-stream", &response);
                self.header(Purpose::Discover, "x-accel-buffering", Some("no"));
            }
        }
    }

    /// One more exchange.
    pub(crate) fn add(
        &mut self,
        step: Step,
        purpose: Purpose,
        url: &str,
        status: u16,
        media: &str,
        body: &str,
    ) {
        let id = ExchangeId(u32::try_from(self.exchanges.len()).unwrap() + 1);
        let mut headers = Headers::new();
        if !media.is_empty() {
            headers.push("Content-Type", media);
        }
        let body = body.into();
        let version = "HTTP/1.1".to_owned();
        let response = Response { status, reason: String::new(), version, headers, body, cut: None };
        let timing = Timing { first_byte: None, total: Duration::ZERO };
        let request = Request::new(step, purpose, Party::Gateway, "GET", url);
        self.exchanges.push(Exchange { id, request, outcome: Ok(response), timing });
    }

    /// The last exchange of that kind.
    pub(crate) fn exchange(&mut self, purpose: Purpose) -> &mut Exchange {
        let same =
            |exchange: &&mut Exchange| discriminant(&exchange.request.purpose) == discriminant(&purpose);
        self.exchanges.iter_mut().rev().find(same).expect("such an exchange")
    }

    /// Its response.
    pub(crate) fn response(&mut self, purpose: Purpose) -> &mut Response {
        self.exchange(purpose).outcome.as_mut().unwrap()
    }

    pub(crate) fn status(&mut self, purpose: Purpose, status: u16) {
        self.response(purpose).status = status;
    }

    /// Replaces or removes a header field.
    pub(crate) fn header(&mut self, purpose: Purpose, name: &str, value: Option<&str>) {
        let headers = &mut self.response(purpose).headers;
        *headers = headers
            .raw()
            .filter(|(n, _)| !n.eq_ignore_ascii_case(name))
            .map(|(n, v)| (n.to_owned(), v.to_vec()))
            .collect();
        headers.push(name, value.unwrap_or_default());
        if value.is_none() {
            *headers =
                headers.raw().filter(|(n, _)| *n != name).map(|(n, v)| (n.to_owned(), v.to_vec())).collect();
        }
    }

    /// Replaces status, media type and body.
    pub(crate) fn respond(&mut self, purpose: Purpose, status: u16, media: &str, body: &str) {
        self.status(purpose, status);
        self.header(purpose, "content-type", Some(media));
        self.response(purpose).body = body.into();
    }

    /// Sets a member of the JSON body, by pointer; null removes it.
    pub(crate) fn set(&mut self, purpose: Purpose, pointer: &str, value: Value) {
        let response = self.response(purpose);
        let text = response.text().into_owned();
        let (head, json, tail) = match text.strip_prefix("event: message\ndata: ") {
            Some(data) => ("event: message\ndata: ", data.trim_end(), "\n\n"),
            None => ("", text.as_str(), ""),
        };
        let mut json: Value = serde_json::from_str(json).unwrap();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let members = json.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.to_owned(), value)),
        }
        response.body = format!("{head}{json}{tail}").into();
    }

    /// Repeats the first member of the JSON body.
    pub(crate) fn repeat(&mut self, purpose: Purpose, member: &str) {
        let response = self.response(purpose);
        let text = response.text().into_owned();
        response.body = text.replacen('{', &format!("{{{member},"), 1).into();
    }

    /// Replaces the callback.
    pub(crate) fn callback_query(&mut self, query: &str) {
        self.callback = Some(Callback::new(ExchangeId(99), format!("{REDIRECT_URI}?{query}")));
    }

    /// Issues another token.
    pub(crate) fn token(&mut self, edit: fn(&mut Value, &mut Value)) {
        edit(&mut self.header, &mut self.claims);
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let key = EncodingKey::from_ec_der(&KEY.serialize_der());
        let signature = crypto::sign(message.as_bytes(), &key, Algorithm::ES256).unwrap();
        self.set(Purpose::Token, "/access_token", json!(format!("{message}.{signature}")));
    }

    /// Issues the token with another member in its header.
    pub(crate) fn header_member(&mut self, name: &str, value: Value) {
        self.header[name] = value;
        self.token(|_, _| {});
    }

    /// Forgets what came after a step.
    pub(crate) fn until(&mut self, step: Step) {
        self.exchanges.retain(|exchange| exchange.request.step <= step);
        if step < Step::Authorization {
            (self.authorization, self.callback) = (None, None);
        }
    }

    /// Forgets the exchanges of a kind.
    pub(crate) fn remove(&mut self, purpose: Purpose) {
        self.exchanges.retain(|exchange| discriminant(&exchange.request.purpose) != discriminant(&purpose));
    }

    /// All that was said and heard.
    pub(crate) fn history(&self) -> History {
        let mut history = History::default();
        for exchange in &self.exchanges {
            history.push(Arc::new(exchange.clone()));
        }
        if let Some(request) = &self.authorization {
            history.push_authorization(request.clone());
        }
        if let Some(callback) = &self.callback {
            history.push_callback(Arc::new(callback.clone()));
        }
        history
    }

    /// Judges the run.
    pub(crate) fn judged(&self) -> Vec<Judged> {
        judge(&Evidence::new(&self.scenario, &self.history()))
    }

    /// The ids of the checks that fail.
    pub(crate) fn failing(&self) -> Vec<&'static str> {
        self.judged()
            .iter()
            .filter(|judged| judged.finding().is_some())
            .map(|judged| judged.check.id)
            .collect()
    }

    /// The verdict of a check.
    pub(crate) fn verdict(&self, id: &str) -> Verdict {
        let judged = self.judged();
        judged
            .into_iter()
            .find(|judged| judged.check.id == id)
            .expect("a check of this protocol version")
            .verdict
    }

    /// The message of a check that fails.
    pub(crate) fn message(&self, id: &str) -> String {
        match self.verdict(id) {
            Verdict::Fail(finding) => finding.message,
            other => panic!("{id} does not fail: {other:?}"),
        }
    }
}

fn scenario(protocol_version: ProtocolVersion) -> Scenario {
    Scenario::new(TARGET, protocol_version)
}
