//! Step 4: a client identifier, by dynamic registration (RFC 7591) or brought along: registered by hand, or a URL.

use serde_json::json;

use super::client_authentication::{Client, PRIVATE_KEY_JWT};
use super::client_metadata::client_metadata;
use super::discovered::Server;
use super::registered::Registered;
use super::{Context, NAME, Settings, State, StuckReason, VERSION};
use crate::document::client::ClientInformation;
use crate::document::explanation::refused;
use crate::exchange::{Exchange, Purpose, Request, set_member};
use crate::scenario::Registration;
use crate::specification::{Party, Step};

/// Awaits client information.
#[derive(Clone, Debug)]
pub(super) struct AwaitRegistration {
    server: Server,
    endpoint: String,
}

impl AwaitRegistration {
    /// Goes on with the client this server knows or the user brought, or registers one.
    pub(super) fn first(server: Server, context: &mut Context<'_>) -> State {
        if let Some(client) = context.cross_round.client_of(&server.issuer).cloned() {
            return Registered { server, client }.obtain(context);
        }
        match &context.settings.scenario.client.registration {
            Registration::Preregistered { .. } if context.cross_round.has_client() => {
                State::stuck(Step::Registration, StuckReason::ClientOfAnotherServer(server.issuer))
            }
            Registration::Preregistered { client_id, credential } => {
                let client = Client::preregistered(client_id.clone(), credential, &server);
                Self::known(server, client, context)
            }
            Registration::MetadataDocument { url, .. } if server.reads_metadata_documents() => {
                Self::known(server, Client::public(url.clone()), context)
            }
            Registration::MetadataDocument { or_dynamic: false, .. } => {
                State::stuck(Step::Registration, StuckReason::NoMetadataDocuments)
            }
            Registration::Dynamic | Registration::MetadataDocument { or_dynamic: true, .. } => {
                match server.registration_endpoint.clone() {
                    Some(endpoint) => State::Registration(Box::new(Self { server, endpoint })),
                    None => State::stuck(Step::Registration, StuckReason::NoRegistrationEndpoint),
                }
            }
        }
    }

    fn known(server: Server, client: Client, context: &mut Context<'_>) -> State {
        context.cross_round.keep(&server.issuer, &client);
        Registered { server, client }.obtain(context)
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let name = format!("{NAME} {VERSION} (conformance run, safe to delete)");
        let redirect_uris = [settings.redirect_uri.clone()];
        let method = self.server.preferred_method();
        let mut metadata = client_metadata(&name, &redirect_uris, method);
        set_member(&mut metadata, "/software_version", VERSION);
        if method == PRIVATE_KEY_JWT {
            let algorithm = json!(settings.key.algorithm());
            set_member(&mut metadata, "/token_endpoint_auth_signing_alg", algorithm);
            let keys = json!(settings.key.public().ok().into_iter().collect::<Vec<_>>());
            set_member(&mut metadata, "/jwks/keys", keys);
        }
        if let Some(scope) = self.server.scope(settings) {
            set_member(&mut metadata, "/scope", scope);
        }
        Request::new(
            Step::Registration,
            Purpose::Registration,
            Party::AuthorizationServer,
            "POST",
            &self.endpoint,
        )
        .header("accept", "application/json")
        .body("application/json", metadata.to_string())
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let information = match ClientInformation::read(exchange) {
            Ok(information) => information,
            Err(why) => return self.not_registered(refused(exchange, &why), context),
        };
        let Some(client_id) = information.client_id().map(str::to_owned) else {
            return self.not_registered("the response has no client_id".to_owned(), context);
        };
        let (secret, method) = (information.client_secret(), information.auth_method());
        let client = Client::registered(client_id, secret, method, &context.settings.key);
        Self::known(self.server, client, context)
    }

    /// Where the endpoint was only guessed, what is missing is the metadata.
    fn not_registered(self, why: String, context: &Context<'_>) -> State {
        if self.server.metadata.is_none()
            && !context.settings.scenario.protocol_version.has_default_endpoints()
        {
            return State::stuck(Step::ServerMetadata, StuckReason::NoServerMetadata(self.server.tried));
        }
        State::stuck(Step::Registration, StuckReason::NotRegistered(why))
    }
}

impl Server {
    /// Whether the server says that it reads client-ID metadata documents
    /// ([draft-ietf-oauth-client-id-metadata-document-00 §5](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-5)).
    fn reads_metadata_documents(&self) -> bool {
        let metadata = self.metadata.as_ref();
        metadata.and_then(|metadata| metadata.json.flag("client_id_metadata_document_supported"))
            == Some(true)
    }

    /// The method to register with: public if the server allows, as a native client should (RFC 8252 §8.4).
    fn preferred_method(&self) -> &'static str {
        if self.listed("token_endpoint_auth_methods_supported").is_none() {
            return "none";
        }
        ["none", "client_secret_basic", "client_secret_post", PRIVATE_KEY_JWT]
            .into_iter()
            .find(|method| self.authenticates_by(method))
            .unwrap_or("none")
    }
}
