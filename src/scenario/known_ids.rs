//! What a scenario file or a baseline may refer to.

use super::variables::Env;

/// What a file may refer to.
#[derive(Clone, Copy)]
pub struct KnownIds<'a> {
    /// Values of variables.
    pub variable: Env<'a>,
    /// Ids of the sandbox's faults.
    pub faults: &'a [&'a str],
    /// Ids of the sandbox's variations.
    pub variations: &'a [&'a str],
    /// Ids of the sandbox's presets.
    pub presets: &'a [&'a str],
    /// Ids of the checks.
    pub checks: &'a [&'a str],
    /// Ids of the diagnoses, each with those of the checks it explains.
    pub diagnoses: &'a [(&'a str, &'a [&'a str])],
    /// Reads a word for clients.
    pub clients: &'a dyn Fn(&str) -> Result<String, String>,
}
