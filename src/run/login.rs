//! The login of a walk: whatever the driver does, our listener and a pasted URL are heard too, and whichever is first ends it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::consent::{self, ConsentContext, Failure, LoginEvent};
use super::transport::key_digests;
use super::{Command, Interrupted, RunEvent, Runner, StepMode};
use crate::exchange::{AuthorizationRequest, Callback};
use crate::flow::Input;
use crate::scenario::Driver;

impl Runner {
    /// Has the user consent.
    pub(super) async fn authorize(&mut self, request: AuthorizationRequest) -> Result<Input, Interrupted> {
        self.history.push_authorization(request.clone());
        self.tell(RunEvent::Asked(request.clone()));
        let mut callbacks = match self.listener.open().await {
            Ok(callbacks) => callbacks,
            Err(error) => return Ok(Input::NotRedirected(Failure::Listener(error.to_string()).into())),
        };
        let (events, mut heard) = mpsc::unbounded_channel();
        let (farewells, mut leaving) = mpsc::unbounded_channel();
        let ended = self.log_in(&request, &mut callbacks, (&events, &mut heard), &farewells).await;
        while let Ok(event) = heard.try_recv() {
            self.hear(event);
        }
        self.listener.close();
        while let Ok(farewell) = leaving.try_recv() {
            farewell.await;
        }
        match ended? {
            Ok(url) => {
                let callback = Arc::new(Callback::new(self.take_id(), url).in_round(&request.round));
                self.history.push_callback(Arc::clone(&callback));
                self.tell(RunEvent::CalledBack(Arc::clone(&callback)));
                Ok(Input::Redirected(callback))
            }
            Err(failure) => Ok(Input::NotRedirected(failure.into())),
        }
    }

    /// Waits for the URL of the callback.
    async fn log_in(
        &mut self,
        request: &AuthorizationRequest,
        callbacks: &mut mpsc::UnboundedReceiver<String>,
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
                ended = &mut login => return Ok(match (ended, callbacks.try_recv()) {
                    // A program that gives up may have gone to the callback first.
                    (Err(_), Ok(callback)) => Ok(callback),
                    (ended, _) => ended,
                }),
                Some(callback) = callbacks.recv() => return Ok(Ok(callback)),
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
                        return Ok(Ok(url.trim().to_owned()));
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
