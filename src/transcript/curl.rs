//! A request as a curl command, secrets redacted as they are in the request given.

use std::fmt::Write as _;

use super::RequestEntry;
use super::sanitize::is_invisible;

/// The command for a POSIX shell, one option a line. It shows the response's header fields and follows no redirect, as
/// gatewalk does.
pub fn curl(request: &RequestEntry) -> String {
    let mut command = format!(
        "curl --include --globoff --proto =http,https --request {} --url {}",
        quoted(&request.method),
        quoted(&request.url)
    );
    for (name, value) in &request.headers {
        // curl leaves a field with an empty value out, unless it ends in a semicolon.
        let field = if value.is_empty() {
            format!("{};", name.as_str())
        } else {
            format!("{}: {}", name.as_str(), value.as_str())
        };
        command.push_str(" \\\n  --header ");
        command.push_str(&quoted(&field));
    }
    if !request.body.is_empty() {
        command.push_str(" \\\n  --data-raw ");
        command.push_str(&quoted(&request.body));
    }
    command
}

/// A command with variables of the shell in place of placeholders, and the names of those variables.
///
/// `«access_token 3f2a 659 B»` becomes `${ACCESS_TOKEN_3F2A}`.
pub fn variables(command: &str) -> (String, Vec<String>) {
    let mut written = String::with_capacity(command.len());
    let mut names: Vec<String> = Vec::new();
    let mut rest = command;
    while let Some((before, (placeholder, after))) =
        rest.split_once('«').and_then(|(before, after)| Some((before, after.split_once('»')?)))
    {
        written.push_str(before);
        rest = after;
        // Placeholders stand in single quotes: the quotes are left for the variable.
        if let Some(name) = name(placeholder) {
            written.push_str("'\"${");
            written.push_str(&name);
            written.push_str("}\"'");
            if !names.contains(&name) {
                names.push(name);
            }
        } else {
            written.push('«');
            written.push_str(placeholder);
            written.push('»');
        }
    }
    written.push_str(rest);
    (written, names)
}

/// The variable of a placeholder: its kind and digest; `None` if it is none.
fn name(placeholder: &str) -> Option<String> {
    let parts: Vec<_> = placeholder.split(' ').collect();
    let [kind, digest, size, "B"] = parts[..] else { return None };
    let valid = digest.len() == 4
        && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        && size.bytes().all(|byte| byte.is_ascii_digit());
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = kind.chars().map(word).collect();
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name };
    valid.then(|| format!("{name}_{}", digest.to_ascii_uppercase()))
}

/// A word for a POSIX shell: in single quotes unless it needs none. What drives terminals or the runner of a job is put in by
/// `printf`, so that the command can be shown.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut word = String::with_capacity(text.len() + 2);
    word.push('\'');
    let mut before = '\n';
    for c in text.chars() {
        let command = c == '#' && before == '#' || c == ':' && before == '\n';
        if command || !matches!(c, '\n' | '\t') && (c.is_control() || is_invisible(c)) {
            word.push_str("'\"$(printf '");
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string does not fail.
                let _ = write!(word, "\\{byte:03o}");
            }
            word.push_str("')\"'");
        } else if c == '\'' {
            word.push_str(r"'\''");
        } else {
            word.push(c);
        }
        // White space at the beginning of a line does not count.
        if before != '\n' || !c.is_whitespace() {
            before = c;
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::BodyEncoding;

    #[test]
    fn marks_become_variables() {
        let (command, names) = variables("--header 'authorization: Bearer «access_token 3f2a 9 B»' '«x» y'");
        assert_eq!(command, "--header 'authorization: Bearer '\"${ACCESS_TOKEN_3F2A}\"'' '«x» y'");
        assert_eq!(names, ["ACCESS_TOKEN_3F2A"]);
    }

    #[test]
    fn what_drives_a_terminal_is_printed_by_the_shell() {
        for (text, word) in [
            ("a\u{1b}]0;x", r#"'a'"$(printf '\033')"']0;x'"#),
            ("\u{9b}", r#"''"$(printf '\302\233')"''"#),
            ("a\n ::error::", "'a\n '\"$(printf '\\072')\"':error::'"),
            ("##[x]", r#"'#'"$(printf '\043')"'[x]'"#),
            ("a::b ä", "'a::b ä'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }

    #[test]
    fn everything_is_quoted_for_a_shell() {
        let request = RequestEntry {
            method: "POST".into(),
            url: "https://h/mcp?a=b&c=$(id)".into(),
            headers: vec![("accept".into(), "a, b".into()), ("x-empty".into(), "".into())],
            body: "it's `x`\n!".into(),
            body_encoding: BodyEncoding::Text,
        };
        assert_eq!(
            curl(&request),
            "curl --include --globoff --proto =http,https --request POST --url 'https://h/mcp?a=b&c=$(id)' \\\n  --header 'accept: a, b' \\\n  --header 'x-empty;' \\\n  --data-raw 'it'\\''s `x`\n!'"
        );
    }
}
