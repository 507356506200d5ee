//! The loopback listener for the redirect ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
//!
//! Bound before anything is sent, so that the redirect URI is known and the port ours; it answers only while a login
//! is under way, only `GET`, only on our path, with fixed text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use tiny_http::{Header, Method, Response, Server};
use tokio::sync::mpsc;

/// The path of the redirect URI.
pub const PATH: &str = "/callback";

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

/// The listener, open or closed. `localhost` is two addresses where there is IPv6: a browser may take either.
pub(super) struct CallbackListener {
    addresses: Vec<SocketAddr>,
    redirect_uri: String,
    /// Holds the port until the first login.
    reserved: Vec<TcpListener>,
    open: Vec<Open>,
}

struct Open {
    server: Arc<Server>,
    thread: JoinHandle<()>,
}

impl CallbackListener {
    /// Takes the port; 0 takes a free one.
    pub(super) fn bind(host: &str, port: u16) -> Result<Self, CallbackError> {
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
        let reserved = loop {
            match reserve(SocketAddr::new(ip, port), named) {
                // Another program has the free port of one address at the other: the next one will do.
                Err(_) if named && port == 0 && attempts < 20 => attempts += 1,
                other => break other?,
            }
        };
        let at = |listener: &TcpListener| listener.local_addr().map_err(|cause| bind_error(ip, port, &cause));
        let addresses = reserved.iter().map(at).collect::<Result<Vec<_>, _>>()?;
        let first = addresses.first().copied().unwrap_or(SocketAddr::new(ip, port));
        let authority = if named { format!("{host}:{}", first.port()) } else { first.to_string() };
        let redirect_uri = format!("http://{authority}{PATH}");
        Ok(Self { addresses, redirect_uri, reserved, open: Vec::new() })
    }

    /// The redirect URI, exactly as to be registered and sent.
    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Starts to accept callbacks; what comes is sent as the full redirected URL.
    pub(super) async fn open(&mut self) -> Result<mpsc::UnboundedReceiver<String>, CallbackError> {
        self.close();
        let mut listeners = std::mem::take(&mut self.reserved);
        if listeners.is_empty() {
            for address in &self.addresses {
                let again = rebind(*address).await;
                listeners.push(again.map_err(|cause| bind_error(address.ip(), address.port(), &cause))?);
            }
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        for (listener, address) in listeners.into_iter().zip(&self.addresses) {
            let error = |cause: String| CallbackError::Bind { address: *address, cause };
            let server = Server::from_listener(listener, None).map_err(|cause| error(cause.to_string()))?;
            let server = Arc::new(server);
            let origin = self.redirect_uri.trim_end_matches(PATH).to_owned();
            let (serving, sender) = (Arc::clone(&server), sender.clone());
            let thread = std::thread::Builder::new()
                .name("callback".to_owned())
                .spawn(move || serve(&serving, &origin, &sender))
                .map_err(|cause| error(cause.to_string()))?;
            self.open.push(Open { server, thread });
        }
        Ok(receiver)
    }

    /// Stops accepting callbacks and frees the port.
    pub(super) fn close(&mut self) {
        for Open { server, thread } in self.open.drain(..) {
            server.unblock();
            // A panic of the listener thread is its own report; the port is freed either way.
            let _ = thread.join();
        }
    }
}

impl Drop for CallbackListener {
    fn drop(&mut self) {
        self.close();
    }
}

fn bind_error(ip: IpAddr, port: u16, cause: &std::io::Error) -> CallbackError {
    CallbackError::Bind { address: SocketAddr::new(ip, port), cause: cause.to_string() }
}

/// Takes the port of an address and, for a name, the same port of its IPv6 sibling where there is one.
fn reserve(address: SocketAddr, named: bool) -> Result<Vec<TcpListener>, CallbackError> {
    let error = |cause: std::io::Error| bind_error(address.ip(), address.port(), &cause);
    let first = TcpListener::bind(address).map_err(error)?;
    let port = first.local_addr().map_err(error)?.port();
    let mut reserved = vec![first];
    if named {
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(second) => reserved.push(second),
            Err(cause) if cause.kind() == std::io::ErrorKind::AddrInUse => {
                return Err(bind_error(IpAddr::V6(Ipv6Addr::LOCALHOST), port, &cause));
            }
            // A machine without IPv6.
            Err(_) => {}
        }
    }
    Ok(reserved)
}

/// Takes the port again for another login. `tiny_http` frees it from a thread of its own, a moment after its end.
async fn rebind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let mut attempts = 0;
    loop {
        match TcpListener::bind(address) {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && attempts < 100 => {
                attempts += 1;
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            other => return other,
        }
    }
}

/// Answers until `unblock`. Nothing of a request is copied into a response.
fn serve(server: &Server, origin: &str, found: &mpsc::UnboundedSender<String>) {
    while let Ok(request) = server.recv() {
        let url = request.url().to_owned();
        let ours = url.split(['?', '#']).next() == Some(PATH);
        let (status, page) = match (ours, request.method()) {
            (false, _) => (404, NOT_FOUND),
            (true, Method::Get) if url.len() > PATH.len() + 1 => (200, DONE),
            (true, Method::Get) => (400, EMPTY),
            (true, _) => (405, NOT_GET),
        };
        let mut response = Response::from_string(page).with_status_code(status);
        for (name, value) in [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            (
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ] {
            if let Ok(header) = Header::from_bytes(name, value) {
                response.add_header(header);
            }
        }
        // Told before it is answered: whoever has the response may count on it.
        let heard = status != 200 || found.send(format!("{origin}{url}")).is_ok();
        // The browser may be gone already; the callback counts all the same.
        let _ = request.respond(response);
        if !heard {
            return;
        }
    }
}

macro_rules! page {
    ($title:literal, $text:literal) => {
        concat!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>",
            $title,
            "</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;",
            "min-height:90vh;text-align:center;margin:0 1rem}h1{font-size:1.4rem}</style><h1>",
            $title,
            "</h1><p>",
            $text,
            "</p></html>"
        )
    };
}

const DONE: &str = page!(
    "You are back",
    "gatewalk has the response of the authorization server. You may close this tab and return to your terminal."
);
const EMPTY: &str = page!(
    "Nothing arrived",
    "This is gatewalk's callback address, but the URL carries no response of an authorization server."
);
const NOT_FOUND: &str = page!("Not here", "gatewalk answers only on its callback address.");
const NOT_GET: &str = page!("Not like this", "gatewalk takes the callback as a GET request only.");

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    fn ask(address: SocketAddr, head: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    #[tokio::test]
    async fn only_a_get_with_a_query_on_our_path_is_a_callback() {
        let mut listener = CallbackListener::bind("127.0.0.1", 0).unwrap();
        let mut found = listener.open().await.unwrap();
        let address = listener.addresses[0];
        assert!(ask(address, "GET /favicon.ico").starts_with("HTTP/1.1 404"));
        assert!(ask(address, "POST /callback?code=x").starts_with("HTTP/1.1 405"));
        assert!(ask(address, "GET /callback").starts_with("HTTP/1.1 400"));
        assert!(ask(address, "GET /callbackx?code=1").starts_with("HTTP/1.1 404"));
        assert!(found.try_recv().is_err());
        let response = ask(address, "GET /callback?code=a%20b&state=<script>");
        assert!(response.starts_with("HTTP/1.1 200") && !response.contains("script>"), "{response}");
        assert_eq!(
            found.recv().await.unwrap(),
            format!("http://{address}/callback?code=a%20b&state=<script>")
        );
    }

    #[tokio::test]
    async fn the_port_is_ours_from_the_start_and_free_after_use() {
        let mut listener = CallbackListener::bind("127.0.0.1", 0).unwrap();
        let address = listener.addresses[0];
        let taken = CallbackListener::bind("127.0.0.1", address.port()).map(|_| ()).unwrap_err();
        assert!(taken.to_string().contains("--redirect-port"), "{taken}");
        let _found = listener.open().await.unwrap();
        listener.close();
        let _again = listener.open().await.unwrap();
    }

    #[tokio::test]
    async fn localhost_is_answered_at_each_of_its_addresses() {
        let mut listener = CallbackListener::bind("localhost", 0).unwrap();
        for round in 0..2 {
            let mut found = listener.open().await.unwrap();
            for address in listener.addresses.clone() {
                assert!(ask(address, "GET /callback?code=1").starts_with("HTTP/1.1 200"), "{address}");
                let expected = format!("{}?code=1", listener.redirect_uri());
                assert_eq!(found.recv().await.unwrap(), expected, "{address}, round {round}");
            }
        }
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            assert_eq!(listener.addresses.len(), 2);
            let taken = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
            let port = taken.local_addr().unwrap().port();
            assert!(
                CallbackListener::bind("localhost", port).is_err(),
                "another program would hear the response"
            );
        }
    }

    #[test]
    fn the_host_is_loopback_and_kept_as_written() {
        assert!(
            CallbackListener::bind("localhost", 0).unwrap().redirect_uri().starts_with("http://localhost:")
        );
        assert!(
            CallbackListener::bind("[::1]", 0)
                .map_or(true, |l| l.redirect_uri().starts_with("http://[::1]:"))
        );
        assert!(matches!(CallbackListener::bind("0.0.0.0", 0), Err(CallbackError::NotLoopback(_))));
        assert!(matches!(CallbackListener::bind("example.com", 0), Err(CallbackError::NotLoopback(_))));
    }
}
