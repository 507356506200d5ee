//! Accepts connections and responds to each within bounds of time; where there are too many, the oldest makes room.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tiny_http::{HTTPVersion, Header, Method, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::head::{self, Head};
use super::{Arrival, Login, page};
use crate::exchange::bounds::CALLBACK_CONNECTIONS as MOST;
use crate::exchange::{Callback, ExchangeId, Secret};
use crate::run::clock;

/// How long a connection may take. Browsers open some before they need them.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long a connection stays although others wait: whoever wants to be heard has sent its request by then.
const LEAST: Duration = Duration::from_millis(50);
/// Bytes that are read after a response, so that it is not lost with what was not read.
const REST: u64 = 64 << 10;
/// How long they are read.
const PARTING: Duration = Duration::from_secs(1);

/// What is served.
#[derive(Clone)]
pub(super) struct Site {
    /// The redirect URI without its path.
    pub(super) origin: Arc<str>,
    /// Its path.
    pub(super) path: Arc<str>,
    pub(super) login: watch::Receiver<Option<Login>>,
}

/// Connections that are open, the oldest first.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    open: VecDeque<(Instant, AbortHandle)>,
}

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, site: Site) {
    let mut connections = Connections::default();
    loop {
        while connections.count() >= MOST {
            connections.make_room().await;
        }
        match listener.accept().await {
            Ok((stream, _)) => connections.begin(stream, site.clone()),
            // The other side is gone already, or the process has no file descriptors left.
            Err(_) if connections.count() > 0 => connections.make_room().await,
            Err(_) => tokio::time::sleep(LEAST).await,
        }
    }
}

impl Connections {
    fn count(&mut self) -> usize {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|(_, task)| !task.is_finished());
        self.open.len()
    }

    fn begin(&mut self, stream: TcpStream, site: Site) {
        let task = self.tasks.spawn(async move {
            // One that takes longer is of no use; whoever is on the other side sees it closed.
            drop(tokio::time::timeout(DEADLINE, site.respond(stream)).await);
        });
        self.open.push_back((clock::now(), task));
    }

    /// Waits until a connection has ended; the oldest is ended if none does by itself.
    async fn make_room(&mut self) {
        let Some((since, oldest)) = self.open.front() else { return };
        tokio::select! {
            biased;
            _ = self.tasks.join_next() => return,
            () = tokio::time::sleep_until((*since + LEAST).into()) => oldest.abort(),
        }
        self.tasks.join_next().await;
    }
}

impl Site {
    /// Reads a request, tells the login of it and responds.
    async fn respond(self, mut stream: TcpStream) -> io::Result<()> {
        let (status, page, answering) = match head::read(&mut stream).await {
            Ok(None) => return Ok(()),
            Ok(Some(head)) => self.meet(&head).await,
            Err(status) => (status, page::OUT_OF_BOUNDS.into(), None),
        };
        stream.write_all(&written(status, &page)?).await?;
        stream.shutdown().await?;
        drop(answering);
        let mut rest = stream.take(REST);
        // What is not read by then is lost with the connection.
        drop(tokio::time::timeout(PARTING, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await);
        Ok(())
    }

    /// The status and page for a request; and what tells the login, when it is dropped, that it was answered.
    async fn meet(&self, head: &Head) -> (u16, Cow<'static, str>, Option<oneshot::Sender<()>>) {
        if head.target.split(['?', '#']).next() != Some(&*self.path) {
            return (404, page::NOT_FOUND.into(), None);
        }
        if head.method != Method::Get {
            return (405, page::NOT_GET.into(), None);
        }
        if head.target.len() <= self.path.len() + 1 {
            return (400, page::EMPTY.into(), None);
        }
        let login = self.login.borrow().clone();
        let Some(Login { state, arrivals }) = login else { return (409, page::NO_LOGIN.into(), None) };
        let callback = Callback::new(ExchangeId(0), format!("{}{}", self.origin, head.target));
        let is_ours = carries(&callback, state.as_ref());
        let (answering, answered) = oneshot::channel();
        let arrival =
            Arrival { url: callback.url.clone(), is_ours, is_part_of_page: is_part_of_page(head), answered };
        // Told before it is answered: whoever has the response may count on it.
        if !is_ours {
            // A login that has enough of them already does without.
            drop(arrivals.try_send(arrival));
            return (400, page::NOT_OURS.into(), Some(answering));
        }
        if arrivals.send(arrival).await.is_err() {
            return (409, page::NO_LOGIN.into(), None);
        }
        let page = callback.get("error").map_or(page::DONE.into(), page::failed);
        (200, page, Some(answering))
    }
}

/// Whether a callback carries that `state`; without one, whether it carries none.
pub(in crate::run) fn carries(callback: &Callback, state: Option<&Secret>) -> bool {
    let mut states = callback.query.iter().filter(|(name, _)| name == "state");
    match state {
        Some(state) => states.any(|(_, value)| Secret::new(value.as_str()) == *state),
        None => states.next().is_none(),
    }
}

/// Whether a browser loads it for a page, not as a page (<https://www.w3.org/TR/fetch-metadata/>).
fn is_part_of_page(head: &Head) -> bool {
    head.fields
        .iter()
        .find(|field| field.field.equiv("sec-fetch-dest"))
        .is_some_and(|field| field.value != "document")
}

/// The bytes of a response.
fn written(status: u16, page: &str) -> io::Result<Vec<u8>> {
    let mut response = Response::from_string(page).with_status_code(status);
    for (name, value) in [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        ("Referrer-Policy", "no-referrer"),
    ] {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    let mut bytes = Vec::new();
    response.raw_print(&mut bytes, HTTPVersion(1, 1), &[], false, None)?;
    Ok(bytes)
}
