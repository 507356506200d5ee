//! The response to a registration as HTTP.

use crate::check::{Check, Doc, Levels, Verdict, response};
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

pub(in crate::check) static CREATED: Check = Check {
    id: "dcr-201-json",
    title: "A registration gets 201 and JSON",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(7591, "3.2.1")],
    doc: Doc {
        checks: "A registration that succeeds has status 201 and content-type application/json.",
        matters: "The RFC says 201 without a keyword, so other success statuses are a warning; clients that ask for exactly 201 stop.",
        fix: "Respond with 201 Created. A gateway that maps all success to 200 needs an exception for this route.",
    },
    judge: |evidence| {
        let (exchange, response) = evidence.registration()?;
        if !response.is_success() {
            return Err(Verdict::untestable("the registration was refused"));
        }
        response::json_response(exchange, response, 201)
    },
};

pub(in crate::check) static NO_STORE: Check = Check {
    id: "dcr-no-store",
    title: "A response with client credentials forbids caches to store it",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[oauth21!("3.2.3"), rfc!(6749, "5.1")],
    doc: Doc {
        checks: "If the response holds a client_secret or a registration_access_token, its cache-control contains no-store.",
        matters: "A cache that keeps the response hands one client's credentials to another.",
        fix: "Send Cache-Control: no-store, and check that the gateway or CDN does not replace it.",
    },
    judge: |evidence| {
        let (exchange, client) = evidence.client()?;
        let secrets = ["client_secret", "registration_access_token"];
        if !secrets.iter().any(|&name| client.json.string(name).is_some()) {
            return Err(Verdict::not_applicable("the response holds no credentials"));
        }
        exchange.response().map_or(Ok(()), |response| response::not_stored(exchange, response))
    },
};
