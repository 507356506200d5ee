//! The authorization server, in the manner of Auth0: RS256, an issuer with a slash, dynamic registration.

use std::sync::Arc;

use http::Method;

use super::cors;
use super::store::Store;
use super::wire::{Reply, Request, Route, route};
use super::{Fault, Site};

mod authorize;
mod client;
mod consent;
mod grants;
mod keys;
mod metadata;
mod metadata_document;
mod mint;
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

/// The path of the issuer, only with a fault.
pub(crate) const TENANT_PATH: &str = "/tenant";

/// Every scope there is.
const SCOPES: [&str; 3] = ["openid", "offline_access", super::SCOPE];

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

    pub(crate) async fn respond(&self, request: &Request) -> Reply {
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

    /// The keys tokens are verified with.
    pub(crate) fn keys(&self) -> &'static Keys {
        self.keys
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
