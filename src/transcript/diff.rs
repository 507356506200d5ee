//! What changed between two runs: how they ended, verdicts, documents member by member, header fields, timings beyond noise.
//!
//! Exchanges are paired by what they are for. What differs from run to run by nature is no difference (`noise`): placeholders of
//! secrets, ids, nonces, times, key material (its `kid` tells of another key), ports of loopback addresses, and the origin of
//! the target where a document names its own.

mod noise;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::replay::changes;
use super::{ExchangeEntry, PeerText, RoundEntry, Transcript, VerdictChange, VerdictEntry, VerdictKind};
use crate::exchange::bare;
use crate::specification::{Level, Party, Step};
use noise::{RunLocal, fields, is_slower, is_volatile, without_ports};

/// What changed from one run to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// Verdicts that changed: what fails now first, worst first, then in flow order.
    pub verdicts: Vec<VerdictDiff>,
    /// Everything else: the run itself first, then in flow order.
    pub changes: Vec<Change>,
}

/// A verdict that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictDiff {
    /// The words. `is` is missing for a check that no longer exists, `was` for a new one.
    #[serde(flatten)]
    pub change: VerdictChange,
    /// Its step.
    pub step: Step,
    /// Who is responsible.
    pub party: Party,
    /// How binding it is.
    pub level: Level,
    /// What is wrong, or what the check demands; why it was not decided.
    pub message: PeerText,
}

impl VerdictDiff {
    /// Whether the check fails, and did not.
    pub fn fails_now(&self) -> bool {
        self.change.is == Some(VerdictKind::Fail)
    }

    /// Whether the check was decided before and is not any more.
    pub fn stopped(&self) -> bool {
        is_decided(self.change.was) && !is_decided(self.change.is)
    }
}

const fn is_decided(word: Option<VerdictKind>) -> bool {
    matches!(word, Some(VerdictKind::Pass | VerdictKind::Fail))
}

/// What was said or heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its step.
    pub step: Step,
    /// The request in few words: a probe by its name.
    pub request: String,
}

/// A value that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What holds it; nothing for the run itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// Where: a JSON pointer, a header field, a word. Nothing for a message as a whole.
    pub at: String,
    /// What it was; nothing if it is new.
    pub was: Option<String>,
    /// What it is; nothing if it is gone.
    pub is: Option<String>,
    /// What else the same changed in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Message>,
}

impl Diff {
    /// What changed from `before` to `after`.
    pub fn new<'t>(before: &'t Transcript, after: &'t Transcript) -> Self {
        let own = (RunLocal::of(before), RunLocal::of(after));
        let mut comparison = Comparison { own, changes: Vec::new(), alike: HashMap::new() };
        comparison.runs(before, after);
        let (was, is) = (keyed(before), keyed(after));
        let by_key = |all: &[(String, &'t ExchangeEntry)]| all.iter().cloned().collect::<BTreeMap<_, _>>();
        let (known_before, known_after) = (by_key(&was), by_key(&is));
        for (key, exchange) in &was {
            let message = message(exchange);
            match known_after.get(key) {
                Some(other) => comparison.exchange(&message, exchange, other),
                None => comparison.compare(Some(&message), "", Some(&exchange.line()), None),
            }
        }
        for (_, exchange) in is.iter().filter(|(key, _)| !known_before.contains_key(key)) {
            comparison.compare(Some(&message(exchange)), "", None, Some(&exchange.line()));
        }
        comparison.login(before, after);
        Self { verdicts: verdicts(before, after), changes: comparison.changes }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.changes.is_empty()
    }
}

fn verdicts(before: &Transcript, after: &Transcript) -> Vec<VerdictDiff> {
    let entry = |of: &'_ Transcript, check: &str| -> Option<VerdictEntry> {
        of.verdicts.iter().find(|entry| entry.check == check).cloned()
    };
    let mut verdicts: Vec<_> = changes(&before.verdicts, &after.verdicts)
        .into_iter()
        .filter_map(|change| {
            let VerdictEntry { step, party, level, message, because, .. } =
                entry(after, &change.check).or_else(|| entry(before, &change.check))?;
            Some(VerdictDiff { change, step, party, level, message: because.unwrap_or(message) })
        })
        .collect();
    verdicts.sort_by_key(|verdict| {
        (!verdict.fails_now(), std::cmp::Reverse(verdict.fails_now().then_some(verdict.level)), verdict.step)
    });
    verdicts
}

/// Two runs that are being compared.
struct Comparison {
    own: (RunLocal, RunLocal),
    changes: Vec<Change>,
    /// The changes in messages, by where they are and what became what.
    alike: HashMap<(String, Option<String>, Option<String>), usize>,
}

impl Comparison {
    fn compare(&mut self, message: Option<&Message>, at: &str, was: Option<&str>, is: Option<&str>) {
        if was.map(|was| self.own.0.normalize(was)) != is.map(|is| self.own.1.normalize(is)) {
            self.push(message, at, was, is);
        }
    }

    /// Takes note of a change. What changed alike in another message is one change.
    fn push(&mut self, message: Option<&Message>, at: &str, was: Option<&str>, is: Option<&str>) {
        if let Some(message) = message.filter(|_| !at.is_empty()) {
            let was = was.map(|text| self.own.0.normalize(text));
            let is = is.map(|text| self.own.1.normalize(text));
            let first = *self.alike.entry((at.to_owned(), was, is)).or_insert(self.changes.len());
            if let Some(known) = self.changes.get_mut(first) {
                known.also.push(message.clone());
                return;
            }
        }
        self.changes.push(Change {
            message: message.cloned(),
            at: at.to_owned(),
            was: was.map(str::to_owned),
            is: is.map(str::to_owned),
            also: Vec::new(),
        });
    }

    /// How the runs ended, what causes were found, and what was asked for.
    fn runs(&mut self, before: &Transcript, after: &Transcript) {
        let outcome = |transcript: &Transcript| transcript.summary.sentence();
        self.compare(None, "outcome", Some(&outcome(before)), Some(&outcome(after)));
        for (was, is) in before.steps.iter().zip(&after.steps) {
            let at = format!("stopped in {}", is.step.title());
            self.compare(None, &at, was.because.as_deref(), is.because.as_deref());
        }
        let causes = |transcript: &Transcript| -> BTreeMap<String, String> {
            let causes = transcript.diagnoses.iter();
            causes
                .map(|entry| (entry.id.as_str().to_owned(), format!("{}: {}", entry.blamed(), entry.cause)))
                .collect()
        };
        let (was, is) = (causes(before), causes(after));
        for id in was.keys().chain(is.keys().filter(|id| !was.contains_key(*id))) {
            let (was, is) = (was.get(id), is.get(id));
            if was.is_none() || is.is_none() {
                let at = format!("diagnosis {id}");
                self.compare(None, &at, was.map(String::as_str), is.map(String::as_str));
            }
        }
        // Each run names its own target everywhere else.
        let (was, is) = (without_ports(bare(&before.target)), without_ports(bare(&after.target)));
        if was != is {
            self.push(None, "target", Some(bare(&before.target)), Some(bare(&after.target)));
        }
        self.compare(
            None,
            "protocol_version",
            Some(before.protocol_version.date()),
            Some(after.protocol_version.date()),
        );
        self.compare(None, "registration", Some(&before.registration), Some(&after.registration));
        self.rounds(&before.rounds, &after.rounds);
        let options = |transcript: &Transcript| serde_json::to_value(&transcript.options).unwrap_or_default();
        self.members(None, "/options", Some(&options(before)), Some(&options(after)));
    }

    /// At which authorization server each authorization was, and who named it.
    fn rounds(&mut self, before: &[RoundEntry], after: &[RoundEntry]) {
        let server = |entry: &RoundEntry| {
            let listed = if entry.listed { "" } else { ", which the resource does not list" };
            format!("at {}, {}{listed}", entry.issuer, entry.source.words())
        };
        for index in 0..before.len().max(after.len()) {
            let (was, is) = (before.get(index).map(server), after.get(index).map(server));
            self.compare(None, &format!("authorization {}", index + 1), was.as_deref(), is.as_deref());
        }
    }

    /// What the user was asked to consent to, and what came back.
    fn login(&mut self, before: &Transcript, after: &Transcript) {
        let asked = |transcript: &Transcript| -> Vec<Vec<(String, String)>> {
            let queries = transcript.authorizations.iter().map(|entry| entry.url.split_once('?'));
            let pairs = |query: &str| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            queries.map(|query| query.map_or_else(Vec::new, |(_, query)| pairs(query))).collect()
        };
        let answered = |transcript: &Transcript| -> Vec<Vec<(String, String)>> {
            let owned =
                |(name, value): &(PeerText, PeerText)| (name.as_str().to_owned(), value.as_str().to_owned());
            transcript.callbacks.iter().map(|entry| entry.query.iter().map(owned).collect()).collect()
        };
        for (request, was, is) in [
            ("authorization request", asked(before), asked(after)),
            ("callback", answered(before), answered(after)),
        ] {
            let message = Message { step: Step::Authorization, request: request.to_owned() };
            for (was, is) in was.iter().zip(&is) {
                let (was, is) = (fields(was), fields(is));
                self.fields(&message, "parameter", &was, &is);
            }
            if was.len() != is.len() {
                let times = |of: &[_]| format!("{} times", of.len());
                self.compare(Some(&message), "sent", Some(&times(&was)), Some(&times(&is)));
            }
        }
    }

    fn fields(
        &mut self,
        message: &Message,
        kind: &str,
        was: &BTreeMap<String, String>,
        is: &BTreeMap<String, String>,
    ) {
        for name in was.keys().chain(is.keys().filter(|name| !was.contains_key(*name))) {
            let (was, is) = (was.get(name), is.get(name));
            let at = format!("{kind} {name}");
            self.compare(Some(message), &at, was.map(String::as_str), is.map(String::as_str));
        }
    }

    fn exchange(&mut self, message: &Message, was: &ExchangeEntry, is: &ExchangeEntry) {
        self.compare(Some(message), "url", Some(bare(&was.request.url)), Some(bare(&is.request.url)));
        self.compare(Some(message), "status", Some(&was.ended()), Some(&is.ended()));
        let (Some(before), Some(after)) = (&was.response, &is.response) else { return };
        let (first, second) = (fields(&before.headers), fields(&after.headers));
        self.fields(message, "header", &first, &second);
        match (serde_json::from_str(&before.body), serde_json::from_str(&after.body)) {
            (Ok(was), Ok(is)) => self.members(Some(message), "", Some(&was), Some(&is)),
            // Pages hold what is new each time; only documents are compared.
            (Ok(_), Err(_)) => self.compare(Some(message), "body", Some("JSON"), Some("no JSON")),
            (Err(_), Ok::<Value, _>(_)) => self.compare(Some(message), "body", Some("no JSON"), Some("JSON")),
            (Err(_), Err(_)) => {}
        }
        let (before, after) = (was.timing_ms.total, is.timing_ms.total);
        if is_slower(before, after) {
            let (was, is) = (format!("{before:.0} ms"), format!("{after:.0} ms"));
            self.push(Some(message), "time", Some(&was), Some(&is));
        }
    }

    /// Compares two values member by member; arrays of plain values as sets, since their order means nothing.
    fn members(&mut self, message: Option<&Message>, at: &str, was: Option<&Value>, is: Option<&Value>) {
        match (was, is) {
            (Some(Value::Object(first)), Some(Value::Object(second))) => {
                for name in first.keys().chain(second.keys().filter(|name| !first.contains_key(*name))) {
                    if !is_volatile(name) {
                        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                        self.members(message, &at, first.get(name), second.get(name));
                    }
                }
            }
            (Some(Value::Array(first)), Some(Value::Array(second))) => {
                let sorted = |own: &RunLocal, values: &[Value]| {
                    let mut texts: Vec<_> =
                        values.iter().map(|value| own.normalize(&value.to_string())).collect();
                    texts.sort();
                    texts
                };
                let nested = first.iter().chain(second).any(|value| value.is_object() || value.is_array());
                if nested && first.len() == second.len() {
                    for (index, (was, is)) in first.iter().zip(second).enumerate() {
                        self.members(message, &format!("{at}/{index}"), Some(was), Some(is));
                    }
                } else if sorted(&self.own.0, first) != sorted(&self.own.1, second) {
                    let text = |values: &[Value]| Value::from(values.to_vec()).to_string();
                    self.push(message, at, Some(&text(first)), Some(&text(second)));
                }
            }
            (was, is) => {
                let text = |value: &Value| value.to_string();
                self.compare(message, at, was.map(text).as_deref(), is.map(text).as_deref());
            }
        }
    }
}

fn message(exchange: &ExchangeEntry) -> Message {
    let request = match exchange.probe {
        Some(probe) => format!("probe {}", probe.id()),
        None => format!("{} {}", exchange.request.method, bare(&exchange.request.url)),
    };
    let request = match exchange.round {
        1 => request,
        round => format!("{request} (authorization {round})"),
    };
    Message { step: exchange.step, request }
}

/// Exchanges by round, step and purpose, repeats counted, in order.
fn keyed(transcript: &Transcript) -> Vec<(String, &ExchangeEntry)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let key = |exchange: &ExchangeEntry| {
        let key = format!("{} {} {:?}", exchange.round, exchange.step, exchange.purpose);
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        format!("{key} {count}")
    };
    transcript.exchanges.iter().map(key).zip(&transcript.exchanges).collect()
}
