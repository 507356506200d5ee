//! Collects the secrets of a run from where they are sent and received.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use scraper::{Html, Selector};

use super::names::{is_common, is_secret, is_secret_parameter};
use super::{Redactor, event_data, is_form, json};
use crate::exchange::{Callback, Exchange, Headers, History, Purpose, Request, Response};
use crate::scenario::{Credential, Driver, Grant, Registration, Scenario, Script};

/// Characters a cookie or a hidden field needs to be taken for a secret: shorter ones are settings.
const LEAST_OPAQUE: usize = 16;

impl Redactor {
    pub(super) fn learn_scenario(&mut self, scenario: &Scenario) {
        // A key in the query of the target is none the less a secret.
        self.public.push(self.url(&scenario.target.url));
        self.learn_url(&scenario.target.url, &[]);
        for (name, value) in &scenario.client.parameters {
            if is_secret_parameter(name) {
                self.learn(name, value);
            }
        }
        self.public.push(scenario.protocol_version.date().to_owned());
        match &scenario.client.registration {
            Registration::Dynamic => {}
            Registration::Preregistered { client_id, credential } => {
                self.public.push(client_id.clone());
                if let Credential::Secret(secret) = credential {
                    self.learn("client_secret", secret.expose());
                }
            }
            Registration::MetadataDocument { url, .. } => self.public.push(url.clone()),
        }
        match &scenario.client.grant {
            Grant::Auto | Grant::AuthorizationCode | Grant::ClientCredentials => {}
            Grant::JwtBearer { assertion } => self.learn("assertion", assertion.expose()),
            Grant::EnterpriseManaged(provider) => {
                self.public.push(provider.client_id.clone());
                self.learn("id_token", provider.id_token.expose());
                if let Some(secret) = &provider.client_secret {
                    self.learn("client_secret", secret.expose());
                }
            }
        }
        for (name, value) in &scenario.target.headers {
            self.learn(&name.to_ascii_lowercase(), value.expose());
        }
        let script = match &scenario.consent.driver {
            Driver::Form(script) => Some(script),
            Driver::WebDriver(webdriver) => Some(&webdriver.script),
            Driver::Browser | Driver::Paste | Driver::Redirect | Driver::Command(_) => None,
        };
        for (name, value) in script.into_iter().flat_map(Script::values) {
            self.learn(name, value.expose());
        }
    }

    /// Takes note of the secrets of one more exchange.
    pub fn learn_exchange_secrets(&mut self, exchange: &Exchange) {
        self.learn_exchange(exchange);
        self.known.prepare();
    }

    /// Takes note of the secrets of one more callback.
    pub fn learn_callback_secrets(&mut self, callback: &Callback) {
        self.learn_callback(callback);
        self.known.prepare();
    }

    pub(super) fn learn_history(&mut self, history: &History) {
        for exchange in history.exchanges() {
            self.learn_exchange(exchange);
        }
        for request in history.authorizations() {
            self.learn_url(&request.url, &[]);
        }
        for callback in history.callbacks() {
            self.learn_callback(callback);
        }
    }

    /// Takes note of the secrets of an exchange.
    fn learn_exchange(&mut self, exchange: &Exchange) {
        let request = &exchange.request;
        self.learn_request(request);
        if let Some(response) = exchange.response() {
            self.learn_response(request, response);
        }
    }

    fn learn_callback(&mut self, callback: &Callback) {
        for (name, value) in &callback.query {
            if is_secret_parameter(name) {
                self.learn(name, value);
            }
        }
    }

    fn learn_request(&mut self, request: &Request) {
        self.learn_url(&request.url, &request.secret_fields);
        self.learn_headers(&request.headers);
        let body = String::from_utf8_lossy(&request.body);
        if is_form(&request.headers) {
            self.learn_pairs(&body, &request.secret_fields);
        } else {
            self.learn_json(&body);
        }
    }

    fn learn_response(&mut self, request: &Request, response: &Response) {
        self.learn_headers(&response.headers);
        let body = response.text();
        self.learn_json(&body);
        if response.media_type() == "text/event-stream" {
            for event in body.split("\n\n") {
                self.learn_json(&event_data(event));
            }
        }
        match request.purpose {
            Purpose::Login if response.is_html() => self.learn_page(&body),
            purpose if purpose.hands_out_secrets() => self.learn_pairs(&body, &[]),
            _ => {}
        }
    }

    fn learn_headers(&mut self, headers: &Headers) {
        for (name, value) in headers.iter() {
            let lower = name.to_ascii_lowercase();
            match lower.as_str() {
                "authorization" | "proxy-authorization" => self.learn_credentials(&value),
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    self.learn_opaque("cookie", pair.split_once('=').map_or(pair, |(_, value)| value));
                }
                "cookie" => {
                    for pair in value.split(';') {
                        self.learn_opaque("cookie", pair.split_once('=').map_or(pair, |(_, value)| value));
                    }
                    self.learn("cookie", &value);
                }
                "location" | "referer" | "content-location" => self.learn_url(&value, &[]),
                lower if self.is_secret_header(lower) => self.learn(lower, &value),
                _ => {}
            }
        }
    }

    /// `Bearer` and `DPoP` carry a token, `Basic` a client secret ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    fn learn_credentials(&mut self, value: &str) {
        let (scheme, credentials) = super::credentials(value);
        let kind = if matches!(scheme, "Bearer" | "DPoP") { "access_token" } else { "credentials" };
        self.learn(kind, credentials);
        let pair = BASE64_STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if scheme.eq_ignore_ascii_case("basic")
            && let Some((_, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':'))
        {
            let decoded: String = url::form_urlencoded::parse(format!("s={secret}").as_bytes())
                .map(|(_, value)| value)
                .collect();
            self.learn("client_secret", &decoded);
        }
    }

    pub(super) fn learn_url(&mut self, url: &str, filled: &[String]) {
        let (head, tail) = url.find(['?', '#']).map_or((url, ""), |at| url.split_at(at));
        if let Some((_, rest)) = head.split_once("://")
            && let Some((user, _)) = rest.split_once('@').filter(|(user, _)| !user.contains('/'))
        {
            self.learn("userinfo", user);
            self.learn("userinfo", user.split_once(':').map_or("", |(_, password)| password));
        }
        for part in tail.split(['?', '#']) {
            self.learn_pairs(part, filled);
        }
    }

    fn learn_pairs(&mut self, pairs: &str, filled: &[String]) {
        for (name, value) in url::form_urlencoded::parse(pairs.as_bytes()) {
            if is_secret_parameter(&name) || filled.iter().any(|field| *field == name) {
                self.learn(&name, &value);
            }
        }
    }

    fn learn_json(&mut self, text: &str) {
        let found = std::cell::RefCell::new(Vec::new());
        json::rewrite(text, &|name, value| {
            if is_secret(name) && !value.starts_with(['{', '[']) {
                found.borrow_mut().push((name.to_owned(), value.to_owned()));
            } else if name == "registration_client_uri"
                && let Some((_, query)) = value.split_once('?')
            {
                let values = url::form_urlencoded::parse(query.as_bytes())
                    .map(|(name, value)| (name.into_owned(), value.into_owned()));
                found.borrow_mut().extend(values);
            } else if value.contains('=') && !value.starts_with(['{', '[']) {
                for pairs in value.split(['?', '#']) {
                    let pairs = url::form_urlencoded::parse(pairs.as_bytes()).into_owned();
                    found.borrow_mut().extend(pairs.filter(|(name, _)| is_secret_parameter(name)));
                }
            }
            None
        });
        for (name, value) in found.into_inner() {
            self.learn(&name, &value);
        }
    }

    /// Hidden fields of a login page hold codes (`form_post`), assertions and the state of the login.
    fn learn_page(&mut self, html: &str) {
        let document = Html::parse_document(html);
        // The selector is a constant.
        let Ok(inputs) = Selector::parse("input") else { return };
        let found: Vec<_> = document
            .select(&inputs)
            .map(|input| {
                let attribute = |name| input.attr(name).unwrap_or_default();
                (
                    attribute("type").to_ascii_lowercase(),
                    attribute("name").to_owned(),
                    attribute("value").to_owned(),
                )
            })
            .collect();
        for (kind, name, value) in found {
            if is_secret_parameter(&name) || kind == "password" {
                self.learn(&name, &value);
            } else if kind == "hidden" {
                self.learn_opaque("hidden", &value);
            }
        }
    }

    /// Takes note of a value that is a secret if it looks like one.
    fn learn_opaque(&mut self, kind: &str, value: &str) {
        if is_opaque(value) {
            self.learn(kind, value);
        }
    }

    fn learn(&mut self, kind: &str, value: &str) {
        let public = self.public.iter().any(|public| public.contains(value));
        let word = is_common(kind) && !is_opaque(value);
        if !public && !word && !self.reveal {
            let mark = self.new_mark(kind, value);
            self.known.learn(value, || mark);
        }
    }

    /// Whether what was typed into a form is too short to be found again where it is quoted.
    pub(super) fn has_unknown_fields(&self, request: &Request) -> bool {
        let body = String::from_utf8_lossy(&request.body);
        let query = request.url.split_once('?').map_or("", |(_, query)| query);
        [query, &body].into_iter().any(|pairs| {
            url::form_urlencoded::parse(pairs.as_bytes()).any(|(name, value)| {
                let typed = request.secret_fields.iter().any(|field| *field == name);
                typed && !value.is_empty() && self.known.mark(&value).is_none()
            })
        })
    }
}

/// Whether a value looks like a secret.
fn is_opaque(value: &str) -> bool {
    let mixed = value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let legible = value.contains("://") || value.contains(' ') || value.starts_with("%2F");
    value.len() >= LEAST_OPAQUE && mixed && !legible
}
