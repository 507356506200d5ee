//! How consent is obtained: one trait, a driver a file.
//!
//! To add a driver: its file here, its variant and row in `scenario/login.rs`, its line in [`driver`], how it is made of what
//! files and options say in `scenario/partial/consent.rs`, its line in `cli/help/login.md`.

mod browser;
mod command;
mod failure;
mod form;
mod page;
mod plan;
mod process;
mod webdriver;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use crate::exchange::{AuthorizationRequest, Exchange, ExchangeId, Request};
use crate::scenario::Driver;

use super::Transport;
use super::on_its_way::OnItsWay;
pub(super) use failure::Failure;
pub use webdriver::CHROMEDRIVER;

/// Obtains consent and returns the URL of the callback, query included.
pub(super) trait Consent: Send {
    /// Runs until the callback is there or cannot come. Dropping the future cancels the login.
    fn obtain(self: Box<Self>, desk: ConsentContext) -> BoxFuture<'static, Result<String, Failure>>;
}

/// What a driver works with.
pub(super) struct ConsentContext {
    /// What is to be consented to.
    pub(super) request: AuthorizationRequest,
    /// For drivers that speak HTTP themselves.
    pub(super) transport: Arc<dyn Transport>,
    /// What happens.
    pub(super) events: mpsc::UnboundedSender<LoginEvent>,
    /// Digests of the keys of authorities that are trusted besides those everybody trusts.
    pub(super) authorities: Vec<String>,
    /// What has to be put in order when the login is over, however it ended.
    pub(super) farewells: mpsc::UnboundedSender<Cleanup>,
    /// Whether a browser that is opened here is seen by somebody.
    pub(super) has_display: bool,
    /// What drivers that speak HTTP themselves call themselves.
    pub(super) user_agent: String,
    /// The number of the next exchange.
    pub(super) next_id: u32,
}

/// The end of something a driver started. It bounds its own time.
pub(super) type Cleanup = BoxFuture<'static, ()>;

/// What happens during a login.
pub(super) enum LoginEvent {
    /// A request is on its way.
    Sending(Arc<Request>),
    /// It was answered, or failed.
    Exchanged(Box<Exchange>),
    /// Something to tell the user.
    Note(String),
}

/// The driver of that kind.
pub(super) fn driver(driver: &Driver) -> Box<dyn Consent> {
    match driver {
        Driver::Browser => Box::new(browser::Browser { opens: true }),
        Driver::Paste => Box::new(browser::Browser { opens: false }),
        Driver::Redirect => Box::new(form::Pages { script: None }),
        Driver::WebDriver(webdriver) => Box::new(webdriver.clone()),
        Driver::Command(program) => Box::new(program.clone()),
        Driver::Form(script) => Box::new(form::Pages { script: Some(script.clone()) }),
    }
}

/// What a login page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginPage {
    /// The names of the fields to type into or choose from.
    pub fields: Vec<String>,
    /// All its controls in words, buttons too where there are several.
    pub controls: String,
}

impl LoginPage {
    /// Reads a page, as a browser without scripts would.
    pub fn read(html: &str) -> Self {
        let page = page::Page::read(html);
        let controls = page.forms.iter().flat_map(|form| &form.controls);
        let typed = controls.filter(|control| matches!(control.kind, page::Kind::Text | page::Kind::Choice));
        let fields = typed.map(|control| control.name.clone()).filter(|name| !name.is_empty()).collect();
        Self { fields, controls: plan::Controls::of(&page).to_string() }
    }
}

impl ConsentContext {
    /// Tells the user something. A run that has ended hears nothing.
    fn note(&self, note: impl Into<String>) {
        let _ = self.events.send(LoginEvent::Note(note.into()));
    }

    /// Sends a request of the login and reports the exchange.
    async fn send(&mut self, request: Request) -> Exchange {
        let request = request.in_round(&self.request.round).with_user_agent(&self.user_agent);
        let _ = self.events.send(LoginEvent::Sending(Arc::new(request.clone())));
        let id = ExchangeId(self.next_id);
        let events = self.events.clone();
        // A run that has ended keeps no record.
        let record = move |exchange| drop(events.send(LoginEvent::Exchanged(Box::new(exchange))));
        let on_its_way = OnItsWay::new(id, request.clone(), record);
        let exchange = self.transport.send(id, request).await;
        self.next_id += 1;
        on_its_way.ended(exchange.clone());
        exchange
    }
}

/// Whether a URL is the redirect URI of a request, with whatever was added to it.
pub(super) fn is_callback(request: &AuthorizationRequest, url: &str) -> bool {
    url.strip_prefix(&request.redirect_uri)
        .is_some_and(|rest| rest.starts_with(['?', '#']) || rest.is_empty())
}
