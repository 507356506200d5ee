//! What a refresh token is good for.

use super::jwt::granted;
use crate::check::refusal::{defence, otherwise};
use crate::check::{At, Check, Doc, Evidence, Finding, Levels, Verdict, display, response};
use crate::document::access_token::{AccessToken, audiences};
use crate::document::scope;
use crate::document::token::TokenResponse;
use crate::document::{Object, read_body};
use crate::exchange::{Exchange, Purpose, Response};
use crate::specification::cite::{mcp, oauth21, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// The response to the refresh request.
fn response<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, &'a Response), Verdict> {
    let (_, token) = evidence.token()?;
    if token.refresh_token().is_none() {
        return Err(Verdict::not_applicable("no refresh token was issued"));
    }
    evidence.last(|purpose| purpose == Purpose::Refresh, "the walk did not reach the refresh")
}

/// The refreshed token.
fn refreshed<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, TokenResponse), Verdict> {
    let (exchange, _) = response(evidence)?;
    let token = TokenResponse::read(exchange).ok().filter(|token| token.access_token().is_some());
    token.map(|token| (exchange, token)).ok_or_else(|| Verdict::untestable("no token was refreshed"))
}

/// A member of the form of a request.
fn form_member(exchange: &Exchange, name: &str) -> Option<String> {
    let mut members = url::form_urlencoded::parse(&exchange.request.body);
    members.find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

/// Whether a client that does not authenticate sent a request.
fn is_public(exchange: &Exchange) -> bool {
    exchange.request.headers.get("authorization").is_none()
        && ["client_secret", "client_assertion"].iter().all(|name| form_member(exchange, name).is_none())
}

/// The claims of the token in a response, if it is a JWT.
fn claims(exchange: &Exchange, token: &TokenResponse) -> Option<Object> {
    match AccessToken::issued(exchange.response()?, &token.access_token()?) {
        AccessToken::Jwt { claims, .. } => Some(claims),
        AccessToken::Encrypted { .. } | AccessToken::Opaque => None,
    }
}

pub(in crate::check) static ACCEPTED: Check = Check {
    id: "refresh-accepted",
    title: "A refresh token buys a new access token for the same resource",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6749, "6"), oauth21!("4.3"), rfc!(8707, "2.2")],
    doc: Doc {
        checks: "The refresh token of this run, sent once with the resource it was granted for, is not refused.",
        matters: "Clients refresh in the background, and add resource to every token request. If that is refused, the user has to log in again each time a token expires.",
        fix: "Allow the grant refresh_token to the client, and accept in a refresh the resource that was authorized.",
    },
    judge: |evidence| {
        let (exchange, response) = response(evidence)?;
        let error = read_body(response).ok().and_then(|body| body.string("error").map(display::shorten));
        if response.is_success() && error.is_none() {
            let token = TokenResponse::read(exchange).ok().and_then(|response| response.access_token());
            return match token {
                Some(_) => Ok(()),
                None => Err(otherwise(response, "an access token")),
            };
        }
        if let Some(open) = defence(response) {
            return Err(open);
        }
        let found = error.unwrap_or_else(|| response.status.to_string());
        let finding =
            Finding::in_exchange(exchange, At::Status, format!("The refresh is refused with {found}"));
        Err(finding.compare("a new access token", found).fail())
    },
};

pub(in crate::check) static JSON_200: Check = Check {
    id: "refresh-200-json",
    title: "The refreshed token comes with status 200 in a JSON object",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "6"), rfc!(6749, "5.1"), oauth21!("3.2.3")],
    doc: Doc {
        checks: "A refresh that is not refused is answered like a token request: status 200, content-type application/json, access_token and token_type.",
        matters: "Clients read both responses with the same parser. One that differs shows only when the first token expires.",
        fix: "Respond to a refresh exactly as the first token request.",
    },
    judge: |evidence| {
        let (exchange, response) = response(evidence)?;
        if !response.is_success() {
            return Err(Verdict::untestable("the refresh was refused"));
        }
        response::json_response(exchange, response, 200)?;
        let body = read_body(response).ok();
        if body.as_ref().is_some_and(|body| body.string("error").is_some()) {
            return Err(Verdict::untestable("the refresh was refused"));
        }
        let missing = ["access_token", "token_type"]
            .into_iter()
            .find(|name| body.as_ref().is_none_or(|body| body.string(name).is_none_or(str::is_empty)));
        let Some(missing) = missing else { return Ok(()) };
        let message = format!("The response to the refresh has no {missing}");
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(missing)), message);
        Err(finding.compare("access_token and token_type", format!("no {missing}")).fail())
    },
};

pub(in crate::check) static NO_STORE: Check = Check {
    id: "refresh-no-store",
    title: "The response with the refreshed token forbids caches to store it",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "5.1"), oauth21!("3.2.3")],
    doc: Doc {
        checks: "cache-control of the response to the refresh contains no-store.",
        matters: "A cache that keeps the response gives one user's tokens to the next.",
        fix: "Send Cache-Control: no-store from the token endpoint whatever the grant, and check that no gateway or CDN replaces it.",
    },
    judge: |evidence| {
        let (exchange, _) = refreshed(evidence)?;
        exchange.response().map_or(Ok(()), |response| response::not_stored(exchange, response))
    },
};

pub(in crate::check) static ROTATED: Check = Check {
    id: "refresh-token-rotated",
    title: "The refresh token of a public client is replaced when it is used",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should).then(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[
        oauth21!("4.3.1"),
        rfc!(9700, "4.14.2"),
        mcp!(["2025-03-26"], "basic/authorization", "Security Considerations", "security-considerations"),
        mcp!(["2025-06-18", "2025-11-25"], "basic/authorization", "Token Theft", "token-theft"),
        mcp!(["2026-07-28"], "basic/authorization/security-considerations", "Token Theft", "token-theft"),
    ],
    doc: Doc {
        checks: "The response to the refresh of a client that does not authenticate has another refresh token than was sent; where it has none, or whether the old one still works, is not decided. Tokens bound to a key of the client need no rotation, nor do those of clients that authenticate.",
        matters: "Whoever steals the refresh token of a public client can use it as long as it lives. Only rotation shows that two use it.",
        fix: "Switch refresh token rotation on for public clients; most servers have it as a setting of the client.",
    },
    judge: |evidence| {
        let (exchange, token) = refreshed(evidence)?;
        if !is_public(exchange) {
            return Err(Verdict::not_applicable("the client authenticates, which binds its refresh tokens"));
        }
        if token.is_dpop() {
            return Err(Verdict::not_applicable("the tokens are bound to the key of the client"));
        }
        let sent = form_member(exchange, "refresh_token");
        let issued = token.refresh_token();
        let found = match (&sent, &issued) {
            (Some(sent), Some(issued)) if sent != issued.expose() => return Ok(()),
            (_, Some(_)) => "the same refresh token",
            // OAuth 2.1 §4.3.2 lets a server issue none: then the old one may have been good for once.
            (_, None) => {
                return Err(Verdict::inconclusive(
                    "no other refresh token was issued: whether the one sent is good again was not tried",
                ));
            }
        };
        let message = format!("The refresh of a public client gets {found}");
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer("refresh_token")), message);
        Err(finding.compare("a new refresh token", found).fail())
    },
};

pub(in crate::check) static SCOPE: Check = Check {
    id: "refresh-scope",
    title: "A refresh does not widen the scope",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "6"), oauth21!("4.3")],
    doc: Doc {
        checks: "The scope of the refreshed token, by the response or by the claim of the JWT, holds nothing that the token before it did not. The refresh asks for no scope.",
        matters: "The user consented to the scope of the first token. What a refresh adds nobody has agreed to.",
        fix: "Store the scope with the refresh token, and issue no more than that.",
    },
    judge: |evidence| {
        let (exchange, token) = refreshed(evidence)?;
        let (granted_by, first) = evidence.token()?;
        // Like is compared with like: a claim need not hold what is for the server alone, such as openid.
        let stated = |token: &TokenResponse| token.json.string("scope").map(str::to_owned);
        let claimed = |exchange: &Exchange, token: &TokenResponse| granted(&claims(exchange, token)?);
        let requested = || evidence.authorization().ok()?.get("scope");
        let pairs = [
            (stated(&first).or_else(requested), stated(&token)),
            (claimed(granted_by, &first).or_else(requested), claimed(exchange, &token)),
        ];
        let pairs: Vec<_> = pairs.into_iter().filter_map(|(before, after)| Some((before?, after?))).collect();
        if pairs.is_empty() {
            return Err(Verdict::not_applicable("nothing says which scope was granted, which is legal"));
        }
        let added = pairs.iter().find_map(|(before, after)| {
            let known = scope::tokens(before);
            let wider: Vec<_> =
                scope::tokens(after).into_iter().filter(|scope| !known.contains(scope)).collect();
            (!wider.is_empty()).then_some((before, after, wider))
        });
        let Some((before, after, wider)) = added else { return Ok(()) };
        let message = format!("The refresh adds scope: {}", display::shorten(&wider.join(" ")));
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer("scope")), message);
        Err(finding.compare(display::shorten(before), display::shorten(after)).fail())
    },
};

pub(in crate::check) static AUDIENCE: Check = Check {
    id: "refresh-audience",
    title: "A refresh does not widen the audience",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9700, "4.14.2"), rfc!(8707, "2.2")],
    doc: Doc {
        checks: "aud of the refreshed JWT names no audience that the token before it did not name.",
        matters: "A token that is good elsewhere too can be used there by whoever it is sent to.",
        fix: "Bind the refresh token to the resources of its grant, and take the audience from there.",
    },
    judge: |evidence| {
        let (_, _, before) = evidence.jwt()?;
        let (exchange, token) = refreshed(evidence)?;
        let Some(after) = claims(exchange, &token) else {
            return Err(Verdict::not_applicable("the refreshed token cannot be read, which is legal"));
        };
        let known = audiences(&before);
        let wider: Vec<_> =
            audiences(&after).into_iter().filter(|audience| !known.contains(audience)).collect();
        if wider.is_empty() {
            return Ok(());
        }
        let message = format!("The refresh adds an audience: {}", display::shorten(&wider.join(", ")));
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer("access_token")), message);
        let found = display::shorten(&audiences(&after).join(", "));
        Err(finding.compare(display::shorten(&known.join(", ")), found).fail())
    },
};
