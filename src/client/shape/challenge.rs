//! The opening request and its answer.

use super::discovery::{has_well_known, is_private, opening, unauthorized, without_challenge};
use super::{Missing, Reaction, Shape, Sight, Sighting, UNREAD, seen_if};
use crate::check::Evidence;
use crate::client::traits::{
    ChallengeReading, FirstRequest, LoginOn, PostRedirect, Reach, SseFallback, Traits,
};
use crate::document::challenge::{Challenge, bearer, challenges, parse};
use crate::exchange::{Exchange, ProbeId, Response};
use crate::specification::{Party, Step};

pub(super) static TARGET_PRIVATE: Shape = Shape {
    id: "target-private",
    title: "The MCP URL is on this machine or at a private address",
    step: Step::Challenge,
    party: Party::Network,
    change: "Publish the MCP server at an address that the vendor's network reaches, or through a tunnel.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let (exchange, _) = opening(evidence)?;
        seen_if(is_private(evidence.target()), exchange, evidence.target())
    },
    meets: |traits, _| match traits.opening.reach {
        Reach::Vendor => {
            Reaction::Stops("its requests come from its vendor's network, which cannot reach this URL")
        }
        _ => Reaction::Connects,
    },
};

pub(super) static OPENING_FAILING: Shape = Shape {
    id: "opening-failing",
    title: "The opening request gets no response, or 5xx",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Let the MCP route answer; the logs of the gateway say why it does not.",
    checks: &["rs-unauth-401"],
    shown_by: &[],
    seen: |evidence| {
        let (exchange, response) = opening(evidence)?;
        let failing = response.is_none_or(|response| response.status >= 500);
        seen_if(failing, exchange, exchange.ended())
    },
    meets: |_, _| Reaction::Stops("shows an error of the server"),
};

pub(super) static OPENING_4XX: Shape = Shape {
    id: "opening-4xx",
    title: "The opening POST is answered with 4xx other than 401 and 403",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Serve the MCP endpoint at this URL, or give clients the URL of the route.",
    checks: &["rs-unauth-401"],
    shown_by: &[&["route-not-found"]],
    seen: |evidence| {
        let (exchange, response) = opening(evidence)?;
        let refused = |response: &Response| {
            (400..500).contains(&response.status) && !matches!(response.status, 401 | 403)
        };
        seen_if(response.is_some_and(refused), exchange, exchange.ended())
    },
    meets: |traits, evidence| {
        let status = opening(evidence).ok().and_then(|(exchange, _)| exchange.status());
        let tries = "takes it for a server of the older SSE transport, and asks for that with a GET";
        match traits.opening.sse {
            SseFallback::ClientErrors | SseFallback::AnyFailure => Reaction::Stops(tries),
            SseFallback::NotFound if matches!(status, Some(404 | 405)) => Reaction::Stops(tries),
            SseFallback::OfApplication => {
                Reaction::Stops("stops, unless the application tries the older SSE transport")
            }
            SseFallback::Never | SseFallback::NotFound => Reaction::Stops("shows an error of the server"),
            SseFallback::Unknown => UNREAD,
        }
    },
};

pub(super) static OPENING_REDIRECT: Shape = Shape {
    id: "opening-redirect",
    title: "The opening POST is redirected",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Answer at the URL that clients are given, with 401 instead of a redirect.",
    checks: &["rs-unauth-401"],
    shown_by: &[&["path-redirect"], &["login-redirect"]],
    seen: |evidence| {
        let (exchange, response) = opening(evidence)?;
        let to = response.and_then(Response::redirect);
        let detail = to.as_deref().map(|to| format!("{} to {to}", exchange.ended())).unwrap_or_default();
        seen_if(to.is_some(), exchange, detail)
    },
    meets: |traits, evidence| {
        let stays = opening(evidence).ok().is_some_and(|(exchange, response)| stays(exchange, response));
        match traits.opening.redirect {
            PostRedirect::SameOrigin | PostRedirect::AsGet if stays => Reaction::Connects,
            PostRedirect::SameOrigin => {
                Reaction::Stops("follows a redirected POST only within the origin, and only with 307 and 308")
            }
            PostRedirect::AsGet => {
                Reaction::Stops("follows with a GET without a body, which is no MCP request")
            }
            PostRedirect::Unknown => UNREAD,
        }
    },
};

/// Whether a redirect keeps method and origin.
fn stays(exchange: &Exchange, response: Option<&Response>) -> bool {
    let Some(response) = response else { return false };
    let from = url::Url::parse(&exchange.request.url);
    let to = response.redirect().and_then(|to| from.as_ref().ok()?.join(&to).ok());
    matches!(response.status, 307 | 308)
        && to.is_some_and(|to| from.is_ok_and(|from| from.origin() == to.origin()))
}

pub(super) static CHALLENGE_403: Shape = Shape {
    id: "challenge-403",
    title: "A request without a token is answered with 403",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Answer a request without a token with 401 and a Bearer challenge.",
    checks: &["rs-unauth-401"],
    shown_by: &[&["challenge-status-403"], &["firewall-page"]],
    seen: |evidence| {
        let (exchange, response) = opening(evidence)?;
        seen_if(response.is_some_and(|response| response.status == 403), exchange, "403")
    },
    meets: |traits, evidence| {
        let challenge = opening(evidence).ok().and_then(|(_, response)| bearer(response?));
        let asks_scope =
            challenge.is_some_and(|challenge| challenge.get("error") == Some("insufficient_scope"));
        match traits.opening.login_on {
            LoginOn::Forbidden | LoginOn::Button => Reaction::Connects,
            LoginOn::InsufficientScope if asks_scope => Reaction::Connects,
            LoginOn::Unauthorized | LoginOn::InsufficientScope => {
                Reaction::Stops("logs in after 401 only, and shows 403 as an error")
            }
            LoginOn::Challenged => Reaction::Stops("takes 403 for missing scope, not for a missing login"),
            LoginOn::NoOAuth => Reaction::Stops("has no OAuth"),
            LoginOn::Unknown => UNREAD,
        }
    },
};

pub(super) static NO_OAUTH_CLIENT: Shape = Shape {
    id: "no-oauth-client",
    title: "The server asks for a token",
    step: Step::Challenge,
    party: Party::Client,
    change: "Nothing at the server: give this client a token as a fixed header field, or let the application log in.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let refused = unauthorized(evidence)?;
        Ok(refused
            .map(|(exchange, _)| Sighting { exchange: Some(exchange.id), detail: Some("401".to_owned()) }))
    },
    meets: |traits, _| match traits.opening.login_on {
        LoginOn::NoOAuth => {
            Reaction::Stops("has no OAuth of its own: the 401 is an error, tokens are fixed header fields")
        }
        _ => Reaction::Connects,
    },
};

pub(super) static CHALLENGE_ABSENT: Shape = Shape {
    id: "challenge-absent",
    title: "The 401 comes without WWW-Authenticate",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Send WWW-Authenticate: Bearer with resource_metadata on the 401, and let nothing on the way take it out.",
    checks: &["rs-401-www-authenticate"],
    shown_by: &[&["challenge-missing"], &["challenge-renamed"]],
    seen: |evidence| {
        let Some((exchange, response)) = unauthorized(evidence)? else { return Ok(None) };
        seen_if(challenges(response).is_empty(), exchange, "no WWW-Authenticate")
    },
    meets: |traits, evidence| match (traits.opening.login_on, traits.opening.challenge) {
        (LoginOn::Challenged, _) => {
            Reaction::Stops("does not take a 401 without a challenge for a request to log in")
        }
        (LoginOn::Unknown, ChallengeReading::Unknown) => UNREAD,
        _ => without_challenge(evidence, None),
    },
};

/// The Bearer challenges of the opening 401 that is one.
fn challenged<'a>(
    evidence: &Evidence<'a>,
) -> Result<Option<(&'a Exchange, &'a Response, Challenge)>, Missing> {
    let refused = unauthorized(evidence)?;
    Ok(refused.and_then(|(exchange, response)| Some((exchange, response, bearer(response)?))))
}

pub(super) static CHALLENGE_OTHER_SCHEME: Shape = Shape {
    id: "challenge-other-scheme",
    title: "The 401 challenges with other schemes than Bearer",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Challenge with Bearer and resource_metadata.",
    checks: &["rs-401-www-authenticate"],
    shown_by: &[],
    seen: |evidence| {
        let Some((exchange, response)) = unauthorized(evidence)? else { return Ok(None) };
        let all = challenges(response);
        let schemes: Vec<_> = all.iter().map(|challenge| challenge.scheme.as_str()).collect();
        seen_if(!all.is_empty() && bearer(response).is_none(), exchange, schemes.join(", "))
    },
    meets: |traits, evidence| match traits.opening.challenge {
        ChallengeReading::BearerDemanded => Reaction::Stops("stops at a challenge without Bearer"),
        ChallengeReading::Unknown => UNREAD,
        _ => without_challenge(evidence, None),
    },
};

pub(super) static CHALLENGE_SCHEME_LOWERCASE: Shape = Shape {
    id: "challenge-scheme-lowercase",
    title: "The challenge spells its scheme other than Bearer",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Spell the scheme Bearer.",
    checks: &[],
    shown_by: &[&["challenge-scheme-case"]],
    seen: |evidence| {
        let Some((exchange, _, challenge)) = challenged(evidence)? else { return Ok(None) };
        let odd = challenge.is("bearer") && challenge.scheme != "Bearer";
        seen_if(odd, exchange, challenge.scheme)
    },
    meets: |traits, evidence| match traits.opening.challenge {
        ChallengeReading::CapitalBearer => {
            without_challenge(evidence, challenged(evidence).ok().flatten().map(|(.., it)| it).as_ref())
        }
        ChallengeReading::Unknown => UNREAD,
        _ => Reaction::Connects,
    },
};

pub(super) static CHALLENGE_SECOND_SCHEME: Shape = Shape {
    id: "challenge-second-scheme",
    title: "Another scheme stands in front of Bearer in the same header field",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Send the Bearer challenge first, in a WWW-Authenticate field of its own.",
    checks: &[],
    shown_by: &[&["challenge-among-others"]],
    seen: |evidence| {
        let Some((exchange, response)) = unauthorized(evidence)? else { return Ok(None) };
        let behind = |value: &str| {
            let all = parse(value);
            all.first().is_some_and(|first| !first.is("bearer")) && all.iter().any(|one| one.is("bearer"))
        };
        let field = response.headers.all("www-authenticate").find(|value| behind(value));
        let first = field.as_deref().and_then(|value| parse(value).into_iter().next());
        seen_if(field.is_some(), exchange, first.map(|first| first.scheme).unwrap_or_default())
    },
    meets: |traits, evidence| match traits.opening.challenge {
        ChallengeReading::BearerFirst
        | ChallengeReading::BearerOrDpopFirst
        | ChallengeReading::QuotedBearerFirst => {
            without_challenge(evidence, challenged(evidence).ok().flatten().map(|(.., it)| it).as_ref())
        }
        ChallengeReading::Unknown => UNREAD,
        _ => Reaction::Connects,
    },
};

pub(super) static CHALLENGE_BARE: Shape = Shape {
    id: "challenge-bare",
    title: "The challenge is the word Bearer alone",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Add resource_metadata and scope to the challenge.",
    checks: &["rs-challenge-syntax"],
    shown_by: &[&["challenge-bare"]],
    seen: |evidence| {
        let Some((exchange, _, challenge)) = challenged(evidence)? else { return Ok(None) };
        seen_if(challenge.parameters.is_empty(), exchange, challenge.scheme)
    },
    meets: |traits, evidence| match traits.opening.challenge {
        ChallengeReading::Unknown => UNREAD,
        _ => without_challenge(evidence, None),
    },
};

pub(super) static CHALLENGE_SYNTAX: Shape = Shape {
    id: "challenge-syntax",
    title: "The challenge breaks the grammar of WWW-Authenticate",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Write each parameter as name=\"value\", with commas between them.",
    checks: &["rs-challenge-syntax"],
    shown_by: &[],
    seen: |evidence| {
        let Some((exchange, _, challenge)) = challenged(evidence)? else { return Ok(None) };
        seen_if(!challenge.defects.is_empty(), exchange, challenge.defects.join(", "))
    },
    meets: |traits, evidence| match traits.opening.challenge {
        ChallengeReading::Strict => {
            Reaction::Stops("reads the challenge by the grammar, and stops at the error")
        }
        ChallengeReading::BearerDemanded => {
            Reaction::WithLess("cuts the parameters at commas, also inside quotes")
        }
        ChallengeReading::QuotedBearerFirst => without_challenge(evidence, None),
        ChallengeReading::Unknown => UNREAD,
        _ => Reaction::Connects,
    },
};

pub(super) static GET_5XX: Shape = Shape {
    id: "get-5xx",
    title: "A GET of the MCP URL without a token is answered with 408, 425, 429 or 5xx",
    step: Step::Challenge,
    party: Party::Gateway,
    change: "Answer a GET without a token as the POST: with 401 and the challenge.",
    checks: &["rs-auth-every-method"],
    shown_by: &[],
    seen: |evidence: &Evidence<'_>| -> Sight {
        let probe = ProbeId::GetWithoutToken;
        let exchange = evidence.history.probe(probe).ok_or(Missing::Probe(probe))?;
        let status = exchange.status().unwrap_or(500);
        seen_if(status >= 500 || matches!(status, 408 | 425 | 429), exchange, exchange.ended())
    },
    meets: |traits: &Traits, evidence: &Evidence<'_>| match traits.opening.first {
        FirstRequest::StrictGet => Reaction::Stops("begins with this GET, and stops at that answer"),
        FirstRequest::Unknown => UNREAD,
        FirstRequest::Get if has_well_known(evidence) == Some(false) => UNREAD,
        _ => Reaction::Connects,
    },
};
