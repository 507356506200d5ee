//! Text from peers, made harmless for terminals and readers: what is shown passes [`sanitize`].

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

/// Combining marks that may follow each other; more are a prank.
const COMBINING: usize = 4;

/// The same text without anything that could drive a terminal or hide something: controls become pictures of
/// themselves, bidirectional overrides and invisible characters become `�`, tabs become spaces.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut combining = 0;
    for c in text.chars() {
        combining = if c.width() == Some(0) { combining + 1 } else { 0 };
        match c {
            '\t' => safe.push_str("    "),
            '\0'..='\x1f' => safe.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('�')),
            '\x7f' => safe.push('␡'),
            c if c.is_control() || is_invisible(c) || combining > COMBINING => safe.push('�'),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// The same for output that a job's runner reads line by line: nothing in it is a workflow command.
pub fn escape_workflow_commands(text: &str) -> Cow<'_, str> {
    let text = sanitize(text);
    if !text.trim_start().starts_with("::") && !text.contains("##[") {
        return text;
    }
    let text = text.replace("##[", "#·#[");
    Cow::Owned(if text.trim_start().starts_with("::") { format!("·{text}") } else { text })
}

/// Characters that are not seen or that reorder what is seen.
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}
