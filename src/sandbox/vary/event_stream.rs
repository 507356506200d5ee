//! Responses as event streams ([HTML, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html)).

use serde_json::Value;

use crate::sandbox::{Site, Variation};

/// A JSON-RPC response as the event stream of the set-up, if it has one.
pub(super) fn of(site: &Site, value: &Value, response: &str) -> Option<String> {
    let message = format!("event: message\n{}\n", data(response));
    let varies = |variation| site.varies(variation);
    Some(if varies(Variation::EventStream) {
        message
    } else if varies(Variation::EventStreamCrLf) {
        message.replace('\n', "\r\n")
    } else if varies(Variation::EventStreamCr) {
        message.replace('\n', "\r")
    } else if varies(Variation::EventStreamPrimed) {
        format!("id: 0-1\nretry: 3000\ndata:\n\nid: 0-2\n{message}")
    } else if varies(Variation::EventStreamComments) {
        format!(": hello\n\n:\n\nunknown: x\n: still here\nid\n{message}: bye\n\n")
    } else if varies(Variation::EventStreamSplit) {
        format!("\u{feff}{}\n", data(&format!("{value:#}")))
    } else if varies(Variation::EventStreamNotified) {
        let told =
            r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"busy"}}"#;
        format!("event: message\ndata: {told}\n\n{message}")
    } else {
        return None;
    })
}

/// The fields that hold a text, one a line, and the end of the event.
fn data(text: &str) -> String {
    let fields: Vec<_> = text.lines().map(|line| format!("data: {line}\n")).collect();
    fields.concat()
}
