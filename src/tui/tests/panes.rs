//! Every pane in an empty, a good and a failing state, in two sizes: one snapshot file a pane and size.
//!
//! A new [`Tab`] or [`Overlay`] does not compile until [`Pane::of`] says which pane it is, and a new pane not until
//! [`Pane::moments`] says how it is reached; the rest follows.

use super::peers::{NOW, bad_token, good};
use super::*;
use crate::document::Unusable;
use crate::flow::{Attempt, StuckReason};
use crate::tui::overlay::Overlay;
use crate::tui::selection::Tab;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 36)];

/// Brings a new screen to a moment.
type Reach = fn(&mut Screen);

/// The moments in which a pane is looked at.
enum Moments {
    /// Before it has anything to show, when all is well, when something is wrong.
    Three([Reach; 3]),
    /// It is there in one state only.
    One(Reach),
}

use Moments::{One, Three};

/// Declares the panes, and a test for each.
macro_rules! panes {
    ($($pane:ident $name:ident),* $(,)?) => {
        /// What a user looks at. Steps and Requests are beside most of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Pane { $($pane),* }

        $(#[test]
        fn $name() {
            Pane::$pane.assert(stringify!($name));
        })*
    };
}

panes! {
    Exchange exchange,
    End end,
    Login login,
    Challenge decoded_challenge,
    ResourceMetadata decoded_resource_metadata,
    ServerMetadata decoded_server_metadata,
    Registration decoded_registration,
    Authorization decoded_authorization,
    Callback decoded_callback,
    Token decoded_token,
    Keys decoded_keys,
    Session decoded_session,
    Findings findings,
    Why why,
    Summary summary,
    Diagram diagram,
    Timeline timeline,
    Probes probes,
    Clients clients,
    Log log,
    Help help,
    Paste paste,
    Alone alone,
    Search search,
    Edit edit,
    Form form,
    Refusal refusal,
    Export export,
    Asking asking,
    Leaving leaving,
}

impl Pane {
    /// The panes of what is on the screen.
    fn of(model: &Model) -> &'static [Self] {
        match &model.overlay {
            Some(Overlay::Help(_)) => &[Self::Help],
            Some(Overlay::Paste(_)) => &[Self::Paste],
            Some(Overlay::Alone(_)) => &[Self::Alone],
            Some(Overlay::Search(_)) => &[Self::Search],
            Some(Overlay::Edit(_)) => &[Self::Edit],
            Some(Overlay::Form(_)) => &[Self::Form],
            Some(Overlay::Asking { .. }) => &[Self::Asking],
            Some(Overlay::Formats { .. } | Overlay::Export(_)) => &[Self::Export],
            Some(Overlay::Restarting | Overlay::Leaving) => &[Self::Leaving],
            None => match model.tab {
                Tab::Exchange => &[Self::Exchange, Self::End, Self::Refusal, Self::Login],
                Tab::Decoded => match model.selection.step {
                    Step::Challenge => &[Self::Challenge],
                    Step::ResourceMetadata => &[Self::ResourceMetadata],
                    Step::ServerMetadata => &[Self::ServerMetadata],
                    Step::Registration => &[Self::Registration],
                    Step::Authorization => &[Self::Authorization, Self::Callback],
                    Step::Token => &[Self::Token, Self::Keys],
                    Step::Session => &[Self::Session],
                },
                Tab::Findings => &[Self::Findings],
                Tab::Why => &[Self::Why],
                Tab::Summary => &[Self::Summary],
                Tab::Diagram => &[Self::Diagram],
                Tab::Timeline => &[Self::Timeline],
                Tab::Probes => &[Self::Probes],
                Tab::Clients => &[Self::Clients],
                Tab::Log => &[Self::Log],
            },
        }
    }

    fn moments(self) -> Moments {
        match self {
            Self::Exchange => Three([
                |_| {},
                |screen| screen.walk_with(Step::ServerMetadata, good),
                |screen| screen.walk(Step::ServerMetadata),
            ]),
            Self::End => Three([
                Screen::unreachable,
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("E");
                },
                |screen| {
                    screen.walk(Step::Session);
                    screen.on("E");
                },
            ]),
            Self::Summary => Three([
                |screen| screen.on("S"),
                |screen| screen.walk_with(Step::Session, good),
                |screen| screen.walk_with(Step::Session, bad_token),
            ]),
            Self::Login => Three([
                |screen| {
                    screen.model.walk.scenario.consent.driver = Driver::Redirect;
                    screen.walk_with(Step::Registration, good);
                    screen.ask();
                    screen.model.walk.notes.clear();
                    screen.model.refresh();
                },
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.ask();
                    update(&mut screen.model, Message::Tick(Duration::from_secs(12)));
                },
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.consented(
                        "?error=access_denied&error_description=no%20connections%20enabled&state=s1",
                    );
                },
            ]),
            Self::Challenge => Three([
                |screen| screen.on("\t"),
                |screen| screen.decoded(Step::Challenge, good, ""),
                |screen| {
                    let broken = |step| {
                        let mut responses = responses(step);
                        responses[0].2 = &[("www-authenticate", "Basic realm=\"a\", Bearer realm=x y='z")];
                        responses
                    };
                    screen.decoded(Step::Challenge, broken, "");
                },
            ]),
            Self::ResourceMetadata => Three([
                |screen| screen.on("2\t"),
                |screen| screen.decoded(Step::ResourceMetadata, good, ""),
                |screen| {
                    let elsewhere = |step| {
                        let mut responses = good(step);
                        if step == Step::ResourceMetadata {
                            responses[0].3 = r#"{"resource":"https://elsewhere.example/mcp"}"#;
                        }
                        responses
                    };
                    screen.decoded(Step::ResourceMetadata, elsewhere, "");
                },
            ]),
            Self::ServerMetadata => Three([
                |screen| screen.on("3\t"),
                |screen| screen.decoded(Step::ServerMetadata, good, ""),
                |screen| screen.decoded(Step::ServerMetadata, responses, ""),
            ]),
            Self::Registration => Three([
                |screen| screen.on("4\t"),
                |screen| screen.decoded(Step::Registration, good, ""),
                |screen| screen.decoded(Step::Registration, responses, ""),
            ]),
            Self::Authorization => Three([
                |screen| screen.on("5\t"),
                |screen| screen.decoded(Step::Token, good, "5"),
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.tell(RunEvent::Entered(Step::Authorization));
                    screen.tell(RunEvent::Asked(AuthorizationRequest {
                        edited: true,
                        ..AuthorizationRequest::new(
                            "https://tenant.example/authorize?client_id=c1&scope=%00&scope=b",
                            REDIRECT_URI,
                        )
                    }));
                    screen.on("\t");
                },
            ]),
            Self::Callback => Three([
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.consented("");
                    screen.on("\t");
                },
                |screen| screen.decoded(Step::Authorization, good, "]"),
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.consented(
                        "?error=access_denied&error_description=no%20connections%20enabled&state=s1",
                    );
                    screen.on("\t");
                },
            ]),
            Self::Token => Three([
                |screen| screen.on("6\t"),
                |screen| screen.decoded(Step::Token, good, ""),
                |screen| screen.decoded(Step::Token, bad_token, ""),
            ]),
            Self::Keys => Three([
                |screen| {
                    let empty = |step| {
                        let mut responses = good(step);
                        if step == Step::Token {
                            responses[1].3 = r#"{"keys":[]}"#;
                        }
                        responses
                    };
                    screen.decoded(Step::Token, empty, "]");
                },
                |screen| screen.decoded(Step::Token, good, "]"),
                |screen| screen.decoded(Step::Token, bad_token, "]"),
            ]),
            Self::Session => Three([
                |screen| screen.on("7\t"),
                |screen| screen.decoded(Step::Session, good, ""),
                |screen| screen.decoded(Step::Session, responses, ""),
            ]),
            Self::Findings => Three([
                |screen| screen.on("\t\t"),
                |screen| {
                    screen.walk_with(Step::ServerMetadata, good);
                    screen.on("\t\t");
                },
                |screen| {
                    screen.walk_with(Step::Token, bad_token);
                    screen.on("\t\t");
                },
            ]),
            Self::Why => Three([
                |screen| screen.on("\t\t\t"),
                |screen| {
                    screen.walk_with(Step::Token, good);
                    screen.on("\t\t\t");
                },
                |screen| {
                    screen.refuse();
                    screen.on("\t\t\t");
                },
            ]),
            Self::Diagram => Three([
                |screen| screen.on("d"),
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("d");
                },
                |screen| {
                    screen.walk(Step::Session);
                    screen.on("d");
                },
            ]),
            Self::Timeline => Three([
                |screen| screen.on("i"),
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("i");
                },
                |screen| {
                    screen.unreachable();
                    screen.on("i");
                },
            ]),
            Self::Probes => Three([
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("A\n");
                },
                |screen| screen.probe(&[(ProbeId::TokenUnknown, 401), (ProbeId::TokenUnsigned, 401)]),
                |screen| {
                    screen.probe(&[
                        (ProbeId::TokenUnknown, 401),
                        (ProbeId::TokenUnsigned, 200),
                        (ProbeId::SchemeBasic, 403),
                        (ProbeId::GetWithoutToken, 405),
                    ]);
                },
            ]),
            Self::Clients => Three([
                |screen| screen.on("C"),
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("C");
                },
                |screen| {
                    screen.walk(Step::Session);
                    screen.on("C");
                },
            ]),
            Self::Log => Three([
                |screen| screen.on("l"),
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("l");
                },
                |screen| {
                    screen.unreachable();
                    screen.on("l");
                },
            ]),
            Self::Help => One(|screen| screen.on("?")),
            Self::Paste => Three([
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.ask();
                    screen.on("v");
                },
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.ask();
                    let url = format!("{REDIRECT_URI}?code=x&state=s1\n");
                    update(&mut screen.model, Message::Pasted(url));
                },
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.ask();
                    screen.on("v\n");
                },
            ]),
            // The terminal prints it itself; the panes stay below.
            Self::Alone => One(|screen| screen.on("z")),
            Self::Search => Three([
                |screen| {
                    screen.walk_with(Step::ServerMetadata, good);
                    screen.on("/");
                },
                |screen| {
                    screen.walk_with(Step::ServerMetadata, good);
                    screen.on("/TENANT");
                },
                |screen| {
                    screen.walk_with(Step::ServerMetadata, good);
                    screen.on("/nowhere");
                },
            ]),
            Self::Edit => Three([
                |screen| {
                    screen.walk_with(Step::Registration, good);
                    screen.ask();
                    screen.tell(RunEvent::Waiting(Step::Authorization));
                    screen.on("e");
                },
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("e");
                },
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("e");
                    update(&mut screen.model, Message::Edited(Ok("POST".to_owned())));
                    screen.key(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL));
                },
            ]),
            Self::Form => Three([
                |screen| {
                    screen.model.given.draft.place = None;
                    screen.on("t");
                },
                |screen| screen.on("t"),
                |screen| {
                    screen.on("t");
                    let why = "the port 8085 of the redirect URI is taken by another program".to_owned();
                    update(&mut screen.model, Message::NotStarted(why));
                },
            ]),
            Self::Refusal => One(Screen::refuse),
            Self::Export => Three([
                |screen| screen.on("x"),
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("x");
                    let path = "/home/me/gatewalk-gateway.example-2027-01-15.json".into();
                    update(&mut screen.model, Message::Exported(Ok(vec![path])));
                },
                |screen| {
                    screen.on("x");
                    let why = "/home/me: no space left on the device".to_owned();
                    update(&mut screen.model, Message::Exported(Err(why)));
                },
            ]),
            Self::Asking => Three([
                |screen| {
                    screen.walk_with(Step::Challenge, good);
                    screen.on("q");
                },
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("A");
                },
                |screen| {
                    screen.walk_with(Step::Session, good);
                    screen.on("b");
                },
            ]),
            Self::Leaving => One(|screen| {
                screen.walk_with(Step::Registration, good);
                screen.on("qq");
            }),
        }
    }

    /// Compares all moments with the snapshots.
    fn assert(self, name: &str) {
        for (width, height) in SIZES {
            let moments: Vec<(&str, Reach)> = match self.moments() {
                Three(three) => ["empty", "good", "failing"].into_iter().zip(three).collect(),
                One(reach) => vec![("always", reach)],
            };
            let mut seen = Vec::new();
            for (moment, reach) in moments {
                let mut screen = Screen::new(width, height);
                screen.model.now = NOW;
                reach(&mut screen);
                assert!(Self::of(&screen.model).contains(&self), "{self:?} is not on the screen, {moment}");
                seen.extend([moment.to_owned(), screen.rows().join("\n")]);
            }
            compare(&format!("{name}_{width}x{height}"), &seen.join("\n"));
        }
    }
}

impl Screen {
    /// Presses keys.
    fn on(&mut self, keys: &str) {
        self.press(keys);
    }

    /// Walks up to a step and shows it decoded, then presses more keys.
    fn decoded(&mut self, last: Step, responses: impl Fn(Step) -> Vec<StepResponse>, keys: &str) {
        self.walk_with(last, responses);
        self.press(&format!("{}\t{keys}", last.number()));
    }

    /// Nobody answers.
    fn unreachable(&mut self) {
        self.tell(RunEvent::Started { redirect_uri: REDIRECT_URI.to_owned() });
        let (request, ..) = responses(Step::Challenge).remove(0);
        let url = request.url.clone();
        self.exchange(request, Err(refused_connection()));
        let why = Unusable::NoResponse(refused_connection());
        self.tell(RunEvent::Finished(Outcome::Stuck {
            awaiting: Step::Challenge,
            because: StuckReason::TargetSilent(Attempt { url, why }),
        }));
    }

    /// The browser comes back with that query.
    fn consented(&mut self, query: &str) {
        self.ask();
        let callback = Callback::new(ExchangeId(self.next_id), format!("{REDIRECT_URI}{query}"));
        self.next_id += 1;
        self.tell(RunEvent::CalledBack(Arc::new(callback)));
    }

    /// Sends probes after a good walk and shows what came of them.
    fn probe(&mut self, answered: &[(ProbeId, u16)]) {
        self.walk_with(Step::Session, good);
        self.press("A\n");
        self.tell(RunEvent::Entered(Step::Session));
        self.tell(RunEvent::Probing(crate::scenario::ProbeMode::Safe));
        for (id, status) in answered {
            let mut request = crate::probe::find(*id)
                .request(&self.model.walk.scenario, self.model.walk.history())
                .unwrap_or_else(|why| panic!("{id}: {why:?}"));
            request.purpose = Purpose::Probe(*id);
            let refused = [("www-authenticate", "Bearer error=\"invalid_token\"")];
            let headers = if *status == 401 { &refused } else { JSON };
            self.exchange(request, Ok(response(*status, headers, "{}")));
        }
        self.tell(RunEvent::Finished(Outcome::Reached(Step::Session)));
    }
}
