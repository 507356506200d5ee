//! The one table of keys: it drives what a key does, the key bar and the help.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::direction::Direction;
use super::message::Message;
use super::model::Model;
use super::overlay::Overlay;
use super::selection::{Focus, Tab};

/// What the keys are for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Walking and looking around.
    Walk,
    /// Choosing a row of a list.
    Rows,
    /// Typing the redirected URL.
    Paste,
    /// Typing what to search for.
    Search,
    /// Changing a request.
    Edit,
    /// Saying where to walk.
    Form,
    /// Choosing a format.
    Formats,
    /// Reading what lies over the panes.
    Reading,
    /// Reading where an export is.
    Written,
    /// Looking at a text that is alone on the screen.
    Alone,
    /// Responding to whether what would be lost may be.
    Asking,
    /// Ending.
    Leaving,
}

impl Mode {
    /// The mode the screen is in.
    pub(super) fn of(model: &Model) -> Self {
        match &model.overlay {
            Some(Overlay::Export(Ok(_))) => Self::Written,
            Some(Overlay::Help(_) | Overlay::Export(_)) => Self::Reading,
            Some(Overlay::Paste(_)) => Self::Paste,
            Some(Overlay::Search(_)) => Self::Search,
            Some(Overlay::Edit(_)) => Self::Edit,
            Some(Overlay::Form(_)) => Self::Form,
            Some(Overlay::Formats { .. }) => Self::Formats,
            Some(Overlay::Alone(_)) => Self::Alone,
            Some(Overlay::Asking { .. }) => Self::Asking,
            Some(Overlay::Leaving | Overlay::Restarting) => Self::Leaving,
            None => Self::below(model),
        }
    }

    /// The mode the panes are in, whatever lies over them.
    pub(super) fn below(model: &Model) -> Self {
        if model.pages.page.items() == 0 {
            return Self::Walk;
        }
        match (model.tab, model.focus) {
            (Tab::Summary | Tab::Diagram | Tab::Timeline | Tab::Probes, _) | (Tab::Findings, Focus::Main) => {
                Self::Rows
            }
            _ => Self::Walk,
        }
    }
}

/// A line of the table.
#[derive(Debug)]
pub(super) struct Binding {
    /// Where it holds.
    pub(super) modes: &'static [Mode],
    /// The keys.
    pub(super) keys: &'static [KeyCode],
    /// Whether they go with Ctrl.
    pub(super) control: bool,
    /// What they do.
    pub(super) message: Message,
    /// The keys as they are shown.
    pub(super) name: &'static str,
    /// What the key bar says; empty to leave it out.
    pub(super) label: &'static str,
    /// What the help says; empty to leave it out.
    pub(super) help: &'static str,
}

use KeyCode::{
    BackTab, Backspace, Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab as TabKey, Up,
};
use Mode::{Asking, Edit, Form, Formats, Leaving, Paste, Reading, Rows, Search, Walk, Written};

/// The panes have the keys.
const PANES: &[Mode] = &[Walk, Rows];
/// The panes, and all questions they lead to.
const PANES_AND_QUESTIONS: &[Mode] = &[Walk, Rows, Asking];

const fn bind(
    modes: &'static [Mode],
    keys: &'static [KeyCode],
    message: Message,
    name: &'static str,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { modes, keys, control: false, message, name, label, help }
}

const fn control(
    modes: &'static [Mode],
    keys: &'static [KeyCode],
    message: Message,
    name: &'static str,
    label: &'static str,
) -> Binding {
    Binding { modes, keys, control: true, message, name, label, help: "" }
}

/// All keys; those of a mode in the order of the key bar.
pub(super) static TABLE: &[Binding] = &[
    bind(&[Walk], &[Enter], Message::Continue, "Enter", "continue", "walk the next step"),
    bind(
        &[Rows],
        &[Enter],
        Message::Jump,
        "Enter",
        "go to it",
        "on a finding or an arrow: go to where it is",
    ),
    bind(
        PANES,
        &[Char('o')],
        Message::OpenBrowser,
        "o",
        "browser",
        "open the authorization URL in the browser",
    ),
    bind(
        PANES,
        &[Char('L')],
        Message::ReadLoginPage,
        "L",
        "read the page",
        "fetch the login page and show it here",
    ),
    bind(PANES, &[Char('v')], Message::AskPaste, "v", "paste", "paste the URL the browser was redirected to"),
    bind(
        PANES,
        &[Char('c')],
        Message::Overrule,
        "c",
        "continue anyway",
        "continue where a conforming client would stop",
    ),
    bind(PANES, &[Char('a')], Message::RunToEnd, "a", "run to end", "walk all steps that are left"),
    bind(PANES, &[Char('b'), Backspace], Message::Back, "b", "back", "back one step"),
    bind(PANES, &[Char('r')], Message::Retry, "r", "retry", "retry step"),
    bind(PANES, &[Char('u')], Message::RunTo, "u", "", "walk up to the selected step"),
    bind(PANES, &[Char('e')], Message::Edit, "e", "edit", "change the selected request and send it"),
    bind(
        PANES_AND_QUESTIONS,
        &[Char('x')],
        Message::Export,
        "x",
        "export",
        "write transcript or report, without secrets",
    ),
    bind(
        PANES,
        &[Char('S')],
        Message::Full(Tab::Summary),
        "S",
        "summary",
        "how the run stands, and what to do next",
    ),
    bind(
        PANES,
        &[Char('F')],
        Message::Show(Tab::Findings),
        "F",
        "findings",
        "tab Findings: what failed, what passed",
    ),
    bind(PANES, &[Char('t')], Message::AskTarget, "t", "target", "change target, client, login; restart"),
    bind(PANES, &[Char('R')], Message::Restart, "R", "", "restart"),
    bind(PANES, &[Char('p')], Message::Pause, "p", "cancel", "cancel the current request"),
    bind(PANES, &[Char('A')], Message::Probe, "A", "probes", "at the end: send probes, after a question"),
    bind(PANES, &[TabKey, Right], Message::Tab(Direction::Forth), "Tab", "tabs", "next tab; also → ←"),
    bind(PANES, &[BackTab, Left], Message::Tab(Direction::Back), "⇧⇥ ←", "", ""),
    bind(
        PANES,
        &[Down, Char('j')],
        Message::Move(Direction::Forth),
        "↓ ↑ j k",
        "",
        "select, or scroll the main pane",
    ),
    bind(PANES, &[Up, Char('k')], Message::Move(Direction::Back), "↑ k", "", ""),
    bind(PANES, &[Char('f')], Message::Focus, "f", "focus", "arrow keys: steps, requests, main pane"),
    bind(
        PANES,
        &[Char(']')],
        Message::Exchange(Direction::Forth),
        "[ ]",
        "exchanges",
        "exchange before, after",
    ),
    bind(PANES, &[Char('[')], Message::Exchange(Direction::Back), "[", "", ""),
    bind(
        PANES,
        &[PageDown, Char(' ')],
        Message::Page(Direction::Forth),
        "PgDn PgUp",
        "",
        "scroll the main pane by a page",
    ),
    bind(PANES, &[PageUp], Message::Page(Direction::Back), "PgUp", "", ""),
    bind(
        PANES,
        &[Char('g'), Home],
        Message::Edge(Direction::Back),
        "g G",
        "",
        "scroll to the start, to the end",
    ),
    bind(PANES, &[Char('G'), End], Message::Edge(Direction::Forth), "G", "", ""),
    bind(PANES, &[Char('1')], Message::Step(1), "1 … 7", "", "select a step"),
    bind(PANES, &[Char('2')], Message::Step(2), "2", "", ""),
    bind(PANES, &[Char('3')], Message::Step(3), "3", "", ""),
    bind(PANES, &[Char('4')], Message::Step(4), "4", "", ""),
    bind(PANES, &[Char('5')], Message::Step(5), "5", "", ""),
    bind(PANES, &[Char('6')], Message::Step(6), "6", "", ""),
    bind(PANES, &[Char('7')], Message::Step(7), "7", "", ""),
    bind(PANES, &[Char('E')], Message::Show(Tab::Exchange), "E", "", "tab Exchange: request and response"),
    bind(PANES, &[Char('D')], Message::Show(Tab::Decoded), "D", "", "tab Decoded: what they mean"),
    bind(PANES, &[Char('W')], Message::Show(Tab::Why), "W", "", "tab About: what the step is for"),
    bind(PANES, &[Char('d')], Message::Full(Tab::Diagram), "d", "diagram", "sequence diagram"),
    bind(PANES, &[Char('i')], Message::Full(Tab::Timeline), "i", "", "timeline"),
    bind(PANES, &[Char('C')], Message::Full(Tab::Clients), "C", "", "real clients: who gets in"),
    bind(PANES, &[Char('l')], Message::Full(Tab::Log), "l", "", "log"),
    bind(PANES, &[Char('/')], Message::AskSearch, "/", "search", "search in the main pane"),
    bind(PANES, &[Char('n')], Message::Found(Direction::Forth), "n N", "", "next / previous match"),
    bind(PANES, &[Char('N')], Message::Found(Direction::Back), "N", "", ""),
    bind(PANES, &[Char('w')], Message::View, "w", "", "body: formatted, raw, hex"),
    bind(PANES, &[Char('s')], Message::Secrets, "s", "", "show secrets on this screen, or hide them"),
    bind(PANES, &[Char('m')], Message::FilterLevel, "m", "", "findings: all, MUST, SHOULD, MAY"),
    bind(PANES, &[Char('P')], Message::FilterParty, "P", "", "findings: all, or those of one party"),
    bind(PANES, &[Char('y')], Message::Copy, "y", "copy", "copy the shown URL, or the selected value"),
    bind(PANES, &[Char('Y')], Message::CopyCurl, "Y", "", "copy the shown request as a curl command"),
    bind(PANES, &[Char('z')], Message::Alone, "z Z", "", "show what y or Y copies alone, for the mouse"),
    bind(PANES, &[Char('Z')], Message::AloneCurl, "Z", "", ""),
    bind(PANES, &[Esc], Message::Close, "Esc", "", "back to the exchange and the steps"),
    bind(PANES, &[Char('?')], Message::Help, "?", "help", "this help"),
    bind(&[Asking], &[Enter], Message::Submit, "Enter", "do it", ""),
    bind(&[Asking], &[Char('b'), Backspace], Message::Back, "b", "", ""),
    bind(&[Asking], &[Char('r')], Message::Retry, "r", "", ""),
    bind(&[Asking], &[Char('R')], Message::Restart, "R", "", ""),
    bind(&[Asking], &[Char('A')], Message::Probe, "A", "", ""),
    bind(&[Asking], &[Esc], Message::Close, "Esc", "stay", ""),
    bind(&[Paste], &[Enter], Message::Submit, "Enter", "use it", ""),
    bind(&[Paste], &[Esc], Message::Close, "Esc", "close", ""),
    bind(&[Search], &[Enter], Message::Submit, "Enter", "keep", ""),
    bind(&[Search], &[Esc], Message::Close, "Esc", "cancel", ""),
    control(&[Edit], &[Char('s')], Message::Submit, "^S", "send"),
    control(&[Edit], &[Char('u')], Message::Undo, "^U", "undo"),
    control(&[Edit], &[Char('e')], Message::EditOutside, "^E", "your own editor"),
    bind(&[Edit], &[Esc], Message::Close, "Esc", "close", ""),
    bind(&[Form], &[Enter], Message::Submit, "Enter", "start", ""),
    bind(&[Form], &[Down, TabKey], Message::Move(Direction::Forth), "↓ ↑", "fields", ""),
    bind(&[Form], &[Up, BackTab], Message::Move(Direction::Back), "↑", "", ""),
    bind(&[Form], &[Esc], Message::Close, "Esc", "close", ""),
    bind(&[Formats], &[Enter], Message::Submit, "Enter", "write", ""),
    bind(&[Formats], &[Down, Char('j')], Message::Move(Direction::Forth), "↓ ↑", "choose", ""),
    bind(&[Formats], &[Up, Char('k')], Message::Move(Direction::Back), "↑", "", ""),
    bind(&[Formats], &[Esc, Char('q')], Message::Close, "Esc", "close", ""),
    bind(&[Reading, Written], &[Esc, Enter, Char('?'), Char('q')], Message::Close, "Esc", "close", ""),
    bind(&[Reading], &[Down, Char('j')], Message::Move(Direction::Forth), "↓ ↑", "scroll", ""),
    bind(&[Reading], &[Up, Char('k')], Message::Move(Direction::Back), "↑", "", ""),
    bind(&[Reading], &[PageDown, Char(' ')], Message::Page(Direction::Forth), "PgDn", "page", ""),
    bind(&[Reading], &[PageUp], Message::Page(Direction::Back), "PgUp", "", ""),
    bind(&[Reading], &[Char('g'), Home], Message::Edge(Direction::Back), "g G", "ends", ""),
    bind(&[Reading], &[Char('G'), End], Message::Edge(Direction::Forth), "G", "", ""),
    bind(&[Written], &[Char('y')], Message::Copy, "y", "copy the path", ""),
    bind(PANES, &[Char('q')], Message::Leave, "q", "quit", "quit; registered clients are removed"),
    bind(&[Asking], &[Char('q')], Message::Leave, "q", "", ""),
    bind(&[Leaving], &[Char('q')], Message::Quit, "q", "quit", ""),
];

/// The table lines of a mode.
pub(super) fn of(mode: Mode) -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(move |binding| binding.modes.contains(&mode))
}

/// What a key means in a mode.
pub(super) fn message(mode: Mode, key: KeyEvent) -> Message {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if control && key.code == Char('c') {
        return Message::Quit;
    }
    if control && key.code == Char('z') {
        return Message::Suspend;
    }
    if mode == Mode::Alone {
        return Message::Close;
    }
    let other = key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER);
    let bound =
        of(mode).find(|binding| !other && binding.control == control && binding.keys.contains(&key.code));
    match bound {
        Some(binding) => binding.message.clone(),
        None if matches!(mode, Mode::Paste | Mode::Search | Mode::Edit | Mode::Form) => Message::Typed(key),
        None => Message::Unknown(key),
    }
}
