//! What is redacted, and what stays as it was sent.

use super::*;
use crate::exchange::{Exchange, ExchangeId, Secret, Timing};
use crate::scenario::{Driver, Script};
use crate::specification::{Party, ProtocolVersion, Step};

fn redactor() -> Redactor {
    Redactor {
        salt: [7; 32],
        target_headers: vec!["x-gateway-key".to_owned()],
        reveal: false,
        ..Redactor::none()
    }
}

#[test]
fn equal_secrets_have_equal_marks_within_a_run_only() {
    let redactor = redactor();
    assert_eq!(redactor.placeholder("code", "abc"), redactor.placeholder("code", "abc"));
    assert_ne!(redactor.placeholder("code", "abc"), redactor.placeholder("code", "abd"));
    assert_ne!(
        redactor.placeholder("code", "abc"),
        Redactor { salt: [8; 32], ..redactor }.placeholder("code", "abc")
    );
}

#[test]
fn urls_keep_everything_but_secrets() {
    let redactor = redactor();
    let url = "http://127.0.0.1:1/callback?code=a%20b&state=x%2By&iss=https%3A%2F%2Fas#access_token=t";
    let redacted = redactor.url(url);
    assert!(!redacted.contains("a%20b") && !redacted.contains("=t"), "{redacted}");
    assert!(redacted.contains("&state=x%2By&iss=https%3A%2F%2Fas#access_token=«"), "{redacted}");
    assert!(redactor.url("https://user:pw@h/p").starts_with("https://«userinfo "));
    assert_eq!(redactor.url("https://h/p?a=b&c"), "https://h/p?a=b&c");
}

#[test]
fn what_was_filled_into_a_get_form_is_marked_in_its_url() {
    let url = "https://as/login?user=al&pw=s3cret&state=s";
    let mut request =
        Request::new(Step::Authorization, Purpose::Login, Party::AuthorizationServer, "GET", url);
    request.secret_fields = vec!["pw".to_owned()];
    let redacted = redactor().request_url(&request);
    assert!(
        redacted.starts_with("https://as/login?user=al&pw=«pw ") && redacted.ends_with("&state=s"),
        "{redacted}"
    );
}

#[test]
fn headers_are_marked_by_name() {
    let headers = Headers::new()
        .with("Authorization", "Bearer secret")
        .with("Set-Cookie", "sid=secret; HttpOnly")
        .with("X-Gateway-Key", "secret")
        .with("location", "/cb?code=secret&state=s")
        .with("accept", "application/json");
    for (name, value) in redactor().headers(&headers) {
        assert!(!value.contains("secret"), "{name}: {value}");
    }
}

#[test]
fn a_scheme_alone_is_no_secret() {
    for (value, shown) in [("Bearer", "Bearer"), ("bearer ", "bearer "), ("Basic", "Basic")] {
        let headers = Headers::new().with("authorization", value);
        assert_eq!(redactor().headers(&headers)[0].1, shown);
    }
    assert_eq!(credentials("k3y-without-scheme"), ("", "k3y-without-scheme"));
    assert_eq!(credentials("Bearer a b"), ("Bearer", "a b"));
}

#[test]
fn bodies_are_marked_by_field_and_withheld_when_they_cannot_be_read() {
    let redactor = redactor();
    let mut request =
        Request::new(Step::Token, Purpose::Token, Party::AuthorizationServer, "POST", "https://as/token")
            .body(
                "application/x-www-form-urlencoded",
                "grant_type=authorization_code&code=c0de&login=al&code_verifier=ver",
            );
    request.secret_fields = vec!["login".to_owned()];
    let (body, _) = redactor.request_body(&request);
    assert!(
        body.starts_with("grant_type=authorization_code&code=«code ") && !body.contains("c0de"),
        "{body}"
    );
    assert!(!body.contains("=al&") && !body.contains("=ver"), "{body}");
    let answer = |body: &str| Response {
        status: 200,
        reason: String::new(),
        version: String::new(),
        headers: Headers::new(),
        body: body.into(),
        cut: None,
    };
    for body in [
        r#"{"a":[{"access_token":"s3cret"}]}"#,
        r#"{"accessToken":"s3cret"}"#,
        r#"{"message":"{\"api-key\":\"s3cret\"}"}"#,
        r#"{"message":"refresh_token=s3cret&x=y"}"#,
        r#"{"access_token":"s3cret"#,
        "access_token=s3cret&x=y",
        "<p>s3cret</p>",
        r#"{"token":["s3cret"]}"#,
        r#"{"registration_client_uri":"https://as/r?x=s3cret"}"#,
        r#"{"see":"https://as/r?code=s3cret"}"#,
    ] {
        let (redacted, _) = redactor.response_body(&request, &answer(body));
        assert!(!redacted.contains("s3cret") && redacted.contains('«'), "{redacted}");
    }
    for body in [r#"{ "a": 1, "a": 2 }"#, r#"{"error":{"code":-32600}}"#, r#"{"code":"UNAUTHORIZED"}"#] {
        assert_eq!(redactor.response_body(&request, &answer(body)), (body.to_owned(), BodyEncoding::Text));
    }
}

fn answered(purpose: Purpose, headers: Headers, body: &[u8]) -> (Request, Response) {
    let request = Request::new(Step::Session, purpose, Party::Gateway, "POST", "https://gw/mcp");
    let response = Response {
        status: 200,
        reason: String::new(),
        version: String::new(),
        headers,
        body: body.into(),
        cut: None,
    };
    (request, response)
}

#[test]
fn events_are_marked_also_where_their_data_is_on_several_lines() {
    let headers = || Headers::new().with("content-type", "text/event-stream");
    let stream = "event: message\nid: 1\ndata: {\"a\":1,\ndata:  \"access_token\":\"s3cret\"}\n\n: ping\n\ndata: {\"b\":2}\n\n";
    let (request, response) = answered(Purpose::Initialize, headers(), stream.as_bytes());
    let (redacted, _) = redactor().response_body(&request, &response);
    assert!(!redacted.contains("s3cret"), "{redacted}");
    assert!(
        redacted.starts_with("event: message\nid: 1\ndata: {\"a\":1,\ndata:  \"access_token\":\"«"),
        "{redacted}"
    );
    assert!(redacted.ends_with("\n\n: ping\n\ndata: {\"b\":2}\n\n"), "{redacted}");
    let untouched = "data: {\"b\":2}\r\n\r\ndata: x\n\n";
    let (request, response) = answered(Purpose::Initialize, headers(), untouched.as_bytes());
    assert_eq!(redactor().response_body(&request, &response).0, untouched);
    // A response with tokens is no event stream.
    let (request, response) = answered(Purpose::Token, headers(), b"data: access_token is s3cret\n\n");
    assert!(redactor().response_body(&request, &response).0.starts_with("«withheld"));
}

#[test]
fn what_cannot_be_looked_into_is_withheld() {
    let mut redactor = redactor();
    redactor.known.learn("s3cret-value", || "«1»".to_owned());
    redactor.known.prepare();
    let wide: Vec<u8> = "ä s3cret-value".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let brotli = Headers::new().with("content-encoding", "br");
    for (headers, body) in [(Headers::new(), &wide[..]), (brotli, b"\xff\xfe\x01")] {
        let (request, response) = answered(Purpose::Initialize, headers, body);
        let (said, encoding) = redactor.response_body(&request, &response);
        assert!(said.starts_with("«withheld ") && encoding == BodyEncoding::Text, "{said}");
    }
    let (request, response) = answered(Purpose::Initialize, Headers::new(), b"\xff\xfe\x01");
    assert_eq!(redactor.response_body(&request, &response).1, BodyEncoding::Base64);
}

#[test]
fn a_word_under_a_common_name_is_marked_there_and_nowhere_else() {
    let mut redactor = redactor();
    redactor.learn_url("https://gw/mcp?key=production&sig=4f9a77c02be1d35a88", &[]);
    redactor.known.prepare();
    assert_eq!(redactor.masked("in production"), None);
    assert!(redactor.masked("got 4f9a77c02be1d35a88").is_some_and(|masked| masked.starts_with("got «sig ")));
    assert!(redactor.url("https://gw/mcp?key=production").starts_with("https://gw/mcp?key=«key "));
}

fn exchanged(request: Request, response: Response) -> Exchange {
    Exchange { id: ExchangeId(1), request, outcome: Ok(response), timing: Timing::default() }
}

/// A redactor that has learnt from these.
fn learnt(exchanges: &[Exchange]) -> Redactor {
    let mut redactor = redactor();
    for exchange in exchanges {
        redactor.learn_exchange_secrets(exchange);
    }
    redactor
}

#[test]
fn a_filled_in_field_is_marked_where_it_is_and_not_in_others_that_end_or_begin_alike() {
    let url = "https://as/login?xu=1&u=12&u=1&u=13#u=1";
    let mut request =
        Request::new(Step::Authorization, Purpose::Login, Party::AuthorizationServer, "GET", url);
    request.secret_fields = vec!["u".to_owned()];
    let redacted = redactor().request_url(&request);
    assert!(redacted.starts_with("https://as/login?xu=1&u=«u "), "{redacted}");
    assert_eq!(redacted.matches('«').count(), 4, "{redacted}");
}

#[test]
fn events_are_read_whatever_ends_their_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = [
            "event: message",
            "data:{\"access_token\":\"s3cret-token-1\"}",
            "",
            "data: {\"apiKey\":",
            "data:\"s3cret-token-2\"}",
            "",
            "",
        ];
        let stream = lines.join(end);
        let headers = Headers::new().with("content-type", "text/event-stream");
        let (request, response) = answered(Purpose::Initialize, headers, stream.as_bytes());
        let redactor = learnt(&[exchanged(request.clone(), response.clone())]);
        let (redacted, _) = redactor.response_body(&request, &response);
        assert!(!redacted.contains("s3cret"), "{redacted:?}");
        assert_eq!(redacted.matches(end).count(), stream.matches(end).count(), "{redacted:?}");
        assert!(
            redactor
                .masked("got s3cret-token-1 and s3cret-token-2")
                .is_some_and(|said| !said.contains("s3cret"))
        );
    }
}

#[test]
fn what_a_page_offers_is_no_secret_unless_it_was_told() {
    let page = "<form><button name=answer value=accept>ok</button>\
        <select name=lang><option value=esperanto></select><input name=pin value=typed-pin-1></form>";
    let seen = |told: bool| {
        let mut scenario = Scenario::new("https://gw/mcp", ProtocolVersion::V2025_11_25);
        let fill = [("answer", "accept"), ("lang", "esperanto"), ("pin", "typed-pin-1")];
        let fill = fill.map(|(name, value)| (name.to_owned(), Secret::new(value))).into();
        scenario.consent.driver = Driver::Form(Script::everywhere(fill));
        let mut redactor = Redactor::new([7; 32], &scenario);
        let mut request = Request::new(
            Step::Authorization,
            Purpose::Login,
            Party::AuthorizationServer,
            "POST",
            "https://as/",
        );
        if told {
            request = request.body("application/x-www-form-urlencoded", "answer=accept&lang=esperanto");
        }
        let mut response = answered(Purpose::Login, Headers::new(), page.as_bytes()).1;
        response.headers.push("content-type", "text/html");
        redactor.learn_exchange_secrets(&exchanged(request, response));
        redactor.text("accept esperanto typed-pin-1").as_str().to_owned()
    };
    assert!(seen(false).starts_with("accept esperanto «pin "), "{}", seen(false));
    assert!(seen(true).starts_with("«answer "), "{}", seen(true));
}

#[test]
fn the_name_of_a_cookie_is_no_secret() {
    let cookies =
        "_interaction_resume.session=0123456789abcdefghij; _interaction_resume.sig=9876543210zyxwvutsrq";
    let request =
        Request::new(Step::Authorization, Purpose::Login, Party::AuthorizationServer, "GET", "https://as/")
            .header("cookie", cookies);
    let headers = Headers::new().with("set-cookie", "_interaction_resume.sig=9876543210zyxwvutsrq; path=/");
    let (_, response) = answered(Purpose::Login, headers, b"");
    let redactor = learnt(&[exchanged(request, response.clone())]);
    let (_, value) = &redactor.headers(&response.headers)[0];
    assert!(
        value.starts_with("_interaction_resume.sig=«") && value.ends_with("»; path=/"),
        "{}",
        value.as_str()
    );
    assert!(
        redactor
            .masked("0123456789abcdefghij 9876543210zyxwvutsrq")
            .is_some_and(|said| !said.contains("012"))
    );
}

#[test]
fn what_a_response_hands_out_under_any_name_is_hidden() {
    for (status, media_type, body) in [
        (201, "application/json", r#"{"client_id":"c1","passphrase":"1ssued-Secret-value-1"}"#),
        (
            201,
            "application/json",
            r#"{"client_id":"c1","x":[{"name":"secret","value":"1ssued-Secret-value-1"}]}"#,
        ),
        (200, "application/json", r#""1ssued-Secret-value-1""#),
        (500, "text/html", "<html>client c1 with 1ssued-Secret-value-1 exists"),
        (400, "application/json", r#"{"message":"1ssued-Secret-value-1 is taken"}"#),
        (302, "text/plain", ""),
        (200, "application/x-www-form-urlencoded", "id=c1&passphrase=1ssued-Secret-value-1"),
    ] {
        let request = Request::new(
            Step::Registration,
            Purpose::Registration,
            Party::AuthorizationServer,
            "POST",
            "https://as/register",
        );
        let headers = Headers::new()
            .with("content-type", media_type)
            .with("location", "https://as/done/1ssued-Secret-value-1?x=1ssued-Secret-value-1");
        let (_, mut response) = answered(Purpose::Registration, headers, body.as_bytes());
        response.status = status;
        let redactor = learnt(&[exchanged(request.clone(), response.clone())]);
        let entry = crate::transcript::exchange_entry(&exchanged(request, response), &redactor);
        let json = serde_json::to_string(&entry).unwrap();
        assert!(!json.contains("1ssued"), "{json}");
        assert!(redactor.masked("leads to 1ssued-Secret-value-1").is_some());
    }
    // What tells of no secret stays, as evidence.
    let page = "<html><h1>502 Bad Gateway</h1><hr>nginx/1.25.3</html>";
    let (request, mut response) = answered(Purpose::Registration, Headers::new(), page.as_bytes());
    response.status = 502;
    assert_eq!(redactor().response_body(&request, &response).0, page);
}

#[test]
fn the_credentials_of_a_proxy_are_secrets_however_they_are_quoted() {
    let mut scenario = Scenario::new("https://gw/mcp", ProtocolVersion::V2025_11_25);
    scenario.network.proxies.http = Some(Secret::new("http://someone:pr0xy%2Fpass@proxy:3128/"));
    scenario.network.proxies.https = Some(Secret::new("other:0ther-pass@proxy:3128"));
    let redactor = Redactor::new([7; 32], &scenario);
    for quoted in
        ["pr0xy/pass", "pr0xy%2Fpass", "c29tZW9uZTpwcjB4eS9wYXNz", "0ther-pass", "b3RoZXI6MHRoZXItcGFzcw=="]
    {
        let said = redactor.text(&format!("a {quoted} b"));
        assert!(said.starts_with("a «proxy_") && said.ends_with(" b"), "{quoted}: {}", said.as_str());
    }
}

#[test]
fn the_parts_of_a_value_that_is_put_together_are_secrets() {
    for (value, key) in [
        ("Bearer k3y-value", "k3y-value"),
        ("someone:k3y-value", "k3y-value"),
        ("a=k3y-value; b", "k3y-value"),
    ] {
        let mut scenario = Scenario::new("https://gw/mcp", ProtocolVersion::V2025_11_25);
        scenario.target.headers.push(("X-Auth".to_owned(), Secret::new(value)));
        let redactor = Redactor::new([7; 32], &scenario);
        assert!(redactor.text(&format!("got {key}")).starts_with("got «x-auth "), "{value}");
        assert_eq!(redactor.text("a bearer token"), "a bearer token");
    }
}

#[test]
fn the_type_of_a_secret_is_kept() {
    let body = r#"{"client_secret":1234567890,"access_token":["s3cret-a"],"refresh_token":{"v":"s3cret-b"},"id_token":null}"#;
    let (request, mut response) = answered(Purpose::Initialize, Headers::new(), body.as_bytes());
    response.headers.push("content-type", "application/json");
    let redactor = learnt(&[exchanged(request.clone(), response.clone())]);
    let (redacted, _) = redactor.response_body(&request, &response);
    let redacted: serde_json::Value = serde_json::from_str(&redacted).unwrap();
    assert!(
        redacted["client_secret"]
            .as_str()
            .is_some_and(|placeholder| placeholder.starts_with("«client_secret "))
    );
    assert!(
        redacted["access_token"][0]
            .as_str()
            .is_some_and(|placeholder| placeholder.starts_with("«access_token "))
    );
    assert!(
        redacted["refresh_token"]["v"]
            .as_str()
            .is_some_and(|placeholder| placeholder.starts_with("«refresh_token "))
    );
    assert!(redacted["id_token"].is_null());
    let numbers: Vec<_> = redactor.tokens().into_iter().filter(|token| token.number).collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(numbers[0].placeholder, redacted["client_secret"].as_str().unwrap());
}
