//! The first hop of an authorization request, as far as it tells what the server made of the request.

use crate::exchange::{Exchange, Response};

/// What came of the first hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AuthorizationResponse {
    /// A redirect to the redirect URI of the request, with these parameters of query and fragment.
    Back(Vec<(String, String)>),
    /// A web page, or a redirect to one: nobody has logged in yet, so nothing is decided.
    Login,
    /// An error page, or with a 2xx something that is no page.
    Page(u16),
}

impl AuthorizationResponse {
    /// Whether the request is taken up: a login begins, or a code comes at once.
    pub(super) fn is_accepted(&self) -> bool {
        match self {
            Self::Login => true,
            Self::Back(_) => self.get("error").is_none(),
            Self::Page(_) => false,
        }
    }

    /// Whether the request is refused: with an error at the redirect URI, or on a page that says so.
    pub(super) fn is_refused(&self) -> bool {
        match self {
            Self::Login => false,
            Self::Back(_) => self.get("error").is_some(),
            Self::Page(status) => matches!(status, 400..=403),
        }
    }

    /// A parameter of the redirect back.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let Self::Back(parameters) = self else { return None };
        parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether a code or a token was issued.
    pub(super) fn issued(&self) -> bool {
        ["code", "access_token"].iter().any(|name| self.get(name).is_some())
    }
}

/// Reads the first hop.
pub(super) fn authorization_response(exchange: &Exchange, response: &Response) -> AuthorizationResponse {
    let Some(to) = response.redirect() else {
        return if response.is_success() && response.is_html() {
            AuthorizationResponse::Login
        } else {
            AuthorizationResponse::Page(response.status)
        };
    };
    let redirect_uri = parameter(&exchange.request.url, "redirect_uri").unwrap_or_default();
    let rest = to.strip_prefix(redirect_uri.as_str()).filter(|_| !redirect_uri.is_empty());
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with(['?', '&', '#']) => {
            AuthorizationResponse::Back(parameters(rest))
        }
        _ => AuthorizationResponse::Login,
    }
}

/// A parameter of a URL, decoded.
pub(super) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    parameters(query).into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
}

/// What stands behind a redirect URI, in query and fragment.
fn parameters(rest: &str) -> Vec<(String, String)> {
    let parts = rest.split(['?', '#']).filter(|part| !part.is_empty());
    parts
        .flat_map(|part| url::form_urlencoded::parse(part.trim_start_matches('&').as_bytes()).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn query_and_fragment_are_read_alike() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parameters("?a=1&b=%20"), [pair("a", "1"), pair("b", " ")]);
        assert_eq!(parameters("#access_token=x"), [pair("access_token", "x")]);
        assert_eq!(parameters("&a=1#b=2"), [pair("a", "1"), pair("b", "2")]);
        assert_eq!(parameters(""), []);
    }
}
