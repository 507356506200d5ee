//! What goes wrong between the authorization request and the callback.

use super::context::{DiagnosisContext, shorten};
use super::product::{AUTH0, ENTRA, KEYCLOAK, OKTA, ZUPLO};
use super::{Blame, Cause, Remedy};
use crate::scenario::Registration;
use crate::specification::Party;

pub(super) static CONNECTION: Cause = Cause {
    id: "connection-not-enabled",
    title: "No way to log in is enabled for the client",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["authz-error-response"],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: turn on Settings › Advanced › Enable Application Connections, and promote the connection to domain level: PATCH /api/v2/connections/CONNECTION_ID with {\"is_domain_connection\": true}. Clients that register themselves are third-party applications and see domain-level connections only.",
            "https://auth0.com/docs/authenticate/identity-providers/promote-connections-to-domain-level",
        ),
        Remedy::general(
            "Enable a login method for clients that register themselves: a client made by hand may have one where these have none.",
        ),
    ],
    shown_by: &["connection-not-enabled"],
    detect: |case| {
        let words = case.complaint(&["no connections enabled for the client"])?;
        Some(format!(
            "The login says \"{words}\": the client was registered, and nobody can log in through it"
        ))
    },
};

pub(super) static SERVICE: Cause = Cause {
    id: "resource-unknown",
    title: "The authorization server knows no API with the resource's identifier",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-accepts-resource", "authz-error-response", "token-error-format"],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: Applications › APIs › Create API with this resource as Identifier, character by character (path, no other slash at the end), and Signing Algorithm RS256. An Identifier cannot be changed: create another API instead.",
            "https://zuplo.com/docs/articles/configuring-auth0-for-mcp-auth",
        ),
        Remedy::documented(
            &ENTRA,
            "Entra ID: App registrations › Expose an API: the Application ID URI has to be the resource, and the scope one of that API (AADSTS9010010 names the two that differ).",
            "https://learn.microsoft.com/entra/identity-platform/reference-error-codes",
        ),
        Remedy::documented(
            &OKTA,
            "Okta: Security › API › Authorization Servers: Audience of the server has to be the resource.",
            "https://developer.okta.com/docs/guides/customize-authz-server/",
        ),
        Remedy::general(
            "Register the resource at the authorization server under exactly this identifier; a server that does not know the parameter has to ignore it.",
        ),
    ],
    shown_by: &["service-not-found"],
    detect: |case| {
        case.failed("as-accepts-resource").then(|| {
            let callback = case.evidence.callback().ok();
            let said = callback.and_then(|callback| callback.get("error_description")).unwrap_or_default();
            let said = if said.is_empty() { String::new() } else { format!(": \"{}\"", shorten(said)) };
            format!("The authorization server refuses the resource {}{said}", case.resource())
        })
    },
};

pub(super) static REDIRECT: Cause = Cause {
    id: "redirect-unregistered",
    title: "The redirect URI is not registered for the client",
    blame: Blame::One(Party::Client),
    explains: &["authz-error-response"],
    advice: &[
        Remedy::documented(
            &AUTH0,
            "Auth0: Applications › the client › Allowed Callback URLs: add the redirect URI; walk with a fixed --redirect-port.",
            "https://auth0.com/docs/get-started/applications/application-settings",
        ),
        Remedy::documented(
            &ENTRA,
            "Entra ID: App registrations › Authentication: add http://localhost under Mobile and desktop applications, and walk with --redirect-host localhost.",
            "https://learn.microsoft.com/entra/identity-platform/reply-url",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: Clients › the client › Valid redirect URIs: add http://127.0.0.1/*.",
            "https://www.keycloak.org/docs/latest/server_admin/",
        ),
        Remedy::general(
            "Add the redirect URI to those of the client, or walk with the registered one: --redirect-host, --redirect-port.",
        ),
    ],
    shown_by: &[],
    detect: |case| {
        let words = case.complaint(&[
            "callback url mismatch",
            "aadsts50011",
            "invalid parameter: redirect_uri",
            "redirect_uri_mismatch",
            "redirect_uri is not registered",
            "redirect uri mismatch",
        ])?;
        let uri = case.evidence.authorization().ok()?.redirect_uri.clone();
        Some(format!("The login says \"{words}\" of {uri}"))
    },
};

pub(super) static UNKNOWN: Cause = Cause {
    id: "client-unknown",
    title: "The authorization server does not know the client",
    blame: Blame::One(Party::Client),
    explains: &["authz-error-response"],
    advice: &[
        Remedy::documented(
            &ENTRA,
            "Entra ID: check that the client (Application ID) is registered in the tenant of the issuer; AADSTS700016 means that it is another one.",
            "https://learn.microsoft.com/entra/identity-platform/reference-error-codes",
        ),
        Remedy::general(
            "Check --client-id, and that the client is registered at this authorization server: another tenant or environment has clients of its own.",
        ),
    ],
    shown_by: &[],
    detect: unknown,
};

fn unknown(case: &DiagnosisContext<'_>) -> Option<String> {
    let Registration::Preregistered { client_id, .. } = &case.evidence.scenario.client.registration else {
        return None;
    };
    let words = case.complaint(&[
        "unknown client",
        "client not found",
        "aadsts700016",
        "invalid_client",
        "the oauth client was not found",
    ])?;
    Some(format!("The authorization server says \"{words}\" of the client {}", shorten(client_id)))
}

pub(super) static GRANT: Cause = Cause {
    id: "third-party-access-denied",
    title: "The API is closed to clients that register themselves",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["authz-error-response"],
    advice: &[
        Remedy::reported(
            &AUTH0,
            "Auth0: Applications › APIs › the API › Settings: allow user-delegated access under Default Permissions for Third-Party Applications.",
        ),
        Remedy::general("Allow clients that register themselves to ask for the resource's scopes."),
    ],
    shown_by: &[],
    detect: |case| {
        let words = case.complaint(&[
            "is not authorized to access resource server",
            "audience is not allowed for third party clients",
        ])?;
        Some(format!("The authorization server says \"{words}\""))
    },
};

pub(super) static STATE: Cause = Cause {
    id: "callback-altered",
    title: "The callback does not belong to the request",
    blame: Blame::Either(Party::AuthorizationServer, Party::Network),
    explains: &["authz-state-echo", "authz-error-state", "authz-no-duplicate-response-params"],
    advice: &[
        Remedy::documented(
            &ZUPLO,
            "Where Zuplo itself is the authorization server, pass state and every other parameter of the request on as it is, and back.",
            "https://zuplo.com/docs/mcp-gateway/auth/overview",
        ),
        Remedy::general(
            "Return state as it came, once, and let no proxy rewrite or decode the query of the callback.",
        ),
    ],
    shown_by: &["state-dropped", "state-changed", "callback-duplicate-parameter"],
    detect: |case| {
        // An error says itself why the login ended.
        case.evidence.callback().ok().filter(|callback| callback.get("error").is_none())?;
        let said = case.first_finding(&["authz-state-echo", "authz-no-duplicate-response-params"])?;
        Some(format!("{said}: clients refuse it, as anybody could have sent it"))
    },
};

pub(super) static ISS: Cause = Cause {
    id: "callback-issuer-wrong",
    title: "The callback does not say correctly who answers",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["authz-iss-identical", "as-iss-advertised", "as-iss-param", "authz-iss-errors"],
    advice: &[
        Remedy::reported(
            &AUTH0,
            "Auth0: turn on Settings › Advanced › Include Issuer in Authorization Responses.",
        ),
        Remedy::documented(
            &KEYCLOAK,
            "Keycloak: Clients › the client › Advanced › OpenID Connect Compatibility Modes: turn Exclude Issuer From Authentication Response off.",
            "https://www.keycloak.org/docs/latest/server_admin/",
        ),
        Remedy::general(
            "Send iss in the callback exactly as issuer is published, and say so with authorization_response_iss_parameter_supported: true (RFC 9207).",
        ),
    ],
    shown_by: &["iss-unknown", "iss-wrong", "iss-missing", "iss-not-advertised"],
    detect: |case| {
        let said = case.first_finding(&["authz-iss-identical", "as-iss-advertised", "as-iss-param"])?;
        let iss = case.evidence.callback().ok().and_then(|callback| callback.get("iss"));
        let iss = iss.map_or_else(|| "no iss".to_owned(), |iss| format!("iss {}", shorten(iss)));
        Some(format!("{said} (it carries {iss}, the issuer is {})", case.evidence.issuer()))
    },
};
