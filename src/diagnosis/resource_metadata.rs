//! What goes wrong on the way to the gateway's metadata, and in it.

use super::context::{DiagnosisContext, shorten};
use super::product::{
    AUTH0, AZURE_API_MANAGEMENT, CLOUDFLARE, CONTEXTFORGE, FASTMCP, GOOGLE, KONG, NGINX, ZUPLO,
};
use super::{Blame, Cause, Remedy};
use crate::check::{UnfitUrl, unfit};
use crate::document::Unusable;
use crate::document::identifier::{Identifier, Relation, differ_by_slash, is_behind_the_path, relation};
use crate::exchange::FailureKind;
use crate::specification::Party;

const ZUPLO_PLUGIN: &str = "https://zuplo.com/docs/programmable-api/oauth-protected-resource-plugin";
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

pub(super) static INTERNAL: Cause = Cause {
    id: "internal-address",
    title: "The gateway publishes an address that only exists behind it",
    blame: Blame::One(Party::Gateway),
    explains: &[
        "rs-401-resource-metadata",
        "prm-discoverable",
        "prm-present",
        "prm-resource-matches",
        "prm-resource-exact",
        "prm-resource-valid",
        "prm-issuer-format",
        "as-metadata-present",
        "as-https-endpoints",
    ],
    advice: &[
        Remedy::documented(
            &NGINX,
            "nginx: proxy_set_header Host $host; X-Forwarded-Proto $scheme; X-Forwarded-Host $host; and let the server behind trust them.",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
        ),
        Remedy::documented(
            &FASTMCP,
            "FastMCP: set base_url= of the auth provider to the public https URL, path prefix included.",
            "https://gofastmcp.com/servers/auth/remote-oauth",
        ),
        Remedy::documented(
            &CONTEXTFORGE,
            "ContextForge: set APP_DOMAIN (and APP_ROOT_PATH) to the public address, and run uvicorn with proxy headers.",
            "https://ibm.github.io/mcp-context-forge/",
        ),
        Remedy::documented(
            &KONG,
            "Kong: set preserve_host on the Route, so that the server behind sees the public host, and trusted_ips for X-Forwarded-*.",
            "https://developer.konghq.com/gateway/entities/route/",
        ),
        Remedy::general(
            "Configure the public URL (https and the host clients use) where the metadata and the challenge are made, or let the TLS-terminating proxy pass on Host and X-Forwarded-Proto.",
        ),
    ],
    shown_by: &["resource-metadata-internal-host"],
    detect: internal,
};

/// An address that leads nowhere from outside: loopback, an internal host, or http where the target is https.
fn internal(case: &DiagnosisContext<'_>) -> Option<String> {
    let target = case.evidence.target();
    let https = Identifier::parse(target).is_some_and(|url| url.is_https());
    let host = |url: &str| url::Url::parse(url).ok()?.host_str().map(str::to_owned);
    let wrong = |url: &String| match unfit(url, target) {
        Some(UnfitUrl::Loopback | UnfitUrl::Private) => true,
        Some(UnfitUrl::Cleartext) => https && host(url) == host(target),
        None => false,
    };
    let challenge =
        case.challenge().and_then(|challenge| Some(challenge.get("resource_metadata")?.to_owned()));
    let metadata = case.evidence.resource_metadata().ok().map(|(_, metadata)| metadata);
    let resource = metadata.as_ref().and_then(|metadata| metadata.resource().map(str::to_owned));
    let servers = metadata.iter().flat_map(|metadata| metadata.authorization_servers());
    let servers = servers.map(|server| ("authorization_servers", server.to_owned()));
    let named = [("resource_metadata", challenge), ("resource", resource)];
    let mut published = named.into_iter().filter_map(|(name, url)| Some((name, url?))).chain(servers);
    let (name, url) = published.find(|(_, url)| wrong(url))?;
    Some(format!("{name} is {}, which is not reachable from outside the gateway's network", shorten(&url)))
}

pub(super) static BLOCKED: Cause = Cause {
    id: "published-address-private",
    title: "A party publishes a private address for clients to fetch",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-present", "prm-discoverable", "as-metadata-present", "as-jwks"],
    advice: &[Remedy::general(
        "Publish addresses that clients can reach. A public server that sends clients to private addresses makes them attack their own network.",
    )],
    shown_by: &[],
    detect: |case| {
        let mut blocked = case.evidence.history.exchanges().filter(|exchange| {
            exchange.outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Blocked)
        });
        let exchange = blocked.next()?;
        Some(format!("{} {}", exchange.request.url, FailureKind::Blocked.sentence()))
    },
};

pub(super) static BEHIND_AUTH: Cause = Cause {
    id: "well-known-behind-auth",
    title: "The resource metadata demands a token itself",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-present", "prm-discoverable"],
    advice: &[
        Remedy::documented(
            &KONG,
            "Kong: give /.well-known/oauth-protected-resource a Route of its own without the authentication plugin; a plugin on the Service applies to all its Routes.",
            "https://developer.konghq.com/gateway/entities/route/",
        ),
        Remedy::documented(
            &NGINX,
            "nginx: location ^~ /.well-known/oauth-protected-resource { auth_request off; … }",
            "https://nginx.org/en/docs/http/ngx_http_auth_request_module.html",
        ),
        Remedy::documented(
            &AZURE_API_MANAGEMENT,
            "Azure API Management: serve the well-known path from an API without subscription key and without validate-jwt.",
            "https://learn.microsoft.com/azure/api-management/secure-mcp-servers",
        ),
        Remedy::documented(
            &CLOUDFLARE,
            "Cloudflare Access: add a Bypass policy for the path /.well-known/*.",
            "https://developers.cloudflare.com/cloudflare-one/policies/access/",
        ),
        Remedy::general(
            "Serve the well-known path without authentication: exclude it from the policy of the MCP route and from login redirects.",
        ),
    ],
    shown_by: &["resource-metadata-behind-auth"],
    detect: |case| {
        let missed = case.resource_metadata_missed();
        let (exchange, why) = missed.iter().find(|(_, why)| {
            matches!(why, Unusable::Status(401 | 403) | Unusable::Redirect(..))
                && !matches!(why, Unusable::Redirect(_, to) if to.contains(WELL_KNOWN))
        })?;
        Some(format!("{} {why}: clients have no token yet when they ask for it", exchange.request.url))
    },
};

pub(super) static HTML: Cause = Cause {
    id: "well-known-html",
    title: "The well-known path of the gateway responds with the page of a web app",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-present", "prm-discoverable", "prm-200-json"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: add OAuthProtectedResourcePlugin to runtimeInit in modules/zuplo.runtime.ts, which serves the path before any catch-all route.",
            ZUPLO_PLUGIN,
        ),
        Remedy::documented(
            &NGINX,
            "nginx: add location ^~ /.well-known/ before the catch-all with try_files … /index.html.",
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#location",
        ),
        Remedy::general(
            "Route /.well-known/oauth-protected-resource to the gateway's metadata, before the catch-all route of the web app.",
        ),
    ],
    shown_by: &["resource-metadata-html"],
    detect: |case| {
        let missed = case.resource_metadata_missed();
        let (exchange, _) = missed.iter().find(|(_, why)| *why == Unusable::Html)?;
        Some(format!("{} responds with a web page instead of JSON", exchange.request.url))
    },
};

pub(super) static UNREADABLE: Cause = Cause {
    id: "resource-metadata-unreadable",
    title: "The gateway serves something as protected-resource metadata that clients cannot read",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-present", "prm-discoverable"],
    advice: &[Remedy::general(
        "Serve the document itself at that URL: one small JSON object, complete, with status 200, without a redirect. Ask for it with curl -i from where clients run, and compare with what the gateway's own log says it sent.",
    )],
    shown_by: &["body-endless", "body-huge", "body-truncated", "redirect-loop"],
    detect: |case| {
        let missed = case.resource_metadata_missed();
        let (exchange, why) = missed.iter().find(|(_, why)| {
            matches!(why, Unusable::Cut | Unusable::NotAnObject(_) | Unusable::Redirect(..))
        })?;
        Some(format!("{} {why}: clients get no document from that", exchange.request.url))
    },
};

pub(super) static MISSING: Cause = Cause {
    id: "resource-metadata-missing",
    title: "The gateway serves no protected-resource metadata",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-present", "prm-discoverable", "rs-401-resource-metadata", "mcp-auth-implemented"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: add the OAuthProtectedResourcePlugin in runtimeInit of modules/zuplo.runtime.ts: runtime.addPlugin(new OAuthProtectedResourcePlugin({ authorizationServers: [\"https://TENANT.auth0.com/\"], resourceName: \"…\" })).",
            ZUPLO_PLUGIN,
        ),
        Remedy::documented(
            &KONG,
            "Kong: use the ai-mcp-oauth2 plugin, which serves the document, or serve the well-known Route by request-termination.",
            "https://developer.konghq.com/plugins/ai-mcp-oauth2/",
        ),
        Remedy::documented(
            &AZURE_API_MANAGEMENT,
            "Azure API Management: add an API with the operation GET /.well-known/oauth-protected-resource that returns the document with return-response.",
            "https://learn.microsoft.com/azure/api-management/secure-mcp-servers",
        ),
        Remedy::documented(
            &FASTMCP,
            "FastMCP: use RemoteAuthProvider or OAuthProxy, which serve the document; a bare TokenVerifier does not. Behind a proxy route /.well-known/* to it as well.",
            "https://gofastmcp.com/servers/auth/remote-oauth",
        ),
        Remedy::documented(
            &NGINX,
            "nginx: location = /.well-known/oauth-protected-resource/mcp { default_type application/json; return 200 '{\"resource\": …}'; }",
            "https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#return",
        ),
        Remedy::general(
            "Serve /.well-known/oauth-protected-resource plus the path of the MCP route: a JSON document with resource and authorization_servers.",
        ),
    ],
    shown_by: &["resource-metadata-missing"],
    detect: |case| {
        let missed = case.resource_metadata_missed();
        let (exchange, why) = missed.last()?;
        let served_to_all = case.evidence.unauthenticated().is_ok_and(|(_, response)| response.is_success());
        let fails = exchange.status().is_some_and(|status| status >= 500);
        (case.failed("prm-present") && !served_to_all && !fails)
            .then(|| format!("{} {why}: nothing tells clients who issues tokens", exchange.request.url))
    },
};

pub(super) static APPENDED: Cause = Cause {
    id: "prefix-routing",
    title: "The metadata is served below a path instead of below the root",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-path-insertion", "prm-discoverable", "prm-present"],
    advice: &[
        Remedy::documented(
            &KONG,
            "Kong: add a Route with the path /.well-known/oauth-protected-resource/PREFIX to the same Service, and strip_path as the server behind needs it.",
            "https://developer.konghq.com/gateway/entities/route/",
        ),
        Remedy::documented(
            &NGINX,
            "nginx: location = /.well-known/oauth-protected-resource/mcp { proxy_pass http://upstream/.well-known/oauth-protected-resource; }",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
        ),
        Remedy::general(
            "Route /.well-known/oauth-protected-resource/PATH on the root of the host to the server with that prefix: clients insert the well-known path before the path (RFC 9728 §3.1).",
        ),
    ],
    shown_by: &["prefix-routing"],
    detect: |case| {
        let challenge = case.challenge()?;
        let published = challenge.get("resource_metadata")?;
        let missed = ["prm-path-insertion", "prm-discoverable", "prm-present"];
        (is_behind_the_path(published) && missed.iter().any(|check| case.failed(check))).then(|| {
            format!(
                "The metadata is at {}: clients that go by the well-known path do not find it",
                shorten(published)
            )
        })
    },
};

pub(super) static RESOURCE: Cause = Cause {
    id: "resource-mismatch",
    title: "The metadata describes another resource than the URL clients use",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-resource-matches", "prm-resource-exact", "prm-resource-valid", "prm-resource-no-query"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: the plugin derives resource from the route. Give clients exactly that URL: the same host (custom domain or zuplo.app), the same path, no slash at the end; and use it as the audience of the OAuth policy.",
            ZUPLO_PLUGIN,
        ),
        Remedy::documented(
            &FASTMCP,
            "FastMCP: resource is base_url plus the MCP path; set base_url to the public URL without the path.",
            "https://gofastmcp.com/servers/auth/remote-oauth",
        ),
        Remedy::when(
            cleartext_resource,
            "Publish the resource with https: configure the public URL where the metadata is made, or let the TLS-terminating proxy pass on Host and X-Forwarded-Proto.",
        ),
        Remedy::general(
            "Publish as resource exactly the URL that clients are given: scheme, host, port, path, and no slash added at the end.",
        ),
    ],
    shown_by: &["resource-mismatch", "resource-trailing-slash", "resource-missing", "resource-with-query"],
    detect: |case| {
        let ids = ["prm-resource-matches", "prm-resource-exact", "prm-resource-valid"];
        if !ids.iter().any(|id| case.failed(id)) {
            return None;
        }
        let (_, metadata) = case.evidence.resource_metadata().ok()?;
        let target = case.evidence.target();
        Some(match metadata.resource() {
            None => format!("The metadata names no resource; it should be {target}"),
            Some(resource) => {
                let differs = match relation(resource, target) {
                    _ if cleartext_resource(case) => ": only the scheme differs",
                    Relation::SlashOnly => ": only the slash at the end differs",
                    Relation::CaseOnly => ": only the case of scheme or host differs",
                    Relation::SpellingOnly => ": only the default port or the spelling of the host differs",
                    Relation::Identical | Relation::Parent | Relation::Other => "",
                };
                format!("resource is {}, the MCP URL is {target}{differs}", shorten(resource))
            }
        })
    },
};

/// Whether the resource is the target but for the TLS that ends before the gateway.
fn cleartext_resource(case: &DiagnosisContext<'_>) -> bool {
    let metadata = case.evidence.resource_metadata().ok().map(|(_, metadata)| metadata);
    let resource = metadata.as_ref().and_then(|metadata| metadata.resource()?.strip_prefix("http://"));
    resource.is_some() && resource == case.evidence.target().strip_prefix("https://")
}

pub(super) static UNLISTED: Cause = Cause {
    id: "authorization-servers-unlisted",
    title: "The metadata lists no authorization server",
    blame: Blame::One(Party::Gateway),
    explains: &["prm-authorization-servers", "prm-issuer-format", "as-metadata-present"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: give authorizationServers of OAuthProtectedResourcePlugin a list with the issuer: [\"https://TENANT.auth0.com/\"].",
            ZUPLO_PLUGIN,
        ),
        Remedy::general(
            "Publish authorization_servers as a list of strings with at least one issuer, written exactly as the authorization server writes it.",
        ),
    ],
    shown_by: &["authorization-servers-empty", "authorization-servers-string"],
    detect: |case| {
        case.failed("prm-authorization-servers").then(|| {
            "authorization_servers of the metadata is missing, empty or no list of strings".to_owned()
        })
    },
};

pub(super) static ISSUER_SLASH: Cause = Cause {
    id: "issuer-slash",
    title: "The gateway lists the authorization server with another ending than its issuer",
    blame: Blame::One(Party::Gateway),
    explains: &["as-issuer-slash", "as-issuer-matches"],
    advice: &[
        // Where both are at hand the words of both products are needed: the option is the gateway's, the slash Auth0's.
        Remedy::documented(
            &ZUPLO,
            "Zuplo: write authorizationServers of OAuthProtectedResourcePlugin (modules/zuplo.runtime.ts) exactly as the issuer; Auth0's ends with a slash: \"https://TENANT.auth0.com/\".",
            ZUPLO_PLUGIN,
        ),
        Remedy::documented(
            &AUTH0,
            "Auth0's issuer ends with a slash: write https://TENANT.auth0.com/ where the gateway lists its authorization servers.",
            "https://auth0.com/docs/secure/tokens/json-web-tokens/validate-json-web-tokens",
        ),
        Remedy::reported(
            &GOOGLE,
            "Google's issuer has no slash at its end: write https://accounts.google.com where the gateway lists its authorization servers.",
        ),
        Remedy::general(
            "Copy issuer from the authorization server's metadata, character by character, into authorization_servers.",
        ),
    ],
    shown_by: &["issuer-slash-missing"],
    detect: |case| {
        let (_, metadata) = case.evidence.server_metadata().ok()?;
        let (published, listed) = (metadata.issuer()?, case.evidence.listed_issuer()?);
        differ_by_slash(published, &listed).then(|| {
            format!(
                "The gateway lists {listed}, the authorization server says {}: strict clients stop",
                shorten(published)
            )
        })
    },
};
