//! What discovery found: the resource, and the authorization server that protects it.

use super::scope::union;
use super::{Attempt, Settings};
use crate::document::challenge::Challenge;
use crate::document::resource_metadata::ResourceMetadata;
use crate::document::server_metadata::ServerMetadata;

/// What is known of the resource once its metadata was looked for.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// The challenge, if there was one.
    pub(super) challenge: Option<Challenge>,
    /// The metadata, if there is any.
    pub(super) metadata: Option<ResourceMetadata>,
}

impl Resource {
    /// The issuers its metadata lists.
    pub(super) fn listed_servers(&self) -> Vec<String> {
        let listed = self.metadata.as_ref().map(ResourceMetadata::authorization_servers);
        listed.unwrap_or_default().into_iter().map(str::to_owned).collect()
    }

    /// The scope to request: the user's, else the challenge's, else all that the metadata lists, else none
    /// (MCP 2025-11-25 "Scope Selection Strategy").
    pub(super) fn scope(&self, settings: &Settings) -> Option<String> {
        let client = &settings.scenario.client;
        client
            .scope
            .clone()
            .or_else(|| self.challenge.as_ref()?.get("scope").map(str::to_owned))
            .or_else(|| self.metadata.as_ref()?.scopes_supported().map(|scopes| scopes.join(" ")))
            .filter(|scope| !scope.is_empty())
    }

    /// The `resource` to send: the user's, else exactly as published, else the target; none where the protocol version has none.
    pub(super) fn indicator(&self, settings: &Settings) -> Option<String> {
        let scenario = &settings.scenario;
        if let Some(resource) = &scenario.client.resource {
            return Some(resource.clone()).filter(|resource| !resource.is_empty());
        }
        let published = || self.metadata.as_ref()?.resource().map(str::to_owned);
        scenario
            .protocol_version
            .sends_resource()
            .then(|| published().unwrap_or_else(|| scenario.target.canonical_url()))
    }
}

/// What is known of the authorization server once its metadata was looked for.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// The resource it protects.
    pub(super) resource: Resource,
    /// The issuer as it was asked for.
    pub(super) issuer: String,
    /// The metadata, unless the default endpoints are used.
    pub(super) metadata: Option<ServerMetadata>,
    /// Where metadata was looked for in vain.
    pub(super) tried: Vec<Attempt>,
    /// Authorization endpoint, which only the code of a login needs.
    pub(super) authorization_endpoint: Option<String>,
    /// Token endpoint.
    pub(super) token_endpoint: String,
    /// Registration endpoint.
    pub(super) registration_endpoint: Option<String>,
}

impl Server {
    /// The strings of a metadata member that lists what the server supports.
    pub(super) fn listed(&self, member: &str) -> Option<Vec<&str>> {
        self.metadata.as_ref()?.json.strings(member)
    }

    /// Whether the token endpoint knows an authentication method; `client_secret_basic` is the default (RFC 8414 §2).
    pub(super) fn authenticates_by(&self, method: &str) -> bool {
        let methods = self.listed("token_endpoint_auth_methods_supported");
        methods.map_or(method == "client_secret_basic", |methods| methods.contains(&method))
    }

    /// The scope the server's documents name, with `offline_access` where the protocol version's clients add it.
    pub(super) fn scope(&self, settings: &Settings) -> Option<String> {
        let scope = self.resource.scope(settings);
        let protocol_version = settings.scenario.protocol_version;
        let listed =
            || self.metadata.as_ref()?.scopes_supported().map(|scopes| scopes.contains(&"offline_access"));
        if settings.scenario.client.scope.is_some()
            || !protocol_version.adds_offline_access()
            || listed() != Some(true)
        {
            return scope;
        }
        union(scope.as_deref(), Some("offline_access"))
    }
}
