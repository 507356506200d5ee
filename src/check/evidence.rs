//! What checks look at: the history, and the documents read from it by the same rules as the walk's.
//!
//! Accessors response `Err(Untestable)` when what a check needs is missing, so that a judge can write `?`.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::authorization_response::authorization_response;
use super::{Judgement, Verdict};
use crate::document::access_token::AccessToken;
use crate::document::challenge::{self, Challenge};
use crate::document::client::ClientInformation;
use crate::document::identifier::Identifier;
use crate::document::mcp::{self, RpcResponse};
use crate::document::resource_metadata::ResourceMetadata;
use crate::document::server_metadata::ServerMetadata;
use crate::document::token::TokenResponse;
use crate::document::{Object, Unusable, read};
use crate::exchange::{AuthorizationRequest, Callback, Exchange, History, ProbeId, Purpose, Response};
use crate::probe::{self, Control, Skipped};
use crate::scenario::{Registration, Scenario};
use crate::specification::{Opening, ProtocolVersion, Step};

/// The evidence of a run so far.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The run as asked for.
    pub scenario: &'a Scenario,
    /// All that was said and heard.
    pub history: &'a History,
    /// Takes note of the probes a check asks for.
    asked: Option<&'a RefCell<BTreeSet<ProbeId>>>,
}

impl<'a> Evidence<'a> {
    /// What there is to be judged.
    pub const fn new(scenario: &'a Scenario, history: &'a History) -> Self {
        Self { scenario, history, asked: None }
    }

    /// What a judge answers, and the probes whose responses it asked for; not those that are only compared with.
    pub(super) fn asked_by(
        &self,
        judge: impl FnOnce(&Evidence<'_>) -> Judgement,
    ) -> (Judgement, BTreeSet<ProbeId>) {
        let asked = RefCell::default();
        let judgement = judge(&Evidence { asked: Some(&asked), ..*self });
        (judgement, asked.into_inner())
    }

    /// The protocol version to judge by.
    pub const fn protocol_version(&self) -> ProtocolVersion {
        self.scenario.protocol_version
    }

    /// The target as the user gave it.
    pub fn target(&self) -> &'a str {
        &self.scenario.target.url
    }

    /// The response to the last request without a token: the first that was refused, or the last of those served.
    pub fn unauthenticated(&self) -> Result<(&'a Exchange, &'a Response), Verdict> {
        self.last(|purpose| matches!(purpose, Purpose::Challenge(_)), "the target did not respond")
    }

    /// The Bearer challenge of that response, if it is a 401.
    pub fn challenge(&self) -> Result<(&'a Exchange, Challenge), Verdict> {
        let (exchange, response) = self.unauthenticated()?;
        if response.status != 401 {
            return Err(Verdict::untestable(format!(
                "the target responds with {} instead of 401",
                response.status
            )));
        }
        let challenge = challenge::bearer(response);
        challenge
            .map(|challenge| (exchange, challenge))
            .ok_or_else(|| Verdict::untestable("there is no Bearer challenge"))
    }

    /// The resource metadata the walk used: the first location that yields a document.
    pub fn resource_metadata(&self) -> Result<(&'a Exchange, ResourceMetadata), Verdict> {
        self.resource_metadata_tried()
            .find_map(|(exchange, read)| Some((exchange, read.ok()?)))
            .ok_or_else(|| Verdict::untestable("no resource metadata was found"))
    }

    /// All locations of resource metadata that were tried.
    pub fn resource_metadata_tried(
        &self,
    ) -> impl Iterator<Item = (&'a Exchange, Result<ResourceMetadata, Unusable>)> + use<'a> {
        self.history
            .with_purpose(|purpose| matches!(purpose, Purpose::ResourceMetadata(_)))
            .map(|exchange| (exchange, ResourceMetadata::read(exchange)))
    }

    /// The first authorization server of the resource metadata.
    pub fn named_issuer(&self) -> Option<String> {
        let (_, metadata) = self.resource_metadata().ok()?;
        metadata.authorization_servers().first().map(|&issuer| issuer.to_owned())
    }

    /// Whether the walk had to guess the issuer: the protocol version wants it named in resource metadata, and it is not.
    /// What is missing there is no fault of an authorization server.
    pub fn issuer_is_guessed(&self) -> bool {
        !self.protocol_version().resource_metadata_order().is_empty() && self.named_issuer().is_none()
    }

    /// The issuer the walk asked for: the first of the resource metadata, else the origin of the target.
    pub fn issuer(&self) -> String {
        self.named_issuer().unwrap_or_else(|| {
            let target = self.target();
            Identifier::parse(target).map_or(target, |target| target.origin).to_owned()
        })
    }

    /// The server metadata the walk used: the first location that yields a document.
    pub fn server_metadata(&self) -> Result<(&'a Exchange, ServerMetadata), Verdict> {
        self.server_metadata_tried()
            .find_map(|(exchange, read)| Some((exchange, read.ok()?)))
            .ok_or_else(|| Verdict::untestable("no authorization-server metadata was found"))
    }

    /// All locations of server metadata that were tried.
    pub fn server_metadata_tried(
        &self,
    ) -> impl Iterator<Item = (&'a Exchange, Result<ServerMetadata, Unusable>)> + use<'a> {
        self.history
            .with_purpose(|purpose| matches!(purpose, Purpose::ServerMetadata(_)))
            .map(|exchange| (exchange, ServerMetadata::read(exchange)))
    }

    /// What was read of the authorization servers that are listed and not used.
    pub fn other_server_metadata(
        &self,
    ) -> impl Iterator<Item = (&'a Exchange, Result<ServerMetadata, Unusable>)> + use<'a> {
        self.history
            .with_purpose(|purpose| matches!(purpose, Purpose::OtherServerMetadata(_)))
            .map(|exchange| (exchange, ServerMetadata::read(exchange)))
    }

    /// The response to the registration request.
    pub fn registration(&self) -> Result<(&'a Exchange, &'a Response), Verdict> {
        let registers = |purpose| purpose == Purpose::Registration;
        let registered = self.history.with_purpose(registers).next().is_some();
        if self.scenario.client.registration != Registration::Dynamic && !registered {
            return Err(Verdict::not_applicable("the run brings its client along"));
        }
        if self.issuer_is_guessed() && self.server_metadata().is_err() {
            return Err(Verdict::untestable("no authorization server is known"));
        }
        self.last(registers, "no client was registered dynamically")
    }

    /// What was asked for at registration.
    pub fn registration_request(&self) -> Result<Object, Verdict> {
        let (exchange, _) = self.registration()?;
        Object::parse(&exchange.request.body)
            .map_err(|_| Verdict::untestable("the registration request is not JSON"))
    }

    /// The client information.
    pub fn client(&self) -> Result<(&'a Exchange, ClientInformation), Verdict> {
        let (exchange, _) = self.registration()?;
        let information = ClientInformation::read(exchange);
        information
            .map(|information| (exchange, information))
            .map_err(|why| Verdict::untestable(format!("the registration endpoint {why}")))
    }

    /// The last authorization request.
    pub fn authorization(&self) -> Result<&'a AuthorizationRequest, Verdict> {
        self.history
            .authorizations()
            .next_back()
            .ok_or_else(|| Verdict::untestable("the walk did not reach the authorization request"))
    }

    /// The last callback.
    pub fn callback(&self) -> Result<&'a Callback, Verdict> {
        let callback = self.history.callbacks().next_back();
        callback.map(AsRef::as_ref).ok_or_else(|| Verdict::untestable("no callback came"))
    }

    /// The pages of the login, where gatewalk saw them itself.
    pub fn login(&self) -> impl Iterator<Item = (&'a Exchange, &'a Response)> + use<'a> {
        self.history
            .with_purpose(|purpose| purpose == Purpose::Login)
            .filter_map(|exchange| Some((exchange, exchange.response()?)))
    }

    /// The response of the token endpoint.
    pub fn token_response(&self) -> Result<(&'a Exchange, &'a Response), Verdict> {
        self.last(|purpose| purpose == Purpose::Token, "the walk did not reach the token request")
    }

    /// The token response, with or without a token in it.
    pub fn token(&self) -> Result<(&'a Exchange, TokenResponse), Verdict> {
        let (exchange, _) = self.token_response()?;
        let response = TokenResponse::read(exchange);
        response
            .map(|response| (exchange, response))
            .map_err(|why| Verdict::untestable(format!("the token endpoint {why}")))
    }

    /// The access token and what it looks like.
    pub fn access_token(&self) -> Result<(&'a Exchange, AccessToken), Verdict> {
        let (exchange, response) = self.token()?;
        let token =
            response.access_token().ok_or_else(|| Verdict::untestable("no access token was issued"))?;
        Ok((exchange, AccessToken::look(token.expose())))
    }

    /// Header and claims of the access token, if it is a JWT.
    pub fn jwt(&self) -> Result<(&'a Exchange, Object, Object), Verdict> {
        match self.access_token()? {
            (exchange, AccessToken::Jwt { header, claims }) => Ok((exchange, header, claims)),
            (_, AccessToken::Encrypted { .. }) => {
                Err(Verdict::inconclusive("the access token is encrypted: only its audience can read it"))
            }
            (_, AccessToken::Opaque) => {
                Err(Verdict::not_applicable("the access token is opaque, which is legal"))
            }
        }
    }

    /// The key set.
    pub fn keys(&self) -> Result<(&'a Exchange, Object), Verdict> {
        let (exchange, _) = self.last(|purpose| purpose == Purpose::Keys, "no key set was fetched")?;
        let keys = read(exchange).map_err(|why| Verdict::untestable(format!("the key set URL {why}")))?;
        Ok((exchange, keys))
    }

    /// The exchange that opened, or should have opened, the session: the last `initialize` or `server/discover`.
    pub fn opening(&self) -> Result<(&'a Exchange, &'a Response), Verdict> {
        let opening = |purpose| matches!(purpose, Purpose::Initialize | Purpose::Discover);
        self.last(opening, "the walk did not reach the MCP session")
    }

    /// Whether the server was spoken to in an earlier protocol version, because it does not know this one's opening.
    pub fn fell_back(&self) -> bool {
        self.protocol_version().opening() == Opening::Discover
            && self.history.with_purpose(|purpose| purpose == Purpose::Initialize).next().is_some()
    }

    /// The result of the opening.
    pub fn opening_result(&self) -> Result<(&'a Exchange, Object), Verdict> {
        let (exchange, response) = self.opening()?;
        match mcp::response(exchange) {
            Ok(RpcResponse::Result(result)) => Ok((exchange, result)),
            Ok(RpcResponse::Error { code, message, .. }) => {
                Err(Verdict::untestable(format!("the opening got JSON-RPC error {code}: {message}")))
            }
            Err(_) => Err(Verdict::untestable(format!("the opening got {}", response.status))),
        }
    }

    /// All MCP exchanges with the token.
    pub fn session(&self) -> impl Iterator<Item = (&'a Exchange, &'a Response)> + use<'a> {
        self.history
            .of_step(Step::Session)
            .filter_map(|exchange| Some((exchange.as_ref(), exchange.response()?)))
    }

    /// The response to a probe, if the run was to send it and could.
    pub fn probe(&self, id: ProbeId) -> Result<(&'a Exchange, &'a Response), Verdict> {
        if let Some(asked) = self.asked {
            asked.borrow_mut().insert(id);
        }
        self.probed(id)
    }

    fn probed(&self, id: ProbeId) -> Result<(&'a Exchange, &'a Response), Verdict> {
        let probe = probe::find(id);
        if self.history.probe(id).is_some() {
            return self.last(|purpose| purpose == Purpose::Probe(id), "the probe was not sent");
        }
        if !probe.is_wanted(&self.scenario.probes) {
            return Err(Verdict::not_asked_for(id, probe.effect.sent_by()));
        }
        Err(match probe.request(self.scenario, self.history) {
            Err(Skipped::NotApplicable(because)) => Verdict::NotApplicable(because),
            Err(Skipped::Untestable(because)) => Verdict::untestable(because),
            Ok(_) => Verdict::untestable(format!("the run ended before the probe {id} was sent")),
        })
    }

    /// The response to a probe whose positive control was accepted in this run.
    pub fn controlled(&self, id: ProbeId) -> Result<(&'a Exchange, &'a Response), Verdict> {
        let probed = self.probe(id)?;
        self.control(probe::find(id).control)?;
        Ok(probed)
    }

    /// Whether what a refusal is compared with was accepted.
    fn control(&self, control: Control) -> Result<(), Verdict> {
        match control {
            Control::Nothing => Ok(()),
            Control::Opening => {
                let opening = |purpose| matches!(purpose, Purpose::Challenge(_));
                let first = self.history.with_purpose(opening).next().and_then(Exchange::status);
                if first != Some(401) {
                    return Err(Verdict::not_applicable(
                        "the target does not refuse the opening without a token",
                    ));
                }
                match self.history.probe(ProbeId::OpeningAgain).map(mcp::response) {
                    None | Some(Ok(RpcResponse::Result(_))) => self.opening_result().map(drop),
                    Some(_) => Err(Verdict::untestable(
                        "the token that opened the session is refused when the opening is repeated unchanged",
                    )),
                }
            }
            Control::List => match self.history.probe(ProbeId::List).map(mcp::response) {
                Some(Ok(RpcResponse::Result(_))) => Ok(()),
                _ => Err(Verdict::untestable("tools/list with the token was not answered with a result")),
            },
            Control::Authorization => {
                let (exchange, response) = self.probed(ProbeId::AuthorizeAgain)?;
                if authorization_response(exchange, response).is_accepted() {
                    return Ok(());
                }
                Err(Verdict::untestable(
                    "the authorization request is refused also when it is repeated unchanged",
                ))
            }
            Control::Token => self.access_token().map(drop),
            Control::Registration => self.client().map(drop),
        }
    }

    /// The response to the last request of a purpose.
    pub fn last(
        &self,
        accept: impl Fn(Purpose) -> bool,
        otherwise: &str,
    ) -> Result<(&'a Exchange, &'a Response), Verdict> {
        let exchange =
            self.history.with_purpose(accept).next_back().ok_or_else(|| Verdict::untestable(otherwise))?;
        match &exchange.outcome {
            Ok(response) => Ok((exchange, response)),
            Err(failure) => Err(Verdict::untestable(format!("{} {failure}", exchange.request.url))),
        }
    }
}
