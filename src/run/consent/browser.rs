//! The user's own browser, here or on another machine. The walk waits for the callback; this only opens the URL.

use futures_util::future::BoxFuture;
use webbrowser::{Browser as Program, BrowserOptions};

use super::{Consent, ConsentContext, Failure};

/// Leaves the login to the user.
pub(super) struct Browser {
    /// Whether to open the URL; otherwise the user does.
    pub(super) opens: bool,
}

impl Consent for Browser {
    fn obtain(self: Box<Self>, desk: ConsentContext) -> BoxFuture<'static, Result<String, Failure>> {
        Box::pin(async move {
            if self.opens && !desk.has_display {
                desk.note("there is no display here: open the URL yourself");
            } else if self.opens {
                match open(&desk.request.url) {
                    Ok(()) => desk.note("opened your browser; finish the login there"),
                    Err(why) => desk.note(why),
                }
            }
            std::future::pending().await
        })
    }
}

/// Opens an http(s) URL in the default browser, without a shell and without waiting. `Err` is for the user to read.
fn open(url: &str) -> Result<(), String> {
    let mut options = BrowserOptions::new();
    options.with_suppress_output(true);
    webbrowser::open_browser_with_options(Program::Default, url, &options)
        .map_err(|error| format!("no browser could be opened here ({error}); open the URL yourself"))
}
