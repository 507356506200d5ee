//! The transcript as JSON, schema 1: what every other report can be made from.

use std::io::{self, Write};

use crate::transcript::Transcript;

/// Writes it, pretty, with a newline at the end.
pub(super) fn render(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, transcript)?;
    writeln!(to)
}
