//! `gatewalk [TARGET]`: the terminal UI, on the sandbox if there is no target.

use std::path::PathBuf;
use std::sync::Arc;

use super::options::Walk;
use super::{Failure, is_interactive};
use crate::tui::{self, Setup};

/// Shows the screen.
pub(super) async fn run(mut walk: Walk) -> Result<u8, Failure> {
    if !is_interactive() {
        return Err(Failure::Usage(
            "the screen needs a terminal; `gatewalk check` walks without one (see `gatewalk check --help`)"
                .into(),
        ));
    }
    if walk.target.is_none() {
        walk.sandbox = true;
    }
    let (past_refusals, fail_on, no_color) = (walk.past_refusals, walk.fail_on, walk.no_color);
    let prepared = walk.prepare(true).await?;
    let hint = prepared.sandbox.as_ref().map(|_| {
        "This is the sandbox: the login is filled in for you, so Enter alone reaches 7/7; at step 5, o opens the browser instead."
            .to_owned()
    });
    let setup = Setup {
        scenario: prepared.scenario,
        past_refusals,
        fail_on,
        export_dir: PathBuf::from("."),
        colour: !no_color && colour_wanted(),
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
