//! The transcript as JSON, schema 1: what every other report can be made from.

use std::io::{self, Write};

use crate::transcript::Transcript;
use crate::transcript::sanitize::escape_json;

/// Writes it, pretty, with a newline at the end.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{}", escape_json(&serde_json::to_string_pretty(transcript)?))
}
