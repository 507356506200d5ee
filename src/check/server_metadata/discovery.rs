//! Whether the document is found where clients look for it.

use crate::check::{
    At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, publication, published_url, response,
};
use crate::exchange::{Exchange, Purpose};
use crate::specification::cite::{SERVER_METADATA_DISCOVERY, mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static PRESENT: Check = Check {
    id: "as-metadata-present",
    title: "The authorization server publishes its metadata where the protocol version's clients look",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should).then(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[
        rfc!(8414, "3"),
        mcp!(
            ["2025-03-26", "2025-06-18"],
            "basic/authorization",
            "Server Metadata Discovery",
            "server-metadata-discovery"
        ),
        mcp!(
            ["2025-11-25"],
            "basic/authorization",
            "Authorization Server Metadata Discovery",
            "authorization-server-metadata-discovery"
        ),
        SERVER_METADATA_DISCOVERY,
    ],
    doc: Doc {
        checks: "One of the protocol version's well-known locations responds with a JSON object: up to 2025-06-18 only oauth-authorization-server, later also openid-configuration, inserted before and appended to the path of the issuer.",
        matters: "Without metadata a client knows no endpoint. 2025-03-26 alone has defaults: /authorize, /token and /register on the origin.",
        fix: "Serve /.well-known/oauth-authorization-server plus the path of the issuer. If it is there, compare the issuer in the gateway's authorization_servers with what the server publishes.",
    },
    judge: present,
};

fn present(evidence: &Evidence<'_>) -> Judgement {
    let order = evidence.protocol_version().server_metadata_order();
    let mut tried = Vec::new();
    let mut last: Option<&Exchange> = None;
    let mut undecided = None;
    for (exchange, document) in evidence.server_metadata_tried() {
        let Err(why) = document else {
            let named =
                order.iter().any(|&location| exchange.request.purpose == Purpose::ServerMetadata(location));
            if named {
                return Ok(());
            }
            let message = format!(
                "Only {} responds with a document, where clients of {} do not look",
                exchange.request.url,
                evidence.protocol_version()
            );
            let finding = Finding::in_exchange(exchange, At::Body, message);
            return Err(finding
                .compare("/.well-known/oauth-authorization-server", exchange.request.url.clone())
                .fail());
        };
        undecided = undecided.or_else(|| publication::undecided(exchange, &why, &exchange.request.url));
        tried.push(format!("{} {why}", exchange.request.url));
        // Of those that have no document, one that fails says more than one that is not there.
        if last.is_none_or(|last| last.status().is_none_or(|status| status < 500)) {
            last = Some(exchange);
        }
    }
    let Some(last) = last else {
        return Err(Verdict::untestable("the walk did not reach the server metadata"));
    };
    if evidence.issuer_is_guessed() {
        let because = format!(
            "nobody names the authorization server, and at the origin of the target {}",
            tried.join("; ")
        );
        return Err(Verdict::untestable(because));
    }
    // A loopback address that others publish is nobody's host: prm-issuer-format tells.
    let on_loopback = published_url::unfit_of_another_party(&last.request.url, evidence.target()).is_some();
    if let Some(undecided) = undecided {
        return Err(if on_loopback {
            Verdict::untestable("the listed authorization server is on the client's own machine")
        } else {
            undecided
        });
    }
    let message = format!("No location responds with server metadata: {}", tried.join("; "));
    Err(Finding::in_exchange(last, At::Body, message).compare("200 with a JSON object", "no document").fail())
}

pub(in crate::check) static JSON_200: Check = Check {
    id: "as-metadata-200-json",
    title: "The server metadata is sent with status 200 as application/json",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "3.2")],
    doc: Doc {
        checks: "The document that was found came with status 200 and content-type application/json, without a redirect on the way.",
        matters: "Strict clients look at the media type before they parse, and treat anything else as \"not found\".",
        fix: "Respond at that very URL with 200, without a redirect, and set the content-type of the metadata to application/json at the authorization server, or at the proxy that serves a copy of it.",
    },
    judge: |evidence| {
        let (exchange, _) = evidence.server_metadata()?;
        publication::no_redirect_to(
            exchange,
            evidence.server_metadata_tried().map(|(exchange, _)| exchange),
        )?;
        exchange.response().map_or(Ok(()), |response| response::json_response(exchange, response, 200))
    },
};
