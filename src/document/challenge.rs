//! `WWW-Authenticate` ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)), read as peers really send it.
//!
//! Tolerant where a client can still make sense of a value (unquoted URLs, single quotes, a missing comma); every
//! tolerance is noted in [`Challenge::defects`], so that `check` can judge it.

use std::collections::BTreeSet;

use crate::exchange::Response;

/// One challenge of a `WWW-Authenticate` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme as sent.
    pub scheme: String,
    /// Parameters in order, names as sent, values unquoted.
    pub parameters: Vec<(String, String)>,
    /// What the syntax does not allow.
    pub defects: Vec<String>,
}

impl Challenge {
    /// The first value of a parameter, whatever the case of its name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the scheme is that one, whatever its case.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }
}

/// All challenges of a response, over all header lines.
pub fn challenges(response: &Response) -> Vec<Challenge> {
    response.headers.all("www-authenticate").flat_map(|value| parse(&value)).collect()
}

/// The challenges of a response that ask for an access token: all with `Bearer`, or where there is none with `DPoP`
/// ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
pub fn bearers(response: &Response) -> Vec<Challenge> {
    let (bearer, others): (Vec<_>, Vec<_>) = challenges(response).into_iter().partition(|c| c.is("bearer"));
    if bearer.is_empty() { others.into_iter().filter(|c| c.is("dpop")).collect() } else { bearer }
}

/// What those challenges say together. Two handlers of one server each write their own
/// ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1) allows several): the one that names the
/// resource metadata comes first, and the others add what it does not have.
pub fn bearer(response: &Response) -> Option<Challenge> {
    let mut challenges = bearers(response);
    let named = challenges.iter().position(|challenge| challenge.get("resource_metadata").is_some());
    let telling = named.or_else(|| challenges.iter().position(|challenge| !challenge.parameters.is_empty()));
    if let Some(at) = telling {
        challenges.swap(0, at);
    }
    let mut challenges = challenges.into_iter();
    let mut first = challenges.next()?;
    let mut known: BTreeSet<_> = first.parameters.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    for other in challenges {
        first.defects.extend(other.defects);
        let new = other.parameters.into_iter().filter(|(name, _)| known.insert(name.to_ascii_lowercase()));
        first.parameters.extend(new);
    }
    Some(first)
}

/// Reads one header value.
pub fn parse(value: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    // Names in the last of them, in lower case.
    let mut names = BTreeSet::new();
    let mut rest = value.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let word_end = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
        if word_end == 0 {
            let mut after = rest.chars();
            let skipped = after.next().unwrap_or_default();
            if let Some(last) = found.last_mut() {
                last.defects.push(format!("unexpected character {skipped:?}"));
            }
            rest = after.as_str().trim_start_matches([' ', '\t', ',']);
            continue;
        }
        let (word, after) = rest.split_at(word_end);
        let value_follows =
            after.trim_start_matches([' ', '\t']).strip_prefix('=').filter(|_| !found.is_empty());
        if let (Some(after), Some(challenge)) = (value_follows, found.last_mut()) {
            if !names.insert(word.to_ascii_lowercase()) {
                challenge.defects.push(format!("{word} is given twice"));
            }
            rest = parameter(challenge, word, after);
        } else {
            names.clear();
            found.push(Challenge { scheme: word.to_owned(), ..Challenge::default() });
            rest = after.trim_start_matches([' ', '\t', ',']);
        }
    }
    found
}

/// Reads the value after `name=` into `challenge`; returns what follows.
fn parameter<'a>(challenge: &mut Challenge, name: &str, after: &'a str) -> &'a str {
    let after = after.trim_start_matches([' ', '\t']);
    let mut quoted_text = after.chars();
    let (value, rest) = if let Some(quote @ ('"' | '\'')) = quoted_text.next() {
        if quote == '\'' {
            challenge.defects.push(format!("{name} is in single quotes"));
        }
        let (value, rest, closed) = quoted(quoted_text.as_str(), quote);
        if !closed {
            challenge.defects.push(format!("the quotes of {name} are not closed"));
        }
        (value, rest)
    } else {
        let (value, rest) = after.split_at(after.find([',', ' ', '\t']).unwrap_or(after.len()));
        if value.is_empty() || value.chars().any(|c| !is_token(c)) {
            challenge.defects.push(format!("{name} is not quoted"));
        }
        (value.to_owned(), rest)
    };
    challenge.parameters.push((name.to_owned(), value));
    let rest = rest.trim_start_matches([' ', '\t']);
    let next = rest.trim_start_matches([' ', '\t', ',']);
    if !rest.is_empty() && !rest.starts_with(',') {
        challenge.defects.push(format!("no comma after {name}"));
    }
    next
}

/// Reads up to the closing quote; returns value, rest and whether it was closed.
fn quoted(text: &str, quote: char) -> (String, &str, bool) {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => value.extend(chars.next()),
            c if c == quote => return (value, chars.as_str(), true),
            c => value.push(c),
        }
    }
    (value, "", false)
}

/// `tchar` of RFC 9110 §5.6.2.
const fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '.' | '^' | '_' | '`' | '|' | '~'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(value: &str) -> Challenge {
        let mut all = parse(value);
        assert_eq!(all.len(), 1, "{value}: {all:?}");
        all.remove(0)
    }

    #[test]
    fn a_plain_challenge() {
        let challenge = one(r#"Bearer resource_metadata="https://gw.test/.well-known/x", scope="a b""#);
        assert_eq!(challenge.get("Resource_Metadata"), Some("https://gw.test/.well-known/x"));
        assert_eq!(challenge.get("scope"), Some("a b"));
        assert!(challenge.defects.is_empty());
        assert_eq!(one("Bearer").parameters, []);
    }

    #[test]
    fn t18_several_challenges_with_commas_in_quotes() {
        let all = parse(r#", Basic realm="a, b" , bearer error=invalid_token,scope="x",, DPoP algs="ES256""#);
        let schemes: Vec<_> = all.iter().map(|c| c.scheme.as_str()).collect();
        assert_eq!(schemes, ["Basic", "bearer", "DPoP"]);
        assert_eq!(all[0].get("realm"), Some("a, b"));
        assert_eq!(all[1].get("error"), Some("invalid_token"));
    }

    #[test]
    fn what_the_wild_sends_is_read_and_noted() {
        let unquoted = one("Bearer resource_metadata=https://h/x?y, scope=a");
        assert_eq!(unquoted.get("resource_metadata"), Some("https://h/x?y"));
        assert_eq!(unquoted.defects, ["resource_metadata is not quoted"]);
        assert_eq!(one("Bearer realm='x'").defects, ["realm is in single quotes"]);
        assert_eq!(one(r#"Bearer realm="a" error="b""#).defects, ["no comma after realm"]);
        assert_eq!(one(r#"Bearer realm="a", realm="b""#).defects, ["realm is given twice"]);
        assert_eq!(one(r#"Bearer realm="a"#).defects, ["the quotes of realm are not closed"]);
        assert_eq!(one(r#"Bearer realm="a\"b""#).get("realm"), Some("a\"b"));
    }

    proptest! {
        #[test]
        fn no_value_panics(value in "\\PC*") {
            parse(&value);
        }

        #[test]
        fn what_is_written_is_read(names in prop::collection::vec("[a-z]{1,8}", 0..4), value in "[ -~]{0,20}") {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            let text = names.iter().map(|name| format!("{name}=\"{quoted}\"")).collect::<Vec<_>>().join(", ");
            let challenge = one(&format!("Bearer {text}"));
            prop_assert_eq!(challenge.parameters, names.into_iter().map(|name| (name, value.clone())).collect::<Vec<_>>());
        }
    }
}
