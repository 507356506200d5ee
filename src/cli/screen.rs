//! `gatewalk [TARGET]`: the terminal UI, on the sandbox if there is no target.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::options::{Prepared, WalkArgs};
use super::output::write_file;
use super::{Failure, client_store, environment, is_interactive, recent};
use crate::report::Format;
use crate::run::clock;
use crate::scenario::{KnownClient, PartialScenario, Place, ProbeMode};
use crate::transcript::Transcript;
use crate::transcript::replay::Replay;
use crate::tui::{self, Clipboard, Host, Launch, Setup, Source, Stored};

/// What to show.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// URL of the MCP endpoint, or a scenario file
    target: Option<String>,
    #[command(flatten)]
    walk: WalkArgs,
}

/// Shows the screen.
pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    let Args { target, mut walk } = args;
    if !is_interactive() {
        return Err(Failure::Usage(
            "the screen needs a terminal; `gatewalk check` walks without one (see `gatewalk check --help`)"
                .into(),
        ));
    }
    if environment::is_dumb_terminal() {
        return Err(Failure::Usage(
            "the screen needs a terminal with a cursor, and TERM is \"dumb\"; `gatewalk check` walks in plain lines"
                .into(),
        ));
    }
    if target.is_none() {
        walk.sandbox = true;
    }
    let draft = walk.draft(target.as_deref())?;
    let launch = launch(draft.clone()).await?;
    let colour = !walk.no_color && colour_wanted();
    show(Source::Walk(Box::new(launch)), draft, colour).await
}

/// Shows a stored run. `t` walks to its target.
pub(super) async fn replay(path: &Path, replay: Replay, colour: bool) -> Result<u8, Failure> {
    let stored = replay.stored();
    let draft = PartialScenario {
        place: Some(Place::Url(stored.target.as_str().to_owned())),
        protocol_version: Some(stored.protocol_version),
        ..PartialScenario::default()
    };
    let name =
        path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
    let colour = colour && colour_wanted();
    show(Source::Stored(Arc::new(Stored::new(name, replay))), draft, colour).await
}

/// Shows it until the user leaves.
async fn show(source: Source, draft: PartialScenario, colour: bool) -> Result<u8, Failure> {
    let setup = Setup { source, draft, host: Arc::new(CommandLine), colour, glyphs: environment::glyphs() };
    Box::pin(tui::run(setup)).await?;
    Ok(0)
}

/// Makes a walk of a draft, and remembers its target.
async fn launch(mut draft: PartialScenario) -> Result<Launch, Failure> {
    // On the screen they are sent when they are asked for.
    draft.probes.extent.get_or_insert(ProbeMode::Off);
    let place = draft.place.clone();
    let Prepared { scenario, policy, past_refusals, transport, sandbox } = Prepared::new(draft, true).await?;
    if let Some(Place::Url(url)) = place {
        recent::remember(&url);
    }
    let hint = sandbox.as_ref().map(|_| {
        "This is the sandbox: the login is filled in for you, so Enter alone reaches 7/7; at step 5, o opens the browser instead."
            .to_owned()
    });
    let held = sandbox.map(|sandbox| Box::new(sandbox) as Box<dyn std::any::Any + Send>);
    let has_display = environment::has_display();
    Ok(Launch { scenario, policy, past_refusals, has_display, transport: Arc::new(transport), hint, held })
}

/// What the screen asks of us.
struct CommandLine;

impl Host for CommandLine {
    fn prepare(&self, draft: PartialScenario) -> BoxFuture<'_, Result<Launch, String>> {
        Box::pin(async { launch(draft).await.map_err(|failure| failure.to_string()) })
    }

    fn recent(&self) -> Vec<String> {
        recent::targets()
    }

    fn formats(&self) -> Vec<(&'static str, &'static str)> {
        Format::ALL.iter().map(|format| (format.id(), format.purpose())).collect()
    }

    fn export(&self, transcript: &Transcript, format: &str) -> Result<PathBuf, String> {
        let format: Format = format.parse()?;
        let time = clock::timestamp().strftime("%Y%m%dT%H%M%SZ").to_string();
        let path =
            PathBuf::from(format!("gatewalk-{}-{time}.{}", host(&transcript.target), format.extension()));
        write_file(transcript, format, &path).map_err(|error| format!("{}: {error}", path.display()))?;
        // Whoever reads it may not know where gatewalk was started.
        Ok(std::path::absolute(&path).unwrap_or(path))
    }

    fn clipboard(&self) -> Clipboard {
        environment::clipboard()
    }

    fn give_to_tmux(&self, text: &str) -> Result<(), String> {
        environment::give_to_tmux(text)
    }

    fn keep(&self, clients: &[KnownClient]) -> Result<(), String> {
        client_store::keep(clients).map_err(|failure| failure.to_string())
    }

    fn edit(&self, text: &str) -> Result<String, String> {
        edit(text)
    }
}

/// The host of a URL as part of a file name.
fn host(url: &str) -> String {
    let authority =
        url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-".contains(c) { c } else { '-' })
        .take(80)
        .collect()
}

/// Has a text changed in `$VISUAL` or `$EDITOR`, in a file only its user can read.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn edit(text: &str) -> Result<String, String> {
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok());
    let editor = editor.filter(|editor| !editor.trim().is_empty());
    let editor = editor.ok_or("no editor is set: $VISUAL or $EDITOR has to name one")?;
    let words = shlex::split(&editor).unwrap_or_default();
    let (program, arguments) =
        words.split_first().ok_or_else(|| format!("{editor:?} is no program: a quote is not closed"))?;
    let told = |what: &str, error: std::io::Error| format!("{what}: {error}");
    // tempfile makes it readable for its owner only.
    let file = tempfile::Builder::new().prefix("gatewalk-").suffix(".http").tempfile();
    let file = file.map_err(|error| told("cannot make a file to edit", error))?.into_temp_path();
    std::fs::write(&file, text).map_err(|error| told("cannot write the file to edit", error))?;
    let status = Command::new(program).args(arguments).arg(&file).status();
    let status = status.map_err(|error| told(program, error))?;
    if !status.success() {
        return Err(format!("{program} ended with {status}: nothing was changed"));
    }
    std::fs::read_to_string(&file).map_err(|error| told("cannot read the edited file", error))
}

/// <https://no-color.org>: any value but the empty one.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_safe_in_file_names() {
        assert_eq!(host("https://user@my.host:8443/../x"), "my.host-8443");
        assert_eq!(host("http://[::1]/"), "---1-");
        assert_eq!(host("no url"), "no-url");
    }
}
