//! Values as options and files write them: durations, header fields, words.

use std::time::Duration;

use super::problem::unknown;
use super::{Program, SecretSource, SessionAction, closest};
use crate::document::identifier::{Identifier, client_id_url_defect};
use crate::exchange::ProbeId;
use crate::specification::{Party, ProtocolVersion, Step};

/// `30`, `30s`, `500ms`, `2m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let number: f64 = number.parse().map_err(|_| format!("{text:?} is no duration; try 30s, 500ms or 2m"))?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" => number * 60.0,
        other => return Err(format!("{other:?} is no unit of time; there are ms, s and m")),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && seconds <= 86_400.0 => Ok(duration),
        _ => Err(format!("{text:?} is not between 1ms and 24 hours")),
    }
}

/// The name of a header field that is the user's to set.
pub fn header_name(name: &str) -> Result<(), String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(
            "the name of a header field has letters, digits and !#$%&'*+-.^_`|~, and no space".to_owned()
        );
    }
    if name.eq_ignore_ascii_case("user-agent") {
        return Err("give User-Agent with --user-agent (in a file: user_agent in [network])".to_owned());
    }
    let ours = ["accept", "connection", "content-length", "content-type", "host", "transfer-encoding"];
    if ours.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
        return Err(format!("{name} is set by the walk itself"));
    }
    Ok(())
}

/// The value of a header field.
pub fn header_value(name: &str, value: &str) -> Result<(), String> {
    if value.chars().any(char::is_control) {
        return Err(format!("the value of {name} holds control characters"));
    }
    Ok(())
}

/// The value of `User-Agent` ([RFC 9110 §10.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5)).
pub fn user_agent(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return Err("expected printable ASCII, such as Mozilla/5.0".to_owned());
    }
    Ok(text.to_owned())
}

/// `NAME=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// `NAME=VALUE` or `NAME=env:VARIABLE`.
pub fn fill(text: &str) -> Result<(String, SecretSource), String> {
    pair(text).map(|(name, value)| (name, SecretSource::value_or_variable(&value)))
}

/// `Name: value` or `Name: env:VARIABLE`.
pub fn header(text: &str) -> Result<(String, SecretSource), String> {
    let (name, value) = text.split_once(':').ok_or("expected 'Name: value'")?;
    let (name, value) = (name.trim(), value.trim());
    header_name(name)?;
    header_value(name, value)?;
    Ok((name.to_owned(), SecretSource::value_or_variable(value)))
}

/// The URL of a server.
pub fn server(text: &str) -> Result<String, String> {
    let url = Identifier::parse(text).map(|url| url.raw.to_owned());
    url.ok_or_else(|| "expected an absolute http(s) URL".to_owned())
}

/// A program and its arguments, quoted as in a shell.
pub fn program(text: &str) -> Result<Program, String> {
    let mut words = shlex::split(text).ok_or("a quote is not closed")?.into_iter();
    let name = words.next().ok_or("expected the name of a program")?;
    Ok(Program { name, arguments: words.collect() })
}

/// The URL of a client-ID metadata document.
pub fn client_id_url(text: &str) -> Result<String, String> {
    match client_id_url_defect(text) {
        None => Ok(text.to_owned()),
        Some(defect) => Err(format!("as a client_id it {defect}")),
    }
}

/// The URL of an endpoint.
pub fn endpoint(text: &str) -> Result<String, String> {
    Identifier::parse(text).map(|_| text.to_owned()).ok_or("expected an absolute http(s) URL".to_owned())
}

/// The path of a redirect URI, as it is registered and sent.
pub fn redirect_path(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/".contains(c);
    if !text.starts_with('/') || !text.chars().all(fits) {
        return Err("expected a path such as /oauth/callback, without query and fragment".to_owned());
    }
    Ok(text.to_owned())
}

/// `list`, `call=NAME`.
pub fn then(text: &str) -> Result<SessionAction, String> {
    match text.split_once('=') {
        Some(("call", name)) if !name.is_empty() => Ok(SessionAction::CallTool(name.to_owned())),
        None if text == "list" => Ok(SessionAction::ListTools),
        _ => Err("expected list or call=NAME".to_owned()),
    }
}

/// The date of a protocol version.
pub fn protocol_version(text: &str) -> Result<ProtocolVersion, String> {
    ProtocolVersion::from_date(text).ok_or_else(|| {
        let known: Vec<_> = ProtocolVersion::ALL.into_iter().map(ProtocolVersion::date).collect();
        format!("there are {}", known.join(", "))
    })
}

/// The name of a probe.
pub fn probe(text: &str) -> Result<ProbeId, String> {
    ProbeId::from_id(text).ok_or_else(|| {
        let hint = closest(text, ProbeId::ALL.iter().map(|probe| probe.id())).map_or_else(
            || "`gatewalk explain --probes` names them".to_owned(),
            |alike| format!("did you mean {alike}?"),
        );
        format!("there is no probe {text:?}; {hint}")
    })
}

/// The word for a step.
pub fn step(text: &str) -> Result<Step, String> {
    let found = Step::ALL.into_iter().find(|step| step.id() == text);
    found.ok_or_else(|| unknown(text, Step::ALL.into_iter().map(Step::id)))
}

/// The parties whose checks can be selected.
pub const PARTIES: [Party; 3] = [Party::Gateway, Party::AuthorizationServer, Party::McpServer];

/// The word for one of them.
pub fn party(text: &str) -> Result<Party, String> {
    let found = PARTIES.into_iter().find(|party| party.id() == text);
    found.ok_or_else(|| unknown(text, PARTIES.into_iter().map(Party::id)))
}

/// The URL of a target, exactly as the walk starts from it.
pub fn target(url: &str) -> Result<String, String> {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    // Told without the URL, in which a password may stand.
    let bare = |what: &str| Err(format!("the target {what}"));
    let problem = match Identifier::parse(url) {
        // Browsers put these right, so that the user may see nothing wrong with them.
        None if url.contains(odd) => return bare("holds white space or control characters"),
        None if url.contains('\\') => return bare("holds a backslash, which is no slash"),
        None => match url::Url::parse(url) {
            Err(error) if url.contains("://") => {
                return Err(format!("the target {:?} is no URL: {error}", legible(url)));
            }
            _ => "is not an absolute http(s) URL; try https://host/mcp",
        },
        Some(target) if target.origin.contains('@') => {
            return bare(
                "holds a user name before its host; give credentials with --header, as 'Authorization: env:NAME'",
            );
        }
        Some(_) if url.contains('#') => "has a fragment, which no MCP endpoint has",
        Some(_) if url.contains(odd) => "holds white space or control characters",
        Some(_) => return Ok(url.to_owned()),
    };
    Err(format!("the target {:?} {problem}", legible(url)))
}

/// A URL without the parts that may hold a secret: userinfo, query and fragment.
pub fn legible(url: &str) -> String {
    let head = url.split(['?', '#']).next().unwrap_or_default();
    match (head.split_once("//"), head.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//…@{host}"),
        (None, Some((_, host))) => format!("…@{host}"),
        (_, None) => head.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Secret;

    #[test]
    fn headers_cannot_smuggle() {
        let value = SecretSource::Value(Secret::new("a b"));
        assert_eq!(header("X-Key: a b"), Ok(("X-Key".to_owned(), value)));
        for bad in ["X-Key", ": a", "X Key: a", "X: a\r\nY: b"] {
            assert!(header(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        for said in [
            header("X-Key s3cret-value").unwrap_err(),
            header("X-Key s3cret-value: a").unwrap_err(),
            header("X Key: s3cret-value").unwrap_err(),
            pair("s3cret-value").unwrap_err(),
            target("https://s3cret-value@h/").unwrap_err(),
            target("https://h:port/?key=s3cret-value").unwrap_err(),
            target("https://h/ ?key=s3cret-value").unwrap_err(),
            target("ftp://s3cret-value@h/#s3cret-value").unwrap_err(),
        ] {
            assert!(!said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn durations_have_units_and_bounds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("1.5"), Ok(Duration::from_millis(1500)));
        for bad in ["", "0", "x", "3h", "1e9", "99999999999999999999m"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
