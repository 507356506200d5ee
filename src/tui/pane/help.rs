//! The help: every key of the table that can do something on this screen, by what it is for, and what the signs mean. What
//! does nothing now is dim.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};

use crate::tui::keys::{self, Binding, Mode};
use crate::tui::layout::middle;
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::unavailable::{never, unavailable};

/// Columns of the box.
const WIDTH: u16 = 66;

/// What keys are for, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    WalkView,
    Look,
    Copy,
    Leave,
}

impl Group {
    const ALL: [Self; 4] = [Self::WalkView, Self::Look, Self::Copy, Self::Leave];

    const fn title(self) -> &'static str {
        match self {
            Self::WalkView => "Walk",
            Self::Look => "Look",
            Self::Copy => "Copy and export",
            Self::Leave => "Leave",
        }
    }

    const fn of(message: &Message) -> Self {
        match message {
            Message::Continue
            | Message::OpenBrowser
            | Message::ReadLoginPage
            | Message::AskPaste
            | Message::Overrule
            | Message::RunToEnd
            | Message::RunTo
            | Message::Back
            | Message::Retry
            | Message::Edit
            | Message::AskTarget
            | Message::Restart
            | Message::Pause
            | Message::Probe => Self::WalkView,
            Message::Copy | Message::CopyCurl | Message::Alone | Message::AloneCurl | Message::Export => {
                Self::Copy
            }
            Message::Close | Message::Help | Message::Leave | Message::Quit => Self::Leave,
            _ => Self::Look,
        }
    }
}

/// What the signs of the screen mean.
const SIGNS: [(&str, &str); 6] = [
    ("✓ · ▸", "step done, ahead, next"),
    ("✗ ! i", "a MUST, a SHOULD, a MAY is broken"),
    ("▲", "a cause, whom it is to be blamed on, and what to change"),
    ("← ✗", "what is wrong in this very line"),
    ("«…»", "a secret: its kind, a digest that tells equal ones, its length"),
    ("mouse", "click selects, wheel scrolls; Shift+drag marks text"),
];

/// Rows the help shows at once.
pub(in crate::tui) fn height(model: &Model) -> usize {
    usize::from(model.size.height).saturating_sub(2).min(rows(model))
}

/// How many rows the help has.
pub(in crate::tui) fn rows(model: &Model) -> usize {
    lines(model).len()
}

/// Draws the help from that row on.
pub(super) fn draw(model: &Model, first: usize, frame: &mut Frame<'_>) {
    let theme = model.theme;
    let lines = lines(model);
    let (all, height) = (lines.len(), height(model));
    let first = first.min(all - height);
    let last = first + height;
    let area = middle(frame.area(), WIDTH, u16::try_from(height + 2).unwrap_or(u16::MAX));
    let mut block = Block::bordered()
        .border_style(theme.style(Role::Accent))
        .title(Span::styled(" Keys ", theme.style(Role::Strong)))
        .title(Line::styled(" dimmed = unavailable now ", theme.style(Role::Dim)).right_aligned())
        .padding(Padding::horizontal(1));
    if height < all {
        let more = if last < all { "↓ " } else { "" };
        block =
            block.title_bottom(Line::raw(format!(" {more}{}–{last} of {all} ", first + 1)).right_aligned());
    }
    let shown: Vec<_> = lines.into_iter().skip(first).take(height).collect();
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(shown).block(block), area);
}

/// The lines of the help.
fn lines(model: &Model) -> Vec<Line<'static>> {
    let theme = model.theme;
    let head = |title: &'static str| Line::styled(title, theme.style(Role::Strong));
    let row = |name: &str, says: &'static str, works: bool| {
        let (key, text) = if works { (Role::Accent, Role::Text) } else { (Role::Dim, Role::Dim) };
        let name = Span::styled(format!("{name:>9}  "), theme.style(key));
        Line::from(vec![name, Span::styled(says, theme.style(text))])
    };
    let mode = Mode::below(model);
    let works =
        |binding: &Binding| binding.modes.contains(&mode) && unavailable(model, &binding.message).is_none();
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(head(group.title()));
        let bound = keys::TABLE
            .iter()
            .filter(|binding| !binding.help.is_empty() && never(model, &binding.message).is_none())
            .filter(|binding| Group::of(&binding.message) == group);
        lines.extend(bound.map(|binding| {
            let is_bare = binding.message == Message::Leave && model.walk.stored.is_some();
            row(binding.name, if is_bare { "quit" } else { binding.help }, works(binding))
        }));
    }
    lines.push(head("Signs"));
    lines.extend(SIGNS.map(|(sign, says)| row(sign, says, true)));
    lines
}
