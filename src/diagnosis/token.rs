//! What goes wrong with the token: why a gateway refuses what an authorization server just issued.

use serde_json::Value;

use super::context::{is_answered_in_between, shorten};
use super::product::{AUTH0, COGNITO, ENTRA, GITHUB, GOOGLE, KEYCLOAK, OKTA, WORKOS};
use super::{Blame, Cause, Remedy};
use crate::document::Object;
use crate::document::access_token::{AccessToken, audiences};
use crate::specification::Party;

const AUTH0_TENANT: &str = "https://auth0.com/docs/get-started/tenant-settings";

pub(super) static OPAQUE: Cause = Cause {
    id: "resource-ignored",
    title: "The token is not made for the gateway: it is opaque or encrypted",
    blame: Blame::Either(Party::AuthorizationServer, Party::Gateway),
    explains: &[
        "rs-valid-token-accepted",
        "rs-401-any-challenge",
        "token-aud-restricted",
        "rs-403-challenge",
    ],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: set Settings › General › API Authorization Settings › Default Audience to the Identifier of the API, or turn on Settings › Advanced › Resource Parameter Compatibility Profile. Without one of them resource is ignored and the token is meant for /userinfo.",
            AUTH0_TENANT,
        ),
        Remedy::documented(
            &OKTA,
            "Okta: list a custom authorization server (https://ORG.okta.com/oauth2/default) at the gateway; tokens of the org server are opaque to others.",
            "https://developer.okta.com/docs/concepts/auth-servers/",
        ),
        Remedy::documented(
            &GOOGLE,
            "Google's access tokens are opaque and for Google's own APIs: put an OAuth proxy before it that issues tokens of its own.",
            "https://developers.google.com/identity/protocols/oauth2",
        ),
        Remedy::documented(
            &GITHUB,
            "GitHub's access tokens are opaque and for GitHub's own API: put an OAuth proxy before it that issues tokens of its own.",
            "https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
        ),
        Remedy::general(
            "Let the authorization server honour resource and issue a signed JWT for it; or let the gateway introspect opaque tokens (RFC 7662).",
        ),
    ],
    shown_by: &["default-audience-missing", "token-encrypted"],
    detect: |case| {
        let (_, response) = case.token_refused()?;
        // A gateway that speaks of scope has read the token.
        if case.token_overlooked().is_some() || case.says_insufficient_scope() {
            return None;
        }
        let what = match case.evidence.access_token().ok()?.1 {
            AccessToken::Opaque => "opaque",
            AccessToken::Encrypted { .. } => "encrypted (five parts)",
            AccessToken::Jwt { .. } => return None,
        };
        let (status, said) = (response.status, case.quoted(response));
        let asked = case.evidence.authorization().ok().and_then(|request| request.get("resource"));
        let (asked, ignored) = match asked {
            Some(resource) => (format!(", although {resource} was asked for"), "resource was ignored, or "),
            None => (String::new(), ""),
        };
        Some(format!(
            "The token is {what}{asked}, and the gateway refuses it with {status}{said}: {ignored}the gateway cannot read such tokens"
        ))
    },
};

pub(super) static ALGORITHM: Cause = Cause {
    id: "signing-algorithm",
    title: "The token is signed with a shared secret, for which no key is published",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &[
        "jwt-alg",
        "rs-valid-token-accepted",
        "jwt-signature",
        "rs-401-any-challenge",
        "rs-403-challenge",
    ],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: Applications › APIs › the API › Settings › Signing Algorithm: RS256.",
            "https://auth0.com/docs/get-started/apis/api-settings",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: Clients › the client › Advanced › Access token signature algorithm: RS256 (and Realm settings › Tokens).",
            "https://www.keycloak.org/docs/latest/server_admin/",
        ),
        Remedy::general(
            "Sign access tokens with an asymmetric algorithm such as RS256, whose public key is in the key set.",
        ),
    ],
    shown_by: &["signing-algorithm-hs256"],
    detect: |case| {
        let (_, header, _) = case.evidence.jwt().ok()?;
        let algorithm = header.string("alg")?;
        let symmetric = algorithm.starts_with("HS") || algorithm.eq_ignore_ascii_case("none");
        (symmetric && case.failed("jwt-alg")).then(|| {
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
        Remedy::documented(
            &AUTH0,
            "Auth0: create an API whose Identifier is exactly the MCP URL (Applications › APIs › Create API), make it the Default Audience (Settings › General › API Authorization Settings), and write the same URL as audience in the gateway's policy.",
            AUTH0_TENANT,
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: add an Audience mapper to a client scope that the clients get by default: Client scopes › Mappers › Add mapper › Audience, Included Custom Audience = the MCP URL.",
            "https://www.keycloak.org/docs/latest/server_admin/#_audience",
        ),
        Remedy::documented(
            &OKTA,
            "Okta: Security › API › Authorization Servers › the server › Audience: the MCP URL.",
            "https://developer.okta.com/docs/guides/customize-authz-server/",
        ),
        Remedy::documented(
            &ENTRA,
            "Entra ID: aud is the Application ID of the API (v2 tokens) or its Application ID URI: make the gateway expect that one, and ask for a scope of that API with --scope api://ID/SCOPE.",
            "https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference",
        ),
        Remedy::documented(
            &COGNITO,
            "Cognito: its access tokens carry client_id instead of aud unless the resource is bound: create a resource server with the MCP URL as identifier, and let the gateway check client_id or the scope.",
            "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html",
        ),
        Remedy::documented(
            &WORKOS,
            "WorkOS: add the MCP URL as resource indicator in Connect › Configuration.",
            "https://workos.com/docs/authkit/mcp",
        ),
        Remedy::general(
            "Let the authorization server issue the token for the resource that is asked for, and let the gateway expect exactly that audience.",
        ),
    ],
    shown_by: &["audience-mismatch"],
    detect: |case| {
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
    explains: &["jwt-iss", "rs-valid-token-accepted", "rs-401-any-challenge", "rs-403-challenge"],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: tokens carry the domain the login went through: use the custom domain, or the tenant's, in both the gateway's list and its policy.",
            "https://auth0.com/docs/customize/custom-domains",
        ),
        Remedy::documented(
            &ENTRA,
            "Entra ID: set requestedAccessTokenVersion (api.requestedAccessTokenVersion) of the API's manifest to 2: with 1 the issuer is https://sts.windows.net/TENANT/.",
            "https://learn.microsoft.com/entra/identity-platform/access-tokens",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: set hostname to the public URL, so that tokens and metadata name the same issuer.",
            "https://www.keycloak.org/server/hostname",
        ),
        Remedy::general(
            "Let tokens and metadata name the same issuer. A gateway that publishes its own metadata for another server's tokens has to check for that server's issuer.",
        ),
    ],
    shown_by: &["token-issuer-mismatch"],
    detect: |case| {
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
    explains: &[
        "jwt-signature",
        "as-jwks",
        "rs-valid-token-accepted",
        "rs-401-any-challenge",
        "rs-403-challenge",
    ],
    advice: &[
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: check Realm settings › Keys: the key that signs has to be active and published; let no cache keep the old set.",
            "https://www.keycloak.org/docs/latest/server_admin/#realm_keys",
        ),
        Remedy::general(
            "Publish the key that signs at jwks_uri before it signs anything; keep caches of the key set short.",
        ),
    ],
    shown_by: &["jwks-stale", "jwks-missing"],
    detect: |case| {
        // An opaque token is signed with nothing: what the key set lacks is no reason for anything then.
        if matches!(case.evidence.access_token(), Ok((_, AccessToken::Opaque))) {
            return None;
        }
        Some(case.first_finding(&["jwt-signature", "as-jwks"])?.to_owned())
    },
};

pub(super) static PRIVATE_KEY: Cause = Cause {
    id: "private-key-published",
    title: "The key set contains what signs tokens: anybody can make them",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-jwks"],
    advice: &[Remedy::general(
        "Replace the key at once, and refuse tokens signed with it: publishing only its public members from now on does not help, as it has been read. Then publish kty, use, kid, alg and the public members alone.",
    )],
    shown_by: &["jwks-private"],
    detect: |case| {
        let (exchange, keys) = case.evidence.keys().ok()?;
        let said = case.finding("as-jwks")?;
        is_private(&keys).then(|| format!("{said} ({})", exchange.request.url))
    },
};

/// Whether a key of the set has a private or secret member ([RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6)).
fn is_private(keys: &Object) -> bool {
    let private = |key: &Value| ["d", "p", "q", "k"].iter().any(|member| key.get(member).is_some());
    keys.members.get("keys").and_then(Value::as_array).is_some_and(|keys| keys.iter().any(private))
}

pub(super) static CLOCK: Cause = Cause {
    id: "clock-skew",
    title: "The clock of the server that signs is wrong",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["jwt-clock", "rs-valid-token-accepted"],
    advice: &[Remedy::general(
        "Set the clock of the authorization server by NTP, and let the gateway allow for a minute or two.",
    )],
    shown_by: &["token-from-future"],
    detect: |case| Some(case.finding("jwt-clock")?.to_owned()),
};

pub(super) static ENDPOINT: Cause = Cause {
    id: "token-response-malformed",
    title: "The token endpoint's response is not what clients read",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &[
        "token-200-json",
        "token-error-format",
        "token-type-bearer",
        "token-expires-in",
        "refresh-200-json",
    ],
    advice: &[
        Remedy::documented(
            &GITHUB,
            "GitHub answers form-encoded unless asked for JSON, and reports errors with 200: put an OAuth proxy before it.",
            "https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
        ),
        Remedy::general(
            "Respond with 200 and JSON: access_token, token_type Bearer, expires_in as a number; errors with 400 and error (RFC 6749 §5).",
        ),
    ],
    shown_by: &[
        "token-form-encoded",
        "token-error-200",
        "token-status-201",
        "token-type-missing",
        "token-expires-in-string",
    ],
    detect: |case| {
        let (_, response) = case.evidence.token_response().ok()?;
        if is_answered_in_between(response) || !response.is_success() {
            return None;
        }
        let ids = ["token-200-json", "token-error-format", "token-type-bearer", "token-expires-in"];
        Some(format!("{}: clients do not get a token from that", case.first_finding(&ids)?))
    },
};
