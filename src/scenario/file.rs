//! Scenario files: TOML, schema 1, read strictly.
//!
//! ```toml
//! schema = 1
//! target = "https://my-gateway.zuplo.dev/mcp"
//! [consent]
//! driver = "form"
//! fill = { username = "${TEST_USER}", password = "${TEST_PASSWORD}" }
//! ```
//!
//! To add an option: its field in `scenario/partial.rs`, its key here, its line in a page of `cli/help/`.

use toml::de::DeTable;

use super::keys::Key;
use super::known_ids::KnownIds;
use super::partial::{
    DriverKind, PartialClient, PartialConsent, PartialNetwork, PartialScenario, Place, RegistrationKind,
};
use super::problem::{Problem, Problems};
use super::table::{Placed, Reader, Table, unknown};
use super::variables::Env;
use super::{
    Certificate, Dpop, Expectation, FailOn, GrantKind, IdentityProvider, Page, PartialGrant, Pattern,
    ProbeMode, Resolution, expectation, value,
};
use crate::exchange::{ProbeId, Secret, SigningKey};

/// Reads a scenario file.
pub fn scenario(path: &str, text: &str, vocabulary: KnownIds<'_>) -> Result<PartialScenario, Problems> {
    read(path, text, vocabulary.variable, keys, |reader, file| draft(reader, file, vocabulary))
}

/// What a file says.
fn draft(reader: &Reader<'_>, file: &Table<'_>, vocabulary: KnownIds<'_>) -> PartialScenario {
    let title = file.text("title").map(|title| title.value);
    let place = place(file, vocabulary);
    let (probes, allow) = file.table("probes").map(probes).unwrap_or_default();
    let draft = PartialScenario {
        title,
        location: file.location_of("target").or_else(|| file.location_of("sandbox")),
        place,
        headers: headers(file),
        protocol_version: file.parsed("protocol_version", value::protocol_version),
        until: file.parsed("until", value::step),
        then: file.all_parsed("then", value::then),
        probes,
        allow,
        past_refusals: file.boolean("past_refusals"),
        fail_on: file.word("fail_on", &FailOn::WORDS),
        parties: file.all_parsed("party", value::party),
        client: file.table("client").map(client).unwrap_or_default(),
        consent: file.table("consent").map(consent).unwrap_or_default(),
        network: file.table("network").map(network).unwrap_or_default(),
        expect: Some(expectation::read(file, vocabulary)).filter(|_| file.has("expect")),
        ..limits(file)
    };
    if let Err(contradiction) = draft.check() {
        reader.report(0..0, contradiction.to_string(), None);
    }
    draft
}

/// A file that has every table, for its reader to ask for every key.
const EVERY_TABLE: &str =
    "[sandbox]\n[probes]\n[client.identity_provider]\n[[consent.page]]\n[network]\n[limits]\n[[expect]]\n";

/// The keys of scenario files.
fn keys() -> Vec<Key> {
    let root = DeTable::parse_recoverable(EVERY_TABLE).0;
    let reader = Reader::new("", EVERY_TABLE, &|_| None, Vec::new);
    let vocabulary = KnownIds { variable: &|_| None, faults: &[], presets: &[], checks: &[], diagnoses: &[] };
    let file = Table::file(&reader, root.get_ref());
    file.number::<i64>("schema", "1");
    draft(&reader, &file, vocabulary);
    reader.into_keys()
}

/// The JSON Schema of scenario files, draft 2020-12, for editors.
pub fn json_schema() -> serde_json::Value {
    super::keys::json_schema(&keys())
}

/// Reads a baseline: a file that holds nothing but `[[expect]]` tables.
pub fn baseline(path: &str, text: &str, vocabulary: KnownIds<'_>) -> Result<Vec<Expectation>, Problems> {
    read(path, text, vocabulary.variable, Vec::new, |_, file| expectation::read(file, vocabulary))
}

fn read<T>(
    path: &str,
    text: &str,
    lookup: Env<'_>,
    known: fn() -> Vec<Key>,
    content: impl FnOnce(&Reader<'_>, &Table<'_>) -> T,
) -> Result<T, Problems> {
    let failed = |problems| Problems { path: path.to_owned(), source: text.to_owned(), problems };
    let (root, broken) = DeTable::parse_recoverable(text);
    // What follows the first is often only its consequence.
    if let Some(error) = broken.into_iter().next() {
        let is_toml = std::path::Path::new(path).extension().is_some_and(|extension| extension == "toml");
        let problem = Problem {
            span: error.span().unwrap_or(0..0),
            message: error.message().to_owned(),
            label: String::new(),
            help: (!is_toml).then(|| "scenario files are TOML".to_owned()),
        };
        return Err(failed(vec![problem]));
    }
    let reader = Reader::new(path, text, lookup, known);
    let file = Table::file(&reader, root.get_ref());
    match file.number::<i64>("schema", "1") {
        None if !file.has("schema") => file.report(0..0, "schema is missing: write schema = 1 at the top"),
        Some(1) | None => {}
        Some(_) => file.report_at("schema", "this gatewalk reads schema 1 only"),
    }
    let content = content(&reader, &file);
    file.end();
    let problems = reader.into_problems();
    if problems.is_empty() { Ok(content) } else { Err(failed(problems)) }
}

/// One of the two has to be there.
fn place(file: &Table<'_>, KnownIds { faults, presets, .. }: KnownIds<'_>) -> Option<Place> {
    let sandbox = file.table("sandbox");
    let has_target = file.has("target");
    let target = file.parsed("target", value::target);
    match (sandbox, has_target) {
        (Some(sandbox), true) => {
            sandbox.report(sandbox.span(), "a scenario has a target or a sandbox, not both");
            None
        }
        (Some(sandbox), false) => {
            let faults = sandbox.all_parsed("faults", |id| known(id, faults));
            let preset = sandbox.parsed("preset", |id| known(id, presets));
            let tls = sandbox.word("tls", &Certificate::WORDS);
            sandbox.end();
            Some(Place::Sandbox { preset, faults, tls })
        }
        (None, true) => target.map(Place::Url),
        (None, false) => {
            file.report(0..0, "there is no target: write target = \"https://…/mcp\", or [sandbox]");
            None
        }
    }
}

/// One of the words there are.
fn known(id: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&id) { Ok(id.to_owned()) } else { Err(unknown(id, words.iter().copied())) }
}

fn headers(file: &Table<'_>) -> Vec<(String, Secret)> {
    let mut fields = Vec::new();
    for (name, field) in file.secrets("headers") {
        let (Placed { value: name, span: at_name }, Placed { value: field, span }) = (name, field);
        match (value::header_name(&name), value::header_value(&name, &field)) {
            (Err(why), _) => file.report(at_name, why),
            (_, Err(why)) => file.report(span, why),
            (Ok(()), Ok(())) => fields.push((name, Secret::new(field))),
        }
    }
    fields
}

fn client(table: Table<'_>) -> PartialClient {
    let text = |key| table.text(key).map(|text| text.value);
    let draft = PartialClient {
        registration: table.word("registration", &RegistrationKind::WORDS),
        id: text("id"),
        secret: table.secret("secret"),
        metadata_url: table.parsed("metadata_url", value::client_id_url),
        grant: grant(&table),
        issuer: text("issuer"),
        keep: table.boolean("keep"),
        scope: text("scope"),
        resource: text("resource"),
        parameters: table
            .pairs("parameters")
            .into_iter()
            .map(|(name, text)| (name.value, text.value))
            .collect(),
    };
    table.end();
    draft
}

fn grant(client: &Table<'_>) -> PartialGrant {
    let pem = |text: &str| SigningKey::from_pem(Secret::new(text)).map_err(|error| error.to_string());
    PartialGrant {
        kind: client.word("grant", &GrantKind::WORDS),
        key: client.parsed_secret("key", pem),
        assertion: client.secret("assertion"),
        provider: client.table("identity_provider").and_then(identity_provider),
        dpop: client.word("dpop", &Dpop::WORDS),
    }
}

fn identity_provider(table: Table<'_>) -> Option<IdentityProvider> {
    let secret = table.secret("client_secret");
    let (endpoint, client_id) = (table.required("token_endpoint"), table.required("client_id"));
    let id_token = table.required_secret("id_token");
    table.end();
    Some(IdentityProvider {
        token_endpoint: endpoint?.value,
        client_id: client_id?.value,
        client_secret: secret,
        id_token: id_token?,
    })
}

fn network(table: Table<'_>) -> PartialNetwork {
    let draft = PartialNetwork {
        ca_certificates: table.all_parsed("ca_certificates", |path| Ok(path.to_owned())),
        resolve: table.all_parsed("resolve", Resolution::read),
        headers_on_discovery: table.boolean("headers_on_discovery"),
    };
    table.end();
    draft
}

fn consent(table: Table<'_>) -> PartialConsent {
    let draft = PartialConsent {
        driver: table.word("driver", &DriverKind::WORDS),
        fill: fill(&table),
        pages: pages(&table),
        webdriver: table.parsed("webdriver", value::server),
        browser_no_sandbox: table.boolean("browser_no_sandbox"),
        command: table.parsed("command", value::program),
        timeout: table.parsed("timeout", value::duration),
        redirect_host: table.text("redirect_host").map(|host| host.value),
        redirect_port: table.number("redirect_port", "a port"),
    };
    table.end();
    draft
}

fn probes(table: Table<'_>) -> (Option<ProbeMode>, Vec<ProbeId>) {
    let probes = (table.word("run", &ProbeMode::WORDS), table.all_parsed("allow", value::probe));
    table.end();
    probes
}

/// Fields and buttons of forms.
fn fill(table: &Table<'_>) -> Vec<(String, Secret)> {
    let fill = table.secrets("fill").into_iter();
    fill.map(|(name, text)| (name.value, Secret::new(text.value))).collect()
}

/// What to do on particular pages.
fn pages(consent: &Table<'_>) -> Vec<Page> {
    let mut pages = Vec::new();
    for table in consent.tables("page") {
        let (url, fill) = (table.required("url"), fill(&table));
        let press = table.text("press").map(|press| press.value);
        pages.extend(url.map(|url| Page { url: Pattern::new(url.value), fill, press }));
        table.end();
    }
    pages
}

/// The bounds, in a draft that says nothing else.
fn limits(file: &Table<'_>) -> PartialScenario {
    let Some(table) = file.table("limits") else { return PartialScenario::default() };
    let draft = PartialScenario {
        timeout: table.parsed("timeout", value::duration),
        body_limit: table
            .number::<u32>("body", "a number of bytes")
            .and_then(|bytes| usize::try_from(bytes).ok()),
        ..PartialScenario::default()
    };
    if draft.body_limit.is_some_and(|bytes| bytes < value::LEAST_BODY) {
        table.report_at("body", "expected a number of bytes, at least 1024");
    }
    table.end();
    draft
}
