//! The authorization endpoint itself.

use crate::check::{Check, Doc, Evidence, Judgement, Levels, Verdict, response};
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

pub(in crate::check) static GET: Check = Check {
    id: "authz-get",
    title: "The authorization endpoint takes GET",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "3.1"), oauth21!("3.1")],
    doc: Doc {
        checks: "The authorization request is not answered with 405 or 501. If a browser makes the request, a callback proves that it went well.",
        matters: "A browser follows a link with GET. An endpoint that only takes POST, or a gateway that lets only POST through, shows the user an error.",
        fix: "Let GET through to the authorization endpoint; look for a rule of the gateway that limits methods by path.",
    },
    judge: get,
};

fn get(evidence: &Evidence<'_>) -> Judgement {
    evidence.authorization()?;
    let Some((exchange, response)) = evidence.login().next() else {
        evidence
            .callback()
            .map_err(|_| Verdict::untestable("a browser made the request, and did not come back"))?;
        return Ok(());
    };
    if !matches!(response.status, 405 | 501) {
        return Ok(());
    }
    let message = format!("The authorization endpoint responds with GET with {}", response.status);
    Err(response::unexpected_status(exchange, response, "a login page or a redirect", message))
}
