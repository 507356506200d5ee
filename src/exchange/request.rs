//! One request: what it is for, whom it is addressed to, what is sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::round::Span;
use super::{Headers, ProbeId, Proof, Round};
use crate::specification::{Party, ResourceMetadataLocation, ServerMetadataLocation, Step};

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
    /// Whether the response holds secrets when all goes well.
    pub const fn hands_out_secrets(self) -> bool {
        match self {
            Self::Registration | Self::TokenExchange | Self::Token | Self::Refresh | Self::CleanUp => true,
            Self::Probe(probe) => probe.could_hand_out_secrets(),
            _ => false,
        }
    }

    /// With which requests of other rounds it counts.
    pub(super) const fn span(self) -> Span {
        match self {
            Self::Challenge(_)
            | Self::Initialize
            | Self::Initialized
            | Self::Discover
            | Self::ListTools
            | Self::CallTool
            | Self::Probe(_) => Span::Run,
            Self::ResourceMetadata(_) => Span::Resource,
            Self::ServerMetadata(_)
            | Self::OtherServerMetadata(_)
            | Self::Registration
            | Self::Keys
            | Self::CleanUp => Span::Server,
            Self::Login | Self::TokenExchange | Self::Token | Self::Refresh | Self::Revocation => Span::Round,
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
    /// As soon as a JSON-RPC response came over an event stream, which a server may keep open.
    Response,
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
    /// The authorization it is part of.
    pub round: Round,
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
    /// When to stop reading the response.
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
            round: Round::FIRST,
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

    /// The same request as part of a round.
    #[must_use]
    pub fn in_round(self, round: &Round) -> Self {
        Self { round: round.clone(), ..self }
    }

    /// The same request with one more header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The same request with a name of the client that sends it, unless it has one: before all other fields, as browsers
    /// send it.
    #[must_use]
    pub fn with_user_agent(mut self, name: &str) -> Self {
        if self.headers.get("user-agent").is_none() {
            self.headers = Headers::new().with("user-agent", name).followed_by(self.headers);
        }
        self
    }

    /// The same request with a body and its media type.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.push("content-type", media_type);
        self.body = body.into();
        self
    }

    /// Adds fields to the form in the body.
    pub fn append_form(&mut self, fields: &[(&str, &str)]) {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        if !self.body.is_empty() && !form.is_empty() {
            self.body.push(b'&');
        }
        self.body.extend(form.into_bytes());
    }
}
