//! Secrets from the environment and from files, and words that only rooms further right know.

use std::path::Path;

use super::input;
use crate::client;
use crate::exchange::Secret;
use crate::scenario::{SecretSource, length, shown};

/// Reads a secret from where it is kept. The white space at the end of a file does not count.
pub(super) fn read_secret(source: &SecretSource) -> Result<Secret, String> {
    match source {
        SecretSource::Variable(name) => from_environment(name),
        SecretSource::File(path) => {
            let read = input::text(Path::new(path), input::Purpose::Settings).map_err(|cause| {
                // Whoever gave the secret itself is not to find it in a log.
                format!(
                    "cannot read the file of that name ({}): {cause}; give a path, or env:NAME",
                    length(path)
                )
            })?;
            Ok(Secret::new(read.trim_end()))
        }
        SecretSource::Value(secret) => Ok(secret.clone()),
    }
}

/// A word for a client or a group of them.
pub(super) fn clients(text: &str) -> Result<String, String> {
    client::chosen([text]).map(|_| text.to_owned()).map_err(|unknown| unknown.to_string())
}

/// The value of an environment variable that says something: where a job gets no secrets, their variables are empty.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn from_environment(name: &str) -> Result<Secret, String> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Err(format!("the environment variable {} is empty", shown(name))),
        Ok(value) => Ok(Secret::new(value)),
        Err(std::env::VarError::NotPresent) => {
            Err(format!("the environment variable {} is not set", shown(name)))
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("the environment variable {} is not UTF-8", shown(name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        let why = |source: SecretSource| read_secret(&source).unwrap_err();
        for said in [
            why(SecretSource::File("s3cret-value".into())),
            why(SecretSource::Variable("s3cret-value".into())),
            why(SecretSource::Variable("S3CRETVALUE".into())),
        ] {
            assert!(!said.to_lowercase().contains("s3cret"), "{said}");
        }
        let unset = why(SecretSource::Variable("GATEWALK_TEST_UNSET".into()));
        assert!(unset.contains("GATEWALK_TEST_UNSET is not set"), "{unset}");
    }
}
