//! Tables of a TOML file read key by key: every value with its place, every key nobody asked for a problem.

use std::cell::RefCell;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Location;
use super::keys::{self, Key, Kind};
use super::known_ids::KnownIds;
use super::option_parser::OptionParser;
use super::problem::Problem;
use super::variables::{interpolate, is_name};
use crate::exchange::Secret;

/// Bytes of a value that is looked for outside of quotes: a shorter one is found in words.
const LEAST_SAID: usize = 4;

/// What a file is read with.
pub(super) struct Reader<'a> {
    path: &'a str,
    source: &'a str,
    known_ids: KnownIds<'a>,
    /// The keys of all tables, for one that stands in the wrong one.
    known_keys: fn() -> Vec<Key>,
    problems: RefCell<Vec<Problem>>,
    /// What variables were put in: where, the text that came of it, and as it is written.
    interpolated: RefCell<Vec<(Range<usize>, String, String)>>,
    asked: RefCell<Vec<Key>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        path: &'a str,
        source: &'a str,
        known_ids: KnownIds<'a>,
        known_keys: fn() -> Vec<Key>,
    ) -> Self {
        Self {
            path,
            source,
            known_ids,
            known_keys,
            problems: RefCell::default(),
            interpolated: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// The keys that were asked for, each once.
    pub(super) fn into_keys(self) -> Vec<Key> {
        self.asked.into_inner()
    }

    /// Takes note of something wrong.
    pub(super) fn report(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.label(span, message, "", help);
    }

    fn label(&self, span: Range<usize>, message: impl Into<String>, label: &str, help: Option<String>) {
        let message = self.without_values(&span, message.into());
        let help = help.map(|help| self.without_values(&span, help));
        let problem = Problem { span, message, label: label.to_owned(), help };
        self.problems.borrow_mut().push(problem);
    }

    /// A text about a place without what variables stand for there: it may be a secret.
    fn without_values(&self, span: &Range<usize>, text: String) -> String {
        let interpolated = self.interpolated.borrow();
        let here = interpolated.iter().filter(|(place, ..)| place.start < span.end && span.start < place.end);
        here.fold(text, |text, (_, value, written)| {
            // What is quoted may be a part of it.
            let pieces = text.split('"').enumerate().map(|(index, piece)| {
                let quoted = index % 2 == 1 && !piece.is_empty() && format!("{value:?}").contains(piece);
                let said = value.len() >= LEAST_SAID;
                match piece {
                    _ if quoted => written.clone(),
                    piece if said => piece.replace(value.as_str(), written),
                    piece => piece.to_owned(),
                }
            });
            pieces.collect::<Vec<_>>().join("\"")
        })
    }

    /// The line a place is in.
    fn location(&self, span: &Range<usize>) -> Location {
        let before = self.source.get(..span.start).unwrap_or(self.source);
        Location { path: self.path.to_owned(), line: before.matches('\n').count() + 1 }
    }

    /// Everything noted, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.span.start);
        problems
    }

    /// A string with its variables replaced.
    fn text(&self, text: &str, span: &Range<usize>) -> Option<String> {
        match interpolate(text, self.known_ids.variable) {
            Ok(whole) => {
                if whole != text && !whole.is_empty() {
                    self.interpolated.borrow_mut().push((span.clone(), whole.clone(), text.to_owned()));
                }
                Some(whole)
            }
            Err((place, message)) => {
                // The caret goes under the variable, unless escapes hide it.
                let within = self.source.get(span.clone()).and_then(|written| written.find(place));
                let span =
                    within.map_or_else(|| span.clone(), |at| span.start + at..span.start + at + place.len());
                let help = "set it in the environment, or write ${NAME:-default}".to_owned();
                self.report(span, message, Some(help));
                None
            }
        }
    }

    /// The same for what options take as `env:NAME`: no secret is written so.
    fn secret(&self, text: &str, span: &Range<usize>) -> Option<String> {
        if let Some(name) = text.strip_prefix("env:").filter(|name| is_name(name)) {
            let message = format!("env:{name} is how options read the environment, and not read in a file");
            self.label(span.clone(), message, &format!("write ${{{name}}}"), None);
            return None;
        }
        let value = self.text(text, span)?;
        if value.is_empty() && !text.is_empty() && !text.contains(":-") {
            let message = format!("the value of {text} is empty");
            self.report(
                span.clone(),
                message,
                Some("set it in the environment, or write ${NAME:-}".to_owned()),
            );
            return None;
        }
        Some(value)
    }
}

/// How a string is read: with its variables replaced, or as a problem.
type ReadString<'a> = fn(&Reader<'a>, &str, &Range<usize>) -> Option<String>;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A table being read.
pub(super) struct Table<'a> {
    reader: &'a Reader<'a>,
    content: &'a DeTable<'a>,
    /// Its name, with those of the tables around it.
    name: String,
    /// The table's own place, for what is missing in it.
    span: Range<usize>,
}

impl<'a> Table<'a> {
    /// The table that is the file.
    pub(super) fn file(reader: &'a Reader<'a>, content: &'a DeTable<'a>) -> Self {
        Self { reader, content, name: String::new(), span: 0..0 }
    }

    fn inner(&self, name: &str, content: &'a DeTable<'a>, span: Range<usize>) -> Self {
        Self { reader: self.reader, content, name: keys::inner(&self.name, name), span }
    }

    /// Takes note that a key is asked for.
    fn ask(&self, name: &'static str, kind: Kind) {
        let mut asked = self.reader.asked.borrow_mut();
        if !asked.iter().any(|key| key.name == name && key.table == self.name) {
            asked.push(Key { table: self.name.clone(), name, kind, required: false });
        }
    }

    fn get(&self, key: &'static str, kind: Kind) -> Option<Placed<&'a DeValue<'a>>> {
        self.ask(key, kind);
        let value = self.content.get(key)?;
        Some(Placed { value: value.get_ref(), span: value.span() })
    }

    fn expected<T>(&self, key: &str, what: &str, found: &Placed<&DeValue<'_>>) -> Option<T> {
        let message = format!("{key} is {} instead of {what}", article(found.value.type_str()));
        self.reader.label(found.span.clone(), message, &format!("expected {what}"), None);
        None
    }

    /// A string.
    pub(super) fn text(&self, key: &'static str) -> Option<Placed<String>> {
        self.string(key, Kind::Text, Reader::text)
    }

    /// A string that may be a secret.
    pub(super) fn secret(&self, key: &'static str) -> Option<Secret> {
        self.string(key, Kind::Text, Reader::secret).map(|text| Secret::new(text.value))
    }

    fn string(&self, key: &'static str, kind: Kind, read: ReadString<'a>) -> Option<Placed<String>> {
        let found = self.get(key, kind)?;
        let DeValue::String(text) = found.value else { return self.expected(key, "a string", &found) };
        let value = read(self.reader, text, &found.span)?;
        Some(Placed { value, span: found.span })
    }

    /// A string that has to be there and to say something.
    pub(super) fn required(&self, key: &'static str) -> Option<Placed<String>> {
        let text = self.text(key);
        self.demand(key);
        self.says_something(key, text?)
    }

    /// The same of a secret.
    pub(super) fn required_secret(&self, key: &'static str) -> Option<Secret> {
        let text = self.string(key, Kind::Text, Reader::secret);
        self.demand(key);
        self.says_something(key, text?).map(|text| Secret::new(text.value))
    }

    fn says_something(&self, key: &str, text: Placed<String>) -> Option<Placed<String>> {
        if text.value.trim().is_empty() {
            self.reader.report(text.span, format!("{key} is empty"), None);
            return None;
        }
        Some(text)
    }

    /// Makes a problem of a key that is missing, once it was asked for.
    fn demand(&self, key: &'static str) {
        let mut asked = self.reader.asked.borrow_mut();
        for known in asked.iter_mut().filter(|known| known.name == key && known.table == self.name) {
            known.required = true;
        }
        if !self.has(key) {
            self.reader.report(self.span.clone(), format!("{key} is missing"), None);
        }
    }

    /// A string that stands for something else.
    pub(super) fn parsed<T>(&self, key: &'static str, parser: &OptionParser<T>) -> Option<T> {
        let kind = match parser.words() {
            [] => Kind::Text,
            words => Kind::OneOf(words.to_vec()),
        };
        self.parse(key, self.string(key, kind, Reader::text)?, |text| parser.parse(text))
    }

    /// The same of one that has to be there.
    pub(super) fn required_parsed<T>(&self, key: &'static str, parser: &OptionParser<T>) -> Option<T> {
        self.parse(key, self.required(key)?, |text| parser.parse(text))
    }

    /// A secret that stands for something else.
    pub(super) fn parsed_secret<T>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.parse(key, self.string(key, Kind::Text, Reader::secret)?, parse)
    }

    /// What a string that was read stands for.
    pub(super) fn parse<T>(
        &self,
        key: &str,
        Placed { value, span }: Placed<String>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(&value)
            .map_err(|why| self.reader.report(span, format!("bad value for {key}: {why}"), None))
            .ok()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let found = self.get(key, Kind::Boolean)?;
        found.value.as_bool().or_else(|| self.expected(key, "true or false", &found))
    }

    /// A whole number, read from its decimal digits.
    pub(super) fn number<T>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let found = self.get(key, Kind::Number)?;
        let Some(integer) = found.value.as_integer() else {
            return self.expected(key, "a whole number", &found);
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i128::MAX);
        self.parse(key, Placed { value: number.to_string(), span: found.span }, parse)
    }

    /// A date.
    fn date(&self, key: &'static str) -> Option<jiff::civil::Date> {
        let found = self.get(key, Kind::Date)?;
        let date = found.value.as_datetime().filter(|at| at.time.is_none()).and_then(|at| at.date);
        let date = date.and_then(|date| {
            let (year, month, day) = (
                i16::try_from(date.year).ok()?,
                i8::try_from(date.month).ok()?,
                i8::try_from(date.day).ok()?,
            );
            jiff::civil::Date::new(year, month, day).ok()
        });
        date.or_else(|| self.expected(key, "a date such as 2027-01-31, without quotes", &found))
    }

    /// A date that has to be there.
    pub(super) fn required_date(&self, key: &'static str) -> Option<jiff::civil::Date> {
        let date = self.date(key);
        self.demand(key);
        date
    }

    /// A list of strings.
    fn texts(&self, key: &'static str) -> Vec<Placed<String>> {
        let Some(found) = self.get(key, Kind::Texts) else { return Vec::new() };
        let Some(array) = found.value.as_array() else {
            return self.expected::<Vec<_>>(key, "a list of strings", &found).unwrap_or_default();
        };
        let text = |value: &'a toml::Spanned<DeValue<'a>>| {
            let entry = Placed { value: value.get_ref(), span: value.span() };
            let DeValue::String(text) = entry.value else {
                return self.expected(key, "a list of strings", &entry);
            };
            Some(Placed { value: self.reader.text(text, &entry.span)?, span: entry.span })
        };
        array.iter().filter_map(text).collect()
    }

    /// A table of strings, in the order of the file.
    pub(super) fn pairs(&self, key: &'static str) -> Vec<(Placed<String>, Placed<String>)> {
        self.strings(key, Reader::text)
    }

    /// The same of strings that may be secrets.
    pub(super) fn secrets(&self, key: &'static str) -> Vec<(Placed<String>, Placed<String>)> {
        self.strings(key, Reader::secret)
    }

    fn strings(&self, key: &'static str, read: ReadString<'a>) -> Vec<(Placed<String>, Placed<String>)> {
        let Some(table) = self.table_of(key, Kind::Pairs) else { return Vec::new() };
        let mut pairs: Vec<_> = table
            .content
            .iter()
            .filter_map(|(name, value)| {
                let entry = Placed { value: value.get_ref(), span: value.span() };
                let DeValue::String(text) = entry.value else {
                    return self.expected(name.get_ref(), "a string", &entry);
                };
                let value = Placed { value: read(self.reader, text, &entry.span)?, span: entry.span };
                Some((Placed { value: name.get_ref().to_string(), span: name.span() }, value))
            })
            .collect();
        pairs.sort_by_key(|(name, _)| name.span.start);
        pairs
    }

    /// A table.
    pub(super) fn table(&self, key: &'static str) -> Option<Self> {
        self.table_of(key, Kind::Table)
    }

    fn table_of(&self, key: &'static str, kind: Kind) -> Option<Self> {
        let found = self.get(key, kind)?;
        match found.value.as_table() {
            Some(table) => Some(self.inner(key, table, found.span)),
            None => self.expected(key, "a table", &found),
        }
    }

    /// An array of tables.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Self> {
        let Some(found) = self.get(key, Kind::Tables) else { return Vec::new() };
        let what = format!("[[{key}]] tables");
        let Some(array) = found.value.as_array() else {
            return self.expected::<Vec<_>>(key, &what, &found).unwrap_or_default();
        };
        let table = |value: &'a toml::Spanned<DeValue<'a>>| {
            let entry = Placed { value: value.get_ref(), span: value.span() };
            match entry.value.as_table() {
                Some(table) => Some(self.inner(key, table, entry.span)),
                None => self.expected(key, &what, &entry),
            }
        };
        array.iter().filter_map(table).collect()
    }

    /// A list of strings that stand for something else.
    pub(super) fn all_parsed<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        self.texts(key).into_iter().filter_map(|text| self.parse(key, text, &parse)).collect()
    }

    /// Whether the key is there at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.content.contains_key(key)
    }

    /// Takes note of something wrong with the value of a key.
    pub(super) fn report_at(&self, key: &str, message: &str) {
        if let Some(value) = self.content.get(key) {
            self.report(value.span(), message);
        }
    }

    /// What the file may refer to.
    pub(super) const fn known_ids(&self) -> KnownIds<'a> {
        self.reader.known_ids
    }

    /// Takes note of something wrong in this table.
    pub(super) fn report(&self, span: Range<usize>, message: impl Into<String>) {
        self.reader.report(span, message, None);
    }

    /// The same with what to do.
    pub(super) fn report_with_help(&self, span: Range<usize>, message: &str, help: &str) {
        self.reader.report(span, message, Some(help.to_owned()));
    }

    /// The line the value of a key is in, if the key is there.
    pub(super) fn location_of(&self, key: &str) -> Option<Location> {
        self.content.get(key).map(|value| self.reader.location(&value.span()))
    }

    /// The line the table is in.
    pub(super) fn location(&self) -> Location {
        self.reader.location(&self.span)
    }

    /// Where the table stands.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Makes problems of the keys that nobody asked for.
    pub(super) fn end(self) {
        let asked = self.reader.asked.borrow();
        let here: Vec<_> = asked.iter().filter(|key| key.table == self.name).map(|key| key.name).collect();
        for key in self.content.keys().filter(|key| !here.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref();
            let help = keys::advice(name, &self.name, &here, &(self.reader.known_keys)());
            self.reader.label(key.span(), format!("unknown key {name}"), "unknown key", Some(help));
        }
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
