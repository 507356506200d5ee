//! Collects the secrets of a run from where they are sent and received.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use scraper::{ElementRef, Html, Selector};

use super::handed_out::{is_opaque, is_unknown, named_values, opaque_words};
use super::json::{Leaf, Rules};
use super::names::{is_common, is_secret, is_secret_parameter};
use super::{Redactor, is_form, json, userinfo};
use crate::document::event_stream;
use crate::document::html::shallow;
use crate::exchange::{Callback, Exchange, Headers, History, Purpose, Request, Response};
use crate::scenario::{Credential, Grant, Proxies, Registration, Scenario, Script};

/// What a page offers to be chosen.
const CHOICES: &str =
    "button, option, input[type=submit i], input[type=image i], input[type=radio i], input[type=checkbox i]";
/// Separators after which the rest of a value is a part of it.
const MOST_PARTS: usize = 16;
/// Schemes before a key in the value of a header field.
const SCHEMES: [&str; 6] = ["apikey", "api-key", "basic", "bearer", "key", "token"];

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
            let kind = name.to_ascii_lowercase();
            self.learn(&kind, value.expose());
            for part in parts(value.expose()) {
                self.learn(&kind, part);
            }
        }
        let Proxies { http, https, except: _ } = &scenario.network.proxies;
        for proxy in http.iter().chain(https) {
            self.learn_proxy(proxy.expose());
        }
        for (name, value) in scenario.consent.driver.script().into_iter().flat_map(Script::values) {
            self.learn(name, value.expose());
            self.offered.push((name.to_owned(), value.expose().to_owned()));
        }
    }

    /// The user and password of a proxy, also as they are sent ([RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2)).
    fn learn_proxy(&mut self, url: &str) {
        let url = if url.contains("//") { url.to_owned() } else { format!("//{url}") };
        let Some((_, userinfo, _)) = userinfo(url.split(['?', '#']).next().unwrap_or_default()) else {
            return;
        };
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let (user, password) = (percent_decoded(user), percent_decoded(password));
        self.learn("proxy_password", &password);
        let pair = format!("{user}:{password}");
        self.learn("proxy_credentials", &pair);
        self.learn("proxy_credentials", &BASE64_STANDARD.encode(pair));
        self.learn("proxy_credentials", userinfo);
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
            self.learn_json(&body, false);
        }
        // Who has been told a value may put it on a page.
        let query = request.url.split_once('?').map_or("", |(_, query)| query);
        for pairs in [query, &body] {
            for (_, sent) in url::form_urlencoded::parse(pairs.as_bytes()) {
                self.offered.retain(|(_, value)| *value != sent);
            }
        }
    }

    fn learn_response(&mut self, request: &Request, response: &Response) {
        self.learn_headers(&response.headers);
        let body = response.text();
        let hands_out = request.purpose.hands_out_secrets();
        let is_json = self.learn_json(&body, hands_out);
        if response.media_type() == "text/event-stream" {
            for data in event_stream::events(&body).filter_map(|event| event.data()) {
                self.learn_json(&data, hands_out);
            }
        }
        if !is_json {
            for (name, value) in named_values(&body).filter(|(_, value)| is_opaque(value)) {
                self.learn(name, value);
            }
        }
        if request.purpose == Purpose::Login && response.is_html() {
            self.learn_page(&body);
        }
        if hands_out {
            self.learn_pairs(&body, &[]);
            let places = ["location", "content-location", "refresh", "link", "www-authenticate"];
            let headers = places.iter().flat_map(|name| response.headers.all(name));
            let headers: Vec<_> = headers.map(std::borrow::Cow::into_owned).collect();
            let told = headers.iter().map(String::as_str);
            for word in told.chain((!is_json).then_some(&*body)).flat_map(opaque_words) {
                self.learn("issued", word);
            }
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
            let decoded = url::form_urlencoded::parse(format!("s={secret}").as_bytes())
                .map(|(_, value)| value)
                .collect::<String>();
            self.learn("client_secret", &decoded);
        }
    }

    pub(super) fn learn_url(&mut self, url: &str, filled: &[String]) {
        let (head, tail) = url.find(['?', '#']).map_or((url, ""), |at| url.split_at(at));
        if let Some((_, user, _)) = userinfo(head) {
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

    /// Takes note of the secrets of a JSON text; tells whether it is one. Where it hands out secrets, what looks like one is
    /// one in every member that no spec knows.
    fn learn_json(&mut self, text: &str, hands_out: bool) -> bool {
        let found = std::cell::RefCell::new(Vec::new());
        let note = |name: &str, value: &str, is_number: bool| {
            found.borrow_mut().push((name.to_owned(), value.to_owned(), is_number));
        };
        let look = |leaf: Leaf<'_>| {
            let Leaf { name, value, is_number } = leaf;
            let literal = matches!(value, "null" | "true" | "false");
            if is_secret(name) && !literal {
                note(name, value, is_number);
            } else if name == "registration_client_uri"
                && let Some((_, query)) = value.split_once('?')
            {
                for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                    note(&name, &value, false);
                }
            } else if value.contains('=') && !value.starts_with(['{', '[']) {
                let pairs =
                    value.split(['?', '#']).flat_map(|part| url::form_urlencoded::parse(part.as_bytes()));
                for (name, value) in pairs.filter(|(name, _)| is_secret_parameter(name)) {
                    note(&name, &value, false);
                }
            }
            if hands_out && !is_number && is_unknown(name) {
                for word in opaque_words(value) {
                    note(name, word, false);
                }
            }
            None
        };
        let is_json = json::rewrite(text, Rules { covers: is_secret, replace: &look }).is_some();
        for (name, value, is_number) in found.into_inner() {
            self.learn(&name, &value);
            if is_number && !self.reveal {
                let placeholder = self.placeholder(&name, &value);
                self.numbers.insert(value, placeholder);
            }
        }
        is_json
    }

    /// Hidden fields of a login page hold codes (`form_post`), assertions and the state of the login.
    fn learn_page(&mut self, html: &str) {
        let document = Html::parse_document(shallow(html));
        // The selectors are constants.
        let (Ok(inputs), Ok(choices)) = (Selector::parse("input"), Selector::parse(CHOICES)) else { return };
        let chosen: Vec<_> = document
            .select(&choices)
            .filter_map(|choice| {
                let field = if choice.value().name() == "option" {
                    choice
                        .ancestors()
                        .filter_map(ElementRef::wrap)
                        .find(|above| above.value().name() == "select")
                } else {
                    Some(choice)
                };
                Some((field?.attr("name")?.to_owned(), choice.attr("value")?.to_owned()))
            })
            .filter(|pair| self.offered.contains(pair))
            .collect();
        // What a page offers to everybody is no secret. A page that knows a typed value may have been told.
        for (name, value) in chosen {
            if !is_secret_parameter(&name) {
                self.known.publish(&value);
                self.public.push(value);
            }
        }
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
            let placeholder = self.new_placeholder(kind, value);
            self.known.learn(value, || placeholder);
        }
    }

    /// Whether what was typed into a form is too short to be found again where it is quoted.
    pub(super) fn has_unknown_fields(&self, request: &Request) -> bool {
        let body = String::from_utf8_lossy(&request.body);
        let query = request.url.split_once('?').map_or("", |(_, query)| query);
        [query, &body].into_iter().any(|pairs| {
            url::form_urlencoded::parse(pairs.as_bytes()).any(|(name, value)| {
                let typed = request.secret_fields.iter().any(|field| *field == name);
                typed && !value.is_empty() && self.known.placeholder(&value).is_none()
            })
        })
    }
}

/// A text without its percent-encoding ([RFC 3986 §2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)).
fn percent_decoded(text: &str) -> String {
    let form = format!("t={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes()).map(|(_, value)| value).collect()
}

/// The parts of a value that is put together: a key after its scheme, a password after a user name. What follows a separator
/// may itself hold one.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '=');
    let words = value.split(separates);
    let ends = value.match_indices(separates).filter_map(|(at, separator)| value.get(at + separator.len()..));
    let parts = words.chain(ends.take(MOST_PARTS)).map(str::trim);
    parts
        .filter(move |part| *part != value && !SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(part)))
}
