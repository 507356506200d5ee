//! Peers that misbehave: no walk hangs, each ends with words that say where and what to try, and nothing secret gets
//! into the transcript.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

mod callback;
mod interrupted;
mod probes;
mod sizes;
#[path = "../support/mod.rs"]
mod support;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use futures_util::future::BoxFuture;
use gatewalk::exchange::{Cut, Exchange, ExchangeId, FailureKind, Purpose, Request};
use gatewalk::flow::{Outcome, RefusalKind, StuckReason};
use gatewalk::run::{
    CallbackError, Command, HttpTransport, Recorder, RunEvent, RunOptions, StartError, StepMode, Transport,
    drive,
};
use gatewalk::sandbox::{Fault, PASSWORD, Plan, Sandbox, USERNAME};
use gatewalk::scenario::{Driver, Network, Policy, Scenario};
use gatewalk::specification::{ProtocolVersion, Step};
use gatewalk::transcript::{Ending, Record, Transcript};
use support::{form, scenario, walk};
use tokio::sync::mpsc;

const EDITION: ProtocolVersion = ProtocolVersion::DEFAULT;

async fn sandbox(faults: &[Fault]) -> Sandbox {
    Sandbox::start(Plan::with_faults(EDITION, faults.to_vec())).await.unwrap()
}

/// Walks a sandbox with that fault; the scenario may be changed before.
async fn against(fault: Option<Fault>, change: impl FnOnce(&mut Scenario)) -> (Record, Sandbox) {
    let sandbox = sandbox(fault.as_slice()).await;
    let mut scenario = scenario(EDITION, sandbox.target());
    change(&mut scenario);
    (walk_within_bounds(scenario).await, sandbox)
}

/// Walks as a conforming client. Far more than any of these walks takes is a hang.
async fn walk_within_bounds(scenario: Scenario) -> Record {
    let bounded = tokio::time::timeout(Duration::from_secs(30), walk(scenario, false));
    let record = bounded.await.expect("the walk hangs").unwrap();
    assert_tells_no_secret(&record);
    record
}

/// Serialises the transcript and looks for everything secret the run has seen.
fn assert_tells_no_secret(record: &Record) {
    let transcript = serde_json::to_string(&Transcript::new(record, &Policy::default())).unwrap();
    // The login page of the sandbox tells its visitors the password. That is the page's own text, not ours.
    let transcript = transcript.replace(&format!("with the password {PASSWORD}."), "");
    for secret in secrets(record) {
        assert!(!transcript.contains(&secret), "{secret} is in {transcript}");
    }
}

/// The password, codes, tokens, management tokens and verifiers of a run.
fn secrets(record: &Record) -> Vec<String> {
    let mut secrets = vec![PASSWORD.to_owned()];
    for callback in record.history.callbacks() {
        secrets.extend(callback.get("code").map(str::to_owned));
    }
    for exchange in record.history.exchanges() {
        let Ok(response) = &exchange.outcome else { continue };
        let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let names =
            ["access_token", "refresh_token", "id_token", "registration_access_token", "client_secret"];
        secrets.extend(names.iter().filter_map(|name| Some(body.get(name)?.as_str()?.to_owned())));
        let request = url::form_urlencoded::parse(&exchange.request.body);
        let sent = request.filter(|(name, _)| matches!(name.as_ref(), "code" | "code_verifier"));
        secrets.extend(sent.map(|(_, value)| value.into_owned()));
    }
    secrets.retain(|secret| !secret.is_empty());
    let encode = |secret: &String| base64::prelude::BASE64_STANDARD_NO_PAD.encode(secret);
    let encoded: Vec<_> = secrets.iter().map(encode).collect();
    secrets.extend(encoded);
    secrets
}

/// Where and why a walk got stuck.
fn stuck(record: &Record) -> (Step, &StuckReason) {
    match &record.ending {
        Ending::Finished(Outcome::Stuck { awaiting, because }) => (*awaiting, because),
        other => panic!("not stuck: {other:?}"),
    }
}

/// Asserts where the walk is stuck, what its message names and what the remedy says.
#[track_caller]
fn assert_stuck(record: &Record, awaiting: Step, names: &[&str], remedy: &str) {
    let (step, because) = stuck(record);
    assert_eq!(step, awaiting, "{because}");
    let message = because.to_string();
    for name in names {
        assert!(message.contains(name), "{message:?} does not name {name:?}");
    }
    assert!(because.remedy().contains(remedy), "{:?} does not say {remedy:?}", because.remedy());
    let transcript = Transcript::new(record, &Policy::default());
    let entry = transcript.steps.iter().find(|entry| entry.step == awaiting).unwrap();
    assert_eq!(entry.because.as_deref(), Some(message.as_str()));
}

/// The one exchange with a response that is the misbehaviour.
fn of(record: &Record, step: Step) -> Vec<&Exchange> {
    record.history.of_step(step).map(AsRef::as_ref).collect()
}

fn failure(record: &Record) -> FailureKind {
    record.history.exchanges().next().unwrap().outcome.as_ref().unwrap_err().kind
}

fn judged(record: &Record, check: &str) -> String {
    let transcript = Transcript::new(record, &Policy::default());
    let entry = transcript.verdicts.iter().find(|entry| entry.check == check).unwrap();
    format!("{}: {}", entry.verdict, entry.message)
}

#[tokio::test]
async fn a_host_that_does_not_exist() {
    let url = "http://no-such-host.invalid/mcp";
    let record = walk_within_bounds(scenario(EDITION, url)).await;
    assert_eq!(failure(&record), FailureKind::Dns);
    assert_stuck(&record, Step::Challenge, &[url], "spelling of the host");
}

#[tokio::test]
async fn a_port_nobody_listens_on() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/mcp");
    let record = walk_within_bounds(scenario(EDITION, &url)).await;
    assert_eq!(failure(&record), FailureKind::Connect);
    assert_stuck(&record, Step::Challenge, &[&url], "server is running");
}

#[tokio::test]
async fn tls_that_fails_is_called_tls() {
    let sandbox = sandbox(&[]).await;
    let url = sandbox.target().replacen("http:", "https:", 1);
    let record = walk_within_bounds(scenario(EDITION, &url)).await;
    assert_eq!(failure(&record), FailureKind::Tls);
    assert_stuck(&record, Step::Challenge, &[&url], "certificate");
}

#[tokio::test]
async fn bytes_that_are_not_http() {
    let (record, sandbox) = against(Some(Fault::HeadGarbage), |_| {}).await;
    assert_eq!(failure(&record), FailureKind::NotHttp);
    assert_stuck(&record, Step::Challenge, &[sandbox.target()], "the port is that of an HTTP server");
}

#[tokio::test]
async fn a_target_that_never_answers() {
    let (record, sandbox) = against(Some(Fault::Slow), |scenario| {
        scenario.limits.timeout = Duration::from_millis(300);
    })
    .await;
    assert_eq!(failure(&record), FailureKind::Timeout);
    assert_stuck(&record, Step::Challenge, &[sandbox.target()], "--timeout");
}

#[tokio::test]
async fn a_web_page_where_a_document_should_be() {
    let (record, sandbox) = against(Some(Fault::ResourceMetadataHtml), |_| {}).await;
    let origin = sandbox.target().strip_suffix("/mcp").unwrap();
    let message = judged(&record, "prm-present");
    assert!(
        message.starts_with("fail") && message.contains(origin) && message.contains("web page"),
        "{message}"
    );
    let looked = format!("{origin}/.well-known/oauth-authorization-server");
    assert_stuck(&record, Step::ServerMetadata, &[&looked], "issuer");

    let (record, sandbox) = against(Some(Fault::ServerMetadataHtml), |_| {}).await;
    let looked =
        format!("{}.well-known/oauth-authorization-server responds with a web page", sandbox.issuer());
    assert_stuck(&record, Step::ServerMetadata, &[&looked], "RFC 8414");
}

#[tokio::test]
async fn bodies_without_an_end_or_with_a_wrong_one() {
    for (fault, cut) in [
        (Fault::BodyTruncated, Cut::ScenarioError),
        (Fault::BodyHuge, Cut::Cap),
        (Fault::BodyEndless, Cut::Cap),
    ] {
        let (record, _sandbox) = against(Some(fault), |_| {}).await;
        let exchange = of(&record, Step::ResourceMetadata)[0];
        let response = exchange.response().unwrap();
        assert_eq!(response.cut, Some(cut), "{fault}");
        assert!(response.body.len() <= record.scenario.limits.body, "{fault}: {}", response.body.len());
        if cut == Cut::Cap {
            assert_eq!(response.body.len(), 1 << 20, "{fault}");
        }
        let message = judged(&record, "prm-present");
        assert!(message.contains(&exchange.request.url), "{fault}: {message}");
        assert!(message.contains("does not end within the limits"), "{fault}: {message}");
        assert_stuck(&record, Step::ServerMetadata, &["no authorization-server metadata"], "issuer");
    }
}

#[tokio::test]
async fn a_redirect_to_itself_is_not_followed() {
    let (record, sandbox) = against(Some(Fault::RedirectLoop), |_| {}).await;
    let urls: Vec<_> = of(&record, Step::ResourceMetadata).iter().map(|e| e.request.url.clone()).collect();
    let origin = sandbox.target().strip_suffix("/mcp").unwrap();
    let known = format!("{origin}/.well-known/oauth-protected-resource");
    assert_eq!(urls, [format!("{known}/mcp"), known]);
    let message = judged(&record, "prm-present");
    assert!(message.contains(&format!("{} redirects (302) to {}", urls[0], urls[0])), "{message}");
}

#[tokio::test]
async fn a_callback_with_another_state_is_refused_before_the_code_is_used() {
    let (record, sandbox) = against(Some(Fault::StateChanged), |_| {}).await;
    let Ending::Refused(refusal) = &record.ending else { panic!("{:?}", record.ending) };
    assert_eq!(refusal.kind, RefusalKind::StateMismatch);
    assert_eq!(of(&record, Step::Token), Vec::<&Exchange>::new());
    assert_eq!(sandbox.clients(), Vec::<String>::new());
}

#[tokio::test]
async fn a_login_nobody_completes() {
    let (record, sandbox) = against(None, |scenario| {
        scenario.consent.driver = Driver::Paste;
        scenario.consent.timeout = Duration::from_millis(200);
    })
    .await;
    assert!(matches!(stuck(&record).1, StuckReason::NotRedirected(_)));
    assert_stuck(&record, Step::Authorization, &["no callback within 0.2 s"], "--login-timeout");
    assert_eq!(sandbox.clients(), Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_password() {
    let (record, sandbox) = against(None, |scenario| {
        scenario.consent.driver =
            form(&[("username", USERNAME), ("password", "looking-glass"), ("decision", "allow")]);
    })
    .await;
    let page = format!("{}login", sandbox.issuer());
    let said = "Wrong user name or password";
    assert_stuck(&record, Step::Authorization, &[&page, "password", "came again", said], "Check the values");
    let transcript = serde_json::to_string(&Transcript::new(&record, &Policy::default())).unwrap();
    assert!(!transcript.contains("looking-glass"));
}

#[tokio::test]
async fn a_form_with_nothing_to_fill_it_in() {
    let (record, sandbox) = against(None, |scenario| scenario.consent.driver = form(&[])).await;
    let page = format!("{}login", sandbox.issuer());
    assert_stuck(
        &record,
        Step::Authorization,
        &[&page, "needs its fields username, password", "given: nothing"],
        "--fill",
    );
}

#[tokio::test]
async fn a_redirect_port_that_is_taken_stops_everything_before_the_first_request() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut scenario = scenario(EDITION, "http://127.0.0.1:9/mcp");
    scenario.consent.redirect_port = taken.local_addr().unwrap().port();
    let error = walk(scenario, false).await.unwrap_err();
    assert!(matches!(error, StartError::Callback(CallbackError::Bind { .. })), "{error}");
    assert!(error.to_string().contains(&taken.local_addr().unwrap().to_string()), "{error}");
    assert!(error.to_string().contains("--redirect-port"), "{error}");
}

#[tokio::test]
async fn a_whole_walk_tells_no_secret() {
    let (record, _sandbox) = against(None, |_| {}).await;
    assert_eq!(record.ending, Ending::Finished(Outcome::Reached(Step::Session)));
    assert!(secrets(&record).len() >= 12, "{:?}", secrets(&record).len());
}

#[tokio::test]
async fn what_was_on_its_way_when_the_walk_was_stopped_stays_in_the_record() {
    let sandbox = sandbox(&[Fault::Slow]).await;
    let record = until(&sandbox, |event, _| matches!(event, RunEvent::Sending(_))).await;
    assert_eq!(failure(&record), FailureKind::Cancelled);
}

#[tokio::test]
async fn a_client_counts_as_left_behind_until_it_is_removed() {
    let sandbox = sandbox(&[]).await;
    let mut registered = 0;
    let record = until(&sandbox, |event, recorder| {
        let finished = matches!(event, RunEvent::Finished(_));
        if finished {
            registered = recorder.record().left_behind.len();
        }
        finished
    })
    .await;
    assert_eq!((registered, record.left_behind.len()), (1, 0));
}

#[tokio::test]
async fn wherever_the_walk_is_stopped_no_client_stays() {
    let mut stopped = 0;
    loop {
        let sandbox = sandbox(&[]).await;
        let mut sent = 0;
        let record = until(&sandbox, |event, _| {
            sent += u32::from(matches!(event, RunEvent::Sending(_)));
            matches!(event, RunEvent::Finished(_))
                || (matches!(event, RunEvent::Sending(_)) && sent == stopped + 1)
        })
        .await;
        assert_eq!(sandbox.clients(), Vec::<String>::new(), "stopped while {} was on its way", stopped + 1);
        assert_eq!(record.left_behind, []);
        if sent == stopped {
            break;
        }
        stopped += 1;
    }
    assert!(stopped > 10, "the walk was stopped {stopped} times only");
}

/// Stops the walk when the client is registered and the response is still on its way.
struct StopsAtRegistration {
    inner: HttpTransport,
    commands: mpsc::UnboundedSender<Command>,
}

impl Transport for StopsAtRegistration {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let registers = request.purpose == Purpose::Registration;
        let (sending, commands) = (self.inner.send(id, request), self.commands.clone());
        Box::pin(async move {
            let exchange = sending.await;
            if registers {
                commands.send(Command::Stop).unwrap();
                tokio::task::yield_now().await;
            }
            exchange
        })
    }
}

#[tokio::test]
async fn a_client_registered_while_the_walk_is_stopped_is_removed_too() {
    let sandbox = sandbox(&[]).await;
    let (commands, ordered) = mpsc::unbounded_channel();
    let inner = transport(&scenario(EDITION, sandbox.target()));
    let transport = StopsAtRegistration { inner, commands: commands.clone() };
    let scenario = scenario(EDITION, sandbox.target());
    let record = until_over(Arc::new(transport), (commands, ordered), scenario, |_, _| false).await;
    let deleted = record.history.with_purpose(|purpose| purpose == Purpose::CleanUp).count();
    assert_eq!((deleted, sandbox.clients(), record.left_behind), (1, Vec::new(), Vec::new()));
}

/// Walks until an event, then stops the walk.
async fn until(sandbox: &Sandbox, last: impl FnMut(&RunEvent, &Recorder) -> bool) -> Record {
    let scenario = scenario(EDITION, sandbox.target());
    until_over(Arc::new(transport(&scenario)), mpsc::unbounded_channel(), scenario, last).await
}

fn transport(scenario: &Scenario) -> HttpTransport {
    HttpTransport::new(&scenario.target.url, scenario.limits, &Network::default()).unwrap()
}

/// The same over another transport.
async fn until_over(
    transport: Arc<dyn Transport>,
    (commands, ordered): (mpsc::UnboundedSender<Command>, mpsc::UnboundedReceiver<Command>),
    scenario: Scenario,
    mut last: impl FnMut(&RunEvent, &Recorder) -> bool,
) -> Record {
    let mut recorder = Recorder::new(scenario.clone(), false);
    let (told, mut events) = mpsc::unbounded_channel();
    let walk = tokio::spawn(drive(
        scenario,
        RunOptions { pace: StepMode::End, past_refusals: false, has_display: false },
        transport,
        ordered,
        told,
    ));
    while let Some(event) = events.recv().await {
        recorder.apply(&event);
        if last(&event, &recorder) {
            commands.send(Command::Stop).unwrap();
        }
    }
    walk.await.unwrap().unwrap();
    recorder.record()
}
