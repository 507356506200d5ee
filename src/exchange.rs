//! What we said and what we heard, raw: requests, answers, failures, callbacks, and the trail of them all.
//!
//! ```text
//! Request ──► transport ──► Exchange { request, outcome: Ok(Response) | Err(TransportFailure) } ──► Trail
//! ```

mod alter;
mod probe;
mod proof;
mod trail;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub use probe::ProbeId;
pub use proof::{KeyError, Proof, SigningKey};
pub use trail::Trail;

use crate::edition::{Party, ResourceMetadataLocation, ServerMetadataLocation, Step};

/// A value that is never printed: `Debug` and `Display` show its kind only.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a value that must not be shown.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq;
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for Secret {}

/// Header fields in order, repeats kept, values as bytes (a peer may send Latin-1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// The same fields with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.push(name, value);
        self
    }

    /// The first value of a field, whatever the case of its name.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| text(value))
    }

    /// All values of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> + 'a {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| text(value))
    }

    /// All fields: name as received, value as text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), text(value)))
    }

    /// All fields: name as received, value as bytes.
    pub fn raw(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<Vec<u8>>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Bytes as text: UTF-8 if they are, else Latin-1, which never fails.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// What a request is for. Checks find exchanges by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The opening request without a token.
    Challenge(Unauthenticated),
    /// Protected-resource metadata from that location.
    ResourceMetadata(ResourceMetadataLocation),
    /// Authorization-server metadata from that location.
    ServerMetadata(ServerMetadataLocation),
    /// The same of a server that is listed but not used.
    OtherServerMetadata(ServerMetadataLocation),
    /// RFC 7591 registration.
    Registration,
    /// A hop of the login as a browser would make it, starting with the authorization request.
    Login,
    /// The token exchange at the identity provider, for an assertion ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)).
    TokenExchange,
    /// The token request: a code, credentials or an assertion for tokens.
    Token,
    /// The key set behind `jwks_uri`.
    Keys,
    /// `initialize` with the token.
    Initialize,
    /// `notifications/initialized` with the token.
    Initialized,
    /// `server/discover` with the token.
    Discover,
    /// `tools/list` with the token.
    ListTools,
    /// `tools/call` with the token.
    CallTool,
    /// The refresh token for new tokens ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    Refresh,
    /// Revocation of a token this run obtained ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).
    Revocation,
    /// RFC 7592 deletion of the client this run registered.
    CleanUp,
    /// A request beyond the happy path.
    Probe(ProbeId),
}

impl Purpose {
    /// Whether the answer holds secrets when all goes well.
    pub const fn hands_out_secrets(self) -> bool {
        match self {
            Self::Registration | Self::TokenExchange | Self::Token | Self::Refresh | Self::CleanUp => true,
            Self::Probe(probe) => probe.could_hand_out_secrets(),
            _ => false,
        }
    }
}

/// Which request was sent without a token. A server may protect only some of its methods, so there is more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unauthenticated {
    /// `initialize` or `server/discover`.
    Opening,
    /// `tools/list`.
    ListTools,
    /// `tools/call` of a tool that does not exist.
    CallTool,
}

/// When the transport stops reading a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadUntil {
    /// At its end, the cap or the timeout.
    #[default]
    End,
    /// As soon as a JSON-RPC answer came over an event stream, which a server may keep open.
    Answer,
    /// After the head of an event stream, which may never end.
    Head,
}

/// One request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The step it belongs to.
    pub step: Step,
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it is addressed to.
    pub party: Party,
    /// `GET`, `POST`, …
    pub method: String,
    /// Absolute URL, exactly as published or given.
    pub url: String,
    /// Header fields in sending order.
    pub headers: Headers,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// Names of form fields in `body` that hold secrets beyond those the OAuth specs name (passwords typed into a login).
    pub secret_fields: Vec<String>,
    /// When to stop reading the answer.
    pub read_until: ReadUntil,
    /// What is still to be added when it is sent; empty once it was.
    pub proofs: Vec<Proof>,
    /// Whether its user changed it: no client sends it so.
    pub edited: bool,
}

impl Request {
    /// A request without headers and body.
    pub fn new(step: Step, purpose: Purpose, party: Party, method: &str, url: impl Into<String>) -> Self {
        Self {
            step,
            purpose,
            party,
            method: method.to_owned(),
            url: url.into(),
            headers: Headers::new(),
            body: Vec::new(),
            secret_fields: Vec::new(),
            read_until: ReadUntil::End,
            proofs: Vec::new(),
            edited: false,
        }
    }

    /// The same request with one more header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The same request with a body and its media type.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.push("content-type", media_type);
        self.body = body.into();
        self
    }
}

/// One answer, raw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase as sent; empty with HTTP/2.
    pub reason: String,
    /// `HTTP/1.1`, `HTTP/2`.
    pub version: String,
    /// Header fields; the transport may have lower-cased and regrouped them.
    pub headers: Headers,
    /// The body as far as it was read.
    pub body: Vec<u8>,
    /// Why `body` is not the whole of it, if it is not.
    pub cut: Option<Cut>,
}

impl Response {
    /// The media type without parameters, lower-case; empty if there is none.
    pub fn media_type(&self) -> String {
        let value = self.headers.get("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'_, str> {
        text(&self.body)
    }

    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }

    /// Whether the status is 3xx with a `Location`.
    pub fn redirect(&self) -> Option<Cow<'_, str>> {
        if self.status / 100 == 3 { self.headers.get("location") } else { None }
    }

    /// Whether the body looks like a web page rather than data.
    pub fn is_html(&self) -> bool {
        self.media_type() == "text/html"
            || self
                .text()
                .trim_start()
                .get(..5)
                .is_some_and(|s| s.eq_ignore_ascii_case("<html") || s.eq_ignore_ascii_case("<!doc"))
    }
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// It is longer than the cap.
    Cap,
    /// The peer closed before the announced length.
    Incomplete,
    /// It did not end in time.
    Timeout,
    /// The answer we wanted had come; the stream was left.
    Answered,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The URL cannot be requested (scheme, syntax).
    BadUrl,
    /// A published URL leads where gatewalk does not go (private address, other scheme).
    Blocked,
    /// The run was cancelled.
    Cancelled,
    /// The request could not be signed.
    NotSigned,
    /// The host name does not resolve.
    Dns,
    /// Nobody accepts the connection.
    Connect,
    /// The certificate is of an issuer nobody here trusts.
    CertificateUntrusted,
    /// The certificate is for another host.
    CertificateName,
    /// The certificate has expired, or is not valid yet.
    CertificateExpired,
    /// The TLS handshake failed for another reason.
    Tls,
    /// No answer in time.
    Timeout,
    /// What came back is not HTTP.
    NotHttp,
    /// The connection broke, or anything else.
    Broken,
}

impl FailureKind {
    /// A sentence without a subject: "… did not answer in time".
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::BadUrl => "is not a URL that can be requested",
            Self::Blocked => {
                "is not fetched, because a public target must not send clients to private addresses"
            }
            Self::Cancelled => "was cancelled",
            Self::NotSigned => "was not asked, because the request could not be signed",
            Self::Dns => "has a host name that does not resolve",
            Self::Connect => "refuses connections",
            Self::CertificateUntrusted => "has a certificate that no authority trusted here has issued",
            Self::CertificateName => "has a certificate for another host name",
            Self::CertificateExpired => "has a certificate that has expired or is not valid yet",
            Self::Tls => "fails the TLS handshake",
            Self::Timeout => "did not answer in time",
            Self::NotHttp => "answers with something that is not valid HTTP",
            Self::Broken => "broke the connection",
        }
    }

    /// What to try.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::BadUrl => "Publish an absolute http or https URL.",
            Self::Blocked => "Publish an address that is reachable for clients, not an internal one.",
            Self::Cancelled => "Run it again.",
            Self::NotSigned => "Give a P-256 or RSA private key with --client-key.",
            Self::Dns => "Check the spelling of the host, or your DNS.",
            Self::Connect => "Check host and port, and that the server is running.",
            Self::CertificateUntrusted => {
                "Serve the certificate with its whole chain; trust an authority of your own with --ca-cert."
            }
            Self::CertificateName => "Serve a certificate that names the host of the URL.",
            Self::CertificateExpired => "Renew the certificate; check the clock of this machine.",
            Self::Tls => "Check that the port speaks TLS, its versions, and the certificate.",
            Self::Timeout => "Check that the server is up, or raise --timeout.",
            Self::NotHttp => "Check that the port is that of an HTTP server, and the header fields it sends.",
            Self::Broken => "Check the server's and the gateway's logs for this request.",
        }
    }
}

/// A request that got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportFailure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What the transport said, causes included.
    pub detail: String,
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.kind.sentence(), self.detail)
    }
}

/// A login that did not come to a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFailure {
    /// What happened: which page, its fields, what was filled in (names only).
    pub detail: String,
    /// What to try.
    pub remedy: &'static str,
}

/// Durations of an exchange, from sending on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Until the head of the answer was there: connection, TLS and waiting together.
    pub first_byte: Option<Duration>,
    /// Until the exchange was over.
    pub total: Duration,
}

/// Number of an exchange or callback within a run, from 1 in order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ExchangeId(pub u32);

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One request and its answer, raw, with timings; or the request and why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its number.
    pub id: ExchangeId,
    /// What we said.
    pub request: Request,
    /// What we heard.
    pub outcome: Result<Response, TransportFailure>,
    /// How long it took.
    pub timing: Timing,
}

impl Exchange {
    /// The answer, if there is one.
    pub fn response(&self) -> Option<&Response> {
        self.outcome.as_ref().ok()
    }

    /// The status, if there is an answer.
    pub fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status)
    }
}

/// What the user is asked to consent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The URL to open. It holds `state` and `code_challenge`, no secret.
    pub url: String,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// Whether its user changed it: no client sends it so.
    pub edited: bool,
}

impl AuthorizationRequest {
    /// The first value of a query parameter, decoded.
    pub fn get(&self, name: &str) -> Option<String> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// The redirect back to our loopback listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Its number, from the same sequence as the exchanges.
    pub id: ExchangeId,
    /// The redirect URI it came to, with the query, as received.
    pub url: String,
    /// The query, decoded (`application/x-www-form-urlencoded`), order and repeats kept.
    pub query: Vec<(String, String)>,
}

impl Callback {
    /// Reads a callback from the URL the browser was sent to.
    pub fn new(id: ExchangeId, url: impl Into<String>) -> Self {
        let url = url.into();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { id, url, query }
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// How often a parameter occurs.
    pub fn count(&self, name: &str) -> usize {
        self.query.iter().filter(|(n, _)| n == name).count()
    }
}
