//! The login of a walk: whatever the driver does, our listener and a pasted URL are heard too, and whichever is first ends it.
//!
//! A URL that the driver was redirected to is certain, and so is one with the `state` of the request. What else comes to
//! the listener can be from anybody: see [`Candidates`].

mod candidates;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::callback::Arrival;
use super::consent::{self, ConsentContext, Failure, LoginEvent};
use super::transport::key_digests;
use super::{Command, Interrupted, RunEvent, Runner, StepMode};
use crate::exchange::{AuthorizationRequest, Callback, Round, Secret};
use crate::flow::Input;
use crate::scenario::Driver;
use candidates::Candidates;

/// How long the page a browser is shown may take to be sent.
const GRACE: Duration = Duration::from_secs(1);

impl Runner {
    /// Has the user consent.
    pub(super) async fn authorize(&mut self, request: AuthorizationRequest) -> Result<Input, Interrupted> {
        self.history.push_authorization(request.clone());
        // Whoever is asked may be back at once.
        let mut arrivals = self.listener.open(request.get("state").map(Secret::new));
        self.tell(RunEvent::Asked(request.clone()));
        let mut candidates = Candidates::new(&request);
        let (events, mut heard) = mpsc::unbounded_channel();
        let (farewells, mut leaving) = mpsc::unbounded_channel();
        let came = (&mut arrivals, &mut candidates);
        let ended = self.log_in(&request, came, (&events, &mut heard), &farewells).await;
        while let Ok(event) = heard.try_recv() {
            self.hear(event);
        }
        self.listener.close();
        while let Ok(farewell) = leaving.try_recv() {
            farewell.await;
        }
        match ended {
            Ok(Ok(url)) => Ok(Input::Redirected(self.keep_callback(url, &request.round))),
            Ok(Err(failure)) => match candidates.take() {
                Some(url) => {
                    self.tell(RunEvent::Note(format!(
                        "{failure}; what came back without the state of the login is taken for its end"
                    )));
                    Ok(Input::Redirected(self.keep_callback(url, &request.round)))
                }
                None => Ok(Input::NotRedirected(failure.into())),
            },
            Err(interrupted) => {
                // A walk that goes on forgets this login; one that ends tells what came of it.
                if matches!(interrupted, Interrupted::ByEnd | Interrupted::By(Command::Stop))
                    && let Some(url) = candidates.take()
                {
                    self.keep_callback(url, &request.round);
                }
                Err(interrupted)
            }
        }
    }

    fn keep_callback(&mut self, url: String, round: &Round) -> Arc<Callback> {
        let callback = Arc::new(Callback::new(self.take_id(), url).in_round(round));
        self.history.push_callback(Arc::clone(&callback));
        self.tell(RunEvent::CalledBack(Arc::clone(&callback)));
        callback
    }

    /// Waits for the URL of the callback.
    async fn log_in(
        &mut self,
        request: &AuthorizationRequest,
        (arrivals, candidates): (&mut mpsc::Receiver<Arrival>, &mut Candidates),
        (events, heard): (&mpsc::UnboundedSender<LoginEvent>, &mut mpsc::UnboundedReceiver<LoginEvent>),
        farewells: &mpsc::UnboundedSender<consent::Cleanup>,
    ) -> Result<Result<String, Failure>, Interrupted> {
        let transport = Arc::clone(&self.transport);
        let settings = Arc::clone(self.flow.settings());
        let network = settings.scenario.network.clone();
        let has_display = self.has_display;
        let desk = |next_id| ConsentContext {
            request: request.clone(),
            transport: Arc::clone(&transport),
            events: events.clone(),
            authorities: key_digests(&network),
            farewells: farewells.clone(),
            has_display,
            user_agent: settings.user_agent(),
            next_id,
        };
        let consent = &settings.scenario.consent;
        let driver = if std::mem::take(&mut self.by_browser) { &Driver::Browser } else { &consent.driver };
        let mut is_of_person = driver.needs_person();
        let mut login = consent::driver(driver).obtain(desk(self.next_id));
        let mut reading: Option<BoxFuture<'static, Result<String, Failure>>> = None;
        let timeout = tokio::time::sleep(consent.timeout);
        tokio::pin!(timeout);
        loop {
            tokio::select! {
                biased;
                Some(event) = heard.recv() => self.hear(event),
                ended = &mut login => {
                    // A program that gives up may have gone to the callback first.
                    while ended.is_err() && let Ok(arrival) = arrivals.try_recv() {
                        if let Some(url) = self.arrived(arrival, candidates, is_of_person).await {
                            return Ok(Ok(url));
                        }
                    }
                    return Ok(ended);
                }
                Some(arrival) = arrivals.recv() => {
                    if let Some(url) = self.arrived(arrival, candidates, is_of_person).await {
                        return Ok(Ok(url));
                    }
                }
                read = async { reading.as_mut()?.await.into() }, if reading.is_some() => {
                    reading = None;
                    while let Ok(event) = heard.try_recv() {
                        self.hear(event);
                    }
                    match read {
                        // The server approves without anybody: the code is there.
                        Some(Ok(callback)) => return Ok(Ok(callback)),
                        Some(Err(failure)) => self.tell(RunEvent::Note(format!(
                            "read here, without your cookies: {}", failure.met()
                        ))),
                        None => {}
                    }
                }
                () = &mut timeout => return Ok(Err(Failure::TimedOut(consent.timeout.as_secs_f32()))),
                command = self.commands.recv() => match command {
                    None => return Err(Interrupted::ByEnd),
                    Some(Command::Paste(url)) if consent::is_callback(request, url.trim()) => {
                        match candidates.pasted(url.trim()) {
                            Ok(()) => return Ok(Ok(url.trim().to_owned())),
                            Err(note) => self.tell(RunEvent::Note(note)),
                        }
                    }
                    Some(Command::Paste(_)) => self.tell(RunEvent::Note(format!(
                        "what was pasted is not the redirected URL: it has to start with {}",
                        request.redirect_uri
                    ))),
                    Some(Command::OpenBrowser) => {
                        login = consent::driver(&Driver::Browser).obtain(desk(self.next_id));
                        is_of_person = true;
                    }
                    Some(Command::ReadLoginPage) if is_of_person => {
                        reading = Some(consent::driver(&Driver::Redirect).obtain(desk(self.next_id)));
                    }
                    Some(Command::RunToEnd) => self.pace = StepMode::End,
                    Some(command) if command.interrupts() => {
                        return Err(Interrupted::By(command));
                    }
                    Some(_) => {}
                },
            }
        }
    }

    /// The URL of a callback that ends the login. One that may be anybody's is noted and kept.
    async fn arrived(
        &self,
        arrival: Arrival,
        candidates: &mut Candidates,
        is_of_person: bool,
    ) -> Option<String> {
        if !arrival.is_ours {
            if let Some(note) = candidates.arrived(arrival, is_of_person) {
                self.tell(RunEvent::Note(note));
            }
            return None;
        }
        // The run may end next, and the browser is to show more than an error. It ends by being dropped.
        drop(tokio::time::timeout(GRACE, arrival.answered).await);
        Some(arrival.url)
    }

    fn hear(&mut self, event: LoginEvent) {
        match event {
            LoginEvent::Sending(request) => self.tell(RunEvent::Sending(request)),
            LoginEvent::Exchanged(exchange) => {
                self.next_id = exchange.id.0 + 1;
                self.keep(*exchange);
            }
            LoginEvent::Note(note) => self.tell(RunEvent::Note(note)),
        }
    }
}
