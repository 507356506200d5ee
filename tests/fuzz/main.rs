//! Every parser of bytes from outside, fed with mutations of what it is made for: no panic, no hang, no growth.
//!
//! `cargo test --test fuzz` runs a few thousand inputs a target. `GATEWALK_FUZZ_SECONDS=60 cargo test --release --test
//! fuzz` spends that time on each, `GATEWALK_FUZZ_CASES=1000000` that many inputs. A failure prints the input and the
//! seed that repeats it (`PROPTEST_RNG_SEED`).
//!
//! To add a target: its seeds and the words its grammar is made of, a test that calls [`fuzz`].

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a fuzzer: it reads its budget, says what it spent, and may fail loudly"
)]

mod mutation;
#[path = "../record/sample.rs"]
mod sample;

use std::cell::Cell;
use std::time::{Duration, Instant};

use gatewalk::check::CATALOGUE;
use gatewalk::document::access_token::{AccessToken, audiences};
use gatewalk::document::identifier::{Identifier, client_id_url_defect, relation};
use gatewalk::document::{Object, challenge, event_stream, mcp};
use gatewalk::exchange::{Headers, Purpose, Request, Response};
use gatewalk::run::LoginPage;
use gatewalk::scenario::{self, KnownIds, Scenario};
use gatewalk::specification::{
    Party, ProtocolVersion, ResourceMetadataLocation, ServerMetadataLocation, Step,
};
use gatewalk::transcript::Transcript;
use gatewalk::transcript::redact::Redactor;
use gatewalk::transcript::replay::Replay;
use gatewalk::transcript::sanitize::{escape_workflow_commands, sanitize};
use mutation::mutations;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// Inputs a target gets when nobody asks for more.
const CASES: u32 = 2_000;

/// Feeds a target until its budget is spent.
fn fuzz(seeds: &'static [&'static [u8]], words: &'static [&'static str], target: impl Fn(&[u8])) {
    let number = |name| std::env::var(name).ok().and_then(|value: String| value.parse::<u32>().ok());
    let (cases, seconds) = (number("GATEWALK_FUZZ_CASES"), number("GATEWALK_FUZZ_SECONDS"));
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds.into()));
    let run = Cell::new(0_u64);
    loop {
        let cases = cases.unwrap_or(CASES);
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&mutations(seeds, words), |input| {
            run.set(run.get() + 1);
            target(&input);
            Ok::<(), TestCaseError>(())
        });
        if let Err(failure) = outcome {
            panic!("after {} inputs: {failure}", run.get());
        }
        if until.is_none_or(|until| Instant::now() >= until) {
            break;
        }
    }
    println!("{} inputs", run.get());
}

/// The input as text, as the transport makes it from bytes.
fn text(input: &[u8]) -> String {
    gatewalk::exchange::text(input).into_owned()
}

#[test]
fn challenges() {
    let seeds: &[&[u8]] = &[
        br#"Bearer realm="x", error="invalid_token", resource_metadata="https://gw.example/.well-known/oauth-protected-resource/mcp""#,
        br#"Negotiate, DPoP algs="ES256", Bearer scope='a b' error=invalid_token"#,
        br#"Basic dG9rZW4=, bearer scope="a\"b""#,
    ];
    fuzz(seeds, &["Bearer ", "DPoP ", "=", "\"", "\\", ",", "'", " ", "\t", "é"], |input| {
        let text = text(input);
        let challenges = challenge::parse(&text);
        let held: usize =
            challenges.iter().flat_map(|c| &c.parameters).map(|(name, value)| name.len() + value.len()).sum();
        assert!(held <= text.len() + 4, "more was read than was sent");
    });
}

#[test]
fn identifiers() {
    let seeds: &[&[u8]] = &[
        b"https://gw.example:443/mcp?x=1#f",
        b"http://[::1]:8080/a/../b//c",
        b"https://user:pw@b\xc3\xbccher.example/%2e%2e/",
    ];
    fuzz(
        seeds,
        &["http://", "https:", "//", "[", "]", "@", ":", "\\", "%", "?", "#", "ü", "..", "\u{202e}"],
        |input| {
            let raw = text(input);
            let _ = client_id_url_defect(&raw);
            let _ = relation(&raw, "https://gw.example/mcp");
            let Some(identifier) = Identifier::parse(&raw) else { return };
            assert!(raw.starts_with(identifier.origin), "{raw:?}");
            let _ = (identifier.is_loopback(), identifier.is_https());
            for location in [
                ResourceMetadataLocation::Challenge,
                ResourceMetadataLocation::PathInserted,
                ResourceMetadataLocation::Root,
            ] {
                let _ = identifier.resource_metadata(location);
            }
            for location in [
                ServerMetadataLocation::OAuthInserted,
                ServerMetadataLocation::OpenIdInserted,
                ServerMetadataLocation::OpenIdAppended,
            ] {
                let _ = identifier.server_metadata(location);
            }
        },
    );
}

#[test]
fn json_objects() {
    const SEEDS: &[&[u8]] = &[
        br#"{"issuer":"https://as.example","scopes_supported":["a"],"issuer":"again"}"#,
        b"\xef\xbb\xbf{\"a\":{\"b\":[1,2.5e3,null,true,\"\\ud83d\\ude00\"]}}",
    ];
    fuzz(SEEDS, &["{", "}", "[", "]", "\"", ":", ",", "\\u", "1e", "null", "[[[["], |input| {
        let _ = Object::parse(input);
    });
}

#[test]
fn redacted_bodies() {
    let scenario = Scenario::new("https://gw.example/mcp", ProtocolVersion::DEFAULT);
    let redactor = Redactor::new([7; 32], &scenario);
    let seeds: &[&[u8]] = &[
        br#"{"access_token":"s3cret-of-this-run","token_type":"Bearer","refresh_token":"another-s3cret"}"#,
        b"event: message\r\ndata: {\"access_token\":\"s3cret-of-this-run\"}\r\n\r\ndata: {}\r\n\r\n",
        b"access_token=s3cret-of-this-run&token_type=Bearer",
    ];
    let words = &["{", "}", "\"", "\\", "data:", "\r", "\n", "\n\n", "access_token", "=", "&", "«", "»"];
    let request =
        Request::new(Step::Token, Purpose::Token, Party::AuthorizationServer, "POST", "https://as/token");
    fuzz(seeds, words, |input| {
        for media_type in ["application/json", "text/event-stream", "application/x-www-form-urlencoded"] {
            let headers: Headers = [("content-type", media_type.as_bytes())].into_iter().collect();
            let response = Response {
                status: 200,
                reason: String::new(),
                version: "HTTP/1.1".to_owned(),
                headers,
                body: input.to_vec().into(),
                cut: None,
            };
            let (body, _) = redactor.response_body(&request, &response);
            assert!(body.len() <= 8 * input.len() + 256, "{} bytes became {}", input.len(), body.len());
        }
    });
}

#[test]
fn event_streams() {
    let seeds: &[&[u8]] = &[
        b": ping\n\nid: 1\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n",
        b"data:\r\n\r\ndata: a\r\ndata: b\r\n\r\n",
        b"data: x\rdata: y\r\r",
    ];
    fuzz(seeds, &["data:", "\r", "\n", "\r\n", ":", " ", "id:", "\u{feff}"], |input| {
        let text = text(input);
        let held: usize =
            event_stream::events(&text).filter_map(|event| event.data()).map(|data| data.len()).sum();
        assert!(held <= text.len());
        assert!(event_stream::whole_events(input) <= input.len());
        let _ = mcp::holds_response(input);
    });
}

#[test]
fn login_pages() {
    let seeds: &[&[u8]] = &[
        b"<form method=post action=/login><input name=username><input type=password name=password><button name=action value=accept>Go</button></form>",
        b"<form><fieldset disabled><select name=a><option value=1 selected></select></fieldset><textarea name=t></textarea></form><meta http-equiv=refresh content='0;url=/x'>",
    ];
    let words =
        &["<form>", "</form>", "<input ", "name=", "<fieldset>", "<b>", "<", ">", "&amp;", "'", "\"", "<!--"];
    fuzz(seeds, words, |input| {
        let _ = LoginPage::read(&text(input));
    });
}

#[test]
fn tokens() {
    let seeds: &[&[u8]] = &[
        b"eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2FzIiwiYXVkIjpbImEiLCJiIl19.c2ln",
        b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.a.b.c.d",
    ];
    fuzz(seeds, &[".", "eyJ", "=", "_", "-", "é", "fQ"], |input| {
        if let AccessToken::Jwt { claims, .. } = AccessToken::parse(&text(input)) {
            let _ = audiences(&claims);
        }
    });
}

#[test]
fn scenario_files() {
    let seeds: &[&[u8]] = &[
        include_bytes!("../../scenarios/zuplo-auth0.toml"),
        include_bytes!("../../scenarios/sandbox/issuer-slash-missing.toml"),
    ];
    let checks: Vec<_> = CATALOGUE.iter().map(|check| check.id).collect();
    let words = &["=", "[", "]", "\"", "${", "}", "#", "\n", "schema = 1", "\u{202e}", "'''", "{"];
    fuzz(seeds, words, |input| {
        let ids = KnownIds {
            variable: &|_| None,
            faults: &[],
            variations: &[],
            presets: &[],
            checks: &checks,
            diagnoses: &[],
            clients: &|word| Ok(word.to_owned()),
        };
        if let Err(problems) = scenario::file::scenario("fuzz.toml", &text(input), ids) {
            let _ = problems.to_string();
        }
    });
}

#[test]
fn transcripts() {
    let seed: &'static [u8] = serde_json::to_vec(&sample::transcript()).unwrap().leak();
    let seeds: &'static [&'static [u8]] = Vec::leak(vec![seed]);
    let words =
        &["{", "}", "[", "]", "\"", ":", ",", "null", "«access_token 3f2a 99999999 B»", "2025-11-25", "fail"];
    fuzz(seeds, words, |input| {
        let Ok(transcript) = serde_json::from_slice::<Transcript>(input) else { return };
        if let Ok(replay) = Replay::new(transcript) {
            let _ = replay.judged_again();
        }
    });
}

#[test]
fn texts_on_their_way_to_a_terminal() {
    const SEEDS: &[&[u8]] =
        &[b"\x1b]0;owned\x07\x1b[31mred\x1b[2J", "##[command]::error::a\u{202e}b\u{9b}1A".as_bytes()];
    fuzz(SEEDS, &["\u{1b}", "\u{9b}", "##[", "::", "##vso[", "\u{300}", "\u{200b}", "\r", "\n"], |input| {
        let text = text(input);
        for safe in [sanitize(&text), escape_workflow_commands(&text)] {
            assert!(!safe.chars().any(char::is_control), "{safe:?}");
        }
        assert!(!escape_workflow_commands(&text).contains("##["));
    });
}
