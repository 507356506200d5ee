//! What lies between the parties: names, connections, firewalls.

use super::context::{DiagnosisContext, shorten};
use super::product::{AWS_API_GATEWAY, CLOUDFLARE};
use super::{Blame, Cause, Remedy};
use crate::check::{UnfitUrl, unfit};
use crate::document::defence;
use crate::document::explanation::explanation;
use crate::exchange::{Exchange, FailureKind, Purpose, bare};
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
    // Who publishes an address that exists only behind it is a cause of its own.
    let target = case.evidence.target();
    let is_public = |url: &str| !matches!(unfit(url, target), Some(UnfitUrl::Loopback | UnfitUrl::Private));
    let asked =
        case.evidence.history.with_purpose(of_flow).filter(|exchange| is_public(&exchange.request.url));
    asked.into_iter().find_map(|exchange| {
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
        "token-200-json",
        "token-error-format",
        "mcp-initialize",
        "mcp-discover",
        "mcp-initialized-202",
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

fn firewall(case: &DiagnosisContext<'_>) -> Option<String> {
    let exchanges = case.evidence.history.exchanges();
    let of_machines = exchanges.filter(|exchange| exchange.request.purpose != Purpose::Login);
    let (exchange, response, (defence, marker)) = of_machines.into_iter().find_map(|exchange| {
        let response = exchange.response()?;
        Some((exchange, response, defence::blocked_by(response)?))
    })?;
    let said = explanation(response).map(|words| format!(", saying \"{words}\"")).unwrap_or_default();
    Some(format!(
        "{} gets {}{said} from {} and not from the server behind it ({marker})",
        exchange.request.url, response.status, defence.name
    ))
}

pub(super) static RATE: Cause = Cause {
    id: "rate-limited",
    title: "A rate limit answers instead of the server",
    blame: Blame::One(Party::Network),
    explains: &[
        "rs-unauth-401",
        "rs-401-any-challenge",
        "prm-present",
        "prm-discoverable",
        "as-metadata-present",
        "as-default-endpoints",
        "dcr-open",
        "dcr-error-format",
        "authz-error-response",
        "token-200-json",
        "token-error-format",
        "refresh-accepted",
        "rs-valid-token-accepted",
        "mcp-initialize",
        "mcp-discover",
        "mcp-initialized-202",
    ],
    advice: &[Remedy::general(
        "Wait as long as Retry-After says and walk again, with --probes off; where clients meet it too, raise the limit or exempt the endpoint. Nobody violates a rule by it, and nothing was judged where it answered.",
    )],
    shown_by: &["rate-limited"],
    detect: |case| {
        // Where the walk tried again with success nobody was stopped.
        let of_walk =
            |purpose| !matches!(purpose, Purpose::Probe(_) | Purpose::CleanUp | Purpose::Revocation);
        let walked: Vec<_> = case.evidence.history.with_purpose(of_walk).collect();
        let last = |exchange: &Exchange| {
            !walked
                .iter()
                .any(|later| later.id > exchange.id && later.request.purpose == exchange.request.purpose)
        };
        let (exchange, wait) = walked.iter().find_map(|exchange| {
            let wait = defence::rate_limit(exchange.response()?)?;
            last(exchange).then_some((exchange, wait))
        })?;
        let wait = wait.map_or_else(
            || "without Retry-After".to_owned(),
            |wait| format!("Retry-After: {}", shorten(&wait)),
        );
        let said = exchange.response().and_then(explanation).map(|words| format!(", saying \"{words}\""));
        Some(format!("{} gets 429, {wait}{}", bare(&exchange.request.url), said.unwrap_or_default()))
    },
};
