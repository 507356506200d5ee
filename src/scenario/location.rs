//! A place in a scenario file, for reports that point at it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A line of a file of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The path as the user gave it, usually from the root of the repository.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
}
