//! Values of options: pairs, secrets from the environment, durations.

use std::time::Duration;

use crate::document::identifier::client_id_url_defect;
use crate::exchange::Secret;
use crate::scenario::Program;

/// `NAME=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// `Name: value`.
pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected 'Name: value'")?;
    let (name, value) = (name.trim(), value.trim());
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(format!("{name:?} is no header field name"));
    }
    let ours =
        ["accept", "connection", "content-length", "content-type", "host", "transfer-encoding", "user-agent"];
    if ours.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
        return Err(format!("{name} is set by the walk itself"));
    }
    if value.chars().any(char::is_control) {
        return Err(format!("the value of {name} holds control characters"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// The URL of a client-ID metadata document.
pub(super) fn client_id_url(text: &str) -> Result<String, String> {
    match client_id_url_defect(text) {
        None => Ok(text.to_owned()),
        Some(defect) => Err(format!("as a client_id it {defect}")),
    }
}

/// A program and its arguments, quoted as in a shell.
pub(super) fn program(text: &str) -> Result<Program, String> {
    let mut words = shlex::split(text).ok_or("a quote is not closed")?.into_iter();
    let name = words.next().ok_or("expected the name of a program")?;
    Ok(Program { name, arguments: words.collect() })
}

/// `30`, `30s`, `500ms`, `2m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let number: f64 = number.parse().map_err(|_| format!("{text:?} is no duration; try 30s, 500ms or 2m"))?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" => number * 60.0,
        other => return Err(format!("{other:?} is no unit of time; there are ms, s and m")),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && seconds <= 86_400.0 => Ok(duration),
        _ => Err(format!("{text:?} is not between 1ms and 24 hours")),
    }
}

/// At least a kibibyte: with less, healthy documents would look broken.
pub(super) fn body_limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes @ 1024..) => Ok(bytes),
        _ => Err("expected a number of bytes, at least 1024".to_owned()),
    }
}

/// A value as given, or from the environment if it is written `env:NAME`.
pub(super) fn secret(value: &str) -> Result<Secret, String> {
    value.strip_prefix("env:").map_or_else(|| Ok(Secret::new(value)), from_environment)
}

/// The value of an environment variable.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
pub(super) fn from_environment(name: &str) -> Result<Secret, String> {
    match std::env::var(name) {
        Ok(value) => Ok(Secret::new(value)),
        Err(std::env::VarError::NotPresent) => Err(format!("the environment variable {name} is not set")),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("the environment variable {name} is not UTF-8"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_bounds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("1.5"), Ok(Duration::from_millis(1500)));
        for bad in ["", "0", "x", "3h", "1e9", "99999999999999999999m"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_cannot_smuggle() {
        assert_eq!(header("X-Key: a b"), Ok(("X-Key".to_owned(), "a b".to_owned())));
        for bad in ["X-Key", ": a", "X Key: a", "X: a\r\nY: b"] {
            assert!(header(bad).is_err(), "{bad}");
        }
    }
}
