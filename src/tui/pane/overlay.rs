//! What lies over the panes: help, questions, messages.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear, Padding, Paragraph, Wrap};

use super::{edit, help};
use crate::tui::layout::middle;
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::overlay::{Overlay, Question};
use crate::tui::text::sanitize;
use crate::tui::theme::{Role, Theme};

/// Columns of a box with text.
const WIDTH: u16 = 66;

/// Draws what lies over the panes, if anything does.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.theme;
    if !matches!(&model.overlay, None | Some(Overlay::Search(_) | Overlay::Alone(_))) {
        let below = Rect { height: frame.area().height.saturating_sub(2), ..frame.area() };
        frame.buffer_mut().set_style(below, theme.style(Role::Dim));
    }
    match &model.overlay {
        // What is searched for is typed in the status line; what is alone is printed by the terminal itself.
        None | Some(Overlay::Search(_) | Overlay::Alone(_)) => {}
        Some(Overlay::Help(first)) => help::draw(model, *first, frame),
        Some(Overlay::Paste(field)) => edit::paste(model, field, frame),
        Some(Overlay::Edit(editor)) => edit::editor(model, editor, frame),
        Some(Overlay::Form(form)) => edit::form(form, theme, frame),
        Some(Overlay::Formats { at }) => {
            message(frame, theme, " Export ", formats(model, *at), Role::Accent);
        }
        Some(Overlay::Asking { action, question }) => {
            let (title, said) = match question {
                Question::Loses(lost) => (" Unsaved run ", lost),
                Question::Sends(sent) => (" Send probes? ", sent),
            };
            let text = asking(action, (question, &shown(model, said)), theme);
            message(frame, theme, title, text, Role::Warning);
        }
        Some(Overlay::Export(Ok(paths))) => {
            let mut lines = vec![Line::raw("Written, without secrets, to"), Line::default()];
            lines.extend(paths.iter().map(|path| {
                Line::styled(sanitize(&path.display().to_string()).into_owned(), theme.style(Role::Strong))
            }));
            message(frame, theme, " Exported ", lines.into(), Role::Good);
        }
        Some(Overlay::Export(Err(why))) => {
            let lines = vec![
                Line::raw("It could not be written:"),
                Line::default(),
                Line::styled(sanitize(why).into_owned(), theme.style(Role::Strong)),
            ];
            message(frame, theme, " Not exported ", lines.into(), Role::Violation);
        }
        Some(Overlay::Restarting) => {
            let lines = vec![Line::raw("Ending this walk and removing its client, then starting the next…")];
            message(frame, theme, " One moment ", lines.into(), Role::Accent);
        }
        Some(Overlay::Leaving) => {
            let (what, risk) = if model.walk.registered().is_empty() {
                ("Ending the walk…", "q leaves at once")
            } else {
                (
                    "Ending the walk and removing the registered client…",
                    "q leaves at once; the client may then stay registered",
                )
            };
            let lines = vec![Line::raw(what), Line::default(), Line::styled(risk, theme.style(Role::Dim))];
            message(frame, theme, " Quitting… ", lines.into(), Role::Accent);
        }
    }
}

fn message(frame: &mut Frame<'_>, theme: Theme, title: &str, text: Text<'_>, role: Role) {
    let screen = frame.area();
    let width = WIDTH.min(screen.width);
    let paragraph = Paragraph::new(text).wrap(Wrap { trim: false });
    let rows = rows(&paragraph, width.saturating_sub(4));
    let area = middle(screen, width, rows + 2);
    let block = Block::bordered()
        .border_style(theme.style(role))
        .title(Span::styled(title, theme.style(Role::Strong)))
        .padding(Padding::horizontal(1));
    frame.render_widget(Clear, area);
    frame.render_widget(paragraph.block(block), area);
}

/// How many rows the text takes, found by drawing it where nobody sees it.
fn rows(paragraph: &Paragraph<'_>, width: u16) -> u16 {
    use ratatui::buffer::Buffer;
    use ratatui::widgets::Widget as _;
    let area = Rect::new(0, 0, width.max(1), 40);
    let mut buffer = Buffer::empty(area);
    paragraph.render(area, &mut buffer);
    let filled =
        |y: &u16| (0..area.width).any(|x| buffer.cell((x, *y)).is_some_and(|cell| cell.symbol() != " "));
    (0..area.height).rev().find(filled).map_or(1, |last| last + 1)
}

/// What others may have a say in.
fn shown(model: &Model, text: &str) -> String {
    sanitize(&model.walk.redactor.hidden(text)).into_owned()
}

/// What is asked about a wish, and how to answer.
fn asking(action: &Message, (question, said): (&Question, &str), theme: Theme) -> Text<'static> {
    let (key, does) = match action {
        Message::Back => ("b", "goes back"),
        Message::Retry => ("r", "walks the step again"),
        Message::Restart => ("R", "restarts"),
        Message::Probe => ("Enter", "sends them"),
        _ => ("q", "quits"),
    };
    let response = |key: &'static str, does: String| {
        [Span::styled(key, theme.style(Role::Accent)), Span::raw(format!(" {does}   "))]
    };
    let mut responses = match question {
        Question::Loses(_) => {
            vec![response(key, format!("again {does}")), response("x", "exports".to_owned())]
        }
        Question::Sends(_) => vec![response(key, does.to_owned())],
    };
    responses.push(response("Esc", "cancels".to_owned()));
    vec![Line::raw(said.to_owned()), Line::default(), Line::from(responses.concat())].into()
}

/// The formats of an export, one of them chosen.
fn formats(model: &Model, at: usize) -> Text<'static> {
    let theme = model.theme;
    let all = model.given.formats.iter().copied().chain(std::iter::once(("all of them", "")));
    let mut lines = vec![Line::raw("Write the transcript, without secrets, as"), Line::default()];
    lines.extend(all.enumerate().map(|(index, (name, purpose))| {
        let (pointer, role) = if index == at { ("▸ ", Role::Accent) } else { ("  ", Role::Text) };
        Line::from(vec![
            Span::styled(format!("{pointer}{name:<10}"), theme.style(role)),
            Span::styled(purpose, theme.style(Role::Dim)),
        ])
    }));
    lines.into()
}
