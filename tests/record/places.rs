//! Secrets in places and forms that a peer chooses: whole walks of the sandbox, in which one response is replaced by one that
//! hands out or quotes a secret where no spec expects it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::BoxFuture;
use gatewalk::exchange::{Exchange, ExchangeId, Headers, Purpose, Request, Response, Secret};
use gatewalk::report::{self, Format};
use gatewalk::run::{HttpTransport, Transport};
use gatewalk::sandbox::{PASSWORD, Plan, Sandbox, USERNAME};
use gatewalk::scenario::{Policy, Scenario};
use gatewalk::specification::ProtocolVersion;
use gatewalk::transcript::Transcript;
use gatewalk::transcript::replay::Replay;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::secrets::{ENCODINGS, search};
use crate::support::{form, scenario, walk_over};

/// Characters of a page that messages quote.
const SHOWN_OF_A_PAGE: usize = 200;
/// Walks of each place.
const CASES: u32 = 6;

/// Where a secret is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A token that an event of the session hands out, beside the response.
    Stream,
    /// A registration whose members have other names, or are pairs of name and value.
    OtherNames,
    /// A failure of the registration that is a page, or a redirect.
    FailedRegistration,
    /// A token in a response that is neither 2xx nor JSON.
    TokenInText,
    /// The credentials of a proxy, quoted by it.
    Proxy,
    /// The key in a header field that is put together.
    CompositeHeader,
    /// A typed value that is the value of a button.
    Button,
    /// A secret that is no string.
    NoString,
    /// A page that quotes what was typed with markup, space or a cut in it.
    Page,
}

impl Place {
    const ALL: [Self; 9] = [
        Self::Stream,
        Self::OtherNames,
        Self::FailedRegistration,
        Self::TokenInText,
        Self::Proxy,
        Self::CompositeHeader,
        Self::Button,
        Self::NoString,
        Self::Page,
    ];
}

#[derive(Clone, Debug)]
struct Case {
    place: Place,
    /// Chooses among the forms a place has.
    choice: usize,
    /// What a server issues.
    issued: String,
    /// The same, so that nothing but its place tells that it is a secret.
    word: String,
    /// What a user types.
    typed: String,
    number: u64,
}

fn case(place: Place) -> impl Strategy<Value = Case> {
    (
        0_usize..1000,
        "[a-z0-9]{12}[A-Z]{4}[0-9]{4}",
        "[a-z]{12}",
        "[a-z0-9]{4}[!#-;=?-~äß]{6,12}[0-9A-Z]{4}",
        100_000_000_u64..10_000_000_000,
    )
        .prop_map(move |(choice, issued, word, typed, number)| Case {
            place,
            choice,
            issued,
            word,
            typed,
            number,
        })
}

impl Case {
    fn quoted(&self, secret: &str) -> String {
        ENCODINGS[self.choice % ENCODINGS.len()].1(secret)
    }

    fn pick<T: Clone>(&self, of: &[T]) -> T {
        of[self.choice % of.len()].clone()
    }

    /// A response instead of the one that came.
    fn replace(&self, request: &Request, response: &mut Response) {
        let secret = &self.issued;
        match (self.place, request.purpose) {
            (Place::Stream, Purpose::Initialize) => {
                let word = &self.word;
                let end = self.pick(&["\n", "\r\n", "\r"]);
                let space = if self.choice.is_multiple_of(2) { " " } else { "" };
                let result = String::from_utf8_lossy(&response.body).into_owned();
                let result = result.lines().find_map(|line| line.strip_prefix("data:")).unwrap_or(&result);
                let lines = [
                    ": ping".to_owned(),
                    "event: message".to_owned(),
                    format!("data:{space}{{\"method\":\"notifications/x\",\"params\":"),
                    format!("data:{space}{{\"access_token\":\"{word}\"}}}}"),
                    String::new(),
                    format!("data:{space}{{\"method\":\"x\",\"params\":{{\"api_key\":\"{word}x\"}}}}"),
                    String::new(),
                    format!("data:{space}{}", result.trim()),
                    String::new(),
                    String::new(),
                ];
                *response = answer(200, "text/event-stream", &lines.join(end));
            }
            (Place::OtherNames, Purpose::Registration) => {
                let body = self.pick(&[
                    format!("{{\"client_id\":\"c1\",\"client\":{{\"passphrase\":\"{secret}\"}}}}"),
                    format!("{{\"client_id\":\"c1\",\"data\":[{{\"name\":\"client_secret\",\"value\":\"{secret}\"}}]}}"),
                    format!("{{\"id\":\"c1\",\"appkey\":[\"{secret}\"]}}"),
                ]);
                *response = answer(201, "application/json", &body);
            }
            (Place::FailedRegistration, Purpose::Registration) => {
                *response = match self.choice % 3 {
                    0 => answer(
                        500,
                        "text/html",
                        &format!("<html><p>cannot store client c1 with {secret}</p>"),
                    ),
                    1 => answer(302, "text/plain", ""),
                    _ => answer(500, "text/plain", &format!("row (c1, {secret}) exists")),
                };
                response
                    .headers
                    .push("location", format!("https://as.example/done/{secret}?x={secret}").as_bytes());
            }
            (Place::TokenInText, purpose) if purpose == self.pick(&[Purpose::Token, Purpose::Initialize]) => {
                let body = self.pick(&[
                    format!("oops: access_token={secret}, then it broke"),
                    format!("<html>\"access_token\" : \"{secret}\"</html>"),
                    format!("{{\"access_token\":\"{secret}\", "),
                ]);
                *response = answer(self.pick(&[400, 500, 302]), "text/plain", &body);
            }
            (Place::Proxy, Purpose::Registration | Purpose::Token | Purpose::Challenge(_)) => {
                let pair = format!("proxyuser:{}", self.typed);
                let quoted = self.pick(&[self.quoted(&self.typed), BASE64_STANDARD.encode(&pair), pair]);
                response.body = format!("<html>Proxy-Authorization: Basic {quoted}</html>").into();
                response.headers.push("x-proxy", quoted.as_bytes());
            }
            (Place::CompositeHeader, Purpose::Challenge(_)) => {
                response.headers.push("x-got", self.quoted(&self.typed).as_bytes());
            }
            (Place::Button, Purpose::Login) if request.method == "POST" => {
                let value = self.typed.replace('&', "&amp;").replace('"', "&quot;");
                let buttons = ["a", "b"]
                    .map(|name| format!("<button name=\"{name}\" value=\"{value}\">{name}</button>"));
                let page = format!("<html><form method=\"post\">{}</form></html>", buttons.join(""));
                *response = answer(200, "text/html", &page);
            }
            (Place::NoString, Purpose::Registration) => {
                let value = self.pick(&[
                    self.number.to_string(),
                    format!("[\"{secret}\"]"),
                    format!("{{\"value\":\"{secret}\"}}"),
                ]);
                let mut body = String::from_utf8_lossy(&response.body).into_owned();
                let end = body.rfind('}').unwrap();
                let member = self.pick(&["client_secret", "registration_access_token"]);
                body.insert_str(end, &format!(",\"{member}\":{value}"));
                response.body = body.into();
            }
            (Place::Page, Purpose::Login) if request.method == "POST" => {
                let typed = &self.typed;
                let middle = typed.char_indices().nth(5).unwrap().0;
                let (before, after) = typed.split_at(middle);
                let quoted = self.pick(&[
                    format!("{before}<b></b>{after}"),
                    format!("{before}\n {after}"),
                    hex(typed),
                    typed.clone(),
                ]);
                // What is shown of a page is cut.
                let at_the_cut = SHOWN_OF_A_PAGE / 2 - 2 - self.choice % 4;
                let filler = "x ".repeat(self.pick(&[0, at_the_cut]));
                let page = format!("<html><title>no</title><p role=\"alert\">{filler} {quoted}</p></html>");
                *response = answer(self.pick(&[200, 400]), "text/html", &page);
            }
            _ => {}
        }
    }

    /// What must be in no report.
    fn secrets(&self) -> Vec<String> {
        match self.place {
            Place::Stream => vec![self.word.clone(), format!("{}x", self.word)],
            Place::Proxy | Place::CompositeHeader | Place::Button => vec![self.typed.clone()],
            // A cut leaves the beginning of it.
            Place::Page => vec![self.typed.clone(), self.typed.chars().take(8).collect()],
            Place::NoString => vec![self.issued.clone(), self.number.to_string()],
            _ => vec![self.issued.clone()],
        }
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{byte:02x}");
        all
    })
}

fn answer(status: u16, media_type: &str, body: &str) -> Response {
    Response {
        status,
        reason: String::new(),
        version: "HTTP/1.1".to_owned(),
        headers: Headers::new().with("content-type", media_type),
        body: body.into(),
        cut: None,
    }
}

struct Replacing {
    inner: HttpTransport,
    case: Case,
}

impl Transport for Replacing {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let case = self.case.clone();
        let sending = self.inner.send(id, request);
        Box::pin(async move {
            let mut exchange = sending.await;
            if let Ok(response) = &mut exchange.outcome {
                case.replace(&exchange.request, response);
            }
            exchange
        })
    }
}

fn asked(case: &Case, target: &str) -> Scenario {
    let mut scenario = scenario(ProtocolVersion::V2025_11_25, target);
    scenario.consent.timeout = Duration::from_secs(20);
    match case.place {
        Place::Proxy => {
            let password: String = url::form_urlencoded::byte_serialize(case.typed.as_bytes()).collect();
            let proxy = format!("http://proxyuser:{password}@127.0.0.1:9");
            scenario.network.proxies.http = Some(Secret::new(proxy));
        }
        Place::CompositeHeader => {
            let value = case.pick(&[format!("Bearer {}", case.typed), format!("someone:{}", case.typed)]);
            scenario.target.headers.push(("X-Auth".to_owned(), Secret::new(value)));
        }
        Place::Button | Place::Page => {
            let fill = [
                ("username", USERNAME),
                ("password", PASSWORD),
                ("decision", "allow"),
                ("pin", &*case.typed),
            ];
            scenario.consent.driver = form(&fill);
        }
        _ => {}
    }
    scenario
}

async fn walk(case: &Case) -> Transcript {
    let plan = Plan::honest(ProtocolVersion::V2025_11_25);
    let sandbox = Sandbox::start(plan).await.unwrap();
    let scenario = asked(case, sandbox.target());
    // What the proxy would do, the transport does.
    let network = gatewalk::scenario::Network::default();
    let inner = HttpTransport::new(&scenario.target.url, scenario.limits, &network).unwrap();
    let replacing = Replacing { inner, case: case.clone() };
    let record = walk_over(Arc::new(replacing), scenario, true).await.unwrap();
    Transcript::new(&record, &Policy::default())
}

#[test]
fn no_secret_is_in_any_report_whatever_place_and_form_it_has() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut broken = Vec::new();
    for place in Place::ALL {
        let config = ProptestConfig {
            cases: CASES,
            max_shrink_iters: 0,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let ran = runner.run(&case(place), |case| {
            let transcript = runtime.block_on(walk(&case));
            for &format in Format::ALL {
                let mut written = Vec::new();
                report::render(&transcript, format, &mut written).unwrap();
                let mut report = String::from_utf8(written).unwrap();
                // Readers join what markup and line breaks cut.
                for between in ["<b></b>", "&lt;b&gt;&lt;/b&gt;", "\n ", "\\n "] {
                    report = report.replace(between, "");
                }
                report.retain(|c| !c.is_whitespace());
                let report = (report.to_lowercase(), report.replace('+', "-").replace('/', "_"));
                for secret in case.secrets() {
                    search(&secret, (&report.0, &report.1), format);
                }
            }
            let judged = Replay::new(transcript.clone()).unwrap().judged_again();
            prop_assert_eq!(
                judged.replayed.unwrap().changed,
                vec![],
                "replay judges otherwise than the run did"
            );
            Ok(())
        });
        if let Err(failure) = ran {
            broken.push(format!("{place:?}: {failure}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
