//! What a hostile peer sends: bodies without end, lengths that lie, bytes that are not HTTP.

use futures_util::{StreamExt as _, stream};
use http::header::CONTENT_LENGTH;
use hyper::body::Bytes;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::MCP_PATH;
use super::wire::Reply;

/// Sets a terminal's title, colours what follows, and moves the cursor.
pub(crate) const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}[31mred\u{1b}[2J\u{9b}1A";

const HUGE: usize = 3 << 20;
const JSON: &str = "application/json";

/// JSON that goes on for ever.
pub(crate) fn endless() -> Reply {
    let piece = Bytes::from(" ".repeat(8 << 10));
    Reply::stream(JSON, stream::repeat(piece))
}

/// The document with a member of three mebibytes before the rest.
pub(crate) fn huge(document: &Value) -> Reply {
    let text = document.to_string();
    let rest = text.strip_prefix('{').unwrap_or(&text);
    Reply::new(http::StatusCode::OK, JSON, format!(r#"{{"padding":"{}",{rest}"#, "x".repeat(HUGE)))
}

/// Half of the document under a length that promises all of it.
pub(crate) fn truncated(document: &Value) -> Reply {
    let text = document.to_string();
    let half: Bytes = text.bytes().take(text.len() / 2).collect();
    // The pause makes hyper flush what there is before it notices that the body is short and hangs up.
    let pause = stream::once(async {
        tokio::task::yield_now().await;
        Bytes::new()
    });
    Reply::stream(JSON, stream::iter([half]).chain(pause)).with_text(CONTENT_LENGTH, text.len().to_string())
}

/// Whether what arrives on a fresh connection is a POST to the MCP endpoint. Takes nothing off the stream.
pub(crate) async fn is_opening(stream: &TcpStream) -> bool {
    let expected = format!("POST {MCP_PATH} ");
    let mut head = vec![0; expected.len()];
    loop {
        match stream.peek(&mut head).await {
            Ok(read) if read == head.len() => return head == expected.as_bytes(),
            Ok(read) if read > 0 && expected.bytes().zip(&head).take(read).all(|(a, b)| a == *b) => {
                tokio::task::yield_now().await;
            }
            _ => return false,
        }
    }
}

/// Responds with the greeting of another protocol and hangs up once the client has.
pub(crate) async fn write_garbage(mut stream: TcpStream) {
    let greeting = b"\x00\x01\xffSSH-2.0-OpenSSH_9.9\r\n\x1b[2J\r\n\r\n";
    if stream.write_all(greeting).await.is_ok() && stream.shutdown().await.is_ok() {
        // Unread input would turn the close into a reset, and the client would not see the greeting.
        let mut scrap = [0; 4096];
        while stream.read(&mut scrap).await.is_ok_and(|read| read > 0) {}
    }
}
