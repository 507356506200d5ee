//! Why a gateway refuses a token that looks as it should: scope, type, a header lost on the way.

use super::context::{DiagnosisContext, shorten};
use super::product::{AUTH0, AZURE_API_MANAGEMENT, ENTRA, KEYCLOAK, KONG, NGINX, ZUPLO};
use super::{Blame, Cause, Remedy};
use crate::check::granted;
use crate::document::explanation::explanation;
use crate::document::scope;
use crate::exchange::Response;
use crate::specification::Party;

pub(super) static UNANNOUNCED: Cause = Cause {
    id: "demand-unannounced",
    title: "The gateway demands more of the token than its challenge asks for",
    blame: Blame::One(Party::Gateway),
    explains: &["rs-valid-token-accepted", "rs-insufficient-scope-403", "rs-403-challenge"],
    advice: &[
        Remedy::documented(
            &KONG,
            "Kong: compare scopes_required (openid-connect) with the scope that the challenge asks for, and name all of them there.",
            "https://developer.konghq.com/plugins/openid-connect/",
        ),
        Remedy::documented(
            &AZURE_API_MANAGEMENT,
            "Azure API Management: compare required-claims of validate-jwt (scp, roles) with the scope that the challenge asks for.",
            "https://learn.microsoft.com/azure/api-management/validate-jwt-policy",
        ),
        Remedy::general(
            "Name every scope that is demanded in the scope of the challenge, on the 401 and, with status 403 and error=\"insufficient_scope\", on the refusal: clients ask for exactly that. If it is not about scope, say so in the refusal.",
        ),
    ],
    shown_by: &["insufficient-scope-401", "insufficient-scope-bare"],
    detect: unannounced,
};

fn unannounced(case: &DiagnosisContext<'_>) -> Option<String> {
    let (exchange, response) = case.token_refused()?;
    let opened = case.evidence.opening().is_ok_and(|(_, response)| response.is_success());
    if opened && response.status == 401 && !case.says_insufficient_scope() {
        return Some(format!(
            "{} serves the opening to the token, and refuses a later message of the same session with 401{}: a client takes that for a token that is no good any more, and not for a scope that it lacks",
            exchange.request.url,
            case.saying(response)
        ));
    }
    let told = case.says_insufficient_scope();
    if !told && response.status != 403 {
        return None;
    }
    let challenge = case.challenge()?;
    let asked = challenge.get("scope").filter(|scope| !scope.is_empty())?;
    let (_, _, claims) = case.evidence.jwt().ok()?;
    let granted = granted(&claims)?;
    if !scope::tokens(asked).is_subset(&scope::tokens(&granted)) {
        return None;
    }
    Some(format!(
        "{} refuses the token with {}{}, although it has what the challenge asks for: {}",
        exchange.request.url,
        response.status,
        case.saying(response),
        shorten(asked)
    ))
}

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
        Remedy::documented(
            &AUTH0,
            "Auth0: add the scope under Applications › APIs › the API › Permissions, and allow it to third-party applications (Settings › Default Permissions).",
            "https://auth0.com/docs/get-started/apis/add-api-permissions",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: create the scope under Client scopes and make it a Default or Optional client scope of clients that register themselves.",
            "https://www.keycloak.org/docs/latest/server_admin/#_client_scopes",
        ),
        Remedy::documented(
            &ENTRA,
            "Entra ID: Expose an API › Add a scope, and grant it under API permissions of the client; scopes arrive in scp, which the gateway has to read.",
            "https://learn.microsoft.com/entra/identity-platform/quickstart-configure-app-expose-web-apis",
        ),
        Remedy::general(
            "Grant the scope that the gateway's challenge asks for, carry it in the token, and let the gateway name in the challenge what it demands.",
        ),
    ],
    shown_by: &["token-scope-narrowed", "token-scope-claim-missing"],
    detect: |case| {
        let (exchange, response) = case.token_refused()?;
        let told = case.says_insufficient_scope();
        let seen = ["token-scope", "jwt-scope-claim", "rs-403-challenge"].iter().any(|id| case.failed(id));
        (told || seen).then(|| {
            format!(
                "{} refuses the token with {}{}: its scope is too narrow",
                exchange.request.url,
                response.status,
                case.quoted(response)
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
        Remedy::documented(
            &AUTH0,
            "Auth0: Applications › APIs › the API › Settings › Access Token Profile (JSON Web Token Profile): RFC 9068 gives typ at+jwt, Auth0 gives JWT.",
            "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: Clients › the client › Advanced › Use \"at+jwt\" as access token header type.",
            "https://www.keycloak.org/docs/latest/server_admin/",
        ),
        Remedy::general(
            "Let the authorization server write typ at+jwt (RFC 9068), or the gateway accept JWT as well.",
        ),
    ],
    shown_by: &["token-typ-jwt"],
    detect: |case| {
        let (_, response) = case.token_refused()?;
        let (_, header, _) = case.evidence.jwt().ok()?;
        let typ = header.string("typ").unwrap_or("nothing");
        // Most authorization servers write JWT, and most gateways take it: only the refusal itself can say otherwise.
        (case.failed("jwt-typ") && speaks_of_type(case, response)).then(|| {
            format!("The token's header says typ {}, and the gateway refuses it for that", shorten(typ))
        })
    },
};

/// Whether a refusal names the type of the token: in the challenge, or in its body.
fn speaks_of_type(case: &DiagnosisContext<'_>, response: &Response) -> bool {
    let challenge = case.refusal_challenge();
    let described = challenge.as_ref().and_then(|challenge| challenge.get("error_description"));
    let said = format!("{} {}", described.unwrap_or_default(), response.text()).to_ascii_lowercase();
    let words: Vec<_> = said.split(|c: char| !c.is_ascii_alphanumeric() && c != '+').collect();
    words.contains(&"typ") || words.contains(&"at+jwt") || said.contains("token type")
}

pub(super) static DROPPED: Cause = Cause {
    id: "authorization-dropped",
    title: "The Authorization header does not reach the server that asks for it",
    blame: Blame::Either(Party::Gateway, Party::McpServer),
    explains: &["rs-valid-token-accepted", "rs-401-any-challenge"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: forward the header to the MCP server behind, or let that one trust the gateway: check the route's inbound policies for one that removes or replaces Authorization.",
            "https://zuplo.com/docs/policies/remove-headers-inbound",
        ),
        Remedy::documented(
            &NGINX,
            "nginx: proxy_set_header Authorization $http_authorization; a server with auth_basic replaces it.",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
        ),
        Remedy::documented(
            &KONG,
            "Kong: openid-connect passes the token on in upstream_headers or with bearer_token_param_type; turn off hide_credentials of the plugin that checks it.",
            "https://developer.konghq.com/plugins/openid-connect/",
        ),
        Remedy::general(
            "Forward Authorization unchanged to the server that checks the token, or let the MCP server trust the gateway. Look for a rule on the way that removes or replaces the header, and for a policy that never reads it.",
        ),
    ],
    shown_by: &["authorization-dropped"],
    detect: dropped,
};

/// The refusal is the one without a token; or the gateway's own refusals carry a challenge, and this one does not, nor does
/// it say anything else than that the token is missing.
fn dropped(case: &DiagnosisContext<'_>) -> Option<String> {
    if let Some((exchange, response)) = case.token_overlooked() {
        return Some(format!(
            "{} responds with {} to the token exactly as to none{}: the header was lost on the way, or nobody reads it",
            exchange.request.url,
            response.status,
            case.quoted(response)
        ));
    }
    let (exchange, response) = case.token_refused()?;
    let own_has_challenge = case.challenge().is_some();
    let silent = explanation(response).is_none() || case.says_credentials_are_missing();
    (response.status == 401 && own_has_challenge && case.refusal_challenge().is_none() && silent).then(|| {
        format!(
            "{} responds with 401 without a challenge to the token{}, with one to none: the token passed the gateway, and a server behind it saw none",
            exchange.request.url,
            case.quoted(response)
        )
    })
}

pub(super) static REFUSED: Cause = Cause {
    id: "token-refused",
    title: "The gateway refuses the fresh token, and a client does not see why",
    blame: Blame::Either(Party::Gateway, Party::AuthorizationServer),
    explains: &["rs-valid-token-accepted", "rs-401-any-challenge"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Zuplo: compare auth0Domain and audience in the options of the OAuth policy with iss and aud of the token; the domain is written without https://.",
            "https://zuplo.com/docs/articles/configuring-auth0-for-mcp-auth",
        ),
        Remedy::general(
            "Read the gateway's log for this request; compare the issuer, audience, algorithm, keys, scope and typ that it expects with those of the token.",
        ),
    ],
    shown_by: &["tokens-refused"],
    detect: |case| {
        let (exchange, response) = case.token_refused()?;
        let (status, said) = (response.status, case.saying(response));
        Some(format!(
            "{} refuses the fresh token with {status}{said}{}",
            exchange.request.url,
            oddities(case)
        ))
    },
};

/// What a token that is refused for no visible reason has about it that some gateways do not take.
fn oddities(case: &DiagnosisContext<'_>) -> String {
    /// What a header field may hold at many gateways and servers.
    const FIELD_LIMIT: usize = 4096;
    let length = case.evidence.token().ok().and_then(|(_, token)| Some(token.access_token()?.expose().len()));
    let long = length
        .filter(|length| *length > FIELD_LIMIT)
        .map(|length| format!("it has {length} bytes, and some gateways cut header fields at 4096 or 8192"));
    let typ = case.evidence.jwt().ok().filter(|_| case.failed("jwt-typ")).map(|(_, header, _)| {
        format!(
            "its header says typ {}, where some demand at+jwt",
            shorten(header.string("typ").unwrap_or("nothing"))
        )
    });
    long.into_iter().chain(typ).fold(String::new(), |all, oddity| all + "; " + oddity.as_str())
}
