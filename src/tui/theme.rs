//! What a piece of text means, and how that looks with and without colour.

use ratatui::style::{Color, Modifier, Style};

use crate::specification::Level;

/// What a piece of text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing special.
    #[default]
    Text,
    /// To be seen first.
    Strong,
    /// To be seen last.
    Dim,
    /// Keys to press, the current place, what has the focus.
    Accent,
    /// A check passed, a step is done.
    Good,
    /// A broken MUST.
    Violation,
    /// A broken SHOULD.
    Warning,
    /// A broken MAY, or no norm.
    Note,
    /// Names of header fields and JSON members.
    Name,
    /// JSON strings.
    String,
    /// JSON numbers, `true`, `false`, `null`.
    Literal,
    /// A URL.
    Link,
    /// The selected row.
    Selected,
    /// The selected row of a list that does not have the focus.
    Current,
    /// What was searched for.
    Found,
    /// What was searched for, where one looks at it.
    FoundHere,
}

impl From<Level> for Role {
    fn from(level: Level) -> Self {
        match level {
            Level::May => Self::Note,
            Level::Should => Self::Warning,
            Level::Must => Self::Violation,
        }
    }
}

/// How meanings look. The terminal's own 16 colours, so that light and dark both work; every meaning is also told by a
/// word or a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    /// The terminal's colours.
    Colour,
    /// Bold, dim, underlined and reversed only.
    Plain,
}

impl Theme {
    /// The look of a meaning.
    pub(super) const fn style(self, role: Role) -> Style {
        let modifier = match role {
            Role::Strong | Role::Accent | Role::Violation | Role::Name => Modifier::BOLD,
            Role::Current => Modifier::BOLD.union(Modifier::UNDERLINED),
            Role::Dim => Modifier::DIM,
            Role::Link => Modifier::UNDERLINED,
            Role::Found => Modifier::UNDERLINED.union(Modifier::BOLD),
            Role::Selected | Role::FoundHere => Modifier::REVERSED,
            _ => Modifier::empty(),
        };
        let style = match role {
            // One look for the whole row, whatever is in it.
            Role::Selected => {
                Style::new().fg(Color::Reset).remove_modifier(Modifier::DIM.union(Modifier::BOLD))
            }
            _ => Style::new(),
        };
        let style = style.add_modifier(modifier);
        match self {
            Self::Plain => style,
            Self::Colour => match Self::colour(role) {
                Some(colour) => style.fg(colour),
                None => style,
            },
        }
    }

    const fn colour(role: Role) -> Option<Color> {
        match role {
            Role::Accent | Role::Name | Role::Link => Some(Color::Cyan),
            Role::Good | Role::String => Some(Color::Green),
            Role::Violation => Some(Color::Red),
            Role::Warning | Role::Found | Role::FoundHere => Some(Color::Yellow),
            Role::Note => Some(Color::Blue),
            Role::Literal => Some(Color::Magenta),
            Role::Text | Role::Strong | Role::Dim | Role::Selected | Role::Current => None,
        }
    }
}
