//! The overlays to type in: a request to be changed, the target form, the redirected URL.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding};

use crate::tui::editor::{Editor, Subject};
use crate::tui::form::{Form, Input, What};
use crate::tui::layout::middle;
use crate::tui::model::Model;
use crate::tui::text::{neutral, shorten_end};
use crate::tui::theme::{Role, Theme};

/// Columns of a field's name.
const NAME: u16 = 16;

/// A box over the panes; answers what is inside.
fn sheet(frame: &mut Frame<'_>, theme: Theme, title: &str, area: Rect) -> Rect {
    let block = Block::bordered()
        .border_style(theme.style(Role::Accent))
        .title(Span::styled(title.to_owned(), theme.style(Role::Strong)))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inner
}

/// The editor.
pub(super) fn editor(editor: &Editor, theme: Theme, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let area = middle(screen, screen.width.saturating_sub(4), screen.height.saturating_sub(4));
    let (title, about) = match &editor.subject {
        Subject::Request(_) => (
            " Change the request ",
            "Method and URL, header fields, an empty line, the body. A mark «…» stands for its secret.",
        ),
        Subject::Authorization(_) => (
            " Change the authorization request ",
            "The endpoint, then a parameter a line. state and challenge are renewed unless you change them.",
        ),
    };
    let inner = sheet(frame, theme, title, area);
    let [help, field, problem] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(inner);
    frame.render_widget(Line::styled(shorten_end(about, help.width.into()), theme.style(Role::Dim)), help);
    frame.render_widget(&editor.field, field);
    if let Some(why) = &editor.problem {
        let why = shorten_end(&neutral(why), problem.width.into());
        frame.render_widget(Line::styled(why, theme.style(Role::Violation)), problem);
    }
}

/// The target form.
pub(super) fn form(form: &Form, theme: Theme, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let rows = u16::try_from(form.fields.len()).unwrap_or(u16::MAX).saturating_add(6);
    let area = middle(screen, screen.width.saturating_sub(4).min(100), rows);
    let inner = sheet(frame, theme, " Where to walk ", area);
    for (index, (field, y)) in form.fields.iter().zip(inner.y + 1..inner.bottom()).enumerate() {
        let is_here = index == form.at;
        let row = Rect::new(inner.x, y, inner.width, 1);
        let [name, value] = Layout::horizontal([Constraint::Length(NAME), Constraint::Fill(1)]).areas(row);
        let role = if is_here { Role::Accent } else { Role::Dim };
        let pointer = if is_here { "▸ " } else { "  " };
        frame.render_widget(Line::styled(format!("{pointer}{}", field.what.name()), theme.style(role)), name);
        match &field.input {
            Input::Text(text) if is_here => frame.render_widget(text.as_ref(), value),
            Input::Text(_) => {
                let text = field.input.value();
                let text = shorten_end(&neutral(&text), value.width.into());
                frame.render_widget(Line::raw(text), value);
            }
            Input::Choice { options, .. } => {
                let arrows = if is_here && options.len() > 1 { "  ← →" } else { "" };
                let text =
                    shorten_end(&neutral(&field.input.value()), usize::from(value.width).saturating_sub(6));
                let line = Line::from(vec![Span::raw(text), Span::styled(arrows, theme.style(Role::Accent))]);
                frame.render_widget(line, value);
            }
        }
    }
    let below = Rect::new(inner.x, inner.bottom().saturating_sub(2), inner.width, 1);
    let (said, role) = match (&form.problem, form.fields.get(form.at)) {
        (Some(why), _) => (neutral(why).into_owned(), Role::Violation),
        (None, Some(field)) if field.what == What::Header && !form.kept.is_empty() => {
            (format!("{}; kept: {}", field.what.hint(), neutral(&form.kept.join(", "))), Role::Dim)
        }
        (None, field) => (field.map_or("", |field| field.what.hint()).to_owned(), Role::Dim),
    };
    frame.render_widget(Line::styled(shorten_end(&said, below.width.into()), theme.style(role)), below);
}

/// The field for the redirected URL.
pub(super) fn paste(model: &Model, field: &ratatui_textarea::TextArea<'_>, frame: &mut Frame<'_>) {
    let theme = model.theme;
    let screen = frame.area();
    let area = middle(screen, screen.width.saturating_sub(8), 6);
    let inner = sheet(frame, theme, " The redirected URL ", area);
    let [ask, start, _, line, _] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
    ])
    .areas(inner);
    frame.render_widget("Log in elsewhere, then paste what the address bar shows.", ask);
    let redirect_uri = model.walk.redirect_uri.as_deref().unwrap_or_default();
    let starts = format!("It starts with {}", neutral(redirect_uri));
    frame.render_widget(Line::styled(starts, theme.style(Role::Dim)), start);
    frame.render_widget(field, line);
}
