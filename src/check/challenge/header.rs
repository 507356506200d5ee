//! The `WWW-Authenticate` header of the 401.

use crate::check::{At, Check, DecidedBy, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::document::challenge::{Challenge, bearers, challenges};
use crate::document::defence;
use crate::exchange::Exchange;
use crate::specification::cite::{
    AUTHORIZATION_SERVER_LOCATION, METADATA_DISCOVERY_REQUIREMENTS, oauth21, rfc,
};
use crate::specification::{Level, Party, Step};

const FIELD: At = At::Header("www-authenticate");

pub(in crate::check) static WWW_AUTHENTICATE: Check = Check {
    id: "rs-401-www-authenticate",
    title: "The 401 carries a Bearer challenge",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[
        rfc!(6750, "3"),
        rfc!(9110, "15.5.2"),
        AUTHORIZATION_SERVER_LOCATION,
        METADATA_DISCOVERY_REQUIREMENTS,
    ],
    doc: Doc {
        checks: "The response with 401 has a WWW-Authenticate header with a Bearer challenge, or with a DPoP challenge where the resource metadata demands bound tokens.",
        matters: "The challenge tells the client which scheme to use and where the resource metadata is. Without it many clients show \"unauthorized\" and stop.",
        fix: "Let the gateway's authorization policy add WWW-Authenticate: Bearer … to its 401, and do not let a proxy in front strip or rename it. AWS API Gateway renames it to x-amzn-remapped-www-authenticate: set the header in a gateway response instead.",
    },
    judge: www_authenticate,
};

fn www_authenticate(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.unauthenticated()?;
    if response.status != 401 {
        return Err(not_401(response.status));
    }
    let found = challenges(response);
    if found.iter().any(|challenge| challenge.is("bearer")) {
        return Ok(());
    }
    // A resource that takes bound tokens alone asks for them in their own scheme (RFC 9449 §7.1): prm-plain-bearer tells.
    let bound = evidence
        .resource_metadata()
        .is_ok_and(|(_, metadata)| metadata.json.flag("dpop_bound_access_tokens_required") == Some(true));
    if bound && found.iter().any(|challenge| challenge.is("dpop")) {
        return Ok(());
    }
    let renamed = response
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .find(|name| name != "www-authenticate" && name.ends_with("www-authenticate"));
    let (message, found) = match (renamed, found.as_slice()) {
        (Some(name), []) => (format!("The 401 carries its challenge as {name}, which no client reads"), name),
        (None, []) => {
            let by = defence::identity_proxy(response).map_or_else(String::new, |field| {
                format!("; {field} says that Google's Identity-Aware Proxy sent it, and no MCP server")
            });
            (format!("The 401 has no WWW-Authenticate header{by}"), "no challenge".to_owned())
        }
        (_, others) => {
            let schemes: Vec<_> = others.iter().map(|challenge| challenge.scheme.as_str()).collect();
            ("The 401 offers no Bearer challenge".to_owned(), schemes.join(", "))
        }
    };
    Err(Finding::in_exchange(exchange, FIELD, message).compare("Bearer", found).fail())
}

fn not_401(status: u16) -> Verdict {
    let verdict = Verdict::untestable(format!("the target responds with {status} instead of 401"));
    if status / 100 == 2 { verdict.decided_by(DecidedBy::ToolCall) } else { verdict }
}

pub(in crate::check) static SYNTAX: Check = Check {
    id: "rs-challenge-syntax",
    title: "The Bearer challenge has at least one parameter and keeps the syntax",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6750, "3"), rfc!(9110, "11.6.1"), oauth21!("5.3.1")],
    doc: Doc {
        checks: "After Bearer comes at least one name=value; URLs and lists are in double quotes, parameters are separated by commas, none is given twice, and scope, error, error_description and error_uri hold ASCII without quotes and backslashes. Every 401 of the target is looked at, also that to a token that is no good.",
        matters: "gatewalk reads sloppy challenges, as some clients do; others drop the whole header or read a cut-off URL.",
        fix: "Build the header like Bearer resource_metadata=\"https://…\", scope=\"…\" – double quotes, commas between, nothing twice. Do not concatenate two policies' challenges without a comma.",
    },
    judge: syntax,
};

fn syntax(evidence: &Evidence<'_>) -> Judgement {
    evidence.challenge()?;
    for (exchange, _, challenge) in evidence.challenges() {
        let Some(challenge) = challenge else { continue };
        let what = if carried_token(exchange) { "challenge to a token" } else { "challenge" };
        let (message, found) = if challenge.parameters.is_empty() {
            (format!("The {what} is the word {} alone", challenge.scheme), "no parameter".to_owned())
        } else {
            let defects: Vec<_> =
                challenge.defects.iter().cloned().chain(foreign_characters(&challenge)).collect();
            if defects.is_empty() {
                continue;
            }
            let defects = defects.join("; ");
            (format!("The {what} breaks the syntax: {defects}"), defects)
        };
        let finding = Finding::in_exchange(exchange, FIELD, message);
        return Err(finding.compare("Bearer name=\"value\", …", found).fail());
    }
    Ok(())
}

/// Whether the request came with credentials.
fn carried_token(exchange: &Exchange) -> bool {
    exchange.request.headers.get("authorization").is_some()
}

/// The parameters whose values hold characters that they must not
/// ([OAuth 2.1 §5.3.1](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-5.3.1)).
fn foreign_characters(challenge: &Challenge) -> impl Iterator<Item = String> {
    let allowed = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
    challenge.parameters.iter().filter_map(move |(name, value)| {
        let spaces = match name.to_ascii_lowercase().as_str() {
            "scope" | "error" | "error_description" => true,
            "error_uri" => false,
            _ => return None,
        };
        let foreign = value.chars().find(|&c| !(allowed(c) || (spaces && c == ' ')))?;
        Some(format!("{name} holds the character {foreign:?}"))
    })
}

pub(in crate::check) static NO_ERROR: Check = Check {
    id: "rs-no-error-without-creds",
    title: "The challenge to a request without a token names no error",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6750, "3.1"), oauth21!("5.3.2")],
    doc: Doc {
        checks: "The challenge to the request without a token has neither error nor error_description nor error_uri.",
        matters: "error=\"invalid_token\" tells a client that its token is bad. A client that has none yet may discard good state, or report the wrong cause.",
        fix: "Send error and error_description only if a token was presented. Several MCP SDKs send invalid_token always: set the header in the gateway instead.",
    },
    judge: |evidence| {
        let (exchange, challenge) = evidence.challenge()?;
        if exchange.request.headers.get("authorization").is_some() {
            return Err(Verdict::not_applicable("the request carried credentials"));
        }
        let told = ["error", "error_description", "error_uri"];
        let Some((name, value)) = told.into_iter().find_map(|name| Some((name, challenge.get(name)?))) else {
            return Ok(());
        };
        let value = display::shorten(value);
        let message = format!("The challenge has {name} {value:?} although no token was sent");
        Err(Finding::in_exchange(exchange, FIELD, message).compare("no error", value).fail())
    },
};

pub(in crate::check) static SEVERAL: Check = Check {
    id: "rs-one-bearer-challenge",
    title: "A 401 has one Bearer challenge, not several",
    step: Step::Challenge,
    party: Party::Gateway,
    levels: Levels::all(Level::May),
    cites: &[rfc!(9110, "11.6.1"), rfc!(6750, "3")],
    doc: Doc {
        checks: "No 401 of the target carries two challenges with the scheme Bearer, in one field or in two. gatewalk reads them together. A note only: HTTP allows several challenges.",
        matters: "Clients read the first, or the last: the one without resource_metadata leads nowhere.",
        fix: "Let one place refuse. A framework's default authentication handler often adds a bare Bearer beside the gateway's challenge: switch it off for the MCP route.",
    },
    judge: |evidence| {
        evidence.challenge()?;
        let mut several =
            evidence.challenges().map(|(exchange, response, _)| (exchange, bearers(response).len()));
        let Some((exchange, count)) = several.find(|(_, count)| *count > 1) else { return Ok(()) };
        let message = format!("The 401 carries {count} challenges with the scheme Bearer");
        Err(Finding::in_exchange(exchange, FIELD, message).compare("one", count.to_string()).fail())
    },
};
