//! Products, recognised from what they publish: host of the issuer, header fields, shape of the metadata.
//!
//! Seen on the product itself: nginx 1.22.1, `FastMCP` 4.1.2. All others are known from documentation and from what users
//! of them published.
//!
//! To add a product: its line in the table of this file, by something it publishes and its neighbours do not; its words in
//! the `Remedy` of the causes it can have (`diagnosis/`), each with the page they are from; a preset in
//! `sandbox/preset.rs` if its set-up is to be shown, a file in `scenarios/` to copy.

use crate::check::Evidence;
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::Response;
use crate::specification::Party;

/// A product that plays a party.
#[derive(Debug)]
pub struct Product {
    /// The word for it in files.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The party it plays.
    pub party: Party,
    sign: Fingerprint,
}

/// What a product is recognised by.
#[derive(Debug)]
enum Fingerprint {
    /// Issuer and metadata of an authorization server.
    Published(fn(&str, &ServerMetadata) -> bool),
    /// The target, or a response of the gateway.
    Exchanged(fn(&str, &Response) -> bool),
}

macro_rules! products {
    ($($name:ident $id:literal $title:literal $party:ident $sign:expr;)*) => {
        $(
            #[doc = $title]
            pub static $name: Product = Product { id: $id, name: $title, party: Party::$party, sign: $sign };
        )*
        /// All products that are recognised.
        pub static PRODUCTS: &[&Product] = &[$(&$name),*];
    };
}

products! {
    // authorization servers
    AUTH0 "auth0" "Auth0" AuthorizationServer Fingerprint::Published(|issuer, metadata| {
        host_ends(issuer, ".auth0.com") || metadata.endpoint("mfa_challenge_endpoint").is_some_and(|url| url.ends_with("/mfa/challenge"))
    });
    OKTA "okta" "Okta" AuthorizationServer Fingerprint::Published(|issuer, metadata| {
        [".okta.com", ".oktapreview.com", ".okta-emea.com"].iter().any(|end| host_ends(issuer, end))
            || issuer.contains("/oauth2/") && endpoint_ends(metadata, "/v1/authorize")
    });
    ENTRA "entra" "Microsoft Entra ID" AuthorizationServer Fingerprint::Published(|issuer, metadata| {
        ["login.microsoftonline.com", "sts.windows.net", ".ciamlogin.com"].iter().any(|end| host_ends(issuer, end))
            || endpoint_ends(metadata, "/oauth2/v2.0/authorize")
    });
    KEYCLOAK "keycloak" "Keycloak" AuthorizationServer Fingerprint::Published(|issuer, metadata| {
        issuer.contains("/realms/") && endpoint_ends(metadata, "/protocol/openid-connect/auth")
    });
    COGNITO "cognito" "Amazon Cognito" AuthorizationServer Fingerprint::Published(|issuer, _| {
        host(issuer).is_some_and(|host| host.starts_with("cognito-idp.") && host.ends_with(".amazonaws.com"))
    });
    WORKOS "workos" "WorkOS AuthKit" AuthorizationServer Fingerprint::Published(|issuer, _| {
        host_ends(issuer, ".authkit.app") || host_ends(issuer, "api.workos.com")
    });
    GOOGLE "google" "Google" AuthorizationServer Fingerprint::Published(|issuer, _| host_ends(issuer, "accounts.google.com"));
    GITHUB "github" "GitHub" AuthorizationServer Fingerprint::Published(|issuer, _| host_ends(issuer, "github.com"));
    // gateways; those that stand before others come later
    ZUPLO "zuplo" "Zuplo" Gateway Fingerprint::Exchanged(|target, response| {
        response.headers.get("zp-rid").is_some()
            || [".zuplo.app", ".zuplo.dev", ".zuplo.site", ".zuploapp.com"].iter().any(|end| host_ends(target, end))
    });
    KONG "kong" "Kong" Gateway Fingerprint::Exchanged(|_, response| {
        ["x-kong-request-id", "x-kong-proxy-latency", "x-kong-response-latency"]
            .iter()
            .any(|name| response.headers.get(name).is_some())
            || says(response, "via", "kong/") || says(response, "server", "kong/")
    });
    AZURE_API_MANAGEMENT "azure-api-management" "Azure API Management" Gateway Fingerprint::Exchanged(|target, response| {
        host_ends(target, ".azure-api.net") || response.headers.get("apim-request-id").is_some()
    });
    AWS_API_GATEWAY "aws-api-gateway" "AWS API Gateway" Gateway Fingerprint::Exchanged(|target, response| {
        response.headers.get("x-amz-apigw-id").is_some()
            || response.headers.get("apigw-requestid").is_some()
            || response.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-amzn-remapped-"))
            || host(target).is_some_and(|host| host.contains(".execute-api.") || host.contains(".lambda-url."))
    });
    CONTEXTFORGE "contextforge" "ContextForge" Gateway Fingerprint::Exchanged(|target, response| {
        says(response, "server", "uvicorn") && is_virtual_server(target)
    });
    FASTMCP "fastmcp" "FastMCP" Gateway Fingerprint::Exchanged(|target, response| {
        says(response, "server", "uvicorn") && !is_virtual_server(target) && is_fastmcp(response)
    });
    NGINX "nginx" "nginx" Gateway Fingerprint::Exchanged(|_, response| says(response, "server", "nginx") || says(response, "server", "openresty"));
    CLOUDFLARE "cloudflare" "Cloudflare" Gateway Fingerprint::Exchanged(|_, response| {
        response.headers.get("cf-ray").is_some() || says(response, "server", "cloudflare")
    });
}

/// The products at hand, the more particular first. A gateway may stand behind another product.
pub fn detected(evidence: &Evidence<'_>) -> Vec<&'static Product> {
    let metadata = evidence.server_metadata().map_or_else(|_| empty(), |(_, metadata)| metadata);
    let (issuer, target) = (evidence.issuer(), evidence.target());
    let history = evidence.history;
    let responses = || {
        let ours = history.exchanges().filter(|exchange| exchange.request.party == Party::Gateway);
        ours.filter_map(|exchange| exchange.response())
    };
    let shows = |product: &Product| match product.sign {
        Fingerprint::Published(shows) => shows(&issuer, &metadata),
        Fingerprint::Exchanged(shows) => responses().any(|response| shows(target, response)),
    };
    PRODUCTS.iter().copied().filter(|product| shows(product)).collect()
}

fn empty() -> ServerMetadata {
    ServerMetadata { json: crate::document::Object::default() }
}

fn host(url: &str) -> Option<String> {
    Some(url::Url::parse(url).ok()?.host_str()?.to_ascii_lowercase())
}

/// Whether a host is that name, or below it if it begins with a dot.
fn host_ends(url: &str, end: &str) -> bool {
    host(url).is_some_and(|host| if end.starts_with('.') { host.ends_with(end) } else { host == end })
}

fn endpoint_ends(metadata: &ServerMetadata, end: &str) -> bool {
    metadata.endpoint("authorization_endpoint").is_some_and(|url| url.ends_with(end))
}

fn says(response: &Response, field: &str, word: &str) -> bool {
    response.headers.get(field).is_some_and(|value| value.to_ascii_lowercase().contains(word))
}

/// `FastMCP` refuses, unlike the MCP Python SDK below it, without a body and without a media type where no token was sent, and at length where a bad one was.
fn is_fastmcp(response: &Response) -> bool {
    let bare = response.body.is_empty() && response.headers.get("content-type").is_none();
    let challenge = || response.headers.get("www-authenticate");
    let asks = || {
        challenge().is_some_and(|value| value.starts_with("Bearer ") && value.contains("resource_metadata="))
    };
    response.status == 401
        && (bare && asks() || response.text().contains("clear authentication tokens in your MCP client"))
}

/// `/servers/ID/mcp`.
fn is_virtual_server(target: &str) -> bool {
    let Ok(url) = url::Url::parse(target) else { return false };
    let segments: Vec<_> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    matches!(segments[..], ["servers", id, ..] if id.len() >= 32)
}
