//! Reads event streams ([HTML, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)), with each line as it was sent.

/// A line of a stream: a field, a comment, or the blank line that ends an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line as it was sent, its end included.
    pub sent: &'a str,
    /// Name of the field; empty for a comment.
    pub name: &'a str,
    /// Value of the field, or the comment.
    pub value: &'a str,
}

impl<'a> Line<'a> {
    fn read(sent: &'a str) -> Self {
        let text = sent.trim_end_matches(['\r', '\n']);
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        Self { sent, name: name.trim_start_matches(BOM), value: value.strip_prefix(' ').unwrap_or(value) }
    }

    /// Whether it ends an event.
    pub fn is_blank(&self) -> bool {
        self.sent.trim_start_matches(BOM).trim_end_matches(['\r', '\n']).is_empty()
    }

    /// What ends the line: CRLF, LF or CR; nothing for the last line of a stream that was cut.
    pub fn end(&self) -> &'a str {
        self.sent.get(self.sent.trim_end_matches(['\r', '\n']).len()..).unwrap_or_default()
    }
}

/// What a stream may begin with.
const BOM: char = '\u{feff}';

/// The lines up to and including a blank line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// All lines, the blank one included.
    pub lines: Vec<Line<'a>>,
}

impl<'a> Event<'a> {
    /// The values of its `data` fields, a line each; `None` if there is no such field.
    pub fn data(&self) -> Option<String> {
        let data: Vec<_> = self.fields().filter(|line| line.name == "data").map(|line| line.value).collect();
        (!data.is_empty()).then(|| data.join("\n"))
    }

    /// The value of the last field of that name.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        self.fields().filter(|line| line.name == name).last().map(|line| line.value)
    }

    /// Its fields.
    pub fn fields(&self) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(|line| !line.name.is_empty())
    }

    /// Its comments.
    pub fn comments(&self) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(|line| line.name.is_empty() && !line.is_blank()).map(|line| line.value)
    }
}

/// The events of a stream in order; together their lines are the stream. The last one may be cut.
pub fn events(stream: &str) -> impl Iterator<Item = Event<'_>> {
    let mut lines = lines(stream);
    std::iter::from_fn(move || {
        let mut event = Event::default();
        for line in lines.by_ref() {
            event.lines.push(line);
            if line.is_blank() {
                break;
            }
        }
        (!event.lines.is_empty()).then_some(event)
    })
}

/// The lines of a stream, each with its end.
fn lines(stream: &str) -> impl Iterator<Item = Line<'_>> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(['\r', '\n']).map_or(rest.len(), |at| {
            if rest.get(at..).is_some_and(|rest| rest.starts_with("\r\n")) { at + 2 } else { at + 1 }
        });
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(Line::read(line))
    })
}

/// Where the whole events of a stream so far end: after its last blank line.
pub fn whole_events(stream: &[u8]) -> usize {
    let (mut whole, mut start, mut position) = (0, 0, 0);
    while let Some(at) =
        stream.get(position..).unwrap_or_default().iter().position(|byte| matches!(byte, b'\r' | b'\n'))
    {
        let end = position + at;
        position =
            if stream.get(end..).is_some_and(|rest| rest.starts_with(b"\r\n")) { end + 2 } else { end + 1 };
        if end == start {
            whole = position;
        }
        start = position;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(stream: &str) -> Vec<String> {
        events(stream).filter_map(|event| event.data()).collect()
    }

    #[test]
    fn events_are_read_whatever_ends_their_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let stream = [
                ": hello",
                "event: message",
                "data: {\"a\":",
                "data:1}",
                "",
                "id: 1",
                "",
                "data",
                "",
                "data: tail",
            ];
            let stream = stream.join(end);
            assert_eq!(data(&stream), ["{\"a\":\n1}", "", "tail"], "{end:?}");
            let sent: String = events(&stream).flat_map(|event| event.lines).map(|line| line.sent).collect();
            assert_eq!(sent, stream);
            let first = events(&stream).next().unwrap();
            assert_eq!(
                (first.field("event"), first.comments().collect::<Vec<_>>()),
                (Some("message"), vec!["hello"])
            );
        }
        assert_eq!(data("\u{feff}data: a\n\r\ndata: b\r\n\ndata: c\r\r\n"), ["a", "b", "c"]);
        assert_eq!(data("\n\n: only\n\n"), [""; 0]);
    }

    #[test]
    fn whole_events_end_after_a_blank_line() {
        for (stream, whole) in [
            ("data: a", 0),
            ("data: a\n", 0),
            ("data: a\n\ndata: b", 9),
            ("data: a\r\n\r\ndata: b\r\n", 11),
            ("data: a\r\rx", 9),
            ("data: a\n\r\nx", 10),
            ("data: a\r\n\nx", 10),
            ("\n", 1),
        ] {
            assert_eq!(whole_events(stream.as_bytes()), whole, "{stream:?}");
        }
    }
}
