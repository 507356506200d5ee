//! A stored run is opened, played, and read; what stands for its secrets is never seen.

use super::peers::{bad_token, good};
use super::*;
use crate::run::{Command, Player};
use crate::scenario::Policy;
use crate::transcript::redact::Redactor;
use crate::transcript::replay::Replay;
use crate::transcript::{Judgements, LeftBehindEntry, PeerText, Secrets, Transcript, VerdictKind};
use crate::tui::Stored;
use crate::tui::unavailable::unavailable;

/// A screen with what answers its commands.
struct Replayed {
    screen: Screen,
    player: Player,
}

impl Replayed {
    fn open(transcript: Transcript, width: u16, height: u16) -> Self {
        let stored = Arc::new(Stored::new("run.json".to_owned(), Replay::new(transcript).unwrap()));
        let mut player = Player::new(stored.replay.record());
        let size = Size::new(width, height);
        let model = Model::new(WalkView::of(stored), Theme::Colour, given(), size).laid_out();
        let mut screen = Screen { model, next_id: 1 };
        for event in player.begin().into_iter().chain(player.respond(&Command::RunToEnd)) {
            screen.tell(event);
        }
        screen.take(Message::Opened);
        Self { screen, player }
    }

    /// Presses keys and has them answered; other effects are returned.
    fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut others = Vec::new();
        for key in keys.chars() {
            for effect in self.screen.press(&key.to_string()) {
                match effect {
                    Effect::Send(command) => {
                        for event in self.player.respond(&command) {
                            self.screen.tell(event);
                        }
                    }
                    other => others.push(other),
                }
            }
        }
        others
    }

    fn text(&self) -> String {
        self.screen.text()
    }

    /// The text in one line, without the borders of panes and the ends of lines.
    fn run_on(&self) -> String {
        self.text().chars().filter(|c| !"│┌┐└┘─\"\n ".contains(*c)).collect()
    }
}

/// What is left of a walk.
fn stored(walk: impl Fn(&mut Screen)) -> Transcript {
    made(walk, Transcript::new)
}

fn made(
    walk: impl Fn(&mut Screen),
    make: fn(&crate::transcript::Record, &Policy) -> Transcript,
) -> Transcript {
    let mut screen = Screen::new(80, 24);
    walk(&mut screen);
    let mut record = screen.model.walk.recorder.record();
    record.started = "2027-01-15T07:30:00Z".parse().unwrap();
    record.duration = Duration::from_secs(3);
    record.sent = record.history.exchanges().map(|exchange| (exchange.id, Duration::from_secs(1))).collect();
    record.left_behind = Vec::new();
    let mut transcript = make(&record, &Policy::default());
    transcript.gatewalk.version = "0.0.9".into();
    let json = serde_json::to_string(&transcript).unwrap();
    serde_json::from_str(&json).unwrap()
}

fn failing() -> Transcript {
    stored(|screen| screen.walk(Step::Session))
}

fn whole(responses: fn(Step) -> Vec<StepResponse>) -> Transcript {
    stored(|screen| screen.walk_with(Step::Session, responses))
}

/// Both sizes, after the same keys.
fn both(name: &str, transcript: &Transcript, keys: &str) {
    for (width, height) in [(80, 24), (120, 36)] {
        let mut replayed = Replayed::open(transcript.clone(), width, height);
        replayed.press(keys);
        replayed.screen.assert(&format!("replay_{name}_{width}x{height}"));
    }
}

#[test]
fn reports_and_screen_count_the_findings_of_a_step_alike() {
    for walk in [
        |screen: &mut Screen| screen.walk(Step::Session),
        |screen: &mut Screen| {
            screen.walk_with(Step::Session, bad_token);
        },
    ] {
        let mut screen = Screen::new(80, 24);
        walk(&mut screen);
        let transcript = Transcript::new(&screen.model.walk.recorder.record(), &Policy::default());
        for step in Step::ALL {
            let shown: Vec<_> = screen.model.walk.findings_of(step).map(|judged| judged.check.id).collect();
            let told: Vec<_> = transcript.findings_of(step).map(|entry| entry.check.as_str()).collect();
            let (mut shown, mut told) = (shown, told);
            shown.sort_unstable();
            told.sort_unstable();
            assert_eq!(shown, told, "{step}");
        }
    }
}

#[test]
fn a_good_run() {
    both("good", &whole(good), "");
}

#[test]
fn a_failing_run_opens_at_what_is_wrong() {
    both("failing", &failing(), "");
    let mut replayed = Replayed::open(failing(), 120, 36);
    assert_eq!(replayed.screen.model.selection.step, Step::ResourceMetadata, "where the worst was found");
    replayed.press("\x1b");
    assert!(replayed.text().contains("← ✗"), "{}", replayed.text());
}

#[test]
fn what_changed_comes_first() {
    let mut transcript = whole(bad_token);
    for (check, word) in [("jwt-iss", VerdictKind::Pass), ("rs-unauth-401", VerdictKind::Untestable)] {
        let entry = transcript.verdicts.iter_mut().find(|entry| entry.check == check);
        entry.unwrap_or_else(|| panic!("{check}")).verdict = word;
    }
    transcript.verdicts.retain(|entry| entry.check != "rs-401-scope");
    let client =
        LeftBehindEntry { issuer: "https://tenant.example/".into(), client_id: "c1".into(), because: None };
    transcript.left_behind.push(client);
    both("changed", &transcript, "");
}

#[test]
fn a_run_is_played_from_its_start() {
    both("start", &failing(), "R");
    both("played", &failing(), "R\n\n\n");
    let mut replayed = Replayed::open(failing(), 120, 36);
    assert!(replayed.text().contains("7/7"));
    replayed.press("bb");
    assert!(replayed.text().contains("5/7"), "{}", replayed.text());
    replayed.press("a");
    assert!(replayed.text().contains("7/7"), "{}", replayed.text());
    replayed.press("3u");
    assert!(replayed.text().contains("2/7"), "{}", replayed.text());
    replayed.press("5u");
    assert!(replayed.text().contains("4/7"), "{}", replayed.text());
}

#[test]
fn where_a_run_stopped() {
    let refused = stored(Screen::refuse);
    both("refused", &refused, "\x1b");
    let mut replayed = Replayed::open(refused, 120, 36);
    assert!(replayed.screen.model.overlay.is_none(), "nobody is asked");
    replayed.press("\x1bc\n");
    assert!(replayed.text().contains("the run ended here"), "{}", replayed.text());
    let interrupted = Replayed::open(stored(|screen| screen.walk(Step::Token)), 80, 24);
    assert!(interrupted.text().contains("stopped  in step 6: interrupted"), "{}", interrupted.text());
}

#[test]
fn what_only_a_secret_could_tell_is_not_called_wrong() {
    both("token", &whole(good), "\x1b6\t");
    both("pkce", &whole(good), "\x1b5\t");
    let mut tampered = Replayed::open(whole(bad_token), 120, 60);
    tampered.press("\x1b6\t");
    let verdict =
        tampered.screen.model.walk.findings.iter().find(|judged| judged.check.id == "jwt-signature");
    let message = verdict.and_then(|judged| judged.finding()).map(|finding| finding.message.clone()).unwrap();
    assert!(tampered.run_on().contains(&message.replace(' ', "")), "{message}: {}", tampered.text());
}

#[test]
fn the_findings_are_those_that_were_stored() {
    for transcript in [failing(), whole(good), whole(bad_token), stored(Screen::refuse)] {
        let replayed = Replayed::open(transcript.clone(), 80, 24);
        let shown: Vec<_> = replayed
            .screen
            .model
            .walk
            .findings
            .iter()
            .map(|judged| PeerText::from(judged.check.id))
            .collect();
        let stored: Vec<_> = transcript.findings().into_iter().map(|entry| entry.check.clone()).collect();
        assert_eq!(shown, stored);
        assert_eq!(replayed.screen.model.walk.diagnoses, transcript.diagnoses);
    }
}

#[test]
fn no_stand_in_is_on_any_screen_or_in_the_clipboard() {
    let transcripts = [failing(), whole(good), whole(bad_token)];
    for transcript in transcripts {
        let mut replayed = Replayed::open(transcript, 120, 60);
        let stored = replayed.screen.model.walk.stored.clone().unwrap();
        let history = replayed.screen.model.walk.history().clone();
        let holds = |text: &str| text.contains("StandIn");
        let bodies =
            history.exchanges().any(|exchange| holds(&String::from_utf8_lossy(&exchange.request.body)));
        assert!(
            bodies && history.callbacks().any(|callback| holds(&callback.url)),
            "there are synthetic secrets"
        );
        for keys in ["", "w", "ww", "\t", "\t\t", "d", "i", "l", "A", "Y", "\tjjjjy", "s"] {
            for step in ('1'..='7').rev() {
                let mut copied = replayed.press(&format!("\x1b\x1b{step}{keys}"));
                for _ in 0..3 {
                    let text = replayed.run_on();
                    assert!(!holds(&text) && !text.contains("eyJ"), "{keys:?}: {}", replayed.text());
                    copied.extend(replayed.press("yY["));
                }
                for effect in copied {
                    let Effect::Copy(text) = effect else { panic!("{effect:?}") };
                    assert!(!holds(&text) && !text.contains("eyJ"), "{text}");
                }
                replayed.press("\x1b\x1b");
                replayed.screen.model.view = crate::tui::selection::View::Pretty;
            }
        }
        assert!(!holds(&serde_json::to_string(&stored.again).unwrap()), "nor in what is exported");
    }
}

#[test]
fn what_is_shown_of_an_exchange_is_what_is_stored() {
    let transcript = whole(good);
    let replayed = Replayed::open(transcript.clone(), 80, 24);
    let walk = &replayed.screen.model.walk;
    for exchange in walk.history().exchanges() {
        assert_eq!(Some(&walk.redactor.exchange(exchange)), transcript.exchange(exchange.id));
        let request = &transcript.exchange(exchange.id).unwrap().request;
        assert_eq!(&walk.redactor.request(&exchange.request), request);
    }
    assert_eq!(
        walk.redactor.url(&walk.history().authorizations().next().unwrap().url),
        transcript.authorizations[0].url
    );
    let callback = walk.history().callbacks().next().unwrap();
    assert_eq!(walk.redactor.parameters(callback), transcript.callbacks[0].query);
}

#[test]
fn nothing_is_sent_and_the_keys_for_it_are_gone() {
    let mut replayed = Replayed::open(failing(), 120, 36);
    for (key, why) in [
        ("r", "sends nothing"),
        ("e", "sends nothing"),
        ("o", "nobody logs in"),
        ("v", "nobody logs in"),
        ("p", "nothing to pause"),
        ("c", "goes no further"),
        ("A", "no probe was sent"),
        ("s", "secrets were not stored"),
    ] {
        assert_eq!(replayed.press(&format!("\x1b{key}")), [], "{key}");
        assert!(replayed.text().contains(why), "{key}: {}", replayed.text());
        assert!(replayed.screen.model.overlay.is_none(), "{key}");
    }
    replayed.screen.take(Message::Pasted("http://127.0.0.1:1/callback?code=x".to_owned()));
    assert!(replayed.screen.model.overlay.is_none());
    for keys in ["", "b", "R"] {
        replayed.press(keys);
        let text = replayed.text();
        let bar = text.lines().last().unwrap();
        assert!(
            ["retry", "edit", "pause", "browser", "paste"].iter().all(|word| !bar.contains(word)),
            "{bar}"
        );
    }
    replayed.press("?");
    replayed.screen.assert("replay_help_120x36");
    replayed.press("\x1b");
    assert_eq!(replayed.press("q"), [Effect::Quit], "there is nothing to clean up");
    assert_eq!(replayed.screen.model.walk.registered(), []);
}

#[test]
fn the_log_has_the_times_of_the_run() {
    let mut replayed = Replayed::open(failing(), 120, 60);
    replayed.press("l");
    let text = replayed.text();
    assert!(text.contains("07:30:01Z gatewalk  POST https://gateway.example/mcp → 401"), "{text}");
}

#[test]
fn another_target_can_be_walked_to() {
    let mut replayed = Replayed::open(failing(), 120, 36);
    replayed.press("t");
    assert!(replayed.text().contains("https://gateway.example/mcp"), "{}", replayed.text());
    assert_eq!(replayed.press("\n"), [Effect::Start]);
}

#[test]
fn a_transcript_with_secrets_hides_them_until_asked() {
    let revealed = made(
        |screen| screen.walk(Step::Session),
        |record, policy| Transcript::of(record, policy, Judgements::of(record), Secrets::Revealed),
    );
    assert!(serde_json::to_string(&revealed).unwrap().contains("SECRETTOKEN"));
    let mut replayed = Replayed::open(revealed, 120, 60);
    replayed.press("\x1b7");
    assert!(!replayed.run_on().contains("SECRET"), "{}", replayed.text());
    replayed.press("s");
    assert!(replayed.run_on().contains("BearerSECRETTOKEN"), "{}", replayed.text());
    assert!(unavailable(&replayed.screen.model, &Message::Export).is_some(), "exports are without secrets");
}

#[test]
fn a_hostile_file_can_neither_drive_the_terminal_nor_swell() {
    const BAD: &str = "\u{1b}[2J\u{1b}]52;c;AAAA\u{7}\u{202e}x\u{9b}1m";
    let mut hostile = failing();
    hostile.gatewalk.version = BAD.into();
    hostile.target = Redactor::none().text(&format!("https://gateway.example/{BAD}"));
    hostile.left_behind.push(LeftBehindEntry { issuer: BAD.into(), client_id: BAD.into(), because: None });
    hostile.verdicts[0].check = BAD.into();
    hostile.steps[6].state = crate::transcript::StepState::Stopped;
    hostile.steps[6].because = Some(BAD.into());
    hostile.steps[6].remedy = Some(BAD.into());
    hostile.exchanges[0].request.method = BAD.into();
    let mut replayed = Replayed::open(hostile, 120, 60);
    for keys in ["", "\x1b", "\t", "\t\t", "d", "i", "l", "b", "R\n", "t"] {
        replayed.press(keys);
        let text = replayed.text();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n') && !text.contains('\u{202e}'), "{text}");
    }
    let mut swollen = failing();
    let response = swollen.exchanges[0].response.as_mut().unwrap();
    response.body = Redactor::none().text(&"«x 0000 1048576 B»".repeat(1 << 20));
    assert!(Replay::new(swollen).unwrap_err().to_string().contains("more than 128 MB"));
}
