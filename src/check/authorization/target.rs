//! What the authorization endpoint makes of the resource parameter.

use crate::check::refusal::{accepted, not_granted};
use crate::check::{Check, Doc, Levels};
use crate::exchange::ProbeId;
use crate::specification::cite::{mcp, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static CASE: Check = Check {
    id: "as-resource-uppercase",
    title: "A resource with scheme and host in capitals is the same",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[
        mcp!(
            ["2025-06-18", "2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Canonical Server URI",
            "canonical-server-uri"
        ),
        rfc!(3986, "6.2.2.1"),
    ],
    doc: Doc {
        checks: "The authorization request with scheme and host of its resource in capitals is taken up.",
        matters: "Scheme and host are the same in any case, and some clients send what their user typed.",
        fix: "Compare scheme and host of resources without case.",
    },
    judge: |evidence| {
        let what = "the resource with scheme and host in capitals";
        accepted(evidence, ProbeId::AuthorizeResourceCase, ProbeId::AuthorizeResourceMalformed, what)
    },
};

pub(in crate::check) static MALFORMED: Check = Check {
    id: "as-invalid-target",
    title: "A resource that is none is refused with invalid_target",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::May),
    cites: &[rfc!(8707, "2"), rfc!(8707, "2.1")],
    doc: Doc {
        checks: "The authorization request with a resource that is no URI ends with invalid_target or an error page.",
        matters: "A server that ignores the parameter issues tokens for whatever, and the client believes they are for its server.",
        fix: "Switch resource indicators on at the authorization server; in Auth0 the resource parameter compatibility profile.",
    },
    judge: |evidence| {
        not_granted(
            evidence,
            ProbeId::AuthorizeResourceMalformed,
            &["invalid_target", "invalid_request"],
            "a code for a resource that is no URI",
        )
    },
};
