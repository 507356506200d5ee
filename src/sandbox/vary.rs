//! What variations make of a reply on its way out: where it is unusual only in how it is written.

use http::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE};
use http::{Method, StatusCode};
use hyper::body::Bytes;
use serde_json::Value;

use super::authorization_server::CLIENT_METADATA_PATH;
use super::wire::{NOT_FOUND, Reply, Request};
use super::{MCP_PATH, Site, Variation, pages};

pub(super) mod challenge;
mod coding;
mod event_stream;
mod json;

/// A reply to a request as the variations have it. What flows without an end known beforehand stays as it is.
pub(super) async fn reply(site: &Site, request: &Request, reply: Reply) -> Reply {
    // The authorization server fetches that document itself.
    if site.plan.variations.is_empty() || request.path == CLIENT_METADATA_PATH {
        return reply;
    }
    let (reply, body) = match reply.take_body().await {
        Ok(taken) => taken,
        Err(flowing) => return fields(site, request, flowing),
    };
    let (reply, body) = not_found(site, reply, body);
    let (reply, body) = written(site, request, reply, body);
    let reply = media_type(site, reply);
    let reply = fields(site, request, reply);
    let (reply, body) = coding::coded(site, request, reply, body);
    if site.varies(Variation::BodiesInPieces) && !body.is_empty() {
        return reply.with_pieces(&body);
    }
    reply.with_body(body)
}

/// What is at paths where nothing is.
fn not_found(site: &Site, reply: Reply, body: Bytes) -> (Reply, Bytes) {
    if reply.status() != StatusCode::NOT_FOUND || body != NOT_FOUND {
        return (reply, body);
    }
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    if site.varies(Variation::NotFoundPage) {
        let page = pages::error("404", "There is no such page.");
        (reply.with(CONTENT_TYPE, html), page.into())
    } else if site.varies(Variation::NotFoundEmpty) {
        (reply.without(CONTENT_TYPE), Bytes::new())
    } else if site.varies(Variation::CatchAllPage) {
        (reply.with_status(StatusCode::OK).with(CONTENT_TYPE, html), pages::app().into())
    } else if site.varies(Variation::SoftNotFound) {
        (reply.with_status(StatusCode::OK), body)
    } else {
        (reply, body)
    }
}

/// JSON in other words, or as an event stream.
fn written(site: &Site, request: &Request, reply: Reply, body: Bytes) -> (Reply, Bytes) {
    let is_json = reply.header(CONTENT_TYPE) == Some("application/json");
    let Some(value) = serde_json::from_slice::<Value>(&body).ok().filter(|_| is_json) else {
        return (reply, body);
    };
    let value = json::amended(site, value);
    let text = json::text(site, &value);
    let streams = request.method == Method::POST
        && request.path == MCP_PATH
        && reply.status() == StatusCode::OK
        && value.get("jsonrpc").is_some()
        && request.header(ACCEPT).is_some_and(|accept| accept.contains("text/event-stream"));
    if streams && let Some(stream) = event_stream::of(site, &value, &text) {
        let reply = reply
            .with(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))
            .with(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
            .with(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        return (reply, stream.into());
    }
    (reply, text.into())
}

fn media_type(site: &Site, reply: Reply) -> Reply {
    let Some(media_type) = reply.header(CONTENT_TYPE).map(str::to_owned) else { return reply };
    if site.varies(Variation::MediaTypeParameter) && !media_type.contains(';') {
        reply.with_text(CONTENT_TYPE, format!("{media_type}; charset=utf-8"))
    } else if site.varies(Variation::MediaTypeCase) {
        let written = media_type.replace("application/json", "Application/JSON");
        reply.with_text(CONTENT_TYPE, written.replace("text/", "Text/"))
    } else {
        reply
    }
}

/// Fields nobody asked for.
fn fields(site: &Site, request: &Request, reply: Reply) -> Reply {
    let mut reply = reply;
    if site.varies(Variation::ConnectionsClosed) && request.version < http::Version::HTTP_2 {
        reply = reply.with(CONNECTION, HeaderValue::from_static("close"));
    }
    if site.varies(Variation::FieldsOfCaches) && reply.status() == StatusCode::OK && is_document(request) {
        reply = reply
            .with(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))
            .and("age", "42")
            .and("etag", "W/\"4d-18c\"")
            .and("last-modified", "Thu, 01 Oct 2026 10:00:00 GMT");
    }
    for (variation, name, value) in FIELDS {
        if site.varies(*variation) {
            reply = reply.and(name, value);
        }
    }
    if site.varies(Variation::FieldsOdd) {
        reply = reply.and("x-odd", "x".repeat(3000));
    }
    if site.varies(Variation::Cookies) {
        for cookie in COOKIES {
            reply = reply.and(SET_COOKIE.as_str(), cookie);
        }
    }
    reply
}

/// Whether it asks for what anybody may read.
fn is_document(request: &Request) -> bool {
    request.method == Method::GET && request.path.contains("/.well-known/")
}

#[rustfmt::skip]
const FIELDS: &[(Variation, &str, &[u8])] = &[
    (Variation::FieldsOdd, "x-odd", b""),
    (Variation::FieldsOdd, "x-odd", b"caf\xe9 \"unfinished"),
    (Variation::FieldsOdd, "x-odd", b", ,"),
    (Variation::FieldsOfCaches, "via", b"1.1 edge (shield), 2 origin"),
    (Variation::FieldsOfCaches, "x-cache", b"HIT"),
    (Variation::FieldsOfCaches, "server-timing", b"edge;dur=1.2, origin;desc=\"MCP, slow\";dur=30"),
    (Variation::FieldsOfLimits, "ratelimit-policy", b"\"default\";q=100;w=60"),
    (Variation::FieldsOfLimits, "ratelimit", b"\"default\";r=1;t=58"),
    (Variation::FieldsOfLimits, "x-ratelimit-limit", b"100"),
    (Variation::FieldsOfLimits, "x-ratelimit-remaining", b"1"),
    (Variation::FieldsOfLimits, "x-ratelimit-reset", b"58"),
    (Variation::FieldsOfSecurity, "strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (Variation::FieldsOfSecurity, "content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (Variation::FieldsOfSecurity, "x-content-type-options", b"nosniff"),
    (Variation::FieldsOfSecurity, "referrer-policy", b"no-referrer"),
    (Variation::FieldsOfSecurity, "permissions-policy", b"interest-cohort=()"),
    (Variation::FieldsOfSecurity, "link", b"</docs>; rel=\"help\"; title*=UTF-8''h%C3%A9lp"),
];

const COOKIES: &[&str] = &[
    "__Host-affinity=a1b2; Path=/; Secure; HttpOnly; SameSite=None; Partitioned; Priority=High",
    "lang=de; Max-Age=3600; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/; SameSite=Lax",
    "empty=; Path=/mcp; HttpOnly",
];
