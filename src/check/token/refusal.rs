//! What the token endpoint says to requests that must fail.

use crate::check::refusal::token_error;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::document::challenge;
use crate::exchange::ProbeId;
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

/// The request fails with that status and one of these codes.
fn refused(evidence: &Evidence<'_>, id: ProbeId, status: u16, codes: &[&str], what: &str) -> Judgement {
    let (exchange, response, error) = token_error(evidence, id, what)?;
    let found = display::shorten(error.as_deref().unwrap_or("no error code"));
    if response.status == status && error.as_deref().is_some_and(|error| codes.contains(&error)) {
        return Ok(());
    }
    let message = format!("The token endpoint responds with {what} with {} and {found}", response.status);
    let finding = Finding::in_exchange(exchange, At::Body, message);
    Err(finding
        .compare(format!("{status} and {}", codes.join(" or ")), format!("{} {found}", response.status))
        .fail())
}

pub(in crate::check) static CODE: Check = Check {
    id: "token-invalid-grant",
    title: "A code that was never issued is refused with invalid_grant",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6749, "5.2"), oauth21!("3.2.4")],
    doc: Doc {
        checks: "The token request with a code that does not exist gets 400 and invalid_grant. No token is issued.",
        matters: "By invalid_grant a client knows that it has to send its user through the login again; by anything else, that it is configured wrongly.",
        fix: "Respond with 400 with {\"error\":\"invalid_grant\"} to codes that are unknown, used or expired.",
    },
    judge: |evidence| {
        refused(evidence, ProbeId::TokenCodeUnknown, 400, &["invalid_grant"], "a code that was never issued")
    },
};

pub(in crate::check) static GRANT: Check = Check {
    id: "token-unsupported-grant",
    title: "A grant type that does not exist is refused with unsupported_grant_type",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6749, "5.2"), oauth21!("3.2.4")],
    doc: Doc {
        checks: "The token request with a made-up grant type gets 400 and unsupported_grant_type, or unauthorized_client.",
        matters: "Clients try newer grants and fall back by this code.",
        fix: "Respond with the code of RFC 6749; look for a gateway that validates the request by a schema of its own.",
    },
    judge: |evidence| {
        refused(
            evidence,
            ProbeId::TokenGrantUnknown,
            400,
            &["unsupported_grant_type", "unauthorized_client"],
            "a grant type that does not exist",
        )
    },
};

pub(in crate::check) static CLIENT: Check = Check {
    id: "token-invalid-client-401",
    title: "Wrong Basic credentials of a client get 401",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "5.2"), oauth21!("3.2.4")],
    doc: Doc {
        checks: "The token request with Basic credentials of a client that does not exist gets 401, WWW-Authenticate with the scheme Basic, and invalid_client. A note only where client_secret_basic is not among the methods the server lists.",
        matters: "A client that tries Basic first learns from it that it has to try another way.",
        fix: "Respond in kind: 401 with WWW-Authenticate: Basic when the client used the Authorization header.",
    },
    judge: client,
};

fn client(evidence: &Evidence<'_>) -> Judgement {
    let what = "Basic credentials of nobody";
    let (exchange, response, error) = token_error(evidence, ProbeId::TokenClientUnknown, what)?;
    let schemes = challenge::challenges(response);
    let (at, found) = if response.status != 401 {
        (At::Status, response.status.to_string())
    } else if response.headers.get("www-authenticate").is_none() {
        (At::Header("www-authenticate"), "no WWW-Authenticate".to_owned())
    } else if !schemes.iter().any(|challenge| challenge.is("basic")) {
        let schemes: Vec<_> = schemes.iter().map(|challenge| challenge.scheme.as_str()).collect();
        (At::Header("www-authenticate"), display::shorten(&schemes.join(", ")))
    } else if error.as_deref() != Some("invalid_client") {
        (At::Body, display::shorten(error.as_deref().unwrap_or("no error code")))
    } else {
        return Ok(());
    };
    let finding =
        Finding::in_exchange(exchange, at, format!("The token endpoint responds with {what} with {found}"));
    let finding = finding.compare("401, WWW-Authenticate: Basic and invalid_client", found);
    Err(if takes_basic(evidence) { finding } else { finding.at_level(Level::May) }.fail())
}

/// Whether the server says that it reads Basic credentials, which it also does by saying nothing
/// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)). One that does not never looked at them.
fn takes_basic(evidence: &Evidence<'_>) -> bool {
    let Ok((_, metadata)) = evidence.server_metadata() else { return true };
    let methods = metadata.json.strings("token_endpoint_auth_methods_supported");
    methods.is_none_or(|methods| methods.contains(&"client_secret_basic"))
}

pub(in crate::check) static UNKNOWN: Check = Check {
    id: "token-unknown-params",
    title: "A parameter that nobody knows changes nothing",
    step: Step::Token,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "3.2"), oauth21!("3.2")],
    doc: Doc {
        checks: "The token request with a code that does not exist and a further parameter gets the same error as without the parameter.",
        matters: "Clients send resource and what else newer specifications ask for. A server that refuses the unknown locks them out.",
        fix: "Ignore unknown parameters; look for a gateway or WAF with a list of allowed ones.",
    },
    judge: unknown,
};

fn unknown(evidence: &Evidence<'_>) -> Judgement {
    let (_, _, without) = token_error(evidence, ProbeId::TokenCodeUnknown, "a code that was never issued")?;
    let (exchange, _, with) =
        token_error(evidence, ProbeId::TokenParameterUnknown, "a code that was never issued")?;
    let without =
        without.ok_or_else(|| Verdict::untestable("the refusal without the parameter has no error code"))?;
    let found = with.unwrap_or_else(|| "no error code".to_owned());
    if found == without {
        return Ok(());
    }
    let finding =
        Finding::in_exchange(exchange, At::Body, "A parameter that nobody knows changes the response");
    Err(finding.compare(display::shorten(&without), display::shorten(&found)).fail())
}
