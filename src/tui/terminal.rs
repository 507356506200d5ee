//! The terminal: taken on entry, given back on every way out, panics in any thread included.

use std::io::{self, Stdout, Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::clipboard::CopyToClipboard;
use ratatui::crossterm::cursor::{MoveTo, Show};
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::Size;

use super::model::Model;
use super::overlay::Overlay;
use super::pane;
use super::text::sanitize;

/// The terminal while it is ours. Dropping it gives it back.
pub(super) struct Screen {
    /// Where to draw.
    pub(super) terminal: Terminal<CrosstermBackend<Output>>,
    /// The text that is alone on it, and its size.
    alone: Option<(String, Size)>,
    taken: Taken,
}

/// That the terminal is ours; dropped, it gives it back unless a panic has.
struct Taken {
    panicked: Arc<AtomicBool>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.panicked.load(Ordering::SeqCst) {
            give_back();
        }
    }
}

/// Standard output. A terminal that is gone takes everything: to `ratatui`, which tells of errors on standard error, that
/// would be gone too, they would be a panic.
pub(super) struct Output(Stdout);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).or_else(|error| unless_again(error, bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().or_else(|error| unless_again(error, ()))
    }
}

/// What stands for the outcome of a write that failed, unless it is to be tried again.
fn unless_again<T>(error: io::Error, instead: T) -> io::Result<T> {
    match error.kind() {
        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(instead),
    }
}

impl Screen {
    /// Takes the terminal. What was taken before something fails is given back.
    pub(super) fn take() -> io::Result<Self> {
        let panicked = Arc::new(AtomicBool::new(false));
        let taken = Taken { panicked: Arc::clone(&panicked) };
        let printing = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            panicked.store(true, Ordering::SeqCst);
            give_back();
            printing(panic);
        }));
        enable_raw_mode()?;
        enter()?;
        let terminal = Terminal::new(CrosstermBackend::new(Output(stdout())))?;
        Ok(Self { terminal, alone: None, taken })
    }

    /// Gives the terminal to another program for a while.
    pub(super) fn lend(&mut self) -> io::Result<()> {
        give_back();
        self.terminal.show_cursor()
    }

    /// Takes the terminal back after [`Screen::lend`].
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        enter()?;
        self.forget()
    }

    /// Gives the terminal to the shell and stops, as `^Z` does elsewhere; takes it back when the shell goes on with us.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.lend()?;
        stop()?;
        self.take_back()
    }

    /// Has everything drawn again. A new terminal knows nothing of what was drawn before; to clear the present one, it would
    /// have to be asked where its cursor is.
    fn forget(&mut self) -> io::Result<()> {
        self.terminal = Terminal::new(CrosstermBackend::new(Output(stdout())))?;
        Ok(())
    }

    /// Draws the screen; or prints a text alone, if that is what is to be seen: then the terminal wraps it, and its mouse
    /// marks it whole.
    pub(super) fn show(&mut self, model: &Model) -> io::Result<()> {
        if let Some(Overlay::Alone(text)) = &model.overlay {
            let alone = Some((text.clone(), model.size));
            if self.alone != alone {
                self.alone = alone;
                execute!(stdout(), DisableMouseCapture, Clear(ClearType::All), MoveTo(0, 0))?;
                for line in text.lines() {
                    write!(stdout(), "{}\r\n", sanitize(line))?;
                }
                write!(stdout(), "\r\n(any key goes back)")?;
                stdout().flush()?;
            }
            return Ok(());
        }
        if self.alone.take().is_some() {
            execute!(stdout(), Clear(ClearType::All), EnableMouseCapture)?;
            self.forget()?;
        }
        self.terminal.draw(|frame| pane::draw(model, frame))?;
        Ok(())
    }

    /// Whether the terminal was given back because a thread panicked. Nothing must be drawn then.
    pub(super) fn is_lost(&self) -> bool {
        self.taken.panicked.load(Ordering::SeqCst)
    }
}

/// Stops this program until the shell goes on with it.
#[cfg(unix)]
fn stop() -> io::Result<()> {
    use rustix::process::{Signal, getpid, kill_process};
    kill_process(getpid(), Signal::TSTP).map_err(io::Error::from)
}

/// There is no job control here.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
const fn stop() -> io::Result<()> {
    Ok(())
}

/// Switches on what the screen needs. It is cleared once: where there is no alternate screen, the text of the shell would
/// stay between what is drawn.
fn enter() -> io::Result<()> {
    execute!(stdout(), EnterAlternateScreen, Clear(ClearType::All), EnableMouseCapture, EnableBracketedPaste)
}

/// Ends what [`Screen::take`] switched on. A terminal that is gone cannot be told, and need not be.
fn give_back() {
    let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste);
    let _ = disable_raw_mode();
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
}

/// Puts text into the clipboard of the terminal (OSC 52).
pub(super) fn copy(text: &str) -> io::Result<()> {
    execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read as _;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// Not a test: what the next one runs in a terminal of its own.
    #[test]
    #[ignore = "panics, in the terminal of another test"]
    fn takes_the_terminal_and_panics() {
        let _screen = Screen::take().unwrap();
        panic!("this is to be read");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_and_can_be_read() {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let name = "tui::terminal::tests::takes_the_terminal_and_panics";
        command.args([name, "--exact", "--ignored", "--nocapture"]);
        command.env("TERM", "xterm-256color");
        command.env("RUST_BACKTRACE", "0");
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut output = Vec::new();
        // The other end closes when the program ends, which it does: it panics at once.
        let _ = reader.read_to_end(&mut output);
        assert!(!child.wait().unwrap().success());
        let mut screen = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
        screen.process(&output);
        let shown = screen.screen().contents();
        assert!(!screen.screen().alternate_screen(), "{shown}");
        assert!(String::from_utf8_lossy(&output).contains("this is to be read"), "{shown}");
        assert!(shown.contains("this is to be read"), "{shown}");
    }

    /// Not a test: what the next one runs in a terminal of its own.
    #[test]
    #[ignore = "takes the terminal of another test"]
    fn takes_a_terminal_that_cannot_be_written_to() {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        rustix::stdio::dup2_stdout(full).unwrap();
        assert!(Screen::take().is_err());
        let modes = rustix::termios::tcgetattr(rustix::stdio::stdin()).unwrap().local_modes;
        assert!(modes.contains(rustix::termios::LocalModes::ICANON), "left in raw mode");
        // The report of this test has nowhere to go.
        std::process::exit(0);
    }

    #[test]
    fn a_terminal_that_cannot_be_taken_is_left_as_it_was() {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let name = "tui::terminal::tests::takes_a_terminal_that_cannot_be_written_to";
        command.args([name, "--exact", "--ignored", "--nocapture"]);
        command.env("TERM", "xterm-256color");
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut output = Vec::new();
        // The other end closes when the program ends.
        let _ = reader.read_to_end(&mut output);
        assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&output));
    }
}
