//! The terminal: taken on entry, given back on every way out, panics in any thread included.

use std::io::{self, Write as _, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::DefaultTerminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::clipboard::CopyToClipboard;
use ratatui::crossterm::cursor::MoveTo;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, enable_raw_mode};
use ratatui::layout::Size;

use super::model::Model;
use super::overlay::Overlay;
use super::pane;
use super::text::sanitize;

/// The terminal while it is ours. Dropping it gives it back.
pub(super) struct Screen {
    /// Where to draw.
    pub(super) terminal: DefaultTerminal,
    /// The text that is alone on it, and its size.
    alone: Option<(String, Size)>,
    panicked: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn take() -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        let panicked = Arc::new(AtomicBool::new(false));
        // ratatui's hook leaves raw mode and the alternate screen, then has the panic printed.
        let restoring = std::panic::take_hook();
        let flag = Arc::clone(&panicked);
        std::panic::set_hook(Box::new(move |panic| {
            flag.store(true, Ordering::SeqCst);
            release();
            restoring(panic);
        }));
        execute!(stdout(), EnableMouseCapture, EnableBracketedPaste)?;
        Ok(Self { terminal, alone: None, panicked })
    }

    /// Gives the terminal to another program for a while.
    pub(super) fn lend(&mut self) -> io::Result<()> {
        release();
        ratatui::try_restore()?;
        self.terminal.show_cursor()
    }

    /// Takes the terminal back after [`Screen::lend`].
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste)?;
        self.forget()
    }

    /// Has everything drawn again. A new terminal knows nothing of what was drawn before; to clear the present one, it would
    /// have to be asked where its cursor is.
    fn forget(&mut self) -> io::Result<()> {
        self.terminal = ratatui::Terminal::new(CrosstermBackend::new(stdout()))?;
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
        self.panicked.load(Ordering::SeqCst)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if !self.is_lost() {
            release();
            ratatui::restore();
        }
    }
}

/// Ends what [`Screen::take`] switched on besides raw mode and the alternate screen. A terminal that is gone cannot be
/// told, and need not be.
fn release() {
    let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste);
}

/// Puts text into the clipboard of the terminal (OSC 52).
pub(super) fn copy(text: &str) -> io::Result<()> {
    execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
}

#[cfg(all(test, unix))]
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
}
