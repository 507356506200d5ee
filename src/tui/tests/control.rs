//! Taking the walk in hand: changing requests, walking up to a step, another target.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::peers::good;
use super::*;
use crate::run::{Command, Edit, Prepared};
use crate::tui::overlay::Overlay;

const SEND: KeyEvent = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);

/// What is sent when the text of the editor is replaced by that.
fn send(screen: &mut Screen, text: &str) -> Option<Edit> {
    update(&mut screen.model, Message::Edited(Ok(text.to_owned())));
    match screen.key(SEND).pop() {
        Some(Effect::Send(Command::Resend(edit))) => Some(*edit),
        _ => None,
    }
}

fn shown(screen: &Screen) -> String {
    match &screen.model.overlay {
        Some(Overlay::Edit(editor)) => editor.text(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_changed_and_its_secrets_stay_what_they_were() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::Token);
    screen.press("e");
    let text = shown(&screen);
    assert!(!text.contains("SECRET"), "{text}");
    let Some(Edit::Request(request)) = send(&mut screen, &text.replace("authorization_code", "urn:x")) else {
        panic!("{:?}", screen.model.overlay)
    };
    let body = String::from_utf8(request.body).unwrap();
    assert!(body.starts_with("grant_type=urn:x&code=SECRETCODE&code_verifier=SECRETVERIFIER"), "{body}");
    assert_eq!(
        (request.method.as_str(), request.headers.get("accept").as_deref()),
        ("POST", Some("application/json"))
    );
    assert!(screen.model.overlay.is_none());
}

#[test]
fn placeholders_in_header_fields_and_json_stand_for_their_secrets() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Session);
    screen.press("e");
    let text = shown(&screen);
    assert!(text.contains("Bearer «") && !text.contains("SECRET"), "{text}");
    let Some(Edit::Request(request)) = send(&mut screen, &text) else { panic!("not sent") };
    assert_eq!(request.headers.get("authorization").as_deref(), Some("Bearer SECRETTOKEN"));
    assert_eq!(request, screen.model.walk.history().exchanges().next_back().unwrap().request);
}

#[test]
fn what_cannot_be_sent_is_said_and_the_text_is_kept() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Challenge);
    for (text, why) in [
        ("nonsense", "first line"),
        ("GET nowhere", "no absolute"),
        ("G(T https://h/", "no method"),
        ("GET https://h/\nno field", "no field"),
        ("GET https://h/\nx: «token 0000 9 B»", "stands for nothing"),
        ("GET https://h/\n\n«token", "not closed"),
    ] {
        screen.press("e");
        assert!(send(&mut screen, text).is_none());
        assert!(screen.text().contains(why), "{text}: {}", screen.text());
        assert_eq!(shown(&screen), text);
        screen.press("\x1b");
    }
}

#[test]
fn the_authorization_request_is_changed_parameter_by_parameter() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::Registration);
    screen.ask();
    screen.tell(RunEvent::Waiting(Step::Authorization));
    screen.press("e");
    let text = shown(&screen).replace("mcp:tools", "a b").replace("response_type: code\n", "");
    let Some(Edit::Authorization { url, before }) = send(&mut screen, &text) else { panic!("not sent") };
    assert!(url.contains("scope=a+b") && !url.contains("response_type"), "{url}");
    assert!(before.url.contains("response_type"));
}

#[test]
fn the_first_request_of_a_step_is_changed_before_it_is_sent() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Challenge, good);
    let (request, ..) = good(Step::ResourceMetadata).remove(0);
    screen.tell(RunEvent::Prepared(Prepared::Request(Arc::new(request))));
    screen.press("2");
    assert!(screen.text().contains("It begins with GET"), "{}", screen.text());
    screen.press("e");
    let text = shown(&screen).replace("GET", "HEAD");
    assert!(matches!(send(&mut screen, &text), Some(Edit::Request(request)) if request.method == "HEAD"));
}

#[test]
fn what_was_there_before_an_edit_stays() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ResourceMetadata);
    let first = screen.model.item().unwrap();
    screen.press("e");
    let text = screen.text();
    assert!(text.contains("Change GET gateway.example/.well-known"), "{text}");
    assert!(text.contains("runs step 2 again") && text.contains("(before)"), "{text}");
    screen.assert("edit_of_a_request_80x24");
    assert!(matches!(screen.key(SEND)[..], [Effect::Send(Command::Resend(_))]));
    let mut history = screen.model.walk.history().clone();
    history = {
        let mut kept = crate::exchange::History::default();
        history.of_step(Step::Challenge).for_each(|exchange| kept.push(Arc::clone(exchange)));
        kept
    };
    screen.tell(RunEvent::Restored(Step::ResourceMetadata, history));
    let (mut request, ..) = responses(Step::ResourceMetadata).remove(0);
    request.edited = true;
    screen.exchange(request, Ok(response(404, JSON, "{}")));
    let text = screen.text();
    assert!(text.contains("(before)") && text.contains("(edited)") && text.contains("edited   "), "{text}");
    assert!(text.contains("Requests 2"), "{text}");
    screen.press("[");
    assert_eq!(screen.model.item(), Some(first));
    assert!(screen.text().contains("This was before you changed"), "{}", screen.text());
    // It is no part of the walk: neither judged nor drawn.
    screen.press("d");
    assert!(!screen.text().contains("200 OK"), "{}", screen.text());
    screen.tell(RunEvent::Restored(Step::Challenge, crate::exchange::History::default()));
    assert_eq!(screen.model.walk.count(Step::ResourceMetadata), 0);
}

#[test]
fn an_edited_exchange_is_marked() {
    let mut screen = Screen::new(80, 24);
    let (mut request, ..) = responses(Step::Challenge).remove(0);
    request.edited = true;
    screen.exchange(request, Ok(response(200, JSON, "{}")));
    let text = screen.text();
    assert!(text.contains("(edited)") && text.contains("You edited this request"), "{text}");
}

#[test]
fn a_step_ahead_is_walked_up_to() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Challenge);
    assert_eq!(screen.press("5u"), [Effect::Send(Command::RunTo(Step::Authorization))]);
    assert_eq!(screen.press("1u"), []);
    assert!(screen.model.status.as_deref().unwrap_or_default().contains("ahead"));
}

#[test]
fn the_target_form_takes_a_recent_target() {
    let mut screen = Screen::new(80, 24);
    screen.press("t");
    screen.press("\t");
    screen.key(KeyEvent::new(KeyCode::Right, KeyModifiers::NONE));
    let Some(Overlay::Form(form)) = &screen.model.overlay else { panic!("no form") };
    let draft = form.draft(&screen.model.given.draft).unwrap();
    assert_eq!(draft.place, Some(crate::scenario::Place::Url("https://one.example/mcp".to_owned())));
    assert_eq!(screen.press("\n"), [Effect::Start]);
    update(&mut screen.model, Message::NotStarted("the port is taken".to_owned()));
    assert!(screen.text().contains("the port is taken"));
}

#[test]
fn the_form_says_what_is_wrong() {
    let mut screen = Screen::new(120, 36);
    screen.press("tx");
    let Some(Overlay::Form(form)) = &screen.model.overlay else { panic!("no form") };
    let ok = form.draft(&screen.model.given.draft);
    assert_eq!(
        ok.unwrap().place,
        Some(crate::scenario::Place::Url("https://gateway.example/mcpx".to_owned()))
    );
    screen.press("\x1bt");
    for _ in 0.."https://gateway.example/mcp".len() {
        screen.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
    }
    screen.press("ftp:x");
    let Some(Overlay::Form(form)) = &screen.model.overlay else { panic!("no form") };
    assert!(form.draft(&screen.model.given.draft).is_err());
}

#[test]
fn another_walk_starts_when_the_present_one_has_ended() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Registration);
    assert_eq!(screen.press("RR"), [Effect::Restart]);
    screen.model.overlay = Some(Overlay::Restarting);
    assert_eq!(
        screen.tell(RunEvent::Ended { left_behind: Vec::new(), known_clients: Vec::new() }),
        [Effect::Relaunch]
    );
}

#[test]
fn a_login_that_could_not_be_filled_in_is_filled_in_on_the_form() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Registration);
    screen.tell(RunEvent::Entered(Step::Authorization));
    let page = request(
        Step::Authorization,
        Purpose::Login,
        Party::AuthorizationServer,
        "GET",
        "https://tenant.example/login",
    );
    let html = "<form><input name=username><input type=password name=password><button>Go</button></form>";
    screen.exchange(page, Ok(response(200, &[("content-type", "text/html")], html)));
    let failure = crate::exchange::LoginFailure {
        detail: "the page needs input".to_owned(),
        remedy: "Fill it.".to_owned(),
    };
    screen.tell(RunEvent::Finished(Outcome::Stuck {
        awaiting: Step::Authorization,
        because: crate::flow::StuckReason::NotRedirected(failure),
    }));
    assert!(screen.text().contains("t says how to log in"), "{}", screen.text());
    screen.press("t");
    let text = screen.text();
    assert!(text.contains("username= password=") && text.contains("the last page:"), "{text}");
    screen.press("secret");
    let text = screen.text();
    assert!(text.contains("password=••••••") && !text.contains("secret"), "{text}");
    let Some(Overlay::Form(form)) = &screen.model.overlay else { panic!("no form") };
    let draft = form.draft(&screen.model.given.draft).unwrap();
    let filled: Vec<_> = draft.consent.fill.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(filled, ["username", "password"]);
}

#[test]
fn each_way_to_log_in_says_what_it_does() {
    let mut screen = Screen::new(80, 24);
    screen.press("t");
    for _ in 0..9 {
        screen.press("\t");
    }
    let mut hints = std::collections::HashSet::new();
    for _ in 0..6 {
        let text = screen.text();
        hints.insert(text.lines().nth(17).unwrap_or_default().to_owned());
        screen.key(KeyEvent::new(KeyCode::Right, KeyModifiers::NONE));
    }
    assert_eq!(hints.len(), 6, "{hints:?}");
}

#[test]
fn control_u_empties_a_line() {
    let mut screen = Screen::new(80, 24);
    screen.press("t");
    screen.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
    // A host without a scheme is reached over https.
    screen.press("other.example/mcp");
    let Some(Overlay::Form(form)) = &screen.model.overlay else { panic!("no form") };
    let draft = form.draft(&screen.model.given.draft).unwrap();
    assert_eq!(draft.place, Some(crate::scenario::Place::Url("https://other.example/mcp".to_owned())));
}

#[test]
fn one_step_back_from_a_login_is_its_own_start() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Registration, good);
    screen.ask();
    assert_eq!(screen.press("b"), [Effect::Send(Command::Pause)]);
    screen.tell(RunEvent::Waiting(Step::Authorization));
    assert_eq!(screen.press("b"), [Effect::Send(Command::Back)]);
}

#[test]
fn an_edited_attempt_stays_when_the_step_is_tried_again() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Challenge, good);
    let (mut request, ..) = responses(Step::ResourceMetadata).remove(0);
    request.edited = true;
    screen.exchange(request, Ok(response(404, JSON, "{}")));
    let edited = screen.model.item();
    assert_eq!(screen.press("r"), [Effect::Send(Command::Retry)]);
    let mut history = crate::exchange::History::default();
    screen
        .model
        .walk
        .history()
        .of_step(Step::Challenge)
        .for_each(|exchange| history.push(Arc::clone(exchange)));
    screen.tell(RunEvent::Restored(Step::ResourceMetadata, history));
    assert_eq!(screen.model.walk.item(Step::ResourceMetadata, 0), edited);
}

#[test]
fn a_form_is_edited_a_field_a_line() {
    let mut screen = Screen::new(120, 36);
    screen.walk_with(Step::Token, good);
    screen.press("e");
    let text = shown(&screen);
    assert!(text.contains("grant_type=authorization_code\n&code=«"), "{text}");
    let Some(Edit::Request(request)) = send(&mut screen, &text) else { panic!("not sent") };
    assert!(
        String::from_utf8(request.body)
            .unwrap()
            .starts_with("grant_type=authorization_code&code=SECRETCODE&")
    );
}
