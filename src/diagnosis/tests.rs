//! Products recognised from what they publish, and causes that no fault of the sandbox shows.

mod refusals;

use std::sync::Arc;

use serde_json::{Value, json};

use super::product::detected;
use super::{Basis, Blame, CAUSES, Diagnosis, diagnose, explain};
use crate::check::{Evidence, judge};
use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, ExchangeId, FailureKind, Headers, History, Issuer,
    IssuerSource, Purpose, Request, Response, Round, Timing, TransportFailure, Unauthenticated,
};
use crate::scenario::{
    Defaults, DriverKind, Network, PartialClient, PartialScenario, Place, Scenario, SecretSource,
};
use crate::specification::{Party, ProtocolVersion, ResourceMetadataLocation, ServerMetadataLocation, Step};

const TARGET: &str = "https://gw.example/mcp";
const CHALLENGE: Purpose = Purpose::Challenge(Unauthenticated::Opening);

/// A run in the making.
struct Run {
    scenario: Scenario,
    history: History,
    /// The round of what comes next.
    round: Round,
}

impl Run {
    fn at(target: &str, client_id: Option<&str>) -> Self {
        let draft = PartialScenario {
            place: Some(Place::Url(target.to_owned())),
            client: PartialClient { id: client_id.map(str::to_owned), ..PartialClient::default() },
            protocol_version: Some(ProtocolVersion::V2025_11_25),
            ..PartialScenario::default()
        };
        let defaults = Defaults::of_server(DriverKind::Redirect, Network::default());
        Self {
            scenario: draft.scenario(defaults, &SecretSource::given).unwrap(),
            history: History::default(),
            round: Round::FIRST,
        }
    }

    fn answered(
        mut self,
        purpose: Purpose,
        url: &str,
        status: u16,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Self {
        let headers: Headers = fields.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let response = Response {
            status,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers,
            body: body.into(),
            cut: None,
        };
        self.push(purpose, url, Ok(response));
        self
    }

    /// The same with what comes next in that round, at that authorization server.
    fn in_round(self, number: u8, issuer: &str) -> Self {
        let issuer = Issuer { identifier: issuer.to_owned(), source: IssuerSource::ResourceMetadata };
        Self { round: Round { number, issuer: Some(issuer) }, ..self }
    }

    fn failed(mut self, purpose: Purpose, url: &str, kind: FailureKind) -> Self {
        self.push(purpose, url, Err(TransportFailure { kind, detail: String::new() }));
        self
    }

    fn push(&mut self, purpose: Purpose, url: &str, outcome: Result<Response, TransportFailure>) {
        let (step, party) = match purpose {
            Purpose::Challenge(_) => (Step::Challenge, Party::Gateway),
            Purpose::ResourceMetadata(_) => (Step::ResourceMetadata, Party::Gateway),
            Purpose::ServerMetadata(_) => (Step::ServerMetadata, Party::AuthorizationServer),
            Purpose::Token => (Step::Token, Party::AuthorizationServer),
            Purpose::Initialize => (Step::Session, Party::Gateway),
            _ => (Step::Authorization, Party::AuthorizationServer),
        };
        self.ended(Request::new(step, purpose, party, "GET", url), outcome);
    }

    fn ended(&mut self, request: Request, outcome: Result<Response, TransportFailure>) {
        let id = ExchangeId(u32::try_from(self.history.exchanges().len()).unwrap() + 1);
        let request = request.in_round(&self.round);
        self.history.push(Arc::new(Exchange { id, request, outcome, timing: Timing::default() }));
    }

    /// A request and its response in JSON.
    fn exchanged(&mut self, request: Request, status: u16, body: &str) {
        let headers = [("content-type".to_owned(), "application/json")].into_iter().collect();
        let response = Response {
            status,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers,
            body: body.into(),
            cut: None,
        };
        self.ended(request, Ok(response));
    }

    /// Challenge, resource metadata and server metadata of an issuer.
    fn of(
        target: &str,
        gateway: &[(&str, &str)],
        issuer: &str,
        metadata: &Value,
        client_id: Option<&str>,
    ) -> Self {
        let url = format!("{}/.well-known/oauth-protected-resource/mcp", target.rsplit_once('/').unwrap().0);
        let challenge = format!("Bearer resource_metadata=\"{url}\"");
        let fields = [gateway, &[("www-authenticate", challenge.as_str())]].concat();
        let document = json!({ "resource": target, "authorization_servers": [issuer] }).to_string();
        let location = Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge);
        let server = Purpose::ServerMetadata(ServerMetadataLocation::OpenIdAppended);
        let json = [("content-type", "application/json")];
        Self::at(target, client_id)
            .answered(
                CHALLENGE,
                target,
                401,
                &fields,
                "{\"error\": \"invalid_token\", \"error_description\": \"Authentication required\"}",
            )
            .answered(location, &url, 200, &json, &document)
            .answered(
                server,
                &format!("{issuer}/.well-known/openid-configuration"),
                200,
                &json,
                &metadata.to_string(),
            )
    }

    fn asked(mut self) -> Self {
        let url = format!("https://as.example/authorize?resource={TARGET}");
        self.history.push_authorization(AuthorizationRequest::new(url, "http://127.0.0.1:8765/callback"));
        self
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence::new(&self.scenario, &self.history)
    }

    fn diagnosed(&self) -> Vec<Diagnosis> {
        diagnose(&self.evidence(), &judge(&self.evidence()))
    }

    fn products(&self) -> Vec<&'static str> {
        detected(&self.evidence()).into_iter().map(|product| product.id).collect()
    }
}

/// What an authorization server publishes, with that authorization endpoint.
fn metadata(issuer: &str, authorize: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": authorize,
        "token_endpoint": "https://as.example/token",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

#[test]
fn authorization_servers_are_recognised_by_what_they_publish() {
    for (issuer, authorize, product) in [
        ("https://tenant.eu.auth0.com/", "https://tenant.eu.auth0.com/authorize", Some("auth0")),
        (
            "https://dev-1.okta.com/oauth2/default",
            "https://dev-1.okta.com/oauth2/default/v1/authorize",
            Some("okta"),
        ),
        (
            "https://login.acme.example/oauth2/aus1",
            "https://login.acme.example/oauth2/aus1/v1/authorize",
            Some("okta"),
        ),
        (
            "https://login.microsoftonline.com/8d7f/v2.0",
            "https://login.microsoftonline.com/8d7f/oauth2/v2.0/authorize",
            Some("entra"),
        ),
        (
            "https://sso.acme.example/realms/mcp",
            "https://sso.acme.example/realms/mcp/protocol/openid-connect/auth",
            Some("keycloak"),
        ),
        (
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1",
            "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/authorize",
            Some("cognito"),
        ),
        (
            "https://brave-owl-12.authkit.app",
            "https://brave-owl-12.authkit.app/oauth2/authorize",
            Some("workos"),
        ),
        ("https://accounts.google.com", "https://accounts.google.com/o/oauth2/v2/auth", Some("google")),
        ("https://github.com/login/oauth", "https://github.com/login/oauth/authorize", Some("github")),
        ("https://as.example", "https://as.example/authorize", None),
        // Hosts that only look alike.
        ("https://auth0.com.evil.example/", "https://auth0.com.evil.example/authorize", None),
        ("https://notgithub.com", "https://notgithub.com/authorize", None),
    ] {
        let run = Run::of(TARGET, &[], issuer, &metadata(issuer, authorize), None);
        assert_eq!(run.products(), product.into_iter().collect::<Vec<_>>(), "{issuer}");
    }
    let mut custom_domain = metadata("https://auth.acme.example/", "https://auth.acme.example/authorize");
    custom_domain["mfa_challenge_endpoint"] = json!("https://auth.acme.example/mfa/challenge");
    assert_eq!(
        Run::of(TARGET, &[], "https://auth.acme.example/", &custom_domain, None).products(),
        ["auth0"]
    );
}

#[test]
fn gateways_are_recognised_by_their_answers_and_addresses() {
    let forge = "https://gw.example/servers/0123456789abcdef0123456789abcdef/mcp";
    for (target, field, products) in [
        (TARGET, ("zp-rid", "7d0f6b0e"), &["zuplo"][..]),
        ("https://my-gateway.zuplo.dev/mcp", ("x", "y"), &["zuplo"]),
        (TARGET, ("Via", "1.1 kong/3.9.1"), &["kong"]),
        (TARGET, ("X-Kong-Request-Id", "7785df"), &["kong"]),
        (TARGET, ("Server", "nginx/1.27.4"), &["nginx"]),
        (TARGET, ("Server", "openresty"), &["nginx"]),
        (TARGET, ("CF-RAY", "a479cfd34bfee5f4-IAD"), &["cloudflare"]),
        (TARGET, ("apigw-requestid", "JqQ8xjFmoAMEPgQ="), &["aws-api-gateway"]),
        (TARGET, ("x-amzn-remapped-www-authenticate", "Bearer"), &["aws-api-gateway"]),
        ("https://abc.execute-api.eu-west-1.amazonaws.com/mcp", ("x", "y"), &["aws-api-gateway"]),
        ("https://contoso.azure-api.net/mcp", ("x", "y"), &["azure-api-management"]),
        (forge, ("server", "uvicorn"), &["contextforge"]),
        // So answers the MCP Python SDK 2.3.0 alone.
        (TARGET, ("server", "uvicorn"), &[]),
        (TARGET, ("server", "gunicorn"), &[]),
        ("https://zuplo.dev.evil.example/mcp", ("x", "y"), &[]),
    ] {
        let run = Run::of(
            target,
            &[field],
            "https://as.example",
            &metadata("https://as.example", "https://as.example/a"),
            None,
        );
        assert_eq!(run.products(), products, "{target} {field:?}");
    }
}

/// As `FastMCP` 4.1.2 answers, and nginx 1.22.1 before it.
#[test]
fn fastmcp_is_recognised_by_its_refusal_and_nginx_hides_it() {
    let challenge = "Bearer scope=\"mcp:tools\", resource_metadata=\"https://gw.example/.well-known/oauth-protected-resource/mcp\"";
    let refused = |server, fields: &[(&str, &str)], body| {
        let fields = [&[("server", server), ("www-authenticate", challenge)], fields].concat();
        Run::at(TARGET, None).answered(CHALLENGE, TARGET, 401, &fields, body).products()
    };
    assert_eq!(refused("uvicorn", &[("content-length", "0")], ""), ["fastmcp"]);
    assert_eq!(refused("uvicorn", &[("content-type", "application/json")], "{}"), [""; 0]);
    let said = "{\"error\": \"invalid_token\", \"error_description\": \"Authentication failed. The provided bearer token is invalid, expired, or no longer recognized by the server. To resolve: clear authentication tokens in your MCP client and reconnect.\"}";
    assert_eq!(refused("uvicorn", &[("content-type", "application/json")], said), ["fastmcp"]);
    assert_eq!(refused("nginx/1.22.1", &[("content-length", "0")], ""), ["nginx"]);
}

/// nginx 1.22.1 as a gateway, with mistakes that were made on it.
#[test]
fn what_nginx_answers_is_not_taken_for_the_server_behind_it() {
    let nginx = [("server", "nginx/1.22.1"), ("content-type", "text/html")];
    let location = |location| Purpose::ResourceMetadata(location);
    let well_known = "https://gw.example/.well-known/oauth-protected-resource";
    // proxy_pass leads nowhere.
    let dead = Run::at(TARGET, None).answered(CHALLENGE, TARGET, 502, &nginx, "<html>502 Bad Gateway</html>");
    let dead = dead.answered(location(ResourceMetadataLocation::Root), well_known, 502, &nginx, "<html>");
    let found = dead.diagnosed();
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!(one.kind.id, "upstream-failing");
    assert!(one.cause.contains("before anybody asks for a token"), "{}", one.cause);
    assert!(one.advice.remedy.contains("connect() failed"));
    assert_eq!((one.advice.basis, one.advice.basis.caveat()), (Basis::Product, None));
    // auth_basic before everything.
    let basic = [("server", "nginx/1.22.1"), ("www-authenticate", "Basic realm=\"gw\"")];
    let basic = Run::at(TARGET, None).answered(CHALLENGE, TARGET, 401, &basic, "<html>401</html>");
    let found = basic.diagnosed();
    assert_eq!(found[0].kind.id, "challenge-missing");
    assert!(found[0].cause.contains("asks for Basic realm"), "{}", found[0].cause);
    // The header is taken away on the route: the server behind answers as if there were none.
    let challenge = [
        ("server", "nginx/1.22.1"),
        ("www-authenticate", "Bearer resource_metadata=\"https://gw.example/x\""),
    ];
    let dropping = Run::at(TARGET, None)
        .answered(CHALLENGE, TARGET, 401, &challenge, "")
        .answered(
            Purpose::Token,
            "https://as.example/token",
            200,
            &[("content-type", "application/json")],
            "{\"access_token\":\"opaque\",\"token_type\":\"Bearer\"}",
        )
        .answered(Purpose::Initialize, TARGET, 401, &challenge, "");
    let found = dropping.diagnosed();
    let blamed: Vec<_> = found.iter().map(|found| found.kind.id).collect();
    assert!(blamed.contains(&"authorization-dropped") && !blamed.contains(&"resource-ignored"), "{blamed:?}");
}

#[test]
fn the_remedy_is_in_the_words_of_the_product_at_hand() {
    let issuer = "https://login.microsoftonline.com/8d7f/v2.0";
    let mut entra = metadata(issuer, "https://login.microsoftonline.com/8d7f/oauth2/v2.0/authorize");
    entra.as_object_mut().unwrap().remove("code_challenge_methods_supported");
    let found = Run::of(TARGET, &[], issuer, &entra, Some("app")).diagnosed();
    let pkce = found.iter().find(|found| found.kind.id == "pkce-not-advertised").unwrap();
    assert!(pkce.advice.remedy.starts_with("Entra ID supports PKCE"), "{pkce:?}");
    assert_eq!(pkce.advice.basis, Basis::Reports);
    assert_eq!(pkce.explains, ["as-pkce-advertised"]);

    let mut other = metadata("https://as.example", "https://as.example/authorize");
    other.as_object_mut().unwrap().remove("code_challenge_methods_supported");
    let found = Run::of(TARGET, &[], "https://as.example", &other, Some("app")).diagnosed();
    let pkce = found.iter().find(|found| found.kind.id == "pkce-not-advertised").unwrap();
    assert_eq!((pkce.advice.product.is_none(), pkce.advice.basis), (true, Basis::Specification));
}

fn logged_in(client_id: Option<&str>, page: &str) -> Vec<&'static str> {
    let published = metadata("https://as.example", "https://as.example/authorize");
    let run = Run::of(TARGET, &[], "https://as.example", &published, client_id).asked();
    let html = [("content-type", "text/html")];
    let run = run.answered(Purpose::Login, "https://as.example/authorize", 400, &html, page);
    run.diagnosed().iter().map(|found| found.kind.id).collect()
}

#[test]
fn what_a_login_page_says_is_understood() {
    for (client_id, page, cause) in [
        (Some("c"), "<html>Callback URL mismatch.", "redirect-unregistered"),
        (Some("c"), "<html>AADSTS50011: The redirect URI", "redirect-unregistered"),
        (Some("c"), "<html>Invalid parameter: redirect_uri", "redirect-unregistered"),
        (Some("c"), "<html>Unknown client: c", "client-unknown"),
        (Some("c"), "<html>AADSTS700016: Application", "client-unknown"),
        (
            Some("c"),
            "<html>Client is not authorized to access resource server \"x\".",
            "third-party-access-denied",
        ),
        (None, "<html>invalid_request: no connections enabled for the client", "connection-not-enabled"),
    ] {
        assert_eq!(logged_in(client_id, page).first(), Some(&cause), "{page}");
    }
    assert_eq!(logged_in(Some("c"), "<html>Please log in"), Vec::<&str>::new());
}

#[test]
fn a_private_address_that_is_published_is_named() {
    let location = Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge);
    let url = "http://169.254.169.254/latest";
    let run = Run::at(TARGET, None)
        .answered(
            CHALLENGE,
            TARGET,
            401,
            &[("www-authenticate", "Bearer resource_metadata=\"https://meta.example/x\"")],
            "",
        )
        .failed(location, url, FailureKind::Blocked);
    let found = run.diagnosed();
    assert_eq!(found[0].kind.id, "published-address-private");
    assert!(found[0].cause.starts_with(url), "{}", found[0].cause);
}

#[test]
fn a_token_refused_for_no_visible_reason_leaves_it_open_who_is_to_blame() {
    let published = metadata("https://as.example", "https://as.example/authorize");
    let json = [("content-type", "application/json")];
    let token = json!({ "access_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJhdWQiOiJodHRwczovL2d3LmV4YW1wbGUvbWNwIn0.c2ln", "token_type": "Bearer" });
    let mut run = Run::of(TARGET, &[], "https://as.example", &published, Some("c")).asked();
    run.history
        .push_callback(Arc::new(Callback::new(ExchangeId(9), "http://127.0.0.1:8765/callback?code=x")));
    let challenge = [("www-authenticate", "Bearer error=\"invalid_token\"")];
    let run = run
        .answered(Purpose::Token, "https://as.example/token", 200, &json, &token.to_string())
        .answered(Purpose::Initialize, TARGET, 401, &challenge, "");
    let found = run.diagnosed();
    let refused = found.iter().find(|found| found.kind.id == "token-refused").unwrap();
    assert_eq!(refused.kind.blame, Blame::Either(Party::Gateway, Party::AuthorizationServer));
    assert_eq!(refused.explains, ["rs-valid-token-accepted"]);
}

#[test]
fn causes_speak_in_sentences_and_say_what_their_advice_rests_on() {
    for cause in CAUSES {
        assert!(!cause.title.ends_with('.') && cause.title.len() < 100, "{}", cause.id);
        for advice in cause.advice {
            assert!(
                advice.remedy.ends_with('.') || advice.remedy.ends_with('}'),
                "{}: {}",
                cause.id,
                advice.remedy
            );
            let tried = advice.basis == Basis::Product;
            assert_eq!(
                advice.product.is_some(),
                tried || advice.basis.caveat().is_some(),
                "{}: {}",
                cause.id,
                advice.remedy
            );
            assert!(advice.url.is_none_or(|url| url.starts_with("https://")), "{}", cause.id);
        }
    }
}

#[test]
fn a_finding_is_explained_by_the_documents_of_its_own_round() {
    let json = [("content-type", "application/json")];
    let location = Purpose::ServerMetadata(ServerMetadataLocation::OAuthInserted);
    let publishing = |run: Run, number, issuer: &str, published: &str| {
        let url = format!("{issuer}/.well-known/oauth-authorization-server");
        let document = metadata(published, &format!("{issuer}/authorize")).to_string();
        run.in_round(number, issuer).answered(location, &url, 200, &json, &document)
    };
    let (first, second, other) = ("https://as.example", "https://as2.example", "https://as3.example");
    for (published, wrong) in [([other, second], first), ([first, other], second)] {
        let run = Run::at(TARGET, None);
        let run = publishing(publishing(run, 1, first, published[0]), 2, second, published[1]);
        let causes: Vec<_> = run.diagnosed();
        let mismatch: Vec<_> = causes.iter().filter(|found| found.kind.id == "issuer-mismatch").collect();
        let [mismatch] = mismatch[..] else { panic!("one cause: {causes:?}") };
        let said = format!("The gateway lists {wrong}, whose metadata names the issuer {other}");
        assert_eq!((&mismatch.cause, &mismatch.explains[..]), (&said, &["as-issuer-matches"][..]));
    }
    // Wrong in both: said once.
    let run = publishing(publishing(Run::at(TARGET, None), 1, first, other), 2, second, other);
    assert_eq!(run.diagnosed().iter().filter(|found| found.kind.id == "issuer-mismatch").count(), 1);
}

/// The findings of a run, each with whom it is laid to and why.
fn laid(run: &Run) -> Vec<(&'static str, Party, Option<&'static str>)> {
    let mut judged = judge(&run.evidence());
    explain(&run.evidence(), &mut judged);
    let findings = judged.iter().filter(|judged| judged.finding().is_some());
    findings.map(|judged| (judged.check.id, judged.party, judged.cause)).collect()
}

#[test]
fn a_finding_is_laid_to_whom_its_cause_blames() {
    let ran = |status, headers: &[(&str, &str)]| {
        let run = Run::at(TARGET, None).answered(CHALLENGE, TARGET, status, headers, "");
        laid(&run.answered(Purpose::Initialize, TARGET, status, headers, ""))
    };
    // The check names the MCP server, the cause the gateway.
    let redirected = ran(308, &[("location", "/mcp/")]);
    assert!(
        redirected.contains(&("mcp-initialize", Party::Gateway, Some("path-redirect"))),
        "{redirected:?}"
    );
    // What a client sees leaves two parties open: the one the check names is one of them.
    let lost = ran(404, &[("content-type", "text/html")]);
    assert!(lost.contains(&("rs-unauth-401", Party::Gateway, Some("route-not-found"))), "{lost:?}");
    // Without a cause it stays with whom the check names.
    let odd = ran(418, &[]);
    assert!(odd.iter().any(|(_, party, cause)| *party == Party::McpServer && cause.is_none()), "{odd:?}");
}
