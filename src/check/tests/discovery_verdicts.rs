//! Verdicts of the first four steps that were false once: each row of a table is another peer of the same kind.

use serde_json::{Value::Null, json};

use super::good::{CHALLENGE, METADATA_URL, RESOURCE, Run, SERVER, TARGET};
use super::mutated;
use crate::check::{Verdict, find};
use crate::exchange::{ProbeId, Purpose, Unauthenticated};
use crate::flow::NO_SUCH_TOOL;
use crate::specification::ProtocolVersion::{V2025_06_18 as V2, V2025_11_25 as V3};
use crate::specification::{Level, ProtocolVersion, ResourceMetadataLocation, ServerMetadataLocation, Step};

const JSON: &str = "application/json";
const RESULT: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
const REGISTRATION: Purpose = Purpose::Registration;

fn is_inconclusive(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Inconclusive(_))
}

fn is_not_applicable(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotApplicable(_))
}

fn fails(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Fail(_))
}

/// Another challenge of the first 401.
fn challenge(run: &mut Run, value: &str) {
    run.header(CHALLENGE, "www-authenticate", Some(value));
}

/// The whole run of a target, moved to this machine.
fn on_this_machine(run: &mut Run) {
    run.scenario.target.url = "http://127.0.0.1:3000/mcp".to_owned();
    for exchange in &mut run.exchanges {
        if exchange.request.url == TARGET {
            exchange.request.url = "http://127.0.0.1:3000/mcp".to_owned();
        }
    }
}

#[test]
fn loopback_is_excused_only_where_the_target_is_on_loopback() {
    type Spoil = fn(&mut Run, &str);
    let published: [(&str, Spoil); 8] = [
        ("rs-401-resource-metadata", |r, url| {
            challenge(r, &format!("Bearer scope=\"c\", resource_metadata=\"{url}\""));
        }),
        ("prm-resource-valid", |r, url| r.set(RESOURCE, "/resource", json!(url))),
        ("prm-issuer-format", |r, url| r.set(RESOURCE, "/authorization_servers", json!([url]))),
        ("prm-jwks-https", |r, url| r.set(RESOURCE, "/jwks_uri", json!(url))),
        ("as-https-endpoints", |r, url| r.set(SERVER, "/token_endpoint", json!(url))),
        ("as-https-endpoints", |r, url| r.set(SERVER, "/introspection_endpoint", json!(url))),
        ("as-issuer-form", |r, url| r.set(SERVER, "/issuer", json!(url))),
        ("dcr-management", |r, url| r.set(REGISTRATION, "/registration_client_uri", json!(url))),
    ];
    let loopback = [
        "http://localhost:8080/x",
        "http://127.0.0.1/x",
        "https://localhost/x",
        "http://[::1]:1/x",
        "http://0.0.0.0:3000/x",
    ];
    for (check, spoil) in published {
        for url in loopback {
            let run = mutated(V3, |run| spoil(run, url));
            assert!(fails(&run.verdict(check)), "{check} {url}: {:?}", run.verdict(check));
            let local = mutated(V3, |run| {
                on_this_machine(run);
                spoil(run, url);
            });
            assert!(!fails(&local.verdict(check)), "{check} {url} on loopback: {:?}", local.verdict(check));
        }
    }
    let run = mutated(V3, |run| {
        run.add(Step::Challenge, Purpose::Probe(ProbeId::PathSlash), "https://gw.example/mcp/", 308, "", "");
        run.header(Purpose::Probe(ProbeId::PathSlash), "location", Some("http://localhost:3000/mcp"));
    });
    assert!(run.message("rs-redirect-safe").contains("own machine"));
}

#[test]
fn what_another_path_or_method_gets_is_served_only_if_it_is_of_the_mcp_server() {
    let slash = Purpose::Probe(ProbeId::PathSlash);
    for (media, body, served) in [
        ("text/html", "<!doctype html>", false),
        (JSON, r#"{"status":"ok"}"#, false),
        ("text/plain", "hello", false),
        (JSON, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Unauthorized"}}"#, false),
        (JSON, RESULT, true),
        ("text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n", true),
        ("text/event-stream", ": open\n\n", true),
    ] {
        let run =
            mutated(V3, |run| run.add(Step::Challenge, slash, "https://gw.example/mcp/", 200, media, body));
        let verdict = run.verdict("rs-path-variants");
        assert_eq!(
            (fails(&verdict), is_inconclusive(&verdict)),
            (served, !served),
            "{media} {body}: {verdict:?}"
        );
        let identity = Purpose::Probe(ProbeId::IdentityHeaders);
        let run = mutated(V3, |run| run.add(Step::Challenge, identity, TARGET, 200, media, body));
        let verdict = run.verdict("rs-identity-headers-ignored");
        assert_eq!(
            (fails(&verdict), is_inconclusive(&verdict)),
            (served, !served),
            "{media} {body}: {verdict:?}"
        );
    }
    for (method, media, wrong) in [
        (ProbeId::GetWithoutToken, "text/html", false),
        (ProbeId::GetWithoutToken, JSON, false),
        (ProbeId::GetWithoutToken, "text/event-stream", true),
        (ProbeId::DeleteWithoutToken, "text/html", false),
        (ProbeId::DeleteWithoutToken, "", true),
    ] {
        let run = mutated(V3, |run| {
            for (id, status) in [(ProbeId::GetWithoutToken, 401), (ProbeId::DeleteWithoutToken, 401)] {
                run.add(Step::Challenge, Purpose::Probe(id), TARGET, status, "", "");
                let same = run.exchanges.last_mut().unwrap();
                if id == method {
                    let response = same.outcome.as_mut().unwrap();
                    response.status = 200;
                    response.headers.push("content-type", media);
                } else {
                    same.outcome.as_mut().unwrap().headers.push("www-authenticate", "Bearer realm=\"x\"");
                }
            }
        });
        let verdict = run.verdict("rs-auth-every-method");
        assert_eq!(fails(&verdict), wrong, "{method} {media}: {verdict:?}");
    }
}

/// What was asked without a token before the call is public, and that is the response to the call.
fn public_but_for_the_call(run: &mut Run, tool: &str, response: &str) {
    run.respond(CHALLENGE, 200, JSON, RESULT);
    let mut call = run.exchanges[0].clone();
    call.request.purpose = Purpose::Challenge(Unauthenticated::CallTool);
    call.request.body = json!({ "method": "tools/call", "params": { "name": tool } }).to_string().into();
    call.outcome.as_mut().unwrap().body = response.as_bytes().into();
    run.exchanges.insert(1, call);
}

#[test]
fn public_methods_beside_protected_ones_are_legal_and_a_made_up_tool_decides_nothing() {
    let refusals = [
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such tool"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":"Unknown tool"}]}}"#,
    ];
    for refusal in refusals {
        let run = mutated(V3, |run| public_but_for_the_call(run, NO_SUCH_TOOL, refusal));
        let verdict = run.verdict("rs-unauth-401");
        assert!(is_inconclusive(&verdict), "{refusal}: {verdict:?}");
        // A tool that exists is not refused for what it is.
        let run = mutated(V3, |run| public_but_for_the_call(run, "whoami", refusal));
        assert!(fails(&run.verdict("rs-unauth-401")), "{refusal}");
    }
    let run = mutated(V3, |run| public_but_for_the_call(run, NO_SUCH_TOOL, RESULT));
    assert!(fails(&run.verdict("rs-unauth-401")));
}

#[test]
fn a_server_for_machines_needs_nothing_of_the_code_flow() {
    for grants in [
        json!(["client_credentials"]),
        json!(["urn:ietf:params:oauth:grant-type:jwt-bearer"]),
        json!(["client_credentials", "refresh_token"]),
    ] {
        let run = mutated(V3, |run| {
            run.set(SERVER, "/grant_types_supported", grants.clone());
            for member in
                ["authorization_endpoint", "response_types_supported", "code_challenge_methods_supported"]
            {
                run.set(SERVER, &format!("/{member}"), Null);
            }
        });
        for check in ["as-response-types", "as-pkce-advertised"] {
            assert!(is_not_applicable(&run.verdict(check)), "{grants} {check}: {:?}", run.verdict(check));
        }
        assert_eq!(run.verdict("as-endpoints-present"), Verdict::Pass, "{grants}");
        // A run that logs somebody in misses the grant.
        assert!(fails(&run.verdict("as-grant-types")), "{grants}");
    }
    for grants in [json!(["authorization_code"]), json!(["implicit"]), json!([]), Null] {
        let run = mutated(V3, |run| {
            run.set(SERVER, "/grant_types_supported", grants.clone());
            run.set(SERVER, "/authorization_endpoint", Null);
            run.set(SERVER, "/code_challenge_methods_supported", Null);
        });
        for check in ["as-endpoints-present", "as-pkce-advertised"] {
            assert!(fails(&run.verdict(check)), "{grants} {check}");
        }
    }
}

#[test]
fn an_object_that_is_no_document_is_none() {
    for body in [r#"{"error":"not found"}"#, "{}", r#"{"status":404,"message":"no route"}"#] {
        let run = mutated(V3, |run| {
            let good = run.exchange(RESOURCE).clone();
            run.respond(RESOURCE, 200, JSON, body);
            run.exchange(RESOURCE).request.purpose =
                Purpose::ResourceMetadata(ResourceMetadataLocation::PathInserted);
            run.exchanges.push(good);
            run.exchange(RESOURCE).request.url =
                "https://gw.example/.well-known/oauth-protected-resource".to_owned();
            run.exchange(RESOURCE).request.purpose =
                Purpose::ResourceMetadata(ResourceMetadataLocation::Root);
            let good = run.exchange(SERVER).clone();
            run.respond(SERVER, 200, JSON, body);
            run.exchanges.push(good);
            run.exchange(SERVER).request.purpose =
                Purpose::ServerMetadata(ServerMetadataLocation::OpenIdInserted);
        });
        assert_eq!(run.failing(), ["prm-path-insertion", "prm-absent-404", "as-absent-404"], "{body}");
        let level = |id| find(id).unwrap().levels.of(V3);
        assert_eq!((level("prm-absent-404"), level("as-absent-404")), (Some(Level::May), Some(Level::May)));
    }
}

#[test]
fn how_the_target_is_typed_is_the_users_own() {
    for typed in [
        "https://gw.example:443/mcp",
        "https://GW.Example/mcp",
        "HTTPS://gw.example/mcp",
        "https://gw.example/mcp/",
    ] {
        let run = mutated(V3, |run| run.scenario.target.url = typed.to_owned());
        assert_eq!(run.failing(), [""; 0], "{typed}");
    }
    let run = mutated(V3, |run| {
        run.scenario.target.url = "https://bücher.example/mcp".to_owned();
        run.set(RESOURCE, "/resource", json!("https://xn--bcher-kva.example/mcp"));
    });
    assert!(!run.failing().iter().any(|id| id.starts_with("prm-")), "{:?}", run.failing());
    // Where the origin of the target is the issuer, it is too.
    let run = mutated(ProtocolVersion::V2025_03_26, |run| {
        run.scenario.target.url = "https://GW.example:443/mcp".to_owned();
    });
    assert_eq!(run.failing(), [""; 0]);
}

#[test]
fn another_spelling_that_is_published_is_the_gateways() {
    for (resource, check, word) in [
        ("https://gw.example:443/mcp", "prm-resource-matches", "default port"),
        ("https://GW.example/mcp", "prm-resource-exact", "case"),
        ("https://gw.example/mcp/", "prm-resource-exact", "slash"),
    ] {
        let run = mutated(V3, |run| run.set(RESOURCE, "/resource", json!(resource)));
        assert_eq!(run.failing(), [check], "{resource}");
        assert!(run.message(check).contains(word), "{}", run.message(check));
    }
}

#[test]
fn a_document_about_the_origin_at_the_root_is_exact() {
    let root = Purpose::ResourceMetadata(ResourceMetadataLocation::Root);
    let run = mutated(V3, |run| {
        challenge(run, "Bearer scope=\"mcp:read\"");
        run.set(RESOURCE, "/resource", json!("https://gw.example"));
        run.exchange(RESOURCE).request.url =
            "https://gw.example/.well-known/oauth-protected-resource".to_owned();
        run.exchange(RESOURCE).request.purpose = root;
    });
    // The note that only the origin has a document stays.
    assert_eq!(run.failing(), ["prm-path-insertion"]);
    // The document that the challenge names has to be about the target itself.
    let run = mutated(V3, |run| run.set(RESOURCE, "/resource", json!("https://gw.example")));
    assert_eq!(run.failing(), ["prm-resource-exact"]);
}

#[test]
fn every_401_of_the_target_is_judged() {
    for (value, protocol_version, failing) in [
        ("Bearer error=\"invalid_token\"", V2, &["rs-401-resource-metadata"][..]),
        ("Bearer error=\"invalid_token\"", V3, &[]),
        ("Bearer", V3, &["rs-challenge-syntax"]),
        ("Basic realm=\"x\"", V3, &["rs-401-any-challenge"]),
        ("Bearer error=\"invalid_token\", resource_metadata=\"/x\"", V3, &["rs-401-resource-metadata"]),
        ("Bearer error=\"invalid_token\", error_description=\"abgelaufen: ä\"", V3, &["rs-challenge-syntax"]),
    ] {
        let run = mutated(protocol_version, |run| {
            run.add(Step::Session, Purpose::ListTools, TARGET, 401, "text/plain", "");
            run.exchange(Purpose::ListTools).request.headers.push("authorization", "Bearer x");
            run.header(Purpose::ListTools, "www-authenticate", Some(value));
            // What another path of the host responds is its own affair.
            let elsewhere = Purpose::Probe(ProbeId::PathSlash);
            run.add(Step::Challenge, elsewhere, "https://gw.example/mcp/", 401, "text/plain", "");
            run.header(elsewhere, "www-authenticate", Some("Basic realm=\"admin\""));
        });
        let failing_now: Vec<_> =
            run.failing().into_iter().filter(|id| *id != "rs-valid-token-accepted").collect();
        assert_eq!(failing_now, failing, "{value} {protocol_version}");
    }
}

#[test]
fn two_bearer_challenges_are_read_together() {
    let named = format!("Bearer resource_metadata=\"{METADATA_URL}\", scope=\"mcp:read\"");
    for second in ["Bearer", "Bearer realm=\"x\""] {
        for order in [[second, &named], [&named, second]] {
            let run = mutated(V2, |run| {
                challenge(run, order[0]);
                run.response(CHALLENGE).headers.push("www-authenticate", order[1]);
            });
            assert_eq!(run.failing(), ["rs-one-bearer-challenge"], "{order:?}");
        }
    }
    let run = mutated(V3, |run| {
        challenge(run, &named);
        run.response(CHALLENGE).headers.push("www-authenticate", "Bearer error=\"invalid_request\"");
    });
    assert_eq!(run.failing(), ["rs-no-error-without-creds", "rs-one-bearer-challenge"]);
}

#[test]
fn a_resource_for_bound_tokens_may_challenge_with_dpop() {
    let run = mutated(V3, |run| {
        challenge(run, "DPoP algs=\"ES256\", scope=\"c\"");
        run.set(RESOURCE, "/dpop_bound_access_tokens_required", json!(true));
    });
    assert_eq!(run.failing(), ["prm-plain-bearer"]);
    let run = mutated(V3, |run| challenge(run, "DPoP algs=\"ES256\", scope=\"c\""));
    assert_eq!(run.failing(), ["rs-401-www-authenticate"]);
}

#[test]
fn values_of_the_challenge_hold_only_what_they_may() {
    for (value, right) in [
        ("Bearer scope=\"read write\"", true),
        ("Bearer scope=\"read\\\\x\"", false),
        ("Bearer scope=\"read\\\"x\"", false),
        ("Bearer scope=\"read\tx\"", false),
        ("Bearer scope=\"lire-é\"", false),
        ("Bearer scope=\"c\", realm=\"Gewölbe\"", true),
    ] {
        let run = mutated(V3, |run| challenge(run, value));
        assert_eq!(run.verdict("rs-challenge-syntax") == Verdict::Pass, right, "{value}");
    }
    for told in ["error=\"x\"", "error_description=\"no token\"", "error_uri=\"https://x.example/\""] {
        let run = mutated(V3, |run| challenge(run, &format!("Bearer scope=\"c\", {told}")));
        assert_eq!(run.failing(), ["rs-no-error-without-creds"], "{told}");
    }
}

#[test]
fn a_server_of_a_later_protocol_version_is_told_and_not_judged() {
    for code in [-32020, -32021, -32022] {
        let body =
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": code, "message": "x" } }).to_string();
        let run = mutated(V3, |run| {
            run.respond(CHALLENGE, 400, JSON, &body);
            run.respond(Purpose::Initialize, 400, JSON, &body);
            run.remove(Purpose::Initialized);
        });
        for check in ["rs-unauth-401", "mcp-initialize"] {
            let verdict = run.verdict(check);
            assert!(
                matches!(&verdict, Verdict::Untestable(why) if why.to_string().contains("2026-07-28")),
                "{verdict:?}"
            );
        }
    }
    let version = "/result/protocolVersion";
    let run = mutated(V3, |run| run.set(Purpose::Initialize, version, json!("2027-05-01")));
    assert!(is_inconclusive(&run.verdict("mcp-version-negotiation")));
    for odd in ["2025-11-26", "9", "2099", "latest"] {
        let run = mutated(V3, |run| run.set(Purpose::Initialize, version, json!(odd)));
        assert!(fails(&run.verdict("mcp-version-negotiation")), "{odd}");
    }
}
