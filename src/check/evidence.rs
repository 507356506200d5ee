//! What checks look at: the history, and the documents read from it by the same rules as the walk's.
//!
//! Accessors respond with `Err(Untestable)` when what a check needs is missing, so that a judge can write `?`. They are
//! of one round of authorization: what was read, asked for and granted in it, never that of another authorization
//! server. The session is the same in all of them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::authorization_response::authorization_response;
use super::{Judgement, Verdict};
use crate::document::access_token::AccessToken;
use crate::document::challenge::{self, Challenge};
use crate::document::client::ClientInformation;
use crate::document::identifier::differ_by_slash;
use crate::document::mcp::{self, RpcResponse};
use crate::document::resource_metadata::ResourceMetadata;
use crate::document::server_metadata::ServerMetadata;
use crate::document::token::TokenResponse;
use crate::document::{Object, Unusable, read};
use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, History, Issuer, IssuerSource, ProbeId, Purpose, Response,
    Unauthenticated,
};
use crate::flow;
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
    /// The round of authorization it is about.
    round: u8,
    /// Takes note of the probes a check asks for.
    asked: Option<&'a RefCell<BTreeSet<ProbeId>>>,
}

impl<'a> Evidence<'a> {
    /// What there is to be judged, seen from the last round.
    pub fn new(scenario: &'a Scenario, history: &'a History) -> Self {
        Self { scenario, history, round: history.last_round(), asked: None }
    }

    /// The number of the round it is about.
    pub const fn round(&self) -> u8 {
        self.round
    }

    /// The same seen from another round.
    #[must_use]
    pub const fn of_round(self, round: u8) -> Self {
        Self { round, ..self }
    }

    /// The same seen from each round up to this one.
    pub fn each_round(&self) -> impl Iterator<Item = Self> + use<'a> {
        let last = *self;
        (1..=last.round).map(move |round| last.of_round(round))
    }

    /// The exchanges of a purpose that count in the round.
    pub fn sent<F: Fn(Purpose) -> bool>(
        &self,
        accept: F,
    ) -> impl DoubleEndedIterator<Item = &'a Exchange> + use<'a, F> {
        self.history.in_round(self.round, accept)
    }

    /// What a judge returns, and the probes whose responses it asked for; not those that are only compared with.
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

    /// All responses of the target with 401, the one to the opening first, each with the Bearer challenge it carries.
    /// What other paths of its host respond is none of the MCP server's, and what comes of a host that we made up is judged
    /// by itself.
    pub fn challenges(
        &self,
    ) -> impl Iterator<Item = (&'a Exchange, &'a Response, Option<Challenge>)> + use<'a> {
        let target = without_query(self.target());
        let opening = self.unauthenticated().ok().map(|(exchange, _)| exchange);
        let others = self.history.exchanges().map(AsRef::as_ref);
        let others = others.filter(move |exchange| opening.is_none_or(|opening| opening.id != exchange.id));
        opening
            .into_iter()
            .chain(others)
            .filter(move |exchange| without_query(&exchange.request.url) == target)
            .filter(|exchange| {
                let made_up = [ProbeId::ForwardedHost, ProbeId::HostForeign];
                !matches!(exchange.request.purpose, Purpose::Probe(id) if made_up.contains(&id))
            })
            .filter_map(|exchange| Some((exchange, exchange.response().filter(|r| r.status == 401)?)))
            .map(|(exchange, response)| (exchange, response, challenge::bearer(response)))
    }

    /// The Bearer challenge of the response to the opening, if it is a 401.
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
        self.sent(|purpose| matches!(purpose, Purpose::ResourceMetadata(_)))
            .map(|exchange| (exchange, ResourceMetadata::read(exchange)))
    }

    /// The authorization server the walk chose, and who named it; before it has chosen one, that it is going to choose.
    pub fn chosen(&self) -> Issuer {
        self.history.issuer(self.round).cloned().unwrap_or_else(|| {
            let metadata = self.resource_metadata().ok().map(|(_, metadata)| metadata);
            flow::choose_issuer(self.scenario, metadata.as_ref())
        })
    }

    /// The issuer the walk asked for.
    pub fn issuer(&self) -> String {
        self.chosen().identifier
    }

    /// That issuer as the resource metadata lists it, if it does; the user may have written it with another slash.
    pub fn listed_issuer(&self) -> Option<String> {
        let Issuer { identifier, source: _ } = self.chosen();
        let (_, metadata) = self.resource_metadata().ok()?;
        let listed = metadata.authorization_servers();
        let exact = listed.iter().find(|listed| **listed == identifier);
        let listed = exact.or_else(|| listed.iter().find(|listed| differ_by_slash(listed, &identifier)));
        listed.map(|&listed| listed.to_owned())
    }

    /// Whether the walk had to guess the issuer: the protocol version wants it named in resource metadata, and neither
    /// that nor the user names one. What is missing there is no fault of an authorization server.
    pub fn issuer_is_guessed(&self) -> bool {
        !self.protocol_version().resource_metadata_order().is_empty()
            && self.chosen().source == IssuerSource::TargetOrigin
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
        self.sent(|purpose| matches!(purpose, Purpose::ServerMetadata(_)))
            .map(|exchange| (exchange, ServerMetadata::read(exchange)))
    }

    /// The documents of the authorization server that the walk did not read, where probes found them.
    pub fn probed_server_metadata(&self) -> impl Iterator<Item = (&'a Exchange, ServerMetadata)> + use<'a> {
        [ProbeId::ServerMetadataOAuth, ProbeId::ServerMetadataOpenId]
            .map(|id| self.probe(id).ok())
            .into_iter()
            .flatten()
            .filter_map(|(exchange, _)| Some((exchange, ServerMetadata::read(exchange).ok()?)))
    }

    /// What was read of the authorization servers that are listed and not used.
    pub fn other_server_metadata(
        &self,
    ) -> impl Iterator<Item = (&'a Exchange, Result<ServerMetadata, Unusable>)> + use<'a> {
        self.sent(|purpose| matches!(purpose, Purpose::OtherServerMetadata(_)))
            .map(|exchange| (exchange, ServerMetadata::read(exchange)))
    }

    /// The response to the registration request.
    pub fn registration(&self) -> Result<(&'a Exchange, &'a Response), Verdict> {
        let registers = |purpose| purpose == Purpose::Registration;
        let registered = self.sent(registers).next().is_some();
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

    /// The client information, which names the client.
    pub fn client(&self) -> Result<(&'a Exchange, ClientInformation), Verdict> {
        let (exchange, information) = self.client_information()?;
        if information.client_id().is_none() {
            return Err(Verdict::untestable("the registration response names no client"));
        }
        Ok((exchange, information))
    }

    /// What the registration endpoint responded, whether it names a client or not.
    pub fn client_information(&self) -> Result<(&'a Exchange, ClientInformation), Verdict> {
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
            .rfind(|request| request.round.number == self.round)
            .ok_or_else(|| self.without_login("the walk did not reach the authorization request"))
    }

    /// The verdict where a login has left nothing: that does not concern a grant that has none.
    pub(super) fn without_login(&self, otherwise: &str) -> Verdict {
        let grant = self.sent(|purpose| purpose == Purpose::Token).next_back().and_then(|exchange| {
            let mut form = url::form_urlencoded::parse(&exchange.request.body);
            form.find(|(name, _)| name == "grant_type").map(|(_, value)| value.into_owned())
        });
        match grant.filter(|grant| grant != "authorization_code") {
            Some(grant) => Verdict::not_applicable(format!("the grant {grant} has no login")),
            None => Verdict::untestable(otherwise),
        }
    }

    /// The last callback.
    pub fn callback(&self) -> Result<&'a Callback, Verdict> {
        let callback = self.history.callbacks().rfind(|callback| callback.round.number == self.round);
        callback.map(AsRef::as_ref).ok_or_else(|| self.without_login("no callback came"))
    }

    /// The pages of the login, where gatewalk saw them itself.
    pub fn login(&self) -> impl Iterator<Item = (&'a Exchange, &'a Response)> + use<'a> {
        self.sent(|purpose| purpose == Purpose::Login)
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
        let (exchange, response) = self.token_response()?;
        let (_, token) = self.token()?;
        let token = token.access_token().ok_or_else(|| Verdict::untestable("no access token was issued"))?;
        Ok((exchange, AccessToken::issued(response, &token)))
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
        if self.round != self.history.last_round() {
            return Err(Verdict::not_applicable("probes are sent after the last authorization"));
        }
        if self.history.probe(id).is_some() {
            return self.last(|purpose| purpose == Purpose::Probe(id), "the probe was not sent");
        }
        if !probe.is_wanted(&self.scenario.probes) {
            return Err(Verdict::not_asked_for(id, probe.effect.sent_by()));
        }
        Err(match probe.request(self.scenario, self.history) {
            Err(Skipped::NotApplicable(because)) => Verdict::NotApplicable(because),
            Err(Skipped::Untestable(because)) if matches!(probe.step, Step::Authorization | Step::Token) => {
                self.without_login(&because)
            }
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
                let opening = |purpose| purpose == Purpose::Challenge(Unauthenticated::Opening);
                let opened = self.history.with_purpose(opening).next_back().and_then(Exchange::status);
                if opened != Some(401) {
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

    /// The response to the last request of a purpose that counts in the round.
    pub fn last(
        &self,
        accept: impl Fn(Purpose) -> bool,
        otherwise: &str,
    ) -> Result<(&'a Exchange, &'a Response), Verdict> {
        let exchange = self.sent(accept).next_back().ok_or_else(|| Verdict::untestable(otherwise))?;
        match &exchange.outcome {
            Ok(response) => Ok((exchange, response)),
            Err(failure) => Err(Verdict::untestable(format!("{} {failure}", exchange.request.url))),
        }
    }
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}
