//! What a browser meets on the way: only where gatewalk made the login's requests itself.

use crate::check::{At, Check, DecidedBy, Doc, Evidence, Finding, Judgement, Levels, Verdict, response};
use crate::exchange::{Response, bare};
use crate::specification::cite::{oauth21, rfc};
use crate::specification::{Level, Party, Step};

/// The verdict where gatewalk saw no page of the login.
fn unseen(evidence: &Evidence<'_>) -> Verdict {
    evidence.authorization().err().unwrap_or_else(|| {
        let because = "the login ran in a browser, where gatewalk does not look";
        Verdict::untestable(because).decided_by(DecidedBy::SeenLogin)
    })
}

pub(in crate::check) static FRAMES: Check = Check {
    id: "authz-frame-protection",
    title: "The login pages cannot be framed by other sites",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9700, "4.16"), oauth21!("7.10")],
    doc: Doc {
        checks: "Every web page of the login that came with 200 has x-frame-options deny or sameorigin, or frame-ancestors in its content-security-policy that names sites: * or a bare scheme is nobody in particular. A script that leaves frames leaves it open.",
        matters: "A framed consent page can be laid invisibly under another page: the user clicks \"allow\" without knowing.",
        fix: "Send Content-Security-Policy: frame-ancestors 'none' with every login and consent page, and X-Frame-Options: DENY for old browsers.",
    },
    judge: frames,
};

fn frames(evidence: &Evidence<'_>) -> Judgement {
    let mut pages = 0;
    for (exchange, page) in evidence.login() {
        if page.status != 200 || page.media_type() != "text/html" {
            continue;
        }
        pages += 1;
        if !is_protected(page) {
            if busts_frames(page) {
                let because =
                    "a page has no field against frames, but a script that looks at the window above it";
                return Err(Verdict::inconclusive(because));
            }
            let message = format!("The page {} may be framed by any site", bare(&exchange.request.url));
            let finding = Finding::in_exchange(exchange, At::Header("content-security-policy"), message);
            return Err(finding.compare("frame-ancestors or x-frame-options", "neither").fail());
        }
    }
    match (pages, evidence.login().next()) {
        (0, None) => Err(unseen(evidence)),
        (0, Some(_)) => Err(Verdict::not_applicable("the login shows no page")),
        _ => Ok(()),
    }
}

fn is_protected(page: &Response) -> bool {
    let framed = page
        .headers
        .all("x-frame-options")
        .any(|value| ["deny", "sameorigin"].iter().any(|allowed| value.trim().eq_ignore_ascii_case(allowed)));
    framed
        || page
            .headers
            .all("content-security-policy")
            .any(|policy| policy.split([';', ',']).any(limits_ancestors))
}

/// Whether a directive lets only named sites frame the page ([CSP3 § frame-ancestors](https://www.w3.org/TR/CSP3/#directive-frame-ancestors)):
/// `*` and a bare scheme name everybody.
fn limits_ancestors(directive: &str) -> bool {
    let mut words = directive.split_ascii_whitespace();
    let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case("frame-ancestors"));
    named
        && words.all(|source| {
            let source = source.to_ascii_lowercase();
            !matches!(source.as_str(), "*" | "http:" | "https:" | "http://*" | "https://*")
        })
}

/// Whether a script of the page looks at the window above it: a way of its own to leave a frame (OAuth 2.1 §7.10).
fn busts_frames(page: &Response) -> bool {
    let text = page.text();
    text.contains("<script")
        && ["top.location", "window.top", "self !== top", "self != top"].iter().any(|way| text.contains(way))
}

pub(in crate::check) static NO_307: Check = Check {
    id: "authz-no-307",
    title: "A submitted login is not redirected with 307 or 308",
    step: Step::Authorization,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(9700, "4.12"), oauth21!("7.5.4")],
    doc: Doc {
        checks: "No POST of the login gets 307 or 308.",
        matters: "With these statuses the browser sends the form again, password included, to where it is redirected: the client.",
        fix: "Redirect with 303 See Other, or 302, after a form was submitted.",
    },
    judge: |evidence| {
        if evidence.login().next().is_none() {
            return Err(unseen(evidence));
        }
        let mut redirected = evidence.login().filter(|(exchange, response)| {
            exchange.request.method.eq_ignore_ascii_case("POST") && response.status / 100 == 3
        });
        let Some(first) = redirected.next() else {
            return Err(Verdict::not_applicable("no form of the login is answered with a redirect"));
        };
        let repeats = |(_, response): &(_, &Response)| matches!(response.status, 307 | 308);
        let Some((exchange, response)) = [first].into_iter().chain(redirected).find(repeats) else {
            return Ok(());
        };
        let message = format!(
            "The form sent to {} is redirected with {}, which sends it again",
            bare(&exchange.request.url),
            response.status
        );
        Err(response::unexpected_status(exchange, response, "303", message))
    },
};
