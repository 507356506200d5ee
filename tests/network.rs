//! How requests reach their servers: TLS and what goes wrong with it, HTTP/2, addresses told, proxies, IPv6.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use gatewalk::exchange::{Exchange, ExchangeId, FailureKind, Purpose, Request, Secret};
use gatewalk::flow::Outcome;
use gatewalk::run::{HttpTransport, NetworkError, Transport as _};
use gatewalk::sandbox::{Plan, Sandbox};
use gatewalk::scenario::{CaCertificates, Certificate, Limits, Network, Proxies, Resolution};
use gatewalk::specification::{Party, ProtocolVersion, Step};
use gatewalk::transcript::{Ending, Record};
use support::{scenario, walk};

const EDITION: ProtocolVersion = ProtocolVersion::DEFAULT;

async fn tls(certificate: Certificate) -> Sandbox {
    let plan = Plan::honest(EDITION);
    Sandbox::start_tls(plan, certificate).await.unwrap()
}

fn trusting(sandbox: &Sandbox) -> Network {
    let pem = sandbox.authority().unwrap().into();
    let ca_certificates = vec![CaCertificates { source: "the sandbox".to_owned(), pem }];
    Network { ca_certificates, ..Network::default() }
}

async fn walked(sandbox: &Sandbox, network: Network) -> Record {
    let mut scenario = scenario(EDITION, sandbox.target());
    scenario.network = network;
    walk(scenario, false).await.unwrap()
}

fn first_failure(record: &Record) -> FailureKind {
    record.history.exchanges().next().unwrap().outcome.as_ref().unwrap_err().kind
}

#[tokio::test]
async fn a_walk_over_tls_speaks_http2_all_the_way() {
    let sandbox = tls(Certificate::Valid).await;
    let record = walked(&sandbox, trusting(&sandbox)).await;
    assert_eq!(record.ending, Ending::Finished(Outcome::Reached(Step::Session)));
    assert!(record.history.exchanges().len() > 10);
    for exchange in record.history.exchanges() {
        assert_eq!(exchange.response().unwrap().version, "HTTP/2", "{}", exchange.request.url);
        assert!(exchange.request.url.starts_with("https://"));
    }
}

#[tokio::test]
async fn the_sandbox_speaks_http1_over_tls_too() {
    let sandbox = tls(Certificate::Valid).await;
    let authority = reqwest::Certificate::from_pem(sandbox.authority().unwrap().as_bytes()).unwrap();
    let http =
        reqwest::Client::builder().no_proxy().http1_only().tls_certs_only([authority]).build().unwrap();
    let response = http.get(sandbox.target()).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (401, reqwest::Version::HTTP_11));
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    for (certificate, kind, says) in [
        (Certificate::Expired, FailureKind::CertificateExpired, "expired"),
        (Certificate::OtherName, FailureKind::CertificateName, "another host name"),
        (Certificate::Untrusted, FailureKind::CertificateUntrusted, "no authority trusted here"),
    ] {
        let sandbox = tls(certificate).await;
        let record = walked(&sandbox, trusting(&sandbox)).await;
        assert_eq!(first_failure(&record), kind, "{certificate:?}");
        assert!(kind.sentence().contains(says), "{kind:?}");
    }
    let sandbox = tls(Certificate::Valid).await;
    let record = walked(&sandbox, Network::default()).await;
    assert_eq!(first_failure(&record), FailureKind::CertificateUntrusted, "without --ca-cert");
}

/// A server for one request: its URL's authority, and the head it was sent.
fn server(ip: &str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind((ip.parse::<IpAddr>().unwrap(), 0)).unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        // Whoever asked may have left.
        let _ = sender.send(String::from_utf8(head).unwrap());
    });
    (authority, receiver)
}

async fn get(target: &str, url: &str, network: &Network) -> Exchange {
    let limits = Limits { timeout: Duration::from_secs(10), ..Limits::default() };
    let transport = HttpTransport::new(target, limits, network).unwrap();
    let request = Request::new(Step::ServerMetadata, Purpose::Keys, Party::AuthorizationServer, "GET", url);
    transport.send(ExchangeId(1), request).await
}

fn heard(head: &Receiver<String>) -> String {
    head.recv_timeout(Duration::from_secs(10)).unwrap()
}

fn resolving(text: &str) -> Network {
    Network { resolve: vec![Resolution::read(text).unwrap()], ..Network::default() }
}

#[tokio::test]
async fn an_address_told_is_taken_for_that_port_only() {
    let (authority, head) = server("127.0.0.1");
    let port = authority.rsplit(':').next().unwrap();
    let url = format!("http://gateway.invalid:{port}/mcp");
    // The authorization server of a public target, at an address the user names: he may.
    let exchange =
        get("https://93.184.216.34/mcp", &url, &resolving(&format!("gateway.invalid:{port}:127.0.0.1")))
            .await;
    assert_eq!(exchange.status(), Some(204), "{:?}", exchange.outcome);
    assert!(heard(&head).contains(&format!("host: gateway.invalid:{port}")));
    let elsewhere = get(&url, &url, &resolving("gateway.invalid:1:127.0.0.1")).await;
    assert_eq!(elsewhere.outcome.unwrap_err().kind, FailureKind::Dns);
}

#[tokio::test]
async fn an_address_told_opens_no_other_private_one() {
    let public = "https://93.184.216.34/mcp";
    let told = resolving("as.invalid:1:127.0.0.1");
    for blocked in ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::ffff:127.0.0.1]:1/"] {
        let exchange = get(public, blocked, &told).await;
        assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Blocked, "{blocked}");
    }
    let same = get(public, "http://as.invalid:1/", &told).await;
    assert_eq!(same.outcome.unwrap_err().kind, FailureKind::Connect, "the user named it");
    // A target of this machine may publish addresses of this machine; one of a private network may not.
    for (target, kind) in [("127.0.0.2", FailureKind::Connect), ("10.0.0.1", FailureKind::Blocked)] {
        let told = resolving(&format!("gateway.invalid:443:{target}"));
        let exchange = get("https://gateway.invalid/mcp", "http://127.0.0.1:1/", &told).await;
        assert_eq!(exchange.outcome.unwrap_err().kind, kind, "{target}");
    }
}

#[tokio::test]
async fn a_proxy_may_be_private_and_opens_nothing_else() {
    let (proxy, head) = server("127.0.0.1");
    let public = "http://93.184.216.34/mcp";
    let blocked = get(public, "http://10.0.0.1/", &proxied(&proxy, "")).await;
    assert_eq!(blocked.outcome.unwrap_err().kind, FailureKind::Blocked);
    assert_eq!(
        get(public, public, &proxied(&proxy.replace("127.0.0.1", "localhost"), "")).await.status(),
        Some(204)
    );
    assert!(heard(&head).starts_with("GET http://93.184.216.34/mcp "));
}

/// A name of this machine that is not `localhost`, if it has one that is looked up here.
fn own_name() -> Option<String> {
    let name = std::fs::read_to_string("/etc/hostname").ok()?.trim().to_owned();
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs(&(name.as_str(), 0)).ok()?;
    addresses.any(|address| address.ip().is_loopback()).then_some(name)
}

#[tokio::test]
async fn names_that_lead_to_private_addresses_do_not_reach_a_proxy() {
    let Some(name) = own_name() else {
        println!("this machine does not look its own name up");
        return;
    };
    let (proxy, head) = server("127.0.0.1");
    let port = proxy.rsplit(':').next().unwrap();
    let public = "http://93.184.216.34/mcp";
    let through = proxied(&format!("{name}:{port}"), "");
    for published in [format!("http://{name}/"), format!("http://{name}:{port}/")] {
        let blocked = get(public, &published, &through).await;
        assert_eq!(blocked.outcome.unwrap_err().kind, FailureKind::Blocked, "{published}");
    }
    assert_eq!(get(public, public, &through).await.status(), Some(204), "the proxy itself is reached");
    assert!(heard(&head).starts_with("GET http://93.184.216.34/mcp "));
    let direct = get(public, &format!("http://{name}:{port}/"), &proxied(&proxy, &name)).await;
    assert_eq!(direct.outcome.unwrap_err().kind, FailureKind::Blocked, "not through the proxy either");
}

#[tokio::test]
async fn ipv6_addresses_are_reached() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("this machine has no IPv6");
        return;
    }
    let (authority, head) = server("::1");
    let url = format!("http://{authority}/mcp");
    assert_eq!(get(&url, &url, &Network::default()).await.status(), Some(204));
    assert!(heard(&head).contains(&format!("host: {authority}")));
}

fn proxied(authority: &str, except: &str) -> Network {
    let http = Some(Secret::new(format!("http://user:pw@{authority}")));
    Network { proxies: Proxies { http, https: None, except: except.to_owned() }, ..Network::default() }
}

#[tokio::test]
async fn a_proxy_is_asked_for_what_is_elsewhere() {
    let (proxy, head) = server("127.0.0.1");
    let url = "http://gateway.invalid/mcp";
    assert_eq!(get(url, url, &proxied(&proxy, "")).await.status(), Some(204));
    let head = heard(&head);
    assert!(head.starts_with("GET http://gateway.invalid/mcp HTTP/1.1"), "{head}");
    assert!(head.contains("proxy-authorization: Basic dXNlcjpwdw=="), "{head}");
    let except = get(url, url, &proxied(&proxy, "example.com,.invalid")).await;
    assert_eq!(except.outcome.unwrap_err().kind, FailureKind::Dns, "NO_PROXY");
}

#[tokio::test]
async fn this_machine_is_never_reached_through_a_proxy() {
    for ip in ["127.0.0.1", "::1"] {
        if TcpListener::bind((ip.parse::<IpAddr>().unwrap(), 0)).is_err() {
            continue;
        }
        let (authority, head) = server(ip);
        let url = format!("http://{authority}/mcp");
        assert_eq!(get(&url, &url, &proxied("127.0.0.1:1", "")).await.status(), Some(204), "{ip}");
        assert!(heard(&head).starts_with("GET /mcp HTTP/1.1"), "{ip}");
    }
    let (authority, head) = server("127.0.0.1");
    let url = format!("http://localhost:{}/mcp", authority.rsplit(':').next().unwrap());
    assert_eq!(get(&url, &url, &proxied("127.0.0.1:1", "")).await.status(), Some(204));
    assert!(heard(&head).starts_with("GET /mcp HTTP/1.1"));
}

#[test]
fn what_cannot_be_used_is_refused_at_once() {
    let refused = |network: &Network| {
        let Err(error) = HttpTransport::new("https://gateway.example/mcp", Limits::default(), network) else {
            panic!("{network:?}")
        };
        error
    };
    let file = |pem: &str| {
        let ca = CaCertificates { source: "ca.pem".to_owned(), pem: pem.into() };
        Network { ca_certificates: vec![ca], ..Network::default() }
    };
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let error = refused(&file(pem));
        assert!(error.to_string().starts_with("ca.pem holds no certificates to trust: "), "{error}");
    }
    for proxy in ["socks5://127.0.0.1:1080", "http://", "http://user:secret@:1"] {
        let proxies = Proxies { https: Some(Secret::new(proxy)), ..Proxies::default() };
        let error = refused(&Network { proxies, ..Network::default() });
        assert!(matches!(error, NetworkError::Proxy { scheme: "https", .. }), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn header_fields_go_with_discovery_only_when_asked() {
    let plan = Plan::honest(EDITION);
    let sandbox = Sandbox::start(plan).await.unwrap();
    for asked in [false, true] {
        let mut scenario = scenario(EDITION, sandbox.target());
        scenario.target.headers = vec![("X-Key".to_owned(), Secret::new("gateway-key"))];
        scenario.network.headers_on_discovery = asked;
        let record = walk(scenario, false).await.unwrap();
        let carrying = |step| {
            let mut exchanges = record.history.of_step(step).peekable();
            assert!(exchanges.peek().is_some());
            exchanges.all(|exchange| exchange.request.headers.get("x-key").is_some())
        };
        assert!(carrying(Step::Challenge));
        assert_eq!([Step::ResourceMetadata, Step::ServerMetadata].map(carrying), [asked; 2]);
        assert!(!carrying(Step::Registration) && !carrying(Step::Authorization) && !carrying(Step::Token));
    }
}
