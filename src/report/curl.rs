//! A shell script that repeats the requests of a walk with curl; secrets are variables of the environment.
//!
//! A request whose secrets are not given is skipped, and the script says which variable to set. Codes and verifiers are
//! good for one use, so a whole login is not repeated by it.

use std::io::{self, Write};

use crate::transcript::curl::{curl, variables};
use crate::transcript::{BodyEncoding, Transcript};

const HEAD: &str = r#"#!/bin/sh
# Repeats the requests of a run of gatewalk. Secrets are variables: set those you have before you start it.
# A client that it registers stays registered.
set -u

# Whether all these variables are set; says which one is not.
have() {
  for name in "$@"; do
    if eval "[ -z \"\${$name:-}\" ]"; then
      echo "   skipped: set $name" >&2
      return 1
    fi
  done
}
"#;

/// Writes it.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    to.write_all(HEAD.as_bytes())?;
    writeln!(to, "\n# {}  {}", transcript.target, transcript.protocol_version)?;
    let mut step = None;
    for exchange in &transcript.exchanges {
        if step != Some(exchange.step) {
            step = Some(exchange.step);
            writeln!(to, "\n# {} {}", exchange.step.number(), exchange.step.title())?;
        }
        writeln!(to, "\n# {}", exchange.line())?;
        if exchange.request.body_encoding == BodyEncoding::Base64 {
            writeln!(to, "# left out: its body is not UTF-8")?;
            continue;
        }
        writeln!(to, "echo '{} {}' >&2", exchange.id, shown(&exchange.request.method))?;
        let (command, needed) = variables(&curl(&exchange.request));
        if needed.is_empty() {
            writeln!(to, "{command}")?;
        } else {
            writeln!(to, "have {} && {command}", needed.join(" "))?;
        }
        // A body may end without a new line.
        writeln!(to, "echo")?;
    }
    Ok(())
}

/// A word that quotes nothing.
fn shown(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
