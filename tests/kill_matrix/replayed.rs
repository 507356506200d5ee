//! A run is judged the same live and from its transcript, also when anything in it is otherwise than any peer of ours sends.

#![expect(clippy::indexing_slicing, reason = "tests, where a panic is the report")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use gatewalk::exchange::{Callback, Cut, Exchange, FailureKind, History, Response, TransportFailure};
use gatewalk::scenario::Policy;
use gatewalk::transcript::replay::Replay;
use gatewalk::transcript::{Record, Transcript, VerdictKind};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

/// Mutations of each run, besides the run as it was. More of them look for longer.
const MUTATIONS: u8 = 1;

/// What differs between a run and its replay; nothing if it is one truth.
pub(crate) fn differences(name: &str, record: &Record) -> Vec<String> {
    let mut seed = [0; 32];
    for (at, byte) in name.bytes().enumerate() {
        seed[at % 31] ^= byte.wrapping_mul(if at < 31 { 1 } else { 31 });
    }
    let mutated = (1..=MUTATIONS).map(|number| {
        seed[31] = number;
        let mut random = Random(TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        let (record, mutation) = random.mutated(record);
        (record, format!("{name}, {mutation}"))
    });
    std::iter::once((record.clone(), name.to_owned()))
        .chain(mutated)
        .filter_map(|(record, name)| Some(format!("{name}: {}", difference(&record)?)))
        .collect()
}

/// What replay tells otherwise.
fn difference(record: &Record) -> Option<String> {
    let live = Transcript::new(record, &Policy::default());
    let json = serde_json::to_string(&live).unwrap();
    let stored: Transcript = serde_json::from_str(&json).unwrap();
    if stored != live {
        return Some("it does not read back as it was written".to_owned());
    }
    let again = match Replay::new(stored) {
        Ok(replay) => replay.judged_again(),
        Err(error) => return Some(format!("it cannot be replayed: {error}")),
    };
    let verdicts = |transcript: &Transcript| -> BTreeMap<String, (VerdictKind, String)> {
        let entries = transcript.verdicts.iter();
        entries.map(|entry| (entry.check.to_string(), (entry.verdict, entry.message.to_string()))).collect()
    };
    let (was, is) = (verdicts(&live), verdicts(&again));
    let mut told = String::new();
    for (check, verdict) in &was {
        // The placeholder of a secret tells its length, and not what it looks like: the words may differ in that.
        if is.get(check).map(|(kind, _)| *kind) != Some(verdict.0) {
            let _ = write!(told, "\n  {check} was {verdict:?}, is {:?}", is.get(check));
        }
    }
    let causes = |transcript: &Transcript| -> Vec<String> {
        transcript.diagnoses.iter().map(|diagnosis| diagnosis.id.to_string()).collect()
    };
    if causes(&live) != causes(&again) {
        let _ = write!(told, "\n  causes were {:?}, are {:?}", causes(&live), causes(&again));
    }
    let codes = (live.summary.exit_code, again.summary.exit_code);
    if codes.0 != codes.1 {
        let _ = write!(told, "\n  exit code was {}, is {}", codes.0, codes.1);
    }
    (!told.is_empty()).then_some(told)
}

struct Random(TestRng);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0.next_u32() as usize % count.max(1)
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The run with one thing otherwise, and what.
    fn mutated(&mut self, record: &Record) -> (Record, String) {
        let mut mutated = record.clone();
        let mut history = History::default();
        let exchanges: Vec<_> = record.history.exchanges().collect();
        let at = self.below(exchanges.len());
        let mut told = "nothing".to_owned();
        for (place, exchange) in exchanges.into_iter().enumerate() {
            let kept = if place == at {
                let (changed, how) = self.exchange(exchange);
                told = format!("{:?} #{}: {how}", exchange.request.purpose, exchange.id.0);
                changed
            } else {
                Some(Arc::clone(exchange))
            };
            if let Some(kept) = kept {
                history.push(kept);
            }
        }
        for request in record.history.authorizations() {
            history.push_authorization(request.clone());
        }
        for callback in record.history.callbacks() {
            match self.below(12) {
                0 => told.push_str("; the callback dropped"),
                1 => {
                    let url = format!("{}&error=access_denied&state=other", callback.url);
                    history
                        .push_callback(Arc::new(Callback::new(callback.id, url).in_round(&callback.round)));
                    told.push_str("; the callback extended");
                }
                _ => history.push_callback(Arc::clone(callback)),
            }
        }
        mutated.history = history;
        (mutated, told)
    }

    fn exchange(&mut self, exchange: &Arc<Exchange>) -> (Option<Arc<Exchange>>, String) {
        let mut changed = Exchange::clone(exchange);
        let Ok(response) = &mut changed.outcome else { return (None, "dropped".to_owned()) };
        let how = match self.below(9) {
            0 => return (None, "dropped".to_owned()),
            1 => {
                let kind = *self.pick(&[FailureKind::Timeout, FailureKind::Broken, FailureKind::Tls]);
                changed.outcome = Err(TransportFailure { kind, detail: "mutated".to_owned() });
                return (Some(Arc::new(changed)), format!("{kind:?}"));
            }
            2 => {
                response.status =
                    *self.pick(&[200, 201, 204, 301, 307, 400, 401, 403, 404, 405, 429, 500, 503]);
                format!("status {}", response.status)
            }
            3 => self.header(response),
            4 | 5 => self.member(response),
            6 => {
                let length = self.below(response.body.len());
                response.body = response.body[..length].to_vec().into();
                response.cut = *self.pick(&[None, Some(Cut::Cap), Some(Cut::Timeout)]);
                format!("cut to {length} B, {:?}", response.cut)
            }
            _ => {
                let bodies: [&[u8]; 10] = [
                    b"",
                    b"null",
                    b"[]",
                    b"{}",
                    b"\"text\"",
                    b"\xff\xfe{\x00}\x00",
                    b"<!doctype html><title>x</title>",
                    b"data: {}\n\n",
                    b"a=b&access_token=0123456789abcdef",
                    b"{\"access_token\":\"0123456789abcdef\",\"client_id\":\"c\",\"error\":\"x\"}",
                ];
                let body = *self.pick(&bodies);
                response.body = body.into();
                format!("body {:?}", String::from_utf8_lossy(body))
            }
        };
        (Some(Arc::new(changed)), how)
    }

    fn header(&mut self, response: &mut Response) -> String {
        let mut names: Vec<_> = response.headers.iter().map(|(name, _)| name.to_owned()).collect();
        names.extend(["www-authenticate", "content-type", "cache-control", "set-cookie"].map(str::to_owned));
        let name = self.pick(&names).clone();
        let values =
            ["", "Bearer", "DPoP, Bearer error=\"x\"", "text/html", "application/json", "no-store", "ü"];
        match self.below(3) {
            0 => {
                response.headers.remove(&name);
                format!("without {name}")
            }
            1 => {
                let value = *self.pick(&values);
                response.headers.set(&name, value);
                format!("{name}: {value}")
            }
            _ => {
                let value = response.headers.get(&name).unwrap_or_default().into_owned();
                response.headers.push(name.as_str(), value);
                format!("{name} twice")
            }
        }
    }

    /// A member of a JSON object becomes something else.
    fn member(&mut self, response: &mut Response) -> String {
        let Ok(Value::Object(mut members)) = serde_json::from_slice(&response.body) else {
            response.body = b"{\"jsonrpc\":1}".to_vec().into();
            return "body {\"jsonrpc\":1}".to_owned();
        };
        let mut names: Vec<_> = members.keys().cloned().collect();
        names.extend(["scope", "expires_in", "client_secret", "refresh_token"].map(str::to_owned));
        let name = self.pick(&names).clone();
        let values = [
            Value::Null,
            json!(true),
            json!(0),
            json!(-1.5),
            json!(12_345_678_901_u64),
            json!(""),
            json!("x"),
            json!("a text with spaces"),
            json!("ünusual"),
            json!("a\u{0}b"),
            json!("https://elsewhere.example/"),
            json!("0123456789abcdef".repeat(40)),
            json!([]),
            json!(["one", 2, null]),
            json!({}),
            json!({ "access_token": "0123456789abcdef" }),
        ];
        let value = if self.below(5) == 0 { None } else { Some(self.pick(&values).clone()) };
        let told = format!("{name} {value:?}");
        match value {
            Some(value) => members.insert(name, value),
            None => members.shift_remove(&name),
        };
        response.body = serde_json::to_vec(&members).unwrap().into();
        told
    }
}
