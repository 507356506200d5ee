//! Gives back what the walk obtained: tokens ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)), then clients
//! ([RFC 7592 §2.3](https://www.rfc-editor.org/rfc/rfc7592#section-2.3)).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Runner, clock};
use crate::document::client::ClientInformation;
use crate::document::identifier::Identifier;
use crate::exchange::{Exchange, History, Purpose, Request, Round, Secret};
use crate::flow::{Flow, TokenSet};
use crate::specification::{Party, Step};
use crate::transcript::LeftBehind;

/// How long all of it may take: the user is waiting for the program to end.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(15);

/// Everything this run obtained, also in steps that were walked again.
#[derive(Default)]
pub(super) struct OwnedResources {
    registrations: Vec<Registration>,
    granted: Vec<Arc<TokenSet>>,
}

struct Registration {
    server: String,
    client_id: String,
    management: Option<(String, Secret)>,
    round: Round,
}

impl Registration {
    /// The client an exchange registered, if it did.
    fn of(exchange: &Exchange) -> Option<Self> {
        if exchange.request.purpose != Purpose::Registration {
            return None;
        }
        let information = ClientInformation::read(exchange).ok()?;
        let origin = |url: &str| Identifier::parse(url).map(|id| id.origin.to_owned());
        let server = origin(&exchange.request.url)?;
        // The registration access token goes nowhere but to the server that issued it.
        let management = information.management().filter(|(uri, _)| origin(uri).as_ref() == Some(&server));
        let management = management.map(|(uri, token)| (uri.to_owned(), token));
        let round = exchange.request.round.clone();
        Some(Self { client_id: information.client_id()?.to_owned(), server, management, round })
    }

    /// The request that deletes the client, if the server lets it.
    fn deletion(&self) -> Option<Request> {
        let (uri, token) = self.management.as_ref()?;
        let request =
            Request::new(Step::Registration, Purpose::CleanUp, Party::AuthorizationServer, "DELETE", uri);
        let request = request.header("authorization", &format!("Bearer {}", token.expose()));
        Some(request.in_round(&self.round))
    }

    fn left_behind(self, because: Option<String>) -> LeftBehind {
        LeftBehind { issuer: self.server, client_id: self.client_id, because }
    }
}

impl OwnedResources {
    /// Notes the client an exchange registered, if it did.
    pub(super) fn note(&mut self, exchange: &Exchange) {
        self.registrations.extend(Registration::of(exchange));
    }

    /// Notes what was granted, if anything new was.
    pub(super) fn note_granted(&mut self, flow: &Flow) {
        if let Some(granted) = flow.granted()
            && !self.granted.iter().any(|known| Arc::ptr_eq(known, granted))
        {
            self.granted.push(Arc::clone(granted));
        }
    }
}

impl Runner {
    /// Revokes the tokens and, unless they are to be kept, deletes the clients. Answers those that are still there.
    pub(super) async fn clean_up(&mut self) -> Vec<LeftBehind> {
        let end = Instant::from_std(clock::now()) + CLEAN_UP_TIMEOUT;
        let OwnedResources { registrations, granted } = std::mem::take(&mut self.obtained);
        for request in granted.iter().flat_map(|granted| granted.revocations()) {
            self.give_back(request, end).await;
        }
        let keeps = self.flow.settings().scenario.client.keep;
        let mut left = Vec::new();
        for registration in registrations {
            let because = match registration.deletion() {
                _ if keeps => "it is kept for later runs".to_owned(),
                None => "the server offers no way to remove it (RFC 7592); delete it there".to_owned(),
                Some(request) => match self.give_back(request, end).await {
                    // 401: the client is gone already (RFC 7592 §2.3).
                    Some(200..=299 | 401) => continue,
                    Some(status) => format!("the server answered its removal with {status}; delete it there"),
                    None => "the server did not confirm the removal in time; delete it there".to_owned(),
                },
            };
            left.push(registration.left_behind(Some(because)));
        }
        left
    }

    /// Sends a request while there is time; the status it got.
    async fn give_back(&mut self, request: Request, end: Instant) -> Option<u16> {
        let request = request.proved(clock::timestamp().as_second(), &clock::identifier()).ok()?;
        let id = self.take_id();
        let exchange = timeout_at(end, self.transport.send(id, request)).await.ok()?;
        self.keep(exchange).status()
    }
}

/// The clients a history tells of.
pub fn registered(history: &History) -> Vec<LeftBehind> {
    history
        .exchanges()
        .filter_map(|exchange| Registration::of(exchange))
        .map(|registration| registration.left_behind(None))
        .collect()
}
