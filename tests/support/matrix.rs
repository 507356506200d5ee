//! Walks of the sandbox, whatever was made of it, and what the checks say of them.

use gatewalk::check::{self, Evidence, Judged};
use gatewalk::exchange::Secret;
use gatewalk::sandbox::{
    CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET, PUBLIC_CLIENT_ID, Plan, Sandbox,
};
use gatewalk::scenario::{Credential, Registration, Scenario};
use gatewalk::transcript::Record;

use crate::support;

/// How the client is known; the URL of its document is only known once the sandbox runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    ByRegistration(Registration),
    ByDocument,
}

impl Known {
    pub(crate) const DYNAMIC: Self = Self::ByRegistration(Registration::Dynamic);

    /// The public client that the sandbox knows.
    pub(crate) fn public() -> Self {
        let (client_id, credential) = (PUBLIC_CLIENT_ID.to_owned(), Credential::None);
        Self::ByRegistration(Registration::Preregistered { client_id, credential })
    }

    /// The confidential client that the sandbox knows.
    pub(crate) fn confidential() -> Self {
        let credential = Credential::Secret(Secret::new(CONFIDENTIAL_CLIENT_SECRET));
        let client_id = CONFIDENTIAL_CLIENT_ID.to_owned();
        Self::ByRegistration(Registration::Preregistered { client_id, credential })
    }
}

/// What a walk leaves, and who is still registered after it.
pub(crate) async fn walk(
    plan: Plan,
    known: Known,
    past_refusals: bool,
    amend: impl FnOnce(&mut Scenario),
) -> (Record, Vec<String>) {
    let protocol_version = plan.protocol_version;
    let sandbox = Sandbox::start(plan).await.unwrap();
    let mut scenario = support::scenario(protocol_version, sandbox.target());
    scenario.client.registration = match known {
        Known::ByRegistration(registration) => registration,
        Known::ByDocument => {
            Registration::MetadataDocument { url: sandbox.client_metadata_url(), or_dynamic: false }
        }
    };
    amend(&mut scenario);
    let record = support::walk(scenario, past_refusals).await.unwrap();
    (record, sandbox.clients())
}

/// What the checks say.
pub(crate) fn judged(record: &Record) -> Vec<Judged> {
    check::judge(&Evidence::new(&record.scenario, &record.history))
}
