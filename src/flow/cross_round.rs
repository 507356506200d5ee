//! What outlives a round of authorization: clients by issuer, the scope asked for, and what was interrupted.

use std::sync::Arc;

use super::client_authentication::Client;
use super::discovered::Server;
use super::scope::{tokens, union};
use super::session::Stage;
use super::token_set::TokenSet;
use super::{Context, Settings};
use crate::exchange::Round;

/// Rounds of authorization after which a refusal is final (MCP 2025-11-25 "Step-Up Authorization Flow": a few tries).
const ROUNDS: u8 = 3;

/// What outlives a round of authorization.
#[derive(Clone, Debug)]
pub(super) struct CrossRoundState {
    /// The round that is walked.
    pub(super) round: Round,
    /// Clients and the issuer that knows each: credentials of one server are never shown to another.
    clients: Vec<(String, Client)>,
    /// The issuer of the last token request, and the scope that was asked for.
    requested: Option<(String, String)>,
    /// What the session was about when its token was refused.
    interrupted: Option<Stage>,
    /// The DPoP nonces of the authorization server and of the resource
    /// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
    pub(super) nonces: Nonces,
    /// Whether the servers that are listed but not used were asked for their metadata.
    pub(super) others_asked: bool,
    /// What was granted last.
    pub(super) granted: Option<Arc<TokenSet>>,
}

/// DPoP nonces, by who asked for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Nonces {
    pub(super) server: Option<String>,
    pub(super) resource: Option<String>,
}

impl CrossRoundState {
    /// At the start: nothing but the clients that earlier runs kept, if they come back to where this one listens.
    pub(super) fn new(settings: &Settings) -> Self {
        let client = &settings.scenario.client;
        let known = client.known.iter().filter(|known| {
            client.registration.may_register() && known.redirect_uri == settings.redirect_uri
        });
        let clients = known.map(|known| {
            let (id, secret) = (known.client_id.clone(), known.client_secret.clone());
            let client = Client::registered(id, secret, known.auth_method.as_deref(), &settings.key);
            (known.issuer.clone(), client)
        });
        Self {
            round: Round::FIRST,
            clients: clients.collect(),
            requested: None,
            interrupted: None,
            nonces: Nonces::default(),
            others_asked: false,
            granted: None,
        }
    }

    /// Clients and the issuers that know them.
    pub(super) fn clients(&self) -> impl Iterator<Item = (&str, &Client)> {
        self.clients.iter().map(|(issuer, client)| (issuer.as_str(), client))
    }

    /// The client an issuer knows.
    pub(super) fn client_of(&self, issuer: &str) -> Option<&Client> {
        self.clients.iter().find(|(known, _)| known == issuer).map(|(_, client)| client)
    }

    /// Whether some issuer knows a client of ours.
    pub(super) const fn has_client(&self) -> bool {
        !self.clients.is_empty()
    }

    /// Keeps a client for the issuer that knows it, and for no other.
    pub(super) fn keep(&mut self, issuer: &str, client: &Client) {
        if self.client_of(issuer).is_none() {
            self.clients.push((issuer.to_owned(), client.clone()));
        }
    }

    /// Begins another round at the same server, unless there were enough.
    pub(super) fn begin_round(&mut self, interrupted: &Stage) -> bool {
        let begins = self.round.number < ROUNDS;
        if begins {
            self.round.number += 1;
            self.interrupted = Some(interrupted.clone());
        }
        begins
    }

    /// Where the session goes on with a new token.
    pub(super) fn resume(&mut self) -> Stage {
        self.interrupted.take().unwrap_or(Stage::Opening { fallback: None })
    }

    /// Takes note of the scope that is requested from a server.
    pub(super) fn note_requested(&mut self, server: &Server, scope: Option<&str>) {
        self.requested = Some((server.issuer.clone(), scope.unwrap_or_default().to_owned()));
    }

    /// Whether a scope asks for more than was requested before.
    pub(super) fn exceeds_requested(&self, scope: &str) -> bool {
        let requested = self.requested.as_ref().map_or("", |(_, scope)| scope);
        tokens(scope).any(|token| tokens(requested).all(|known| known != token))
    }
}

impl Context<'_> {
    /// The scope to request from a server: what it names, and what was requested from it before, so that a user who
    /// grants more does not lose what they granted (MCP 2026-07-28 "Step-Up Authorization Flow").
    pub(super) fn scope(&self, server: &Server) -> Option<String> {
        let earlier = self.cross_round.requested.as_ref().filter(|(issuer, _)| *issuer == server.issuer);
        let mut scope =
            union(earlier.map(|(_, scope)| scope.as_str()), server.scope(self.settings).as_deref());
        if self.cross_round.round.number > 1 {
            let challenge = server.resource.challenge.as_ref();
            scope = union(scope.as_deref(), challenge.and_then(|challenge| challenge.get("scope")));
        }
        scope
    }
}
