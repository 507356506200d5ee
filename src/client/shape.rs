//! Shapes: what servers do that lets one client in and keeps another out.

mod authorization;
mod challenge;
mod discovery;
mod registration;
mod resource_metadata;
mod server_metadata;
mod session;
mod token;

use std::fmt;

use super::Traits;
use crate::check::{self, Evidence, Verdict};
use crate::exchange::{Exchange, ExchangeId, ProbeId};
use crate::probe;
use crate::specification::{Party, Step};

/// Something a server does that tells clients apart.
#[derive(Debug)]
pub struct Shape {
    /// Noun of what is seen, kebab-case; stable.
    pub id: &'static str,
    /// What is seen, in one sentence.
    pub title: &'static str,
    /// Where in the flow a client meets it.
    pub step: Step,
    /// Who can change it.
    pub party: Party,
    /// What to change so that every client gets past it.
    pub change: &'static str,
    /// The checks that fail with it, if it is against a rule: a diagnosis that explains them says what to change.
    pub checks: &'static [&'static str],
    /// Faults and variations of the sandbox that show it, those that do so together in one set.
    pub shown_by: &'static [&'static [&'static str]],
    /// Looks for it.
    pub seen: fn(&Evidence<'_>) -> Sight,
    /// What a client with those traits makes of it, where it was seen.
    pub meets: fn(&Traits, &Evidence<'_>) -> Reaction,
}

/// Seen, not seen, or what is missing to tell.
pub type Sight = Result<Option<Sighting>, Missing>;

/// Where a shape was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// In which exchange.
    pub exchange: Option<ExchangeId>,
    /// What of it, with the peers' own values.
    pub detail: Option<String>,
}

/// What is missing to tell whether a shape is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The walk did not come to that step.
    Step(Step),
    /// A probe was not sent.
    Probe(ProbeId),
    /// The protocol version of the run has no such request.
    Version,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => write!(f, "walk on to {step}"),
            Self::Probe(id) => {
                write!(f, "--probes {}, or --allow {id}", probe::find(*id).effect.sent_by().id())
            }
            Self::Version => f.write_str("--protocol-version 2025-06-18 or later"),
        }
    }
}

/// What a client makes of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It goes on.
    Connects,
    /// It goes on with less than there is.
    WithLess(&'static str),
    /// It asks a person.
    Asks(&'static str),
    /// It stops.
    Stops(&'static str),
    /// It is not known.
    Unknown(&'static str),
}

/// Nobody has read the trait that decides.
pub(super) const UNREAD: Reaction = Reaction::Unknown("what it does then is not known");

/// All shapes, in the order of the flow.
#[rustfmt::skip]
pub static SHAPES: &[&Shape] = &[
    // challenge
    &challenge::TARGET_PRIVATE,
    &challenge::OPENING_FAILING,
    &challenge::OPENING_4XX,
    &challenge::OPENING_REDIRECT,
    &challenge::CHALLENGE_403,
    &challenge::NO_OAUTH_CLIENT,
    &challenge::CHALLENGE_ABSENT,
    &challenge::CHALLENGE_OTHER_SCHEME,
    &challenge::CHALLENGE_SCHEME_LOWERCASE,
    &challenge::CHALLENGE_SECOND_SCHEME,
    &challenge::CHALLENGE_BARE,
    &challenge::CHALLENGE_SYNTAX,
    &challenge::GET_5XX,
    // resource metadata
    &resource_metadata::OTHER_ORIGIN,
    &resource_metadata::HEADER_BROKEN,
    &resource_metadata::FAILING,
    &resource_metadata::ABSENT,
    &resource_metadata::CONTENT_TYPE,
    &resource_metadata::RESOURCE_MISSING,
    &resource_metadata::RESOURCE_ORIGIN,
    &resource_metadata::ROOT_FULL_RESOURCE,
    &resource_metadata::ROOT_ORIGIN_RESOURCE,
    &resource_metadata::RESOURCE_PREFIX,
    &resource_metadata::RESOURCE_SLASH,
    &resource_metadata::RESOURCE_OTHER_PATH,
    &resource_metadata::RESOURCE_OTHER_ORIGIN,
    &resource_metadata::NO_SERVERS,
    &resource_metadata::FIRST_SERVER_DEAD,
    &resource_metadata::REDIRECT,
    // server metadata
    &server_metadata::PRIVATE_ADDRESS,
    &server_metadata::FAILING,
    &server_metadata::HTML_200,
    &server_metadata::ABSENT,
    &server_metadata::CONTENT_TYPE,
    &server_metadata::ISSUER_MISSING,
    &server_metadata::ISSUER_SLASH_ADDED,
    &server_metadata::ISSUER_SLASH_LOST,
    &server_metadata::ISSUER_OTHER,
    &server_metadata::RESPONSE_TYPES_MISSING,
    &server_metadata::OPENID_INCOMPLETE,
    &server_metadata::PKCE_UNLISTED,
    &server_metadata::PKCE_PLAIN,
    &server_metadata::ENDPOINT_OTHER_ORIGIN,
    &server_metadata::HTTP_TOKEN_ENDPOINT,
    // registration
    &registration::ABSENT,
    &registration::DOCUMENTS_ONLY,
    &registration::METHOD_NONE_ONLY,
    &registration::LOOPBACK_REFUSED,
    &registration::APPLICATION_TYPE_REFUSED,
    &registration::REFUSED,
    &registration::REDIRECTS_DROPPED,
    &registration::ANSWER_NULL,
    &registration::SECRET_UNNAMED,
    // authorization
    &authorization::PORT_EXACT,
    &authorization::SCRIPT_REFUSED,
    &authorization::SCOPE_LIST_TOO_WIDE,
    &authorization::SCOPE_REQUIRED,
    &authorization::RESOURCE_REFUSED,
    &authorization::RESOURCE_PATHLESS,
    &authorization::STATE_DROPPED,
    &authorization::ISS_ADVERTISED_NOT_SENT,
    &authorization::ISS_SENT_NOT_ADVERTISED,
    &authorization::ISS_UNKNOWN,
    &authorization::ISS_OF_ANOTHER,
    // token
    &token::ERROR_200,
    &token::FORM,
    &token::CONTENT_TYPE,
    &token::TYPE_MISSING,
    &token::EXPIRES_IN_STRING,
    &token::REFRESH_201,
    // session
    &session::TOKEN_REFUSED,
    &session::SESSION_LATE,
];

/// The shape of that id.
pub fn find(id: &str) -> Option<&'static Shape> {
    SHAPES.iter().copied().find(|shape| shape.id == id)
}

/// Seen in that exchange if it is there, with what of it.
#[expect(clippy::unnecessary_wraps, reason = "the last word of a predicate, which is a sight")]
fn seen_if(is_there: bool, exchange: &Exchange, detail: impl Into<String>) -> Sight {
    Ok(is_there.then(|| Sighting { exchange: Some(exchange.id), detail: Some(detail.into()) }))
}

/// Seen where that check fails; `otherwise` is missing where it could not look.
fn seen_if_fails(check: &str, evidence: &Evidence<'_>, otherwise: Missing) -> Sight {
    let Some(check) = check::find(check) else { return Err(otherwise) };
    match (check.judge)(evidence) {
        Ok(()) | Err(Verdict::Pass | Verdict::NotApplicable(_)) => Ok(None),
        Err(Verdict::Fail(finding)) => {
            Ok(Some(Sighting { exchange: finding.exchange, detail: Some(finding.message) }))
        }
        Err(verdict) => {
            Err(verdict.probe_not_sent().map_or(otherwise, |not_sent| Missing::Probe(not_sent.probe)))
        }
    }
}
