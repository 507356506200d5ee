//! The gateway: challenges, publishes who protects it (RFC 9728), validates tokens, forwards to the MCP server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::{HOST, HeaderName, ORIGIN, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::authorization_server::{AuthorizationServer, SECOND_PATH, is_loopback_host};
use super::bearer::{self, ErrorResponse, Leniency};
use super::cors;
use super::mcp::McpServer;
use super::wire::{Reply, Request, method_not_allowed, not_found, twice};
use super::{Fault, MCP_PATH, MORE_SCOPE, Preset, SCOPE, Site, Variation, hostile, pages, vary};
use crate::exchange::set_member;

/// Path of resource metadata before the path of a resource.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
const METADATA_PATH: &str = "/.well-known/oauth-protected-resource/mcp";
/// Where the document is only with a fault.
const APPENDED_PATH: &str = "/mcp/.well-known/oauth-protected-resource";
const FACADE_PATH: &str = "/.well-known/oauth-authorization-server";
const SIGN_IN_PATH: &str = "/sign-in";
/// Where a copy of the document is only with a variation.
const COPY_PATH: &str = "/oauth/resource.json";

/// The resource server as a client sees it.
#[derive(Debug)]
pub(crate) struct Gateway {
    site: Arc<Site>,
    authorization_server: Arc<AuthorizationServer>,
    upstream: McpServer,
    /// How often it has challenged.
    challenges: AtomicUsize,
}

impl Gateway {
    pub(crate) fn new(site: Arc<Site>, authorization_server: Arc<AuthorizationServer>) -> Self {
        let upstream = McpServer::new(Arc::clone(&site));
        Self { site, authorization_server, upstream, challenges: AtomicUsize::new(0) }
    }

    fn has(&self, fault: Fault) -> bool {
        self.site.has(fault)
    }

    fn varies(&self, variation: Variation) -> bool {
        self.site.varies(variation)
    }

    pub(crate) async fn respond(&self, request: &Request) -> Reply {
        let fields = self.site.plan.preset.map_or(&[][..], Preset::fields);
        let add = |reply: Reply, (name, value): &(&'static str, &str)| {
            reply.with_text(HeaderName::from_static(name), value)
        };
        fields.iter().fold(self.own_response(request).await, add)
    }

    async fn own_response(&self, request: &Request) -> Reply {
        let reply = self.route(request).await;
        let unreadable = request.path == METADATA_PATH && self.has(Fault::ResourceMetadataWithoutCors);
        if unreadable
            || !matches!(
                request.path.as_str(),
                MCP_PATH | METADATA_PATH | APPENDED_PATH | COPY_PATH | WELL_KNOWN
            )
        {
            return reply;
        }
        let reply = cors::readable(request, reply);
        if self.has(Fault::ChallengeNotExposed) { reply } else { cors::exposed(reply) }
    }

    async fn route(&self, request: &Request) -> Reply {
        let spelled = request.path.strip_suffix('/') == Some(MCP_PATH);
        if spelled && self.has(Fault::PathSpellingOpen) {
            return self.upstream.respond(request);
        }
        if spelled && self.has(Fault::PathRedirectInside) {
            let inside = format!("http://gateway.internal:8080{MCP_PATH}");
            return Reply::redirect(StatusCode::PERMANENT_REDIRECT, &inside);
        }
        match request.path.as_str() {
            path if self.has(Fault::MetadataFacadeFailing) && path.starts_with(FACADE_PATH) => {
                let said = "failed to process metadata: registration_endpoint missing";
                Reply::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "message": said }))
            }
            path if path.starts_with(WELL_KNOWN) && self.has(Fault::ResourceMetadataWildcard) => {
                self.metadata(request)
            }
            WELL_KNOWN if self.has(Fault::RootMetadataDiffers) => {
                let mut document = self.document();
                set_member(&mut document, "/authorization_servers", json!(["https://other.example/"]));
                Reply::json(StatusCode::OK, &document)
            }
            MCP_PATH => self.endpoint(request).await,
            METADATA_PATH if self.has(Fault::PrefixRouting) || self.has(Fault::ResourceMetadataAtRoot) => {
                not_found()
            }
            WELL_KNOWN if self.has(Fault::ResourceMetadataAtRoot) => self.metadata(request),
            APPENDED_PATH if self.has(Fault::PrefixRouting) => self.metadata(request),
            METADATA_PATH if self.site.publishes_resource_metadata() => self.metadata(request),
            COPY_PATH if self.varies(Variation::ResourceMetadataUrl) => self.metadata(request),
            "/" if self.varies(Variation::LandingPage) => Reply::html(StatusCode::OK, pages::landing()),
            SIGN_IN_PATH if self.has(Fault::LoginRedirect) => Reply::html(StatusCode::OK, pages::sign_in()),
            path if path.starts_with(WELL_KNOWN) && self.has(Fault::ResourceMetadataSoftNotFound) => {
                Reply::json(StatusCode::OK, &json!({ "error": "not found" }))
            }
            _ if !self.site.publishes_resource_metadata() => self.authorization_server.respond(request).await,
            _ => not_found(),
        }
    }

    async fn endpoint(&self, request: &Request) -> Reply {
        if self.has(Fault::RouteNotFound) {
            return Reply::html(StatusCode::NOT_FOUND, pages::error("404", "There is nothing here."));
        }
        if self.has(Fault::FirewallPage) {
            let page = pages::error("Request blocked", "Our systems have detected unusual traffic.");
            return Reply::html(StatusCode::FORBIDDEN, page);
        }
        if self.has(Fault::IdentityAwareProxy) {
            let page = pages::identity_proxy(request.credentials("bearer").is_some());
            let mark = HeaderName::from_static("x-goog-iap-generated-response");
            return Reply::html(StatusCode::UNAUTHORIZED, page).with_text(mark, "true");
        }
        if self.has(Fault::PathRedirect) {
            return Reply::redirect(StatusCode::PERMANENT_REDIRECT, &format!("{}/", self.site.target));
        }
        if self.has(Fault::ResponseBuffered) && request.credentials("bearer").is_some() {
            return std::future::pending().await;
        }
        if self.has(Fault::Slow) && request.method == Method::POST {
            return std::future::pending().await;
        }
        if cors::is_preflight(request) && !self.has(Fault::PreflightRefused) {
            let all =
                "Authorization, Content-Type, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name";
            return cors::preflight(if self.has(Fault::PreflightFieldsMissing) { "*" } else { all });
        }
        if let Err(refusal) = self.is_local(request) {
            return Reply::json(StatusCode::FORBIDDEN, &json!({ "error": refusal }));
        }
        if request.method == Method::GET && self.has(Fault::GetOpen) {
            return Reply::new(StatusCode::OK, "text/event-stream", ": open\n\n");
        }
        let stranger = request.credentials("bearer").is_none();
        if request.method == Method::GET && self.varies(Variation::LandingPage) && stranger {
            return Reply::html(StatusCode::OK, pages::landing());
        }
        let named = request.headers.contains_key("x-forwarded-user");
        let open = self.has(Fault::PolicyMissing)
            || self.has(Fault::AuthMissing)
            || self.is_public(request)
            || (self.has(Fault::IdentityHeaderTrusted) && named)
            || (self.has(Fault::SessionIsIdentity) && request.headers.contains_key("mcp-session-id"));
        if !open && let Err(refusal) = self.admit(request) {
            return self.refuse(request, refusal);
        }
        if self.has(Fault::AuthorizationDropped) {
            return Reply::json(
                StatusCode::UNAUTHORIZED,
                &json!({ "message": "Missing Authorization header" }),
            );
        }
        if self.has(Fault::UpstreamHtml) {
            return Reply::html(StatusCode::BAD_GATEWAY, pages::error("502 Bad Gateway", "sandbox/1.0"));
        }
        self.upstream.respond(request)
    }

    /// A server on loopback is asked for under a loopback name and by no other site's page: anything else is DNS rebinding.
    fn is_local(&self, request: &Request) -> Result<(), &'static str> {
        let from_page = request.headers.contains_key(ORIGIN) && !self.has(Fault::OriginUnchecked);
        if from_page && !request.header(ORIGIN).is_some_and(is_loopback) {
            return Err("forbidden_origin");
        }
        let host = request.header(HOST).map(|host| format!("http://{host}"));
        let known = host.is_some_and(|host| is_loopback(&host)) || self.has(Fault::HostUnchecked);
        if known { Ok(()) } else { Err("forbidden_host") }
    }

    /// Whether the request is one of those that need no token.
    fn is_public(&self, request: &Request) -> bool {
        let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        let tools = self.varies(Variation::ToolsPublic);
        match body.get("method").and_then(Value::as_str) {
            Some("initialize" | "notifications/initialized" | "server/discover" | "tools/list") => {
                tools || self.varies(Variation::DiscoveryPublic)
            }
            // The gateway protects one tool by name, and leaves the others to the server.
            Some("tools/call") => tools && body.pointer("/params/name") != Some(&json!("echo")),
            _ => false,
        }
    }

    /// Whether the request needs more scope than the others do.
    fn needs_more(&self, request: &Request) -> bool {
        let body = || serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        self.varies(Variation::StepUp) && body().get("method") == Some(&json!("tools/call"))
    }

    /// Only the header counts: a token in the query is ignored.
    fn admit(&self, request: &Request) -> Result<(), ErrorResponse> {
        if self.has(Fault::BasicAccepted) && request.credentials("basic").is_some() {
            return Ok(());
        }
        let exact =
            request.header(http::header::AUTHORIZATION).is_some_and(|value| value.starts_with("Bearer"));
        let query = request.query();
        let in_query = query.get("access_token").filter(|_| self.has(Fault::QueryTokenAccepted));
        let known = |_: &&str| exact || !self.has(Fault::SchemeCaseSensitive);
        let token =
            request.credentials("bearer").filter(known).or(in_query).ok_or(ErrorResponse::NoCredentials)?;
        if token.is_empty() {
            return Err(ErrorResponse::Malformed);
        }
        if self.has(Fault::TokensRefused) {
            return Err(ErrorResponse::Invalid("The access token is invalid"));
        }
        let server = &self.authorization_server;
        let wanted = if self.needs_more(request) { MORE_SCOPE } else { SCOPE };
        if server.tokens().are_opaque() {
            return server.introspect(token, wanted).map(drop);
        }
        let lax = Leniency {
            signature: self.has(Fault::SignatureUnchecked),
            unsigned: self.has(Fault::AlgorithmNoneAccepted),
            unknown_key: self.has(Fault::UnknownKeyAccepted),
        };
        if self.has(Fault::InsufficientScope401) || self.has(Fault::InsufficientScopeBare) {
            return Err(ErrorResponse::InsufficientScope);
        }
        let claims = bearer::verify(token, &server.trust(), lax)?;
        if !claims.has(wanted) {
            return Err(ErrorResponse::InsufficientScope);
        }
        if server.is_active(&claims.jti) {
            Ok(())
        } else {
            Err(ErrorResponse::Invalid("The access token was revoked"))
        }
    }

    fn refuse(&self, request: &Request, refusal: ErrorResponse) -> Reply {
        if refusal == ErrorResponse::NoCredentials && self.has(Fault::LoginRedirect) {
            return Reply::redirect(StatusCode::FOUND, &format!("{}{SIGN_IN_PATH}", self.site.gateway));
        }
        let odd = matches!(refusal, ErrorResponse::Invalid(_))
            && request.credentials("bearer").is_some_and(|token| token.contains(' '));
        if (odd && self.has(Fault::OddToken500))
            || (refusal == ErrorResponse::Malformed && self.has(Fault::EmptyToken500))
        {
            return Reply::html(
                StatusCode::INTERNAL_SERVER_ERROR,
                pages::error("500", "Something went wrong."),
            );
        }
        let status = match refusal {
            ErrorResponse::Invalid(_) if self.has(Fault::InvalidToken403) => StatusCode::FORBIDDEN,
            ErrorResponse::NoCredentials if self.has(Fault::ChallengeStatus403) => StatusCode::FORBIDDEN,
            ErrorResponse::NoCredentials | ErrorResponse::Invalid(_) => StatusCode::UNAUTHORIZED,
            ErrorResponse::Malformed => StatusCode::BAD_REQUEST,
            ErrorResponse::InsufficientScope if self.has(Fault::InsufficientScope401) => {
                StatusCode::UNAUTHORIZED
            }
            ErrorResponse::InsufficientScope => StatusCode::FORBIDDEN,
        };
        let silent =
            if self.has(Fault::EscapeSequences) { hostile::ESCAPES } else { "An access token is needed" };
        let (error, description) = self.complaint(refusal).unwrap_or(("unauthorized", silent));
        let reply = Reply::json(status, &json!({ "error": error, "error_description": description }));
        let bare = refusal == ErrorResponse::InsufficientScope && self.has(Fault::InsufficientScopeBare);
        if self.has(Fault::ChallengeMissing) || bare {
            return reply;
        }
        let renamed = HeaderName::from_static("x-amzn-remapped-www-authenticate");
        let name = if self.has(Fault::ChallengeRenamed) { renamed } else { WWW_AUTHENTICATE };
        let mut challenge = self.challenge(refusal);
        if self.has(Fault::ForwardedHostPublished)
            && let Some(host) = request.header("x-forwarded-host")
        {
            challenge = challenge.replace(&self.site.gateway, &format!("http://{host}"));
        }
        if self.has(Fault::ChallengeTwice) {
            challenge.push_str(", Bearer");
        }
        let fields = vary::challenge::fields(&self.site, challenge);
        fields.into_iter().fold(reply, |reply, field| reply.and(name.as_str(), field))
    }

    /// The error code and description, where there is something to complain about
    /// ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
    fn complaint(&self, refusal: ErrorResponse) -> Option<(&'static str, &'static str)> {
        match refusal {
            ErrorResponse::NoCredentials if self.has(Fault::ChallengeErrorWithoutToken) => {
                Some(("invalid_token", "No authorization provided"))
            }
            ErrorResponse::NoCredentials => None,
            ErrorResponse::Malformed => Some(("invalid_request", "The Authorization header has no token")),
            ErrorResponse::Invalid(_) if self.has(Fault::InvalidTokenSilent) => None,
            ErrorResponse::Invalid(why) => Some(("invalid_token", why)),
            ErrorResponse::InsufficientScope => {
                Some(("insufficient_scope", "The access token lacks a scope"))
            }
        }
    }

    fn challenge(&self, refusal: ErrorResponse) -> String {
        if self.has(Fault::ChallengeBare) {
            return "Bearer".to_owned();
        }
        let mut parameters = Vec::new();
        if let Some((code, description)) = self.complaint(refusal) {
            parameters.push(("error", code.to_owned()));
            parameters.push(("error_description", description.to_owned()));
        }
        if self.site.publishes_resource_metadata() {
            let unnamed =
                self.has(Fault::ResourceMetadataParameterMissing) || self.has(Fault::ResourceMetadataAtRoot);
            if !unnamed {
                parameters.push(("resource_metadata", self.metadata_url()));
            }
            if !self.has(Fault::ScopeParameterMissing) {
                let count = self.challenges.fetch_add(1, Ordering::Relaxed);
                let unsteady = self.has(Fault::ChallengeScopeUnsteady) && count > 0;
                let mut scope = self.scopes().join(" ");
                if refusal == ErrorResponse::InsufficientScope && self.varies(Variation::StepUp) {
                    scope = format!("{scope} {MORE_SCOPE}");
                }
                parameters.push(("scope", if unsteady { format!("{scope} mcp:more{count}") } else { scope }));
            }
        } else {
            parameters.push(("realm", "sandbox".to_owned()));
            if refusal == ErrorResponse::InsufficientScope && self.varies(Variation::StepUp) {
                parameters.push(("scope", format!("{SCOPE} {MORE_SCOPE}")));
            }
        }
        vary::challenge::bearer(&self.site, parameters)
    }

    fn metadata_url(&self) -> String {
        let internal = self.has(Fault::ResourceMetadataInternalHost);
        let origin = if internal { "http://gateway.internal:8080" } else { &self.site.gateway };
        let path = if self.has(Fault::PrefixRouting) {
            APPENDED_PATH
        } else if self.varies(Variation::ResourceMetadataUrl) {
            COPY_PATH
        } else {
            METADATA_PATH
        };
        format!("{origin}{path}")
    }

    fn scopes(&self) -> Vec<&'static str> {
        if self.has(Fault::ScopesOfflineAccess) { vec![SCOPE, "offline_access"] } else { vec![SCOPE] }
    }

    fn metadata(&self, request: &Request) -> Reply {
        if request.method != Method::GET && request.method != Method::HEAD {
            return method_not_allowed("GET");
        }
        if self.has(Fault::ResourceMetadataMissing) || self.has(Fault::AuthMissing) {
            return not_found();
        }
        if self.has(Fault::ResourceMetadataHtml) {
            return Reply::html(StatusCode::OK, pages::app());
        }
        if self.has(Fault::ResourceMetadataBehindAuth)
            && let Err(refusal) = self.admit(request)
        {
            return self.refuse(request, refusal);
        }
        if self.has(Fault::RedirectLoop) {
            return Reply::redirect(StatusCode::FOUND, &self.metadata_url());
        }
        let document = self.document();
        if self.has(Fault::BodyEndless) {
            return hostile::endless();
        }
        if self.has(Fault::BodyHuge) {
            return hostile::huge(&document);
        }
        if self.has(Fault::BodyTruncated) {
            return hostile::truncated(&document);
        }
        if self.has(Fault::ResourceMetadataDuplicateMember) {
            return Reply::new(StatusCode::OK, "application/json", twice(&document, "resource"));
        }
        if self.has(Fault::ResourceMetadataForwardedHost)
            && let Some(host) = request.header("x-forwarded-host")
        {
            let text = document.to_string().replace(&self.site.gateway, &format!("https://{host}"));
            return Reply::new(StatusCode::OK, "application/json", text);
        }
        if self.has(Fault::ResourceMetadataTextPlain) {
            return Reply::new(StatusCode::OK, "text/plain", document.to_string());
        }
        Reply::json(StatusCode::OK, &document)
    }

    /// Protected-resource metadata ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)).
    fn document(&self) -> Value {
        let resource = if self.has(Fault::ResourceMismatch) {
            "https://other.example/mcp".to_owned()
        } else {
            let slash = if self.has(Fault::ResourceTrailingSlash) { "/" } else { "" };
            let query = if self.has(Fault::ResourceWithQuery) { "?tenant=1" } else { "" };
            format!("{}{slash}{query}", self.site.target)
        };
        let issuer = match self.site.issuer.strip_suffix('/') {
            Some(bare) if self.has(Fault::IssuerSlashMissing) => bare,
            _ if self.has(Fault::MetadataFacadeFailing) => &self.site.gateway,
            _ => &self.site.issuer,
        };
        let authorization_servers = if self.has(Fault::AuthorizationServersEmpty) {
            json!([])
        } else if self.has(Fault::AuthorizationServersString) {
            json!(issuer)
        } else {
            json!([issuer])
        };
        let authorization_servers = if self.has(Fault::AuthorizationServerWithQuery) {
            json!([issuer, "https://other.example/?tenant=1"])
        } else if self.has(Fault::AuthorizationServerUnpublished) {
            json!([issuer, format!("{}/tenants/none", self.site.authorization_server)])
        } else {
            authorization_servers
        };
        let authorization_servers = if self.varies(Variation::AuthorizationServers) {
            json!([issuer, format!("{}{SECOND_PATH}", self.site.authorization_server)])
        } else {
            authorization_servers
        };
        let scopes = if self.has(Fault::ResourceMetadataEmptyArray) { vec![] } else { self.scopes() };
        let name = if self.has(Fault::EscapeSequences) { hostile::ESCAPES } else { "gatewalk sandbox" };
        let methods: &[_] =
            if self.has(Fault::BearerMethodsQuery) { &["header", "query"] } else { &["header"] };
        let mut document = json!({
            "resource": resource,
            "authorization_servers": authorization_servers,
            "scopes_supported": scopes,
            "bearer_methods_supported": methods,
            "resource_name": name,
        });
        if self.varies(Variation::ResourceMetadataSparse)
            && let Some(members) = document.as_object_mut()
        {
            members.shift_remove("bearer_methods_supported");
        }
        if self.varies(Variation::ResourceMetadataRich) {
            let site = &self.site.gateway;
            for (member, value) in [
                ("/resource_name#de", json!("Sandkasten für Prüfungen")),
                ("/resource_name#ja", json!("サンドボックス")),
                ("/resource_documentation", json!(format!("{site}/docs"))),
                ("/resource_policy_uri", json!(format!("{site}/policy"))),
                ("/resource_tos_uri", json!(format!("{site}/terms"))),
                ("/resource_signing_alg_values_supported", json!(["RS256", "ES256"])),
                ("/tls_client_certificate_bound_access_tokens", json!(false)),
                ("/dpop_bound_access_tokens_required", json!(false)),
                ("/dpop_signing_alg_values_supported", json!(["ES256"])),
                ("/authorization_details_types_supported", json!(["sandbox"])),
            ] {
                set_member(&mut document, member, value);
            }
        }
        if let Some(members) = document.as_object_mut() {
            for (fault, member, value) in [
                (Fault::BoundTokensRequired, "dpop_bound_access_tokens_required", json!(true)),
                (Fault::ResourceKeysPlainHttp, "jwks_uri", json!("http://other.example/keys")),
                (Fault::ResourceAlgorithmNone, "resource_signing_alg_values_supported", json!(["none"])),
                // {"alg":"none"} . {"iss":"x"}
                (
                    Fault::SignedMetadataUnsigned,
                    "signed_metadata",
                    json!("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."),
                ),
                // {"alg":"ES256"} . {"iss":"x","signed_metadata":"y"}
                (
                    Fault::SignedMetadataNested,
                    "signed_metadata",
                    json!("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4Iiwic2lnbmVkX21ldGFkYXRhIjoieSJ9.AA"),
                ),
                (Fault::ScopesSweeping, "scopes_supported", json!([SCOPE, "mcp:*"])),
            ] {
                if self.has(fault) {
                    members.insert(member.to_owned(), value);
                }
            }
            for (fault, member) in
                [(Fault::ResourceMissing, "resource"), (Fault::ResourceNameMissing, "resource_name")]
            {
                if self.has(fault) {
                    members.shift_remove(member);
                }
            }
        }
        document
    }
}

/// Whether an origin is on this machine.
fn is_loopback(origin: &str) -> bool {
    Url::parse(origin).is_ok_and(|url| is_loopback_host(&url))
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_a_loopback_origin() {
        for origin in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:8080"] {
            assert!(is_loopback(origin), "{origin}");
        }
        for origin in
            ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost.evil"]
        {
            assert!(!is_loopback(origin), "{origin}");
        }
    }
}
