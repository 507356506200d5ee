//! Where metadata is looked for, and where a client stops with what it finds.

use serde_json::{Value, json};

use super::peers::{
    AUTHORIZE, ISSUER, OPENID, ORIGIN, ORIGIN_SERVER, Peers, RESOURCE, ROOT, Reply, SERVER, TARGET, metadata,
};
use crate::exchange::Purpose;
use crate::flow::{Outcome, RefusalKind, RequiredEndpoint, StuckReason};
use crate::specification::ProtocolVersion::{self, V2025_03_26, V2025_06_18, V2025_11_25, V2026_07_28};
use crate::specification::ResourceMetadataLocation as Location;
use crate::specification::Step;

const WITH_RESOURCE: [ProtocolVersion; 3] = [V2025_06_18, V2025_11_25, V2026_07_28];

fn challenged(protocol_version: ProtocolVersion, parameters: &str) -> Peers {
    let mut peers = Peers::good(protocol_version);
    peers.opening(Reply::challenge(parameters));
    peers
}

#[test]
fn resource_metadata_is_looked_for_by_header_then_path_then_root() {
    let named = "https://gw.example/elsewhere";
    for protocol_version in WITH_RESOURCE {
        let mut peers = challenged(protocol_version, &format!("resource_metadata=\"{named}\""));
        peers.nothing_at(RESOURCE);
        let walk = peers.walk();
        assert_eq!(walk.urls(Step::ResourceMetadata), [named, RESOURCE, ROOT], "{protocol_version}");
        let purposes: Vec<_> = walk.requests[1..4].iter().map(|request| request.purpose).collect();
        let locations = [Location::Challenge, Location::PathInserted, Location::Root];
        assert_eq!(purposes, locations.map(Purpose::ResourceMetadata));
    }
}

#[test]
fn the_same_location_is_not_asked_twice() {
    let mut peers = Peers::good(V2025_11_25);
    peers.nothing_at(RESOURCE);
    assert_eq!(peers.walk().urls(Step::ResourceMetadata), [RESOURCE, ROOT]);
}

#[test]
fn the_first_location_that_answers_ends_the_search() {
    let peers = challenged(V2025_11_25, "realm=\"x\"");
    assert_eq!(peers.walk().urls(Step::ResourceMetadata), [RESOURCE]);
}

#[test]
fn a_location_in_the_challenge_that_is_no_url_is_passed_over() {
    let peers = challenged(V2025_11_25, "resource_metadata=\"/relative\"");
    assert_eq!(peers.walk().urls(Step::ResourceMetadata), [RESOURCE]);
}

#[test]
fn resource_metadata_is_not_looked_for_in_2025_03_26() {
    let peers = challenged(V2025_03_26, &format!("resource_metadata=\"{RESOURCE}\""));
    assert!(peers.walk().urls(Step::ResourceMetadata).is_empty());
}

#[test]
fn a_challenged_client_without_resource_metadata_takes_the_origin_as_issuer() {
    for protocol_version in WITH_RESOURCE {
        let mut peers = Peers::good(protocol_version);
        peers.nothing_at(RESOURCE);
        peers.document(ORIGIN_SERVER, metadata(ORIGIN));
        let walk = peers.walk();
        assert_eq!(walk.urls(Step::ServerMetadata), [ORIGIN_SERVER], "{protocol_version}");
        assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));
    }
}

#[test]
fn metadata_of_another_resource_makes_a_client_stop() {
    for protocol_version in WITH_RESOURCE {
        for (published, refused) in [
            (TARGET, false),
            ("https://gw.example/mcp/", false),
            (ORIGIN, false),
            ("https://gw.example/other", true),
            ("https://evil.example/mcp", true),
        ] {
            let mut peers = Peers::good(protocol_version);
            peers.member(RESOURCE, "resource", json!(published));
            let walk = peers.walk();
            let expected: &[_] = if refused { &[RefusalKind::ResourceMismatch] } else { &[] };
            assert_eq!(walk.refused(), expected, "{protocol_version} {published}");
            assert_eq!(walk.urls(Step::ServerMetadata).is_empty(), refused, "{protocol_version} {published}");
        }
    }
}

#[test]
fn an_issuer_with_a_path_has_three_forms_in_this_order() {
    let issuer = "https://as.example/t1";
    for protocol_version in [V2025_11_25, V2026_07_28] {
        let mut peers = Peers::good(protocol_version);
        peers.member(RESOURCE, "authorization_servers", json!([issuer]));
        assert_eq!(
            peers.walk().urls(Step::ServerMetadata),
            [
                "https://as.example/.well-known/oauth-authorization-server/t1",
                "https://as.example/.well-known/openid-configuration/t1",
                "https://as.example/t1/.well-known/openid-configuration",
            ],
            "{protocol_version}"
        );
    }
}

#[test]
fn an_issuer_without_a_path_has_two_forms() {
    let mut peers = Peers::good(V2025_11_25);
    peers.nothing_at(SERVER);
    assert_eq!(peers.walk().urls(Step::ServerMetadata), [SERVER, OPENID]);
}

#[test]
fn the_openid_forms_are_tried_in_2025_06_18_as_a_courtesy_and_not_in_2025_03_26() {
    let mut peers = Peers::good(V2025_06_18);
    peers.nothing_at(SERVER);
    peers.document(OPENID, metadata(ISSUER));
    let walk = peers.walk();
    assert_eq!(walk.urls(Step::ServerMetadata), [SERVER, OPENID]);
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));

    let mut peers = Peers::good(V2025_03_26);
    peers.nothing_at(ORIGIN_SERVER);
    assert_eq!(peers.walk().urls(Step::ServerMetadata), [ORIGIN_SERVER]);
}

#[test]
fn the_first_authorization_server_is_used_and_the_others_are_read() {
    let mut peers = Peers::good(V2025_06_18);
    peers.member(RESOURCE, "authorization_servers", json!([ISSUER, "https://other.example", ISSUER, "?"]));
    let walk = peers.walk();
    let other = "https://other.example/.well-known/oauth-authorization-server";
    assert_eq!(walk.urls(Step::ServerMetadata), [SERVER, other]);
    assert!(walk.authorizations[0].url.starts_with(AUTHORIZE));

    let many: Vec<_> = (0..50).map(|number| format!("https://{number}.example")).collect();
    peers.member(RESOURCE, "authorization_servers", json!(many));
    peers.scenario.client.issuer = Some(ISSUER.to_owned());
    assert_eq!(peers.walk().urls(Step::ServerMetadata).len(), 5, "a list is not followed for ever");
}

#[test]
fn default_endpoints_are_those_of_the_origin_in_2025_03_26_only() {
    for protocol_version in ProtocolVersion::ALL {
        let mut peers = Peers::good(protocol_version);
        peers.nothing_at(peers.server());
        peers.reply("https://gw.example/register", Reply::new(201, json!({ "client_id": "c1" })));
        peers.document("https://gw.example/token", json!({ "access_token": "t0ken" }));
        let walk = peers.walk();
        if protocol_version != V2025_03_26 {
            assert!(walk.authorizations.is_empty(), "{protocol_version}");
            assert!(matches!(
                walk.end,
                Some(Outcome::Stuck { because: StuckReason::NoServerMetadata(tried), .. }) if !tried.is_empty()
            ));
            continue;
        }
        assert_eq!(walk.urls(Step::Registration), ["https://gw.example/register"]);
        assert!(walk.authorizations[0].url.starts_with("https://gw.example/authorize?"));
        assert_eq!(walk.urls(Step::Token), ["https://gw.example/token"]);
        assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));
    }
}

#[test]
fn metadata_of_another_issuer_makes_a_client_stop() {
    for protocol_version in ProtocolVersion::ALL {
        let mut peers = Peers::good(protocol_version);
        for issuer in [json!("https://evil.example"), json!(""), Value::Null] {
            peers.member(peers.server(), "issuer", issuer);
            let walk = peers.walk();
            assert_eq!(walk.refused(), [RefusalKind::IssuerMismatch], "{protocol_version}");
            assert!(walk.urls(Step::Registration).is_empty(), "{protocol_version}");
        }
    }
}

#[test]
fn a_slash_at_the_end_of_the_issuer_matters_in_2026_07_28_only() {
    for protocol_version in ProtocolVersion::ALL {
        let mut peers = Peers::good(protocol_version);
        let issuer = if protocol_version == V2025_03_26 { ORIGIN } else { ISSUER };
        peers.member(peers.server(), "issuer", json!(format!("{issuer}/")));
        let expected: &[_] = if protocol_version == V2026_07_28 { &[RefusalKind::IssuerSlash] } else { &[] };
        assert_eq!(peers.walk().refused(), expected, "{protocol_version}");
    }
}

#[test]
fn a_client_stops_without_s256_from_2025_11_25_on() {
    for protocol_version in ProtocolVersion::ALL {
        for methods in [Value::Null, json!([]), json!(["plain"]), json!("S256")] {
            let mut peers = Peers::good(protocol_version);
            peers.member(peers.server(), "code_challenge_methods_supported", methods);
            let walk = peers.walk();
            let refused = matches!(protocol_version, V2025_11_25 | V2026_07_28);
            let expected: &[_] = if refused { &[RefusalKind::PkceNotAdvertised] } else { &[] };
            assert_eq!(walk.refused(), expected, "{protocol_version}");
            assert_eq!(walk.authorizations.is_empty(), refused, "{protocol_version}");
        }
    }
}

#[test]
fn every_refusal_of_a_document_is_said_and_can_be_overruled() {
    let mut peers = Peers::good(V2026_07_28);
    peers.overrule = true;
    peers.member(RESOURCE, "resource", json!("https://evil.example"));
    peers.member(SERVER, "issuer", json!("https://evil.example"));
    peers.member(SERVER, "code_challenge_methods_supported", Value::Null);
    let walk = peers.walk();
    assert_eq!(
        walk.refused(),
        [RefusalKind::ResourceMismatch, RefusalKind::IssuerMismatch, RefusalKind::PkceNotAdvertised]
    );
    assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)));
}

#[test]
fn an_endpoint_that_is_missing_or_relative_ends_the_walk() {
    for endpoint in [RequiredEndpoint::Authorization, RequiredEndpoint::Token] {
        for value in [Value::Null, json!("/relative")] {
            let mut peers = Peers::good(V2025_11_25);
            peers.member(SERVER, endpoint.member(), value.clone());
            let because = StuckReason::NoEndpoint(endpoint, value.as_str().map(str::to_owned));
            let end = Outcome::Stuck { awaiting: Step::ServerMetadata, because };
            assert_eq!(peers.walk().end, Some(end));
        }
    }
}

#[test]
fn endpoints_are_used_exactly_as_published() {
    let mut peers = Peers::good(V2025_11_25);
    let (register, token) = ("https://AS.example:443/r?x=1", "https://AS.example:443/t?x=1");
    peers.member(SERVER, "registration_endpoint", json!(register));
    peers.member(SERVER, "token_endpoint", json!(token));
    peers.reply(register, Reply::new(201, json!({ "client_id": "c1" })));
    peers.document(token, json!({ "access_token": "t0ken" }));
    let walk = peers.walk();
    assert_eq!(walk.urls(Step::Registration), [register]);
    assert_eq!(walk.urls(Step::Token)[0], token);
    assert!(walk.authorizations[0].url.starts_with(AUTHORIZE));
}

#[test]
fn an_open_server_is_asked_for_more_before_it_counts_as_open() {
    for (protocol_version, first) in [(V2025_11_25, "initialize"), (V2026_07_28, "server/discover")] {
        let mut peers = Peers::good(protocol_version);
        peers.opening(Reply::result(json!({})).header("mcp-session-id", "open"));
        peers.reply("tools/list", Reply::result(json!({ "tools": [] })));
        peers.reply("tools/call", Reply::challenge(&format!("resource_metadata=\"{RESOURCE}\"")));
        let walk = peers.walk();
        assert_eq!(walk.methods(Step::Challenge), [first, "tools/list", "tools/call"]);
        assert_eq!(walk.end, Some(Outcome::Reached(Step::Session)), "{protocol_version}");
        assert_eq!(walk.requests[1].headers.get("mcp-session-id").unwrap(), "open");
        assert_eq!(walk.requests[2].headers.get("mcp-session-id").unwrap(), "open");
        let name = walk.requests[2].headers.get("mcp-name");
        assert_eq!(name.is_some(), protocol_version == V2026_07_28, "{protocol_version}");
    }
}

#[test]
fn an_open_server_is_asked_no_further_than_its_first_challenge() {
    let mut peers = Peers::good(V2025_11_25);
    peers.opening(Reply::result(json!({})));
    peers.reply("tools/list", Reply::challenge("realm=\"x\""));
    assert_eq!(peers.walk().methods(Step::Challenge), ["initialize", "tools/list"]);
}

#[test]
fn a_server_that_is_open_and_publishes_nothing_has_nothing_to_walk() {
    let mut peers = Peers::good(V2025_11_25);
    for method in ["initialize", "tools/list", "tools/call"] {
        peers.reply(method, Reply::result(json!({})));
    }
    peers.nothing_at(RESOURCE);
    let end = Outcome::Stuck { awaiting: Step::ResourceMetadata, because: StuckReason::NothingProtected };
    assert_eq!(peers.walk().end, Some(end));
}
