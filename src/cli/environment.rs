//! What gatewalk runs in: whether a browser shows up there, and who keeps the clipboard.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};

use super::Failure;
use crate::tui::{Clipboard, Glyphs};

/// Files that are open at a time in the smallest walk.
#[cfg(unix)]
const FILES: u64 = 16;
/// Threads of the smallest walk.
const THREADS: usize = 3;

/// Whether there is what every walk needs: those below us take it for granted and break down without it.
pub(super) fn suffices() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        if let Some(files) = getrlimit(Resource::Nofile).current.filter(|files| *files < FILES) {
            return Err(Failure::Usage(format!(
                "no more than {files} files may be open at a time here; gatewalk needs {FILES} (ulimit -n)"
            )));
        }
    }
    let all = Arc::new(Barrier::new(THREADS));
    let threads = (1..THREADS).map(|_| {
        let all = Arc::clone(&all);
        std::thread::Builder::new().spawn(move || {
            all.wait();
        })
    });
    let started = threads.collect::<Result<Vec<_>, _>>();
    let threads = started.map_err(Failure::io("the system gives no threads (ulimit -u)"))?;
    all.wait();
    for thread in threads {
        // It does nothing that could fail.
        drop(thread.join());
    }
    Ok(())
}

/// Whether a browser that is opened here is seen by somebody.
pub(super) fn has_display() -> bool {
    let windowed = cfg!(any(windows, target_os = "macos")) && !is_set("SSH_CONNECTION");
    // What opens URLs under the Windows Subsystem for Linux, and what the user named for it.
    windowed || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"].into_iter().any(is_set)
}

/// Whether the terminal has no cursor to move.
pub(super) fn is_dumb_terminal() -> bool {
    value("TERM").as_deref() == Some("dumb")
}

/// The characters the locale has (POSIX: the first of the three that is set counts). Where none is set, as in most
/// containers, the terminal is taken to show UTF-8, as terminals do.
pub(super) fn glyphs() -> Glyphs {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(value);
    glyphs_of(locale.as_deref())
}

fn glyphs_of(locale: Option<&str>) -> Glyphs {
    let has_utf8 = |locale: &str| locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    if locale.is_none_or(has_utf8) { Glyphs::Unicode } else { Glyphs::Ascii }
}

/// Who keeps the clipboard: tmux takes it from no program within it unless it is asked to (`set-clipboard on`).
pub(super) fn clipboard() -> Clipboard {
    if is_set("TMUX") { Clipboard::Tmux } else { Clipboard::Terminal }
}

fn is_set(name: &str) -> bool {
    value(name).is_some()
}

/// The value of a variable, unless it is empty.
#[expect(clippy::disallowed_methods, reason = "cli is the reader of the environment")]
fn value(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_without_utf_8_has_ascii_only() {
        for locale in ["C", "POSIX", "en_US.ISO-8859-1", "de_DE@euro"] {
            assert_eq!(glyphs_of(Some(locale)), Glyphs::Ascii, "{locale}");
        }
        for locale in [None, Some("C.UTF-8"), Some("en_US.utf8"), Some("UTF-8")] {
            assert_eq!(glyphs_of(locale), Glyphs::Unicode, "{locale:?}");
        }
    }
}
