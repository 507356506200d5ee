//! Looking around: views of bodies, search, secrets, filters, the pages of the whole run.

use super::peers::{bad_token, good};
use super::*;
use crate::exchange::{Issuer, IssuerSource, Round, Secret};
use crate::scenario::ProbeMode;
use crate::tui::overlay::Overlay;
use crate::tui::selection::{Tab, View};

/// The response of the first step, with that body.
fn answered(screen: &mut Screen, headers: &[(&str, &str)], body: &[u8]) {
    let (request, ..) = responses(Step::Challenge).remove(0);
    let mut response = response(200, headers, "");
    response.body = body.into();
    screen.exchange(request, Ok(response));
}

#[test]
fn request_and_answer_are_side_by_side_where_there_is_room() {
    let mut screen = Screen::new(170, 40);
    screen.walk(Step::ServerMetadata);
    screen.assert("split_170x40");
    screen.press("\t");
    assert!(screen.model.pages.beside.is_none());
}

#[test]
fn bodies_as_sent_and_byte_by_byte() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    screen.press("w");
    assert_eq!(screen.model.view, View::Raw);
    screen.assert("raw_80x24");
    screen.press("w ");
    screen.assert("hex_80x24");
    screen.press("w");
    assert_eq!(screen.model.view, View::Pretty);
}

#[test]
fn what_is_no_text_is_shown_byte_by_byte_at_once() {
    let mut screen = Screen::new(80, 24);
    answered(
        &mut screen,
        &[("content-type", "application/octet-stream")],
        b"\x1f\x8b\x08\x00gzip\xff\x1b[2J",
    );
    screen.press("G");
    let text = screen.text();
    assert!(text.contains("000000  1f 8b 08 00 67 7a 69 70  ····gzip"), "{text}");
    assert!(text.contains("000008  ff 1b 5b 32 4a           ··[2J"), "{text}");
}

#[test]
fn secrets_are_not_read_from_bytes() {
    let mut screen = Screen::new(120, 60);
    screen.walk(Step::Token);
    for _ in 0..3 {
        screen.press("w");
        for _ in 0..12 {
            let text = screen.text();
            assert!(!text.contains("SECRET") && !text.contains("53 45 43 52 45 54"), "{text}");
            screen.press("[");
        }
        screen.press("6");
    }
}

#[test]
fn an_event_stream_is_split_into_events() {
    let mut screen = Screen::new(80, 36);
    answered(
        &mut screen,
        &[("content-type", "text/event-stream")],
        b": ping\n\nevent: message\nid: 7\nretry: 100\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1}\n\ndata: tail\n\n",
    );
    screen.press("G");
    screen.assert("events_80x36");
}

#[test]
fn secrets_are_shown_when_asked_for_and_hidden_again() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::Token);
    screen.press("s");
    assert!(
        screen.text().contains("SECRETTOKEN") && screen.text().contains("SECRETS SHOWN"),
        "{}",
        screen.text()
    );
    screen.press("s");
    assert!(!screen.text().contains("SECRETTOKEN"));
}

#[test]
fn a_secret_is_hidden_wherever_a_peer_quotes_it() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::Token);
    let (request, ..) = responses(Step::Session).remove(0);
    let headers =
        [("www-authenticate", "Bearer error=\"invalid_token\", error_description=\"SECRETTOKEN is bad\"")];
    screen.exchange(request, Ok(response(401, &headers, "cannot read SECRETTOKEN")));
    screen.tell(RunEvent::Refused(Refusal {
        kind: RefusalKind::IssuerMismatch,
        expected: "SECRETTOKEN".to_owned(),
        found: "SECRETSECRETTOKEN".to_owned(),
    }));
    for keys in ["", "\x1b", "w", "w", "w", "\t", "\t", "\t", "d", "i", "l"] {
        screen.press(keys);
        let text = screen.text();
        assert!(!text.contains("SECRETTOKEN") && text.contains("gatewalk"), "{keys:?}: {text}");
    }
    screen.press("\x1b7s");
    assert!(screen.text().contains("SECRETTOKEN is bad"), "{}", screen.text());
}

/// Somebody's key may be a word of ours. What peers say of it is hidden, what gatewalk says stays legible.
#[test]
fn a_secret_that_is_a_word_of_gatewalk_is_hidden_in_the_words_of_others_only() {
    let mut scenario = scenario();
    for (name, word) in [("x-a", "server"), ("x-b", "expected"), ("x-c", "metadata")] {
        scenario.target.headers.push((name.to_owned(), Secret::new(word)));
    }
    let mut screen = Screen::of(scenario, 120, 60);
    screen.walk(Step::ServerMetadata);
    let (request, ..) = responses(Step::ServerMetadata).remove(0);
    screen.exchange(request, Ok(response(404, JSON, "no metadata on this server, expected another gateway")));
    let text = screen.text();
    assert!(text.contains("no «x-c ") && text.contains("── authorization server ──"), "{text}");
    assert!(!text.contains("this server"), "{text}");
    screen.press("\t\t");
    let text = screen.text();
    assert!(text.contains("fix      Copy issuer from the authorization server's metadata"), "{text}");
    screen.press("\t");
    let text = screen.text();
    assert!(text.contains("server publishes its endpoints"), "{text}");
    screen.press("\x1b3t\x1bA");
    assert!(!screen.text().contains('«'), "{}", screen.text());
}

#[test]
fn a_text_is_searched_for_as_it_is_typed() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    screen.press("/TENANT");
    let first = screen.model.scroll;
    screen.press("\nn");
    assert_ne!(screen.model.scroll, first);
    screen.press("N");
    assert_eq!(screen.model.scroll, first);
    screen.press("/nowhere\n");
    assert!(screen.text().contains("not found"), "{}", screen.text());
    screen.press("\x1b");
    assert!(screen.model.search.is_none());
}

#[test]
fn findings_are_filtered_by_level_and_party() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    let all = screen.model.listed().count();
    screen.press("m");
    let musts = screen.model.listed().count();
    assert!(musts > 0 && musts < all);
    screen.press("P");
    screen.assert("filtered_80x24");
    // Only what there is can be chosen, and the causes go with it.
    let mut seen = 0;
    while screen.model.filter.party.is_some() {
        let party = screen.model.filter.party;
        assert!(screen.model.walk.findings.iter().any(|judged| Some(judged.check.party) == party));
        seen += 1;
        screen.press("P");
    }
    assert!(seen > 1);
    while screen.model.filter.level.is_some() {
        assert!(screen.model.listed().count() > 0);
        screen.press("m");
    }
    assert_eq!(screen.model.listed().count(), all);
}

#[test]
fn causes_are_those_of_the_chosen_party() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    screen.press("\t\t");
    assert!(screen.text().contains("▲ gateway"), "{}", screen.text());
    while screen.model.filter.party != Some(Party::AuthorizationServer) {
        screen.press("P");
    }
    assert!(!screen.text().contains("▲ gateway"), "{}", screen.text());
}

#[test]
fn that_secrets_are_shown_leaves_the_place_in_the_step() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    screen.press("sw");
    assert!(screen.text().contains("SECRETS SHOWN · 200 · 2 of 2"), "{}", screen.text());
}

#[test]
fn a_search_that_finds_nothing_stays_and_tells_where_else() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Token);
    screen.press("3");
    screen.press("/jwks_uri");
    assert!(screen.model.scroll > 0);
    for _ in 0.."jwks_uri".len() {
        screen.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
    }
    screen.press("expires_in");
    assert_eq!(screen.model.scroll, 0);
    screen.press("\n");
    assert!(screen.text().contains("found in 6 Token; n goes there"), "{}", screen.text());
    screen.press("n");
    assert_eq!(screen.model.selection.step, Step::Token);
    assert!(screen.text().contains("1 of 1 found"), "{}", screen.text());
    // What only a secret holds is not given away.
    screen.press("/SECRETTOKEN\n");
    assert!(screen.text().contains("found nowhere"), "{}", screen.text());
}

#[test]
fn the_place_that_is_looked_at_differs_from_the_others() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::Challenge);
    screen.press("/json\n");
    let styles = |screen: &Screen| -> Vec<_> {
        let terminal = screen.terminal();
        let cells = terminal.backend().buffer().content();
        let found = cells.iter().filter(|cell| cell.fg == ratatui::style::Color::Yellow);
        let reversed = ratatui::style::Modifier::REVERSED;
        found.map(|cell| cell.modifier.contains(reversed)).collect()
    };
    let first = styles(&screen);
    assert!(first.contains(&true) && first.contains(&false), "{}", screen.text());
    screen.press("n");
    assert_ne!(styles(&screen), first);
    assert!(screen.text().contains("2 of "), "{}", screen.text());
}

#[test]
fn a_filtered_finding_leads_to_its_own_place() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::ServerMetadata);
    screen.press("PP");
    let (index, _) = screen.model.listed().next().unwrap();
    assert!(index > 0 || screen.model.walk.findings[0].check.party == Party::AuthorizationServer);
    let step = screen.model.walk.findings[index].check.step;
    screen.press("\n");
    assert_eq!((screen.model.tab, screen.model.selection.step), (Tab::Exchange, step));
}

#[test]
fn an_arrow_leads_to_its_exchange() {
    let mut screen = Screen::new(120, 36);
    screen.walk_with(Step::Session, good);
    screen.press("1d");
    screen.press("jj\n");
    assert_eq!((screen.model.tab, screen.model.selection.step), (Tab::Exchange, Step::ServerMetadata));
    screen.press("dd");
    assert_eq!(screen.model.tab, Tab::Exchange);
}

#[test]
fn probes_are_listed_with_what_is_found_in_them() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Token);
    screen.press("A");
    assert!(screen.text().contains("once the walk is complete"), "{}", screen.text());
    screen.press("A");
    screen.walk(Step::Session);
    assert_eq!(screen.press("A"), []);
    assert!(screen.text().contains("tenant.example: "), "{}", screen.text());
    assert_eq!(screen.press("\n"), [Effect::Send(crate::run::Command::Probe)]);
    screen.tell(RunEvent::Entered(Step::Session));
    screen.tell(RunEvent::Probing(ProbeMode::Safe));
    assert_eq!(screen.model.walk.recorder.record().scenario.probes.extent, ProbeMode::Safe);
    for (probe, status) in [(ProbeId::TokenUnknown, 401), (ProbeId::TokenUnsigned, 200)] {
        let (request, ..) = responses(Step::Session).remove(0);
        let request = Request { purpose: Purpose::Probe(probe), ..request };
        screen.exchange(request, Ok(response(status, JSON, "{}")));
    }
    screen.tell(RunEvent::Finished(Outcome::Reached(Step::Session)));
    assert!(screen.text().contains("token-unsigned"), "{}", screen.text());
    // The last request of the walk stays what a step shows first.
    screen.press("A");
    assert!(screen.model.item().is_some_and(|item| item.probe().is_none()));
    screen.press("Aj\n");
    // The finding is the first row, whatever was sent before it.
    assert!(screen.text().contains("2 of 3"), "{}", screen.text());
    screen.press("A");
    let history = screen.model.walk.history().clone();
    screen.tell(RunEvent::Restored(Step::Session, history));
    assert_eq!(screen.model.walk.recorder.record().scenario.probes.extent, ProbeMode::Off);
}

#[test]
fn a_request_is_copied_as_a_curl_command() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Token);
    let effects = screen.press("Y");
    let [Effect::Copy(command)] = &effects[..] else { panic!("{effects:?}") };
    assert!(command.starts_with("curl ") && command.contains("--data-raw"), "{command}");
    assert!(!command.contains("SECRET") && !command.contains('«'), "{command}");
    assert!(command.contains("code='\"${CODE_"), "{command}");
    let status = screen.model.status.clone().unwrap_or_default();
    assert!(status.contains("which needs $CODE_") && status.contains(" and $CODE_VERIFIER_"), "{status}");
    screen.press("s");
    let effects = screen.press("Y");
    let [Effect::Copy(command)] = &effects[..] else { panic!("{effects:?}") };
    assert!(command.contains("SECRETCODE"), "{command}");
    let status = screen.model.status.clone().unwrap_or_default();
    assert!(status.contains("secrets included"), "{status}");
}

#[test]
fn what_is_copied_is_shown_alone_until_a_key_is_pressed() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Registration);
    screen.ask();
    screen.press("z");
    let Some(Overlay::Alone(url)) = &screen.model.overlay else { panic!("{:?}", screen.model.overlay) };
    assert!(url.starts_with("https://tenant.example/authorize?"), "{url}");
    assert_eq!(screen.press("q"), []);
    assert!(screen.model.overlay.is_none());
    screen.press("1Z");
    let Some(Overlay::Alone(command)) = &screen.model.overlay else { panic!("{:?}", screen.model.overlay) };
    assert!(command.starts_with("curl "), "{command}");
    let url = format!("{REDIRECT_URI}?code=SECRETCODE&state=s1");
    screen.tell(RunEvent::CalledBack(Arc::new(Callback::new(ExchangeId(99), url))));
    assert!(screen.model.overlay.is_none());
}

#[test]
fn in_tmux_a_text_is_given_to_tmux() {
    let mut screen = Screen::new(80, 24);
    screen.model.given.clipboard = crate::tui::Clipboard::Tmux;
    assert!(matches!(screen.press("y")[..], [Effect::Copy(_)]));
    assert!(screen.text().contains("in tmux's buffer: prefix ] pastes it"), "{}", screen.text());
    screen.take(Message::NotCopied("tmux does not take it: no server".to_owned()));
    assert!(screen.text().contains("does not take it"), "{}", screen.text());
}

#[test]
fn a_login_page_that_shows_an_error_is_read_here_and_judged() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::Registration);
    screen.press("L");
    assert!(screen.text().contains("no login waits for you"), "{}", screen.text());
    screen.ask();
    assert!(screen.text().contains("the page shows an error"), "{}", screen.text());
    assert_eq!(screen.press("L"), [Effect::Send(crate::run::Command::ReadLoginPage)]);
    let page = request(
        Step::Authorization,
        Purpose::Login,
        Party::AuthorizationServer,
        "GET",
        "https://tenant.example/authorize?client_id=c1",
    );
    screen.tell(RunEvent::Sending(Arc::new(page.clone())));
    let html = "<title>Oops</title>no connections enabled for the client";
    let exchange = Exchange {
        id: ExchangeId(50),
        request: page,
        outcome: Ok(response(400, &[("content-type", "text/html")], html)),
        timing: Timing::default(),
    };
    screen.tell(RunEvent::Exchanged(Arc::new(exchange)));
    assert!(screen.text().contains("connection-not-enabled"), "{}", screen.text());
    assert!(screen.text().contains("waiting for your login"), "{}", screen.text());
}

#[test]
fn the_names_of_the_parties_stay_over_the_diagram() {
    let mut screen = Screen::new(80, 24);
    screen.walk(Step::Session);
    screen.press("dG");
    assert!(screen.model.scroll > 0);
    assert!(screen.text().lines().nth(2).is_some_and(|line| line.contains("gateway")), "{}", screen.text());
}

#[test]
fn a_finding_is_filtered_by_the_party_its_cause_blames() {
    let mut screen = Screen::new(120, 36);
    // The target is redirected: the cause lays the MCP server's finding to the gateway.
    screen.walk_with(Step::Session, |step| {
        let mut responses = responses(step);
        if matches!(step, Step::Challenge | Step::Session) {
            (responses[0].1, responses[0].2) = (308, &[("location", "/mcp/")]);
        }
        responses
    });
    let walk = &screen.model.walk;
    let moved = walk.findings.iter().find(|judged| judged.check.id == "mcp-initialize").unwrap();
    assert_eq!((moved.party, moved.check.party), (Party::Gateway, Party::McpServer));
    screen.press("P");
    let mut chosen = Vec::new();
    while let Some(party) = screen.model.filter.party {
        assert!(screen.model.listed().count() > 0, "{party}");
        chosen.push(party);
        screen.press("P");
    }
    assert!(chosen.contains(&Party::Gateway) && !chosen.contains(&Party::McpServer), "{chosen:?}");
}

#[test]
fn after_a_step_the_exchange_that_matters_is_selected() {
    let principal = |responses: &dyn Fn(Step) -> Vec<StepResponse>, last: Step| {
        let mut screen = Screen::new(80, 24);
        screen.walk_with(last, responses);
        screen.press("E");
        screen.model.item()
    };
    let purpose = |item: Option<crate::tui::walk::Item>| match item {
        Some(crate::tui::walk::Item::Exchange(exchange)) => Some(exchange.request.purpose),
        _ => None,
    };
    // Not the redirect back, the key set, or what follows `initialize`.
    let authorization = principal(&good, Step::Authorization);
    assert!(matches!(authorization, Some(crate::tui::walk::Item::Authorization(_))), "{authorization:?}");
    assert_eq!(purpose(principal(&good, Step::Token)), Some(Purpose::Token));
    let followed = |step| {
        let mut all = good(step);
        if step == Step::Session {
            let (request, ..) = all[0].clone();
            all.push((Request { purpose: Purpose::Initialized, ..request }, 202, JSON, ""));
        }
        all
    };
    assert_eq!(purpose(principal(&followed, Step::Session)), Some(Purpose::Initialize));
    // The location that has the document, and what is wrong wherever it is.
    let found = Some(Purpose::ServerMetadata(ServerMetadataLocation::OpenIdInserted));
    assert_eq!(purpose(principal(&responses, Step::ServerMetadata)), found);
    let failing = |step| {
        let mut all = followed(step);
        if step == Step::Session {
            all[1].1 = 500;
        }
        all
    };
    assert_eq!(purpose(principal(&failing, Step::Session)), Some(Purpose::Initialized));
}

#[test]
fn what_was_learned_and_what_comes_next_stand_below_the_exchange() {
    let mut screen = Screen::new(120, 36);
    screen.walk_with(Step::Challenge, good);
    let (request, ..) = good(Step::ResourceMetadata).remove(0);
    screen.tell(RunEvent::Prepared(crate::run::Prepared::Request(Arc::new(request))));
    let text = screen.text();
    assert!(text.contains("learned  a token is needed; metadata at"), "{text}");
    let next = "next: GET https://gateway.example/.well-known/oauth-protected-resource/mcp (step 2";
    assert!(text.contains(next), "{text}");
}

#[test]
fn a_walk_ends_on_its_summary_and_a_finding_there_leads_to_its_exchange() {
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Session, good);
    let text = screen.text();
    assert!(text.contains("✓ Connected") && text.contains("Demo server 1.2.3"), "{text}");
    let mut screen = Screen::new(80, 24);
    screen.walk_with(Step::Session, bad_token);
    let text = screen.text();
    assert!(text.contains("✗ Connected, but") && text.contains("✗ 3"), "{text}");
    screen.press("\n");
    assert_eq!((screen.model.tab, screen.model.selection.step), (Tab::Exchange, Step::Token));
}

#[test]
fn a_second_authorization_is_named_with_its_server() {
    let mut screen = Screen::new(120, 36);
    screen.walk(Step::Token);
    assert!(!screen.text().contains("· authorization 1"), "a run has one in most cases");
    let identifier = "https://other.example".to_owned();
    let round =
        Round { number: 2, issuer: Some(Issuer { identifier, source: IssuerSource::ResourceMetadata }) };
    let url = "https://other.example/token";
    let again =
        request(Step::Token, Purpose::Token, Party::AuthorizationServer, "POST", url).in_round(&round);
    screen.exchange(again, Ok(response(200, &[("content-type", "application/json")], "{}")));
    let last = screen.model.walk.items(Step::Token).len() - 1;
    screen.model.select(Step::Token, last);
    let text = screen.text();
    assert!(text.contains("Requests 2 · authorization 2 "), "{text}");
    assert!(text.contains("https://other.example"), "{text}");
    screen.model.select(Step::Token, 0);
    assert!(screen.text().contains("· authorization 1"), "{}", screen.text());
}
