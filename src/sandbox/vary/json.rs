//! JSON in other words ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)).

use serde_json::{Map, Value, json};

use crate::sandbox::{Site, Variation};

/// A document with more in it, or in another order.
pub(super) fn amended(site: &Site, mut document: Value) -> Value {
    if site.varies(Variation::MembersUnknown) {
        let whole =
            if document.get("jsonrpc").is_some() { document.get_mut("result") } else { Some(&mut document) };
        if let Some(members) = whole.and_then(Value::as_object_mut) {
            members.insert("x_sandbox".into(), json!({ "nested": [1, null, { "a": "ä" }] }));
            members.insert("https://sandbox.example/ns#flag".into(), json!(false));
        }
    }
    if site.varies(Variation::JsonReversed) { reversed(document) } else { document }
}

fn reversed(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: Vec<_> = members.into_iter().collect();
            let reversed = members.into_iter().rev().map(|(name, value)| (name, reversed(value)));
            Value::Object(reversed.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(reversed).collect()),
        other => other,
    }
}

/// The text of a document.
pub(super) fn text(site: &Site, document: &Value) -> String {
    if site.varies(Variation::JsonPretty) {
        format!("{document:#}\n\n")
    } else if site.varies(Variation::JsonEscaped) {
        escaped(&document.to_string())
    } else {
        document.to_string()
    }
}

/// The same with escapes: a slash, and what is not ASCII, occur in strings only.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '/' => escaped.push_str("\\/"),
            ascii if ascii.is_ascii() => escaped.push(ascii),
            other => {
                let mut units = [0; 2];
                escaped.extend(other.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_say_the_same() {
        let document = json!({ "url": "https://a/b", "name": "ä😀", "list": [{ "a": 1, "b": 2 }] });
        assert_eq!(escaped(&document.to_string()).find("//"), None);
        assert_eq!(serde_json::from_str::<Value>(&escaped(&document.to_string())).unwrap(), document);
        assert_eq!(reversed(document.clone()), document);
        assert_ne!(reversed(document.clone()).to_string(), document.to_string());
    }
}
