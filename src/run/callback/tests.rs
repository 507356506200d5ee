//! Tests of the listener, over sockets.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::*;
use crate::scenario::CALLBACK_PATH;

fn connect(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn address(listener: &CallbackListener) -> SocketAddr {
    let authority = listener.redirect_uri().trim_start_matches("http://").trim_end_matches(CALLBACK_PATH);
    authority.replace("localhost", "127.0.0.1").parse().unwrap()
}

fn read(mut stream: TcpStream) -> String {
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// What a request gets.
async fn ask(address: SocketAddr, head: &str) -> String {
    let request = format!("{head} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    tokio::task::spawn_blocking(move || read(connect(address, &request))).await.unwrap()
}

#[tokio::test]
async fn the_callback_comes_to_the_path_that_was_asked_for() {
    let listener = CallbackListener::bind("127.0.0.1", 0, "/oauth/done").unwrap();
    let mut arrivals = listener.open(Some(Secret::new("s")));
    let address = listener.redirect_uri().trim_start_matches("http://").trim_end_matches("/oauth/done");
    let address = address.parse().unwrap();
    assert!(ask(address, "GET /callback?code=x&state=s").await.starts_with("HTTP/1.1 404"));
    assert!(ask(address, "GET /oauth/done?code=x&state=s").await.starts_with("HTTP/1.1 200"));
    assert_eq!(arrivals.recv().await.unwrap().url, format!("http://{address}/oauth/done?code=x&state=s"));
}

#[tokio::test]
async fn only_a_get_with_a_query_on_our_path_is_a_callback() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let mut arrivals = listener.open(Some(Secret::new("s<>")));
    let address = address(&listener);
    assert!(ask(address, "GET /favicon.ico").await.starts_with("HTTP/1.1 404"));
    assert!(ask(address, "POST /callback?code=x&state=s<>").await.starts_with("HTTP/1.1 405"));
    assert!(ask(address, "GET /callback").await.starts_with("HTTP/1.1 400"));
    assert!(ask(address, "GET /callback?").await.starts_with("HTTP/1.1 400"));
    assert!(ask(address, "GET /callbackx?code=1&state=s<>").await.starts_with("HTTP/1.1 404"));
    assert!(arrivals.try_recv().is_err());
    let response = ask(address, "GET /callback?code=a%20b&state=s<>").await;
    assert!(response.starts_with("HTTP/1.1 200") && !response.contains("s<>"), "{response}");
    let arrival = arrivals.recv().await.unwrap();
    assert_eq!(arrival.url, format!("http://{address}/callback?code=a%20b&state=s<>"));
    assert!(arrival.is_ours && arrival.answered.await.is_err(), "it was answered");
}

#[tokio::test]
async fn a_callback_is_ours_by_its_state() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let address = address(&listener);
    for (sent, query, is_ours) in [
        (Some("a b"), "state=a%20b", true),
        (Some("a b"), "state=a+b", true),
        (Some("a"), "state=b&state=a", true),
        (Some("a"), "state=A", false),
        (Some("a"), "state=", false),
        (Some("a"), "code=x", false),
        (None, "code=x", true),
        (None, "code=x&state=a", false),
    ] {
        let mut arrivals = listener.open(sent.map(Secret::new));
        let response = ask(address, &format!("GET /callback?{query}")).await;
        assert_eq!(response.starts_with("HTTP/1.1 200"), is_ours, "{sent:?} {query}: {response}");
        assert_eq!(arrivals.recv().await.unwrap().is_ours, is_ours, "{sent:?} {query}");
    }
}

#[tokio::test]
async fn a_callback_with_an_error_is_answered_with_that_error() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let _arrivals = listener.open(Some(Secret::new("s")));
    let response = ask(address(&listener), "GET /callback?error=access_denied&state=s").await;
    assert!(response.contains("the error access_denied"), "{response}");
}

#[tokio::test]
async fn what_comes_outside_of_a_login_is_answered_and_not_handed_on() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let address = address(&listener);
    let early = ask(address, "GET /callback?code=x&state=s").await;
    assert!(early.starts_with("HTTP/1.1 409"), "{early}");
    let mut arrivals = listener.open(Some(Secret::new("s")));
    assert!(arrivals.try_recv().is_err());
    listener.close();
    let late = ask(address, "GET /callback?code=x&state=s").await;
    assert!(late.starts_with("HTTP/1.1 409") && late.contains("--login-timeout"), "{late}");
    assert!(arrivals.recv().await.is_none());
}

#[tokio::test]
async fn a_login_is_not_flooded_with_what_is_not_its_own() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let mut arrivals = listener.open(Some(Secret::new("s")));
    for _ in 0..2 * MOST_WAITING {
        assert!(ask(address(&listener), "GET /callback?code=x").await.starts_with("HTTP/1.1 400"));
    }
    let ours = tokio::spawn(ask(address(&listener), "GET /callback?code=x&state=s"));
    let mut count = 0;
    while !arrivals.recv().await.unwrap().is_ours {
        count += 1;
    }
    assert_eq!(count, MOST_WAITING);
    assert!(ours.await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_is_read_by_whoever_sent_a_body() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let address = address(&listener);
    let body = "b".repeat(30_000);
    let request = format!("POST /callback HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let response = tokio::task::spawn_blocking(move || read(connect(address, &request))).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 405"), "{response}");
}

#[tokio::test]
async fn a_line_without_end_is_cut_off() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let address = address(&listener);
    let sent = tokio::task::spawn_blocking(move || {
        let mut stream = connect(address, "GET /");
        let (mut sent, piece) = (0, "a".repeat(1 << 16));
        while sent < 64 << 20 && stream.write_all(piece.as_bytes()).is_ok() {
            sent += 1 << 16;
        }
        sent
    });
    assert!(sent.await.unwrap() < 64 << 20);
}

#[tokio::test]
async fn the_port_is_ours_from_the_start_and_free_after_use() {
    let listener = CallbackListener::bind("127.0.0.1", 0, CALLBACK_PATH).unwrap();
    let address = address(&listener);
    for _ in 0..2 {
        let taken =
            CallbackListener::bind("127.0.0.1", address.port(), CALLBACK_PATH).map(|_| ()).unwrap_err();
        assert!(taken.to_string().contains("--redirect-port"), "{taken}");
        drop(listener.open(Some(Secret::new("s"))));
        listener.close();
    }
    // Also while somebody holds a connection.
    let _held = connect(address, "POST /callback HTTP/1.1\r\nContent-Length: 9\r\n\r\n");
    listener.end().await;
    CallbackListener::bind("127.0.0.1", address.port(), CALLBACK_PATH).unwrap();
}

#[tokio::test]
async fn localhost_is_answered_at_each_of_its_addresses() {
    let listener = CallbackListener::bind("localhost", 0, CALLBACK_PATH).unwrap();
    let mut addresses = vec![address(&listener)];
    let has_ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_ok();
    let sibling = SocketAddr::from((Ipv6Addr::LOCALHOST, addresses[0].port()));
    addresses.extend(has_ipv6.then_some(sibling));
    for round in 0..2 {
        let mut arrivals = listener.open(None);
        for address in addresses.clone() {
            assert!(ask(address, "GET /callback?code=1").await.starts_with("HTTP/1.1 200"), "{address}");
            let expected = format!("{}?code=1", listener.redirect_uri());
            assert_eq!(arrivals.recv().await.unwrap().url, expected, "{address}, round {round}");
        }
    }
    if has_ipv6 {
        let taken = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(
            CallbackListener::bind("localhost", port, CALLBACK_PATH).is_err(),
            "another program would hear the response"
        );
    }
}

#[tokio::test]
async fn the_host_is_loopback_and_kept_as_written() {
    assert!(
        CallbackListener::bind("localhost", 0, CALLBACK_PATH)
            .unwrap()
            .redirect_uri()
            .starts_with("http://localhost:")
    );
    assert!(
        CallbackListener::bind("[::1]", 0, CALLBACK_PATH)
            .map_or(true, |l| l.redirect_uri().starts_with("http://[::1]:"))
    );
    assert!(matches!(
        CallbackListener::bind("0.0.0.0", 0, CALLBACK_PATH),
        Err(CallbackError::NotLoopback(_))
    ));
    assert!(matches!(
        CallbackListener::bind("example.com", 0, CALLBACK_PATH),
        Err(CallbackError::NotLoopback(_))
    ));
}
