//! Replaces secrets by marks that keep equality visible within a run: `«access_token 3f2a 659 B»`.
//!
//! By type and field, never by searching for values: header fields, query parameters, form fields and JSON members
//! whose names the specs give to secrets. A body of an endpoint that hands out secrets is withheld if it cannot be read.

use std::borrow::Cow;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::exchange::{Headers, Purpose, Request, Response, text};
use crate::scenario::Scenario;

/// Names of parameters, fields and members that hold secrets in OAuth messages.
const SECRET_FIELDS: [&str; 15] = [
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "id_token",
    "initial_access_token",
    "password",
    "refresh_token",
    "registration_access_token",
    "session_id",
    "subject_token",
    "token",
];

/// Header fields whose whole value is a secret.
const SECRET_HEADERS: [&str; 5] = ["cookie", "dpop", "mcp-session-id", "x-api-key", "x-auth-token"];

/// Makes marks for one run.
#[derive(Clone, Debug)]
pub struct Marks {
    salt: [u8; 32],
    /// Lower-case names of the header fields the user gave for the target.
    target_headers: Vec<String>,
}

impl Marks {
    /// Marks with that salt.
    pub fn new(salt: [u8; 32], scenario: &Scenario) -> Self {
        let target_headers =
            scenario.target.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        Self { salt, target_headers }
    }

    /// The mark of a secret: kind, four hexadecimal digits of a salted digest, length in bytes.
    pub fn mark(&self, kind: &str, secret: &str) -> String {
        let digest = Sha256::new().chain_update(self.salt).chain_update(secret).finalize();
        format!("«{kind} {:02x}{:02x} {} B»", digest[0], digest[1], secret.len())
    }

    /// A parameter's value, marked if its name is that of a secret.
    fn field<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if is_secret(name) && !value.is_empty() {
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
        if is_secret(&name) && !value.is_empty() {
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
            "authorization" | "proxy-authorization" => match value.split_once(' ') {
                Some((scheme, credentials)) => format!("{scheme} {}", self.mark("credentials", credentials)),
                None => self.mark("credentials", value),
            },
            "set-cookie" => {
                let (pair, attributes) =
                    value.split_once(';').map_or((value, ""), |(pair, rest)| (pair, rest));
                let (cookie, secret) = pair.split_once('=').unwrap_or(("", pair));
                let separator = if attributes.is_empty() { "" } else { ";" };
                format!("{cookie}={}{separator}{attributes}", self.mark("cookie", secret))
            }
            "location" | "referer" | "content-location" => self.url(value),
            lower
                if SECRET_HEADERS.contains(&lower)
                    || self.target_headers.iter().any(|name| name == lower) =>
            {
                self.mark(lower, value)
            }
            _ => value.to_owned(),
        }
    }

    /// The body of a request.
    pub fn request_body(&self, request: &Request) -> String {
        let media_type = request.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
        if media_type.starts_with("application/x-www-form-urlencoded") {
            let text = text(&request.body);
            let pairs = text.split('&').map(|pair| {
                let parsed = url::form_urlencoded::parse(pair.as_bytes()).next();
                match parsed {
                    Some((name, value)) if request.secret_fields.iter().any(|field| *field == name) => {
                        format!("{name}={}", self.mark(&name, &value))
                    }
                    _ => self.pair(pair).into_owned(),
                }
            });
            return pairs.collect::<Vec<_>>().join("&");
        }
        self.json_or_text(&request.body).unwrap_or_else(|| text(&request.body).into_owned())
    }

    /// The body of an answer.
    pub fn response_body(&self, request: &Request, response: &Response) -> String {
        if let Some(marked) = self.json_or_text(&response.body) {
            return marked;
        }
        let sees_secrets =
            matches!(request.purpose, Purpose::Token | Purpose::Registration | Purpose::CleanUp);
        let answers_a_login = request.purpose == Purpose::Login && !request.secret_fields.is_empty();
        if (sees_secrets || answers_a_login) && !response.body.is_empty() {
            let body = response.text();
            if body.contains('=') && !body.contains(['{', '<', '\n']) {
                return body.split('&').map(|pair| self.pair(pair)).collect::<Vec<_>>().join("&");
            }
            return format!(
                "«withheld {} B: an answer to a request with secrets that is not JSON»",
                response.body.len()
            );
        }
        response.text().into_owned()
    }

    /// JSON with marked members; as sent, if there is nothing to mark. `None` if it is not JSON.
    fn json_or_text(&self, body: &[u8]) -> Option<String> {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        if !self.mark_members(&mut value) {
            return Some(text(body).into_owned());
        }
        serde_json::to_string(&value).ok()
    }

    /// Marks members named like secrets, at any depth; tells whether there were any.
    fn mark_members(&self, value: &mut Value) -> bool {
        let mut marked = false;
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(secret) if is_secret(name) && !secret.is_empty() => {
                            *secret = self.mark(name, secret);
                            marked = true;
                        }
                        other @ (Value::Array(_) | Value::Object(_) | Value::Number(_))
                            if is_secret(name) =>
                        {
                            *other = Value::String(self.mark(name, &other.to_string()));
                            marked = true;
                        }
                        other => marked |= self.mark_members(other),
                    }
                }
            }
            Value::Array(values) => {
                for value in values {
                    marked |= self.mark_members(value);
                }
            }
            _ => {}
        }
        marked
    }
}

fn is_secret(name: &str) -> bool {
    SECRET_FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::{Party, Step};

    fn marks() -> Marks {
        Marks { salt: [7; 32], target_headers: vec!["x-gateway-key".to_owned()] }
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
    fn bodies_are_marked_by_field_and_withheld_when_they_cannot_be_read() {
        let marks = marks();
        let mut request =
            Request::new(Step::Token, Purpose::Token, Party::AuthorizationServer, "POST", "https://as/token")
                .body(
                    "application/x-www-form-urlencoded",
                    "grant_type=authorization_code&code=c0de&login=al&code_verifier=ver",
                );
        request.secret_fields = vec!["login".to_owned()];
        let body = marks.request_body(&request);
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
            r#"{"code":["s3cret"]}"#,
        ] {
            let marked = marks.response_body(&request, &answer(body));
            assert!(!marked.contains("s3cret") && marked.contains('«'), "{marked}");
        }
        assert_eq!(marks.response_body(&request, &answer(r#"{ "a": 1 }"#)), r#"{ "a": 1 }"#);
    }
}
