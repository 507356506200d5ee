//! The one tool, alike in all protocol versions.

use serde_json::{Map, Value, json};

use super::RpcError;
use crate::exchange::set_member;

/// The result of `tools/list`.
pub(super) fn list() -> Value {
    json!({ "tools": [{
        "name": "echo",
        "title": "Echo",
        "description": "Returns the text it is given.",
        "inputSchema": {
            "type": "object",
            "properties": { "text": { "type": "string", "description": "What to return" } },
            "required": ["text"],
        },
        "annotations": { "readOnlyHint": true },
    }] })
}

/// The same in pages of one tool: the first, and the second behind the cursor it names.
pub(super) fn page(params: &Map<String, Value>) -> Value {
    const CURSOR: &str = "cGFnZT0y/+=";
    if params.get("cursor").and_then(Value::as_str) == Some(CURSOR) {
        return json!({ "tools": [{ "name": "reverse", "inputSchema": { "type": "object" } }] });
    }
    let mut first = list();
    set_member(&mut first, "/nextCursor", CURSOR);
    first
}

/// The result of `tools/call`.
pub(super) fn call(params: &Map<String, Value>) -> Result<Value, RpcError> {
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    if name != "echo" {
        return Err(RpcError::new(RpcError::INVALID_PARAMS, format!("Unknown tool: {name}")));
    }
    let text = params.get("arguments").and_then(|arguments| arguments.get("text")).and_then(Value::as_str);
    let text = text.ok_or_else(|| RpcError::new(RpcError::INVALID_PARAMS, "echo needs the argument text"))?;
    Ok(json!({ "content": [{ "type": "text", "text": text }], "isError": false }))
}
