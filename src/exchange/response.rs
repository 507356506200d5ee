//! One response, and how far it was read.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Headers, text};

/// One response, raw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase as sent; empty with HTTP/2.
    pub reason: String,
    /// `HTTP/1.1`, `HTTP/2`.
    pub version: String,
    /// Header fields; the transport may have lower-cased and regrouped them.
    pub headers: Headers,
    /// The body as far as it was read, its content codings undone; as it came where that failed.
    pub body: Body,
    /// Why `body` is not the whole of it, if it is not.
    pub cut: Option<Cut>,
}

impl Response {
    /// The media type without parameters, lower-case; empty if there is none.
    pub fn media_type(&self) -> String {
        let value = self.headers.get("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The content codings it came in, in the order they were applied; `None` without any.
    pub fn content_coding(&self) -> Option<String> {
        let all: Vec<_> = self.headers.all("content-encoding").map(Cow::into_owned).collect();
        let codings = all.join(",").to_ascii_lowercase();
        let named = codings.split(',').map(str::trim).filter(|coding| !matches!(*coding, "" | "identity"));
        Some(named.collect::<Vec<_>>().join(", ")).filter(|codings| !codings.is_empty())
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'_, str> {
        text(&self.body)
    }

    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }

    /// Whether the status is 3xx with a `Location`.
    pub fn redirect(&self) -> Option<Cow<'_, str>> {
        if self.status / 100 == 3 { self.headers.get("location") } else { None }
    }

    /// Whether the body looks like a web page rather than data.
    pub fn is_html(&self) -> bool {
        self.media_type() == "text/html"
            || self
                .text()
                .trim_start()
                .get(..5)
                .is_some_and(|s| s.eq_ignore_ascii_case("<html") || s.eq_ignore_ascii_case("<!doc"))
    }
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// It is longer than the cap.
    Cap,
    /// The peer closed before the announced length.
    ScenarioError,
    /// It did not end in time.
    Timeout,
    /// The response we wanted had come; the stream was left.
    Responded,
}
