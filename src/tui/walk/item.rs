//! What of a step can be looked at: a request with its response, the authorization request, the redirect back.

use std::sync::Arc;

use crate::exchange::{AuthorizationRequest, Callback, Exchange, ExchangeId, ProbeId, Purpose, Request};

/// Something of a step that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Item {
    /// The authorization request.
    Authorization(AuthorizationRequest),
    /// The redirect back.
    Callback(Arc<Callback>),
    /// A request and its response.
    Exchange(Arc<Exchange>),
    /// A request without a response yet.
    Sending(Arc<Request>),
}

impl Item {
    /// Whether the user changed it before it was sent.
    pub(in crate::tui) fn is_edited(&self) -> bool {
        match self {
            Self::Authorization(request) => request.edited,
            Self::Callback(_) => false,
            Self::Exchange(exchange) => exchange.request.edited,
            Self::Sending(request) => request.edited,
        }
    }

    /// The round it is part of.
    pub(in crate::tui) fn round(&self) -> u8 {
        let round = match self {
            Self::Authorization(request) => &request.round,
            Self::Callback(callback) => &callback.round,
            Self::Exchange(exchange) => &exchange.request.round,
            Self::Sending(request) => &request.round,
        };
        round.number
    }

    /// The probe it is, if it goes beyond the happy path.
    pub(in crate::tui) fn probe(&self) -> Option<ProbeId> {
        let request = match self {
            Self::Exchange(exchange) => &exchange.request,
            Self::Sending(request) => request,
            Self::Authorization(_) | Self::Callback(_) => return None,
        };
        if let Purpose::Probe(probe) = request.purpose { Some(probe) } else { None }
    }

    /// Its number in the run, if it has one.
    pub(in crate::tui) fn id(&self) -> Option<ExchangeId> {
        match self {
            Self::Callback(callback) => Some(callback.id),
            Self::Exchange(exchange) => Some(exchange.id),
            Self::Authorization(_) | Self::Sending(_) => None,
        }
    }
}
