//! Strangers at the callback address: none of them ends, hangs or blames the login of a run.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use super::*;

/// Far more than any of this takes.
const HANG: Duration = Duration::from_secs(20);

/// A run whose login waits for the callback.
struct Waiting {
    sandbox: Sandbox,
    commands: mpsc::UnboundedSender<Command>,
    events: mpsc::UnboundedReceiver<RunEvent>,
    recorder: Recorder,
    walk: tokio::task::JoinHandle<Result<(), StartError>>,
    redirect_uri: String,
    /// Encoded as in a query.
    state: String,
}

impl Waiting {
    async fn start(change: impl FnOnce(&mut Scenario)) -> Self {
        let sandbox = sandbox(&[]).await;
        let mut scenario = scenario(EDITION, sandbox.target());
        scenario.consent.driver = Driver::Paste;
        change(&mut scenario);
        let (commands, ordered) = mpsc::unbounded_channel();
        let (told, mut events) = mpsc::unbounded_channel();
        let mut recorder = Recorder::new(scenario.clone(), false);
        let transport = Arc::new(transport(&scenario));
        let manner = RunOptions { pace: StepMode::End, past_refusals: false, has_display: false };
        let walk = tokio::spawn(drive(scenario, manner, transport, ordered, told));
        let request = loop {
            let event = events.recv().await.unwrap();
            recorder.apply(&event);
            if let RunEvent::Asked(request) = event {
                break request;
            }
        };
        let state = url::form_urlencoded::byte_serialize(request.get("state").unwrap().as_bytes()).collect();
        Self { sandbox, commands, events, recorder, walk, redirect_uri: request.redirect_uri, state }
    }

    fn address(&self) -> SocketAddr {
        self.redirect_uri.trim_start_matches("http://").trim_end_matches("/callback").parse().unwrap()
    }

    /// What a request to the callback address gets.
    async fn ask(&self, request: String) -> String {
        let address = self.address();
        tokio::task::spawn_blocking(move || ask(address, &request)).await.unwrap()
    }

    /// Comes back with the query.
    async fn come_back(&self, query: &str) -> String {
        self.ask(format!("GET /callback?{query} HTTP/1.1\r\nhost: x\r\n\r\n")).await
    }

    /// The next event that matters to a login.
    async fn next(&mut self) -> Option<RunEvent> {
        loop {
            let event = tokio::time::timeout(HANG, self.events.recv()).await.expect("the run hangs")?;
            self.recorder.apply(&event);
            let ends = matches!(event, RunEvent::Finished(_) | RunEvent::Refused(_));
            if ends {
                self.commands.send(Command::Stop).unwrap();
            }
            if ends || matches!(event, RunEvent::CalledBack(_) | RunEvent::Note(_)) {
                return Some(event);
            }
        }
    }

    /// Waits for the end of the run.
    async fn end(mut self) -> Record {
        while self.next().await.is_some() {}
        tokio::time::timeout(HANG, self.walk).await.expect("the run hangs").unwrap().unwrap();
        assert_eq!(self.sandbox.clients(), Vec::<String>::new());
        self.recorder.record()
    }

    /// Ends the run, and answers the queries of its callbacks.
    async fn stop(self) -> Record {
        self.commands.send(Command::Stop).unwrap();
        self.end().await
    }
}

fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn queries(record: &Record) -> Vec<String> {
    let query = |url: &str| url.split_once('?').map_or("", |(_, query)| query).to_owned();
    record.history.callbacks().map(|callback| query(&callback.url)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_never_comes_holds_up_nobody() {
    for length in ["5000", "1000000000000000", "4611686018427387904", "18446744073709551615", "-1"] {
        for head in ["GET /x", "POST /callback", "GET /callback"] {
            let waiting = Waiting::start(|_| {}).await;
            let mut held = TcpStream::connect(waiting.address()).unwrap();
            write!(held, "{head} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n").unwrap();
            held.set_read_timeout(Some(HANG)).unwrap();
            assert!(held.read(&mut [0; 64]).unwrap() > 0, "{head} {length} is not answered");
            let state = waiting.state.clone();
            let response = waiting.come_back(&format!("code=x&state={state}")).await;
            assert!(response.starts_with("HTTP/1.1 200"), "{head} {length}: {response}");
            assert_eq!(queries(&waiting.end().await), [format!("code=x&state={state}")], "{head} {length}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_hold_up_nobody() {
    let waiting = Waiting::start(|_| {}).await;
    let _held: Vec<_> = (0..300).map(|_| TcpStream::connect(waiting.address()).unwrap()).collect();
    let state = waiting.state.clone();
    let response = waiting.come_back(&format!("code=x&state={state}")).await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert_eq!(queries(&waiting.end().await).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_callback_with_the_state_of_the_login_ends_it() {
    let mut waiting = Waiting::start(|_| {}).await;
    for query in ["code=x&state=wrong", "code=x", "error=access_denied", "x"] {
        let response = waiting.come_back(query).await;
        assert!(response.starts_with("HTTP/1.1 4") && response.contains("state"), "{query}: {response}");
        let Some(RunEvent::Note(note)) = waiting.next().await else { panic!("no note of {query}") };
        assert!(note.contains("state"), "{note}");
    }
    let state = waiting.state.clone();
    waiting.come_back(&format!("code=x&state={state}")).await;
    assert_eq!(queries(&waiting.end().await), [format!("code=x&state={state}")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_callback_the_last_other_one_is_what_came_back() {
    let waiting = Waiting::start(|scenario| scenario.consent.timeout = Duration::from_secs(3)).await;
    waiting.come_back("code=x&state=wrong").await;
    waiting.come_back("code=y").await;
    waiting.come_back("unrelated").await;
    let record = waiting.end().await;
    assert_eq!(queries(&record), ["code=y"]);
    let Ending::Refused(refusal) = &record.ending else { panic!("{:?}", record.ending) };
    assert_eq!(refusal.kind, RefusalKind::StateMismatch);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_loads_beside_a_login_is_never_its_callback() {
    let mut waiting = Waiting::start(|_| {}).await;
    let request = "GET /callback?code=x HTTP/1.1\r\nhost: x\r\nsec-fetch-dest: image\r\n\r\n";
    waiting.ask(request.to_owned()).await;
    assert!(matches!(waiting.next().await, Some(RunEvent::Note(_))));
    assert_eq!(queries(&waiting.stop().await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_is_stopped_keeps_what_came_back() {
    let mut waiting = Waiting::start(|_| {}).await;
    waiting.come_back("code=x&state=wrong").await;
    waiting.next().await;
    assert_eq!(queries(&waiting.stop().await), ["code=x&state=wrong"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_without_state_is_told_as_that_error() {
    let waiting = Waiting::start(|scenario| scenario.consent.timeout = Duration::from_secs(3)).await;
    waiting.come_back("error=access_denied&error_description=Nope").await;
    let record = waiting.end().await;
    assert_stuck(&record, Step::Authorization, &["access_denied: Nope"], "Read the error");
    assert!(
        judged(&record, "authz-state-echo").starts_with("fail"),
        "{}",
        judged(&record, "authz-state-echo")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_callback_of_another_login_is_taken_when_it_is_pasted_again() {
    let mut waiting = Waiting::start(|_| {}).await;
    let url = format!("{}?code=x&state=wrong", waiting.redirect_uri);
    waiting.commands.send(Command::Paste(url.clone())).unwrap();
    let Some(RunEvent::Note(note)) = waiting.next().await else { panic!("no note") };
    assert!(note.contains("state") && note.contains("again"), "{note}");
    waiting.commands.send(Command::Paste(url)).unwrap();
    assert_eq!(queries(&waiting.end().await), ["code=x&state=wrong"]);
}
