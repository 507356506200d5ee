//! Keys are pressed, events of a walk are told, and the screen is read.

mod control;
mod decoded;
mod keys;
mod looking;
mod panes;
mod peers;
mod replay;
mod screens;

use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use super::effect::Effect;
use super::keys::Mode;
use super::message::Message;
use super::model::{Given, Model};
use super::theme::Theme;
use super::update::update;
use super::walk::WalkView;
use crate::exchange::{
    AuthorizationRequest, Callback, Exchange, ExchangeId, FailureKind, Headers, ProbeId, Purpose, Request,
    Response, Timing, TransportFailure, Unauthenticated,
};
use crate::flow::{Outcome, Refusal, RefusalKind};
use crate::run::{Recorder, RunEvent};
use crate::scenario::{Consent, Driver, Scenario};
use crate::specification::{Party, ProtocolVersion, ResourceMetadataLocation, ServerMetadataLocation, Step};

/// A screen without a terminal.
struct Screen {
    model: Model,
    next_id: u32,
}

impl Screen {
    fn new(width: u16, height: u16) -> Self {
        Self::of(scenario(), width, height)
    }

    fn of(scenario: Scenario, width: u16, height: u16) -> Self {
        let recorder = Recorder::new(scenario.clone(), false);
        let size = Size::new(width, height);
        Self {
            model: Model::new(WalkView::new(scenario, recorder), Theme::Colour, given(), size).laid_out(),
            next_id: 1,
        }
    }

    fn tell(&mut self, event: RunEvent) -> Vec<Effect> {
        self.take(Message::Run(event))
    }

    /// Presses keys, one a character; `\n` is Enter, `\t` Tab, `\x1b` Esc.
    fn press(&mut self, keys: &str) -> Vec<Effect> {
        let code = |c| match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\x1b' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        keys.chars().flat_map(|c| self.key(KeyEvent::new(code(c), KeyModifiers::NONE))).collect()
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let message = super::keys::message(Mode::of(&self.model), key);
        self.take(message)
    }

    /// Updates, and lays out what the screen has laid out beside it.
    fn take(&mut self, message: Message) -> Vec<Effect> {
        let effects = update(&mut self.model, message);
        self.settle(effects)
    }

    /// Does what is done beside the screen; the rest is answered.
    fn settle(&mut self, wanted: Vec<Effect>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for effect in wanted {
            match effect {
                Effect::Work(job) => effects.extend(self.take(Message::Done(job.run()))),
                other => effects.push(other),
            }
        }
        effects
    }

    fn terminal(&self) -> Terminal<TestBackend> {
        let Size { width, height } = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| super::pane::draw(&self.model, frame)).unwrap();
        terminal
    }

    fn text(&self) -> String {
        self.terminal().backend().to_string()
    }

    /// The rows of the screen, without spaces at their ends.
    fn rows(&self) -> Vec<String> {
        let terminal = self.terminal();
        let buffer = terminal.backend().buffer();
        let row = |cells: &[ratatui::buffer::Cell]| {
            cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        let rows = buffer.content().chunks(usize::from(buffer.area.width));
        rows.map(|cells| row(cells).trim_end().to_owned()).collect()
    }

    /// Compares the screen with its snapshot.
    fn assert(&self, name: &str) {
        compare(name, &self.rows().join("\n"));
    }

    fn exchange(&mut self, request: Request, outcome: Result<Response, TransportFailure>) {
        let id = ExchangeId(self.next_id);
        self.next_id += 1;
        self.tell(RunEvent::Entered(request.step));
        self.tell(RunEvent::Sending(Arc::new(request.clone())));
        let first_byte = outcome.is_ok().then_some(Duration::from_millis(38));
        let timing = Timing { first_byte, total: Duration::from_millis(84) };
        self.tell(RunEvent::Exchanged(Arc::new(Exchange { id, request, outcome, timing })));
    }

    /// Walks steps 1 to `last` as a gateway and an authorization server would have it, but for an issuer that lacks
    /// its slash; then waits for the next.
    fn walk(&mut self, last: Step) {
        self.walk_with(last, responses);
    }

    /// Walks steps 1 to `last` with those responses; then waits for the next.
    fn walk_with(&mut self, last: Step, responses: impl Fn(Step) -> Vec<StepResponse>) {
        self.tell(RunEvent::Started { redirect_uri: REDIRECT_URI.to_owned() });
        self.tell(RunEvent::Waiting(Step::Challenge));
        for step in Step::ALL.into_iter().filter(|step| *step <= last) {
            match step {
                Step::Authorization => self.consent(),
                step => responses(step).into_iter().for_each(|(request, status, headers, body)| {
                    self.exchange(request, Ok(response(status, headers, body)));
                }),
            }
            match step.next() {
                Some(next) => self.tell(RunEvent::Waiting(next)),
                None => self.tell(RunEvent::Finished(Outcome::Reached(step))),
            };
        }
    }

    fn ask(&mut self) {
        self.tell(RunEvent::Entered(Step::Authorization));
        self.tell(RunEvent::Asked(AuthorizationRequest::new(
            format!(
                "https://tenant.example/authorize?response_type=code&client_id=c1&state=s1&code_challenge=uH4YVPWgaKlc2eVxJoLiwhr38vGYIWfcipAWzDGjA_Q&code_challenge_method=S256&scope=mcp%3Atools&redirect_uri={}&resource=https%3A%2F%2Fgateway.example%2Fmcp",
                "http%3A%2F%2F127.0.0.1%3A40123%2Fcallback"
            ),
            REDIRECT_URI,
        )));
        self.tell(RunEvent::Note("opened your browser; finish the login there".to_owned()));
    }

    fn consent(&mut self) {
        self.ask();
        let id = ExchangeId(self.next_id);
        self.next_id += 1;
        let url = format!("{REDIRECT_URI}?code=SECRETCODE&state=s1");
        // The user takes a while.
        self.model.now += 12;
        self.tell(RunEvent::CalledBack(Arc::new(Callback::new(id, url))));
        self.model.now -= 12;
    }

    fn refuse(&mut self) {
        self.walk(Step::ServerMetadata);
        self.tell(RunEvent::Entered(Step::ServerMetadata));
        self.tell(RunEvent::Refused(Refusal {
            kind: RefusalKind::IssuerMismatch,
            expected: "https://tenant.example".to_owned(),
            found: "https://tenant.example/".to_owned(),
        }));
    }
}

/// Compares screens with their snapshot. Placeholders of secrets differ by run.
fn compare(name: &str, screens: &str) {
    insta::with_settings!({
        filters => vec![
            (r"«([\w-]+) [0-9a-f]{4} ", "«$1 xxxx "),
            // The version is that of the day; as long as it takes as many columns the line stays as it is.
            (r"by gatewalk \d+\.\d+\.\d+", "by gatewalk x.y.z"),
        ],
        snapshot_path => "snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, screens);
    });
}

const REDIRECT_URI: &str = "http://127.0.0.1:40123/callback";

fn scenario() -> Scenario {
    let consent =
        Consent { driver: Driver::Browser, timeout: Duration::from_secs(300), ..Consent::default() };
    Scenario { consent, ..Scenario::new("https://gateway.example/mcp", ProtocolVersion::DEFAULT) }
}

fn request(step: Step, purpose: Purpose, party: Party, method: &str, url: &str) -> Request {
    Request::new(step, purpose, party, method, url).header("accept", "application/json")
}

fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let reason = match status {
        200 => "OK",
        201 => "Created",
        401 => "Unauthorized",
        _ => "Not Found",
    };
    Response {
        status,
        reason: reason.to_owned(),
        version: "HTTP/1.1".to_owned(),
        headers: headers.iter().copied().collect::<Headers>(),
        body: body.into(),
        cut: None,
    }
}

type StepResponse = (Request, u16, &'static [(&'static str, &'static str)], &'static str);

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// What a step sends and is answered.
fn responses(step: Step) -> Vec<StepResponse> {
    let mcp = "https://gateway.example/mcp";
    let get = |purpose, party, url| request(step, purpose, party, "GET", url);
    let post = |purpose, party, url, media_type, body: &str| {
        request(step, purpose, party, "POST", url).body(media_type, body)
    };
    let server = Party::AuthorizationServer;
    let initialize = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"gatewalk","version":"0.1.0"}}}"#;
    match step {
        Step::Challenge => vec![(
            post(
                Purpose::Challenge(Unauthenticated::Opening),
                Party::Gateway,
                mcp,
                "application/json",
                initialize,
            ),
            401,
            &[(
                "www-authenticate",
                "Bearer resource_metadata=\"https://gateway.example/.well-known/oauth-protected-resource/mcp\"",
            )],
            "",
        )],
        Step::ResourceMetadata => vec![(
            get(
                Purpose::ResourceMetadata(ResourceMetadataLocation::Challenge),
                Party::Gateway,
                "https://gateway.example/.well-known/oauth-protected-resource/mcp",
            ),
            200,
            JSON,
            r#"{"resource":"https://gateway.example/mcp","authorization_servers":["https://tenant.example"]}"#,
        )],
        Step::ServerMetadata => vec![
            (
                get(
                    Purpose::ServerMetadata(ServerMetadataLocation::OAuthInserted),
                    server,
                    "https://tenant.example/.well-known/oauth-authorization-server",
                ),
                404,
                &[("content-type", "text/plain")],
                "no such page",
            ),
            (
                get(
                    Purpose::ServerMetadata(ServerMetadataLocation::OpenIdInserted),
                    server,
                    "https://tenant.example/.well-known/openid-configuration",
                ),
                200,
                JSON,
                r#"{"issuer":"https://tenant.example/","authorization_endpoint":"https://tenant.example/authorize","token_endpoint":"https://tenant.example/oauth/token","code_challenge_methods_supported":["S256"],"jwks_uri":"https://tenant.example/keys","subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}"#,
            ),
        ],
        Step::Registration => vec![(
            post(
                Purpose::Registration,
                server,
                "https://tenant.example/oidc/register",
                "application/json",
                r#"{"client_name":"gatewalk"}"#,
            ),
            201,
            JSON,
            r#"{"client_id":"c1","registration_access_token":"SECRETRAT"}"#,
        )],
        Step::Authorization => Vec::new(),
        Step::Token => vec![(
            post(
                Purpose::Token,
                server,
                "https://tenant.example/oauth/token",
                "application/x-www-form-urlencoded",
                "grant_type=authorization_code&code=SECRETCODE&code_verifier=SECRETVERIFIER-SECRETVERIFIER-SECRETVERIFIER",
            ),
            200,
            JSON,
            r#"{"access_token":"SECRETTOKEN","token_type":"Bearer","expires_in":3600}"#,
        )],
        Step::Session => vec![(
            post(Purpose::Initialize, Party::McpServer, mcp, "application/json", initialize)
                .header("authorization", "Bearer SECRETTOKEN"),
            200,
            &[("content-type", "text/event-stream"), ("mcp-session-id", "SECRETSESSION")],
            "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"serverInfo\":{\"name\":\"demo\"}}}\n\n",
        )],
    }
}

fn refused_connection() -> TransportFailure {
    TransportFailure { kind: FailureKind::Connect, detail: "Connection refused (os error 111)".to_owned() }
}

fn given() -> Given {
    Given {
        draft: crate::scenario::PartialScenario {
            place: Some(crate::scenario::Place::Url("https://gateway.example/mcp".to_owned())),
            ..crate::scenario::PartialScenario::default()
        },
        recent: vec!["https://one.example/mcp".to_owned(), "https://two.example/mcp".to_owned()],
        formats: vec![("json", "the walk itself"), ("text", "the findings, for a terminal")],
        hint: None,
        clipboard: super::Clipboard::Terminal,
    }
}
