//! What goes wrong between the authorization request and the callback.

use super::context::{DiagnosisContext, shorten};
use super::product::{AUTH0, ENTRA, KEYCLOAK, OKTA, ZUPLO};
use super::{Blame, Cause, Remedy};
use crate::document::scope;
use crate::exchange::bare;
use crate::scenario::{Driver, Registration};
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

pub(super) static ENDPOINT_PARAMETERS: Cause = Cause {
    id: "endpoint-parameters",
    title: "The authorization endpoint in the metadata brings parameters of the request along",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &[
        "as-endpoint-no-parameters",
        "as-accepts-resource",
        "authz-error-response",
        "token-error-format",
    ],
    advice: &[Remedy::general(
        "Publish authorization_endpoint without these parameters: each client sends them itself, and the server takes the first, the last or none of the two.",
    )],
    shown_by: &["endpoint-with-resource"],
    detect: |case| {
        let error =
            case.error().filter(|error| matches!(error.as_str(), "invalid_target" | "invalid_request"))?;
        let endpoint = case.evidence.server_metadata().ok()?.1.endpoint("authorization_endpoint")?.to_owned();
        case.failed("as-endpoint-no-parameters").then(|| {
            format!(
                "authorization_endpoint is {}: the parameter in its query comes twice, and the server answers {error}",
                shorten(&endpoint)
            )
        })
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
        if !matches!(case.evidence.scenario.client.registration, Registration::Preregistered { .. }) {
            return None;
        }
        redirect_refused(case)
    },
};

pub(super) static REGISTERED_REDIRECT: Cause = Cause {
    id: "registered-redirect-refused",
    title: "The authorization server refuses the redirect URI that the client has just registered",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["authz-error-response", "dcr-echo-metadata"],
    advice: &[Remedy::general(
        "Compare the redirect URI of the request with those of the client's registration, and let the port of a loopback address be free (RFC 8252 §7.3); look for a second list of allowed redirect URIs, or for replicas that do not share registrations.",
    )],
    shown_by: &["registered-redirect-refused"],
    detect: |case| {
        if case.evidence.client().is_err() {
            return None;
        }
        Some(format!("{}, which the registration accepted", redirect_refused(case)?))
    },
};

/// What servers say of a redirect URI that they do not take.
const REDIRECT_WORDS: &[&str] = &[
    "callback url mismatch",
    "aadsts50011",
    "invalid parameter: redirect_uri",
    "redirect_uri_mismatch",
    "redirect_uri is not registered",
    "redirect uri is not registered",
    "redirect uri not registered",
    "redirect uri mismatch",
    "invalid redirect uri",
    "invalid redirect_uri",
    "mismatching redirect uri",
    "unregistered redirect_uri",
    "redirect uri not allowed",
    "wrong redirect uri",
    "invalid_redirect_uri",
];

fn redirect_refused(case: &DiagnosisContext<'_>) -> Option<String> {
    let words = case.complaint(REDIRECT_WORDS)?;
    let uri = case.evidence.authorization().ok()?.redirect_uri.clone();
    Some(format!("The login says \"{words}\" of {uri}"))
}

/// What servers say of a client that they do not know.
const CLIENT_WORDS: &[&str] = &[
    "unknown client",
    "client not found",
    "client not registered",
    "client is not registered",
    "aadsts700016",
    "invalid_client",
    "the oauth client was not found",
    "unrecognized client_id",
    "unrecognized client",
    "unknown client_id",
    "invalid client_id",
    "invalid client id",
    "client could not be found",
    "could not be verified",
];

pub(super) static METADATA_DOCUMENT: Cause = Cause {
    id: "client-metadata-refused",
    title: "The authorization server does not take the client's metadata document",
    blame: Blame::Either(Party::AuthorizationServer, Party::Client),
    explains: &["authz-error-response"],
    advice: &[Remedy::general(
        "Fetch the client_id URL from where the authorization server runs: it has to get 200 and application/json at once, within a few KB, with client_id equal to the URL and the redirect URI of the request in redirect_uris. Then look at the server: many have an allow-list of hosts, and refuse addresses that are not public. If it does not read such documents, let it not say client_id_metadata_document_supported.",
    )],
    shown_by: &[],
    detect: |case| {
        let Registration::MetadataDocument { url, .. } = &case.evidence.scenario.client.registration else {
            return None;
        };
        let presented = case.evidence.authorization().ok()?.get("client_id")? == *url;
        let words = case.complaint(CLIENT_WORDS).or_else(|| case.complaint(REDIRECT_WORDS));
        let words = words.filter(|_| presented)?;
        Some(format!("The authorization server says \"{words}\" of the client {}", shorten(url)))
    },
};

pub(super) static SCOPE: Cause = Cause {
    id: "scope-unknown",
    title: "The authorization server refuses a scope that the client was told to ask for",
    blame: Blame::Either(Party::Gateway, Party::AuthorizationServer),
    explains: &["as-scopes-cover-prm", "token-error-format"],
    advice: &[Remedy::general(
        "Let the gateway's challenge and scopes_supported name only what its authorization server knows, or create the scope there and allow it to clients that register themselves.",
    )],
    shown_by: &["scope-unknown"],
    detect: |case| {
        if case.error().as_deref() != Some("invalid_scope") {
            return None;
        }
        let asked = case.evidence.authorization().ok()?.get("scope").unwrap_or_default();
        let odd = |known: &str| {
            let known = scope::tokens(known);
            scope::tokens(&asked)
                .into_iter()
                .filter(|scope| !known.contains(scope))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let server = case.evidence.server_metadata().ok().map(|(_, metadata)| metadata);
        let listed = server.as_ref().and_then(|metadata| metadata.json.strings("scopes_supported"));
        let client = case.evidence.client().ok().map(|(_, client)| client);
        let registered = client.as_ref().and_then(|client| client.json.string("scope"));
        let is_listed = listed.is_some();
        let unlisted = listed.map(|listed| odd(&listed.join(" "))).filter(|odd| !odd.is_empty());
        let unregistered = registered.map(odd).filter(|odd| !odd.is_empty());
        let why = match (unlisted, unregistered) {
            (Some(odd), _) => format!("its scopes_supported does not list {}", shorten(&odd)),
            (None, Some(odd)) => format!("it registered the client without {}", shorten(&odd)),
            (None, None) if is_listed => "although its scopes_supported lists all of them".to_owned(),
            (None, None) => "its metadata does not say which scopes it knows".to_owned(),
        };
        Some(format!(
            "The authorization server answers the scope \"{}\" with invalid_scope: {why}",
            shorten(&asked)
        ))
    },
};

pub(super) static DENIED: Cause = Cause {
    id: "consent-denied",
    title: "The login was denied by what was filled in",
    blame: Blame::One(Party::Client),
    explains: &["authz-error-response"],
    advice: &[Remedy::general("Fill in what allows instead: --fill names the button that is pressed.")],
    shown_by: &[],
    detect: |case| {
        let denied = case.error().as_deref() == Some("access_denied");
        let Driver::Form(script) = &case.evidence.scenario.consent.driver else { return None };
        let refuses = |value: &str| {
            ["deny", "denied", "reject", "cancel", "decline", "refuse", "disallow", "no", "false"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word))
        };
        let (name, _) = script.values().find(|(_, value)| refuses(value.expose()))?;
        denied.then(|| {
            format!("The server says access_denied: the value given for {name} is that of a refusal")
        })
    },
};

pub(super) static PARAMETERS: Cause = Cause {
    id: "callback-parameters-missing",
    title: "The browser is sent to the redirect URI without the response that belongs there",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &[
        "authz-error-response",
        "authz-state-echo",
        "authz-error-state",
        "as-iss-param",
        "as-iss-advertised",
    ],
    advice: &[
        Remedy::when(
            |case| fragment(case).is_some(),
            "Append code and state to the query of the redirect URI (RFC 6749 §4.1.2, response_mode query): a browser does not send the fragment to anybody.",
        ),
        Remedy::general(
            "Append code and state, or error and state, to the query of the redirect URI (RFC 6749 §4.1.2); look for a hop of the login that redirects on and drops the query.",
        ),
    ],
    shown_by: &["callback-empty", "callback-in-fragment"],
    detect: |case| {
        let callback = case.evidence.callback().ok()?;
        if let Some(names) = fragment(case) {
            return Some(format!(
                "The redirect has {names} in its fragment, behind #: clients never see them"
            ));
        }
        callback.query.is_empty().then(|| {
            format!(
                "The server redirects to {} and appends nothing, or puts it behind #",
                bare(&callback.url)
            )
        })
    },
};

/// The names of the parameters in the fragment of the callback.
fn fragment(case: &DiagnosisContext<'_>) -> Option<String> {
    let parameters = case.evidence.callback().ok()?.fragment()?;
    Some(shorten(&parameters.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ")))
}

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
    // Of a token request the code alone may be about the secret as well.
    let words = case.complaint(CLIENT_WORDS)?;
    if words == "invalid_client" && case.evidence.token_response().is_ok() {
        return None;
    }
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
    shown_by: &["third-party-access-denied"],
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
    shown_by: &["state-dropped", "state-changed", "state-decoded-twice", "callback-duplicate-parameter"],
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
