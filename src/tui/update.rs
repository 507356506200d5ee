//! How the screen changes: one message in, effects out. Pure.

use std::time::Duration;

use ratatui::layout::Position;
use ratatui_textarea::TextArea;

use super::layout;
use super::message::{Effect, Message, Way};
use super::model::{Focus, Model, Overlay, Tab};
use super::pane;
use super::walk::{Item, Phase};
use crate::edition::Step;
use crate::flow::Outcome;
use crate::run::{Command, RunEvent};

/// Rows a turn of the wheel scrolls.
const WHEEL: usize = 3;

/// Changes the model and answers what is to be done.
pub(super) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let effects = match message {
        Message::Run(event) => hear(model, &event),
        Message::Tick(elapsed) => {
            model.elapsed = elapsed;
            return Vec::new();
        }
        Message::Resized(size) => {
            model.size = size;
            Vec::new()
        }
        wish => {
            model.status = None;
            match misfit(model, &wish) {
                Some(why) => {
                    model.status = Some(why.to_owned());
                    Vec::new()
                }
                None => obey(model, wish),
            }
        }
    };
    model.refresh();
    effects
}

/// Takes note of what happened in the walk.
fn hear(model: &mut Model, event: &RunEvent) -> Vec<Effect> {
    model.revision += 1;
    model.walk.apply(event);
    if !matches!(event, RunEvent::Sending(_) | RunEvent::Exchanged(_)) {
        model.status = None;
    }
    match event {
        RunEvent::Sending(_) | RunEvent::Asked(_) => model.elapsed = Duration::ZERO,
        RunEvent::Refused(refusal) if !leaving(model) => {
            model.overlay = Some(Overlay::Refusal(refusal.clone()));
        }
        RunEvent::Overruled(_) | RunEvent::Restored(..)
            if matches!(model.overlay, Some(Overlay::Refusal(_))) =>
        {
            model.overlay = None;
        }
        RunEvent::CalledBack(_) if matches!(model.overlay, Some(Overlay::Paste(_))) => model.overlay = None,
        RunEvent::Ended { .. } => return vec![Effect::Quit],
        _ => {}
    }
    Vec::new()
}

const fn leaving(model: &Model) -> bool {
    matches!(model.overlay, Some(Overlay::Leaving))
}

/// Why a wish makes no sense right now. The key bar leaves such keys out.
pub(super) fn misfit(model: &Model, wish: &Message) -> Option<&'static str> {
    let walk = &model.walk;
    match (wish, &walk.phase) {
        (Message::Continue, Phase::Walking { .. }) if walk.awaits_person() => {
            Some("the login is yours to finish: in the browser, or v pastes the redirected URL")
        }
        (Message::Continue, Phase::Walking { .. }) => Some("the step is under way; b goes back, q quits"),
        (Message::Continue | Message::RunToEnd, Phase::Finished(Outcome::Reached(_))) => {
            Some("the walk is complete: b goes back, x exports the transcript, q quits")
        }
        (Message::Continue | Message::RunToEnd, Phase::Finished(Outcome::Stuck { .. })) => {
            Some("the walk cannot go on from here: r tries the step again, b goes back")
        }
        (Message::RunToEnd, Phase::Walking { .. }) if walk.login().is_some() => {
            Some("the login has to be finished first")
        }
        (Message::RunToEnd, Phase::Refused(_)) => {
            Some("a conforming client stops here: c goes on all the same")
        }
        (Message::Overrule, phase) if !matches!(phase, Phase::Refused(_)) => {
            Some("there is nothing to overrule: no client has to stop here")
        }
        (Message::Back, Phase::Starting | Phase::Waiting(Step::Challenge)) => Some("this is the first step"),
        (Message::Retry, Phase::Starting | Phase::Waiting(Step::Challenge)) => {
            Some("nothing was walked yet; ⏎ walks the first step")
        }
        (Message::OpenBrowser, _) if walk.login().is_none() => {
            Some("there is nothing to open: no login is under way")
        }
        (Message::AskPaste, _) if walk.login().is_none() => {
            Some("there is nothing to paste: no login is under way")
        }
        (Message::AskPaste, _) if !walk.awaits_person() => Some("gatewalk finishes this login by itself"),
        (Message::Jump, _) if walk.findings.is_empty() => Some("there are no findings to go to"),
        (Message::Exchange(_), _) if walk.trail().is_empty() => {
            Some("nothing was sent yet; ⏎ walks the first step")
        }
        (Message::Unknown(_), _) => Some("that key does nothing here; ? shows the keys"),
        _ => None,
    }
}

/// Does what the user wants.
fn obey(model: &mut Model, wish: Message) -> Vec<Effect> {
    match wish {
        Message::Continue => return go_on(model),
        Message::RunToEnd => return send(model, Command::RunToEnd),
        Message::Back => return send(model, Command::Back),
        Message::Retry => return send(model, Command::Retry),
        Message::Overrule => return send(model, Command::Overrule),
        Message::OpenBrowser => return vec![Effect::Send(Command::OpenBrowser)],
        Message::AskPaste => ask_paste(model, ""),
        Message::Typed(key) => {
            if let Some(Overlay::Paste(field)) = &mut model.overlay {
                field.input(key);
            }
        }
        Message::Pasted(text) => paste(model, &text),
        Message::Submit => return submit(model),
        Message::Export => return vec![Effect::Export],
        Message::Exported(result) => model.overlay = Some(Overlay::Export(result)),
        Message::Copy => {
            model.status = Some("the URL was sent to the clipboard of your terminal".to_owned());
            return vec![Effect::Copy(shown_url(model))];
        }
        Message::Tab(way) => {
            let at = Tab::ALL.iter().position(|tab| *tab == model.tab).unwrap_or(0);
            let next = if way == Way::Forth { at + 1 } else { at + Tab::ALL.len() - 1 };
            show_tab(model, Tab::ALL[next % Tab::ALL.len()]);
        }
        Message::Focus => {
            model.focus = match model.focus {
                Focus::Steps => Focus::Tried,
                Focus::Tried => Focus::Main,
                Focus::Main => Focus::Steps,
            };
        }
        Message::Move(way) => go(model, way),
        Message::Page(way) => scroll(model, way, model.page_height().saturating_sub(1)),
        Message::Edge(way) => scroll(model, way, usize::MAX),
        Message::Exchange(way) => next_item(model, way),
        Message::Step(number) => {
            if let Some(step) = Step::ALL.get(number.wrapping_sub(1)) {
                select(model, *step, usize::MAX);
            }
        }
        Message::Jump => jump(model),
        Message::Help => model.overlay = Some(Overlay::Help(0)),
        Message::Close => model.overlay = None,
        Message::Clicked(at) => click(model, at),
        Message::Wheeled(at, way) => {
            if layout::areas(model.size).tried.contains(at) {
                go_to_item(model, way);
            } else {
                scroll(model, way, WHEEL);
            }
        }
        Message::Quit if leaving(model) => return vec![Effect::Quit],
        Message::Quit => {
            model.overlay = Some(Overlay::Leaving);
            return vec![Effect::Send(Command::Stop)];
        }
        Message::Run(_) | Message::Tick(_) | Message::Resized(_) | Message::Unknown(_) => {}
    }
    Vec::new()
}

/// Asks the walk for something; the selection follows it again.
fn send(model: &mut Model, command: Command) -> Vec<Effect> {
    model.selection.follows = true;
    if model.tab == Tab::Findings {
        show_tab(model, Tab::Exchange);
    }
    if !leaving(model) {
        model.overlay = None;
    }
    vec![Effect::Send(command)]
}

fn go_on(model: &mut Model) -> Vec<Effect> {
    if let Phase::Refused(refusal) = &model.walk.phase {
        model.overlay = Some(Overlay::Refusal(refusal.clone()));
        return Vec::new();
    }
    send(model, Command::Continue)
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
        Some(_) => {}
        None => match misfit(model, &Message::AskPaste) {
            Some(why) => model.status = Some(why.to_owned()),
            None => ask_paste(model, text),
        },
    }
}

fn submit(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Paste(field)) = &model.overlay else { return Vec::new() };
    let url = field.lines().concat().trim().to_owned();
    if url.is_empty() {
        model.status = Some("paste the whole URL from the address bar of the browser".to_owned());
        return Vec::new();
    }
    model.overlay = None;
    vec![Effect::Send(Command::Paste(url))]
}

/// The URL that is on the screen: the authorization URL as it is to be opened, others without secrets.
fn shown_url(model: &Model) -> String {
    let marks = &model.walk.marks;
    match model.item() {
        Some(Item::Authorization(request)) => request.url,
        Some(Item::Exchange(exchange)) => marks.url(&exchange.request.url),
        Some(Item::Sending(request)) => marks.url(&request.url),
        Some(Item::Callback(callback)) => marks.url(&callback.url),
        None => marks.url(&model.walk.scenario.target.url),
    }
}

fn show_tab(model: &mut Model, tab: Tab) {
    model.tab = tab;
    model.focus = if tab == Tab::Findings || model.focus == Focus::Main { Focus::Main } else { model.focus };
    if tab == Tab::Exchange && model.focus == Focus::Main {
        model.focus = Focus::Steps;
    }
}

/// Selects by hand: the walk is no longer followed.
fn select(model: &mut Model, step: Step, item: usize) {
    let last = model.walk.items(step).len().saturating_sub(1);
    model.select(step, item.min(last));
    model.selection.follows = false;
    if model.tab == Tab::Findings {
        show_tab(model, Tab::Exchange);
    }
}

fn go(model: &mut Model, way: Way) {
    if let Some(overlay) = &mut model.overlay {
        if let Overlay::Help(first) = overlay {
            *first = way.step(*first, pane::help_rows().saturating_sub(usize::from(model.size.height) - 3));
        }
        return;
    }
    match model.focus {
        Focus::Steps => {
            let at = way.step(model.selection.step.number() - 1, Step::ALL.len());
            select(model, Step::ALL[at], usize::MAX);
        }
        Focus::Tried => go_to_item(model, way),
        Focus::Main if model.tab == Tab::Findings => {
            let at = model.selection.finding;
            model.selection.finding = way.step(at, model.walk.findings.len());
            if at == model.selection.finding {
                scroll(model, way, 1);
            } else {
                model.show_finding();
            }
        }
        Focus::Main => scroll(model, way, 1),
    }
}

fn go_to_item(model: &mut Model, way: Way) {
    let item = way.step(model.selection.item, model.items().len());
    select(model, model.selection.step, item);
}

fn scroll(model: &mut Model, way: Way, rows: usize) {
    let last = model.page.rows().saturating_sub(model.page_height());
    model.scroll = match way {
        Way::Back => model.scroll.saturating_sub(rows),
        Way::Forth => model.scroll.saturating_add(rows).min(last),
    };
}

/// Selects the exchange before or after, of whatever step.
fn next_item(model: &mut Model, way: Way) {
    let all: Vec<(Step, usize)> = Step::ALL
        .into_iter()
        .flat_map(|step| (0..model.walk.items(step).len()).map(move |item| (step, item)))
        .collect();
    let here = (model.selection.step, model.selection.item);
    let found = match way {
        Way::Back => all.iter().rev().find(|place| **place < here),
        Way::Forth => all.iter().find(|place| **place > here),
    };
    match found {
        Some(&(step, item)) => select(model, step, item),
        None if way == Way::Back => model.status = Some("this is the first exchange".to_owned()),
        None => model.status = Some("this is the last exchange so far".to_owned()),
    }
}

/// Goes to where the selected finding was seen.
fn jump(model: &mut Model) {
    let Some(judged) = model.walk.findings.get(model.selection.finding) else { return };
    let seen = judged.finding().and_then(|finding| finding.exchange);
    let place = Step::ALL.into_iter().find_map(|step| {
        let items = model.walk.items(step);
        Some((step, items.iter().position(|item| item.id().is_some() && item.id() == seen)?))
    });
    let (step, item) = place.unwrap_or((judged.check.step, usize::MAX));
    show_tab(model, Tab::Exchange);
    select(model, step, item);
    model.refresh();
    model.show_finding();
}

fn click(model: &mut Model, at: Position) {
    if model.overlay.is_some() {
        return;
    }
    let areas = layout::areas(model.size);
    let row = |top: u16| usize::from(at.y.saturating_sub(top + 1));
    if areas.steps.contains(at) {
        model.focus = Focus::Steps;
        if let Some(step) = Step::ALL.get(row(areas.steps.y)).filter(|_| at.y > areas.steps.y) {
            select(model, *step, usize::MAX);
        }
    } else if areas.tried.contains(at) {
        model.focus = Focus::Tried;
        let height = usize::from(areas.tried.height.saturating_sub(2));
        let item = row(areas.tried.y) + layout::first_row(model.selection.item, height);
        if item < model.items().len() && at.y > areas.tried.y {
            select(model, model.selection.step, item);
        }
    } else if areas.tabs.contains(at) {
        if let Some(tab) = pane::tab_at(model, at.x.saturating_sub(areas.tabs.x)) {
            show_tab(model, tab);
        }
    } else if areas.main.contains(at) {
        model.focus = Focus::Main;
        let row = model.scroll + usize::from(at.y.saturating_sub(areas.page.y));
        if let Some(finding) = model.page.item_at(row).filter(|_| model.tab == Tab::Findings) {
            model.selection.finding = finding;
        }
    }
}
