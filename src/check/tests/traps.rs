//! Where a judge could be too strict or too lax, one recorded run each: what the specifications leave open, and what
//! gateways and authorization servers are known to do.

use serde_json::{Value, json};

use super::good::{CHALLENGE, RESOURCE, Run, SERVER, TARGET};
use super::mutated;
use crate::check::{CATALOGUE, NormativeSource, Verdict, find};
use crate::document::identifier::Identifier;
use crate::exchange::{Exchange, ProbeId, Purpose};
use crate::probe;
use crate::specification::ProtocolVersion::{self, V2025_11_25 as V3, V2026_07_28 as V4};
use crate::specification::{Level, Party, ResourceMetadataLocation, ServerMetadataLocation, Step};

const JSON: &str = "application/json";

fn probed(run: &mut Run, step: Step, id: ProbeId, status: u16, body: &str) {
    run.add(step, Purpose::Probe(id), TARGET, status, JSON, body);
}

/// A server whose issuer has a path, with its document where that location is.
fn tenant(run: &mut Run, location: ServerMetadataLocation) -> String {
    run.set(RESOURCE, "/authorization_servers", json!(["https://as.example/t"]));
    run.set(SERVER, "/issuer", json!("https://as.example/t"));
    run.exchange(SERVER).request.purpose = Purpose::ServerMetadata(location);
    run.response(SERVER).text().into_owned()
}

#[test]
fn t04_the_issuer_is_compared_with_the_resource_metadata_not_with_the_place_of_the_document() {
    let run = mutated(V3, |run| {
        let document = tenant(run, ServerMetadataLocation::OAuthInserted);
        run.exchange(SERVER).request.url = "https://as.example/.well-known/oauth-authorization-server".into();
        assert!(document.contains("/t\""));
    });
    assert_eq!(run.verdict("as-issuer-matches"), Verdict::Pass);
    let other =
        mutated(V3, |run| run.set(RESOURCE, "/authorization_servers", json!(["https://as.example/t"])));
    assert!(other.failing().contains(&"as-issuer-matches"));
}

#[test]
fn an_error_in_the_challenge_is_right_where_a_token_was_sent() {
    let edited = mutated(V3, |run| {
        run.header(CHALLENGE, "www-authenticate", Some("Bearer error=\"invalid_token\", scope=\"c\""));
        run.exchange(CHALLENGE).request.headers.set("authorization", "Bearer abc");
    });
    assert!(matches!(edited.verdict("rs-no-error-without-creds"), Verdict::NotApplicable(_)));
}

#[test]
fn t06_a_document_behind_the_path_is_a_hint_and_never_found() {
    let appended = |protocol_version, right: u16| {
        mutated(protocol_version, |run| {
            let document = tenant(run, ServerMetadataLocation::OpenIdAppended);
            probed(run, Step::ServerMetadata, ProbeId::ServerMetadataOAuth, right, &document);
            probed(run, Step::ServerMetadata, ProbeId::ServerMetadataAppended, 200, &document);
        })
    };
    // 2025-06-18 knows no OpenID document; later that one is enough, and one more behind the path harms nobody.
    let v2 = ProtocolVersion::V2025_06_18;
    assert!(appended(v2, 404).message("as-well-known-insertion").contains("no client looks"));
    assert_eq!(appended(v2, 200).verdict("as-well-known-insertion"), Verdict::Pass);
    assert!(matches!(appended(V3, 404).verdict("as-well-known-insertion"), Verdict::NotApplicable(_)));
    let nowhere = mutated(v2, |run| {
        tenant(run, ServerMetadataLocation::OpenIdAppended);
        probed(run, Step::ServerMetadata, ProbeId::ServerMetadataAppended, 404, "");
    });
    assert_eq!(nowhere.verdict("as-well-known-insertion"), Verdict::Pass);
}

#[test]
fn t07_the_root_is_no_place_for_the_document_of_an_issuer_with_a_path() {
    let issuer = Identifier::parse("https://as.example/t").unwrap();
    for protocol_version in [V3, V4] {
        let order = protocol_version.server_metadata_order();
        let places: Vec<_> = order.iter().filter_map(|&location| issuer.server_metadata(location)).collect();
        assert!(places.len() == 3 && places.iter().all(|place| place.contains("/t")), "{places:?}");
    }
}

#[test]
fn t09_an_unusable_answer_does_not_hide_the_document_after_it() {
    for (status, media, body) in [(200, "text/html", "<html>app</html>"), (404, JSON, ""), (302, JSON, "")] {
        let run = mutated(V3, |run| {
            let at = run.exchanges.iter().position(|e| e.request.purpose == RESOURCE).unwrap();
            let mut good = run.exchanges[at].clone();
            good.request.purpose = Purpose::ResourceMetadata(ResourceMetadataLocation::PathInserted);
            run.respond(RESOURCE, status, media, body);
            run.exchanges.insert(at + 1, good);
            run.header(CHALLENGE, "www-authenticate", Some("Bearer scope=\"a\""));
        });
        assert_eq!(run.verdict("prm-present"), Verdict::Pass, "{status}");
        assert_eq!(run.verdict("prm-resource-matches"), Verdict::Pass, "{status}");
    }
}

#[test]
fn t13_a_400_instead_of_a_challenge_decides_nothing_about_a_token() {
    let run = mutated(V4, |run| probed(run, Step::Session, ProbeId::SchemeBasic, 400, ""));
    assert!(matches!(run.verdict("rs-foreign-scheme-refused"), Verdict::Inconclusive(_)));
}

#[test]
fn t15_an_unauthenticated_get_or_delete_may_be_refused_with_401_404_or_405() {
    for id in [ProbeId::GetWithoutToken, ProbeId::DeleteWithoutToken] {
        let answered = |status, field: &'static str, value: &str| {
            mutated(V3, |run| {
                probed(run, Step::Challenge, id, status, "");
                run.header(Purpose::Probe(id), field, Some(value));
            })
        };
        let challenge = "Bearer scope=\"a\"";
        for (status, field, value) in
            [(401, "www-authenticate", challenge), (404, "x-other", "a"), (405, "allow", "POST")]
        {
            assert_eq!(answered(status, field, value).failing(), [""; 0], "{id} {status}");
        }
        let broken = answered(500, "x-other", "a").verdict("rs-auth-every-method");
        assert!(!matches!(broken, Verdict::Pass | Verdict::Fail(_)), "{id}: {broken:?}");
        let served = answered(200, "content-type", "text/event-stream").failing();
        assert!(served.contains(&"rs-auth-every-method"), "{id}: {served:?}");
    }
}

#[test]
fn t14_a_server_that_opens_legacy_sessions_need_not_list_legacy_protocol_versions() {
    let initialized = |body| {
        mutated(V4, |run| probed(run, Step::Session, ProbeId::InitializeLegacy, 200, body))
            .verdict("mcp-initialize-hint")
    };
    let opened = initialized(r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}"#);
    assert!(matches!(opened, Verdict::NotApplicable(_)), "{opened:?}");
    let refused = initialized(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#);
    assert!(matches!(refused, Verdict::Fail(_)), "{refused:?}");
}

/// As FastMCP's `OAuthProxy` does it, which is gateway and authorization server in one.
#[test]
fn t24_a_token_for_its_issuer_alone_may_be_signed_with_a_shared_secret() {
    let shared = |mutate: fn(&mut Run)| {
        mutated(V3, |run| {
            run.remove(Purpose::Keys);
            run.set(SERVER, "/jwks_uri", Value::Null);
            run.token(|header, _| *header = json!({ "alg": "HS256", "typ": "JWT" }));
            mutate(run);
        })
        .verdict("jwt-alg")
    };
    let alone = shared(|_| {});
    assert!(matches!(alone, Verdict::NotApplicable(_)), "{alone:?}");
    // A key set may be there for ID tokens.
    let published = shared(|run| run.set(SERVER, "/jwks_uri", json!("https://as.example/keys")));
    assert!(matches!(published, Verdict::NotApplicable(_)), "{published:?}");
    let spoils: [fn(&mut Run); 3] = [
        |run| run.token(|header, _| header["typ"] = json!("at+jwt")),
        |run| run.token(|header, _| header["alg"] = json!("none")),
        |run| run.respond(Purpose::Initialize, 401, JSON, ""),
    ];
    for (at, mutate) in spoils.into_iter().enumerate() {
        assert!(matches!(shared(mutate), Verdict::Fail(_)), "{at}");
    }
}

#[test]
fn t42_a_token_that_is_no_good_any_more_proves_nothing() {
    let after = |again, body| {
        mutated(V3, |run| {
            probed(run, Step::Session, ProbeId::OpeningAgain, again, body);
            probed(run, Step::Session, ProbeId::SchemeLowerCase, 401, "");
        })
        .verdict("rs-scheme-case")
    };
    let good = after(200, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    assert!(matches!(good, Verdict::Fail(_)), "{good:?}");
    let ended = after(401, "");
    assert!(matches!(ended, Verdict::Untestable(_)), "{ended:?}");
}

#[test]
fn t42_probes_carry_the_token_of_the_refresh_which_may_have_ended_the_first() {
    let carried = |run: &Run, id| {
        let request = probe::find(id).request(&run.scenario, &run.history()).unwrap();
        request.headers.get("authorization").unwrap().into_owned()
    };
    let mut run = Run::good(V3);
    for purpose in [Purpose::Initialize, Purpose::Initialized] {
        let request = &mut run.exchange(purpose).request;
        request.headers.push("authorization", "Bearer first");
        request.body = br#"{"jsonrpc":"2.0","id":1,"method":"x"}"#.to_vec();
    }
    run.set(Purpose::Refresh, "/access_token", json!("second"));
    for id in
        [ProbeId::OpeningAgain, ProbeId::OriginForeign, ProbeId::List, ProbeId::InitializeUnknownVersion]
    {
        assert_eq!(carried(&run, id), "Bearer second", "{id}");
    }
    assert_eq!(carried(&run, ProbeId::SchemeLowerCase), "bearer second");
    run.respond(Purpose::Refresh, 400, JSON, r#"{"error":"invalid_grant"}"#);
    assert_eq!(carried(&run, ProbeId::OriginForeign), "Bearer first");
}

#[test]
fn t17_an_ended_session_is_404_and_a_401_for_it_decides_nothing() {
    let ended = |status| {
        mutated(V3, |run| {
            let list = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#;
            probed(run, Step::Session, ProbeId::List, 200, list);
            probed(run, Step::Session, ProbeId::SessionEnd, 200, "");
            probed(run, Step::Session, ProbeId::SessionEnded, status, "");
        })
        .verdict("mcp-session-ended-404")
    };
    assert_eq!(ended(404), Verdict::Pass);
    assert!(matches!(ended(401), Verdict::Inconclusive(_)), "{:?}", ended(401));
    assert!(matches!(ended(200), Verdict::Fail(_)), "{:?}", ended(200));
}

#[test]
fn t20_the_scope_of_the_challenge_need_not_be_a_supported_one() {
    let run = mutated(V3, |run| {
        let value = run.response(CHALLENGE).headers.get("www-authenticate").unwrap().into_owned();
        run.header(CHALLENGE, "www-authenticate", Some(&value.replace("mcp:read mcp:write", "of:its-own")));
    });
    assert_eq!(run.failing(), [""; 0]);
}

#[test]
fn t21_an_error_without_credentials_is_a_warning() {
    let run = mutated(V3, |run| {
        let value = run.response(CHALLENGE).headers.get("www-authenticate").unwrap().into_owned();
        run.header(CHALLENGE, "www-authenticate", Some(&format!("{value}, error=\"invalid_token\"")));
    });
    assert_eq!(run.failing(), ["rs-no-error-without-creds"]);
    let levels = find("rs-no-error-without-creds").unwrap().levels;
    assert!(
        ProtocolVersion::ALL
            .iter()
            .all(|&protocol_version| levels.of(protocol_version) <= Some(Level::Should))
    );
}

#[test]
fn t22_a_redirect_of_the_target_is_judged_and_not_followed() {
    let redirected = |to: &str| {
        let mut run = Run::good(V3);
        probed(&mut run, Step::Challenge, ProbeId::PathSlash, 308, "");
        run.header(Purpose::Probe(ProbeId::PathSlash), "location", Some(to));
        run
    };
    assert_eq!(redirected("https://gw.example/mcp").failing(), [""; 0]);
    for to in ["http://gw.example/mcp", "https://mcp.cluster.internal/mcp"] {
        assert_ne!(redirected(to).failing(), [""; 0], "{to}");
    }
}

#[test]
fn t24_a_token_of_the_server_behind_a_facade_is_named_as_such() {
    let run = mutated(V3, |run| run.token(|_, claims| claims["iss"] = json!("https://idp.example/")));
    assert_eq!(run.failing(), ["jwt-iss"]);
    let level = find("jwt-iss").unwrap().levels.of(V3);
    assert_eq!(level, Some(Level::Should), "the resource decides, as the design may mean it so");
}

#[test]
fn t28_any_origin_is_a_violation_on_this_machine_and_a_warning_elsewhere() {
    let levels = |id| find(id).unwrap().levels.of(V3);
    assert_eq!(levels("mcp-origin-rejected"), Some(Level::Must));
    assert_eq!(levels("mcp-origin-checked"), Some(Level::Should));
    let asked =
        |status, body| mutated(V3, |run| probed(run, Step::Session, ProbeId::OriginForeign, status, body));
    assert!(asked(200, "{}").message("mcp-origin-checked").contains("another site"));
    assert_eq!(asked(403, "").verdict("mcp-origin-checked"), Verdict::Pass);
    assert!(matches!(asked(404, "").verdict("mcp-origin-checked"), Verdict::Inconclusive(_)));
    assert!(matches!(asked(200, "{}").verdict("mcp-origin-rejected"), Verdict::NotApplicable(_)));
    let before = ProtocolVersion::V2025_06_18;
    let earlier = mutated(before, |run| probed(run, Step::Session, ProbeId::OriginForeign, 404, ""));
    assert_eq!(earlier.verdict("mcp-origin-checked"), Verdict::Pass);
}

#[test]
fn t32_a_form_or_an_error_with_200_is_told_apart() {
    let form = "access_token=opaque&token_type=bearer&expires_in=9&scope=a&refresh_token=r";
    let form = mutated(V3, |run| run.respond(Purpose::Token, 200, "application/x-www-form-urlencoded", form));
    assert!(form.message("token-200-json").contains("a form"));
    let error = r#"{"error":"bad_verification_code"}"#;
    let error = mutated(V3, |run| run.respond(Purpose::Token, 200, JSON, error));
    assert!(matches!(error.verdict("token-200-json"), Verdict::Untestable(_)));
    assert!(error.message("token-error-format").contains("bad_verification_code"));
}

#[test]
fn t35_rotation_is_for_public_clients_without_a_key_and_no_refresh_token_is_legal() {
    const ROTATED: &str = "refresh-token-rotated";
    let kept = |run: &mut Run| run.set(Purpose::Refresh, "/refresh_token", json!("refresh-token-value"));
    assert!(matches!(mutated(V3, kept).verdict(ROTATED), Verdict::Fail(_)));
    let bound = mutated(V3, |run| {
        kept(run);
        run.set(Purpose::Refresh, "/token_type", json!("DPoP"));
    });
    let by_header = mutated(V3, |run| {
        kept(run);
        run.exchange(Purpose::Refresh).request.headers.push("authorization", "Basic YTpi");
    });
    let by_form = mutated(V3, |run| {
        kept(run);
        run.exchange(Purpose::Refresh).request.body.extend(b"&client_secret=x");
    });
    let none = mutated(V3, |run| {
        run.set(Purpose::Token, "/refresh_token", Value::Null);
        run.remove(Purpose::Refresh);
    });
    for run in [bound, by_header, by_form, none] {
        assert!(matches!(run.verdict(ROTATED), Verdict::NotApplicable(_)), "{:?}", run.verdict(ROTATED));
    }
}

#[test]
fn t36_pkce_that_is_not_advertised_is_missing() {
    let run = mutated(V3, |run| run.set(SERVER, "/code_challenge_methods_supported", Value::Null));
    assert_eq!(run.failing(), ["as-pkce-advertised"]);
}

#[test]
fn t43_a_login_that_is_remembered_is_a_control_too() {
    let again = |status, location: Option<&str>| {
        mutated(V3, |run| {
            let (id, url) = (ProbeId::AuthorizeAgain, run.authorization.as_ref().unwrap().url.clone());
            let url = format!("{url}&redirect_uri=http%3A%2F%2F127.0.0.1%3A3456%2Fcallback");
            run.add(Step::Authorization, Purpose::Probe(id), &url, status, "text/html", "");
            run.header(Purpose::Probe(id), "location", location);
            probed(run, Step::Authorization, ProbeId::AuthorizeChallengeMissing, 400, "");
        })
        .verdict("authz-pkce-required")
    };
    assert_eq!(again(302, Some("http://127.0.0.1:3456/callback?code=next&state=x")), Verdict::Pass);
    assert_eq!(again(302, Some("/login")), Verdict::Pass);
    let refused = again(302, Some("http://127.0.0.1:3456/callback?error=access_denied"));
    assert!(matches!(refused, Verdict::Untestable(_)), "{refused:?}");
}

#[test]
fn t41_a_refusal_after_probes_is_not_put_down_to_the_token_of_the_walk() {
    let run = mutated(V3, |run| {
        probed(run, Step::Session, ProbeId::TokenUnknown, 401, "");
        probed(run, Step::Session, ProbeId::List, 401, "");
        probed(run, Step::Session, ProbeId::SessionMissing, 401, "");
    });
    assert_eq!(run.verdict("rs-valid-token-accepted"), Verdict::Pass);
    let after = run.verdict("mcp-session-missing-400");
    assert!(matches!(after, Verdict::Untestable(_)), "{after:?}");
}

#[test]
fn t26_what_is_published_is_asked_for_as_clients_ask_and_forged_fields_go_where_nothing_is_cached() {
    let run = Run::good(V3);
    let history = run.history();
    for id in [
        ProbeId::ResourceMetadataAtPath,
        ProbeId::ResourceMetadataFromScript,
        ProbeId::ServerMetadataFromScript,
    ] {
        let Ok(request) = probe::find(id).request(&run.scenario, &history) else { continue };
        assert!(!request.url.contains('?') && request.headers.get("cache-control").is_none(), "{id}");
    }
    let forged = probe::find(ProbeId::ForwardedHost).request(&run.scenario, &history).unwrap();
    assert_eq!(forged.url, TARGET, "a response to POST is kept by no cache (RFC 9111 §4)");
}

#[test]
fn t46_pragma_is_not_asked_for_and_does_not_do_for_no_store() {
    let run = Run::good(V3);
    let token = run.exchanges.iter().find(|exchange| exchange.request.purpose == Purpose::Token);
    assert!(token.and_then(Exchange::response).unwrap().headers.get("pragma").is_none());
    assert_eq!(run.verdict("token-no-store"), Verdict::Pass);
    let old = mutated(V3, |run| {
        run.header(Purpose::Token, "cache-control", None);
        run.header(Purpose::Token, "pragma", Some("no-cache"));
    });
    assert_eq!(old.failing(), ["token-no-store"]);
}

#[test]
fn t47_a_registration_with_200_is_a_warning() {
    let run = mutated(V3, |run| run.status(Purpose::Registration, 200));
    assert_eq!(run.failing(), ["dcr-201-json"]);
    assert!(find("dcr-201-json").unwrap().levels.of(V3) <= Some(Level::Should));
}

#[test]
fn t48_what_only_an_rfc_says_is_labelled() {
    for check in CATALOGUE {
        for protocol_version in ProtocolVersion::ALL {
            let own = format!("MCP {protocol_version}");
            let of_mcp = check.all_cites().any(|cite| cite.document == own);
            let source = check.source(protocol_version);
            assert_eq!(source == NormativeSource::Mcp, of_mcp, "{} {protocol_version}", check.id);
        }
    }
    let source = |check: &str, protocol_version| find(check).unwrap().source(protocol_version);
    assert_eq!(source("authz-loopback-port", V3), NormativeSource::Rfc);
    assert_eq!(source("refresh-token-rotated", V3), NormativeSource::Mcp);
    assert_eq!(source("as-issuer-matches", V3), NormativeSource::Rfc);
    assert_eq!(source("as-issuer-matches", V4), NormativeSource::Mcp);
}

#[test]
fn t52_citations_are_pinned_to_an_protocol_version_or_a_revision() {
    for cite in CATALOGUE.iter().flat_map(|check| check.all_cites()) {
        assert!(!cite.url.contains("/draft/") && !cite.url.contains("/latest/"), "{}", cite.url);
        if let Some(date) = cite.document.strip_prefix("MCP ") {
            assert!(ProtocolVersion::from_date(date).is_some() && cite.url.contains(date), "{}", cite.url);
        }
        if cite.url.contains("datatracker") {
            let name = cite.url.split('#').next().unwrap();
            let revision = name.rsplit('-').next().unwrap();
            assert!(revision.len() == 2 && revision.parse::<u8>().is_ok(), "{}", cite.url);
        }
    }
}

#[test]
fn t53_what_the_authorization_server_does_is_not_put_down_to_the_gateway() {
    let of_server = ["dcr-", "authz-", "token-", "jwt-", "refresh-", "revocation-"];
    let of_resource = ["rs-", "mcp-"];
    for check in CATALOGUE {
        let named = |prefixes: &[&str]| prefixes.iter().any(|prefix| check.id.starts_with(prefix));
        let server = check.party == Party::AuthorizationServer;
        assert!(server || !named(&of_server), "{}", check.id);
        assert!(!server || !named(&of_resource), "{}", check.id);
    }
}

#[test]
fn t55_a_slash_added_by_the_server_has_the_verdict_of_any_slash() {
    let run = mutated(V3, |run| {
        run.set(RESOURCE, "/authorization_servers", json!(["https://as.example"]));
        run.callback_query("");
    });
    assert!(run.failing().contains(&"as-issuer-slash"), "{:?}", run.failing());
    assert_eq!(run.verdict("as-issuer-matches"), Verdict::Pass);
}

#[test]
fn a_refusal_for_another_reason_decides_nothing() {
    let refused = |status, challenge: Option<&str>| {
        let mut run = Run::good(V3);
        probed(&mut run, Step::Session, ProbeId::SchemeBasic, status, "");
        run.header(Purpose::Probe(ProbeId::SchemeBasic), "www-authenticate", challenge);
        run.verdict("rs-foreign-scheme-refused")
    };
    assert_eq!(refused(401, Some("Bearer error=\"invalid_token\"")), Verdict::Pass);
    for other in [
        refused(401, Some("Bearer error=\"insufficient_scope\"")),
        refused(404, None),
        refused(406, None),
        refused(429, None),
    ] {
        assert!(matches!(other, Verdict::Inconclusive(_)), "{other:?}");
    }
    let served = refused(200, None);
    assert!(matches!(served, Verdict::Fail(_)), "{served:?}");
    let page = |status| {
        mutated(V3, |run| {
            let again = Purpose::Probe(ProbeId::AuthorizeAgain);
            run.add(Step::Authorization, again, TARGET, 200, "text/html", "<html>Log in</html>");
            probed(run, Step::Authorization, ProbeId::AuthorizeChallengeMissing, status, "");
        })
        .verdict("authz-pkce-required")
    };
    assert_eq!(page(400), Verdict::Pass);
    assert!(matches!(page(500), Verdict::Inconclusive(_)) && matches!(page(200), Verdict::Inconclusive(_)));
}

#[test]
fn a_refusal_without_its_control_means_nothing() {
    let run = mutated(V3, |run| {
        probed(run, Step::Session, ProbeId::TokenUnknown, 401, "");
        run.respond(Purpose::Initialize, 401, "text/plain", "");
    });
    assert!(matches!(run.verdict("rs-invalid-token-401"), Verdict::Untestable(_)));
    let run = mutated(V3, |run| {
        probed(run, Step::Authorization, ProbeId::AuthorizeAgain, 400, "");
        probed(run, Step::Authorization, ProbeId::AuthorizeChallengeMissing, 400, "");
    });
    assert!(matches!(run.verdict("authz-pkce-required"), Verdict::Untestable(_)));
}

#[test]
fn a_made_up_protocol_version_is_judged_by_rules_of_its_own() {
    let run = |edit: fn(&mut Run)| {
        mutated(ProtocolVersion::MadeUp, |run| {
            let (path, openid) =
                (ResourceMetadataLocation::PathInserted, ServerMetadataLocation::OpenIdInserted);
            run.exchange(RESOURCE).request.purpose = Purpose::ResourceMetadata(path);
            run.exchange(SERVER).request.purpose = Purpose::ServerMetadata(openid);
            edit(run);
        })
    };
    assert_eq!(run(|_| {}).failing(), [""; 0]);
    let oauth = run(|run| run.exchange(SERVER).request.purpose = SERVER);
    assert_eq!(oauth.failing(), ["as-metadata-present"], "it looks for OpenID documents only");
    let slash = run(|run| run.set(SERVER, "/issuer", json!("https://as.example")));
    let slash = slash.judged().into_iter().find(|judged| judged.check.id == "as-issuer-slash").unwrap();
    assert_eq!(
        (slash.level, slash.finding().is_some()),
        (Level::Must, true),
        "levels are those of the newest"
    );
}
