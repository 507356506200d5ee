//! The pages between the authorization request and its response: login, then consent.

use http::StatusCode;
use url::Url;

use super::AuthorizationServer;
use super::authorize::{COOKIE, Stage, Transaction};
use super::client::{is_loopback_host, same_secret};
use crate::sandbox::wire::{Parameters, Reply, Request};
use crate::sandbox::{Fault, PASSWORD, USERNAME, Variation, pages};

impl AuthorizationServer {
    pub(super) fn show_login(&self, request: &Request) -> Reply {
        match self.find(request, &request.query()) {
            Ok(_) if self.has(Fault::ConnectionNotEnabled) => {
                let explanation = "no connections enabled for the client";
                self.page(StatusCode::BAD_REQUEST, pages::error("Oops!, something went wrong", explanation))
            }
            Ok((id, _)) => self.page(StatusCode::OK, self.login_page(&id, None)),
            Err(why) => self.lost(why),
        }
    }

    fn login_page(&self, transaction: &str, message: Option<&str>) -> String {
        if self.has(Fault::LoginNeedsScript) {
            return pages::scripted_login(transaction, message);
        }
        if self.varies(Variation::LoginInSteps) {
            return pages::username(transaction, message);
        }
        pages::login(transaction, message)
    }

    pub(super) fn log_in(&self, request: &Request) -> Reply {
        let form = request.form();
        let (id, transaction) = match self.find(request, &form) {
            Ok(found) => found,
            Err(why) => return self.lost(why),
        };
        let given = |name| form.get(name).unwrap_or_default();
        if self.varies(Variation::LoginInSteps) && form.get("password").is_none() {
            return self.page(StatusCode::OK, pages::password(&id, given("username")));
        }
        if given("username") != USERNAME || !same_secret(given("password"), PASSWORD) {
            let message = Some("Wrong user name or password.");
            return self.page(StatusCode::BAD_REQUEST, self.login_page(&id, message));
        }
        let stage = Stage::AwaitConsent { subject: format!("sandbox|{USERNAME}") };
        self.transactions.put(id.as_str(), Transaction { stage, ..transaction });
        let again = self.has(Fault::LoginRedirect307);
        self.redirect(
            if again { StatusCode::TEMPORARY_REDIRECT } else { StatusCode::SEE_OTHER },
            "/consent",
            &id,
        )
    }

    pub(super) fn show_consent(&self, request: &Request) -> Reply {
        match self.find(request, &request.query()) {
            Ok((id, Transaction { stage: Stage::AwaitConsent { .. }, request, .. })) => {
                let html = pages::consent(
                    &id,
                    &request.client_name,
                    &receiver(&request.redirect_uri),
                    &request.scope,
                );
                self.page(StatusCode::OK, html)
            }
            Ok((id, _)) => self.go("/login", &id),
            Err(why) => self.lost(why),
        }
    }

    pub(super) fn decide(&self, request: &Request) -> Reply {
        let form = request.form();
        let (id, transaction) = match self.find(request, &form) {
            Ok(found) => found,
            Err(why) => return self.lost(why),
        };
        let Stage::AwaitConsent { subject } = transaction.stage else {
            return self.go("/login", &id);
        };
        match form.get("decision") {
            Some("allow") => {
                self.transactions.take(&id);
                self.grant(transaction.request, subject)
            }
            Some("deny") => {
                self.transactions.take(&id);
                self.deny(&transaction.request)
            }
            _ => self.go("/consent", &id),
        }
    }

    fn go(&self, path: &str, id: &str) -> Reply {
        self.redirect(StatusCode::SEE_OTHER, path, id)
    }

    fn redirect(&self, status: StatusCode, path: &str, id: &str) -> Reply {
        Reply::redirect(status, &self.page_url(path, id)).no_store()
    }

    /// The transaction, if this browser began it: a link to somebody else's login page leads nowhere.
    fn find(
        &self,
        request: &Request,
        parameters: &Parameters,
    ) -> Result<(String, Transaction), &'static str> {
        let id = parameters.get(pages::TRANSACTION).unwrap_or_default();
        let transaction = self.transactions.get(id);
        let transaction = transaction.ok_or("This login is over. Start again from the application.")?;
        let cookie = request.cookie(COOKIE).map(|cookie| cookie.trim_matches('"'));
        let cookie = cookie.ok_or("The browser did not send the session cookie.")?;
        if same_secret(cookie, &transaction.browser) {
            Ok((id.to_owned(), transaction))
        } else {
            Err("This login began in another browser.")
        }
    }

    fn lost(&self, why: &str) -> Reply {
        self.page(StatusCode::BAD_REQUEST, pages::error("Not here", why))
    }
}

/// Who gets the response, in words: any program on this computer can listen on loopback, so the user is told.
fn receiver(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else { return redirect_uri.to_owned() };
    let host = url.host_str().unwrap_or(redirect_uri);
    if is_loopback_host(&url) { format!("{host}, a program on this computer") } else { host.to_owned() }
}
