//! Verdicts that were false once about registration, places of documents and levels: each row is another peer of the same
//! kind.

use serde_json::{Value::Null, json};

use super::good::{CHALLENGE, METADATA_URL, RESOURCE, Run, SERVER};
use super::mutated;
use crate::check::{Verdict, find};
use crate::exchange::{FailureKind, ProbeId, Purpose, TransportFailure};
use crate::specification::ProtocolVersion::{V2025_06_18 as V2, V2025_11_25 as V3, V2026_07_28 as V4};
use crate::specification::{Level, Step};

const JSON: &str = "application/json";
const REGISTRATION: Purpose = Purpose::Registration;

fn is_inconclusive(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Inconclusive(_))
}

fn is_untestable(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Untestable(_))
}

fn fails(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Fail(_))
}

/// Another challenge of the first 401.
fn challenge(run: &mut Run, value: &str) {
    run.header(CHALLENGE, "www-authenticate", Some(value));
}

#[test]
fn a_registration_that_fails_for_another_reason_passes_nothing() {
    let checks = ["dcr-open", "as-application-type-ok", "dcr-redirect-uris"];
    for (status, body) in [
        (500, r#"{"error":"server_error"}"#),
        (500, "oops"),
        (404, r#"{"error":"not_found"}"#),
        (400, r#"{"error":"invalid_client_metadata","error_description":"software_id is missing"}"#),
    ] {
        let run = mutated(V3, |run| {
            run.respond(REGISTRATION, status, JSON, body);
            run.until(Step::Registration);
        });
        for check in checks {
            assert!(is_untestable(&run.verdict(check)), "{check} {status} {body}: {:?}", run.verdict(check));
        }
    }
    for description in
        ["redirect_uris must use https", "Invalid redirect URI", "the callback URL is not allowed"]
    {
        let body =
            json!({ "error": "invalid_client_metadata", "error_description": description }).to_string();
        let run = mutated(V3, |run| {
            run.respond(REGISTRATION, 400, JSON, &body);
            run.until(Step::Registration);
        });
        assert!(fails(&run.verdict("dcr-redirect-uris")), "{description}");
    }
    let run = mutated(V3, |run| {
        run.respond(CHALLENGE, 404, "text/html", "<html>");
        run.respond(RESOURCE, 404, "text/html", "<html>");
        run.until(Step::ResourceMetadata);
    });
    assert!(is_untestable(&run.verdict("mcp-auth-implemented")));
    let run = mutated(V3, |run| {
        run.respond(REGISTRATION, 500, JSON, r#"{"error":"server_error"}"#);
        run.until(Step::Registration);
    });
    assert_eq!(run.message("dcr-error-format"), "Registration fails with 500 and a JSON error");
}

#[test]
fn what_says_nothing_about_a_document_is_no_violation() {
    let run = mutated(V3, |run| {
        run.respond(RESOURCE, 429, "text/plain", "slow down");
        run.until(Step::ResourceMetadata);
    });
    assert!(is_inconclusive(&run.verdict("prm-present")));
    let run = mutated(V3, |run| {
        run.respond(SERVER, 429, "text/plain", "slow down");
        run.until(Step::ServerMetadata);
    });
    assert!(is_inconclusive(&run.verdict("as-metadata-present")));
    for kind in [FailureKind::Timeout, FailureKind::Connect, FailureKind::Dns] {
        let run = mutated(V3, |run| {
            run.exchange(RESOURCE).outcome = Err(TransportFailure { kind, detail: String::new() });
            run.until(Step::ResourceMetadata);
        });
        assert!(is_untestable(&run.verdict("prm-present")), "{kind:?}");
        let run = mutated(V3, |run| {
            run.exchange(SERVER).outcome = Err(TransportFailure { kind, detail: String::new() });
            run.until(Step::ServerMetadata);
        });
        assert!(is_untestable(&run.verdict("as-metadata-present")), "{kind:?}");
    }
}

#[test]
fn a_document_behind_a_redirect_is_found_and_not_passed() {
    for to in ["https://gw.example/metadata.json", "/metadata.json"] {
        let run = mutated(V3, |run| {
            let mut moved = run.exchange(RESOURCE).clone();
            let response = moved.outcome.as_mut().unwrap();
            response.status = 301;
            response.body = Vec::new().into();
            response.headers.push("location", to);
            let found =
                run.exchanges.iter().position(|exchange| exchange.request.url == METADATA_URL).unwrap();
            run.exchange(RESOURCE).request.url = "https://gw.example/metadata.json".to_owned();
            run.exchanges.insert(found, moved);
        });
        assert_eq!(run.verdict("prm-present"), Verdict::Pass);
        assert!(run.message("prm-200-json").contains("redirects (301)"), "{}", run.message("prm-200-json"));
    }
}

#[test]
fn every_endpoint_that_is_no_url_is_named() {
    let run = mutated(V3, |run| {
        for name in ["authorization_endpoint", "token_endpoint", "revocation_endpoint"] {
            run.set(SERVER, &format!("/{name}"), json!("/auth/x"));
        }
    });
    let message = run.message("as-endpoints-present");
    for name in ["authorization_endpoint", "token_endpoint", "revocation_endpoint"] {
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn the_document_the_walk_did_not_read_is_judged_too() {
    let openid = Purpose::Probe(ProbeId::ServerMetadataOpenId);
    let url = "https://as.example/.well-known/openid-configuration";
    let spoilt = |member: &'static str| {
        mutated(V3, move |run| {
            let body = String::from_utf8(run.response(SERVER).body.to_vec()).unwrap();
            run.add(Step::ServerMetadata, openid, url, 200, JSON, &body);
            run.set(openid, &format!("/{member}"), Null);
        })
    };
    assert_eq!(spoilt("service_documentation").failing(), [""; 0]);
    assert_eq!(spoilt("code_challenge_methods_supported").failing(), ["as-pkce-advertised"]);
    assert_eq!(spoilt("subject_types_supported").failing(), ["as-oidc-fields"]);
    assert_eq!(spoilt("registration_endpoint").failing(), ["as-documents-agree"]);
    let run = mutated(V3, |run| {
        let body = String::from_utf8(run.response(SERVER).body.to_vec()).unwrap();
        run.add(Step::ServerMetadata, openid, url, 200, JSON, &body);
        run.set(openid, "/grant_types_supported", json!(["refresh_token", "authorization_code"]));
    });
    assert_eq!(run.failing(), [""; 0], "a list is a set");
}

#[test]
fn levels_are_those_of_the_text() {
    let level = |check: &str, protocol_version| find(check).unwrap().levels.of(protocol_version);
    for (check, protocol_version, expected) in [
        ("as-cimd-supported", V3, Level::Should),
        ("as-cimd-supported", V4, Level::Should),
        ("prm-recommended-fields", V3, Level::Should),
        ("prm-path-insertion", V2, Level::Must),
        ("prm-path-insertion", V3, Level::May),
        ("prm-signed-metadata-once", V3, Level::Should),
        ("dcr-client-id-form", V3, Level::May),
        ("as-invalid-target", V3, Level::May),
        ("prm-per-path", V3, Level::May),
        ("prm-sources-agree", V3, Level::May),
        ("as-token-auth-methods", V3, Level::May),
        ("mcp-host-rejected", V3, Level::May),
    ] {
        assert_eq!(level(check, protocol_version), Some(expected), "{check} {protocol_version}");
    }
    let run = mutated(V3, |run| run.set(SERVER, "/client_id_metadata_document_supported", json!(false)));
    assert_eq!(run.failing(), ["as-cimd-supported"], "dynamic registration does not replace it");
}

#[test]
fn a_relative_url_in_the_challenge_is_followed_to_tell_and_never_passed() {
    let run = mutated(V3, |run| {
        challenge(run, "Bearer scope=\"c\", resource_metadata=\"/mcp/.well-known/oauth-protected-resource\"");
        run.exchange(RESOURCE).request.url =
            "https://gw.example/mcp/.well-known/oauth-protected-resource".to_owned();
    });
    let failing = run.failing();
    for check in ["rs-401-resource-metadata", "prm-present", "prm-path-insertion"] {
        assert!(failing.contains(&check), "{failing:?}");
    }
}
