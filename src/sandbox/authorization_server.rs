//! The authorization server, in the manner of Auth0: RS256, an issuer with a slash, dynamic registration.

use std::sync::Arc;
use std::time::Duration;

use http::Method;

use super::bearer::ErrorResponse as Refusal;
use super::cors;
use super::store::Store;
use super::wire::{Reply, Request, Route, not_found, route};
use super::{Fault, MORE_SCOPE, SCOPE, Site, Variation};

mod authorize;
mod client;
mod consent;
mod grants;
mod keys;
mod metadata;
mod metadata_document;
mod mint;
mod offers;
mod registration;
mod revocation;
mod token;

use authorize::Transaction;
use client::Client;
pub(crate) use client::is_loopback_host;
pub use client::{CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET, PUBLIC_CLIENT_ID};
use grants::Grants;
pub(crate) use keys::Keys;
pub(crate) use metadata_document::PATH as CLIENT_METADATA_PATH;

/// The path of the issuer, only with a fault or a variation.
pub(crate) const TENANT_PATH: &str = "/tenant";
/// The path of the second issuer, only with a variation.
pub(crate) const SECOND_PATH: &str = "/second";

#[rustfmt::skip]
const ROUTES: &[Route<AuthorizationServer>] = &[
    Route { method: Method::GET, path: "/.well-known/oauth-authorization-server", handle: AuthorizationServer::oauth_metadata },
    Route { method: Method::GET, path: "/.well-known/openid-configuration", handle: AuthorizationServer::openid_metadata },
    Route { method: Method::GET, path: "/.well-known/jwks.json", handle: AuthorizationServer::key_set },
    Route { method: Method::GET, path: CLIENT_METADATA_PATH, handle: AuthorizationServer::own_document },
    Route { method: Method::POST, path: "/oidc/register", handle: AuthorizationServer::register },
    Route { method: Method::GET, path: "/oidc/register/*", handle: AuthorizationServer::read_client },
    Route { method: Method::DELETE, path: "/oidc/register/*", handle: AuthorizationServer::delete_client },
    Route { method: Method::GET, path: "/authorize", handle: AuthorizationServer::authorize },
    Route { method: Method::GET, path: "/login", handle: AuthorizationServer::show_login },
    Route { method: Method::POST, path: "/login", handle: AuthorizationServer::log_in },
    Route { method: Method::GET, path: "/consent", handle: AuthorizationServer::show_consent },
    Route { method: Method::POST, path: "/consent", handle: AuthorizationServer::decide },
    Route { method: Method::POST, path: "/oauth/token", handle: AuthorizationServer::token },
    Route { method: Method::POST, path: "/oauth/revoke", handle: AuthorizationServer::revoke },
];

/// The authorization server.
#[derive(Debug)]
pub(crate) struct AuthorizationServer {
    site: Arc<Site>,
    keys: &'static Keys,
    /// Registered dynamically, by client id. The pre-registered ones are constants.
    clients: Store<Client>,
    /// Known by their metadata documents, as last fetched, by URL.
    documents: Store<Client>,
    /// Authorization requests on their way through login and consent.
    transactions: Store<Transaction>,
    grants: Grants,
}

impl AuthorizationServer {
    pub(crate) fn new(site: Arc<Site>, keys: &'static Keys) -> Self {
        Self {
            site,
            keys,
            clients: Store::default(),
            documents: Store::default(),
            transactions: Store::default(),
            grants: Grants::default(),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.site.has(fault)
    }

    fn varies(&self, variation: Variation) -> bool {
        self.site.varies(variation)
    }

    /// Every scope there is.
    fn scopes(&self) -> Vec<&'static str> {
        let more = self.varies(Variation::StepUp).then_some(MORE_SCOPE);
        ["openid", "offline_access", SCOPE].into_iter().chain(more).collect()
    }

    pub(crate) async fn respond(&self, request: &Request) -> Reply {
        if self.varies(Variation::TokenSlow) && request.path == "/oauth/token" {
            tokio::time::sleep(Duration::from_millis(100)).await;
            return self.own_response(request).await.and("server-timing", "token;dur=100");
        }
        self.own_response(request).await
    }

    async fn own_response(&self, request: &Request) -> Reply {
        if let Some(url) = Self::url_to_fetch(request).filter(|url| self.clients.get(url).is_none())
            && let Err(refusal) = self.learn(&url).await
        {
            return refusal;
        }
        let behind_path =
            request.path.strip_prefix(TENANT_PATH).filter(|_| self.has(Fault::ServerMetadataAppended));
        if let Some(path) = behind_path {
            let mut behind = request.clone();
            path.clone_into(&mut behind.path);
            return cors::readable(request, route(ROUTES, self, &behind));
        }
        let removed = match request.path.as_str() {
            "/oidc/register" => {
                self.varies(Variation::RegistrationAbsent) || self.varies(Variation::ClientCredentials)
            }
            "/oauth/revoke" => self.varies(Variation::RevocationAbsent),
            "/authorize" => self.varies(Variation::ClientCredentials),
            _ => false,
        };
        if removed {
            return not_found();
        }
        if let Some(reply) = self.placed(request) {
            return cors::readable(request, reply);
        }
        let (faulty, readable) = match request.path.as_str() {
            "/authorize" => (false, self.has(Fault::AuthorizeReadable)),
            "/oauth/token" => (self.has(Fault::TokenEndpointWithoutCors), true),
            path if path.starts_with("/.well-known/") => (self.has(Fault::ServerMetadataWithoutCors), true),
            path => (false, path == "/oidc/register"),
        };
        if !readable || faulty {
            return route(ROUTES, self, request);
        }
        let preflight = cors::is_preflight(request);
        let reply = if preflight { cors::preflight("Content-Type") } else { route(ROUTES, self, request) };
        cors::readable(request, reply)
    }

    /// What the gateway is told of a token that only this server understands
    /// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).
    pub(crate) fn introspect(&self, token: &str, wanted: &str) -> Result<(), Refusal> {
        let known = self.grants.introspect(token);
        let (audience, scope) = known.ok_or(Refusal::Invalid("The access token is not active"))?;
        if audience != self.site.target {
            Err(Refusal::Invalid("The access token is for another audience"))
        } else if scope.split(' ').any(|scope| scope == wanted) {
            Ok(())
        } else {
            Err(Refusal::InsufficientScope)
        }
    }

    /// Whether the access token of that id was issued here and not revoked since.
    pub(crate) fn is_active(&self, jti: &str) -> bool {
        self.grants.is_active(jti)
    }

    pub(crate) fn registered_clients(&self) -> Vec<String> {
        self.clients.keys()
    }

    fn client(&self, id: &str) -> Option<Client> {
        self.clients.get(id).or_else(|| self.documents.get(id)).or_else(|| Client::preregistered(id))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site.authorization_server)
    }
}
