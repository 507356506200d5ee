//! Walks the login as a browser without scripts would: redirects, cookies and, if asked, HTML forms.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::Url;
use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::header::HeaderValue;

use super::failure::{Failure, Place, without_query};
use super::page::Page;
use super::plan::{Plan, Unplanned, left_over};
use super::{Consent, ConsentContext, is_callback};
use crate::exchange::bounds::{self, LOGIN_HOPS as MOST_HOPS};
use crate::exchange::{Purpose, Request, Response};
use crate::scenario::{Given, Script};
use crate::specification::{Party, Step};

/// A page that refreshes itself waits no longer than this.
const LONGEST_REFRESH: Duration = Duration::from_secs(10);

/// Follows redirects; with a script, also submits forms.
pub(super) struct Pages {
    /// What to fill in and press; without one no form is submitted.
    pub(super) script: Option<Script>,
}

impl Consent for Pages {
    fn obtain(self: Box<Self>, desk: ConsentContext) -> BoxFuture<'static, Result<String, Failure>> {
        Box::pin(async move {
            let start = get(&desk.request.url);
            let mut visit = Visit {
                desk,
                script: self.script,
                jar: Arc::default(),
                cookies: bounds::COOKIES,
                submitted: Vec::new(),
                used: Vec::new(),
                saw_page: false,
            };
            let callback = visit.walk(start).await?;
            // Where the server remembers the login no page asks for anything.
            if !visit.saw_page {
                return Ok(callback);
            }
            if let Some(left_over) = visit.script.as_ref().and_then(|script| left_over(script, &visit.used)) {
                visit.desk.note(left_over);
            }
            Ok(callback)
        })
    }
}

struct Visit {
    desk: ConsentContext,
    script: Option<Script>,
    jar: Arc<Jar>,
    /// Bytes of cookies that may still come.
    cookies: usize,
    /// Forms already filled in: path of the page and names of the fields.
    submitted: Vec<(String, String)>,
    /// Names of what was given and taken.
    used: Vec<String>,
    /// Whether a page with a form came.
    saw_page: bool,
}

/// Where a page leads.
enum Next {
    Now(Request),
    After(Duration, Request),
}

fn get(url: &str) -> Request {
    Request::new(Step::Authorization, Purpose::Login, Party::AuthorizationServer, "GET", url)
}

impl Visit {
    async fn walk(&mut self, mut request: Request) -> Result<String, Failure> {
        for _ in 0..MOST_HOPS {
            let url = Url::parse(&request.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let url = url.ok_or_else(|| Failure::BadUrl(without_query(&request.url)))?;
            request = request.header("accept", "text/html, application/xhtml+xml");
            if let Some(cookies) = self.jar.cookies(&url) {
                request.headers.push("cookie", cookies.as_bytes());
            }
            let exchange = self.desk.send(request).await;
            let response = exchange.outcome.map_err(|failure| Failure::NoResponse {
                url: without_query(&exchange.request.url),
                failure: failure.to_string(),
            })?;
            self.keep_cookies(&url, &response);
            if let Some(location) = response.redirect() {
                // The callback is taken as sent: resolving it would re-serialise it.
                if is_callback(&self.desk.request, &location) {
                    return Ok(location.into_owned());
                }
                let next = url.join(&location).map_err(|_| Failure::BadUrl(without_query(&location)))?;
                request = follow(&exchange.request, response.status, next.as_str());
                continue;
            }
            request = match self.leave(&url, &response)? {
                Next::Now(request) => request,
                Next::After(delay, request) => {
                    tokio::time::sleep(delay).await;
                    request
                }
            };
            if request.method == "GET" && is_callback(&self.desk.request, &request.url) {
                return Ok(request.url);
            }
        }
        Err(Failure::TooManyHops(MOST_HOPS, without_query(&request.url)))
    }

    /// Keeps the cookies of a response, as far as browsers do.
    fn keep_cookies(&mut self, url: &Url, response: &Response) {
        let fields = response.headers.raw().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let (mut set, mut refused) = (Vec::new(), 0_usize);
        for (_, value) in fields {
            match self.cookies.checked_sub(value.len()).filter(|_| value.len() <= bounds::COOKIE) {
                Some(left) => {
                    self.cookies = left;
                    set.extend(HeaderValue::from_bytes(value));
                }
                None => refused += 1,
            }
        }
        self.jar.set_cookies(&mut set.iter(), url);
        if refused > 0 {
            self.desk.note(format!(
                "{} sets {refused} cookies that browsers would not keep (more than {} bytes, or more than {} in all)",
                without_query(url.as_str()),
                bounds::COOKIE,
                bounds::COOKIES
            ));
        }
    }

    /// Leaves a page: by a form that takes something of the script, by its refresh, or by a form that needs nothing.
    fn leave(&mut self, url: &Url, response: &Response) -> Result<Next, Failure> {
        let page = Page::read(&response.text());
        self.saw_page |= !page.forms.is_empty();
        let place = |script| Box::new(Place::new(url.as_str(), &page, script).answered(response));
        let join = |base: &Url, to: &str| base.join(to).map_err(|_| Failure::BadUrl(without_query(to)));
        let base = match &page.base {
            Some(base) => join(url, base)?,
            None => url.clone(),
        };
        let refreshed = match &page.refresh {
            Some(refresh) => {
                let to = if refresh.url.is_empty() { url.clone() } else { join(&base, &refresh.url)? };
                let delay = Duration::from_secs(refresh.seconds).min(LONGEST_REFRESH);
                // The callback is taken as written.
                let callback = is_callback(&self.desk.request, &refresh.url);
                Some(Next::After(delay, get(if callback { &refresh.url } else { to.as_str() })))
            }
            None => None,
        };
        let Some(script) = &self.script else {
            return refreshed.ok_or_else(|| Failure::NotRedirected(place(None)));
        };
        let given = script.on(url.as_str());
        let plan = match (Plan::make(&page, &given, refreshed.is_none()), refreshed) {
            (Ok(plan), _) => plan,
            (Err(_), Some(refreshed)) => return Ok(refreshed),
            (Err(why), None) => return Err(unplanned(why, &page, &given, place(Some(script)))),
        };
        self.used.extend(plan.used(&page, &given).into_iter().map(str::to_owned));
        let filled = plan.filled(&page);
        if !filled.is_empty() {
            let once = (url.path().to_owned(), filled.join(", "));
            if self.submitted.contains(&once) {
                return Err(Failure::CameAgain { place: place(Some(script)), filled: once.1 });
            }
            self.submitted.push(once);
        }
        submit(url, &base, &page, &plan).map(Next::Now)
    }
}

fn unplanned(why: Unplanned, page: &Page, given: &Given, place: Box<Place>) -> Failure {
    match why {
        Unplanned::NoForm if page.scripted => Failure::NeedsScript(place),
        why => Failure::unplanned(why, given, place),
    }
}

/// The request a form makes; the button pressed may have its own action and method.
fn submit(url: &Url, base: &Url, page: &Page, plan: &Plan<'_>) -> Result<Request, Failure> {
    let form = page.forms.get(plan.form);
    let button = plan.button(page);
    let action = button.and_then(|button| button.action.as_deref()).filter(|action| !action.is_empty());
    let action = action.or(form.map(|form| form.action.as_str())).unwrap_or_default().to_owned();
    let post = button.and_then(|button| button.post).or(form.map(|form| form.post)).unwrap_or_default();
    let mut target = match action.as_str() {
        "" => url.clone(),
        action => base.join(action).map_err(|_| Failure::BadUrl(without_query(action)))?,
    };
    target.set_fragment(None);
    let encoded =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(plan.entries(page)).finish();
    if !post {
        target.set_query(Some(&encoded));
    }
    let mut request = get(target.as_str());
    request.secret_fields = plan.typed(page).into_iter().map(str::to_owned).collect();
    if post {
        "POST".clone_into(&mut request.method);
        request = request
            .header("origin", &url.origin().ascii_serialization())
            .header("referer", &referrer(url, &target))
            .body("application/x-www-form-urlencoded", encoded);
    }
    Ok(request)
}

/// What a page may tell of its URL, which holds the `state`: all of it to its own origin, else the origin alone
/// ([Referrer Policy §3.7](https://www.w3.org/TR/referrer-policy/#referrer-policy-strict-origin-when-cross-origin)).
fn referrer(page: &Url, to: &Url) -> String {
    if page.origin() != to.origin() {
        return format!("{}/", page.origin().ascii_serialization());
    }
    let mut whole = page.clone();
    whole.set_fragment(None);
    // It fails where there is none.
    let _ = whole.set_username("").and_then(|()| whole.set_password(None));
    whole.into()
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

#[cfg(test)]
mod tests;
