//! What the screen shows of secrets: marks, unless its user wants to see them.
//!
//! Only drawing goes through here. What leaves the screen for a file is made from the record, always marked.

use std::sync::Arc;

use super::stored::Stored;
use crate::exchange::{Callback, Exchange, Request, Response, text};
use crate::transcript::redact::Redactor;
use crate::transcript::{BodyEncoding, ExchangeEntry, RequestEntry, exchange_entry, request_entry};

/// Marks, or nothing over the secrets.
#[derive(Clone, Debug)]
pub(super) struct Redaction {
    redactor: Arc<Redactor>,
    /// The stored run whose marks these are, if they are of one.
    stored: Option<Arc<Stored>>,
    /// Whether secrets are shown.
    pub(super) is_revealed: bool,
}

impl Redaction {
    /// A veil that is down.
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor: Arc::new(redactor), stored: None, is_revealed: false }
    }

    /// A veil over a stored run: where something stands for a secret, the mark of the file is shown.
    pub(super) fn of(stored: Arc<Stored>) -> Self {
        Self { redactor: stored.replay.redactor(), stored: Some(stored), is_revealed: false }
    }

    /// Hides what these marks know.
    pub(super) fn learn(&mut self, redactor: Arc<Redactor>) {
        self.redactor = redactor;
    }

    /// Hides the secrets of one more exchange, too.
    pub(super) fn learn_exchange_secrets(&mut self, exchange: &Exchange) {
        Arc::make_mut(&mut self.redactor).learn_exchange_secrets(exchange);
    }

    /// Hides the secrets of a callback, too.
    pub(super) fn learn_callback_secrets(&mut self, callback: &Callback) {
        Arc::make_mut(&mut self.redactor).learn_callback_secrets(callback);
    }

    /// A text in which somebody may quote a secret; `None` if nothing in it has to be hidden.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        if self.is_revealed { None } else { self.redactor.masked(text) }
    }

    /// A secret of that kind.
    pub(super) fn mark(&self, kind: &str, secret: &str) -> String {
        if self.is_revealed { secret.to_owned() } else { self.redactor.mark(kind, secret) }
    }

    /// The mark of a secret, whether it is shown or not.
    pub(super) fn marked(&self, kind: &str, secret: &str) -> String {
        self.redactor.mark(kind, secret)
    }

    /// Whether a text only stands for a secret that was not stored.
    pub(super) fn is_synthetic(&self, text: &str) -> bool {
        self.stored.as_ref().is_some_and(|stored| !stored.is_revealed())
            && self.redactor.mark("", text) != text
    }

    /// A URL as it is to be opened: with its secrets, where they are known.
    pub(super) fn opened(&self, url: &str) -> String {
        if self.stored.is_some() { self.url(url) } else { url.to_owned() }
    }

    /// A URL.
    pub(super) fn url(&self, url: &str) -> String {
        if self.is_revealed { url.to_owned() } else { self.hidden(&self.redactor.url(url)) }
    }

    /// The text without secrets somebody may quote in it.
    pub(super) fn hidden(&self, text: &str) -> String {
        self.masked(text).unwrap_or_else(|| text.to_owned())
    }

    /// The parameters of a callback.
    pub(super) fn parameters(&self, callback: &Callback) -> Vec<(String, String)> {
        if self.is_revealed { callback.query.clone() } else { self.redactor.parameters(&callback.query) }
    }

    /// A request.
    pub(super) fn request(&self, request: &Request) -> RequestEntry {
        if !self.is_revealed {
            let mut entry = request_entry(request, &self.redactor);
            if self.stored.is_some() {
                // Stand-ins are known as such, not by the fields they are in.
                let headers = entry.headers.iter_mut().map(|(_, value)| value);
                for text in [&mut entry.url, &mut entry.body].into_iter().chain(headers) {
                    *text = self.hidden(text);
                }
            }
            return entry;
        }
        RequestEntry {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.into_owned()))
                .collect(),
            body: text(&request.body).into_owned(),
            body_encoding: BodyEncoding::Text,
        }
    }

    /// The body of a response.
    pub(super) fn response_body(&self, request: &Request, response: &Response) -> String {
        if self.is_revealed {
            response.text().into_owned()
        } else {
            match self.redactor.response_body(request, response) {
                (body, BodyEncoding::Text) => body,
                // It holds no known secret.
                (_, BodyEncoding::Base64) => response.text().into_owned(),
            }
        }
    }

    /// An exchange.
    pub(super) fn exchange(&self, exchange: &Exchange) -> ExchangeEntry {
        let stored = self.stored.as_ref().and_then(|stored| stored.exchange(exchange.id));
        let mut entry = stored.cloned().unwrap_or_else(|| exchange_entry(exchange, &self.redactor));
        if let (Some(shown), Some(response)) = (&mut entry.response, exchange.response())
            && shown.body_encoding == BodyEncoding::Base64
        {
            // The screen shows bytes; there is no known secret among them.
            shown.body = response.text().into_owned();
        }
        if self.is_revealed {
            entry.request = self.request(&exchange.request);
            if let (Some(shown), Some(response)) = (&mut entry.response, exchange.response()) {
                shown.headers = response
                    .headers
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.into_owned()))
                    .collect();
                shown.body = response.text().into_owned();
            }
        }
        entry
    }
}
