//! What is marked, and what stays as it was sent.

use super::*;
use crate::specification::{Party, Step};

fn redactor() -> Redactor {
    Redactor {
        salt: [7; 32],
        target_headers: vec!["x-gateway-key".to_owned()],
        known: SecretIndex::default(),
        public: Vec::new(),
        reveal: false,
    }
}

#[test]
fn equal_secrets_have_equal_marks_within_a_run_only() {
    let redactor = redactor();
    assert_eq!(redactor.mark("code", "abc"), redactor.mark("code", "abc"));
    assert_ne!(redactor.mark("code", "abc"), redactor.mark("code", "abd"));
    assert_ne!(redactor.mark("code", "abc"), Redactor { salt: [8; 32], ..redactor }.mark("code", "abc"));
}

#[test]
fn urls_keep_everything_but_secrets() {
    let redactor = redactor();
    let url = "http://127.0.0.1:1/callback?code=a%20b&state=x%2By&iss=https%3A%2F%2Fas#access_token=t";
    let marked = redactor.url(url);
    assert!(!marked.contains("a%20b") && !marked.contains("=t"), "{marked}");
    assert!(marked.contains("&state=x%2By&iss=https%3A%2F%2Fas#access_token=«"), "{marked}");
    assert!(redactor.url("https://user:pw@h/p").starts_with("https://«userinfo "));
    assert_eq!(redactor.url("https://h/p?a=b&c"), "https://h/p?a=b&c");
}

#[test]
fn what_was_filled_into_a_get_form_is_marked_in_its_url() {
    let url = "https://as/login?user=al&pw=s3cret&state=s";
    let mut request =
        Request::new(Step::Authorization, Purpose::Login, Party::AuthorizationServer, "GET", url);
    request.secret_fields = vec!["pw".to_owned()];
    let marked = redactor().request_url(&request);
    assert!(
        marked.starts_with("https://as/login?user=al&pw=«pw ") && marked.ends_with("&state=s"),
        "{marked}"
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
        let (marked, _) = redactor.response_body(&request, &answer(body));
        assert!(!marked.contains("s3cret") && marked.contains('«'), "{marked}");
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
    let (marked, _) = redactor().response_body(&request, &response);
    assert!(!marked.contains("s3cret"), "{marked}");
    assert!(
        marked.starts_with("event: message\nid: 1\ndata: {\"a\":1,\ndata:  \"access_token\":\"«"),
        "{marked}"
    );
    assert!(marked.ends_with("\n\n: ping\n\ndata: {\"b\":2}\n\n"), "{marked}");
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
