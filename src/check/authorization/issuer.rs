//! Who says it answered: `iss` in the callback.

use crate::check::{At, Check, Doc, Evidence, Finding, Levels, Verdict, display};
use crate::specification::cite::{AUTHORIZATION_RESPONSE_VALIDATION, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

const PROMISE: &str = "authorization_response_iss_parameter_supported";

/// Whether the metadata promises `iss`.
fn promised(evidence: &Evidence<'_>) -> bool {
    evidence.server_metadata().is_ok_and(|(_, metadata)| metadata.advertises_iss())
}

pub(in crate::check) static PRESENT: Check = Check {
    id: "as-iss-param",
    title: "The callback says which authorization server it comes from",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Should),
    cites: &[AUTHORIZATION_RESPONSE_VALIDATION, rfc!(9207, "2")],
    doc: Doc {
        checks: "The callback, also one with an error, has the parameter iss. Where the metadata promises it, as-iss-advertised judges its absence.",
        matters: "A client that talks to several authorization servers recognises a mixed-up response by it. It is announced to become mandatory.",
        fix: "Turn on RFC 9207 at the authorization server: iss in the callback and the flag in its metadata.",
    },
    judge: |evidence| {
        if evidence.callback()?.get("iss").is_some() {
            return Ok(());
        }
        if promised(evidence) {
            return Err(Verdict::not_applicable("the metadata promises iss, which is a rule of its own"));
        }
        Err(Finding::at(At::Parameter("iss"), "The callback has no iss").compare("iss", "no iss").fail())
    },
};

pub(in crate::check) static ADVERTISED: Check = Check {
    id: "as-iss-advertised",
    title: "The metadata promises iss exactly if the callback has it",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[rfc!(9207, "2.3"), AUTHORIZATION_RESPONSE_VALIDATION],
    doc: Doc {
        checks: "authorization_response_iss_parameter_supported is true and the callback has iss, or neither.",
        matters: "A client rejects a callback without the iss that was promised. Without the promise it cannot tell a stripped iss from a missing feature.",
        fix: "Publish the flag if the server sends iss; if the flag is there, find out which hop strips iss from the redirect.",
    },
    judge: |evidence| {
        let (exchange, _) = evidence.server_metadata()?;
        match (evidence.callback()?.get("iss"), promised(evidence)) {
            (Some(_), true) => Ok(()),
            (None, false) => Err(Verdict::not_applicable("iss is neither promised nor sent")),
            (Some(_), false) => {
                let at = At::Member(display::pointer(PROMISE));
                let finding = Finding::in_exchange(
                    exchange,
                    at,
                    "The callback has iss, but the metadata does not say so",
                );
                Err(finding.compare("true", "not true").fail())
            }
            (None, true) => {
                let finding = Finding::at(
                    At::Parameter("iss"),
                    "The callback lacks the iss that the metadata promises",
                );
                Err(finding.compare("iss", "no iss").fail())
            }
        }
    },
};

pub(in crate::check) static IDENTICAL: Check = Check {
    id: "authz-iss-identical",
    title: "iss in the callback is the issuer of the metadata",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should).then(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[rfc!(9207, "2.4"), AUTHORIZATION_RESPONSE_VALIDATION],
    doc: Doc {
        checks: "If the callback has iss, it equals the issuer of the metadata code point by code point, slash at the end included.",
        matters: "Another issuer means that the response belongs to another server: the mix-up attack. Clients of 2026-07-28 must stop.",
        fix: "Let both come from one setting of the authorization server. Behind a custom domain, iss must be that of the domain the metadata was fetched from.",
    },
    judge: |evidence| {
        let callback = evidence.callback()?;
        let Some(iss) = callback.get("iss") else {
            return Err(Verdict::not_applicable("the callback has no iss"));
        };
        let published =
            evidence.server_metadata().ok().and_then(|(_, metadata)| metadata.issuer().map(str::to_owned));
        let expected = published.unwrap_or_else(|| evidence.issuer());
        if iss == expected {
            return Ok(());
        }
        let finding =
            Finding::at(At::Parameter("iss"), "The callback names another issuer than the metadata");
        Err(finding.compare(expected, display::shorten(iss)).fail())
    },
};
