//! A listener and its connections: they live as long as the task that serves them.

use std::convert::Infallible;
use std::future::Future;

use http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::hostile;
use super::wire::{Reply, Request};

/// Serves every connection until aborted; aborting closes the connections too.
/// With `garbage` the opening request gets bytes that are not HTTP.
pub(crate) async fn serve<H, F>(listener: TcpListener, tls: Option<TlsAcceptor>, garbage: bool, handler: H)
where
    H: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(stream, tls.clone(), garbage, handler.clone())); }
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connection<H, F>(stream: TcpStream, tls: Option<TlsAcceptor>, garbage: bool, handler: H)
where
    H: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    if garbage && hostile::is_opening(&stream).await {
        return hostile::write_garbage(stream).await;
    }
    let service = service_fn(|request: http::Request<Incoming>| {
        let handler = handler.clone();
        async move {
            let reply = match Request::read(request).await {
                Some(request) => handler(request).await,
                None => Reply::empty(StatusCode::PAYLOAD_TOO_LARGE),
            };
            Ok::<_, Infallible>(reply.into_response())
        }
    });
    // A client that hangs up, or trusts nobody, is none of the server's business. Garbage needs a fresh connection to be
    // written to.
    let Some(tls) = tls else {
        let _ =
            http1::Builder::new().keep_alive(!garbage).serve_connection(TokioIo::new(stream), service).await;
        return;
    };
    let Ok(stream) = tls.accept(stream).await else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        let _ =
            http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    } else {
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }
}
