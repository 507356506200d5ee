//! What lies between the parties: names, connections, firewalls.

use super::context::DiagnosisContext;
use super::product::{AWS_API_GATEWAY, CLOUDFLARE};
use super::{Blame, Cause, Remedy};
use crate::exchange::{Exchange, FailureKind, Purpose, Response};
use crate::specification::Party;

pub(super) static UNANSWERED: Cause = Cause {
    id: "target-unanswering",
    title: "Something listens at the target, and does not respond as an HTTP server",
    blame: Blame::Either(Party::Gateway, Party::Network),
    explains: &["rs-unauth-401"],
    advice: &[Remedy::general(
        "Check that the port is that of an HTTP server, that the MCP server behind runs, and that nothing on the way holds answers back; send the same request with curl from where clients run. A slow server needs a longer --timeout.",
    )],
    shown_by: &["head-garbage", "slow"],
    detect: |case| {
        let mut opened =
            case.evidence.history.with_purpose(|purpose| matches!(purpose, Purpose::Challenge(_)));
        opened.find_map(|exchange| {
            let failure = exchange.outcome.as_ref().err()?;
            let silent =
                matches!(failure.kind, FailureKind::Timeout | FailureKind::Broken | FailureKind::NotHttp);
            silent.then(|| format!("{} {}", exchange.request.url, failure.kind.sentence()))
        })
    },
};

pub(super) static UNREACHABLE: Cause = Cause {
    id: "unreachable",
    title: "A party cannot be reached",
    blame: Blame::One(Party::Network),
    explains: &["prm-present", "prm-discoverable", "as-metadata-present", "as-jwks", "as-endpoints-present"],
    advice: &[
        Remedy::when(|case| failed(case, FailureKind::Dns), FailureKind::Dns.remedy()),
        Remedy::when(|case| failed(case, FailureKind::Connect), FailureKind::Connect.remedy()),
        Remedy::when(|case| failed(case, FailureKind::Tls), FailureKind::Tls.remedy()),
        Remedy::when(
            |case| failed(case, FailureKind::CertificateUntrusted),
            FailureKind::CertificateUntrusted.remedy(),
        ),
        Remedy::when(
            |case| failed(case, FailureKind::CertificateName),
            FailureKind::CertificateName.remedy(),
        ),
        Remedy::when(
            |case| failed(case, FailureKind::CertificateExpired),
            FailureKind::CertificateExpired.remedy(),
        ),
        Remedy::general(FailureKind::NotHttp.remedy()),
    ],
    shown_by: &[],
    detect: |case| {
        let (exchange, kind) = unreachable(case)?;
        Some(format!("{} {}", exchange.request.url, kind.sentence()))
    },
};

/// Whether it is for that reason that a party cannot be reached.
fn failed(case: &DiagnosisContext<'_>, kind: FailureKind) -> bool {
    unreachable(case).is_some_and(|(_, why)| why == kind)
}

/// The first party that could not be reached, and why.
fn unreachable<'a>(case: &DiagnosisContext<'a>) -> Option<(&'a Exchange, FailureKind)> {
    // What is asked beyond the flow, or after it, keeps no client from connecting.
    let of_flow = |purpose| {
        !matches!(
            purpose,
            Purpose::Probe(_) | Purpose::OtherServerMetadata(_) | Purpose::Revocation | Purpose::CleanUp
        )
    };
    case.evidence.history.with_purpose(of_flow).find_map(|exchange| {
        let failure = exchange.outcome.as_ref().err()?;
        let lost = match failure.kind {
            FailureKind::Dns
            | FailureKind::Connect
            | FailureKind::Tls
            | FailureKind::CertificateUntrusted
            | FailureKind::CertificateName
            | FailureKind::CertificateExpired => true,
            // At the target it is a cause of its own.
            FailureKind::NotHttp => !matches!(exchange.request.purpose, Purpose::Challenge(_)),
            FailureKind::Timeout
            | FailureKind::Broken
            | FailureKind::BadUrl
            | FailureKind::Blocked
            | FailureKind::Cancelled
            | FailureKind::NotSigned => false,
        };
        lost.then_some((exchange, failure.kind))
    })
}

pub(super) static FIREWALL: Cause = Cause {
    id: "firewall-page",
    title: "A firewall or bot protection answers instead of the gateway",
    blame: Blame::One(Party::Network),
    explains: &[
        "rs-unauth-401",
        "rs-401-any-challenge",
        "prm-present",
        "prm-discoverable",
        "as-metadata-present",
        "dcr-open",
        "dcr-error-format",
        "rs-valid-token-accepted",
        "rs-403-challenge",
        "mcp-initialize",
        "mcp-discover",
    ],
    advice: &[
        Remedy::documented(
            &CLOUDFLARE,
            "Cloudflare: Security › WAF › Custom rules: add a Skip rule for the MCP route and /.well-known/*; turn Bot Fight Mode and Managed Challenge off for them. Programs cannot solve a challenge.",
            "https://developers.cloudflare.com/waf/custom-rules/skip/",
        ),
        Remedy::documented(
            &AWS_API_GATEWAY,
            "AWS WAF: find the rule in the web ACL's sampled requests, and set it to Count for the MCP route and /.well-known/*.",
            "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing.html",
        ),
        Remedy::general(
            "Exempt the MCP route, the well-known paths and the token endpoint from browser challenges and bot rules: MCP clients are programs and cannot solve them.",
        ),
    ],
    shown_by: &["firewall-page"],
    detect: firewall,
};

/// What such pages say, in lower case.
const PAGES: [&str; 8] = [
    "attention required!",
    "just a moment...",
    "request blocked",
    "the request could not be satisfied",
    "the requested url was rejected",
    "web application firewall",
    "verify you are human",
    "captcha",
];

fn firewall(case: &DiagnosisContext<'_>) -> Option<String> {
    let exchanges = case.evidence.history.exchanges();
    let of_machines = exchanges.filter(|exchange| exchange.request.purpose != Purpose::Login);
    let mut responses = of_machines.filter_map(|exchange| Some((exchange, exchange.response()?)));
    let (exchange, response) = responses.find(|(_, response)| is_firewall(response))?;
    Some(format!(
        "{} gets {} and a page of a firewall or bot protection, made for people with browsers",
        exchange.request.url, response.status
    ))
}

fn is_firewall(response: &Response) -> bool {
    let blocks = matches!(response.status, 403 | 405 | 406 | 429 | 503);
    let says = || {
        let text = response.text().to_lowercase();
        PAGES.iter().any(|page| text.contains(page))
    };
    blocks && (response.headers.get("cf-mitigated").is_some() || response.is_html() && says())
}
