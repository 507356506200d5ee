//! Sets members of JSON objects that gatewalk sends or writes.

use serde_json::{Map, Value};

/// Sets the member of an object that a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) leads to; objects
/// on the way that are missing are made. Changes nothing where something else than an object is on the way.
pub fn set_member(json: &mut Value, pointer: &str, value: impl Into<Value>) {
    let mut at = json;
    for name in pointer.split('/').skip(1) {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        let Some(members) = at.as_object_mut() else { return };
        at = members.entry(name.replace("~1", "/").replace("~0", "~")).or_insert(Value::Null);
    }
    *at = value.into();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_set_and_what_is_no_object_stays() {
        let mut json = json!({ "a": { "b": 1 }, "list": [1], "text": "x" });
        for (pointer, value) in [("/a/b", 2), ("/a/c~1d", 3), ("/new/~0e", 4), ("/list/0", 5), ("/text/f", 6)]
        {
            set_member(&mut json, pointer, value);
        }
        assert_eq!(json, json!({ "a": { "b": 2, "c/d": 3 }, "list": [1], "text": "x", "new": { "~e": 4 } }));
    }
}
