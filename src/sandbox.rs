//! The embedded gateway and authorization server: real HTTP on loopback, honest unless given faults.
//!
//! ```text
//! client → gateway (challenge, RFC 9728, bearer) → mcp (the server behind)
//!        → authorization server (RFC 8414, 7591, 6749, 7636, 9207, 7009), with Auth0's paths and slash
//! ```
//!
//! The authorization server also reads client-ID metadata documents, which is the one request the sandbox makes.
//!
//! A fault is consulted where the behaviour it breaks lives; nothing else knows of it. So is a variation, which makes the
//! set-up unusual and leaves it right; those of how a reply is written are applied on its way out (`vary`).

use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::scenario::Certificate;
use crate::specification::ProtocolVersion;

mod authorization_server;
mod bearer;
mod clock;
mod cors;
mod entropy;
mod fault;
mod gateway;
mod hostile;
mod mcp;
mod pages;
mod preset;
mod serve;
mod store;
mod tls;
mod variation;
mod vary;
mod wire;

use authorization_server::{AuthorizationServer, CLIENT_METADATA_PATH, Keys, TENANT_PATH};
use gateway::Gateway;
use tls::Tls;

pub use authorization_server::{CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET, PUBLIC_CLIENT_ID};
pub use fault::{CHECKS_WITHOUT_FAULT, Fault};
pub use preset::Preset;
pub use variation::{Aspect, Need, Variation};

/// The user name of the login that works.
pub const USERNAME: &str = "alice";
/// The password of the login that works.
pub const PASSWORD: &str = "wonderland";

/// Path of the MCP endpoint.
const MCP_PATH: &str = "/mcp";
/// The scope the MCP server's tools need.
const SCOPE: &str = "mcp:tools";
/// The scope a call needs beside it, only with a variation.
const MORE_SCOPE: &str = "mcp:call";

/// What to set up.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Decides where the authorization server lives: in 2025-03-26 on the gateway's own origin.
    /// The MCP server speaks all protocol versions in any case.
    pub protocol_version: ProtocolVersion,
    /// What is done wrong.
    pub faults: Vec<Fault>,
    /// What is done in an unusual way.
    pub variations: Vec<Variation>,
    /// The products it looks like.
    pub preset: Option<Preset>,
}

impl Plan {
    /// The honest set-up.
    pub const fn honest(protocol_version: ProtocolVersion) -> Self {
        Self { protocol_version, faults: Vec::new(), variations: Vec::new(), preset: None }
    }

    /// The honest set-up with faults.
    pub fn with_faults(protocol_version: ProtocolVersion, faults: Vec<Fault>) -> Self {
        Self { faults, ..Self::honest(protocol_version) }
    }
}

/// What every room of the sandbox knows of the set-up.
#[derive(Debug)]
struct Site {
    plan: Plan,
    /// Who issued the certificates, in PEM, if TLS is spoken.
    authority: Option<String>,
    /// Origin of the gateway, without a slash.
    gateway: String,
    /// Origin of the authorization server, without a slash.
    authorization_server: String,
    /// The canonical MCP URL: the resource and the audience.
    target: String,
    issuer: String,
}

impl Site {
    fn new(plan: Plan, tls: Option<Tls>, gateway: String, authorization_server: Option<String>) -> Self {
        let target = format!("{gateway}{MCP_PATH}");
        let (authorization_server, issuer) = match authorization_server {
            Some(origin) => {
                let path = if plan.faults.contains(&Fault::ServerMetadataAppended)
                    || plan.variations.contains(&Variation::IssuerPath)
                {
                    TENANT_PATH
                } else if plan.variations.contains(&Variation::IssuerBare) {
                    ""
                } else {
                    "/"
                };
                (origin.clone(), format!("{origin}{path}"))
            }
            None => (gateway.clone(), gateway.clone()),
        };
        let authority = tls.map(|tls| tls.authority);
        Self { plan, authority, gateway, authorization_server, target, issuer }
    }

    fn has(&self, fault: Fault) -> bool {
        self.plan.faults.contains(&fault)
    }

    fn varies(&self, variation: Variation) -> bool {
        self.plan.variations.contains(&variation)
    }

    /// Whether the gateway publishes who protects it, or is that server itself.
    fn publishes_resource_metadata(&self) -> bool {
        !self.plan.protocol_version.resource_metadata_order().is_empty()
    }
}

/// A running gateway and authorization server. Dropping it closes both.
#[derive(Debug)]
pub struct Sandbox {
    site: Arc<Site>,
    authorization_server: Arc<AuthorizationServer>,
    _listeners: JoinSet<()>,
}

impl Sandbox {
    /// Binds free ports on loopback and serves until dropped.
    pub async fn start(plan: Plan) -> io::Result<Self> {
        Self::serve(plan, None).await
    }

    /// The same over TLS, with HTTP/2 and HTTP/1.1.
    pub async fn start_tls(plan: Plan, certificate: Certificate) -> io::Result<Self> {
        Self::serve(plan, Some(Tls::new(certificate)?)).await
    }

    async fn serve(plan: Plan, tls: Option<Tls>) -> io::Result<Self> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        let separate = !plan.protocol_version.resource_metadata_order().is_empty();
        let address = if plan.variations.contains(&Variation::Ipv6) { "::1" } else { "127.0.0.1" };
        let gateway_listener = TcpListener::bind((address, 0)).await?;
        let server_listener = if separate { Some(TcpListener::bind((address, 0)).await?) } else { None };
        let named = plan.variations.contains(&Variation::HostName);
        let origin = |listener: &TcpListener| {
            let at = listener.local_addr()?;
            let host = if named { format!("localhost:{}", at.port()) } else { at.to_string() };
            Ok::<_, io::Error>(format!("{scheme}://{host}"))
        };
        let server_origin = server_listener.as_ref().map(origin).transpose()?;
        let site = Arc::new(Site::new(plan, tls, origin(&gateway_listener)?, server_origin));

        let keys = tokio::task::spawn_blocking(Keys::shared).await.map_err(io::Error::other)??;
        let authorization_server = Arc::new(AuthorizationServer::new(Arc::clone(&site), keys));
        let gateway = Arc::new(Gateway::new(Arc::clone(&site), Arc::clone(&authorization_server)));

        let mut listeners = JoinSet::new();
        let (of_gateway, of_server) = (Arc::clone(&site), Arc::clone(&site));
        let garbage = site.has(Fault::HeadGarbage);
        listeners.spawn(serve::serve(gateway_listener, acceptor.clone(), garbage, move |request| {
            let (gateway, site) = (Arc::clone(&gateway), Arc::clone(&of_gateway));
            async move { vary::reply(&site, &request, gateway.respond(&request).await).await }
        }));
        if let Some(listener) = server_listener {
            let server = Arc::clone(&authorization_server);
            listeners.spawn(serve::serve(listener, acceptor, false, move |request| {
                let (server, site) = (Arc::clone(&server), Arc::clone(&of_server));
                async move { vary::reply(&site, &request, server.respond(&request).await).await }
            }));
        }
        Ok(Self { site, authorization_server, _listeners: listeners })
    }

    /// The certificate of the authority to trust, in PEM, if it speaks TLS.
    pub fn authority(&self) -> Option<&str> {
        self.site.authority.as_deref()
    }

    /// The MCP URL: `http://127.0.0.1:PORT/mcp`.
    pub fn target(&self) -> &str {
        &self.site.target
    }

    /// The issuer as published. Like Auth0's it ends with a slash, except in 2025-03-26, where it is the target's origin.
    pub fn issuer(&self) -> &str {
        &self.site.issuer
    }

    /// The URL of a client-ID metadata document the authorization server publishes for its guests: an identifier that works,
    /// with `/callback` on any port of a loopback literal.
    pub fn client_metadata_url(&self) -> String {
        format!("{}{CLIENT_METADATA_PATH}", self.site.authorization_server)
    }

    /// The clients registered dynamically and not yet removed.
    pub fn clients(&self) -> Vec<String> {
        self.authorization_server.registered_clients()
    }
}
