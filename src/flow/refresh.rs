//! The end of step 7: what the refresh token is good for.

use super::token_request::{GrantRequest, TokenReply, TokenRequest};
use super::{Context, Outcome, Settings, State};
use crate::exchange::{Exchange, Purpose, Request};
use crate::specification::Step;

/// Awaits what the refresh token is good for, once the session has been walked. Whatever comes, that was the walk.
#[derive(Clone, Debug)]
pub(super) struct AwaitRefresh(TokenRequest);

impl AwaitRefresh {
    /// Presents the refresh token, if there is one.
    pub(super) fn first(context: &Context<'_>) -> Option<State> {
        let granted = context.cross_round.granted.as_ref()?;
        let token = granted.refresh_token.clone()?;
        let request =
            TokenRequest::new(granted.registered.clone(), GrantRequest::RefreshToken(token), None, context);
        Some(State::Refresh(Box::new(Self(request))))
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        self.0.request(Purpose::Refresh, settings)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        match self.0.exchanged(exchange, context) {
            TokenReply::Again(request) => State::Refresh(Box::new(Self(request))),
            TokenReply::Refused(_) | TokenReply::TokenSet { .. } => {
                State::Done(Outcome::Reached(Step::Session))
            }
        }
    }
}
