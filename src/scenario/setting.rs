//! What an option and a key of scenario files have in common, each declared in one row of [`options!`].
//!
//! To add an option: its row in one of the structs of `scenario/partial.rs` and `scenario/partial/`, its use in the scenario
//! made of it, its line in a page of `cli/help/`. The doc comment of the row is its help.

use super::option_parser::OptionParser;
use super::secret_source::SecretSource;
use super::table::Table;

/// How the value of a row is read: by clap, and at a key of a file.
pub(super) struct Setting<T, Field = Option<T>> {
    pub(super) parser: OptionParser<T>,
    pub(super) read: fn(&Table<'_>, &'static str, &OptionParser<T>) -> Field,
}

/// A string.
pub(super) fn text() -> Setting<String> {
    let parser = OptionParser::new(|text| Ok(text.to_owned()));
    Setting { parser, read: |table, key, _| table.text(key).map(|text| text.value) }
}

/// A string that stands for something else.
pub(super) fn parsed<T>(parse: fn(&str) -> Result<T, String>) -> Setting<T>
where
    T: 'static,
{
    Setting { parser: OptionParser::new(parse), read: |table, key, parser| table.parsed(key, parser) }
}

/// One of a few words.
pub(super) fn word<T: Copy + Send + Sync>(words: &'static [(&'static str, T)]) -> Setting<T> {
    Setting { parser: OptionParser::of_words(words), read: |table, key, parser| table.parsed(key, parser) }
}

/// Present or not; `true` or `false` in a file.
pub(super) fn flag() -> Setting<bool, bool> {
    let parser = OptionParser::new(|text| text.parse().map_err(|_| "expected true or false".to_owned()));
    Setting { parser, read: |table, key, _| table.boolean(key).unwrap_or(false) }
}

/// A whole number that fits.
pub(super) fn number<T: 'static>(bounds: &'static str, fit: fn(i64) -> Option<T>) -> Setting<T> {
    let parse = move |text: &str| text.parse().ok().and_then(fit).ok_or_else(|| format!("expected {bounds}"));
    let read =
        |table: &Table<'_>, key, parser: &OptionParser<T>| table.number(key, |text| parser.parse(text));
    custom(OptionParser::new(parse), read)
}

/// A secret: `env:NAME` or a file after the option, itself in a scenario file.
pub(super) fn secret() -> Setting<SecretSource> {
    let parser = OptionParser::new(|text| Ok(SecretSource::file_or_variable(text)));
    custom(parser.secret(), |table, key, _| table.secret(key).map(SecretSource::Value))
}

/// What no other function reads.
pub(super) fn custom<T, Field>(
    parser: OptionParser<T>,
    read: fn(&Table<'_>, &'static str, &OptionParser<T>) -> Field,
) -> Setting<T, Field> {
    Setting { parser, read }
}

impl<T> Setting<T> {
    /// Names the words there are.
    pub(super) fn with_words(mut self, words: impl IntoIterator<Item = &'static str>) -> Self {
        self.parser = self.parser.with_words(words);
        self
    }

    /// Keeps the value out of errors.
    pub(super) fn unquoted(mut self) -> Self {
        self.parser = self.parser.secret();
        self
    }

    /// Demands the key where its table is there.
    pub(super) fn required(self) -> Self {
        Self { read: |table, key, parser| table.required_parsed(key, parser), ..self }
    }

    /// The same, any number of times; a list in a file.
    pub(super) fn repeated(self) -> Setting<T, Vec<T>> {
        custom(self.parser, |table, key, parser| table.all_parsed(key, |text| parser.parse(text)))
    }
}

/// Pairs of a name and a text that may be a secret.
pub(super) fn pairs() -> Setting<(String, String), Vec<(String, String)>> {
    let read = |table: &Table<'_>, key, _: &_| {
        table.pairs(key).into_iter().map(|(name, text)| (name.value, text.value)).collect()
    };
    custom(OptionParser::new(super::value::pair).secret(), read)
}

/// What a source says over another one.
pub(super) trait Merge {
    fn merge(self, over: Self) -> Self;
}

impl<T> Merge for Option<T> {
    fn merge(self, over: Self) -> Self {
        over.or(self)
    }
}

impl<T> Merge for Vec<T> {
    fn merge(self, over: Self) -> Self {
        if over.is_empty() { self } else { over }
    }
}

impl Merge for bool {
    fn merge(self, over: Self) -> Self {
        self || over
    }
}

/// The content of a table, if it is there.
pub(super) fn within<T: Default>(table: &Table<'_>, key: &'static str, read: fn(&Table<'_>) -> T) -> T {
    let Some(table) = table.table(key) else { return T::default() };
    let content = read(&table);
    table.end();
    content
}

/// Declares a part of a scenario in the making: from each row the field, the option and its help, the key of scenario files,
/// and how a source is merged over another one.
///
/// - `field: Type = setting, "key";` is an option with a key,
/// - `field: Type => function;` is read by a function of the table; with `#[command(flatten)]` its options belong to this
///   struct, with `#[arg(skip)]` it has none.
///
/// `merged function` at the end of a row merges in another way than [`Merge`]. `before merge: function` lets the base give
/// way to what is put over it.
macro_rules! options {
    (@read $table:ident $setting:expr, $key:literal) => {{
        let setting = $setting;
        (setting.read)($table, $key, &setting.parser)
    }};
    (@read $table:ident $read:expr) => { ($read)($table) };
    (@merge $base:ident $over:ident $field:ident) => { $base.$field.merge($over.$field) };
    (@merge $base:ident $over:ident $field:ident $merge:expr) => { ($merge)($base.$field, $over.$field) };
    (
        $(#[$about:meta])*
        pub struct $Name:ident {
            $(
                $(#[$meta:meta])*
                $field:ident: $Type:ty
                    $(= $setting:expr, $key:literal)?
                    $(=> $read:expr)?
                    $(, merged $merge:expr)?
                ;
            )*
        }
        $(before merge: $give_way:path)?
    ) => {
        #[derive(Clone, Debug, Default, clap::Args)]
        $(#[$about])*
        pub struct $Name {
            $(
                $(#[$meta])*
                $(#[arg(value_parser = $setting.parser)])?
                pub $field: $Type,
            )*
        }

        impl $Name {
            /// What a table of a file says.
            pub(in crate::scenario) fn read(table: &$crate::scenario::table::Table<'_>) -> Self {
                Self { $($field: options!(@read table $($setting, $key)? $($read)?),)* }
            }

            /// The same with everything the other one says in its place.
            #[must_use]
            pub fn merge(self, over: Self) -> Self {
                use $crate::scenario::setting::Merge as _;
                let base = self;
                $(let base = $give_way(base, &over);)?
                Self { $($field: options!(@merge base over $field $($merge)?),)* }
            }
        }
    };
}
pub(super) use options;
