//! Scenario files: TOML, schema 1, read strictly.
//!
//! ```toml
//! schema = 1
//! target = "https://my-gateway.zuplo.dev/mcp"
//! [consent]
//! driver = "form"
//! fill = { username = "${TEST_USER}", password = "${TEST_PASSWORD}" }
//! ```

use toml::de::DeTable;

use super::keys::Key;
use super::known_ids::KnownIds;
use super::partial::PartialScenario;
use super::problem::{Problem, Problems};
use super::table::{Reader, Table};
use super::{Expectation, expectation};

/// Reads a scenario file.
pub fn scenario(path: &str, text: &str, known_ids: KnownIds<'_>) -> Result<PartialScenario, Problems> {
    read(path, text, known_ids, keys, |reader, file| {
        let partial = PartialScenario::read(file);
        if let Err(contradiction) = partial.check() {
            reader.report(0..0, contradiction.to_string(), None);
        }
        partial
    })
}

/// A file that has every table, for its reader to ask for every key.
const EVERY_TABLE: &str =
    "[sandbox]\n[probes]\n[client.identity_provider]\n[[consent.page]]\n[network]\n[limits]\n[[expect]]\n";

/// The keys of scenario files.
fn keys() -> Vec<Key> {
    let root = DeTable::parse_recoverable(EVERY_TABLE).0;
    let known_ids = KnownIds {
        variable: &|_| None,
        faults: &[],
        variations: &[],
        presets: &[],
        checks: &[],
        diagnoses: &[],
        clients: &|_| Ok(String::new()),
    };
    let reader = Reader::new("", EVERY_TABLE, known_ids, Vec::new);
    let file = Table::file(&reader, root.get_ref());
    schema(&file);
    PartialScenario::read(&file);
    reader.into_keys()
}

/// The JSON Schema of scenario files, draft 2020-12, for editors.
pub fn json_schema() -> serde_json::Value {
    super::keys::json_schema(&keys())
}

/// Reads a baseline: a file that holds nothing but `[[expect]]` tables.
pub fn baseline(path: &str, text: &str, known_ids: KnownIds<'_>) -> Result<Vec<Expectation>, Problems> {
    read(path, text, known_ids, Vec::new, |_, file| expectation::read(file))
}

fn read<T>(
    path: &str,
    text: &str,
    known_ids: KnownIds<'_>,
    known_keys: fn() -> Vec<Key>,
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
    let reader = Reader::new(path, text, known_ids, known_keys);
    let file = Table::file(&reader, root.get_ref());
    match schema(&file) {
        None if !file.has("schema") => file.report(0..0, "schema is missing: write schema = 1 at the top"),
        Some(1) | None => {}
        Some(_) => file.report_at("schema", "this gatewalk reads schema 1 only"),
    }
    let content = content(&reader, &file);
    file.end();
    let problems = reader.into_problems();
    if problems.is_empty() { Ok(content) } else { Err(failed(problems)) }
}

fn schema(file: &Table<'_>) -> Option<i64> {
    file.number("schema", |number| number.parse().map_err(|_| "expected 1".to_owned()))
}
