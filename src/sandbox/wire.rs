//! Requests as the handlers read them, and replies as they write them.

use std::convert::Infallible;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::{Stream, StreamExt as _};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use serde_json::Value;

/// No client of the sandbox has more to say than this.
const BODY_LIMIT: usize = 1 << 20;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    query: String,
    pub(crate) version: http::Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// Reads the body; nothing when it is too long or breaks off.
    pub(crate) async fn read(request: http::Request<Incoming>) -> Option<Self> {
        let (mut head, body) = request.into_parts();
        // HTTP/2 has the host in the target (RFC 9113 §8.3.1).
        if let Some(authority) = head.uri.authority().filter(|_| !head.headers.contains_key(HOST))
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            head.headers.insert(HOST, host);
        }
        let body = Limited::new(body, BODY_LIMIT).collect().await.ok()?.to_bytes();
        let path = head.uri.path().to_owned();
        let query = head.uri.query().unwrap_or_default().to_owned();
        let version = head.version;
        Some(Self { method: head.method, path, query, version, headers: head.headers, body })
    }

    /// The value of a header field that is visible ASCII.
    pub(crate) fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The credentials of an authentication scheme, whose name is case-insensitive
    /// ([RFC 9110 §11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1)). Empty if the scheme stands alone.
    pub(crate) fn credentials(&self, scheme: &str) -> Option<&str> {
        let value = self.header(AUTHORIZATION)?.trim();
        let (name, rest) = value.split_once(' ').unwrap_or((value, ""));
        name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// User and password of HTTP Basic, each form-decoded
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let decoded = BASE64_STANDARD.decode(self.credentials("basic")?).ok()?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some((form_decode(user), form_decode(password)))
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.header(COOKIE)?.split(';');
        pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The parameters of the query.
    pub(crate) fn query(&self) -> Parameters {
        Parameters::parse(self.query.as_bytes())
    }

    /// The parameters of a form body; none if the body is something else.
    pub(crate) fn form(&self) -> Parameters {
        let media_type = self.header(CONTENT_TYPE).unwrap_or_default();
        let is_form =
            media_type.split(';').next().is_some_and(|t| t.trim() == "application/x-www-form-urlencoded");
        Parameters::parse(if is_form { &self.body } else { b"" })
    }
}

fn form_decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let decoded = Parameters::parse(format!("v={}", spaced.replace('&', "%26")).as_bytes());
    decoded.get("v").unwrap_or_default().to_owned()
}

/// Form-encoded parameters, order and repeats kept.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parses the form encoding, which never fails.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The value of a parameter; one without a value counts as left out
    /// ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, value)| n == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that occurs twice. Only `resource` may
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub(crate) fn repeated(&self) -> Option<&str> {
        let names = self.0.iter().map(|(name, _)| name.as_str());
        names
            .filter(|name| *name != "resource")
            .find(|name| self.0.iter().filter(|(n, _)| n == name).count() > 1)
    }
}

/// The body of a reply, whole or flowing.
pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A reply under construction.
#[derive(Debug)]
pub(crate) struct Reply(http::Response<Body>);

impl Reply {
    /// A reply of any media type.
    pub(crate) fn new(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::bare(status, Full::new(body.into()).boxed_unsync())
            .with(CONTENT_TYPE, HeaderValue::from_static(media_type))
    }

    /// A JSON document.
    pub(crate) fn json(status: StatusCode, document: &Value) -> Self {
        Self::new(status, "application/json", document.to_string())
    }

    /// A web page.
    pub(crate) fn html(status: StatusCode, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
    }

    /// Nothing but a status.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self::bare(status, Full::default().boxed_unsync())
    }

    /// Sends the client elsewhere. 302 and 303 only: 307 and 308 would repeat a posted password
    /// ([RFC 9700 §4.12](https://www.rfc-editor.org/rfc/rfc9700#section-4.12)).
    pub(crate) fn redirect(status: StatusCode, location: &str) -> Self {
        Self::empty(status).with_text(LOCATION, location)
    }

    /// A body that arrives in pieces.
    pub(crate) fn stream<S>(media_type: &'static str, pieces: S) -> Self
    where
        S: Stream<Item = Bytes> + Send + 'static,
    {
        let frames = pieces.map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
        Self::bare(StatusCode::OK, StreamBody::new(frames).boxed_unsync())
            .with(CONTENT_TYPE, HeaderValue::from_static(media_type))
    }

    fn bare(status: StatusCode, body: Body) -> Self {
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        Self(response)
    }

    /// Sets a header field.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers_mut().insert(name, value);
        self
    }

    /// Sets a header field to text; text that cannot be a field value leaves it out.
    pub(crate) fn with_text(self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        match HeaderValue::from_bytes(value.as_ref()) {
            Ok(value) => self.with(name, value),
            Err(_) => self,
        }
    }

    /// Adds a header field beside others of its name; text that cannot be a field leaves it out.
    pub(crate) fn and(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_ref())) {
            self.0.headers_mut().append(name, value);
        }
        self
    }

    /// The value of a header field that is visible ASCII.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.0.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Takes the body out, if its end is known; else it stays.
    pub(crate) async fn take_body(self) -> Result<(Self, Bytes), Self> {
        if self.0.body().size_hint().exact().is_none() {
            return Err(self);
        }
        let (head, body) = self.0.into_parts();
        let Ok(body) = body.collect().await;
        Ok((Self(http::Response::from_parts(head, Full::default().boxed_unsync())), body.to_bytes()))
    }

    /// With another body.
    pub(crate) fn with_body(self, body: Bytes) -> Self {
        Self(self.0.map(|_| Full::new(body).boxed_unsync()))
    }

    /// With a body in pieces of a few bytes.
    pub(crate) fn with_pieces(self, body: &Bytes) -> Self {
        let pieces: Vec<_> = body.chunks(100).map(|piece| body.slice_ref(piece)).collect();
        let frames = futures_util::stream::iter(pieces).map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
        Self(self.0.map(|_| StreamBody::new(frames).boxed_unsync()))
    }

    /// With another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        *self.0.status_mut() = status;
        self
    }

    /// Without a header field.
    pub(crate) fn without(mut self, name: HeaderName) -> Self {
        self.0.headers_mut().remove(name);
        self
    }

    /// Forbids storing ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
    pub(crate) fn no_store(self) -> Self {
        self.with(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .with(http::header::PRAGMA, HeaderValue::from_static("no-cache"))
    }

    /// What hyper sends.
    pub(crate) fn into_response(self) -> http::Response<Body> {
        self.0
    }
}

/// One method on one path, and its handler.
pub(crate) struct Route<S> {
    /// The method; `GET` stands for `HEAD` too.
    pub(crate) method: Method,
    /// The path; a final `*` stands for one more segment.
    pub(crate) path: &'static str,
    /// The handler.
    pub(crate) handle: fn(&S, &Request) -> Reply,
}

impl<S> Route<S> {
    fn matches(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(prefix) => {
                path.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
            }
            None => self.path == path,
        }
    }

    fn allows(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
    }
}

/// Routes by the table: 404 without the path, 405 with `Allow` without the method.
pub(crate) fn route<S>(routes: &[Route<S>], subject: &S, request: &Request) -> Reply {
    let here: Vec<_> = routes.iter().filter(|route| route.matches(&request.path)).collect();
    if here.is_empty() {
        return not_found();
    }
    match here.iter().find(|route| route.allows(&request.method)) {
        Some(route) => (route.handle)(subject, request),
        None => {
            method_not_allowed(&here.iter().map(|route| route.method.as_str()).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A document as JSON that names one of its members twice, with the same value.
pub(crate) fn twice(document: &Value, member: &str) -> String {
    let value = document.get(member).unwrap_or(&Value::Null);
    document.to_string().replacen('{', &format!("{{\"{member}\":{value},"), 1)
}

/// The body of 404.
pub(crate) const NOT_FOUND: &str = r#"{"error":"not_found"}"#;

/// 404 with a JSON body.
pub(crate) fn not_found() -> Reply {
    Reply::new(StatusCode::NOT_FOUND, "application/json", NOT_FOUND)
}

/// 405 with `Allow` ([RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)).
pub(crate) fn method_not_allowed(allow: &str) -> Reply {
    Reply::json(StatusCode::METHOD_NOT_ALLOWED, &serde_json::json!({ "error": "method_not_allowed" }))
        .with_text(http::header::ALLOW, allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &'static str)]) -> Request {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let (path, query) = ("/".to_owned(), String::new());
        let version = http::Version::HTTP_11;
        Request { method: Method::GET, path, query, version, headers, body: Bytes::new() }
    }

    #[test]
    fn the_scheme_is_case_insensitive() {
        assert_eq!(request(&[("authorization", "bEARER  abc ")]).credentials("bearer"), Some("abc"));
        assert_eq!(request(&[("authorization", "Bearer")]).credentials("bearer"), Some(""));
        assert_eq!(request(&[("authorization", "Basic abc")]).credentials("bearer"), None);
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        // base64 of "a%3Ab:c+d%26e"
        let read = request(&[("authorization", "Basic YSUzQWI6YytkJTI2ZQ==")]).basic();
        assert_eq!(read, Some(("a:b".to_owned(), "c d&e".to_owned())));
    }

    #[test]
    fn parameters_without_a_value_count_as_left_out() {
        let parameters = Parameters::parse(b"state=&scope=a&resource=x&resource=y&scope=b");
        assert_eq!(parameters.get("state"), None);
        assert_eq!(parameters.repeated(), Some("scope"));
        assert_eq!(parameters.all("resource").count(), 2);
    }

    #[test]
    fn cookies_are_found_among_others() {
        let read = request(&[("cookie", "a=1; sandbox=xyz;b=2")]);
        assert_eq!(read.cookie("sandbox"), Some("xyz"));
        assert_eq!(read.cookie("c"), None);
    }
}
