//! Metadata that does not follow what a client says of the host.

use crate::check::challenge::open::not_repeated;
use crate::check::refusal::otherwise;
use crate::check::{Check, Doc, Levels};
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::ProbeId;
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static IGNORED: Check = Check {
    id: "as-forwarded-host-ignored",
    title: "The server metadata names no host that the client made up",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9700, "4.13"), rfc!(8414, "6.2")],
    doc: Doc {
        checks: "The server metadata, asked for with X-Forwarded-Host, X-Original-Host and Forwarded naming a host that does not exist, names it neither in the document nor in Location, Link or Content-Location.",
        matters: "A cache that keeps such a document sends the codes and secrets of every client to the attacker's token endpoint.",
        fix: "Trust forwarding headers from your own proxies only, and let these remove those of clients; better, configure the public URL of the server. Keycloak: hostname and proxy-trusted-addresses.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.probe(ProbeId::ServerMetadataForwardedHost)?;
        let document = ServerMetadata::read(exchange).ok().map(|_| "The server metadata");
        not_repeated(exchange, response, document)?;
        // Only the document tells what is made of the host.
        if document.is_some() { Ok(()) } else { Err(otherwise(response, "the document")) }
    },
};
