//! The help: every key of the table that can do something on this screen, by what it is for, and what the signs mean. What
//! does nothing now is dim.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
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
/// The same with two columns of lines.
const WIDTH_OF_TWO: u16 = 120;

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
const SIGNS: [(&str, &str); 7] = [
    ("✓ · ▸", "step done, ahead, next"),
    ("✗ ! i", "a MUST, a SHOULD, a MAY is broken"),
    ("▲", "a cause, whom it is laid to, what to fix"),
    ("← ✗", "what is wrong in this very line"),
    ("«…»", "a secret: kind, digest, length"),
    ("mouse", "click, wheel; Shift+drag marks text"),
    ("^Z", "suspend; ^C quits without a question"),
];

/// Rows the help shows at once. The two lines at the bottom of the screen stay visible.
pub(in crate::tui) fn height(model: &Model) -> usize {
    usize::from(model.size.height).saturating_sub(4).min(rows(model))
}

/// How many rows the help has.
pub(in crate::tui) fn rows(model: &Model) -> usize {
    let [left, right] = columns(model).map(|column| column.len());
    left.max(right)
}

/// Draws the help from that row on.
pub(super) fn draw(model: &Model, first: usize, frame: &mut Frame<'_>) {
    let theme = model.theme;
    let [left, right] = columns(model);
    let (all, height) = (left.len().max(right.len()), height(model));
    let first = first.min(all - height);
    let last = first + height;
    let screen = frame.area();
    let screen = Rect { height: screen.height.saturating_sub(2), ..screen };
    let width = if right.is_empty() { WIDTH } else { WIDTH_OF_TWO };
    let area = middle(screen, width, u16::try_from(height + 2).unwrap_or(u16::MAX));
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
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    let share = if right.is_empty() { 100 } else { 50 };
    let halves = Layout::horizontal([Constraint::Percentage(share), Constraint::Fill(1)]).areas::<2>(inner);
    for (lines, half) in [left, right].into_iter().zip(halves) {
        let shown: Vec<_> = lines.into_iter().skip(first).take(height).collect();
        frame.render_widget(Paragraph::new(shown), half);
    }
}

/// The lines of the help: in one column, or in two where there is room for them.
fn columns(model: &Model) -> [Vec<Line<'static>>; 2] {
    let [mut left, right] = [[Group::WalkView, Group::Leave], [Group::Look, Group::Copy]]
        .map(|groups| groups.into_iter().flat_map(|group| lines_of(model, group)).collect::<Vec<_>>());
    let signs = signs(model);
    if model.size.width >= WIDTH_OF_TWO {
        left.extend(signs);
        return [left, right];
    }
    let all = Group::ALL.into_iter().flat_map(|group| lines_of(model, group)).chain(signs);
    [all.collect(), Vec::new()]
}

/// The keys of a group.
fn lines_of(model: &Model, group: Group) -> Vec<Line<'static>> {
    let mode = Mode::below(model);
    let works =
        |binding: &Binding| binding.modes.contains(&mode) && unavailable(model, &binding.message).is_none();
    let bound = keys::TABLE
        .iter()
        .filter(|binding| !binding.help.is_empty() && never(model, &binding.message).is_none())
        .filter(|binding| Group::of(&binding.message) == group);
    let rows = bound.map(|binding| {
        let is_bare = binding.message == Message::Leave && model.walk.stored.is_some();
        row(model, binding.name, if is_bare { "quit" } else { binding.help }, works(binding))
    });
    std::iter::once(head(model, group.title())).chain(rows).collect()
}

/// What the signs mean.
fn signs(model: &Model) -> Vec<Line<'static>> {
    std::iter::once(head(model, "Signs"))
        .chain(SIGNS.map(|(sign, says)| row(model, sign, says, true)))
        .collect()
}

fn head(model: &Model, title: &'static str) -> Line<'static> {
    Line::styled(title, model.theme.style(Role::Strong))
}

fn row(model: &Model, name: &str, says: &'static str, works: bool) -> Line<'static> {
    let (key, text) = if works { (Role::Accent, Role::Text) } else { (Role::Dim, Role::Dim) };
    let name = Span::styled(format!("{name:>9}  "), model.theme.style(key));
    Line::from(vec![name, Span::styled(says, model.theme.style(text))])
}
