//! By what each variation shows in what was heard.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gatewalk::exchange::{Exchange, Response};
use gatewalk::sandbox::Variation as V;
use gatewalk::transcript::Record;

/// By what a variation shows, and the honest set-up does not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sign {
    /// A text that is there.
    Text(&'static str),
    /// A text that is not there.
    NoText(&'static str),
    /// A response of that kind.
    Heard(fn(&Exchange, &Response) -> bool),
}

impl Sign {
    pub(crate) fn is_in(self, record: &Record) -> bool {
        match self {
            Self::Text(sign) => text(record).contains(sign),
            Self::NoText(sign) => !text(record).contains(sign),
            Self::Heard(sign) => record
                .history
                .exchanges()
                .any(|exchange| exchange.response().is_some_and(|response| sign(exchange, response))),
        }
    }
}

/// All that was heard, and what was sent.
fn text(record: &Record) -> String {
    let mut all = String::new();
    for exchange in record.history.exchanges() {
        let request = &exchange.request;
        writeln!(all, "> {} {} {:?}", request.method, request.url, request.purpose).unwrap();
        writeln!(all, "{}", String::from_utf8_lossy(&request.body)).unwrap();
        let Some(response) = exchange.response() else { continue };
        writeln!(all, "< {}", response.status).unwrap();
        for (name, value) in response.headers.iter() {
            writeln!(all, "{name}: {value}").unwrap();
        }
        writeln!(all, "\n{}", response.text()).unwrap();
    }
    all
}

/// The claims of the access token that a response hands out.
fn claims(response: &Response) -> String {
    let text = response.text();
    let token = text.split("\"access_token\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let claims = token.and_then(|token| BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok());
    String::from_utf8(claims.unwrap_or_default()).unwrap_or_default()
}

/// By what a variation shows.
#[rustfmt::skip]
pub(crate) fn sign(variation: V) -> Sign {
    use Sign::{Heard, NoText, Text};
    match variation {
        V::Gzip => Text("content-encoding: gzip"),
        V::Deflate => Text("content-encoding: deflate"),
        V::Brotli => Text("content-encoding: br"),
        V::Zstandard => Text("content-encoding: zstd"),
        V::BodiesInPieces => Text("transfer-encoding: chunked"),
        V::ConnectionsClosed => Text("connection: close"),
        V::FieldsOdd => Text("x-odd: caf"),
        V::FieldsOfCaches => Text("age: 42"),
        V::FieldsOfLimits => Text("ratelimit-policy:"),
        V::FieldsOfSecurity => Text("strict-transport-security:"),
        V::Cookies => Text("set-cookie: __Host-affinity"),
        V::JsonPretty => Text("\n  \"issuer\": \""),
        V::JsonEscaped => Text("http:\\/\\/"),
        V::JsonReversed => Text("\"jsonrpc\":\"2.0\"}"),
        V::MembersUnknown => Text("x_sandbox"),
        V::MediaTypeParameter => Text("content-type: application/json; charset=utf-8"),
        V::MediaTypeCase => Text("content-type: Application/JSON"),
        V::NotFoundPage => Text("There is no such page."),
        V::NotFoundEmpty => NoText("{\"error\":\"not_found\"}"),
        V::CatchAllPage => Text("<title>App</title>"),
        V::SoftNotFound => Heard(|_, response| response.status == 200 && response.text() == "{\"error\":\"not_found\"}"),
        V::LandingPage => Text("An MCP server</title>"),
        V::ChallengeSchemeCase => Text("www-authenticate: bearer "),
        V::ChallengeParameterCase => Text("Error_Description="),
        V::ChallengeUnquoted => Text("realm=sandbox"),
        V::ChallengeQuotedPairs => Text("realm=\"the \\\"sandbox\\\", and more\""),
        V::ChallengeSpaced => Text(" = \""),
        V::ChallengeExtended => Text("x-request-id=\""),
        V::ChallengeAmongOthers => Text(", Negotiate"),
        V::ChallengeInFields => Text("www-authenticate: Negotiate\n"),
        V::ChallengeWithoutScope => NoText("scope=\"mcp:tools\""),
        V::ResourceMetadataSparse => NoText("bearer_methods_supported"),
        V::ResourceMetadataRich => Text("resource_tos_uri"),
        V::ResourceMetadataUrl => Text("/oauth/resource.json"),
        V::AuthorizationServers => Text("/second\""),
        V::IssuerBare => NoText("/\",\"authorization_endpoint\""),
        V::IssuerPath => Text("/.well-known/oauth-authorization-server/tenant"),
        V::OpenIdDocumentOnly => Heard(|exchange, response| response.status == 404 && exchange.request.url.ends_with("/oauth-authorization-server")),
        V::OAuthDocumentOnly => Heard(|exchange, response| response.status == 404 && exchange.request.url.ends_with("/openid-configuration")),
        V::ScopesUnlisted => NoText("\"scopes_supported\":[\"openid\""),
        V::RevocationAbsent => NoText("\"revocation_endpoint\""),
        V::RegistrationAbsent => NoText("\"registration_endpoint\""),
        V::IssAbsent => NoText("authorization_response_iss_parameter_supported"),
        V::PushedRequestsOffered => Text("pushed_authorization_request_endpoint"),
        V::RequestObjectsOffered => Text("request_parameter_supported"),
        V::FormPostOffered => Text("form_post"),
        V::GrantsOffered => Text("device_code"),
        V::AuthenticationOffered => Text("tls_client_auth"),
        V::CertificatesOffered => Text("mtls_endpoint_aliases"),
        V::EndpointsOffered => Text("introspection_endpoint"),
        V::LanguagesOffered => Text("op_tos_uri#de"),
        V::ResourcesListed => Text("protected_resources"),
        V::KeysRotated => Text("sandbox-2"),
        V::KeysUnknown => Text("ML-DSA-65"),
        V::RegistrationUnmanaged => NoText("registration_client_uri"),
        V::RegistrationConfidential => Text("\"client_secret\":\""),
        V::RegistrationAmended => Text("client_name#de"),
        V::ClientIdOdd => Text("%3Aa%2Fb%3Fc%3Dd%26e%3D%252F%2Bf"),
        V::LoginInSteps => Text("<title>Your password</title>"),
        V::LoginRemembered => NoText("<title>Log in to the sandbox</title>"),
        V::LoginCookies => Text("set-cookie: __Host-seen"),
        V::RelativeRedirects => Text("location: /login"),
        V::CallbackSeeOther => Heard(|_, response| response.status == 303 && response.headers.get("location").unwrap().contains("code=")),
        V::CallbackExtended => Text("session_state="),
        V::CallbackEncoded => Text("iss=http%3a%2f%2f"),
        V::CodeLong => Text("%2F%2B%3D%26%2520"),
        V::TokenShared => Text("\"access_token\":\"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."),
        V::TokenOpaque => Text(".-_~+/==\""),
        V::TokenEncrypted => Text("\"access_token\":\"eyJhbGciOiJkaXIi"),
        V::TokenElliptic => Text("\"crv\":\"P-256\""),
        V::AudienceList => Heard(|_, response| claims(response).contains("\"aud\":[")),
        V::TokenLong => Heard(|_, response| claims(response).len() > 4000),
        V::TokenTypeCase => Text("\"token_type\":\"bearer\""),
        V::TokenScopeAbsent => NoText("\"expires_in\":3600,\"scope\""),
        V::RefreshAbsent => NoText("\"refresh_token\":\""),
        V::TokenSlow => Text("server-timing: token;dur=100"),
        V::DiscoveryPublic | V::ToolsPublic => Text("Challenge(ListTools)"),
        V::StepUp => Text("scope=\"mcp:tools mcp:call\""),
        V::ClientCredentials => Text("grant_type=client_credentials"),
        V::EventStream => Text("event: message\ndata: {"),
        V::EventStreamCrLf => Text("event: message\r\ndata: {"),
        V::EventStreamCr => Text("event: message\rdata: {"),
        V::EventStreamPrimed => Text("id: 0-1\nretry: 3000\ndata:\n\n"),
        V::EventStreamComments => Text(": hello\n\n"),
        V::EventStreamSplit => Text("data: {\ndata:   \"jsonrpc\": \"2.0\",\n"),
        V::EventStreamNotified => Text("notifications/message"),
        V::SessionIdAbsent => NoText("mcp-session-id:"),
        V::SessionIdOdd => Text("^_`{|}~"),
        V::SessionEndRefused => Text("allow: POST\n"),
        V::Listening => Heard(|exchange, response| exchange.request.method == "GET" && response.media_type() == "text/event-stream"),
        V::ListInPages => Text("nextCursor"),
        V::InstructionsLong => Text("кириллица"),
        V::CapabilitiesMany => Text("x-unknown"),
        V::CapabilitiesNone => Heard(|_, response| response.text().contains("\"capabilities\":{}")),
        V::OlderVersion => Text("\"protocolVersion\":\"2025-03-26\""),
        V::Ipv6 => Text("POST http://[::1]:"),
        V::HostName => Text("POST http://localhost:"),
    }
}
