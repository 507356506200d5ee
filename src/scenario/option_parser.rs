//! A parser of an option's value for clap: it knows the words there are, and repeats no value that may be a secret.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};

use super::problem::unknown;
use super::secret_source::length;

/// Reads a text, or says why it cannot be read.
type Parse<T> = Arc<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

/// A parser of an option's value.
#[derive(Clone)]
pub struct OptionParser<T> {
    parse: Parse<T>,
    words: Vec<String>,
    may_be_secret: bool,
}

impl<T> OptionParser<T> {
    /// A parser that calls a function.
    pub fn new(parse: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static) -> Self {
        Self { parse: Arc::new(parse), words: Vec::new(), may_be_secret: false }
    }

    /// A parser of one of a few words, each standing for a value.
    pub fn of_words(words: &'static [(&'static str, T)]) -> Self
    where
        T: Copy + Send + Sync,
    {
        let known = words.iter().map(|(word, _)| *word);
        let parse = move |text: &str| {
            let found = words.iter().find(|(word, _)| *word == text);
            found.map(|(_, value)| *value).ok_or_else(|| unknown(text, words.iter().map(|(word, _)| *word)))
        };
        Self::new(parse).with_words(known)
    }

    /// Names the words there are, for completions, help and the schema of scenario files.
    #[must_use]
    pub fn with_words(mut self, words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.words = words.into_iter().map(Into::into).collect();
        self
    }

    /// Marks the value as one that may be a secret: an error names its length only.
    #[must_use]
    pub(super) fn secret(mut self) -> Self {
        self.may_be_secret = true;
        self
    }

    pub(super) fn parse(&self, text: &str) -> Result<T, String> {
        (self.parse)(text)
    }

    pub(super) fn words(&self) -> &[String] {
        &self.words
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for OptionParser<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let parse = Arc::clone(&self.parse);
        let parse = move |text: &str| parse(text);
        TypedValueParser::parse_ref(&parse, command, arg, value).map_err(|mut error| {
            if self.may_be_secret {
                let length = length(&value.to_string_lossy());
                error.insert(ContextKind::InvalidValue, ContextValue::String(length));
            }
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = self.words.iter().map(PossibleValue::new);
        (!self.words.is_empty()).then(|| Box::new(words) as Box<dyn Iterator<Item = PossibleValue>>)
    }
}
