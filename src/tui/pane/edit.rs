//! The overlays to type in: a request to be changed, the target form, the redirected URL.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph, Wrap};
use ratatui_textarea::{CursorMove, TextArea};

use crate::exchange::bare;
use crate::specification::Step;
use crate::tui::editor::{Editor, Subject};
use crate::tui::form::{Form, Input, What, masked};
use crate::tui::layout::middle;
use crate::tui::model::Model;
use crate::tui::text::{sanitize, shorten_end, shorten_middle};
use crate::tui::theme::{Role, Theme};

/// Columns of a field's name.
const NAME: u16 = 16;

/// A box over the panes; returns the area inside.
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
pub(super) fn editor(model: &Model, editor: &Editor, frame: &mut Frame<'_>) {
    let theme = model.theme;
    let screen = frame.area();
    let area = middle(screen, screen.width.saturating_sub(4), screen.height.saturating_sub(4));
    let (title, about, step) = match &editor.subject {
        Subject::Request(request) => (
            format!(" Change {} {} ", sanitize(&request.method), sanitize(place(&request.url))),
            "Method and URL, header fields, an empty line, the body. «…» stands for a secret.",
            request.step,
        ),
        Subject::Authorization(_) => (
            " Change the authorization request ".to_owned(),
            "The endpoint, then a parameter a line. state and challenge are renewed unless you change them.",
            Step::Authorization,
        ),
    };
    let number = step.number();
    let again = if model.walk.count(step) == 0 {
        format!("Sending this runs step {number} with it.")
    } else {
        format!(
            "Sending this runs step {number} again. Earlier requests of the step stay in Requests, as (before); later steps start over."
        )
    };
    let inner = sheet(frame, theme, &shorten_middle(&title, usize::from(area.width).saturating_sub(4)), area);
    let about = Paragraph::new(format!("{about} {again}")).wrap(Wrap { trim: true });
    let rows = if area.width < 110 { 3 } else { 2 };
    let [help, field, problem] =
        Layout::vertical([Constraint::Length(rows), Constraint::Fill(1), Constraint::Length(1)]).areas(inner);
    frame.render_widget(about.style(theme.style(Role::Dim)), help);
    frame.render_widget(&editor.field, field);
    if let Some(why) = &editor.problem {
        let why = shorten_end(&sanitize(why), problem.width.into());
        frame.render_widget(Line::styled(why, theme.style(Role::Violation)), problem);
    }
}

/// Host and path of a URL.
fn place(url: &str) -> &str {
    bare(url.split_once("://").map_or(url, |(_, rest)| rest))
}

/// The target form.
pub(super) fn form(form: &Form, theme: Theme, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let rows = u16::try_from(form.fields.len()).unwrap_or(u16::MAX).saturating_add(6);
    let area = middle(screen, screen.width.saturating_sub(4).min(100), rows);
    let inner = sheet(frame, theme, " Target and options ", area);
    for (index, (field, y)) in form.fields.iter().zip(inner.y + 1..inner.bottom()).enumerate() {
        let is_here = index == form.at;
        let row = Rect::new(inner.x, y, inner.width, 1);
        let [name, value] = Layout::horizontal([Constraint::Length(NAME), Constraint::Fill(1)]).areas(row);
        let role = if is_here { Role::Accent } else { Role::Dim };
        let pointer = if is_here { "▸ " } else { "  " };
        frame.render_widget(Line::styled(format!("{pointer}{}", field.what.name()), theme.style(role)), name);
        match &field.input {
            Input::Text(text) if text.is_empty() => {
                frame.render_widget(Line::styled(field.what.otherwise(), theme.style(Role::Dim)), value);
                if is_here {
                    frame.buffer_mut().set_style(Rect { width: 1, ..value }, theme.style(Role::Selected));
                }
            }
            Input::Text(text) if is_here && field.what == What::Fill => {
                frame.render_widget(&hidden(text), value);
            }
            Input::Text(text) if is_here => frame.render_widget(text.as_ref(), value),
            Input::Text(_) => {
                let text = field.input.value();
                let (text, role) = match field.what {
                    what if text.is_empty() => (what.hint().to_owned(), Role::Dim),
                    What::Fill => (masked(&text), Role::Text),
                    _ => (text, Role::Text),
                };
                let text = shorten_end(&sanitize(&text), value.width.into());
                frame.render_widget(Line::styled(text, theme.style(role)), value);
            }
            Input::Choice { options, .. } => {
                let arrows = match field.what {
                    _ if options.len() == 1 => String::new(),
                    What::Recent if !is_here => format!("  {} earlier targets", options.len() - 1),
                    _ if is_here => "  ← →".to_owned(),
                    _ => String::new(),
                };
                let text =
                    shorten_end(&sanitize(&field.input.value()), usize::from(value.width).saturating_sub(6));
                let role = if is_here { Role::Accent } else { Role::Dim };
                let line = Line::from(vec![Span::raw(text), Span::styled(arrows, theme.style(role))]);
                frame.render_widget(line, value);
            }
        }
    }
    let below = Rect::new(inner.x, inner.bottom().saturating_sub(2), inner.width, 2);
    let (said, role) = match &form.problem {
        Some(why) => (why.clone(), Role::Violation),
        None => (form.about(), Role::Dim),
    };
    let said = Paragraph::new(sanitize(&said).into_owned()).wrap(Wrap { trim: true });
    frame.render_widget(said.style(theme.style(role)), below);
}

/// A field whose values are hidden while they are typed.
fn hidden(field: &TextArea<'_>) -> TextArea<'static> {
    let mut shown = TextArea::from([masked(&field.lines().concat())]);
    shown.set_cursor_line_style(Style::new());
    let column = u16::try_from(field.cursor().1).unwrap_or(u16::MAX);
    shown.move_cursor(CursorMove::Jump(0, column));
    shown
}

/// The field for the redirected URL.
pub(super) fn paste(model: &Model, field: &TextArea<'_>, frame: &mut Frame<'_>) {
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
    let starts = format!("It starts with {}", sanitize(redirect_uri));
    frame.render_widget(Line::styled(starts, theme.style(Role::Dim)), start);
    frame.render_widget(field, line);
}
