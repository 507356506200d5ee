//! Step 3: authorization-server metadata, looked for in the order of the protocol version.

use super::discovered::{Resource, Server};
use super::other_servers::AwaitOtherServer;
use super::redirect::redirected;
use super::registration::AwaitRegistration;
use super::{Attempt, Context, Refusal, RefusalKind, RequiredEndpoint, Settings, State, StuckReason};
use crate::document::identifier::{Identifier, differ_by_slash};
use crate::document::resource_metadata::ResourceMetadata;
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{Exchange, Issuer, IssuerSource, Purpose, Request};
use crate::scenario::Scenario;
use crate::specification::{Party, ProtocolVersion, ServerMetadataLocation, Step};

/// Paths of the endpoints of a server without metadata: authorization, token, registration (MCP 2025-03-26 "Fallbacks").
pub const DEFAULT_ENDPOINTS: [&str; 3] = ["/authorize", "/token", "/register"];

/// Awaits the document from the first of the locations left.
#[derive(Clone, Debug)]
pub(super) struct AwaitServerMetadata {
    resource: Resource,
    issuer: Issuer,
    location: ServerMetadataLocation,
    url: String,
    left: Vec<(ServerMetadataLocation, String)>,
    tried: Vec<Attempt>,
    /// Redirects that were followed.
    followed: usize,
}

impl AwaitServerMetadata {
    /// The first location of the issuer the walk chooses for that resource.
    pub(super) fn first(resource: Resource, context: &mut Context<'_>) -> State {
        let issuer = choose_issuer(&context.settings.scenario, resource.metadata.as_ref());
        context.cross_round.round.issuer = Some(issuer.clone());
        let protocol_version = context.settings.scenario.protocol_version;
        let Some(identifier) = Identifier::parse(&issuer.identifier) else {
            return State::stuck(Step::ServerMetadata, StuckReason::BadIssuer(issuer.identifier));
        };
        let left: Vec<_> = protocol_version
            .server_metadata_order()
            .iter()
            .chain(protocol_version.server_metadata_fallbacks())
            .filter_map(|&location| Some((location, identifier.server_metadata(location)?)))
            .collect();
        Self::next(resource, issuer, left, Vec::new(), 0, context)
    }

    fn next(
        resource: Resource,
        issuer: Issuer,
        mut left: Vec<(ServerMetadataLocation, String)>,
        tried: Vec<Attempt>,
        followed: usize,
        context: &mut Context<'_>,
    ) -> State {
        if left.is_empty() {
            return Self::without(resource, issuer, tried, context);
        }
        let (location, url) = left.remove(0);
        State::ServerMetadata(Box::new(Self { resource, issuer, location, url, left, tried, followed }))
    }

    /// No metadata. The default endpoints are those of 2025-03-26; clients of later protocol versions still find servers of that
    /// time by registering there, if nothing else names an authorization server.
    fn without(resource: Resource, issuer: Issuer, tried: Vec<Attempt>, context: &mut Context<'_>) -> State {
        let scenario = &context.settings.scenario;
        let registers =
            issuer.source == IssuerSource::TargetOrigin && scenario.client.registration.may_register();
        if !scenario.protocol_version.has_default_endpoints() && !registers {
            return State::stuck(Step::ServerMetadata, StuckReason::NoServerMetadata(tried));
        }
        let issuer = issuer.identifier;
        let [authorization, token, registration] = DEFAULT_ENDPOINTS.map(|path| format!("{issuer}{path}"));
        let server = Server {
            resource,
            issuer,
            metadata: None,
            tried,
            authorization_endpoint: Some(authorization),
            token_endpoint: token,
            registration_endpoint: Some(registration),
        };
        AwaitRegistration::first(server, context)
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let purpose = Purpose::ServerMetadata(self.location);
        let mut request =
            settings.get_metadata(Step::ServerMetadata, purpose, Party::AuthorizationServer, &self.url);
        if settings.scenario.protocol_version.sends_version_with_metadata_request() {
            request = request.header("mcp-protocol-version", settings.scenario.protocol_version.date());
        }
        request
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let metadata = match ServerMetadata::read(exchange) {
            Ok(metadata) => metadata,
            Err(why) => {
                let (mut left, mut followed) = (self.left, self.followed);
                if let Some(url) = redirected(exchange, &why, followed) {
                    left.retain(|(_, known)| *known != url);
                    left.insert(0, (self.location, url));
                    followed += 1;
                }
                let mut tried = self.tried;
                tried.push(Attempt { url: exchange.request.url.clone(), why });
                return Self::next(self.resource, self.issuer, left, tried, followed, context);
            }
        };
        let usable = |name: &str| metadata.endpoint(name).filter(|url| Identifier::parse(url).is_some());
        let endpoint = |endpoint: RequiredEndpoint| {
            let found = || metadata.endpoint(endpoint.member()).map(str::to_owned);
            let url = usable(endpoint.member()).map(str::to_owned);
            url.ok_or_else(|| StuckReason::NoEndpoint(endpoint, found()))
        };
        let scenario = &context.settings.scenario;
        let presents_code = scenario.client.presents_code(Some(&metadata));
        let endpoints = match endpoint(RequiredEndpoint::Authorization) {
            Ok(url) => Ok(Some(url)),
            Err(_) if !presents_code => Ok(None),
            Err(because) => Err(because),
        }
        .and_then(|authorization| Ok((authorization, endpoint(RequiredEndpoint::Token)?)));
        let refusals = refusals(&metadata, &self.issuer, scenario.protocol_version, presents_code);
        let listed: Vec<String> = self.resource.listed_servers();
        let used = self.issuer.identifier.clone();
        let next = match endpoints {
            Err(because) => State::stuck(Step::ServerMetadata, because),
            Ok((authorization_endpoint, token_endpoint)) => {
                let registration_endpoint = usable("registration_endpoint").map(str::to_owned);
                let server = Server {
                    resource: self.resource,
                    issuer: self.issuer.identifier,
                    metadata: Some(metadata),
                    tried: self.tried,
                    authorization_endpoint,
                    token_endpoint,
                    registration_endpoint,
                };
                AwaitRegistration::first(server, context)
            }
        };
        AwaitOtherServer::before(next.guarded_by(refusals.into_iter()), &listed, &used, context)
    }
}

/// The authorization server to use: the user's choice, else the first that the resource names
/// ([RFC 9728 §7.6](https://www.rfc-editor.org/rfc/rfc9728#section-7.6) leaves it to the client), else the origin of the
/// target (MCP 2025-03-26 "Authorization Base URL").
pub fn choose_issuer(scenario: &Scenario, resource: Option<&ResourceMetadata>) -> Issuer {
    let listed = || resource?.authorization_servers().first().map(|&issuer| issuer.to_owned());
    if let Some(identifier) = scenario.client.issuer.clone() {
        return Issuer { identifier, source: IssuerSource::User };
    }
    if let Some(identifier) = listed() {
        return Issuer { identifier, source: IssuerSource::ResourceMetadata };
    }
    let target = &scenario.target.url;
    let origin = Identifier::parse(target).map_or_else(|| target.clone(), |target| target.canonical_origin());
    Issuer { identifier: origin, source: IssuerSource::TargetOrigin }
}

/// Where a conforming client stops with this document.
fn refusals(
    metadata: &ServerMetadata,
    issuer: &Issuer,
    protocol_version: ProtocolVersion,
    presents_code: bool,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let published = metadata.issuer().unwrap_or_default();
    let slash_only = differ_by_slash(published, &issuer.identifier);
    // The slash of an issuer that nobody names is only guessed.
    let slash_matters =
        protocol_version.issuer_slash_matters() && issuer.source != IssuerSource::TargetOrigin;
    if published != issuer.identifier && (slash_matters || !slash_only) {
        let kind = if slash_only { RefusalKind::IssuerSlash } else { RefusalKind::IssuerMismatch };
        let found = if published.is_empty() { "no issuer".to_owned() } else { published.to_owned() };
        refusals.push(Refusal { kind, expected: issuer.identifier.clone(), found });
    }
    let methods = metadata.code_challenge_methods();
    if presents_code
        && protocol_version.refuses_without_pkce()
        && !methods.as_ref().is_some_and(|methods| methods.contains(&"S256"))
    {
        refusals.push(Refusal {
            kind: RefusalKind::PkceNotAdvertised,
            expected: "code_challenge_methods_supported with S256".to_owned(),
            found: methods.map_or_else(|| "no such member".to_owned(), |methods| format!("{methods:?}")),
        });
    }
    refusals
}
