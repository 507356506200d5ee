//! What goes wrong once the token is accepted: the MCP server behind, and the way to it.

use super::product::{CLOUDFLARE, KONG, NGINX};
use super::{Blame, Cause, Remedy};
use crate::document::mcp::{self, RpcResponse};
use crate::exchange::{FailureKind, Purpose, Response};
use crate::specification::{Opening, Party};

pub(super) static UPSTREAM: Cause = Cause {
    id: "upstream-failing",
    title: "The gateway does not get a response from the MCP server behind it",
    blame: Blame::Either(Party::McpServer, Party::Gateway),
    explains: &[
        "rs-unauth-401",
        "prm-present",
        "mcp-initialize",
        "mcp-discover",
        "mcp-initialized-202",
        "mcp-response-content-type",
    ],
    advice: &[
        Remedy::seen(
            &NGINX,
            "nginx: read its error log: \"connect() failed\" and \"upstream timed out\" are about proxy_pass, \"auth request unexpected status\" about the location of auth_request, which has to respond with 2xx, 401 or 403.",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
        ),
        Remedy::documented(
            &KONG,
            "Kong: check host, port, protocol and path of the Service, and the health of its Upstream.",
            "https://developer.konghq.com/gateway/entities/service/",
        ),
        Remedy::documented(
            &CLOUDFLARE,
            "Cloudflare: 52x means that the origin does not respond: check that it runs and lets Cloudflare in.",
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",
        ),
        Remedy::general(
            "Check that the MCP server runs and that the gateway's route leads to it; the gateway's own log tells why it failed.",
        ),
    ],
    shown_by: &["upstream-html"],
    detect: |case| {
        let fails = |(_, response): &(_, &Response)| response.status >= 500;
        if let Some((exchange, response)) = case.evidence.unauthenticated().ok().filter(fails) {
            return Some(format!(
                "{} responds with {} before anybody asks for a token: the gateway gets no response from behind it, or fails itself",
                exchange.request.url, response.status
            ));
        }
        let (exchange, response) = case.evidence.opening().ok().filter(fails)?;
        Some(format!(
            "The token is accepted, then {} responds with {}{}: the server behind the gateway fails",
            exchange.request.url,
            response.status,
            case.quoted(response)
        ))
    },
};

pub(super) static NEWER: Cause = Cause {
    id: "protocol-version-newer",
    title: "The server speaks only protocol versions later than that of the run",
    blame: Blame::One(Party::Client),
    explains: &["rs-unauth-401", "mcp-initialize"],
    advice: &[Remedy::general(
        "Walk with --protocol-version 2026-07-28. A server that is to serve older clients too has to answer initialize.",
    )],
    shown_by: &[],
    detect: |case| {
        if case.evidence.protocol_version().opening() != Opening::Initialize {
            return None;
        }
        let unauthenticated = case.evidence.unauthenticated().ok();
        let opened = case.evidence.opening().ok();
        let (exchange, error) = opened.into_iter().chain(unauthenticated).find_map(|(exchange, _)| {
            let error = mcp::response(exchange).ok().filter(RpcResponse::is_modern_error)?;
            Some((exchange, error))
        })?;
        let RpcResponse::Error { code, .. } = error else { return None };
        Some(format!(
            "{} answers initialize with the error {code}, which only 2026-07-28 and later have",
            exchange.request.url
        ))
    },
};

pub(super) static HELD_BACK: Cause = Cause {
    id: "response-held-back",
    title: "With the token the MCP endpoint gives no response in time",
    blame: Blame::Either(Party::Gateway, Party::McpServer),
    explains: &["mcp-initialize", "mcp-discover"],
    advice: &[
        Remedy::documented(
            &NGINX,
            "nginx: proxy_buffering off; and a longer proxy_read_timeout on the MCP location: an event stream that is buffered reaches the client only at its end.",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
        ),
        Remedy::documented(
            &KONG,
            "Kong: set response_buffering to false on the Route.",
            "https://developer.konghq.com/gateway/entities/route/",
        ),
        Remedy::general(
            "Turn response buffering off for the MCP route: an event stream has to pass as it comes. If there is none, check that the MCP server answers at all.",
        ),
    ],
    shown_by: &["response-buffered"],
    detect: |case| {
        let opening =
            |purpose| matches!(purpose, Purpose::Initialize | Purpose::Discover | Purpose::Initialized);
        let mut sent = case.evidence.history.with_purpose(opening);
        let exchange = sent.find(|exchange| {
            exchange
                .outcome
                .as_ref()
                .is_err_and(|failure| matches!(failure.kind, FailureKind::Timeout | FailureKind::Broken))
        })?;
        Some(format!(
            "{} answers at once without a token and not at all with one: the response is held back on its way, or never made",
            exchange.request.url
        ))
    },
};

pub(super) static NOTIFICATION: Cause = Cause {
    id: "notification-refused",
    title: "The session opens, and the first notification in it is refused",
    blame: Blame::Either(Party::Gateway, Party::McpServer),
    explains: &["mcp-initialized-202"],
    advice: &[Remedy::general(
        "Look at the proxies in front of the MCP server first: an empty response without Content-Type is rarely the server's own. Some refuse a POST whose response has no body, or a body without an id. Then send notifications/initialized to the server itself, which has to respond with 202.",
    )],
    shown_by: &["initialized-refused"],
    detect: |case| {
        let initialized = |purpose| purpose == Purpose::Initialized;
        let (exchange, response) = case.evidence.last(initialized, "").ok()?;
        let refused = response.status >= 400 && !matches!(response.status, 401 | 403);
        (refused && case.failed("mcp-initialized-202")).then(|| {
            let empty = response.body.is_empty() && response.media_type().is_empty();
            let how = if empty {
                ", with neither a body nor a Content-Type".to_owned()
            } else {
                case.quoted(response)
            };
            format!(
                "{} responds with {} to notifications/initialized{how}",
                exchange.request.url, response.status
            )
        })
    },
};
