//! Walks the login as a browser without scripts would: redirects, cookies and, if asked, HTML forms.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::header::HeaderValue;

use super::page::{Form, forms, says};
use super::{Consent, Desk, LoginFailure, is_callback};
use crate::edition::{Party, Step};
use crate::exchange::{Purpose, Request, Response, Secret};

/// Redirects and forms together; real logins need about ten.
const MOST_HOPS: usize = 30;

/// Follows redirects; with `fill`, also submits forms.
pub(super) struct Pages {
    /// Inputs and buttons by name; `None` submits nothing.
    pub(super) fill: Option<Vec<(String, Secret)>>,
}

impl Consent for Pages {
    fn obtain(self: Box<Self>, desk: Desk) -> BoxFuture<'static, Result<String, LoginFailure>> {
        Box::pin(async move {
            let start = get(&desk.request.url);
            let mut visit =
                Visit { desk, fill: self.fill, jar: Arc::new(Jar::default()), submitted: Vec::new() };
            visit.walk(start).await
        })
    }
}

struct Visit {
    desk: Desk,
    fill: Option<Vec<(String, Secret)>>,
    jar: Arc<Jar>,
    /// Forms already filled in: path of the page and names of the fields.
    submitted: Vec<(String, Vec<String>)>,
}

fn get(url: &str) -> Request {
    Request::new(Step::Authorization, Purpose::Login, Party::AuthorizationServer, "GET", url)
}

impl Visit {
    async fn walk(&mut self, mut request: Request) -> Result<String, LoginFailure> {
        for _ in 0..MOST_HOPS {
            let url = reqwest::Url::parse(&request.url)
                .map_err(|_| LoginFailure::BadUrl(without_query(&request.url)))?;
            request = request.header("accept", "text/html, application/xhtml+xml");
            if let Some(cookies) = self.jar.cookies(&url) {
                request.headers.push("cookie", cookies.as_bytes());
            }
            let exchange = self.desk.send(request).await;
            let response = exchange.outcome.map_err(|failure| LoginFailure::NoAnswer {
                url: without_query(&exchange.request.url),
                failure: failure.to_string(),
            })?;
            let set: Vec<HeaderValue> = response
                .headers
                .raw()
                .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
                .filter_map(|(_, value)| HeaderValue::from_bytes(value).ok())
                .collect();
            self.jar.set_cookies(&mut set.iter(), &url);
            if let Some(location) = response.redirect() {
                // The callback is taken as sent: resolving it would re-serialise it.
                if is_callback(&self.desk.request, &location) {
                    return Ok(location.into_owned());
                }
                let next = url.join(&location).map_err(|_| LoginFailure::BadUrl(bare(&url)))?;
                request = follow(&exchange.request, response.status, next.as_str());
                continue;
            }
            request = self.submit(&url, &response)?;
            if request.method == "GET" && is_callback(&self.desk.request, &request.url) {
                return Ok(request.url);
            }
        }
        Err(LoginFailure::TooManyHops(MOST_HOPS, without_query(&request.url)))
    }

    /// The request a page's form makes.
    fn submit(&mut self, url: &reqwest::Url, response: &Response) -> Result<Request, LoginFailure> {
        let html = response.text();
        let said = || match says(&html) {
            said if said.is_empty() => String::new(),
            said => format!("; it says: {said}"),
        };
        let Some(fill) = &self.fill else {
            return Err(LoginFailure::NotRedirected {
                url: bare(url),
                status: response.status,
                said: said(),
            });
        };
        let forms = forms(&html);
        if forms.is_empty() {
            return Err(LoginFailure::NoForm { url: bare(url), status: response.status, said: said() });
        }
        let Some(form) = choose(&forms, fill) else {
            return Err(not_filled(url, &forms, fill));
        };
        let (fields, secret_fields) = fields(form, fill);
        if !secret_fields.is_empty() {
            let once = (url.path().to_owned(), secret_fields.clone());
            if self.submitted.contains(&once) {
                return Err(LoginFailure::FilledTwice {
                    url: bare(url),
                    filled: secret_fields.join(", "),
                    said: said(),
                });
            }
            self.submitted.push(once);
        }
        let mut target = url.clone();
        if !form.action.is_empty() {
            target = url.join(&form.action).map_err(|_| LoginFailure::BadUrl(bare(url)))?;
        }
        target.set_fragment(None);
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Ok(if form.post {
            let mut request = get(target.as_str());
            "POST".clone_into(&mut request.method);
            request.secret_fields = secret_fields;
            request
                .header("origin", &url.origin().ascii_serialization())
                .header("referer", url.as_str())
                .body("application/x-www-form-urlencoded", encoded)
        } else {
            target.set_query(Some(&encoded));
            let mut request = get(target.as_str());
            request.secret_fields = secret_fields;
            request
        })
    }
}

/// 307 and 308 keep method and body (RFC 9110 §15.4); the others become GET, as browsers do.
fn follow(from: &Request, status: u16, to: &str) -> Request {
    let mut next = get(to);
    if matches!(status, 307 | 308) && from.method == "POST" {
        next.method.clone_from(&from.method);
        next = next.body("application/x-www-form-urlencoded", from.body.clone());
        next.secret_fields.clone_from(&from.secret_fields);
    }
    next
}

/// The form to submit: one that takes something of `fill`, else one without visible fields and with at most one button.
fn choose<'a>(forms: &'a [Form], fill: &[(String, Secret)]) -> Option<&'a Form> {
    let filled = |name: &str| fill.iter().any(|(n, _)| n == name);
    let takes = |form: &&Form| {
        form.visible.iter().any(|(name, _)| filled(name))
            || form.buttons.iter().any(|button| pressed(button, fill))
    };
    let silent = |form: &&Form| form.visible.is_empty() && form.buttons.len() <= 1;
    forms.iter().find(takes).or_else(|| forms.iter().find(silent))
}

fn pressed((name, value): &(String, String), fill: &[(String, Secret)]) -> bool {
    fill.iter().any(|(n, v)| !name.is_empty() && n == name && v.expose() == value)
}

/// The fields to send, and the names of those whose value came from `fill`.
fn fields(form: &Form, fill: &[(String, Secret)]) -> (Vec<(String, String)>, Vec<String>) {
    let mut fields = form.hidden.clone();
    let mut secret = Vec::new();
    for (name, preset) in &form.visible {
        let given = fill.iter().find(|(n, _)| n == name);
        if given.is_some() {
            secret.push(name.clone());
        }
        fields.push((
            name.clone(),
            given.map_or_else(|| preset.clone(), |(_, value)| value.expose().to_owned()),
        ));
    }
    let button = form.buttons.iter().find(|button| pressed(button, fill)).or(form.buttons.first());
    fields.extend(button.filter(|(name, _)| !name.is_empty()).cloned());
    (fields, secret)
}

fn not_filled(url: &reqwest::Url, forms: &[Form], fill: &[(String, Secret)]) -> LoginFailure {
    let names = forms.iter().flat_map(|form| {
        let fields = form.visible.iter().map(|(name, _)| name.clone());
        let buttons = form
            .buttons
            .iter()
            .filter(|_| form.buttons.len() > 1)
            .map(|(name, value)| format!("{name}={value}"));
        fields.chain(buttons)
    });
    let given = match fill.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>() {
        given if given.is_empty() => "nothing is given".to_owned(),
        given => format!("given: {}", given.join(", ")),
    };
    LoginFailure::NotFilled { url: bare(url), fields: names.collect::<Vec<_>>().join(", "), given }
}

/// The same for a URL that may be none.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// A URL for a message: without its query, which is long and may hold secrets.
fn bare(url: &reqwest::Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
