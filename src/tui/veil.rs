//! What the screen shows of secrets: marks, unless its user wants to see them.
//!
//! Only drawing goes through here. What leaves the screen for a file is made from the record, always marked.

use std::sync::Arc;

use crate::exchange::{Callback, Exchange, Request, Response, text};
use crate::transcript::redact::Marks;
use crate::transcript::{BodyEncoding, ExchangeEntry, RequestEntry, exchange_entry, request_entry};

/// Marks, or nothing over the secrets.
#[derive(Clone, Debug)]
pub(super) struct Veil {
    marks: Arc<Marks>,
    /// Whether secrets are shown.
    pub(super) is_lifted: bool,
}

impl Veil {
    /// A veil that is down.
    pub(super) fn new(marks: Marks) -> Self {
        Self { marks: Arc::new(marks), is_lifted: false }
    }

    /// Hides what these marks know.
    pub(super) fn learn(&mut self, marks: Arc<Marks>) {
        self.marks = marks;
    }

    /// A text in which somebody may quote a secret; `None` if nothing in it has to be hidden.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        if self.is_lifted { None } else { self.marks.masked(text) }
    }

    /// A secret of that kind.
    pub(super) fn mark(&self, kind: &str, secret: &str) -> String {
        if self.is_lifted { secret.to_owned() } else { self.marks.mark(kind, secret) }
    }

    /// The mark of a secret, whether it is shown or not.
    pub(super) fn marked(&self, kind: &str, secret: &str) -> String {
        self.marks.mark(kind, secret)
    }

    /// A URL.
    pub(super) fn url(&self, url: &str) -> String {
        if self.is_lifted { url.to_owned() } else { self.hidden(&self.marks.url(url)) }
    }

    /// The text without secrets somebody may quote in it.
    pub(super) fn hidden(&self, text: &str) -> String {
        self.masked(text).unwrap_or_else(|| text.to_owned())
    }

    /// The parameters of a callback.
    pub(super) fn parameters(&self, callback: &Callback) -> Vec<(String, String)> {
        if self.is_lifted { callback.query.clone() } else { self.marks.parameters(&callback.query) }
    }

    /// A request.
    pub(super) fn request(&self, request: &Request) -> RequestEntry {
        if !self.is_lifted {
            return request_entry(request, &self.marks);
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

    /// The body of an answer.
    pub(super) fn response_body(&self, request: &Request, response: &Response) -> String {
        if self.is_lifted {
            response.text().into_owned()
        } else {
            match self.marks.response_body(request, response) {
                (body, BodyEncoding::Text) => body,
                // It holds no known secret.
                (_, BodyEncoding::Base64) => response.text().into_owned(),
            }
        }
    }

    /// An exchange.
    pub(super) fn exchange(&self, exchange: &Exchange) -> ExchangeEntry {
        let mut entry = exchange_entry(exchange, &self.marks);
        if let (Some(shown), Some(response)) = (&mut entry.response, exchange.response())
            && shown.body_encoding == BodyEncoding::Base64
        {
            // The screen shows bytes; there is no known secret among them.
            shown.body = response.text().into_owned();
        }
        if self.is_lifted {
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
