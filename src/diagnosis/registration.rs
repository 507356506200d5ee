//! What goes wrong where a client gets its identifier.

use super::context::{DiagnosisContext, shorten};
use super::product::{AUTH0, COGNITO, ENTRA, GITHUB, GOOGLE, KEYCLOAK, OKTA, WORKOS};
use super::{Blame, Cause, Remedy};
use crate::document::read_body;
use crate::exchange::{Exchange, Response};
use crate::scenario::Registration;
use crate::specification::Party;

const AUTH0_REGISTRATION: &str =
    "https://auth0.com/docs/get-started/applications/dynamic-client-registration";

/// The same for both shapes in which registration is not there.
const OFF: &[Remedy] = &[
    Remedy::documented(
        &AUTH0,
        "Auth0: turn on Settings › Advanced › OIDC Dynamic Application Registration (and Enable Application Connections beside it).",
        AUTH0_REGISTRATION,
    ),
    Remedy::documented(
        &OKTA,
        "Okta registers clients for administrators only (its endpoint wants an API token): create the application in Applications › Create App Integration and walk with --client-id.",
        "https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/Client/",
    ),
    Remedy::documented(
        &ENTRA,
        "Entra ID has no dynamic registration: register the client in App registrations (platform Mobile and desktop, redirect http://localhost), and walk with --client-id; or put an OAuth proxy before it.",
        "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app",
    ),
    Remedy::documented(
        &KEYCLOAK,
        "Keycloak: Realm settings › Client registration › Client registration policies › Anonymous access: add the clients' hosts to Trusted Hosts, or turn its host check off; or create the client and walk with --client-id.",
        "https://www.keycloak.org/securing-apps/client-registration",
    ),
    Remedy::documented(
        &COGNITO,
        "Cognito has no dynamic registration: create an app client in User pool › App clients and walk with --client-id, or put a registration endpoint before it.",
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html",
    ),
    Remedy::documented(
        &WORKOS,
        "WorkOS: Connect › Configuration: enable Dynamic Client Registration, or Client ID Metadata Document, for MCP clients.",
        "https://workos.com/docs/authkit/mcp",
    ),
    Remedy::documented(
        &GOOGLE,
        "Google has no dynamic registration: create an OAuth client ID in the Cloud console (APIs & Services › Credentials) and walk with --client-id, or put an OAuth proxy before it.",
        "https://developers.google.com/identity/protocols/oauth2",
    ),
    Remedy::documented(
        &GITHUB,
        "GitHub has no dynamic registration: create an OAuth app in Settings › Developer settings and put an OAuth proxy before it that registers clients.",
        "https://docs.github.com/apps/oauth-apps/building-oauth-apps/creating-an-oauth-app",
    ),
    Remedy::general(
        "Turn on dynamic client registration, or client-ID metadata documents, at the authorization server; or register a client by hand and walk with --client-id.",
    ),
];

pub(super) static DISABLED: Cause = Cause {
    id: "registration-disabled",
    title: "The authorization server offers no dynamic client registration",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-dcr-available", "dcr-open", "dcr-error-format"],
    advice: OFF,
    shown_by: &["registration-disabled"],
    detect: |case| {
        if case.evidence.scenario.client.registration != Registration::Dynamic {
            return None;
        }
        // Where there is an endpoint to ask, it is published, or guessed for want of metadata: other causes tell.
        if asked(case).is_some() {
            return None;
        }
        let (exchange, metadata) = case.evidence.server_metadata().ok()?;
        let walked_on = case.evidence.authorization().is_ok();
        (!walked_on
            && metadata.endpoint("registration_endpoint").is_none()
            && metadata.endpoint("token_endpoint").is_some())
        .then(|| format!("The metadata at {} has no registration_endpoint", exchange.request.url))
    },
};

pub(super) static MISPLACED: Cause = Cause {
    id: "registration-endpoint-not-found",
    title: "The registration endpoint that the metadata names is not there",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["dcr-error-format", "dcr-open"],
    advice: &[Remedy::general(
        "Correct registration_endpoint in the authorization server's metadata, or the route that should serve it: a path prefix that a proxy adds or strips is the usual cause. If registration is not offered, leave the member out.",
    )],
    shown_by: &["registration-route-missing"],
    detect: |case| {
        let (exchange, response) =
            asked(case).filter(|(_, response)| matches!(response.status, 404 | 405 | 501))?;
        let named = case.evidence.server_metadata().is_ok();
        named.then(|| {
            format!(
                "registration_endpoint is {}, which responds with {}",
                exchange.request.url, response.status
            )
        })
    },
};

pub(super) static CLOSED: Cause = Cause {
    id: "registration-closed",
    title: "Registration is not open to everybody",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["dcr-open", "dcr-error-format"],
    advice: OFF,
    shown_by: &["registration-forbidden"],
    detect: |case| {
        let (exchange, response) =
            asked(case).filter(|(_, response)| matches!(response.status, 401 | 403))?;
        let said = said(response);
        Some(format!("{} responds with {}{said}", exchange.request.url, response.status))
    },
};

pub(super) static REDIRECTS: Cause = Cause {
    id: "loopback-redirect-refused",
    title: "The authorization server registers no redirect to this machine",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["dcr-redirect-uris"],
    advice: &[Remedy::general(
        "Let native clients register http://127.0.0.1 and http://localhost with any port (RFC 8252 §7.3): programs on a desktop have no other redirect.",
    )],
    shown_by: &["loopback-redirect-refused"],
    detect: |case| {
        let (exchange, response) = asked(case)?;
        case.failed("dcr-redirect-uris")
            .then(|| format!("{} responds with {}{}", exchange.request.url, response.status, said(response)))
    },
};

pub(super) static FAILING: Cause = Cause {
    id: "registration-failing",
    title: "The registration endpoint fails",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["dcr-error-format", "dcr-client-id"],
    advice: &[Remedy::general(
        "Read the authorization server's log for this request: registration either succeeds with a client_id or says in JSON what it does not like.",
    )],
    shown_by: &["registration-html", "registration-client-id-missing"],
    detect: |case| {
        let (exchange, response) = asked(case)?;
        let broken = response.status >= 500 || case.failed("dcr-client-id");
        let without = if response.is_success() { " without a client_id" } else { "" };
        broken.then(|| {
            format!("{} responds with {}{without}{}", exchange.request.url, response.status, said(response))
        })
    },
};

pub(super) static REFUSED: Cause = Cause {
    id: "registration-refused",
    title: "The authorization server does not take what MCP clients register",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["as-application-type-ok", "dcr-error-format"],
    advice: &[Remedy::general(
        "Let registration ignore metadata that it does not know, such as application_type, and replace values that it does not support (RFC 7591 §2 and §3.2.1); MCP clients cannot leave them out.",
    )],
    shown_by: &["application-type-refused"],
    detect: |case| {
        let (exchange, response) = asked(case).filter(|(_, response)| response.status == 400)?;
        if case.failed("dcr-redirect-uris") {
            return None;
        }
        Some(format!("{} refuses the client with 400{}", exchange.request.url, said(response)))
    },
};

/// The registration request and its response.
fn asked<'a>(case: &DiagnosisContext<'a>) -> Option<(&'a Exchange, &'a Response)> {
    case.evidence.registration().ok()
}

/// What an error says in its JSON.
fn said(response: &Response) -> String {
    let Ok(json) = read_body(response) else { return String::new() };
    match (json.string("error"), json.string("error_description")) {
        (Some(error), Some(description)) => format!(", saying {}: {}", shorten(error), shorten(description)),
        (Some(error), None) => format!(", saying {}", shorten(error)),
        _ => String::new(),
    }
}
