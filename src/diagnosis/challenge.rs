//! What goes wrong before a client knows that it has to log in.

use super::context::{DiagnosisContext, shorten};
use super::product::{AWS_API_GATEWAY, AZURE_API_MANAGEMENT, CONTEXTFORGE, FASTMCP, KONG, NGINX, ZUPLO};
use super::{Blame, Cause, Remedy};
use crate::document::defence;
use crate::specification::Party;

const ZUPLO_GUIDE: &str = "https://zuplo.com/docs/articles/configuring-auth0-for-mcp-auth";

pub(super) static ROUTE: Cause = Cause {
    id: "route-not-found",
    title: "There is no MCP endpoint at the URL the client was given",
    blame: Blame::Either(Party::Client, Party::Gateway),
    explains: &[
        "rs-unauth-401",
        "rs-401-any-challenge",
        "rs-405-allow",
        "prm-present",
        "prm-discoverable",
        "mcp-initialize",
        "mcp-discover",
    ],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Give the client the URL of the route with the MCP Server handler (https://GATEWAY/mcp, not the gateway's root), with the transport Streamable HTTP; in Zuplo check path and method POST of that route in config/routes.oas.json.",
            ZUPLO_GUIDE,
        ),
        Remedy::documented(
            &KONG,
            "Kong: check paths, hosts, methods and strip_path of the Route before the MCP service; \"no Route matched\" means that none fits.",
            "https://developer.konghq.com/gateway/entities/route/",
        ),
        Remedy::documented(
            &CONTEXTFORGE,
            "ContextForge: the Streamable HTTP endpoint of a virtual server is /servers/SERVER_ID/mcp, without /sse.",
            "https://ibm.github.io/mcp-context-forge/",
        ),
        Remedy::documented(
            &FASTMCP,
            "FastMCP: the endpoint is /mcp unless path= says otherwise; behind a proxy the prefix comes before it.",
            "https://gofastmcp.com/deployment/http",
        ),
        Remedy::general(
            "Check the URL the client was given: it is that of the MCP route itself, for the transport Streamable HTTP. If it is right, deploy the route at the gateway and let it take POST.",
        ),
    ],
    shown_by: &["route-not-found"],
    detect: route,
};

fn route(case: &DiagnosisContext<'_>) -> Option<String> {
    let (exchange, response) = case.opened()?;
    let absent = matches!(response.status, 404 | 405 | 410 | 501);
    let page = response.is_success() && response.is_html();
    (absent || page).then(|| {
        let what = if response.is_html() { " and a web page" } else { "" };
        format!(
            "The opening request to {} gets {}{what}: no MCP endpoint is there",
            exchange.request.url, response.status
        )
    })
}

pub(super) static PATH_REDIRECT: Cause = Cause {
    id: "path-redirect",
    title: "The MCP path redirects to the same path with or without a slash",
    blame: Blame::One(Party::Gateway),
    explains: &["rs-unauth-401", "rs-401-any-challenge", "mcp-initialize", "mcp-discover"],
    advice: &[
        Remedy::documented(
            &NGINX,
            "nginx: write location and proxy_pass with the same ending, location = /mcp { proxy_pass http://upstream/mcp; }; a location with a slash at its end makes nginx redirect.",
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#location",
        ),
        Remedy::reported(
            &FASTMCP,
            "FastMCP and other Starlette apps redirect to the path they are mounted at: give clients exactly that path, or mount the app without the slash.",
        ),
        Remedy::general(
            "Serve the MCP endpoint under exactly one path and publish that one: many clients drop the Authorization header, or turn POST into GET, when they follow a redirect.",
        ),
    ],
    shown_by: &["path-redirect"],
    detect: |case| redirected(case, true),
};

/// That the opening request is redirected, to the same path but for a slash or elsewhere.
fn redirected(case: &DiagnosisContext<'_>, slash_away: bool) -> Option<String> {
    let (exchange, response) = case.opened()?;
    let location = response.redirect()?;
    let message =
        || format!("{} responds with {} to {}", exchange.request.url, response.status, shorten(&location));
    (case.is_slash_away(&location) == slash_away).then(message)
}

pub(super) static LOGIN_REDIRECT: Cause = Cause {
    id: "login-redirect",
    title: "Requests without a token are sent to a login page instead of getting a 401",
    blame: Blame::One(Party::Gateway),
    explains: &["rs-unauth-401", "rs-401-any-challenge"],
    advice: &[
        Remedy::documented(
            &KONG,
            "Kong openid-connect plugin: set auth_methods to bearer only on the MCP route; session and authorization_code make it redirect browsers to a login.",
            "https://developer.konghq.com/plugins/openid-connect/",
        ),
        Remedy::documented(
            &NGINX,
            "nginx with oauth2-proxy: on the MCP location drop error_page 401 = /oauth2/sign_in, so that the 401 reaches the client.",
            "https://oauth2-proxy.github.io/oauth2-proxy/configuration/integration",
        ),
        Remedy::general(
            "Put the MCP route under a policy for APIs, which responds with 401 with WWW-Authenticate, not under the one for web pages, which redirects browsers to a login.",
        ),
    ],
    shown_by: &["login-redirect"],
    detect: |case| redirected(case, false),
};

pub(super) static POLICY: Cause = Cause {
    id: "policy-missing",
    title: "The MCP route is served without any token",
    blame: Blame::One(Party::Gateway),
    explains: &["rs-unauth-401", "mcp-auth-implemented", "rs-401-any-challenge"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: add the OAuth policy (policyType oauth-inbound, Auth0JwtInboundPolicy) to policies.inbound of the MCP route in config/routes.oas.json.",
            ZUPLO_GUIDE,
        ),
        Remedy::documented(
            &KONG,
            "Kong: enable the plugin that checks tokens (openid-connect, jwt or ai-mcp-oauth2) on the Route or Service of the MCP endpoint.",
            "https://developer.konghq.com/plugins/",
        ),
        Remedy::documented(
            &AZURE_API_MANAGEMENT,
            "Azure API Management: add validate-azure-ad-token or validate-jwt to the inbound policies of the MCP server.",
            "https://learn.microsoft.com/azure/api-management/secure-mcp-servers",
        ),
        Remedy::documented(
            &AWS_API_GATEWAY,
            "AWS API Gateway: attach a JWT authorizer to the MCP route and deploy the stage.",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html",
        ),
        Remedy::documented(
            &CONTEXTFORGE,
            "ContextForge: set AUTH_REQUIRED=true and MCP_CLIENT_AUTH_ENABLED=true.",
            "https://ibm.github.io/mcp-context-forge/manage/securing/",
        ),
        Remedy::documented(
            &FASTMCP,
            "FastMCP: pass auth= (RemoteAuthProvider or OAuthProxy) to FastMCP(…).",
            "https://gofastmcp.com/servers/auth/authentication",
        ),
        Remedy::general(
            "Add the authorization policy to the MCP route, for all methods. As it is anybody can call the tools.",
        ),
    ],
    shown_by: &["policy-missing", "auth-missing"],
    detect: |case| {
        let open = case.failed("rs-unauth-401") || case.failed("mcp-auth-implemented");
        let (exchange, response) = case.evidence.unauthenticated().ok()?;
        let served = response.is_success() && !response.is_html();
        let message = || {
            format!(
                "{} responds with {} without any token: it is open to everybody",
                exchange.request.url, response.status
            )
        };
        (open && served).then(message)
    },
};

pub(super) static FORBIDDEN: Cause = Cause {
    id: "unauthenticated-403",
    title: "Requests without a token get 403, which tells clients not to log in",
    blame: Blame::One(Party::Gateway),
    explains: &["rs-unauth-401", "rs-401-any-challenge"],
    advice: &[
        Remedy::documented(
            &AWS_API_GATEWAY,
            "AWS API Gateway: response from the authorizer's missing identity source with 401: a Lambda authorizer throws \"Unauthorized\"; and map the gateway response ACCESS_DENIED apart from UNAUTHORIZED.",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html",
        ),
        Remedy::general(
            "Respond to requests without a token with 401 and WWW-Authenticate: only that makes a client log in.",
        ),
    ],
    shown_by: &["challenge-status-403"],
    detect: |case| {
        let (exchange, response) = case.opened()?;
        let message = || format!("{} responds with 403 to a request without a token", exchange.request.url);
        (case.failed("rs-unauth-401") && response.status == 403).then(message)
    },
};

pub(super) static RENAMED: Cause = Cause {
    id: "challenge-renamed",
    title: "WWW-Authenticate is renamed on its way to the client",
    blame: Blame::One(Party::Gateway),
    explains: &[
        "rs-401-www-authenticate",
        "rs-401-any-challenge",
        "rs-401-resource-metadata",
        "rs-401-scope",
    ],
    advice: &[
        Remedy::reported(
            &AWS_API_GATEWAY,
            "REST APIs of AWS API Gateway and Lambda function URLs rename WWW-Authenticate. Let the gateway itself send the 401: a gateway response UNAUTHORIZED with the header WWW-Authenticate; or put CloudFront with a function that renames it back, or an HTTP API, before it.",
        ),
        Remedy::general(
            "Find what stands before the gateway and renames WWW-Authenticate, and let the header through.",
        ),
    ],
    shown_by: &["challenge-renamed"],
    detect: |case| {
        let (_, response) = case.opened()?;
        let mut names = response.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let renamed = names.find(|name| name != "www-authenticate" && name.ends_with("www-authenticate"))?;
        case.failed("rs-401-www-authenticate")
            .then(|| format!("The challenge of the 401 arrives as {renamed}, which no client reads"))
    },
};

pub(super) static IDENTITY_PROXY: Cause = Cause {
    id: "identity-aware-proxy",
    title: "A proxy with a login of its own answers in place of the gateway",
    blame: Blame::One(Party::Gateway),
    explains: &["rs-401-www-authenticate", "rs-401-any-challenge", "rs-valid-token-accepted"],
    advice: &[Remedy::general(
        "Route the MCP endpoint past that proxy, in each spelling of its path: it knows nothing of the tokens of the authorization server. In Google Cloud give it a backend service without Identity-Aware Proxy; in the URL map the path rule /mcp/* does not match /mcp, so name both.",
    )],
    shown_by: &["identity-aware-proxy"],
    detect: |case| {
        let token = case.token_refused();
        let (exchange, response) = token
            .into_iter()
            .chain(case.evidence.unauthenticated().ok())
            .find(|(_, response)| defence::identity_proxy(response).is_some())?;
        let field = defence::identity_proxy(response)?;
        let with = if token.is_some() { " with and without a token" } else { "" };
        Some(format!(
            "{} responds with {}{with}, and its field {field} says that Google's Identity-Aware Proxy sent that, and no MCP server{}",
            exchange.request.url,
            response.status,
            case.quoted(response)
        ))
    },
};

pub(super) static STRIPPED: Cause = Cause {
    id: "challenge-missing",
    title: "The 401 has no Bearer challenge",
    blame: Blame::One(Party::Gateway),
    explains: &[
        "rs-401-www-authenticate",
        "rs-401-any-challenge",
        "rs-401-resource-metadata",
        "rs-401-scope",
    ],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: set \"oAuthResourceMetadataEnabled\": true in the options of the OAuth policy, which then adds the header to each 401; check that no outbound policy removes it.",
            ZUPLO_GUIDE,
        ),
        Remedy::documented(
            &NGINX,
            "nginx: write add_header WWW-Authenticate … always; without always it is left out of error answers. With auth_request take it over with auth_request_set. Where auth_basic is what asks, turn it off on the MCP route.",
            "https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header",
        ),
        Remedy::documented(
            &KONG,
            "Kong: let the plugin that refuses send the header (openid-connect and ai-mcp-oauth2 do), or add it with response-transformer; remove rules that take it away.",
            "https://developer.konghq.com/plugins/response-transformer/",
        ),
        Remedy::documented(
            &AZURE_API_MANAGEMENT,
            "Azure API Management: set the header in on-error, or in the return-response of the inbound policy, with set-header name=\"WWW-Authenticate\".",
            "https://learn.microsoft.com/azure/api-management/secure-mcp-servers",
        ),
        Remedy::general(
            "Send WWW-Authenticate: Bearer resource_metadata=\"…\" with each 401, and check that no proxy on the way removes it.",
        ),
    ],
    shown_by: &["challenge-missing"],
    detect: |case| {
        if !case.failed("rs-401-www-authenticate") {
            return None;
        }
        let (exchange, response) = case.evidence.unauthenticated().ok()?;
        Some(match response.headers.get("www-authenticate") {
            None => "The 401 arrives without WWW-Authenticate: it was not sent, or was stripped on the way"
                .to_owned(),
            Some(other) => format!(
                "The 401 of {} asks for {}, not for a Bearer token: something before the MCP server has a login of its own",
                exchange.request.url,
                shorten(&other)
            ),
        })
    },
};

pub(super) static PARAMETER: Cause = Cause {
    id: "resource-metadata-parameter-missing",
    title: "The challenge does not say where the resource metadata is",
    blame: Blame::One(Party::Gateway),
    explains: &["rs-401-resource-metadata", "rs-challenge-syntax", "rs-401-scope", "prm-path-insertion"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: set \"oAuthResourceMetadataEnabled\": true in the options of the OAuth policy on the MCP route.",
            ZUPLO_GUIDE,
        ),
        Remedy::documented(
            &KONG,
            "Kong: the ai-mcp-oauth2 plugin adds the parameter; with other plugins write it with response-transformer.",
            "https://developer.konghq.com/plugins/ai-mcp-oauth2/",
        ),
        Remedy::general(
            "Add resource_metadata=\"https://HOST/.well-known/oauth-protected-resource/PATH\" to the Bearer challenge of each 401.",
        ),
    ],
    shown_by: &["resource-metadata-parameter-missing", "challenge-bare", "resource-metadata-at-root"],
    detect: |case| {
        if case.evidence.protocol_version().resource_metadata_order().is_empty() {
            return None;
        }
        let challenge = case.challenge()?;
        // What is wrong with the parameters that are there is another matter.
        if case.failed("rs-challenge-syntax") && !challenge.parameters.is_empty() {
            return None;
        }
        let message = "The challenge of the 401 has no resource_metadata: clients that go by the challenge do not find who issues tokens";
        challenge.get("resource_metadata").is_none().then(|| message.to_owned())
    },
};
