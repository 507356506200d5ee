//! The table of keys, and that no key is silent.

use std::collections::HashSet;

use super::*;
use crate::run::Command;
use crate::tui::keys::TABLE;
use crate::tui::selection::Tab;

const MODES: [Mode; 12] = [
    Mode::Walk,
    Mode::Rows,
    Mode::Paste,
    Mode::Search,
    Mode::Edit,
    Mode::Form,
    Mode::Formats,
    Mode::Reading,
    Mode::Written,
    Mode::Alone,
    Mode::Asking,
    Mode::Leaving,
];

#[test]
fn a_key_means_one_thing_in_a_mode() {
    for mode in MODES {
        let mut seen = HashSet::new();
        for binding in super::super::keys::of(mode) {
            for key in binding.keys {
                assert!(seen.insert(*key), "{key:?} twice in {mode:?}");
            }
        }
        let leave =
            super::super::keys::message(mode, KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(leave, Message::Quit);
    }
}

#[test]
fn every_key_of_the_panes_is_explained() {
    for binding in TABLE.iter().filter(|binding| binding.modes.contains(&Mode::Walk)) {
        let explained = TABLE.iter().any(|other| !other.help.is_empty() && other.name.contains(binding.name));
        assert!(
            explained
                || binding.name.len() == 1 && binding.name >= "1" && binding.name <= "7"
                || binding.help.is_empty(),
            "{binding:?}"
        );
    }
}

#[test]
fn the_help_fits_into_its_box() {
    for binding in TABLE {
        assert!(binding.help.chars().count() <= 46, "{}", binding.help);
    }
}

/// While a request is under way every key changes the screen or asks for something.
#[test]
fn no_key_is_silent_while_a_request_is_under_way() {
    let busy = || {
        let mut screen = Screen::new(80, 24);
        screen.walk(Step::Registration);
        screen.press("2");
        let (request, ..) = responses(Step::Token).remove(0);
        screen.tell(RunEvent::Entered(Step::Token));
        screen.tell(RunEvent::Sending(Arc::new(request)));
        screen
    };
    // What only moves within the ends of a page is silent at its end.
    let moves = |message: &Message| {
        matches!(
            message,
            Message::Edge(_) | Message::Page(_) | Message::Step(2) | Message::Show(Tab::Exchange)
        )
    };
    for binding in super::super::keys::of(Mode::Walk).filter(|binding| !moves(&binding.message)) {
        for key in binding.keys {
            let mut screen = busy();
            let before = format!("{:?}", screen.terminal().backend().buffer());
            let effects = screen.key(KeyEvent::new(*key, KeyModifiers::NONE));
            let after = format!("{:?}", screen.terminal().backend().buffer());
            assert!(before != after || !effects.is_empty(), "{key:?} is silent");
        }
    }
    let mut screen = busy();
    screen.press("H");
    assert!(screen.model.status.is_some());
}

#[test]
fn commands_are_sent_and_the_walk_is_followed_again() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    screen.press("1");
    assert_eq!((screen.model.selection.step, screen.model.selection.follows), (Step::Challenge, false));
    assert_eq!(screen.press("\n"), [Effect::Send(Command::Continue)]);
    assert_eq!(screen.model.selection.step, Step::ServerMetadata);
    assert_eq!(screen.press("a"), [Effect::Send(Command::RunToEnd)]);
    assert_eq!(screen.press("b"), [Effect::Send(Command::Back)]);
    assert_eq!(screen.press("r"), [Effect::Send(Command::Retry)]);
    assert_eq!(screen.press("x\n"), [Effect::Export(vec!["json"])]);
    assert_eq!(screen.press("jj\n"), [Effect::Export(vec!["json", "text"])]);
    // After the last comes the first, and the other way round.
    assert_eq!(screen.press("j\n"), [Effect::Export(vec!["json"])]);
    assert_eq!(screen.press("kk\n"), [Effect::Export(vec!["text"])]);
    screen.press("\x1b");
    assert_eq!(
        screen.press("y"),
        [Effect::Copy("https://tenant.example/.well-known/openid-configuration".to_owned())]
    );
    assert_eq!(screen.press("o"), []);
    assert!(screen.model.status.as_deref().unwrap_or_default().contains("no login"));
}

#[test]
fn a_refusal_is_answered() {
    let mut screen = Screen::new(80, 24);
    screen.refuse();
    assert!(screen.model.overlay.is_none(), "the cause is in the pane");
    assert!(screen.text().contains("c continue anyway"), "{}", screen.text());
    assert_eq!(screen.press("\n"), []);
    assert!(screen.model.status.as_deref().unwrap_or_default().contains("c continues"));
    assert_eq!(screen.press("c"), [Effect::Send(Command::Overrule)]);
    assert!(screen.model.overlay.is_none());
}

#[test]
fn a_finding_leads_to_its_exchange() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Session);
    screen.press("\t\t\n");
    assert_eq!(screen.model.tab, Tab::Exchange);
    // The slash is wrong in the list of the gateway.
    assert_eq!((screen.model.selection.step, screen.model.selection.item), (Step::ResourceMetadata, 0));
}

#[test]
fn quitting_waits_for_the_clean_up_once() {
    let mut screen = Screen::new(80, 24);
    assert_eq!(screen.press("q"), [Effect::Send(Command::Stop)]);
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Registration);
    assert_eq!(screen.press("qq"), [Effect::Send(Command::Stop)]);
    assert!(screen.text().contains("removing the registered client"));
    assert_eq!(screen.press("q"), [Effect::Quit]);
    assert_eq!(
        screen.tell(RunEvent::Ended { left_behind: Vec::new(), known_clients: Vec::new() }),
        [Effect::Quit]
    );
}

#[test]
fn q_closes_what_lies_over_the_panes() {
    let mut screen = Screen::new(80, 24);
    for key in ["?", "x"] {
        assert_eq!(screen.press(key), []);
        assert!(screen.model.overlay.is_some());
        assert_eq!(screen.press("q"), []);
        assert!(screen.model.overlay.is_none(), "{key}");
    }
}

#[test]
fn what_would_be_lost_is_asked_about_once() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Session);
    // Of the last step nothing is lost that does not come back.
    assert_eq!(screen.press("r"), [Effect::Send(Command::Retry)]);
    for (key, said) in [("q", "again quits"), ("R", "again restarts"), ("b", "your login")] {
        assert_eq!(screen.press(key), []);
        assert!(screen.text().contains(said), "{}", screen.text());
        assert_eq!(screen.press("\x1b"), []);
        assert!(screen.model.overlay.is_none());
    }
    assert_eq!(screen.press("bb"), [Effect::Send(Command::Back)]);
    assert_eq!(screen.press("b\n"), [Effect::Send(Command::Back)]);
    assert_eq!(screen.press("RR"), [Effect::Restart]);
    assert_eq!(screen.press("qx"), []);
    assert!(screen.text().contains("Write the transcript"), "{}", screen.text());
    screen.take(Message::Exported(Ok(vec!["walk.json".into()])));
    screen.press("q");
    // What was exported is not lost.
    assert_eq!(screen.press("b"), [Effect::Send(Command::Back)]);
    assert_eq!(screen.press("q"), [Effect::Send(Command::Stop)]);
}

#[test]
fn ctrl_c_asks_nothing() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Session);
    let effects = screen.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    assert_eq!(effects, [Effect::Send(Command::Stop)]);
}

#[test]
fn how_the_walk_stood_is_said_below_the_screen() {
    let mut screen = Screen::new(80, 24);
    assert!(crate::tui::exit_summary::walked(&screen.model.walk).is_empty());
    screen.refuse();
    let lines = crate::tui::exit_summary::walked(&screen.model.walk).join("\n");
    assert!(lines.contains("https://gateway.example/mcp: 2 of 7 steps, "), "{lines}");
    assert!(lines.contains("a client stops in Server metadata"), "{lines}");
    assert!(lines.contains("\nfix: "), "{lines}");
}

#[test]
fn the_mouse_selects_and_scrolls() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    let click = |screen: &mut Screen, x, y| update(&mut screen.model, Message::Clicked((x, y).into()));
    click(&mut screen, 3, 2);
    assert_eq!(screen.model.selection.step, Step::Challenge);
    click(&mut screen, 3, 4);
    click(&mut screen, 3, 11);
    assert_eq!((screen.model.selection.step, screen.model.selection.item), (Step::ServerMetadata, 0));
    let tabs = screen.text().lines().nth(2).unwrap_or_default().to_owned();
    let column = tabs.split("About").next().unwrap_or_default().chars().count() - 1;
    click(&mut screen, u16::try_from(column).unwrap(), 2);
    assert_eq!(screen.model.tab, Tab::Why);
    screen.press("5\t\t\t");
    screen.press("3");
    screen.model.tab = Tab::Exchange;
    update(&mut screen.model, Message::Wheeled((60, 10).into(), super::super::direction::Direction::Forth));
    assert!(screen.model.scroll > 0);
}

#[test]
fn what_an_export_is_for_is_said_and_its_path_is_copied() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Challenge);
    screen.press("x");
    let text = screen.text();
    assert!(text.contains("json      the walk itself") && text.contains("all of them"), "{text}");
    screen.take(Message::Exported(Ok(vec!["/work/walk.json".into()])));
    assert!(screen.text().contains("/work/walk.json") && screen.text().contains("y copy the path"));
    assert_eq!(screen.press("y"), [Effect::Copy("/work/walk.json".to_owned())]);
}

#[test]
fn the_help_is_grouped_says_where_it_is_and_dims_what_does_nothing() {
    let mut screen = Screen::new(80, 24);
    screen.press("?");
    let first = screen.text();
    assert!(first.contains("Walk") && first.contains("↓ 1–20 of "), "{first}");
    let terminal = screen.terminal();
    let row = |text: &str| {
        let lines: Vec<_> = first.lines().collect();
        let y = lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text}"));
        let x = lines[y].chars().take_while(|c| *c != text.chars().next().unwrap_or_default()).count();
        terminal.backend().buffer()[(u16::try_from(x - 1).unwrap(), u16::try_from(y).unwrap())].modifier
    };
    let dim = ratatui::style::Modifier::DIM;
    assert!(!row("walk the next step").contains(dim) && row("back one step").contains(dim));
    screen.press(" ");
    assert!(screen.text().contains("sequence diagram"), "{}", screen.text());
    screen.press("G");
    let last = screen.text();
    let goes_on = last.lines().any(|line| line.contains('└') && line.contains('↓'));
    assert!(last.contains("a cause, whom it is laid to") && !goes_on, "{last}");
    screen.press("g");
    assert_eq!(screen.text(), first);
}
