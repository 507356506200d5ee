//! What the screen looks like in the moments that matter.

use super::peers::good;
use super::*;
use crate::flow::StuckReason;
use crate::tui::job::Job;

#[test]
fn pasting() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Registration);
    screen.ask();
    update(&mut screen.model, Message::Pasted(format!("{REDIRECT_URI}?code=x&state=s1\n")));
    assert_eq!(
        screen.press("\n"),
        [Effect::Send(crate::run::Command::Paste(format!("{REDIRECT_URI}?code=x&state=s1")))]
    );
}

/// A URL of another login is the user's slip: it is refused where it was pasted, and counts only when pasted again.
#[test]
fn a_pasted_url_of_another_login_is_refused_in_the_dialog() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Registration);
    screen.ask();
    let stale = format!("{REDIRECT_URI}?code=x&state=wrong");
    screen.take(Message::Pasted(stale.clone()));
    assert_eq!(screen.press("\n"), [Effect::Send(crate::run::Command::Paste(stale.clone()))]);
    let note = "what was pasted has another state than the request, as if it were of another login";
    screen.tell(RunEvent::Note(note.to_owned()));
    let text = screen.text();
    assert!(text.contains("The redirected URL") && text.contains("has another state"), "{text}");
    assert!(screen.model.walk.findings.iter().all(|judged| judged.check.step != Step::Authorization));
    // Again: there it is known, and the walk takes it.
    assert_eq!(screen.press("\n"), [Effect::Send(crate::run::Command::Paste(stale.clone()))]);
    screen.tell(RunEvent::CalledBack(Arc::new(Callback::new(ExchangeId(9), stale))));
    assert!(screen.model.overlay.is_none());
}

#[test]
fn without_utf_8_all_is_ascii() {
    for keys in ["", "D", "F", "W", "S", "d", "i", "l", "A", "?", "x", "t", "/", "q"] {
        let mut screen = Screen::new(120, 36);
        screen.model.glyphs = crate::tui::Glyphs::Ascii;
        screen.walk(Step::Session);
        screen.press("3");
        screen.press(keys);
        let rows = screen.rows().join("\n");
        assert!(rows.is_ascii(), "{keys}: {rows}");
    }
}

#[test]
fn control_z_suspends_wherever_one_is() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Challenge);
    for keys in ["", "?", "t", "/", "e"] {
        screen.press(keys);
        let suspend = KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL);
        assert_eq!(screen.key(suspend), [Effect::Suspend], "{keys}");
        screen.press("\x1b");
    }
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
fn no_size_of_a_terminal_panics() {
    // Nobody has room for 65535 × 65535 characters: there the pages are laid out and not drawn.
    for (width, height, drawn) in [
        (0, 0, true),
        (1, 1, true),
        (2, 2, true),
        (3, 500, true),
        (500, 3, true),
        (12, 40, true),
        (65535, 1, true),
        (1, 65535, true),
        (65535, 65535, false),
    ] {
        for tab in ["", "\t", "\t\t", "\t\t\t", "d", "i", "p", "l", "e", "?", "/x", "t"] {
            let mut screen = Screen::new(80, 24);
            screen.walk(Step::Session);
            screen.press(tab);
            screen.take(Message::Resized(Size::new(width, height)));
            if drawn {
                screen.terminal();
            }
        }
    }
}

#[test]
fn a_secret_that_reads_like_a_question_does_not_break_it() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Registration, |step| {
        let mut responses = good(step);
        if step == Step::Registration {
            responses[0].3 = r#"{"client_id":"c1","client_secret":"the server metadata"}"#;
        }
        responses
    });
    for kind in RefusalKind::ALL {
        let values = || "the server metadata".to_owned();
        screen.tell(RunEvent::Refused(Refusal { kind, expected: values(), found: values() }));
        let text = screen.text();
        assert!(text.contains("«client_secret "), "{text}");
        let mut what = kind.what().split(' ').skip(1);
        assert!(what.all(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn peers_cannot_drive_the_terminal() {
    let mut screen = Screen::new(80, 24);
    let (request, ..) = responses(Step::Challenge).remove(0);
    let hostile = "{\"a\":\"\u{1b}[2J\u{1b}]52;c;AAAA\u{7}\",\"b\":\"\u{202e}gpj.exe\u{2066}\u{200b}\",\"c\":\"\u{9b}31m\\u001b[0m\ttab 日本語 e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\"}";
    let mut response = response(500, &[("x-\u{1b}[31m", "a\rb\u{8}\u{0}")], hostile);
    response.reason = "\u{1b}[5mblink".to_owned();
    screen.exchange(request, Ok(response));
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
            screen.model.view = crate::tui::selection::View::Pretty;
        }
    }
}

#[test]
fn a_long_line_is_no_burden() {
    let mut screen = Screen::new(80, 24);
    let (request, ..) = responses(Step::Challenge).remove(0);
    screen.exchange(request, Ok(response(200, JSON, &format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)))));
    screen.press("G");
    assert!(screen.text().contains("of 2"), "{}", screen.text());
}

#[test]
fn a_large_body_is_laid_out_beside_the_screen_and_kept() {
    let mut screen = Screen::new(80, 24);
    let (request, ..) = responses(Step::Challenge).remove(0);
    let body = format!("[{}0]", "{\"a\":1},".repeat(40_000));
    let timing = Timing { first_byte: None, total: Duration::from_millis(84) };
    let outcome = Ok(response(200, JSON, &body));
    let exchange = Exchange { id: ExchangeId(1), request, outcome, timing };
    let heard = Message::Run(RunEvent::Exchanged(Arc::new(exchange)));
    let effects = update(&mut screen.model, heard);
    assert!(matches!(&effects[..], [Effect::Work(Job::Judge(_))]), "{effects:?}");
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
fn a_walk_that_stops_before_a_request_says_so() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    screen.tell(RunEvent::Finished(Outcome::Stuck {
        awaiting: Step::Registration,
        because: StuckReason::NoRegistrationEndpoint,
    }));
    screen.assert("stuck_before_a_request_80x24");
}

/// A large history is judged beside the screen: what it hides is hidden in the frames before that, too.
#[test]
fn no_secret_is_seen_before_it_is_known() {
    let mut screen = Screen::new(120, 36);
    let mut events = Vec::new();
    let large = format!("{{\"access_token\":\"SECRETLARGE\",\"list\":[{}0]}}", "{\"a\":1},".repeat(40_000));
    for (id, body) in [
        (1, "{\"access_token\":\"SECRETSMALL\"}"),
        (2, &large),
        (3, "cannot read SECRETSMALL nor SECRETLARGE"),
    ] {
        let (request, ..) = responses(Step::Challenge).remove(0);
        let headers = [("content-type", "application/json"), ("x-quotes", "SECRETSMALL SECRETLARGE")];
        let outcome = Ok(response(200, if id == 1 { &headers[..1] } else { &headers }, body));
        let exchange = Exchange { id: ExchangeId(id), request, outcome, timing: Timing::default() };
        events.push(RunEvent::Exchanged(Arc::new(exchange)));
    }
    let mut later = Vec::new();
    for event in events {
        // Nothing is done beside the screen yet.
        later.extend(update(&mut screen.model, Message::Run(event)));
        for keys in ["", "[", "]", "w", "w", "w", "\t", "\t", "\t", "\t", "d", "i", "l", "\x1b"] {
            for key in keys.chars() {
                let code = if key == '\t' { KeyCode::Tab } else { KeyCode::Char(key) };
                let code = if key == '\x1b' { KeyCode::Esc } else { code };
                let key = super::super::keys::message(
                    Mode::of(&screen.model),
                    KeyEvent::new(code, KeyModifiers::NONE),
                );
                later.extend(update(&mut screen.model, key));
            }
            assert!(!screen.text().contains("SECRET"), "{keys:?}: {}", screen.text());
        }
    }
    screen.settle(later);
    screen.press("]");
    let text = screen.text();
    assert!(text.contains("cannot read «") && !text.contains("SECRET"), "{text}");
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

/// The walk stops after its last exchange was judged: the cause of the stop is told all the same.
#[test]
fn the_cause_of_a_stop_is_told_where_the_walk_stops() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::ServerMetadata);
    let because = StuckReason::NoRegistrationEndpoint;
    screen.tell(RunEvent::Finished(Outcome::Stuck { awaiting: Step::Registration, because }));
    let text = screen.text();
    assert!(text.contains("✗ Stopped: ") && text.contains("fix      "), "{text}");
}
