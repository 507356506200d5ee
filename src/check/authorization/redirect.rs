//! Where the authorization endpoint redirects to, and for whom.

use crate::check::authorization_response::{AuthorizationResponse, authorization_response};
use crate::check::refusal::{accepted, all, not_redirected};
use crate::check::{Check, Doc, Evidence, Judgement, Levels, Verdict};
use crate::exchange::ProbeId;
use crate::specification::cite::{mcp, oauth21, rfc};
use crate::specification::{Level, Party, Step};

pub(in crate::check) static UNKNOWN_CLIENT: Check = Check {
    id: "authz-unknown-client",
    title: "A client that is not known is not redirected",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(6749, "3.1.2.4"), rfc!(6749, "4.1.2.1"), oauth21!("4.1.2.1")],
    doc: Doc {
        checks: "The authorization request with a client_id that nobody has ends on an error page, not at its redirect URI.",
        matters: "A server that redirects for unknown clients is an open redirector: a link to it leads anywhere, under its good name.",
        fix: "Look the client up first, and show an error page if there is none.",
    },
    judge: |evidence| {
        not_redirected(evidence, ProbeId::AuthorizeUnknownClient, "for a client that nobody registered")
    },
};

pub(in crate::check) static FOREIGN: Check = Check {
    id: "authz-no-redirect-on-bad-uri",
    title: "Nobody is redirected to a URI that is not registered",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[
        rfc!(6749, "3.1.2.4"),
        oauth21!("4.1.2.1"),
        mcp!(["2025-03-26"], "basic/authorization", "Security Considerations", "security-considerations"),
        mcp!(["2025-06-18", "2025-11-25"], "basic/authorization", "Open Redirection", "open-redirection"),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/security-considerations",
            "Open Redirection",
            "open-redirection"
        ),
    ],
    doc: Doc {
        checks: "The authorization request with the redirect URI of a stranger ends on an error page; also if it has a second mistake that a server might report to the URI.",
        matters: "The code would go to the stranger. With an error only, the server still lends its name to a link that leads anywhere.",
        fix: "Compare redirect_uri with the registered ones before anything else is validated.",
    },
    judge: |evidence| {
        let sent = [ProbeId::AuthorizeRedirectForeign, ProbeId::AuthorizeRedirectForeignError];
        all(sent.map(|id| not_redirected(evidence, id, "which nobody registered")))
    },
};

pub(in crate::check) static EXACT: Check = Check {
    id: "authz-redirect-exact",
    title: "Redirect URIs are compared as strings",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[
        rfc!(9700, "4.1.3"),
        oauth21!("4.1.1"),
        mcp!(["2025-03-26"], "basic/authorization", "Security Considerations", "security-considerations"),
        mcp!(["2025-06-18", "2025-11-25"], "basic/authorization", "Open Redirection", "open-redirection"),
        mcp!(
            ["2026-07-28"],
            "basic/authorization/security-considerations",
            "Open Redirection",
            "open-redirection"
        ),
    ],
    doc: Doc {
        checks: "The authorization request is not redirected to the registered redirect URI with more path, a query, its path in capitals, a longer host, a stranger's host behind @, dot segments or a fragment. A server that asks for a login first is also sent a second mistake, which it would report to a URI that it takes for registered.",
        matters: "A page below the registered one may be another's, or redirect on. Codes have been stolen that way many times.",
        fix: "Compare the whole URI, character by character. Only the port of a loopback address is free.",
    },
    judge: |evidence| {
        let alone = [
            ProbeId::AuthorizeRedirectHostSuffix,
            ProbeId::AuthorizeRedirectUserinfo,
            ProbeId::AuthorizeRedirectDots,
            ProbeId::AuthorizeRedirectFragment,
        ];
        let twice = [
            (ProbeId::AuthorizeRedirectPathAlone, ProbeId::AuthorizeRedirectPath),
            (ProbeId::AuthorizeRedirectQueryAlone, ProbeId::AuthorizeRedirectQuery),
            (ProbeId::AuthorizeRedirectCaseAlone, ProbeId::AuthorizeRedirectCase),
        ];
        let twice = twice.map(|(id, with_mistake)| exact(evidence, id, with_mistake));
        all(twice.into_iter().chain(alone.map(|id| not_redirected(evidence, id, RESEMBLES))))
    },
};

const RESEMBLES: &str = "which only resembles the registered one";

/// A spelling is refused at once, or is not redirected to when the request has a second mistake; that decides only where
/// the same mistake with the registered URI is reported there.
fn exact(evidence: &Evidence<'_>, id: ProbeId, with_mistake: ProbeId) -> Judgement {
    let open = match not_redirected(evidence, id, RESEMBLES) {
        Ok(()) => None,
        Err(failed @ Verdict::Fail(_)) => return Err(failed),
        Err(open) => Some(open),
    };
    not_redirected(evidence, with_mistake, RESEMBLES)?;
    let Some(open) = open else { return Ok(()) };
    let (exchange, response) = evidence.controlled(ProbeId::AuthorizeResponseTypeUnknown)?;
    match authorization_response(exchange, response) {
        AuthorizationResponse::Back(_) => Ok(()),
        AuthorizationResponse::Login | AuthorizationResponse::Page(_) => Err(open),
    }
}

pub(in crate::check) static PORT: Check = Check {
    id: "authz-loopback-port",
    title: "A loopback redirect URI may come with any port",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8252, "7.3"), oauth21!("8.4.2")],
    doc: Doc {
        checks: "The authorization request with another port of the same loopback address is taken up. Of the name localhost it is not asked.",
        matters: "A client on a user's machine listens at whichever port is free. A server that insists on the registered one locks it out at the second start.",
        fix: "Ignore the port when a redirect URI is on 127.0.0.1 or [::1].",
    },
    judge: |evidence| {
        let what = "the loopback redirect URI with another port";
        accepted(evidence, ProbeId::AuthorizeRedirectPort, ProbeId::AuthorizeRedirectForeign, what)
    },
};
