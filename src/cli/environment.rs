//! What gatewalk runs in: whether a browser shows up there, and who keeps the clipboard.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::tui::Clipboard;

/// Whether a browser that is opened here is seen by somebody.
pub(super) fn has_display() -> bool {
    let windowed = cfg!(any(windows, target_os = "macos")) && !is_set("SSH_CONNECTION");
    // What opens URLs under the Windows Subsystem for Linux, and what the user named for it.
    windowed || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"].into_iter().any(is_set)
}

/// Who keeps the clipboard: tmux takes it from no program within it unless it is asked to (`set-clipboard on`).
pub(super) fn clipboard() -> Clipboard {
    if is_set("TMUX") { Clipboard::Tmux } else { Clipboard::Terminal }
}

#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Puts a text into tmux's buffer; tmux passes it on to the clipboard of its terminal, if it knows how to.
pub(super) fn give_to_tmux(text: &str) -> Result<(), String> {
    // `-w` passes it on; tmux before 3.2 does not know it.
    load_buffer(&["load-buffer", "-w", "-"], text).or_else(|_| load_buffer(&["load-buffer", "-"], text))
}

fn load_buffer(args: &[&str], text: &str) -> Result<(), String> {
    let told = |error: std::io::Error| format!("tmux does not take it: {error}");
    let mut tmux = Command::new("tmux")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(told)?;
    if let Some(mut stdin) = tmux.stdin.take() {
        stdin.write_all(text.as_bytes()).map_err(told)?;
    }
    let output = tmux.wait_with_output().map_err(told)?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("tmux does not take it: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
