//! From a key to a frame: 500 exchanges and a body of 5 MB, against a walk of five small exchanges.
//!
//! `cargo bench --bench screen` prints medians and their ratio. Nothing here fails for being slow: machines differ, the
//! ratio says whether the size of a run is felt.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gatewalk::exchange::{
    Exchange, ExchangeId, Headers, Purpose, Request, Response, Timing, Unauthenticated,
};
use gatewalk::run::RunEvent;
use gatewalk::scenario::{
    Defaults, DriverKind, Network, PartialScenario, Place, ProbeMode, Scenario, SecretSource,
};
use gatewalk::specification::{Party, Step};
use gatewalk::tui::Headless;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// How often each key is pressed.
const ROUNDS: usize = 40;
/// Sixty frames a second.
const BUDGET: Duration = Duration::from_millis(16);

fn scenario() -> Scenario {
    let place = Some(Place::Url("https://gateway.example/mcp".to_owned()));
    let defaults = Defaults {
        target: None,
        client_metadata_url: None,
        driver: DriverKind::Browser,
        fill: Vec::new(),
        network: Network::default(),
        probes: ProbeMode::Off,
    };
    PartialScenario { place, ..PartialScenario::default() }.scenario(defaults, &SecretSource::given).unwrap()
}

/// A JSON document of about that many bytes.
fn document(bytes: usize) -> Vec<u8> {
    let mut text = "{\"keys\":[0".to_owned();
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        write!(text, ",{{\"number\":{number},\"name\":\"member {number}\",\"list\":[true,null,\"x\"]}}")
            .unwrap();
    }
    text.push_str("]}");
    text.into_bytes()
}

/// A response with a body of that size.
fn answered(id: u32, bytes: usize) -> RunEvent {
    let purpose = Purpose::Challenge(Unauthenticated::Opening);
    let request =
        Request::new(Step::Challenge, purpose, Party::Gateway, "POST", "https://gateway.example/mcp")
            .body("application/json", "{}");
    let headers: Headers = [("content-type", "application/json")].into_iter().collect();
    let response = Response {
        status: 200,
        reason: "OK".to_owned(),
        version: "HTTP/1.1".to_owned(),
        headers,
        body: document(bytes).into(),
        cut: None,
    };
    let timing = Timing { total: Duration::from_millis(3), ..Timing::default() };
    RunEvent::Exchanged(Arc::new(Exchange { id: ExchangeId(id), request, outcome: Ok(response), timing }))
}

/// A screen after a walk of that many exchanges, the last one with a body of that size.
fn screen(exchanges: u32, bytes: usize) -> Headless {
    let mut screen = Headless::new(scenario(), (120, 36));
    screen.hear(RunEvent::Entered(Step::Challenge));
    for id in 1..=exchanges {
        screen.hear(answered(id, if id == exchanges { bytes } else { 200 }));
        screen.settle();
    }
    screen.hear(RunEvent::Waiting(Step::ResourceMetadata));
    screen.settle();
    screen
}

const fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

/// The median and the longest time from a key to its frame.
fn measure(screen: &mut Headless, codes: &[KeyCode]) -> (Duration, Duration) {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for code in codes {
            let began = Instant::now();
            screen.press(key(*code));
            black_box(screen.frame());
            times.push(began.elapsed());
            // What the screen lays out beside it is there long before the next key of a person.
            screen.settle();
        }
    }
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() - 1])
}

/// The median and the longest time from a response of that size to its frame.
fn hear(screen: &mut Headless, bytes: usize) -> (Duration, Duration) {
    let mut times = Vec::new();
    for id in 0..10_u32 {
        let event = answered(10_000 + id, bytes);
        let began = Instant::now();
        screen.hear(event);
        black_box(screen.frame());
        times.push(began.elapsed());
        screen.settle();
    }
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() - 1])
}

/// The median and the longest time from nothing to the first frame.
fn begin() -> (Duration, Duration) {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let scenario = scenario();
            let began = Instant::now();
            black_box(Headless::new(scenario, (120, 36)).frame());
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() - 1])
}

fn main() {
    let (first, longest) = begin();
    let mut small = screen(5, 200);
    let mut large = screen(500, 5_000_000);
    println!("{:<26} {:>12} {:>12} {:>12} {:>8}", "key", "5 exchanges", "500, 5 MB", "longest", "ratio");
    let mut worst = first;
    println!("{:<26} {first:>12.2?} {:>12} {longest:>12.2?}", "first frame", "");
    for (name, codes) in [
        (
            "scroll a row",
            &[KeyCode::Char('f'), KeyCode::Char('f'), KeyCode::Char('j'), KeyCode::Char('f')][..],
        ),
        ("scroll a page", &[KeyCode::PageDown]),
        ("start and end", &[KeyCode::Char('G'), KeyCode::Char('g')]),
        ("another exchange", &[KeyCode::Char('['), KeyCode::Char(']')]),
        ("another tab", &[KeyCode::Tab, KeyCode::Tab, KeyCode::Tab, KeyCode::Tab]),
        ("raw, bytes, laid out", &[KeyCode::Char('w'), KeyCode::Char('w'), KeyCode::Char('w')]),
        ("diagram and back", &[KeyCode::Char('d'), KeyCode::Char('d')]),
        ("help and back", &[KeyCode::Char('?'), KeyCode::Esc]),
    ] {
        let (base, _) = measure(&mut small, codes);
        let (median, longest) = measure(&mut large, codes);
        worst = worst.max(median);
        let ratio = median.as_secs_f64() / base.as_secs_f64();
        println!("{name:<26} {base:>12.2?} {median:>12.2?} {longest:>12.2?} {ratio:>8.1}");
    }
    let (base, _) = hear(&mut small, 200);
    for (name, bytes) in [("a response comes", 200), ("a response of 5 MB comes", 5_000_000)] {
        let (median, longest) = hear(&mut large, bytes);
        worst = worst.max(median);
        let ratio = median.as_secs_f64() / base.as_secs_f64();
        println!("{name:<26} {base:>12.2?} {median:>12.2?} {longest:>12.2?} {ratio:>8.1}");
    }
    let verdict = if worst <= BUDGET { "within" } else { "over" };
    println!("the slowest median, {worst:.2?}, is {verdict} the {BUDGET:?} of a frame");
}
