//! Edit and resend: a request as its user changed it takes the place of the one the machine made.

use url::form_urlencoded;

use crate::exchange::{AuthorizationRequest, Request};
use crate::specification::Step;

/// What takes the place of what the machine makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The request of that purpose in that step.
    Request(Request),
    /// The authorization request.
    Authorization {
        /// As it was when it was edited.
        before: AuthorizationRequest,
        /// The URL it is to have.
        url: String,
    },
}

impl Edit {
    /// The step it belongs to.
    pub const fn step(&self) -> Step {
        match self {
            Self::Request(request) => request.step,
            Self::Authorization { .. } => Step::Authorization,
        }
    }

    /// The request to send in place of the machine's, if it is the one that was edited.
    pub(super) fn request(&self, made: &Request) -> Option<Request> {
        match self {
            Self::Request(request) if request.purpose == made.purpose => {
                Some(Request { edited: true, round: made.round.clone(), ..request.clone() })
            }
            _ => None,
        }
    }

    /// The authorization request in place of the machine's. What is random in it is that of the machine, unless it was
    /// edited: an old `state` or challenge would only fail.
    pub(super) fn authorization(&self, made: &AuthorizationRequest) -> Option<AuthorizationRequest> {
        let Self::Authorization { before, url } = self else { return None };
        let (endpoint, query) = url.split_once('?').unwrap_or((url, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let name = form_urlencoded::parse(pair.as_bytes())
                .next()
                .map(|(name, value)| (name, value.into_owned()));
            let fresh = name
                .filter(|(name, _)| matches!(&**name, "state" | "code_challenge" | "nonce"))
                .filter(|(name, value)| before.get(name).as_ref() == Some(value))
                .and_then(|(name, _)| Some((name.clone(), made.get(&name)?)));
            fresh.map_or_else(
                || pair.to_owned(),
                |(name, value)| {
                    form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish()
                },
            )
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        let url = if query.is_empty() { endpoint.to_owned() } else { format!("{endpoint}?{query}") };
        Some(AuthorizationRequest { url, edited: true, ..made.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> AuthorizationRequest {
        AuthorizationRequest::new(format!("https://as/authorize?{query}"), "http://127.0.0.1:1/callback")
    }

    #[test]
    fn random_values_that_were_not_edited_are_made_anew() {
        let edit = Edit::Authorization {
            before: asked("scope=a&state=old&code_challenge=x"),
            url: "https://as/authorize?scope=b%20c&state=old&code_challenge=mine".to_owned(),
        };
        let edited = edit.authorization(&asked("scope=a&state=n%2Bw&code_challenge=y")).unwrap();
        assert_eq!(edited.url, "https://as/authorize?scope=b%20c&state=n%2Bw&code_challenge=mine");
        assert!(edited.edited);
    }
}
