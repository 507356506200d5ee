//! How the screen changes: one message in, effects out. Pure.

mod confirm;
mod copying;
mod log;
mod looking;
mod replay;
mod searching;

use std::time::Duration;

use ratatui_textarea::TextArea;

use super::direction::Direction;
use super::editor::{Editor, Subject};
use super::effect::Effect;
use super::form::{Form, type_in};
use super::job_result::JobResult;
use super::message::Message;
use super::model::{Given, Model};
use super::overlay::Overlay;
use super::selection::{Focus, Tab, View};
use super::unavailable::unavailable;
use super::walk::{Item, StepStatus};
use crate::flow::Outcome;
use crate::run::{Command, Prepared, RunEvent};
use crate::specification::{Level, Party, Step};

use looking::{click, go, go_to_item, jump, next_item, page, scroll, select, show_tab};
use searching::{ask_search, found, search};

/// Rows a turn of the wheel scrolls.
const WHEEL: usize = 3;

/// Changes the model and returns what is to be done.
pub(super) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Done(JobResult::Rendered(page)) => {
            model.take_page(page);
            Vec::new()
        }
        Message::Done(JobResult::Judged(said)) => {
            model.revision += 1;
            model.walk.take_judged(*said);
            Vec::new()
        }
        Message::Run(event) => hear(model, &event),
        Message::Opened => {
            replay::open(model);
            Vec::new()
        }
        Message::Copied => return Vec::new(),
        Message::NotCopied(why) => {
            model.status = Some(why);
            Vec::new()
        }
        Message::Tick(elapsed) => {
            model.elapsed = elapsed;
            return Vec::new();
        }
        Message::Resized(size) => {
            model.size = size;
            Vec::new()
        }
        action => {
            model.status = None;
            if let Some(why) = unavailable(model, &action) {
                model.status = Some(why.to_owned());
                Vec::new()
            } else if let Some(question) = confirm::question(model, &action) {
                model.overlay = Some(Overlay::Asking { action, question });
                Vec::new()
            } else {
                confirm::close_question(model, &action);
                obey(model, action)
            }
        }
    };
    model.refresh();
    effects.extend(model.jobs().map(Effect::Work));
    effects
}

/// Takes note of what happened in the walk.
fn hear(model: &mut Model, event: &RunEvent) -> Vec<Effect> {
    model.revision += 1;
    model.walk.apply(event, model.now);
    if let (Some(stored), RunEvent::Exchanged(exchange)) = (&model.walk.stored, event) {
        model.now = stored.time_of(exchange.id);
    }
    log::event(model, event);
    if !matches!(event, RunEvent::Sending(_) | RunEvent::Exchanged(_)) {
        model.status = None;
    }
    match event {
        RunEvent::Sending(_) | RunEvent::Asked(_) => model.elapsed = Duration::ZERO,
        RunEvent::Finished(Outcome::Reached(_))
            if model.walk.stored.is_none() && model.selection.follows && model.tab != Tab::Probes =>
        {
            show_tab(model, Tab::Summary);
        }
        RunEvent::Note(note) if matches!(model.overlay, Some(Overlay::Paste(_))) => {
            model.status = Some(note.clone());
        }
        RunEvent::Finished(_) | RunEvent::Waiting(_) if matches!(model.overlay, Some(Overlay::Paste(_))) => {
            model.overlay = None;
        }
        RunEvent::CalledBack(_) if matches!(model.overlay, Some(Overlay::Paste(_) | Overlay::Alone(_))) => {
            model.overlay = None;
        }
        RunEvent::Ended { .. } if matches!(model.overlay, Some(Overlay::Restarting)) => {
            return vec![Effect::Relaunch];
        }
        RunEvent::Ended { .. } => return vec![Effect::Quit],
        _ => {}
    }
    Vec::new()
}

/// Does what the user wants.
fn obey(model: &mut Model, action: Message) -> Vec<Effect> {
    match action {
        Message::Continue => return send(model, Command::Continue),
        Message::RunToEnd => return send(model, Command::RunToEnd),
        Message::RunTo => {
            let step = model.selection.step;
            return send(model, Command::RunTo(step));
        }
        Message::Edit => edit(model),
        Message::EditOutside => return vec![Effect::EditOutside],
        Message::Suspend => return vec![Effect::Suspend],
        Message::Undo => {
            if let Some(Overlay::Edit(editor)) = &mut model.overlay {
                editor.problem = (!editor.field.undo()).then(|| "there is nothing to undo".to_owned());
            }
        }
        Message::Edited(text) => {
            if let Some(Overlay::Edit(editor)) = &mut model.overlay {
                match text {
                    Ok(text) => editor.replace(&text),
                    Err(why) => editor.problem = Some(why),
                }
            }
        }
        Message::AskTarget => {
            let Given { draft, recent, .. } = &model.given;
            let form = Form::new(draft, recent);
            let form = match model.walk.login_page() {
                Some(page) => form.about_login(&page),
                None => form,
            };
            model.overlay = Some(Overlay::Form(Box::new(form)));
        }
        Message::NotStarted(why) => match &mut model.overlay {
            Some(Overlay::Form(form)) => form.problem = Some(why),
            _ => model.status = Some(why),
        },
        Message::Restart if model.walk.stored.is_some() => {
            return send(model, Command::RunTo(Step::Challenge));
        }
        Message::Restart => return vec![Effect::Restart],
        // While a login is waited for, one step back is its own start.
        Message::Back if model.walk.login().is_some() => return send(model, Command::Pause),
        Message::Back => return send(model, Command::Back),
        Message::Probe if model.walk.can_probe() => {
            let effects = send(model, Command::Probe);
            show_tab(model, Tab::Probes);
            return effects;
        }
        Message::Probe => show_tab(model, if model.tab == Tab::Probes { Tab::Exchange } else { Tab::Probes }),
        Message::Pause => return send(model, Command::Pause),
        Message::Retry => {
            let again = model.walk.retried();
            if model.walk.items(again).iter().any(Item::is_edited) {
                model.walk.keep_before(again);
            }
            return send(model, Command::Retry);
        }
        Message::Overrule => return send(model, Command::Overrule),
        Message::OpenBrowser => {
            model.walk.leave_to_person();
            return vec![Effect::Send(Command::OpenBrowser)];
        }
        Message::AskPaste => ask_paste(model, ""),
        Message::Typed(key) => match &mut model.overlay {
            Some(Overlay::Paste(field)) => type_in(field, key),
            Some(Overlay::Search(field)) => {
                type_in(field, key);
                search(model);
            }
            Some(Overlay::Edit(editor)) => {
                editor.problem = None;
                editor.field.input(key);
            }
            Some(Overlay::Form(form)) => {
                form.problem = None;
                form.type_in(key);
            }
            _ => {}
        },
        Message::Pasted(text) => paste(model, &text),
        Message::Submit => return submit(model),
        Message::Export => model.overlay = Some(Overlay::Formats { at: 0 }),
        Message::Exported(result) => {
            if result.is_ok() {
                model.walk.note_exported();
            }
            model.overlay = Some(Overlay::Export(result));
        }
        Message::Copy => {
            let (what, text) = copying::shown(model);
            return copying::copy(model, what, text);
        }
        Message::CopyCurl => {
            if let Some((what, command)) = copying::shown_curl(model) {
                return copying::copy(model, &what, command);
            }
        }
        Message::Alone => model.overlay = Some(Overlay::Alone(copying::shown(model).1)),
        Message::AloneCurl => {
            model.overlay = copying::shown_curl(model).map(|(_, command)| Overlay::Alone(command));
        }
        Message::ReadLoginPage => return send(model, Command::ReadLoginPage),
        Message::Show(tab) => show_tab(model, tab),
        Message::Full(tab) => show_tab(model, if model.tab == tab { Tab::Exchange } else { tab }),
        Message::View => {
            model.view = match model.view {
                View::Pretty => View::Raw,
                View::Raw => View::Hex,
                View::Hex => View::Pretty,
            };
            show_tab(model, Tab::Exchange);
        }
        Message::Secrets => {
            model.revision += 1;
            let lifted = !model.walk.redactor.is_revealed;
            model.walk.redactor.is_revealed = lifted;
            let said = if lifted {
                "secrets are shown on this screen; never in exports"
            } else {
                "secrets are hidden"
            };
            model.status = Some(said.to_owned());
        }
        Message::AskSearch => ask_search(model),
        Message::Found(way) => found(model, way),
        Message::FilterLevel => {
            // Of those there are, the worst first; then all again.
            let is_there = |level: &Level| model.walk.findings.iter().any(|judged| judged.level == *level);
            let mut below = Level::ALL.into_iter().rev().filter(is_there);
            let next = below.find(|level| model.filter.level.is_none_or(|shown| *level < shown));
            model.filter.level = next;
            show_tab(model, Tab::Findings);
        }
        Message::FilterParty => {
            let is_there = |party: &Party| model.walk.findings.iter().any(|judged| judged.party == *party);
            let mut parties = Party::ALL.into_iter().filter(is_there);
            let next = parties.find(|party| Some(*party) > model.filter.party);
            model.filter.party = next;
            show_tab(model, Tab::Findings);
        }
        Message::Tab(way) => {
            let at = Tab::ALL.iter().position(|tab| *tab == model.tab).unwrap_or(0);
            let next = if way == Direction::Forth { at + 1 } else { at + Tab::ALL.len() - 1 };
            if let Some(tab) = Tab::ALL.get(next % Tab::ALL.len()) {
                show_tab(model, *tab);
            }
        }
        Message::Focus => {
            model.focus = match model.focus {
                Focus::Steps => Focus::Requests,
                Focus::Requests => Focus::Main,
                Focus::Main => Focus::Steps,
            };
        }
        Message::Move(way) => go(model, way),
        Message::Page(way) => page(model, way),
        Message::Edge(way) => scroll(model, way, usize::MAX),
        Message::Exchange(way) => next_item(model, way),
        Message::Step(number) => {
            if let Some(step) = Step::ALL.get(number.wrapping_sub(1)) {
                select(model, *step, usize::MAX);
            }
        }
        Message::Jump => jump(model),
        Message::Help => model.overlay = Some(Overlay::Help(0)),
        Message::Close if model.overlay.is_some() => {
            if matches!(model.overlay.take(), Some(Overlay::Search(_))) {
                model.search = None;
            }
        }
        Message::Close if model.search.is_some() => model.search = None,
        Message::Close => {
            model.tab = Tab::Exchange;
            model.focus = Focus::Steps;
        }
        Message::Clicked(at) => click(model, at),
        Message::Wheeled(at, way) => {
            if model.areas().tried.contains(at) {
                go_to_item(model, way);
            } else {
                scroll(model, way, WHEEL);
            }
        }
        Message::Quit if model.is_leaving() => return vec![Effect::Quit],
        // A replay has nothing to clean up.
        Message::Leave | Message::Quit if model.walk.stored.is_some() => return vec![Effect::Quit],
        Message::Leave | Message::Quit => {
            model.overlay = Some(Overlay::Leaving);
            model.elapsed = Duration::ZERO;
            return vec![Effect::Send(Command::Stop)];
        }
        Message::Run(_)
        | Message::Done(_)
        | Message::Opened
        | Message::Tick(_)
        | Message::Resized(_)
        | Message::Copied
        | Message::NotCopied(_)
        | Message::Unknown(_) => {}
    }
    Vec::new()
}

/// Asks the walk for something; the selection follows it again.
fn send(model: &mut Model, command: Command) -> Vec<Effect> {
    model.selection.follows = true;
    log::command(model, &command);
    if model.tab == Tab::Findings || model.tab.is_full() {
        show_tab(model, Tab::Exchange);
    }
    if !model.is_leaving() {
        model.overlay = None;
    }
    vec![Effect::Send(command)]
}

fn ask_paste(model: &mut Model, text: &str) {
    let mut field = TextArea::from([text.lines().collect::<String>()]);
    field.move_cursor(ratatui_textarea::CursorMove::End);
    field.set_cursor_line_style(ratatui::style::Style::new());
    field.set_placeholder_text("http://…/callback?code=…&state=…");
    model.overlay = Some(Overlay::Paste(Box::new(field)));
}

/// Text was pasted into the terminal: it is for the prompt, which opens if a login waits for it.
fn paste(model: &mut Model, text: &str) {
    match &mut model.overlay {
        Some(Overlay::Paste(field)) => {
            field.insert_str(text.lines().collect::<String>());
        }
        Some(Overlay::Edit(editor)) => {
            editor.field.insert_str(text);
        }
        Some(Overlay::Form(form)) => form.paste(text),
        Some(Overlay::Search(field)) => {
            field.insert_str(text.lines().next().unwrap_or_default());
            search(model);
        }
        Some(_) => {}
        None => match unavailable(model, &Message::AskPaste) {
            Some(why) => model.status = Some(why.to_owned()),
            None => ask_paste(model, text),
        },
    }
}

fn submit(model: &mut Model) -> Vec<Effect> {
    match &mut model.overlay {
        Some(Overlay::Asking { action, .. }) => {
            let action = action.clone();
            model.overlay = None;
            return obey(model, action);
        }
        Some(Overlay::Search(_)) => searching::settle(model),
        Some(Overlay::Form(_)) => return vec![Effect::Start],
        Some(Overlay::Formats { at }) => {
            let formats = &model.given.formats;
            let all = || formats.iter().map(|(format, _)| *format).collect();
            let chosen = formats.get(*at).map_or_else(all, |(format, _)| vec![*format]);
            return vec![Effect::Export(chosen)];
        }
        Some(Overlay::Edit(editor)) => match editor.read(&model.walk.redactor) {
            Ok(edit) => {
                model.walk.keep_before(edit.step());
                return send(model, Command::Resend(Box::new(edit)));
            }
            Err(why) => editor.problem = Some(why),
        },
        _ => {}
    }
    let Some(Overlay::Paste(field)) = &model.overlay else { return Vec::new() };
    let url = field.lines().concat().trim().to_owned();
    if url.is_empty() {
        model.status = Some("paste the whole URL from the address bar of the browser".to_owned());
        return Vec::new();
    }
    // It stays until the walk takes the URL; if it does not, a note says why.
    vec![Effect::Send(Command::Paste(url))]
}

/// Opens the editor on the selected request, or on the one the step begins with.
fn edit(model: &mut Model) {
    let prepared = match &model.walk.prepared {
        Some(Prepared::Request(request)) => Some(Subject::Request((**request).clone())),
        Some(Prepared::Authorization(request)) => Some(Subject::Authorization(request.clone())),
        None => None,
    };
    let subject = match model.item() {
        Some(Item::Exchange(exchange)) => Some(Subject::Request(exchange.request.clone())),
        Some(Item::Authorization(request)) => Some(Subject::Authorization(request)),
        Some(Item::Callback(_)) => {
            model.walk.history().authorizations().next_back().cloned().map(Subject::Authorization)
        }
        Some(Item::Sending(_)) => None,
        None => prepared.filter(|_| model.walk.standing(model.selection.step) == StepStatus::Here),
    };
    match subject
        .ok_or("there is no request to change here")
        .and_then(|subject| Editor::new(subject, &model.walk.redactor))
    {
        Ok(editor) => model.overlay = Some(Overlay::Edit(Box::new(editor))),
        Err(why) => model.status = Some(why.to_owned()),
    }
}
