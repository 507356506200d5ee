//! The history: everything of a run so far, in order.

use std::sync::Arc;

use super::round::Span;
use super::{AuthorizationRequest, Callback, Exchange, ExchangeId, Issuer, ProbeId, Purpose, Round};
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

    /// The exchanges whose purpose is accepted, as far as they count in a round: its own, those of the whole run, and of
    /// what was not asked for again the last before it. What is known of one authorization server never counts for
    /// another.
    pub fn in_round<F: Fn(Purpose) -> bool>(
        &self,
        round: u8,
        accept: F,
    ) -> impl DoubleEndedIterator<Item = &Exchange> + use<'_, F> {
        let server = self.issuer(round).map(|issuer| issuer.identifier.as_str());
        let counts = move |exchange: &Exchange| {
            let of = &exchange.request.round;
            let at = || of.issuer.as_ref().map(|issuer| issuer.identifier.as_str());
            match exchange.request.purpose.span() {
                Span::Run => true,
                Span::Resource => of.number <= round,
                Span::Server => of.number <= round && at() == server,
                Span::Round => of.number == round,
            }
        };
        let asked_again =
            |exchange: &Exchange| matches!(exchange.request.purpose.span(), Span::Resource | Span::Server);
        let counted: Vec<_> = self.with_purpose(accept).filter(|exchange| counts(exchange)).collect();
        let again = counted.iter().filter(|exchange| asked_again(exchange));
        let last = again.map(|exchange| exchange.request.round.number).max();
        counted
            .into_iter()
            .filter(move |exchange| !asked_again(exchange) || Some(exchange.request.round.number) == last)
    }

    /// The number of the last round that was begun.
    pub fn last_round(&self) -> u8 {
        self.each_round().map(|round| round.number).max().unwrap_or(Round::FIRST.number)
    }

    /// The round of that number, with its authorization server as far as it was chosen.
    pub fn round(&self, number: u8) -> Round {
        Round { number, issuer: self.issuer(number).cloned() }
    }

    /// The authorization server of a round, once it was chosen.
    pub fn issuer(&self, round: u8) -> Option<&Issuer> {
        let mut of_round = self.each_round().filter(|of| of.number == round);
        of_round.find_map(|round| round.issuer.as_ref())
    }

    /// The round of each request of the walk.
    fn each_round(&self) -> impl Iterator<Item = &Round> {
        let requests = self.exchanges.iter().map(|exchange| &exchange.request.round);
        requests.chain(self.authorizations.iter().map(|request| &request.round))
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
