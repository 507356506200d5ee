//! The history: everything of a run so far, in order.

use std::sync::Arc;

use super::{AuthorizationRequest, Callback, Exchange, ExchangeId, ProbeId, Purpose};
use crate::specification::Step;

/// All exchanges and callbacks of a run so far, raw, in memory. Cloning it is cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    exchanges: Vec<Arc<Exchange>>,
    authorizations: Vec<AuthorizationRequest>,
    callbacks: Vec<Arc<Callback>>,
}

impl History {
    /// Adds an exchange at the end.
    pub fn push(&mut self, exchange: Arc<Exchange>) {
        self.exchanges.push(exchange);
    }

    /// Adds an authorization request at the end: with a browser it is no exchange of ours.
    pub fn push_authorization(&mut self, request: AuthorizationRequest) {
        self.authorizations.push(request);
    }

    /// All authorization requests, in order.
    pub fn authorizations(
        &self,
    ) -> impl DoubleEndedIterator<Item = &AuthorizationRequest> + ExactSizeIterator {
        self.authorizations.iter()
    }

    /// Adds a callback at the end.
    pub fn push_callback(&mut self, callback: Arc<Callback>) {
        self.callbacks.push(callback);
    }

    /// All exchanges, in order of sending.
    pub fn exchanges(&self) -> impl DoubleEndedIterator<Item = &Arc<Exchange>> + ExactSizeIterator {
        self.exchanges.iter()
    }

    /// The exchanges of a step, without probes.
    pub fn of_step(&self, step: Step) -> impl DoubleEndedIterator<Item = &Arc<Exchange>> {
        let walked = |exchange: &Exchange| !matches!(exchange.request.purpose, Purpose::Probe(_));
        self.exchanges.iter().filter(move |exchange| exchange.request.step == step && walked(exchange))
    }

    /// The last exchange of a probe.
    pub fn probe(&self, id: ProbeId) -> Option<&Exchange> {
        self.with_purpose(|purpose| purpose == Purpose::Probe(id)).next_back()
    }

    /// The exchanges whose purpose is accepted.
    pub fn with_purpose(
        &self,
        accept: impl Fn(Purpose) -> bool,
    ) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.exchanges.iter().map(Arc::as_ref).filter(move |exchange| accept(exchange.request.purpose))
    }

    /// The exchange of that number.
    pub fn get(&self, id: ExchangeId) -> Option<&Arc<Exchange>> {
        self.exchanges.iter().find(|exchange| exchange.id == id)
    }

    /// All callbacks, in order of arrival.
    pub fn callbacks(&self) -> impl DoubleEndedIterator<Item = &Arc<Callback>> + ExactSizeIterator {
        self.callbacks.iter()
    }

    /// Whether anything of it was changed by its user.
    pub fn is_edited(&self) -> bool {
        self.exchanges().any(|exchange| exchange.request.edited)
            || self.authorizations().any(|request| request.edited)
    }

    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
    }
}
