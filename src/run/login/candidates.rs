//! Callbacks without the `state` of the login.
//!
//! Anybody can send a browser here: a page in another tab, a program on this machine, a login that was given up. So none of
//! them ends the login. Each is noted, and the last is what came back if the login ends without the right one: then it is
//! the evidence that the authorization server lost the `state`. Whoever logs in can say so at once by pasting its URL.

use crate::document::token::described;
use crate::exchange::{AuthorizationRequest, Callback, ExchangeId, Secret};
use crate::run::callback::{Arrival, carries};

/// Of so many the user is told.
const MOST_NOTES: usize = 5;

/// What came without the `state` of the login.
pub(super) struct Candidates {
    state: Option<Secret>,
    last: Option<Callback>,
    arrivals: usize,
}

impl Candidates {
    pub(super) fn new(request: &AuthorizationRequest) -> Self {
        Self { state: request.get("state").map(Secret::new), last: None, arrivals: 0 }
    }

    /// Keeps what may be the response all the same; a note of it, unless there were many.
    pub(super) fn arrived(&mut self, arrival: Arrival, is_of_person: bool) -> Option<String> {
        self.arrivals += 1;
        let callback = Callback::new(ExchangeId(0), arrival.url);
        let state = found(&callback);
        let what = if arrival.is_part_of_page {
            "a page in a browser here loaded our callback"
        } else {
            "a callback came"
        };
        let ends = if is_of_person && !arrival.is_part_of_page {
            "; if it is what your login ended with, paste its URL"
        } else {
            ""
        };
        if !arrival.is_part_of_page {
            self.keep(callback);
        }
        match self.arrivals {
            ..MOST_NOTES => Some(format!("{what} with {state}: not taken for the end of this login{ends}")),
            MOST_NOTES => Some(format!("{what} with {state}; further ones are not told")),
            _ => None,
        }
    }

    /// Whether a pasted URL ends the login: by its `state`, or because it was seen before. Else what to tell.
    pub(super) fn pasted(&mut self, url: &str) -> Result<(), String> {
        let callback = Callback::new(ExchangeId(0), url);
        let is_known = self.last.as_ref().is_some_and(|last| last.url == callback.url);
        if is_known || carries(&callback, self.state.as_ref()) {
            return Ok(());
        }
        let found = found(&callback);
        self.last = Some(callback);
        Err(format!(
            "what was pasted has {found}, as if it were of another login: paste it again if it is what this one ended with"
        ))
    }

    /// What came back, if the right one did not.
    pub(super) fn take(&mut self) -> Option<String> {
        self.last.take().map(|callback| callback.url)
    }

    /// The last one counts, but what says nothing does not take the place of a response.
    fn keep(&mut self, callback: Callback) {
        let is_response = |callback: &Callback| callback.get("code").or(callback.get("error")).is_some();
        if is_response(&callback) || !self.last.as_ref().is_some_and(is_response) {
            self.last = Some(callback);
        }
    }
}

/// The `state` a callback has instead; first the error, if it is one: that is what its user has to know.
fn found(callback: &Callback) -> String {
    let state = if callback.get("state").is_some() { "another state than the request" } else { "no state" };
    match callback.get("error") {
        Some(error) => {
            format!("the error {} and {state}", described(error, callback.get("error_description")))
        }
        None => state.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_the_state_is_told_before_what_is_wrong_with_the_state() {
        let request =
            AuthorizationRequest::new("https://as.example/authorize?state=s1", "http://127.0.0.1/callback");
        let mut candidates = Candidates::new(&request);
        let url = "http://127.0.0.1/callback?error=access_denied&error_description=Nope";
        let note = candidates.pasted(url).unwrap_err();
        assert!(note.starts_with("what was pasted has the error access_denied: Nope and no state"), "{note}");
        assert_eq!(candidates.pasted(url), Ok(()), "pasted again it counts");
        assert_eq!(candidates.pasted("http://127.0.0.1/callback?code=c&state=s1"), Ok(()));
    }
}
