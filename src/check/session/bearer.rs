//! What the gateway makes of tokens that are no good, and of the good one in another place.

use crate::check::refusal::{all, defence, otherwise, status, unauthorized};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, response};
use crate::document::challenge;
use crate::document::mcp::{self as rpc, RpcResponse};
use crate::exchange::ProbeId;
use crate::specification::cite::{
    ERROR_HANDLING, PRIVILEGE_RESTRICTION, SESSION_HIJACKING, TOKEN_HANDLING, mcp, oauth21, rfc,
};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static INVALID: Check = Check {
    id: "rs-invalid-token-401",
    title: "A token that nobody issued is refused with 401",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[TOKEN_HANDLING, rfc!(6750, "3.1"), oauth21!("5.3.1")],
    doc: Doc {
        checks: "The opening with a made-up token gets 401.",
        matters: "401 makes a client get a new token. By 400, 403 or 500 it believes that something else is wrong, and gives up.",
        fix: "Let the policy that validates tokens respond with 401 to every token it cannot validate, also for those it cannot parse.",
    },
    judge: invalid,
};

fn invalid(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::TokenUnknown)?;
    if response.status == 401 {
        return Ok(());
    }
    if let Some(verdict) = defence(response) {
        return Err(verdict);
    }
    let message = format!("A token that nobody issued gets {}", response.status);
    Err(response::unexpected_status(exchange, response, "401", message))
}

pub(in crate::check) static ERROR: Check = Check {
    id: "rs-error-invalid-token",
    title: "The challenge to a bad token says invalid_token",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(6750, "3.1"), rfc!(9068, "4"), oauth21!("5.3.2")],
    doc: Doc {
        checks: "The 401 to a made-up token has a Bearer challenge with error=\"invalid_token\".",
        matters: "By the error a client tells a token that has to be replaced from a request that never had one.",
        fix: "Add error=\"invalid_token\" to the challenge when a token was presented.",
    },
    judge: error,
};

fn error(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::TokenUnknown)?;
    if response.status != 401 {
        return Err(Verdict::untestable(format!("the made-up token gets {}", response.status)));
    }
    let challenge = challenge::bearer(response);
    let challenge = challenge.ok_or_else(|| Verdict::untestable("the 401 has no Bearer challenge"))?;
    if challenge.parameters.is_empty() {
        return Err(Verdict::untestable("the challenge has no parameters at all"));
    }
    let found = challenge.get("error");
    if found == Some("invalid_token") {
        return Ok(());
    }
    let field = At::Header("www-authenticate");
    let finding =
        Finding::in_exchange(exchange, field, "The challenge to a bad token does not say invalid_token");
    Err(finding.compare("invalid_token", display::shorten(found.unwrap_or("no error"))).fail())
}

pub(in crate::check) static MALFORMED: Check = Check {
    id: "rs-malformed-auth-400",
    title: "The word Bearer without a token is refused with 400 or 401",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[ERROR_HANDLING, rfc!(6750, "3.1")],
    doc: Doc {
        checks: "The opening with Authorization: Bearer and nothing else gets 400 or 401.",
        matters: "Clients with an empty token in their store send this. A 500 hides that from their user.",
        fix: "Treat an empty token like a wrong one in the policy, before anything tries to parse it.",
    },
    judge: |evidence| status(evidence, ProbeId::TokenEmpty, &[400, 401], "The word Bearer without a token"),
};

pub(in crate::check) static ODD: Check = Check {
    id: "rs-odd-token-refused",
    title: "Tokens of odd form are refused, not stumbled over",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[TOKEN_HANDLING, rfc!(6750, "2.1")],
    doc: Doc {
        checks: "The opening with characters that no token has, and the one with a token of 6000 letters, get 400, 401 or, for the length, 413 or 431.",
        matters: "A gateway that fails on a strange token fails for anybody who wants it to.",
        fix: "Check form and length before decoding, and respond with 401.",
    },
    judge: |evidence| {
        all([
            status(evidence, ProbeId::TokenOdd, &[400, 401], "A token of odd characters"),
            status(evidence, ProbeId::TokenLong, &[400, 401, 413, 431], "A token of 6000 letters"),
        ])
    },
};

pub(in crate::check) static BASIC: Check = Check {
    id: "rs-foreign-scheme-refused",
    title: "Credentials of another scheme do not open the session",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[TOKEN_HANDLING, oauth21!("5.1.1")],
    doc: Doc {
        checks: "The opening with Basic credentials of nobody gets 401.",
        matters: "A second way in that nobody thinks of: routes often keep the credentials of a test set-up.",
        fix: "Accept Bearer only on the MCP route.",
    },
    judge: |evidence| unauthorized(evidence, ProbeId::SchemeBasic, "Basic credentials of nobody"),
};

pub(in crate::check) static CASE: Check = Check {
    id: "rs-scheme-case",
    title: "The scheme is read without case",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9110, "11.1"), oauth21!("5.1.1")],
    doc: Doc {
        checks: "The opening with the good token after bearer in small letters is served.",
        matters: "Some clients and proxies write schemes in small letters, as the token response often says token_type bearer.",
        fix: "Compare the scheme without case. Look for a policy that cuts the first seven characters off only if they are \"Bearer \".",
    },
    judge: case,
};

fn case(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, response) = evidence.controlled(ProbeId::SchemeLowerCase)?;
    if matches!(rpc::response(exchange), Ok(RpcResponse::Result(_))) {
        return Ok(());
    }
    if !matches!(response.status, 400 | 401 | 403) || response::bot_defence(response).is_some() {
        return Err(otherwise(response, "a response as to Bearer"));
    }
    let message = format!("The good token after bearer in small letters is refused with {}", response.status);
    Err(response::unexpected_status(exchange, response, "200", message))
}

pub(in crate::check) static SIGNATURE: Check = Check {
    id: "rs-jwt-signature",
    title: "A token that was changed is refused",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[TOKEN_HANDLING, rfc!(9068, "4"), rfc!(8725, "3.3")],
    doc: Doc {
        checks: "The opening with the good token is sent once with a character in the middle of the signature changed and once with a claim added. Both get 401.",
        matters: "A gateway that does not verify signatures lets everybody in who can write JSON.",
        fix: "Verify the signature with the published keys. Look for a policy that only decodes the token, or for a switch that is meant for development.",
    },
    judge: |evidence| {
        let changed = [
            (ProbeId::TokenSignatureChanged, "a token whose signature was changed"),
            (ProbeId::TokenClaimChanged, "a token whose claims were changed"),
        ];
        all(changed.map(|(id, what)| unauthorized(evidence, id, what)))
    },
};

pub(in crate::check) static NONE: Check = Check {
    id: "rs-jwt-alg-none",
    title: "A token without a signature is refused",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[TOKEN_HANDLING, rfc!(9068, "4"), rfc!(8725, "3.1")],
    doc: Doc {
        checks: "The opening with the claims of the good token and the algorithm none, written none and nOnE, gets 401.",
        matters: "The oldest hole of JWT libraries: the token itself says that it need not be verified.",
        fix: "List the algorithms the gateway accepts, RS256 or ES256, and nothing else.",
    },
    judge: |evidence| {
        let unsigned = [ProbeId::TokenUnsigned, ProbeId::TokenUnsignedMixedCase];
        all(unsigned.map(|id| unauthorized(evidence, id, "a token without a signature")))
    },
};

pub(in crate::check) static FOREIGN: Check = Check {
    id: "rs-foreign-token-rejected",
    title: "A token that another has signed is refused",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[
        mcp!(
            ["2025-06-18", "2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Token Handling",
            "token-handling"
        ),
        PRIVILEGE_RESTRICTION,
        rfc!(8725, "3.1"),
    ],
    doc: Doc {
        checks: "The opening with the claims of the good token and a signature that the server did not make, under a key name it does not have and under its own, gets 401.",
        matters: "Some libraries skip the verification when they do not find the key, or take the key from the token itself.",
        fix: "Refuse tokens whose kid is not in the key set of the issuer you trust.",
    },
    judge: |evidence| {
        let foreign = [ProbeId::TokenForeignKey, ProbeId::TokenForeignKeyKnownName];
        all(foreign.map(|id| unauthorized(evidence, id, "a token that the server did not sign")))
    },
};

pub(in crate::check) static QUERY: Check = Check {
    id: "rs-query-token-ignored",
    title: "A token in the query is ignored",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[oauth21!("5.1")],
    doc: Doc {
        checks: "The opening with the good token in the query and without the header gets 401. This probe shows the token to whoever reads the server's logs: it is sent with --probes full only, as the last one.",
        matters: "Tokens in URLs end up in logs, histories and referrers.",
        fix: "Read the token from the Authorization header only; switch query parameters off in the policy.",
    },
    judge: |evidence| unauthorized(evidence, ProbeId::TokenInQuery, "a token in the query"),
};

pub(in crate::check) static EVERY: Check = Check {
    id: "rs-auth-every-request",
    title: "Every request needs the token, also in an open session",
    step: Step::Session,
    party: Party::Gateway,
    levels: Levels::all(Level::Must),
    cites: &[PRIVILEGE_RESTRICTION, SESSION_HIJACKING],
    doc: Doc {
        checks: "tools/list in the open session without the Authorization header gets 401.",
        matters: "A session id is no proof of who asks: it stands in logs and can be guessed or stolen.",
        fix: "Validate the token of every request; use the session id to find state, never to find the user.",
    },
    judge: |evidence| {
        unauthorized(evidence, ProbeId::ListWithoutToken, "a request of the open session without a token")
    },
};
