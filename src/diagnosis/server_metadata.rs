//! What goes wrong with what the authorization server publishes about itself.

use super::context::{DiagnosisContext, shorten};
use super::product::{AUTH0, COGNITO, ENTRA, GITHUB, KEYCLOAK, OKTA};
use super::{Blame, Cause, Remedy};
use crate::check::{UnfitUrl, unfit};
use crate::document::Unusable;
use crate::exchange::{Issuer, IssuerSource};
use crate::specification::Party;

pub(super) static ISSUER_MISSING: Cause = Cause {
    id: "issuer-missing",
    title: "The authorization server's metadata names no issuer",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-issuer-matches", "as-issuer-form"],
    advice: &[Remedy::general(
        "Add issuer to the metadata: the https URL that the gateway lists as its authorization server (RFC 8414 §2 requires it), and write the endpoints as absolute URLs below it.",
    )],
    shown_by: &["issuer-missing"],
    detect: |case| {
        let (exchange, metadata) = case.evidence.server_metadata().ok()?;
        let missing = case.failed("as-issuer-matches") && metadata.issuer().is_none();
        missing.then(|| {
            format!("{} has no issuer: clients cannot tell whose metadata it is", exchange.request.url)
        })
    },
};

pub(super) static ISSUER: Cause = Cause {
    id: "issuer-mismatch",
    title: "Gateway and authorization server name different issuers",
    blame: Blame::Either(Party::Gateway, Party::AuthorizationServer),
    explains: &[
        "as-issuer-matches",
        "as-issuer-form",
        "authz-iss-identical",
        "jwt-iss",
        "rs-valid-token-accepted",
    ],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: with a custom domain the issuer is https://CUSTOM_DOMAIN/, with the tenant's it is https://TENANT.auth0.com/. List the one that clients are to use at the gateway.",
            "https://auth0.com/docs/customize/custom-domains",
        ),
        Remedy::documented(
            &ENTRA,
            "Entra ID: list the issuer of one tenant, https://login.microsoftonline.com/TENANT_ID/v2.0: the documents of common and organizations name a template.",
            "https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: set hostname (and proxy-headers) to the public URL, so that the issuer is https://HOST/realms/REALM for clients and servers alike.",
            "https://www.keycloak.org/server/hostname",
        ),
        Remedy::documented(
            &OKTA,
            "Okta: list the issuer of the authorization server that issues the tokens: https://ORG.okta.com/oauth2/default, not https://ORG.okta.com.",
            "https://developer.okta.com/docs/concepts/auth-servers/",
        ),
        Remedy::when(
            |case| case.evidence.protocol_version().resource_metadata_order().is_empty(),
            "This protocol version takes the metadata from the MCP server's own origin: let issuer in it be that origin. If it is a copy of another server's, judge by 2025-06-18 or later (--protocol-version), where the gateway lists that server.",
        ),
        Remedy::general(
            "Compare authorization_servers of the gateway with issuer of the authorization server. If the gateway publishes metadata of its own for another server's tokens, issuer has to be its own.",
        ),
    ],
    shown_by: &["issuer-mismatch", "issuer-template"],
    detect: |case| {
        if !case.failed("as-issuer-matches") {
            return None;
        }
        let (_, metadata) = case.evidence.server_metadata().ok()?;
        let published = shorten(metadata.issuer()?);
        let Issuer { identifier, source } = case.evidence.chosen();
        Some(match source {
            IssuerSource::ResourceMetadata => {
                format!("The gateway lists {identifier}, whose metadata names the issuer {published}")
            }
            IssuerSource::User => {
                format!("The run was told to use {identifier}, whose metadata names the issuer {published}")
            }
            IssuerSource::TargetOrigin => {
                format!("The metadata at the target's own origin, {identifier}, names the issuer {published}")
            }
        })
    },
};

pub(super) static HTML: Cause = Cause {
    id: "server-metadata-html",
    title: "The well-known paths of the authorization server respond with web pages",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-metadata-present", "as-metadata-200-json", "as-default-endpoints"],
    advice: &[Remedy::general(
        "Check that the gateway lists the issuer, not a login page or an app; and route the well-known paths of the authorization server before the catch-all of its web app.",
    )],
    shown_by: &["server-metadata-html"],
    detect: |case| {
        let mut tried = case.evidence.server_metadata_tried();
        let (exchange, _) = tried.find(|(_, read)| matches!(read, Err(Unusable::Html)))?;
        (case.evidence.server_metadata().is_err() && !case.evidence.issuer_is_guessed())
            .then(|| format!("{} responds with a web page instead of JSON", exchange.request.url))
    },
};

pub(super) static OPENID_ONLY: Cause = Cause {
    id: "openid-discovery-only",
    title: "The authorization server publishes OpenID discovery only, which this protocol version does not know",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-metadata-present", "as-well-known-insertion"],
    advice: &[
        Remedy::documented(
            &ENTRA,
            "Entra ID has OpenID discovery alone: clients of 2025-06-18 need a server before it that publishes RFC 8414 metadata; later protocol versions read what is there.",
            "https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc",
        ),
        Remedy::documented(
            &COGNITO,
            "Cognito has OpenID discovery alone: clients of 2025-06-18 need a server before it that publishes RFC 8414 metadata.",
            "https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html",
        ),
        Remedy::general(
            "Serve /.well-known/oauth-authorization-server as well: the document of OpenID discovery will do.",
        ),
    ],
    shown_by: &["openid-only", "server-metadata-appended"],
    detect: |case| {
        let (exchange, _) = case.evidence.server_metadata().ok()?;
        case.failed("as-metadata-present").then(|| {
            format!(
                "Metadata is found at {} only, which clients of this protocol version do not ask",
                exchange.request.url
            )
        })
    },
};

pub(super) static MISSING: Cause = Cause {
    id: "server-metadata-missing",
    title: "The authorization server publishes no metadata where clients look for it",
    blame: Blame::Either(Party::AuthorizationServer, Party::Gateway),
    explains: &["as-metadata-present", "as-default-endpoints", "dcr-error-format"],
    advice: &[
        Remedy::documented(
            &GITHUB,
            "GitHub publishes no authorization-server metadata and registers no clients: put a server before it that does (an OAuth proxy), and list that one at the gateway.",
            "https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: list the realm, https://HOST/realms/REALM; the path and a relative path such as /auth belong to the issuer.",
            "https://www.keycloak.org/securing-apps/oidc-layers",
        ),
        Remedy::documented(
            &OKTA,
            "Okta: list the issuer as Security › API › Authorization Servers shows it: https://ORG.okta.com/oauth2/default.",
            "https://developer.okta.com/docs/concepts/auth-servers/",
        ),
        Remedy::when(
            |case| case.evidence.protocol_version().resource_metadata_order().is_empty(),
            "This protocol version looks for the authorization server on the MCP server's own origin: serve its metadata there. If it is another server by design, judge by 2025-06-18 or later (--protocol-version), where the gateway lists it.",
        ),
        Remedy::general(
            "Check that the gateway lists the issuer, not the URL of an endpoint or a document; then that the authorization server serves RFC 8414 or OpenID metadata for it.",
        ),
    ],
    shown_by: &["server-metadata-missing", "default-endpoints-missing"],
    detect: |case| {
        let tried: Vec<_> = case.evidence.server_metadata_tried().collect();
        let (exchange, _) = tried.last()?;
        let nothing = tried.iter().all(|(_, read)| read.is_err()) && !case.evidence.issuer_is_guessed();
        let from = case.evidence.issuer();
        let places = match tried.len() {
            1 => "The one place where clients look for".to_owned(),
            count => format!("None of the {count} places where clients look for"),
        };
        let has = if tried.len() == 1 { "has none:" } else { "has any, the last was" };
        (nothing && case.failed("as-metadata-present"))
            .then(|| format!("{places} the metadata of the issuer {from} {has} {}", exchange.request.url))
    },
};

pub(super) static FACADE: Cause = Cause {
    id: "metadata-facade-failing",
    title: "The gateway fails where it stands in for the authorization server's metadata",
    blame: Blame::One(Party::Gateway),
    explains: &["as-metadata-present", "as-default-endpoints", "dcr-error-format"],
    advice: &[Remedy::general(
        "Read the gateway's log: it makes the metadata from the identity provider's, and does not get that, or misses a member in it. Check the provider's issuer in the gateway's settings.",
    )],
    shown_by: &["metadata-facade-failing"],
    detect: |case| failing(case, true),
};

pub(super) static FAILING: Cause = Cause {
    id: "server-metadata-failing",
    title: "The authorization server fails where it should send its metadata",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-metadata-present", "as-default-endpoints", "dcr-error-format"],
    advice: &[Remedy::general("Read the authorization server's log for the request of its well-known URL.")],
    shown_by: &["server-metadata-failing"],
    detect: |case| failing(case, false),
};

/// A location that responds with 5xx instead of a document, where none has one; at the target's own origin, if `own`.
fn failing(case: &DiagnosisContext<'_>, own: bool) -> Option<String> {
    if !case.failed("as-metadata-present") || case.evidence.issuer_is_guessed() {
        return None;
    }
    let (exchange, response) = case.evidence.server_metadata_tried().find_map(|(exchange, _)| {
        Some((exchange, exchange.response().filter(|response| response.status >= 500)?))
    })?;
    let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
    let is_own = origin(&case.evidence.issuer()) == origin(case.evidence.target());
    (is_own == own).then(|| {
        format!("{} responds with {}{}", exchange.request.url, response.status, case.quoted(response))
    })
}

pub(super) static PKCE: Cause = Cause {
    id: "pkce-not-advertised",
    title: "The authorization server does not say that it supports PKCE with S256",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-pkce-advertised"],
    advice: &[
        Remedy::reported(
            &ENTRA,
            "Entra ID supports PKCE and does not advertise it: put a server before it that publishes its metadata with code_challenge_methods_supported: [\"S256\"], such as an OAuth proxy or a policy of Azure API Management.",
        ),
        Remedy::reported(
            &COGNITO,
            "Cognito supports PKCE and does not advertise it: put a server before it that publishes its metadata with code_challenge_methods_supported: [\"S256\"].",
        ),
        Remedy::general(
            "Publish code_challenge_methods_supported: [\"S256\"]: clients must not begin a login without it.",
        ),
    ],
    shown_by: &["pkce-not-advertised", "pkce-plain-only"],
    detect: |case| {
        if !case.failed("as-pkce-advertised") {
            return None;
        }
        let (exchange, metadata) = case.evidence.server_metadata().ok()?;
        if metadata.code_challenge_methods().is_some_and(|methods| methods.contains(&"S256")) {
            return case
                .finding("as-pkce-advertised")
                .map(|said| format!("{said}, unlike the document the walk read"));
        }
        let methods = metadata.code_challenge_methods().map_or_else(
            || "has no code_challenge_methods_supported".to_owned(),
            |methods| format!("supports {} only", shorten(&methods.join(", "))),
        );
        Some(format!("{} {methods}: conforming clients refuse to go on", exchange.request.url))
    },
};

pub(super) static INTERNAL: Cause = Cause {
    id: "endpoint-internal-address",
    title: "The authorization server publishes endpoints that only exist behind it",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-https-endpoints", "as-jwks"],
    advice: &[
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: set hostname to the public URL, and proxy-headers to those that the proxy in front of it sends.",
            "https://www.keycloak.org/server/reverseproxy",
        ),
        Remedy::general(
            "Configure the public https URL of the authorization server, or let its TLS-terminating proxy pass on Host and X-Forwarded-Proto, and the server trust them.",
        ),
    ],
    shown_by: &["endpoint-internal-host"],
    detect: |case| {
        let (_, metadata) = case.evidence.server_metadata().ok()?;
        let target = case.evidence.target();
        let is_inside =
            |url: &&str| matches!(unfit(url, target), Some(UnfitUrl::Loopback | UnfitUrl::Private));
        let names = ["authorization_endpoint", "token_endpoint", "registration_endpoint", "jwks_uri"];
        let (name, url) =
            names.into_iter().find_map(|name| Some((name, metadata.endpoint(name).filter(is_inside)?)))?;
        Some(format!("{name} is {}, which clients cannot reach", shorten(url)))
    },
};

pub(super) static ENDPOINTS: Cause = Cause {
    id: "endpoints-missing",
    title: "The authorization server's metadata lacks an endpoint",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-endpoints-present", "as-response-types"],
    advice: &[Remedy::general(
        "Complete the metadata: authorization_endpoint, token_endpoint and response_types_supported have to be there.",
    )],
    shown_by: &["token-endpoint-missing"],
    detect: |case| {
        let (_, metadata) = case.evidence.server_metadata().ok()?;
        let missing = ["authorization_endpoint", "token_endpoint"];
        let missing = missing.into_iter().find(|name| metadata.endpoint(name).is_none())?;
        case.failed("as-endpoints-present").then(|| format!("The metadata has no {missing}"))
    },
};
