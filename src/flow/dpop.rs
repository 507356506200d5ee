//! Tokens bound to our key ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)): when, and the nonces servers ask for.

use super::Settings;
use super::discovered::Server;
use super::token_set::AccessGrant;
use crate::document::challenge;
use crate::document::read_body;
use crate::exchange::{Exchange, Proof, Response};
use crate::scenario::Dpop;

/// Whether a token for this server is to be bound to our key.
pub(super) fn is_wanted(server: &Server, settings: &Settings) -> bool {
    match settings.scenario.client.dpop {
        Dpop::Always => true,
        Dpop::Never => false,
        Dpop::Auto => {
            let resource = &server.resource;
            let challenged = resource.challenge.as_ref().is_some_and(|challenge| challenge.is("dpop"));
            let metadata = resource.metadata.as_ref();
            challenged
                || metadata.and_then(|metadata| metadata.json.flag("dpop_bound_access_tokens_required"))
                    == Some(true)
        }
    }
}

/// A request with a proof, which a server may refuse once to name its nonce.
#[derive(Clone, Debug)]
pub(super) struct DpopAttempt {
    nonce: Option<String>,
    repeated: bool,
}

impl DpopAttempt {
    pub(super) const fn new(nonce: Option<String>) -> Self {
        Self { nonce, repeated: false }
    }

    /// The proof for a request; one that carries a token is bound to it.
    pub(super) fn proof(&self, settings: &Settings, access: Option<&AccessGrant>) -> Proof {
        Proof::Dpop {
            key: settings.key.clone(),
            nonce: self.nonce.clone(),
            access_token: access.map(|access| access.token.clone()),
        }
    }

    /// Takes the nonce a refusal asks for; whether the request is to be sent again, which it is once.
    pub(super) fn take(&mut self, exchange: &Exchange, nonce: String) -> bool {
        let repeats = !self.repeated && exchange.response().is_some_and(asks_for_nonce);
        if repeats {
            *self = Self { nonce: Some(nonce), repeated: true };
        }
        repeats
    }
}

/// The nonce a server wants in the next proof.
pub(super) fn nonce(response: &Response) -> Option<String> {
    response.headers.get("dpop-nonce").filter(|nonce| !nonce.is_empty()).map(std::borrow::Cow::into_owned)
}

/// Whether a response refuses for want of a nonce: `use_dpop_nonce` in the body of a token endpoint, or in the challenge
/// of a resource.
fn asks_for_nonce(response: &Response) -> bool {
    const ERROR: &str = "use_dpop_nonce";
    match response.status {
        400 => read_body(response).is_ok_and(|body| body.string("error") == Some(ERROR)),
        401 => challenge::challenges(response).iter().any(|challenge| challenge.get("error") == Some(ERROR)),
        _ => false,
    }
}
