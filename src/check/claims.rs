//! The access token taken apart: each header member and each claim with a verdict, as the gateway would judge it.
//!
//! The rules are those of the catalogue; what only depends on the time of looking is added here.

use std::time::Duration;

use serde_json::Value;

use super::token::jwt::{AUDIENCE, ISSUER, TYPE, granted};
use super::token::keys::{ALGORITHM, SIGNATURE};
use super::{Check, Evidence, Verdict};
use crate::document::Object;
use crate::document::access_token::AccessToken;

/// What a member is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimStatus {
    /// As it has to be.
    Good(String),
    /// A gateway that looks will refuse the token, or should.
    Bad(String),
    /// To be known, not judged.
    Informational(String),
}

/// A member of the header, or a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Its value; `None` if the token lacks it.
    pub value: Option<Value>,
    /// What it is worth.
    pub worth: ClaimStatus,
}

/// The access token taken apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A JWT.
    Jwt {
        /// JOSE header.
        header: Vec<Claim>,
        /// Claims.
        claims: Vec<Claim>,
        /// Whether the key set verifies it.
        signature: ClaimStatus,
    },
    /// Only its audience can read it; the header is there.
    Encrypted(Vec<Claim>),
    /// No structure a client could read.
    Opaque,
}

/// Takes the access token of a run apart, as of `now` in seconds since 1970; `None` without one.
pub fn decode(evidence: &Evidence<'_>, now: i64) -> Option<Token> {
    let (_, token) = evidence.access_token().ok()?;
    Some(match token {
        AccessToken::Opaque => Token::Opaque,
        AccessToken::Encrypted { header } => Token::Encrypted(
            header.members.iter().map(|(name, value)| claim(name, value, informational(""))).collect(),
        ),
        AccessToken::Jwt { header, claims } => Token::Jwt {
            header: header
                .members
                .iter()
                .map(|(name, value)| claim(name, value, in_header(name, evidence)))
                .collect(),
            claims: all_claims(evidence, &claims, now),
            signature: by(&SIGNATURE, evidence, "verified with the published key"),
        },
    })
}

fn claim(name: &str, value: &Value, worth: ClaimStatus) -> Claim {
    Claim { name: name.to_owned(), value: Some(value.clone()), worth }
}

fn informational(what: impl Into<String>) -> ClaimStatus {
    ClaimStatus::Informational(what.into())
}

/// What a check of the catalogue says, in words for its place.
fn by(check: &Check, evidence: &Evidence<'_>, good: &str) -> ClaimStatus {
    if check.levels.of(evidence.protocol_version()).is_none() {
        return informational("this protocol version does not say");
    }
    match (check.judge)(evidence) {
        Ok(()) | Err(Verdict::Pass) => ClaimStatus::Good(good.to_owned()),
        Err(Verdict::Fail(finding)) => ClaimStatus::Bad(finding.message),
        Err(verdict) => informational(verdict.because().unwrap_or_default()),
    }
}

fn in_header(name: &str, evidence: &Evidence<'_>) -> ClaimStatus {
    match name {
        "alg" => by(&ALGORITHM, evidence, "a signature others can verify"),
        "typ" => by(&TYPE, evidence, "an access token (RFC 9068)"),
        "kid" => informational("names the key in the key set"),
        _ => informational(""),
    }
}

/// The claims in the order of the token, then those that a gateway needs and the token lacks.
fn all_claims(evidence: &Evidence<'_>, claims: &Object, now: i64) -> Vec<Claim> {
    let mut all: Vec<_> = claims
        .members
        .iter()
        .map(|(name, value)| claim(name, value, in_claims(name, value, evidence, claims, now)))
        .collect();
    for (name, why) in [
        ("iss", "a gateway cannot tell who issued it"),
        ("aud", "a gateway cannot tell whether it is meant for it"),
        ("exp", "it never expires"),
    ] {
        if !claims.members.contains_key(name) {
            all.push(Claim { name: name.to_owned(), value: None, worth: ClaimStatus::Bad(why.to_owned()) });
        }
    }
    all
}

fn in_claims(name: &str, value: &Value, evidence: &Evidence<'_>, claims: &Object, now: i64) -> ClaimStatus {
    match name {
        "iss" => by(&ISSUER, evidence, "the issuer of the metadata"),
        "aud" => by(&AUDIENCE, evidence, "the resource that was asked for"),
        "exp" => match seconds(value) {
            Some(exp) if exp > now => ClaimStatus::Good(format!("valid for {}", span(exp - now))),
            Some(exp) => ClaimStatus::Bad(format!("expired {} ago", span(now - exp))),
            None => ClaimStatus::Bad("no number of seconds".to_owned()),
        },
        "nbf" => match seconds(value) {
            Some(nbf) if nbf <= now => ClaimStatus::Good("valid already".to_owned()),
            Some(nbf) => ClaimStatus::Bad(format!("valid only in {}: compare the clocks", span(nbf - now))),
            None => ClaimStatus::Bad("no number of seconds".to_owned()),
        },
        "iat" | "auth_time" => match seconds(value) {
            Some(then) if then > now => {
                ClaimStatus::Bad(format!("{} ahead: compare the clocks", span(then - now)))
            }
            Some(then) => informational(format!("{} ago", span(now - then))),
            None => ClaimStatus::Bad("no number of seconds".to_owned()),
        },
        "scope" | "scp" => scope(evidence, claims),
        "client_id" | "azp" => informational("the client it was issued to"),
        "sub" => informational("who logged in"),
        "jti" => informational("its number"),
        _ => informational(""),
    }
}

/// Whether all scopes that were asked for were granted.
fn scope(evidence: &Evidence<'_>, claims: &Object) -> ClaimStatus {
    let given = granted(claims).unwrap_or_default();
    let Some(asked) = evidence.authorization().ok().and_then(|request| request.get("scope")) else {
        return informational("nothing was asked for");
    };
    let given: Vec<_> = given.split(' ').collect();
    // These are for the authorization server, not for the resource.
    let own = ["openid", "profile", "email", "offline_access"];
    let missing: Vec<_> =
        asked.split(' ').filter(|scope| !given.contains(scope) && !own.contains(scope)).collect();
    if missing.is_empty() {
        ClaimStatus::Good("what was asked for".to_owned())
    } else {
        ClaimStatus::Bad(format!("{} was asked for and not granted", missing.join(" ")))
    }
}

/// A NumericDate in whole seconds ([RFC 7519 §2](https://www.rfc-editor.org/rfc/rfc7519#section-2)).
fn seconds(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "fractions of a second do not matter")]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

/// A span of seconds for people.
fn span(seconds: i64) -> String {
    let seconds = Duration::from_secs(seconds.unsigned_abs()).as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_judged_as_of_now() {
        assert_eq!(seconds(&Value::from(7.9)), Some(7));
        assert_eq!(span(59), "59 s");
        assert_eq!(span(3_599), "59 min 59 s");
        assert_eq!(span(7_260), "2 h 1 min");
        assert_eq!(span(864_000), "10 days");
    }
}
