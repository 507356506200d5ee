//! No secret of a run is in any report, in any encoding, whatever peers quote: whole walks of the sandbox, behind a
//! transport that adds every secret it has seen so far to headers and bodies of responses.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use futures_util::future::BoxFuture;
use gatewalk::exchange::{Exchange, ExchangeId, Request, Response, Secret};
use gatewalk::report::{self, Format};
use gatewalk::run::{HttpTransport, Transport};
use gatewalk::sandbox::{
    CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET, Fault, PASSWORD, Plan, Sandbox, USERNAME,
};
use gatewalk::scenario::{Credential, Policy, Registration};
use gatewalk::specification::ProtocolVersion;
use gatewalk::transcript::Transcript;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::support::{form, scenario, walk_over};

/// Whole walks.
const CASES: u32 = 12;

/// Fields by which this test, on its own account, knows what is secret.
const FIELDS: [&str; 9] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "password",
    "pin",
    "refresh_token",
    "registration_access_token",
];

pub(crate) type Encode = fn(&str) -> String;

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02x}");
        all
    })
}

fn json(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut all, unit| {
        let _ = write!(all, "\\u{unit:04x}");
        all
    })
}

fn html(text: &str) -> String {
    text.chars().fold(String::new(), |mut all, c| {
        let _ = write!(all, "&#{};", u32::from(c));
        all
    })
}

fn html_named(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{byte:02x}");
        all
    })
}

/// How a secret may be quoted.
pub(crate) const ENCODINGS: [(&str, Encode); 16] = [
    ("plain", |text| text.to_owned()),
    ("form", |text| url::form_urlencoded::byte_serialize(text.as_bytes()).collect()),
    ("percent", percent),
    ("base64", |text| BASE64_STANDARD.encode(text)),
    ("base64url", |text| BASE64_URL_SAFE.encode(text)),
    ("base64 of user:secret", |text| BASE64_STANDARD.encode(format!("alice:{text}"))),
    ("json", |text| serde_json::to_string(text).unwrap().trim_matches('"').to_owned()),
    ("json escapes", json),
    ("html", html_named),
    ("html references", html),
    ("percent twice", |text| percent(&percent(text))),
    ("json in json", |text| serde_json::to_string(&serde_json::to_string(text).unwrap()).unwrap()),
    ("html in a URL", |text| percent(&html(text))),
    ("hexadecimal", hex),
    ("hexadecimal in upper case", |text| hex(text).to_uppercase()),
    ("UTF-16", |text| text.chars().flat_map(|c| [c, '\0']).collect()),
];

/// Adds to responses what it has seen.
struct Echo {
    inner: HttpTransport,
    seen: Arc<Mutex<Vec<String>>>,
    /// Chooses the encoding of each quotation.
    choice: usize,
}

fn see(seen: &mut Vec<String>, value: &str) {
    if value.len() >= 6 && !seen.iter().any(|known| known == value) {
        seen.push(value.to_owned());
    }
}

fn see_pairs(seen: &mut Vec<String>, pairs: &str) {
    for (name, value) in url::form_urlencoded::parse(pairs.as_bytes()) {
        if FIELDS.contains(&name.as_ref()) {
            see(seen, &value);
        }
    }
}

fn see_request(seen: &mut Vec<String>, request: &Request) {
    if let Some(authorization) = request.headers.get("authorization") {
        see(seen, authorization.split_once(' ').unwrap().1);
    }
    if let Some(cookies) = request.headers.get("cookie") {
        for cookie in cookies.split("; ") {
            see(seen, cookie.split_once('=').unwrap().1);
        }
    }
    see_pairs(seen, &String::from_utf8_lossy(&request.body));
}

fn see_response(seen: &mut Vec<String>, response: &Response) {
    for cookie in response.headers.all("set-cookie") {
        see(seen, cookie.split(';').next().unwrap().split_once('=').unwrap().1);
    }
    if let Some(id) = response.headers.get("mcp-session-id") {
        see(seen, &id);
    }
    if let Some(location) = response.headers.get("location") {
        see_pairs(seen, location.split_once('?').map_or("", |(_, query)| query));
    }
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(&response.body) {
        for (name, value) in members {
            if let Some(value) = value.as_str().filter(|_| FIELDS.contains(&name.as_str())) {
                see(seen, value);
            }
        }
    }
}

fn quote(seen: &[String], choice: usize, response: &mut Response) {
    let quoted: Vec<_> = seen
        .iter()
        .enumerate()
        .map(|(index, secret)| ENCODINGS[(choice + index) % ENCODINGS.len()].1(secret))
        .collect();
    for quoted in &quoted {
        response.headers.push("x-echo", quoted.as_bytes());
    }
    let all = quoted.join(" ");
    let challenge = format!("Bearer error=\"x\", error_description=\"{all}\"");
    response.headers.push("x-original-www-authenticate", challenge.as_bytes());
    let mut body = String::from_utf8_lossy(&response.body).into_owned();
    if let Some(end) = body.rfind('}').filter(|_| body.trim_start().starts_with('{')) {
        let escaped = serde_json::to_string(&all).unwrap();
        body.insert_str(end, &format!(",\"error_description\":{escaped},\"x_echo\":[{escaped}]"));
    } else if response.is_html() {
        let _ = write!(body, "<!-- {all} --><a href=\"/x?y={}\">x</a>", percent(&all));
    } else if response.status >= 400 {
        body.push_str(&all);
    }
    response.body = body.into();
}

impl Transport for Echo {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let (seen, choice) = (Arc::clone(&self.seen), self.choice + id.0 as usize);
        let sending = self.inner.send(id, request);
        Box::pin(async move {
            let mut exchange = sending.await;
            let mut seen = seen.lock().unwrap();
            see_request(&mut seen, &exchange.request);
            if let Ok(response) = &mut exchange.outcome {
                see_response(&mut seen, response);
                quote(&seen, choice, response);
            }
            exchange
        })
    }
}

/// The characters of which a report in base64 would hold a secret at that place.
fn base64_cores(secret: &str) -> impl Iterator<Item = String> {
    (0..3).map(move |shift| {
        let padded = [&b"\0\0"[..shift], secret.as_bytes()].concat();
        let encoded = BASE64_URL_SAFE_NO_PAD.encode(&padded);
        encoded[(shift * 8).div_ceil(6)..padded.len() * 8 / 6].to_owned()
    })
}

/// Looks for a secret in a report; answers how many forms were looked for.
pub(crate) fn search(secret: &str, (lower, unified): (&str, &str), format: Format) -> usize {
    let mut forms = 0;
    for (name, encode) in ENCODINGS {
        let form = encode(secret);
        // A report of its own accord escapes once more.
        let in_json = serde_json::to_string(&form).unwrap();
        for form in [form.as_str(), in_json.trim_matches('"'), &html_named(&form)] {
            assert!(!lower.contains(&form.to_lowercase()), "{name} of {secret:?} in {}", format.id());
            forms += 1;
        }
    }
    for core in base64_cores(secret) {
        assert!(!unified.contains(&core), "base64 of {secret:?} in {}", format.id());
        forms += 1;
    }
    forms
}

#[derive(Clone, Debug)]
struct Case {
    choice: usize,
    fault: Option<Fault>,
    protocol_version: ProtocolVersion,
    confidential: bool,
    pin: String,
    key: String,
}

fn case() -> impl Strategy<Value = Case> {
    let quick: Vec<_> = Fault::ALL
        .iter()
        .copied()
        .filter(|fault| {
            !matches!(
                fault,
                Fault::Slow | Fault::BodyEndless | Fault::BodyHuge | Fault::SessionEventStreamOpen
            )
        })
        .collect();
    (
        0_usize..1000,
        prop::option::of(prop::sample::select(quick)),
        prop::sample::select(ProtocolVersion::ALL.to_vec()),
        any::<bool>(),
        "[a-z0-9]{4}[ -~äß]{4,12}[0-9A-Z]{4}",
        "[a-z0-9]{4}[!-~]{4,30}[0-9A-Z]{4}",
    )
        .prop_map(|(choice, fault, protocol_version, confidential, pin, key)| Case {
            choice,
            fault,
            protocol_version: fault.map_or(protocol_version, Fault::protocol_version),
            confidential,
            pin,
            key,
        })
}

async fn walk(case: &Case) -> (Transcript, Vec<String>) {
    let faults = case.fault.into_iter().collect();
    let sandbox = Sandbox::start(Plan::with_faults(case.protocol_version, faults)).await.unwrap();
    let mut scenario = scenario(case.protocol_version, sandbox.target());
    scenario.target.headers.push(("X-Gateway-Key".to_owned(), Secret::new(case.key.as_str())));
    scenario.consent.driver =
        form(&[("username", USERNAME), ("password", PASSWORD), ("decision", "allow"), ("pin", &case.pin)]);
    let hint = format!("hint-{}", case.pin);
    scenario.client.parameters.push(("id_token_hint".to_owned(), hint.clone()));
    let mut secrets = vec![case.key.clone(), case.pin.clone(), PASSWORD.to_owned(), hint];
    if case.confidential {
        secrets.push(CONFIDENTIAL_CLIENT_SECRET.to_owned());
        scenario.client.registration = Registration::Preregistered {
            client_id: CONFIDENTIAL_CLIENT_ID.to_owned(),
            credential: Credential::Secret(Secret::new(CONFIDENTIAL_CLIENT_SECRET)),
        };
    }
    let seen = Arc::new(Mutex::new(secrets));
    let inner = HttpTransport::new(&scenario.target.url, scenario.limits, &scenario.network).unwrap();
    let echo = Echo { inner, seen: Arc::clone(&seen), choice: case.choice };
    let record = walk_over(Arc::new(echo), scenario, true).await.unwrap();
    let secrets = seen.lock().unwrap().clone();
    (Transcript::new(&record, &Policy::default()), secrets)
}

#[test]
fn no_secret_is_in_any_report() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let looked_for = std::cell::Cell::new((0_usize, 0_usize));
    let config = ProptestConfig {
        cases: CASES,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same walks each time; what the sandbox issues is different all the same.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner
        .run(&case(), |case| {
            let (transcript, secrets) = runtime.block_on(walk(&case));
            for &format in Format::ALL {
                let mut written = Vec::new();
                report::render(&transcript, format, &mut written).unwrap();
                let report = String::from_utf8(written).unwrap();
                let report = (report.to_lowercase(), report.replace('+', "-").replace('/', "_"));
                for secret in &secrets {
                    let (known, forms) = looked_for.get();
                    looked_for.set((known + 1, forms + search(secret, (&report.0, &report.1), format)));
                }
            }
            Ok(())
        })
        .unwrap();
    let (secrets, forms) = looked_for.get();
    println!("{CASES} walks, {secrets} secrets in reports looked for in {forms} forms");
    assert!(secrets > CASES as usize * 5 * Format::ALL.len(), "secrets were generated");
}
