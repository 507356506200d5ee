//! The session that the token opens.

use super::{Missing, Reaction, Shape, UNREAD, seen_if};
use crate::client::traits::{SecondRefusal, SessionIdFrom};
use crate::exchange::{Exchange, Purpose};
use crate::specification::{Party, Step};

const SESSION: Missing = Missing::Step(Step::Session);
const HEADER: &str = "mcp-session-id";

pub(super) static TOKEN_REFUSED: Shape = Shape {
    id: "token-refused-again",
    title: "The fresh token is refused",
    step: Step::Session,
    party: Party::Gateway,
    change: "Compare issuer, audience, algorithm and scope of the token with what the gateway demands.",
    checks: &["rs-valid-token-accepted"],
    shown_by: &[&["audience-mismatch"], &["default-audience-missing"]],
    seen: |evidence| {
        let (exchange, response) = evidence.opening().map_err(|_| SESSION)?;
        seen_if(matches!(response.status, 401 | 403), exchange, exchange.ended())
    },
    meets: |traits, _| match traits.session.refused {
        SecondRefusal::RegistersAnew => {
            Reaction::Stops("registers a new client and logs in once more, then stops")
        }
        SecondRefusal::LogsInAgain => Reaction::Stops("drops the token and logs in once more, then stops"),
        SecondRefusal::Stops | SecondRefusal::Unknown => Reaction::Stops("gets nothing for its token"),
    },
};

pub(super) static SESSION_LATE: Shape = Shape {
    id: "session-late",
    title: "Mcp-Session-Id comes first in an answer after that to initialize",
    step: Step::Session,
    party: Party::McpServer,
    change: "Send Mcp-Session-Id with the answer to initialize.",
    checks: &[],
    shown_by: &[],
    seen: |evidence| {
        let (opening, response) = evidence.opening().map_err(|_| SESSION)?;
        if opening.request.purpose != Purpose::Initialize || response.headers.get(HEADER).is_some() {
            return Ok(None);
        }
        let names = |exchange: &&Exchange| {
            exchange.response().is_some_and(|response| response.headers.get(HEADER).is_some())
        };
        let later = evidence.session().map(|(exchange, _)| exchange);
        let Some(exchange) = later.filter(|exchange| exchange.id > opening.id).find(names) else {
            return Ok(None);
        };
        seen_if(true, exchange, HEADER)
    },
    meets: |traits, _| match traits.session.session_id {
        SessionIdFrom::Any => Reaction::Connects,
        SessionIdFrom::Initialize => {
            Reaction::WithLess("does not take it: later requests go without a session")
        }
        SessionIdFrom::Unknown => UNREAD,
    },
};
