//! Files read well and badly, and what options say over them.

mod partial;

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::file;
use super::known_ids::KnownIds;
use super::{
    Credential, Defaults, Dpop, Driver, DriverKind, Expected, FailOn, Grant, Location, Network, Page,
    PartialScenario, Pattern, ProbeMode, Probes, Registration, Resolution, Scenario, Script, SecretSource,
    SessionAction,
};
use crate::exchange::{ProbeId, Secret};
use crate::specification::{Party, ProtocolVersion, Step};

fn variable(name: &str) -> Option<String> {
    match name {
        "TEST_PASSWORD" => Some("wonder\"land".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

const VOCABULARY: KnownIds<'_> = KnownIds {
    variable: &variable,
    faults: &["issuer-mismatch", "token-cacheable"],
    variations: &["gzip", "event-stream"],
    presets: &["zuplo-auth0"],
    checks: &["token-no-store", "jwt-typ", "as-issuer-matches"],
    diagnoses: &[("issuer-slash", &["as-issuer-matches", "jwt-typ"])],
    clients: &|word| {
        if word == "vscode" { Ok(word.to_owned()) } else { Err(format!("no client {word}")) }
    },
};

fn read(text: &str) -> Result<PartialScenario, String> {
    file::scenario("gateway.toml", text, VOCABULARY)
        .map_err(|problems| anstream::adapter::strip_str(&problems.to_string()).to_string())
}

fn defaults() -> Defaults {
    Defaults {
        target: None,
        client_metadata_url: None,
        driver: DriverKind::Redirect,
        fill: Vec::new(),
        network: Network::default(),
        probes: ProbeMode::Off,
    }
}

fn scenario(draft: PartialScenario) -> Scenario {
    draft.scenario(defaults(), &SecretSource::given).unwrap()
}

fn given(secret: &str) -> SecretSource {
    SecretSource::Value(Secret::new(secret))
}

const FULL: &str = r#"
schema = 1
title = "Zuplo gateway, Auth0 as the authorization server"
target = "https://my-gateway.zuplo.dev/mcp"
protocol_version = "2026-07-28"
until = "token"
then = ["list", "call=echo"]
past_refusals = true
fail_on = "should"
clients = ["vscode"]
require_clients = ["vscode"]
party = ["gateway"]

[probes]
run = "safe"
allow = ["token-in-query"]

[headers]
X-Api-Key = "${TEST_PASSWORD}"

[client]
registration = "preregistered"
id = "abc"
secret = "${TEST_PASSWORD}"
scope = "mcp:tools"
resource = "https://my-gateway.zuplo.dev/mcp"
parameters = { prompt = "login", audience = "x" }
grant = "authorization-code"
dpop = "always"
issuer = "https://as.example"

[consent]
driver = "form"
timeout = "2m"
redirect_host = "localhost"
redirect_port = 8765
fill = { username = "${TEST_USER:-alice}", password = "${TEST_PASSWORD}" }
[[consent.page]]
url = "*/u/mfa*"
fill = { code = "1" }
press = "Continue"

[limits]
timeout = "5s"
body = 4096

[network]
ca_certificates = ["ca.pem"]
resolve = ["my-gateway.zuplo.dev:443:127.0.0.1"]
headers_on_discovery = true

[[expect]]
check = "token-no-store"
verdict = "fail"
reason = "vendor ticket 4711"
expires = 2027-01-31
target = "https://my-gateway.zuplo.dev/mcp"
protocol_version = "2026-07-28"
"#;

#[test]
fn every_key_has_its_effect() {
    let draft = read(FULL).unwrap();
    let policy = draft.policy();
    assert_eq!(draft.network.ca_certificates, ["ca.pem"]);
    assert!(draft.past_refusals);
    assert_eq!((policy.fail_on, policy.parties), (FailOn::Should, vec![Party::Gateway]));
    assert_eq!(
        (policy.clients.shown, policy.clients.required),
        (vec!["vscode".to_owned()], vec!["vscode".to_owned()])
    );
    let [expected] = policy.expect.as_deref().unwrap() else { panic!("one entry") };
    assert_eq!((expected.check.as_str(), expected.verdict), ("token-no-store", Expected::Fail));
    assert_eq!(
        (expected.reason.as_str(), expected.expires.to_string()),
        ("vendor ticket 4711", "2027-01-31".into())
    );
    assert!(expected.concerns("https://my-gateway.zuplo.dev/mcp", ProtocolVersion::V2026_07_28));
    assert!(!expected.concerns("https://my-gateway.zuplo.dev/mcp", ProtocolVersion::DEFAULT));
    assert!(!expected.concerns("https://other.example/mcp", ProtocolVersion::V2026_07_28));

    let line = |location: &Location| FULL.lines().nth(location.line - 1).unwrap();
    let Scenario {
        title,
        location,
        target,
        protocol_version,
        client,
        consent,
        limits,
        network,
        until,
        then,
        probes,
    } = scenario(draft);
    assert_eq!((expected.location.path.as_str(), line(&expected.location)), ("gateway.toml", "[[expect]]"));
    assert_eq!(title.as_deref(), Some("Zuplo gateway, Auth0 as the authorization server"));
    assert_eq!(line(&location.unwrap()), r#"target = "https://my-gateway.zuplo.dev/mcp""#);
    let told = Resolution::read("my-gateway.zuplo.dev:443:127.0.0.1").unwrap();
    assert_eq!((network.resolve, network.headers_on_discovery), (vec![told], true));
    assert_eq!(target.url, "https://my-gateway.zuplo.dev/mcp");
    assert_eq!(target.headers, [("X-Api-Key".to_owned(), Secret::new("wonder\"land"))]);
    assert_eq!((protocol_version, until), (ProtocolVersion::V2026_07_28, Step::Token));
    let credential = Credential::Secret(Secret::new("wonder\"land"));
    assert_eq!(client.registration, Registration::Preregistered { client_id: "abc".into(), credential });
    assert_eq!((client.grant, client.dpop), (Grant::AuthorizationCode, Dpop::Always));
    assert_eq!(client.issuer.as_deref(), Some("https://as.example"));
    assert_eq!(then, [SessionAction::ListTools, SessionAction::CallTool("echo".to_owned())]);
    assert_eq!(probes, Probes { extent: ProbeMode::Safe, allow: vec![ProbeId::TokenInQuery] });
    assert_eq!(client.scope.as_deref(), Some("mcp:tools"));
    assert_eq!(client.resource.as_deref(), Some("https://my-gateway.zuplo.dev/mcp"));
    let parameters: Vec<_> = client.parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(parameters, ["prompt", "audience"], "in the order of the file");
    assert_eq!(consent.timeout, Duration::from_secs(120));
    assert_eq!((consent.redirect_host.as_str(), consent.redirect_port), ("localhost", 8765));
    let Driver::Form(Script { fill, pages }) = consent.driver else { panic!("{:?}", consent.driver) };
    let fill: Vec<_> = fill.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(fill, [("username", "alice"), ("password", "wonder\"land")]);
    let (fill, press) = (vec![("code".to_owned(), Secret::new("1"))], Some("Continue".to_owned()));
    assert_eq!(pages, [Page { url: Pattern::new("*/u/mfa*"), fill, press }]);
    assert_eq!((limits.timeout, limits.body), (Duration::from_secs(5), 4096));
}

#[test]
fn everything_that_is_wrong_is_shown_at_once() {
    let broken = r#"schema = 1
titel = "x"
target = "https://${GATEWAY}/mcp"
protocol_version = "2025-11-26"
[client]
registration = "dynamc"
[consent]
redirect_port = 99999
fill = { password = 5 }
[[expect]]
check = "token-no-store"
expires = "2027-01-31"
"#;
    assert_snapshot!(read(broken).unwrap_err(), @r#"
    error: unknown key titel
     --> gateway.toml:2:1
      |
    2 | titel = "x"
      | ^^^^^ unknown key
      |
      = help: did you mean title?

    error: the variable GATEWAY is not set
     --> gateway.toml:3:19
      |
    3 | target = "https://${GATEWAY}/mcp"
      |                   ^^^^^^^^^^
      |
      = help: set it in the environment, or write ${NAME:-default}

    error: bad value for protocol_version: there are 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28
     --> gateway.toml:4:20
      |
    4 | protocol_version = "2025-11-26"
      |                    ^^^^^^^^^^^^

    error: bad value for registration: "dynamc" is unknown; did you mean dynamic?
     --> gateway.toml:6:16
      |
    6 | registration = "dynamc"
      |                ^^^^^^^^

    error: bad value for redirect_port: expected a port
     --> gateway.toml:8:17
      |
    8 | redirect_port = 99999
      |                 ^^^^^

    error: password is an integer instead of a string
     --> gateway.toml:9:21
      |
    9 | fill = { password = 5 }
      |                     ^ expected a string

    error: reason is missing
      --> gateway.toml:10:1
       |
    10 | [[expect]]
       | ^^^^^^^^^^

    error: expires is a string instead of a date such as 2027-01-31, without quotes
      --> gateway.toml:12:11
       |
    12 | expires = "2027-01-31"
       |           ^^^^^^^^^^^^ expected a date such as 2027-01-31, without quotes
    "#);
}

#[test]
fn a_syntax_error_has_a_caret() {
    assert_snapshot!(read("schema = 1\ntarget = https://x.example/mcp\n").unwrap_err(), @r#"
    error: string values must be quoted, expected literal string
     --> gateway.toml:2:10
      |
    2 | target = https://x.example/mcp
      |          ^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn what_a_file_may_not_say_is_refused() {
    for (text, says) in [
        ("target = \"https://x.example/mcp\"", "write schema = 1"),
        ("schema = 2\ntarget = \"https://x.example/mcp\"", "schema 1 only"),
        ("schema = 1", "no target"),
        ("schema = 1\ntarget = \"x.example/mcp\"", "absolute http(s) URL"),
        ("schema = 1\ntarget = \"https://me:pw@x.example/mcp\"", "user name"),
        ("schema = 1\ntarget = \"https://x.example/mcp\"\n[sandbox]", "not both"),
        ("schema = 1\n[sandbox]\nfaults = [\"issuer-mismtch\"]", "did you mean issuer-mismatch?"),
        ("schema = 1\n[sandbox]\nfaults = \"issuer-mismatch\"", "a list of strings"),
        ("schema = 1\n[sandbox]\nvariations = [\"gzp\"]", "did you mean gzip?"),
        ("schema = 1\n[sandbox]\npreset = \"zuplo\"", "did you mean zuplo-auth0?"),
        ("schema = 1\n[sandbox]\n[headers]\nHost = \"x\"", "set by the walk"),
        ("schema = 1\n[sandbox]\n[headers]\nX = \"a\\nb\"", "control characters"),
        ("schema = 1\n[sandbox]\n[limits]\nbody = 5", "1024"),
        ("schema = 1\n[sandbox]\n[client]\nregistration = \"dynamic\"\nid = \"x\"", "leave --client-id"),
        ("schema = 1\n[sandbox]\n[client]\nmetadata_url = \"http://a.example/c\"", "not https"),
        ("schema = 1\n[sandbox]\n[consent]\ndriver = \"paste\"\nfill = { a = \"b\" }", "form"),
        ("schema = 1\n[sandbox]\nuntil = \"login\"\n", "unknown key until"),
        ("schema = 1\nuntil = \"login\"\n[sandbox]", "registration, authorization"),
        ("schema = 1\nparty = [\"client\"]\n[sandbox]", "mcp-server"),
        (
            "schema = 1\n[sandbox]\n[[expect]]\ncheck = \"jwt-typ\"\nreason = \" \"\nexpires = 2027-01-31",
            "reason is empty",
        ),
        ("schema = 1\n[sandbox]\n[[expect]]\ncheck = \"jwt-typ\"\nreason = \"b\"", "expires is missing"),
        (
            "schema = 1\n[sandbox]\n[[expect]]\ncheck = \"jwt-typ\"\nreason = \"b\"\nexpires = 2027-01-31\nverdict = \"pass\"",
            "there are fail",
        ),
        ("schema = 1\n[sandbox]\n[headers]\nX = \"env:NOPE\"", "write ${NOPE}"),
        ("schema = 1\n[sandbox]\n[consent]\nfill = { password = \"env:PW\" }", "write ${PW}"),
        (
            "schema = 1\n[sandbox]\n[[consent.page]]\nurl = \"*\"\nfill = { otp = \"env:OTP\" }",
            "write ${OTP}",
        ),
        ("schema = 1\n[sandbox]\n[client]\nsecret = \"env:S\"", "write ${S}"),
        ("schema = 1\n[sandbox]\n[client]\nkey = \"env:K\"", "write ${K}"),
        ("schema = 1\n[sandbox]\n[client]\nassertion = \"env:A\"", "write ${A}"),
        (
            "schema = 1\n[sandbox]\n[client.identity_provider]\nid_token = \"env:I\"\nclient_secret = \"env:C\"",
            "write ${C}",
        ),
        ("schema = 1\n[sandbox]\n[consent]\nfill = { password = \"${EMPTY}\" }", "${EMPTY} is empty"),
        ("schema = 1\n[sandbox]\nexpct = 1", "did you mean expect? Write it as [[expect]]"),
        ("schema = 1\n[sandbox]\nzzz = 1", "there are faults, variations, preset, tls"),
        ("schema = 1\nexpct = 1\n[sandbox]", "did you mean expect?"),
        ("schema = 1\ntimeout = \"1s\"\n[sandbox]", "write it in [consent] or in [limits]"),
        (
            "schema = 1\ntimout = \"1s\"\n[sandbox]",
            "did you mean timeout? Write it in [consent] or in [limits]",
        ),
        ("schema = 1\nfill = { a = \"b\" }\n[sandbox]", "write it in [consent] or in [[consent.page]]"),
        ("schema = 1\n[sandbox]\nprotocol_version = \"2025-11-25\"", "write it above the first table"),
        (
            "schema = 1\n[sandbox]\n[[expect]]\ncheck = \"token-no-stroe\"\nreason = \"b\"\nexpires = 2027-01-31",
            "did you mean token-no-store?",
        ),
        (
            "schema = 1\n[sandbox]\n[[expect]]\ncheck = \"issuer-slash\"\nreason = \"b\"\nexpires = 2027-01-31",
            "expect the checks it explains: as-issuer-matches, jwt-typ",
        ),
    ] {
        let said = read(text).unwrap_err();
        assert!(said.contains(says), "{text}\nshould say {says:?}:\n{said}");
        assert!(said.contains("--> gateway.toml:"), "{said}");
    }
}

#[test]
fn a_value_that_only_begins_like_a_reference_of_an_option_is_taken_as_it_is() {
    let draft =
        read("schema = 1\n[sandbox]\n[headers]\nX = \"env:\"\nY = \"env:a b\"\nZ = \"${EMPTY:-}\"").unwrap();
    let values: Vec<_> = draft.headers.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["env:", "env:a b", ""].map(given));
}

/// A file as a validator of JSON Schema sees it.
fn json(text: &str) -> Value {
    fn table(table: &DeTable<'_>) -> Value {
        table.iter().map(|(key, inner)| (key.get_ref().to_string(), value(inner.get_ref()))).collect()
    }
    fn value(toml: &DeValue<'_>) -> Value {
        match toml {
            DeValue::String(text) => text.as_ref().into(),
            DeValue::Integer(number) => number.as_str().parse::<i64>().unwrap().into(),
            DeValue::Boolean(is) => (*is).into(),
            DeValue::Datetime(date) => date.to_string().into(),
            DeValue::Array(array) => array.iter().map(|inner| value(inner.get_ref())).collect(),
            DeValue::Table(inner) => table(inner),
            DeValue::Float(_) => unreachable!("no key holds one"),
        }
    }
    table(DeTable::parse(text).unwrap().get_ref())
}

#[test]
fn the_schema_says_what_the_reader_says() {
    let schema = jsonschema::validator_for(&file::json_schema()).unwrap();
    assert!(read(FULL).is_ok() && schema.is_valid(&json(FULL)), "{:?}", schema.validate(&json(FULL)));
    for wrong in [
        "target = \"https://x.example/mcp\"",
        "schema = 1\ntitel = \"x\"\n[sandbox]",
        "schema = \"1\"\n[sandbox]",
        "schema = 1\n[sandbox]\nfaults = \"issuer-mismatch\"",
        "schema = 1\n[sandbox]\n[client]\nregistration = \"dynamc\"",
        "schema = 1\n[sandbox]\n[client.identity_provider]\nclient_id = \"i\"",
        "schema = 1\n[sandbox]\n[consent]\nfill = { password = 5 }",
        "schema = 1\n[sandbox]\n[[consent.page]]\npress = \"x\"",
        "schema = 1\n[sandbox]\n[[expect]]\ncheck = \"jwt-typ\"\nreason = \"b\"",
    ] {
        assert!(read(wrong).is_err() && !schema.is_valid(&json(wrong)), "{wrong}");
    }
    let variable = "schema = 1\n[sandbox]\n[consent]\ndriver = \"${DRIVER:-form}\"";
    assert!(read(variable).is_ok() && schema.is_valid(&json(variable)));
}

/// The schemas of a schema's tables, its own too.
fn tables(schema: &Value) -> Vec<&Value> {
    let here = schema.get("additionalProperties").is_some_and(Value::is_boolean).then_some(schema);
    let properties = schema.get("properties").and_then(Value::as_object);
    let below = properties.into_iter().flat_map(|all| all.values()).chain(schema.get("items"));
    here.into_iter().chain(below.flat_map(tables)).collect()
}

#[test]
fn every_table_is_asked_for_its_keys() {
    let schema = file::json_schema();
    let tables = tables(&schema);
    // The file, sandbox, probes, client, identity_provider, consent, page, network, limits, expect.
    assert_eq!(tables.len(), 10, "{schema:#}");
    for table in tables {
        assert_ne!(table["properties"].as_object().unwrap().len(), 0, "{schema:#}");
    }
}

#[test]
fn a_baseline_holds_expectations_alone() {
    let one = "schema = 1\n[[expect]]\ncheck = \"jwt-typ\"\nreason = \"b\"\nexpires = 2027-01-31\n";
    assert_eq!(file::baseline("b.toml", one, VOCABULARY).unwrap().len(), 1);
    assert_eq!(file::baseline("b.toml", "schema = 1", VOCABULARY).unwrap(), []);
    let twice = format!("{one}{}", one.strip_prefix("schema = 1\n").unwrap());
    let said = file::baseline("b.toml", &twice, VOCABULARY).unwrap_err().to_string();
    assert!(said.contains("expected twice"), "{said}");
    let said = file::baseline("b.toml", "schema = 1\ntarget = \"x\"", VOCABULARY).unwrap_err().to_string();
    assert!(said.contains("unknown key target"), "{said}");
}
