//! What goes wrong with the token: why a gateway refuses what an authorization server just issued.

use super::case::{Case, shorten};
use super::product::{AUTH0, COGNITO, ENTRA, GITHUB, GOOGLE, KEYCLOAK, KONG, NGINX, OKTA, WORKOS, ZUPLO};
use super::{Advice, Blame, Cause};
use crate::document::access_token::{AccessToken, audiences};
use crate::edition::Party;

const AUTH0_TENANT: &str = "https://auth0.com/docs/get-started/tenant-settings";

pub(super) static OPAQUE: Cause = Cause {
    id: "resource-ignored",
    title: "The token is not made for the gateway: it is opaque or encrypted",
    blame: Blame::Either(Party::AuthorizationServer, Party::Gateway),
    explains: &["rs-valid-token-accepted", "rs-401-any-challenge", "token-aud-restricted"],
    advice: &[
        Advice::documented(
            &AUTH0,
            "Auth0: set Settings › General › API Authorization Settings › Default Audience to the Identifier of the API, or turn on Settings › Advanced › Resource Parameter Compatibility Profile. Without one of them resource is ignored and the token is meant for /userinfo.",
            AUTH0_TENANT,
        ),
        Advice::documented(
            &OKTA,
            "Okta: list a custom authorization server (https://ORG.okta.com/oauth2/default) at the gateway; tokens of the org server are opaque to others.",
            "https://developer.okta.com/docs/concepts/auth-servers/",
        ),
        Advice::documented(
            &GOOGLE,
            "Google's access tokens are opaque and for Google's own APIs: put an OAuth proxy before it that issues tokens of its own.",
            "https://developers.google.com/identity/protocols/oauth2",
        ),
        Advice::documented(
            &GITHUB,
            "GitHub's access tokens are opaque and for GitHub's own API: put an OAuth proxy before it that issues tokens of its own.",
            "https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
        ),
        Advice::general(
            "Let the authorization server honour resource and issue a signed JWT for it; or let the gateway introspect opaque tokens (RFC 7662).",
        ),
    ],
    shown_by: &["default-audience-missing", "token-encrypted"],
    recognise: |case| {
        let (_, answer) = case.token_refused()?;
        let what = match case.evidence.access_token().ok()?.1 {
            AccessToken::Opaque => "opaque",
            AccessToken::Encrypted { .. } => "encrypted (five parts)",
            AccessToken::Jwt { .. } => return None,
        };
        let (resource, status) = (case.resource(), answer.status);
        Some(format!(
            "The token is {what}, although {resource} was asked for, and the gateway refuses it with {status}: resource was ignored, or the gateway cannot read such tokens"
        ))
    },
};

pub(super) static ALGORITHM: Cause = Cause {
    id: "signing-algorithm",
    title: "The token is signed with a shared secret, for which no key is published",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["jwt-alg", "rs-valid-token-accepted", "jwt-signature", "rs-401-any-challenge"],
    advice: &[
        Advice::documented(
            &AUTH0,
            "Auth0: Applications › APIs › the API › Settings › Signing Algorithm: RS256.",
            "https://auth0.com/docs/get-started/apis/api-settings",
        ),
        Advice::documented(
            &KEYCLOAK,
            "Keycloak: Clients › the client › Advanced › Access token signature algorithm: RS256 (and Realm settings › Tokens).",
            "https://www.keycloak.org/docs/latest/server_admin/",
        ),
        Advice::general(
            "Sign access tokens with an asymmetric algorithm such as RS256, whose public key is in the key set.",
        ),
    ],
    shown_by: &["signing-algorithm-hs256"],
    recognise: |case| {
        let (_, header, _) = case.evidence.jwt().ok()?;
        let algorithm = header.string("alg")?;
        let symmetric = algorithm.starts_with("HS") || algorithm.eq_ignore_ascii_case("none");
        symmetric.then(|| {
            format!(
                "The token is signed with {}, so that the gateway cannot verify it by the key set",
                shorten(algorithm)
            )
        })
    },
};

pub(super) static AUDIENCE: Cause = Cause {
    id: "audience-mismatch",
    title: "The token is for another audience than the MCP server",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &[
        "token-aud-restricted",
        "rs-valid-token-accepted",
        "token-aud-single",
        "rs-401-any-challenge",
    ],
    advice: &[
        Advice::documented(
            &AUTH0,
            "Auth0: create an API whose Identifier is exactly the MCP URL (Applications › APIs › Create API), make it the Default Audience (Settings › General › API Authorization Settings), and write the same URL as audience in the gateway's policy.",
            AUTH0_TENANT,
        ),
        Advice::documented(
            &KEYCLOAK,
            "Keycloak: add an Audience mapper to a client scope that the clients get by default: Client scopes › Mappers › Add mapper › Audience, Included Custom Audience = the MCP URL.",
            "https://www.keycloak.org/docs/latest/server_admin/#_audience",
        ),
        Advice::documented(
            &OKTA,
            "Okta: Security › API › Authorization Servers › the server › Audience: the MCP URL.",
            "https://developer.okta.com/docs/guides/customize-authz-server/",
        ),
        Advice::documented(
            &ENTRA,
            "Entra ID: aud is the Application ID of the API (v2 tokens) or its Application ID URI: make the gateway expect that one, and ask for a scope of that API with --scope api://ID/SCOPE.",
            "https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference",
        ),
        Advice::documented(
            &COGNITO,
            "Cognito: its access tokens carry client_id instead of aud unless the resource is bound: create a resource server with the MCP URL as identifier, and let the gateway check client_id or the scope.",
            "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html",
        ),
        Advice::documented(
            &WORKOS,
            "WorkOS: add the MCP URL as resource indicator in Connect › Configuration.",
            "https://workos.com/docs/authkit/mcp",
        ),
        Advice::general(
            "Let the authorization server issue the token for the resource that is asked for, and let the gateway expect exactly that audience.",
        ),
    ],
    shown_by: &["audience-mismatch"],
    recognise: |case| {
        let (_, _, claims) = case.evidence.jwt().ok()?;
        if !case.failed("token-aud-restricted") {
            return None;
        }
        let audience = audiences(&claims).join(", ");
        let audience = if audience.is_empty() { "nobody".to_owned() } else { shorten(&audience) };
        Some(format!("The token is for {audience}, the resource is {}", case.resource()))
    },
};

pub(super) static ISSUER: Cause = Cause {
    id: "token-issuer-mismatch",
    title: "The token names another issuer than the metadata",
    blame: Blame::Either(Party::AuthorizationServer, Party::Gateway),
    explains: &["jwt-iss", "rs-valid-token-accepted", "rs-401-any-challenge"],
    advice: &[
        Advice::documented(
            &AUTH0,
            "Auth0: tokens carry the domain the login went through: use the custom domain, or the tenant's, in both the gateway's list and its policy.",
            "https://auth0.com/docs/customize/custom-domains",
        ),
        Advice::documented(
            &ENTRA,
            "Entra ID: set requestedAccessTokenVersion (api.requestedAccessTokenVersion) of the API's manifest to 2: with 1 the issuer is https://sts.windows.net/TENANT/.",
            "https://learn.microsoft.com/entra/identity-platform/access-tokens",
        ),
        Advice::documented(
            &KEYCLOAK,
            "Keycloak: set hostname to the public URL, so that tokens and metadata name the same issuer.",
            "https://www.keycloak.org/server/hostname",
        ),
        Advice::general(
            "Let tokens and metadata name the same issuer. A gateway that publishes its own metadata for another server's tokens has to check for that server's issuer.",
        ),
    ],
    shown_by: &["token-issuer-mismatch"],
    recognise: |case| {
        let (_, _, claims) = case.evidence.jwt().ok()?;
        let issuer = claims.string("iss").unwrap_or("nobody");
        case.failed("jwt-iss").then(|| {
            format!("The token's issuer is {}, the metadata's {}", shorten(issuer), case.evidence.issuer())
        })
    },
};

pub(super) static KEYS: Cause = Cause {
    id: "signing-key-unknown",
    title: "The published keys are not those that tokens are signed with",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["jwt-signature", "as-jwks", "rs-valid-token-accepted"],
    advice: &[
        Advice::documented(
            &KEYCLOAK,
            "Keycloak: check Realm settings › Keys: the key that signs has to be active and published; let no cache keep the old set.",
            "https://www.keycloak.org/docs/latest/server_admin/#realm_keys",
        ),
        Advice::general(
            "Publish the key that signs at jwks_uri, without private members, before it signs anything; keep caches of the key set short.",
        ),
    ],
    shown_by: &["jwks-stale", "jwks-missing", "jwks-private"],
    recognise: |case| {
        let wrong = case.failed("jwt-signature") || case.failed("as-jwks");
        wrong.then(|| match case.evidence.keys() {
            Ok((exchange, _)) => format!(
                "The key set at {} does not verify the token, or shows what it must not",
                exchange.request.url
            ),
            Err(_) => "The key set that tokens are verified with cannot be read".to_owned(),
        })
    },
};

pub(super) static SCOPE: Cause = Cause {
    id: "scope-too-narrow",
    title: "The token lacks a scope that the gateway demands",
    blame: Blame::Either(Party::AuthorizationServer, Party::Gateway),
    explains: &[
        "rs-valid-token-accepted",
        "token-scope",
        "jwt-scope-claim",
        "rs-insufficient-scope-403",
        "rs-403-challenge",
    ],
    advice: &[
        Advice::documented(
            &AUTH0,
            "Auth0: add the scope under Applications › APIs › the API › Permissions, and allow it to third-party applications (Settings › Default Permissions).",
            "https://auth0.com/docs/get-started/apis/add-api-permissions",
        ),
        Advice::documented(
            &KEYCLOAK,
            "Keycloak: create the scope under Client scopes and make it a Default or Optional client scope of clients that register themselves.",
            "https://www.keycloak.org/docs/latest/server_admin/#_client_scopes",
        ),
        Advice::documented(
            &ENTRA,
            "Entra ID: Expose an API › Add a scope, and grant it under API permissions of the client; scopes arrive in scp, which the gateway has to read.",
            "https://learn.microsoft.com/entra/identity-platform/quickstart-configure-app-expose-web-apis",
        ),
        Advice::general(
            "Grant the scope that the gateway's challenge asks for, carry it in the token, and let the gateway name in the challenge what it demands.",
        ),
    ],
    shown_by: &[
        "token-scope-narrowed",
        "token-scope-claim-missing",
        "insufficient-scope-401",
        "insufficient-scope-bare",
    ],
    recognise: |case| {
        let (exchange, answer) = case.token_refused()?;
        let told = case
            .refusal_challenge()
            .is_some_and(|challenge| challenge.get("error") == Some("insufficient_scope"));
        let seen = ["token-scope", "jwt-scope-claim", "rs-403-challenge"].iter().any(|id| case.failed(id));
        (told || seen || answer.status == 403).then(|| {
            format!(
                "{} refuses the token with {}: its scope is too narrow",
                exchange.request.url, answer.status
            )
        })
    },
};

pub(super) static TYPE: Cause = Cause {
    id: "token-type-refused",
    title: "The gateway demands another type in the token's header",
    blame: Blame::Either(Party::Gateway, Party::AuthorizationServer),
    explains: &["jwt-typ", "rs-valid-token-accepted"],
    advice: &[
        Advice::documented(
            &AUTH0,
            "Auth0: Applications › APIs › the API › Settings › Access Token Profile (JSON Web Token Profile): RFC 9068 gives typ at+jwt, Auth0 gives JWT.",
            "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
        ),
        Advice::documented(
            &KEYCLOAK,
            "Keycloak: Clients › the client › Advanced › Use \"at+jwt\" as access token header type.",
            "https://www.keycloak.org/docs/latest/server_admin/",
        ),
        Advice::general(
            "Let the authorization server write typ at+jwt (RFC 9068), or the gateway accept JWT as well.",
        ),
    ],
    shown_by: &["token-typ-jwt"],
    recognise: |case| {
        case.token_refused()?;
        let (_, header, _) = case.evidence.jwt().ok()?;
        let typ = header.string("typ").unwrap_or("nothing");
        case.failed("jwt-typ")
            .then(|| format!("The token's header says typ {}, and the gateway refuses it", shorten(typ)))
    },
};

pub(super) static CLOCK: Cause = Cause {
    id: "clock-skew",
    title: "The clock of the server that signs is wrong",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["jwt-clock", "rs-valid-token-accepted"],
    advice: &[Advice::general(
        "Set the clock of the authorization server by NTP, and let the gateway allow for a minute or two.",
    )],
    shown_by: &["token-from-future"],
    recognise: |case| {
        case.failed("jwt-clock")
            .then(|| "The times in the token do not fit the time at which it was issued".to_owned())
    },
};

pub(super) static DROPPED: Cause = Cause {
    id: "authorization-dropped",
    title: "The Authorization header does not reach the server that asks for it",
    blame: Blame::Either(Party::Gateway, Party::McpServer),
    explains: &["rs-valid-token-accepted", "rs-401-any-challenge"],
    advice: &[
        Advice::documented(
            &ZUPLO,
            "Zuplo: forward the header to the MCP server behind, or let that one trust the gateway: check the route's inbound policies for one that removes or replaces Authorization.",
            "https://zuplo.com/docs/policies/remove-headers-inbound",
        ),
        Advice::documented(
            &NGINX,
            "nginx: proxy_set_header Authorization $http_authorization; a server with auth_basic replaces it.",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
        ),
        Advice::documented(
            &KONG,
            "Kong: openid-connect passes the token on in upstream_headers or with bearer_token_param_type; turn off hide_credentials of the plugin that checks it.",
            "https://developer.konghq.com/plugins/openid-connect/",
        ),
        Advice::general(
            "Forward Authorization to the MCP server, or let it trust the gateway. The refusal looks unlike the gateway's own: another server made it.",
        ),
    ],
    shown_by: &["authorization-dropped"],
    recognise: dropped,
};

/// The gateway's own refusals carry a challenge, this one does not.
fn dropped(case: &Case<'_>) -> Option<String> {
    let (exchange, answer) = case.token_refused()?;
    let own_has_challenge = case.challenge().is_some();
    (answer.status == 401 && own_has_challenge && case.refusal_challenge().is_none()).then(|| {
        format!(
            "{} answers 401 without a challenge to the token, with one to none: the token passed the gateway, and a server behind it saw none",
            exchange.request.url
        )
    })
}

pub(super) static REFUSED: Cause = Cause {
    id: "token-refused",
    title: "The gateway refuses the fresh token, and a client does not see why",
    blame: Blame::Either(Party::Gateway, Party::AuthorizationServer),
    explains: &["rs-valid-token-accepted"],
    advice: &[
        Advice::documented(
            &ZUPLO,
            "Zuplo: compare auth0Domain and audience in the options of the OAuth policy with iss and aud of the token; the domain is written without https://.",
            "https://zuplo.com/docs/articles/configuring-auth0-for-mcp-auth",
        ),
        Advice::general(
            "Read the gateway's log for this request; compare the issuer, audience, algorithm, keys and scope that it expects with those of the token.",
        ),
    ],
    shown_by: &[],
    recognise: |case| {
        let (exchange, answer) = case.token_refused()?;
        Some(format!("{} refuses the fresh token with {}", exchange.request.url, answer.status))
    },
};

pub(super) static ENDPOINT: Cause = Cause {
    id: "token-answer-malformed",
    title: "The token endpoint's answer is not what clients read",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["token-200-json", "token-error-format", "token-type-bearer", "token-expires-in"],
    advice: &[
        Advice::documented(
            &GITHUB,
            "GitHub answers form-encoded unless asked for JSON, and reports errors with 200: put an OAuth proxy before it.",
            "https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
        ),
        Advice::general(
            "Answer with 200 and JSON: access_token, token_type Bearer, expires_in as a number; errors with 400 and error (RFC 6749 §5).",
        ),
    ],
    shown_by: &["token-form-encoded", "token-error-200", "token-type-missing", "token-expires-in-string"],
    recognise: |case| {
        let ids = ["token-200-json", "token-error-format", "token-type-bearer", "token-expires-in"];
        let (exchange, answer) = case.evidence.token_answer().ok()?;
        ids.iter().any(|id| case.failed(id)).then(|| {
            format!("{} answers {} in a form that clients do not read", exchange.request.url, answer.status)
        })
    },
};
