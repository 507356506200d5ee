//! Sends a request and keeps what came back, raw.

mod clients;
mod coding;
mod failure;
mod guard;
mod http;

use futures_util::future::BoxFuture;

pub use clients::NetworkError;
pub(super) use clients::key_digests;
pub use http::HttpTransport;

use crate::exchange::{Exchange, ExchangeId, Request};

/// How requests are sent. Never fails: why there is no response is part of the exchange.
pub trait Transport: Send + Sync {
    /// Sends one request; no redirect is followed, nothing is retried.
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange>;
}
