//! What a refusal says in words, whatever form it has: an OAuth error, a problem document, a framework's JSON, plain text.

use serde_json::Value;

use super::challenge;
use super::token::{describe_error, described};
use super::{Unusable, read_body};
use crate::exchange::{Exchange, Response};

/// Longer words are cut.
const MAX_LENGTH: usize = 200;

/// Members that frameworks and gateways put their words in, the most telling first (`detail` and `title` are those of
/// [RFC 9457 §3.1](https://www.rfc-editor.org/rfc/rfc9457#section-3.1)).
const MEMBERS: [&str; 8] =
    ["error_description", "detail", "message", "msg", "error_message", "reason", "title", "error"];

/// The words of a response on one line: of its Bearer challenge if that names an error, else of its body.
/// Nothing for a web page or an empty body.
pub fn explanation(response: &Response) -> Option<String> {
    of_challenge(response).or_else(|| of_body(response))
}

fn of_challenge(response: &Response) -> Option<String> {
    let challenge = challenge::bearer(response)?;
    match (challenge.get("error"), challenge.get("error_description")) {
        (Some(error), description) => Some(one_line(&described(error, description))),
        (None, description) => description.map(one_line),
    }
    .filter(|text| !text.is_empty())
}

/// The words of the body alone.
pub fn of_body(response: &Response) -> Option<String> {
    let text = match serde_json::from_slice::<Value>(&response.body) {
        Ok(json) => said(&json)?,
        Err(_) if response.is_html() => return None,
        Err(_) => std::str::from_utf8(&response.body).ok()?.to_owned(),
    };
    Some(one_line(&text)).filter(|text| !text.is_empty())
}

/// Status and error of a refusing response, or the URL and why there is no error to read.
pub fn refused(exchange: &Exchange, why: &Unusable) -> String {
    let error = exchange
        .response()
        .and_then(|response| Some((response.status, describe_error(&read_body(response).ok()?)?)));
    match (error, exchange.response().and_then(of_body)) {
        (Some((status, error)), _) => format!("{status}, {error}"),
        (None, Some(words)) if matches!(why, Unusable::Status(_)) => {
            format!("{} {why}, saying {words}", exchange.request.url)
        }
        (None, _) => format!("{} {why}", exchange.request.url),
    }
}

fn said(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => all.iter().find_map(said),
        Value::Object(members) => {
            if let (Some(error), Some(description)) = (
                members.get("error").and_then(Value::as_str),
                members.get("error_description").and_then(Value::as_str),
            ) {
                return Some(described(error, Some(description)));
            }
            MEMBERS.iter().find_map(|name| said(members.get(*name)?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Headers;

    fn response(fields: &[(&str, &str)], body: &str) -> Response {
        let headers: Headers = fields.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Response {
            status: 401,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers,
            body: body.as_bytes().into(),
            cut: None,
        }
    }

    #[test]
    fn words_are_found_in_whatever_form_they_come() {
        for (body, words) in [
            (r#"{"error":"invalid_grant","error_description":"too late"}"#, Some("invalid_grant: too late")),
            (r#"{"detail":"No connected db."}"#, Some("No connected db.")),
            (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, Some("field required")),
            (r#"{"message": "Unrecognized client_id"}"#, Some("Unrecognized client_id")),
            (r#"{"error":{"code":401,"message":"no"}}"#, Some("no")),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"not you"}}"#, Some("not you")),
            (r#"{"type":"about:blank","title":"Unauthorized","status":401}"#, Some("Unauthorized")),
            ("Your request\r\n was blocked.\n", Some("Your request was blocked.")),
            ("<html><title>no</title>", None),
            ("{\"ok\":false}", None),
            ("", None),
        ] {
            assert_eq!(explanation(&response(&[], body)).as_deref(), words, "{body}");
        }
        let long = explanation(&response(&[], &"ä".repeat(5000))).unwrap();
        assert_eq!(long.chars().count(), MAX_LENGTH + 1);
    }

    #[test]
    fn the_challenge_is_read_before_the_body() {
        let challenge = ("www-authenticate", "Bearer error=\"invalid_token\", error_description=\"bad aud\"");
        let both = response(&[challenge], r#"{"detail":"no"}"#);
        assert_eq!(explanation(&both).as_deref(), Some("invalid_token: bad aud"));
        let silent = response(&[("www-authenticate", "Bearer scope=\"a\"")], r#"{"detail":"no"}"#);
        assert_eq!(explanation(&silent).as_deref(), Some("no"));
    }
}
