//! The type of every text in a transcript: it has passed the redactor, and what is displayed of it is harmless.

use std::fmt;
use std::ops::Deref;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sanitize::escape_workflow_commands;

/// A text in which a peer, a file or a user may have a say.
///
/// It comes from a [`Redactor`](super::redact::Redactor), which masks the secrets of the run, from a stored transcript, or
/// from the source of gatewalk; there is no other way to make one. Displayed, it can drive neither a terminal nor the
/// runner of a job ([`escape_workflow_commands`]). Serialised, and as [`str`], it is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct PeerText(String);

impl PeerText {
    /// A text in which the redactor has replaced the secrets.
    pub(super) const fn masked(text: String) -> Self {
        Self(text)
    }

    /// The text as it is, control characters included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Texts with commas between them, for display.
pub fn listed(texts: &[PeerText]) -> String {
    texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl From<&'static str> for PeerText {
    fn from(own: &'static str) -> Self {
        Self(own.to_owned())
    }
}

impl fmt::Display for PeerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&escape_workflow_commands(&self.0))
    }
}

impl Deref for PeerText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for PeerText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for PeerText {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<&str> for PeerText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == **other
    }
}

impl PartialEq<String> for PeerText {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

impl PartialEq<PeerText> for String {
    fn eq(&self, other: &PeerText) -> bool {
        *self == other.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::transcript::Transcript;

    #[test]
    fn what_is_displayed_is_harmless_and_what_is_stored_is_the_text() {
        let text = PeerText::from("##[error] \u{1b}[2J \u{9b}31m");
        assert_eq!(text.to_string(), "#·#[error] ␛[2J �31m");
        assert_eq!(format!("{:<9}|", PeerText::from("a\u{7}")), "a␇       |");
        assert_eq!(serde_json::to_value(&text).unwrap(), Value::from("##[error] \u{1b}[2J \u{9b}31m"));
        assert_eq!(listed(&["a".into(), "::b::".into()]), "a, ·::b::");
    }

    /// Places of a schema that take any string.
    fn free_texts(schema: &Value, place: &str, found: &mut Vec<String>) {
        match schema {
            Value::Object(members) => {
                let is_string = match members.get("type") {
                    Some(Value::String(name)) => name == "string",
                    Some(Value::Array(names)) => names.iter().any(|name| name == "string"),
                    _ => false,
                };
                if is_string && !["enum", "const", "format"].iter().any(|word| members.contains_key(*word)) {
                    found.push(place.to_owned());
                }
                for (name, member) in members {
                    free_texts(member, &format!("{place}/{name}"), found);
                }
            }
            Value::Array(members) => {
                for (index, member) in members.iter().enumerate() {
                    free_texts(member, &format!("{place}/{index}"), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_text_of_a_transcript_has_passed_the_redactor() {
        let mut found = Vec::new();
        free_texts(&Transcript::json_schema(), "", &mut found);
        assert_eq!(found, ["/$defs/PeerText"], "make these fields a PeerText");
    }
}
