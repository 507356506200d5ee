//! No check passes on what was not there: with each exchange of an honest walk taken out, answered with something else, or
//! never reached, those that need it do not pass any more.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gatewalk::check::{self, Check, Evidence, Verdict};
use gatewalk::exchange::{Exchange, FailureKind, Headers, History, Response, TransportFailure};
use gatewalk::sandbox::{Plan, Sandbox};
use gatewalk::scenario::{ProbeMode, SessionAction};
use gatewalk::specification::ProtocolVersion;
use gatewalk::transcript::Record;

/// Answers that are no answer to what was asked.
fn answers() -> Vec<(&'static str, Result<Response, TransportFailure>)> {
    let nothing = TransportFailure { kind: FailureKind::Timeout, detail: "it took too long".to_owned() };
    vec![
        ("nothing", Err(nothing)),
        ("500", Ok(response(500, "text/html", "<html>Something went wrong.</html>"))),
        ("502", Ok(response(502, "", ""))),
        ("503", Ok(response(503, "text/plain", "try again"))),
        ("429", Ok(response(429, "application/json", "{\"message\":\"Too many requests\"}"))),
        ("404", Ok(response(404, "text/html", "<html>not here</html>"))),
        ("a page", Ok(response(200, "text/html", "<html><div id=root></div></html>"))),
        ("{}", Ok(response(200, "application/json", "{}"))),
        ("204", Ok(response(204, "", ""))),
    ]
}

/// Where checks pass all the same, and why that is right: the checks, all with that beginning, what is answered, with what
/// (`*` is anything).
#[rustfmt::skip]
const ARGUED: &[(&str, &str, &[&str], &str)] = &[
    ("as-absent-404", "ServerMetadata", &["*"], "other places without a document were asked"),
    ("prm-absent-404", "ResourceMetadata", &["*"], "other places without a document were asked"),
    ("prm-absent-404", "Probe(ResourceMetadataAtRoot)", &["404"], "that is what is asked for"),
    ("prm-per-path", "Probe", &["404", "a page", "{}", "204"], "none of them is resource metadata"),
    ("rs-401-any-challenge", "Challenge", &["*"], "the other responses with 401 are looked at"),
    ("mcp-auth-implemented", "Challenge", &["*"], "the resource metadata shows it"),
    ("rs-auth-every-method", "Probe(GetWithoutToken)", &["404", "a page", "{}", "204"], "only a stream of events would be the MCP server's"),
    ("rs-auth-every-method", "Probe(DeleteWithoutToken)", &["404"], "nothing is served"),
    ("rs-identity-headers-ignored", "Probe", &["404"], "nothing is served"),
    ("rs-path-variants", "Probe", &["404"], "there is no such path"),
    // A login may be an empty page with a script; until somebody has logged in it says no more.
    ("a", "Probe(AuthorizeAgain)", &["a page"], "it is a login"),
    ("as-resource-uppercase", "Probe(AuthorizeResourceCase)", &["a page"], "it is a login"),
    ("authz-loopback-port", "Probe(AuthorizeRedirectPort)", &["a page"], "it is a login"),
    ("authz-scope-omitted", "Probe(AuthorizeScopeMissing)", &["a page"], "it is a login"),
    ("authz-unknown-params", "Probe(AuthorizeUnknownParameter)", &["a page"], "it is a login"),
    ("authz-no-redirect-on-bad-uri", "Probe", &["404"], "nobody is redirected"),
    ("authz-redirect-exact", "Probe", &["404"], "nobody is redirected"),
    ("authz-unknown-client", "Probe", &["404"], "nobody is redirected"),
    ("authz-error-state", "Probe(AuthorizeUnknownScope)", &["*"], "errors to other bad requests are looked at"),
    ("authz-iss-errors", "Probe(AuthorizeUnknownScope)", &["*"], "errors to other bad requests are looked at"),
    ("authz-no-cors", "Probe", &["404", "a page", "{}", "204"], "no script can read it"),
    ("dcr-deleted-204", "CleanUp", &["204"], "that is what is asked for"),
    ("revocation-200", "Revocation", &["a page", "{}"], "the body means nothing"),
    ("mcp-session-ended-404", "Probe", &["404"], "that is what is asked for"),
    ("mcp-origin-rejected", "Probe", &["404"], "before 2025-11-25 any 4xx refuses"),
    ("mcp-host-rejected", "Probe", &["404"], "there is no such host"),
    ("mcp-response-content-type", "", &["{}"], "the media type is right"),
    ("mcp-list-cache-scope", "Discover", &["*"], "it only tells how the session was opened"),
];

fn response(status: u16, media_type: &str, body: &str) -> Response {
    let headers = Headers::new();
    Response {
        status,
        reason: String::new(),
        version: "HTTP/1.1".to_owned(),
        headers: if media_type.is_empty() { headers } else { headers.with("content-type", media_type) },
        body: body.into(),
        cut: None,
    }
}

/// A walk of the honest sandbox with all that can be seen of it.
async fn walked(protocol_version: ProtocolVersion) -> Record {
    let sandbox = Sandbox::start(Plan::honest(protocol_version)).await.unwrap();
    let mut scenario = support::scenario(protocol_version, sandbox.target());
    scenario.probes.extent = ProbeMode::Full;
    scenario.then = vec![SessionAction::ListTools, SessionAction::call("echo")];
    support::walk(scenario, false).await.unwrap()
}

/// What was said and heard for one purpose.
fn purpose(exchange: &Exchange) -> String {
    format!("{:?}", exchange.request.purpose)
}

/// What is left of a walk.
#[derive(Clone)]
struct Rest {
    exchanges: Vec<Arc<Exchange>>,
    authorizations: bool,
    callbacks: bool,
}

impl Rest {
    fn all(record: &Record) -> Self {
        Self {
            exchanges: record.history.exchanges().cloned().collect(),
            authorizations: true,
            callbacks: true,
        }
    }

    /// Without all that was for a purpose.
    fn without(mut self, what: &str) -> Self {
        match what {
            "authorizations" => self.authorizations = false,
            "callbacks" => self.callbacks = false,
            what => self.exchanges.retain(|exchange| purpose(exchange) != what),
        }
        self
    }

    /// With another answer to all that was for these purposes.
    fn answered(mut self, what: &BTreeSet<String>, answer: &Result<Response, TransportFailure>) -> Self {
        for exchange in self.exchanges.iter_mut().filter(|exchange| what.contains(&purpose(exchange))) {
            *exchange = Arc::new(Exchange { outcome: answer.clone(), ..Exchange::clone(exchange) });
        }
        self
    }

    fn history(&self, record: &Record) -> History {
        let mut history = History::default();
        self.exchanges.iter().for_each(|exchange| history.push(Arc::clone(exchange)));
        if self.authorizations {
            record.history.authorizations().for_each(|request| history.push_authorization(request.clone()));
        }
        if self.callbacks {
            record.history.callbacks().for_each(|callback| history.push_callback(Arc::clone(callback)));
        }
        history
    }

    /// The checks that pass.
    fn passing(&self, record: &Record) -> BTreeSet<&'static str> {
        let history = self.history(record);
        let judged = check::judge(&Evidence::new(&record.scenario, &history));
        let passed = judged.into_iter().filter(|judged| judged.verdict == Verdict::Pass);
        passed.map(|judged| judged.check.id).collect()
    }
}

fn passes(check: &Check, record: &Record, history: &History) -> bool {
    matches!((check.judge)(&Evidence::new(&record.scenario, history)), Ok(()) | Err(Verdict::Pass))
}

/// What passes and should not, each with the circumstances.
#[derive(Default)]
struct Unearned(BTreeMap<String, BTreeSet<String>>);

impl Unearned {
    fn note(&mut self, check: &str, when: String) {
        self.0.entry(check.to_owned()).or_default().insert(when);
    }
}

/// What each check that passes cannot do without.
fn needs(record: &Record) -> BTreeMap<&'static str, BTreeSet<String>> {
    let passed = Rest::all(record).passing(record);
    let mut needs: BTreeMap<_, BTreeSet<_>> = passed.iter().map(|id| (*id, BTreeSet::new())).collect();
    let sent = record.history.exchanges().map(|exchange| purpose(exchange));
    let kinds: BTreeSet<_> = sent.chain(["authorizations", "callbacks"].map(str::to_owned)).collect();
    for kind in kinds {
        let without = Rest::all(record).without(&kind).passing(record);
        for id in passed.difference(&without) {
            needs.get_mut(id).unwrap().insert(kind.clone());
        }
    }
    needs
}

fn is_argued(check: &str, what: &str, answer: &str) -> bool {
    ARGUED.iter().any(|(checks, purpose, answers, _)| {
        check.starts_with(checks)
            && what.starts_with(purpose)
            && (answers.contains(&"*") || answers.contains(&answer))
    })
}

fn look_at(record: &Record, unearned: &mut Unearned) {
    let empty = Rest { exchanges: Vec::new(), authorizations: false, callbacks: false };
    for id in empty.passing(record) {
        unearned.note(id, "nothing was sent".to_owned());
    }
    let needs = needs(record);
    for (id, needed) in &needs {
        let check = check::find(id).unwrap();
        for (name, answer) in answers() {
            for what in needed.iter().filter(|what| !is_argued(id, what, name)) {
                let spoilt = Rest::all(record).answered(&BTreeSet::from([what.clone()]), &answer);
                let only = ["authorizations", "callbacks"].contains(&what.as_str());
                if !only && passes(check, record, &spoilt.history(record)) {
                    unearned.note(id, format!("{what}: {name}"));
                }
            }
        }
    }
    // A walk that stops early: whoever needs what comes later cannot pass yet.
    let walked = record.history.exchanges().filter(|exchange| !purpose(exchange).starts_with("Probe"));
    for length in 0..walked.count() {
        let mut rest = Rest::all(record);
        rest.exchanges.truncate(length);
        let reached: BTreeSet<_> = rest.exchanges.iter().map(|exchange| purpose(exchange)).collect();
        for id in rest.passing(record) {
            let missing = needs.get(id).into_iter().flatten().find(|what| {
                !["authorizations", "callbacks"].contains(&what.as_str()) && !reached.contains(*what)
            });
            if let Some(what) = missing {
                unearned.note(id, format!("before {what}"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_needs_what_it_is_about() {
    let mut unearned = Unearned::default();
    for protocol_version in ProtocolVersion::ALL {
        look_at(&walked(protocol_version).await, &mut unearned);
    }
    let told: Vec<_> = unearned.0.iter().map(|(id, when)| format!("{id}: {when:?}")).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
