//! A walk without a face, for tests that look at what it leaves.

use std::sync::Arc;
use std::time::Duration;

use gatewalk::exchange::Secret;
use gatewalk::run::{HttpTransport, Recorder, RunEvent, RunOptions, StartError, StepMode, Transport, drive};
use gatewalk::sandbox::{PASSWORD, USERNAME};
use gatewalk::scenario::{Consent, Driver, Limits, Scenario, Script};
use gatewalk::specification::ProtocolVersion;
use gatewalk::transcript::Record;
use tokio::sync::mpsc;

/// A scenario that logs in to the sandbox through its forms, with limits that suit loopback.
pub(crate) fn scenario(protocol_version: ProtocolVersion, target: &str) -> Scenario {
    let fill = [("username", USERNAME), ("password", PASSWORD), ("decision", "allow")];
    let consent = Consent { driver: form(&fill), timeout: Duration::from_secs(20), ..Consent::default() };
    let limits = Limits { timeout: Duration::from_secs(10), ..Limits::default() };
    Scenario { consent, limits, ..Scenario::new(target, protocol_version) }
}

/// The driver that fills these fields.
pub(crate) fn form(fill: &[(&str, &str)]) -> Driver {
    let fill = fill.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
    Driver::Form(Script::everywhere(fill))
}

/// Walks to the end: the end of the flow, or the first refusal unless refusals are passed.
pub(crate) async fn walk(scenario: Scenario, past_refusals: bool) -> Result<Record, StartError> {
    let transport = HttpTransport::new(&scenario.target.url, scenario.limits, &scenario.network).unwrap();
    let transport = Arc::new(transport);
    walk_over(transport, scenario, past_refusals).await
}

/// The same over another transport.
pub(crate) async fn walk_over(
    transport: Arc<dyn Transport>,
    scenario: Scenario,
    past_refusals: bool,
) -> Result<Record, StartError> {
    let mut recorder = Recorder::new(scenario.clone(), past_refusals);
    let (commands, ordered) = mpsc::unbounded_channel();
    let (told, mut events) = mpsc::unbounded_channel();
    let manner = RunOptions { pace: StepMode::End, past_refusals, has_display: false };
    let listen = async {
        let mut commands = Some(commands);
        while let Some(event) = events.recv().await {
            recorder.apply(&event);
            let refused = matches!(event, RunEvent::Refused(_)) && !past_refusals;
            if refused || matches!(event, RunEvent::Finished(_)) {
                commands = None;
            }
        }
        drop(commands);
    };
    let (ended, ()) = tokio::join!(drive(scenario, manner, transport, ordered, told), listen);
    ended.map(|()| recorder.record())
}
