//! `gatewalk [TARGET]`: the terminal UI, on the sandbox if there is no target.

use std::path::PathBuf;
use std::sync::Arc;

use super::options::{Prepared, Walk};
use super::{Failure, is_interactive};
use crate::tui::{self, Setup};

/// What to show.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// URL of the MCP endpoint, or a scenario file
    target: Option<String>,
    #[command(flatten)]
    walk: Walk,
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
    if target.is_none() {
        walk.sandbox = true;
    }
    let draft = walk.draft(target.as_deref())?;
    let prepared = Prepared::new(draft, true).await?;
    let hint = prepared.sandbox.as_ref().map(|_| {
        "This is the sandbox: the login is filled in for you, so Enter alone reaches 7/7; at step 5, o opens the browser instead."
            .to_owned()
    });
    let setup = Setup {
        scenario: prepared.scenario,
        past_refusals: prepared.past_refusals,
        policy: prepared.policy,
        export_dir: PathBuf::from("."),
        colour: !walk.no_color && colour_wanted(),
        hint,
    };
    tui::run(setup, Arc::new(prepared.transport)).await?;
    Ok(0)
}

/// <https://no-color.org>: any value but the empty one.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
