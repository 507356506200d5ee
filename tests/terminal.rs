//! The real binary in a pseudo terminal: first frame, a whole walk, resize, leaving.
#![cfg(unix)]
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests, where a panic is the report"
)]

mod picture;

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use gatewalk::sandbox::{Plan, Sandbox};
use gatewalk::specification::ProtocolVersion;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a screen may take to come; only a failing test waits so long.
const TIMEOUT: Duration = Duration::from_secs(30);

struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    _state: tempfile::TempDir,
}

const fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Terminal {
    fn start(args: &[&str], columns: u16, rows: u16) -> Self {
        // What opens URLs here: a program that does nothing.
        Self::start_in(args, columns, rows, &[("BROWSER", "true")])
    }

    /// Starts it where only these variables say what there is to open URLs with, and to keep a clipboard.
    fn start_in(args: &[&str], columns: u16, rows: u16, surroundings: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gatewalk"));
        command.args(args);
        command.env("TERM", "xterm-256color");
        for name in ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "TMUX"] {
            command.env_remove(name);
        }
        for (name, value) in surroundings {
            command.env(name, value);
        }
        // Nothing is remembered from other tests, or in the home of whoever runs the tests.
        let state = tempfile::tempdir().unwrap();
        command.env("XDG_STATE_HOME", state.path());
        command.env("EDITOR", "sed -i s/GET/HEAD/");
        command.env_remove("VISUAL");
        command.env_remove("NO_COLOR");
        for name in ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter(|name| !surroundings.iter().any(|(of, _)| of == name))
        {
            command.env_remove(name);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        Self { master: pair.master, child, keys, output, screen, _state: state }
    }

    /// Reads until the screen shows a text.
    fn until(&mut self, text: &str) -> String {
        loop {
            let shown = self.screen.screen().contents();
            if shown.contains(text) {
                return shown;
            }
            let bytes = self.output.recv_timeout(TIMEOUT);
            let bytes = bytes.unwrap_or_else(|_| panic!("{text:?} did not come:\n{shown}"));
            self.screen.process(&bytes);
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for the end of the program; the terminal must be as before.
    fn ends(&mut self) -> u32 {
        loop {
            match self.output.recv_timeout(TIMEOUT) {
                Ok(bytes) => self.screen.process(&bytes),
                // The program closed its end of the terminal.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.child.kill().unwrap();
                    panic!("the program did not end:\n{}", self.screen.screen().contents());
                }
            }
        }
        let code = self.child.wait().unwrap().exit_code();
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor(), "the terminal is not restored");
        code
    }
}

#[test]
fn enter_alone_walks_the_sandbox_to_7_of_7() {
    let mut terminal = Terminal::start(&[], 80, 24);
    terminal.until("0/7");
    for step in 1..=7 {
        terminal.press("\r");
        terminal.until(&format!("{step}/7"));
    }
    terminal.until("complete");
    // In the help q closes it.
    terminal.press("?");
    terminal.until("walk the next step");
    terminal.press("q");
    terminal.until("complete");
    // Of a clean sandbox nothing is worth a question.
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    let shown = terminal.screen.screen().contents();
    assert!(shown.contains("7 of 7 steps, no findings"), "{shown}");
}

#[test]
fn a_dumb_terminal_is_pointed_to_the_check() {
    let mut terminal = Terminal::start_in(&[], 80, 24, &[("TERM", "dumb")]);
    terminal.until("`gatewalk check`");
    assert_eq!(terminal.ends(), 2);
}

#[test]
fn without_utf_8_the_screen_is_ascii() {
    let mut terminal = Terminal::start_in(&[], 80, 24, &[("LC_ALL", "C")]);
    let shown = terminal.until("0/7");
    assert!(shown.is_ascii(), "{shown}");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let mut terminal = Terminal::start(&[], 80, 24);
    terminal.until("Steps");
    terminal.master.resize(size(40, 12)).unwrap();
    terminal.screen.screen_mut().set_size(12.try_into().unwrap(), 40.try_into().unwrap());
    terminal.until("gatewalk needs 60×16");
    terminal.master.resize(size(120, 36)).unwrap();
    terminal.screen.screen_mut().set_size(36.try_into().unwrap(), 120.try_into().unwrap());
    terminal.until("Challenge");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_key_that_comes_with_a_resize_is_not_lost() {
    // Several times: with an event source that can lose it, one in twenty-five was lost.
    for _ in 0..5 {
        let mut terminal = Terminal::start(&[], 80, 24);
        terminal.until("0/7");
        terminal.master.resize(size(100, 30)).unwrap();
        terminal.master.resize(size(120, 36)).unwrap();
        terminal.press("\u{3}");
        assert_eq!(terminal.ends(), 0);
    }
}

#[test]
fn ctrl_c_while_a_request_is_in_flight_restores_the_terminal() {
    let mut terminal = Terminal::start(&["--fault", "slow"], 80, 24);
    terminal.until("0/7");
    terminal.press("\r");
    terminal.until("POST");
    terminal.press("?");
    terminal.until("walk the next step");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_refusal_is_asked_about() {
    let mut terminal = Terminal::start(&["--fault", "issuer-mismatch"], 120, 36);
    terminal.until("0/7");
    terminal.press("a");
    terminal.until("A conforming client would stop here");
    terminal.press("c");
    terminal.until("7/7");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn at_the_login_o_leaves_the_sandbox_to_the_browser() {
    let mut terminal = Terminal::start(&[], 120, 36);
    terminal.until("0/7");
    for step in 1..=4 {
        terminal.press("\r");
        terminal.until(&format!("{step}/7"));
    }
    terminal.press("o");
    terminal.until("Waiting for you to sign in");
    terminal.until("ssh -L");
    // Alone on the screen the URL is one line, which the terminal wraps.
    terminal.press("z");
    let shown = terminal.until("any key goes back");
    assert!(shown.starts_with("http://127.0.0.1"), "{shown}");
    assert!(terminal.screen.screen().row_wrapped(0), "{shown}");
    terminal.press("q");
    terminal.until("ssh -L");
    terminal.press("v");
    terminal.press("http://elsewhere.example/callback?code=x\r");
    terminal.until("is not the redirected URL");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_request_is_changed_in_an_editor_and_sent_again() {
    let mut terminal = Terminal::start(&[], 120, 36);
    terminal.until("0/7");
    for step in 1..=2 {
        terminal.press("\r");
        terminal.until(&format!("{step}/7"));
    }
    terminal.press("e");
    terminal.until("Change GET");
    terminal.until("GET http");
    terminal.press("\u{5}");
    terminal.until("HEAD http");
    terminal.press("\u{13}");
    terminal.until("(edited)");
    // The server does not respond HEAD, so the walk tries the next location; one back is what was changed.
    terminal.until("2/7");
    terminal.press("[");
    terminal.until("You edited this request");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_form_starts_another_walk() {
    let mut terminal = Terminal::start(&[], 120, 36);
    terminal.until("2025-11-25");
    terminal.press("\r");
    terminal.until("1/7");
    terminal.press("t");
    terminal.until("Target and options");
    terminal.until("sandbox");
    // Down to the protocol version, and one to the right.
    terminal.press("\u{1b}[B\u{1b}[C\r");
    terminal.until("2026-07-28");
    terminal.until("0/7");
    terminal.press("a");
    terminal.until("7/7");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_pages_of_the_whole_run_are_there() {
    let mut terminal = Terminal::start(&[], 120, 36);
    terminal.until("0/7");
    terminal.press("a");
    terminal.until("7/7");
    for (key, text) in
        [("d", "callback: code"), ("i", "until the head"), ("l", "listens on"), ("\u{1b}", "Requests")]
    {
        terminal.press(key);
        terminal.until(text);
    }
    terminal.press("6\t/audience\r");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

/// `tests/picture/run` names the file that the picture of the README is written to.
#[test]
#[expect(clippy::disallowed_methods, reason = "the file is named by who runs the test")]
fn the_picture_of_the_readme_is_drawn() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/sandbox/default-audience-missing.toml");
    let mut terminal = Terminal::start(&[scenario], 120, 34);
    terminal.until("0/7");
    terminal.press("a");
    terminal.until("fix      ");
    terminal.until("stopped: ");
    // The end of the last row of the last frame.
    terminal.until("? help  q quit");
    let svg = picture::picture(terminal.screen.screen());
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert!(svg.contains("resource-ignored"), "{svg}");
    if let Some(file) = std::env::var_os("PICTURE") {
        std::fs::write(file, svg).unwrap();
    }
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_cause_is_told_where_the_walk_ends() {
    let mut terminal = Terminal::start(&["--fault", "issuer-mismatch"], 120, 36);
    terminal.until("0/7");
    terminal.press("a");
    terminal.until("A conforming client would stop here");
    terminal.until("fix      ");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn probes_are_sent_from_the_end_of_the_walk() {
    let mut terminal = Terminal::start(&[], 120, 36);
    terminal.until("0/7");
    terminal.press("a");
    terminal.until("complete: 7 of 7");
    terminal.press("A");
    terminal.until("Send probes?");
    terminal.press("\r");
    terminal.until("get-without-token");
    terminal.until("complete: 7 of 7");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

/// The transcript of a run of the sandbox, in a folder of its own.
fn transcript(args: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json").to_str().unwrap().to_owned();
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_gatewalk"))
        .args(["check", "--sandbox", "--quiet", "--report", &format!("json={path}")])
        .args(args)
        .output()
        .unwrap();
    assert!(std::fs::metadata(&path).is_ok(), "{}", String::from_utf8_lossy(&checked.stderr));
    (folder, path)
}

#[test]
fn a_stored_run_is_replayed_step_by_step() {
    let (_folder, path) = transcript(&["--fault", "issuer-mismatch"]);
    let mut terminal = Terminal::start(&["replay", &path], 120, 36);
    terminal.until("Replay of run.json");
    terminal.until("every verdict is as stored");
    terminal.until("violation as-issuer-matches");
    terminal.press("R");
    terminal.until("0/7");
    for step in 1..=2 {
        terminal.press("\r");
        terminal.until(&format!("{step}/7"));
    }
    terminal.press("a");
    terminal.until("the run stopped here");
    terminal.press("r");
    terminal.until("a replay sends nothing");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0, "leaving is no verdict");
}

#[test]
fn from_a_replay_another_walk_is_started() {
    let (_folder, path) = transcript(&[]);
    let mut terminal = Terminal::start(&["replay", &path], 120, 36);
    terminal.until("Replay of run.json");
    terminal.press("t");
    terminal.until("Target and options");
    // In place of the target, which is gone.
    terminal.press(&"\u{7f}".repeat(60));
    terminal.press("sandbox\r");
    terminal.until("gatewalk walks to");
    terminal.press("\r");
    terminal.until("1/7");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_login_page_with_an_error_is_read_without_the_browser() {
    let mut terminal = Terminal::start(&["--fault", "connection-not-enabled"], 120, 36);
    terminal.until("0/7");
    for step in 1..=4 {
        terminal.press("\r");
        terminal.until(&format!("{step}/7"));
    }
    terminal.press("o");
    terminal.until("the page shows an error");
    terminal.press("L");
    terminal.until("nobody can log in through it");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_broken_transcript_is_told_before_the_screen_is_taken() {
    let (folder, path) = transcript(&[]);
    let whole = std::fs::read_to_string(&path).unwrap();
    let broken = [
        (whole[..whole.len() / 2].to_owned(), "is not JSON"),
        ("{}".to_owned(), "is no transcript"),
        (whole.replacen("\"schema\": 1", "\"schema\": 7", 1), "has schema 7"),
        (whole.replacen("\"started\": \"2", "\"started\": \"x", 1), "is no RFC 3339 time"),
    ];
    for (text, why) in broken {
        assert_ne!(text, whole, "{why}");
        std::fs::write(folder.path().join("run.json"), text).unwrap();
        let mut terminal = Terminal::start(&["replay", &path], 120, 36);
        terminal.until(why);
        assert_eq!(terminal.ends(), 2, "{why}");
    }
}

#[test]
#[cfg(not(target_os = "macos"))]
fn without_a_display_no_browser_is_said_to_be_open() {
    let mut terminal = Terminal::start_in(&[], 120, 36, &[]);
    terminal.until("0/7");
    for step in 1..=4 {
        terminal.press("\r");
        terminal.until(&format!("{step}/7"));
    }
    terminal.press("o");
    terminal.until("there is no display here: open the URL yourself");
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
}

/// The screen of a walk to a sandbox of ours, once it has registered its client.
fn registered(runtime: &tokio::runtime::Runtime) -> (Terminal, Sandbox) {
    let plan = Plan::honest(ProtocolVersion::DEFAULT);
    let sandbox = runtime.block_on(Sandbox::start(plan)).unwrap();
    let mut terminal = Terminal::start(&[sandbox.target()], 120, 36);
    terminal.until("0/7");
    for step in 1..=4 {
        terminal.press("\r");
        terminal.until(&format!("{step}/7"));
    }
    assert_eq!(sandbox.clients().len(), 1);
    (terminal, sandbox)
}

#[test]
fn signals_from_outside_give_back_the_terminal_and_what_was_obtained() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for signal in ["INT", "QUIT", "TERM", "HUP", "USR1"] {
        let (mut terminal, sandbox) = registered(&runtime);
        let id = terminal.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &id]).status();
        assert!(sent.unwrap().success());
        assert_eq!(terminal.ends(), 0, "{signal}");
        assert_eq!(sandbox.clients(), Vec::<String>::new(), "{signal}");
    }
}

#[test]
fn a_terminal_that_is_closed_costs_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (terminal, sandbox) = registered(&runtime);
    let Terminal { master, mut child, keys, output, screen: _, _state } = terminal;
    drop((master, keys));
    // The reader of the test holds the other end, too: it ends with the program, or when nobody hears it.
    drop(output);
    let ended = child.wait().unwrap();
    assert_eq!(ended.signal(), None, "{ended:?}");
    assert_eq!(sandbox.clients(), Vec::<String>::new());
}
