//! Changes values of a JSON text in place: white space, order and repeated members stay as they were sent.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Nesting that is looked into; `serde_json` reads no deeper either.
const DEEPEST: usize = 128;

/// What is to be changed.
#[derive(Clone, Copy)]
pub(super) struct Rules<'r> {
    /// Whether all that is in a member of that name is taken to be of that name.
    pub(super) covers: fn(&str) -> bool,
    /// The string to put in the place of a value.
    pub(super) replace: &'r dyn Fn(Leaf<'_>) -> Option<String>,
}

/// A value that is neither object nor array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf<'v> {
    /// The name of the member it is in, or that the array is in.
    pub(super) name: &'v str,
    /// The string, or the literal as it is written.
    pub(super) value: &'v str,
    /// Whether it is a number.
    pub(super) is_number: bool,
}

/// The same text with other strings where the rules give one. `None` if the text is not JSON or nests too deep.
pub(super) fn rewrite(text: &str, rules: Rules<'_>) -> Option<String> {
    let root: &RawValue = serde_json::from_str(text).ok()?;
    let mut edits = Vec::new();
    visit(text, root, "", DEEPEST, rules, &mut edits)?;
    let mut written = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end, new) in edits {
        written.push_str(text.get(from..start)?);
        written.push_str(&new);
        from = end;
    }
    written.push_str(text.get(from..)?);
    Some(written)
}

fn visit<'a>(
    text: &'a str,
    raw: &'a RawValue,
    name: &str,
    depth: usize,
    rules: Rules<'_>,
    edits: &mut Vec<(usize, usize, String)>,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let value = raw.get();
    if value.starts_with('{') {
        let Members(members) = serde_json::from_str(value).ok()?;
        let covered = (rules.covers)(name);
        for (own, member) in members {
            visit(text, member, if covered { name } else { &own }, depth, rules, edits)?;
        }
        return Some(());
    }
    if value.starts_with('[') {
        for element in serde_json::from_str::<Vec<&RawValue>>(value).ok()? {
            visit(text, element, name, depth, rules, edits)?;
        }
        return Some(());
    }
    let decoded: Option<String> = serde_json::from_str(value).ok();
    let is_number = value.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    // Of a value that is no string its text is shown.
    let leaf = Leaf { name, value: decoded.as_deref().unwrap_or(value), is_number };
    let new = (rules.replace)(leaf).or_else(|| {
        // A string may be JSON itself.
        let inner = decoded.as_deref().filter(|inner| inner.trim_start().starts_with(['{', '[']))?;
        rewrite(inner, rules).filter(|new| new != inner)
    });
    if let Some(new) = new {
        let start = value.as_ptr() as usize - text.as_ptr() as usize;
        edits.push((start, start + value.len(), serde_json::to_string(&new).ok()?));
    }
    Some(())
}

/// The members of an object, repeats kept.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_replaced_values_stays_as_it_was_sent() {
        let text = r#" {"a" : [1, {"s":"x\/y"}], "s":  {"deep":1} ,"t":2,"t" :3, "s":null}"#;
        let replace = |leaf: Leaf<'_>| {
            (leaf.name == "s" && leaf.value != "null").then(|| format!("<{} {}>", leaf.value, leaf.is_number))
        };
        let replace = Rules { covers: |name| name == "s", replace: &replace };
        let expected =
            r#" {"a" : [1, {"s":"<x/y false>"}], "s":  {"deep":"<1 true>"} ,"t":2,"t" :3, "s":null}"#;
        assert_eq!(rewrite(text, replace).as_deref(), Some(expected));
        assert_eq!(
            rewrite(r#"{"t":"{\"s\":[\"x\"]}"}"#, replace).as_deref(),
            Some(r#"{"t":"{\"s\":[\"<x false>\"]}"}"#)
        );
        assert_eq!(rewrite("{", replace), None);
        assert_eq!(rewrite(&"[".repeat(100_000), replace), None);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(rewrite(&deep, replace), None);
    }
}
