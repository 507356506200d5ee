//! Runs that are ended while something is on its way: it stays in the record, and what was obtained is given back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use super::*;
use gatewalk::scenario::{Script, WebDriver};

/// Far more than any of this takes.
const HANG: Duration = Duration::from_secs(25);

/// What becomes of the requests of a purpose.
#[derive(Clone, Copy)]
enum Fate {
    /// The walk is stopped when the response is there and still on its way to us.
    StopsBefore,
    /// Its face is gone then.
    EndsBefore,
    /// The walk is stopped, and there is no response.
    StopsForEver,
    /// There is no response.
    Hangs,
}

struct Meddles {
    inner: HttpTransport,
    purpose: Purpose,
    fate: Fate,
    commands: Arc<std::sync::Mutex<Option<mpsc::UnboundedSender<Command>>>>,
}

impl Transport for Meddles {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let meant = request.purpose == self.purpose;
        let (sending, fate, commands) = (self.inner.send(id, request), self.fate, Arc::clone(&self.commands));
        Box::pin(async move {
            if !meant {
                return sending.await;
            }
            let stop = || {
                let commands = commands.lock().unwrap().clone();
                commands.map(|commands| commands.send(Command::Stop));
            };
            match fate {
                Fate::Hangs => std::future::pending().await,
                Fate::StopsForEver => {
                    stop();
                    std::future::pending().await
                }
                Fate::StopsBefore | Fate::EndsBefore => {
                    let exchange = sending.await;
                    if matches!(fate, Fate::StopsBefore) {
                        stop();
                    } else {
                        commands.lock().unwrap().take();
                    }
                    tokio::task::yield_now().await;
                    exchange
                }
            }
        })
    }
}

/// Walks until it is over or stopped.
async fn meddled(
    sandbox: &Sandbox,
    purpose: Purpose,
    fate: Fate,
    change: impl FnOnce(&mut Scenario),
) -> Record {
    let mut scenario = scenario(EDITION, sandbox.target());
    change(&mut scenario);
    let (sender, ordered) = mpsc::unbounded_channel();
    let commands = Arc::new(std::sync::Mutex::new(Some(sender)));
    let inner = transport(&scenario);
    let transport = Arc::new(Meddles { inner, purpose, fate, commands: Arc::clone(&commands) });
    let mut recorder = Recorder::new(scenario.clone(), false);
    let (told, mut events) = mpsc::unbounded_channel();
    let manner = RunOptions { pace: StepMode::End, past_refusals: false, has_display: false };
    let walk = tokio::spawn(drive(scenario, manner, transport, ordered, told));
    let listen = async {
        while let Some(event) = events.recv().await {
            recorder.apply(&event);
            if matches!(event, RunEvent::Finished(_) | RunEvent::Refused(_)) {
                commands.lock().unwrap().take();
            }
        }
        walk.await
    };
    tokio::time::timeout(HANG, listen).await.expect("the walk hangs").unwrap().unwrap();
    recorder.record()
}

fn sent(record: &Record, purpose: Purpose) -> Vec<Result<u16, FailureKind>> {
    let exchanges = record.history.with_purpose(|of| of == purpose);
    let came = |exchange: &Exchange| match &exchange.outcome {
        Ok(response) => Ok(response.status),
        Err(failure) => Err(failure.kind),
    };
    exchanges.map(came).collect()
}

#[tokio::test]
async fn tokens_that_are_granted_while_the_walk_is_stopped_are_revoked() {
    for (purpose, fate) in [
        (Purpose::Token, Fate::StopsBefore),
        (Purpose::Token, Fate::EndsBefore),
        (Purpose::Refresh, Fate::StopsBefore),
    ] {
        let sandbox = sandbox(&[]).await;
        let record = meddled(&sandbox, purpose, fate, |_| {}).await;
        assert_eq!(sent(&record, purpose), [Ok(200)], "{purpose:?}");
        let revoked = sent(&record, Purpose::Revocation);
        let expected = if purpose == Purpose::Token { 2 } else { 4 };
        assert_eq!(revoked, vec![Ok(200); expected], "{purpose:?}");
        assert_eq!(sandbox.clients(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_client_registered_while_the_face_goes_is_removed() {
    let sandbox = sandbox(&[]).await;
    let record = meddled(&sandbox, Purpose::Registration, Fate::EndsBefore, |_| {}).await;
    assert_eq!(sent(&record, Purpose::CleanUp), [Ok(204)]);
    assert_eq!(sandbox.clients(), Vec::<String>::new());
}

#[tokio::test]
async fn a_revocation_that_hangs_does_not_cost_the_deletion() {
    let sandbox = sandbox(&[]).await;
    let record = meddled(&sandbox, Purpose::Revocation, Fate::Hangs, |_| {}).await;
    assert_eq!(sandbox.clients(), Vec::<String>::new());
    assert_eq!(sent(&record, Purpose::CleanUp), [Ok(204)]);
    assert_eq!(sent(&record, Purpose::Revocation), [Err(FailureKind::Cancelled)], "it stays in the record");
    assert_eq!(record.left_behind, []);
}

#[tokio::test]
async fn a_deletion_that_hangs_is_told() {
    let sandbox = sandbox(&[]).await;
    let record = meddled(&sandbox, Purpose::CleanUp, Fate::Hangs, |_| {}).await;
    assert_eq!(sent(&record, Purpose::Revocation), [Ok(200); 4]);
    assert_eq!(sent(&record, Purpose::CleanUp), [Err(FailureKind::Cancelled)]);
    let because = record.left_behind[0].because.as_deref().unwrap();
    assert!(because.contains("did not confirm its removal in time"), "{because}");
}

#[tokio::test]
async fn what_a_login_had_on_its_way_stays_in_the_record() {
    for fate in [Fate::StopsForEver, Fate::Hangs] {
        let sandbox = sandbox(&[]).await;
        let change = |scenario: &mut Scenario| {
            if matches!(fate, Fate::Hangs) {
                scenario.consent.timeout = Duration::from_millis(300);
            }
        };
        let record = meddled(&sandbox, Purpose::Login, fate, change).await;
        assert_eq!(sent(&record, Purpose::Login), [Err(FailureKind::Cancelled)]);
        assert_eq!(sandbox.clients(), Vec::<String>::new());
    }
}

/// A WebDriver server that gives a session and answers nothing else.
fn hanging_webdriver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            held.push(serve_webdriver(stream));
        }
    });
    url
}

/// Answers one connection until it asks for something besides a session; holds it then.
fn serve_webdriver(stream: TcpStream) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let (mut first, mut length) = (String::new(), 0);
            reader.read_line(&mut first).unwrap();
            for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
                if let Some((_, value)) =
                    line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case("content-length"))
                {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            if first != "POST /session HTTP/1.1\r\n" {
                // Until the other side has had enough.
                let _ = reader.read(&mut [0]);
                return;
            }
            let body = r#"{"value":{"sessionId":"s","capabilities":{}}}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}",
                body.len()
            );
            write!(&stream, "{head}\r\n\r\n{body}").unwrap();
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webdriver_that_hangs_is_left_in_a_few_seconds() {
    let sandbox = sandbox(&[]).await;
    let mut scenario = scenario(EDITION, sandbox.target());
    let server = Some(hanging_webdriver());
    let script = Script::everywhere(Vec::new());
    scenario.consent.driver = Driver::WebDriver(WebDriver { script, server, no_sandbox: false });
    scenario.consent.timeout = Duration::from_secs(1);
    let record = walk_within_bounds(scenario).await;
    assert_stuck(&record, Step::Authorization, &["no callback within 1 s"], "--login-timeout");
    assert_eq!(sandbox.clients(), Vec::<String>::new());
    assert!(record.duration < Duration::from_secs(15), "{:?}", record.duration);
}
