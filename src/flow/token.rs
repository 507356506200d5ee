//! Step 6: what was granted for tokens, and the keys the token is signed with.

use super::registered::Registered;
use super::session::AwaitSession;
use super::token_request::{GrantRequest, TokenReply, TokenRequest};
use super::{Context, Settings, State, StuckReason};
use crate::exchange::{Exchange, Purpose, Request, Secret};
use crate::specification::{Party, Step};

/// Awaits the token response.
#[derive(Clone, Debug)]
pub(super) struct AwaitToken(TokenRequest);

impl AwaitToken {
    /// Presents a code, whose scope was requested with it.
    pub(super) fn with_code(
        registered: Registered,
        code: Secret,
        verifier: Secret,
        context: &Context<'_>,
    ) -> State {
        Self::presenting(registered, GrantRequest::Code { code, verifier }, None, context)
    }

    /// Presents anything else, with the scope to request.
    pub(super) fn first(registered: Registered, presented: GrantRequest, context: &mut Context<'_>) -> State {
        let scope = context.scope(&registered.server);
        context.cross_round.note_requested(&registered.server, scope.as_deref());
        Self::presenting(registered, presented, scope, context)
    }

    fn presenting(
        registered: Registered,
        presented: GrantRequest,
        scope: Option<String>,
        context: &Context<'_>,
    ) -> State {
        State::Token(Box::new(Self(TokenRequest::new(registered, presented, scope, context))))
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        self.0.request(Purpose::Token, settings)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let (registered, access) = match self.0.exchanged(exchange, context) {
            TokenReply::Again(request) => return State::Token(Box::new(Self(request))),
            TokenReply::Refused(why) => return State::stuck(Step::Token, StuckReason::NoToken(why)),
            TokenReply::TokenSet { registered, access } => (registered, access),
        };
        let metadata = registered.server.metadata.as_ref();
        let keys = metadata.and_then(|metadata| metadata.endpoint("jwks_uri")).map(str::to_owned);
        let session = AwaitSession::new(registered, access, context);
        match keys {
            Some(url) => State::Keys(Box::new(AwaitKeys { url, session })),
            None => State::Session(Box::new(session)),
        }
    }
}

/// Awaits the key set, which no client needs but the judgement of the token does. Whatever comes, the walk goes on.
#[derive(Clone, Debug)]
pub(super) struct AwaitKeys {
    url: String,
    pub(super) session: AwaitSession,
}

impl AwaitKeys {
    pub(super) fn request(&self) -> Request {
        Settings::get_json(Step::Token, Purpose::Keys, Party::AuthorizationServer, &self.url)
    }
}
