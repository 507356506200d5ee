//! What the screen looks like in the moments that matter.

use super::*;
use crate::document::Unusable;
use crate::flow::{Because, Tried};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 36)];

/// Snapshots of the same moment in both sizes.
fn both(name: &str, reach: impl Fn(&mut Screen)) {
    for (width, height) in SIZES {
        let mut screen = Screen::new(width, height);
        reach(&mut screen);
        screen.assert(&format!("{name}_{width}x{height}"));
    }
}

#[test]
fn start() {
    both("start", |_| {});
}

#[test]
fn after_the_challenge() {
    both("challenge", |screen| screen.walk(Step::Challenge));
}

#[test]
fn a_finding_is_marked_where_it_is() {
    both("finding", |screen| screen.walk(Step::ServerMetadata));
}

#[test]
fn findings() {
    both("findings", |screen| {
        screen.walk(Step::ServerMetadata);
        screen.press("\t\t");
    });
}

#[test]
fn why() {
    both("why", |screen| {
        screen.walk(Step::ServerMetadata);
        screen.press("\t\t\t");
    });
}

#[test]
fn a_question_before_something_is_lost() {
    both("asking", |screen| {
        screen.walk(Step::Session);
        screen.press("b");
    });
}

#[test]
fn waiting_for_the_browser() {
    both("browser", |screen| {
        screen.walk(Step::Registration);
        screen.ask();
        update(&mut screen.model, Message::Tick(Duration::from_secs(12)));
    });
}

#[test]
fn pasting() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Registration);
    screen.ask();
    update(&mut screen.model, Message::Pasted(format!("{REDIRECT_URI}?code=x&state=s1\n")));
    screen.assert("paste_80x24");
    assert_eq!(
        screen.press("\n"),
        [Effect::Send(crate::run::Command::Paste(format!("{REDIRECT_URI}?code=x&state=s1")))]
    );
}

#[test]
fn after_the_callback() {
    both("callback", |screen| screen.walk(Step::Authorization));
}

#[test]
fn refusal() {
    both("refusal", Screen::refuse);
}

#[test]
fn the_end() {
    both("end", |screen| screen.walk(Step::Session));
}

#[test]
fn stuck() {
    both("stuck", |screen| {
        screen.tell(RunEvent::Started { redirect_uri: REDIRECT_URI.to_owned() });
        let (request, ..) = answers(Step::Challenge).remove(0);
        let url = request.url.clone();
        screen.exchange(request, Err(refused_connection()));
        let why = Unusable::NoAnswer(refused_connection());
        screen.tell(RunEvent::Finished(Outcome::Stuck {
            awaiting: Step::Challenge,
            because: Because::TargetSilent(Tried { url, why }),
        }));
    });
}

#[test]
fn help() {
    both("help", |screen| {
        screen.press("?");
    });
}

#[test]
fn small_terminals() {
    Screen::new(40, 10).assert("tiny_40x10");
    let mut screen = Screen::new(60, 16);
    screen.walk(Step::ServerMetadata);
    screen.assert("small_60x16");
    for (width, height) in [(1, 1), (59, 16), (60, 15), (61, 17), (300, 100)] {
        let mut screen = Screen::new(width, height);
        screen.refuse();
        screen.press("?jjjjjjjjjjjjjj\x1b\x1b\t\tGg");
        screen.text();
    }
}

#[test]
fn peers_cannot_drive_the_terminal() {
    let mut screen = Screen::new(80, 24);
    let (request, ..) = answers(Step::Challenge).remove(0);
    let hostile = "{\"a\":\"\u{1b}[2J\u{1b}]52;c;AAAA\u{7}\",\"b\":\"\u{202e}gpj.exe\u{2066}\u{200b}\",\"c\":\"\u{9b}31m\\u001b[0m\ttab 日本語 e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\"}";
    let mut answer = response(500, &[("x-\u{1b}[31m", "a\rb\u{8}\u{0}")], hostile);
    answer.reason = "\u{1b}[5mblink".to_owned();
    screen.exchange(request, Ok(answer));
    screen.press("\u{4}");
    screen.model.scroll = 6;
    screen.assert("hostile_80x24");
    assert!(!screen.text().chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn no_secret_is_on_any_screen() {
    for keys in ["", "w", "ww", "\t", "\t\t", "d", "i", "l", "e"] {
        let mut screen = Screen::new(120, 60);
        screen.walk(Step::Session);
        for step in ('1'..='7').rev() {
            screen.press(&format!("{step}{keys}"));
            for _ in 0..3 {
                let text = screen.text();
                assert!(!text.contains("SECRET"), "{keys:?}: {text}");
                screen.press("[");
            }
            screen.press("\x1b\x1b");
            screen.model.view = crate::tui::model::View::Pretty;
        }
    }
}

#[test]
fn a_long_line_is_no_burden() {
    let mut screen = Screen::new(80, 24);
    let (request, ..) = answers(Step::Challenge).remove(0);
    screen.exchange(request, Ok(response(200, JSON, &format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)))));
    screen.press("G");
    assert!(screen.text().contains("of 2"), "{}", screen.text());
}

#[test]
fn a_large_body_is_laid_out_beside_the_screen_and_kept() {
    let mut screen = Screen::new(80, 24);
    let (request, ..) = answers(Step::Challenge).remove(0);
    let body = format!("[{}0]", "{\"a\":1},".repeat(40_000));
    let timing = Timing { first_byte: None, total: Duration::from_millis(84) };
    let outcome = Ok(response(200, JSON, &body));
    let exchange = Exchange { id: ExchangeId(1), request, outcome, timing };
    let heard = Message::Run(RunEvent::Exchanged(Arc::new(exchange)));
    let effects = update(&mut screen.model, heard);
    assert!(matches!(&effects[..], [Effect::LayOut(_), Effect::Judge(_)]), "{effects:?}");
    assert!(screen.text().contains("laying out"), "{}", screen.text());
    assert!(screen.model.walk.findings.is_empty());
    screen.settle(effects);
    assert!(!screen.model.walk.findings.is_empty());
    assert!(screen.text().contains("of 120"), "{}", screen.text());
    // What was laid out once is there at once.
    screen.press("\t\t");
    let key = super::super::keys::message(Mode::Walk, KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    assert_eq!(update(&mut screen.model, key), []);
    assert!(screen.text().contains("of 120"), "{}", screen.text());
}

#[test]
fn without_colour_there_is_none() {
    let mut screen = Screen::new(80, 24);
    screen.model.theme = Theme::Plain;
    screen.refuse();
    let terminal = screen.terminal();
    let plain = |cell: &ratatui::buffer::Cell| cell.fg == ratatui::style::Color::Reset && cell.bg == cell.fg;
    assert!(terminal.backend().buffer().content().iter().all(plain));
}
