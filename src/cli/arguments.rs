//! Reads the arguments; says of commands and options that do not exist which was meant.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};

use super::{Cli, Failure};
use crate::report::Format;
use crate::scenario::{closest, length};
use crate::transcript::redact::is_opaque;
use crate::transcript::sanitize::{escape_lines, escape_workflow_commands};

/// The arguments of the program. Help, and errors that need no more than clap says, end it here.
pub(super) fn parse() -> Result<Cli, Failure> {
    let arguments: Vec<_> = std::env::args_os().collect();
    let words: Vec<_> =
        arguments.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    if let Some(why) = no_command(&words) {
        return Err(Failure::Usage(why));
    }
    Cli::try_parse_from(arguments).or_else(|error| {
        if let Some(why) = report_option(&error) {
            return Err(Failure::Usage(why));
        }
        let error = harmless(error);
        match hostile(&error) {
            Some(said) => Err(Failure::Usage(said)),
            None => error.exit(),
        }
    })
}

/// What an error says, if its reason quotes something that drives a terminal or a runner: that is said as other failures are.
fn hostile(error: &clap::Error) -> Option<String> {
    let said = error.render().to_string();
    let said = said.trim_end();
    (error.use_stderr() && escape_lines(said) != said)
        .then(|| said.strip_prefix("error: ").unwrap_or(said).to_owned())
}

/// The error without arguments that may be secrets, and without anything that drives a terminal. Values of options are kept
/// out of it by their parsers.
fn harmless(mut error: clap::Error) -> clap::Error {
    let replaced: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(value) if kind == ContextKind::InvalidArg && is_opaque(value) => {
                Some((kind, length(value)))
            }
            ContextValue::String(value) => Some((kind, escape_workflow_commands(value).into_owned())),
            _ => None,
        })
        .collect();
    for (kind, value) in replaced {
        error.insert(kind, ContextValue::String(value));
    }
    error
}

/// That the first argument, which is no target, is no command either.
fn no_command(words: &[String]) -> Option<String> {
    let first = words.first()?;
    let is_target =
        first.starts_with('-') || first.contains(['.', '/', '\\', ':']) || Path::new(first).exists();
    let cli = Cli::command();
    let commands = || cli.get_subcommands().map(clap::Command::get_name);
    if is_target || commands().any(|command| command == first) {
        return None;
    }
    let has_target = words.get(1).is_some_and(|word| !word.starts_with('-'));
    match closest(first, commands()) {
        Some(alike) => Some(format!("there is no command {first:?}; did you mean {alike}?")),
        None if has_target => Some(format!("there is no command {first:?}; `gatewalk --help` lists them")),
        None => None,
    }
}

/// That an unknown option is a format of `--report`.
fn report_option(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = option.strip_prefix("--")?;
    let format: Option<Format> = name.parse().ok();
    (error.kind() == ErrorKind::UnknownArgument && format.is_some())
        .then(|| format!("there is no option {option}; did you mean --report {name}=PATH?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_command_is_said_to_be_none() {
        let said =
            |words: &[&str]| no_command(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let alike = said(&["chekc", "https://gw.example/mcp"]);
        assert_eq!(alike.as_deref(), Some("there is no command \"chekc\"; did you mean check?"));
        assert!(said(&["diif"]).is_some());
        assert!(said(&["frobnicate", "x.toml"]).unwrap().contains("--help"));
        for words in [
            &[][..],
            &["check"],
            &["help", "check"],
            &["--sandbox"],
            &["check.toml"],
            &["https://gw.example/mcp"],
            &["http://check"],
            &["localhost:8080"],
            &["src"],
        ] {
            assert_eq!(said(words), None, "{words:?}");
        }
    }
}
