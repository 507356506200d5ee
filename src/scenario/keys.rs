//! The keys of scenario files: what the reader asks for, as help for misplaced keys and as a JSON Schema for editors.

use serde_json::{Map, Value, json};

use super::problem::closest;
use crate::exchange::set_member;

/// A key of scenario files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The table it is in, such as `client.identity_provider`; empty for the file itself.
    pub(super) table: String,
    /// Its name.
    pub(super) name: &'static str,
    /// What stands there.
    pub(super) kind: Kind,
    /// Whether it has to be there.
    pub(super) required: bool,
}

/// What stands at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// One of a few words.
    OneOf(Vec<String>),
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number,
    /// A date.
    Date,
    /// A list of strings.
    Texts,
    /// A table of strings.
    Pairs,
    /// A table of keys.
    Table,
    /// An array of such tables.
    Tables,
}

/// The name of a table in a table.
pub(super) fn inner(table: &str, name: &str) -> String {
    if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") }
}

/// What to write instead of a key that a table does not have.
pub(super) fn advice(name: &str, table: &str, here: &[&str], known: &[Key]) -> String {
    let elsewhere = || known.iter().filter(|key| key.table != table);
    let tables = |name: &str| {
        let tables: Vec<_> =
            elsewhere().filter(|key| key.name == name).map(|key| title(key, known)).collect();
        tables.join(" or ")
    };
    if elsewhere().any(|key| key.name == name) {
        return format!("write it {}", tables(name));
    }
    if let Some(alike) = closest(name, here.iter().copied()) {
        return format!("did you mean {alike}?");
    }
    match closest(name, elsewhere().map(|key| key.name)) {
        Some(alike) => format!("did you mean {alike}? Write it {}", tables(alike)),
        None => format!("there are {}", here.join(", ")),
    }
}

/// Where a key belongs, in words.
fn title(key: &Key, known: &[Key]) -> String {
    let is_array = |key: &Key| key.kind == Kind::Tables;
    match key.table.as_str() {
        table if is_array(key) => format!("as [[{}]]", inner(table, key.name)),
        table if key.kind == Kind::Table => format!("as [{}]", inner(table, key.name)),
        "" => "above the first table".to_owned(),
        table if known.iter().any(|key| is_array(key) && inner(&key.table, key.name) == table) => {
            format!("in [[{table}]]")
        }
        table => format!("in [{table}]"),
    }
}

/// The JSON Schema of files with those keys, draft 2020-12.
pub(super) fn json_schema(keys: &[Key]) -> Value {
    let mut schema = table(keys, "");
    set_member(&mut schema, "/$schema", "https://json-schema.org/draft/2020-12/schema");
    set_member(&mut schema, "/title", "gatewalk scenario");
    set_member(&mut schema, "/required", json!(["schema"]));
    schema
}

fn table(keys: &[Key], name: &str) -> Value {
    let here = || keys.iter().filter(|key| key.table == name);
    let properties: Map<_, _> = here().map(|key| (key.name.to_owned(), content(keys, key))).collect();
    let required: Vec<_> = here().filter(|key| key.required).map(|key| key.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn content(keys: &[Key], key: &Key) -> Value {
    let table = || table(keys, &inner(&key.table, key.name));
    match &key.kind {
        Kind::Text => json!({"type": "string"}),
        // A variable may stand for any word.
        Kind::OneOf(words) => {
            json!({"anyOf": [{"enum": words}, {"type": "string", "pattern": r"\$\{"}]})
        }
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Number => json!({"type": "integer"}),
        Kind::Date => json!({"type": "string", "format": "date"}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Pairs => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Kind::Table => table(),
        Kind::Tables => json!({"type": "array", "items": table()}),
    }
}
