//! What the screen shows of secrets: placeholders, unless its user wants to see them.
//!
//! Only drawing goes through here. What leaves the screen for a file is made from the record, always redacted.

use std::sync::Arc;

use super::stored::Stored;
use crate::exchange::{Callback, Exchange, Request, Response, text};
use crate::transcript::redact::Redactor;
use crate::transcript::{BodyEncoding, ExchangeEntry, PeerText, RequestEntry, exchange_entry, request_entry};

/// How secrets are shown: as placeholders, or as they are.
#[derive(Clone, Debug)]
pub(super) struct Redaction {
    redactor: Arc<Redactor>,
    /// The stored run whose placeholders these are, if they are of one.
    stored: Option<Arc<Stored>>,
    /// Whether secrets are shown.
    pub(super) is_revealed: bool,
}

impl Redaction {
    /// Hides what a redactor knows.
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor: Arc::new(redactor), stored: None, is_revealed: false }
    }

    /// Shows the placeholders of a stored run, where something stands for a secret.
    pub(super) fn of(stored: Arc<Stored>) -> Self {
        Self { redactor: stored.replay.redactor(), stored: Some(stored), is_revealed: false }
    }

    /// Hides what another redactor knows.
    pub(super) fn learn(&mut self, redactor: Arc<Redactor>) {
        // What was walked before a step was walked again is still to be seen.
        let earlier = std::mem::replace(&mut self.redactor, redactor);
        if self.redactor.lacks(&earlier) {
            Arc::make_mut(&mut self.redactor).learn_of(&earlier);
        }
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

    /// A secret of that kind as it is to be shown.
    pub(super) fn secret(&self, kind: &str, secret: &str) -> String {
        if self.is_revealed { secret.to_owned() } else { self.redactor.placeholder(kind, secret) }
    }

    /// The placeholder of a secret, whether it is shown or not.
    pub(super) fn placeholder(&self, kind: &str, secret: &str) -> String {
        self.redactor.placeholder(kind, secret)
    }

    /// Whether a text only stands for a secret that was not stored.
    pub(super) fn is_synthetic(&self, text: &str) -> bool {
        self.stored.as_ref().is_some_and(|stored| !stored.is_revealed())
            && self.redactor.placeholder("", text) != text
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
    pub(super) fn parameters(&self, callback: &Callback) -> Vec<(PeerText, PeerText)> {
        if self.is_revealed {
            Redactor::none().parameters(&callback.query)
        } else {
            self.redactor.parameters(&callback.query)
        }
    }

    /// A request.
    pub(super) fn request(&self, request: &Request) -> RequestEntry {
        if !self.is_revealed {
            return request_entry(request, &self.redactor);
        }
        let unmasked = Redactor::none();
        RequestEntry {
            body: unmasked.text(&text(&request.body)),
            body_encoding: BodyEncoding::Text,
            ..request_entry(request, &unmasked)
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
            shown.body = self.redactor.text(&response.text());
        }
        if self.is_revealed {
            entry.request = self.request(&exchange.request);
            if let (Some(shown), Some(response)) = (&mut entry.response, exchange.response()) {
                let unmasked = Redactor::none();
                shown.headers = unmasked.headers(&response.headers);
                shown.body = unmasked.text(&response.text());
            }
        }
        entry
    }
}
