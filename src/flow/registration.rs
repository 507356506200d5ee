//! Step 4: a client identifier, by dynamic registration (RFC 7591) or brought along: registered by hand, or a URL.

use serde_json::json;

use super::authorization::AwaitCallback;
use super::client_metadata::client_metadata;
use super::server_metadata::Server;
use super::{Because, Context, NAME, Settings, State, VERSION};
use crate::document::client::ClientInformation;
use crate::document::token::describe_error;
use crate::document::{Unusable, read_body};
use crate::edition::{Party, Step};
use crate::exchange::{Exchange, Purpose, Request, Secret};
use crate::scenario::Registration;

/// How a client proves itself at the token endpoint ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthMethod {
    /// Public client.
    None,
    /// `Authorization: Basic`.
    Basic,
    /// In the body.
    Post,
}

/// The client the authorization server knows.
#[derive(Clone, Debug)]
pub(super) struct Registered {
    pub(super) server: Server,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Secret>,
    pub(super) method: AuthMethod,
}

/// Awaits client information.
#[derive(Clone, Debug)]
pub(super) struct AwaitRegistration {
    server: Server,
    endpoint: String,
}

impl AwaitRegistration {
    /// Registers, or goes on with the client the user brought.
    pub(super) fn first(server: Server, context: &mut Context<'_>) -> State {
        match &context.settings.scenario.client.registration {
            Registration::Preregistered { client_id, client_secret } => {
                let method = match client_secret {
                    None => AuthMethod::None,
                    Some(_) if supports(&server, "client_secret_basic") => AuthMethod::Basic,
                    Some(_) => AuthMethod::Post,
                };
                let (client_id, client_secret) = (client_id.clone(), client_secret.clone());
                AwaitCallback::first(Registered { server, client_id, client_secret, method }, context)
            }
            Registration::MetadataDocument { url } => {
                let client_id = url.clone();
                if reads_metadata_documents(&server) {
                    let (client_secret, method) = (None, AuthMethod::None);
                    AwaitCallback::first(Registered { server, client_id, client_secret, method }, context)
                } else {
                    State::stuck(Step::Registration, Because::NoMetadataDocuments)
                }
            }
            Registration::Dynamic => match server.registration_endpoint.clone() {
                Some(endpoint) => State::Registration(Box::new(Self { server, endpoint })),
                None => State::stuck(Step::Registration, Because::NoRegistrationEndpoint),
            },
        }
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let name = format!("{NAME} {VERSION} (conformance run, safe to delete)");
        let redirect_uris = [settings.redirect_uri.clone()];
        let mut metadata = client_metadata(&name, &redirect_uris, preferred_method(&self.server));
        metadata["software_version"] = json!(VERSION);
        if let Some(scope) = self.server.scope(settings) {
            metadata["scope"] = json!(scope);
        }
        Settings::request(
            Step::Registration,
            Purpose::Registration,
            Party::AuthorizationServer,
            "POST",
            &self.endpoint,
        )
        .header("accept", "application/json")
        .body("application/json", metadata.to_string())
    }

    pub(super) fn answered(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let information = match ClientInformation::read(exchange) {
            Ok(information) => information,
            Err(why) => {
                return State::stuck(Step::Registration, Because::NotRegistered(refused(exchange, &why)));
            }
        };
        let Some(client_id) = information.client_id().map(str::to_owned) else {
            let why = "the answer has no client_id".to_owned();
            return State::stuck(Step::Registration, Because::NotRegistered(why));
        };
        let client_secret = information.client_secret();
        let method = match information.auth_method() {
            Some("none") => AuthMethod::None,
            Some("client_secret_post") => AuthMethod::Post,
            _ if client_secret.is_some() => AuthMethod::Basic,
            _ => AuthMethod::None,
        };
        AwaitCallback::first(Registered { server: self.server, client_id, client_secret, method }, context)
    }
}

impl Server {
    /// The scope to request, with `offline_access` where the edition's clients add it.
    pub(super) fn scope(&self, settings: &Settings) -> Option<String> {
        let scope = self.resource.scope(settings);
        let edition = settings.scenario.edition;
        let listed =
            || self.metadata.as_ref()?.scopes_supported().map(|scopes| scopes.contains(&"offline_access"));
        if settings.scenario.client.scope.is_some()
            || !edition.adds_offline_access()
            || listed() != Some(true)
        {
            return scope;
        }
        match scope {
            Some(scope) if scope.split(' ').any(|token| token == "offline_access") => Some(scope),
            Some(scope) => Some(format!("{scope} offline_access")),
            None => Some("offline_access".to_owned()),
        }
    }
}

/// Whether the server says that it reads client-ID metadata documents
/// ([draft-ietf-oauth-client-id-metadata-document-00 §5](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-5)).
fn reads_metadata_documents(server: &Server) -> bool {
    let metadata = server.metadata.as_ref();
    metadata.and_then(|metadata| metadata.json.flag("client_id_metadata_document_supported")) == Some(true)
}

/// Whether the token endpoint knows an authentication method; `client_secret_basic` is the default (RFC 8414 §2).
fn supports(server: &Server, method: &str) -> bool {
    let methods = server
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.json.strings("token_endpoint_auth_methods_supported"));
    methods.map_or(method == "client_secret_basic", |methods| methods.contains(&method))
}

/// The method to register with: public if the server allows, as a native client should (RFC 8252 §8.4).
fn preferred_method(server: &Server) -> &'static str {
    let listed = server
        .metadata
        .as_ref()
        .is_some_and(|metadata| metadata.json.members.contains_key("token_endpoint_auth_methods_supported"));
    if !listed {
        return "none";
    }
    ["none", "client_secret_basic", "client_secret_post"]
        .into_iter()
        .find(|method| supports(server, method))
        .unwrap_or("none")
}

/// The error of an OAuth error response, or why there is none to read.
pub(super) fn refused(exchange: &Exchange, why: &Unusable) -> String {
    let error = exchange
        .response()
        .and_then(|response| Some((response.status, describe_error(&read_body(response).ok()?)?)));
    match error {
        Some((status, error)) => format!("{status}, {error}"),
        None => format!("{} {why}", exchange.request.url),
    }
}
