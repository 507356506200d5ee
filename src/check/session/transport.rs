//! MCP over HTTP, as far as the opening shows it.

use crate::check::{At, Check, Doc, Finding, Levels, Verdict, display, response};
use crate::document::explanation::explanation;
use crate::exchange::Purpose;
use crate::specification::cite::{SESSION_MANAGEMENT, mcp};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static INITIALIZED_202: Check = Check {
    id: "mcp-initialized-202",
    title: "A notification gets 202 and nothing else",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must).until(ProtocolVersion::V2026_07_28),
    cites: &[mcp!(
        ["2025-03-26", "2025-06-18", "2025-11-25"],
        "basic/transports",
        "Sending Messages to the Server",
        "sending-messages-to-the-server"
    )],
    doc: Doc {
        checks: "notifications/initialized gets status 202 and an empty body.",
        matters: "Clients that get a body try to parse it as JSON-RPC and fail on {}.",
        fix: "With 200 or a body, look for a gateway that maps 202 to 200 or adds a body. With 4xx or 5xx, read what it says; an empty response without Content-Type comes as a rule from a proxy in front of the MCP server. Else let the server respond with 202 Accepted.",
    },
    judge: |evidence| {
        let initialized = |purpose| purpose == Purpose::Initialized;
        let (exchange, response) =
            evidence.last(initialized, "the walk did not reach notifications/initialized")?;
        if matches!(response.status, 401 | 403) {
            return Err(Verdict::untestable("the token was refused"));
        }
        response::from_the_server(response)?;
        let (at, found) = if response.status != 202 {
            (At::Status, response.status.to_string())
        } else if !response.body.is_empty() {
            (At::Body, "a body".to_owned())
        } else {
            return Ok(());
        };
        let message = match explanation(response) {
            Some(words) => format!("The notification gets {found}, saying {words}"),
            None if at == At::Status && response.body.is_empty() && response.media_type().is_empty() => {
                format!("The notification gets {found}, without a body or a content-type")
            }
            None => format!("The notification gets {found}"),
        };
        Err(Finding::in_exchange(exchange, at, message).compare("202 without a body", found).fail())
    },
};

pub(in crate::check) static SESSION_ID: Check = Check {
    id: "mcp-session-id-format",
    title: "The session id consists of visible ASCII",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must).until(ProtocolVersion::V2026_07_28),
    cites: &[SESSION_MANAGEMENT],
    doc: Doc {
        checks: "Mcp-Session-Id, if the server sends one, is not empty and has only characters from ! to ~.",
        matters: "The client sends it back in a header: a space or another character is cut, changed or refused on the way.",
        fix: "Use a random UUID or hex string as session id.",
    },
    judge: |evidence| {
        let initialize = |purpose| purpose == Purpose::Initialize;
        let (exchange, response) = evidence.last(initialize, "the walk did not reach initialize")?;
        let Some(id) = response.headers.get("mcp-session-id") else {
            return Err(Verdict::not_applicable("the server issues no session id"));
        };
        if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(());
        }
        let finding = Finding::in_exchange(
            exchange,
            At::Header("mcp-session-id"),
            "The session id holds other characters than visible ASCII, or none",
        );
        Err(finding.compare("! to ~", "other characters").fail())
    },
};

pub(in crate::check) static CONTENT_TYPE: Check = Check {
    id: "mcp-response-content-type",
    title: "An MCP response is JSON or an event stream",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::all(Level::Must),
    cites: &[
        mcp!(
            ["2025-03-26", "2025-06-18", "2025-11-25"],
            "basic/transports",
            "Sending Messages to the Server",
            "sending-messages-to-the-server"
        ),
        mcp!(["2026-07-28"], "basic/transports/streamable-http", "Sending Messages", "sending-messages"),
    ],
    doc: Doc {
        checks: "A 2xx response to initialize or server/discover has content-type application/json or text/event-stream.",
        matters: "Clients choose their parser by it, and drop what is neither.",
        fix: "Look for a gateway that sets a default content-type or puts a page of its own in place; else set it in the server.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.opening()?;
        if !response.is_success() {
            return Err(Verdict::untestable(format!("the opening got {}", response.status)));
        }
        let media_type = response.media_type();
        if matches!(media_type.as_str(), "application/json" | "text/event-stream") {
            return Ok(());
        }
        let found =
            if media_type.is_empty() { "no content-type".to_owned() } else { display::shorten(&media_type) };
        let message = format!("The MCP response is sent as {found}");
        let finding = Finding::in_exchange(exchange, At::Header("content-type"), message);
        Err(finding.compare("application/json or text/event-stream", found).fail())
    },
};

pub(in crate::check) static BUFFERING: Check = Check {
    id: "mcp-x-accel-buffering",
    title: "An event stream asks proxies not to hold it back",
    step: Step::Session,
    party: Party::McpServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::May).lowered(
        Level::Should,
        "MCP says should; a proxy that obeys the field takes it out, and a client cannot tell",
    ),
    cites: &[mcp!(
        ["2026-07-28"],
        "basic/transports/streamable-http",
        "Receiving Messages",
        "receiving-messages"
    )],
    doc: Doc {
        checks: "A response with text/event-stream has the field X-Accel-Buffering: no. A note only: proxies may take the field out.",
        matters: "nginx and others collect a response before they pass it on. Messages then arrive together at the end, or after the timeout.",
        fix: "Send X-Accel-Buffering: no with event streams, or switch response buffering off for the MCP route.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.opening()?;
        if response.media_type() != "text/event-stream" {
            return Err(Verdict::not_applicable("the opening is not answered with an event stream"));
        }
        let found = response.headers.get("x-accel-buffering");
        if found.as_deref().is_some_and(|value| value.trim().eq_ignore_ascii_case("no")) {
            return Ok(());
        }
        let field = At::Header("x-accel-buffering");
        let finding = Finding::in_exchange(exchange, field, "The event stream may be held back by proxies");
        Err(finding
            .compare("no", found.map_or_else(|| "no such field".to_owned(), |v| display::shorten(&v)))
            .fail())
    },
};
