//! What a peer sends takes time in proportion to its size: four times as much takes about four times as long, all of it –
//! the walk, the judgement, every report, the replay and the comparison.
//!
//! Time is that of the processor in this thread, so that other tests do not count.

use std::fmt::Write as _;

use gatewalk::exchange::{Headers, Response};
use gatewalk::report::{self, Format};
use gatewalk::run::LoginPage;
use gatewalk::transcript::diff::Diff;
use gatewalk::transcript::replay::Replay;

use super::*;

/// Four times the size may take so many times as long. Work that grows with the square takes sixteen times.
const MOST: u32 = 8;
/// What is too short to be measured.
const NOISE: Duration = Duration::from_millis(25);

/// Time of the processor in this thread.
fn clock() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// The time that work takes; elsewhere than on Linux that of the clock has to do.
#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn spent(work: impl FnOnce()) -> Duration {
    let (began, before) = (std::time::Instant::now(), clock());
    work();
    clock().zip(before).map_or_else(|| began.elapsed(), |(now, before)| now.saturating_sub(before))
}

/// What is told of work that grows faster than its size.
fn growth(name: &str, size: usize, mut work: impl FnMut(usize)) -> Option<String> {
    let mut told = String::new();
    // Once more where something else got into the way.
    for _ in 0..3 {
        let [base, once, four] = [1, size, 4 * size].map(|size| spent(|| work(size)));
        let (once, four) = (once.saturating_sub(base), four.saturating_sub(base));
        if four < MOST * once.max(NOISE) {
            return None;
        }
        // Writing to a string does not fail.
        let _ = write!(told, "\n{base:?} and for {size} {once:?}, for {} {four:?}", 4 * size);
    }
    Some(format!("{name} grows faster than what is sent:{told}"))
}

/// Changes a response, as far as it is the one meant.
type Change = fn(&Request, &mut Response, usize);

struct Enlarging {
    inner: HttpTransport,
    change: Change,
    size: usize,
}

impl Transport for Enlarging {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let (sending, change, size) = (self.inner.send(id, request), self.change, self.size);
        Box::pin(async move {
            let mut exchange = sending.await;
            if let Ok(response) = &mut exchange.outcome {
                change(&exchange.request, response, size);
            }
            exchange
        })
    }
}

/// A text made of pieces, with commas between.
fn pieces(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().join(",")
}

/// The same without commas.
fn joined(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().concat()
}

/// Puts a member at the beginning of a JSON object.
fn add(response: &mut Response, member: &str) {
    let body = response.text().replacen('{', &format!("{{{member},"), 1);
    response.body = body.into_bytes().into();
}

fn page(response: &mut Response, html: String) {
    *response = Response {
        status: 200,
        headers: Headers::new().with("content-type", "text/html"),
        body: html.into_bytes().into(),
        ..response.clone()
    };
}

fn challenge(request: &Request, response: &mut Response, value: impl FnOnce() -> String) {
    if request.step == Step::Challenge && response.status == 401 {
        response.headers = Headers::new().with("www-authenticate", &value());
    }
}

fn metadata(request: &Request, response: &mut Response, member: impl FnOnce() -> String) {
    if matches!(request.step, Step::ResourceMetadata | Step::ServerMetadata) && response.is_success() {
        add(response, &member());
    }
}

fn of(request: &Request, purpose: Purpose) -> bool {
    request.purpose == purpose
}

/// What grows, how large it is at first, and where it is.
const CASES: &[(&str, usize, Change)] = &[
    ("parameters of a challenge", 750, |request, response, size| {
        challenge(request, response, || format!("Bearer {}", pieces(size, |at| format!("p{at}=1"))));
    }),
    ("a parameter of a challenge again and again", 750, |request, response, size| {
        challenge(request, response, || format!("Bearer {}", pieces(size, |_| "scope=a".to_owned())));
    }),
    ("challenges", 750, |request, response, size| {
        challenge(request, response, || pieces(size, |at| format!("Bearer p{at}=1")));
    }),
    ("what is no challenge", 2500, |request, response, size| {
        challenge(request, response, || format!("Bearer {}", "=\"".repeat(size)));
    }),
    ("header fields", 500, |request, response, size| {
        if request.step == Step::Challenge {
            for at in 0..size {
                response.headers.push(format!("x-{at}"), b"value");
            }
        }
    }),
    ("header fields of one name", 500, |request, response, size| {
        if request.step == Step::Challenge {
            for _ in 0..size {
                response.headers.push("vary", b"origin");
            }
        }
    }),
    ("empty arrays in metadata", 2500, |request, response, size| {
        metadata(request, response, || format!("\"x\":[{}]", pieces(size, |_| "[]".to_owned())));
    }),
    ("members of metadata", 1250, |request, response, size| {
        metadata(request, response, || pieces(size, |at| format!("\"m{at}\":\"v{at}\"")));
    }),
    ("a member of metadata again and again", 1250, |request, response, size| {
        metadata(request, response, || pieces(size, |_| "\"m\":\"v\"".to_owned()));
    }),
    ("nesting of metadata", 1250, |request, response, size| {
        metadata(request, response, || format!("\"x\":{}{}", "[".repeat(size), "]".repeat(size)));
    }),
    ("authorization servers", 750, |request, response, size| {
        if request.step == Step::ResourceMetadata && response.is_success() {
            let list = "\"authorization_servers\":[";
            let servers = pieces(size, |at| format!("\"http://127.0.0.1:1/{at}\""));
            let body = response.text().replacen(list, &format!("{list}{servers},"), 1);
            response.body = body.into_bytes().into();
        }
    }),
    ("scopes", 1250, |request, response, size| {
        metadata(request, response, || {
            format!("\"scopes_supported\":[{}]", pieces(size, |at| format!("\"scope{at}\"")))
        });
    }),
    ("keys", 300, |request, response, size| {
        if of(request, Purpose::Keys) {
            let key = r#""kty":"EC","crv":"P-256","use":"sig","x":"AAAA","y":"BBBB""#;
            let keys = pieces(size, |at| format!("{{{key},\"kid\":\"k{at}\"}}"));
            let body = response.text().replacen("\"keys\":[", &format!("\"keys\":[{keys},"), 1);
            response.body = body.into_bytes().into();
        }
    }),
    ("unknown members of a registration", 300, |request, response, size| {
        if of(request, Purpose::Registration) && response.is_success() {
            add(response, &pieces(size, |at| format!("\"m{at}\":\"value-{at}-abcdef\"")));
        }
    }),
    ("scopes of a token", 1250, |request, response, size| {
        if of(request, Purpose::Token) && response.is_success() {
            let scopes = (0..size).map(|at| format!("scope{at}")).collect::<Vec<_>>().join(" ");
            add(response, &format!("\"scope\":\"{scopes}\""));
        }
    }),
    ("events of a session", 750, |request, response, size| {
        if request.step == Step::Session && response.is_success() && !response.body.is_empty() {
            let data = response.text().into_owned();
            let events = "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n".repeat(size);
            response.headers = Headers::new().with("content-type", "text/event-stream");
            response.body = format!("{events}data: {}\n\n", data.replace('\n', "")).into_bytes().into();
        }
    }),
    ("elements of a login page in each other", 2500, |request, response, size| {
        if of(request, Purpose::Login) && response.is_success() {
            page(response, format!("{}x{}", "<div>".repeat(size), "</div>".repeat(size)));
        }
    }),
    ("fields of a login page", 500, |request, response, size| {
        if of(request, Purpose::Login) && response.is_success() {
            let fields = joined(size, |at| format!("<input type=radio name=r{at}>"));
            page(response, format!("<form>{fields}</form>"));
        }
    }),
    ("forms of a login page", 500, |request, response, size| {
        if of(request, Purpose::Login) && response.is_success() {
            page(response, joined(size, |at| format!("<form id=f{at}><input name=i{at} form=f{at}></form>")));
        }
    }),
    ("cookies of a login", 300, |request, response, size| {
        if of(request, Purpose::Login) {
            for at in 0..size {
                response.headers.push("set-cookie", format!("c{at}=value-{at}").as_bytes());
            }
        }
    }),
    ("parameters of a callback", 300, |request, response, size| {
        if of(request, Purpose::Login)
            && let Some(location) = response.redirect().filter(|location| location.contains("/callback?"))
        {
            let parameters = joined(size, |at| format!("&p{at}=value-{at}"));
            response.headers = Headers::new().with("location", &format!("{location}{parameters}"));
        }
    }),
];

/// Walks while something grows, and does everything that is done with what came of it.
fn walk_enlarged(runtime: &tokio::runtime::Runtime, change: Change, size: usize) {
    let record = runtime.block_on(async {
        let sandbox = sandbox(&[]).await;
        let mut scenario = scenario(EDITION, sandbox.target());
        // What is sent has no other bound here than its own.
        scenario.limits.body = 64 << 20;
        let inner = transport(&scenario);
        support::walk_over(Arc::new(Enlarging { inner, change, size }), scenario, true).await.unwrap()
    });
    let transcript = Transcript::new(&record, &Policy::default());
    for format in Format::ALL {
        report::render(&transcript, *format, &mut Vec::new()).unwrap();
    }
    let stored = serde_json::to_string(&transcript).unwrap();
    let stored: Transcript = serde_json::from_str(&stored).unwrap();
    let again = Replay::new(stored).unwrap().judged_again();
    assert_eq!(again.replayed.as_ref().unwrap().changed, []);
    assert!(Diff::new(&transcript, &again).is_empty());
}

#[test]
fn whatever_a_peer_sends_takes_time_in_proportion() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // What is made once is made before anything is measured.
    walk_enlarged(&runtime, |_, _, _| {}, 1);
    let wrong: Vec<_> = CASES
        .iter()
        .filter_map(|(name, size, change)| growth(name, *size, |size| walk_enlarged(&runtime, *change, size)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_stored_run_takes_time_in_proportion() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let record = runtime.block_on(async { against(None, |_| {}).await.0 });
    let json = serde_json::to_value(Transcript::new(&record, &Policy::default())).unwrap();
    let enlarged = |list: &str, size: usize| {
        let mut json = json.clone();
        let entries = json[list].as_array_mut().unwrap();
        let entry = entries.last().unwrap().clone();
        entries.extend((0..size).map(|at| {
            let mut entry = entry.clone();
            if entry.get("id").is_some() {
                entry["id"] = (1000 + at).into();
            }
            entry
        }));
        json
    };
    for (list, size) in [("exchanges", 200), ("callbacks", 1000), ("verdicts", 500), ("tokens", 1000)]
        .into_iter()
        .filter(|(list, _)| json.get(list).is_some_and(|list| list[0].is_object()))
    {
        let told = growth(list, size, |size| {
            let stored: Transcript = serde_json::from_value(enlarged(list, size)).unwrap();
            let before = serde_json::from_value(json.clone()).unwrap();
            assert!(Diff::new(&before, &stored).changes.len() < 100_000);
            let again = Replay::new(stored).unwrap().judged_again();
            for format in Format::ALL {
                report::render(&again, *format, &mut Vec::new()).unwrap();
            }
        });
        assert_eq!(told, None);
    }
}

#[test]
fn a_login_page_is_read_in_proportion() {
    for (name, size, piece) in [
        ("open elements", 20_000, "<b>"),
        ("open tables", 2000, "<table><td>"),
        ("options", 10_000, "<select><option>a"),
        ("attributes", 10_000, " a=1"),
        ("entities", 20_000, "&amp;"),
        ("comments", 20_000, "<!--"),
        ("forms", 5000, "<form><input name=a>"),
    ] {
        let told = growth(name, size, |size| {
            let _ = LoginPage::read(&format!("<form {}>", piece.repeat(size)));
            let _ = LoginPage::read(&piece.repeat(size));
        });
        assert_eq!(told, None);
    }
}
