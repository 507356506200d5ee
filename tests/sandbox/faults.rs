//! Each fault, and the one difference it makes.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of a test, where a panic is the report"
)]

use futures_util::{FutureExt as _, StreamExt as _, stream};
use gatewalk::sandbox::{Fault, PUBLIC_CLIENT_ID};
use gatewalk::specification::{ProtocolVersion, Step};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{REDIRECT, STATE, TestWalk, initialize};

/// The difference shows with the fault, and only with it.
#[tokio::test]
async fn every_fault_shows_and_the_honest_sandbox_shows_none() {
    let honest = TestWalk::start(ProtocolVersion::V2026_07_28, &[]).await;
    let honest = &honest;
    let wrong: Vec<_> = stream::iter(Fault::ALL.iter().copied())
        .map(async |fault| {
            let faulty = TestWalk::start(ProtocolVersion::V2026_07_28, &[fault]).await;
            (fault, shows(&faulty, fault).await, shows(honest, fault).await)
        })
        .buffer_unordered(8)
        .filter(|(_, faulty, honest)| std::future::ready(!faulty || *honest))
        .collect()
        .await;
    assert!(wrong.is_empty(), "(fault, shows with it, shows without it): {wrong:#?}");
}

async fn shows(walk: &TestWalk, fault: Fault) -> bool {
    match fault {
        Fault::BodyEndless
        | Fault::BodyHuge
        | Fault::BodyTruncated
        | Fault::HeadGarbage
        | Fault::RedirectLoop
        | Fault::EscapeSequences
        | Fault::ResponseBuffered
        | Fault::Slow => hostile(walk, fault).await,
        _ => match fault.step() {
            Step::Challenge => challenge(walk, fault).await,
            Step::ResourceMetadata => resource_metadata(walk, fault).await,
            Step::ServerMetadata => server_metadata(walk, fault).await,
            Step::Registration => registration(walk, fault).await,
            Step::Authorization => authorization(walk, fault).await,
            Step::Token => token(walk, fault).await,
            Step::Session => session(walk, fault).await,
        },
    }
}

/// What fails a check shows in the kill matrix, where the honest sandbox fails none.
fn fails_a_check(walk: &TestWalk, fault: Fault) -> bool {
    assert!(!fault.fails().is_empty(), "{fault} has no test");
    walk.faults.contains(&fault)
}

async fn challenge(walk: &TestWalk, fault: Fault) -> bool {
    let opened = walk.initialize(None).await;
    let value = opened.header("www-authenticate");
    match fault {
        Fault::PolicyMissing => opened.status == 200 && opened.json()["result"]["serverInfo"].is_object(),
        Fault::ChallengeMissing => opened.status == 401 && value.is_empty(),
        Fault::ChallengeRenamed => {
            value.is_empty() && opened.header("x-amzn-remapped-www-authenticate").starts_with("Bearer ")
        }
        Fault::ResourceMetadataParameterMissing => value == "Bearer scope=\"mcp:tools\"",
        Fault::ScopeParameterMissing => value.contains("resource_metadata=") && !value.contains("scope="),
        Fault::LoginRedirect => opened.status == 302 && opened.header("location").ends_with("/sign-in"),
        Fault::FirewallPage => opened.status == 403 && opened.is_html(),
        Fault::PathRedirect => opened.status == 308 && opened.header("location").ends_with("/mcp/"),
        Fault::RouteNotFound => opened.status == 404 && opened.is_html(),
        Fault::ChallengeStatus403 => opened.status == 403 && value.contains("resource_metadata="),
        Fault::ChallengeErrorWithoutToken => {
            opened.status == 401 && value.contains("error=\"invalid_token\"")
        }
        Fault::ChallengeBare => value == "Bearer",
        other => fails_a_check(walk, other),
    }
}

async fn resource_metadata(walk: &TestWalk, fault: Fault) -> bool {
    let answer = walk.resource_metadata().await;
    let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let target = walk.sandbox.target();
    match fault {
        Fault::ResourceMetadataMissing => answer.status == 404,
        Fault::PrefixRouting => {
            let opened = walk.initialize(None).await;
            answer.status == 404
                && opened.header("www-authenticate").contains("/mcp/.well-known/oauth-protected-resource\"")
        }
        Fault::ResourceMetadataHtml => answer.status == 200 && answer.is_html(),
        Fault::ResourceMetadataBehindAuth => answer.status == 401,
        Fault::ResourceMetadataTextPlain => {
            answer.header("content-type") == "text/plain" && document["resource"] == target
        }
        Fault::ResourceMismatch => document["resource"] == "https://other.example/mcp",
        Fault::ResourceTrailingSlash => document["resource"] == format!("{target}/"),
        Fault::ResourceMissing => answer.status == 200 && document.get("resource").is_none(),
        Fault::AuthorizationServersEmpty => document["authorization_servers"] == json!([]),
        Fault::AuthorizationServersString => document["authorization_servers"] == walk.sandbox.issuer(),
        Fault::ResourceMetadataInternalHost => {
            let opened = walk.initialize(None).await;
            opened.header("www-authenticate").contains("\"http://gateway.internal:8080/.well-known/")
        }
        Fault::ScopesOfflineAccess => {
            let opened = walk.initialize(None).await;
            document["scopes_supported"] == json!(["mcp:tools", "offline_access"])
                && opened.header("www-authenticate").contains("scope=\"mcp:tools offline_access\"")
        }
        Fault::ResourceMetadataEmptyArray => document["scopes_supported"] == json!([]),
        Fault::ResourceMetadataDuplicateMember => answer.body.matches("\"resource\":").count() == 2,
        Fault::AuthorizationServerUnpublished => {
            document["authorization_servers"].as_array().is_some_and(|servers| servers.len() == 2)
        }
        Fault::AuthorizationServerWithQuery => {
            document["authorization_servers"][1] == "https://other.example/?tenant=1"
        }
        Fault::BearerMethodsQuery => document["bearer_methods_supported"] == json!(["header", "query"]),
        Fault::ResourceNameMissing => answer.status == 200 && document.get("resource_name").is_none(),
        other => fails_a_check(walk, other),
    }
}

async fn server_metadata(walk: &TestWalk, fault: Fault) -> bool {
    let oauth = walk.server_metadata().await;
    let openid = walk.published("/.well-known/openid-configuration").await;
    let document: Value = serde_json::from_str(&oauth.body).unwrap_or_default();
    let lacks = |member| oauth.status == 200 && document.get(member).is_none();
    match fault {
        Fault::IssuerSlashMissing => {
            let listed = walk.resource_metadata().await.json()["authorization_servers"][0].clone();
            listed == walk.server() && document["issuer"] == walk.sandbox.issuer()
        }
        Fault::IssuerMismatch => document["issuer"] == "https://other.example/",
        Fault::ServerMetadataMissing => oauth.status == 404 && openid.status == 404,
        Fault::ServerMetadataHtml => oauth.is_html() && openid.is_html() && oauth.status == 200,
        Fault::OpenIdOnly => oauth.status == 404 && openid.status == 200,
        Fault::PkceNotAdvertised => lacks("code_challenge_methods_supported"),
        Fault::PkcePlainOnly => document["code_challenge_methods_supported"] == json!(["plain"]),
        Fault::ResponseTypesMissing => lacks("response_types_supported"),
        Fault::TokenEndpointMissing => lacks("token_endpoint"),
        Fault::JwksMissing => walk.published("/.well-known/jwks.json").await.status == 404,
        Fault::JwksPrivate => {
            walk.published("/.well-known/jwks.json").await.json()["keys"][0]["d"].is_string()
        }
        Fault::ServerMetadataTextPlain => {
            oauth.header("content-type") == "text/plain" && document["issuer"].is_string()
        }
        Fault::ServerMetadataDuplicateMember => oauth.body.matches("\"issuer\":").count() == 2,
        Fault::ServerMetadataEmptyArray => document["scopes_supported"] == json!([]),
        Fault::GrantTypesPassword => document["grant_types_supported"][2] == "password",
        Fault::PublicClientsNotAdvertised => {
            document["token_endpoint_auth_methods_supported"]
                == json!(["client_secret_basic", "client_secret_post"])
        }
        Fault::EndpointPlainHttp => document["revocation_endpoint"] == "http://other.example/oauth/revoke",
        Fault::CimdNotAdvertised => lacks("client_id_metadata_document_supported"),
        Fault::JwksStale => {
            // The honest sandboxes of this process share one key.
            let honest = TestWalk::start(ProtocolVersion::V2026_07_28, &[]).await;
            let key = honest.published("/.well-known/jwks.json").await.json()["keys"][0]["n"].clone();
            walk.published("/.well-known/jwks.json").await.json()["keys"][0]["n"] != key
        }
        Fault::DocumentsDisagree => document["jwks_uri"] != openid.json()["jwks_uri"],
        Fault::IssNotAdvertised => {
            let sent = walk.authorize(PUBLIC_CLIENT_ID, &[("scope", Some("none"))]).await.parameter("iss");
            lacks("authorization_response_iss_parameter_supported") && sent.is_some()
        }
        other => fails_a_check(walk, other),
    }
}

async fn registration(walk: &TestWalk, fault: Fault) -> bool {
    let answer = walk.register().await;
    let client: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match fault {
        Fault::RegistrationDisabled => {
            answer.status == 404 && walk.server_metadata().await.json().get("registration_endpoint").is_none()
        }
        Fault::RegistrationForbidden => answer.status == 403 && client["error"].is_string(),
        Fault::RegistrationStatus200 => answer.status == 200 && client["client_id"].is_string(),
        Fault::RegistrationHtml => answer.status == 500 && answer.is_html(),
        Fault::RegistrationClientIdMissing => answer.status == 201 && client.get("client_id").is_none(),
        Fault::RegistrationRedirectDropped => answer.status == 201 && client.get("redirect_uris").is_none(),
        Fault::RegistrationSecretWithoutExpiry => {
            client["client_secret"].is_string()
                && client["token_endpoint_auth_method"] == "client_secret_post"
                && client.get("client_secret_expires_at").is_none()
        }
        Fault::LoopbackRedirectRefused => answer.status == 400 && client["error"] == "invalid_redirect_uri",
        Fault::RegistrationPublicIgnored => {
            client["client_secret"].is_string() && client["token_endpoint_auth_method"] == "none"
        }
        Fault::RegistrationManagementUrlMissing => {
            answer.status == 201 && client.get("registration_client_uri").is_none()
        }
        Fault::RegistrationCacheable => answer.status == 201 && answer.header("cache-control").is_empty(),
        Fault::ApplicationTypeRefused => {
            answer.status == 400
                && walk.register_as(&json!({ "redirect_uris": [REDIRECT] })).await.status == 201
        }
        other => fails_a_check(walk, other),
    }
}

async fn authorization(walk: &TestWalk, fault: Fault) -> bool {
    let begun = walk.authorize(PUBLIC_CLIENT_ID, &[]).await;
    match fault {
        Fault::ServiceNotFound => {
            let description = begun.parameter("error_description");
            return begun.parameter("error").as_deref() == Some("access_denied")
                && description == Some(format!("Service not found: {}", walk.sandbox.target()));
        }
        Fault::AuthorizeGetRefused => return begun.status == 405,
        Fault::RegisteredRedirectRefused => return begun.status == 400,
        Fault::ThirdPartyAccessDenied => {
            return begun.parameter("error").as_deref() == Some("access_denied")
                && begun.parameter("error_description").is_some_and(|said| said.contains("not authorized"));
        }
        Fault::ScopeUnknown => return begun.parameter("error").as_deref() == Some("invalid_scope"),
        Fault::LoginRedirect307 => return walk.send_password(&begun).await.status == 307,
        Fault::ConnectionNotEnabled | Fault::LoginFrameable | Fault::LoginNeedsScript => {
            let cookie = begun.header("set-cookie").split(';').next().unwrap_or_default();
            let page = walk.send(Method::GET, begun.header("location"), &[("cookie", cookie)], "").await;
            return match fault {
                Fault::LoginNeedsScript => page.status == 200 && !page.body.contains("<form"),
                Fault::LoginFrameable => {
                    let headers = ["content-security-policy", "x-frame-options"];
                    page.status == 200 && headers.iter().all(|name| page.header(name).is_empty())
                }
                _ => page.status == 400 && page.body.contains("no connections enabled for the client"),
            };
        }
        _ => {}
    }
    let callback = walk.log_in(&begun, "allow").await;
    let parameter = |name| callback.parameter(name);
    if fault == Fault::AuthorizationErrorUnlisted {
        return parameter("error").as_deref() == Some("login_failed");
    }
    match fault {
        Fault::StateDropped => parameter("state").is_none(),
        Fault::StateChanged => parameter("state").is_some_and(|state| state != STATE),
        Fault::IssWrong => parameter("iss").as_deref() == Some("https://other.example/"),
        Fault::IssMissing => {
            let advertised = "authorization_response_iss_parameter_supported";
            parameter("iss").is_none() && walk.server_metadata().await.json()[advertised] == true
        }
        Fault::CallbackDuplicateParameter => {
            callback.query().iter().filter(|(n, _)| n == "code").count() == 2
        }
        Fault::CallbackCodeChallenge => parameter("code_challenge") == Some(crate::client::challenge()),
        other => fails_a_check(walk, other),
    }
}

async fn token(walk: &TestWalk, fault: Fault) -> bool {
    let answer = walk.tokens().await;
    let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let token = document["access_token"].as_str().unwrap_or_default();
    let part = |n: usize| part(token, n);
    let opened = walk.initialize(Some(token)).await;
    let refused = opened.header("www-authenticate").contains("error=\"invalid_token\"");
    match fault {
        Fault::DefaultAudienceMissing => refused && !token.contains('.'),
        Fault::SigningAlgorithmHs256 => refused && part(0)["alg"] == "HS256",
        Fault::AudienceMismatch => refused && part(1)["aud"] == "https://other.example/mcp",
        Fault::TokenCacheable => answer.header("cache-control").is_empty() && opened.status == 200,
        Fault::TokenFormEncoded => {
            answer.header("content-type") == "application/x-www-form-urlencoded"
                && answer.body.contains("access_token=ey")
        }
        Fault::TokenExpiresInString => document["expires_in"] == "3600",
        Fault::TokenTypeMissing => document.get("token_type").is_none() && opened.status == 200,
        Fault::TokenError200 => answer.status == 200 && document["error"].is_string(),
        Fault::TokenScopeNarrowed => {
            opened.status == 403 && part(1)["scope"] == "openid" && document.get("scope").is_none()
        }
        Fault::TokenIssuerMismatch => refused && part(1)["iss"] == "https://other.example/",
        Fault::TokenEncrypted => refused && token.split('.').count() == 5,
        Fault::TokenLongLived => document["expires_in"] == 2_592_000 && opened.status == 200,
        Fault::TokenTypJwt => part(0)["typ"] == "JWT" && refused,
        Fault::TokenIatMissing => part(1).get("iat").is_none() && opened.status == 200,
        Fault::TokenRequestRefused => answer.status == 400 && document["error"] == "invalid_request",
        Fault::TokenStatus201 => answer.status == 201,
        Fault::RateLimited => answer.status == 429 && !answer.header("retry-after").is_empty(),
        Fault::CodeLost => answer.status == 400 && document["error"] == "invalid_grant",
        other => fails_a_check(walk, other),
    }
}

/// A part of a JWT, unverified.
fn part(token: &str, number: usize) -> Value {
    use base64::Engine as _;
    let part = token.split('.').nth(number).unwrap_or_default();
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

async fn session(walk: &TestWalk, fault: Fault) -> bool {
    let token = walk.access_token().await;
    if fault == Fault::SessionEventStreamOpen {
        return stays_open(walk, &token).await;
    }
    let opened = walk.initialize(Some(&token)).await;
    let discovered = walk.modern(&token, "server/discover").await;
    let legacy: Value = serde_json::from_str(&opened.body).unwrap_or_default();
    let modern: Value = serde_json::from_str(&discovered.body).unwrap_or_default();
    let lacks = |member| modern["result"].is_object() && modern["result"].get(member).is_none();
    match fault {
        Fault::AuthorizationDropped => opened.status == 401 && opened.header("www-authenticate").is_empty(),
        Fault::UpstreamHtml => opened.status == 502 && opened.is_html(),
        Fault::Initialized200 => {
            let session = [("mcp-session-id", opened.header("mcp-session-id"))];
            let message = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            let answer = walk.mcp(Some(&token), &session, &message).await;
            answer.status == 200 && answer.body == "{}"
        }
        Fault::SessionTextPlain => {
            opened.header("content-type") == "text/plain" && legacy["result"].is_object()
        }
        Fault::ServerInfoMissing => {
            legacy["result"].is_object() && legacy["result"].get("serverInfo").is_none() && lacks("_meta")
        }
        Fault::VersionEchoedUnknown => legacy["result"]["protocolVersion"] == "1900-01-01",
        Fault::DiscoverIncomplete => lacks("supportedVersions"),
        Fault::DiscoverUnknown => discovered.status == 404 && modern["error"]["code"] == -32601,
        Fault::ResultTypeMissing => lacks("resultType"),
        Fault::CacheHintsMissing => lacks("ttlMs") && lacks("cacheScope"),
        Fault::SessionIdNotAscii => {
            let id = opened.header("mcp-session-id");
            let ping = json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" });
            id.contains(' ') && walk.mcp(Some(&token), &[("mcp-session-id", id)], &ping).await.status == 200
        }
        other => fails_a_check(walk, other),
    }
}

/// Whether `initialize` is answered by an event that is whole while its stream goes on.
async fn stays_open(walk: &TestWalk, token: &str) -> bool {
    let request = walk.http.post(walk.sandbox.target()).bearer_auth(token).body(initialize().to_string());
    let mut response = request.send().await.unwrap();
    let media_type = response.headers().get("content-type").cloned();
    let Some(event) = response.chunk().await.unwrap() else { return false };
    media_type.is_some_and(|value| value == "text/event-stream")
        && event.starts_with(b"event: message\ndata: {")
        && event.ends_with(b"\n\n")
        && response.chunk().now_or_never().is_none()
}

async fn hostile(walk: &TestWalk, fault: Fault) -> bool {
    let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", walk.origin());
    let mut opening = walk.http.post(walk.sandbox.target()).body(initialize().to_string());
    if fault == Fault::ResponseBuffered {
        opening = opening.bearer_auth("any");
    }
    let opening = opening.send();
    match fault {
        Fault::HeadGarbage => opening.await.is_err() && walk.resource_metadata().await.status == 200,
        Fault::Slow | Fault::ResponseBuffered => tokio::select! {
            biased;
            _ = opening => false,
            () = async { for _ in 0..50 { walk.resource_metadata().await; } } => true,
        },
        Fault::BodyHuge => {
            let answer = walk.resource_metadata().await;
            answer.body.len() > 3 << 20 && answer.json()["resource"] == walk.sandbox.target()
        }
        Fault::BodyEndless => {
            let mut response = walk.http.get(metadata).send().await.unwrap();
            let mut read = 0;
            while let Some(piece) = response.chunk().await.unwrap() {
                read += piece.len();
                if read > 5 << 20 {
                    return true;
                }
            }
            false
        }
        Fault::BodyTruncated => {
            let response = walk.http.get(metadata).send().await.unwrap();
            response.status() == 200 && response.bytes().await.is_err()
        }
        Fault::RedirectLoop => {
            let answer = walk.resource_metadata().await;
            answer.status == 302 && answer.header("location") == metadata
        }
        Fault::EscapeSequences => {
            let named = walk.resource_metadata().await.json()["resource_name"].clone();
            let described = walk.initialize(None).await.json()["error_description"].clone();
            [named, described].iter().all(|text| text.as_str().is_some_and(|text| text.contains('\u{1b}')))
        }
        other => fails_a_check(walk, other),
    }
}
