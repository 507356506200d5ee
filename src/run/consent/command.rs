//! Leaves the login to a program: it gets the authorization URL and prints the URL of the callback.

use std::process::Stdio;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::io::AsyncRead;
use tokio::process::Command;

use super::failure::{Failure, without_query};
use super::process::{Process, lines};
use super::{Consent, ConsentContext, is_callback};
use crate::exchange::bounds;
use crate::scenario::Program;

/// Holds the authorization URL for the program.
const AUTHORIZATION_URL: &str = "GATEWALK_AUTHORIZATION_URL";
/// Holds the redirect URI for the program.
const REDIRECT_URI: &str = "GATEWALK_REDIRECT_URI";
/// How long it may take to end once it has printed the URL.
const GRACE: Duration = Duration::from_secs(2);

impl Consent for Program {
    fn obtain(self: Box<Self>, desk: ConsentContext) -> BoxFuture<'static, Result<String, Failure>> {
        Box::pin(async move {
            let mut command = Command::new(&self.name);
            command
                .args(&self.arguments)
                .arg(&desk.request.url)
                .env(AUTHORIZATION_URL, &desk.request.url)
                .env(REDIRECT_URI, &desk.request.redirect_uri)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut process = Process::start(command).map_err(|cause| Failure::NotStarted {
                program: self.name.clone(),
                cause: cause.to_string(),
            })?;
            let (output, errors) = (process.child.stdout.take(), process.child.stderr.take());
            let mut told = 0;
            let complaining = lines(errors, |line| {
                told += 1;
                match told {
                    ..bounds::PROGRAM_LINES => {
                        let line: String = line.chars().take(bounds::PROGRAM_LINE_TOLD).collect();
                        desk.note(format!("{}: {line}", self.name));
                    }
                    bounds::PROGRAM_LINES => {
                        desk.note(format!("{}: says more, which is not told", self.name));
                    }
                    _ => {}
                }
                None::<()>
            });
            tokio::pin!(complaining);
            let mut complains = true;
            let ended = {
                let printing = self.printed(&desk, &mut process, output);
                tokio::pin!(printing);
                loop {
                    tokio::select! {
                        _ = &mut complaining, if complains => complains = false,
                        ended = &mut printing => break ended,
                    }
                }
            };
            // What it still has to say ends with it and its children.
            drop(process);
            if complains {
                let _ = tokio::time::timeout(GRACE, complaining).await;
            }
            ended
        })
    }
}

impl Program {
    /// The URL it prints; without one, how it ended.
    async fn printed(
        &self,
        desk: &ConsentContext,
        process: &mut Process,
        output: Option<impl AsyncRead + Unpin>,
    ) -> Result<String, Failure> {
        let mut last = String::new();
        let found = lines(output, |line| {
            last = line.chars().take(100).collect();
            is_callback(&desk.request, line).then(|| line.to_owned())
        });
        if let Some(url) = found.await {
            // It may have something to put in order.
            let _ = tokio::time::timeout(GRACE, process.child.wait()).await;
            return Ok(url);
        }
        let status = process.child.wait().await;
        let how = status.map_or_else(|cause| cause.to_string(), |status| status.to_string());
        if !last.is_empty() {
            last = format!("; its last line starts {:?}", without_query(&last));
        }
        Err(Failure::NothingPrinted { program: self.name.clone(), how, last })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use super::*;
    use crate::exchange::{AuthorizationRequest, Exchange, ExchangeId, LoginFailure, Request};
    use crate::run::Transport;
    use crate::run::consent::LoginEvent;

    struct Nowhere;

    impl Transport for Nowhere {
        fn send(&self, _: ExchangeId, _: Request) -> BoxFuture<'static, Exchange> {
            unreachable!("the program sends, not we")
        }
    }

    /// What a shell script comes to, and what the user is told meanwhile.
    fn start(
        script: &str,
    ) -> (BoxFuture<'static, Result<String, Failure>>, mpsc::UnboundedReceiver<LoginEvent>) {
        let arguments = ["-c", script, "sh"].map(str::to_owned).to_vec();
        let program = Box::new(Program { name: "sh".to_owned(), arguments });
        let request =
            AuthorizationRequest::new("https://as.test/authorize?a=1&b=2", "http://127.0.0.1:1/callback");
        let (events, heard) = mpsc::unbounded_channel();
        (
            program.obtain(ConsentContext {
                request,
                transport: Arc::new(Nowhere),
                events,
                farewells: mpsc::unbounded_channel().0,
                authorities: Vec::new(),
                has_display: false,
                user_agent: String::new(),
                next_id: 1,
            }),
            heard,
        )
    }

    async fn run(script: &str) -> (Result<String, LoginFailure>, Vec<String>) {
        let (login, mut heard) = start(script);
        let ended = tokio::time::timeout(Duration::from_secs(20), login).await.expect("no end");
        let mut notes = Vec::new();
        while let Ok(event) = heard.try_recv() {
            if let LoginEvent::Note(note) = event {
                notes.push(note);
            }
        }
        (ended.map_err(Into::into), notes)
    }

    #[tokio::test]
    async fn the_program_gets_the_url_and_prints_the_callback() {
        let (ended, notes) = run(
            "[ \"$1\" = \"$GATEWALK_AUTHORIZATION_URL\" ] || exit 9; echo hello >&2; echo opening; echo \" $GATEWALK_REDIRECT_URI?u=$1\"",
        )
        .await;
        assert_eq!(ended.unwrap(), "http://127.0.0.1:1/callback?u=https://as.test/authorize?a=1&b=2");
        assert_eq!(notes, ["sh: hello"]);
    }

    #[tokio::test]
    async fn a_program_that_prints_no_url_says_how_it_ended() {
        let (ended, notes) = run("echo 'https://other.test/callback?code=x'; echo no luck >&2; exit 3").await;
        let failure = ended.unwrap_err();
        assert!(
            failure.detail.contains("exit status: 3") && !failure.detail.contains("code=x"),
            "{failure:?}"
        );
        assert!(failure.detail.contains("https://other.test/callback"), "{failure:?}");
        assert_eq!(notes, ["sh: no luck"]);
        let (ended, _) = run("true").await;
        assert!(ended.unwrap_err().detail.contains("exit status: 0"));
    }

    #[tokio::test]
    async fn a_program_that_says_very_much_is_told_of_in_part() {
        let (ended, notes) =
            run("yes 'so long a line' | head -n 100000 >&2; head -c 1000000 /dev/zero | tr '\\0' x >&2")
                .await;
        assert!(ended.is_err());
        assert_eq!(notes.len(), bounds::PROGRAM_LINES);
        assert!(notes.last().unwrap().contains("says more"), "{:?}", notes.last());
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let (login, _heard) = start("");
        drop(login);
        let arguments = Vec::new();
        let program = Box::new(Program { name: "/no/such/program".to_owned(), arguments });
        let request = AuthorizationRequest::new("", "");
        let (events, _heard) = mpsc::unbounded_channel();
        let desk = ConsentContext {
            request,
            transport: Arc::new(Nowhere),
            events,
            farewells: mpsc::unbounded_channel().0,
            authorities: Vec::new(),
            has_display: false,
            user_agent: String::new(),
            next_id: 1,
        };
        let failure = LoginFailure::from(program.obtain(desk).await.unwrap_err());
        assert!(failure.detail.contains("/no/such/program cannot be started"), "{failure:?}");
    }

    /// Tells when nobody holds the writing end of a pipe any more: the program and its children are gone.
    #[tokio::test]
    async fn a_login_that_is_dropped_takes_the_program_and_its_children_along() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let script = format!("exec 9>'{}'; echo started >&9; sleep 600 & sleep 600", pipe.display());
        let (login, _heard) = start(&script);
        let held = tokio::spawn(login);
        let (told, mut lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let source = std::io::BufReader::new(std::fs::File::open(pipe).unwrap());
            std::io::BufRead::lines(source).for_each(|line| told.send(line.unwrap()).unwrap());
        });
        assert_eq!(lines.recv().await.unwrap(), "started");
        held.abort();
        let closed = tokio::time::timeout(Duration::from_secs(20), lines.recv()).await;
        assert_eq!(closed.expect("something is still running"), None);
    }
}
