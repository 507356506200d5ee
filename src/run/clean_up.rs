//! Gives back what the walk obtained: tokens ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)), then clients
//! ([RFC 7592 §2.3](https://www.rfc-editor.org/rfc/rfc7592#section-2.3)).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Runner;
use super::on_its_way::OnItsWay;
use crate::document::client::ClientInformation;
use crate::document::identifier::Identifier;
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{Exchange, ExchangeId, History, Purpose, Request, Round, Secret};
use crate::flow::{Flow, TokenSet};
use crate::specification::{Party, Step};
use crate::transcript::LeftBehind;

/// How long the revocations may take, and as long the deletions: the user is waiting for the program to end.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the deletions wait for the revocations, which need the client. What is not revoked by then is left to them:
/// an answer that comes later would be about a client that is gone.
const HEAD_START: Duration = Duration::from_secs(3);

/// Why a client is still there: it is to be used again.
const KEPT: &str = "it is kept for later runs";
/// The server does not let it be removed.
const NO_MANAGEMENT: &str = "the server offers no way to remove it (RFC 7592); delete it there";
/// The run goes on.
const NOT_YET: &str =
    "not removed yet: gatewalk removes it when it ends; if it no longer runs, delete the client there";

/// Everything this run obtained, also in steps that were walked again.
#[derive(Default)]
pub(super) struct OwnedResources {
    registrations: Vec<Registration>,
    /// What may have been registered besides.
    unknown: Vec<LeftBehind>,
    granted: Vec<Arc<TokenSet>>,
}

struct Registration {
    issuer: String,
    client_id: String,
    management: Option<(String, Secret)>,
    round: Round,
}

impl Registration {
    /// The client an exchange registered, if it did; the history tells of the server's metadata.
    fn of(exchange: &Exchange, history: &History) -> Option<Self> {
        if exchange.request.purpose != Purpose::Registration {
            return None;
        }
        let information = ClientInformation::read(exchange).ok()?;
        let origin = |url: &str| Identifier::parse(url).map(|id| id.origin.to_owned());
        let endpoint = exchange.request.url.as_str();
        let server = origin(endpoint)?;
        // The registration access token goes nowhere but to the server that issued it.
        let management = information.management().filter(|(uri, _)| origin(uri).as_ref() == Some(&server));
        let management = management.map(|(uri, token)| (uri.to_owned(), token));
        let issuer = issuer_of(endpoint, history).unwrap_or(server);
        let round = exchange.request.round.clone();
        Some(Self { client_id: information.client_id()?.to_owned(), issuer, management, round })
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
        LeftBehind { issuer: self.issuer, client_id: self.client_id, because }
    }
}

/// A client that may be there although no identifier of it came to us.
fn unknown(exchange: &Exchange, history: &History) -> Option<LeftBehind> {
    if exchange.request.purpose != Purpose::Registration {
        return None;
    }
    let because = match &exchange.outcome {
        Ok(response) if response.cut.is_some() && response.is_success() && !response.is_html() => {
            "the response to its registration was not read to its end"
        }
        Ok(response) if response.status == 201 && Registration::of(exchange, history).is_none() => {
            "the response to its registration names no identifier"
        }
        Err(failure) if failure.kind.may_have_been_acted_on() => {
            "its registration was sent, and no response came"
        }
        _ => return None,
    };
    let endpoint = exchange.request.url.as_str();
    let origin = || Identifier::parse(endpoint).map(|id| id.origin.to_owned());
    Some(LeftBehind {
        issuer: issuer_of(endpoint, history).or_else(origin)?,
        client_id: "of unknown identifier".to_owned(),
        because: Some(format!("{because}: look for it there")),
    })
}

/// The issuer whose metadata names that registration endpoint. The default endpoint of a server without metadata is
/// named by none: its origin is the issuer (MCP 2025-03-26 "Fallbacks").
fn issuer_of(endpoint: &str, history: &History) -> Option<String> {
    let metadata = history.with_purpose(|purpose| matches!(purpose, Purpose::ServerMetadata(_)));
    let mut read = metadata.rev().filter_map(|exchange| ServerMetadata::read(exchange).ok());
    let named = read.find(|metadata| metadata.endpoint("registration_endpoint") == Some(endpoint))?;
    named.issuer().map(str::to_owned)
}

impl OwnedResources {
    /// Notes the client an exchange registered, if it did.
    pub(super) fn note(&mut self, exchange: &Exchange, history: &History) {
        self.registrations.extend(Registration::of(exchange, history));
        self.unknown.extend(unknown(exchange, history));
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
    /// Revokes the tokens and, unless they are to be kept, deletes the clients. Returns those that are still there.
    ///
    /// One after the other, and a revocation that hangs does not cost the deletion.
    pub(super) async fn clean_up(&mut self) -> Vec<LeftBehind> {
        let OwnedResources { registrations, unknown, granted } = std::mem::take(&mut self.obtained);
        let keeps = self.flow.settings().scenario.client.keep;
        let (told, mut ended) = mpsc::unbounded_channel();
        let requests = granted.iter().flat_map(|granted| granted.revocations());
        let revocations: Vec<_> =
            requests.filter_map(|request| self.give_back(request, told.clone())).collect();
        let mut deletions = Vec::new();
        let mut deleted = Vec::new();
        for registration in &registrations {
            let request = registration.deletion().filter(|_| !keeps);
            let id = ExchangeId(self.next_id);
            let deletion = request.and_then(|request| self.give_back(request, told.clone()));
            deleted.push(deletion.is_some().then_some(id));
            deletions.extend(deletion);
        }
        drop(told);
        let patience = if deletions.is_empty() { CLEAN_UP_TIMEOUT } else { HEAD_START };
        let giving_back = async move {
            // One after the other: the first takes the others with it where the server goes by the specification.
            let revoking = async {
                for revocation in revocations {
                    revocation.await;
                }
            };
            // Whatever is not confirmed by then is in the record.
            drop(timeout(patience, revoking).await);
            drop(timeout(CLEAN_UP_TIMEOUT, join_all(deletions)).await);
        };
        let hearing = async {
            let mut statuses = BTreeMap::new();
            while let Some(exchange) = ended.recv().await {
                let exchange = self.keep(exchange);
                statuses.insert(exchange.id, exchange.status());
            }
            statuses
        };
        let ((), statuses) = tokio::join!(giving_back, hearing);
        let status = |id: &ExchangeId| statuses.get(id).copied().flatten();
        let left = registrations.into_iter().zip(deleted).filter_map(|(registration, deletion)| {
            let because = match deletion.as_ref().map(status) {
                _ if keeps => KEPT.to_owned(),
                None => NO_MANAGEMENT.to_owned(),
                // 401: the client is gone already (RFC 7592 §2.3).
                Some(Some(200..=299 | 401)) => return None,
                Some(Some(status)) => {
                    format!("the server answered its removal with {status}; delete it there")
                }
                Some(None) => "the server did not confirm its removal in time; delete it there".to_owned(),
            };
            Some(registration.left_behind(Some(because)))
        });
        left.chain(unknown).collect()
    }

    /// Sends a request when it is awaited, and tells what came of it also when it is not awaited to its end.
    fn give_back(
        &mut self,
        request: Request,
        told: mpsc::UnboundedSender<Exchange>,
    ) -> Option<BoxFuture<'static, ()>> {
        let request = self.ready(request).ok()?;
        let (id, transport) = (self.take_id(), Arc::clone(&self.transport));
        Some(Box::pin(async move {
            // We listen until all of them have ended.
            let on_its_way = OnItsWay::new(id, request.clone(), move |exchange| drop(told.send(exchange)));
            on_its_way.ended(transport.send(id, request).await);
        }))
    }
}

/// The clients a history tells of, while the run that registered them goes on; whether it keeps them for later ones.
pub fn registered(history: &History, keeps: bool) -> Vec<LeftBehind> {
    let still = |registration: Registration| {
        let because = match &registration.management {
            _ if keeps => KEPT,
            Some(_) => NOT_YET,
            None => NO_MANAGEMENT,
        };
        registration.left_behind(Some(because.to_owned()))
    };
    let client = |exchange: &Arc<Exchange>| {
        Registration::of(exchange, history).map(still).or_else(|| unknown(exchange, history))
    };
    history.exchanges().filter_map(client).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::exchange::{Cut, ExchangeId, FailureKind, Headers, Response, Timing, TransportFailure};
    use crate::specification::ServerMetadataLocation;

    fn exchange(step: Step, purpose: Purpose, url: &str, status: u16, body: &str) -> Arc<Exchange> {
        let response = Response {
            status,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers: Headers::new().with("content-type", "application/json"),
            body: body.into(),
            cut: None,
        };
        let request = Request::new(step, purpose, Party::AuthorizationServer, "POST", url);
        Arc::new(Exchange { id: ExchangeId(1), request, outcome: Ok(response), timing: Timing::default() })
    }

    #[test]
    fn a_client_nobody_told_us_of_is_named_all_the_same() {
        let url = "https://as.example/register";
        let told = |exchange: Exchange| {
            let mut history = History::default();
            history.push(Arc::new(exchange));
            registered(&history, false)
                .into_iter()
                .map(|left| left.because.unwrap_or_default())
                .collect::<Vec<_>>()
        };
        let answered = |status, body, cut| {
            let exchange = exchange(Step::Registration, Purpose::Registration, url, status, body);
            let mut exchange = Arc::unwrap_or_clone(exchange);
            exchange.outcome.iter_mut().for_each(|response| response.cut = cut);
            told(exchange)
        };
        let failed = |kind| {
            let exchange = exchange(Step::Registration, Purpose::Registration, url, 201, "");
            let failure = TransportFailure { kind, detail: String::new() };
            told(Exchange { outcome: Err(failure), ..Arc::unwrap_or_clone(exchange) })
        };
        assert!(answered(201, r#"{"client_id":"c"#, Some(Cut::Cap))[0].contains("not read to its end"));
        assert!(answered(201, "[]", None)[0].contains("names no identifier"));
        for kind in [FailureKind::Timeout, FailureKind::Cancelled, FailureKind::Broken] {
            assert!(failed(kind)[0].contains("no response came"), "{kind:?}");
        }
        let nothing: [&str; 0] = [];
        assert_eq!(answered(400, r#"{"error":"invalid_redirect_uri"}"#, None), nothing);
        assert_eq!(answered(200, "<!doctype html>", None), nothing, "a page that answers everything");
        assert_eq!(failed(FailureKind::Dns), nothing);
    }

    #[test]
    fn a_client_is_left_behind_at_the_issuer_that_registered_it() {
        let metadata = |issuer: &str, endpoint: &str| {
            let body = format!(r#"{{"issuer":"{issuer}","registration_endpoint":"{endpoint}"}}"#);
            let purpose = Purpose::ServerMetadata(ServerMetadataLocation::OAuthInserted);
            exchange(Step::ServerMetadata, purpose, "https://as.example/metadata", 200, &body)
        };
        let registration = |url: &str| {
            exchange(Step::Registration, Purpose::Registration, url, 201, r#"{"client_id":"c1"}"#)
        };
        let mut history = History::default();
        history.push(metadata("https://login.example/tenant/", "https://as.example/register"));
        history.push(registration("https://as.example/register"));
        // A server without metadata has its endpoint at the default path.
        history.push(registration("https://gw.example/register"));
        history.push(metadata("https://other.example", "https://other.example/clients"));
        history.push(registration("https://other.example/clients"));
        let issuers: Vec<_> = registered(&history, false).into_iter().map(|left| left.issuer).collect();
        assert_eq!(issuers, ["https://login.example/tenant/", "https://gw.example", "https://other.example"]);
    }

    #[test]
    fn while_the_run_goes_on_a_client_is_said_to_be_removed_later_if_it_can_be() {
        let because = |management: &str, keeps: bool| {
            let body = format!(r#"{{"client_id":"c1"{management}}}"#);
            let url = "https://as.example/register";
            let mut history = History::default();
            history.push(exchange(Step::Registration, Purpose::Registration, url, 201, &body));
            registered(&history, keeps).pop().and_then(|left| left.because).unwrap()
        };
        let management =
            r#","registration_client_uri":"https://as.example/c1","registration_access_token":"t""#;
        assert!(because(management, false).starts_with("not removed yet"));
        assert!(because("", false).contains("no way to remove it"));
        assert!(because(management, true).contains("kept for later runs"));
    }
}
