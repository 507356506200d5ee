//! A secret as files and options give it: itself, or where it is kept.

use crate::exchange::Secret;

/// A secret as files and options give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The secret itself.
    Value(Secret),
    /// The name of an environment variable that holds it.
    Variable(String),
    /// The path of a file that holds it.
    File(String),
}

/// Reads a secret from where it is kept: `cli` has the environment and the files.
pub type ReadSecret<'a> = &'a dyn Fn(&SecretSource) -> Result<Secret, String>;

impl SecretSource {
    /// Reads `env:NAME`, or takes the text for the secret.
    pub fn value_or_variable(text: &str) -> Self {
        Self::variable(text).unwrap_or_else(|| Self::Value(Secret::new(text)))
    }

    /// Reads `env:NAME`, or takes the text for the path of a file.
    pub fn file_or_variable(text: &str) -> Self {
        Self::variable(text).unwrap_or_else(|| Self::File(text.to_owned()))
    }

    fn variable(text: &str) -> Option<Self> {
        text.strip_prefix("env:").map(|name| Self::Variable(name.to_owned()))
    }

    /// The secret if it was given itself, for runs that have no environment and no files.
    pub fn given(&self) -> Result<Secret, String> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::Variable(name) => Err(format!("no environment to read {} from", shown(name))),
            Self::File(path) => Err(format!("no files to read {} from", shown(path))),
        }
    }
}

/// The name of an environment variable, unless it may be the secret itself.
pub fn shown(name: &str) -> String {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_usual = name.contains('_') && name.chars().all(usual);
    if is_usual { name.to_owned() } else { format!("of that name ({})", length(name)) }
}

/// How long a value is that may be a secret.
pub fn length(value: &str) -> String {
    match value.chars().count() {
        1 => "1 character, not shown".to_owned(),
        count => format!("{count} characters, not shown"),
    }
}
