//! The authorization request and the callback.

use super::discovery::{UsedResource, resource, server, unauthorized};
use super::{Missing, Reaction, Shape, Sight, Sighting, UNREAD, seen_if, seen_if_fails};
use crate::check::Evidence;
use crate::client::traits::{Answer, IssRule, RedirectPort, ResourceSent, ScopeSource, Traits};
use crate::document::challenge::bearer;
use crate::document::identifier::Identifier;
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{Exchange, ProbeId, Purpose};
use crate::specification::{Party, Step};

const AUTHORIZATION: Missing = Missing::Step(Step::Authorization);

pub(super) static PORT_EXACT: Shape = Shape {
    id: "redirect-port-exact",
    title: "A loopback redirect URI has to come with the port that was registered",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: "Ignore the port of redirect URIs on loopback.",
    checks: &["authz-loopback-port"],
    shown_by: &[&["redirect-port-fixed"]],
    seen: |evidence| seen_if_fails("authz-loopback-port", evidence, AUTHORIZATION),
    meets: |traits, _| match traits.registration.port {
        RedirectPort::Registered => Reaction::Connects,
        RedirectPort::Sometimes => Reaction::WithLess("stops whenever the port it registered is taken"),
        RedirectPort::Random => {
            Reaction::Stops("comes back to another port than its metadata document names")
        }
        RedirectPort::Unknown => UNREAD,
    },
};

/// A GET of the authorization endpoint that no browser made.
fn plain_get<'a>(evidence: &Evidence<'a>) -> Result<&'a Exchange, Missing> {
    let login = evidence.sent(|purpose| purpose == Purpose::Login).find(|it| it.request.method == "GET");
    let probe = || evidence.history.probe(ProbeId::AuthorizeAgain);
    login.or_else(probe).ok_or(Missing::Probe(ProbeId::AuthorizeAgain))
}

pub(super) static SCRIPT_REFUSED: Shape = Shape {
    id: "authorize-script-refused",
    title: "The authorization endpoint refuses a GET that is not a browser's",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: "Let the authorization endpoint answer any GET; exempt it from bot protection.",
    checks: &["authz-get"],
    shown_by: &[&["authorize-get-refused"]],
    seen: |evidence| {
        let exchange = plain_get(evidence)?;
        seen_if(matches!(exchange.status(), Some(401 | 403 | 405 | 429)), exchange, exchange.ended())
    },
    meets: |traits, _| match traits.authorization.looks_first {
        Answer::Yes => {
            Reaction::Stops("asks for the page itself before it opens a browser, and stops at that answer")
        }
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

/// Whether the challenge names a scope.
fn challenge_names_scope(evidence: &Evidence<'_>) -> bool {
    let challenge = unauthorized(evidence).ok().flatten().and_then(|(_, response)| bearer(response));
    challenge.is_some_and(|challenge| challenge.get("scope").is_some())
}

pub(super) static SCOPE_LIST_TOO_WIDE: Shape = Shape {
    id: "scope-list-too-wide",
    title: "The published scopes hold more than a client should have",
    step: Step::Authorization,
    party: Party::Gateway,
    change: "List the scopes that are needed, and name them in the challenge.",
    checks: &["prm-scopes-minimal"],
    shown_by: &[&["scopes-sweeping"]],
    seen: |evidence| {
        resource(evidence)?;
        seen_if_fails("prm-scopes-minimal", evidence, Missing::Step(Step::ResourceMetadata))
    },
    meets: |traits, evidence| match traits.authorization.scope {
        ScopeSource::Unknown => UNREAD,
        ScopeSource::Server => Reaction::WithLess("asks for every scope that the authorization server lists"),
        _ if challenge_names_scope(evidence) => Reaction::Connects,
        _ => Reaction::WithLess("asks for every scope that the resource metadata lists"),
    },
};

pub(super) static SCOPE_REQUIRED: Shape = Shape {
    id: "scope-required",
    title: "A request without scope fails, and neither challenge nor resource metadata names one",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: "Name the scope in the challenge, or have a default for requests without one.",
    checks: &["authz-scope-omitted"],
    shown_by: &[],
    seen: |evidence| {
        let listed = resource(evidence)?.is_some_and(|used| used.metadata.scopes_supported().is_some());
        if listed || challenge_names_scope(evidence) {
            return Ok(None);
        }
        seen_if_fails("authz-scope-omitted", evidence, AUTHORIZATION)
    },
    meets: |traits, evidence| {
        let lists = server(evidence).ok().flatten().is_some_and(|(_, it)| it.scopes_supported().is_some());
        match traits.authorization.scope {
            ScopeSource::Resource => Reaction::Stops("sends no scope"),
            ScopeSource::ResourceOrApplication => {
                Reaction::Stops("sends no scope, unless the application has one")
            }
            ScopeSource::ResourceOrServer | ScopeSource::Server if !lists => {
                Reaction::Stops("finds no scope to send")
            }
            ScopeSource::ResourceOrServer | ScopeSource::Server | ScopeSource::WithDefault => {
                Reaction::Connects
            }
            ScopeSource::Unknown => UNREAD,
        }
    },
};

pub(super) static RESOURCE_REFUSED: Shape = Shape {
    id: "resource-refused",
    title: "The authorization server fails on the resource parameter",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: "Register the MCP URL as a resource at the authorization server, or let it ignore the parameter.",
    checks: &["as-accepts-resource"],
    shown_by: &[&["service-not-found"]],
    seen: |evidence| seen_if_fails("as-accepts-resource", evidence, AUTHORIZATION),
    meets: |traits, evidence| {
        let has_metadata = resource(evidence).is_ok_and(|used| used.is_some());
        match traits.authorization.resource {
            ResourceSent::Metadata if !has_metadata => Reaction::Connects,
            ResourceSent::Switchable | ResourceSent::Normalised => {
                Reaction::Asks("needs the option that leaves resource out")
            }
            ResourceSent::Metadata | ResourceSent::Always | ResourceSent::Url => {
                Reaction::Stops("sends resource, and is refused")
            }
            ResourceSent::Unknown => UNREAD,
        }
    },
};

pub(super) static RESOURCE_PATHLESS: Shape = Shape {
    id: "resource-pathless",
    title: "The resource is a URL without a path and without a slash",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: "Know the resource both with and without the slash, or give the MCP server a path.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let Some(UsedResource { exchange, metadata, .. }) = resource(evidence)? else { return Ok(None) };
        let published = metadata.resource().unwrap_or_default();
        let pathless = Identifier::parse(published).is_some_and(|url| url.path.is_empty());
        seen_if(pathless, exchange, published)
    },
    meets: |traits, _| match traits.authorization.resource {
        ResourceSent::Normalised => {
            Reaction::WithLess("sends it with a slash, which a server that compares byte for byte refuses")
        }
        ResourceSent::Unknown => UNREAD,
        _ => Reaction::Connects,
    },
};

pub(super) static STATE_DROPPED: Shape = Shape {
    id: "state-dropped",
    title: "The callback has no state",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: "Send state back as it came.",
    checks: &["authz-state-echo"],
    shown_by: &[&["state-dropped"]],
    seen: |evidence| {
        let callback = evidence.callback().map_err(|_| AUTHORIZATION)?;
        Ok(callback
            .get("state")
            .is_none()
            .then(|| Sighting { exchange: None, detail: Some("no state".to_owned()) }))
    },
    meets: |traits, _| match traits.authorization.state {
        Answer::Yes => Reaction::Stops("refuses a callback without its state"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

/// What the callback and the metadata say of `iss`.
struct Iss {
    is_advertised: bool,
    issuer: Option<String>,
    sent: Option<String>,
}

fn iss(evidence: &Evidence<'_>) -> Result<Iss, Missing> {
    let callback = evidence.callback().map_err(|_| AUTHORIZATION)?;
    let metadata = server(evidence)?.map(|(_, metadata)| metadata);
    Ok(Iss {
        is_advertised: metadata.as_ref().is_some_and(ServerMetadata::advertises_iss),
        issuer: metadata.and_then(|metadata| metadata.issuer().map(str::to_owned)),
        sent: callback.get("iss").map(str::to_owned),
    })
}

/// Sees a callback of which that is true.
fn iss_is(evidence: &Evidence<'_>, is_such: fn(&Iss) -> bool) -> Sight {
    let iss = iss(evidence)?;
    let detail = iss.sent.as_ref().map_or_else(|| "no iss".to_owned(), |sent| format!("iss={sent}"));
    Ok(is_such(&iss).then_some(Sighting { exchange: None, detail: Some(detail) }))
}

fn meets_iss(traits: &Traits, evidence: &Evidence<'_>) -> Reaction {
    let Ok(Iss { is_advertised, issuer, sent }) = iss(evidence) else { return UNREAD };
    let is_right = sent.is_some() && sent == issuer;
    let goes_on = match traits.authorization.iss {
        IssRule::NotChecked => true,
        IssRule::IfPresentOrAdvertised => is_right || sent.is_none() && !is_advertised,
        IssRule::NotUnlessAdvertised => is_right && is_advertised || sent.is_none() && !is_advertised,
        IssRule::Always => is_right || issuer.is_none(),
        IssRule::Unknown => return UNREAD,
    };
    match (goes_on, sent.is_some()) {
        (true, _) => Reaction::Connects,
        (false, true) => Reaction::Stops("refuses the callback because of its iss"),
        (false, false) => Reaction::Stops("refuses a callback without iss"),
    }
}

const ONE_ISSUER: &str = "Send the issuer of the metadata as iss in every callback, and advertise it.";

pub(super) static ISS_ADVERTISED_NOT_SENT: Shape = Shape {
    id: "iss-advertised-not-sent",
    title: "The metadata promises iss, and the callback has none",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: ONE_ISSUER,
    checks: &["as-iss-advertised"],
    shown_by: &[&["iss-missing"]],
    seen: |evidence| iss_is(evidence, |iss| iss.is_advertised && iss.sent.is_none()),
    meets: meets_iss,
};

pub(super) static ISS_SENT_NOT_ADVERTISED: Shape = Shape {
    id: "iss-sent-not-advertised",
    title: "The callback has iss, and the metadata does not say so",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: ONE_ISSUER,
    checks: &["as-iss-advertised"],
    shown_by: &[&["iss-not-advertised"]],
    seen: |evidence| {
        iss_is(evidence, |iss| !iss.is_advertised && iss.sent.is_some() && iss.sent == iss.issuer)
    },
    meets: meets_iss,
};

pub(super) static ISS_UNKNOWN: Shape = Shape {
    id: "iss-unknown",
    title: "iss is neither promised nor sent",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: ONE_ISSUER,
    checks: &["as-iss-param"],
    shown_by: &[&["iss-unknown"], &["iss-absent"]],
    seen: |evidence| iss_is(evidence, |iss| !iss.is_advertised && iss.sent.is_none()),
    meets: meets_iss,
};

pub(super) static ISS_OF_ANOTHER: Shape = Shape {
    id: "iss-of-another",
    title: "The callback has another iss than the metadata's issuer",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    change: ONE_ISSUER,
    checks: &["authz-iss-identical"],
    shown_by: &[&["iss-wrong"]],
    seen: |evidence| {
        iss_is(evidence, |iss| iss.issuer.is_some() && iss.sent.is_some() && iss.sent != iss.issuer)
    },
    meets: meets_iss,
};
