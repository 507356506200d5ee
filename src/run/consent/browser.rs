//! The user's own browser, here or on another machine: the callback comes to our listener or is pasted.

use futures_util::future::BoxFuture;
use webbrowser::{Browser as Program, BrowserOptions};

use super::{Consent, Desk, LoginFailure};

/// Waits for the listener and for a pasted URL at once.
pub(super) struct Browser {
    /// Whether to open the URL; otherwise the user does.
    pub(super) opens: bool,
}

impl Consent for Browser {
    fn obtain(self: Box<Self>, mut desk: Desk) -> BoxFuture<'static, Result<String, LoginFailure>> {
        Box::pin(async move {
            if self.opens {
                match open(&desk.request.url) {
                    Ok(()) => desk.note("opened your browser; finish the login there"),
                    Err(why) => desk.note(why),
                }
            }
            loop {
                tokio::select! {
                    callback = desk.callbacks.recv() => return callback.ok_or(LoginFailure::Closed),
                    Some(pasted) = desk.pasted.recv() => {
                        let url = pasted.trim();
                        if desk.is_callback(url) {
                            return Ok(url.to_owned());
                        }
                        desk.note(format!(
                            "what was pasted is not the redirected URL: it has to start with {}",
                            desk.request.redirect_uri
                        ));
                    }
                }
            }
        })
    }
}

/// Opens an http(s) URL in the default browser, without a shell and without waiting. `Err` is for the user to read.
pub(in crate::run) fn open(url: &str) -> Result<(), String> {
    let mut options = BrowserOptions::new();
    options.with_suppress_output(true);
    webbrowser::open_browser_with_options(Program::Default, url, &options)
        .map_err(|error| format!("no browser could be opened here ({error}); open the URL yourself"))
}
