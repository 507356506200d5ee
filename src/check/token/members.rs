//! The members of the token response.

use crate::document::scope;
use serde_json::Value;

use super::jwt::granted;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::document::token::TokenResponse;
use crate::exchange::Exchange;
use crate::specification::cite::{mcp, oauth21, rfc};
use crate::specification::{Level, Party, Step};

/// The longest life we call short. The specs name no number.
const DAY: u64 = 86_400;

/// The token response, if there is a token in it.
fn issued<'a>(evidence: &Evidence<'a>) -> Result<(&'a Exchange, TokenResponse), Verdict> {
    let (exchange, token) = evidence.token()?;
    if token.access_token().is_none() {
        return Err(Verdict::untestable("no access token was issued"));
    }
    Ok((exchange, token))
}

pub(in crate::check) static BEARER: Check = Check {
    id: "token-type-bearer",
    title: "The token response says that the token is a bearer token",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "5.1"), rfc!(6750, "4"), oauth21!("3.2.3")],
    doc: Doc {
        checks: "token_type is Bearer, in any case; DPoP is as good where the request had a proof of possession.",
        matters: "A client must not use a token whose type it does not know.",
        fix: "Return \"token_type\": \"Bearer\".",
    },
    judge: |evidence| {
        const MEMBER: &str = "token_type";
        let (exchange, token) = issued(evidence)?;
        let found = token.json.string(MEMBER);
        if found.is_some_and(|found| found.eq_ignore_ascii_case("bearer")) {
            return Ok(());
        }
        // RFC 9449 §5: the type of a token that is bound to the key of the proof it was asked for with.
        let proved = exchange.request.headers.get("dpop").is_some();
        if proved && found.is_some_and(|found| found.eq_ignore_ascii_case("dpop")) {
            return Ok(());
        }
        let message = "The token response does not say that the token is a bearer token";
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("Bearer", display::shown(token.json.members.get(MEMBER))).fail())
    },
};

pub(in crate::check) static EXPIRES_IN: Check = Check {
    id: "token-expires-in",
    title: "The token response says as a number how long the token lives",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6749, "5.1"), oauth21!("3.2.3")],
    doc: Doc {
        checks: "expires_in is a JSON number of seconds.",
        matters: "Without it a client learns of the end by a 401 in the middle of its work. A string makes typed clients fail.",
        fix: "Return expires_in as a number, not in quotes.",
    },
    judge: |evidence| {
        const MEMBER: &str = "expires_in";
        let (exchange, token) = issued(evidence)?;
        let value = token.json.members.get(MEMBER);
        let message = match value {
            // In a form all values are strings: that is a rule of its own.
            Some(value) if value.is_number() || token.form_encoded => return Ok(()),
            Some(_) => "expires_in is not a number",
            None => "The token response does not say how long the token lives",
        };
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("a number of seconds", display::shown(value)).fail())
    },
};

pub(in crate::check) static SHORT_LIVED: Check = Check {
    id: "as-short-lived-tokens",
    title: "The access token lives for a day at most",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[
        mcp!(["2025-03-26"], "basic/authorization", "Security Considerations", "security-considerations"),
        mcp!(["2025-06-18", "2025-11-25"], "basic/authorization", "Token Theft", "token-theft"),
        mcp!(["2026-07-28"], "basic/authorization/security-considerations", "Token Theft", "token-theft"),
        oauth21!("7.1"),
    ],
    doc: Doc {
        checks: "expires_in, or exp minus iat of a JWT, is at most 24 hours. The specs say \"short-lived\"; the number is gatewalk's.",
        matters: "A stolen token works until it expires: a bearer token is rarely revoked everywhere.",
        fix: "Shorten the lifetime of access tokens at the authorization server, an hour is usual, and let clients refresh.",
    },
    judge: |evidence| {
        let (exchange, token) = issued(evidence)?;
        let number = |value: Option<&Value>| value.and_then(Value::as_u64);
        let said = number(token.json.members.get("expires_in"));
        let claimed = || {
            let (_, _, claims) = evidence.jwt().ok()?;
            number(claims.members.get("exp"))?.checked_sub(number(claims.members.get("iat"))?)
        };
        let Some(seconds) = said.or_else(claimed) else {
            return Err(Verdict::untestable("the lifetime of the token is not known"));
        };
        if seconds <= DAY {
            return Ok(());
        }
        let message = format!("The access token lives for {} hours", seconds / 3600);
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer("expires_in")), message);
        Err(finding.compare("at most 24 hours", format!("{seconds} seconds")).fail())
    },
};

pub(in crate::check) static SCOPE: Check = Check {
    id: "token-scope",
    title: "A token with less scope than requested says so",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "5.1"), rfc!(6749, "3.3"), oauth21!("3.2.3")],
    doc: Doc {
        checks: "The scope claim of the JWT holds all of the response's scope; of the requested one, if the response has none. Order does not matter, more is allowed; offline_access and the OpenID scopes are not looked for.",
        matters: "A response without scope means \"as requested\". A client that believes it runs into 403 and cannot know why.",
        fix: "Return scope when it differs from the request. If scopes are missing, grant them to the client or the user at the authorization server.",
    },
    judge: scope,
};

fn scope(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, token) = issued(evidence)?;
    let requested = evidence.authorization()?.get("scope");
    let Some(requested) = requested.filter(|scope| !scope.is_empty()) else {
        return Err(Verdict::not_applicable("no scope was requested"));
    };
    // What the response says is granted is what the token has to hold.
    let said = token.json.string("scope");
    let claimed = evidence.jwt().ok().and_then(|(_, _, claims)| granted(&claims));
    let (requested, granted) = match (said, claimed) {
        (Some(_), None) => return Ok(()),
        (Some(said), Some(claimed)) => (said.to_owned(), claimed),
        (None, Some(claimed)) => (requested, claimed),
        (None, None) => {
            evidence.jwt()?;
            let because = "neither the response nor the token says which scope was granted";
            return Err(Verdict::inconclusive(because));
        }
    };
    let granted = scope::tokens(&granted);
    let not_for_resources = ["offline_access", "openid", "profile", "email", "address", "phone"];
    let missing: Vec<_> = scope::tokens(&requested)
        .into_iter()
        .filter(|token| !granted.contains(token) && !not_for_resources.contains(token))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    let message = match said {
        Some(_) => format!("The token lacks {missing}, which the response says was granted"),
        None => format!("The token lacks {missing}, and the response does not say so"),
    };
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer("scope")), message);
    Err(finding.compare(requested, granted.into_iter().collect::<Vec<_>>().join(" ")).fail())
}
