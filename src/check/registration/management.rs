//! Who may read a registration.

use crate::check::cite::rfc;
use crate::check::refusal::{all, otherwise};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels};
use crate::edition::{Level, Party, Step};
use crate::exchange::ProbeId;

fn refused(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    if response.is_success() {
        let message = format!("The registration of our client can be read {what}");
        let finding = Finding::in_exchange(exchange, At::Status, message);
        return Err(finding.compare("401", response.status.to_string()).fail());
    }
    if matches!(response.status, 401 | 403) { Ok(()) } else { Err(otherwise(response, "401")) }
}

pub(in crate::check) static PROTECTED: Check = Check {
    id: "dcr-management-protected",
    title: "A registration cannot be read without its token",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7592, "2.1"), rfc!(7592, "2")],
    doc: Doc {
        checks: "The management URL of the client gatewalk registered is asked without a token and with a wrong one. Both are refused with 401 or 403.",
        matters: "Whoever can read a registration can often change it too: other redirect URIs, and the codes go elsewhere.",
        fix: "Demand the registration access token for every request to the management URL.",
    },
    judge: |evidence| {
        let asked = [
            (ProbeId::ManagementWithoutToken, "without a token"),
            (ProbeId::ManagementWrongToken, "with a wrong token"),
        ];
        all(asked.map(|(id, what)| refused(evidence, id, what)))
    },
};
