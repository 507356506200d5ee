//! The transport over `reqwest`: no redirects, no retries, a fresh connection per request, a capped body.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use reqwest::Client;

use crate::document::event_stream::whole_events;
use crate::document::identifier::Identifier;
use crate::document::mcp::holds_response;
use crate::exchange::{
    Body, Cut, Exchange, ExchangeId, FailureKind, ReadUntil, Request, Response, Timing, TransportFailure,
    bounds,
};
use crate::run::clock;
use crate::scenario::{Limits, Network, Resolution};

use super::Transport;
use super::clients::{ClientConfig, Clients, NetworkError};
use super::coding;
use super::failure::classify;
use super::guard::{Blocked, SsrfGuard};

/// How long a name that a proxy is asked for is looked up here, too.
const LOOKING: Duration = Duration::from_secs(2);

/// Sends over HTTP/1.1 and HTTP/2, with TLS.
#[derive(Clone)]
pub struct HttpTransport(Arc<Inner>);

struct Inner {
    limits: Limits,
    guard: SsrfGuard,
    network: Arc<ClientConfig>,
    direct: Clients,
    proxied: Clients,
    /// Clients for hosts at ports where the user says they are.
    static_addresses: Vec<(Resolution, Clients)>,
}

impl HttpTransport {
    /// A transport for a target: its host decides which addresses published URLs may lead to.
    pub fn new(target: &str, limits: Limits, network: &Network) -> Result<Self, NetworkError> {
        let host = url::Url::parse(target)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        let outfit = Arc::new(ClientConfig::new(network, limits.timeout)?);
        let guard = SsrfGuard::new(&host);
        for static_addresses in &network.resolve {
            guard.static_addresses(&static_addresses.host, &static_addresses.addresses);
        }
        let static_addresses = |static_addresses: &Resolution| {
            (
                static_addresses.clone(),
                Clients::static_addresses(Arc::clone(&outfit), static_addresses.addresses.clone()),
            )
        };
        let static_addresses = network.resolve.iter().map(static_addresses).collect();
        let direct = Clients::guarded(Arc::clone(&outfit), guard.clone());
        let proxied = Clients::proxied(Arc::clone(&outfit));
        Ok(Self(Arc::new(Inner { limits, guard, network: outfit, direct, proxied, static_addresses })))
    }
}

impl Transport for HttpTransport {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let started = clock::now();
            let mut timing = Timing::default();
            let outcome = inner.send(&request, started, &mut timing).await;
            timing.total = started.elapsed();
            Exchange { id, request, outcome, timing }
        })
    }
}

impl Inner {
    async fn send(
        &self,
        request: &Request,
        started: Instant,
        timing: &mut Timing,
    ) -> Result<Response, TransportFailure> {
        let built = self.build(request)?;
        let client = self.client(built.url()).await?;
        let deadline = self.limits.timeout;
        let sent = tokio::time::timeout(deadline, client.execute(built)).await;
        let late = || TransportFailure {
            kind: FailureKind::Timeout,
            detail: format!("no response within {} s", deadline.as_secs_f32()),
        };
        let mut response = sent.map_err(|_| late())?.map_err(|error| classify(&error))?;
        timing.first_byte = Some(started.elapsed());
        let extension = response.extensions().get::<hyper::ext::ReasonPhrase>();
        let reason = match extension {
            Some(phrase) => crate::exchange::text(phrase.as_bytes()).into_owned(),
            None if response.version() < reqwest::Version::HTTP_2 => {
                response.status().canonical_reason().unwrap_or_default().to_owned()
            }
            None => String::new(),
        };
        let mut received = Response {
            status: response.status().as_u16(),
            reason,
            version: version(response.version()).to_owned(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .collect(),
            body: Body::default(),
            cut: None,
        };
        let remaining = deadline.saturating_sub(started.elapsed());
        let until = match (request.read_until, received.media_type() == "text/event-stream") {
            (until, true) => until,
            (_, false) => ReadUntil::End,
        };
        // What came in time is kept.
        let mut body = Vec::new();
        // What was made for us has to be known, so that it can be given back.
        let hands_out = request.purpose.hands_out_secrets();
        let cap = if hands_out { self.limits.body.max(bounds::HANDED_OUT) } else { self.limits.body };
        let reading = read(&mut response, &mut body, cap, until);
        received.cut = tokio::time::timeout(remaining, reading).await.unwrap_or(Some(Cut::Timeout));
        received.body = body.into();
        coding::decode(&mut received, cap);
        Ok(received)
    }

    fn build(&self, request: &Request) -> Result<reqwest::Request, TransportFailure> {
        let bad = |detail: String| TransportFailure { kind: FailureKind::BadUrl, detail };
        if Identifier::parse(&request.url).is_none() {
            return Err(bad(format!("{:?} is not an absolute http(s) URL", request.url)));
        }
        let url = reqwest::Url::parse(&request.url).map_err(|error| bad(error.to_string()))?;
        let literal = match url.host() {
            Some(url::Host::Ipv4(address)) => Some(address.into()),
            Some(url::Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        if let Some(address) = literal {
            self.check(&url, &[address])?;
        }
        let method =
            request.method.parse().map_err(|_| bad(format!("{:?} is not a method", request.method)))?;
        let mut built = reqwest::Request::new(method, url);
        for (name, value) in request.headers.raw() {
            let field = || bad(format!("the header field {name:?} cannot be sent"));
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).map_err(|_| field())?;
            let value = reqwest::header::HeaderValue::from_bytes(value).map_err(|_| field())?;
            built.headers_mut().append(name, value);
        }
        if !request.body.is_empty() {
            *built.body_mut() = Some(request.body.clone().into());
        }
        Ok(built)
    }

    /// Keeps a URL from leading to addresses that it must not lead to.
    fn check(&self, url: &reqwest::Url, addresses: &[IpAddr]) -> Result<(), TransportFailure> {
        let blocked =
            |blocked: Blocked| TransportFailure { kind: FailureKind::Blocked, detail: blocked.to_string() };
        self.guard.allow(url.host_str().unwrap_or_default(), addresses).map_err(blocked)
    }

    /// The same where a proxy finds the addresses, as far as they are known here too. What only the proxy knows is its own.
    async fn check_here(&self, url: &reqwest::Url) -> Result<(), TransportFailure> {
        let Some(url::Host::Domain(host)) = url.host() else { return Ok(()) };
        let looking = tokio::time::timeout(LOOKING, tokio::net::lookup_host((host, 0)));
        let Ok(Ok(found)) = looking.await else { return Ok(()) };
        self.check(url, &found.map(|address| address.ip()).collect::<Vec<_>>())
    }

    /// The client for a URL: one of its own where the user says where the host is.
    async fn client(&self, url: &reqwest::Url) -> Result<&Client, TransportFailure> {
        let here = |static_addresses: &Resolution| {
            url.host_str() == Some(&static_addresses.host)
                && url.port_or_known_default() == Some(static_addresses.port)
        };
        let static_addresses = self
            .static_addresses
            .iter()
            .find(|(static_addresses, _)| here(static_addresses))
            .map(|(_, clients)| clients);
        let clients = match static_addresses {
            Some(clients) => clients,
            None if self.network.is_proxied(url) => {
                self.check_here(url).await?;
                &self.proxied
            }
            None => &self.direct,
        };
        let client = clients.get(url.scheme() == "https");
        client.map_err(|detail| TransportFailure { kind: FailureKind::Broken, detail })
    }
}

/// Reads the body up to the cap, or of an event stream until the response is there; why it is not the whole.
async fn read(
    response: &mut reqwest::Response,
    body: &mut Vec<u8>,
    cap: usize,
    until: ReadUntil,
) -> Option<Cut> {
    if until == ReadUntil::Head {
        return Some(Cut::Responded);
    }
    let mut looked_at = 0;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = cap - body.len();
                body.extend(chunk.iter().take(room));
                if chunk.len() > room {
                    return Some(Cut::Cap);
                }
                if until == ReadUntil::Response {
                    // Each event is looked at once, however small the pieces it comes in.
                    let new = body.get(looked_at..).unwrap_or_default();
                    let (whole, _) = new.split_at(whole_events(new));
                    if holds_response(whole) {
                        return Some(Cut::Responded);
                    }
                    looked_at += whole.len();
                }
            }
            Ok(None) => return None,
            Err(_) => return Some(Cut::ScenarioError),
        }
    }
}

fn version(version: reqwest::Version) -> &'static str {
    match version {
        reqwest::Version::HTTP_09 => "HTTP/0.9",
        reqwest::Version::HTTP_10 => "HTTP/1.0",
        reqwest::Version::HTTP_2 => "HTTP/2",
        reqwest::Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Purpose;
    use crate::specification::{Party, Step};

    async fn failure(target: &str, url: &str) -> FailureKind {
        let request =
            Request::new(Step::ServerMetadata, Purpose::Keys, Party::AuthorizationServer, "GET", url);
        let transport = HttpTransport::new(target, Limits::default(), &Network::default()).unwrap();
        let exchange = transport.send(ExchangeId(1), request).await;
        exchange.outcome.unwrap_err().kind
    }

    #[tokio::test]
    async fn t50_urls_of_a_public_target_do_not_reach_this_machine() {
        let target = "https://gateway.example/mcp";
        for url in [
            "http://127.0.0.1:9/",
            "http://[::1]:9/",
            "http://localhost:9/",
            "http://2130706433:9/",
            "http://127.1:9/",
            "http://0x7f.0.0.1:9/",
            "http://0177.0.0.1:9/",
            "http://[::ffff:127.0.0.1]:9/",
            "http://[64:ff9b::7f00:1]:9/",
            "http://[fe80::1]:9/",
            "http://me@127.0.0.1:9/",
            "https://localhost:9/",
        ] {
            assert_eq!(failure(target, url).await, FailureKind::Blocked, "{url}");
        }
        for url in ["file:///etc/passwd", "javascript:alert(1)", "gopher://h/", "/keys"] {
            assert_eq!(failure(target, url).await, FailureKind::BadUrl, "{url}");
        }
    }
}
