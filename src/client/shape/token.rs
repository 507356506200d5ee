//! The token response.

use serde_json::Value;

use super::{Missing, Reaction, Shape, Sight, UNREAD, seen_if};
use crate::check::Evidence;
use crate::client::traits::{Answer, TokenBody, TokenMediaType};
use crate::document::token::TokenResponse;
use crate::exchange::{Exchange, Purpose, Response};
use crate::specification::{Party, Step};

/// The response of the token endpoint that is one.
fn token<'a>(
    evidence: &Evidence<'a>,
) -> Result<Option<(&'a Exchange, &'a Response, TokenResponse)>, Missing> {
    let (exchange, response) = evidence.token_response().map_err(|_| Missing::Step(Step::Token))?;
    Ok(TokenResponse::read(exchange).ok().map(|token| (exchange, response, token)))
}

/// Sees a token response of which that is true, with what of it.
fn token_is(evidence: &Evidence<'_>, detail: fn(&Response, &TokenResponse) -> Option<String>) -> Sight {
    let Some((exchange, response, token)) = token(evidence)? else { return Ok(None) };
    let found = detail(response, &token);
    seen_if(found.is_some(), exchange, found.unwrap_or_default())
}

pub(super) static ERROR_200: Shape = Shape {
    id: "token-error-200",
    title: "The token endpoint reports an error with a success status",
    step: Step::Token,
    party: Party::AuthorizationServer,
    change: "Answer errors of the token endpoint with 400, and mend what the error says.",
    checks: &["token-200-json", "token-error-format"],
    shown_by: &[&["token-error-200"]],
    seen: |evidence| token_is(evidence, |_, token| token.error().filter(|_| token.access_token().is_none())),
    meets: |_, _| Reaction::Stops("gets no token"),
};

pub(super) static FORM: Shape = Shape {
    id: "token-form",
    title: "The token response is form-encoded",
    step: Step::Token,
    party: Party::AuthorizationServer,
    change: "Answer the token request with JSON.",
    checks: &["token-200-json"],
    shown_by: &[&["token-form-encoded"]],
    seen: |evidence| token_is(evidence, |response, token| token.form_encoded.then(|| response.media_type())),
    meets: |traits, _| match traits.token.body {
        TokenBody::Json => Reaction::Stops("reads the token response as JSON only"),
        TokenBody::JsonOrForm => Reaction::Connects,
        TokenBody::Unknown => UNREAD,
    },
};

pub(super) static CONTENT_TYPE: Shape = Shape {
    id: "token-content-type",
    title: "The token response is JSON, and is labelled as something else",
    step: Step::Token,
    party: Party::AuthorizationServer,
    change: "Send the token response as application/json.",
    checks: &["token-200-json"],
    shown_by: &[],
    seen: |evidence| {
        token_is(evidence, |response, token| {
            let media_type = response.media_type();
            let other = !token.form_encoded && !media_type.is_empty() && media_type != "application/json";
            other.then_some(media_type)
        })
    },
    meets: |traits, evidence| {
        let media_type = token(evidence).ok().flatten().map(|(_, response, _)| response.media_type());
        match traits.token.media_type {
            TokenMediaType::Json => Reaction::Stops("reads the token response only as application/json"),
            TokenMediaType::FormByType if media_type.as_deref() == Some("text/plain") => {
                Reaction::Stops("reads text/plain as a form")
            }
            TokenMediaType::Any | TokenMediaType::FormByType => Reaction::Connects,
            TokenMediaType::Unknown => UNREAD,
        }
    },
};

pub(super) static TYPE_MISSING: Shape = Shape {
    id: "token-type-missing",
    title: "The token response has no token_type",
    step: Step::Token,
    party: Party::AuthorizationServer,
    change: "Add token_type Bearer to the token response.",
    checks: &["token-type-bearer"],
    shown_by: &[&["token-type-missing"]],
    seen: |evidence| {
        token_is(evidence, |_, token| {
            let missing = token.access_token().is_some() && token.json.string("token_type").is_none();
            missing.then(|| "no token_type".to_owned())
        })
    },
    meets: |traits, _| match traits.token.type_required {
        Answer::Yes => Reaction::Stops("refuses a token response without token_type"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

pub(super) static EXPIRES_IN_STRING: Shape = Shape {
    id: "token-expires-in-string",
    title: "expires_in is a string",
    step: Step::Token,
    party: Party::AuthorizationServer,
    change: "Send expires_in as a number.",
    checks: &["token-expires-in"],
    shown_by: &[&["token-expires-in-string"]],
    seen: |evidence| {
        token_is(evidence, |_, token| {
            let lifetime = token.json.members.get("expires_in").filter(|_| !token.form_encoded);
            lifetime.filter(|lifetime| lifetime.is_string()).map(Value::to_string)
        })
    },
    meets: |traits, _| match traits.token.expires_in_string {
        Answer::Yes => Reaction::Connects,
        Answer::No => Reaction::Stops("refuses a token response whose expires_in is no number"),
        Answer::Unknown => UNREAD,
    },
};

pub(super) static REFRESH_201: Shape = Shape {
    id: "refresh-201",
    title: "A refresh is answered with 201",
    step: Step::Token,
    party: Party::AuthorizationServer,
    change: "Answer the refresh with 200.",
    checks: &["refresh-200-json"],
    shown_by: &[&["refresh-status-201"]],
    seen: |evidence| {
        let refresh = evidence.sent(|purpose| purpose == Purpose::Refresh).next_back();
        let Some(exchange) = refresh else {
            let (_, response) = evidence.token_response().map_err(|_| Missing::Step(Step::Token))?;
            return if response.is_success() { Ok(None) } else { Err(Missing::Step(Step::Token)) };
        };
        seen_if(exchange.status() == Some(201), exchange, exchange.ended())
    },
    meets: |traits, _| match traits.token.refresh_201 {
        Answer::Yes => Reaction::Connects,
        Answer::No => Reaction::WithLess("drops the tokens: its user logs in again whenever one expires"),
        Answer::Unknown => UNREAD,
    },
};
