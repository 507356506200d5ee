//! What a target argument names: a scenario file, or the URL of an MCP endpoint.

use std::path::Path;

use super::{Failure, input};
use crate::check::CATALOGUE;
use crate::diagnosis::CAUSES;
use crate::document::identifier::Identifier;
use crate::sandbox::{Fault, Preset, Variation};
use crate::scenario::{Expectation, KnownIds, PartialScenario, Place, Problems, file, length, value};
use crate::transcript::redact::is_opaque;

/// Reads a target argument: an existing file, and anything that ends in `.toml`, is a scenario.
pub(super) fn read(argument: &str) -> Result<PartialScenario, Failure> {
    if is_file(argument) {
        let mut draft = with_vocabulary(argument, file::scenario)?;
        // Paths in a file are meant from where it is.
        let folder = Path::new(argument).parent().unwrap_or_else(|| Path::new(""));
        for path in &mut draft.network.ca_certificates {
            *path = folder.join(&*path).to_string_lossy().into_owned();
        }
        return Ok(draft);
    }
    if !argument.contains("://") {
        return Err(Failure::Usage(neither(argument)));
    }
    let url = value::target(argument).map_err(Failure::Usage)?;
    Ok(PartialScenario { place: Some(Place::Url(url)), ..PartialScenario::default() })
}

/// That a target argument is nothing that can be walked.
fn neither(argument: &str) -> String {
    if Path::new(argument).is_dir() {
        return format!("{argument} is a directory; name the scenario files in it");
    }
    let legible = value::legible(argument);
    let named =
        if is_opaque(&legible) { format!("a target ({})", length(argument)) } else { format!("{legible:?}") };
    let what = format!("{named} is neither a file nor an absolute http(s) URL");
    let host = argument.split('/').next().unwrap_or_default();
    if host.contains(['.', ':']) && !host.starts_with('.') || host == "localhost" {
        format!("{what}; did you mean https://{legible}?")
    } else {
        format!("{what} such as https://host/mcp")
    }
}

/// Whether a target argument is a scenario file rather than a URL.
pub(super) fn is_file(argument: &str) -> bool {
    let path = Path::new(argument);
    path.extension().is_some_and(|extension| extension == "toml") || path.is_file()
}

/// A name for the reports of a run: that of the scenario file, or the host of the URL.
pub(super) fn name(argument: &str) -> String {
    let name = if is_file(argument) {
        Path::new(argument).file_stem().map(|stem| stem.to_string_lossy().into_owned())
    } else {
        let url = Identifier::parse(argument);
        url.map(|url| url.origin.rsplit('/').next().unwrap_or_default().replace(':', "-"))
    };
    name.unwrap_or_else(|| "target".to_owned())
}

/// Reads a baseline.
pub(super) fn baseline(path: &str) -> Result<Vec<Expectation>, Failure> {
    with_vocabulary(path, file::baseline)
}

/// Reads a file that may refer to what there is.
fn with_vocabulary<T>(
    path: &str,
    read: fn(&str, &str, KnownIds<'_>) -> Result<T, Problems>,
) -> Result<T, Failure> {
    let faults: Vec<_> = Fault::ALL.iter().map(|fault| fault.id()).collect();
    let variations: Vec<_> = Variation::ALL.iter().map(|variation| variation.id()).collect();
    let checks: Vec<_> = CATALOGUE.iter().map(|check| check.id).collect();
    let diagnoses: Vec<_> = CAUSES.iter().map(|cause| (cause.id, cause.explains)).collect();
    let vocabulary = KnownIds {
        variable: &variable,
        faults: &faults,
        variations: &variations,
        presets: &Preset::ALL.map(Preset::id),
        checks: &checks,
        diagnoses: &diagnoses,
        clients: &super::value::clients,
    };
    Ok(read(&from_here(path), &text(path)?, vocabulary)?)
}

/// The path as reports and editors find it: from the working directory, where it is below it.
fn from_here(path: &str) -> String {
    let here = std::env::current_dir().ok();
    let given = Path::new(path);
    let below = here.and_then(|here| given.strip_prefix(here).ok());
    let parts = below.unwrap_or(given).to_string_lossy();
    let parts = if cfg!(windows) { parts.replace('\\', "/") } else { parts.into_owned() };
    parts.trim_start_matches("./").to_owned()
}

fn text(path: &str) -> Result<String, Failure> {
    input::text(Path::new(path), input::Purpose::Settings)
        .map_err(|cause| Failure::Usage(format!("cannot read {path}: {cause}")))
}

/// The value of a variable in a file.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
