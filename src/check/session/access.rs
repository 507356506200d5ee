//! Whether the gateway takes the token that was issued for it.

use std::borrow::Cow;

use crate::check::refusal::otherwise;
use crate::check::{Check, Doc, Evidence, Judgement, Levels, response};
use crate::document::mcp as rpc;
use crate::exchange::{Exchange, Purpose, Response};
use crate::specification::cite::{TOKEN_HANDLING, oauth21};
use crate::specification::{Level, Party, Step};

pub(in crate::check) static ACCEPTED: Check = Check {
    id: "rs-valid-token-accepted",
    title: "The fresh token is accepted",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[TOKEN_HANDLING, oauth21!("5.2")],
    doc: Doc {
        checks: "Neither initialize (server/discover) nor notifications/initialized ends with 401 or 403 for the token just issued; nor does a message of the open session with 401 again, when a newer token was sent. A nonce that DPoP asks for first and a step-up by insufficient_scope are no refusals.",
        matters: "This is the end of the flow: everything was right so far, and the gateway still says no.",
        fix: "Compare what the gateway expects with what the token carries: issuer (slash at the end), audience, algorithm, key set, scope. Check that the Authorization header reaches the server behind the gateway.",
    },
    judge: accepted,
};

fn accepted(evidence: &Evidence<'_>) -> Judgement {
    let (opening, opened) = evidence.opening()?;
    let Some((exchange, response)) = refusal(evidence) else {
        // Whatever the MCP server says in JSON-RPC, it says to a token that was let through.
        return match rpc::response(opening) {
            Ok(_) => Ok(()),
            Err(_) => Err(otherwise(opened, "a response of the MCP server")),
        };
    };
    response::from_the_server(response)?;
    let said = response::saying(&evidence.of_round(exchange.request.round.number), response);
    let message = format!("The fresh access token is refused with {}{said}", response.status);
    Err(response::unexpected_status(exchange, response, "200", message))
}

/// The response that refuses the fresh token: the last one to the opening or to `notifications/initialized`, or a 401 to
/// what was asked for in the session, where a newer token was sent after the first 401. What came before the walk sent the
/// message again, with a nonce or with more scope, is no refusal; a 403 in an open session is about scope or about the user.
pub(crate) fn refusal<'a>(evidence: &Evidence<'a>) -> Option<(&'a Exchange, &'a Response)> {
    let opening = evidence.opening().ok();
    let initialized = evidence.last(|purpose| purpose == Purpose::Initialized, "").ok();
    let mut openings = [opening, initialized].into_iter().flatten();
    if let Some(refused) = openings.find(|(_, response)| matches!(response.status, 401 | 403)) {
        return Some(refused);
    }
    let credentials =
        |exchange: &Exchange| exchange.request.headers.get("authorization").map(Cow::into_owned);
    let renewed = |exchange: &Exchange| {
        evidence.session().any(|(earlier, response)| {
            response.status == 401
                && earlier.id < exchange.id
                && earlier.request.body == exchange.request.body
                && credentials(earlier) != credentials(exchange)
        })
    };
    let last = evidence.session().last()?;
    (last.1.status == 401 && renewed(last.0)).then_some(last)
}
