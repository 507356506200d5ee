//! Whether the times in the token fit the clock of the server that issued it.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::exchange::Response;
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

/// Seconds by which clocks may differ.
const LEEWAY: i64 = 300;

pub(in crate::check) static TIMES: Check = Check {
    id: "jwt-clock",
    title: "The fresh token is valid at the time it is issued",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(7519, "4.1.4"), rfc!(7519, "4.1.6"), rfc!(9068, "4")],
    doc: Doc {
        checks: "Compared with the Date of the token response, exp is later and iat and nbf are not later by more than five minutes.",
        matters: "A gateway refuses a token from the future or from the past, and its user is sent to log in again without end.",
        fix: "Synchronise the clock of the server that signs, and check the lifetime it is configured with.",
    },
    judge: times,
};

fn times(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, _, claims) = evidence.jwt()?;
    let (_, response) = evidence.token_response()?;
    let now = date(response).ok_or_else(|| Verdict::untestable("the token response has no readable Date"))?;
    let claim = |name: &str| claims.members.get(name).and_then(serde_json::Value::as_f64);
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second decides nothing")]
    let seconds = |name: &str| claim(name).map(|seconds| seconds as i64);
    let fail = |name: &str, message: String, found: i64| {
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer("access_token")), message);
        Err(finding.compare(format!("{name} that fits {now}"), found.to_string()).fail())
    };
    if let Some(expires) = seconds("exp").filter(|&at| at <= now) {
        return fail(
            "exp",
            format!("The token had expired {} s before it was issued", now - expires),
            expires,
        );
    }
    for name in ["iat", "nbf"] {
        if let Some(at) = seconds(name).filter(|&at| at - LEEWAY > now) {
            return fail(name, format!("The token's {name} lies {} s in the future", at - now), at);
        }
    }
    Ok(())
}

/// The seconds of the `Date` field.
fn date(response: &Response) -> Option<i64> {
    let value = response.headers.get("date")?;
    let zoned = rfc2822::DateTimeParser::new().parse_zoned(value.as_bytes()).ok()?;
    Some(Timestamp::from(zoned).as_second())
}
