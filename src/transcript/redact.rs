//! Replaces secrets by marks that keep equality visible within a run: `«access_token 3f2a 659 B»`.
//!
//! By type and field first: header fields, query parameters, form fields and JSON members whose names the specs give to
//! secrets. What a run knows to be secret is then also masked wherever a peer quotes it (`known`). An answer
//! that hands out secrets is withheld if it cannot be read.

mod encoding;
mod json;
mod known;
mod learn;

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::{BodyEncoding, Record, TokenEntry};
use crate::exchange::{Headers, Purpose, Request, Response, text};
use crate::scenario::Scenario;

use known::Known;

/// Names of parameters, fields and members that hold secrets in OAuth, OpenID, SAML and WS-Federation messages.
const SECRET_FIELDS: [&str; 25] = [
    "access_token",
    "actor_token",
    "assertion",
    "auth_req_id",
    "client_assertion",
    "client_secret",
    "code_verifier",
    "device_code",
    "id_token",
    "id_token_hint",
    "initial_access_token",
    "logout_token",
    "otp",
    "passcode",
    "passwd",
    "password",
    "pwd",
    "refresh_token",
    "registration_access_token",
    "samlresponse",
    "session_id",
    "subject_token",
    "token",
    "user_code",
    "wresult",
];

/// Names that mean a secret as a parameter or form field, and something harmless as a JSON member.
const SECRET_PARAMETERS: [&str; 1] = ["code"];

/// Header fields whose whole value is a secret.
const SECRET_HEADERS: [&str; 7] =
    ["cookie", "dpop", "mcp-session-id", "x-api-key", "x-auth-token", "x-amz-security-token", "x-csrf-token"];

/// Claims that tell who somebody is, or whose value identifies the token.
const PERSONAL_CLAIMS: [&str; 20] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "given_name",
    "ipaddr",
    "jti",
    "middle_name",
    "name",
    "nickname",
    "nonce",
    "oid",
    "phone_number",
    "picture",
    "preferred_username",
    "sid",
    "sub",
    "unique_name",
    "upn",
    "username",
];

/// Makes marks for one run.
#[derive(Clone, Debug)]
pub struct Marks {
    salt: [u8; 32],
    /// Lower-case names of the header fields the user gave for the target.
    target_headers: Vec<String>,
    known: Known,
    /// Texts that are no secrets, whoever says so: the target, the client identifier.
    public: Vec<String>,
    /// Whether fields are left as they are, whatever their names; what is known is marked all the same.
    reveal: bool,
}

impl Marks {
    /// Marks with that salt, which know what the user gave.
    pub fn new(salt: [u8; 32], scenario: &Scenario) -> Self {
        let target_headers =
            scenario.target.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let mut marks =
            Self { salt, target_headers, known: Known::default(), public: Vec::new(), reveal: false };
        marks.learn_scenario(scenario);
        marks.known.prepare();
        marks
    }

    /// Marks that know every secret of a run.
    pub fn of_run(record: &Record) -> Self {
        let mut marks = Self::new(record.salt, &record.scenario);
        marks.learn_trail(&record.trail);
        marks.known.prepare();
        marks
    }

    /// Marks that know these secrets and their marks, and nothing else.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut known = Known::default();
        for (secret, mark) in pairs {
            known.learn(secret, || mark.to_owned());
        }
        known.prepare();
        Self { salt: [0; 32], target_headers: Vec::new(), known, public: Vec::new(), reveal: true }
    }

    /// Marks nothing from now on.
    #[must_use]
    pub fn reveal(mut self) -> Self {
        self.reveal = true;
        self.known = Known::default();
        self
    }

    /// Whether secrets are kept.
    pub(super) const fn is_revealing(&self) -> bool {
        self.reveal
    }

    /// The mark of a secret: kind, four hexadecimal digits of a salted digest, length in bytes.
    pub fn mark(&self, kind: &str, secret: &str) -> String {
        if self.reveal {
            return self.known.mark(secret).unwrap_or(secret).to_owned();
        }
        self.known.mark(secret).map_or_else(|| self.new_mark(kind, secret), str::to_owned)
    }

    fn new_mark(&self, kind: &str, secret: &str) -> String {
        let digest = Sha256::new().chain_update(self.salt).chain_update(secret).finalize();
        format!("«{kind} {:02x}{:02x} {} B»", digest[0], digest[1], secret.len())
    }

    /// A text of somebody else with every known secret replaced; `None` if there is none in it.
    pub fn masked(&self, text: &str) -> Option<String> {
        self.known.masked(text)
    }

    /// What the known secrets look like inside, for checks on the stored transcript.
    pub(super) fn tokens(&self) -> Vec<TokenEntry> {
        if self.reveal {
            return Vec::new();
        }
        let look = |(value, mark): (&str, &str)| {
            let parts: Vec<_> = value.split('.').collect();
            let part = |index: usize| {
                let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(parts[index]).ok()?;
                String::from_utf8(bytes).ok().filter(|text| text.trim_start().starts_with('{'))
            };
            let header = if matches!(parts.len(), 3 | 5) { part(0) } else { None };
            let claims = if parts.len() == 3 && header.is_some() { part(1) } else { None };
            let entry = TokenEntry {
                mark: mark.to_owned(),
                header: header.map(|header| self.masked(&header).unwrap_or(header)),
                claims: claims.map(|claims| self.claims(&claims)),
                not_visible_ascii: !value.bytes().all(|byte| byte.is_ascii_graphic()),
            };
            (entry.header.is_some() || entry.not_visible_ascii).then_some(entry)
        };
        self.known.values().filter_map(look).collect()
    }

    /// The claims of a token without what they tell about a person.
    fn claims(&self, claims: &str) -> String {
        let replace = |name: &str, value: &str| {
            let personal = PERSONAL_CLAIMS.contains(&name) || is_secret(name);
            (personal && !value.is_empty()).then(|| self.mark(name, value))
        };
        let claims = json::rewrite(claims, &replace).unwrap_or_else(|| self.mark("claims", claims));
        self.masked(&claims).unwrap_or(claims)
    }

    /// A parameter's value, marked if its name is that of a secret.
    fn field<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if is_secret_parameter(name) && !value.is_empty() {
            Cow::Owned(self.mark(name, value))
        } else {
            Cow::Borrowed(value)
        }
    }

    /// Decoded parameters.
    pub fn parameters(&self, parameters: &[(String, String)]) -> Vec<(String, String)> {
        parameters.iter().map(|(name, value)| (name.clone(), self.field(name, value).into_owned())).collect()
    }

    /// The URL of a request: those of its fields that were filled in are marked too.
    pub fn request_url(&self, request: &Request) -> String {
        if self.reveal {
            return request.url.clone();
        }
        let mut url = self.url(&request.url);
        let fields = request.url.split_once('?').map_or("", |(_, query)| query);
        for pair in fields.split('&').filter(|_| request.method == "GET") {
            let parsed = url::form_urlencoded::parse(pair.as_bytes()).next();
            let filled = parsed.filter(|(name, _)| request.secret_fields.iter().any(|field| field == name));
            if let Some((name, value)) = filled {
                url = url.replace(pair, &format!("{name}={}", self.mark(&name, &value)));
            }
        }
        url
    }

    /// A URL: secrets in userinfo, query and fragment are marked, all else stays as written.
    pub fn url(&self, url: &str) -> String {
        if self.reveal {
            return url.to_owned();
        }
        let (head, tail) = url.find(['?', '#']).map_or((url, ""), |at| url.split_at(at));
        let mut marked =
            match head.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?))) {
                Some((scheme, (user, rest))) if !user.contains('/') => {
                    format!("{scheme}://{}@{rest}", self.mark("userinfo", user))
                }
                _ => head.to_owned(),
            };
        let mut rest = tail;
        while let Some(separator) = rest.chars().next() {
            let body = &rest[separator.len_utf8()..];
            let end = body.find(['&', '#']).unwrap_or(body.len());
            marked.push(separator);
            marked.push_str(&self.pair(&body[..end]));
            rest = &body[end..];
        }
        marked
    }

    /// One `name=value` of a query or form, encoded.
    fn pair<'a>(&self, pair: &'a str) -> Cow<'a, str> {
        let Some((name, value)) = url::form_urlencoded::parse(pair.as_bytes()).next() else {
            return pair.into();
        };
        if is_secret_parameter(&name) && !value.is_empty() {
            Cow::Owned(format!("{name}={}", self.mark(&name, &value)))
        } else {
            Cow::Borrowed(pair)
        }
    }

    /// Header fields.
    pub fn headers(&self, headers: &Headers) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| (name.to_owned(), self.header(name, &value))).collect()
    }

    fn header(&self, name: &str, value: &str) -> String {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "authorization" | "proxy-authorization" => match credentials(value) {
                (scheme, "") => scheme.to_owned(),
                ("", credentials) => self.mark("credentials", credentials),
                (scheme, credentials) => format!("{scheme} {}", self.mark("credentials", credentials)),
            },
            "set-cookie" => {
                let (pair, attributes) =
                    value.split_once(';').map_or((value, ""), |(pair, rest)| (pair, rest));
                let (cookie, secret) = pair.split_once('=').unwrap_or(("", pair));
                let separator = if attributes.is_empty() { "" } else { ";" };
                format!("{cookie}={}{separator}{attributes}", self.mark("cookie", secret))
            }
            "location" | "referer" | "content-location" | "refresh" | "link" => self.url(value),
            lower if self.is_secret_header(lower) => self.mark(lower, value),
            _ => value.to_owned(),
        }
    }

    fn is_secret_header(&self, lower: &str) -> bool {
        SECRET_HEADERS.contains(&lower) || self.target_headers.iter().any(|name| name == lower)
    }

    /// The body of a request.
    pub fn request_body(&self, request: &Request) -> (String, BodyEncoding) {
        let Ok(body) = std::str::from_utf8(&request.body) else { return self.binary(&request.body) };
        if self.reveal {
            return (body.to_owned(), BodyEncoding::Text);
        }
        if is_form(&request.headers) {
            let pairs = body.split('&').map(|pair| {
                let parsed = url::form_urlencoded::parse(pair.as_bytes()).next();
                match parsed {
                    Some((name, value)) if request.secret_fields.iter().any(|field| *field == name) => {
                        format!("{name}={}", self.mark(&name, &value))
                    }
                    _ => self.pair(pair).into_owned(),
                }
            });
            return (pairs.collect::<Vec<_>>().join("&"), BodyEncoding::Text);
        }
        (self.json(body).unwrap_or_else(|| body.to_owned()), BodyEncoding::Text)
    }

    /// The body of an answer.
    pub fn response_body(&self, request: &Request, response: &Response) -> (String, BodyEncoding) {
        let sees_secrets = request.purpose.hands_out_secrets();
        let Ok(body) = std::str::from_utf8(&response.body) else {
            let withheld = !self.reveal && sees_secrets && response.is_success();
            return if withheld {
                (withhold(response), BodyEncoding::Text)
            } else {
                self.binary(&response.body)
            };
        };
        if self.reveal {
            return (body.to_owned(), BodyEncoding::Text);
        }
        if let Some(marked) = self.json(body) {
            return (marked, BodyEncoding::Text);
        }
        if response.media_type() == "text/event-stream" {
            return (self.event_stream(body), BodyEncoding::Text);
        }
        // What was typed and is too short to be found in the page; what was issued and cannot be read.
        let typed = request.purpose == Purpose::Login && self.has_unknown_fields(request);
        if body.is_empty() || !(typed || sees_secrets && response.is_success()) {
            return (body.to_owned(), BodyEncoding::Text);
        }
        if body.contains('=') && !body.contains(['{', '<', '\n']) {
            let pairs: Vec<_> = body.split('&').map(|pair| self.pair(pair)).collect();
            return (pairs.join("&"), BodyEncoding::Text);
        }
        (withhold(response), BodyEncoding::Text)
    }

    /// Bytes that are no text. Withheld if there is a known secret among them, as it could not be cut out.
    fn binary(&self, body: &[u8]) -> (String, BodyEncoding) {
        let withheld = !self.reveal && self.masked(&text(body)).is_some();
        if withheld {
            let said = format!("«withheld {} B: a secret in a body that is not UTF-8»", body.len());
            return (said, BodyEncoding::Text);
        }
        (BASE64_STANDARD.encode(body), BodyEncoding::Base64)
    }

    /// Each event's data as JSON, the rest as it is.
    fn event_stream(&self, body: &str) -> String {
        let line = |line: &str| {
            let data = line.strip_prefix("data:").and_then(|data| self.json(data));
            data.map_or_else(|| line.to_owned(), |data| format!("data:{data}"))
        };
        body.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }

    /// JSON with marked members, as sent otherwise. `None` if it is not JSON.
    fn json(&self, body: &str) -> Option<String> {
        json::rewrite(body, &|name, value| {
            if is_secret(name) && !matches!(value, "" | "null" | "true" | "false") {
                return Some(self.mark(name, value));
            }
            // The whole query of a management URL: servers put the token there (RFC 7592 §5).
            if name == "registration_client_uri"
                && let Some((url, query)) = value.split_once('?')
            {
                return Some(format!("{url}?{}", self.mark("query", query)));
            }
            let is_url =
                value.contains("://") && value.contains(['?', '#', '@']) && !value.starts_with(['{', '[']);
            is_url.then(|| self.url(value)).filter(|marked| marked != value)
        })
    }
}

fn withhold(response: &Response) -> String {
    format!("«withheld {} B: an answer to a request with secrets that is not JSON»", response.body.len())
}

fn is_form(headers: &Headers) -> bool {
    let media_type = headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    media_type.starts_with("application/x-www-form-urlencoded")
}

fn is_secret(name: &str) -> bool {
    SECRET_FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name))
}

fn is_secret_parameter(name: &str) -> bool {
    is_secret(name) || SECRET_PARAMETERS.iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// Scheme and credentials of an `Authorization` field. A scheme alone, as probes send it, holds nothing secret; any other
/// single word is a key without a scheme.
fn credentials(value: &str) -> (&str, &str) {
    const SCHEMES: [&str; 4] = ["bearer", "basic", "dpop", "digest"];
    match value.trim_end().split_once(' ') {
        Some(both) => both,
        None if SCHEMES.iter().any(|scheme| value.trim_end().eq_ignore_ascii_case(scheme)) => (value, ""),
        None => ("", value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::{Party, Step};

    fn marks() -> Marks {
        Marks {
            salt: [7; 32],
            target_headers: vec!["x-gateway-key".to_owned()],
            known: Known::default(),
            public: Vec::new(),
            reveal: false,
        }
    }

    #[test]
    fn equal_secrets_have_equal_marks_within_a_run_only() {
        let marks = marks();
        assert_eq!(marks.mark("code", "abc"), marks.mark("code", "abc"));
        assert_ne!(marks.mark("code", "abc"), marks.mark("code", "abd"));
        assert_ne!(marks.mark("code", "abc"), Marks { salt: [8; 32], ..marks }.mark("code", "abc"));
    }

    #[test]
    fn urls_keep_everything_but_secrets() {
        let marks = marks();
        let url = "http://127.0.0.1:1/callback?code=a%20b&state=x%2By&iss=https%3A%2F%2Fas#access_token=t";
        let marked = marks.url(url);
        assert!(!marked.contains("a%20b") && !marked.contains("=t"), "{marked}");
        assert!(marked.contains("&state=x%2By&iss=https%3A%2F%2Fas#access_token=«"), "{marked}");
        assert!(marks.url("https://user:pw@h/p").starts_with("https://«userinfo "));
        assert_eq!(marks.url("https://h/p?a=b&c"), "https://h/p?a=b&c");
    }

    #[test]
    fn what_was_filled_into_a_get_form_is_marked_in_its_url() {
        let url = "https://as/login?user=al&pw=s3cret&state=s";
        let mut request =
            Request::new(Step::Authorization, Purpose::Login, Party::AuthorizationServer, "GET", url);
        request.secret_fields = vec!["pw".to_owned()];
        let marked = marks().request_url(&request);
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
        for (name, value) in marks().headers(&headers) {
            assert!(!value.contains("secret"), "{name}: {value}");
        }
    }

    #[test]
    fn a_scheme_alone_is_no_secret() {
        for (value, shown) in [("Bearer", "Bearer"), ("bearer ", "bearer "), ("Basic", "Basic")] {
            let headers = Headers::new().with("authorization", value);
            assert_eq!(marks().headers(&headers)[0].1, shown);
        }
        assert_eq!(credentials("k3y-without-scheme"), ("", "k3y-without-scheme"));
        assert_eq!(credentials("Bearer a b"), ("Bearer", "a b"));
    }

    #[test]
    fn bodies_are_marked_by_field_and_withheld_when_they_cannot_be_read() {
        let marks = marks();
        let mut request =
            Request::new(Step::Token, Purpose::Token, Party::AuthorizationServer, "POST", "https://as/token")
                .body(
                    "application/x-www-form-urlencoded",
                    "grant_type=authorization_code&code=c0de&login=al&code_verifier=ver",
                );
        request.secret_fields = vec!["login".to_owned()];
        let (body, _) = marks.request_body(&request);
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
            r#"{"access_token":"s3cret"#,
            "access_token=s3cret&x=y",
            "<p>s3cret</p>",
            r#"{"token":["s3cret"]}"#,
            r#"{"registration_client_uri":"https://as/r?x=s3cret"}"#,
            r#"{"see":"https://as/r?code=s3cret"}"#,
        ] {
            let (marked, _) = marks.response_body(&request, &answer(body));
            assert!(!marked.contains("s3cret") && marked.contains('«'), "{marked}");
        }
        for body in [r#"{ "a": 1, "a": 2 }"#, r#"{"error":{"code":-32600}}"#, r#"{"code":"UNAUTHORIZED"}"#] {
            assert_eq!(marks.response_body(&request, &answer(body)), (body.to_owned(), BodyEncoding::Text));
        }
    }
}
