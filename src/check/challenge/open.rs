//! The target without a token, asked in other ways than a client would.

use crate::check::published_url::UnfitUrl;
use crate::check::refusal::{all, otherwise};
use crate::check::{
    At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url, response,
};
use crate::document::challenge;
use crate::document::identifier::Identifier;
use crate::document::mcp::{self, RpcResponse};
use crate::document::resource_metadata::ResourceMetadata;
use crate::document::scope;
use crate::exchange::{Exchange, ProbeId, Purpose, Response, Unauthenticated};
use crate::specification::cite::{
    METADATA_DISCOVERY_REQUIREMENTS, PRIVILEGE_RESTRICTION, SESSION_HIJACKING, mcp, oauth21, rfc,
};
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// Other spellings of the path of the target.
const SPELLINGS: [ProbeId; 7] = [
    ProbeId::PathSlash,
    ProbeId::PathCase,
    ProbeId::PathDoubleSlash,
    ProbeId::PathEncoded,
    ProbeId::PathParameter,
    ProbeId::PathEncodedSlash,
    ProbeId::PathTraversal,
];

/// The response to a probe, unless the server is overloaded or broken: that is no refusal.
fn settled<'e>(evidence: &Evidence<'e>, id: ProbeId) -> Result<(&'e Exchange, &'e Response), Verdict> {
    let (exchange, response) = evidence.controlled(id)?;
    if response.status / 100 == 5 || response.status == 429 {
        return Err(otherwise(response, "a refusal"));
    }
    Ok((exchange, response))
}

/// What is asked of the MCP server without a token must not be served. Any refusal will do: that of the opening request
/// is judged elsewhere. What is served has to be the MCP server's: a web app has pages for paths of its own.
fn not_served(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = settled(evidence, id)?;
    if !response.is_success() {
        return Ok(());
    }
    let served = match mcp::response(exchange) {
        Ok(RpcResponse::Result(_)) => true,
        Ok(RpcResponse::Error { .. }) => false,
        Err(_) => is_event_stream(response),
    };
    if served {
        let message = format!("The target serves {what} without a token");
        return Err(response::unexpected_status(exchange, response, "a refusal", message));
    }
    Err(Verdict::inconclusive(format!(
        "{what} gets {}, but no response of an MCP server to the request",
        response.status
    )))
}

fn is_event_stream(response: &Response) -> bool {
    response.media_type() == "text/event-stream"
}

/// GET opens a stream of events, or nothing of MCP: a page for people is no part of the server.
fn no_stream(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = settled(evidence, ProbeId::GetWithoutToken)?;
    if response.is_success() && is_event_stream(response) {
        let message = "The target opens an event stream to GET without a token";
        return Err(response::unexpected_status(exchange, response, "a refusal", message));
    }
    Ok(())
}

/// DELETE ends a session; it has no body to tell by, but a web page is none of its responses.
fn no_end(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = settled(evidence, ProbeId::DeleteWithoutToken)?;
    if !response.is_success() {
        return Ok(());
    }
    if response.is_html() {
        return Err(Verdict::inconclusive("DELETE gets a web page, which is no response of an MCP server"));
    }
    let message = "The target serves DELETE without a token";
    Err(response::unexpected_status(exchange, response, "a refusal", message))
}

pub(in crate::check) static EVERY_METHOD: Check = Check {
    id: "rs-auth-every-method",
    title: "No method is served without a token",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        PRIVILEGE_RESTRICTION,
        SESSION_HIJACKING,
        mcp!(["2025-03-26"], "basic/authorization", "Error Handling", "error-handling"),
        oauth21!("5"),
    ],
    doc: Doc {
        checks: "GET without a token opens no event stream, and DELETE without a token is not done. 401, 404 and 405 are all right, and so is a page for people.",
        matters: "An event stream that opens for everybody carries the messages meant for one; a DELETE that works for everybody ends other people's sessions.",
        fix: "Put the authorization policy on all methods of the MCP route, not on POST alone.",
    },
    judge: |evidence| all([no_stream(evidence), no_end(evidence)]),
};

pub(in crate::check) static SPELLED: Check = Check {
    id: "rs-path-variants",
    title: "Another spelling of the path does not lead past the gateway",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        PRIVILEGE_RESTRICTION,
        SESSION_HIJACKING,
        mcp!(["2025-03-26"], "basic/authorization", "Error Handling", "error-handling"),
        rfc!(3986, "6.2"),
    ],
    doc: Doc {
        checks: "The opening without a token is sent to the path with a slash more or less, in capitals, with two slashes, with a letter or a slash percent-encoded, with a parameter, and with a step back that has one. None is served by the MCP server; pages of a web app at such a path are its own affair.",
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
        checks: "If another spelling of the path is redirected, the target of the redirect is not plain http and neither loopback nor a host inside a network.",
        matters: "Gateways respond to /mcp with a redirect to /mcp/, built from their inner address. A client that follows sends its token in the clear, or gets nowhere.",
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
        let from_https = Identifier::parse(evidence.target()).is_some_and(|target| target.is_https());
        let defect = match published_url::unfit(&to, evidence.target()) {
            Some(UnfitUrl::Loopback) => Some("to the client's own machine"),
            Some(UnfitUrl::Private) => Some("into a private network"),
            Some(UnfitUrl::Cleartext) if from_https => Some("to plain http"),
            Some(UnfitUrl::Cleartext) | None => None,
        };
        if let Some(defect) = defect {
            let message = format!("The target redirects {defect}: {to}");
            let finding = Finding::in_exchange(exchange, At::Header("location"), message);
            return Err(finding.compare("the public https host", display::shorten(&to)).fail());
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
        PRIVILEGE_RESTRICTION,
        SESSION_HIJACKING,
        mcp!(["2025-03-26"], "basic/authorization", "Error Handling", "error-handling"),
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
        checks: "The opening without a token, with X-Forwarded-Host, X-Original-Host and Forwarded naming a host that does not exist, is not answered with that host in WWW-Authenticate, Location, Link or Content-Location; nor does the resource metadata, asked for so, name it. Another field that repeats it decides nothing.",
        matters: "A cache that keeps such a response sends every client to the attacker's metadata, and from there to the attacker's login.",
        fix: "Trust forwarding headers from your own proxies only, and remove those of clients; better, configure the public URL.",
    },
    judge: forwarded,
};

/// The header fields from which clients take an address.
const ADDRESSES: [&str; 4] = ["www-authenticate", "location", "link", "content-location"];

fn forwarded(evidence: &Evidence<'_>) -> Judgement {
    let metadata = evidence.probe(ProbeId::ResourceMetadataForwardedHost).ok();
    let (exchange, response) = evidence.probe(ProbeId::ForwardedHost)?;
    let (_, without) = evidence.last(
        |purpose| purpose == Purpose::Challenge(Unauthenticated::Opening),
        "the target did not respond",
    )?;
    let judged = |(exchange, response)| {
        let document = ResourceMetadata::read(exchange).ok().map(|_| "The resource metadata");
        not_repeated(exchange, response, document)
    };
    let asked = judged((exchange, response)).and_then(|()| {
        // A stranger's host may be refused; anything else says nothing of what is published.
        if response.status == without.status || matches!(response.status, 400 | 403 | 421) {
            return Ok(());
        }
        Err(otherwise(response, "the response as without the host"))
    });
    all([asked].into_iter().chain(metadata.map(judged)))
}

/// Whether a response, which holds that document if any, keeps the host that the request made up to itself.
pub(in crate::check) fn not_repeated(
    exchange: &Exchange,
    response: &Response,
    document: Option<&str>,
) -> Judgement {
    let made_up = exchange.request.headers.get("x-forwarded-host").unwrap_or_default();
    let fail = |at: At, what: &str| {
        let message = format!("{what} repeats the host that the request made up");
        Err(Finding::in_exchange(exchange, at, message).compare("the public host", made_up.as_ref()).fail())
    };
    let names = |name: &&str| response.headers.all(name).any(|value| value.contains(&*made_up));
    if let Some(name) = ADDRESSES.into_iter().find(names) {
        return fail(At::Header(name), &format!("The header {name}"));
    }
    if let Some(document) = document.filter(|_| response.text().contains(&*made_up)) {
        return fail(At::Body, document);
    }
    let echoed = response.headers.iter().find(|(_, value)| value.contains(&*made_up));
    let Some((name, _)) = echoed else { return Ok(()) };
    let name = display::shorten(&name.to_ascii_lowercase());
    Err(Verdict::inconclusive(format!(
        "the header {name} repeats the host, and no client reads an address there"
    )))
}

pub(in crate::check) static STEADY: Check = Check {
    id: "rs-scope-sets-consistent",
    title: "The same request is asked for the same scope",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::Should),
    cites: &[
        METADATA_DISCOVERY_REQUIREMENTS,
        mcp!(
            ["2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Scope Selection Strategy",
            "scope-selection-strategy"
        ),
    ],
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
        scope.as_deref().map(|s| scope::tokens(s).into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    if set(&before) == set(&now) {
        return Ok(());
    }
    let shown = |scope: Option<String>| scope.map_or_else(|| "no scope".to_owned(), |s| display::shorten(&s));
    let field = At::Header("www-authenticate");
    let finding =
        Finding::in_exchange(exchange, field, "The second challenge asks for another scope than the first");
    Err(finding.compare(shown(before), shown(now)).fail())
}
