//! A line of a page before it is wrapped: runs of text, each with what it means and whose it is.

use std::borrow::Cow;
use std::ops::Range;

use crate::transcript::PeerText;
use crate::tui::json;
use crate::tui::text::{char_width, sanitize};
use crate::tui::theme::Role;

/// Hanging rows are not moved further than this.
const DEEPEST: usize = 24;

/// A piece of text, and whose it is. What others wrote may quote a secret; what gatewalk says of its own cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Fragments<'a> {
    /// gatewalk's own.
    Ours(&'a str),
    /// Of a peer, or made of what a peer said.
    Theirs(&'a str),
}

/// A text that is part of the program.
impl From<&'static str> for Fragments<'static> {
    fn from(text: &'static str) -> Self {
        Self::Ours(text)
    }
}

/// A text that was put together.
impl<'a> From<&'a String> for Fragments<'a> {
    fn from(text: &'a String) -> Self {
        Self::Theirs(text)
    }
}

/// A text of a transcript.
impl<'a> From<&'a PeerText> for Fragments<'a> {
    fn from(text: &'a PeerText) -> Self {
        Self::Theirs(text)
    }
}

/// A text that was put together.
impl<'a> From<&'a Cow<'_, str>> for Fragments<'a> {
    fn from(text: &'a Cow<'_, str>) -> Self {
        Self::Theirs(text)
    }
}

/// A run of text of one meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    end: usize,
    role: Role,
    ours: bool,
}

/// A line before it is wrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct PageLine {
    pub(super) text: String,
    /// Up to here the text is JSON, highlighted when it is drawn.
    json: usize,
    /// What the rest means.
    runs: Vec<Run>,
    /// Columns by which rows after the first are moved.
    pub(super) hang: usize,
    /// Where the line is split first, if it does not fit into one row.
    remark: Option<usize>,
    /// The item of the page it belongs to.
    pub(super) item: Option<usize>,
    /// What is copied when it is selected.
    pub(super) copies: Option<String>,
    /// Where it leads, for terminals with links.
    pub(super) leads_to: Option<String>,
    /// Drawn as a line across the page.
    pub(super) rule: bool,
}

impl PageLine {
    /// A line that starts with that text.
    pub(in crate::tui) fn new<'a>(role: Role, words: impl Into<Fragments<'a>>) -> Self {
        Self::default().put(role, words)
    }

    /// A line of JSON.
    pub(in crate::tui) fn json(text: &str) -> Self {
        let text = sanitize(text).into_owned();
        let hang = (text.len() - text.trim_start().len() + 2).min(DEEPEST);
        Self { json: text.len(), text, hang, ..Self::default() }
    }

    /// A line across the page, with a few words in it.
    pub(in crate::tui) fn rule(words: &str) -> Self {
        Self { text: words.to_owned(), rule: true, ..Self::default() }
    }

    /// With more text at its end.
    #[must_use]
    pub(in crate::tui) fn put<'a>(mut self, role: Role, words: impl Into<Fragments<'a>>) -> Self {
        let (text, ours) = match words.into() {
            Fragments::Ours(text) => (text, true),
            Fragments::Theirs(text) => (text, false),
        };
        self.text.push_str(&sanitize(text));
        self.runs.push(Run { end: self.text.len(), role, ours });
        self
    }

    /// Replaces what `masked` finds to be hidden in what others wrote.
    pub(in crate::tui) fn hide(&mut self, masked: impl Fn(&str) -> Option<String>) {
        if let Some(copied) = self.copies.as_deref().and_then(&masked) {
            self.copies = Some(copied);
        }
        // The words of a rule are gatewalk's own.
        if self.rule || masked(&self.text).is_none() {
            return;
        }
        let old = std::mem::take(self);
        *self = Self {
            hang: old.hang,
            item: old.item,
            copies: old.copies,
            leads_to: old.leads_to,
            ..Self::default()
        };
        let json = (old.json > 0).then_some(Run { end: old.json, role: Role::Text, ours: false });
        let runs: Vec<Run> = json.into_iter().chain(old.runs).collect();
        let mut start = 0;
        for stretch in runs.chunk_by(|a, b| a.ours == b.ours) {
            let (from, first) = (self.text.len(), self.runs.len());
            let (began, mut inside) = (start, None);
            for run in stretch {
                if old.remark == Some(start) {
                    inside = Some(self.text.len());
                }
                let part = old.text.get(start..run.end).unwrap_or_default();
                let hidden = if run.ours { None } else { masked(part) };
                self.text.push_str(hidden.as_deref().unwrap_or(part));
                if start == 0 && old.json > 0 {
                    self.json = self.text.len();
                } else {
                    self.runs.push(Run { end: self.text.len(), ..*run });
                }
                start = run.end;
            }
            self.remark = self.remark.or(inside);
            // What goes over the end of a run is hidden at the price of the colours.
            if stretch.iter().any(|run| !run.ours)
                && let Some(whole) = self.text.get(from..).and_then(&masked)
            {
                self.text.truncate(from);
                self.text.push_str(&whole);
                self.runs.truncate(first);
                self.runs.push(Run { end: self.text.len(), role: Role::Text, ours: false });
                self.remark = self.remark.filter(|at| *at <= from);
                self.json = if began == 0 { 0 } else { self.json };
            }
        }
    }

    /// With a remark at its end, on a row of its own unless all fits into one.
    #[must_use]
    pub(in crate::tui) fn remark<'a>(mut self, role: Role, words: impl Into<Fragments<'a>>) -> Self {
        self.remark.get_or_insert(self.text.len());
        self.put(role, words)
    }

    /// Columns the text takes.
    pub(in crate::tui) fn columns(&self) -> usize {
        crate::tui::text::width(&self.text)
    }

    /// With rows after the first moved by that many columns.
    #[must_use]
    pub(in crate::tui) const fn hang(mut self, columns: usize) -> Self {
        self.hang = columns;
        self
    }

    /// Leading to a URL when it is clicked; to none that a terminal could take for something else.
    #[must_use]
    pub(in crate::tui) fn leads_to(mut self, url: &str) -> Self {
        self.leads_to = url.bytes().all(|byte| byte.is_ascii_graphic()).then(|| url.to_owned());
        self
    }

    /// With a text to copy when it is selected.
    #[must_use]
    pub(in crate::tui) fn copies(mut self, text: &str) -> Self {
        self.copies = Some(text.to_owned());
        self
    }

    /// Belonging to that item.
    #[must_use]
    pub(in crate::tui) const fn of(mut self, item: usize) -> Self {
        self.item = Some(item);
        self
    }

    /// A part of the text.
    fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Splits the text into ranges that fit: before a remark, else after a space, else after punctuation.
    pub(super) fn wrap(&self, columns: usize, mut row: impl FnMut(Range<usize>)) {
        let remark = self.remark.filter(|_| crate::tui::text::width(&self.text) > columns);
        let next = self.room(columns);
        let Some(remark) = remark else { return self.split(0..self.text.len(), (columns, next), &mut row) };
        self.split(0..remark, (columns, next), &mut row);
        let words = self.part(remark..self.text.len()).trim_start();
        let start = self.text.len() - words.len();
        self.split(start..self.text.len(), (next, next), &mut row);
    }

    /// Columns of a row after the first.
    pub(super) fn room(&self, columns: usize) -> usize {
        columns.saturating_sub(self.hang).max(columns / 2).max(1)
    }

    /// Splits a part of the text into a first row and others.
    fn split(&self, range: Range<usize>, (first, next): (usize, usize), row: &mut impl FnMut(Range<usize>)) {
        let (mut start, mut used, mut room) = (range.start, 0, first);
        let (mut space, mut punctuation) = (None, None);
        for (at, c) in self.part(range.clone()).char_indices() {
            let at = range.start + at;
            let wide = char_width(c);
            if used + wide > room && at > start {
                // A word that would not fit on the next row either is split here, best where it has a joint.
                let word = space.filter(|&end| end == at || self.word_fits(end, next));
                let joint = punctuation.filter(|(_, left)| 2 * left >= room);
                let end = word.or(joint.map(|(end, _)| end)).unwrap_or(at);
                row(start..end);
                used = crate::tui::text::width(self.part(end..at));
                start = end;
                room = next;
                (space, punctuation) = (None, None);
            }
            used += wide;
            match c {
                // An arrow at what is wrong stays with its sign and the first word.
                ' ' if self.part(0..at).chars().rev().take(3).any(|before| before == '←') => {}
                ' ' => space = Some(at + 1),
                '/' | ',' | '&' | '?' | ';' => punctuation = Some((at + 1, used)),
                _ => {}
            }
        }
        row(start..range.end);
    }

    /// Whether the word that starts there fits into that many columns.
    fn word_fits(&self, start: usize, columns: usize) -> bool {
        let mut used = 0;
        self.part(start..self.text.len()).chars().take_while(|c| *c != ' ').all(|c| {
            used += char_width(c);
            used <= columns
        })
    }

    /// Where in a row a text is found, or a part of it that goes over the row's end.
    pub(super) fn found(&self, row: &Range<usize>, needle: &str) -> Vec<Range<usize>> {
        let is_boundary = |at: &usize| self.text.is_char_boundary(*at);
        let from = (0..=row.start.saturating_sub(needle.len())).rev().find(is_boundary).unwrap_or(0);
        let to = (row.end + needle.len()..self.text.len()).find(is_boundary).unwrap_or(self.text.len());
        super::find(self.part(from..to), needle).map(|at| from + at..from + at + needle.len()).collect()
    }

    /// The pieces of a range with what they mean.
    pub(super) fn pieces(&self, range: Range<usize>) -> Vec<(&str, Role)> {
        let mut runs = json::highlight(self.part(0..self.json));
        runs.extend(self.runs.iter().map(|run| (run.end, run.role)));
        let mut pieces = Vec::new();
        let mut start = 0;
        for (end, role) in runs {
            let (from, to) = (start.max(range.start), end.min(range.end));
            if from < to {
                pieces.push((self.part(from..to), role));
            }
            start = end;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_hidden_is_hidden_in_parts_and_over_their_ends() {
        let masked = |text: &str| text.contains("SECRET").then(|| text.replace("SECRET", "«s»"));
        let theirs = |text| Fragments::Theirs(text);
        let mut line = PageLine::new(Role::Dim, theirs("a SECRET")).put(Role::Text, theirs(" b"));
        line.hide(masked);
        assert_eq!(line, PageLine::new(Role::Dim, theirs("a «s»")).put(Role::Text, theirs(" b")));
        let mut line = PageLine::json(r#"{"a":"SECRET"}"#);
        line = line.put(Role::Text, theirs(" SEC")).put(Role::Dim, theirs("RET"));
        line.hide(masked);
        assert_eq!((line.text.as_str(), line.json), (r#"{"a":"«s»"} «s»"#, 0));
        let mut line = PageLine::new(Role::Dim, "a").hang(2);
        line.hide(masked);
        assert_eq!(line, PageLine::new(Role::Dim, "a").hang(2));
    }

    #[test]
    fn what_gatewalk_says_of_its_own_is_never_hidden() {
        let masked = |text: &str| text.contains("SECRET").then(|| text.replace("SECRET", "«s»"));
        let said = "set SECRET to ";
        let mut line = PageLine::new(Role::Dim, said).put(Role::Text, Fragments::Theirs("SECRET")).hang(4);
        line = line.remark(Role::Dim, Fragments::Theirs("  SECRET")).put(Role::Dim, " SECRET");
        line.hide(masked);
        assert_eq!((line.text.as_str(), line.hang), ("set SECRET to «s»  «s» SECRET", 4));
        let remark = "set SECRET to «s»".len();
        assert_eq!((line.remark, line.runs.len()), (Some(remark), 4));
    }
}
