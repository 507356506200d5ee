//! A request as a curl command, secrets marked as they are in the request given.

use super::RequestEntry;

/// The command for a POSIX shell, one option a line. It shows the answer's header fields and follows no redirect, as
/// gatewalk does.
pub fn curl(request: &RequestEntry) -> String {
    let mut command =
        format!("curl --include --globoff --request {} {}", quoted(&request.method), quoted(&request.url));
    for (name, value) in &request.headers {
        // curl leaves a field with an empty value out, unless it ends in a semicolon.
        let field = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command.push_str(" \\\n  --header ");
        command.push_str(&quoted(&field));
    }
    if !request.body.is_empty() {
        command.push_str(" \\\n  --data-raw ");
        command.push_str(&quoted(&request.body));
    }
    command
}

/// A word for a POSIX shell: in single quotes unless it needs none.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::BodyEncoding;

    #[test]
    fn everything_is_quoted_for_a_shell() {
        let request = RequestEntry {
            method: "POST".to_owned(),
            url: "https://h/mcp?a=b&c=$(id)".to_owned(),
            headers: vec![("accept".to_owned(), "a, b".to_owned()), ("x-empty".to_owned(), String::new())],
            body: "it's `x`\n!".to_owned(),
            body_encoding: BodyEncoding::Text,
        };
        assert_eq!(
            curl(&request),
            "curl --include --globoff --request POST 'https://h/mcp?a=b&c=$(id)' \\\n  --header 'accept: a, b' \\\n  --header 'x-empty;' \\\n  --data-raw 'it'\\''s `x`\n!'"
        );
    }
}
