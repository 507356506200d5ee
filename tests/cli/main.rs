//! Whole commands: exit codes, streams, reports, interruption.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

mod client;
mod login;
mod outcome;
mod report;
mod stderr;
mod stored;
mod usage;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn gatewalk(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewalk"));
    command.args(args).env_remove("NO_COLOR").env("GATEWALK_TEST_EMPTY", "").stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    gatewalk(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn transcript(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Starts a walk that waits for a pasted URL; answers the redirect URI.
#[expect(clippy::zombie_processes, reason = "the caller waits; only a failing test does not")]
fn waiting(args: &[&str]) -> (Child, BufReader<std::process::ChildStderr>, String) {
    let mut child =
        gatewalk(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the walk ended without asking");
        if let Some(rest) = line.strip_prefix("Waiting for the redirect to ") {
            let redirect_uri = rest.split(". ").next().unwrap().to_owned();
            return (child, said, redirect_uri);
        }
    }
}

/// A port of this machine on which nobody listens.
fn refused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
