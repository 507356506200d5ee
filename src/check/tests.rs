//! Every check passes a good run and fails the one that is spoilt for it.

mod cases;
mod discovery_verdicts;
pub(crate) mod good;
mod places;
mod rounds;
mod traps;
mod verdicts;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::cases::{MUTATIONS, Mutation};
use self::good::{
    CHALLENGE, CODE, MANAGEMENT_TOKEN, METADATA_URL, RESOURCE, Run, SECRET, SERVER, STATE, TARGET,
};
use super::{CATALOGUE, Check, Verdict, find};
use crate::exchange::Purpose;
use crate::exchange::{FailureKind, TransportFailure, Unauthenticated};
use crate::specification::ProtocolVersion::{self, V2025_11_25 as V3, V2026_07_28 as V4};
use crate::specification::{Level, ResourceMetadataLocation, ServerMetadataLocation, Step};

/// Changes a character in the middle of the signature: the last one has unused bits (T40).
fn tamper(run: &mut Run) {
    let response = run.response(Purpose::Token);
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let token = body["access_token"].as_str().unwrap();
    let (head, tail) = token.split_at(token.len() - 40);
    let other = if tail.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{head}{other}{}", tail.get(1..).unwrap());
    run.set(Purpose::Token, "/access_token", json!(tampered));
}

fn mutated(protocol_version: ProtocolVersion, mutate: impl FnOnce(&mut Run)) -> Run {
    let mut run = Run::good(protocol_version);
    mutate(&mut run);
    run
}

#[test]
fn the_good_run_fails_nothing_in_any_protocol_version() {
    for protocol_version in ProtocolVersion::ALL {
        let judged = Run::good(protocol_version).judged();
        for judged in &judged {
            assert!(
                judged.finding().is_none(),
                "{protocol_version} {}: {:?}",
                judged.check.id,
                judged.verdict
            );
            let undecided = matches!(judged.verdict, Verdict::Untestable(_) | Verdict::Inconclusive(_));
            // The run sent no probe, and was not asked to.
            assert!(
                !undecided || judged.verdict.probe_not_sent().is_some(),
                "{protocol_version} {}: {:?}",
                judged.check.id,
                judged.verdict
            );
        }
        let known = CATALOGUE.iter().filter(|check| check.levels.of(protocol_version).is_some()).count();
        assert_eq!(judged.len(), known, "{protocol_version}");
    }
}

#[test]
fn every_case_fails_exactly_what_it_means_to() {
    let mut wrong = Vec::new();
    for (at, Mutation { check, protocol_version, also, mutate }) in MUTATIONS.iter().enumerate() {
        let run = mutated(*protocol_version, mutate);
        let expected: BTreeSet<_> = also.iter().chain([check]).copied().collect();
        let failing: BTreeSet<_> = run.failing().into_iter().collect();
        if failing != expected {
            wrong.push(format!(
                "{at} {check}: expected {expected:?}, got {failing:?}; {:?}",
                run.verdict(check)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_case() {
    let covered: BTreeSet<_> = MUTATIONS.iter().map(|mutation| mutation.check).collect();
    // What takes a probe is shown by the kill matrix, against a server that answers it.
    let probing = |check: &&Check| {
        ProtocolVersion::ALL.iter().any(|&protocol_version| {
            let verdict =
                Run::good(protocol_version).judged().into_iter().find(|judged| judged.check.id == check.id);
            verdict.is_some_and(|judged| judged.verdict.probe_not_sent().is_some())
        })
    };
    let (probing, walked): (Vec<&Check>, Vec<&Check>) =
        CATALOGUE.iter().copied().partition(|check| probing(check));
    let walked: BTreeSet<_> = walked.iter().map(|check| check.id).collect();
    assert_eq!(walked.difference(&covered).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(!probing.is_empty(), "probes are what the kill matrix is for");
    for step in Step::ALL {
        let here = |check: &&&Check| check.step == step && walked.contains(check.id);
        assert!(CATALOGUE.iter().find(here).is_some(), "every check of {step} takes a probe");
    }
}

#[test]
fn t51_no_finding_shows_a_secret() {
    for Mutation { check, protocol_version, also: _, mutate } in MUTATIONS {
        let mut run = mutated(*protocol_version, mutate);
        let mut secrets =
            [CODE, STATE, SECRET, MANAGEMENT_TOKEN, "private-value"].map(str::to_owned).to_vec();
        if run.exchanges.iter().any(|exchange| exchange.request.purpose == Purpose::Token) {
            let body = serde_json::from_slice::<Value>(&run.response(Purpose::Token).body);
            secrets.extend(body.ok().and_then(|body| Some(body["access_token"].as_str()?.to_owned())));
        }
        let shown = format!("{:?}", run.judged());
        for secret in secrets {
            assert!(!shown.contains(&secret), "{check} shows {secret}");
        }
    }
}

#[test]
fn no_shape_of_a_document_panics() {
    let shapes = [
        json!(null),
        json!(7),
        json!(""),
        json!([[]]),
        json!([null]),
        json!({ "keys": 1 }),
        json!("http://"),
    ];
    for protocol_version in ProtocolVersion::ALL {
        let good = Run::good(protocol_version);
        for at in 0..good.exchanges.len() {
            let body = &good.exchanges[at].response().unwrap().body;
            let Ok(Value::Object(members)) = serde_json::from_slice(body) else { continue };
            for (name, shape) in members.keys().flat_map(|name| shapes.iter().map(move |shape| (name, shape)))
            {
                let mut members = members.clone();
                members.insert(name.clone(), shape.clone());
                let mut run = Run::good(protocol_version);
                let response = run.exchanges[at].outcome.as_mut().unwrap();
                response.body = Value::Object(members).to_string().into();
                run.judged();
            }
            let mut run = Run::good(protocol_version);
            let failure = TransportFailure { kind: FailureKind::Timeout, detail: "too slow".to_owned() };
            run.exchanges[at].outcome = Err(failure);
            run.judged();
        }
    }
}

#[test]
fn no_shape_of_a_key_panics() {
    let values = [
        json!(null),
        json!(7),
        json!(""),
        json!("AA"),
        json!("!"),
        json!("P-384"),
        json!("RSA"),
        json!("oct"),
    ];
    for algorithm in ["ES256", "ES384", "RS256", "PS512", "EdDSA", "HS256", "x", ""] {
        for name in ["kty", "crv", "x", "y", "n", "e", "k", "kid", "alg", "use"] {
            for value in &values {
                let mut run = Run::good(V3);
                let body = &run.response(Purpose::Keys).body;
                let mut set: Value = serde_json::from_slice(body).unwrap();
                set["keys"][0]["n"] = json!("AQAB");
                set["keys"][0]["e"] = json!("AQAB");
                set["keys"][0][name] = value.clone();
                run.set(Purpose::Keys, "/keys", set["keys"].clone());
                run.header_member("alg", json!(algorithm));
                run.judged();
            }
        }
    }
}

#[test]
fn a_run_that_got_nowhere_fails_nothing() {
    for protocol_version in ProtocolVersion::ALL {
        let run = mutated(protocol_version, |run| {
            run.until(Step::Challenge);
            run.exchanges.clear();
        });
        assert_eq!(run.failing(), [""; 0]);
    }
}

#[test]
fn t02_a_parent_path_and_a_slash_are_warnings() {
    for resource in ["https://gw.example", "https://gw.example/mcp/"] {
        let run = mutated(V3, |run| run.set(RESOURCE, "/resource", json!(resource)));
        assert_eq!(run.failing(), ["prm-resource-exact"]);
    }
    assert_eq!(find("prm-resource-exact").unwrap().levels.of(V3), Some(Level::Should));
}

#[test]
fn t03_the_slash_of_an_issuer_is_a_violation_wherever_a_document_of_the_gateway_names_it() {
    let levels = find("as-issuer-slash").unwrap().levels;
    let levels = ProtocolVersion::ALL.map(|protocol_version| levels.of(protocol_version));
    assert_eq!(levels, [None, Some(Level::Must), Some(Level::Must), Some(Level::Must)]);
    // Where no document of the gateway names the issuer, no gateway has written it wrongly.
    let run =
        mutated(ProtocolVersion::V2025_03_26, |run| run.set(SERVER, "/issuer", json!("https://gw.example/")));
    assert_eq!(run.verdict("as-issuer-matches"), Verdict::Pass);
    // What has to be changed is the gateway's list, and the finding points there.
    let run = mutated(V3, |run| run.set(RESOURCE, "/authorization_servers", json!(["https://as.example"])));
    let Verdict::Fail(finding) = run.verdict("as-issuer-slash") else { panic!() };
    assert_eq!(finding.at.unwrap().to_string(), "/authorization_servers/0");
    assert!(finding.message.contains("Inspector"), "{}", finding.message);
}

#[test]
fn t08_a_page_on_a_well_known_url_is_named_and_not_taken() {
    let run = mutated(V3, |run| {
        run.respond(RESOURCE, 200, "text/html", "<html>app</html>");
        run.until(Step::ResourceMetadata);
    });
    let message = run.message("prm-present");
    assert!(message.contains(METADATA_URL) && message.contains("web page"), "{message}");
}

#[test]
fn t10_an_inner_scheme_or_host_has_its_own_words() {
    for (url, word) in [
        ("http://gw.example/.well-known/oauth-protected-resource", "TLS terminator"),
        ("http://mcp-server:8080/.well-known/oauth-protected-resource", "private network"),
        ("https://10.0.0.7/.well-known/oauth-protected-resource", "private network"),
        ("https://gw.cluster.internal/x", "private network"),
    ] {
        let value = format!("Bearer resource_metadata=\"{url}\", scope=\"a\"");
        let run = mutated(V3, |run| run.header(CHALLENGE, "www-authenticate", Some(&value)));
        assert!(run.message("rs-401-resource-metadata").contains(word), "{url}");
    }
}

#[test]
fn t11_every_listed_server_is_judged_and_metadata_urls_are_named() {
    let servers = json!(["https://as.example/", "https://b.example/.well-known/openid-configuration"]);
    let run = mutated(V3, |run| run.set(RESOURCE, "/authorization_servers", servers));
    assert!(run.message("prm-issuer-format").contains("metadata document"));
}

#[test]
fn t12_a_server_may_protect_only_its_tools() {
    let result = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    let run = mutated(V3, |run| {
        let mut open = run.exchanges[0].clone();
        let response = open.outcome.as_mut().unwrap();
        response.status = 200;
        response.body = result.into();
        run.exchanges[0].request.purpose = Purpose::Challenge(Unauthenticated::CallTool);
        run.exchanges.insert(0, open);
    });
    assert_eq!(run.failing(), [""; 0]);
    let open = mutated(V3, |run| {
        run.respond(CHALLENGE, 200, "application/json", result);
        run.respond(RESOURCE, 404, "text/plain", "");
        run.until(Step::ResourceMetadata);
    });
    assert_eq!(open.failing(), ["mcp-auth-implemented"]);
    assert!(matches!(open.verdict("rs-unauth-401"), Verdict::NotApplicable(_)));
}

#[test]
fn t12_an_open_server_that_does_not_know_a_tool_refuses_nobody() {
    let run = mutated(V3, |run| {
        run.respond(CHALLENGE, 200, "application/json", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        let mut call = run.exchanges[0].clone();
        call.request.purpose = Purpose::Challenge(Unauthenticated::CallTool);
        let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool"}}"#;
        call.outcome.as_mut().unwrap().body = error.into();
        run.exchanges.insert(1, call);
        run.respond(RESOURCE, 404, "text/plain", "");
        run.until(Step::ResourceMetadata);
    });
    assert_eq!(run.failing(), ["mcp-auth-implemented"]);
}

#[test]
fn t29_an_audience_of_the_server_itself_is_no_other_resource() {
    let run = mutated(V3, |run| {
        run.set(SERVER, "/userinfo_endpoint", json!("https://as.example/userinfo"));
        run.token(|_, claims| {
            claims["aud"] = json!([TARGET, "https://as.example/userinfo", "https://as.example/"]);
        });
    });
    assert_eq!(run.failing(), [""; 0]);
}

#[test]
fn t44_clocks_may_differ_by_five_minutes() {
    let run = mutated(V3, |run| run.token(|_, claims| claims["iat"] = json!(1_000_300)));
    assert_eq!(run.verdict("jwt-clock"), Verdict::Pass);
    let run = mutated(V3, |run| run.header(Purpose::Token, "date", None));
    assert!(matches!(run.verdict("jwt-clock"), Verdict::Untestable(_)));
}

#[test]
fn t14_a_legacy_server_is_not_judged_by_modern_results() {
    let run = mutated(V4, |run| {
        run.respond(Purpose::Discover, 400, "text/plain", "");
        run.session(V3);
    });
    assert_eq!(run.failing(), ["mcp-discover"]);
    assert!(matches!(run.verdict("mcp-result-type"), Verdict::NotApplicable(_)));
}

#[test]
fn t19_a_renamed_challenge_is_named() {
    let run = mutated(V3, |run| {
        run.header(CHALLENGE, "www-authenticate", None);
        run.header(CHALLENGE, "x-amzn-Remapped-WWW-Authenticate", Some("Bearer"));
    });
    assert!(run.message("rs-401-www-authenticate").contains("x-amzn-remapped-www-authenticate"));
}

#[test]
fn t23_a_bot_defence_decides_nothing() {
    for (status, page) in [(403, "<html>Attention Required! | Cloudflare"), (429, "slow down")] {
        let run = mutated(V3, |run| run.respond(CHALLENGE, status, "text/html", page));
        assert!(matches!(run.verdict("rs-unauth-401"), Verdict::Inconclusive(_)), "{status}");
    }
}

#[test]
fn t30_an_opaque_token_is_legal_and_an_encrypted_one_decides_nothing() {
    let opaque = mutated(V3, |run| run.set(Purpose::Token, "/access_token", json!("opaque")));
    assert_eq!(opaque.failing(), [""; 0]);
    assert!(matches!(opaque.verdict("token-aud-restricted"), Verdict::NotApplicable(_)));
    let token = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.a.b.c.d";
    let encrypted = mutated(V3, |run| run.set(Purpose::Token, "/access_token", json!(token)));
    assert_eq!(encrypted.failing(), [""; 0]);
    assert!(matches!(encrypted.verdict("token-aud-restricted"), Verdict::Inconclusive(_)));
}

#[test]
fn t31_an_openid_document_is_enough_since_2025_11_25() {
    let openid = Purpose::ServerMetadata(ServerMetadataLocation::OpenIdAppended);
    for (protocol_version, failing) in
        [(ProtocolVersion::V2025_06_18, &["as-metadata-present"][..]), (V3, &[])]
    {
        let run = mutated(protocol_version, |run| run.exchange(SERVER).request.purpose = openid);
        assert_eq!(run.failing(), failing, "{protocol_version}");
    }
}

#[test]
fn t37_the_registration_decides_where_no_method_is_listed() {
    const MEMBER: &str = "/token_endpoint_auth_methods_supported";
    let public = mutated(V3, |run| run.set(SERVER, MEMBER, Value::Null));
    assert_eq!(public.failing(), [""; 0]);
    let confidential = mutated(V3, |run| {
        run.set(SERVER, MEMBER, Value::Null);
        run.set(Purpose::Registration, "/token_endpoint_auth_method", json!("client_secret_post"));
    });
    assert_eq!(confidential.failing(), ["as-token-auth-methods"]);
}

#[test]
fn t38_scopes_are_sets_and_more_is_allowed() {
    let run = mutated(V3, |run| {
        run.token(|_, claims| claims["scope"] = json!("openid mcp:write x mcp:read"));
        run.set(Purpose::Token, "/scope", Value::Null);
    });
    assert_eq!(run.verdict("token-scope"), Verdict::Pass);
}

#[test]
fn t39_iss_is_compared_decoded_and_to_the_slash() {
    let query = format!("code={CODE}&state={STATE}&iss=https%3A%2F%2Fas.example%2F");
    assert_eq!(mutated(V4, |run| run.callback_query(&query)).failing(), [""; 0]);
    let query = query.trim_end_matches("%2F").to_owned();
    assert_eq!(mutated(V4, |run| run.callback_query(&query)).failing(), ["authz-iss-identical"]);
}

#[test]
fn t45_no_bearer_method_is_a_value() {
    let run = mutated(V3, |run| run.set(RESOURCE, "/bearer_methods_supported", json!([])));
    assert_eq!(run.failing(), ["prm-bearer-methods"]);
}

#[test]
fn t49_https_rules_rest_on_loopback() {
    let local = |text: &str| {
        text.replace("https://gw.example", "http://127.0.0.1:1")
            .replace("https://as.example", "http://localhost:2")
    };
    let run = mutated(V3, |run| {
        run.scenario.target.url = local(TARGET);
        for exchange in &mut run.exchanges {
            exchange.request.url = local(&exchange.request.url);
            let response = exchange.outcome.as_mut().unwrap();
            response.body = local(&response.text()).into();
            response.headers = response.headers.iter().map(|(n, v)| (n.to_owned(), local(&v))).collect();
        }
        run.callback_query(&format!("code={CODE}&state={STATE}&iss=http://localhost:2/"));
        run.set(Purpose::Token, "/access_token", json!("opaque"));
    });
    assert_eq!(run.failing(), [""; 0]);
    for id in ["rs-https", "as-https-endpoints"] {
        assert!(matches!(run.verdict(id), Verdict::NotApplicable(_)), "{id}");
    }
}

#[test]
fn plain_http_is_a_violation_only_where_somebody_answers() {
    let exposed = |run: &mut Run| {
        run.scenario.target.url = "http://gw.example/mcp".to_owned();
    };
    assert!(matches!(mutated(V3, exposed).verdict("rs-https"), Verdict::Fail(_)));
    let silent = mutated(V3, |run| {
        exposed(run);
        let failure = TransportFailure { kind: FailureKind::Dns, detail: String::new() };
        run.exchange(CHALLENGE).outcome = Err(failure);
    });
    assert!(matches!(silent.verdict("rs-https"), Verdict::Untestable(_)));
}

#[test]
fn the_last_place_for_the_metadata_is_noted() {
    let run = mutated(V3, |run| {
        run.header(CHALLENGE, "www-authenticate", Some("Bearer scope=\"a\""));
        run.exchange(RESOURCE).request.purpose = Purpose::ResourceMetadata(ResourceMetadataLocation::Root);
    });
    assert_eq!(run.failing(), ["prm-path-insertion"]);
}

#[test]
fn a_refused_token_is_reported_with_the_words_of_the_challenge() {
    let run = mutated(V3, |run| {
        run.respond(Purpose::Initialize, 401, "text/plain", "");
        let value = "Bearer error=\"invalid_token\", error_description=\"bad audience\"";
        run.header(Purpose::Initialize, "www-authenticate", Some(value));
        run.remove(Purpose::Initialized);
    });
    assert!(run.message("rs-valid-token-accepted").ends_with("401, saying invalid_token: bad audience"));
}
