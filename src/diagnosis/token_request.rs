//! Why the token endpoint gives no token: it is elsewhere, fails, does not read the request, or refuses the client or the code.

use serde_json::Value;

use super::context::{DiagnosisContext, is_answered_in_between, shorten};
use super::{Blame, Cause, Remedy, login};
use crate::document::access_token::{AccessToken, audiences};
use crate::document::token::{TokenResponse, error_code};
use crate::exchange::{Exchange, Purpose, Response, bare};
use crate::specification::Party;

const EXPLAINED: &[&str] = &["token-error-format", "token-200-json"];

/// The last token request and the response that has no token.
fn refused<'a>(case: &DiagnosisContext<'a>) -> Option<(&'a Exchange, &'a Response)> {
    let (exchange, response) = case.evidence.token_response().ok()?;
    let issued = TokenResponse::read(exchange).is_ok_and(|token| token.access_token().is_some());
    (!issued && !is_answered_in_between(response)).then_some((exchange, response))
}

pub(super) static NOT_FOUND: Cause = Cause {
    id: "token-endpoint-not-found",
    title: "There is no token endpoint at the address in the metadata",
    blame: Blame::One(Party::AuthorizationServer),
    explains: EXPLAINED,
    advice: &[Remedy::general(
        "Publish as token_endpoint the address that takes POST: compare it with the routes of the authorization server, and with what a proxy in front of it adds to or takes from the path.",
    )],
    shown_by: &["token-endpoint-not-found"],
    detect: |case| {
        let (exchange, response) = refused(case)?;
        let absent = matches!(response.status, 404 | 405 | 410 | 501) && error_code(response).is_none();
        absent.then(|| {
            let said = case.saying(response);
            format!(
                "POST {} gets {}{said}: the metadata names an address where no token endpoint is",
                exchange.request.url, response.status
            )
        })
    },
};

pub(super) static FAILING: Cause = Cause {
    id: "token-endpoint-failing",
    title: "The token endpoint fails",
    blame: Blame::One(Party::AuthorizationServer),
    explains: EXPLAINED,
    advice: &[Remedy::general(
        "Read the authorization server's log for this request: it crashed, or what is in front of it did not get a response from it.",
    )],
    shown_by: &["token-endpoint-failing"],
    detect: |case| {
        let (exchange, response) = refused(case).filter(|(_, response)| response.status >= 500)?;
        let page = if response.is_html() { " and a web page" } else { "" };
        let said = case.quoted(response);
        Some(format!("{} responds with {}{page}{said}", exchange.request.url, response.status))
    },
};

pub(super) static FORM: Cause = Cause {
    id: "token-form-not-read",
    title: "The token endpoint does not read form-encoded requests",
    blame: Blame::One(Party::AuthorizationServer),
    explains: EXPLAINED,
    advice: &[Remedy::general(
        "Read token requests as application/x-www-form-urlencoded (RFC 6749 §4.1.3), not as JSON; look for a framework or a gateway that validates the body by a schema of its own.",
    )],
    shown_by: &["token-form-not-read"],
    detect: |case| {
        let (exchange, response) = refused(case).filter(|(_, response)| error_code(response).is_none())?;
        matches!(response.status, 415 | 422).then(|| {
            format!(
                "{} refuses a form-encoded request with {}{}",
                exchange.request.url,
                response.status,
                case.saying(response)
            )
        })
    },
};

pub(super) static CLIENT: Cause = Cause {
    id: "client-authentication-refused",
    title: "The token endpoint refuses the way in which the client authenticates",
    blame: Blame::Either(Party::AuthorizationServer, Party::Client),
    explains: &["token-error-format", "dcr-echo-metadata", "dcr-public-honoured"],
    advice: &[
        Remedy::when(
            unsaid_method,
            "Let the registration response say token_endpoint_auth_method, and let the token endpoint take what it says: without it the default is client_secret_basic (RFC 7591 §2). A public client needs no secret.",
        ),
        Remedy::general(
            "Let the token endpoint take the method that the metadata and the registration name, or name the one that it takes; for a client brought along compare --client-id and its secret with the registration.",
        ),
    ],
    shown_by: &["registration-method-unsaid"],
    detect: |case| {
        let (exchange, response) = refused(case)?;
        let error = error_code(response);
        let about_client = matches!(error.as_deref(), Some("invalid_client" | "unauthorized_client"));
        let guessed = !response.is_success()
            && response.status < 500
            && unsaid_method(case)
            && error.as_deref() != Some("invalid_grant");
        if !about_client && !guessed || (login::UNKNOWN.detect)(case).is_some() {
            return None;
        }
        let sent = if exchange.request.headers.get("authorization").is_some() {
            "a secret in the Authorization header (client_secret_basic)"
        } else if String::from_utf8_lossy(&exchange.request.body).contains("client_secret=") {
            "a secret in the body (client_secret_post)"
        } else if String::from_utf8_lossy(&exchange.request.body).contains("client_assertion=") {
            "a signed assertion (private_key_jwt)"
        } else {
            "client_id alone (none)"
        };
        let why = if unsaid_method(case) {
            ", the default: the registration issued a secret and did not say how to use it"
        } else {
            ""
        };
        let said = case.saying(response);
        Some(format!(
            "{} refuses with {}{said}; the client sent {sent}{why}",
            exchange.request.url, response.status
        ))
    },
};

/// Whether the client was registered with a secret, and not told how to use it.
fn unsaid_method(case: &DiagnosisContext<'_>) -> bool {
    case.evidence.client().is_ok_and(|(_, client)| {
        client.json.string("client_secret").is_some()
            && client.json.string("token_endpoint_auth_method").is_none()
    })
}

pub(super) static ASSERTION: Cause = Cause {
    id: "assertion-unfit",
    title: "The assertion of the identity provider does not fit the request that it is presented with",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["token-error-format"],
    advice: &[Remedy::general(
        "Correct it at the identity provider, which issues the assertion: typ oauth-id-jag+jwt, aud the issuer of the authorization server, resource the MCP server, client_id the client as that authorization server knows it, and an exp that has not passed.",
    )],
    shown_by: &[],
    detect: |case| {
        refused(case)?;
        let exchanged = |purpose| purpose == Purpose::TokenExchange;
        let (exchange, response) = case.evidence.last(exchanged, "").ok()?;
        let assertion = TokenResponse::read(exchange).ok()?.access_token()?;
        let AccessToken::Jwt { header, claims } = AccessToken::issued(response, &assertion) else {
            return None;
        };
        let sent = |name: &str| {
            let mut form = url::form_urlencoded::parse(&exchange.request.body);
            form.find(|(member, _)| member == name).map(|(_, value)| value.into_owned())
        };
        let client_id = case.evidence.token_response().ok().and_then(|(exchange, _)| {
            let mut form = url::form_urlencoded::parse(&exchange.request.body);
            form.find(|(member, _)| member == "client_id").map(|(_, value)| value.into_owned())
        });
        let at = |name: &str| claims.members.get(name).and_then(Value::as_i64);
        let past = matches!((at("exp"), at("iat")), (Some(exp), Some(iat)) if exp <= iat);
        let unlike = |name: &str, wanted: Option<String>| {
            let found = claims.string(name)?;
            wanted
                .filter(|wanted| wanted != found)
                .map(|wanted| format!("its {name} is {}, not {wanted}", shorten(found)))
        };
        let typ = header.string("typ").unwrap_or("nothing");
        let typ =
            (!typ.eq_ignore_ascii_case(ID_JAG)).then(|| format!("its typ is {}, not {ID_JAG}", shorten(typ)));
        let audience = sent("audience").filter(|wanted| !audiences(&claims).contains(&wanted.as_str()));
        let audience = audience
            .map(|wanted| format!("its aud is {}, not {wanted}", shorten(&audiences(&claims).join(", "))));
        let wrong: Vec<_> = typ
            .into_iter()
            .chain(audience)
            .chain(unlike("resource", sent("resource")))
            .chain(unlike("client_id", client_id))
            .chain(past.then(|| "it had expired when it was issued".to_owned()))
            .collect();
        (!wrong.is_empty()).then(|| {
            format!(
                "The assertion that {} issued cannot be accepted: {}",
                bare(&exchange.request.url),
                wrong.join("; ")
            )
        })
    },
};

/// The type of an identity assertion authorization grant
/// ([draft-ietf-oauth-identity-assertion-authz-grant](https://datatracker.ietf.org/doc/draft-ietf-oauth-identity-assertion-authz-grant/)).
const ID_JAG: &str = "oauth-id-jag+jwt";

pub(super) static CODE: Cause = Cause {
    id: "code-lost",
    title: "The authorization server does not know the code that it has just issued",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["token-error-format"],
    advice: &[Remedy::general(
        "Keep codes where every replica finds them: if it works every second time, one replica issues them and another redeems them. If it never works, read its log for the comparison that fails: code_verifier (S256), redirect_uri, client_id, resource.",
    )],
    shown_by: &["code-lost"],
    detect: |case| {
        let (exchange, response) = refused(case)?;
        let redeemed = case.evidence.callback().is_ok_and(|callback| callback.get("code").is_some());
        let first = case.evidence.history.with_purpose(|purpose| purpose == Purpose::Token).count() == 1;
        let lost = error_code(response).as_deref() == Some("invalid_grant") && redeemed && first;
        (lost && !case.evidence.history.is_edited()).then(|| {
            format!(
                "{} refuses the code{}: it was issued to the same client for the same redirect URI, and redeemed at once and for the first time",
                bare(&exchange.request.url),
                case.saying(response)
            )
        })
    },
};

pub(super) static REFUSED: Cause = Cause {
    id: "token-request-refused",
    title: "The token endpoint refuses the request",
    blame: Blame::One(Party::AuthorizationServer),
    explains: &["token-error-format"],
    advice: &[Remedy::general(
        "Read what it says, and the authorization server's log for this request; it should say so with 400 and an error of RFC 6749 §5.2.",
    )],
    shown_by: &["token-request-refused"],
    detect: |case| {
        let (exchange, response) = refused(case).filter(|(_, response)| !response.is_success())?;
        let known = [
            &NOT_FOUND,
            &FAILING,
            &FORM,
            &CLIENT,
            &CODE,
            &ASSERTION,
            &login::UNKNOWN,
            &login::SCOPE,
            &login::SERVICE,
            &login::ENDPOINT_PARAMETERS,
        ];
        let elsewhere = known.iter().any(|cause| (cause.detect)(case).is_some());
        (!elsewhere).then(|| {
            let said = shorten(&case.saying(response));
            format!("{} refuses the token request with {}{said}", exchange.request.url, response.status)
        })
    },
};
