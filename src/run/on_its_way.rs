//! A request on its way: whatever ends the wait for its response, it stays in the record, as its peer may have acted on it.

use std::time::Instant;

use super::clock;
use crate::exchange::{Exchange, ExchangeId, FailureKind, Request, Timing, TransportFailure};

/// A request that was sent. Dropped before it is answered, it is recorded as cancelled.
pub(super) struct OnItsWay<R: FnMut(Exchange)> {
    /// The exchange without a response, until there is one.
    pending: Option<(ExchangeId, Request, Instant)>,
    record: R,
}

impl<R: FnMut(Exchange)> OnItsWay<R> {
    pub(super) fn new(id: ExchangeId, request: Request, record: R) -> Self {
        Self { pending: Some((id, request, clock::now())), record }
    }

    /// Records what came of it.
    pub(super) fn ended(mut self, exchange: Exchange) {
        self.pending = None;
        (self.record)(exchange);
    }
}

impl<R: FnMut(Exchange)> Drop for OnItsWay<R> {
    fn drop(&mut self) {
        if let Some((id, request, began)) = self.pending.take() {
            (self.record)(cancelled(id, request, began));
        }
    }
}

/// The exchange of a request whose response was not waited for.
pub(super) fn cancelled(id: ExchangeId, request: Request, began: Instant) -> Exchange {
    let detail = "interrupted while it was on its way".to_owned();
    let outcome = Err(TransportFailure { kind: FailureKind::Cancelled, detail });
    Exchange { id, request, outcome, timing: Timing { first_byte: None, total: began.elapsed() } }
}
