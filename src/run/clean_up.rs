//! Removes what the walk registered ([RFC 7592 §2.3](https://www.rfc-editor.org/rfc/rfc7592#section-2.3)).

use crate::document::client::ClientInformation;
use crate::document::identifier::Identifier;
use crate::edition::{Party, Step};
use crate::exchange::{Exchange, ExchangeId, Purpose, Request, Secret, Trail};
use crate::transcript::LeftBehind;

use super::Transport;

/// Every client this run registered, also those of steps that were walked again.
#[derive(Default)]
pub(super) struct Registrations(Vec<Registration>);

struct Registration {
    server: String,
    client_id: String,
    management: Option<(String, Secret)>,
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
        Some(Self { client_id: information.client_id()?.to_owned(), server, management })
    }

    fn left_behind(self) -> LeftBehind {
        LeftBehind { issuer: self.server, client_id: self.client_id }
    }
}

impl Registrations {
    /// Notes the client an exchange registered, if it did.
    pub(super) fn note(&mut self, exchange: &Exchange) {
        self.0.extend(Registration::of(exchange));
    }

    /// Deletes them; answers those that are still there.
    pub(super) async fn remove(&mut self, transport: &dyn Transport, mut id: u32) -> Vec<LeftBehind> {
        let mut left = Vec::new();
        for registration in self.0.drain(..) {
            let removed = match &registration.management {
                None => false,
                Some((uri, token)) => {
                    let request = Request::new(
                        Step::Registration,
                        Purpose::CleanUp,
                        Party::AuthorizationServer,
                        "DELETE",
                        uri,
                    )
                    .header("authorization", &format!("Bearer {}", token.expose()));
                    let exchange = transport.send(ExchangeId(id), request).await;
                    id += 1;
                    // 401: the client is gone already (RFC 7592 §2.3).
                    exchange.status().is_some_and(|status| status / 100 == 2 || status == 401)
                }
            };
            if !removed {
                left.push(registration.left_behind());
            }
        }
        left
    }
}

/// The clients a trail tells of.
pub fn registered(trail: &Trail) -> Vec<LeftBehind> {
    trail
        .exchanges()
        .filter_map(|exchange| Registration::of(exchange))
        .map(Registration::left_behind)
        .collect()
}
