//! The loopback listener for the redirect ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
//!
//! It holds its port from before the first request to the end of the run, and responds to whoever comes: any program here and
//! any page in a browser can. `head` reads a request within bounds of size and `serve` within bounds of time and number,
//! from sockets of our own: a [`tiny_http::Server`] waits for bodies and reads lines of any length. What is within the
//! bounds is a method and header fields of `tiny_http`, and its responses are the responses. A body is never waited for.
//!
//! Only a callback with the `state` of the login that is under way is certain to belong to it. The others are told
//! that they do not, and handed on for what they are.

mod head;
mod page;
mod serve;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::exchange::Secret;
// Further callbacks that are not certain to be ours are answered and forgotten.
use crate::exchange::bounds::CALLBACKS_WAITING as MOST_WAITING;
pub(super) use serve::carries;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// The address cannot be bound.
    #[error("cannot listen on {address} for the callback: {cause}; choose another port with --redirect-port")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: String,
    },
    /// The host is not this machine.
    #[error("the redirect host {0:?} is not a loopback address; use 127.0.0.1, [::1] or localhost")]
    NotLoopback(String),
}

/// A request of the redirect URI with a query.
#[derive(Debug)]
pub(super) struct Arrival {
    /// The redirect URI it came to, with the query, as received.
    pub(super) url: String,
    /// Whether it carries the `state` of the login.
    pub(super) is_ours: bool,
    /// Whether a browser says that it loads an image, a script or the like, not a page.
    pub(super) is_part_of_page: bool,
    /// Ends when it has been answered.
    pub(super) answered: oneshot::Receiver<()>,
}

/// The login that is under way.
#[derive(Clone, Debug)]
struct Login {
    /// The `state` of its request, if that has one.
    state: Option<Secret>,
    arrivals: mpsc::Sender<Arrival>,
}

/// The listener. `localhost` is two addresses where there is IPv6: a browser may take either.
pub(super) struct CallbackListener {
    redirect_uri: String,
    login: watch::Sender<Option<Login>>,
    serving: Vec<JoinHandle<()>>,
}

impl CallbackListener {
    /// Takes the port, 0 a free one, and begins to respond.
    pub(super) fn bind(host: &str, port: u16, path: &str) -> Result<Self, CallbackError> {
        let named = host.eq_ignore_ascii_case("localhost");
        let ip = match host.trim_matches(['[', ']']) {
            _ if named => IpAddr::V4(Ipv4Addr::LOCALHOST),
            literal => literal
                .parse()
                .ok()
                .filter(IpAddr::is_loopback)
                .ok_or_else(|| CallbackError::NotLoopback(host.to_owned()))?,
        };
        let mut attempts = 0;
        let listeners = loop {
            match listen(SocketAddr::new(ip, port), named) {
                // Another program has the free port of one address at the other: the next one will do.
                Err(_) if named && port == 0 && attempts < 20 => attempts += 1,
                other => break other?,
            }
        };
        let first = listeners.first().map_or(Ok(SocketAddr::new(ip, port)), TcpListener::local_addr);
        let first = first.map_err(|cause| bind_error(ip, port, &cause))?;
        let authority = if named { format!("{host}:{}", first.port()) } else { first.to_string() };
        let redirect_uri = format!("http://{authority}{path}");
        let login = watch::Sender::new(None);
        let site = serve::Site {
            origin: format!("http://{authority}").into(),
            path: path.into(),
            login: login.subscribe(),
        };
        let serve = |listener| tokio::spawn(serve::serve(listener, site.clone()));
        let serving = listeners.into_iter().map(serve).collect();
        Ok(Self { redirect_uri, login, serving })
    }

    /// The redirect URI, exactly as to be registered and sent.
    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Begins to hand on what comes, for the login whose request has that `state`.
    pub(super) fn open(&self, state: Option<Secret>) -> mpsc::Receiver<Arrival> {
        let (arrivals, receiver) = mpsc::channel(MOST_WAITING);
        self.login.send_replace(Some(Login { state, arrivals }));
        receiver
    }

    /// Ends the login: from now on callbacks are answered that none is under way.
    pub(super) fn close(&self) {
        self.login.send_replace(None);
    }

    /// Frees the port.
    pub(super) async fn end(mut self) {
        for serving in std::mem::take(&mut self.serving) {
            serving.abort();
            // It never ends by itself; a panic was printed, and the port is free either way.
            drop(serving.await);
        }
    }
}

impl Drop for CallbackListener {
    fn drop(&mut self) {
        self.serving.iter().for_each(JoinHandle::abort);
    }
}

fn bind_error(ip: IpAddr, port: u16, cause: &std::io::Error) -> CallbackError {
    CallbackError::Bind { address: SocketAddr::new(ip, port), cause: cause.to_string() }
}

/// Listens on an address and, for a name, on the same port of its IPv6 sibling where there is one.
fn listen(address: SocketAddr, named: bool) -> Result<Vec<TcpListener>, CallbackError> {
    let error = |cause: std::io::Error| bind_error(address.ip(), address.port(), &cause);
    let first = listen_on(address).map_err(error)?;
    let port = first.local_addr().map_err(error)?.port();
    let mut listeners = vec![first];
    if named {
        match listen_on((Ipv6Addr::LOCALHOST, port).into()) {
            Ok(second) => listeners.push(second),
            Err(cause) if cause.kind() == std::io::ErrorKind::AddrInUse => {
                return Err(bind_error(IpAddr::V6(Ipv6Addr::LOCALHOST), port, &cause));
            }
            // A machine without IPv6.
            Err(_) => {}
        }
    }
    Ok(listeners)
}

fn listen_on(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port of ours that was used a moment ago. Elsewhere the same option lets others take a port that is in use.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests;
