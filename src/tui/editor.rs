//! Edit and resend: a request as text, and back. Secrets stay redacted in the text; an untouched placeholder stands for its secret.

use ratatui_textarea::{TextArea, WrapMode};
use serde_json::Value;
use url::form_urlencoded;

use super::redaction::Redaction;
use crate::exchange::{AuthorizationRequest, Headers, Request, text};
use crate::run::Edit;

/// What is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A request.
    Request(Request),
    /// The authorization request.
    Authorization(AuthorizationRequest),
}

/// An editor with its text.
#[derive(Clone, Debug)]
pub(super) struct Editor {
    /// What is edited.
    pub(super) subject: Subject,
    /// The text.
    pub(super) field: TextArea<'static>,
    /// Why it could not be sent.
    pub(super) problem: Option<String>,
}

impl Editor {
    /// An editor for a request. `Err` says why it cannot be edited.
    pub(super) fn new(subject: Subject, redaction: &Redaction) -> Result<Self, &'static str> {
        let text = write(&subject, redaction)?;
        let mut editor = Self { subject, field: TextArea::default(), problem: None };
        editor.replace(&text);
        Ok(editor)
    }

    /// Puts another text in place of the present one.
    pub(super) fn replace(&mut self, text: &str) {
        self.field = TextArea::from(text.lines());
        self.field.set_cursor_line_style(ratatui::style::Style::new());
        self.field.set_wrap_mode(WrapMode::Glyph);
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        self.field.lines().join("\n")
    }

    /// What is to be sent.
    pub(super) fn read(&self, redaction: &Redaction) -> Result<Edit, String> {
        read(&self.text(), &self.subject, redaction)
    }
}

/// Makes a text of a request: start line, header fields, an empty line, the body; or endpoint and parameters.
fn write(subject: &Subject, redaction: &Redaction) -> Result<String, &'static str> {
    match subject {
        Subject::Request(request) => {
            if std::str::from_utf8(&request.body).is_err() {
                return Err("the body is no text: it cannot be edited here");
            }
            let entry = redaction.request(request);
            let mut text = format!("{} {}\n", entry.method.as_str(), entry.url.as_str());
            for (name, value) in &entry.headers {
                text.push_str(&format_field(name, value));
            }
            text.push('\n');
            if is_form(&request.headers) {
                // A field a line, as it is shown.
                text.push_str(&entry.body.replace('&', "\n&"));
            } else {
                text.push_str(&entry.body);
            }
            Ok(text)
        }
        Subject::Authorization(request) => {
            let url = redaction.url(&request.url);
            let (endpoint, query) = url.split_once('?').unwrap_or((&url, ""));
            let mut text = format!("{endpoint}\n");
            for (name, value) in form_urlencoded::parse(query.as_bytes()) {
                text.push_str(&format_field(&name, &value));
            }
            Ok(text)
        }
    }
}

/// Whether a body is a form.
fn is_form(headers: &Headers) -> bool {
    headers
        .get("content-type")
        .is_some_and(|media_type| media_type.starts_with("application/x-www-form-urlencoded"))
}

fn format_field(name: &str, value: &str) -> String {
    format!("{name}: {value}\n")
}

/// Reads the text of a request. `Err` says what is wrong with it.
fn read(text: &str, subject: &Subject, redaction: &Redaction) -> Result<Edit, String> {
    match subject {
        Subject::Request(request) => {
            let secrets = Secrets::of(request, redaction);
            let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end_matches('\n'), ""));
            let mut lines = head.lines();
            let (method, url) = start_line(lines.next().unwrap_or_default())?;
            let url = secrets.restore(url, percent_encoded)?;
            let mut headers = Headers::new();
            for line in lines {
                let (name, value) = field(line)?;
                headers.push(name, secrets.restore(value, str::to_owned)?);
            }
            let is_form = is_form(&headers);
            let body = if is_form { body.lines().collect() } else { body.to_owned() };
            let body = secrets.restore(&body, if is_form { percent_encoded } else { json_escaped })?;
            Ok(Edit::Request(Request {
                method: method.to_owned(),
                url,
                headers,
                body: body.into(),
                ..request.clone()
            }))
        }
        Subject::Authorization(request) => {
            let mut lines = text.lines().filter(|line| !line.trim().is_empty());
            let endpoint = lines.next().map(str::trim).unwrap_or_default();
            absolute(endpoint)?;
            let mut query = form_urlencoded::Serializer::new(String::new());
            for line in lines {
                let (name, value) = field(line)?;
                query.append_pair(name, value);
            }
            let (query, join) = (query.finish(), if endpoint.contains('?') { '&' } else { '?' });
            let url = if query.is_empty() { endpoint.to_owned() } else { format!("{endpoint}{join}{query}") };
            Ok(Edit::Authorization { before: request.clone(), url })
        }
    }
}

fn start_line(line: &str) -> Result<(&str, &str), String> {
    let (method, url) = line
        .trim()
        .split_once(' ')
        .ok_or("the first line has to be a method and a URL: POST https://host/path")?;
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if method.is_empty() || !method.chars().all(is_token) {
        return Err(format!("{method:?} is no method"));
    }
    let url = url.trim();
    absolute(url)?;
    Ok((method, url))
}

fn absolute(url: &str) -> Result<(), String> {
    match url::Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => Ok(()),
        _ => Err(format!("{url:?} is no absolute http(s) URL")),
    }
}

fn field(line: &str) -> Result<(&str, &str), String> {
    let (name, value) =
        line.split_once(':').ok_or_else(|| format!("{line:?} is no field; expected name: value"))?;
    let (name, value) = (name.trim(), value.trim());
    let is_token = |c: char| c.is_ascii_graphic() && !"(),/:;<=>?@[\\]{}\"".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(format!("{name:?} is no name of a field"));
    }
    if value.chars().any(char::is_control) {
        return Err(format!("the value of {name} holds control characters"));
    }
    Ok((name, value))
}

fn percent_encoded(secret: &str) -> String {
    form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}

fn json_escaped(secret: &str) -> String {
    let quoted = Value::from(secret).to_string();
    quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// The secrets of a request by what their placeholders end with: digest and length.
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn of(request: &Request, redaction: &Redaction) -> Self {
        let mut found = Vec::new();
        let query = request.url.split_once('?').map_or("", |(_, query)| query);
        let body = text(&request.body);
        for form in [query.as_bytes(), body.as_bytes()] {
            found.extend(form_urlencoded::parse(form).map(|(_, value)| value.into_owned()));
        }
        found.extend(
            request
                .url
                .split_once("://")
                .and_then(|(_, rest)| rest.split_once('@'))
                .map(|(user, _)| user.to_owned()),
        );
        for (_, value) in request.headers.iter() {
            found.extend(value.split_once(' ').map(|(_, credentials)| credentials.to_owned()));
            found.extend(
                value.split(';').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned()),
            );
            found.push(value.into_owned());
        }
        if let Ok(json) = serde_json::from_str(&body) {
            strings(&json, &mut found);
        }
        Self(
            found
                .into_iter()
                .map(|secret| (ending(&redaction.placeholder("", &secret)).to_owned(), secret))
                .collect(),
        )
    }

    /// The text with its placeholders replaced by what they stand for.
    fn restore(&self, text: &str, encode: impl Fn(&str) -> String) -> Result<String, String> {
        let mut restored = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('«') {
            let (placeholder, after) = after.split_once('»').ok_or("a placeholder « is not closed by »")?;
            let ending = ending(placeholder);
            let secret = self.0.iter().find(|(known, _)| known == ending).map(|(_, secret)| secret);
            let secret = secret.ok_or_else(|| {
                format!("«{placeholder}» stands for nothing that this request held; write the value itself")
            })?;
            restored.push_str(before);
            restored.push_str(&encode(secret));
            rest = after;
        }
        restored.push_str(rest);
        Ok(restored)
    }
}

/// What a placeholder ends with, after its kind: `3f2a 659 B`.
fn ending(placeholder: &str) -> &str {
    let placeholder = placeholder.trim_start_matches('«').trim_end_matches('»');
    let start = placeholder.rmatch_indices(' ').nth(2).map_or(0, |(at, _)| at + 1);
    placeholder.get(start..).unwrap_or_default()
}

/// All strings in a JSON value.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(members) => members.values().for_each(|value| strings(value, found)),
        other => found.push(other.to_string()),
    }
}
