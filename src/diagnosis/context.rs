//! A run as causes look at it: the evidence, what failed, and the products that were recognised.

use super::{Product, Remedy, product};
use crate::check::{Evidence, Judged, token_refusal};
use crate::document::challenge::{self, Challenge};
use crate::document::explanation::{self, explanation};
use crate::document::identifier::{Identifier, differ_by_slash};
use crate::document::token::error_code;
use crate::document::{Unusable, defence};
use crate::exchange::{Exchange, Purpose, Response};

/// A run under diagnosis.
#[derive(Debug)]
pub struct DiagnosisContext<'a> {
    /// All that was seen.
    pub evidence: Evidence<'a>,
    failed: Vec<(&'static str, String)>,
    products: Vec<&'static Product>,
}

impl<'a> DiagnosisContext<'a> {
    /// The run round by round: those with findings, and the last, in which the walk ended.
    pub(super) fn each_round(evidence: &Evidence<'a>, judged: &[Judged]) -> Vec<Self> {
        let last = evidence.round();
        let rounds = evidence.each_round().map(|evidence| Self::new(evidence, judged));
        rounds.filter(|round| round.evidence.round() == last || !round.failed.is_empty()).collect()
    }

    fn new(evidence: Evidence<'a>, judged: &[Judged]) -> Self {
        let of_round = judged.iter().filter(|judged| judged.round == evidence.round());
        let failed = of_round.filter_map(|judged| Some((judged.check.id, judged.finding()?.message.clone())));
        let failed = failed.collect();
        Self { evidence, failed, products: product::detected(&evidence) }
    }

    /// Whether the check failed.
    pub(super) fn failed(&self, check: &str) -> bool {
        self.finding(check).is_some()
    }

    /// What the finding of that check says, if it failed.
    pub(super) fn finding(&self, check: &str) -> Option<&str> {
        self.failed.iter().find(|(id, _)| *id == check).map(|(_, message)| message.as_str())
    }

    /// What the first finding of those checks says.
    pub(super) fn first_finding(&self, checks: &[&str]) -> Option<&str> {
        checks.iter().find_map(|check| self.finding(check))
    }

    /// Whether an advice is for this run: for any product, or for one at hand; for every case, or for this.
    pub(super) fn concerns(&self, advice: &Remedy) -> bool {
        advice.product.is_none_or(|product| self.products.iter().any(|at_hand| at_hand.id == product.id))
            && advice.when.is_none_or(|is_case| is_case(self))
    }

    /// The response to the opening request without a token.
    pub(super) fn opened(&self) -> Option<(&'a Exchange, &'a Response)> {
        let history = self.evidence.history;
        let exchange = history.with_purpose(|purpose| matches!(purpose, Purpose::Challenge(_))).next()?;
        Some((exchange, exchange.response()?))
    }

    /// The Bearer challenge to the request without a token.
    pub(super) fn challenge(&self) -> Option<Challenge> {
        self.evidence.challenge().ok().map(|(_, challenge)| challenge)
    }

    /// The response that refused the fresh token, if one did.
    pub(super) fn token_refused(&self) -> Option<(&'a Exchange, &'a Response)> {
        if !self.failed("rs-valid-token-accepted") {
            return None;
        }
        token_refusal(&self.evidence).filter(|(_, response)| !is_answered_in_between(response))
    }

    /// That response, if it is the one that is given without a token: nothing says that the token was looked at. Words and
    /// error code count too. An error code that is given to every request, as SDKs do, leaves it open, unless the words say
    /// that the credentials are missing.
    pub(super) fn token_overlooked(&self) -> Option<(&'a Exchange, &'a Response)> {
        let (exchange, refusal) = self.token_refused()?;
        let (_, without) = self.evidence.unauthenticated().ok()?;
        let challenge = |response: &'a Response| response.headers.get("www-authenticate");
        let names_error = self.refusal_challenge().is_some_and(|challenge| challenge.get("error").is_some());
        let same = refusal.status == without.status
            && challenge(refusal) == challenge(without)
            && explanation::of_body(refusal) == explanation::of_body(without);
        (same && (!names_error || self.says_credentials_are_missing())).then_some((exchange, refusal))
    }

    /// Whether the refusal of the token says in words that there was none.
    pub(super) fn says_credentials_are_missing(&self) -> bool {
        let words = self.token_refused().and_then(|(_, response)| explanation(response));
        let words = words.unwrap_or_default().to_lowercase();
        let absent = [
            "missing",
            "no authorization",
            "no bearer",
            "no token",
            "no credentials",
            "not provided",
            "not found in",
        ];
        let of_what = ["authorization", "token", "credential", "header", "bearer"];
        absent.iter().any(|word| words.contains(word)) && of_what.iter().any(|word| words.contains(word))
    }

    /// Whether the refusal of the token says that its scope is too narrow.
    pub(super) fn says_insufficient_scope(&self) -> bool {
        self.refusal_challenge().is_some_and(|challenge| challenge.get("error") == Some("insufficient_scope"))
    }

    /// What a response says, at the end of a sentence; nothing that repeats a token.
    pub(super) fn saying(&self, response: &Response) -> String {
        let words = self.quoted(response);
        if words.is_empty() { ", without saying why".to_owned() } else { words }
    }

    /// The same, and nothing where it says nothing.
    pub(super) fn quoted(&self, response: &Response) -> String {
        let token = self.evidence.token().ok().and_then(|(_, token)| token.access_token());
        let harmless = |text: &String| token.as_ref().is_none_or(|token| !text.contains(token.expose()));
        explanation(response)
            .filter(harmless)
            .map(|words| format!(", saying \"{words}\""))
            .unwrap_or_default()
    }

    /// The Bearer challenge of that response.
    pub(super) fn refusal_challenge(&self) -> Option<Challenge> {
        challenge::bearer(self.token_refused()?.1)
    }

    /// The locations of resource metadata that were tried in vain; nothing if one of them had the document.
    pub(super) fn resource_metadata_missed(&self) -> Vec<(&'a Exchange, Unusable)> {
        if self.evidence.resource_metadata().is_ok() {
            return Vec::new();
        }
        let tried = self.evidence.resource_metadata_tried();
        tried.filter_map(|(exchange, read)| Some((exchange, read.err()?))).collect()
    }

    /// All that pages of the login, the callback and the token endpoint say in words.
    pub(super) fn complaints(&self) -> Vec<String> {
        let pages = self.evidence.login().filter(|(_, page)| page.status >= 400 || page.is_success());
        let mut said: Vec<String> = pages.map(|(_, page)| page.text().into_owned()).collect();
        if let Ok(callback) = self.evidence.callback()
            && let Some(error) = callback.get("error")
        {
            said.push(format!("{error}: {}", callback.get("error_description").unwrap_or_default()));
        }
        if let Ok((_, response)) = self.evidence.token_response()
            && !response.is_success()
        {
            said.push(response.text().into_owned());
        }
        said
    }

    /// The error code that the login or the token request ended with.
    pub(super) fn error(&self) -> Option<String> {
        let of_callback =
            self.evidence.callback().ok().and_then(|callback| callback.get("error").map(str::to_owned));
        of_callback.or_else(|| error_code(self.evidence.token_response().ok()?.1))
    }

    /// The first of those words that one of these peers said.
    pub(super) fn complaint(&self, words: &[&'static str]) -> Option<&'static str> {
        let complaints: Vec<_> = self.complaints().iter().map(|text| text.to_lowercase()).collect();
        let said = |word: &&&str| complaints.iter().any(|text| text.contains(&word.to_lowercase()));
        words.iter().find(said).copied()
    }

    /// The `resource` that was sent, or would have been.
    pub(super) fn resource(&self) -> String {
        let sent = self.evidence.authorization().ok().and_then(|request| request.get("resource"));
        let published = || Some(self.evidence.resource_metadata().ok()?.1.resource()?.to_owned());
        sent.or_else(published).unwrap_or_else(|| self.evidence.target().to_owned())
    }

    /// Whether two URLs lead to the same path but for a slash at its end.
    pub(super) fn is_slash_away(&self, location: &str) -> bool {
        let target = self.evidence.target();
        let absolute = match Identifier::parse(target) {
            Some(at) if location.starts_with('/') => format!("{}{location}", at.origin),
            _ => location.to_owned(),
        };
        let path = |url: &str| url::Url::parse(url).ok().map(|url| url.path().to_owned());
        match (path(target), path(&absolute)) {
            (Some(one), Some(other)) => differ_by_slash(&one, &other),
            _ => false,
        }
    }
}

/// Whether a rate limit or a firewall answered in place of the server: a cause of its own.
pub(super) fn is_answered_in_between(response: &Response) -> bool {
    defence::rate_limit(response).is_some() || defence::blocked_by(response).is_some()
}

/// A text that fits a line.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST).and_then(|(end, _)| text.get(..end)) {
        Some(head) => format!("{head}…"),
        None => text.to_owned(),
    }
}
