//! Values that only options have: pairs, header lines, words, secrets from the environment.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, Str, TypedValueParser};
use clap::{Arg, Command};

use crate::exchange::Secret;
use crate::scenario::value as written;

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
    written::header_name(name)?;
    written::header_value(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// One of a few words that stand for something else.
pub(super) fn word<T: Copy + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let parser = PossibleValuesParser::new(words.iter().map(|(word, _)| *word));
    parser.try_map(move |text| {
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or("no such word")
    })
}

/// What a function reads; completions and help know the words there are.
pub(super) fn known<T, W>(
    read: fn(&str) -> Result<T, String>,
    words: impl IntoIterator<Item = W>,
) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
    W: Into<Str>,
{
    Known { read, words: words.into_iter().map(|word| PossibleValue::new(word)).collect() }
}

#[derive(Clone)]
struct Known<T> {
    read: fn(&str) -> Result<T, String>,
    words: Vec<PossibleValue>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Known<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        self.read.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().cloned()))
    }
}

/// A bound of a body, in bytes.
pub(super) fn body_limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes @ written::LEAST_BODY..) => Ok(bytes),
        _ => Err(format!("expected a number of bytes, at least {}", written::LEAST_BODY)),
    }
}

/// How a value is told of that may be a secret: by its length.
pub(super) fn shape(text: &str) -> String {
    match text.chars().count() {
        1 => "1 character, not shown".to_owned(),
        count => format!("{count} characters, not shown"),
    }
}

/// The name of an environment variable, unless it may be the secret itself.
fn variable(name: &str) -> String {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_usual = name.contains('_') && name.chars().all(usual);
    if is_usual { name.to_owned() } else { format!("of that name ({})", shape(name)) }
}

/// A value as given, or from the environment if it is written `env:NAME`.
pub(super) fn secret(value: &str) -> Result<Secret, String> {
    value.strip_prefix("env:").map_or_else(|| Ok(Secret::new(value)), from_environment)
}

/// A secret from where it is kept: `env:NAME`, or a file, whose white space at the end does not count.
pub(super) fn source(text: &str) -> Result<Secret, String> {
    if let Some(name) = text.strip_prefix("env:") {
        return from_environment(name);
    }
    let read = std::fs::read_to_string(text).map_err(|cause| {
        // Whoever gave the secret itself is not to find it in a log.
        format!("cannot read the file of that name ({}): {cause}; give a path, or env:NAME", shape(text))
    })?;
    Ok(Secret::new(read.trim_end()))
}

/// The value of an environment variable that says something: where a job gets no secrets, their variables are empty.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
pub(super) fn from_environment(name: &str) -> Result<Secret, String> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Err(format!("the environment variable {} is empty", variable(name))),
        Ok(value) => Ok(Secret::new(value)),
        Err(std::env::VarError::NotPresent) => {
            Err(format!("the environment variable {} is not set", variable(name)))
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("the environment variable {} is not UTF-8", variable(name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_cannot_smuggle() {
        assert_eq!(header("X-Key: a b"), Ok(("X-Key".to_owned(), "a b".to_owned())));
        for bad in ["X-Key", ": a", "X Key: a", "X: a\r\nY: b"] {
            assert!(header(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        for said in [
            header("X-Key s3cret-value").unwrap_err(),
            header("X-Key s3cret-value: a").unwrap_err(),
            header("X Key: s3cret-value").unwrap_err(),
            pair("s3cret-value").unwrap_err(),
            source("s3cret-value").unwrap_err(),
            from_environment("s3cret-value").unwrap_err(),
            from_environment("S3CRETVALUE").unwrap_err(),
            written::target("https://s3cret-value@h/").unwrap_err(),
            written::target("https://h:port/?key=s3cret-value").unwrap_err(),
            written::target("https://h/ ?key=s3cret-value").unwrap_err(),
            written::target("ftp://s3cret-value@h/#s3cret-value").unwrap_err(),
        ] {
            assert!(!said.to_lowercase().contains("s3cret"), "{said}");
        }
        assert!(
            from_environment("GATEWALK_TEST_UNSET").unwrap_err().contains("GATEWALK_TEST_UNSET is not set")
        );
    }
}
