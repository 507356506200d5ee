//! The target without a token, asked in other ways than a client would.

use crate::check::cite::{mcp, oauth21, rfc};
use crate::check::refusal::{all, otherwise};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, look};
use crate::document::challenge;
use crate::document::identifier::Identifier;
use crate::exchange::Purpose;
use crate::exchange::{ProbeId, Unauthenticated};
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// Other spellings of the path of the target.
const SPELLINGS: [ProbeId; 5] = [
    ProbeId::PathSlash,
    ProbeId::PathCase,
    ProbeId::PathDoubleSlash,
    ProbeId::PathEncoded,
    ProbeId::PathParameter,
];

/// What is asked without a token must not be served. Any refusal will do: that of the opening request is judged elsewhere.
fn not_served(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    if response.is_success() {
        return Err(look::unexpected_status(
            exchange,
            response,
            "a refusal",
            format!("The target serves {what} without a token"),
        ));
    }
    if response.status / 100 == 5 || response.status == 429 {
        return Err(otherwise(response, "a refusal"));
    }
    Ok(())
}

pub(in crate::check) static EVERY_METHOD: Check = Check {
    id: "rs-auth-every-method",
    title: "No method is served without a token",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!("2025-11-25", "basic/authorization", "Token Requirements", "token-requirements"),
        oauth21!("5"),
    ],
    doc: Doc {
        checks: "GET and DELETE without a token are not answered with 2xx. 401, 404 and 405 are all right.",
        matters: "An event stream that opens for everybody carries the messages meant for one; a DELETE that works for everybody ends other people's sessions.",
        fix: "Put the authorization policy on all methods of the MCP route, not on POST alone.",
    },
    judge: |evidence| {
        all([(ProbeId::GetWithoutToken, "GET"), (ProbeId::DeleteWithoutToken, "DELETE")]
            .map(|(id, what)| not_served(evidence, id, what)))
    },
};

pub(in crate::check) static SPELLED: Check = Check {
    id: "rs-path-variants",
    title: "Another spelling of the path does not lead past the gateway",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!("2025-11-25", "basic/authorization", "Token Requirements", "token-requirements"),
        rfc!(3986, "6.2"),
    ],
    doc: Doc {
        checks: "The opening without a token is sent to the path with a slash more or less, in capitals, with two slashes, with a letter percent-encoded, and with a parameter. None gets 2xx.",
        matters: "A gateway compares paths as strings, the server behind it after normalising. Where the two differ, the policy is not applied and the tools are open.",
        fix: "Match the route after normalising, refuse paths that are not in normal form, and let the server behind accept connections from the gateway only.",
    },
    judge: |evidence| {
        // A spelling that the target does not have says nothing of the others.
        let judged = SPELLINGS.map(|id| not_served(evidence, id, "another spelling of its path"));
        let sent: Vec<_> = judged
            .iter()
            .filter(|judged| !matches!(judged, Err(Verdict::NotApplicable(_))))
            .cloned()
            .collect();
        if sent.is_empty() { judged.into_iter().next().unwrap_or(Ok(())) } else { all(sent) }
    },
};

pub(in crate::check) static REDIRECT: Check = Check {
    id: "rs-redirect-safe",
    title: "A redirect to the right spelling keeps host and scheme",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Should),
    cites: &[oauth21!("1.5"), rfc!(9110, "15.4")],
    doc: Doc {
        checks: "If another spelling of the path is redirected, the target of the redirect is not plain http and not a host inside a network.",
        matters: "Gateways response /mcp with a redirect to /mcp/, built from their inner address. A client that follows sends its token in the clear, or gets nowhere.",
        fix: "Switch the redirect off, or build it from the public host and scheme: X-Forwarded-Host and -Proto of the TLS terminator.",
    },
    judge: redirect_safe,
};

fn redirect_safe(evidence: &Evidence<'_>) -> Judgement {
    let responses: Vec<_> = SPELLINGS.iter().filter_map(|&id| evidence.probe(id).ok()).collect();
    if responses.is_empty() {
        evidence.probe(ProbeId::PathSlash)?;
    }
    let redirects: Vec<_> =
        responses.into_iter().filter_map(|(e, r)| Some((e, r.redirect()?.into_owned()))).collect();
    if redirects.is_empty() {
        return Err(Verdict::not_applicable("no other spelling of the path is redirected"));
    }
    for (exchange, to) in redirects {
        let inside = look::is_internal(&to) && !look::is_internal(evidence.target());
        let cleartext =
            look::is_exposed(&to) && Identifier::parse(evidence.target()).is_some_and(|t| t.is_https());
        if inside || cleartext {
            let defect = if inside { "into a private network" } else { "to plain http" };
            let message = format!("The target redirects {defect}: {to}");
            let finding = Finding::in_exchange(exchange, At::Header("location"), message);
            return Err(finding.compare("the public https host", look::shorten(&to)).fail());
        }
    }
    Ok(())
}

pub(in crate::check) static IDENTITY: Check = Check {
    id: "rs-identity-headers-ignored",
    title: "Headers that name a user do not replace a token",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!("2025-11-25", "basic/authorization", "Token Requirements", "token-requirements"),
        rfc!(9700, "4.13"),
    ],
    doc: Doc {
        checks: "The opening without a token, with X-User, X-Forwarded-User, X-Auth-Request-Email and the like, is refused.",
        matters: "Proxies tell the server behind them by such headers who has logged in. A gateway that lets a client's own pass makes everybody anybody.",
        fix: "Remove these headers from requests at the gateway before it sets its own.",
    },
    judge: |evidence| {
        not_served(evidence, ProbeId::IdentityHeaders, "a request that names its user in headers")
    },
};

pub(in crate::check) static FORWARDED: Check = Check {
    id: "rs-forwarded-host-ignored",
    title: "A host that the client made up is not published",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9700, "4.13"), rfc!(9728, "7.3")],
    doc: Doc {
        checks: "The opening without a token, with X-Forwarded-Host, X-Original-Host and Forwarded naming a host that does not exist, is not answered with that host.",
        matters: "A cache that keeps such a response sends every client to the attacker's metadata, and from there to the attacker's login.",
        fix: "Trust forwarding headers from your own proxies only, and remove those of clients; better, configure the public URL.",
    },
    judge: forwarded,
};

fn forwarded(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.probe(ProbeId::ForwardedHost)?;
    let made_up = exchange.request.headers.get("x-forwarded-host").unwrap_or_default();
    let published = response.headers.iter().find(|(_, value)| value.contains(&*made_up));
    if let Some((name, _)) = published {
        let message =
            format!("The header {} repeats the host that the request made up", name.to_ascii_lowercase());
        let finding = Finding::in_exchange(exchange, At::Header("www-authenticate"), message);
        return Err(finding.compare("the public host", made_up.into_owned()).fail());
    }
    Ok(())
}

pub(in crate::check) static STEADY: Check = Check {
    id: "rs-scope-sets-consistent",
    title: "The same request is asked for the same scope",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::Should),
    cites: &[mcp!(
        "2025-11-25",
        "basic/authorization",
        "Scope Challenge Handling",
        "scope-challenge-handling"
    )],
    doc: Doc {
        checks: "The opening without a token is sent once more, and its challenge names the same scope.",
        matters: "A client collects scopes from challenges. If they change from one time to the next, it asks the user again and again.",
        fix: "Derive the scope of the challenge from the route and the operation alone. Behind several instances, configure all alike.",
    },
    judge: steady,
};

fn steady(evidence: &Evidence<'_>) -> Judgement {
    let opening = |purpose| purpose == Purpose::Challenge(Unauthenticated::Opening);
    let (_, first) = evidence.last(opening, "the target did not respond")?;
    let (exchange, again) = evidence.probe(ProbeId::ChallengeAgain)?;
    if first.status != 401 || again.status != 401 {
        return Err(Verdict::untestable("not both requests got 401"));
    }
    let scope = |response| challenge::bearer(response).and_then(|c| c.get("scope").map(str::to_owned));
    let (before, now) = (scope(first), scope(again));
    let set = |scope: &Option<String>| {
        scope.as_deref().map(|s| look::scopes(s).into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    if set(&before) == set(&now) {
        return Ok(());
    }
    let shown = |scope: Option<String>| scope.map_or_else(|| "no scope".to_owned(), |s| look::shorten(&s));
    let field = At::Header("www-authenticate");
    let finding =
        Finding::in_exchange(exchange, field, "The second challenge asks for another scope than the first");
    Err(finding.compare(shown(before), shown(now)).fail())
}
