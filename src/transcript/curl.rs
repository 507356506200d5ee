//! A request as a curl command, secrets marked as they are in the request given.

use super::RequestEntry;

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

/// A command with variables of the shell in place of marks, and the names of those variables.
///
/// `«access_token 3f2a 659 B»` becomes `${ACCESS_TOKEN_3F2A}`.
pub fn variables(command: &str) -> (String, Vec<String>) {
    let mut written = String::with_capacity(command.len());
    let mut names: Vec<String> = Vec::new();
    let mut rest = command;
    while let Some((before, (mark, after))) =
        rest.split_once('«').and_then(|(before, after)| Some((before, after.split_once('»')?)))
    {
        written.push_str(before);
        rest = after;
        // Marks stand in single quotes: the quotes are left for the variable.
        if let Some(name) = name(mark) {
            written.push_str("'\"${");
            written.push_str(&name);
            written.push_str("}\"'");
            if !names.contains(&name) {
                names.push(name);
            }
        } else {
            written.push('«');
            written.push_str(mark);
            written.push('»');
        }
    }
    written.push_str(rest);
    (written, names)
}

/// The variable of a mark: its kind and digest; `None` if it is none.
fn name(mark: &str) -> Option<String> {
    let parts: Vec<_> = mark.split(' ').collect();
    let [kind, digest, size, "B"] = parts[..] else { return None };
    let valid = digest.len() == 4
        && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        && size.bytes().all(|byte| byte.is_ascii_digit());
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = kind.chars().map(word).collect();
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name };
    valid.then(|| format!("{name}_{}", digest.to_ascii_uppercase()))
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
    fn marks_become_variables() {
        let (command, names) = variables("--header 'authorization: Bearer «access_token 3f2a 9 B»' '«x» y'");
        assert_eq!(command, "--header 'authorization: Bearer '\"${ACCESS_TOKEN_3F2A}\"'' '«x» y'");
        assert_eq!(names, ["ACCESS_TOKEN_3F2A"]);
    }

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
            "curl --include --globoff --proto =http,https --request POST --url 'https://h/mcp?a=b&c=$(id)' \\\n  --header 'accept: a, b' \\\n  --header 'x-empty;' \\\n  --data-raw 'it'\\''s `x`\n!'"
        );
    }
}
