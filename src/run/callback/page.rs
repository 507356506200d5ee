//! What a browser is shown at the callback address. Nothing of a request is copied into it.

use std::borrow::Cow;

macro_rules! page {
    ($title:expr, $text:literal) => {
        concat!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>",
            $title,
            "</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;",
            "min-height:90vh;text-align:center;margin:0 1rem}h1{font-size:1.4rem}</style><h1>",
            $title,
            "</h1><p>",
            $text,
            "</p></html>"
        )
    };
}

pub(super) const DONE: &str = page!(
    "You are back",
    "gatewalk has the response of the authorization server. You may close this tab and return to your terminal."
);
pub(super) const EMPTY: &str = page!(
    "Nothing arrived",
    "This is gatewalk's callback address, but the URL carries no response of an authorization server."
);
pub(super) const NOT_FOUND: &str = page!("Not here", "gatewalk answers only on its callback address.");
pub(super) const NOT_GET: &str = page!("Not like this", "gatewalk takes the callback as a GET request only.");
pub(super) const NOT_OURS: &str = page!(
    "Not the response gatewalk waits for",
    "This URL does not carry the state of the login that is under way, so anybody could have sent your browser here. If it is what your login ended with, copy the address of this page and paste it where gatewalk waits."
);
pub(super) const NO_LOGIN: &str = page!(
    "No login is under way",
    "gatewalk does not wait for a callback now. If the login took too long, begin it again with more time (--login-timeout)."
);
pub(super) const OUT_OF_BOUNDS: &str = page!("Not a request", "gatewalk cannot read this request.");
const FAILED: &str = page!(
    "The login ended with an error",
    "gatewalk has the response of the authorization server, which is an error, and says more in your terminal."
);

/// The error codes that are shown (RFC 6749 §4.1.2.1, RFC 8707, OpenID Connect Core §3.1.2.6).
const ERRORS: [&str; 12] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

/// The page for a callback with an error.
pub(super) fn failed(error: &str) -> Cow<'static, str> {
    match ERRORS.iter().find(|known| **known == error) {
        Some(known) => FAILED.replace("with an error", &format!("with the error {known}")).into(),
        None => FAILED.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_that_are_known_are_shown() {
        assert!(failed("access_denied").contains("with the error access_denied"));
        assert_eq!(failed("<script>"), FAILED);
    }
}
