//! A long text to scroll in: built once per change, wrapped to rows once per width, drawn only where it is seen.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::ops::Range;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::json;
use super::text::{char_width, neutral};
use super::theme::{Role, Theme};

/// Hanging rows are not moved further than this.
const DEEPEST: usize = 24;

/// A line before it is wrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageLine {
    text: String,
    /// Up to here the text is JSON, highlighted when it is drawn.
    json: usize,
    /// The end of each run of the rest, and what it means.
    runs: Vec<(usize, Role)>,
    /// Columns by which rows after the first are moved.
    hang: usize,
    /// The item of the page it belongs to.
    item: Option<usize>,
    /// What is copied when it is selected.
    copies: Option<String>,
    /// Where it leads, for terminals with links.
    leads_to: Option<String>,
    /// Drawn as a line across the page.
    rule: bool,
}

impl PageLine {
    /// A line that starts with that text.
    pub(super) fn new(role: Role, text: &str) -> Self {
        Self::default().put(role, text)
    }

    /// A line of JSON.
    pub(super) fn json(text: &str) -> Self {
        let text = neutral(text).into_owned();
        let hang = (text.len() - text.trim_start().len() + 2).min(DEEPEST);
        Self { json: text.len(), text, hang, ..Self::default() }
    }

    /// A line across the page, with a few words in it.
    pub(super) fn rule(words: &str) -> Self {
        Self { text: words.to_owned(), rule: true, ..Self::default() }
    }

    /// With more text at its end.
    #[must_use]
    pub(super) fn put(mut self, role: Role, text: &str) -> Self {
        self.text.push_str(&neutral(text));
        self.runs.push((self.text.len(), role));
        self
    }

    /// Replaces what `masked` finds to be hidden.
    pub(super) fn hide(&mut self, masked: impl Fn(&str) -> Option<String>) {
        if let Some(copied) = self.copies.as_deref().and_then(&masked) {
            self.copies = Some(copied);
        }
        if masked(&self.text).is_none() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let mut start = 0;
        let mut part = |end: usize| {
            let part = &text[start..end];
            start = end;
            masked(part).unwrap_or_else(|| part.to_owned())
        };
        self.text = part(self.json);
        self.json = self.text.len();
        for (end, _) in &mut self.runs {
            self.text.push_str(&part(*end));
            *end = self.text.len();
        }
        // What goes over the end of a part is hidden at the price of the colours.
        if let Some(whole) = masked(&self.text) {
            self.json = 0;
            self.runs = vec![(whole.len(), Role::Text)];
            self.text = whole;
        }
    }

    /// Columns the text takes.
    pub(super) fn columns(&self) -> usize {
        super::text::width(&self.text)
    }

    /// With rows after the first moved by that many columns.
    #[must_use]
    pub(super) const fn hang(mut self, columns: usize) -> Self {
        self.hang = columns;
        self
    }

    /// Leading to a URL when it is clicked; to none that a terminal could take for something else.
    #[must_use]
    pub(super) fn leads_to(mut self, url: &str) -> Self {
        self.leads_to = url.bytes().all(|byte| byte.is_ascii_graphic()).then(|| url.to_owned());
        self
    }

    /// With a text to copy when it is selected.
    #[must_use]
    pub(super) fn copies(mut self, text: &str) -> Self {
        self.copies = Some(text.to_owned());
        self
    }

    /// Belonging to that item.
    #[must_use]
    pub(super) const fn of(mut self, item: usize) -> Self {
        self.item = Some(item);
        self
    }

    /// Splits the text into ranges that fit; prefers to split after a space.
    fn wrap(&self, columns: usize, mut row: impl FnMut(Range<usize>)) {
        let (mut start, mut used, mut room) = (0, 0, columns);
        let mut space = None;
        for (at, c) in self.text.char_indices() {
            let wide = char_width(c);
            if used + wide > room && at > start {
                let next_room = columns.saturating_sub(self.hang).max(columns / 2).max(1);
                // A word that would not fit on the next row either is split here.
                let end = space.filter(|&end| end < at && self.word_fits(end, next_room)).unwrap_or(at);
                row(start..end);
                used = super::text::width(&self.text[end..at]);
                start = end;
                room = next_room;
                space = None;
            }
            used += wide;
            // An arrow at what is wrong stays with its sign and the first word.
            let before = &self.text[..at];
            if c == ' ' && !before.chars().rev().take(3).any(|before| before == '←') {
                space = Some(at + 1);
            }
        }
        row(start..self.text.len());
    }

    /// Whether the word that starts there fits into that many columns.
    fn word_fits(&self, start: usize, columns: usize) -> bool {
        let mut used = 0;
        self.text[start..].chars().take_while(|c| *c != ' ').all(|c| {
            used += char_width(c);
            used <= columns
        })
    }

    /// Where in a row a text is found, or a part of it that goes over the row's end.
    fn found(&self, row: &Range<usize>, needle: &str) -> Vec<Range<usize>> {
        let is_boundary = |at: &usize| self.text.is_char_boundary(*at);
        let from = (0..=row.start.saturating_sub(needle.len())).rev().find(is_boundary).unwrap_or(0);
        let to = (row.end + needle.len()..self.text.len()).find(is_boundary).unwrap_or(self.text.len());
        find(&self.text[from..to], needle).map(|at| from + at..from + at + needle.len()).collect()
    }

    /// The pieces of a range with what they mean.
    fn pieces(&self, range: Range<usize>) -> Vec<(&str, Role)> {
        let mut runs = json::highlight(&self.text[..self.json]);
        runs.extend(&self.runs);
        let mut pieces = Vec::new();
        let mut start = 0;
        for (end, role) in runs {
            let (from, to) = (start.max(range.start), end.min(range.end));
            if from < to {
                pieces.push((&self.text[from..to], role));
            }
            start = end;
        }
        pieces
    }
}

/// A row of the wrapped page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    line: usize,
    range: Range<usize>,
    hang: usize,
}

/// A page, wrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    lines: Vec<PageLine>,
    rows: Vec<Row>,
    /// The rows of each item: a page of a large body has too many to look through at each key.
    items: BTreeMap<usize, Range<usize>>,
}

impl Page {
    /// Wraps lines to that many columns.
    pub(super) fn new(lines: Vec<PageLine>, columns: usize) -> Self {
        let mut rows = Vec::with_capacity(lines.len());
        let mut items: BTreeMap<usize, Range<usize>> = BTreeMap::new();
        for (line, content) in lines.iter().enumerate() {
            let limit = columns.saturating_sub(content.hang).max(columns / 2).max(1);
            let hang = columns.saturating_sub(limit);
            let first = rows.len();
            content.wrap(columns, |range| {
                let hang = if range.start == 0 { 0 } else { hang };
                rows.push(Row { line, range, hang });
            });
            if let Some(item) = content.item {
                items.entry(item).or_insert(first..first).end = rows.len();
            }
        }
        Self { lines, rows, items }
    }

    /// How many rows there are.
    pub(super) const fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The rows of an item.
    pub(super) fn rows_of(&self, item: usize) -> Option<Range<usize>> {
        self.items.get(&item).cloned()
    }

    /// How many items there are.
    pub(super) fn items(&self) -> usize {
        self.items.last_key_value().map_or(0, |(last, _)| last + 1)
    }

    /// What of an item is copied.
    pub(super) fn copies(&self, item: usize) -> Option<&str> {
        let first = self.items.get(&item)?.start;
        self.lines[self.rows.get(first)?.line].copies.as_deref()
    }

    /// The item a row belongs to.
    pub(super) fn item_at(&self, row: usize) -> Option<usize> {
        self.lines[self.rows.get(row)?.line].item
    }

    /// The rows in which a text starts, upper and lower case alike.
    pub(super) fn rows_with(&self, needle: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut row = 0;
        for (index, line) in self.lines.iter().enumerate() {
            for at in find(&line.text, needle) {
                while self.rows[row].line < index
                    || self.rows.get(row + 1).is_some_and(|next| next.line == index && next.range.start <= at)
                {
                    row += 1;
                }
                if found.last() != Some(&row) {
                    found.push(row);
                }
            }
        }
        found
    }

    /// Draws the rows that are seen.
    pub(super) fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
        let Look { first, selected, needle, found, theme, links } = *look;
        let height = usize::from(area.height);
        for ((index, row), y) in self.rows.iter().enumerate().skip(first).take(height).zip(area.y..) {
            let line = &self.lines[row.line];
            let width = usize::from(area.width);
            if line.rule {
                let words = if line.text.is_empty() { String::new() } else { format!(" {} ", line.text) };
                let dashes = "─".repeat(width.saturating_sub(super::text::width(&words) + 2));
                buffer.set_stringn(area.x, y, format!("──{words}{dashes}"), width, theme.style(Role::Dim));
                continue;
            }
            if selected.is_some() && line.item == selected {
                buffer.set_string(area.x.saturating_sub(1), y, "▌", theme.style(Role::Accent));
            }
            let mut x = area.x + u16::try_from(row.hang).unwrap_or(0);
            if let Some(url) = line.leads_to.as_ref().filter(|_| links && needle.is_none()) {
                link(buffer, (x, y), url, &line.text[row.range.clone()], theme);
                continue;
            }
            let found_role = if found == Some(index) { Role::FoundHere } else { Role::Found };
            let found = needle.map(|needle| line.found(&row.range, needle)).unwrap_or_default();
            let mut at = row.range.start;
            for (text, role) in line.pieces(row.range.clone()) {
                for (text, is_found) in cut(text, at, &found) {
                    let role = if is_found { found_role } else { role };
                    let span = Span::styled(text, theme.style(role));
                    let left = area.right().saturating_sub(x);
                    (x, _) = buffer.set_span(x, y, &span, left);
                }
                at += text.len();
            }
        }
    }
}

/// Draws a row as a link (OSC 8): all rows of a URL are one, however it is wrapped.
fn link(buffer: &mut Buffer, (x, y): (u16, u16), url: &str, text: &str, theme: Theme) {
    let width = u16::try_from(super::text::width(text)).ok().and_then(NonZeroU16::new);
    let (Some(width), Some(cell)) = (width, buffer.cell_mut((x, y))) else { return };
    let linked = format!("\x1b]8;id=gatewalk;{url}\x1b\\{text}\x1b]8;;\x1b\\");
    cell.set_symbol(&linked).set_style(theme.style(Role::Link));
    // The cells the text covers are left alone.
    cell.set_diff_option(CellDiffOption::ForcedWidth(width));
}

/// How a page is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    /// The first row that is seen.
    pub(super) first: usize,
    /// The item whose rows get a bar at their left.
    pub(super) selected: Option<usize>,
    /// What is searched for, and shown where it is.
    pub(super) needle: Option<&'a str>,
    /// The row of it that is looked at.
    pub(super) found: Option<usize>,
    /// How things look.
    pub(super) theme: Theme,
    /// Whether the terminal takes links.
    pub(super) links: bool,
}

/// Where in a text another starts, upper and lower case of ASCII alike.
fn find<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let last = (text.len() + 1).saturating_sub(needle.len());
    let last = if needle.is_empty() { 0 } else { last };
    let first = needle.first().map(u8::to_ascii_lowercase);
    (0..last).filter(move |&at| {
        Some(text[at].to_ascii_lowercase()) == first
            && text[at..at + needle.len()].eq_ignore_ascii_case(needle)
    })
}

/// Cuts a text that starts at `at` where a range of found bytes starts or ends.
fn cut<'a>(text: &'a str, at: usize, found: &[Range<usize>]) -> Vec<(&'a str, bool)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for range in found {
        let (from, to) =
            (range.start.saturating_sub(at).max(done), range.end.saturating_sub(at).min(text.len()));
        if from < to {
            pieces.extend((done < from).then(|| (&text[done..from], false)));
            pieces.push((&text[from..to], true));
            done = to;
        }
    }
    pieces.extend((done < text.len()).then(|| (&text[done..], false)));
    pieces
}

/// Lines in the making.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: Vec<PageLine>,
    item: Option<usize>,
}

impl Lines {
    /// From here on lines belong to that item.
    pub(super) const fn item(&mut self, item: Option<usize>) {
        self.item = item;
    }

    /// Adds a line.
    pub(super) fn push(&mut self, line: PageLine) {
        self.lines.push(PageLine { item: self.item.or(line.item), ..line });
    }

    /// Adds a line of one meaning.
    pub(super) fn say(&mut self, role: Role, text: &str) {
        self.push(PageLine::new(role, text));
    }

    /// Adds an empty line.
    pub(super) fn gap(&mut self) {
        self.push(PageLine::default());
    }

    /// Adds `name: value`.
    pub(super) fn field(&mut self, name: &str, value: &str) {
        self.push(PageLine::new(Role::Name, name).put(Role::Text, ": ").put(Role::Text, value).hang(2));
    }

    /// Adds the lines of another.
    pub(super) fn append(&mut self, mut other: Self) {
        self.lines.append(&mut other.lines);
    }

    /// Whether there are none yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines.
    pub(super) fn into_vec(self) -> Vec<PageLine> {
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(line: PageLine, columns: usize) -> Vec<String> {
        let page = Page::new(vec![line], columns);
        let text = |row: &Row| format!("{}{}", " ".repeat(row.hang), &page.lines[0].text[row.range.clone()]);
        page.rows.iter().map(text).collect()
    }

    #[test]
    fn lines_wrap_at_spaces_and_long_words_anywhere() {
        let line = PageLine::new(Role::Text, "one two three four").hang(2);
        assert_eq!(rows(line, 10), ["one two ", "  three ", "  four"]);
        assert_eq!(rows(PageLine::new(Role::Text, "abcdefghij"), 4), ["abcd", "efgh", "ij"]);
        assert_eq!(rows(PageLine::new(Role::Text, "日本語日本"), 5), ["日本", "語日", "本"]);
        assert_eq!(rows(PageLine::default(), 5), [""]);
    }

    #[test]
    fn a_line_of_a_megabyte_is_wrapped_once_and_drawn_in_part() {
        let page = Page::new(vec![PageLine::json(&format!("\"{}\"", "x".repeat(1 << 20)))], 50);
        assert_eq!(page.rows(), 1 + ((1 << 20) + 2 - 50_usize).div_ceil(48));
        let area = Rect::new(0, 0, 50, 20);
        let mut buffer = Buffer::empty(area);
        let look =
            Look { first: 100, selected: None, needle: None, found: None, theme: Theme::Plain, links: false };
        page.draw(&look, area, &mut buffer);
        assert_eq!(buffer[(49, 19)].symbol(), "x");
    }

    #[test]
    fn a_text_is_found_and_shown_across_rows() {
        let mut lines = Lines::default();
        lines.say(Role::Text, "é");
        lines.say(Role::Text, "abcdEFgh");
        let page = Page::new(lines.into_vec(), 3);
        assert_eq!(page.rows_with("def"), [2]);
        assert_eq!(page.rows_with("É"), [] as [usize; 0]);
        assert_eq!(page.rows_with("é"), [0]);
        assert_eq!(page.rows_with(""), [] as [usize; 0]);
        assert_eq!(cut("defg", 3, &[2..4, 5..9]), [("d", true), ("e", false), ("fg", true)]);
        assert_eq!(page.lines[1].found(&(3..6), "def").first(), Some(&(3..6)));
    }

    #[test]
    fn what_is_to_be_hidden_is_hidden_in_parts_and_over_their_ends() {
        let masked = |text: &str| text.contains("SECRET").then(|| text.replace("SECRET", "«s»"));
        let mut line = PageLine::new(Role::Dim, "a SECRET").put(Role::Text, " b");
        line.hide(masked);
        assert_eq!((line.text.as_str(), line.runs), ("a «s» b", vec![(7, Role::Dim), (9, Role::Text)]));
        let mut line = PageLine::json(r#"{"a":"SECRET"}"#).put(Role::Text, " SEC").put(Role::Dim, "RET");
        line.hide(masked);
        assert_eq!((line.text.as_str(), line.json), (r#"{"a":"«s»"} «s»"#, 0));
        let mut line = PageLine::new(Role::Dim, "a").hang(2);
        line.hide(masked);
        assert_eq!(line, PageLine::new(Role::Dim, "a").hang(2));
    }

    #[test]
    fn items_are_found_by_row() {
        let mut lines = Lines::default();
        lines.say(Role::Text, "head");
        lines.item(Some(3));
        lines.say(Role::Text, "abcdef");
        let page = Page::new(lines.into_vec(), 3);
        assert_eq!((page.rows_of(3), page.item_at(0), page.item_at(3)), (Some(2..4), None, Some(3)));
    }
}
