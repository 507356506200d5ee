//! A browser session, at a WebDriver server that runs or at one of our own. It is ended whatever happens to the login.

use std::ops::Deref;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::session::handle::SessionHandle;
use thirtyfour::{Capabilities, WebDriver as Client};
use tokio::process::Command;
use tokio::sync::mpsc;

use super::super::failure::Failure;
use super::super::process::{Process, lines};
use super::super::{Cleanup, ConsentContext};
use super::first_line;
use crate::scenario::WebDriver;

/// The WebDriver server gatewalk starts.
pub const CHROMEDRIVER: &str = "chromedriver";
/// A browser without a window that keeps to itself: nothing is loaded but what the login asks for.
const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
/// How long it may take to start.
const STARTING: Duration = Duration::from_secs(30);
/// How long it may take to end.
const ENDING: Duration = Duration::from_secs(3);

/// A session.
pub(super) struct Session {
    client: Client,
    _belongings: BrowserResources,
}

/// What has to be put away when the session is over: the session itself, the server if it is ours, the profile.
struct BrowserResources {
    client: Option<Client>,
    server: Option<Process>,
    profile: Option<TempDir>,
    farewells: mpsc::UnboundedSender<Cleanup>,
}

impl Drop for BrowserResources {
    fn drop(&mut self) {
        let (client, server, profile) = (self.client.take(), self.server.take(), self.profile.take());
        let client = client.map(Quits);
        // If nobody listens any more, the future is dropped at once, which ends all but the session.
        let _ = self.farewells.send(Box::pin(async move {
            if let Some(client) = client {
                // A browser that does not end by itself is killed with the server.
                let _ = tokio::time::timeout(ENDING, client.0.clone().quit()).await;
            }
            drop(server);
            drop(profile);
        }));
    }
}

/// A client that has its chance to quit, and no other: one that is dropped would have its server asked again, and block
/// the thread until that answers.
struct Quits(Client);

impl Drop for Quits {
    fn drop(&mut self) {
        // It fails if the session has been quit, which is what we want.
        let _ = self.0.clone().leak();
    }
}

impl Session {
    /// Starts a session, and before that `chromedriver` if no server is named.
    pub(super) async fn start(webdriver: &WebDriver, desk: &ConsentContext) -> Result<Self, Failure> {
        let farewells = desk.farewells.clone();
        let mut belongings = BrowserResources { client: None, server: None, profile: None, farewells };
        let mut arguments: Vec<_> = ARGUMENTS.map(str::to_owned).to_vec();
        let url = if let Some(url) = &webdriver.server {
            url.clone()
        } else {
            let profile = tempfile::Builder::new().prefix("gatewalk-browser-").tempdir();
            let profile =
                profile.map_err(|cause| Failure::Browser(format!("it gets no profile: {cause}")))?;
            arguments.push(format!("--user-data-dir={}", profile.path().display()));
            belongings.profile = Some(profile);
            let (server, url) = serve().await?;
            belongings.server = Some(server);
            url
        };
        if !desk.authorities.is_empty() {
            // Trusted where the server sends them along: Chromium reads certificates from nowhere else.
            let list = desk.authorities.join(",");
            arguments.push(format!("--ignore-certificate-errors-spki-list={list}"));
        }
        if webdriver.no_sandbox || (webdriver.server.is_none() && is_root()) {
            arguments.push("--no-sandbox".to_owned());
        }
        let options = ("goog:chromeOptions".to_owned(), json!({ "args": arguments }));
        let capabilities = Capabilities::from(serde_json::Map::from_iter([options]));
        // Without a proxy: the server is here, or where the user says.
        let http = reqwest::Client::builder().no_proxy().timeout(STARTING).build();
        let http = http.map_err(|error| Failure::NoSession { url: url.clone(), cause: error.to_string() })?;
        let connecting = Client::builder(&url, capabilities).client(http).connect();
        let client =
            connecting.await.map_err(|error| Failure::NoSession { url, cause: first_line(&error) })?;
        belongings.client = Some(client.clone());
        Ok(Self { client, _belongings: belongings })
    }
}

impl Deref for Session {
    type Target = Arc<SessionHandle>;

    fn deref(&self) -> &Self::Target {
        self.client.handle()
    }
}

/// Starts `chromedriver` on a free port of its choice; returns its URL.
async fn serve() -> Result<(Process, String), Failure> {
    let missing = |why: String| Failure::NoChromedriver(why);
    let mut command = Command::new(CHROMEDRIVER);
    command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = Process::start(command).map_err(|cause| missing(cause.to_string()))?;
    let port = lines(process.child.stdout.take(), |line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse::<u16>().ok()
    });
    match tokio::time::timeout(STARTING, port).await {
        Ok(Some(port)) => Ok((process, format!("http://127.0.0.1:{port}"))),
        Ok(None) => Err(missing("it ended at once".to_owned())),
        Err(_) => Err(missing("it did not start in time".to_owned())),
    }
}

/// Root has no use for Chromium's sandbox: with it the browser does not start.
#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
const fn is_root() -> bool {
    false
}
