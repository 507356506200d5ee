//! The MCP server behind the gateway: who it is and what it can do.

use serde_json::Value;

use super::{Builder, Mark, flat};
use crate::document::mcp::{self, RpcResponse};
use crate::exchange::Exchange;
use crate::specification::Level;
use crate::tui::theme::Role;

/// The result of `initialize` or `server/discover`.
pub(super) fn opening(exchange: &Exchange, sheet: &mut Builder<'_>) {
    match mcp::response(exchange) {
        Ok(RpcResponse::Result(result)) => {
            sheet.head("The MCP server");
            for name in ["serverInfo", "protocolVersion", "supportedVersions", "instructions"] {
                match result.members.get(name) {
                    Some(Value::Object(members)) => {
                        for (name, value) in members {
                            sheet.row(Mark::None, name, &flat(value), "");
                        }
                    }
                    Some(value) => sheet.row(Mark::None, name, &flat(value), ""),
                    None => {}
                }
            }
            sheet.head("Its capabilities");
            match result.members.get("capabilities") {
                Some(Value::Object(capabilities)) if !capabilities.is_empty() => {
                    for (name, value) in capabilities {
                        let value = match value {
                            Value::Object(options) if options.is_empty() => "yes".to_owned(),
                            other => flat(other),
                        };
                        sheet.row(Mark::Good, name, &value, "");
                    }
                }
                Some(Value::Object(_)) => sheet.say(Role::Dim, "none"),
                _ => sheet.say(Role::Dim, "not told"),
            }
        }
        Ok(RpcResponse::Error { code, message, data }) => {
            sheet.head("A JSON-RPC error");
            sheet.row(Mark::Bad(Level::Must), "code", &code.to_string(), "");
            sheet.row(Mark::None, "message", &message, "");
            if !data.is_null() {
                sheet.row(Mark::None, "data", &flat(&data), "");
            }
        }
        Err(why) => {
            let url = sheet.model.walk.redactor.url(&exchange.request.url);
            sheet.say(Role::Warning, &format!("{url} {why}: there is no JSON-RPC response."));
            if let Some(response) = exchange.response().filter(|response| response.status == 401) {
                super::challenge::lines("The token was refused", response, sheet);
            }
        }
    }
}
