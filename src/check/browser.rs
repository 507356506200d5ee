//! What a client that runs in a browser needs: MCP demands none of it, so all of it is notes.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::exchange::{Exchange, ProbeId, Response};
use crate::specification::cite::{fetch, oauth21, rfc};
use crate::specification::{Level, Opening, Party, ProtocolVersion, Step};

const ORIGIN: At = At::Header("access-control-allow-origin");

/// Whether a script of the origin that asked may read the response.
fn readable(exchange: &Exchange, response: &Response, what: &str) -> Judgement {
    let origin = exchange.request.headers.get("origin").unwrap_or_default();
    let allowed = response.headers.get("access-control-allow-origin");
    if allowed.as_deref().is_some_and(|allowed| allowed == "*" || allowed == origin) {
        return Ok(());
    }
    let message = format!("A script in a browser may not read {what}");
    let found = allowed.map_or_else(|| "no such field".to_owned(), |allowed| display::shorten(&allowed));
    Err(Finding::in_exchange(exchange, ORIGIN, message).compare(origin, found).fail())
}

/// Whether a browser lets the script send after it asked.
fn allowed(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.probe(id)?;
    if !response.is_success() {
        let message = format!("The question whether a script may send to {what} gets {}", response.status);
        return Err(response::unexpected_status(exchange, response, "200 or 204", message));
    }
    readable(exchange, response, &format!("what {what} responds"))
}

pub(in crate::check) static PREFLIGHT: Check = Check {
    id: "cors-preflight",
    title: "A script in a browser may send to the target",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::May),
    cites: &[fetch!("cors-preflight-fetch")],
    doc: Doc {
        checks: "OPTIONS to the target without a token, from http://localhost:6274, gets 2xx and Access-Control-Allow-Origin.",
        matters: "Browsers ask before a script may send the Authorization header, and ask without it. A 401 to the question stops every client that runs in a browser, the MCP Inspector among them.",
        fix: "Switch CORS on for the MCP route and let OPTIONS pass before the authorization policy. Leave it as it is if no client runs in a browser.",
    },
    judge: |evidence| allowed(evidence, ProbeId::PreflightTarget, "the target"),
};

pub(in crate::check) static FIELDS: Check = Check {
    id: "cors-headers",
    title: "A script in a browser may send the header fields of MCP",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::May),
    cites: &[fetch!("cors-non-wildcard-request-header-name"), fetch!("cors-preflight-fetch")],
    doc: Doc {
        checks: "Access-Control-Allow-Headers in the response to OPTIONS names authorization – for which * does not count –, content-type, mcp-protocol-version where the protocol version sends it, and mcp-method and mcp-name where it demands them.",
        matters: "A field that is not allowed is not sent, and the browser reports no more than a network error.",
        fix: "List authorization, content-type, mcp-protocol-version, mcp-session-id, mcp-method and mcp-name in the gateway's CORS settings.",
    },
    judge: fields,
};

fn fields(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.probe(ProbeId::PreflightTarget)?;
    if !response.is_success() || response.headers.get("access-control-allow-origin").is_none() {
        return Err(Verdict::untestable("a script may not send to the target at all"));
    }
    let listed: Vec<_> =
        response.headers.all("access-control-allow-headers").map(|l| l.to_ascii_lowercase()).collect();
    let listed = listed.join(",");
    let names: Vec<_> = listed.split(',').map(str::trim).collect();
    let mut wanted = vec!["content-type", "authorization"];
    if evidence.protocol_version().sends_version_header() {
        wanted.push("mcp-protocol-version");
    }
    if evidence.protocol_version().opening() == Opening::Discover && !evidence.fell_back() {
        wanted.extend(["mcp-method", "mcp-name"]);
    }
    let lacks = |name: &&&str| !names.contains(name) && (**name == "authorization" || !names.contains(&"*"));
    let Some(missing) = wanted.iter().find(lacks) else { return Ok(()) };
    let field = At::Header("access-control-allow-headers");
    let finding =
        Finding::in_exchange(exchange, field, format!("A script in a browser may not send {missing}"));
    Err(finding.compare(wanted.join(", "), display::shorten(&listed)).fail())
}

pub(in crate::check) static CHALLENGE: Check = Check {
    id: "cors-challenge",
    title: "A script in a browser can read the challenge",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::May),
    cites: &[fetch!("cors-safelisted-response-header-name"), rfc!(9728, "5.1")],
    doc: Doc {
        checks: "The 401 to a request from http://localhost:6274 has Access-Control-Allow-Origin, and Access-Control-Expose-Headers with www-authenticate.",
        matters: "Without the first the script sees no response at all, without the second no challenge: it cannot find the metadata.",
        fix: "Let the gateway add its CORS headers to refusals too, and expose WWW-Authenticate and Mcp-Session-Id.",
    },
    judge: exposed,
};

fn exposed(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.probe(ProbeId::ChallengeFromScript)?;
    if response.status != 401 || response.headers.get("www-authenticate").is_none() {
        return Err(Verdict::untestable("the request from a script meets no challenge"));
    }
    readable(exchange, response, "the 401")?;
    let exposed: Vec<_> = response.headers.all("access-control-expose-headers").collect();
    let exposed = exposed.join(",");
    if exposed
        .split(',')
        .any(|name| matches!(name.trim().to_ascii_lowercase().as_str(), "www-authenticate" | "*"))
    {
        return Ok(());
    }
    let field = At::Header("access-control-expose-headers");
    let finding = Finding::in_exchange(exchange, field, "A script in a browser cannot read the challenge");
    Err(finding.compare("www-authenticate", display::shorten(&exposed)).fail())
}

pub(in crate::check) static RESOURCE: Check = Check {
    id: "cors-resource-metadata",
    title: "A script in a browser can read the resource metadata",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::May),
    cites: &[fetch!("cors-check"), rfc!(9728, "3.2")],
    doc: Doc {
        checks: "The resource metadata, asked for from http://localhost:6274, comes with Access-Control-Allow-Origin.",
        matters: "A client in a browser gets nothing otherwise, and tells its user that the server has no metadata.",
        fix: "Allow every origin to read the well-known path: it holds no secret.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.probe(ProbeId::ResourceMetadataFromScript)?;
        readable(exchange, response, "the resource metadata")
    },
};

pub(in crate::check) static SERVER: Check = Check {
    id: "cors-server-metadata",
    title: "A script in a browser can read the server metadata",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::May),
    cites: &[fetch!("cors-check"), rfc!(8414, "3.2")],
    doc: Doc {
        checks: "The server metadata, asked for from http://localhost:6274, comes with Access-Control-Allow-Origin.",
        matters: "A client in a browser cannot find the endpoints otherwise.",
        fix: "Allow every origin to read the well-known path; in Auth0 add the client's origin to the allowed web origins.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.probe(ProbeId::ServerMetadataFromScript)?;
        readable(exchange, response, "the server metadata")
    },
};

pub(in crate::check) static TOKEN: Check = Check {
    id: "cors-token",
    title: "A script in a browser may send to the token endpoint",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::May),
    cites: &[oauth21!("3.2"), fetch!("cors-preflight-fetch")],
    doc: Doc {
        checks: "OPTIONS to the token endpoint from http://localhost:6274 gets 2xx and Access-Control-Allow-Origin.",
        matters: "A client in a browser can log its user in, but not redeem the code.",
        fix: "Allow the origins of your browser clients at the token endpoint; many servers derive them from the redirect URIs.",
    },
    judge: |evidence| allowed(evidence, ProbeId::PreflightToken, "the token endpoint"),
};
