//! How a client becomes known to the authorization server.

use serde_json::Value;

use super::discovery::server;
use super::{Missing, Reaction, Shape, Sight, UNREAD, seen_if, seen_if_fails};
use crate::check::{Evidence, Verdict};
use crate::client::traits::{Answer, AskedMethod, Documents, Redirect, Traits, WithoutRegistration};
use crate::document::client::ClientInformation;
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{Exchange, Response};
use crate::scenario::Registration;
use crate::specification::{Party, Step};

const REGISTRATION: Missing = Missing::Step(Step::Registration);

fn has_endpoint(metadata: &ServerMetadata) -> bool {
    metadata.endpoint("registration_endpoint").is_some()
}

fn reads_documents(metadata: &ServerMetadata) -> bool {
    metadata.json.flag("client_id_metadata_document_supported") == Some(true)
}

/// What a client does that can neither register nor use a document.
fn unregistered(traits: &Traits, evidence: &Evidence<'_>) -> Reaction {
    let brought = matches!(evidence.scenario.client.registration, Registration::Preregistered { .. });
    match (traits.registration.without, traits.registration.given) {
        (WithoutRegistration::Asks, _) => Reaction::Asks("asks its user for a client identifier"),
        (_, Answer::Yes) if brought => {
            Reaction::Asks("needs the identifier of a registered client in its configuration")
        }
        (WithoutRegistration::Stops, _) => {
            Reaction::Stops("cannot register, and was given no client identifier")
        }
        (WithoutRegistration::DefaultPath, _) => {
            Reaction::Stops("tries to register at /register of the MCP server's origin")
        }
        (WithoutRegistration::Unknown, _) => UNREAD,
    }
}

/// What a client does that cannot register, but may have a document.
fn with_document(traits: &Traits, evidence: &Evidence<'_>, metadata: &ServerMetadata) -> Reaction {
    let methods = metadata.json.strings("token_endpoint_auth_methods_supported").unwrap_or_default();
    match traits.registration.documents {
        Documents::Own => Reaction::Connects,
        Documents::OwnIfNoneListed if methods.contains(&"none") => Reaction::Connects,
        Documents::OfApplication => Reaction::Asks("needs a metadata document of the application's"),
        Documents::Option => {
            Reaction::Stops("stops, unless it is started with the URL of a metadata document")
        }
        Documents::OwnIfNoneListed | Documents::Unused => unregistered(traits, evidence),
        Documents::Unknown => UNREAD,
    }
}

pub(super) static ABSENT: Shape = Shape {
    id: "dcr-absent",
    title: "The server metadata offers neither registration nor client-ID metadata documents",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Turn on client-ID metadata documents or dynamic registration, or hand out a registered client identifier to every client.",
    checks: &["as-dcr-available", "as-cimd-supported"],
    shown_by: &[&["registration-disabled", "cimd-not-advertised"]],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        let absent = !has_endpoint(&metadata) && !reads_documents(&metadata);
        seen_if(absent, exchange, "no registration_endpoint")
    },
    meets: unregistered,
};

pub(super) static DOCUMENTS_ONLY: Shape = Shape {
    id: "cimd-only",
    title: "The server metadata offers client-ID metadata documents, and no registration",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Turn on dynamic registration beside client-ID metadata documents.",
    checks: &[],
    shown_by: &[&["registration-disabled"]],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        let only = !has_endpoint(&metadata) && reads_documents(&metadata);
        seen_if(only, exchange, "no registration_endpoint, client_id_metadata_document_supported")
    },
    meets: |traits, evidence| match server(evidence) {
        Ok(Some((_, metadata))) => with_document(traits, evidence, &metadata),
        _ => UNREAD,
    },
};

pub(super) static METHOD_NONE_ONLY: Shape = Shape {
    id: "dcr-method-none-only",
    title: "The server metadata lists none as the only authentication method",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Let confidential clients register too, and list client_secret_post.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let Some((exchange, metadata)) = server(evidence)? else { return Ok(None) };
        let methods = metadata.json.strings("token_endpoint_auth_methods_supported").unwrap_or_default();
        seen_if(methods == ["none"] && has_endpoint(&metadata), exchange, "none")
    },
    meets: |traits, evidence| match (traits.registration.method, brings_client(evidence)) {
        (_, true) => Reaction::Connects,
        (AskedMethod::Post, _) => Reaction::Stops("registers with client_secret_post only"),
        (AskedMethod::Unknown, _) => UNREAD,
        _ => Reaction::Connects,
    },
};

/// Whether the run brings its client along, so that nothing is seen of registration.
fn brings_client(evidence: &Evidence<'_>) -> bool {
    matches!(evidence.scenario.client.registration, Registration::Preregistered { .. })
}

/// What a client does whose registration is refused.
fn refused(traits: &Traits, evidence: &Evidence<'_>) -> Reaction {
    match server(evidence) {
        Ok(Some((_, metadata))) if reads_documents(&metadata) => with_document(traits, evidence, &metadata),
        _ => match unregistered(traits, evidence) {
            Reaction::Stops(_) => Reaction::Stops("registers, and is refused"),
            other => other,
        },
    }
}

pub(super) static LOOPBACK_REFUSED: Shape = Shape {
    id: "dcr-loopback-refused",
    title: "Registration refuses redirect URIs on loopback",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Allow http redirect URIs on loopback for native clients, or add this machine to the hosts that are trusted.",
    checks: &["dcr-redirect-uris"],
    shown_by: &[&["loopback-redirect-refused"]],
    seen: |evidence| seen_if_fails("dcr-redirect-uris", evidence, REGISTRATION),
    meets: |traits, evidence| match traits.registration.redirect {
        Redirect::Hosted => Reaction::Connects,
        Redirect::Loopback | Redirect::Both => refused(traits, evidence),
        Redirect::OfApplication => {
            Reaction::Stops("is refused, unless the application has a hosted callback")
        }
        Redirect::Unknown => UNREAD,
    },
};

pub(super) static APPLICATION_TYPE_REFUSED: Shape = Shape {
    id: "dcr-application-type-refused",
    title: "Registration refuses application_type",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Ignore members of the registration that the server does not know.",
    checks: &["as-application-type-ok"],
    shown_by: &[&["application-type-refused"]],
    seen: |evidence| seen_if_fails("as-application-type-ok", evidence, REGISTRATION),
    meets: |traits, evidence| match traits.registration.application_type {
        Answer::Yes => refused(traits, evidence),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

/// The answer to the registration; nothing where the run brings its client along.
fn answer<'a>(evidence: &Evidence<'a>) -> Result<Option<(&'a Exchange, &'a Response)>, Missing> {
    match evidence.registration() {
        Ok(answer) => Ok(Some(answer)),
        Err(Verdict::NotApplicable(_)) => Ok(None),
        Err(_) => Err(REGISTRATION),
    }
}

pub(super) static REFUSED: Shape = Shape {
    id: "dcr-refused",
    title: "The registration endpoint turns clients away, or is not there",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Open dynamic registration, or turn on client-ID metadata documents.",
    checks: &["dcr-open", "dcr-error-format"],
    shown_by: &[&["registration-forbidden"], &["registration-route-missing"], &["registration-html"]],
    seen: |evidence| {
        let Some((exchange, response)) = answer(evidence)? else { return Ok(None) };
        let turned_away = matches!(response.status, 401 | 403 | 404 | 405 | 500..);
        seen_if(turned_away, exchange, exchange.ended())
    },
    meets: refused,
};

/// The client information, if one was given.
fn information<'a>(evidence: &Evidence<'a>) -> Result<Option<(&'a Exchange, ClientInformation)>, Missing> {
    let Some((exchange, _)) = answer(evidence)? else { return Ok(None) };
    Ok(ClientInformation::read(exchange).ok().map(|information| (exchange, information)))
}

/// Sees client information that is such.
fn information_is(evidence: &Evidence<'_>, is_such: fn(&ClientInformation) -> bool, detail: &str) -> Sight {
    let Some((exchange, information)) = information(evidence)? else { return Ok(None) };
    seen_if(is_such(&information), exchange, detail)
}

pub(super) static REDIRECTS_DROPPED: Shape = Shape {
    id: "dcr-answer-redirects-dropped",
    title: "The registration response does not repeat redirect_uris",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Repeat redirect_uris in the registration response.",
    checks: &["dcr-echo-metadata"],
    shown_by: &[&["registration-redirect-dropped"]],
    seen: |evidence| {
        let dropped =
            |it: &ClientInformation| it.client_id().is_some() && it.json.strings("redirect_uris").is_none();
        information_is(evidence, dropped, "no redirect_uris")
    },
    meets: |traits, _| match traits.registration.needs_redirect_uris {
        Answer::Yes => Reaction::Stops("refuses a registration response without redirect_uris"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

pub(super) static ANSWER_NULL: Shape = Shape {
    id: "dcr-answer-null",
    title: "The registration response has members that are null",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Leave out members that have no value.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let has_null = |it: &ClientInformation| it.json.members.values().any(Value::is_null);
        information_is(evidence, has_null, "null")
    },
    meets: |traits, _| match traits.registration.stops_on_null {
        Answer::Yes => Reaction::Stops("refuses a registration response with null members"),
        Answer::No => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};

pub(super) static SECRET_UNNAMED: Shape = Shape {
    id: "dcr-answer-secret-unnamed",
    title: "The registration response has a secret, and does not say how to use it",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    change: "Name token_endpoint_auth_method in the registration response, and give public clients no secret.",
    checks: &["dcr-public-honoured"],
    shown_by: &[],
    seen: |evidence| {
        let unnamed = |it: &ClientInformation| it.client_secret().is_some() && it.auth_method().is_none();
        information_is(evidence, unnamed, "client_secret, and no token_endpoint_auth_method")
    },
    meets: |traits, _| match traits.token.unnamed_secret {
        Answer::No => {
            Reaction::WithLess("does not send the secret: where one is wanted, the token request fails")
        }
        Answer::Yes => Reaction::Connects,
        Answer::Unknown => UNREAD,
    },
};
