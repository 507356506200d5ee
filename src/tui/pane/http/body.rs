//! A body: laid out by its kind, as it was sent, or byte by byte.

use super::{Found, marked};
use crate::check::At;
use crate::document::event_stream::{self, Event};
use crate::exchange::text;
use crate::transcript::PeerText;
use crate::tui::json;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::selection::View;
use crate::tui::theme::Role;

/// Bytes of a JSON body that we sent, up to which it is not laid out: the response is what matters.
const SHORT: usize = 320;
/// Bytes that are shown one by one; more are no help to anybody.
const BYTES: usize = 1 << 16;
/// Bytes in a row of the hexadecimal view.
const ROW: usize = 8;

/// A body with what is needed to lay it out.
pub(super) struct Body<'a> {
    /// The header fields it came with.
    pub(super) headers: &'a [(PeerText, PeerText)],
    /// The body as text, secrets marked.
    pub(super) text: &'a str,
    /// The body as it was on the wire.
    pub(super) raw: &'a [u8],
    /// Whether we sent it.
    pub(super) is_ours: bool,
}

impl Body<'_> {
    /// The lines of the body, with `←` where a finding points.
    pub(super) fn lines(&self, view: View, found: &[Found<'_>], lines: &mut Lines) {
        match view {
            View::Pretty if self.is_binary() => self.bytes(lines),
            View::Pretty => self.pretty(found, lines),
            View::Raw => self.as_sent(found, lines),
            View::Hex => self.bytes(lines),
        }
    }

    fn media_type(&self) -> String {
        let field = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        field.map_or("", |(_, value)| value.as_str()).trim_start().to_ascii_lowercase()
    }

    /// Whether it is no text: bytes no text has, and no media type that says otherwise.
    fn is_binary(&self) -> bool {
        let says_text = ["text/", "application/json", "application/x-www-form-urlencoded"];
        let media_type = self.media_type();
        self.raw.contains(&0)
            || std::str::from_utf8(self.raw).is_err()
                && !says_text.iter().any(|start| media_type.starts_with(start))
    }

    fn pretty(&self, found: &[Found<'_>], lines: &mut Lines) {
        let media_type = self.media_type();
        if media_type.starts_with("application/x-www-form-urlencoded") && !self.text.contains('\n') {
            return form(self.text, lines);
        }
        if media_type.starts_with("text/event-stream") {
            return events(self.text, found, lines);
        }
        if json::is_json(self.text) {
            if self.is_ours && self.text.len() <= SHORT {
                lines.push(PageLine::json(self.text));
            } else {
                json_lines(self.text, found, lines);
            }
            return;
        }
        plain(self.text, lines);
    }

    /// As it was sent; what findings point at is told below.
    fn as_sent(&self, found: &[Found<'_>], lines: &mut Lines) {
        plain(self.text, lines);
        for found in found {
            if let Some(At::Member(pointer)) = found.1.finding().and_then(|finding| finding.at.as_ref()) {
                lines.push(marked(PageLine::new(Role::Dim, pointer).hang(2), std::iter::once(*found)));
            }
        }
    }

    /// Offset, bytes in hexadecimal, characters. A byte of a secret is `··`, at its own offset.
    fn bytes(&self, lines: &mut Lines) {
        let bytes = seen(self.text, self.raw);
        for (row, chunk) in bytes.chunks(ROW).take(BYTES / ROW).enumerate() {
            let digits =
                |byte: &Option<u8>| byte.map_or_else(|| "··".to_owned(), |byte| format!("{byte:02x}"));
            let hexadecimal = chunk.iter().map(digits).collect::<Vec<_>>().join(" ");
            let character = |byte: &Option<u8>| match byte {
                Some(byte) if (b' '..0x7f).contains(byte) => char::from(*byte),
                _ => '·',
            };
            let characters: String = chunk.iter().map(character).collect();
            let gap = " ".repeat((chunk.len()..ROW).len() * 3 + 2);
            lines.push(
                PageLine::new(Role::Dim, &format!("{:06x}  ", row * ROW))
                    .put(Role::Literal, &format!("{hexadecimal}{gap}"))
                    .put(Role::Text, &characters),
            );
        }
        if bytes.len() > BYTES {
            lines.say(Role::Dim, &format!("… {} more bytes", bytes.len() - BYTES));
        }
        if bytes.contains(&None) {
            lines.say(Role::Dim, "·· hides a byte of a secret; s shows it");
        }
    }
}

/// The bytes of a body, those that its text has marks for left out. Only what the text shows as well is seen; if the two
/// cannot be laid beside each other, nothing is.
fn seen(marked: &str, raw: &[u8]) -> Vec<Option<u8>> {
    if marked == text(raw) {
        return raw.iter().copied().map(Some).collect();
    }
    let mut seen = vec![None; raw.len()];
    let Ok(sent) = std::str::from_utf8(raw) else { return seen };
    let mut at = 0;
    let mut rest = marked;
    loop {
        let (plain, after) = match rest.split_once('«') {
            Some((plain, after)) => (plain, after.split_once('»').map(|(_, after)| after)),
            None => (rest, None),
        };
        // After the last mark comes the end of the body.
        let start = match after {
            Some(_) => sent.get(at..).and_then(|sent| sent.find(plain)).map(|found| at + found),
            None => sent.get(at..).and_then(|sent| sent.strip_suffix(plain)).map(|before| at + before.len()),
        };
        let Some(start) = start else { return vec![None; raw.len()] };
        at = start + plain.len();
        for (seen, byte) in seen.iter_mut().zip(raw).take(at).skip(start) {
            *seen = Some(*byte);
        }
        let Some(after) = after else { return seen };
        rest = after;
    }
}

/// A form, a field a line.
fn form(body: &str, lines: &mut Lines) {
    for (index, pair) in body.split('&').enumerate() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let separator = if index == 0 { " " } else { "&" };
        lines.push(
            PageLine::new(Role::Dim, separator)
                .put(Role::Name, Fragments::Theirs(name))
                .put(Role::Text, &format!("={value}"))
                .hang(4),
        );
    }
}

fn plain(body: &str, lines: &mut Lines) {
    for line in body.split('\n') {
        lines.say(Role::Text, Fragments::Theirs(line.strip_suffix('\r').unwrap_or(line)));
    }
}

/// An event stream, event by event.
fn events(body: &str, found: &[Found<'_>], lines: &mut Lines) {
    let mut number = 0;
    for event in event_stream::events(body) {
        if event.fields().next().is_some() {
            number += 1;
            self::event(number, &event, found, lines);
        } else {
            comments(&event, lines);
        }
    }
    if number == 0 {
        lines.say(Role::Dim, "no event came");
    }
}

fn comments(event: &Event<'_>, lines: &mut Lines) {
    for comment in event.comments() {
        lines.push(PageLine::new(Role::Dim, ": ").put(Role::Dim, Fragments::Theirs(comment)).hang(2));
    }
}

fn event(number: usize, event: &Event<'_>, found: &[Found<'_>], lines: &mut Lines) {
    let mut head = PageLine::new(Role::Strong, &format!("event {number}"));
    head = head.put(Role::Dim, &format!("  {}", event.field("event").unwrap_or("message")));
    if let Some(id) = event.field("id") {
        head = head.put(Role::Dim, &format!("  id {id}"));
    }
    if let Some(retry) = event.field("retry") {
        head = head.put(Role::Dim, &format!("  retry {retry} ms"));
    }
    lines.push(head);
    comments(event, lines);
    let data = event.data().unwrap_or_default();
    if json::is_json(&data) {
        json_lines(&data, found, lines);
    } else if !data.is_empty() {
        plain(&data, lines);
    }
}

fn json_lines(body: &str, found: &[Found<'_>], lines: &mut Lines) {
    let pointed: Vec<(Found<'_>, &str)> = found
        .iter()
        .filter_map(|found| match found.1.finding()?.at.as_ref()? {
            At::Member(pointer) => Some((*found, pointer.as_str())),
            _ => None,
        })
        .collect();
    let pointers: Vec<&str> = pointed.iter().map(|(_, pointer)| *pointer).collect();
    let laid_out = json::lay_out(body, &pointers);
    let is_there = |index: &usize| laid_out.iter().any(|line| line.wanted.contains(index));
    for (number, line) in laid_out.iter().enumerate() {
        let here = line.wanted.iter().filter_map(|index| pointed.get(*index)).map(|(found, _)| *found);
        lines.push(marked(PageLine::json(&line.text), here));
        // A member that is missing is marked where it would be: at the start of the document.
        let missing = pointed.iter().enumerate().filter(|(index, _)| number == 0 && !is_there(index));
        for (_, (found, pointer)) in missing {
            let line = PageLine::new(Role::Dim, &format!("  (no {pointer})")).hang(4);
            lines.push(marked(line, std::iter::once(*found)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_leave_gaps_of_their_own_length() {
        let shown = |marked: &str, raw: &str| -> String {
            seen(marked, raw.as_bytes()).iter().map(|byte| byte.map_or('·', char::from)).collect()
        };
        assert_eq!(shown("a=«x 1 3 B»&b=«y 2 2 B»", "a=abc&b=de"), "a=···&b=··");
        assert_eq!(shown("{\"t\":\"«t 1 3 B»\"}", "{\"t\":\"abc\"}"), "{\"t\":\"···\"}");
        assert_eq!(shown("plain", "plain"), "plain");
        assert_eq!(shown("«withheld 5 B»", "abcde"), "·····");
        // What cannot be laid beside each other is not shown.
        assert_eq!(shown("other «x 1 3 B»", "secret"), "······");
        assert_eq!(shown("ab«x 1 3 B»bc", "abc"), "···");
    }
}
