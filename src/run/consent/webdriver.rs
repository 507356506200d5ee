//! Goes through the login in a real browser, scripts and all, spoken to through WebDriver.
//!
//! The pages are filled by the same plan as forms without scripts; what is visible counts, not what stands in the HTML.

mod session;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;
use thirtyfour::error::WebDriverError;
use thirtyfour::{Key, WebElement};

use super::failure::{Failure, Place, without_query};
use super::page::{Form, Page};
use super::plan::{FormAction, Plan, left_over, without_values};
use super::{Consent, ConsentContext, is_callback};
use crate::exchange::bounds;
use crate::run::clock;
use crate::scenario::WebDriver;

pub use session::CHROMEDRIVER;
use session::Session;

const READ: &str = include_str!("webdriver/page.js");
/// Remembers on the page that it was dealt with; a page that is loaded anew has forgotten.
const MARK: &str = "window.gatewalkWasHere = true;";
/// How often the page is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(150);
/// How long nothing may change before the login counts as stuck.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a page has to stand still before it is believed to need nothing but a press.
const SETTLE_TIME: Duration = Duration::from_secs(1);

/// What the browser shows.
#[derive(Debug, Deserialize)]
struct View {
    url: String,
    /// Whether it is loaded.
    ready: bool,
    /// Whether it was dealt with already.
    marked: bool,
    page: Page,
    /// The elements of the controls, form by form.
    elements: Vec<Vec<Value>>,
}

impl Consent for WebDriver {
    fn obtain(self: Box<Self>, desk: ConsentContext) -> BoxFuture<'static, Result<String, Failure>> {
        Box::pin(async move {
            let session = Session::start(&self, &desk).await?;
            let mut visit = Visit {
                session,
                webdriver: *self,
                done: Vec::new(),
                used: Vec::new(),
                acted: None,
                error: None,
                attempt: None,
            };
            visit.session.goto(&desk.request.url).await.map_err(|error| visit.broken(&error))?;
            visit.walk(&desk).await
        })
    }
}

struct Visit {
    session: Session,
    webdriver: WebDriver,
    /// Forms already filled in: path of the page and names of the fields.
    done: Vec<(String, String)>,
    /// Names of what was given and taken.
    used: Vec<String>,
    /// The page acted on last, and what was filled in there.
    acted: Option<(Vec<Form>, String)>,
    /// What went wrong last; pages on the move fail often and harmlessly.
    error: Option<String>,
    /// The page that is being dealt with in vain.
    attempt: Option<Attempt>,
}

/// A page where what is planned fails, and since when it does.
#[derive(Debug)]
struct Attempt {
    url: String,
    since: Instant,
}

impl Attempt {
    /// Whether a page is given up with this failure: it fails where it failed all the time before.
    fn is_given_up(attempt: &mut Option<Self>, url: &str, now: Instant) -> bool {
        let known = attempt.take().filter(|attempt| attempt.url == url);
        let attempt = attempt.insert(known.unwrap_or_else(|| Self { url: url.to_owned(), since: now }));
        now.saturating_duration_since(attempt.since) > STEP_TIMEOUT
    }
}

impl Visit {
    /// Fills page after page until the browser is at the callback. Our listener hears it there, too.
    async fn walk(&mut self, desk: &ConsentContext) -> Result<String, Failure> {
        let mut since = clock::now();
        let mut before: Option<(String, Vec<Form>)> = None;
        loop {
            match self.look().await {
                Ok(view) if is_callback(&desk.request, &view.url) => {
                    if let Some(left_over) = left_over(&self.webdriver.script, &self.used) {
                        desk.note(left_over);
                    }
                    return Ok(view.url);
                }
                Ok(view) => {
                    let now = (view.url.clone(), view.page.forms.clone());
                    if before.as_ref() != Some(&now) {
                        before = Some(now);
                        since = clock::now();
                    }
                    let still = since.elapsed();
                    let given = self.webdriver.script.on(&view.url);
                    if view.url.starts_with("chrome-error:") {
                        let url = without_query(&desk.request.url);
                        return Err(Failure::ErrorPage { url, says: view.page.text });
                    }
                    if self.is_news(&view) {
                        match Plan::make(&view.page, &given, still > SETTLE_TIME) {
                            Ok(plan) => {
                                self.used
                                    .extend(plan.used(&view.page, &given).into_iter().map(str::to_owned));
                                self.act(desk, &view, &plan).await?;
                            }
                            Err(why) if still > STEP_TIMEOUT => {
                                return Err(Failure::unplanned(why, &given, Box::new(self.place(&view))));
                            }
                            Err(_) => {}
                        }
                    } else if still > STEP_TIMEOUT {
                        return Err(self.stuck(&view));
                    }
                }
                Err(error) => {
                    self.error = Some(first_line(&error));
                    if since.elapsed() > STEP_TIMEOUT {
                        return Err(self.broken(&error));
                    }
                }
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn look(&self) -> Result<View, WebDriverError> {
        self.session.execute(READ, vec![bounds::BROWSER_PAGE.into()]).await?.convert()
    }

    /// Whether there is something to do: the page is there, and is not the one that was just dealt with.
    fn is_news(&self, view: &View) -> bool {
        let same = |(forms, _): &(Vec<Form>, String)| view.marked && *forms == view.page.forms;
        view.ready && !self.acted.as_ref().is_some_and(same)
    }

    /// Does what is planned. An element that is gone meanwhile is met again when the page is looked at next.
    async fn act(&mut self, desk: &ConsentContext, view: &View, plan: &Plan<'_>) -> Result<(), Failure> {
        let filled = plan.filled(&view.page).join(", ");
        let path = without_query(&view.url);
        let once = (path.clone(), filled.clone());
        if !filled.is_empty() {
            if self.done.contains(&once) {
                return Err(Failure::CameAgain { place: Box::new(self.place(view)), filled });
            }
            // Told once, however often it is tried.
            if self.attempt.as_ref().is_none_or(|attempt| attempt.url != path) {
                desk.note(format!("{path}: filling in {filled}"));
            }
        }
        match self.perform(view, plan).await {
            Ok(()) => {
                self.attempt = None;
                self.done.extend((!filled.is_empty()).then_some(once));
                self.acted = Some((view.page.forms.clone(), filled));
            }
            Err(error) => {
                self.error = Some(first_line(&error));
                if Attempt::is_given_up(&mut self.attempt, &path, clock::now()) {
                    return Err(self.broken(&error));
                }
            }
        }
        Ok(())
    }

    async fn perform(&self, view: &View, plan: &Plan<'_>) -> Result<(), WebDriverError> {
        let controls = plan.controls(&view.page);
        let elements = view.elements.get(plan.form).map(Vec::as_slice).unwrap_or_default();
        let mut typed = None;
        let mut pressed = None;
        for ((control, form_action), element) in controls.iter().zip(&plan.actions).zip(elements) {
            let element = WebElement::from_json(element.clone(), Arc::clone(&self.session))?;
            match form_action {
                FormAction::Set(value) if control.options.is_empty() => {
                    element.clear().await?;
                    element.send_keys(*value).await?;
                    typed = Some(element);
                }
                FormAction::Set(value) => {
                    let arguments = vec![element.to_json()?, Value::from(*value)];
                    self.session.execute(CHOOSE, arguments).await?;
                }
                FormAction::Tick(ticked) if *ticked != control.ticked => element.click().await?,
                FormAction::Press => pressed = Some(element),
                FormAction::Leave | FormAction::Tick(_) => {}
            }
        }
        self.session.execute(MARK, Vec::new()).await?;
        match (pressed, typed) {
            (Some(button), _) => button.click().await,
            (None, Some(field)) => field.send_keys(Key::Enter + "").await,
            (None, None) => Ok(()),
        }
    }

    fn place(&self, view: &View) -> Place {
        Place::new(&view.url, &view.page, Some(&self.webdriver.script))
    }

    /// The page stays although it was dealt with.
    fn stuck(&self, view: &View) -> Failure {
        let filled = self.acted.as_ref().map(|(_, filled)| filled.clone()).unwrap_or_default();
        Failure::Stayed { place: Box::new(self.place(view)), filled }
    }

    fn broken(&self, error: &WebDriverError) -> Failure {
        let told = self.error.clone().unwrap_or_else(|| first_line(error));
        Failure::Browser(without_values(&told, self.webdriver.script.values()))
    }
}

const CHOOSE: &str = "arguments[0].value = arguments[1]; \
                      arguments[0].dispatchEvent(new Event('input', { bubbles: true })); \
                      arguments[0].dispatchEvent(new Event('change', { bubbles: true }));";

/// What the browser complains about, without the stack trace.
fn first_line(error: &WebDriverError) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut telling =
        lines.filter(|line| !line.starts_with("Status:") && !line.starts_with("Additional info"));
    telling.next().unwrap_or("an error without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_where_all_fails_is_given_up_in_time() {
        let began = clock::now();
        let mut attempt = None;
        let mut fails =
            |url, after: u64| Attempt::is_given_up(&mut attempt, url, began + Duration::from_secs(after));
        assert!(!fails("https://as.test/login", 0) && !fails("https://as.test/login", 14));
        assert!(!fails("https://as.test/consent", 16), "another page");
        assert!(!fails("https://as.test/consent", 30) && fails("https://as.test/consent", 32));
    }
}
