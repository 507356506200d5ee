//! Authorization-server metadata.

use super::discovery::{is_private, server};
use super::{Missing, Reaction, Shape, Sight, UNREAD, seen_if};
use crate::check::Evidence;
use crate::client::traits::{Answer, BadDocument, DefaultEndpoints, IssuerMissing, PkceRule, Reach, Traits};
use crate::document::Unusable;
use crate::document::identifier::{Identifier, differ_by_slash};
use crate::exchange::{Exchange, IssuerSource, Purpose, Response};
use crate::specification::{Party, ServerMetadataLocation, Step};

/// The issuer that the resource metadata names, and the one of the server's metadata.
struct Issuers<'a> {
    exchange: &'a Exchange,
    expected: String,
    published: Option<String>,
}

/// The two issuers that clients compare; none where the resource names no authorization server.
fn issuers<'a>(evidence: &Evidence<'a>) -> Result<Option<Issuers<'a>>, Missing> {
    let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
    let chosen = evidence.chosen();
    if chosen.source == IssuerSource::TargetOrigin {
        return Ok(None);
    }
    let expected = evidence.listed_issuer().unwrap_or(chosen.identifier);
    Ok(Some(Issuers { exchange, expected, published: metadata.issuer().map(str::to_owned) }))
}

/// Sees issuers that differ in that way.
fn issuers_are(evidence: &Evidence<'_>, differ: fn(&str, &str) -> bool) -> Sight {
    let Some(Issuers { exchange, expected, published }) = issuers(evidence)? else { return Ok(None) };
    let Some(published) = published else { return Ok(None) };
    let detail = format!("listed as {expected}, published as {published}");
    seen_if(differ(&published, &expected), exchange, detail)
}

fn meets_issuer(traits: &Traits, evidence: &Evidence<'_>) -> Reaction {
    let Ok(Some(Issuers { expected, published: Some(published), .. })) = issuers(evidence) else {
        return UNREAD;
    };
    match traits.server.issuer.accepts(&published, &expected) {
        None => UNREAD,
        Some(true) => Reaction::Connects,
        Some(false) => Reaction::Stops("refuses metadata of another issuer than the one that is listed"),
    }
}

const COPY_ISSUER: &str = "List the issuer in authorization_servers exactly as the authorization server's metadata names it, slash included.";

pub(super) static ISSUER_SLASH_ADDED: Shape = Shape {
    id: "as-issuer-slash-added",
    title: "The issuer ends with a slash that the resource metadata leaves out",
    step: Step::ServerMetadata,
    party: Party::Gateway,
    change: COPY_ISSUER,
    checks: &["as-issuer-slash"],
    shown_by: &[&["issuer-slash-missing"]],
    seen: |evidence| {
        issuers_are(evidence, |published, expected| published.strip_suffix('/') == Some(expected))
    },
    meets: meets_issuer,
};

pub(super) static ISSUER_SLASH_LOST: Shape = Shape {
    id: "as-issuer-slash-lost",
    title: "The resource metadata lists the issuer with a slash that it does not have",
    step: Step::ServerMetadata,
    party: Party::Gateway,
    change: COPY_ISSUER,
    checks: &["as-issuer-slash"],
    shown_by: &[],
    seen: |evidence| {
        issuers_are(evidence, |published, expected| expected.strip_suffix('/') == Some(published))
    },
    meets: meets_issuer,
};

pub(super) static ISSUER_OTHER: Shape = Shape {
    id: "as-issuer-other",
    title: "The metadata names another issuer than the resource metadata lists",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Let the metadata name the issuer under which it is published, and list that one.",
    checks: &["as-issuer-matches"],
    shown_by: &[&["issuer-mismatch"], &["issuer-template"]],
    seen: |evidence| {
        issuers_are(evidence, |published, expected| {
            published != expected && !differ_by_slash(published, expected)
        })
    },
    meets: meets_issuer,
};

pub(super) static ISSUER_MISSING: Shape = Shape {
    id: "as-issuer-missing",
    title: "The server metadata names no issuer",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Name the issuer in the metadata.",
    checks: &["as-issuer-matches"],
    shown_by: &[&["issuer-missing"]],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        seen_if(metadata.issuer().is_none(), exchange, "no issuer")
    },
    meets: |traits, _| match traits.server.issuer_missing {
        IssuerMissing::Accepts => Reaction::Connects,
        IssuerMissing::Stops => Reaction::Stops("refuses metadata without an issuer"),
        IssuerMissing::Next => {
            Reaction::Stops("drops metadata without an issuer, and is left with default endpoints")
        }
        IssuerMissing::Unknown => UNREAD,
    },
};

pub(super) static PRIVATE_ADDRESS: Shape = Shape {
    id: "as-private-address",
    title: "The authorization server is at a private address, the MCP server is not",
    step: Step::ServerMetadata,
    party: Party::Network,
    change: "Publish the authorization server at an address that clients reach.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let asked = evidence.server_metadata_tried().next();
        let (exchange, _) = asked.ok_or(Missing::Step(Step::ServerMetadata))?;
        let url = &exchange.request.url;
        seen_if(is_private(url) && !is_private(evidence.target()), exchange, url.as_str())
    },
    meets: |traits, _| match traits.opening.reach {
        Reach::Anywhere => Reaction::Connects,
        Reach::Vendor => Reaction::Stops("its requests come from its vendor's network"),
        Reach::PublicOrTarget | Reach::PublicOrLoopback | Reach::NoPrivateLiterals => {
            Reaction::Stops("refuses private addresses of other hosts than the MCP server's")
        }
        Reach::Unknown => UNREAD,
    },
};

/// The first location that was asked, if it ended so.
fn first_that<'a>(
    evidence: &Evidence<'a>,
    ended: fn(&Exchange, &Unusable) -> bool,
) -> Result<Option<&'a Exchange>, Missing> {
    server(evidence)?;
    let mut tried =
        evidence.server_metadata_tried().filter_map(|(exchange, read)| Some((exchange, read.err()?)));
    Ok(tried.find(|(exchange, why)| ended(exchange, why)).map(|(exchange, _)| exchange))
}

fn meets_bad_document(rule: BadDocument, status: Option<u16>, evidence: &Evidence<'_>) -> Reaction {
    let elsewhere = server(evidence).is_ok_and(|found| found.is_some());
    match rule {
        BadDocument::Next if elsewhere => Reaction::Connects,
        BadDocument::StopsUnless502 if elsewhere && status == Some(502) => Reaction::Connects,
        BadDocument::Next => Reaction::Stops("finds no metadata at the other locations either"),
        BadDocument::Stops | BadDocument::StopsUnless502 => Reaction::Stops("stops at this answer"),
        BadDocument::GivesUp => {
            Reaction::Stops("looks no further, and takes default endpoints of the MCP server's origin")
        }
        BadDocument::Unknown => UNREAD,
    }
}

pub(super) static FAILING: Shape = Shape {
    id: "as-5xx",
    title: "A location of server metadata fails with 5xx",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Serve the metadata, or answer 404 where there is none.",
    checks: &["as-metadata-present"],
    shown_by: &[&["server-metadata-failing"]],
    seen: |evidence| {
        let failing =
            |exchange: &Exchange, _: &Unusable| exchange.status().is_some_and(|status| status >= 500);
        let Some(exchange) = first_that(evidence, failing)? else { return Ok(None) };
        seen_if(true, exchange, exchange.ended())
    },
    meets: |traits, evidence| {
        let status = server_status(evidence);
        meets_bad_document(traits.server.failing, status, evidence)
    },
};

/// The first 5xx of a location of server metadata.
fn server_status(evidence: &Evidence<'_>) -> Option<u16> {
    evidence
        .server_metadata_tried()
        .filter_map(|(exchange, _)| exchange.status())
        .find(|status| *status >= 500)
}

pub(super) static HTML_200: Shape = Shape {
    id: "as-html-200",
    title: "A location of server metadata answers 200 with something else",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Answer 404 where there is no metadata.",
    checks: &["as-metadata-present", "as-absent-404"],
    shown_by: &[&["server-metadata-html"], &["catch-all-page", "openid-document-only"]],
    seen: |evidence| {
        let other = |exchange: &Exchange, _: &Unusable| exchange.response().is_some_and(Response::is_success);
        let Some(exchange) = first_that(evidence, other)? else { return Ok(None) };
        let media_type = exchange.response().map(Response::media_type).unwrap_or_default();
        seen_if(true, exchange, media_type)
    },
    meets: |traits, evidence| meets_bad_document(traits.server.bad_document, None, evidence),
};

pub(super) static ABSENT: Shape = Shape {
    id: "as-metadata-absent",
    title: "The authorization server that is listed publishes no metadata",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Publish RFC 8414 or OpenID metadata for the issuer that is listed, or list the issuer that has it.",
    checks: &["as-metadata-present"],
    shown_by: &[&["server-metadata-missing"]],
    seen: |evidence| {
        let found = server(evidence)?.is_some();
        let guessed = evidence.chosen().source == IssuerSource::TargetOrigin;
        let last = evidence.server_metadata_tried().last().filter(|_| !found && !guessed);
        let Some((exchange, _)) = last else { return Ok(None) };
        seen_if(true, exchange, exchange.ended())
    },
    meets: |traits, _| match traits.server.default_endpoints {
        DefaultEndpoints::ServerOrigin => Reaction::Unknown(
            "goes on with /authorize, /token and /register of the authorization server, which gatewalk does not ask for",
        ),
        DefaultEndpoints::TargetOrigin => {
            Reaction::Stops("goes on with /authorize, /token and /register of the MCP server's origin")
        }
        DefaultEndpoints::TargetOriginAlone | DefaultEndpoints::Nowhere => {
            Reaction::Stops("stops without metadata")
        }
        DefaultEndpoints::Unknown => UNREAD,
    },
};

pub(super) static CONTENT_TYPE: Shape = Shape {
    id: "as-content-type",
    title: "The server metadata is not sent as application/json",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Send the metadata as application/json.",
    checks: &["as-metadata-200-json"],
    shown_by: &[&["server-metadata-text-plain"]],
    seen: |evidence| {
        let Some((exchange, _)) = server(evidence)? else { return Ok(None) };
        let media_type = exchange.response().map(Response::media_type).unwrap_or_default();
        seen_if(media_type != "application/json", exchange, media_type)
    },
    meets: |traits, _| match traits.resource.json_only {
        Answer::Yes => Reaction::Stops("reads metadata only as application/json"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

pub(super) static RESPONSE_TYPES_MISSING: Shape = Shape {
    id: "as-response-types-missing",
    title: "The server metadata lacks response_types_supported",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Add response_types_supported with code to the metadata.",
    checks: &["as-response-types"],
    shown_by: &[&["response-types-missing"]],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        let missing = metadata.json.strings("response_types_supported").is_none();
        seen_if(missing, exchange, "no response_types_supported")
    },
    meets: meets_required_members,
};

fn meets_required_members(traits: &Traits, _: &Evidence<'_>) -> Reaction {
    match traits.server.members_required {
        Answer::Yes => Reaction::Stops("refuses metadata without the members that are required"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    }
}

pub(super) static OPENID_INCOMPLETE: Shape = Shape {
    id: "as-oidc-incomplete",
    title: "The only document is OpenID metadata without what OpenID requires",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Add jwks_uri, subject_types_supported and id_token_signing_alg_values_supported, or publish RFC 8414 metadata.",
    checks: &["as-oidc-fields"],
    shown_by: &[&["openid-incomplete"]],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        let openid = [ServerMetadataLocation::OpenIdInserted, ServerMetadataLocation::OpenIdAppended];
        let is_openid =
            matches!(exchange.request.purpose, Purpose::ServerMetadata(at) if openid.contains(&at));
        let required = ["jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported"];
        let lacks: Vec<_> =
            required.into_iter().filter(|name| !metadata.json.members.contains_key(*name)).collect();
        seen_if(is_openid && !lacks.is_empty(), exchange, format!("no {}", lacks.join(", ")))
    },
    meets: meets_required_members,
};

/// The PKCE methods of the metadata, if it lists them.
type Methods<'a> = (&'a Exchange, Option<Vec<String>>);

/// The PKCE methods of the metadata.
fn methods<'a>(evidence: &Evidence<'a>) -> Result<Option<Methods<'a>>, Missing> {
    let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
    let listed = metadata.code_challenge_methods();
    let listed = listed.map(|methods| methods.into_iter().map(str::to_owned).collect());
    Ok(Some((exchange, listed)))
}

fn meets_pkce(traits: &Traits, evidence: &Evidence<'_>) -> Reaction {
    let Ok(Some((_, listed))) = methods(evidence) else { return UNREAD };
    let listed: Option<Vec<&str>> = listed.as_ref().map(|all| all.iter().map(String::as_str).collect());
    match (traits.server.pkce, traits.server.pkce.accepts(listed.as_deref())) {
        (_, None) => UNREAD,
        (PkceRule::Optional, _) => Reaction::WithLess("goes on without PKCE"),
        (_, Some(true)) => Reaction::Connects,
        (_, Some(false)) => {
            Reaction::Stops("refuses a server that does not say that it knows PKCE with S256")
        }
    }
}

pub(super) static PKCE_UNLISTED: Shape = Shape {
    id: "as-pkce-unlisted",
    title: "The server metadata lacks code_challenge_methods_supported",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Add code_challenge_methods_supported with S256; where the product cannot, publish its metadata through a proxy that does.",
    checks: &["as-pkce-advertised"],
    shown_by: &[&["pkce-not-advertised"]],
    seen: |evidence| {
        let Some((exchange, listed)) = methods(evidence)? else { return Ok(None) };
        seen_if(listed.is_none(), exchange, "no code_challenge_methods_supported")
    },
    meets: meets_pkce,
};

pub(super) static PKCE_PLAIN: Shape = Shape {
    id: "as-pkce-plain",
    title: "The server metadata lists PKCE methods without S256",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Add S256 to code_challenge_methods_supported.",
    checks: &["as-pkce-advertised"],
    shown_by: &[&["pkce-plain-only"]],
    seen: |evidence| {
        let Some((exchange, Some(listed))) = methods(evidence)? else { return Ok(None) };
        seen_if(!listed.iter().any(|method| method == "S256"), exchange, listed.join(", "))
    },
    meets: meets_pkce,
};

fn origin(url: &str) -> Option<String> {
    Identifier::parse(url).map(|url| url.canonical_origin())
}

pub(super) static ENDPOINT_OTHER_ORIGIN: Shape = Shape {
    id: "as-endpoint-other-origin",
    title: "The authorization endpoint is on another origin than issuer and token endpoint, and iss is not advertised",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Send iss in the callback and advertise it, or publish the endpoints on one origin.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        let Some(endpoint) = metadata.endpoint("authorization_endpoint") else { return Ok(None) };
        let others = [metadata.issuer(), metadata.endpoint("token_endpoint")];
        let alone = others.into_iter().flatten().all(|other| origin(other) != origin(endpoint));
        seen_if(alone && !metadata.advertises_iss(), exchange, endpoint)
    },
    meets: |traits, _| match traits.server.endpoints_together {
        Answer::Yes => Reaction::Stops("refuses an authorization endpoint on a third origin"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

pub(super) static HTTP_TOKEN_ENDPOINT: Shape = Shape {
    id: "as-http-token-endpoint",
    title: "The token endpoint is plain http, and not on loopback",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    change: "Publish the token endpoint with https.",
    checks: &["as-https-endpoints"],
    shown_by: &[],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        let endpoint = metadata.endpoint("token_endpoint").unwrap_or_default();
        let clear = Identifier::parse(endpoint).is_some_and(|url| !url.is_https() && !url.is_loopback());
        seen_if(clear, exchange, endpoint)
    },
    meets: |traits, _| match traits.server.https_token_endpoint {
        Answer::Yes => Reaction::Stops("sends no credentials over plain http"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};
