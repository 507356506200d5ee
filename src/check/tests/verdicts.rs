//! Verdicts on tokens, callbacks and sessions where a walk met a server that is right, or a response that is nobody's.

use serde_json::{Value, json};

use super::good::{Run, SERVER, STATE, TARGET};
use super::mutated;
use crate::check::Verdict;
use crate::exchange::{ProbeId, Purpose};
use crate::specification::ProtocolVersion::{self, V2025_03_26 as V1, V2025_11_25 as V3, V2026_07_28 as V4};
use crate::specification::{Level, Step};

const JSON: &str = "application/json";
const STEP_UP: &str =
    "Bearer error=\"insufficient_scope\", scope=\"write\", resource_metadata=\"https://gw.example/x\"";
const CALLED: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#;

/// The level at which a check fails.
fn level(run: &Run, id: &str) -> Option<Level> {
    let judged = run.judged();
    judged
        .iter()
        .find(|judged| judged.check.id == id && judged.finding().is_some())
        .map(|judged| judged.level)
}

/// A call of a tool that is answered so, with that token.
fn called(run: &mut Run, token: &str, status: u16, challenge: Option<&str>, body: &str) {
    run.add(Step::Session, Purpose::CallTool, TARGET, status, JSON, body);
    run.header(Purpose::CallTool, "www-authenticate", challenge);
    let request = &mut run.exchange(Purpose::CallTool).request;
    request.headers.push("authorization", format!("Bearer {token}"));
    request.body = br#"{"method":"tools/call"}"#.to_vec();
}

fn page(run: &mut Run, id: ProbeId, status: u16) {
    run.add(
        Step::Authorization,
        Purpose::Probe(id),
        "https://as.example/authorize?redirect_uri=r",
        status,
        "text/html",
        "<html>",
    );
}

/// A request of the authorization endpoint that is answered with a redirect.
fn sent(run: &mut Run, id: ProbeId, location: &str) {
    page(run, id, 302);
    run.header(Purpose::Probe(id), "location", Some(location));
}

#[test]
fn a_step_up_that_succeeds_breaks_no_rule() {
    let run = mutated(V3, |run| {
        called(run, "narrow", 403, Some(STEP_UP), "{}");
        called(run, "wide", 200, None, CALLED);
    });
    assert_eq!(run.failing(), [""; 0]);
    assert_eq!(run.verdict("rs-403-challenge"), Verdict::Pass);
    assert_eq!(run.verdict("rs-insufficient-scope-403"), Verdict::Pass);
}

#[test]
fn the_last_response_to_a_message_counts() {
    // A nonce that is asked for first, and an opening that takes another round.
    let challenge = "DPoP error=\"use_dpop_nonce\", algs=\"ES256\"";
    for (status, challenge) in [(401, challenge), (403, STEP_UP)] {
        let run = mutated(V3, |run| {
            let at = run.exchanges.iter().position(|e| e.request.purpose == Purpose::Initialize).unwrap();
            let again = run.exchanges[at].clone();
            run.respond(Purpose::Initialize, status, JSON, "{}");
            run.header(Purpose::Initialize, "www-authenticate", Some(challenge));
            run.exchanges.insert(at + 1, again);
        });
        assert_eq!(run.verdict("rs-valid-token-accepted"), Verdict::Pass, "{status}");
    }
    let expired = mutated(V3, |run| {
        called(run, "old", 401, Some("Bearer error=\"invalid_token\""), "{}");
        called(run, "new", 200, None, CALLED);
    });
    assert_eq!(expired.verdict("rs-valid-token-accepted"), Verdict::Pass);
}

#[test]
fn a_newer_token_that_is_refused_again_is_a_refused_token() {
    let run = mutated(V3, |run| {
        called(run, "old", 401, Some("Bearer error=\"invalid_token\", scope=\"a\""), "{}");
        called(run, "new", 401, Some("Bearer error=\"invalid_token\", scope=\"a\""), "{}");
    });
    assert_eq!(run.failing(), ["rs-valid-token-accepted"]);
}

#[test]
fn an_error_that_names_insufficient_scope_is_due_with_403() {
    for body in [
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"insufficient_scope: write needed"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no","data":{"error":"insufficient_scope"}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":"insufficient_scope"}]}}"#,
    ] {
        let run = mutated(V3, |run| called(run, "t", 200, None, body));
        assert_eq!(run.failing(), ["rs-insufficient-scope-403"], "{body}");
    }
    let other = mutated(V3, |run| {
        called(
            run,
            "t",
            200,
            None,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool"}}"#,
        );
    });
    assert_eq!(other.failing(), [""; 0]);
}

#[test]
fn a_403_about_the_user_needs_no_scope() {
    let run = mutated(V3, |run| {
        called(run, "t", 403, None, r#"{"error":"this account may not use the tool"}"#);
    });
    assert_eq!(run.failing(), [""; 0]);
    assert!(matches!(run.verdict("rs-403-challenge"), Verdict::Inconclusive(_)));
}

#[test]
fn a_rate_limit_or_a_firewall_violates_nothing() {
    let blocked = [("server", "cloudflare"), ("cf-ray", "9c")];
    for (status, fields, body) in
        [(429, &[("retry-after", "30")][..], "slow down"), (403, &blocked[..], "Your request was blocked.")]
    {
        for purpose in [Purpose::Initialize, Purpose::Initialized, Purpose::Token, Purpose::Refresh] {
            let run = mutated(V3, |run| {
                run.respond(purpose, status, "text/plain", body);
                for (name, value) in fields {
                    run.header(purpose, name, Some(value));
                }
                match purpose {
                    Purpose::Token => {
                        run.until(Step::Token);
                        for later in [Purpose::Keys, Purpose::Refresh, Purpose::Revocation] {
                            run.remove(later);
                        }
                    }
                    Purpose::Initialize => run.remove(Purpose::Initialized),
                    _ => {}
                }
            });
            let failing: Vec<_> =
                run.failing().into_iter().filter(|id| *id != "rs-valid-token-accepted").collect();
            assert_eq!(failing, [""; 0], "{status} {purpose:?}");
        }
    }
    let discover = mutated(V4, |run| run.respond(Purpose::Discover, 429, "text/plain", ""));
    assert!(matches!(discover.verdict("mcp-discover"), Verdict::Inconclusive(_)));
}

#[test]
fn a_refusal_is_quoted_whatever_its_form() {
    let refused = |media, body| {
        mutated(V3, |run| {
            run.respond(Purpose::Initialize, 403, media, body);
            run.remove(Purpose::Initialized);
        })
        .message("rs-valid-token-accepted")
    };
    assert!(
        refused(JSON, r#"{"detail":"User not registered"}"#).ends_with("403, saying User not registered")
    );
    assert!(refused("text/plain", "not you").ends_with("saying not you"));
    assert!(refused("text/html", "<html>no").ends_with("without saying why"));
}

#[test]
fn a_shared_secret_or_an_unknown_key_binds_as_far_as_rfc_9068_does() {
    let alg = |header: fn(&mut Value, &mut Value)| mutated(V3, |run| run.token(header));
    let shared = alg(|header, _| header["alg"] = json!("HS256"));
    assert_eq!(level(&shared, "jwt-alg"), Some(Level::Should));
    let unsigned = alg(|header, _| header["alg"] = json!("none"));
    assert_eq!(level(&unsigned, "jwt-alg"), Some(Level::Must));
    let unknown = alg(|header, _| header["kid"] = json!("k2"));
    assert_eq!(level(&unknown, "jwt-alg"), Some(Level::Must));
    // MCP leaves the form of tokens open: the key set may be for ID tokens, as long as the target takes the token.
    let other = alg(|header, _| *header = json!({ "alg": "ES256", "typ": "JWT", "kid": "k2" }));
    assert_eq!(level(&other, "jwt-alg"), Some(Level::Should));
    let refused = mutated(V3, |run| {
        run.token(|header, _| *header = json!({ "alg": "ES256", "typ": "JWT", "kid": "k2" }));
        run.respond(Purpose::Initialize, 401, JSON, "");
    });
    assert_eq!(level(&refused, "jwt-alg"), Some(Level::Must));
}

#[test]
fn an_error_page_that_repeats_the_request_says_nothing_of_the_resource() {
    let page = |text: &str| {
        let text = text.to_owned();
        mutated(V3, |run| {
            run.respond(Purpose::Login, 400, "text/html", &text);
            run.callback = None;
            run.until(Step::Authorization);
        })
        .verdict("as-accepts-resource")
    };
    let echo = page(&format!("<html>Invalid scope. Request: scope=read resource={TARGET}"));
    assert!(!matches!(echo, Verdict::Fail(_)), "{echo:?}");
    assert!(matches!(page("<html>AADSTS9010010: The resource parameter"), Verdict::Fail(_)));
    let described = |error: &str| {
        let query = format!("error={error}&error_description=Service+not+found&state={STATE}");
        mutated(V3, |run| {
            run.callback_query(&query);
            run.until(Step::Authorization);
        })
        .verdict("as-accepts-resource")
    };
    assert!(matches!(described("access_denied"), Verdict::Fail(_)));
    assert!(!matches!(described("invalid_scope"), Verdict::Fail(_)));
}

#[test]
fn a_resource_given_by_hand_is_not_the_gateways() {
    let run = mutated(V3, |run| {
        run.scenario.client.resource = Some("https://other.example/mcp".to_owned());
        run.callback_query(&format!("error=invalid_target&state={STATE}"));
        run.until(Step::Authorization);
    });
    assert!(matches!(run.verdict("as-accepts-resource"), Verdict::Inconclusive(_)));
}

#[test]
fn an_error_code_of_an_extension_is_a_warning_and_known_ones_are_none() {
    let ended = |error: &str| {
        mutated(V3, |run| {
            run.callback_query(&format!("error={error}&state={STATE}"));
            run.until(Step::Authorization);
        })
    };
    assert_eq!(level(&ended("oops"), "authz-error-response"), Some(Level::Should));
    for known in ["unmet_authentication_requirements", "invalid_authorization_details"] {
        assert_eq!(ended(known).verdict("authz-error-response"), Verdict::Pass, "{known}");
    }
    for known in ["use_dpop_nonce", "invalid_dpop_proof"] {
        let body = json!({ "error": known }).to_string();
        let run = mutated(V3, |run| run.respond(Purpose::Token, 400, JSON, &body));
        assert_eq!(run.verdict("token-error-format"), Verdict::Pass, "{known}");
    }
}

#[test]
fn only_a_server_that_reads_basic_credentials_has_to_refuse_them_with_401() {
    let answered = |methods: Value, status, challenge: Option<&str>, error: &str| {
        let body = json!({ "error": error }).to_string();
        mutated(V3, |run| {
            run.set(SERVER, "/token_endpoint_auth_methods_supported", methods);
            let purpose = Purpose::Probe(ProbeId::TokenClientUnknown);
            run.add(Step::Token, purpose, "https://as.example/token", status, JSON, &body);
            run.header(purpose, "www-authenticate", challenge);
        })
    };
    let judged = |run: &Run| level(run, "token-invalid-client-401");
    let basic = Some("Basic realm=\"as\"");
    assert_eq!(judged(&answered(json!(["none"]), 400, None, "invalid_request")), Some(Level::May));
    assert_eq!(
        judged(&answered(json!(["client_secret_basic"]), 400, None, "invalid_client")),
        Some(Level::Must)
    );
    assert_eq!(judged(&answered(Value::Null, 400, None, "invalid_client")), Some(Level::Must));
    assert_eq!(judged(&answered(Value::Null, 401, basic, "invalid_client")), None);
    let other = answered(Value::Null, 401, Some("Bearer error=\"invalid_client\""), "invalid_client");
    assert_eq!(judged(&other), Some(Level::Must), "in kind: the scheme is that of the request");
}

#[test]
fn a_refresh_compares_like_with_like() {
    // openid is for the server itself: the claim of the first token leaves it out.
    let run = mutated(V3, |run| {
        run.set(Purpose::Token, "/scope", json!("openid mcp:read mcp:write"));
        run.set(Purpose::Refresh, "/scope", json!("openid mcp:read mcp:write"));
    });
    assert_eq!(run.verdict("refresh-scope"), Verdict::Pass);
    let silent = mutated(V3, |run| {
        run.set(Purpose::Token, "/scope", Value::Null);
        run.set(Purpose::Refresh, "/scope", json!("mcp:read mcp:write"));
    });
    assert_eq!(silent.verdict("refresh-scope"), Verdict::Pass);
}

#[test]
fn a_refresh_without_a_successor_leaves_rotation_open() {
    let run = mutated(V3, |run| run.set(Purpose::Refresh, "/refresh_token", Value::Null));
    assert!(matches!(run.verdict("refresh-token-rotated"), Verdict::Inconclusive(_)));
    let same = |protocol_version: ProtocolVersion| {
        let same = json!("refresh-token-value");
        level(
            &mutated(protocol_version, |run| run.set(Purpose::Refresh, "/refresh_token", same)),
            "refresh-token-rotated",
        )
    };
    assert_eq!((same(V1), same(V3)), (Some(Level::Should), Some(Level::Must)));
}

#[test]
fn a_state_decoded_twice_is_named() {
    let run = mutated(V3, |run| {
        let url = &mut run.authorization.as_mut().unwrap().url;
        *url = url.replace(STATE, "a%2Bb%3D");
        run.callback_query("code=x&state=a%20b%3D");
    });
    assert!(run.message("authz-state-echo").contains("decoded twice"));
}

#[test]
fn a_response_in_the_fragment_is_named() {
    let run = mutated(V3, |run| {
        let redirect_uri = run.authorization.as_ref().unwrap().redirect_uri.clone();
        let url = format!("{redirect_uri}#code=x&state={STATE}");
        run.callback = Some(crate::exchange::Callback::new(crate::exchange::ExchangeId(99), url));
        run.until(Step::Authorization);
    });
    assert!(run.message("authz-error-response").contains("fragment"));
}

#[test]
fn a_script_that_leaves_frames_leaves_it_open_whether_pages_can_be_framed() {
    let run = mutated(V3, |run| {
        run.exchanges.retain(|exchange| exchange.request.method != "POST");
        run.respond(
            Purpose::Login,
            200,
            "text/html",
            "<html><script>if (self !== top) top.location = self.location",
        );
        run.header(Purpose::Login, "content-security-policy", None);
    });
    assert!(matches!(run.verdict("authz-frame-protection"), Verdict::Inconclusive(_)));
}

const BACK: &str = "r?error=unsupported_response_type";
const LOGIN: &str = "https://as.example/login";

/// The spellings of the redirect URI: refused at once, or taken to a login, where the second mistake gets a page.
fn spelled(alone: u16, mistake_at_registered: bool) -> Verdict {
    let run = mutated(V3, |run| {
        sent(run, ProbeId::AuthorizeAgain, LOGIN);
        for id in [
            ProbeId::AuthorizeRedirectPathAlone,
            ProbeId::AuthorizeRedirectQueryAlone,
            ProbeId::AuthorizeRedirectCaseAlone,
        ] {
            page(run, id, alone);
        }
        for id in [
            ProbeId::AuthorizeRedirectPath,
            ProbeId::AuthorizeRedirectQuery,
            ProbeId::AuthorizeRedirectCase,
            ProbeId::AuthorizeRedirectHostSuffix,
            ProbeId::AuthorizeRedirectUserinfo,
            ProbeId::AuthorizeRedirectDots,
            ProbeId::AuthorizeRedirectFragment,
        ] {
            page(run, id, 400);
        }
        if mistake_at_registered {
            sent(run, ProbeId::AuthorizeResponseTypeUnknown, BACK);
        } else {
            page(run, ProbeId::AuthorizeResponseTypeUnknown, 400);
        }
    });
    run.verdict("authz-redirect-exact")
}

#[test]
fn a_page_about_a_second_mistake_says_nothing_of_the_redirect_uri() {
    assert_eq!(spelled(400, false), Verdict::Pass);
    // The server asks for a login first, and reports bad response types at registered URIs only.
    assert_eq!(spelled(200, true), Verdict::Pass);
    // It looks at the response type first, and shows a page whatever the URI is.
    assert!(matches!(spelled(200, false), Verdict::Inconclusive(_)));
}

#[test]
fn a_login_page_accepts_only_where_what_is_bad_is_refused_before_it() {
    let port = |foreign_is_refused: bool| {
        mutated(V3, |run| {
            sent(run, ProbeId::AuthorizeAgain, LOGIN);
            sent(run, ProbeId::AuthorizeRedirectPort, LOGIN);
            page(run, ProbeId::AuthorizeRedirectForeign, if foreign_is_refused { 400 } else { 200 });
        })
        .verdict("authz-loopback-port")
    };
    assert_eq!(port(true), Verdict::Pass);
    assert!(matches!(port(false), Verdict::Inconclusive(_)));
}

#[test]
fn every_error_at_the_redirect_uri_has_to_carry_the_state() {
    let run = mutated(V3, |run| {
        sent(run, ProbeId::AuthorizeAgain, LOGIN);
        page(run, ProbeId::AuthorizeUnknownScope, 200);
        sent(run, ProbeId::AuthorizeChallengeMethod, "r?error=invalid_request");
    });
    assert_eq!(run.failing(), ["authz-error-state"]);
}

#[test]
fn a_bad_request_of_a_known_client_that_gets_a_page_is_a_warning() {
    let run = mutated(V3, |run| {
        sent(run, ProbeId::AuthorizeAgain, LOGIN);
        page(run, ProbeId::AuthorizeChallengeMethod, 400);
    });
    assert_eq!(level(&run, "authz-error-response"), Some(Level::Should));
}

#[test]
fn a_bare_body_is_enough_for_a_header_mismatch_alone() {
    let refused = |id, status, body: &str| {
        mutated(V4, |run| {
            run.add(Step::Session, Purpose::Probe(id), TARGET, status, JSON, body);
        })
    };
    let verdict = |id, status, body: &str, check: &str| refused(id, status, body).verdict(check);
    assert_eq!(verdict(ProbeId::HeaderMismatch, 400, "", "mcp-header-mismatch"), Verdict::Pass);
    for (id, status, check) in [
        (ProbeId::VersionUnsupported, 400, "mcp-unsupported-version"),
        (ProbeId::MetaMissing, 400, "mcp-missing-meta"),
        (ProbeId::MethodUnknown, 404, "mcp-unknown-method-404"),
    ] {
        assert!(matches!(verdict(id, status, "", check), Verdict::Fail(_)), "{check}");
    }
    let version = |data: &str| {
        let body = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{{\"code\":-32022,\"message\":\"no\"{data}}}}}"
        );
        verdict(ProbeId::VersionUnsupported, 400, &body, "mcp-unsupported-version")
    };
    assert!(matches!(version(""), Verdict::Fail(_)));
    assert!(matches!(version(r#","data":{"supported":["2026-07-28"]}"#), Verdict::Fail(_)));
    assert_eq!(version(r#","data":{"supported":["2026-07-28"],"requested":"1900-01-01"}"#), Verdict::Pass);
}
