//! What parties publish: lenient typed views that keep their raw JSON.
//!
//! A view never fails for a wrong member: it returns `None` and leaves the judging to `check`. What cannot be read at
//! all is [`Unusable`], which is data as well.

pub mod access_token;
pub mod address;
pub mod challenge;
pub mod client;
pub mod defence;
pub mod event_stream;
pub mod explanation;
pub mod html;
pub mod identifier;
pub mod mcp;
pub mod members;
pub mod pkce;
pub mod resource_metadata;
pub mod scope;
pub mod server_metadata;
pub mod token;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::exchange::{Exchange, Response, TransportFailure};

/// A JSON object as published, and the members it names more than once. A clone is another look at the same one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Arc<Content>);

/// What is in a JSON object.
#[derive(Debug, Default, PartialEq)]
pub struct Content {
    /// The members; of repeated ones the last.
    pub members: Map<String, Value>,
    /// JSON pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) of repeated members.
    pub duplicates: Vec<String>,
}

impl Deref for Object {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.0
    }
}

impl From<Map<String, Value>> for Object {
    fn from(members: Map<String, Value>) -> Self {
        Self::new(members, Vec::new())
    }
}

impl Object {
    fn new(members: Map<String, Value>, duplicates: Vec<String>) -> Self {
        Self(Arc::new(Content { members, duplicates }))
    }

    /// Reads an object from bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAnObject> {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return Err(NotAnObject::ByteOrderMark);
        }
        let mut duplicates = Vec::new();
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = Tracked { at: At::Root, duplicates: &mut duplicates }
            .deserialize(&mut reader)
            .and_then(|value| reader.end().map(|()| value))
            .map_err(|error| NotAnObject::Syntax(error.to_string()))?;
        match value {
            Value::Object(members) => Ok(Self::new(members, duplicates)),
            other => Err(NotAnObject::Other(JsonType::of(&other))),
        }
    }

    /// A string member.
    pub fn string(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// The strings of an array member; other elements are left out.
    pub fn strings(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.members.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    /// A boolean member.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.members.get(name)?.as_bool()
    }
}

/// Why bytes are not a JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotAnObject<T = String> {
    /// It begins with a byte-order mark, which JSON must not have
    /// ([RFC 8259 §8.1](https://www.rfc-editor.org/rfc/rfc8259#section-8.1)).
    ByteOrderMark,
    /// Not JSON; the parser's words with line and column.
    Syntax(T),
    /// JSON, but an array, a string, ….
    Other(JsonType),
}

/// The type of a JSON value ([RFC 8259 §3](https://www.rfc-editor.org/rfc/rfc8259#section-3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JsonType {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonType {
    /// The type of that value.
    pub const fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    /// Its name, with the article.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Why an exchange yields no document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unusable<T = String> {
    /// There was no response.
    NoResponse(TransportFailure<T>),
    /// Not 2xx.
    Status(u16),
    /// A redirect, which gatewalk records and does not follow.
    Redirect(u16, T),
    /// A web page.
    Html,
    /// The body was not read to its end.
    Cut,
    /// A body in a content coding that could not be undone ([RFC 9110 §8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4)).
    Encoded(T),
    /// Not a JSON object.
    NotAnObject(NotAnObject<T>),
    /// A JSON object, but no JSON-RPC response.
    NotRpc,
    /// A JSON object, but not the document.
    OtherObject(DocumentKind),
}

/// A document that is known by its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// [`resource_metadata::ResourceMetadata`].
    ResourceMetadata,
    /// [`server_metadata::ServerMetadata`].
    ServerMetadata,
}

impl<T> NotAnObject<T> {
    fn map_texts<U>(self, map: &impl Fn(T) -> U) -> NotAnObject<U> {
        match self {
            Self::ByteOrderMark => NotAnObject::ByteOrderMark,
            Self::Syntax(text) => NotAnObject::Syntax(map(text)),
            Self::Other(kind) => NotAnObject::Other(kind),
        }
    }
}

impl<T> Unusable<T> {
    /// The same with each text in it made another.
    pub fn map_texts<U>(self, map: &impl Fn(T) -> U) -> Unusable<U> {
        match self {
            Self::NoResponse(failure) => Unusable::NoResponse(failure.map_texts(map)),
            Self::Status(status) => Unusable::Status(status),
            Self::Redirect(status, to) => Unusable::Redirect(status, map(to)),
            Self::Html => Unusable::Html,
            Self::Cut => Unusable::Cut,
            Self::Encoded(coding) => Unusable::Encoded(map(coding)),
            Self::NotAnObject(why) => Unusable::NotAnObject(why.map_texts(map)),
            Self::NotRpc => Unusable::NotRpc,
            Self::OtherObject(kind) => Unusable::OtherObject(kind),
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoResponse(failure) => f.write_str(failure.kind.sentence()),
            Self::Status(status) => write!(f, "responds with {status}"),
            Self::Redirect(status, to) => write!(f, "redirects ({status}) to {to}"),
            Self::Html => f.write_str("responds with a web page instead of JSON"),
            Self::Cut => f.write_str("sends a body that does not end within the limits"),
            Self::Encoded(coding) => {
                write!(f, "sends a body in the content encoding {coding}, which cannot be decoded")
            }
            Self::NotAnObject(NotAnObject::ByteOrderMark) => {
                f.write_str("sends a body that begins with a byte-order mark, which JSON must not have")
            }
            Self::OtherObject(DocumentKind::ResourceMetadata) => {
                f.write_str("sends a JSON object with neither resource nor authorization_servers")
            }
            Self::OtherObject(DocumentKind::ServerMetadata) => {
                f.write_str("sends a JSON object with neither an issuer nor an endpoint")
            }
            Self::NotAnObject(NotAnObject::Syntax(detail)) => {
                write!(f, "sends a body that is not JSON: {detail}")
            }
            Self::NotAnObject(NotAnObject::Other(other)) => {
                write!(f, "sends {} instead of a JSON object", other.title())
            }
            Self::NotRpc => f.write_str("sends a JSON object that is no JSON-RPC response"),
        }
    }
}

/// Reads the JSON object an exchange answered with: any 2xx, whatever the media type says.
pub fn read(exchange: &Exchange) -> Result<Object, Unusable> {
    let response = exchange.outcome.as_ref().map_err(|failure| Unusable::NoResponse(failure.clone()))?;
    if let Some(to) = response.redirect() {
        return Err(Unusable::Redirect(response.status, to.into_owned()));
    }
    if !response.is_success() {
        return Err(Unusable::Status(response.status));
    }
    read_body(response)
}

/// Reads the JSON object in a body, whatever the status.
pub fn read_body(response: &Response) -> Result<Object, Unusable> {
    match &*response.body.reading(Object::parse) {
        Ok(object) => Ok(object.clone()),
        Err(_) if response.cut.is_some() => Err(Unusable::Cut),
        Err(_) if response.is_html() => Err(Unusable::Html),
        Err(why) => match response.content_coding() {
            Some(coding) if std::str::from_utf8(&response.body).is_err() => Err(Unusable::Encoded(coding)),
            _ => Err(Unusable::NotAnObject(why.clone())),
        },
    }
}

/// Members that are told to be repeated; so many are enough to see it.
const MOST_DUPLICATES: usize = 100;
/// Characters of a name that is told.
const LONGEST_NAME: usize = 200;

/// Where a value is: the way to the root. It is put into words for those that are told, as names may be long and many.
#[derive(Clone, Copy)]
enum At<'a> {
    Root,
    Member(&'a Self, &'a str),
    Element(&'a Self, usize),
}

impl At<'_> {
    /// As a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)).
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(above, name) => {
                let short: String = name.chars().take(LONGEST_NAME).collect();
                format!("{}/{}", above.pointer(), short.replace('~', "~0").replace('/', "~1"))
            }
            Self::Element(above, index) => format!("{}/{index}", above.pointer()),
        }
    }
}

/// Deserializes a `Value` while noting repeated members, which `serde_json::Value` would swallow.
struct Tracked<'a> {
    at: At<'a>,
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Tracked<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tracked<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let at = At::Element(&self.at, values.len());
            match seq.next_element_seed(Tracked { at, duplicates: self.duplicates })? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let at = At::Member(&self.at, &name);
            let value = map.next_value_seed(Tracked { at, duplicates: self.duplicates })?;
            let is_new = !members.contains_key(&name);
            if !is_new && self.duplicates.len() < MOST_DUPLICATES {
                self.duplicates.push(at.pointer());
            }
            members.insert(name, value);
            if members.len() > 10_000 {
                return Err(A::Error::custom("more than 10,000 members"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_members_are_noted_and_the_last_one_counts() {
        let object = Object::parse(br#"{"issuer":"a","x":{"y/z":1,"y/z":2},"issuer":"b"}"#).unwrap();
        assert_eq!(object.string("issuer"), Some("b"));
        assert_eq!(object.duplicates, ["/x/y~1z", "/issuer"]);
    }

    #[test]
    fn what_is_not_an_object_says_what_it_is() {
        assert_eq!(Object::parse(b"[]"), Err(NotAnObject::Other(JsonType::Array)));
        assert!(matches!(Object::parse(b"{} x"), Err(NotAnObject::Syntax(_))));
        assert!(matches!(Object::parse("[".repeat(5000).as_bytes()), Err(NotAnObject::Syntax(_))));
        assert_eq!(Object::parse(b"\xef\xbb\xbf{}"), Err(NotAnObject::ByteOrderMark));
    }
}
