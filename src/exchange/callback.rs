//! What the browser is sent off with, and what it comes back with.

use super::{ExchangeId, Round};

/// What the user is asked to consent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The URL to open. It holds `state` and `code_challenge`, no secret.
    pub url: String,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// The authorization it begins.
    pub round: Round,
    /// Whether its user changed it: no client sends it so.
    pub edited: bool,
}

impl AuthorizationRequest {
    /// An authorization request as a client sends it.
    pub fn new(url: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self { url: url.into(), redirect_uri: redirect_uri.into(), round: Round::FIRST, edited: false }
    }

    /// The value of a query parameter, decoded: the client's own, which comes last, where the endpoint brings one along.
    pub fn get(&self, name: &str) -> Option<String> {
        self.all(name).pop()
    }

    /// All values of a query parameter, decoded.
    pub fn all(&self, name: &str) -> Vec<String> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.filter(|(n, _)| n == name).map(|(_, value)| value.into_owned()).collect()
    }
}

/// The redirect back to our loopback listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Its number, from the same sequence as the exchanges.
    pub id: ExchangeId,
    /// The redirect URI it came to, with the query, as received.
    pub url: String,
    /// The query, decoded (`application/x-www-form-urlencoded`), order and repeats kept.
    pub query: Vec<(String, String)>,
    /// The authorization it ends.
    pub round: Round,
}

impl Callback {
    /// Reads a callback from the URL the browser was sent to.
    pub fn new(id: ExchangeId, url: impl Into<String>) -> Self {
        let url = url.into();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { id, url, query, round: Round::FIRST }
    }

    /// The same callback as part of a round.
    #[must_use]
    pub fn in_round(self, round: &Round) -> Self {
        Self { round: round.clone(), ..self }
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The parameters behind `#`, where a response was put there; only a driver that reads the redirect itself sees them.
    pub fn fragment(&self) -> Option<Vec<(String, String)>> {
        let (_, fragment) = self.url.split_once('#')?;
        let parameters: Vec<_> = url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
        let known = |(name, _): &(String, String)| {
            matches!(name.as_str(), "code" | "state" | "error" | "access_token")
        };
        parameters.iter().any(known).then_some(parameters)
    }

    /// How often a parameter occurs.
    pub fn count(&self, name: &str) -> usize {
        self.query.iter().filter(|(n, _)| n == name).count()
    }
}
