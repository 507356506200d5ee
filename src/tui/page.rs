//! A long text to scroll in: built once per change, wrapped to rows once per width, drawn only where it is seen.

mod line;

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::ops::Range;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::theme::{Role, Theme};

pub(super) use line::{Fragments, PageLine};

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
            let hang = columns.saturating_sub(content.room(columns));
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
        self.line_at(first)?.copies.as_deref()
    }

    /// The item a row belongs to.
    pub(super) fn item_at(&self, row: usize) -> Option<usize> {
        self.line_at(row)?.item
    }

    /// The line a row is of.
    fn line_at(&self, row: usize) -> Option<&PageLine> {
        self.lines.get(self.rows.get(row)?.line)
    }

    /// The rows in which a text starts, upper and lower case alike.
    pub(super) fn rows_with(&self, needle: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut row = 0;
        for (index, line) in self.lines.iter().enumerate() {
            for at in find(&line.text, needle) {
                while self.rows.get(row).is_some_and(|row| row.line < index)
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
            let Some(line) = self.lines.get(row.line) else { continue };
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
                link(buffer, (x, y), url, line.text.get(row.range.clone()).unwrap_or_default(), theme);
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
        text.get(at).map(u8::to_ascii_lowercase) == first
            && text.get(at..at + needle.len()).is_some_and(|here| here.eq_ignore_ascii_case(needle))
    })
}

/// Cuts a text that starts at `at` where a range of found bytes starts or ends.
fn cut<'a>(text: &'a str, at: usize, found: &[Range<usize>]) -> Vec<(&'a str, bool)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    for range in found {
        let (from, to) =
            (range.start.saturating_sub(at).max(done), range.end.saturating_sub(at).min(text.len()));
        if from < to {
            pieces.extend((done < from).then(|| (part(done..from), false)));
            pieces.push((part(from..to), true));
            done = to;
        }
    }
    pieces.extend((done < text.len()).then(|| (part(done..text.len()), false)));
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
    pub(super) fn push(&mut self, mut line: PageLine) {
        line.item = self.item.or(line.item);
        self.lines.push(line);
    }

    /// Adds a line of one meaning.
    pub(super) fn say<'a>(&mut self, role: Role, words: impl Into<Fragments<'a>>) {
        self.push(PageLine::new(role, words));
    }

    /// Adds an empty line.
    pub(super) fn gap(&mut self) {
        self.push(PageLine::default());
    }

    /// Adds `name: value`.
    pub(super) fn field(&mut self, name: &str, value: &str) {
        let line = PageLine::new(Role::Name, Fragments::Theirs(name));
        self.push(line.put(Role::Text, ": ").put(Role::Text, Fragments::Theirs(value)).hang(2));
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
        let part = |row: &Row| page.lines[0].text.get(row.range.clone()).unwrap().to_owned();
        let text = |row: &Row| " ".repeat(row.hang) + part(row).as_str();
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
    fn a_remark_has_its_own_row_where_it_does_not_fit() {
        let line = || PageLine::new(Role::Text, "name value").remark(Role::Dim, "  · what it is").hang(2);
        assert_eq!(rows(line(), 30), ["name value  · what it is"]);
        assert_eq!(rows(line(), 20), ["name value", "  · what it is"]);
        assert_eq!(rows(line(), 10), ["name value", "  · what ", "  it is"]);
    }

    #[test]
    fn urls_and_json_are_split_at_their_joints() {
        let line = PageLine::new(Role::Link, "https://gateway.example/.well-known/openid").hang(2);
        assert_eq!(rows(line, 38), ["https://gateway.example/.well-known/", "  openid"]);
        let line = PageLine::new(Role::Link, "https://xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").hang(2);
        assert_eq!(rows(line, 20), ["https://xxxxxxxxxxxx", "  xxxxxxxxxxxxxxxxxx", "  xxx"]);
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
