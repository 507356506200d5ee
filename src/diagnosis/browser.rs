//! What shuts out clients that run in a browser. Others are not concerned, so that these causes come last.

use super::context::{DiagnosisContext, shorten};
use super::product::{
    AUTH0, AWS_API_GATEWAY, AZURE_API_MANAGEMENT, CLOUDFLARE, CONTEXTFORGE, ENTRA, FASTMCP, GITHUB, KEYCLOAK,
    KONG, NGINX, OKTA, WORKOS, ZUPLO,
};
use super::{Blame, Cause, Remedy};
use crate::exchange::ProbeId;
use crate::specification::Party;

const ZUPLO_CORS: &str = "https://zuplo.com/docs/articles/cors";
const KONG_CORS: &str = "https://developer.konghq.com/plugins/cors/";
const AWS_CORS: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html";
const AZURE_CORS: &str = "https://learn.microsoft.com/azure/api-management/cors-policy";
const CLOUDFLARE_ACCESS: &str =
    "https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/cors/";
const NGINX_HEADERS: &str = "https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header";
const FASTMCP_HTTP: &str = "https://gofastmcp.com/deployment/http";

pub(super) static PREFLIGHT: Cause = Cause {
    id: "browser-preflight-refused",
    title: "The gateway refuses the question by which browsers find out whether a script may send",
    blame: Blame::One(Party::Gateway),
    explains: &["cors-preflight", "cors-headers", "cors-challenge", "cors-resource-metadata"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: set corsPolicy in x-zuplo-route of the MCP route (config/routes.oas.json); without it, and with \"none\", OPTIONS is 404. Name a policy of your own from corsPolicies in config/policies.json: \"anything-goes\" allows fields by *, which leaves Authorization out.",
            ZUPLO_CORS,
        ),
        Remedy::documented(
            &KONG,
            "Kong: put the cors plugin on the Route of the MCP service, with preflight_continue false; it then answers OPTIONS before plugins for authentication run. The Route has to take the method OPTIONS.",
            KONG_CORS,
        ),
        Remedy::documented(
            &AZURE_API_MANAGEMENT,
            "Azure API Management: make cors the first policy in inbound, before validate-jwt; it answers OPTIONS by itself.",
            AZURE_CORS,
        ),
        Remedy::documented(
            &AWS_API_GATEWAY,
            "AWS API Gateway: configure CORS for the HTTP API, which then answers OPTIONS without the authorizer; in a REST API add the method OPTIONS with Authorization NONE.",
            AWS_CORS,
        ),
        Remedy::documented(
            &CONTEXTFORGE,
            "ContextForge: set CORS_ENABLED=true and list the client's origin in ALLOWED_ORIGINS.",
            "https://ibm.github.io/mcp-context-forge/manage/configuration/",
        ),
        Remedy::documented(
            &FASTMCP,
            "FastMCP: mcp.http_app(middleware=[Middleware(CORSMiddleware, …)]): Starlette's CORSMiddleware has to be outermost, before authentication.",
            FASTMCP_HTTP,
        ),
        Remedy::documented(
            &NGINX,
            "nginx: response OPTIONS with 204 and the CORS fields in the MCP location, before auth_request and proxy_pass.",
            NGINX_HEADERS,
        ),
        Remedy::documented(
            &CLOUDFLARE,
            "Cloudflare Access: Access › Applications › the application › Settings › CORS settings: turn on Bypass options requests to origin, or let Cloudflare answer them.",
            CLOUDFLARE_ACCESS,
        ),
        Remedy::general(
            "Let OPTIONS with Access-Control-Request-Method pass before the authorization policy, and respond with 204, Access-Control-Allow-Origin, -Methods and -Headers: browsers ask without a token.",
        ),
    ],
    shown_by: &["preflight-refused"],
    detect: |case| {
        let (exchange, response) = case.evidence.probe(ProbeId::PreflightTarget).ok()?;
        if !case.failed("cors-preflight") || response.is_success() {
            return None;
        }
        let why =
            if response.status == 401 { ": it wants a token, which browsers never send with it" } else { "" };
        Some(format!(
            "OPTIONS {} gets {}{why}. Clients that run in a browser cannot connect; others are not concerned",
            exchange.request.url, response.status
        ))
    },
};

pub(super) static FIELDS: Cause = Cause {
    id: "browser-fields-missing",
    title: "The gateway's CORS settings leave out what an MCP client in a browser sends or reads",
    blame: Blame::One(Party::Gateway),
    explains: &["cors-preflight", "cors-headers", "cors-challenge", "cors-resource-metadata"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: in corsPolicies of config/policies.json list allowedHeaders (authorization, content-type, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name) and exposeHeaders (WWW-Authenticate, Mcp-Session-Id), and name that policy as corsPolicy of the MCP route and of the well-known route.",
            ZUPLO_CORS,
        ),
        Remedy::documented(
            &KONG,
            "Kong: list headers and exposed_headers (WWW-Authenticate, Mcp-Session-Id) in the cors plugin, and put it on the Route of the well-known path too.",
            KONG_CORS,
        ),
        Remedy::documented(
            &AZURE_API_MANAGEMENT,
            "Azure API Management: list allowed-headers and expose-headers (WWW-Authenticate, Mcp-Session-Id) in the cors policy of the MCP API and of the API with the well-known path.",
            AZURE_CORS,
        ),
        Remedy::documented(
            &AWS_API_GATEWAY,
            "AWS API Gateway: set allowHeaders and exposeHeaders in the HTTP API's CORS configuration; in a REST API add the fields to the gateway responses UNAUTHORIZED and DEFAULT_4XX too.",
            AWS_CORS,
        ),
        Remedy::documented(
            &FASTMCP,
            "FastMCP: CORSMiddleware(allow_headers=[\"authorization\", \"content-type\", \"mcp-protocol-version\", \"mcp-session-id\"], expose_headers=[\"WWW-Authenticate\", \"Mcp-Session-Id\"]) as the outermost middleware, so that refusals get the fields as well.",
            FASTMCP_HTTP,
        ),
        Remedy::documented(
            &NGINX,
            "nginx: add_header … always; for Access-Control-Allow-Origin and Access-Control-Expose-Headers: without always the fields are missing on a 401. Repeat them in the well-known location: add_header is not inherited where there is another.",
            NGINX_HEADERS,
        ),
        Remedy::documented(
            &CLOUDFLARE,
            "Cloudflare Access: Access › Applications › the application › Settings › CORS settings: list the header fields; expose fields and those of refusals have to come from the origin.",
            CLOUDFLARE_ACCESS,
        ),
        Remedy::general(
            "Send Access-Control-Allow-Origin with the origin of the page, or *. Allow authorization by name (* leaves it out), content-type, mcp-protocol-version, mcp-session-id, mcp-method and mcp-name; expose WWW-Authenticate and Mcp-Session-Id; send the fields with refusals and with the resource metadata as well.",
        ),
    ],
    shown_by: &["preflight-fields-missing", "challenge-not-exposed", "resource-metadata-without-cors"],
    detect: |case| {
        let missing: Vec<_> = [
            ("cors-preflight", "send to the target"),
            ("cors-headers", "send all header fields of MCP"),
            ("cors-challenge", "read the challenge"),
            ("cors-resource-metadata", "read the resource metadata"),
        ]
        .into_iter()
        .filter_map(|(check, what)| case.failed(check).then_some(what))
        .collect();
        (!missing.is_empty()).then(|| {
            format!(
                "Scripts in a browser may not {}; other clients are not concerned",
                missing.join(", nor ")
            )
        })
    },
};

pub(super) static SERVER: Cause = Cause {
    id: "browser-authorization-server-closed",
    title: "The authorization server does not let scripts in a browser read its metadata or redeem codes",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["cors-server-metadata", "cors-token"],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: Applications › the application › Settings: add the client's origin to Allowed Origins (CORS) and Allowed Web Origins; origins of its Allowed Callback URLs are allowed as they are.",
            "https://auth0.com/docs/get-started/applications/set-up-cors",
        ),
        Remedy::documented(
            &OKTA,
            "Okta: Security › API › Trusted Origins › Add Origin: the client's origin, of the type Cross-Origin Resource Sharing (CORS).",
            "https://developer.okta.com/docs/guides/enable-cors/main/",
        ),
        Remedy::documented(
            &ENTRA,
            "Entra ID: App registrations › the client › Authentication: register the redirect URI under the platform Single-page application; only those may redeem codes from a script.",
            "https://learn.microsoft.com/entra/identity-platform/reply-url",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: Clients › the client › Settings › Web origins: add the client's origin, or + for those of its redirect URIs.",
            "https://www.keycloak.org/docs/latest/server_admin/",
        ),
        Remedy::documented(
            &WORKOS,
            "WorkOS: Authentication › Sessions › Configure CORS: add the client's origin.",
            "https://workos.com/docs/authkit/client-only",
        ),
        Remedy::documented(
            &GITHUB,
            "GitHub answers no preflight at its token endpoint: put an OAuth proxy before it, or let the client's own server redeem the code.",
            "https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
        ),
        Remedy::general(
            "Allow every origin to read the metadata, and the origins of browser clients to send to the token endpoint: many servers derive them from the redirect URIs.",
        ),
    ],
    shown_by: &["server-metadata-without-cors", "token-endpoint-without-cors"],
    detect: closed,
};

fn closed(case: &DiagnosisContext<'_>) -> Option<String> {
    let (id, what) = match (case.failed("cors-server-metadata"), case.failed("cors-token")) {
        (true, true) => (ProbeId::PreflightToken, "read the server metadata, nor send to the token endpoint"),
        (true, false) => (ProbeId::ServerMetadataFromScript, "read the server metadata"),
        (false, true) => (ProbeId::PreflightToken, "send to the token endpoint"),
        (false, false) => return None,
    };
    let (exchange, response) = case.evidence.probe(id).ok()?;
    Some(format!(
        "Scripts in a browser may not {what} ({} responds with {}); other clients are not concerned",
        shorten(&exchange.request.url),
        response.status
    ))
}
